"""Skills in an offer's explicit lists, known to the taxonomy or not."""

from __future__ import annotations

import pytest

from talentflow.classification import classify
from talentflow.extraction import extract_offer
from talentflow.extraction.company import find_company
from talentflow.extraction.labels import read_labels


def unknown(text: str) -> list[str]:
    offer = extract_offer(text, classify(text))
    spans = {e.field: text[e.start : e.end] for e in offer.evidence}
    assert all(spans[f"skills[{n}]"] for n in range(len(offer.skills)))
    return [skill.name for skill in offer.skills if skill.skill_id is None]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Skills: Python, Zorblax, gravel sorting.", ["Zorblax", "gravel sorting"]),
        ("Compétences : tri du gravier, Zorblax", ["tri du gravier", "Zorblax"]),
        ("Tech stack: Python, Zorblax and Flimflam", ["Zorblax", "Flimflam"]),
        ("Skills\n- Gravel sorting\n- Zorblax", ["Gravel sorting", "Zorblax"]),
        ("Requirements\n- Experience with gravel sorting", ["gravel sorting"]),
        ("Profil recherché\n- Vous maîtrisez tri du gravier et Zorblax", ["tri du gravier", "Zorblax"]),
        ("Requirements\n- Experience with CRM platforms\n- Fluent English\n- 5 years of experience", []),
        ("Requirements\n- You should be someone who likes to be part of what we build here every day", []),
        ("Skills\nLanguages\nEnglish", []),
        ("What we offer\n- Gravel sorting", []),
    ],
)
def test_an_unknown_item_of_a_list_is_kept_by_its_name(lines: str, expected: list[str]) -> None:
    assert unknown(f"Quarry worker\n\nWe are looking for a quarry worker.\n\n{lines}\n") == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Boulanger\nFondé en 2007, Moulin Vert conçoit des pains.", "Moulin Vert"),
        ("Baker\nWe are Green Mill: 60 people and an oven.", "Green Mill"),
        ("Baker\nOur client, Green Mill, is looking for a baker.", "Green Mill"),
        ("Infirmier\nLe poste\nCentre hospitalier de Brest recrute un infirmier.", "Centre hospitalier de Brest"),
        ("Baker\nCork - Green Mill\n\nYou will bake.", "Green Mill"),
        ("Baker\nCork\n\nYou will bake.", None),
    ],
)
def test_the_employer_is_read_from_prose_and_from_the_top(text: str, name: str | None) -> None:
    found = find_company(text, read_labels(text))
    assert (found.name if found else None) == name


def test_labels_run_together_on_one_line_are_told_apart() -> None:
    text = "Job details Organization : Green Mill Based in : Cork Contract type : Temporary work (6 months) Hours : Full time"
    assert [(label.field, label.value) for label in read_labels(text)] == [
        ("company", "Green Mill"),
        ("location", "Cork"),
        ("contract", "Temporary work (6 months)"),
        ("hours", "Full time"),
    ]
