"""schema.org JobPosting (https://schema.org/JobPosting), as JSON or JSON-LD, to canonical offer text."""

from __future__ import annotations

from typing import Any

from talentflow.documents.offers import offer_text
from talentflow.documents.values import column, one, places, salary_of, texts

_CONTAINERS = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item")
_DEEPEST = 5
_PLUMBING = {
    *("@context", "@type", "@id", "id", "identifier", "image", "sameAs", "url", "inLanguage"),
    *("directApply", "applicantLocationRequirements"),
}
_TELECOMMUTE = "telecommute"


def find_jobposting(value: Any, depth: int = 0) -> dict[str, Any] | None:
    """The first JobPosting in a JSON-LD value: itself, in its `@graph`, or in a list; None when there is none."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, list):
        return next((p for v in value[:1000] if (p := find_jobposting(v, depth + 1))), None)
    if not isinstance(value, dict):
        return None
    kinds = value.get("@type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if isinstance(kind, str) and kind.rsplit("/", 1)[-1].rsplit(":", 1)[-1] == "JobPosting":
            return value
    return next((p for key in _CONTAINERS if key in value and (p := find_jobposting(value[key], depth + 1))), None)


def jobposting_text(posting: dict[str, Any]) -> tuple[str, list[str]]:
    """Canonical offer text of a JobPosting, and notes that name the properties kept as they were.

    The wording of `experienceRequirements.monthsOfExperience` and of credentials follows Google's guide to JobPosting.
    """
    taken = set(_PLUMBING)

    def get(*names: str) -> Any:
        taken.update(names)
        return next((posting[n] for n in names if posting.get(n) not in (None, "", [], {})), None)

    lines = {
        "Title": one(get("title", "name")),
        "Company": one(get("hiringOrganization")),
        "Location": "; ".join(places(get("jobLocation")) or places(posting.get("applicantLocationRequirements"))),
        "Employment type": ", ".join(texts(get("employmentType"))),
        "Duration": one(get("employmentUnit")),
        "Workplace": _workplace(get("jobLocationType")),
        "Salary": _salary(get("baseSalary"), get("estimatedSalary"), get("salaryCurrency")),
        "Date posted": one(get("datePosted")),
        "Valid through": one(get("validThrough")),
        "Seniority": one(get("seniority", "experienceLevel")),
        "Experience": _experience(get("experienceRequirements")),
        "Education": _education(get("educationRequirements")),
        "Languages": one(get("knowsLanguage")),
        "Industry": one(get("industry")),
        "Occupation": one(get("occupationalCategory", "relevantOccupation")),
        "Department": one(get("employmentDepartment")),
        "Working hours": one(get("workHours")),
        "Start date": one(get("jobStartDate")),
    }
    sections = {
        "Responsibilities": texts(get("responsibilities")),
        "Requirements": texts(get("qualifications"))
        + texts(get("physicalRequirement"))
        + texts(get("securityClearanceRequirement")),
        "Skills": texts(get("skills")),
        "Benefits": texts(get("jobBenefits", "benefits")) + texts(get("incentiveCompensation", "incentives")),
        "About the company": texts(get("employerOverview")),
    }
    description = "\n".join(texts(get("description")))
    rest = {_named(k): one(v) for k, v in posting.items() if k not in taken and not str(k).startswith("@")}
    rest = {name: value for name, value in rest.items() if value}
    notes = [f"kept as they were: {', '.join(rest)}"] if rest else []
    return offer_text(lines, description, sections, rest), notes


def _named(key: str) -> str:
    return column(str(key)).replace("_", " ").capitalize()


def _workplace(value: Any) -> str:
    said = one(value)
    return "remote" if said.casefold() == _TELECOMMUTE else said


def _salary(base: Any, estimated: Any, currency: Any) -> str:
    return salary_of(base, currency) or salary_of(estimated, currency)


def _experience(value: Any) -> str:
    months = value.get("monthsOfExperience") if isinstance(value, dict) else None
    if isinstance(months, int | float | str) and not isinstance(months, bool):
        try:
            years = float(months) / 12
        except (ValueError, OverflowError):
            return one(months)
        if 0 < years < 100:
            return f"{years:g} years" if years != 1 else "1 year"
    return one(value)


def _education(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(e for v in value if (e := _education(v)))
    if isinstance(value, dict) and value.get("credentialCategory"):
        return one(value["credentialCategory"])
    return one(value)
