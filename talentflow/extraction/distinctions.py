"""Certificates and projects in a CV."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talentflow.extraction.dates import DateRange, ranges_between
from talentflow.extraction.entries import Entry, Row, describe, head_pieces, read_rows, split_entries
from talentflow.extraction.sections import Line, Section, fold, lines_between
from talentflow.extraction.spans import Span, split_span
from talentflow.records import Certificate, Evidence, Project

_ANYWHERE = re.compile(
    r"(?<![\w-])(?:"
    r"permis (?:de conduire )?(?:cat[ée]gorie )?(?-i:[ABCDE]{1,2}1?(?:(?:[,/ ]+(?:et )?)(?-i:[ABCDE]{1,2}1?))*)(?![\w’'])|"
    r""
    r"(?:full |clean )*driving licen[cs]e|caces(?: r ?\d{3}m?)?(?:[ ,:]*(?:cat[ée]gories? )?\d[AB]?(?:(?:[, -]|"
    r"et )+\d[AB]?)*)?(?! de)"
    r"|fimo|fco|toeic(?=\D{0,20}\d{3})|toefl(?=\D{0,20}\d)|ielts(?=\D{0,20}\d)|"
    r"habilitation [ée]lectrique(?: [A-Z]\w{1,2}(?:[ ,/-]+[A-Z]\w{1,2})*)?|sst(?=\W|$)|psc ?1|bafa|bafd|bnssa|"
    r"haccp(?= certif)|prince2|pmp|itil(?: v?\d)?(?: foundation)?|cfa level i{1,3}|acca|cpa)(?![\w])",
    re.IGNORECASE,
)
_ISSUER = re.compile(r"\s*[|•·\t]\s*|\s+[–—-]\s+|\s*,\s+|\s{3,}|\s+(?:by|par|from)\s+")
MOST_ITEMS = 60
_LIST = re.compile(r"\s*[,;•|]\s*")
_URL = re.compile(r"https?://\S{3,200}")
_LINK_WORD = re.compile(r"^(?:link|lien|github|demo|d[ée]mo|code|repo)$", re.IGNORECASE)


def find_certificates(
    text: str, lines: Sequence[Line], sections: Sequence[Section], ranges: Sequence[DateRange]
) -> tuple[list[Certificate], list[Evidence]]:
    """Items of the certificates sections, and well-known licences named in other short lists."""
    found: list[tuple[Certificate, list[tuple[str, Span]]]] = []
    names: set[str] = set()

    def add(name: Span, issuer: Span | None, dated: DateRange | None) -> None:
        key = fold(name.text)
        if (
            not any(c.isalpha() for c in key)
            or key in names
            or len(names) >= MOST_ITEMS
            or len(name.text) > 140
            or "█" in name.text
        ):
            return
        names.add(key)
        spans = [("name", name)]
        if issuer is not None:
            spans.append(("issuer", issuer))
        if dated is not None:
            spans.append(("date", Span(text[dated.start : dated.end], dated.start, dated.end)))
        iso = (dated.start_date or dated.end_date) if dated else None
        found.append((Certificate(name=name.text, issuer=issuer.text if issuer else None, date=iso), spans))

    for section in sections:
        if section.name != "certificates":
            continue
        mine = lines_between(lines, section.body, section.end)[:500]
        if section.inline:
            first = Span(text[section.body : section.end], section.body, section.end)
            end = first.text.find("\n")
            for item in split_span(first.cut(0, end if end >= 0 else len(first.text)), _LIST):
                add(item, None, None)
        for row in read_rows(mine, ranges_between(ranges, section.body, section.end)):
            pieces = [p for span in row.without_dates() for p in split_span(span, _ISSUER)]
            dated = row.ranges[0] if row.ranges else None
            sentence = row.line.text.endswith(".") and len(row.line.text.split()) > 6 and not row.ranges
            if len(row.line.text) > 160 or not pieces or sentence:
                if dated is not None and found and found[-1][0].date is None and not pieces:
                    found[-1][0].date = dated.start_date
                    found[-1][1].append(("date", Span(text[dated.start : dated.end], dated.start, dated.end)))
                continue
            if len(pieces) >= 3 and dated is None:
                for piece in pieces:
                    add(piece, None, None)
            else:
                add(pieces[0], pieces[1] if len(pieces) > 1 else None, dated)
    for section in sections:
        if section.name in ("certificates", "work", "references", "projects"):
            continue
        for match in _ANYWHERE.finditer(text, section.start, section.end):
            kept = match.group().rstrip(" ,")
            span = Span(kept, match.start(), match.start() + len(kept))
            if not any(fold(kept) in name or name in fold(kept) for name in sorted(names)):
                add(span, None, None)
    evidence = [
        Evidence(field=f"certificates[{n}].{field}", start=s.start, end=s.end)
        for n, (_, spans) in enumerate(found)
        for field, s in spans
    ]
    return [c for c, _ in found], evidence


def find_projects(
    lines: Sequence[Line], sections: Sequence[Section], ranges: Sequence[DateRange]
) -> tuple[list[Project], list[Evidence]]:
    """Entries of the projects sections."""
    projects: list[Project] = []
    evidence: list[Evidence] = []
    for section in sections:
        if section.name != "projects":
            continue
        mine = lines_between(lines, section.body, section.end)[:500]
        rows: list[Row] = read_rows(mine, ranges_between(ranges, section.body, section.end))
        for entry in split_entries(rows, names=_project_names):
            made = _project(entry, f"projects[{len(projects)}]", evidence)
            if made is not None:
                projects.append(made)
            if len(projects) >= MOST_ITEMS:
                return projects, evidence
    return projects, evidence


def _project_names(text: str) -> int:
    return 2 if text[:1].isupper() or text[:1].isdigit() else 1


def _project(entry: Entry, path: str, evidence: list[Evidence]) -> Project | None:
    pieces = [p for line in head_pieces(entry) for p in line if not _LINK_WORD.match(p.text)]
    if not pieces or len(pieces[0].text) > 140:
        return None
    name = pieces[0]
    highlights, summary = describe(entry)
    described = [*pieces[1:], *([summary] if summary else []), *highlights]
    described.sort(key=lambda s: s.start)
    whole = Span(" ".join(s.text for s in described), described[0].start, described[-1].end) if described else None
    url = next((m for row in [*entry.heads, *entry.body] if (m := _URL.search(row.line.text))), None)
    dates = entry.dates
    evidence.append(Evidence(field=f"{path}.name", start=name.start, end=name.end))
    if whole is not None:
        evidence.append(Evidence(field=f"{path}.description", start=whole.start, end=whole.end))
    if dates is not None:
        for field in ("start_date", "end_date"):
            if getattr(dates, field):
                evidence.append(Evidence(field=f"{path}.{field}", start=dates.start, end=dates.end))
    return Project(
        name=name.text,
        description=whole.text if whole else None,
        start_date=dates.start_date if dates else None,
        end_date=dates.end_date if dates else None,
        url=url.group() if url else None,
    )
