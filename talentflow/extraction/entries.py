"""Entries of a section (posts, studies, projects): which lines make an entry, which are its head, which describe it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from talentflow.extraction.dates import DateRange
from talentflow.extraction.sections import Line
from talentflow.extraction.spans import Span, split_span

BULLETS = "•▪◦‣●–—-*·■□➢➤►▸✓✔❖○∙⁃»→\uf0b7\uf0a7\uf0d8"
_BULLET = re.compile(rf"^(?:[{re.escape(BULLETS)}]|o(?=\s))\s*(?=\S)|^(?:\(?\d{{1,2}}[.)]|[a-z]\))\s+(?=\S)")
_CONNECTOR = re.compile(
    r"(?:[,&/(-]|\b(?:and|or|of|the|a|an|in|on|to|for|with|by|at|from|et|ou|de|du|des|la|le|les|à|au|aux|en|sur|"
    r"pour|avec|dans|par|un|une|d['’]|l['’]))$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.;!?]$")
_TASKS = re.compile(
    r"^(?:(?:main|key|principal(?:e?s)?) )?(?:duties|responsibilities|achievements|tasks|accomplishments|missions|"
    r"t[âa]ches|r[ée]alisations|activit[ée]s|activit(?:ies|[ée]s) (?:and|et) responsa?i?bilit(?:ies|[ée]s)|"
    r"activities"
    r"|responsabilit[ée]s|technologies|environnement technique|tech stack|environment|stack|outils|"
    r"tools)(?: (?:included?|principales|cl[ée]s))?\W{0,3}(?:$|:)",
    re.IGNORECASE,
)
LONGEST_HEAD = 130
"""Characters. Longer lines describe."""


@dataclass(frozen=True)
class Row:
    """A line of a section with the dates in it. `bullet` is how many characters of mark it begins with."""

    line: Line
    ranges: tuple[DateRange, ...]
    bullet: int
    anchor: DateRange | None

    @property
    def content(self) -> Span:
        return Span(self.line.text[self.bullet :], self.line.start + self.bullet, self.line.end)

    def without_dates(self) -> list[Span]:
        """What the line says beside its dates."""
        whole = Span(self.line.text, self.line.start, self.line.end)
        pieces: list[Span] = []
        at = self.bullet
        for found in self.ranges:
            start, end = max(at, found.start - self.line.start), min(len(self.line.text), found.end - self.line.start)
            pieces.append(whole.cut(at, max(at, start)))
            at = max(at, end)
        pieces.append(whole.cut(at, len(self.line.text)))
        return [p for p in pieces if any(c.isalnum() for c in p.text)]


@dataclass
class Entry:
    """Head lines, dates and describing lines of one entry."""

    heads: list[Row] = field(default_factory=list)
    dates: DateRange | None = None
    body: list[Row] = field(default_factory=list)


def read_rows(lines: Sequence[Line], ranges: Sequence[DateRange]) -> list[Row]:
    """Lines of a section with the dates that lie in each.

    Args:
        lines: in order.
        ranges: of the same text, in order; one that runs over two lines belongs to its first.
    """
    rows: list[Row] = []
    at = 0
    for line in lines:
        mine: list[DateRange] = []
        while at < len(ranges) and ranges[at].start < line.end:
            if ranges[at].start >= line.start:
                mine.append(ranges[at])
            at += 1
        match = _BULLET.match(line.text)
        bullet = match.end() if match else 0
        if bullet and mine and mine[0].start < line.start + bullet:
            bullet = 0
        rows.append(Row(line, tuple(mine), bullet, _anchor(line, mine, bullet)))
    return rows


def _anchor(line: Line, ranges: Sequence[DateRange], bullet: int) -> DateRange | None:
    """The range that dates an entry, if the line's dates are not merely mentioned in a sentence."""
    ranges = [r for r in ranges if r.start_date or r.end_date or r.current]
    if not ranges or len(line.text) > LONGEST_HEAD + 30:
        return None
    best = next((r for r in ranges if not r.single), ranges[0])
    before = line.text[bullet : best.start - line.start].strip(" \t(|,–—-:•·")
    after = line.text[best.end - line.start :].strip(" \t)|,–—-.:•·")
    at_edge = not before or not after or after.startswith("(") or (len(after) < 24 and len(before) < 60)
    if _SENTENCE_END.search(line.text) and len(before) > 40 and best.single:
        return None
    if best.single:
        if bullet and before and after:
            return None
        if before and before.split()[-1].casefold() in (
            "in",
            "en",
            "by",
            "of",
            "de",
            "since",
            "depuis",
            "until",
            "the",
            "over",
            "for",
        ):
            return None
        return best if at_edge and len(before) + len(after) < LONGEST_HEAD else None
    if at_edge:
        return best
    # In the middle of a head (`Nurse | 2019 - 2021 | Leeds General`) the date has separators around it.
    left, right = line.text[: best.start - line.start].rstrip(" ("), line.text[best.end - line.start :].lstrip(" )")
    separated = left[-1:] in "|,–—-:•·/" or right[:1] in "|,–—-:•·/" or "\t" in line.text
    return best if separated or len(before) + len(after) < 70 else None


def is_continuation(row: Row, previous: Row | None, widest: int, *, soft: bool = True) -> bool:
    """Whether a line goes on with the one before it: it starts in lower case, the other ended on a connecting word, or
    (`soft`) filled the column."""
    if previous is None or row.bullet or row.line.gap:
        return False
    first = row.line.text[0]
    if first.islower() or first in ")]%&":
        return True
    if row.anchor is not None:
        return False
    if _CONNECTOR.search(previous.line.text):
        return True
    return soft and bool(previous.bullet or len(previous.line.text) > 80) and len(previous.line.text) >= 0.85 * widest > 60


def is_prose(row: Row) -> bool:
    """Whether a line describes rather than names."""
    text = row.line.text
    if len(text) > LONGEST_HEAD:
        return True
    if row.anchor is not None:
        return False
    if text.endswith(":") or _TASKS.match(text):
        return True
    words = len(text.split())
    if text[0].islower():
        return True
    if (
        _SENTENCE_END.search(text)
        and (words >= 5 or _says(text))
        and not text.endswith(("Inc.", "Ltd.", "Co.", "Corp.", "S.A.", "etc."))
    ):
        return True
    return words > 14


def _says(text: str) -> bool:
    """Whether a short line with a full stop is a sentence (`Installed drip watering.`) and not a name cut short (`Acme Co.`)."""
    words = text.split()
    return len(words) >= 3 and text[-1] == "." and len(words[-1]) > 4 and words[-1][0].islower()


def split_entries(rows: Sequence[Row], *, names: Callable[[str], int]) -> list[Entry]:
    """Group the rows of a section into entries.

    Dates anchor the entries; whether what names an entry stands above or below its date line is read off the section's
    first entry. Where no line has dates, a group of head lines after a description, a blank line or the start is one.

    Args:
        rows: the section's lines.
        names: how much a piece of text reads like what an entry is named by (title, employer, school), 0 to 3.
    """
    if not rows:
        return []
    rows = _without_even_gaps(rows)
    widest = max(len(r.line.text) for r in rows)
    kinds = _kinds(rows, widest)
    anchors = [i for i, kind in enumerate(kinds) if kind == "anchor"]
    if not anchors:
        return _undated(rows, kinds, names)
    starts = _starts(rows, kinds, anchors, names)
    entries: list[Entry] = []
    first = min(starts[0][0], anchors[0])
    if first > 0:
        # Beside dated entries only what reads like one is an entry: a group of tasks under a topic is not.
        entries += [e for e in _undated(rows[:first], kinds[:first], names) if any(names(r.line.text) >= 2 for r in e.heads)]
    for number, (start, below) in enumerate(starts):
        stop = starts[number + 1][0] if number + 1 < len(starts) else len(rows)
        entries += _one(rows[start:stop], kinds[start:stop], anchors[number] - start, below, names)
    return entries


def _without_even_gaps(rows: Sequence[Row]) -> Sequence[Row]:
    """Where a blank line stands before nearly every line, as pages made of blocks give it, it sets nothing apart."""
    plain = [r for r in rows[1:] if not r.bullet]
    if len(plain) < 3 or sum(r.line.gap for r in plain) < 0.85 * len(plain):
        return rows
    return [replace(r, line=replace(r.line, gap=False)) if r.line.gap else r for r in rows]


def _kinds(rows: Sequence[Row], widest: int) -> list[str]:
    """`anchor`, `head`, `bullet` or `prose` for each row."""
    dated_bullets = sum(1 for r in rows if r.bullet and r.anchor and not r.anchor.single)
    plain_anchors = sum(1 for r in rows if r.anchor and not r.bullet)
    kinds: list[str] = []
    for number, row in enumerate(rows):
        previous = rows[number - 1] if number else None
        before = kinds[-1] if kinds else ""
        if row.anchor is not None and (
            not row.bullet
            or (dated_bullets > plain_anchors and not row.anchor.single)
            or (plain_anchors == 0 and dated_bullets == 0)
        ):
            kinds.append("anchor")
        elif row.bullet:
            kinds.append("bullet")
        elif (
            before in ("bullet", "prose") and is_continuation(row, previous, widest, soft=not _heads_next(rows, number))
        ) or is_prose(row):
            kinds.append("prose")
        else:
            kinds.append("head")
    return kinds


def _heads_next(rows: Sequence[Row], number: int) -> bool:
    """Whether the line after this one dates an entry, so that this one may name it."""
    return number + 1 < len(rows) and rows[number + 1].anchor is not None and not rows[number + 1].bullet


def _starts(
    rows: Sequence[Row], kinds: Sequence[str], anchors: Sequence[int], names: Callable[[str], int]
) -> list[tuple[int, bool]]:
    """For each anchor: the row that its entry starts at, and whether lines below the anchor belong to the head."""
    lead = anchors[0]
    # Only the head lines right above the first date name its entry; what stands before them is the section's own words.
    above = 0
    while above < 3 and lead - above - 1 >= 0 and kinds[lead - above - 1] == "head":
        above += 1
        if rows[lead - above].line.gap:
            break
    starts: list[tuple[int, bool]] = []
    previous = -1
    for anchor in anchors:
        room = 0
        while room < above and anchor - room - 1 > previous and kinds[anchor - room - 1] == "head":
            if rows[anchor - room].line.gap:
                break
            room += 1
        if previous >= 0 and room:
            # A short task line without a mark is not a head: between two entries the lines right above the date must
            # read like names, unless a blank line or a description sets them apart.
            top = anchor - room
            apart = rows[top].line.gap or kinds[top - 1] in ("bullet", "prose")
            while room and not apart:
                if names(rows[anchor - room].line.text) >= 2 and anchor - room - 1 > previous - 1:
                    break
                room -= 1
                apart = False
        starts.append((anchor - room, above == 0))
        previous = anchor
    return starts


def _one(rows: Sequence[Row], kinds: Sequence[str], anchor: int, below: bool, names: Callable[[str], int]) -> list[Entry]:
    """The entry whose date is in `rows[anchor]`, and undated ones that follow it after a description."""
    entry = Entry(heads=list(rows[: anchor + 1]), dates=rows[anchor].anchor)
    said = sum(len(_pieces(r)) for r in entry.heads)
    listed = said == 1 and any(", " in p.text and names(p.text) for r in entry.heads for p in _pieces(r))
    at = anchor + 1
    while at < len(rows) and kinds[at] == "head" and not (rows[at].line.gap and said):
        text = rows[at].line.text
        wanted = (
            said == 0
            or (listed and said < 2 and names(text) >= 3 and len(text) < 60)
            or (not listed and said < 2 and (below or names(text) >= 1 or at == anchor + 1))
            or (below and said < 3 and names(text) >= 2)
        )
        if not wanted:
            break
        entry.heads.append(rows[at])
        said += len(_pieces(rows[at]))
        at += 1
    if said == 0 and at < len(rows) and kinds[at] == "bullet" and len(rows[at].line.text) <= 90:
        entry.heads.append(rows[at])
        at += 1
    entries = [entry]
    described = False
    while at < len(rows):
        apart = rows[at].line.gap or (described and kinds[at - 1] in ("bullet", "prose"))
        if kinds[at] == "head" and apart and names(rows[at].line.text) >= 2 and _leads_description(kinds, at):
            entries += _undated(rows[at:], kinds[at:], names)
            break
        entry.body.append(rows[at])
        described = described or kinds[at] in ("bullet", "prose")
        at += 1
    return entries


def _leads_description(kinds: Sequence[str], at: int) -> bool:
    while at < len(kinds) and kinds[at] == "head":
        at += 1
    return at < len(kinds) and kinds[at] == "bullet"


def _undated(rows: Sequence[Row], kinds: Sequence[str], names: Callable[[str], int]) -> list[Entry]:
    entries: list[Entry] = []
    has_bullets = any(k == "bullet" for k in kinds)
    all_bullets = has_bullets and all(k != "head" for k in kinds)
    for number, row in enumerate(rows):
        if all_bullets:
            if kinds[number] == "bullet":
                entries.append(Entry(heads=[row]))
            elif entries:
                entries[-1].body.append(row)
            continue
        if kinds[number] == "head" or (kinds[number] == "anchor"):
            before = kinds[number - 1] if number else ""
            joins = (
                before == "head" and not row.line.gap and bool(entries) and not entries[-1].body and len(entries[-1].heads) < 3
            )
            if joins and not has_bullets:
                # Lines alone: two that both name a thing fully are two entries.
                joins = len(_pieces(entries[-1].heads[-1])) < 2 and len(entries[-1].heads) < 2
            if joins:
                entries[-1].heads.append(row)
            elif entries and not row.line.gap and before == "head" and len(entries[-1].heads) >= 3:
                entries[-1].body.append(row)
            else:
                entries.append(Entry(heads=[row]))
        elif entries:
            entries[-1].body.append(row)
    return [e for e in entries if any(names(r.line.text) >= 1 for r in e.heads) or len(e.heads) >= 2 or e.body]


_STRONG = re.compile(
    r"\s*[|│┃¦‖·•∙▪⋅●]\s*|\s+[–—-]{1,2}\s+|\t+\s*|\s{3,}|\s+/\s+|\s*;\s+|:\s+|\s[–—](?=\w)|(?<=\w)[–—]\s|(?<=\s)@\s*"
)


def _pieces(row: Row) -> list[Span]:
    """A line without its dates, split at strong separators."""
    found: list[Span] = []
    for span in row.without_dates():
        found += split_span(span, _STRONG)
    return found


def head_pieces(entry: Entry) -> list[list[Span]]:
    """Each head line's pieces between strong separators, dates left out."""
    return [pieces for row in entry.heads if (pieces := _pieces(row))]


def describe(entry: Entry) -> tuple[list[Span], Span | None]:
    """(highlights, summary): bulleted lines with what continues them, and the first lines without a mark."""
    items: list[list[Span]] = []
    summary: list[Span] = []
    marked = any(r.bullet for r in entry.body)
    for row in entry.body:
        content = row.content
        if row.bullet:
            items.append([content])
        elif items and marked:
            items[-1].append(content)
        elif marked or is_prose(row) or summary:
            summary.append(content)
        else:
            items.append([content])
    return [_join(item) for item in items], _join(summary) if summary else None


def _join(spans: Sequence[Span]) -> Span:
    return Span(" ".join(s.text for s in spans), spans[0].start, spans[-1].end)
