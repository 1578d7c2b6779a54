"""The sections of a CV."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from talentflow.extraction.cv_headings import CV_HEADINGS
from talentflow.extraction.dates import DateRange, ranges_between
from talentflow.extraction.degrees import find_degree
from talentflow.extraction.sections import Line, Section, fold, heading_name, lines_between, split_lines, split_sections
from talentflow.extraction.words import role_score

_BLANKED_NAME = re.compile(r"█{2,}(?:[ '’-]█+){1,4}")


def split_cv(text: str, lines: Sequence[Line] | None = None) -> list[Section]:
    """Sections in order, without gaps; `lines` is `split_lines(text)`, if at hand."""
    lines = split_lines(text) if lines is None else lines
    return _with_late_head(_with_stray_labels(split_sections(text, CV_HEADINGS, lines=lines), text), lines)


def _with_late_head(sections: list[Section], lines: Sequence[Line]) -> list[Section]:
    """A page's side column may come before its head: the name above a title ends the column's last section, and begins a
    section without a heading. The name is blanked in the text that is read."""
    if not sections or sections[0].end - sections[0].body > 2:
        return sections
    kept: list[Section] = []
    found = False
    for section in sections:
        if not found and section.name in ("skills", "languages", "certificates", "interests"):
            mine = lines_between(lines, section.body, section.end)
            for name, title in itertools.pairwise(mine):
                if _BLANKED_NAME.fullmatch(name.text) and role_score(title.text) >= 2:
                    kept.append(replace(section, end=name.start))
                    section = Section("", "", name.start, name.start, section.end)
                    found = True
                    break
        kept.append(section)
    return kept


def headings_apart(lines: Sequence[Line], ranges: Sequence[DateRange]) -> list[Line]:
    """The lines, with a heading and the dates that a page's columns set beside it (`Employment  2021 – 2023`) in two."""
    apart: list[Line] = []
    for line in lines:
        first = next(iter(ranges_between(ranges, line.start, line.end)), None) if len(line.text) < 90 else None
        if first is not None and not first.single:
            heading = line.text[: first.start - line.start].rstrip(" \t:")
            if heading_name(heading, CV_HEADINGS) and line.text[first.end - line.start :].strip() == "":
                apart.append(Line(heading, line.start, line.start + len(heading), line.gap))
                apart.append(Line(line.text[first.start - line.start :], first.start, line.end))
                continue
        apart.append(line)
    return apart


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
