"""An offer as schema.org JobPosting in JSON-LD (https://schema.org/JobPosting), with Google's values where it names them.

What schema.org has no property for (contract, languages with fluency, must or wish, evidence) stands under `x-talentflow`.
"""

from __future__ import annotations

from typing import Any

from talentflow.records import JobOffer, LanguageSkill, Place, Salary

EXTENSION = "x-talentflow"
_CREDENTIALS = {
    "secondary": "high school",
    "vocational": "professional certificate",
    "associate": "associate degree",
    "bachelor": "bachelor degree",
    "master": "postgraduate degree",
    "doctorate": "postgraduate degree",
}
"""`credentialCategory` as Google's guide to JobPosting lists it; the exact level stands in the extension."""


def to_job_posting(offer: JobOffer, text: str) -> dict[str, Any]:
    """A JobPosting; a property that the offer does not say is left out.

    Args:
        offer: as extracted from `text`.
        text: becomes `description`; evidence spans are quoted from it.
    """
    remote = offer.workplace == "remote"
    countries = [place for place in offer.job_location if place.country and not place.locality and not place.region]
    posting: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "identifier": _identifier(offer),
        "title": offer.title,
        "description": text,
        "hiringOrganization": _named("Organization", offer.hiring_organization),
        "jobLocation": [_place(place) for place in offer.job_location],
        "jobLocationType": "TELECOMMUTE" if remote else None,
        "applicantLocationRequirements": [{"@type": "Country", "name": place.country} for place in countries] if remote else [],
        "employmentType": offer.employment_type,
        "baseSalary": _salary(offer.base_salary),
        "datePosted": offer.date_posted,
        "validThrough": offer.valid_through,
        "skills": [skill.name for skill in offer.skills],
        "qualifications": _qualifications(offer),
        "experienceRequirements": _experience(offer.experience_years),
        "educationRequirements": _education(offer.education),
        "industry": offer.industry,
        "occupationalCategory": _occupation(offer),
        "jobBenefits": ", ".join(offer.benefits) or None,
        "inLanguage": offer.language if offer.language != "und" else None,
        EXTENSION: _extension(offer, text),
    }
    return {name: value for name, value in posting.items() if value not in (None, [], "")}


def _identifier(offer: JobOffer) -> dict[str, Any] | None:
    return {"@type": "PropertyValue", "name": "talentflow", "value": offer.offer_id} if offer.offer_id else None


def _named(kind: str, name: str | None) -> dict[str, Any] | None:
    return {"@type": kind, "name": name} if name else None


def _place(place: Place) -> dict[str, Any]:
    address = {
        "@type": "PostalAddress",
        "addressLocality": place.locality,
        "addressRegion": place.region,
        "addressCountry": place.country,
    }
    return {"@type": "Place", "address": {name: value for name, value in address.items() if value}}


def _salary(salary: Salary | None) -> dict[str, Any] | None:
    if salary is None or (salary.min_value is None and salary.max_value is None):
        return None
    value: dict[str, Any] = {"@type": "QuantitativeValue"}
    if salary.min_value is not None and salary.min_value == salary.max_value:
        value["value"] = salary.min_value
    else:
        value |= {k: v for k, v in (("minValue", salary.min_value), ("maxValue", salary.max_value)) if v is not None}
    if salary.unit:
        value["unitText"] = salary.unit
    amount: dict[str, Any] = {"@type": "MonetaryAmount", "value": value}
    return amount | ({"currency": salary.currency} if salary.currency else {})


def _qualifications(offer: JobOffer) -> str | None:
    musts = [skill.name for skill in offer.skills if skill.required]
    wishes = [skill.name for skill in offer.skills if skill.required is False]
    parts = [
        f"Required: {', '.join(musts)}." if musts else "",
        f"Nice to have: {', '.join(wishes)}." if wishes else "",
        f"Languages: {', '.join(map(_language, offer.languages))}." if offer.languages else "",
    ]
    return " ".join(part for part in parts if part) or None


def _language(language: LanguageSkill) -> str:
    return f"{language.language} ({language.fluency})" if language.fluency else language.language


def _experience(years: float | None) -> dict[str, Any] | None:
    if years is None:
        return None
    return {"@type": "OccupationalExperienceRequirements", "monthsOfExperience": round(years * 12)}


def _education(level: str | None) -> dict[str, Any] | None:
    if level is None:
        return None
    return {"@type": "EducationalOccupationalCredential", "credentialCategory": _CREDENTIALS[level]}


def _occupation(offer: JobOffer) -> dict[str, Any] | None:
    if offer.occupation_code is None:
        return None
    return {
        "@type": "CategoryCode",
        "inCodeSet": "ISCO-08",
        "codeValue": offer.occupation_code,
        "name": offer.occupation_title or offer.occupation_code,
    }


def _extension(offer: JobOffer, text: str) -> dict[str, Any]:
    extension: dict[str, Any] = {
        "contract": offer.contract,
        "contractMonths": offer.contract_months,
        "paid": offer.paid,
        "workplace": offer.workplace,
        "seniority": offer.seniority,
        "education": offer.education,
        "skills": [skill.model_dump() for skill in offer.skills],
        "languages": [language.model_dump() for language in offer.languages],
        "duplicateOf": offer.duplicate_of,
    }
    said = {name: value for name, value in extension.items() if value not in (None, [])}
    evidence = [span.model_dump() | {"text": text[span.start : span.end]} for span in offer.evidence]
    return said | {"evidence": evidence}
