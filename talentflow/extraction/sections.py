"""A text's lines, and its sections by heading lines. Spans are offsets into the text as given."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

LONGEST_HEADING = 64
"""Characters. A longer line is a sentence, whatever it starts with."""

_WORDS = re.compile(r"[^\W_]+", re.UNICODE)
_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_SPACED = re.compile(r"(?:[^\W\d_] ){2,}[^\W\d_](?: {2,}(?:[^\W\d_] )*[^\W\d_])*")
_NUMBERING = re.compile(r"^\s*(?:[ivx]{1,4}|[a-h]|\d{1,2})\s*[.)\-–:/]\s+", re.IGNORECASE)
_PARENTHESIS = re.compile(r"\([^()]{0,40}\)")
_ENDS = " \t\u00a0\u200b\u2009\u202f"


@dataclass(frozen=True)
class Line:
    """`text[start:end]`, blanks at both ends left out. Lines without text are not listed; `gap` says that one stood
    before this."""

    text: str
    start: int
    end: int
    gap: bool = False


@dataclass(frozen=True)
class Section:
    """`text[start:end]` with its heading, `text[body:end]` without. `name` is the key of the heading table, empty for what
    stands before the first heading. `inline`: the heading shares its line with content (`Languages: French, English`)."""

    name: str
    heading: str
    start: int
    body: int
    end: int
    inline: bool = False


@dataclass(frozen=True)
class HeadingTable:
    """Made by `heading_table`: normalised heading → section name."""

    names: Mapping[str, str]
    joiners: frozenset[str]
    qualifiers: frozenset[str]


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Words in lower case without accents or punctuation, one space between them: `Expériences & Projets:` →
    `experiences and projets`."""
    if text.isascii():
        return " ".join(_WORDS.findall(text.replace("&", " and ").replace("+", " and ").lower()))
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ").replace("+", " and ").replace("œ", "oe").replace("Œ", "OE"))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(_WORDS.findall(plain))


def unspace(text: str) -> str:
    """`E X P E R I E N C E` → `EXPERIENCE`; two or more spaces between letter-spaced words become one. Other text is
    returned as it is."""
    if len(text) < 5 or text.count(" ") * 3 < len(text) or not _SPACED.fullmatch(text.strip()):
        return text
    return " ".join(word.replace(" ", "") for word in re.split(r" {2,}", text.strip()))


def heading_table(
    table: Mapping[str, Sequence[str]], *, joiners: Sequence[str] = ("and", "et", "ou", "or"), qualifiers: Sequence[str] = ()
) -> HeadingTable:
    """Compile headings, in any language, for `split_sections`.

    Args:
        table: section name → headings as people write them.
        joiners: words that may join two headings in one line (`Education and training`); the first one names the section.
        qualifiers: words that may stand beside a heading without changing it (`selected`, `my`, `principales`).
    """
    names: dict[str, str] = {}
    for name, phrases in table.items():
        for phrase in phrases:
            names.setdefault(fold(phrase), name)
    return HeadingTable(names, frozenset(joiners), frozenset(fold(q) for q in qualifiers))


def split_lines(text: str) -> list[Line]:
    """The lines that have text. Linear."""
    found: list[Line] = []
    last_end = 0
    for match in _LINE.finditer(text):
        raw = match.group()
        stripped = raw.strip(_ENDS)
        if not stripped.strip():
            continue
        start = match.start() + raw.index(stripped[0])
        between = text[last_end:start]
        gap = between.count("\n") > 1 or "\x0c" in between or (between.count("\r") > 1 and "\n" not in between)
        found.append(Line(stripped, start, start + len(stripped), gap and bool(found)))
        last_end = start + len(stripped)
    return found


def lines_between(lines: Sequence[Line], start: int, end: int) -> Sequence[Line]:
    """The lines that lie within two offsets."""
    first = bisect_left(lines, start, key=lambda line: line.start)
    after = bisect_right(lines, end, key=lambda line: line.end)
    return lines[first:after]


def heading_name(line: str, table: HeadingTable) -> str | None:
    """The section that a whole line is the heading of; None when it is none."""
    if len(line) > LONGEST_HEADING * 2:
        return None
    plain = unspace(_NUMBERING.sub("", line, count=1))
    if len(plain) > LONGEST_HEADING:
        return None
    folded = fold(plain)
    return _lookup(folded, table) or (_lookup(fold(_PARENTHESIS.sub(" ", plain)), table) if "(" in plain else None)


def split_sections(text: str, table: HeadingTable, *, lines: Sequence[Line] | None = None) -> list[Section]:
    """Sections in order, without gaps, from 0 to `len(text)`. The first has the empty name and may be empty.

    Args:
        text: any text.
        table: what counts as a heading.
        lines: `split_lines(text)`, if at hand.
    """
    starts: list[tuple[int, int, str, str, bool]] = [(0, 0, "", "", False)]
    for line in split_lines(text) if lines is None else lines:
        name = heading_name(line.text, table)
        if name is not None:
            starts.append((line.start, line.end, name, line.text, False))
            continue
        colon = line.text.find(":", 0, LONGEST_HEADING)
        if colon > 0 and line.text[0] not in "•▪-*◦‣●–·":
            name = heading_name(line.text[:colon], table)
            if name is not None:
                starts.append((line.start, line.start + colon + 1, name, line.text[:colon], True))
    ends = [start[0] for start in starts[1:]] + [len(text)]
    return [
        Section(name, heading.strip(" :"), start, body, end, inline)
        for (start, body, name, heading, inline), end in zip(starts, ends, strict=True)
    ]


def _lookup(folded: str, table: HeadingTable) -> str | None:
    if not folded:
        return None
    name = table.names.get(folded)
    if name is not None:
        return name
    words = folded.split()
    if len(words) < 2 or len(words) > 8:
        return None
    if table.qualifiers:
        kept = [w for w in words if w not in table.qualifiers]
        if kept and len(kept) < len(words):
            return _lookup(" ".join(kept), table)
    for at, word in enumerate(words[1:-1], start=1):
        if word in table.joiners:
            first, second = table.names.get(" ".join(words[:at])), _lookup(" ".join(words[at + 1 :]), table)
            if first and second:
                return first
    return None
