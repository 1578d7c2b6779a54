"""One character to one character: text folded for lookup keeps its offsets."""

from __future__ import annotations

import unicodedata

_SPACES = "\t\n\r\v\f\u00a0\u1680\u2028\u2029\u202f\u205f\u3000-_‐‑‒–—−" + "".join(map(chr, range(0x2000, 0x200B)))
_APOSTROPHES = "’‘ʼ´`"


class _Folding(dict[int, str]):
    """Filled as characters are met: few distinct ones occur in practice."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if 0xD800 <= code <= 0xDFFF:  # a lone surrogate has no UTF-8 form, and the automaton reads UTF-8
            char = "\ufffd"
        decomposed = unicodedata.normalize("NFKD", char)
        base = decomposed[0] if decomposed and all(map(unicodedata.combining, decomposed[1:])) else char
        lowered = base.casefold()
        folded = lowered if len(lowered) == 1 else base
        self[code] = folded
        return folded


_FOLDING = _Folding()
_FOLDING.update({ord(char): " " for char in _SPACES})
_FOLDING.update({ord(char): "'" for char in _APOSTROPHES})
_ASCII = {ord(char): " " for char in _SPACES if char.isascii()} | {ord("`"): "'"}


def fold(text: str) -> str:
    """Lower case, without accents, white space and hyphens as a space, apostrophes straight; as long as the text.

    A character is folded only where one other character stands for it (`É` → `e`), so `ß` and ligatures stay.
    A lone surrogate becomes U+FFFD.
    """
    if text.isascii():
        return text.lower().translate(_ASCII)
    return text.translate(_FOLDING)
