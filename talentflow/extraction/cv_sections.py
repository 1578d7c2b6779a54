"""The sections of a CV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from talentflow.extraction.cv_headings import CV_HEADINGS
from talentflow.extraction.degrees import find_degree
from talentflow.extraction.sections import Line, Section, fold, split_lines, split_sections


def split_cv(text: str, lines: Sequence[Line] | None = None) -> list[Section]:
    """Sections in order, without gaps; `lines` is `split_lines(text)`, if at hand."""
    return _with_stray_labels(split_sections(text, CV_HEADINGS, lines=lines), text)


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
