"""Posts that a form names field by field (`Job title: Nurse`, `Société : Acme`), or a table column by column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from talentflow.extraction.dates import DateRange
from talentflow.extraction.entries import Row
from talentflow.extraction.sections import fold
from talentflow.extraction.spans import Span, split_span

_LABELS = {
    "position": "intitule du poste, poste, poste occupe, fonction, fonction ou poste occupe, position, position held, job title, "
    "title, role, occupation or position held, occupation, designation, metier, emploi occupe, function",
    "employer": "employeur, societe, entreprise, organisme, organisation, organization, employer, company, company name, client, "
    "nom de l employeur, nom et adresse de l employeur, name of employer, name and address of employer, etablissement, structure",
    "dates": "dates, date, periode, period, duration, duree, dates of employment, dates employed",
    "location": "lieu, location, ville, city, place, localisation, lieu de travail",
    "tasks": "principales activites et responsabilites, main activities and responsibilities, missions, mission, taches, duties, "
    "responsibilities, description, activites, principales missions, missions principales, key responsibilities",
    "": "type or sector of business, type ou secteur d activite, secteur, secteur d activite, sector, industry, contrat, "
    "contract, type de contrat, supervisor, hours per week, salary, type of business",
}
_KINDS = {label.strip(): kind for kind, labels in _LABELS.items() for label in labels.split(",")}
_UNMARKED = re.compile(
    r"^(?:fonction ou poste occupé|occupation or position held|nom(?: et adresse)? de l['’]employeur|dates|"
    r"name(?: and address)? of employer|principales activités et responsabilités|main activities and responsibilities)(?=\s+\S)",
    re.IGNORECASE,
)
"""Labels of the Europass form, which stand before their value with no mark between."""
_MARKED = re.compile(r"^[•▪*\-\s]{0,3}(?P<label>[^\W\d_][^:|\t\d]{1,44}?)[ ]*(?:[:|\t]|[ ][–-][ ])\s*(?P<value>.*)$")


@dataclass
class Form:
    """The fields of one post; `body` are the lines that describe it."""

    start: int
    end: int
    position: Span | None = None
    employer: Span | None = None
    location: Span | None = None
    dates: DateRange | None = None
    body: list[Row] = field(default_factory=list[Row])


def read_forms(rows: Sequence[Row]) -> list[Form]:
    """Posts of a section whose lines are labelled; empty when they are not.

    A line with a label that the post already has begins the next; a dated line without a label belongs to none.
    """
    said = [_field(row) for row in rows]
    kinds = [f[0] for f in said if f]
    if kinds.count("position") + kinds.count("employer") < 2 and not {"position", "dates"} <= {*kinds}:
        return []
    if not {"position", "employer"} & {*kinds}:
        return []
    first = next(k for k in kinds if k in ("position", "employer", "dates"))
    forms: list[Form] = []
    current: Form | None = None
    waiting: str | None = None
    for row, found in zip(rows, said, strict=True):
        if found is None:
            if waiting and current is not None and (row.anchor is not None or waiting != "dates"):
                found = (waiting, row.content)
            elif row.anchor is not None and not row.anchor.single and not row.bullet:
                current = None
                continue
            elif current is not None:
                current.body.append(row)
                current.end = row.line.end
                continue
            else:
                continue
        kind, value = found
        waiting = None
        if current is None or kind == first or (kind in ("position", "employer", "dates") and getattr(current, kind)):
            if kind not in ("position", "employer", "dates"):
                continue
            if current is None or getattr(current, kind) or kind == first:
                current = Form(row.line.start, row.line.end)
                forms.append(current)
        current.end = row.line.end
        if kind == "tasks" and value.text:
            current.body.append(row)
        elif kind and not value.text:
            waiting = kind if kind != "tasks" else None
        elif kind == "dates":
            current.dates = row.ranges[0] if row.ranges else None
        elif kind in ("position", "employer", "location"):
            setattr(current, kind, value)
    return [f for f in forms if f.position or f.employer]


_CELLS = re.compile(r"\s*\t\s*|\s*\|\s*|\s{3,}")


def read_table(rows: Sequence[Row]) -> list[Form]:
    """Posts of a table whose first row names its columns; empty when there is none.

    Lines that do not have the table's cells go on with the last cell above.
    """
    forms: list[Form] = []
    columns: list[str] = []
    for row in rows:
        whole = Span(row.line.text, row.line.start, row.line.end)
        cells = split_span(whole, _CELLS)
        kinds = [_KINDS.get(fold(c.text)) for c in cells]
        if len(cells) >= 3 and all(k is not None for k in kinds) and {"position", "employer"} & {*kinds}:
            columns = [k or "" for k in kinds]
        elif columns and len(cells) >= max(2, len(columns) - 1) and row.ranges:
            form = Form(row.line.start, row.line.end)
            for kind, cell in zip(columns, cells, strict=False):
                if kind == "dates":
                    form.dates = next((r for r in row.ranges if cell.start <= r.start < cell.end), None)
                elif kind in ("position", "employer", "location"):
                    setattr(form, kind, cell)
            if form.dates is not None:
                forms.append(form)
        elif forms:
            forms[-1].body.append(row)
            forms[-1].end = row.line.end
    return forms


def _field(row: Row) -> tuple[str, Span] | None:
    """(kind, value) of a labelled line; an empty value when it stands on the next line."""
    text = row.line.text
    whole = Span(text, row.line.start, row.line.end)
    match = _UNMARKED.match(text)
    if match and not _MARKED.match(text):
        return _KINDS[fold(match.group())], whole.cut(match.end(), len(text))
    match = _MARKED.match(text)
    if match is None:
        return None
    kind = _KINDS.get(fold(match["label"]))
    if kind is None:
        return None
    value = whole.cut(match.start("value"), len(text))
    # `Position | Company | Dates` heads a table.
    return None if fold(value.text.split("\t")[0].split("|")[0]) in _KINDS else (kind, value)
