"""`talentflow ingest FILE --as interactions`: other systems' rows become events on what the tables have, without a name in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from producers.ingest import Ingested, Intake, ingest_target, open_intake
from producers.replay import replay_quarantine
from talentflow.bronze import land
from talentflow.errors import BadInput
from talentflow.eventlog import INTERACTIONS_TOPIC
from talentflow.ids import document_id
from talentflow.interactions import land_interactions
from talentflow.records import Identity
from talentflow.settings import Settings
from talentflow.stages import candidate_id
from talentflow.tables import CANDIDATES, DOCUMENTS, INGESTS, INTERACTIONS, QUARANTINE
from tests.command import talentflow, told
from tests.rows import candidate_row, table_of

OFFER, CV = document_id("acme", "jobs/42"), document_id("files", "/cvs/anna.pdf")
ANNA = Identity(candidate_id="", document_id="", name="Anna Keller", email="anna@example.org")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def documents(intake: Intake) -> None:
    """An offer of a board and a CV of a file, as bronze has them."""
    rows = [
        {"document_id": OFFER, "source": "acme", "source_uri": "https://acme.example/jobs/42", "source_key": "jobs/42"},
        {"document_id": CV, "source": "files", "source_uri": "/cvs/anna.pdf", "source_key": "/cvs/anna.pdf"},
    ]
    intake.lakehouse.upsert(DOCUMENTS, table_of(DOCUMENTS, *(row | {"content_hash": "h"} for row in rows)))
    intake.lakehouse.upsert(CANDIDATES, table_of(CANDIDATES, candidate_row(candidate_id(ANNA, CV)) | {"document_id": CV}))


def imported(settings: Settings, path: Path) -> tuple[Ingested, list[dict[str, Any]]]:
    """What an ingest of a file did, and the table after it."""
    with open_intake(settings) as intake:
        if not intake.lakehouse.count(DOCUMENTS):
            documents(intake)
        done = ingest_target(intake, str(path), kind="interactions")
        land(intake.eventlog, intake.lakehouse, run_id=intake.run_id, batch_rows=10)
        land_interactions(intake.eventlog, intake.lakehouse, run_id=intake.run_id)
        return done, sorted(intake.lakehouse.read(INTERACTIONS).to_pylist(), key=lambda row: row["occurred_at"])


def test_rows_of_another_system_become_events_on_our_offers_and_candidates(settings: Settings, tmp_path: Path) -> None:
    export = tmp_path / "history.csv"
    export.write_text(
        "Activity id;Stage;Job URL;Requisition ID;Candidate name;E-mail;User;Changed at\n"
        "1;Applied;https://acme.example/jobs/42;;Anna Keller;anna@example.org;;2026-11-01 10:00\n"
        "2;Phone screen;;42;Keller Anna;ANNA@example.org;Rita Recruiter;2026-11-03T09:00:00+01:00\n"
        "3;Rejeté;;R-999;Bob;;rita@acme.example;1762300800\n",
        encoding="utf-8",
    )
    done, rows = imported(settings, export)
    assert (done.error, done.documents, done.quarantined) == (None, 3, 0)
    anna = candidate_id(ANNA, CV)
    assert [(r["action"], r["offer_id"], r["candidate_id"]) for r in rows[1:]] == [
        ("apply", OFFER, anna),
        ("shortlist", OFFER, anna),
    ]
    assert (rows[0]["action"], rows[0]["offer_id"]) == ("reject", "R-999")
    assert [r["occurred_at"][:16] for r in rows] == ["2025-11-05T00:00", "2026-11-01T10:00", "2026-11-03T08:00"]
    assert rows[1]["actor_id"] == anna
    for personal in ("Anna", "Keller", "anna@", "Bob", "Rita", "rita@"):
        assert personal not in json.dumps(rows)


def test_a_file_that_is_read_again_or_grows_gives_only_what_is_new(settings: Settings, tmp_path: Path) -> None:
    export = tmp_path / "events.jsonl"
    lines = [
        json.dumps({"action": "view", "offer_id": OFFER, "actor": "a", "occurred_at": f"2026-11-01T1{n}:00Z"}) for n in range(3)
    ]
    export.write_text("\n".join(lines[:2]), encoding="utf-8")
    assert imported(settings, export)[0].documents == 2
    export.write_text("\n".join(reversed(lines)), encoding="utf-8")
    done, rows = imported(settings, export)
    assert (done.documents, done.skipped, len(rows)) == (1, 2, 3)


@pytest.mark.parametrize("landed_before", [False, True])
def test_events_that_only_wait_on_the_log_are_known_too(settings: Settings, tmp_path: Path, landed_before: bool) -> None:
    export = tmp_path / "events.json"
    export.write_text(json.dumps([{"id": 1, "action": "hire", "offer_id": "x", "date": "2026-11-01"}]), encoding="utf-8")
    for expected in (1, 0):
        with open_intake(settings) as intake:
            assert ingest_target(intake, str(export), kind="interactions").documents == expected
            if landed_before:
                land_interactions(intake.eventlog, intake.lakehouse, run_id=intake.run_id)
            assert intake.eventlog.end_offsets(INTERACTIONS_TOPIC) == {0: 1}


def test_a_bad_line_goes_to_quarantine_with_its_number_and_is_taken_once_it_is_mended(settings: Settings, tmp_path: Path) -> None:
    export = tmp_path / "events.jsonl"
    good = '{"action": "save", "offer_id": "o", "occurred_at": "2026-11-01"}'
    bad = [
        '{"action": "danced", "offer_id": "o", "occurred_at": "2026-11-01"}',
        '{"action": "save"',
        '{"action": "save", "at": "soon"}',
    ]
    export.write_text("\n".join([good, *bad]), encoding="utf-8")
    done, rows = imported(settings, export)
    assert (done.documents, done.quarantined, len(rows)) == (1, 3, 1)
    with open_intake(settings) as intake:
        held = sorted(intake.lakehouse.read(QUARANTINE).to_pylist(), key=lambda row: row["source_uri"])
        assert [(h["source_uri"].rpartition("#")[2], h["error_code"], h["payload"].decode()) for h in held] == [
            ("line=2", "bad_interaction", bad[0]),
            ("line=3", "malformed_json", bad[1]),
            ("line=4", "bad_interaction", bad[2]),
        ]
        assert "action: none of view" in held[0]["detail"]
    export.write_text("\n".join([good, bad[0].replace("danced", "hired"), *bad[1:]]), encoding="utf-8")
    with open_intake(settings) as intake:
        replayed = replay_quarantine(intake, "bronze")
        assert (replayed.replayed, replayed.unreadable) == (1, 2)
        land_interactions(intake.eventlog, intake.lakehouse, run_id="2")
        assert sorted(intake.lakehouse.read(INTERACTIONS)["action"].to_pylist()) == ["hire", "save"]


def test_a_mapping_says_what_the_columns_are(settings: Settings, tmp_path: Path) -> None:
    export = tmp_path / "odd.csv"
    export.write_text("was,wann,stelle,id\nhired,2026-11-01T10:00:00Z,https://acme.example/jobs/42,secret\n", encoding="utf-8")
    columns = {"was": "action", "wann": "occurred_at", "stelle": "offer_url", "id": "leave out"}
    (tmp_path / "odd.csv.mapping.yaml").write_text(
        "kind: interactions\ncolumns:\n" + "".join(f"  {k}: {v}\n" for k, v in columns.items()), encoding="utf-8"
    )
    done, rows = imported(settings, export)
    assert (done.documents, [(r["action"], r["offer_id"]) for r in rows]) == (1, [("hire", OFFER)])
    with open_intake(settings) as intake:
        as_documents = ingest_target(intake, str(export))
        assert (as_documents.documents, as_documents.quarantined) == (0, 1)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("cv.pdf", b"%PDF-1.7", "unknown_format"),
        ("none.csv", b"action,offer_id\n", "empty_document"),
        ("empty.csv", b"", "empty_document"),
    ],
)
def test_a_file_of_no_rows_is_said(settings: Settings, tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    done, rows = imported(settings, tmp_path / name)
    assert (done.quarantined, rows) == (1, [])
    with open_intake(settings) as intake:
        assert intake.lakehouse.read(QUARANTINE)["error_code"].to_pylist() == [code]


def test_a_configured_source_of_interactions_is_ingested_by_name(settings: Settings, tmp_path: Path) -> None:
    settings.home.mkdir()
    (tmp_path / "events.jsonl").write_text('{"action": "view", "offer_id": "o", "at": "2026-11-01"}\n', encoding="utf-8")
    settings.sources_file.write_text(
        f"ats-history:\n  type: interactions\n  paths: [{tmp_path / 'events.jsonl'}]\n", encoding="utf-8"
    )
    with open_intake(settings) as intake:
        assert ingest_target(intake, "ats-history").documents == 1
        assert isinstance(ingest_target(intake, "ats-history", kind="cv").error, BadInput)
        assert intake.lakehouse.read(INGESTS)["type"].to_pylist() == ["interactions"]


def test_the_command_line_takes_them(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(
        '{"action": "view", "offer_id": "o", "at": "2026-11-01"}\nnonsense\n', encoding="utf-8"
    )
    (done,) = told("ingest", tmp_path / "events.jsonl", "--as", "interactions", home=tmp_path / "home")["targets"]
    assert (done["documents"], done["quarantined"], done["error"]) == (1, 1, None)
    refused = talentflow("ingest", "postgresql://localhost/x", "--as", "interactions", home=tmp_path / "home", check=1)
    assert "cannot be read as interactions" in refused.stderr
