"""The gate: rows that fail an expectation go to quarantine under its name; a critical one stops the run."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from talentflow import gate
from talentflow.errors import QualityGateFailed
from talentflow.flat import flatten
from talentflow.gate import run_gate
from talentflow.incremental import ask_again
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.settings import Settings
from talentflow.tables import CANDIDATES, CLASSIFICATIONS, DOCUMENTS, IDENTITIES, INTERACTIONS, JOB_OFFERS, QUARANTINE, TEXTS
from tests.rows import STAMP, candidate_row, classification_row, identity_row, offer_row, table_of, text_row

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("gate")]


@pytest.fixture
def lakehouse(tmp_path: Path) -> Lakehouse:
    lakehouse = open_lakehouse(Settings(home=tmp_path))
    lakehouse.upsert(TEXTS, table_of(TEXTS, *(text_row(d) for d in ("good", "bad", "cv"))))
    lakehouse.upsert(CLASSIFICATIONS, table_of(CLASSIFICATIONS, *(classification_row(d) for d in ("good", "bad", "cv"))))
    lakehouse.upsert(CANDIDATES, table_of(CANDIDATES, candidate_row("cv")))
    lakehouse.upsert(IDENTITIES, table_of(IDENTITIES, identity_row("cv", name="Anna", email="anna@example.org")))
    return lakehouse


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


def test_a_document_that_fails_as_it_was_sent_leaves_silver_under_the_expectation(lakehouse: Lakehouse, tmp_path: Path) -> None:
    sent = {"source": "files", "source_uri": "x", "received_at": NOW, "offset": 1, "media_type": "text/plain"}
    documents = [sent | {"document_id": d, "content_hash": "hash"} for d in ("good", "bad", "cv", "unread")]
    documents[1]["media_type"] = "not one"
    documents[3]["source"] = None
    lakehouse.upsert(DOCUMENTS, table_of(DOCUMENTS, *documents))
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("good"), offer_row("bad")))
    report = run_gate(lakehouse, tmp_path / "docs", run_id="run")
    assert report.details["expectations"]["bronze.documents"]["rows"] == 3, "what was not read is in quarantine already"
    assert lakehouse.read(JOB_OFFERS)["offer_id"].to_pylist() == ["good"]
    (row,) = lakehouse.read(QUARANTINE).to_pylist()
    assert (row["document_id"], row["error_code"]) == ("bad", "media_type_is_one")
    assert lakehouse.read(DOCUMENTS).num_rows == 4, "bronze keeps what was sent"


def test_interactions_that_came_since_are_checked_and_failing_ones_go_to_quarantine(lakehouse: Lakehouse, tmp_path: Path) -> None:
    def came(*events: str, **more: object) -> None:
        rows = [{"event_id": e, "action": "view", "occurred_at": "2026-11-26T12:00:00+00:00"} | more for e in events]
        lakehouse.upsert(INTERACTIONS, table_of(INTERACTIONS, *rows))

    def checked(run_id: str) -> object:
        details = run_gate(lakehouse, tmp_path / "docs", run_id=run_id).details
        return details.get("expectations", {}).get("silver.interactions", {}).get("rows")

    came("e1", "e2")
    assert checked("1") == 2
    came("e3")
    came("e4", action="stare")
    assert checked("2") == 2
    assert sorted(lakehouse.read(INTERACTIONS)["event_id"].to_pylist()) == ["e1", "e2", "e3"]
    (row,) = lakehouse.read(QUARANTINE).to_pylist()
    assert (row["document_id"], row["stage"], row["error_code"]) == ("e4", "gate", "action_is_known")
    assert b'"stare"' in row["payload"]
    assert checked("3") is None, "taking one out is no news"
    assert checked("4") is None


def test_rows_of_which_nothing_is_known_are_judged(lakehouse: Lakehouse, tmp_path: Path) -> None:
    empty = {f.name: None for f in JOB_OFFERS.schema} | {"offer_id": "bare", "document_id": "good"} | STAMP
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, empty | {"title": "Baker"}))
    report = run_gate(lakehouse, tmp_path / "docs", run_id="run")
    assert report.quarantined == 0
    assert "half_the_offers_have_an_employer" in report.details["expectations"]["silver.job_offers"]["unmet"]


def test_a_run_unlike_the_last_ones_is_told(lakehouse: Lakehouse, tmp_path: Path) -> None:
    def run(run_id: str, contract: str) -> list[str]:
        ids = [f"{run_id}-{n}" for n in range(60)]
        lakehouse.upsert(TEXTS, table_of(TEXTS, *(text_row(i) for i in ids)))
        lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, *(offer_row(i, contract=contract) for i in ids)))
        return [a["message"] for a in run_gate(lakehouse, tmp_path / "docs", run_id=run_id).details["alerts"]]

    assert run("1", "permanent") == []
    (told,) = run("2", "freelance")
    assert "contract" in told
    assert "freelance 0% → 100%" in told


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
