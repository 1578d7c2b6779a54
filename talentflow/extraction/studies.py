"""Studies in a CV: degree, subject, school and dates from the head of an entry."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talentflow.extraction.degrees import find_degree
from talentflow.extraction.entries import Entry, head_pieces
from talentflow.extraction.entry_heads import Head, without_place
from talentflow.extraction.sections import fold
from talentflow.extraction.spans import Span, split_span
from talentflow.extraction.words import school_score
from talentflow.records import Education, EducationLevel, Evidence

_COMMA = re.compile(r"\s*,\s+")
_NOISE = re.compile(
    r"^\W*(?:expected|anticipated|graduat(?:ed|ion|ing)|obtained|obtenue?|pr[ée]vue?|en cours|promotion|promo|"
    r"dipl[ôo]m[ée]e? en|class of|completed|ongoing|awarded|ann[ée]e)(?: date| in| en| le)?\W*$",
    re.IGNORECASE,
)
_AT_SCHOOL = re.compile(r"\s+(?:at|from|à l['’]|au|à la|à|de l['’](?=(?:Universit|École|Ecole|Institut))|@)\s*(?=[A-ZÀ-Þ])")
_SCORE = re.compile(
    r"(?:\b(?:GPA|CGPA|grade|moyenne|note|score)\b[ :]{0,3}(?P<gpa>\d[\d.,]*(?:[ ]?/[ ]?\d[\d.,]*)?(?:[ ]?%)?)|"
    r"(?P<mention>mention[ ](?:tr[èe]s[ ]bien|assez[ ]bien|bien|passable)|(?:summa|magna)?[ ]?cum[ ]laude|"
    r"first[- ]class(?:[ ]honou?rs)?"
    r"|(?:upper|lower)[ ]second(?:[- ]class)?(?:[ ]honou?rs)?|2[:.][12](?![\d])|with[ ](?:honou?rs|distinction|"
    r"merit)|f[ée]licitations[ ]du[ ]jury|major[ ]de[ ]promo(?:tion)?|distinction|\d{2}[,.]?\d?[ ]?/[ ]?20))",
    re.IGNORECASE,
)
_COURSES = re.compile(
    r"^(?:(?:relevant|incoming|key|selected|main|core)?[ ]?(?:coursework|courses?|modules?|subjects|"
    r"cours(?: suivis| principaux)?|mati[èe]res|enseignements|options?|sp[ée]cialit[ée]s?)(?: principales|"
    r" include[sd]?)?)[ ]?[:–-][ ]?",
    re.IGNORECASE,
)
_IN_PARENTHESES = re.compile(r"^\s*\([^()]*\)\s*$")
_AREA_LEAD = re.compile(
    r"^(?:[\s,:–—-]*(?:degree|hons?\.?|\(hons?\)|honou?rs)?[\s,:–—-]*(?:in|en|of|de|d['’]|du|des|option|"
    r"sp[ée]cialit[ée]|mention|parcours|major(?:ing)? in|majeure|fili[èe]re)?(?:(?<=['’])|(?![\w]))\s*[:–-]?\s*)",
    re.IGNORECASE,
)


def study_names(text: str) -> int:
    """How much a line reads like it names a degree or a school."""
    return max(school_score(text), 3 if find_degree(text) else 0)


def read_studies(entries: Sequence[Entry], prefix: str, first: int) -> list[tuple[Education, list[Evidence]]]:
    """Records of the entries, with evidence under `<prefix>[<n>].…`, n from `first` on."""
    found: list[tuple[Education, list[Evidence]]] = []
    for entry in entries:
        record = _read(entry, f"{prefix}[{first + len(found)}]")
        if record is not None:
            found.append(record)
    return found


def _read(entry: Entry, path: str) -> tuple[Education, list[Evidence]] | None:
    head = Head()
    pieces: list[Span] = []
    for line in head_pieces(entry):
        for piece in line:
            for whole in without_place(piece, head, trailing=False):
                for part in _split(whole):
                    pieces += without_place(part, head, trailing=False) if part.text != whole.text else [part]
    pieces = [p for p in pieces if not _NOISE.match(p.text)]
    degree_at = next((i for i, p in enumerate(pieces) if find_degree(p.text) and not _only_school(p.text)), None)
    school_at = next((i for i, p in enumerate(pieces) if i != degree_at and school_score(p.text)), None)
    degree = pieces[degree_at] if degree_at is not None else None
    rest = [p for i, p in enumerate(pieces) if i not in (degree_at, school_at) and not _SCORE.fullmatch(p.text)]
    school = pieces[school_at] if school_at is not None else None
    if school is None and degree is None and len(rest) < 1:
        return None
    if school is None and rest and (degree is not None or len(rest) >= 2):
        school = rest.pop() if degree is None else rest.pop(0)
    evidence: list[Evidence] = []

    def point(name: str, span: Span | None) -> str | None:
        if span is None or not span.text:
            return None
        evidence.append(Evidence(field=f"{path}.{name}", start=span.start, end=span.end))
        return span.text

    study_type, area, level = _degree_parts(degree)
    if area is None and rest:
        area = rest[0] if degree is not None or school is not None else area
        if degree is None and area is not None and len(area.text) > 80:
            area = None
    if school is None and study_type is None and area is None:
        return None
    dates = entry.dates
    score = _score(entry)
    courses = _courses(entry)
    start_date = dates.start_date if dates and not dates.single else None
    education = Education(
        institution=point("institution", school),
        area=point("area", area),
        study_type=point("study_type", study_type),
        level=level,
        start_date=start_date,
        end_date=dates.end_date if dates else None,
        score=point("score", score),
        courses=[c.text for c in courses],
    )
    if level and study_type:
        evidence.append(Evidence(field=f"{path}.level", start=study_type.start, end=study_type.end))
    if dates and dates.current:
        education.start_date = dates.start_date
    if dates:
        for name in ("start_date", "end_date"):
            if getattr(education, name):
                evidence.append(Evidence(field=f"{path}.{name}", start=dates.start, end=dates.end))
    evidence += [Evidence(field=f"{path}.courses[{n}]", start=c.start, end=c.end) for n, c in enumerate(courses)]
    return education, evidence


def _only_school(text: str) -> bool:
    """`Master School of Arts` names a school though a degree's word stands in it."""
    found = find_degree(text)
    return bool(
        found
        and school_score(text)
        and found[1] > 0
        and "," not in text
        and not re.match(r"^\W*$", text[: found[1]])
        and school_score(text[: found[1]]) > 0
    )


def _split(piece: Span) -> list[Span]:
    """A piece split at commas and at words before a school, where that sets a degree apart from a school."""
    degree = find_degree(piece.text)
    if not degree or not school_score(piece.text):
        parts = split_span(piece, _COMMA)
        if sum(1 for p in parts if school_score(p.text)) > 1:
            return [piece]
        return (
            parts
            if len(parts) > 1 and (school_score(piece.text) or (degree and len(parts) == 2)) and not _is_list(parts)
            else [piece]
        )
    for match in _AT_SCHOOL.finditer(piece.text):
        if school_score(piece.text[match.end() :]) and degree[1] < match.start():
            before = piece.cut(0, match.start())
            if before.text and not _COMMA.search(before.text):
                return [before, *split_span(piece.cut(match.end(), len(piece.text)), _COMMA)]
    return split_span(piece, _COMMA)


def _is_list(parts: Sequence[Span]) -> bool:
    return len(parts) > 4


def _degree_parts(degree: Span | None) -> tuple[Span | None, Span | None, EducationLevel | None]:
    """(study type, area, level) of a degree's text."""
    if degree is None:
        return None, None, None
    found = find_degree(degree.text)
    if found is None:
        return degree, None, None
    level, start, end = found
    lead = _AREA_LEAD.match(degree.text[end:])
    after = degree.cut(end + (lead.end() if lead else 0), len(degree.text))
    if start > 3:
        # `Computer Science BSc`: the subject stands before the degree.
        before = degree.cut(0, start)
        words = fold(before.text).split()
        if words and words[-1] not in ("de", "d", "of", "en", "in") and not after.text:
            return degree.cut(start, end), before, level
        return degree.cut(0, end), after if after.text else None, level
    score = _SCORE.search(after.text)
    if score and after.text:
        after = after.cut(0, score.start())
    subject = after.text and not _IN_PARENTHESES.match(degree.text[end:])
    return degree.cut(start, end), after if subject else None, level


def _score(entry: Entry) -> Span | None:
    for row in [*entry.heads, *entry.body]:
        match = _SCORE.search(row.line.text)
        if match:
            group = match.lastgroup or "mention"
            start, end = match.span(group)
            return Span(row.line.text[start:end], row.line.start + start, row.line.start + end)
    return None


def _courses(entry: Entry) -> list[Span]:
    courses: list[Span] = []
    reading = False
    for row in entry.body:
        content = row.content
        lead = _COURSES.match(content.text)
        if row.bullet or lead:
            reading = lead is not None
        if not reading:
            continue
        listed = content.cut(lead.end() if lead else 0, len(content.text))
        courses += split_span(listed, re.compile(r"\s*[,;•|]\s*"))
    return [c for c in courses if len(c.text) <= 80]
