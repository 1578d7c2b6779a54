"""Where a quote stands in a text: as it is written, or but for white space, case, hyphens and kinds of quotation marks."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

from talentflow.extraction.redaction import BLANK

LEAST = 2
"""Characters of a quote: a single letter stands everywhere."""
LONGEST = 1_200
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_QUOTES = dict.fromkeys(map(ord, "’‘‛´`"), "'") | dict.fromkeys(map(ord, "“”„«»"), '"')
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), "")
_FOLD = _DASHES | _QUOTES | _UNSEEN
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])[-‐‑][ \t]*\r?\n[ \t]*(?=[^\W\d_])")
"""A word that a hyphen parts at the end of a line."""

Extent = tuple[int, int]


class Source:
    """A text that quotes are looked for in."""

    def __init__(self, text: str) -> None:
        self.text = text

    def find(self, quote: str, *, near: int | None = None) -> Extent | None:
        """The quote's span in the text; None when it is not there. Blanked personal data cannot be quoted.

        Args:
            quote: what is said to stand there.
            near: of several places the nearest to this one is meant; else the first.
        """
        quote = quote.strip().strip('"“”«»').strip()
        if not LEAST <= len(quote) <= LONGEST or BLANK in quote:
            return None
        found = _extents(self.text, quote)
        if not found:
            folded, places = self._folded
            plain, _ = _fold(quote)
            plain = plain.strip()
            found = [] if len(plain) < LEAST else [(places[s], places[e - 1] + 1) for s, e in _extents(folded, plain)]
        if not found:
            return None
        return found[0] if near is None else min(found, key=lambda extent: abs(extent[0] - near))

    @cached_property
    def _folded(self) -> tuple[str, list[int]]:
        return _fold(self.text)


def plain(text: str) -> str:
    """A text as quotes are compared: no case, no kinds of hyphens, quotation marks and white space."""
    return _fold(text)[0].strip()


def _extents(text: str, piece: str) -> list[Extent]:
    """Where a piece stands in a text, as whole words: `Java` is no quote from `JavaScript`."""
    found: list[Extent] = []
    at = text.find(piece)
    while at >= 0:
        end = at + len(piece)
        if not (_joined(text, at, piece[0]) or _joined(text, end, piece[-1])):
            found.append((at, end))
        at = text.find(piece, at + 1)
    return found


def _joined(text: str, at: int, edge: str) -> bool:
    """Whether a word goes on across this place."""
    return 0 < at < len(text) and edge.isalnum() and text[at - 1].isalnum() and text[at].isalnum()


def _fold(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place of the one it stands for."""
    dropped = {at for match in _BROKEN_WORD.finditer(text) for at in range(match.start(), match.end())}
    out: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        if at in dropped:
            continue
        if character.isspace():
            if out and out[-1] == " ":
                continue
            out.append(" ")
            places.append(at)
            continue
        for one in unicodedata.normalize("NFKC", character).translate(_FOLD).casefold():
            out.append(one)
            places.append(at)
    return "".join(out), places
