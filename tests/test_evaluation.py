"""Scores of the extraction: what is counted as right, and what comes out on documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from talentflow.errors import BadInput
from talentflow.evaluation import evaluate_extraction, evaluate_personas
from talentflow.evaluation.compare import leaks, same_date, same_degree, same_person, same_phone, similar
from talentflow.evaluation.personas import written_range
from talentflow.evaluation.tally import Tally

PERSONAS = Path(__file__).parents[1].parent / "shared/data/cv_pdf_personas"


def test_counts_make_precision_and_recall():
    tally = Tally()
    tally.scalar("title", "Nurse", "nurse")
    tally.scalar("title", "Cook", "Baker")
    tally.scalar("title", "Cook", None)
    tally.scalar("title", None, "Cook")
    (row,) = tally.result(4, ["title"]).rows
    assert (row.support, row.found, row.right) == (3, 3, 1)
    assert row.precision == row.recall == pytest.approx(1 / 3, abs=1e-4)
    assert row.f1 == pytest.approx(1 / 3, abs=1e-3)


def test_lists_are_matched_one_to_one():
    tally = Tally()
    tally.listed("skills", ["SQL", "R"], ["sql", "SQL", "Go"])
    (row,) = tally.result(1, []).rows
    assert (row.support, row.found, row.right) == (2, 3, 1)


def test_a_field_never_found_has_recall_zero_and_no_precision():
    tally = Tally()
    tally.scalar("x", "a", None)
    (row,) = tally.result(1, []).rows
    assert row.precision is None
    assert row.recall == 0
    assert row.f1 == 0


def test_errors_are_kept_with_their_document():
    tally = Tally(document="cv.pdf")
    tally.scalar("x", "a", "b")
    (miss,) = tally.result(1, []).misses
    assert (miss.document, miss.expected, miss.found) == ("cv.pdf", "a", "b")


@pytest.mark.parametrize(
    ("expected", "found", "right"),
    [
        ("Éléonore & Fils", "eleonore fils", True),
        ("University of Leeds", "University of Leeds, UK", True),
        ("Nurse", "Clinical Nurse Manager of the Night Team", False),
        ("Acme Corp", "Globex Corp", False),
    ],
)
def test_names_are_compared_by_their_words(expected: str, found: str, right: bool):
    assert similar(expected, found) is right


def test_dates_are_compared_at_the_precision_written():
    assert same_date("2021-03", "2021-03")
    assert same_date("2021-03-01", "2021-03")
    assert not same_date("2021-01", "2021")
    assert not same_date("2021-03", "2021-04")


def test_people_phones_and_degrees():
    assert same_person("Zoë Durand", "DURAND Zoe")
    assert same_phone("+33 6 12 34 56 78", "06.12.34.56.78")
    assert not same_phone("06 12 34 56 78", "06 12 34 56 79")
    assert same_degree("Master of Science in Physics", "Master of Science Physics")


def test_a_leak_is_seen_however_it_is_written():
    assert leaks("Ada Byron", "signed: BYRON, Ada", "name")
    assert not leaks("Ada Byron", "signed: ███ █████, in Adana", "name")
    assert leaks("06 12 34 56 78", "call 06.12.34.56.78 now", "phone")
    assert leaks("a@b.example", "A@B.EXAMPLE", "email")


def test_written_ranges_become_iso_dates():
    assert written_range("Mar 2021 - Present") == ("2021-03", None, True)
    assert written_range("01/2019 – 02/2022") == ("2019-01", "2022-02", False)
    assert written_range("2020 – 2022") == ("2020", "2022", False)
    assert written_range(None) == (None, None, False)


def test_the_extraction_holds_a_floor_on_held_out_documents():
    done: list[int] = []
    result = evaluate_extraction(60, progress=done.append)
    rows = {r.field: r for r in result.rows}
    assert result.documents == 60
    assert done[-1] == 60
    floors = {
        "outcome": 0.9,
        "kind": 0.9,
        "language": 0.95,
        "offer.title": 0.8,
        "candidate.work.position": 0.7,
        "redacted.email": 0.95,
    }
    for name, floor in floors.items():
        assert (rows[name].recall or 0) >= floor, rows[name]


@pytest.mark.skipif(not PERSONAS.exists(), reason="the personas are not beside this checkout")
def test_personas_are_scored_field_by_field():
    result = evaluate_personas(PERSONAS)
    rows = {r.field: r for r in result.rows}
    assert result.documents == len(list(PERSONAS.glob("*.truth.json")))
    assert rows["candidate.work.position"].support == 18
    assert (rows["identity.email"].recall or 0) >= 0.9


def test_a_folder_without_personas_is_refused(tmp_path: Path):
    with pytest.raises(BadInput, match=r"truth\.json"):
        evaluate_personas(tmp_path)
