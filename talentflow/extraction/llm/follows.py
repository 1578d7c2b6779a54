"""Whether a value follows from its quote: each reader gives the value as records have it, or None where it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from talentflow import taxonomy
from talentflow.extraction.cv_languages import find_candidate_languages
from talentflow.extraction.cv_sections import split_cv
from talentflow.extraction.dates import find_date_ranges, find_dates, parse_date
from talentflow.extraction.degrees import find_degree
from talentflow.extraction.education import find_levels
from talentflow.extraction.experience import required_years
from talentflow.extraction.llm.quotes import plain
from talentflow.extraction.salary import find_salary
from talentflow.extraction.sections import split_lines
from talentflow.extraction.terms import contract_of_label, duration_of_label, employment_type_of_label
from talentflow.extraction.workplace import workplace_of_label
from talentflow.records import Evidence, LanguageSkill, Place, Salary, Skill

Reader = Callable[[str, str, str], Any]
"""(value, quote, language of the document) → what records hold, or None."""

PRESENT = "present"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"(?<=\d)[ \u00a0\u202f,.'](?=\d{3}(?!\d))")
_K = re.compile(r"(?<=\d)\s?k(?![a-z])", re.IGNORECASE)
_LONGEST = 200
_LONGEST_PROSE = 1_200
_NUMBER_WORDS = {
    word: float(number)
    for number, written in enumerate(
        (
            ("one", "un", "une"),
            ("two", "deux"),
            ("three", "trois"),
            ("four", "quatre"),
            ("five", "cinq"),
            ("six",),
            ("seven", "sept"),
            ("eight", "huit"),
            ("nine", "neuf"),
            ("ten", "dix"),
            ("eleven", "onze"),
            ("twelve", "douze"),
        ),
        start=1,
    )
    for word in written
}


def words(value: str, quote: str, language: str) -> str | None:  # noqa: ARG001
    """A name: it stands in its quote."""
    value = " ".join(value.split())
    return value if 0 < len(value) <= _LONGEST and plain(value) in plain(quote) else None


def prose(value: str, quote: str, language: str) -> str | None:  # noqa: ARG001
    """Sentences: they are their quote, word by word."""
    value = " ".join(value.split())
    return value if 0 < len(value) <= _LONGEST_PROSE and plain(value) in plain(quote) else None


def date(value: str, quote: str, language: str) -> str | None:
    """A date, no more exact than the quote has it."""
    iso = parse_date(value.strip(), day_first=language != "en")
    if iso is None:
        return None
    readings = [d for day_first in (True, False) for d in find_dates(quote, day_first=day_first)]
    ranges = find_date_ranges(quote)
    said = (
        {d.iso for d in readings} | {d.iso_end for d in readings} | {x for r in ranges for x in (r.start_date, r.end_date) if x}
    )
    return iso if any(one == iso or one.startswith(f"{iso}-") for one in said) else None


def end_date(value: str, quote: str, language: str) -> str | None:
    """A date, or `present` where the quote says that it goes on."""
    if value.strip().casefold() != PRESENT:
        return date(value, quote, language)
    ranges = [*find_date_ranges(quote), *find_date_ranges(f"01/2000 - {quote}")]
    return PRESENT if any(r.current for r in ranges) else None


def years(value: str, quote: str, language: str) -> float | None:  # noqa: ARG001
    """A number of years that the quote names."""
    number = _number(value)
    if number is None or number > 60 or not re.search(r"\b(?:year|yr|an\b|ans\b|année|exp)", quote, re.IGNORECASE):
        return None
    read = required_years(quote, labelled=True)
    return number if number in _numbers(quote) or (read is not None and read.years == number) else None


def months(value: str, quote: str, language: str) -> float | None:  # noqa: ARG001
    """A duration in months."""
    number, read = _number(value), duration_of_label(quote)
    return number if number is not None and read is not None and abs(float(read.value) - number) <= 0.1 else None


def salary(value: str, quote: str, language: str) -> Salary | None:
    """Pay as the quote has it; the amounts that the model names are the quote's."""
    found = find_salary(quote, labelled=True, language=language)
    if found is None:
        return None
    named = [n for n in _numbers(value) if n >= 1]
    amounts = {a for a in (found.salary.min_value, found.salary.max_value) if a is not None}
    return found.salary if named and set(named) <= amounts else None


def place(value: str, quote: str, language: str) -> Place | None:
    """A town, a region or a country that the quote names."""
    named = words(value, quote, language)
    if named is None or not any(c.isalpha() for c in named):
        return None
    return taxonomy.find_place(named) or (Place(locality=named) if len(named) <= 60 and not re.search(r"\d", named) else None)


def skill(value: str, quote: str, language: str) -> Skill | None:
    """A skill that the quote names, by that name or by another that the taxonomy has for it."""
    value = " ".join(value.split())
    if not 0 < len(value) <= 80:
        return None
    entry = taxonomy.find_skill(value)
    in_quote = f" {_apart(value)} " in f" {_apart(quote)} "
    if not in_quote and (entry is None or all(m.id != entry.skill_id for m in taxonomy.find_skills(quote))):
        return None
    if entry is None:
        return Skill(skill_id=None, name=value)
    return Skill(skill_id=entry.skill_id, name=(entry.name_fr if language == "fr" else entry.name_en) or entry.name_en)


def spoken(value: str, quote: str, language: str) -> LanguageSkill | None:  # noqa: ARG001
    """A language, with the level that the quote gives it."""
    code = taxonomy.language_code(value.strip()) or (
        value.strip().lower() if re.fullmatch(r"[A-Za-z]{2}", value.strip()) else None
    )
    if code is None or all(m.id != code for m in taxonomy.find_languages(quote)):
        return None
    listed = f"Languages\n{quote}"
    read, _ = find_candidate_languages(listed, split_cv(listed, split_lines(listed)))
    return next((one for one in read if one.language == code), LanguageSkill(language=code))


def level(value: str, quote: str, language: str) -> str | None:
    """A level of education."""
    degree = find_degree(quote)
    said = {found.level for found in find_levels(quote, language=language)} | ({degree[0]} if degree else set())
    return _same(value, said)


def contract(value: str, quote: str, language: str) -> str | None:  # noqa: ARG001
    """A kind of contract."""
    return _same(value, {contract_of_label(quote)})


def workplace(value: str, quote: str, language: str) -> str | None:  # noqa: ARG001
    """Where the work is done."""
    return _same(value, {workplace_of_label(quote)})


def employment_type(value: str, quote: str, language: str) -> str | None:  # noqa: ARG001
    """The hours, in schema.org's words."""
    return _same(value, {employment_type_of_label(quote)})


def apart(spans: Sequence[Evidence]) -> int:
    """Characters from the first of these spans to the last."""
    return max(s.end for s in spans) - min(s.start for s in spans) if spans else 0


def _same(value: str, said: set[Any]) -> str | None:
    named = value.strip().casefold().replace("-", "_").replace(" ", "_")
    return next((one for one in said if one is not None and one.casefold() == named), None)


def _apart(text: str) -> str:
    return " ".join(re.sub(r"[^\w#+.]+", " ", plain(text)).replace(". ", " ").rstrip(".").split())


def _number(value: str) -> float | None:
    found = _numbers(value)
    return found[0] if len(found) == 1 else None


def _numbers(text: str) -> list[float]:
    """Every number of a text: `45 000`, `45k`, `1,5`, `cinq`."""
    joined = _K.sub("000", _THOUSANDS.sub("", text))
    digits = [float(n.replace(",", ".")) for n in _NUMBER.findall(joined)]
    return digits + [_NUMBER_WORDS[w] for w in re.findall(r"[a-zé]+", text.casefold()) if w in _NUMBER_WORDS]
