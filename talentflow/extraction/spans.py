"""Pieces of a text that know where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A piece of text with its offsets."""

    text: str
    start: int
    end: int

    def cut(self, start: int, end: int) -> Span:
        """The part between two offsets into `text`, blanks and separators at its ends left out."""
        piece = self.text[start:end]
        kept = piece.strip(" \t\u00a0|│┃¦‖,;:–—-·•∙▪●/→")
        if kept and (kept[0] == "(" or kept[-1] in "()"):
            if kept.endswith("("):
                kept = kept[:-1].rstrip(" ,")
            if kept.count(")") > kept.count("(") and kept.endswith(")"):
                kept = kept[:-1].rstrip()
            if kept.count("(") > kept.count(")") and kept.startswith("("):
                kept = kept[1:].lstrip()
        at = piece.find(kept) if kept else 0
        return Span(kept, self.start + start + at, self.start + start + at + len(kept))


def split_span(span: Span, separator: re.Pattern[str]) -> list[Span]:
    """Split outside parentheses; pieces without a letter or digit are left out."""
    pieces: list[Span] = []
    at = 0
    for match in separator.finditer(span.text):
        before = span.text[at : match.start()]
        if before.count("(") > before.count(")"):
            continue
        pieces.append(span.cut(at, match.start()))
        at = match.end()
    pieces.append(span.cut(at, len(span.text)))
    return [p for p in pieces if any(c.isalnum() for c in p.text)]
