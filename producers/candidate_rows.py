"""One row of a data set of candidates as a JSON Resume (https://jsonresume.org/schema), which the parser reads as a CV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from talentflow.documents.values import column, one, texts

_BASICS = {"headline": "label", "email": "email", "phone": "phone", "link": "url"}
_LOCATION = {"address": "address", "postal_code": "postalCode", "city": "city", "region": "region", "country": "countryCode"}
_LISTS = {
    "experience": "work",
    "education": "education",
    "skills": "skills",
    "languages": "languages",
    "certificates": "certificates",
    "projects": "projects",
    "interests": "interests",
}
_SHORT = frozenset({"skills", "languages", "certificates", "interests"})
_SHORT_CHARACTERS = 60
_SAID = {
    "years": "{} years of experience",
    "wanted_contract": "Contract sought: {}",
    "wanted_workplace": "Workplace sought: {}",
    "wanted_salary": "Expected salary: {}",
    "birth_date": "Date of birth: {}",
    "nationality": "Nationality: {}",
}
"""Fields that JSON Resume has no place for, as a CV words them."""
_ENTRY_NAMES = {
    "title": "position",
    "job_title": "position",
    "role": "position",
    "poste": "position",
    "company": "name",
    "employer": "name",
    "organization": "name",
    "entreprise": "name",
    "start": "startDate",
    "start_date": "startDate",
    "date_debut": "startDate",
    "end": "endDate",
    "end_date": "endDate",
    "date_fin": "endDate",
    "city": "location",
    "degree": "studyType",
    "diplome": "studyType",
    "field": "area",
    "school": "institution",
    "university": "institution",
    "ecole": "institution",
}
"""Names in entries of work and education that other data sets use, and JSON Resume's for them."""


def resume(row: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON Resume.

    Args:
        row: values by the fields' names in a mapping (see `producers.columns`).
        rest: columns that were kept, by their own names: written at the end of the summary, so that nothing is lost.
    """
    basics: dict[str, Any] = {name: said for field, name in _BASICS.items() if (said := one(row.get(field)))}
    name = one(row.get("name")) or " ".join(filter(None, (one(row.get("first_name")), one(row.get("last_name")))))
    where = {key: said for field, key in _LOCATION.items() if (said := one(row.get(field)))}
    if (place := one(row.get("location"))) and "city" not in where:
        where["city"] = place
    lines = [
        *texts(row.get("summary")),
        *(form.format(said) for field, form in _SAID.items() if (said := one(row.get(field)))),
        *(f"{key}: {said}" for key, value in rest.items() if (said := one(value))),
    ]
    basics |= {"name": name} if name else {}
    basics |= {"location": where} if where else {}
    basics |= {"summary": "\n".join(lines)} if lines else {}
    made: dict[str, Any] = {"basics": basics}
    for field, section in _LISTS.items():
        if entries := _entries(row.get(field), commas=field in _SHORT):
            made[section] = entries
    if employer := one(row.get("employer")):
        made["work"] = [{"name": employer, "position": basics.get("label", "")}, *made.get("work", [])]
    if school := one(row.get("school")):
        entries = made.get("education", [])
        if len(entries) == 1 and isinstance(entries[0], str):
            made["education"] = [{"studyType": entries[0], "institution": school}]
        else:
            made["education"] = [*entries, {"institution": school}]
    return made


def _entries(value: Any, *, commas: bool) -> list[Any]:
    """Objects with JSON Resume's names, or texts; a line with separators is a list, also of commas where values are short."""
    if isinstance(value, str):
        text = "\n".join(texts(value))
        parts = text.split("\n") if "\n" in text else text.replace("|", ";").split(";")
        if len(parts) == 1 and commas and all(len(p) < _SHORT_CHARACTERS for p in text.split(",")):
            parts = text.split(",")
        return [p for part in parts if (p := part.strip(" \t-•*"))]
    values: list[Any] = list(value) if isinstance(value, list) else [value]
    return [_entry(v) if isinstance(v, dict) else one(v) for v in values if one(v)]


def _entry(entry: dict[Any, Any]) -> dict[str, Any]:
    return {_ENTRY_NAMES.get(column(str(key)), str(key)): value for key, value in entry.items()}
