"""A text as it is compared: look-alike letters, accents, widths and case taken away, character by character."""

from __future__ import annotations

import re
import unicodedata

_LOOKALIKES = dict(
    zip(
        "аеорсухіјѕһԁԛԝвнкмтгпиαερτυικνομχηβωσδλϲⅰⅼıɑɡʀɪɴꜱ",
        "aeopcyxijshdqwbhkmtrnuaeptuiknomxnbwsdlciliagrins",
        strict=True,
    )
)
_LEET = str.maketrans("013457@$!|l", "oieastasiii")
_ROT13 = str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")
_NO_LETTERS = re.compile(r"[^a-z]+")
_LETTERS = re.compile(r"[a-z]")


class _Folds(dict[int, str]):
    """Codepoint → the one character that it is compared as, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code))[:1].lower()[:1] or " "
        plain = _LOOKALIKES.get(plain, plain)
        self[code] = plain
        return plain


_FOLDS = _Folds()


def folded(text: str) -> str:
    """The text as it is compared, of the same length."""
    return text.translate(_FOLDS)


def letters(text: str, *, leet: bool = False) -> str:
    """The letters of a folded text without anything between them. `leet` reads `1gn0re` as letters too, and `l` as `i`."""
    return _NO_LETTERS.sub("", text.translate(_LEET) if leet else text)


def places_of_letters(text: str, *, leet: bool = False) -> list[int]:
    """Where in the text each of its `letters` stands."""
    return [found.start() for found in _LETTERS.finditer(text.translate(_LEET) if leet else text)]


def rotated(text: str) -> str:
    """ROT13."""
    return text.translate(_ROT13)
