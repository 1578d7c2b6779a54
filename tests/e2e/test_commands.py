"""The one-shot commands, as a program calls them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import ROOT, environment, talentflow, told

COMMANDS = [
    "quick",
    "simulate",
    "ingest",
    "replay",
    "sources",
    "run",
    "ui",
    "match",
    "extract",
    "classify",
    "evaluate",
    "status",
    "doctor",
]

CVS = [
    {"id": "cv-data", "text": "Data engineer\nExperience\nData engineer at Nordlys, 2019-01 - 2024-06\nPython, Spark, SQL, Airflow\nSkills\nPython, Spark, SQL"},
    {"id": "cv-nurse", "text": "Registered nurse\nExperience\nNurse at City Hospital, 2015-01 - 2024-06\nPatient care, triage, wound care\nSkills\nPatient care, first aid"},
    {"id": "cv-comptable", "text": "Comptable\nExpérience\nComptable chez Fiduciaire Martin, 2016 - 2024\nSaisie comptable, TVA, bilan\nCompétences\nComptabilité générale, Sage, Excel"},
]  # fmt: skip
OFFERS = [
    {"id": "offer-data", "text": "Data Engineer\nWe are looking for a data engineer with Python, Spark and SQL. 3+ years of experience required."},
    {"id": "offer-accountant", "text": "Accountant\nWe are looking for an accountant. You will keep the general ledger, prepare VAT returns and the balance sheet. Excel required."},
]  # fmt: skip


def write_jsonl(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return path


def test_help_answers_at_once_and_names_every_command() -> None:
    """Nothing heavy may be imported for it: no engine, no model, no app."""
    code = (
        "import sys; sys.argv = ['talentflow', '--help']\n"
        "from talentflow.cli import main\n"
        "main()\n"
        "heavy = {'prefect', 'gradio', 'pandas', 'pyarrow', 'numpy', 'great_expectations', 'onnxruntime', 'pydantic'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert all(f"│ {name} " in done.stdout for name in COMMANDS)


def test_a_wrong_setting_is_named_in_a_sentence(tmp_path: Path) -> None:
    done = talentflow("status", home=tmp_path, check=1, TALENTFLOW_WORKERS="zero")
    assert "TALENTFLOW_WORKERS" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_path_that_does_not_exist_is_named_in_a_sentence(tmp_path: Path) -> None:
    done = talentflow("classify", tmp_path / "nowhere.pdf", home=tmp_path, check=1)
    assert "nowhere.pdf does not exist" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_match_ranks_cvs_for_each_offer_and_writes_a_trec_run(tmp_path: Path) -> None:
    cvs, offers = write_jsonl(tmp_path / "cvs.jsonl", CVS), write_jsonl(tmp_path / "offers.jsonl", OFFERS)
    run, table = tmp_path / "out.run", tmp_path / "out.csv"
    results = told(
        "match", "--cvs", cvs, "--offers", offers, "--for", "offers", "--top", "2", "--run", run, "--csv", table, home=tmp_path
    )
    first = {r["query"]: r["results"][0]["id"] for r in results}
    assert first == {"offer-data": "cv-data", "offer-accountant": "cv-comptable"}
    for r in results:
        assert len(r["results"]) == 2
        assert {"id", "score", "parts", "evidence", "missing"} <= r["results"][0].keys()
        assert r["results"][0]["score"] >= r["results"][1]["score"]
    lines = [line.split() for line in run.read_text().splitlines()]
    assert next(line[:4] for line in lines) == ["offer-data", "Q0", "cv-data", "1"]
    assert all(len(line) == 6 for line in lines)
    with table.open(encoding="utf-8-sig", newline="") as stream:
        assert next(row["id"] for row in csv.DictReader(stream)) == "cv-data"


@pytest.mark.slow
def test_match_ranks_offers_for_each_cv(tmp_path: Path) -> None:
    cvs, offers = write_jsonl(tmp_path / "cvs.jsonl", CVS), write_jsonl(tmp_path / "offers.jsonl", OFFERS)
    results = told("match", "--cvs", cvs, "--offers", offers, "--for", "cvs", home=tmp_path)
    first = {r["query"]: r["results"][0]["id"] for r in results}
    assert first["cv-data"] == "offer-data"
    assert first["cv-comptable"] == "offer-accountant"


@pytest.mark.slow
def test_extract_gives_a_record_or_an_error_for_each_file(tmp_path: Path) -> None:
    cv, empty = tmp_path / "cv.txt", tmp_path / "empty.pdf"
    cv.write_text("Jane Doe\njane@example.org\n\n" + CVS[0]["text"], encoding="utf-8")
    empty.write_bytes(b"")
    records = told("extract", cv, empty, "--as", "cv", home=tmp_path)
    assert records[0]["path"] == str(cv)
    assert records[0]["record"]["basics"]["email"] == "jane@example.org"
    assert records[0]["record"]["work"][0]["position"].casefold() == "data engineer"
    assert "record" not in records[1]
    assert "empty" in records[1]["error"]


@pytest.mark.slow
def test_classify_says_kind_occupation_seniority_and_language(tmp_path: Path) -> None:
    rows = write_jsonl(tmp_path / "rows.jsonl", [CVS[2], OFFERS[0]])
    said = {c["id"]: c for c in told("classify", rows, home=tmp_path)}
    assert said["cv-comptable"]["kind"] == "cv"
    assert said["cv-comptable"]["language"] == "fr"
    assert said["cv-comptable"]["occupation"]["code"] in ("2411", "3313")
    assert said["offer-data"]["kind"] == "job_offer"
    assert said["offer-data"]["occupation"]["code"].startswith("25")


@pytest.mark.slow
def test_doctor_finds_all_the_quick_profile_needs(tmp_path: Path) -> None:
    assert all(c["ok"] for c in told("doctor", home=tmp_path))


@pytest.mark.slow
def test_status_of_an_empty_home_tells_what_to_do(tmp_path: Path) -> None:
    assert "talentflow quick" in talentflow("status", home=tmp_path).stdout


@pytest.mark.slow
def test_two_runs_at_once_do_not_write_to_one_home(tmp_path: Path) -> None:
    holder = "import sys, time; from talentflow.home import hold; from talentflow.settings import Settings\n"
    holder += "with hold(Settings()):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    with subprocess.Popen(
        [sys.executable, "-c", holder],
        env=environment(tmp_path),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        started = time.monotonic()
        done = talentflow("quick", "--simulate", "3", "--fresh", "--no-serve", home=tmp_path, check=75)
        assert "another run is writing" in done.stderr
        assert time.monotonic() - started < 60
        other.communicate("")


def test_the_command_reference_is_what_help_says() -> None:
    """`python -m talentflow.cli.reference > docs/cli.md` writes it."""
    from talentflow.cli.reference import reference

    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference()
