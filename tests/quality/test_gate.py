"""The gate: rows that fail an expectation go to quarantine under its name; a critical one stops the run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from talentflow import gate
from talentflow.errors import QualityGateFailed
from talentflow.flat import flatten
from talentflow.gate import run_gate
from talentflow.incremental import ask_again
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.settings import Settings
from talentflow.suites import load_suites
from talentflow.tables import CANDIDATES, CLASSIFICATIONS, EMBEDDINGS, IDENTITIES, JOB_OFFERS, QUARANTINE, TABLES, TEXTS
from tests.rows import candidate_row, classification_row, identity_row, offer_row, table_of, text_row

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("gate")]


@pytest.fixture
def lakehouse(tmp_path: Path) -> Lakehouse:
    lakehouse = open_lakehouse(Settings(home=tmp_path))
    lakehouse.upsert(TEXTS, table_of(TEXTS, *(text_row(d) for d in ("good", "bad", "cv"))))
    lakehouse.upsert(CLASSIFICATIONS, table_of(CLASSIFICATIONS, *(classification_row(d) for d in ("good", "bad", "cv"))))
    lakehouse.upsert(CANDIDATES, table_of(CANDIDATES, candidate_row("cv")))
    lakehouse.upsert(IDENTITIES, table_of(IDENTITIES, identity_row("cv", name="Anna", email="anna@example.org")))
    return lakehouse


def test_every_silver_table_has_a_suite() -> None:
    suites = {table for table in load_suites() if table.startswith("silver.")}
    assert suites == {t.id for t in TABLES.values() if t.layer == "silver"} - {EMBEDDINGS.id}, (
        "vectors are checked where they are made"
    )


@pytest.mark.parametrize(
    ("fault", "expectation"),
    [
        ({"title": "None"}, "title_is_not_a_word_for_missing"),
        ({"occupation_code": "12"}, "occupation_code_is_isco"),
        (
            {"base_salary": {"min_value": 50000.0, "max_value": 400.0, "currency": "EUR", "unit": "YEAR"}},
            "salary_max_is_not_below_min",
        ),
        ({"evidence": [{"field": "title", "start": 0, "end": 4000}]}, "evidence_ends_in_the_text"),
        ({"date_posted": "yesterday"}, "date_posted_is_iso"),
    ],
)
def test_a_failing_row_leaves_silver_and_is_quarantined_under_the_expectation(
    lakehouse: Lakehouse, tmp_path: Path, fault: dict[str, object], expectation: str
) -> None:
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("good"), offer_row("bad") | fault))
    report = run_gate(lakehouse, tmp_path / "docs", run_id="run")
    assert (report.ok, report.quarantined) == (2, 1)
    assert lakehouse.read(JOB_OFFERS)["offer_id"].to_pylist() == ["good"]
    (row,) = lakehouse.read(QUARANTINE).to_pylist()
    assert (row["document_id"], row["stage"], row["error_code"]) == ("bad", "gate", expectation)
    assert expectation in row["detail"]


def test_a_critical_expectation_stops_the_run_and_names_itself(lakehouse: Lakehouse, tmp_path: Path) -> None:
    lakehouse.upsert(TEXTS, table_of(TEXTS, text_row("leak", redacted_text="shorter")))
    with pytest.raises(QualityGateFailed, match="redacted_text_has_the_same_length"):
        run_gate(lakehouse, tmp_path / "docs", run_id="run")
    assert lakehouse.read(QUARANTINE)["document_id"].to_pylist() == ["leak"]


def test_rows_that_passed_are_not_checked_again(lakehouse: Lakehouse, tmp_path: Path) -> None:
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("good")))
    assert run_gate(lakehouse, tmp_path / "docs", run_id="one").read == 3
    assert run_gate(lakehouse, tmp_path / "docs", run_id="two").read == 0


def test_what_the_gate_took_out_stays_out_under_new_suites_until_its_record_is_made_again(
    lakehouse: Lakehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("good"), offer_row("bad", title="None")))
    run_gate(lakehouse, tmp_path / "docs", run_id="1")
    monkeypatch.setattr(gate, "suite_version", lambda _: "another")
    assert run_gate(lakehouse, tmp_path / "docs", run_id="2").quarantined == 1
    (row,) = lakehouse.read(QUARANTINE).to_pylist()
    assert (row["document_id"], row["error_code"]) == ("bad", "title_is_not_a_word_for_missing")
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("bad")))
    ask_again(lakehouse, ["gate"], [("bad", "hash")], run_id="3")
    assert run_gate(lakehouse, tmp_path / "docs", run_id="4").ok == 1
    assert lakehouse.read(QUARANTINE).num_rows == 0


def test_data_docs_load_nothing_from_outside(lakehouse: Lakehouse, tmp_path: Path) -> None:
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("good")))
    index = Path(run_gate(lakehouse, tmp_path / "docs", run_id="run").details["data_docs"])
    pages = list(index.parent.rglob("*.html"))
    assert len(pages) > 5
    for page in pages:
        assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(?:https?:)?//[^"]*', page.read_text(encoding="utf-8"))


def test_flat_rows_hold_lengths_and_bounds_not_texts() -> None:
    flat = flatten(table_of(JOB_OFFERS, offer_row("o", evidence=[]), offer_row("p"))).to_pylist()
    assert flat[0]["skills_count"] == 1
    assert flat[0]["base_salary_max_value"] == 50000
    assert flat[0]["evidence_end_max"] is None
    assert (flat[1]["evidence_start_min"], flat[1]["evidence_end_max"]) == (0, 6)
    texts = flatten(table_of(TEXTS, text_row("t", "abc"))).to_pylist()
    assert texts[0]["text_length"] == 3
    assert "text" not in texts[0]
