"""An offer's fields as canonical text: labelled lines, the description, then a section a heading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

LABELS = (
    "Title",
    "Company",
    "Location",
    "Employment type",
    "Contract",
    "Duration",
    "Workplace",
    "Salary",
    "Date posted",
    "Valid through",
    "Seniority",
    "Experience",
    "Education",
    "Languages",
    "Industry",
    "Occupation",
    "Department",
    "Working hours",
    "Start date",
)
"""Lines at the head of an offer's text, in this order, each `Label: value`."""

SECTIONS = ("Responsibilities", "Requirements", "Skills", "Benefits", "About the company")
"""Sections after the description, each a line `Heading:` and its text."""


def offer_text(
    lines: Mapping[str, str],
    description: str,
    sections: Mapping[str, Iterable[str]],
    rest: Mapping[str, str],
) -> str:
    """Canonical text of an offer.

    Args:
        lines: by label (`LABELS`); empty values are left out.
        description: as written, any number of lines.
        sections: by heading (`SECTIONS`); several values are set one a line.
        rest: what has no place above, written `Column: value` at the end.
    """
    blocks = ["\n".join(f"{label}: {lines[label]}" for label in LABELS if lines.get(label)), description.strip()]
    for heading in SECTIONS:
        values = [v.strip() for v in sections.get(heading, ()) if v.strip()]
        if len(values) > 1 and all("\n" not in v for v in values):
            values = [v if v.startswith("- ") else f"- {v}" for v in values]
        if values:
            blocks.append(f"{heading}:\n" + "\n".join(values))
    blocks.append("\n".join(f"{name}: {value}" for name, value in rest.items() if value))
    return "\n\n".join(block for block in blocks if block)
