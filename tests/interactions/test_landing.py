"""Event log to silver.interactions: once each, whatever order, twin or kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.ingest import open_intake
from producers.replay import replay_quarantine
from talentflow.eventlog import INTERACTIONS_TOPIC, EventLog, Message
from talentflow.eventlog.messages import interaction_message
from talentflow.eventlog.sqlite import SqliteEventLog
from talentflow.ids import content_hash
from talentflow.interactions import land_interactions
from talentflow.lakehouse import Lakehouse
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.records import Interaction
from talentflow.report import StageReport
from talentflow.settings import Settings
from talentflow.tables import CANDIDATES, INTERACTIONS, JOB_OFFERS, OUTCOMES, QUARANTINE
from tests.command import ROOT
from tests.interactions.events import event
from tests.rows import candidate_row, offer_row, table_of


@pytest.fixture
def eventlog(tmp_path: Path) -> Iterator[EventLog]:
    log = SqliteEventLog(tmp_path / "eventlog.sqlite")
    yield log
    log.close()


@pytest.fixture
def lakehouse(tmp_path: Path) -> Lakehouse:
    return DeltaLakehouse(tmp_path / "lake")


def landed(eventlog: EventLog, lakehouse: Lakehouse, *sent: Interaction | bytes, run_id: str = "1") -> StageReport:
    messages = [Message("key", s) if isinstance(s, bytes) else interaction_message(s) for s in sent]
    eventlog.append(INTERACTIONS_TOPIC, messages)
    return land_interactions(eventlog, lakehouse, run_id=run_id, batch_events=10)


def rows(lakehouse: Lakehouse) -> list[dict[str, Any]]:
    return sorted(lakehouse.read(INTERACTIONS).to_pylist(), key=lambda row: row["event_id"])


def test_events_are_rows_once_and_a_run_with_nothing_new_writes_nothing(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    events = [event(f"e{n:02d}", action="apply") for n in range(25)]
    report = landed(eventlog, lakehouse, *events)
    assert (report.read, report.ok, report.rows_written) == (25, 25, 50)
    assert rows(lakehouse) == [e.model_dump() for e in events]
    version = lakehouse.version(INTERACTIONS)
    again = landed(eventlog, lakehouse, run_id="2")
    assert (again.read, again.rows_written, lakehouse.version(INTERACTIONS)) == (0, 0, version)


def test_each_event_has_an_outcome(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    landed(eventlog, lakehouse, event("e1"), b"{}", event("e1", action="hire", occurred_at="2026-11-27T09:00:00Z"))
    ends = {(o["stage"], o["status"], o["error_code"]) for o in lakehouse.read(OUTCOMES).to_pylist()}
    assert ends == {
        ("interactions", "ok", None),
        ("interactions", "quarantined", "malformed_message"),
        ("interactions", "skipped", "duplicate"),
    }


def test_an_event_that_is_sent_again_changes_nothing(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    landed(eventlog, lakehouse, event("e1"), event("e1"))
    report = landed(eventlog, lakehouse, event("e1"), run_id="2")
    assert (report.skipped, report.rows_written) == (1, 0)
    assert len(rows(lakehouse)) == 1


@settings(deadline=None, max_examples=8)
@given(st.permutations([("view", "10:00"), ("save", "09:00"), ("apply", "09:30"), ("save", "09:00")]), st.integers(1, 3))
def test_of_messages_with_one_id_the_earliest_counts_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, str]], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("twins")
    eventlog, lakehouse = SqliteEventLog(folder / "eventlog.sqlite"), DeltaLakehouse(folder / "lake")
    events = [event("e1", action=action, occurred_at=f"2026-11-26T{at}:00Z") for action, at in said]
    landed(eventlog, lakehouse, *events[:cut])
    landed(eventlog, lakehouse, *events[cut:], run_id="2")
    eventlog.close()
    assert [(row["action"], row["occurred_at"]) for row in rows(lakehouse)] == [("save", "2026-11-26T09:00:00.000Z")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"action": "hired"}, "action"),
        ({"occurred_at": "yesterday"}, "not a time"),
        ({"occurred_at": "2026-11-26T09:00:00"}, "without its zone"),
        ({"offer_id": None, "candidate_id": ""}, "one of them has to be given"),
        ({"event_id": " "}, "neither may be empty"),
        ({"actor_id": "x" * 129}, "at most 128"),
        ({"candidate_id": "a\u0000b"}, "printable"),
        ({"name": "Anna"}, "name"),
    ],
)
def test_what_is_no_interaction_goes_to_quarantine_with_its_payload(
    eventlog: EventLog, lakehouse: Lakehouse, change: dict[str, Any], why: str
) -> None:
    payload = json.dumps(event("e1").model_dump() | change).encode()
    report = landed(eventlog, lakehouse, payload, event("e2"))
    assert (report.ok, report.errors) == (1, {"malformed_message": 1})
    (held,) = lakehouse.read(QUARANTINE).to_pylist()
    assert (held["stage"], held["error_code"], held["payload"]) == ("interactions", "malformed_message", payload)
    assert why in held["detail"]
    assert [row["event_id"] for row in rows(lakehouse)] == ["e2"]


def test_times_are_kept_in_utc_and_empty_ids_as_nothing(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    landed(eventlog, lakehouse, event("e1", occurred_at="2026-11-26T10:00:00.5+02:00", candidate_id="", session_id=None))
    (row,) = rows(lakehouse)
    assert (row["occurred_at"], row["candidate_id"], row["session_id"]) == ("2026-11-26T08:00:00.500Z", None, None)


def test_events_on_what_the_tables_do_not_have_are_kept_and_counted(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("o1")))
    lakehouse.upsert(CANDIDATES, table_of(CANDIDATES, candidate_row("c1")))
    report = landed(eventlog, lakehouse, event("e1"), event("e2", offer_id="gone"), event("e3", candidate_id=None))
    assert report.details == {"unknown_offers": 1, "unknown_candidates": 0}
    assert len(rows(lakehouse)) == 3


@pytest.mark.parametrize(
    ("table", "moment"),
    [
        ("bronze.quarantine", "after"),
        ("ops.outcomes", "after"),
        ("silver.interactions", "before"),
        ("silver.interactions", "after"),
    ],
)
def test_a_killed_landing_is_finished_by_the_next(
    eventlog: EventLog, lakehouse: Lakehouse, tmp_path: Path, table: str, moment: str
) -> None:
    events = [event(f"e{n:02d}") for n in range(15)]
    eventlog.append(INTERACTIONS_TOPIC, [Message("k", b"nonsense"), *map(interaction_message, events)])
    command = [sys.executable, "-m", "tests.interactions.land_until", str(tmp_path), table, moment]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    land_interactions(eventlog, lakehouse, run_id="2", batch_events=10)
    assert rows(lakehouse) == [e.model_dump() for e in events]
    assert lakehouse.count(QUARANTINE) == 1
    ended = {o["document_id"] for o in lakehouse.read(OUTCOMES).to_pylist()}
    assert len(ended) == 16


def test_a_message_that_is_understood_by_now_can_be_replayed(tmp_path: Path) -> None:
    home = Settings(home=tmp_path / "home")
    with open_intake(home) as intake:
        landed(intake.eventlog, intake.lakehouse, event("e1", occurred_at="never"), event("e2", occurred_at="never"))
        (first, _) = intake.lakehouse.read(QUARANTINE).to_pylist()
        mended = event("e1").model_dump_json().encode()
        intake.lakehouse.upsert(
            QUARANTINE, table_of(QUARANTINE, first | {"payload": mended, "content_hash": content_hash(mended)})
        )
        done = replay_quarantine(intake, "interactions")
        assert (done.found, done.replayed, done.unreadable) == (2, 1, 1)
        land_interactions(intake.eventlog, intake.lakehouse, run_id="2")
        assert [row["event_id"] for row in rows(intake.lakehouse)] == ["e1"]
        assert intake.lakehouse.count(QUARANTINE) == 1
