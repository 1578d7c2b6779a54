"""What the project speaks of: documents, offers, candidates and how they met.

Names follow schema.org JobPosting and JSON Resume, in snake_case. Dates keep the precision they were written with:
`2021`, `2021-03` or `2021-03-15` (ISO 8601, as JSON Resume allows). Empty means None or an empty list, never a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["cv", "job_offer", "other"]
Language = str
"""ISO 639-1 code: `en`, `fr`, …; `und` when it cannot be told."""
Seniority = Literal["intern", "junior", "mid", "senior", "lead", "executive"]
Contract = Literal["permanent", "fixed_term", "temporary", "freelance", "internship", "apprenticeship", "volunteer"]
EmploymentType = Literal["FULL_TIME", "PART_TIME", "CONTRACTOR", "TEMPORARY", "INTERN", "VOLUNTEER", "PER_DIEM", "OTHER"]
Workplace = Literal["on_site", "hybrid", "remote"]
EducationLevel = Literal["secondary", "vocational", "associate", "bachelor", "master", "doctorate"]
Fluency = Literal["A1", "A2", "B1", "B2", "C1", "C2", "native"]
Status = Literal["ok", "quarantined", "skipped"]


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Evidence(Record):
    """Where a value came from: `text[start:end]`, in characters, of the document's text.

    `field` is the path of the value: `title`, `skills[3]`, `work[0].position`, `experience_years`.
    """

    field: str
    start: int
    end: int


class Skill(Record):
    """A skill as the taxonomy names it. `skill_id` is None for one the taxonomy does not know."""

    skill_id: str | None = None
    name: str
    required: bool | None = None
    """Offers only: True for a must, False for a nice-to-have, None when the text does not say."""


class LanguageSkill(Record):
    language: Language
    fluency: Fluency | None = None
    required: bool | None = None


class Place(Record):
    locality: str | None = None
    region: str | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2."""


class Salary(Record):
    """`base_salary`: amounts in `currency` (ISO 4217) per `unit` (schema.org unitText)."""

    min_value: float | None = None
    max_value: float | None = None
    currency: str | None = None
    unit: Literal["HOUR", "DAY", "WEEK", "MONTH", "YEAR"] | None = None


class JobOffer(Record):
    """schema.org JobPosting in columns: a row of `silver.job_offers`."""

    offer_id: str
    document_id: str
    title: str | None = None
    hiring_organization: str | None = None
    job_location: list[Place] = Field(default_factory=list)
    employment_type: EmploymentType | None = None
    contract: Contract | None = None
    contract_months: float | None = None
    paid: bool | None = None
    workplace: Workplace | None = None
    date_posted: str | None = None
    valid_through: str | None = None
    base_salary: Salary | None = None
    skills: list[Skill] = Field(default_factory=list)
    languages: list[LanguageSkill] = Field(default_factory=list)
    experience_years: float | None = None
    education: EducationLevel | None = None
    benefits: list[str] = Field(default_factory=list)
    industry: str | None = None
    occupation_code: str | None = None
    occupation_title: str | None = None
    seniority: Seniority | None = None
    language: Language = "und"
    evidence: list[Evidence] = Field(default_factory=list)
    duplicate_of: str | None = None
    """The `offer_id` of the offer that this one repeats."""
    closed_at: str | None = None
    """When its source stopped offering it (ISO 8601); None while it is open."""


class Work(Record):
    position: str | None = None
    name: str | None = None
    """The employer, as JSON Resume calls it."""
    location: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    current: bool = False
    summary: str | None = None
    highlights: list[str] = Field(default_factory=list)
    occupation_code: str | None = None


class Education(Record):
    institution: str | None = None
    area: str | None = None
    study_type: str | None = None
    level: EducationLevel | None = None
    start_date: str | None = None
    end_date: str | None = None
    score: str | None = None
    courses: list[str] = Field(default_factory=list)


class Certificate(Record):
    name: str
    issuer: str | None = None
    date: str | None = None


class Project(Record):
    name: str
    description: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    url: str | None = None


class Candidate(Record):
    """JSON Resume in columns, without personal data: a row of `silver.candidates`."""

    candidate_id: str
    document_id: str
    headline: str | None = None
    summary: str | None = None
    location: Place | None = None
    """Locality, region and country only: the street address is personal and kept in the identity."""
    work: list[Work] = Field(default_factory=list)
    education: list[Education] = Field(default_factory=list)
    skills: list[Skill] = Field(default_factory=list)
    languages: list[LanguageSkill] = Field(default_factory=list)
    certificates: list[Certificate] = Field(default_factory=list)
    projects: list[Project] = Field(default_factory=list)
    experience_years: float | None = None
    education_level: EducationLevel | None = None
    wanted_contract: Contract | None = None
    wanted_workplace: Workplace | None = None
    wanted_salary: Salary | None = None
    occupation_code: str | None = None
    occupation_title: str | None = None
    seniority: Seniority | None = None
    language: Language = "und"
    evidence: list[Evidence] = Field(default_factory=list)


class Identity(Record):
    """Personal data, apart: a row of `silver.identities`. `spans` are what redaction blanks."""

    candidate_id: str
    document_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    birth_date: str | None = None
    gender: str | None = None
    nationality: str | None = None
    urls: list[str] = Field(default_factory=list)
    spans: list[Evidence] = Field(default_factory=list)


class Classification(Record):
    """A row of `silver.classifications`. Confidences are in [0, 1]. `occupation_code` is ISCO-08, four digits."""

    document_id: str
    kind: Kind = "other"
    kind_confidence: float = 0.0
    occupation_code: str | None = None
    occupation_title: str | None = None
    occupation_confidence: float = 0.0
    seniority: Seniority | None = None
    seniority_confidence: float = 0.0
    language: Language = "und"
    language_confidence: float = 0.0
    model_id: str = ""


class Interaction(Record):
    event_id: str
    action: Literal["view", "save", "apply", "shortlist", "reject", "hire"]
    actor_id: str
    offer_id: str | None = None
    candidate_id: str | None = None
    session_id: str | None = None
    occurred_at: str


class MatchPart(Record):
    """One of the things a recruiter looks at, with what was found on both sides."""

    name: Literal[
        "skills",
        "occupation",
        "seniority",
        "experience",
        "education",
        "languages",
        "location",
        "contract",
        "salary",
        "similarity",
    ]
    score: float | None
    """In [0, 1]; None when one side does not say, and then it has no weight."""
    weight: float
    note: str
    """One sentence that a recruiter reads."""
    offer_evidence: list[Evidence] = Field(default_factory=list)
    candidate_evidence: list[Evidence] = Field(default_factory=list)
    matched: list[str] = Field(default_factory=list)
    missing: list[str] = Field(default_factory=list)


class Match(Record):
    """How well a candidate and an offer meet. `score` in [0, 1]; its meaning is in `docs/matching.md`."""

    offer_id: str
    candidate_id: str
    score: float
    parts: list[MatchPart]


R = TypeVar("R", bound=Record)


def record_of(model: type[R], row: Mapping[str, Any]) -> R:
    """A record from a table's row: the table's stamps are no part of it, and a list that is null is empty."""
    return model.model_validate({k: v for k, v in row.items() if k in model.model_fields and v is not None})
