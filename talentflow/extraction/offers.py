"""Text to an offer with evidence, by rules, in English and French."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from talentflow.errors import NoRecord
from talentflow.extraction.benefits import find_benefits
from talentflow.extraction.company import find_company
from talentflow.extraction.dates import find_dates
from talentflow.extraction.education import find_levels, least_level
from talentflow.extraction.experience import required_years
from talentflow.extraction.industry import find_industry
from talentflow.extraction.labels import Labelled, first, read_labels
from talentflow.extraction.offer_places import find_job_places
from talentflow.extraction.offer_sections import find_sections, sentence_starts
from talentflow.extraction.offer_skill_lists import listed_skills
from talentflow.extraction.phrases import Hit, finder, fold
from talentflow.extraction.requirements import Context, required_languages, required_skills
from talentflow.extraction.salary import find_salary
from talentflow.extraction.terms import (
    Terms,
    contract_in_text,
    contract_of_label,
    contract_of_segments,
    contract_of_title,
    duration_in_text,
    duration_of_label,
    employment_type,
    employment_type_of_label,
    pay_of_trainee,
    working_time,
)
from talentflow.extraction.titles import Span, find_title
from talentflow.extraction.workplace import workplace_in_text, workplace_of_label
from talentflow.records import (
    Classification,
    Contract,
    EducationLevel,
    EmploymentType,
    Evidence,
    JobOffer,
    Place,
    Salary,
    Workplace,
)

_READ = 60_000
"""Characters of an offer that are read: the longest real ones have a quarter of it."""
_POSTED = finder(
    {
        "posted": (
            "date posted, posted, posted on, published, published on, publie le, publiee le, mis en ligne le, mise en "
            "ligne le, annonce du, "
            "date de publication, offre publiee le, publiee le, publie le"
        )
    }
)
_BY = finder({"by": "by, before, avant le, until, avant, jusqu'au"})
_CLOSING = finder(
    {
        "closing": (
            "apply by, apply before, applications close, applications close on, application deadline, applications due, "
            "closing date, "
            "closing date for applications, deadline, deadline for applications, date limite, date limite de candidature, "
            "date limite de depot des candidatures, date limite de reception des candidatures, candidatures jusqu'au, "
            "candidature jusqu'au, "
            "candidatures avant le, candidature avant le, jusqu'au, valid through, valid until, valable jusqu'au, avant "
            "le, no later than, "
            "au plus tard le, cloture des candidatures, cloture le, expires on, expires, closes on, applications by, "
            "vacancy closes, "
            "candidatures a envoyer avant le, date de cloture, applications are open until, open until"
        )
    }
)
_DATE_REACH = 36
_LINE = 160
_DOLLARS = {"CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD"}
_APPLICATION = re.compile(
    r"apply|appl(?:ying|ication)|\bcv\b|resume|candidat|postul|e-?mail|send|envoy|adress|submit", re.IGNORECASE
)
_TOP = 400
_DAY_IN_FRONT = re.compile(r"\b(?:1[3-9]|2\d|3[01])/\d{1,2}/\d{4}")
_STARTS = re.compile(r"start|d[ée]but|prise|from|partir|since|depuis|founded|cr[ée]", re.IGNORECASE)
_NAMES_SKILLS = frozenset({"title", "experience", "education", "other", "languages"})
"""Labels whose values may name skills; an industry or an occupation is none."""


class _Evidence:
    """Collects where each value came from."""

    def __init__(self) -> None:
        self.spans: list[Evidence] = []

    def add(self, field: str, start: int, end: int) -> None:
        if end > start:
            self.spans.append(Evidence(field=field, start=start, end=end))


def extract_offer(text: str, classification: Classification) -> JobOffer:
    """An offer from its text. Ids are left empty.

    Args:
        text: of an offer, redacted or not; evidence spans point into it.
        classification: its language, occupation and seniority are taken over.

    Raises:
        NoRecord: no title and no task can be found.

    What a label (`Salary:`, `Type de contrat :`) says counts before what the text says; what nothing says is None or empty.
    """
    full = text
    text = text[:_READ]
    folded = fold(text)
    language = classification.language
    labels = read_labels(text)
    sections = find_sections(text, folded)
    context = Context(text, folded, sections, sentence_starts(text))
    evidence = _Evidence()
    title = find_title(text, labels)
    if title is None and not any(section.kind == "tasks" for section in sections):
        raise NoRecord(
            f"no job title and no task found in the offer that begins {full[:60]!r}: give it a title line or a `Title:` label"
        )
    if title is not None:
        evidence.add("title", title.start, title.end)
    company = find_company(text, labels)
    if company is not None:
        evidence.add("hiring_organization", company.start, company.end)
    places = find_job_places(text, labels, title)
    for number, (_, start, end) in enumerate(places):
        evidence.add(f"job_location[{number}]", start, end)
    contract = _contract(text, folded, labels, title, language, evidence)
    kind_of_employment = _employment_type(folded, labels, contract, evidence)
    months = _months(text, labels, contract, evidence)
    salary = _salary(text, labels, language, evidence)
    paid = _paid(folded, contract, salary, evidence)
    workplace = _workplace(folded, labels, title, evidence)
    day_first = _reads_day_first(text, language)
    skip = [(company.start, company.end)] if company else []
    skip += [(label.start, label.end) for label in labels if label.field not in _NAMES_SKILLS and label.end - label.start < _LINE]
    skills = required_skills(text, context, skip=skip, title=(title.start, title.end) if title else (0, 0))
    skills += listed_skills(text, folded, context, skills, skip=skip)
    skills.sort(key=lambda found: found.start)
    for number, found in enumerate(skills):
        evidence.add(f"skills[{number}]", found.start, found.end)
    languages = required_languages(text, context, labelled=[(v.start, v.end) for v in labels if v.field == "languages"])
    for number, found in enumerate(languages):
        evidence.add(f"languages[{number}]", found.start, found.end)
    named = range(title.start, title.end) if title else range(0)
    benefits = [hit for hit in find_benefits(text, folded, context.section) if hit.start not in named]
    for number, hit in enumerate(benefits):
        evidence.add(f"benefits[{number}]", hit.start, hit.end)
    record = JobOffer(
        offer_id="",
        document_id="",
        title=" ".join(title.value.split()) if title else None,
        hiring_organization=" ".join(company.name.split()) if company else None,
        job_location=[place for place, _, _ in places],
        employment_type=kind_of_employment,
        contract=contract,
        contract_months=months,
        paid=paid,
        workplace=workplace,
        date_posted=_date(text, folded, labels, "date_posted", _POSTED, day_first, evidence)
        or _dated_at_top(text, day_first, evidence),
        valid_through=_date(text, folded, labels, "valid_through", _CLOSING, day_first, evidence)
        or _applied_by(text, folded, day_first, evidence),
        base_salary=salary,
        skills=[found.value for found in skills],
        languages=[found.value for found in languages],
        experience_years=_years(text, labels, evidence),
        education=_education(text, labels, context, language, evidence),
        benefits=[" ".join(hit.value.split()) for hit in benefits],
        industry=_industry(folded, labels, classification, evidence),
        occupation_code=classification.occupation_code,
        occupation_title=classification.occupation_title,
        seniority=classification.seniority,
        language=language,
    )
    if salary is not None and salary.currency == "USD":
        salary.currency = _dollars(places, text, evidence)
    record.evidence = evidence.spans
    return record


def _contract(
    text: str, folded: str, labels: Sequence[Labelled], title: Span | None, language: str, evidence: _Evidence
) -> Contract | None:
    for field in ("contract", "employment_type"):
        for label in labels:
            value = contract_of_label(label.value) if label.field == field else None
            if value:
                evidence.add("contract", label.start, label.end)
                return value
    if title is not None:
        line_end = text.find("\n", title.start)
        line = text[title.start : line_end if 0 <= line_end < title.start + 200 else title.end + 40]
        value = contract_of_title(line if title.start < 400 else title.value, language)
        if value:
            evidence.add("contract", title.start, title.end)
            return value
    found = contract_of_segments(text, folded) or contract_in_text(folded, language)
    if found is None:
        return None
    evidence.add("contract", found.start, found.end)
    return contract_of_label(found.value)


def _employment_type(folded: str, labels: Sequence[Labelled], contract: str | None, evidence: _Evidence) -> EmploymentType | None:
    for label in labels:
        value = employment_type_of_label(label.value) if label.field == "employment_type" else None
        if value and value != "OTHER":
            evidence.add("employment_type", label.start, label.end)
            return value
    hours = first(labels, "hours")
    said = working_time(fold(hours.value)) if hours else None
    time = Terms(said.value, hours.start, hours.end) if hours and said else working_time(folded)
    value = employment_type(contract, time.value if time else None)
    if time is not None and value == time.value:
        evidence.add("employment_type", time.start, time.end)
    return value


def _months(text: str, labels: Sequence[Labelled], contract: str | None, evidence: _Evidence) -> float | None:
    if contract == "permanent":
        return None
    for field in ("duration", "contract", "employment_type", "title"):
        for label in labels:
            found = duration_of_label(label.value) if label.field == field else None
            if found is not None:
                evidence.add("contract_months", label.start + found.start, label.start + found.end)
                return float(found.value)
    if contract is None:
        return None
    found = duration_in_text(text)
    if found is None or not 0 < float(found.value) <= 72:
        return None
    evidence.add("contract_months", found.start, found.end)
    return float(found.value)


def _salary(text: str, labels: Sequence[Labelled], language: str, evidence: _Evidence) -> Salary | None:
    for label in labels:
        if label.field == "salary":
            found = find_salary(label.value, labelled=True, language=language)
            if found is not None:
                evidence.add("base_salary", label.start + found.start, label.start + found.end)
                return found.salary
    found = find_salary(text, language=language)
    if found is None:
        return None
    evidence.add("base_salary", found.start, found.end)
    return found.salary


def _dollars(places: Sequence[tuple[Place, int, int]], text: str, evidence: _Evidence) -> str:
    """Whose dollars a bare `$` means: those of the country the job is in."""
    span = next((s for s in evidence.spans if s.field == "base_salary"), None)
    said = text[span.start : span.end + 8].upper() if span else ""
    country = places[0][0].country if places else None
    return "USD" if "US" in said or country is None else _DOLLARS.get(country, "USD")


def _paid(folded: str, contract: str | None, salary: Salary | None, evidence: _Evidence) -> bool | None:
    """Asked of internships, apprenticeships and volunteers' missions only: other work is paid."""
    if contract not in ("internship", "apprenticeship", "volunteer"):
        return None
    said = pay_of_trainee(folded)
    if said is not None:
        evidence.add("paid", said.start, said.end)
        return said.value == "yes"
    return True if salary is not None and contract != "volunteer" else None


def _workplace(folded: str, labels: Sequence[Labelled], title: Span | None, evidence: _Evidence) -> Workplace | None:
    for field in ("workplace", "location", "employment_type", "title"):
        for label in labels:
            value = workplace_of_label(label.value) if label.field == field else None
            if value:
                evidence.add("workplace", label.start, label.end)
                return value
    if title is not None:
        value = workplace_of_label(title.value)
        if value:
            evidence.add("workplace", title.start, title.end)
            return value
    found = workplace_in_text(folded)
    if found is None:
        return None
    evidence.add("workplace", found.start, found.end)
    return workplace_of_label(found.value.replace("_", "-"))


def _reads_day_first(text: str, language: str) -> bool:
    """Whether `03/04/2026` is the third of April: everywhere but in English texts that show no day above 12 in front."""
    return language != "en" or _DAY_IN_FRONT.search(text) is not None


def _date(
    text: str,
    folded: str,
    labels: Sequence[Labelled],
    field: str,
    cue: Callable[[str], list[Hit]],
    day_first: bool,
    evidence: _Evidence,
) -> str | None:
    label = first(labels, field)
    if label is not None:
        dates = find_dates(label.value, day_first=day_first)
        if dates:
            evidence.add(field, label.start + dates[0].start, label.start + dates[0].end)
            return dates[0].iso
    for hit in cue(folded):
        dates = find_dates(text[hit.end : hit.end + _DATE_REACH], day_first=day_first)
        if dates and dates[0].start <= 16:
            evidence.add(field, hit.end + dates[0].start, hit.end + dates[0].end)
            return dates[0].iso
    return None


def _applied_by(text: str, folded: str, day_first: bool, evidence: _Evidence) -> str | None:
    """`E-mail your CV … before 7 December`, `Apply online by Dec 26`."""
    for hit in _BY(folded):
        dates = find_dates(text[hit.end : hit.end + _DATE_REACH], day_first=day_first)
        if dates and dates[0].start <= 3 and _APPLICATION.search(text[max(0, hit.start - 140) : hit.start].rpartition("\n")[2]):
            evidence.add("valid_through", hit.end + dates[0].start, hit.end + dates[0].end)
            return dates[0].iso
    return None


def _dated_at_top(text: str, day_first: bool, evidence: _Evidence) -> str | None:
    """A full date on one of the first lines, which says when an offer was put up."""
    for found in find_dates(text[:_TOP], day_first=day_first):
        line = text[text.rfind("\n", 0, found.start) + 1 : found.start]
        if len(found.iso) == 10 and text.count("\n", 0, found.start) <= 3 and len(line) < 80 and not _STARTS.search(line):
            evidence.add("date_posted", found.start, found.end)
            return found.iso
    return None


def _years(text: str, labels: Sequence[Labelled], evidence: _Evidence) -> float | None:
    label = first(labels, "experience")
    if label is not None:
        found = required_years(label.value, labelled=True)
        if found is not None:
            evidence.add("experience_years", label.start + found.start, label.start + found.end)
            return found.years
    found = required_years(text)
    if found is None:
        return None
    evidence.add("experience_years", found.start, found.end)
    return found.years


def _education(
    text: str, labels: Sequence[Labelled], context: Context, language: str, evidence: _Evidence
) -> EducationLevel | None:
    label = first(labels, "education")
    if label is not None:
        levels = find_levels(label.value, language=language)
        if levels:
            level = least_level(levels, lambda _: False)
            if level is not None:
                evidence.add("education", label.start + level.start, label.start + level.end)
                return level.level
    levels = [
        level
        for level in find_levels(text, language=language)
        if not context.structured or context.section(level.start) not in ("about", "benefits")
    ]
    level = least_level(levels, lambda at: context.required(at) is False)
    if level is None:
        return None
    evidence.add("education", level.start, level.end)
    return level.level


def _industry(folded: str, labels: Sequence[Labelled], classification: Classification, evidence: _Evidence) -> str | None:
    label = first(labels, "industry")
    if label is not None and len(label.value) <= 120:
        evidence.add("industry", label.start, label.end)
        return " ".join(label.value.split())
    found = find_industry(folded, classification.occupation_code)
    if found is None:
        return None
    if found.start is not None and found.end is not None:
        evidence.add("industry", found.start, found.end)
    return found.name
