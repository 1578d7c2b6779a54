"""The records' values in the words of the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from talentflow.chat.sentences import CONTRACTS, DEGREES, SENIORITIES, WORKPLACES
from talentflow.records import LanguageSkill, Place, Salary

CONTRACT: dict[str, str] = {**CONTRACTS["en"]}
WORKPLACE: dict[str, str] = {**WORKPLACES["en"]}
SENIORITY: dict[str, str] = {**SENIORITIES["en"]}
EDUCATION: dict[str, str] = {**DEGREES["en"]}
PART = {
    "skills": "Skills",
    "occupation": "Occupation",
    "seniority": "Seniority",
    "experience": "Experience",
    "education": "Education",
    "languages": "Languages",
    "location": "Location",
    "contract": "Contract",
    "salary": "Salary",
    "similarity": "Job title",
}
_SYMBOL = {"EUR": "€", "USD": "$", "GBP": "£"}
_UNIT = {"HOUR": "hour", "DAY": "day", "WEEK": "week", "MONTH": "month", "YEAR": "year"}
_PLACES_SHOWN = 2


@lru_cache(maxsize=512)
def language_name(code: str) -> str:
    """`English` for `en`; the code itself when ISO 639-1 has no such language."""
    import pycountry

    if code == "und":
        return "Not told"
    found = pycountry.languages.get(alpha_2=code)
    return str(found.name) if found else code


@lru_cache(maxsize=512)
def country_name(code: str) -> str:
    """`France` for `FR`; the code itself when ISO 3166-1 has no such country."""
    import pycountry

    found = pycountry.countries.get(alpha_2=code.upper())
    return str(getattr(found, "common_name", found.name)) if found else code


def place(value: Place) -> str:
    """`Lyon, France`; empty when nothing is known."""
    country = country_name(value.country) if value.country else None
    return ", ".join(v for v in (value.locality or value.region, country) if v)


def places(values: Sequence[Place]) -> str:
    """`Lyon, France`; `Brazil, Chile and 12 more`."""
    names = list(dict.fromkeys(name for name in map(place, values) if name))
    rest = len(names) - _PLACES_SHOWN
    if rest > 0:
        return f"{', '.join(names[:_PLACES_SHOWN])} and {rest} more"
    return " or ".join(names)


def salary(value: Salary | None) -> str:
    """`€38,000 – 45,000 a year`; empty when no amount is known."""
    if value is None:
        return ""
    amounts = [_amount(v) for v in dict.fromkeys((value.min_value, value.max_value)) if v is not None]
    if not amounts:
        return ""
    symbol = _SYMBOL.get(value.currency or "")
    said = " – ".join(amounts)
    said = f"{symbol}{said}" if symbol else f"{said} {value.currency or ''}".rstrip()
    if value.max_value is None:
        said = f"from {said}"
    elif value.min_value is None:
        said = f"up to {said}"
    return f"{said} a{'n' if value.unit == 'HOUR' else ''} {_UNIT[value.unit]}" if value.unit else said


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"


def years(value: float) -> str:
    """`1 year`, `3.5 years`."""
    number = f"{value:.0f}" if abs(value - round(value)) < 0.05 else f"{value:.1f}"
    return f"{number} year{'' if number == '1' else 's'}"


def date(value: str) -> str:
    """`15 March 2021`, `March 2021` or `2021`, as precise as it was written; what is no date stays as it is."""
    for form, words in (("%Y-%m-%d", "{0.day} {0:%B %Y}"), ("%Y-%m", "{0:%B %Y}")):
        try:
            return words.format(datetime.strptime(value, form))
        except ValueError:
            continue
    return value


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in its largest unit: `just now`, `5 minutes ago`, `1 day ago`."""
    seconds = (now - then).total_seconds()
    for unit, length in (("year", 365 * 86400), ("month", 30 * 86400), ("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return "just now"


def language(value: LanguageSkill) -> str:
    """`French (C1)`."""
    fluency = {"native": "native"}.get(value.fluency or "", value.fluency)
    return f"{language_name(value.language)} ({fluency})" if fluency else language_name(value.language)
