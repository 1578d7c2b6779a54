"""A candidate from a redacted CV, by rules, in English and French."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from talentflow.errors import NoRecord
from talentflow.extraction.cv_head import after_contacts, find_headline, find_location, find_summary, head_lines
from talentflow.extraction.cv_languages import find_candidate_languages
from talentflow.extraction.cv_levels import education_level, experience_years, seniority_of
from talentflow.extraction.cv_sections import headings_apart, split_cv
from talentflow.extraction.cv_skills import find_candidate_skills
from talentflow.extraction.dates import DateRange, find_date_ranges, latest_of
from talentflow.extraction.degrees import find_degree
from talentflow.extraction.distinctions import find_certificates, find_projects
from talentflow.extraction.entries import Entry
from talentflow.extraction.posts import MOST_POSTS, read_posts, read_section, read_studies_section, read_told
from talentflow.extraction.sections import Line, Section, lines_between, split_lines
from talentflow.extraction.spans import Span
from talentflow.extraction.studies import read_studies, study_names
from talentflow.extraction.wishes import find_wishes
from talentflow.extraction.words import school_score
from talentflow.extraction.work import read_work, work_names
from talentflow.records import Candidate, Classification, Education, Evidence, Work

_TITLE = re.compile(r"curriculum\s+vitae", re.IGNORECASE)
LONGEST_CV = 100_000
"""Characters that are read: forty pages of a full academic CV; what is longer is no CV, or a book behind one."""


def extract_candidate(text: str, classification: Classification, *, as_of: str | None = None) -> Candidate:
    """A candidate from a redacted CV. Ids are left empty.

    Args:
        text: the redacted text: personal data is `█`. Its first 100,000 characters are read.
        classification: kind, occupation, seniority and language of the document.
        as_of: ISO date until which a present post has lasted; left out, the latest date in the text.

    Raises:
        NoRecord: there is no post, no study, no skill and no headline in it.
    """
    text = text[:LONGEST_CV]
    ranges = find_date_ranges(text)
    lines = headings_apart(split_lines(text), ranges)
    sections = split_cv(text, lines)
    language = classification.language
    head = head_lines(lines, sections)
    evidence: list[Evidence] = []

    headline = find_headline(head, ranges)
    work, education = _work_and_education(text, lines, sections, ranges, headline, head, evidence)
    names = [(e.start, e.end) for e in evidence if e.field.endswith((".name", ".institution", ".location"))]
    names += [m.span() for m in _TITLE.finditer(text)]
    skills, skill_evidence = find_candidate_skills(text, sections, language, names=names)
    languages, language_evidence = find_candidate_languages(text, sections)
    certificates, certificate_evidence = find_certificates(text, lines, sections, ranges)
    projects, project_evidence = find_projects(lines, sections, ranges)
    evidence += skill_evidence + language_evidence + certificate_evidence + project_evidence
    if headline is not None:
        evidence.append(Evidence(field="headline", start=headline.start, end=headline.end))
    summary = find_summary(lines, sections, head, headline)
    if summary is not None:
        evidence.append(Evidence(field="summary", start=summary.start, end=summary.end))
    location = find_location(head, sections, text, evidence)
    if not (work or education or skills or headline or languages):
        raise NoRecord("no post, study, skill or headline was found in the CV: check that its text can be selected and copied")

    asking = [(s.body, s.end) for s in sections if s.name in ("", "summary", "objective", "other", "personal")]
    titles = [(headline.start, headline.end)] if headline else []
    titles += [(s.body, s.end) for s in sections if s.name == "objective" and s.end - s.body < 600]
    contract, workplace, salary, wish_evidence = find_wishes(text, asking, titles, language)
    evidence += wish_evidence

    years = experience_years(text, work, sections, as_of or latest_of(ranges), evidence)
    candidate = Candidate(
        candidate_id="",
        document_id="",
        headline=headline.text if headline else None,
        summary=summary.text if summary else None,
        location=location,
        work=work,
        education=education,
        skills=skills,
        languages=languages,
        certificates=certificates,
        projects=projects,
        experience_years=years,
        education_level=education_level(education, text, sections, evidence),
        wanted_contract=contract,
        wanted_workplace=workplace,
        wanted_salary=salary,
        seniority=classification.seniority or seniority_of(years, headline),
        language=language,
        evidence=evidence,
    )
    _set_occupation(candidate, classification)
    return candidate


def _work_and_education(
    text: str,
    lines: Sequence[Line],
    sections: Sequence[Section],
    ranges: Sequence[DateRange],
    headline: Span | None,
    head: Sequence[Line],
    evidence: list[Evidence],
) -> tuple[list[Work], list[Education]]:
    work: list[Work] = []
    education: list[Education] = []

    def add_posts(posts: Sequence[tuple[Work, list[Evidence]]]) -> None:
        for record, spans in posts:
            work.append(record)
            evidence.extend(spans)

    def add_education(entries: Sequence[Entry]) -> None:
        for record, spans in read_studies(entries[: MOST_POSTS - len(education)], "education", len(education)):
            education.append(record)
            evidence.extend(spans)

    dated: dict[int, bool] = {}
    for number, section in enumerate(sections):
        if section.name == "work":
            posts = read_posts(text, lines, ranges, section.body, section.end, 0)
            dated[number] = any(post.start_date for post, _ in posts)
    for number, section in enumerate(sections):
        if section.name == "work":
            # Under one heading what was done, topic by topic, under the next where and when: the first names no posts.
            if dated[number] or not any(dated.values()):
                add_posts(read_posts(text, lines, ranges, section.body, section.end, len(work)))
        elif section.name == "education":
            add_education(read_studies_section(lines, ranges, section.body, section.end))
    if not work and not any(s.name == "work" for s in sections):
        # No heading says where the posts are: what stands under no heading is read, entry by entry.
        told: list[Section] = []
        for section in sections:
            if section.name in ("", "other", "summary"):
                posts = read_told(text, lines_between(lines, section.start, section.end), ranges, len(work))
                told += [section] if posts else []
                add_posts(posts)
        names: Callable[[str], int] = lambda text: max(work_names(text), study_names(text))  # noqa: E731
        for section in sections:
            if section.name in ("", "other") and section not in told:
                start = section.body
                if section.name == "":
                    start = after_contacts(head, headline)
                entries = [e for e in read_section(lines, ranges, start, section.end, names) if e.dates is not None]
                studies = [e for e in entries if any(find_degree(r.line.text) or school_score(r.line.text) for r in e.heads)]
                posts = [e for e in entries if e not in studies]
                add_posts(read_work(posts[: MOST_POSTS - len(work)], "work", len(work)))
                if not education:
                    add_education(studies)
    return work, education


def _set_occupation(candidate: Candidate, classification: Classification) -> None:
    """Occupation codes of the posts, and the candidate's own: what the headline or the latest post says for sure, the
    document's classification otherwise."""
    from talentflow import taxonomy

    best: tuple[float, str, str] | None = None
    sources: list[tuple[str, float]] = []
    if candidate.headline:
        sources.append((candidate.headline, 0.05))
    seen: dict[str, str | None] = {}
    for post in candidate.work:
        if post.position is None:
            continue
        if post.position not in seen:
            match = taxonomy.find_occupation(post.position)
            seen[post.position] = match.occupation.code if match and match.confidence >= 0.4 else None
        post.occupation_code = seen[post.position]
    latest = max(
        (w for w in candidate.work if w.position),
        key=lambda w: (w.current, w.end_date or "", w.start_date or ""),
        default=None,
    )
    if latest is not None and latest.position:
        sources.append((latest.position, 0.0))
    title_en = candidate.language != "fr"
    for source, bonus in sources:
        match = taxonomy.find_occupation(source)
        if match is not None and (best is None or match.confidence + bonus > best[0]):
            occupation = match.occupation
            best = (match.confidence + bonus, occupation.code, occupation.title_en if title_en else occupation.title_fr)
    if best is not None and (classification.occupation_code is None or best[0] > max(0.8, classification.occupation_confidence)):
        candidate.occupation_code, candidate.occupation_title = best[1], best[2]
    elif classification.occupation_code is not None:
        candidate.occupation_code, candidate.occupation_title = classification.occupation_code, classification.occupation_title
