"""A candidate from a redacted CV, by rules, in English and French."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from talentflow.errors import NoRecord
from talentflow.extraction.cv_headings import CV_HEADINGS
from talentflow.extraction.cv_languages import find_candidate_languages
from talentflow.extraction.cv_skills import find_candidate_skills
from talentflow.extraction.dates import DateRange, find_date_ranges, latest_of, month_span, ranges_between, years_covered
from talentflow.extraction.degrees import find_degree, higher
from talentflow.extraction.distinctions import find_certificates, find_projects
from talentflow.extraction.entries import Entry, Row, Span, read_rows, split_entries
from talentflow.extraction.sections import Line, Section, fold, lines_between, split_lines, split_sections
from talentflow.extraction.studies import read_studies, study_names
from talentflow.extraction.wishes import find_wishes, stated_years
from talentflow.extraction.words import role_score, school_score
from talentflow.extraction.work import read_work, work_names
from talentflow.records import Candidate, Classification, Education, EducationLevel, Evidence, Place, Seniority, Work

_CONTACT = re.compile(
    r"█{2,}|@|(?<!\w)(?:tel|tél|phone|mobile|e-?mail|courriel|adresse|address|linkedin|github|website|site web|portfolio)(?!\w)",
    re.IGNORECASE,
)
_PLACE_LABEL = re.compile(
    r"^(?:location|based in|home address|lives (?:at|in)|living in|habite(?: à)?|domicili[ée]e?(?: à)?|lieu|"
    r"localisation|ville|city|adresse(?: postale| personnelle)?|address|mobilit[ée]|résidence|residence|domicile)\s*:?\s*",
    re.IGNORECASE,
)
_HEAD_SPLIT = re.compile(r"\s*[|│┃¦‖•·●▪⋅∙⌂✉☎\t]\s*|\s+[–—-]\s+|\s{3,}")
_TITLE = re.compile(r"^(?:curriculum\s+vit(?:ae|æ)|r[ée]sum[ée]|cv)\W*$", re.IGNORECASE)
_YEARS_AFTER = re.compile(
    r"[,(–—-]\s*(?:(?:plus de|over|more than) )?\d{1,2}\+? (?:ans?|years?|yrs?)\b.*$|\s+(?:avec|with|"
    r"ayant) .{0,12}\d{1,2}\+? (?:ans?|years?)\b.*$",
    re.IGNORECASE,
)
HEAD_LINES = 12
MOST_ROWS, MOST_ENTRIES = 1500, 80
"""Lines of one section and entries of one kind that are read; no CV has more, only what is no CV."""


def extract_candidate(text: str, classification: Classification, *, as_of: str | None = None) -> Candidate:
    """A candidate from a redacted CV. Ids are left empty.

    Args:
        text: the redacted text: personal data is `█`.
        classification: kind, occupation, seniority and language of the document.
        as_of: ISO date until which a present post has lasted; left out, the latest date in the text.

    Raises:
        NoRecord: there is no post, no study, no skill and no headline in it.
    """
    lines = split_lines(text)
    sections = _with_stray_labels(split_sections(text, CV_HEADINGS, lines=lines), text)
    ranges = find_date_ranges(text)
    language = classification.language
    head = _head_lines(lines, sections)
    evidence: list[Evidence] = []

    headline = _headline(head, ranges)
    work, education = _work_and_education(lines, sections, ranges, headline, head, evidence)
    skills, skill_evidence = find_candidate_skills(text, sections, language)
    languages, language_evidence = find_candidate_languages(text, sections)
    certificates, certificate_evidence = find_certificates(text, lines, sections, ranges)
    projects, project_evidence = find_projects(lines, sections, ranges)
    evidence += skill_evidence + language_evidence + certificate_evidence + project_evidence
    if headline is not None:
        evidence.append(Evidence(field="headline", start=headline.start, end=headline.end))
    summary = _summary(lines, sections, head, headline)
    if summary is not None:
        evidence.append(Evidence(field="summary", start=summary.start, end=summary.end))
    location = _location(head, sections, text, evidence)
    if not (work or education or skills or headline or languages):
        raise NoRecord("no post, study, skill or headline was found in the CV: check that its text can be selected and copied")

    asking = [(s.body, s.end) for s in sections if s.name in ("", "summary", "objective", "other", "personal")]
    titles = [(headline.start, headline.end)] if headline else []
    titles += [(s.body, s.end) for s in sections if s.name == "objective" and s.end - s.body < 600]
    contract, workplace, salary, wish_evidence = find_wishes(text, asking, titles, language)
    evidence += wish_evidence

    years = _experience_years(text, work, sections, as_of or latest_of(ranges), evidence)
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
        education_level=_education_level(education, text, sections, evidence),
        wanted_contract=contract,
        wanted_workplace=workplace,
        wanted_salary=salary,
        seniority=classification.seniority or _seniority(years, headline),
        language=language,
        evidence=evidence,
    )
    _set_occupation(candidate, classification)
    return candidate


def _with_stray_labels(sections: list[Section], text: str) -> list[Section]:
    """`Languages: Python, Go` inside a skills section is a row of it, not a section of its own."""
    kept: list[Section] = []
    for section in sections:
        if section.name == "skills" and fold(section.heading) == "qualifications":
            # The word heads degrees in one CV and abilities in another: what stands under it decides.
            beginning = text[section.body : min(section.end, section.body + 2000)]
            if any(find_degree(line.text) for line in split_lines(beginning)):
                section = replace(section, name="education")
        previous = kept[-1] if kept else None
        if (
            section.inline
            and previous is not None
            and previous.name == "skills"
            and section.name in ("languages", "skills", "other")
        ):
            from talentflow import taxonomy

            first = text[section.body : section.end].split("\n", 1)[0]
            if section.name != "languages" or not taxonomy.find_languages(first):
                kept[-1] = Section(previous.name, previous.heading, previous.start, previous.body, section.end, previous.inline)
                continue
        kept.append(section)
    return kept


def _head_lines(lines: Sequence[Line], sections: Sequence[Section]) -> list[Line]:
    """The first lines up to the first heading of substance: name, title, contacts."""
    end = next((s.start for s in sections[1:] if not s.inline and s.name not in ("personal", "objective")), None)
    head: list[Line] = []
    for line in lines:
        if (end is not None and line.start >= end) or len(head) >= HEAD_LINES:
            break
        head.append(line)
    return head


def _headline(head: Sequence[Line], ranges: Sequence[DateRange]) -> Span | None:
    """The title under the name: a piece of the head that reads like a job and holds no personal data."""
    from talentflow import taxonomy

    best: tuple[int, int, Span] | None = None
    for number, line in enumerate(head[:8]):
        whole = Span(line.text, line.start, line.end)
        if len(line.text) > 140 or _TITLE.match(line.text):
            continue
        if any(not r.single for r in ranges_between(ranges, line.start, line.end)):
            break
        pieces = [whole] if not _CONTACT.search(line.text) else _split(whole)
        for piece in pieces:
            trimmed = _without_blanks(piece)
            years = _YEARS_AFTER.search(trimmed.text) if trimmed else None
            if trimmed is not None and years:
                trimmed = trimmed.cut(0, years.start())
            if trimmed is None or _CONTACT.search(trimmed.text) or len(trimmed.text) < 3 or len(trimmed.text) > 120:
                continue
            score = role_score(trimmed.text)
            if score < 2:
                match = taxonomy.find_occupation(trimmed.text) if len(trimmed.text) < 60 and number < 5 else None
                score = 2 if match is not None and match.confidence >= 0.75 else score
            if score < 2 or trimmed.text.count(" ") > 14 or trimmed.text.endswith("."):
                continue
            key = (score, -number)
            if best is None or key > best[:2]:
                best = (score, -number, trimmed)
    return best[2] if best else None


def _split(whole: Span) -> list[Span]:
    pieces: list[Span] = []
    at = 0
    for match in _HEAD_SPLIT.finditer(whole.text):
        pieces.append(whole.cut(at, match.start()))
        at = match.end()
    pieces.append(whole.cut(at, len(whole.text)))
    return [p for p in pieces if p.text]


def _without_blanks(piece: Span) -> Span | None:
    """A piece without redacted words at its ends; None when one stands in its middle or nothing is left."""
    match = re.match(r"^(?:[\s,.:()\[\]'’-]*█[█\s,.'’-]*)*", piece.text)
    start = match.end() if match else 0
    rest = piece.cut(start, len(piece.text))
    tail = rest.text.find("█")
    if tail >= 0:
        rest = rest.cut(0, tail)
    return rest if any(c.isalpha() for c in rest.text) else None


def _summary(lines: Sequence[Line], sections: Sequence[Section], head: Sequence[Line], headline: Span | None) -> Span | None:
    """The profile's text; without such a section, sentences in the head."""
    for section in sections:
        if section.name == "summary":
            mine = [line for line in lines_between(lines, section.body, section.end)[:60] if "█" * 4 not in line.text]
            if section.inline:
                mine = [
                    _inline_rest(section, line) if line.start < section.body < line.end else line
                    for line in lines_between(lines, section.start, section.end)[:60]
                ]
            mine = [
                line for line in mine if not (headline and line.start <= headline.start < line.end and line.text == headline.text)
            ]
            if mine:
                return Span(" ".join(line.text for line in mine[:40]), mine[0].start, mine[min(len(mine), 40) - 1].end)
    sentences = [
        line
        for line in head
        if len(line.text) > 60
        and "█" not in line.text
        and not (headline and line.start <= headline.start < line.end)
        and not _CONTACT.search(line.text)
    ]
    return Span(" ".join(s.text for s in sentences), sentences[0].start, sentences[-1].end) if sentences else None


def _inline_rest(section: Section, line: Line) -> Line:
    rest = line.text[section.body - line.start :]
    kept = rest.strip()
    start = section.body + (rest.find(kept) if kept else 0)
    return Line(kept, start, start + len(kept))


def _location(head: Sequence[Line], sections: Sequence[Section], text: str, evidence: list[Evidence]) -> Place | None:
    """Where the candidate lives: a place among the contacts."""
    from talentflow import taxonomy

    candidates: list[Span] = []
    for line in head[:HEAD_LINES]:
        candidates += _split(Span(line.text, line.start, line.end))
    for section in sections:
        if section.name == "personal":
            for line in split_lines(text[section.body : min(section.end, section.body + 1500)]):
                candidates += _split(Span(line.text, section.body + line.start, section.body + line.end))
    for piece in candidates:
        label = _PLACE_LABEL.match(piece.text)
        if len(piece.text) > 90 or (role_score(piece.text) >= 2 and not label) or school_score(piece.text):
            continue
        found = [(p, m) for p, m in taxonomy.find_places(piece.text) if fold(piece.text[m.start : m.end]) != "mobile"]
        if not found:
            place = taxonomy.find_place(piece.text) if len(piece.text.split()) <= 3 and piece.text[:1].isupper() else None
            if place is None or place.locality is None or fold(place.locality) not in fold(piece.text):
                continue
            evidence.append(Evidence(field="location", start=piece.start, end=piece.end))
            return place
        covered = sum(m.end - m.start for _, m in found)
        letters = sum(c.isalpha() and c != "█" for c in piece.text[label.end() if label else 0 :])
        if covered < 0.6 * letters:
            continue
        place = taxonomy.find_place(piece.text[found[0][1].start :]) or found[0][0]
        start, end = piece.start + found[0][1].start, piece.start + found[-1][1].end
        evidence.append(Evidence(field="location", start=start, end=end))
        return place
    return None


def _work_and_education(
    lines: Sequence[Line],
    sections: Sequence[Section],
    ranges: Sequence[DateRange],
    headline: Span | None,
    head: Sequence[Line],
    evidence: list[Evidence],
) -> tuple[list[Work], list[Education]]:
    work: list[Work] = []
    education: list[Education] = []

    def add_work(entries: Sequence[Entry]) -> None:
        for record, spans in read_work(entries[: MOST_ENTRIES - len(work)], "work", len(work)):
            work.append(record)
            evidence.extend(spans)

    def add_education(entries: Sequence[Entry]) -> None:
        for record, spans in read_studies(entries[: MOST_ENTRIES - len(education)], "education", len(education)):
            education.append(record)
            evidence.extend(spans)

    for section in sections:
        if section.name == "work":
            add_work(_entries(lines, ranges, section.body, section.end, work_names))
        elif section.name == "education":
            add_education(_entries(lines, ranges, section.body, section.end, study_names))
    if not work and not any(s.name == "work" for s in sections):
        # No heading says where the posts are: what stands under no heading is read, entry by entry.
        names: Callable[[str], int] = lambda text: max(work_names(text), study_names(text))  # noqa: E731
        for section in sections:
            if section.name in ("", "other"):
                start = section.body
                if section.name == "":
                    start = _after_contacts(head, headline)
                entries = [e for e in _entries(lines, ranges, start, section.end, names) if e.dates is not None]
                studies = [e for e in entries if any(find_degree(r.line.text) or school_score(r.line.text) for r in e.heads)]
                add_work([e for e in entries if e not in studies])
                if not education:
                    add_education(studies)
    return work, education


def _after_contacts(head: Sequence[Line], headline: Span | None) -> int:
    start = 0
    for line in head:
        if "█" in line.text or (headline and line.start <= headline.start < line.end) or _CONTACT.search(line.text):
            start = line.end
    return start


def _entries(
    lines: Sequence[Line], ranges: Sequence[DateRange], start: int, end: int, names: Callable[[str], int]
) -> list[Entry]:
    mine = [line for line in lines_between(lines, start, end)[:MOST_ROWS] if any(c.isalnum() for c in line.text)]
    rows: list[Row] = read_rows(mine, ranges_between(ranges, start, end))
    return split_entries(rows, names=names)


def _experience_years(
    text: str, work: Sequence[Work], sections: Sequence[Section], as_of: str | None, evidence: list[Evidence]
) -> float | None:
    """Years that the posts cover together; those stated in the head or the profile where they say more than is dated."""
    covered = years_covered([month_span(w.start_date, w.end_date, current=w.current, as_of=as_of) for w in work]) or None
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


def _education_level(
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
    r"(?<!\w)(?:intern|internship|stage|stagiaire|alternance|alternante?|apprentie?|étudiante?|student|trainee)(?!\w)",
    re.IGNORECASE,
)


def _seniority(years: float | None, headline: Span | None) -> Seniority | None:
    title = headline.text if headline else ""
    if _INTERN.search(title):
        return "intern"
    if _SENIOR.search(title):
        return "senior"
    if years is None:
        return None
    return "junior" if years < 2.5 else "mid" if years < 7 else "senior"


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
