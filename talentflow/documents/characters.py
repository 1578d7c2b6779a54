"""Characters as a reader means them: ligatures, invisible characters, bullets, broken words, letter-spacing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_LINE_ENDS = "\u000b\u000c\u001c\u001d\u001e\u0085\u2028\u2029"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\ufff9\ufffa\ufffb\u180e"
_SHAPELESS = "".join(
    map(
        chr,
        (
            *range(0xE0000, 0xE0080),
            *range(0xE0100, 0xE01F0),
            *range(0x206A, 0x2070),
            0x034F,
            0x061C,
            0x115F,
            0x1160,
            0x3164,
            0xFFA0,
        ),
    )
)
"""More characters that nobody sees; the first are copies of ASCII, in which models read whole sentences."""
_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CONTROLS = [chr(c) for c in (*range(0x20), *range(0x7F, 0xA0)) if chr(c) not in "\t\n" + _LINE_ENDS]
_TABLE = str.maketrans(
    _LIGATURES
    | dict.fromkeys(_SPACES, " ")
    | dict.fromkeys(_LINE_ENDS, "\n")
    | dict.fromkeys(_INVISIBLE + _SHAPELESS + _BIDI, "")
    | dict.fromkeys(_CONTROLS, "")
    | {"\ufffe": "", "\uffff": ""}
    | {chr(c): "•" for c in range(0xF0A0, 0xF0FF)}
)
_SMUGGLED = re.compile(
    "[\U000e0000-\U000e007f]+|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}|[\u200b-\u200f\u2060-\u2064\ufeff\u180e]{8,}"
)
SHAPELESS = "in characters that have no shape"
_BULLET = re.compile(r"^[ \t]*(?:[•●◦○▪▫■□◆◇▶►▸‣⁃∙➢➤❖✓✔➔→*]|[·§](?=[ \t])|[-–—o](?=[ \t]))[ \t]*(?=\S)")
_SPACED = re.compile(r"(?<!\S)(?:[^\W\d_] ){3,}[^\W\d_](?!\S)")
_BROKEN = re.compile(r"[^\W\d_]{2}-$")
_COMPOUND = re.compile(
    r"(?:^|[\s(/])(?:\w+-\w+|all|back|co|cross|e|end|ex|full|front|hands|high|in|long|low|mid|multi|non|off|on|open|part|post|pre|real"
    r"|re|self|semi|short|sous|sub|super|third|two|three|up|well|year|vice|auto|anti|inter|micro|macro|mini|demi|après|avant)-$",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """One line or more without ligatures, invisible and control characters; exotic spaces become a space.

    Composed (NFC), not compatibility-composed: `m²` and `½` stay what they are. Lone surrogates become `\ufffd`.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode() if _has_surrogate(text) else text)
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE)


def shapeless(text: str) -> list[tuple[str, str]]:
    """(how, words) of what is written in characters that nobody sees, before `clean` takes them away."""
    if text.isascii():
        return []
    return [(SHAPELESS, "".join(map(_shown, found[0]))) for found in _SMUGGLED.finditer(text)]


def _shown(character: str) -> str:
    """The letter that a character without shape stands for; `?` for one that stands for a bit or nothing."""
    code = ord(character)
    if 0xE0020 <= code < 0xE007F:
        return chr(code - 0xE0000)
    byte = code - 0xFE00 if 0xFE00 <= code <= 0xFE0F else code - 0xE0100 + 16 if 0xE0100 <= code <= 0xE01EF else 0
    return chr(byte) if 0x20 <= byte < 0x7F else "?"


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def tidy(line: str) -> str:
    """A cleaned line with its bullet as `- `, letter-spaced words joined and spaces single; tabs are kept."""
    line = _BULLET.sub("- ", line)
    line = _SPACED.sub(lambda m: m[0].replace(" ", ""), line)
    return "\t".join(" ".join(cell.split()) for cell in line.strip().split("\t") if cell.strip())


def joined(lines: Iterable[str]) -> list[str]:
    """Lines with words that were hyphenated at a line's end put together again (`develop-`, `ment`).

    A first half that stands alone before hyphens (`full-`, `self-`) keeps its hyphen.
    """
    out: list[str] = []
    for line in lines:
        if out and line[:1].islower() and _BROKEN.search(out[-1][-3:]):
            last = out[-1]
            out[-1] = (last if _COMPOUND.search(last[-40:]) else last[:-1]) + line
        else:
            out.append(line)
    return out


def paragraphs(text: str) -> str:
    """Cleaned text, line by line tidied, with at most one blank line in a row and none at the ends."""
    out: list[str] = []
    for line in clean(text).split("\n"):
        line = tidy(line)
        if line or (out and out[-1]):
            out.append(line)
    while out and not out[-1]:
        out.pop()
    return "\n".join(out)
