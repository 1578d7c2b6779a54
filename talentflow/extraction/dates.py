"""Dates and ranges of dates as CVs and offers write them, in English and French.

Dates come out as ISO 8601 with the precision they were written with: `2021`, `2021-03`, `2021-03-15`. Nothing here
reads the clock: what is `current` lasts until an `as_of` date that the caller gives, usually `latest_date(text)`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FIRST_YEAR, LAST_YEAR = 1940, 2059


@dataclass(frozen=True)
class FoundDate:
    """`text[start:end]` says `iso`. `iso_end` is the last month of a season or a quarter, else equal to `iso`."""

    iso: str
    iso_end: str
    start: int
    end: int


@dataclass(frozen=True)
class DateRange:
    """`text[start:end]` says from `start_date` to `end_date`. With `current` there is no end date. A single date has
    `single` and the same date at both ends (a season: its first and last month). Without any date it is the rest of the range
    before it, which a narrow column broke."""

    start_date: str | None
    end_date: str | None
    current: bool
    start: int
    end: int
    single: bool = False


_MONTHS: tuple[tuple[str, ...], ...] = (
    ("january", "janvier", "janv", "jan"),
    ("february", "f[ée]vrier", "f[ée]vr", "f[ée]v", "feb"),
    ("march", "mars", "mar"),
    ("april", "avril", "avr", "apr"),
    ("may", "mai"),
    ("june", "juin", "jun"),
    ("july", "juillet", "juil", "jul"),
    ("august", "ao[ûu]t", "aug"),
    ("september", "septembre", "sept", "sep"),
    ("october", "octobre", "oct"),
    ("november", "novembre", "nov"),
    ("december", "d[ée]cembre", "d[ée]c", "dec"),
)
_SEASONS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("spring", "printemps"), "03", "05"),
    (("summer", "[ée]t[ée]"), "06", "08"),
    (("autumn", "fall", "automne"), "09", "11"),
    (("winter", "hiver"), "01", "03"),
)
_MONTH_NAMES = [name for names in _MONTHS for name in names]
_MONTH = "(?:" + "|".join(sorted(_MONTH_NAMES, key=len, reverse=True)) + ")"
_SEASON = "(?:" + "|".join(name for names, _, _ in _SEASONS for name in names) + ")"
_YEAR = "(?:19[4-9]\\d|20[0-5]\\d)"
_DAY = "(?:0?[1-9]|[12]\\d|3[01])"
_B = r"[ \t\u00a0\u202f]"
_COUNTED = (
    r"(?:%|€|\$|£|k€|K€|m[²2]\b|(?:euros?|dollars?|users?|employees|people|clients?|customers?|heures?|hours?|personnes"
    r"|salari[ée]s|utilisateurs?|collaborateurs|patients?|élèves|students)\b)"
)
_NOW = (
    rf"present(?:ly)?|now|current(?:ly)?|today|ongoing|date|aujourd['’]?{_B}?hui|ce{_B}jour|actuel(?:le)?(?:ment)?"
    rf"|pr[ée]sent|en{_B}cours|maintenant|nos{_B}jours"
)
# After a digit and a dash or a slash only what may be the second half of a range is a date: not the end of a phone number.
_POINT = re.compile(
    rf"""(?<![\w+@$€£#])(?:(?<!\d[-/.,])|(?<=(?:19|20)\d\d[-/])|(?<=\d\d/\d\d-))(?=[\dJFMASONDPWHQTCEÉ])(?:
      (?P<ymd>(?P<ymd_y>{_YEAR})(?P<ymd_s>[-/.])(?P<ymd_m>0[1-9]|1[0-2])(?P=ymd_s)(?P<ymd_d>0[1-9]|[12]\d|3[01])(?![\d/]))
    | (?P<dmy>(?P<dmy_a>0?[1-9]|[12]\d|3[01])(?P<dmy_s>[-/.])(?P<dmy_b>0?[1-9]|[12]\d|3[01])(?P=dmy_s)(?P<dmy_y>{_YEAR})(?!\d))
    | (?P<ym>(?P<ym_y>{_YEAR})[-/.](?P<ym_m>0[1-9]|1[0-2])(?![\d/])(?!-\d{{1,2}}(?!\d)))
    | (?P<my>(?P<my_m>0?[1-9]|1[0-2]){_B}?[-/.]{_B}?(?P<my_y>{_YEAR})(?!\d))
    | (?P<dmny>(?P<dmny_d>{_DAY})(?:er|st|nd|rd|th|\.)?{_B}{{0,2}}(?:of{_B})?
        (?P<dmny_m>{_MONTH})\.?,?{_B}{{0,3}}(?P<dmny_y>{_YEAR})(?!\d))
    | (?P<mndy>(?P<mndy_m>{_MONTH})\.?{_B}{{1,2}}(?P<mndy_d>{_DAY})(?:st|nd|rd|th)?,?{_B}{{1,2}}(?P<mndy_y>{_YEAR})(?!\d))
    | (?P<mny>(?P<mny_m>{_MONTH})\.?,?{_B}{{0,3}}(?:[-/]|of{_B}|de{_B})?{_B}?
        (?:(?P<mny_y>{_YEAR})|['’](?P<mny_yy>\d\d))(?!\d))
    | (?P<sy>(?P<sy_s>{_SEASON}),?{_B}{{1,2}}(?P<sy_y>{_YEAR})(?!\d))
    | (?P<qy>[QT](?P<qy_q>[1-4]){_B}?[-/]?{_B}?(?P<qy_y>{_YEAR})(?!\d))
    | (?P<yy>(?P<yy_a>{_YEAR})(?:[/–—]|-(?=1[3-9]|[2-5]\d))(?P<yy_b>\d\d)(?![\d/.–—-]))
    | (?P<y>{_YEAR})(?![\d%€$£_@])(?![.,]\d)(?!{_B}{_COUNTED})
    | (?P<mm2>(?P<mm2_m>0[1-9]|1[0-2])[/.](?P<mm2_y>\d\d)(?![\d/.]))
    | (?P<mo>(?:{_DAY}(?:er)?{_B})?(?P<mo_m>{_MONTH})\.?)(?![\w'’])
    | (?P<now>{_NOW})(?!\w)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_BETWEEN = re.compile(
    rf"{_B}{{0,4}}(?:\(?{_B}?|\n{_B}{{0,4}}(?=(?:to|à|au|until|till)\b)|,[ \t\n](?=jusqu|until|to{_B}))"
    r"(?:[-‐‑‒–—−~→>]{1,2}|to|until|till?l?|through|and|à|a|au|et|jusqu['’](?:à|a|en|au)|vers)"
    rf"{_B}{{0,3}}(?:\n{_B}{{0,4}})?(?:(?:le|the|l['’]|à|to){_B}?)?",
    re.IGNORECASE,
)
_BETWEEN_NUMBERS = re.compile(rf"{_B}{{0,2}}/{_B}{{0,2}}|{_B}?\.{{2,3}}{_B}?|\n{_B}{{0,4}}[-–—]{_B}{{0,3}}")
_SLASH_TO_NOW = re.compile(rf"{_B}{{0,2}}/{_B}{{0,2}}(?:to{_B})?", re.IGNORECASE)
_BROKEN = re.compile(rf"{_B}{{0,3}}(?:\t[^\n]{{1,120}})?\n{_B}{{0,4}}", re.IGNORECASE)
_SINCE = re.compile(
    rf"(?<!\w)(?:since|depuis(?:{_B}(?:le|l['’]))?|dès|started(?:{_B}in)?|from)(?:{_B}l['’])?{_B}{{0,2}}(?:le{_B}|the{_B})?$",
    re.IGNORECASE,
)
_FROM = re.compile(rf"(?<!\w)(?:from|between|de|du|d['’]|entre)(?:{_B}l['’])?{_B}{{0,2}}(?:le{_B})?$", re.IGNORECASE)
_OPEN = re.compile(rf"{_B}{{0,3}}[-‐‑‒–—−→]{{1,2}}{_B}{{0,3}}(?:[.…?]{{1,3}}{_B}?)?(?=\n|\r|$|[|·•)\]])")
_ONWARDS = re.compile(rf"{_B}{{1,2}}onwards?\b|{_B}?\+(?!\w)", re.IGNORECASE)
_PRESENT = "present"
_MONTH_ONLY = "month"
_SHORT = "short"


@dataclass(frozen=True)
class _Point:
    kind: str
    iso: str
    iso_end: str
    start: int
    end: int


def _month_number(name: str) -> str:
    folded = name.casefold()
    return _MONTH_NUMBERS[folded.replace("é", "e").replace("û", "u")]


_MONTH_NUMBERS = {
    name.replace("[ée]", "e").replace("[ûu]", "u"): f"{number:02d}"
    for number, names in enumerate(_MONTHS, start=1)
    for name in names
}
_SEASON_MONTHS = {name.replace("[ée]", "e"): (first, last) for names, first, last in _SEASONS for name in names}


def _full_year(two: str) -> str:
    return ("20" if int(two) < 50 else "19") + two


def _read_point(match: re.Match[str], *, day_first: bool) -> list[_Point]:
    kind = match.lastgroup or ""
    # The outer group closes last, so `lastgroup` names the form.
    start, end = match.span()
    groups = match.groupdict()

    def point(iso: str, iso_end: str | None = None, as_kind: str = "date") -> list[_Point]:
        return [_Point(as_kind, iso, iso_end or iso, start, end)]

    if kind == "ymd":
        return point(f"{groups['ymd_y']}-{groups['ymd_m']}-{groups['ymd_d']}")
    if kind == "dmy":
        a, b, year = int(groups["dmy_a"]), int(groups["dmy_b"]), groups["dmy_y"]
        day, month = (a, b) if (day_first and b <= 12) or a > 12 else (b, a)
        return point(f"{year}-{month:02d}-{day:02d}") if month <= 12 else []
    if kind == "ym":
        return point(f"{groups['ym_y']}-{groups['ym_m']}")
    if kind == "my":
        return point(f"{groups['my_y']}-{int(groups['my_m']):02d}")
    if kind in ("dmny", "mndy"):
        year, month, day = groups[f"{kind}_y"], _month_number(groups[f"{kind}_m"]), int(groups[f"{kind}_d"])
        return point(f"{year}-{month}-{day:02d}")
    if kind == "mny":
        year = groups["mny_y"] or _full_year(groups["mny_yy"])
        return point(f"{year}-{_month_number(groups['mny_m'])}")
    if kind == "sy":
        first, last = _SEASON_MONTHS[groups["sy_s"].casefold().replace("é", "e")]
        return point(f"{groups['sy_y']}-{first}", f"{groups['sy_y']}-{last}")
    if kind == "qy":
        quarter = int(groups["qy_q"])
        return point(f"{groups['qy_y']}-{quarter * 3 - 2:02d}", f"{groups['qy_y']}-{quarter * 3:02d}")
    if kind == "yy":
        first_year = groups["yy_a"]
        second = first_year[:2] + groups["yy_b"]
        if int(second) <= int(first_year) or int(second) > LAST_YEAR:
            return [_Point("date", first_year, first_year, start, start + 4)]
        return [_Point("date", first_year, first_year, start, start + 4), _Point("date", second, second, start + 5, end)]
    if kind == "y":
        return point(groups["y"])
    if kind == "mm2":
        return point(f"{_full_year(groups['mm2_y'])}-{groups['mm2_m']}", as_kind=_SHORT)
    if kind == "mo":
        return point(_month_number(groups["mo_m"]), as_kind=_MONTH_ONLY)
    return point("", as_kind=_PRESENT)


def _points(text: str, *, day_first: bool) -> list[_Point]:
    found: list[_Point] = []
    for match in _POINT.finditer(text):
        found.extend(_read_point(match, day_first=day_first))
    return found


def _joined(text: str, left: _Point, right: _Point) -> bool:
    if right.start - left.end > 24:
        return False
    between = text[left.end : right.start]
    if _BETWEEN.fullmatch(between):
        return True
    if right.kind == _PRESENT and left.kind == "date" and _SLASH_TO_NOW.fullmatch(between):
        return True
    return left.kind == right.kind == "date" and _BETWEEN_NUMBERS.fullmatch(between) is not None


def find_date_ranges(text: str, *, day_first: bool = True) -> list[DateRange]:
    """Ranges and single dates, in order, not overlapping. Linear.

    Args:
        text: any text.
        day_first: how to read `03/04/2021`.
    """
    points = _points(text, day_first=day_first)
    found: list[DateRange] = []
    at = 0
    while at < len(points):
        left = points[at]
        at += 1
        if left.kind == _PRESENT:
            continue
        right = points[at] if at < len(points) else None
        if right is not None and right.kind == _MONTH_ONLY and left.kind == "date" and _joined(text, left, right):
            rest = points[at + 1] if at + 1 < len(points) else None
            if rest is not None and len(rest.iso) == 4 and _BROKEN.fullmatch(text[right.end : rest.start]):
                # A narrow column of dates: `June 2023 – December`, what stands beside it, and `2024` on the next line.
                found.append(DateRange(left.iso, f"{rest.iso}-{right.iso}", False, _from(text, left.start), right.end))
                found.append(DateRange(None, None, False, rest.start, rest.end, single=True))
                at += 2
                continue
        if right is not None and right.kind != _MONTH_ONLY and _joined(text, left, right):
            start_date = left.iso
            if left.kind == _MONTH_ONLY:
                if right.kind != "date" or len(right.iso) < 7:
                    continue
                # "Nov – Feb 2021" began the year before.
                year = int(right.iso[:4]) - (left.iso > right.iso[5:7])
                start_date = f"{year}-{left.iso}"
            if right.kind == _PRESENT:
                found.append(DateRange(start_date, None, True, _from(text, left.start), right.end))
                at += 1
                continue
            if _order(start_date) <= _order(right.iso_end, last=True):
                found.append(DateRange(start_date, right.iso_end, False, _from(text, left.start), right.end))
                at += 1
                continue
        if left.kind != "date":
            continue
        before = text[max(0, left.start - 24) : left.start]
        since = _SINCE.search(before)
        if since:
            found.append(DateRange(left.iso, None, True, left.start - len(before) + since.start(), left.end))
            continue
        following = text[left.end : left.end + 12]
        opened = _OPEN.match(following) or _ONWARDS.match(following)
        if opened and "\n" not in opened.group():
            found.append(DateRange(left.iso, None, True, left.start, left.end + len(opened.group().rstrip())))
            continue
        found.append(DateRange(left.iso, left.iso_end, False, left.start, left.end, single=True))
    return found


def ranges_between(ranges: Sequence[DateRange], start: int, end: int) -> Sequence[DateRange]:
    """Of ranges in order, those that start within two offsets."""
    return ranges[bisect_left(ranges, start, key=lambda r: r.start) : bisect_left(ranges, end, key=lambda r: r.start)]


def _from(text: str, start: int) -> int:
    before = text[max(0, start - 16) : start]
    match = _FROM.search(before)
    return start - len(before) + match.start() if match else start


def find_dates(text: str, *, day_first: bool = True) -> list[FoundDate]:
    """Every date with a year, in order."""
    return [FoundDate(p.iso, p.iso_end, p.start, p.end) for p in _points(text, day_first=day_first) if p.kind == "date"]


def parse_date(text: str, *, day_first: bool = True) -> str | None:
    """The first date in a short text, as ISO 8601; None when there is none."""
    found = find_dates(text, day_first=day_first)
    return found[0].iso if found else None


def latest_date(text: str) -> str | None:
    """The latest date that a text mentions: what `current` is measured against when nothing else is known."""
    found = find_dates(text)
    return max((d.iso_end for d in found), key=lambda iso: _order(iso, last=True), default=None)


def latest_of(ranges: Iterable[DateRange]) -> str | None:
    """The latest date in ranges already found: `latest_date` without reading the text again."""
    dates = [iso for r in ranges for iso in (r.start_date, r.end_date) if iso]
    return max(dates, key=lambda iso: _order(iso, last=True), default=None)


def _order(iso: str, *, last: bool = False) -> int:
    """A date as days on a calendar of 31-day months; what is left out counts as first (or last)."""
    year, month, day = [*iso.split("-"), "", ""][:3]
    return (int(year) * 12 + (int(month) if month else 12 if last else 1)) * 31 + (int(day) if day else 31 if last else 1)


def month_span(start: str | None, end: str | None, *, current: bool = False, as_of: str | None = None) -> tuple[int, int] | None:
    """[first, after last) in months since year 0; None without a start.

    `2018`–`2020` is two years, as people mean it: years alone run from January to January; one year alone is twelve
    months, and so is `2023`–`2024`. `2021-03`–`2022-02` includes both months, twelve in all; with days, a month of which less
    than half is covered does not count. What is current runs to `as_of`, at least a month.
    """
    if not start:
        return None
    first = int(start[:4]) * 12 + (int(start[5:7]) - 1 if len(start) >= 7 else 0) + (int(start[8:10] or 1) > 16)
    until = as_of if current else end
    if not until:
        return (first, first + 1) if current else (first, first + (1 if len(start) >= 7 else 12))
    if len(until) >= 7:
        after = int(until[:4]) * 12 + int(until[5:7]) - (int(until[8:10] or 31) < 15)
    elif until[:4] == start[:4]:
        after = int(until[:4]) * 12 + 12
    else:
        after = int(until[:4]) * 12
    return first, max(after, first + 1)


def years_covered(spans: Iterable[tuple[int, int] | None]) -> float:
    """Years that spans of months cover together, overlaps counted once, to one decimal."""
    total, reached = 0, -1
    for first, after in sorted(s for s in spans if s is not None):
        if after > reached:
            total += after - max(first, reached)
            reached = after
    return round(total / 12, 1)
