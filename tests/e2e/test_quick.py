"""`talentflow quick`: from documents to a served index and marts, in one command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from talentflow.lakehouse import open_lakehouse
from talentflow.settings import Settings
from talentflow.tables import CANDIDATES, IDENTITIES, INTERACTIONS, JOB_OFFERS, OUTCOMES, QUARANTINE, TEXTS
from talentflow.warehouse import open_warehouse
from tests.command import DATA, told
from tests.e2e.conftest import COUNT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("quick")]

STAGES = [
    *("simulate", "bronze", "parse", "classify", "extract", "link", "simulate_interactions", "interactions"),
    *("gate", "embed", "index", "warehouse"),
]


def test_summary_is_one_object_with_what_programs_read(first_run: dict[str, Any]) -> None:
    assert first_run["status"] == "ok"
    assert first_run["profile"] == "quick"
    assert [s["name"] for s in first_run["stages"]] == STAGES
    for stage in first_run["stages"]:
        assert {"name", "in", "ok", "quarantined", "skipped", "seconds"} <= stage.keys()
        assert stage["in"] == stage["ok"] + stage["quarantined"] + stage["skipped"]
    assert first_run["rows_written"] > COUNT
    assert first_run["texts_embedded"] == first_run["index"]["vectors"] > 0
    assert first_run["index"]["model_id"].startswith("all-MiniLM-L6-v2")
    assert Path(first_run["reports"]["data_docs"]).exists()


def test_every_document_ends_somewhere_in_every_stage_it_reached(home: Path, first_run: dict[str, Any]) -> None:
    outcomes = open_lakehouse(Settings(home=home)).read(OUTCOMES).to_pylist()
    ended: dict[str, dict[str, str]] = {}
    for o in (o for o in outcomes if o["stage"] != "interactions"):
        ended.setdefault(o["document_id"], {})[o["stage"]] = o["status"]
    assert len(ended) == COUNT
    for stages in ended.values():
        reached = "bronze"
        for stage in ("parse", "classify", "extract"):
            if stages[reached] != "ok":
                assert stage not in stages or stages[reached] == "skipped"
                break
            assert stage in stages
            reached = stage


def test_quarantine_says_what_happened_and_keeps_the_bytes(home: Path, first_run: dict[str, Any]) -> None:
    rows = open_lakehouse(Settings(home=home)).read(QUARANTINE).to_pylist()
    assert rows, "the simulation holds defects"
    for row in rows:
        assert row["error_code"]
        assert len(row["detail"]) > 20
        assert "NotImplementedError" not in row["detail"]
        assert row["error_code"] != "document_crash", row["detail"]


def test_a_second_run_with_nothing_new_writes_no_row_and_embeds_no_text(
    first_run: dict[str, Any], second_run: dict[str, Any]
) -> None:
    assert second_run["rows_written"] == 0
    assert second_run["texts_embedded"] == 0
    assert second_run["tables"] == first_run["tables"]
    assert second_run["index"]["vectors"] == first_run["index"]["vectors"]


def test_personal_data_is_apart_and_blanked_where_matching_reads(home: Path, first_run: dict[str, Any]) -> None:
    lakehouse = open_lakehouse(Settings(home=home))
    texts = {t["document_id"]: t for t in lakehouse.read(TEXTS).to_pylist()}
    identities = lakehouse.read(IDENTITIES).to_pylist()
    candidates = {c["candidate_id"]: c for c in lakehouse.read(CANDIDATES).to_pylist()}
    assert sum(i["email"] is not None for i in identities) > len(identities) / 2
    for identity in identities:
        redacted = texts[identity["document_id"]]["redacted_text"]
        assert len(redacted) == len(texts[identity["document_id"]]["text"])
        if identity["email"]:
            assert identity["email"] not in redacted
            assert identity["email"] not in str(candidates[identity["candidate_id"]])


def test_marts_answer_what_analysts_ask(home: Path, first_run: dict[str, Any]) -> None:
    warehouse = open_warehouse(Settings(home=home))
    offers = warehouse.query("select count(*) as n from marts.fct_offers")[0]["n"]
    internships = warehouse.query("select count(*) as n from marts.fct_internships")[0]["n"]
    repeated = sum(o is not None for o in open_lakehouse(Settings(home=home)).read(JOB_OFFERS)["duplicate_of"].to_pylist())
    assert offers + internships == first_run["tables"]["silver.job_offers"] - repeated
    wanted = warehouse.query("select skill, offers, candidates from marts.mart_skill_market order by offers desc limit 5")
    assert wanted[0]["offers"] > 1


def test_the_simulated_offers_and_candidates_met(home: Path, first_run: dict[str, Any]) -> None:
    lakehouse = open_lakehouse(Settings(home=home))
    events = lakehouse.read(INTERACTIONS).to_pylist()
    assert len(events) == first_run["tables"]["silver.interactions"] > COUNT
    offers, candidates = lakehouse.read(JOB_OFFERS, ["offer_id"]), lakehouse.read(CANDIDATES, ["candidate_id"])
    known = set(offers["offer_id"].to_pylist()) | set(candidates["candidate_id"].to_pylist())
    assert sum(e["offer_id"] in known and e["candidate_id"] in known for e in events) > 0.9 * len(events)
    landed = next(s for s in first_run["stages"] if s["name"] == "interactions")
    assert landed["details"] == {"unknown_offers": 0, "unknown_candidates": 0}


def test_own_files_run_through_the_same_flow(tmp_path: Path) -> None:
    cvs, offers = tmp_path / "cvs", tmp_path / "offers.jsonl"
    cvs.mkdir()
    (cvs / "anna.txt").write_text(
        "Anna Keller\nanna.keller@example.org\n\nData Engineer\n\nExperience\nData Engineer, Nordlys AG\n"
        "January 2020 - March 2024\n- Built pipelines with Python, Spark and Airflow\n\nSkills\nPython, SQL, Spark, Airflow\n",
        encoding="utf-8",
    )
    (cvs / "copy of anna.txt").write_bytes((cvs / "anna.txt").read_bytes())
    offers.write_text(
        '{"id": "o1", "title": "Data Engineer", "company": "Nordlys", "description": "You will build pipelines in Python and '
        'Spark. Requirements: 3+ years of experience, SQL."}\n{"id": "o2", "title": broken\n',
        encoding="utf-8",
    )
    summary = told("quick", "--cvs", cvs, "--offers", offers, "--no-serve", home=tmp_path / "home")
    assert summary["tables"]["silver.candidates"] == 1
    assert summary["tables"]["silver.job_offers"] == 1
    bronze = next(s for s in summary["stages"] if s["name"] == "bronze")
    assert (bronze["ok"], bronze["skipped"], bronze["quarantined"]) == (2, 1, 1)
    assert "malformed_json" in bronze["errors"]


@pytest.mark.skipif(not DATA.exists(), reason="the public data is not on this machine")
def test_real_ads_and_cvs_run_through_the_same_flow(tmp_path: Path) -> None:
    home = tmp_path / "home"
    summary = told(
        "quick", "--cvs", DATA / "cv_pdf_personas", "--offers", DATA / "job_ads" / "job_ads.jsonl", "--no-serve", home=home
    )
    assert summary["tables"]["silver.candidates"] == 8
    assert summary["tables"]["silver.job_offers"] >= 118
    assert summary["index"]["vectors"] >= 126
