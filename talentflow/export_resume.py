"""A candidate as a JSON Resume (https://jsonresume.org/schema, version 1.0.0), with its evidence."""

from __future__ import annotations

import re
from typing import Any

from talentflow.records import Candidate, Evidence, Identity

SCHEMA_URL = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"
EVIDENCE_KEY = "x-talentflow"
"""Under `meta`, which the schema leaves open to additional properties."""

_LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovene", "sr": "Serbian", "sv": "Swedish",
    "ta": "Tamil", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip
_NETWORKS = re.compile(
    r"(linkedin|github|gitlab|twitter|facebook|instagram|behance|dribbble|medium|kaggle|stackoverflow|xing|viadeo|"
    r"malt)",
    re.IGNORECASE,
)
_NAMES = {"github": "GitHub", "gitlab": "GitLab", "linkedin": "LinkedIn", "stackoverflow": "Stack Overflow"}
_URI = re.compile(r"^[a-z][a-z0-9+.-]*://[\x21-\x7e]+$", re.IGNORECASE)
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+$")


def to_json_resume(candidate: Candidate, identity: Identity | None, text: str) -> dict[str, Any]:
    """A candidate as a JSON Resume object.

    Args:
        candidate: the record.
        identity: the personal data of the same document; None leaves the export anonymous.
        text: the text that the evidence spans point into: redacted for an anonymous export.

    Returns:
        An object valid against the schema. `skills` are those that the CV lists in a skills section, where it has one; what
        its other parts mention stands under `mentioned_skills` of the extension. Absent values are left out, dates keep their
        precision. What the schema has no place for (occupation, seniority, wishes, years, levels) and the evidence (`field`,
        `start`, `end`, `text`) stand under `meta["x-talentflow"]`. Identity evidence is prefixed `identity.`.
    """
    evidence = list(candidate.evidence)
    listed, mentioned = _listed_and_mentioned(candidate, text)
    if identity is not None:
        evidence += [e.model_copy(update={"field": f"identity.{e.field}"}) for e in identity.spans]
    return _drop_empty(
        {
            "$schema": SCHEMA_URL,
            "basics": _basics(candidate, identity),
            "work": [
                {
                    "name": w.name,
                    "position": w.position,
                    "location": w.location,
                    "startDate": w.start_date,
                    "endDate": w.end_date,
                    "summary": w.summary,
                    "highlights": w.highlights,
                }
                for w in candidate.work
            ],
            "education": [
                {
                    "institution": e.institution,
                    "area": e.area,
                    "studyType": e.study_type,
                    "startDate": e.start_date,
                    "endDate": e.end_date,
                    "score": e.score,
                    "courses": e.courses,
                }
                for e in candidate.education
            ],
            "skills": [{"name": name} for name in listed],
            "languages": [
                {"language": _LANGUAGES.get(spoken.language, spoken.language), "fluency": spoken.fluency}
                for spoken in candidate.languages
            ],
            "certificates": [{"name": c.name, "issuer": c.issuer, "date": c.date} for c in candidate.certificates],
            "projects": [
                {
                    "name": p.name,
                    "description": p.description,
                    "startDate": p.start_date,
                    "endDate": p.end_date,
                    "url": _uri(p.url),
                }
                for p in candidate.projects
            ],
            "meta": {EVIDENCE_KEY: _extension(candidate, evidence, text) | {"mentioned_skills": mentioned}},
        }
    )


def _listed_and_mentioned(candidate: Candidate, text: str) -> tuple[list[str], list[str]]:
    """Names of the skills with evidence in a skills section, in the order they stand there, and of the others; all are listed
    where there is no such section."""
    from talentflow.extraction.cv_sections import split_cv

    own = [s for s in split_cv(text) if s.name == "skills"]
    places = {e.field: e.start for e in candidate.evidence if e.field.startswith("skills[")}
    at = [(places.get(f"skills[{n}]", -1), skill.name) for n, skill in enumerate(candidate.skills)]
    listed = sorted((start, name) for start, name in at if any(s.body <= start < s.end for s in own))
    if not listed:
        return [name for _, name in at], []
    names = [name for _, name in listed]
    return names, [name for _, name in at if name not in names]


def _basics(candidate: Candidate, identity: Identity | None) -> dict[str, Any]:
    place = candidate.location
    pages = [u for u in map(_uri, identity.urls if identity else []) if u]
    profiles = [{"network": network, "url": page} for page in pages if (network := _network(page))]
    own = [page for page in pages if not _network(page)]
    return {
        "name": identity.name if identity else None,
        "label": candidate.headline,
        "email": identity.email if identity and identity.email and _EMAIL.match(identity.email) else None,
        "phone": identity.phone if identity else None,
        "url": own[0] if own else None,
        "summary": candidate.summary,
        "location": {
            "address": identity.address if identity else None,
            "city": place.locality if place else None,
            "region": place.region if place else None,
            "countryCode": place.country if place else None,
        },
        "profiles": profiles,
    }


def _network(page: str) -> str | None:
    match = _NETWORKS.search(page)
    return _NAMES.get(match.group().casefold(), match.group().capitalize()) if match else None


def _uri(page: str | None) -> str | None:
    """A page as an absolute URI; None for what is none (a bare handle)."""
    if not page:
        return None
    whole = page if "://" in page else f"https://{page}"
    return whole if _URI.match(whole) and "." in whole else None


def _extension(candidate: Candidate, evidence: list[Evidence], text: str) -> dict[str, Any]:
    return {
        "experience_years": candidate.experience_years,
        "education_level": candidate.education_level,
        "education_levels": [e.level for e in candidate.education] if any(e.level for e in candidate.education) else [],
        "wanted_contract": candidate.wanted_contract,
        "wanted_workplace": candidate.wanted_workplace,
        "wanted_salary": candidate.wanted_salary.model_dump(exclude_none=True) if candidate.wanted_salary else None,
        "occupation": {"code": candidate.occupation_code, "title": candidate.occupation_title},
        "seniority": candidate.seniority,
        "language": candidate.language,
        "skill_ids": {s.name: s.skill_id for s in candidate.skills if s.skill_id},
        "work_occupation_codes": [w.occupation_code for w in candidate.work]
        if any(w.occupation_code for w in candidate.work)
        else [],
        "current": [n for n, w in enumerate(candidate.work) if w.current],
        "evidence": [{"field": e.field, "start": e.start, "end": e.end, "text": text[e.start : e.end]} for e in evidence],
    }


def _drop_empty(value: Any) -> Any:
    """The same without None, empty texts, lists and objects; a list of values keeps its places."""
    if isinstance(value, dict):
        kept = {k: _drop_empty(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v not in (None, "", [], {})}
    if isinstance(value, list):
        return [_drop_empty(v) for v in value]
    return value
