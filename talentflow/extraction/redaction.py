"""Blank personal data without moving anything."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talentflow.records import Evidence

BLANK = "█"
_LETTER = re.compile(r"[^\W_]|[\u0300-\u036f]")


def redact(text: str, spans: Sequence[Evidence]) -> str:
    """The same text with the letters and digits of `spans` replaced by `█`; same length, line breaks kept.

    Spans may overlap, stand in any order or reach past the text.
    """
    pieces: list[str] = []
    at = 0
    for start, end in sorted((max(0, s.start), min(len(text), s.end)) for s in spans):
        if end <= at or end <= start:
            continue
        start = max(start, at)
        pieces += [text[at:start], _LETTER.sub(BLANK, text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])
