"""What a career amounts to: years of experience, level of education, seniority."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talentflow.extraction.dates import month_span, years_covered
from talentflow.extraction.degrees import find_degree, higher
from talentflow.extraction.sections import Section, split_lines
from talentflow.extraction.spans import Span
from talentflow.extraction.wishes import stated_years
from talentflow.records import Education, EducationLevel, Evidence, Seniority, Work


def experience_years(
    text: str, work: Sequence[Work], sections: Sequence[Section], as_of: str | None, evidence: list[Evidence]
) -> float | None:
    """Years that the posts cover together; those stated in the head or the profile where they say more than is dated."""
    covered = years_of_work(work, as_of)
    stated: tuple[float, int, int] | None = None
    for section in sections:
        if section.name in ("", "summary", "objective"):
            found = stated_years(text[section.start : section.end])
            if found and (stated is None or found[0] > stated[0]):
                stated = (found[0], section.start + found[1], section.start + found[2])
    if stated and (covered is None or stated[0] > covered):
        evidence.append(Evidence(field="experience_years", start=stated[1], end=stated[2]))
        return stated[0]
    if covered is not None:
        for item in [e for e in evidence if re.fullmatch(r"work\[\d+\]\.start_date", e.field)]:
            evidence.append(Evidence(field="experience_years", start=item.start, end=item.end))
    return covered


def years_of_work(work: Sequence[Work], as_of: str | None) -> float | None:
    """Years that posts cover together, months with several counted once; None when none is dated. What is current lasts to
    `as_of` (ISO 8601)."""
    return years_covered([_months(w, as_of) for w in work]) or None


def _months(post: Work, as_of: str | None) -> tuple[int, int] | None:
    """The months of a post. An internship dated by one year alone is taken for half of it."""
    span = month_span(post.start_date, post.end_date, current=post.current, as_of=as_of)
    lone = post.start_date == post.end_date and len(post.start_date or "") == 4
    return (span[0], span[0] + 6) if span and lone and _INTERN.search(post.position or "") else span


def education_level(
    education: Sequence[Education], text: str, sections: Sequence[Section], evidence: list[Evidence]
) -> EducationLevel | None:
    level: EducationLevel | None = None
    at = -1
    for number, record in enumerate(education):
        if record.level is not None and higher(level, record.level) != level:
            level, at = record.level, number
    if level is not None:
        span = next(e for e in evidence if e.field == f"education[{at}].level")
        evidence.append(Evidence(field="education_level", start=span.start, end=span.end))
        return level
    for section in sections:
        if section.name == "education":
            for line in split_lines(text[section.body : section.end]):
                found = find_degree(line.text)
                if found and higher(level, found[0]) != level:
                    level = found[0]
                    start = section.body + line.start
                    evidence.append(Evidence(field="education_level", start=start + found[1], end=start + found[2]))
    return level


_SENIOR = re.compile(
    r"(?<!\w)(?:senior|sr\.?|lead|principal|confirm[ée]e?|expert[e]?|chef|head|director|directeur|directrice)(?!\w)",
    re.IGNORECASE,
)
_INTERN = re.compile(
    r"(?<!\w)(?:interns?|internships?|stage|stagiaire|alternance|alternante?|apprentie?|étudiante?|student|trainee)(?!\w)",
    re.IGNORECASE,
)


def seniority_of(years: float | None, headline: Span | None) -> Seniority | None:
    title = headline.text if headline else ""
    if _INTERN.search(title):
        return "intern"
    if _SENIOR.search(title):
        return "senior"
    if years is None:
        return None
    return "junior" if years < 2.5 else "mid" if years < 7 else "senior"
