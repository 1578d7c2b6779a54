"""Cue phrases found in a text whatever its case, accents, apostrophes and kind of space; linear in the text's length."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from talentflow.automaton import automaton


class Hit(NamedTuple):
    """`text[start:end]` is a phrase that stands for `value`."""

    value: str
    start: int
    end: int


def _folded_characters() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in [*range(0xA0, 0x250), *range(0x1E00, 0x1F00)]:
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii() and base.isalpha():
            table[code] = base.lower()
    table |= dict.fromkeys(map(ord, "’‘ʼ´`"), "'")
    table |= dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
    table |= dict.fromkeys(map(ord, "\t\n\r\f\v\xa0\u2002\u2003\u2007\u2009\u202f\u3000"), " ")
    return table


_FOLDED = _folded_characters()


def fold(text: str) -> str:
    """Lower case, accents, dashes, apostrophes and white space made plain. Same length: offsets fit both texts."""
    return text.translate(_FOLDED).lower()


def finder(phrases: Mapping[str, str]) -> Callable[[str], list[Hit]]:
    """A search for whole-word phrases in folded text.

    Args:
        phrases: value → the phrases that stand for it, between commas. A phrase ending in `*` is the beginning of a word
            (`recherch*`), one beginning with `*` its end.

    Returns:
        A function from folded text to its hits in order, without overlaps: the leftmost, then the longest.
    """
    pairs = [(fold(p.strip()), value) for value, group in phrases.items() for p in group.split(",")]
    plain = [p.strip("*") for p, _ in pairs]
    open_start = [p.startswith("*") or not p[0].isalnum() for p, _ in pairs]
    open_end = [p.endswith("*") or not p[-1].isalnum() for p, _ in pairs]
    search = automaton(plain)

    def find(folded: str) -> list[Hit]:
        whole: list[tuple[int, int, int]] = []
        size = len(folded)
        for index, start, end in search.find_matches_as_indexes(folded, overlapping=True):
            if (open_start[index] or start == 0 or not folded[start - 1].isalnum()) and (
                open_end[index] or end == size or not folded[end].isalnum()
            ):
                whole.append((start, -end, index))
        whole.sort()
        hits: list[Hit] = []
        reached = 0
        for start, negative_end, index in whole:
            if start >= reached:
                reached = -negative_end
                hits.append(Hit(pairs[index][1], start, reached))
        return hits

    return find


def windows(hits: Sequence[Hit], size: int, *, before: int, after: int) -> list[tuple[int, int]]:
    """Stretches of text around hits, merged where they meet: a costly pattern need only look where one of its words stands.

    Args:
        hits: in order.
        size: of the text.
        before: characters to take before a hit.
        after: characters to take after it.
    """
    merged: list[tuple[int, int]] = []
    for hit in hits:
        start, end = max(0, hit.start - before), min(size, hit.end + after)
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
