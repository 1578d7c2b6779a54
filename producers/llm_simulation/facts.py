"""What a model writes of a CV or an offer: JSON close to JSON Resume and JobPosting, with the bounds that no grammar holds."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator

from producers.llm_simulation.plan import Item, sector_of
from producers.simulation.careers import TODAY
from producers.simulation.wording import occupations
from talentflow.llm import Message
from talentflow.records import Contract, EducationLevel, Fluency, Workplace

NOW = f"{TODAY[0]}-{TODAY[1]:02d}"
_PLACEHOLDER = re.compile(r"\[[^\]]*\]|<[^>]*>|\blorem\b|\bN/A\b|\bTBD\b|\bX{3,}\b|\byour (?:company|name)\b|█", re.IGNORECASE)
_LIKE_CONTACTS = re.compile(r"\S+@\S+\.\w|https?://|\+?\d[\d .()-]{8,}\d")
_YEAR = "(19[6-9][0-9]|20[0-4][0-9])"
"""Grammars are made of these: llama.cpp knows no backslash and a letter there, and ends the process."""
_MONTH = f"^{_YEAR}-(0[1-9]|1[0-2])$"


def _written(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise ValueError("it is empty")
    if _PLACEHOLDER.search(text):
        raise ValueError(f"it holds a placeholder: {text[:60]!r}")
    if sum(c.isspace() or "!" <= c <= "ÿ" or c in "œŒ’‘“”–—…€•" for c in text) < 0.95 * len(text):
        raise ValueError("it is not written in the letters of its language")
    if _LIKE_CONTACTS.search(text):
        raise ValueError("it holds contacts, which are none of its business")
    return text


Words = Annotated[str, Field(min_length=2, max_length=120), AfterValidator(_written)]
Prose = Annotated[str, Field(min_length=20, max_length=700), AfterValidator(_written)]
Month = Annotated[str, Field(pattern=_MONTH)]


class Post(BaseModel):
    position: Words
    name: Words
    start_date: Month
    end_date: Month | None = None
    highlights: list[Words] = Field(default_factory=list, max_length=6)

    @model_validator(mode="after")
    def _in_order(self) -> Post:
        if self.start_date > (self.end_date or NOW) or (self.end_date or NOW) > NOW:
            raise ValueError(f"its dates are not in order, or after {NOW}")
        return self


class Study(BaseModel):
    institution: Words
    study_type: Words
    level: EducationLevel
    end_date: Annotated[str, Field(pattern=f"^{_YEAR}$")]


class Spoken(BaseModel):
    language: Literal["en", "fr", "de", "es", "it", "pt", "ar", "nl"]
    fluency: Fluency


class Resume(BaseModel):
    """Close to JSON Resume; who it is about comes from elsewhere."""

    headline: Words
    summary: Prose
    work: list[Post] = Field(min_length=1, max_length=8)
    education: list[Study] = Field(min_length=1, max_length=4)
    skills: list[Words] = Field(min_length=4, max_length=16)
    languages: list[Spoken] = Field(min_length=1, max_length=5)
    certificates: list[Words] = Field(default_factory=list, max_length=4)


class Posting(BaseModel):
    """Close to schema.org's JobPosting."""

    title: Words
    hiring_organization: Words
    introduction: Prose
    tasks: list[Words] = Field(min_length=2, max_length=8)
    skills: list[Words] = Field(min_length=3, max_length=12)
    nice_to_have: list[Words] = Field(default_factory=list, max_length=5)
    experience_years: int = Field(ge=0, le=15)
    education: EducationLevel
    contract: Contract
    workplace: Workplace
    salary_min: int = Field(ge=500, le=400_000)
    salary_max: int = Field(ge=500, le=400_000)
    currency: Literal["EUR", "USD", "GBP", "CAD", "CHF"]
    unit: Literal["MONTH", "YEAR"]
    languages: list[Spoken] = Field(default_factory=list, max_length=3)
    benefits: list[Words] = Field(default_factory=list, max_length=6)

    @model_validator(mode="after")
    def _in_order(self) -> Posting:
        if self.salary_min > self.salary_max or self.salary_max > 3 * self.salary_min:
            raise ValueError("salary_min and salary_max are no range of pay")
        return self


Facts = Resume | Posting
_LANGUAGES = {"en": "English", "fr": "French"}
_SYSTEM = """You invent documents of a labour market, for tests. They are realistic, specific and unlike each other.
Write all texts in {language}. Invent employers and schools; use none that exist.
Name no person, no contacts, no addresses and no web pages. No placeholders.
Answer with JSON of the schema alone. Months are YYYY-MM, years YYYY; it is now {now}."""


def shape(item: Item) -> type[Resume] | type[Posting]:
    """What the model answers with."""
    return Resume if item.kind == "cv" else Posting


def question(item: Item, *, unlike: str = "") -> list[Message]:
    """What is asked for an item; `unlike`: what an earlier attempt came too close to, or did wrong."""
    occupation = occupations()[item.occupation]
    title = occupation[item.language]["titles"][0].split("|")[0]
    what = "the CV of one candidate" if item.kind == "cv" else "one job offer"
    hints = f"""Write {what}.
- occupation: {title}
- industry: {sector_of(item)}
- place: {item.place.name}{f" ({item.place.country})" if item.place.country else ""}
- seniority: {item.seniority}
- number {item.number} of a series: do not fall back on the first names, employers and phrases that come to mind"""
    if unlike:
        hints += f"\n- {unlike}"
    return [
        Message("system", _SYSTEM.format(language=_LANGUAGES[item.language], now=NOW)),
        Message("user", hints),
    ]
