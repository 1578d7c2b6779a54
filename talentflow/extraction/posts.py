"""The posts of a part of a CV, however it tells them: as entries, as forms or in sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from talentflow.extraction.dates import DateRange, ranges_between
from talentflow.extraction.entries import Entry, Row, read_rows, split_entries
from talentflow.extraction.entry_heads import Head, without_place
from talentflow.extraction.forms import Form, read_forms, read_table
from talentflow.extraction.narrative import Told, find_told
from talentflow.extraction.sections import Line, lines_between
from talentflow.extraction.studies import study_names
from talentflow.extraction.work import BREAK, make_post, read_work, work_names
from talentflow.records import Evidence, Work

MOST_ROWS, MOST_POSTS = 1500, 80
"""Lines of one section and posts that are read; no CV has more, only what is no CV."""


def section_rows(lines: Sequence[Line], ranges: Sequence[DateRange], start: int, end: int) -> list[Row]:
    """The lines of a part that have words or numbers, with their dates."""
    mine = [line for line in lines_between(lines, start, end)[:MOST_ROWS] if any(c.isalnum() for c in line.text)]
    return read_rows(mine, ranges_between(ranges, start, end))


def read_posts(
    text: str, lines: Sequence[Line], ranges: Sequence[DateRange], start: int, end: int, first: int
) -> list[tuple[Work, list[Evidence]]]:
    """Posts of a work section, in order, with evidence under `work[<n>].…`, n from `first` on."""
    rows = section_rows(lines, ranges, start, end)
    if not rows:
        return []
    read: list[Form | Told] = [*(read_table(rows) or read_forms(rows))]
    read = read or [*find_told(text, [r.line for r in rows if not r.bullet], ranges)]
    found: list[tuple[Work, list[Evidence]]] = []
    run: list[Row] = []
    at = 0

    def flush() -> None:
        entries = split_entries(run, names=work_names)
        found.extend(read_work(entries[: MOST_POSTS - first - len(found)], "work", first + len(found)))
        run.clear()

    for made in read:
        while at < len(rows) and rows[at].line.start < made.start:
            run.append(rows[at])
            at += 1
        flush()
        body: list[Row] = []
        while at < len(rows) and (rows[at].line.start < made.end or (isinstance(made, Told) and _goes_on(rows[at], read))):
            if rows[at].line.start >= made.end:
                body.append(rows[at])
            at += 1
        if first + len(found) < MOST_POSTS and not (made.position and BREAK.match(made.position.text)):
            found.append(_post(made, made.body if isinstance(made, Form) else body, first + len(found)))
    run.extend(rows[at:])
    flush()
    return found


def _post(made: Form | Told, body: list[Row], number: int) -> tuple[Work, list[Evidence]]:
    head = Head(position=made.position, employer=None, location=made.location)
    if made.employer is not None:
        rest = without_place(made.employer, head)
        head.employer = rest[0] if rest else made.employer
    return make_post(Entry(dates=made.dates, body=body), head, f"work[{number}]")


def read_told(text: str, lines: Sequence[Line], ranges: Sequence[DateRange], first: int) -> list[tuple[Work, list[Evidence]]]:
    """Posts that the sentences of a part tell, where no section is given to them; numbered from `first` on."""
    told = find_told(text, lines[:MOST_ROWS], ranges)[: MOST_POSTS - first]
    return [_post(made, [], first + number) for number, made in enumerate(told)]


def _goes_on(row: Row, read: Sequence[Form | Told]) -> bool:
    """Whether a line describes the post told above it: it dates nothing, and tells of no other."""
    return row.anchor is None and not any(made.start <= row.line.start < made.end for made in read)


_STUDY_LABEL = re.compile(
    r"^(?:dates|intitulé du (?:certificat ou )?diplôme(?: délivré)?|title of qualification(?: awarded)?|diplôme(?: obtenu)?|"
    r"degree|nom et type de l['’]établissement(?: d['’]enseignement(?: ou de formation)?)?|"
    r"name and type of organi[sz]ation(?: providing education and training)?|établissement|institution|school|école|"
    r"qualification)[ ]*(?:[:\t]|(?<=[Dd]ates)[ ]|(?<=é)[ ]{2,}|(?<=t)[ ]{2,})\s*(?=\S)",
    re.IGNORECASE,
)
"""Labels of forms in front of what they name, as in the Europass form."""


def read_studies_section(lines: Sequence[Line], ranges: Sequence[DateRange], start: int, end: int) -> list[Entry]:
    """Entries of an education section; the labels of forms are left out."""
    bare = [
        replace(line, text=line.text[match.end() :], start=line.start + match.end())
        if (match := _STUDY_LABEL.match(line.text))
        else line
        for line in lines_between(lines, start, end)[:MOST_ROWS]
    ]
    return read_section(bare, ranges, start, end, study_names)


def read_section(
    lines: Sequence[Line], ranges: Sequence[DateRange], start: int, end: int, names: Callable[[str], int]
) -> list[Entry]:
    """Entries of a part of a CV."""
    return split_entries(section_rows(lines, ranges, start, end), names=names)
