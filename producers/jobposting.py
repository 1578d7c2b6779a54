"""Offers as sources name their fields, as schema.org JobPosting in JSON-LD (https://schema.org/JobPosting).

The same fields always give the same bytes: a posting's hash says whether the offer has changed. What reads it is
`talentflow/documents/jobposting.py`. Values come from strangers: one of a wrong type counts as missing, none raises.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

MEDIA_TYPE = "application/ld+json"

Workplace = Literal["on_site", "hybrid", "remote"]

_EMPLOYMENT = {
    "FULL_TIME": "full time, fulltime, vollzeit, temps plein, tiempo completo, heltid, full time regular, regular full time",
    "PART_TIME": "part time, parttime, teilzeit, temps partiel, tiempo parcial, deltid, part time regular, regular part time",
    "CONTRACTOR": "contract, contractor, contract to hire, freelance, freelancer, independent contractor, consultant",
    "TEMPORARY": "temporary, temp, temporary full time, temporary part time, seasonal, fixed term, interim, befristet, cdd",
    "INTERN": "intern, internship, trainee, working student, apprentice, apprenticeship, stage, praktikum, werkstudent, co op",
    "VOLUNTEER": "volunteer, bénévolat",
    "PER_DIEM": "per diem, casual, on call, prn",
    "OTHER": "other",
}
_EMPLOYMENT_OF = {said: value for value, words in _EMPLOYMENT.items() for said in words.split(", ")}
_WORKPLACES: dict[Workplace, str] = {
    "remote": "remote, fully remote, remote only, telecommute, telecommuting, home office, work from home, 100 remote",
    "hybrid": "hybrid, hybrid remote, partially remote, flexible, teilweise remote, temporary remote",
    "on_site": "on site, onsite, in office, office, in person, no remote, none",
}
_WORKPLACE_OF: dict[str, Workplace] = {said: place for place, words in _WORKPLACES.items() for said in words.split(", ")}
_UNITS = {
    "HOUR": "hour, hourly, hr, stunde, heure",
    "DAY": "day, daily, tag, jour",
    "WEEK": "week, weekly, woche, semaine",
    "MONTH": "month, monthly, monat, mois",
    "YEAR": "year, yearly, annual, annually, annum, jahr, an",
}
_UNIT_OF = {said: unit for unit, words in _UNITS.items() for said in words.split(", ")}
_WORDS = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?!\d)")
_ISO_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T|$)")
_NUMERIC = re.compile(r"(\d{1,2})([/.])(\d{1,2})\2(\d{4})\b")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,6})?")
_LARGEST_NUMBER = 10**30
_MILLISECONDS = 100_000_000_000
"""An epoch above this counts milliseconds: in seconds it would be in the year 5138."""


def job_posting(
    *,
    title: str,
    description: object = None,
    company: object = None,
    places: Iterable[dict[str, Any] | None] = (),
    workplace: Workplace | None = None,
    employment_types: Iterable[object] = (),
    date_posted: object = None,
    valid_through: object = None,
    salary: dict[str, Any] | str | None = None,
    identifier: object = None,
    identifier_name: object = None,
    url: object = None,
    industry: object = None,
    occupation: object = None,
    department: object = None,
    responsibilities: object = None,
    qualifications: object = None,
    skills: Iterable[object] = (),
    benefits: object = None,
    experience: object = None,
    education: object = None,
    seniority: object = None,
    work_hours: object = None,
    start_date: object = None,
    language: object = None,
) -> dict[str, Any]:
    """A JobPosting; a property without a value is left out.

    Args:
        title: what the job is called.
        description: HTML is kept, as it is in `responsibilities`, `qualifications`, `benefits`.
        places: of `place` or `named_place`; the same place is kept once.
        workplace: `remote` becomes `jobLocationType: TELECOMMUTE`.
        employment_types: in the source's words; those of `employment_type` become schema.org's, others stay as said.
        date_posted, valid_through, start_date: anything `iso_date` reads.
        salary: of `amount`, or text where the source has only that.
        identifier: what the source knows the offer by, and `identifier_name`: within what (company, board).
    """
    types = list(dict.fromkeys(kind for said in employment_types if (kind := employment_type(said))))
    return _without_missing(
        {
            "@context": "https://schema.org/",
            "@type": "JobPosting",
            "title": text(title),
            "description": text(description),
            "hiringOrganization": _named("Organization", company),
            "jobLocation": _single(_unique(p for p in places if p)),
            "jobLocationType": "TELECOMMUTE" if workplace == "remote" else workplace,
            "employmentType": _single(types),
            "datePosted": iso_date(date_posted),
            "validThrough": iso_date(valid_through),
            "jobStartDate": iso_date(start_date),
            "baseSalary": salary,
            "identifier": _identifier(identifier, identifier_name),
            "url": text(url),
            "industry": text(industry),
            "occupationalCategory": text(occupation),
            "employmentDepartment": text(department),
            "responsibilities": text(responsibilities),
            "qualifications": text(qualifications),
            "skills": [said for skill in skills if (said := text(skill))],
            "jobBenefits": text(benefits),
            "experienceRequirements": text(experience),
            "educationRequirements": text(education),
            "experienceLevel": text(seniority),
            "workHours": text(work_hours),
            "inLanguage": text(language),
        }
    )


def encode(posting: dict[str, Any]) -> bytes:
    """The posting as the event log carries it: UTF-8 JSON with sorted keys. Lone surrogates become `?`."""
    said = json.dumps(posting, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return said.encode("utf-8", "replace")


def place(locality: object = None, region: object = None, country: object = None) -> dict[str, Any] | None:
    """A schema.org Place with a PostalAddress; None when nothing is known of it. A country's code is written in capitals."""
    land = text(country)
    address = {
        "@type": "PostalAddress",
        "addressLocality": text(locality),
        "addressRegion": text(region),
        "addressCountry": land.upper() if land and len(land) == 2 else land,
    }
    known = _without_missing(address)
    return {"@type": "Place", "address": known} if len(known) > 1 else None


def named_place(name: object) -> dict[str, Any] | None:
    """A Place known by one text (`Berlin, Germany`); None when there is none."""
    said = text(name)
    return {"@type": "Place", "address": said} if said else None


def amount(least: object, most: object, currency: object = None, per: object = None) -> dict[str, Any] | None:
    """A schema.org MonetaryAmount; None without an amount above zero.

    Args:
        least, most: numbers, or strings that are nothing else (`"60000"`, `"60,000.00"`).
        currency: ISO 4217; anything else is left out.
        per: `year`, `1 YEAR`, `hourly`, …; what is none of schema.org's units is left out.
    """
    low, high = _amount(least), _amount(most)
    if low is None and high is None:
        return None
    value: dict[str, Any] = {"@type": "QuantitativeValue", "unitText": unit(per)}
    value |= {"value": low} if low == high else {"minValue": low, "maxValue": high}
    coin = text(currency)
    known = coin.upper() if coin and _CURRENCY.fullmatch(coin) else None
    return _without_missing({"@type": "MonetaryAmount", "currency": known, "value": _without_missing(value)})


def unit(said: object) -> str | None:
    """schema.org's `unitText` for a period: `HOUR`, `DAY`, `WEEK`, `MONTH`, `YEAR`; of a phrase, the first word that is one."""
    words = _folded(said).split()
    if len(words) > 1:
        words = [word for word in words if word != "an"]  # English there, French for a year elsewhere
    return next((found for w in words if (found := _UNIT_OF.get(w) or _UNIT_OF.get(w.removesuffix("s")))), None)


def employment_type(said: object) -> str | None:
    """schema.org's `employmentType` (`Full-time`, `FullTime`, `full_time` → `FULL_TIME`), or the text itself."""
    return _EMPLOYMENT_OF.get(_folded(said)) or text(said)


def workplace_of(said: object, *, remote: object = None) -> Workplace | None:
    """Where the work is done, from a source's word (`Hybrid`, `ON_SITE`, `telecommute`) or else its `remote` flag."""
    known = _WORKPLACE_OF.get(_folded(said))
    return known or ("remote" if remote is True or _folded(remote) in ("true", "1", "yes") else None)


def text(value: object) -> str | None:
    """A string without the space around it, a finite number as a string; None for anything else and for an empty one.
    What is no character (a lone surrogate) becomes `?`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return f"{value:.15g}" if math.isfinite(value) else None
    if isinstance(value, int):
        return str(value) if abs(value) < _LARGEST_NUMBER else None
    if not isinstance(value, str):
        return None
    said = value.strip()
    return (said if said.isascii() else said.encode("utf-8", "replace").decode()) or None


def iso_date(value: object, *, day_first: bool = False) -> str | None:
    """The day in ISO 8601 (`2026-08-05`); None for what is no date.

    Args:
        value: ISO 8601, RFC 2822 (`Wed, 19 Aug 2026 23:10:38 GMT`), `07/15/2026`, `15.07.2026`, or seconds or
            milliseconds since 1970. The day stays the one that the source names, whatever the time zone.
        day_first: how `05/08/2026` is read; with dots the day is always first.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _of_epoch(value)
    said = text(value)
    if not said:
        return None
    if found := _ISO.match(said) or _ISO_BASIC.match(said):
        return _day(*found.groups())
    if found := _NUMERIC.match(said):
        first, mark, second, year = found.groups()
        if int(first) > 12 or mark == "." or (day_first and int(second) <= 12):
            return _day(year, second, first)
        return _day(year, first, second)
    try:
        return parsedate_to_datetime(said).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _of_epoch(value: float) -> str | None:
    if not 0 < value < _MILLISECONDS * 100:
        return None
    return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC).date().isoformat()


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _folded(said: object) -> str:
    """Words in lower case with one space between: `FullTime`, `FULL_TIME`, `Full-time` → `full time`."""
    spaced = _CAMEL.sub(" ", said[:80]) if isinstance(said, str) else ""
    return " ".join(_WORDS.findall(spaced.casefold()))


def _amount(value: object) -> float | int | None:
    if isinstance(value, str):
        bare = value.replace(",", "").strip()
        value = float(bare) if _AMOUNT.fullmatch(bare) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        return None
    return int(value) if float(value).is_integer() else value


def _named(kind: str, name: object) -> dict[str, Any] | None:
    said = text(name)
    return {"@type": kind, "name": said} if said else None


def _identifier(value: object, name: object) -> dict[str, Any] | None:
    said = text(value)
    return _without_missing({"@type": "PropertyValue", "name": text(name), "value": said}) if said else None


def _unique(values: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({json.dumps(v, sort_keys=True): v for v in values}.values())


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _without_missing(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value not in (None, "", [], {})}
