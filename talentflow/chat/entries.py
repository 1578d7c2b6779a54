"""Conditions on one entry of a CV: a job, studies or a certificate, in these years, at this place, at this employer or school.

`Who worked in London in 2019` asks for one job that was both; a home in London beside a job of 2019 elsewhere is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from talentflow.chat import ChatLanguage
from talentflow.chat.facts import Chosen, Fact, cited, facts, job, studies
from talentflow.chat.verify import has_word, tokens
from talentflow.records import Place
from talentflow.taxonomy import find_places
from talentflow.taxonomy.folding import fold

_ALWAYS = 9999
_YEAR = r"((?:19|20)\d\d)"
_PERIODS = {
    "between": re.compile(rf"\b(?:between|from|entre|de) {_YEAR} (?:and|to|et|a) {_YEAR}\b"),
    "before": re.compile(rf"\b(?:before|prior to|until|avant|jusqu'en) {_YEAR}\b"),
    "after": re.compile(rf"\b(?:after|apres) {_YEAR}\b"),
    "since": re.compile(rf"\b(?:since|depuis) {_YEAR}\b"),
    "in": re.compile(rf"\b(?:in|during|en|pendant|courant) {_YEAR}\b"),
}
_FIELDS = {
    "certificates": re.compile(r"\bcertif\w+\b"),
    "education": re.compile(
        r"\b(?:stud(?:y|ied|ies|ying)|graduat\w+|degrees?|diplomas?|etud\w+|diplom\w+|formations?|school|university)\b"
    ),
    "work": re.compile(r"\b(?:work(?:ed|ing|s)?|employed|jobs?|travaill\w+|boss\w+|emplois?|postes?|positions?)\b"),
}
_LIVES = re.compile(r"\b(?:live[sd]?|living|based|habit\w+|vit|vivent|base[es]*)\b")
_NOW = re.compile(r"\b(?:works?|working|travaillent?|bossent?)\b")
_PAST = re.compile(r"\b(?:was|were|been|has|have|had|did|a|ont|deja|ever)\b")
_WAS = re.compile(r"\b(?:was|were|doing|did|faisai\w+|etai\w+)\b")
_STILL = re.compile(r"\b(?:still|currently|presently|now|nowadays|toujours|encore|actuellement|aujourd'hui)\b")
_ENDED = re.compile(r"\b(?:graduat\w+|degrees?|diplom\w+|obtain\w*|obtenue?s?|got|finished|completed|fini|termine)\b")
_DONE = re.compile(r"\b(?:already|deja|obtained|obtenue?s?|got|finished|completed|fini|termine|did|was|were|been)\b")


@dataclass(frozen=True)
class Entry:
    """`fields`: where it may be. `low`, `high`: years, one of which it must cover; `lasts`: from `low` until now."""

    fields: tuple[str, ...]
    low: int = 0
    high: int = _ALWAYS
    lasts: bool = False
    place: Place | None = None
    at: str | None = None
    words: tuple[str, ...] = ()
    """Folded words that its line must say."""
    by_end: bool = False
    """Of studies: when they ended, not any year of them."""
    or_home: bool = False
    """Someone who lives there and works, without a place, may be meant too: `works in Lyon`."""


def entry_of(folded: str, place: Place | None, at: str | None) -> tuple[Entry, list[tuple[int, int]]] | None:
    """The entry that a folded question asks for, and the spans that say so; None when it asks for none.

    Args:
        folded: the question.
        place: a place that it names.
        at: the folded name of an employer or school that it names.
    """
    fields = tuple(name for name, pattern in _FIELDS.items() if pattern.search(folded))
    period = next(((name, found) for name, pattern in _PERIODS.items() if (found := pattern.search(folded))), None)
    still = _STILL.search(folded) if at else None
    is_told = fields or (at and (period or still)) or (period and _WAS.search(folded))
    if _LIVES.search(folded) or not is_told or not (period or place or still):
        return None
    if place and not period and "certificates" in fields:
        return None
    spans = [found.span() for found in (*_DONE.finditer(folded), *_STILL.finditer(folded))]
    if period:
        spans.append(period[1].span())
    entry = Entry(fields[:1] or ("work", "education"), place=place, at=at, lasts=still is not None)
    entry = replace(entry, by_end=bool(_ENDED.search(folded)))
    if place and entry.fields == ("work",):
        spans += [found.span() for found in _FIELDS["work"].finditer(folded)]
        entry = replace(entry, or_home=not period and bool(_NOW.search(folded)) and not _PAST.search(folded))
    return (replace(entry, **_years(*period)) if period else entry), spans


def _years(name: str, found: re.Match[str]) -> dict[str, int | bool]:
    year = int(found[1])
    return {
        "between": lambda: {"low": year, "high": int(found[2])},
        "before": lambda: {"high": year - 1},
        "after": lambda: {"low": year + 1},
        "since": lambda: {"low": year, "high": year, "lasts": True},
        "in": lambda: {"low": year, "high": year},
    }[name]()


def entries(chosen: Chosen, entry: Entry, language: ChatLanguage) -> Fact | None:
    """The entries of the CV that are so, as one fact."""
    told = [fact for field in entry.fields for fact in _told(chosen, field, entry, language) if fact.citations]
    if not told and entry.or_home and chosen.record.location and entry.place and _same(chosen.record.location, entry.place):
        told = facts(chosen, "location", language)
    if not told:
        return None
    return Fact("; ".join(f.text for f in told), tuple(dict.fromkeys(c for f in told for c in f.citations)))


def _told(chosen: Chosen, field: str, entry: Entry, language: ChatLanguage) -> Iterator[Fact]:
    record = chosen.record
    if field == "work":
        for n, work in enumerate(record.work):
            end = str(_ALWAYS) if work.current else work.end_date
            if _covers(entry, work.start_date, end) and _is_at(entry, work.name):
                yield from _placed(
                    chosen, entry, job(work, language), _parts("work", n, "position", "name", "start_date", "end_date")
                )
    elif field == "education":
        for n, held in enumerate(record.education):
            start = (held.end_date if entry.by_end else held.start_date) or held.end_date or held.start_date
            if _covers(entry, start, held.end_date) and _is_at(entry, held.institution):
                parts = _parts("education", n, "institution", "area", "study_type", "level", "start_date", "end_date")
                yield from _placed(chosen, entry, studies(held, language), parts)
    else:
        for n, certificate in enumerate(record.certificates):
            if _covers(entry, certificate.date, certificate.date):
                parts = [f"certificates[{n}]", *_parts("certificates", n, "name", "date")]
                yield from _placed(chosen, entry, f"{certificate.name}, {certificate.date}", parts)


def _parts(field: str, n: int, *names: str) -> list[str]:
    return [f"{field}[{n}].{name}" for name in names]


def _covers(entry: Entry, start: str | None, end: str | None) -> bool:
    """A year that both have; an entry without any date is asked for by its place alone."""
    if entry.lasts and end != str(_ALWAYS):
        return False
    if entry.low == 0 and entry.high == _ALWAYS:
        return True
    first, last = _year(start or end), _year(end or start)
    if first is None or last is None:
        return False
    return first <= entry.high and last >= entry.low


def _year(date: str | None) -> int | None:
    return int(date[:4]) if date and date[:4].isdigit() else None


def _is_at(entry: Entry, name: str | None) -> bool:
    return entry.at is None or entry.at in fold(name or "")


def _placed(chosen: Chosen, entry: Entry, text: str, parts: Sequence[str]) -> Iterator[Fact]:
    """The fact, when the lines that say it name the place and the words."""
    citations = cited(chosen, *parts)
    lines = list(dict.fromkeys(_line(chosen.text, found.start, found.end) for found in citations))
    said = tokens(" ".join([text, *lines]))
    is_there = entry.place is None or any(_same(p, entry.place) for line in lines for p, _ in find_places(line))
    if is_there and all(has_word(said, word) for word in entry.words):
        yield Fact(text, citations)


def _line(text: str, start: int, end: int) -> str:
    low, high = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    return text[low : high if high >= 0 else len(text)]


def _same(held: Place, wanted: Place) -> bool:
    if wanted.locality:
        return held.locality == wanted.locality and held.country == wanted.country
    return (held.region == wanted.region) if wanted.region else held.country == wanted.country
