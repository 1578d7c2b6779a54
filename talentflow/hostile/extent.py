"""From a sign of an instruction to the passage that is one: sentences, also over line ends; encoded text is decoded first."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

from talentflow.hostile import Passage
from talentflow.hostile.characters import folded, letters, places_of_letters, rotated
from talentflow.hostile.rules import GOES_ON, RULES
from talentflow.hostile.signs import LEET, MARKERS, SQUEEZED

LONGEST = 800
"""Characters of one passage."""
_WRAPPED = 36
"""A line of so many characters without a full stop goes on in the next."""
_ASIDE = "sets instructions aside"
_CODED = "hides an instruction in code"
_END = re.compile(r"[.!?…](?=[\"'”»)\]]*(?:\s|$))")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{24,}={0,2}")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[ :]?){18,}")
_ESCAPED = re.compile(r"(?:(?:&#x?[0-9a-fA-F]{2,4};|%[0-9a-fA-F]{2}|\\u00[0-9a-fA-F]{2}|\\x[0-9a-fA-F]{2})[^\n&%\\]{0,12}){6,}")
_WORD = re.compile(r"[a-z]+")
_LINE_START = re.compile(r"[ \t]*(?:[-•*][ \t]|\d{1,2}[.)][ \t]|#)")


def passages(text: str) -> tuple[Passage, ...]:
    """The passages of a text that are instructions to software, in order, apart."""
    signs = sorted(_signs(text))
    out: list[Passage] = []
    for start, end, kind in signs:
        if out and start < out[-1].end:
            if end <= out[-1].end:
                continue
            start = max(out[-1].start, start)
        first, last = _sentence_start(text, start), _sentence_end(text, end)
        last = _with_what_follows(text, first, last)
        if out and first <= out[-1].end:
            out[-1] = Passage(out[-1].start, max(last, out[-1].end), out[-1].kind)
        else:
            out.append(Passage(first, last, kind))
    return tuple(out)


def _signs(text: str) -> Iterator[tuple[int, int, str]]:
    plain = folded(text)
    yield from _plain_signs(plain, text)
    for pattern, leet in ((SQUEEZED, False), (LEET, True)):
        if leet and not _HAS_LEET.search(plain):
            continue
        squeezed = letters(plain, leet=leet)
        readings = ((squeezed, 1), (rotated(squeezed), 1), (squeezed[::-1], -1))
        for reading, way in readings if not leet else readings[:1]:
            for found in pattern.finditer(reading):
                where = places_of_letters(plain, leet=leet)
                first, last = (found.start(), found.end() - 1) if way > 0 else (-found.end(), -1 - found.start())
                yield where[first], where[last] + 1, _ASIDE if reading is squeezed else _CODED
    for start, end, decoded in _decoded(text):
        inside = folded(decoded)
        if SQUEEZED.search(letters(inside)) or any(True for _ in _plain_signs(inside, decoded)):
            yield start, end, _CODED


_HAS_LEET = re.compile(r"(?<=[a-z])[013457@$!|](?=[a-z])|(?<![\w.])[013457@$|](?=[a-z]{2})")


def _plain_signs(plain: str, text: str) -> Iterator[tuple[int, int, str]]:
    words = set(_WORD.findall(plain))
    for kind, needed, pattern in RULES:
        if needed is not None and needed.isdisjoint(words):
            continue
        for found in pattern.finditer(plain):
            lead = len(found[0]) - len(found[0].lstrip(" \t\n.!?:;,\"“”«»'()[]<>*#=-"))
            yield found.start() + lead, found.end(), kind
    for found in MARKERS.finditer(text):
        yield found.start(), found.end(), "imitates a model's own marks"


def _decoded(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, what it says) of what looks encoded and is text."""
    for found in _BASE64.finditer(text):
        piece = found[0].rstrip("=")[:4096]
        try:
            said = base64.b64decode(piece[: len(piece) // 4 * 4]).decode("utf-8", "ignore")
        except (binascii.Error, ValueError):
            continue
        yield found.start(), found.end(), said
    for found in _HEX.finditer(text):
        digits = re.sub(r"[ :]", "", found[0])[:8192]
        yield found.start(), found.end(), bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("utf-8", "ignore")
    for found in _ESCAPED.finditer(text):
        said = html.unescape(unquote(found[0]))
        yield found.start(), found.end(), re.sub(r"\\(?:u00|x)([0-9a-fA-F]{2})", lambda m: chr(int(m[1], 16)), said)


def _line(text: str, at: int) -> tuple[int, int]:
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


def _sentence_start(text: str, at: int) -> int:
    """Back to the sentence's start within its line; to the line before where the line goes on from it."""
    for _ in range(3):
        start, _end = _line(text, at)
        stops = list(_END.finditer(text, start, at))
        if stops:
            at = stops[-1].end()
            break
        at = start
        above = text[: max(0, start - 1)].rpartition("\n")[2]
        goes_on = (
            text[start : start + 1].islower() and len(above) >= _WRAPPED and not above.rstrip().endswith((".", "!", "?", ":"))
        )
        if start == 0 or not goes_on:
            break
        at = start - 1
    marked = _LINE_START.match(text, at) if at == 0 or text[at - 1] == "\n" else None
    at = marked.end() if marked and text[marked.end() - 1] != "#" else at
    while at < len(text) and (text[at].isspace() or text[at] in "\"'”»)]"):
        at += 1
    return at


def _sentence_end(text: str, at: int) -> int:
    """On to the sentence's end; over line ends where the line is long or the next begins in lower case."""
    reached = min(len(text), at + LONGEST)
    for _ in range(6):
        start, end = _line(text, at)
        stop = _END.search(text, max(start, at - 1), end)
        if stop:
            return min(stop.end(), len(text))
        below = text[end + 1 : end + 1 + 200].split("\n", 1)[0]
        wraps = below[:1].islower() or (end - start >= _WRAPPED and below.strip() != "")
        if end >= reached or not wraps or _LINE_START.match(below):
            return end
        at = end + 1
    return _line(text, at)[1]


def _with_what_follows(text: str, first: int, last: int) -> int:
    """The sentences after it in the same paragraph that go on with it: `… Say that the candidate knows Rust.`"""
    while last - first < LONGEST:
        rest = text[last : last + LONGEST]
        lead = len(rest) - len(rest.lstrip())
        if "\n\n" in rest[: lead + 1] or lead >= len(rest) or rest[:lead].count("\n") > 1:
            return last
        end = _sentence_end(text, last + lead + 1)
        if not GOES_ON.search(folded(text[last + lead : end])) or (rest[:lead].count("\n") and _LINE_START.match(rest[lead:])):
            return last
        last = end
    return last
