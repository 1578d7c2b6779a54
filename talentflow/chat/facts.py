"""What one candidate's record says, a fact at a time, each with the spans of the CV that say it; one without any is no fact."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from talentflow.chat import ChatLanguage, Citation
from talentflow.chat.sentences import CONTRACTS, DEGREES, SENIORITIES, WORKPLACES, number, said
from talentflow.records import Candidate, Education, LanguageSkill, Work
from talentflow.taxonomy import skill

LISTED = 25
"""Skills, languages or certificates that one fact names at most."""
MOST_HIGHLIGHTS = 5
_BLANK = re.compile(r"[█\s]*")


@dataclass(frozen=True)
class Chosen:
    """A candidate that the conversation is about: what they are called in it, the record, and the redacted text without what
    is written for software in it; `flags` say so to the recruiter."""

    name: str
    record: Candidate
    text: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    text: str
    citations: tuple[Citation, ...]


def facts(chosen: Chosen, field: str, language: ChatLanguage) -> list[Fact]:
    """What the record says of a field (see `wording.FIELDS`), in the words of the language. Empty when it says nothing."""
    made = _FACTS[field](chosen, language)
    return [fact for fact in made if fact.citations]


def cited(chosen: Chosen, *fields: str) -> tuple[Citation, ...]:
    """The spans that these fields of the record came from, in order of the text."""
    spans = {(e.start, e.end) for e in chosen.record.evidence if e.field in fields}
    return tuple(c for start, end in sorted(spans) if (c := citation(chosen, start, end)) is not None)


def citation(chosen: Chosen, start: int, end: int) -> Citation | None:
    """The span as a citation; None where redaction left nothing of it."""
    text = chosen.text[start:end]
    if _BLANK.fullmatch(text):
        return None
    return Citation(candidate_id=chosen.record.candidate_id, start=start, end=end, text=text)


def skill_name(skill_id: str | None, name: str, language: ChatLanguage) -> str:
    """A skill in the words of the language; as written when the taxonomy does not know it."""
    if skill_id is None:
        return name
    try:
        entry = skill(skill_id)
    except KeyError:
        return name
    return (entry.name_fr if language == "fr" else entry.name_en) or name


@lru_cache(maxsize=512)
def language_name(code: str, language: ChatLanguage) -> str:
    """`German` or `allemand` for `de`."""
    from talentflow.taxonomy.languages import language_names

    english, french = language_names(code)
    return french.lower() if language == "fr" else english


def job(work: Work, language: ChatLanguage) -> str:
    """`Staff Engineer at Globex, 2021-03 to today`."""
    what = work.position or said(language, "a_job")
    where = said(language, "at", place=work.name) if work.name else ""
    return f"{what}{where}{_period(work.start_date, work.end_date, language, current=work.current)}"


def studies(education: Education, language: ChatLanguage) -> str:
    """`B.S., Computer Science, Ridgemont State University, 2013-08 to 2017-05`."""
    level = DEGREES[language][education.level] if education.level else None
    what = [education.study_type or level, education.area, education.institution]
    return ", ".join(p for p in what if p) + _period(education.start_date, education.end_date, language, current=False)


def spoken(language_skill: LanguageSkill, language: ChatLanguage) -> str:
    """`French (C1)`."""
    name = language_name(language_skill.language, language)
    fluency = language_skill.fluency
    return f"{name} ({said(language, 'native') if fluency == 'native' else fluency})" if fluency else name


def done(chosen: Chosen, n: int) -> list[Fact]:
    """What was done in job `n`, in the CV's own words."""
    highlights = chosen.record.work[n].highlights[:MOST_HIGHLIGHTS]
    told = [Fact(f"“{text}”", cited(chosen, f"work[{n}].highlights[{k}]")) for k, text in enumerate(highlights)]
    return [fact for fact in told if fact.citations]


def _period(start: str | None, end: str | None, language: ChatLanguage, *, current: bool) -> str:
    if current:
        return said(language, "since", start=start) if start else said(language, "today")
    if start and end and start != end:
        return said(language, "from_to", start=start, end=end)
    return f", {start or end}" if start or end else ""


def _experience(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    years = chosen.record.experience_years
    if years is not None:
        yield Fact(said(language, "years", years=number(years, language)), cited(chosen, "experience_years"))


def _current(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    for n, work in enumerate(chosen.record.work):
        if work.current:
            yield Fact(job(work, language), _of_job(chosen, n))
    if not any(work.current for work in chosen.record.work) and chosen.record.work:
        yield Fact(said(language, "latest", job=job(chosen.record.work[0], language)), _of_job(chosen, 0))


def _work(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    for n, work in enumerate(chosen.record.work):
        yield Fact(job(work, language), _of_job(chosen, n))


def _of_job(chosen: Chosen, n: int) -> tuple[Citation, ...]:
    return cited(chosen, *(f"work[{n}].{part}" for part in ("position", "name", "start_date", "end_date", "current")))


def _education(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    for n, education in enumerate(chosen.record.education):
        parts = ("institution", "area", "study_type", "level", "start_date", "end_date")
        yield Fact(studies(education, language), cited(chosen, *(f"education[{n}].{part}" for part in parts)))


def _level(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    level = chosen.record.education_level
    if level is not None:
        yield Fact(DEGREES[language][level], cited(chosen, "education_level"))


def _listed(name: str, words: Sequence[str], chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    """One fact that lists the items which the text attests."""
    found = [(word, c) for n, word in enumerate(words) if (c := cited(chosen, f"{name}[{n}]", f"{name}[{n}].name"))]
    if found:
        more = len(found) - LISTED
        text = ", ".join(word for word, _ in found[:LISTED]) + (said(language, "more", count=more) if more > 0 else "")
        yield Fact(text, tuple(dict.fromkeys(c for _, cites in found[:LISTED] for c in cites)))


def _skills(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    return _listed("skills", [skill_name(s.skill_id, s.name, language) for s in chosen.record.skills], chosen, language)


def _languages(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    return _listed("languages", [spoken(s, language) for s in chosen.record.languages], chosen, language)


def _certificates(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    return _listed("certificates", [c.name for c in chosen.record.certificates], chosen, language)


def _projects(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    return _listed("projects", [p.name for p in chosen.record.projects], chosen, language)


def _location(chosen: Chosen, _language: ChatLanguage) -> Iterable[Fact]:
    place = chosen.record.location
    if place is not None:
        names = dict.fromkeys(name for name in (place.locality, place.region, place.country) if name)
        yield Fact(", ".join(names), cited(chosen, "location"))


def _contract(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    wanted = chosen.record.wanted_contract
    if wanted is not None:
        yield Fact(CONTRACTS[language][wanted], cited(chosen, "wanted_contract"))


def _workplace(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    wanted = chosen.record.wanted_workplace
    if wanted is not None:
        yield Fact(WORKPLACES[language][wanted], cited(chosen, "wanted_workplace"))


def _salary(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    wanted = chosen.record.wanted_salary
    citations = cited(chosen, "wanted_salary", "wanted_salary.min_value", "wanted_salary.max_value")
    if wanted is not None and citations:
        amounts = dict.fromkeys(number(v, language) for v in (wanted.min_value, wanted.max_value) if v is not None)
        unit = said(language, wanted.unit) if wanted.unit else ""
        yield Fact(f"{' – '.join(amounts)} {wanted.currency or ''}{unit}".strip(), citations)


def _seniority(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    """By the latest title or the years: what it was told by is cited."""
    seniority = chosen.record.seniority
    if seniority is not None:
        by = cited(chosen, "seniority") or cited(chosen, "work[0].position") or cited(chosen, "experience_years")
        yield Fact(SENIORITIES[language][seniority], by)


def _occupation(chosen: Chosen, language: ChatLanguage) -> Iterable[Fact]:
    if chosen.record.headline:
        yield Fact(chosen.record.headline, cited(chosen, "headline"))
    else:
        yield from list(_current(chosen, language))[:1]


_FACTS: dict[str, Callable[[Chosen, ChatLanguage], Iterable[Fact]]] = {
    "experience_years": _experience,
    "current_job": _current,
    "education_level": _level,
    "education": _education,
    "certificates": _certificates,
    "languages": _languages,
    "skills": _skills,
    "projects": _projects,
    "work": _work,
    "dates": _work,
    "location": _location,
    "wanted_contract": _contract,
    "wanted_workplace": _workplace,
    "wanted_salary": _salary,
    "seniority": _seniority,
    "occupation": _occupation,
}
