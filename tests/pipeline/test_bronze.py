"""Event log to bronze: rows and offsets commit together, and every message ends somewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from talentflow.bronze import land
from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, Message, open_eventlog
from talentflow.eventlog.messages import RawDocument, to_message
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.settings import Settings
from talentflow.tables import DOCUMENTS, OUTCOMES, QUARANTINE


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def lakehouse(settings: Settings) -> Lakehouse:
    return open_lakehouse(settings)


@pytest.fixture
def eventlog(settings: Settings) -> EventLog:
    return open_eventlog(settings)


def message(key: str, content: bytes) -> Message:
    document = RawDocument("files", f"/cvs/{key}", key, "text/plain", "cv", content)
    return to_message(document, received_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_what_was_landed_is_not_read_again(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    eventlog.append(DOCUMENTS_TOPIC, [message("a", b"one"), message("b", b"two")])
    assert land(eventlog, lakehouse, run_id="1", batch_rows=1).ok == 2
    eventlog.append(DOCUMENTS_TOPIC, [message("c", b"three")])
    assert land(eventlog, lakehouse, run_id="2", batch_rows=1).read == 1
    assert sorted(lakehouse.read(DOCUMENTS)["content"].to_pylist()) == [b"one", b"three", b"two"]


def test_the_last_version_of_a_document_counts(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    eventlog.append(DOCUMENTS_TOPIC, [message("a", b"old"), message("a", b"new")])
    land(eventlog, lakehouse, run_id="1", batch_rows=10)
    eventlog.append(DOCUMENTS_TOPIC, [message("a", b"newest")])
    land(eventlog, lakehouse, run_id="2", batch_rows=10)
    assert lakehouse.read(DOCUMENTS)["content"].to_pylist() == [b"newest"]


def test_the_same_bytes_under_another_name_are_skipped_and_say_of_which(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    eventlog.append(DOCUMENTS_TOPIC, [message("a", b"same"), message("copy", b"same")])
    report = land(eventlog, lakehouse, run_id="1", batch_rows=10)
    assert (report.ok, report.skipped) == (1, 1)
    skipped = [o for o in lakehouse.read(OUTCOMES).to_pylist() if o["status"] == "skipped"]
    assert "/cvs/a" in skipped[0]["detail"]


def test_a_malformed_message_is_quarantined_with_its_bytes_and_never_stops_the_rest(
    eventlog: EventLog, lakehouse: Lakehouse
) -> None:
    eventlog.append(DOCUMENTS_TOPIC, [Message("x", b"{not json"), message("a", b"one"), Message("y", b'{"document_id": 7}')])
    report = land(eventlog, lakehouse, run_id="1", batch_rows=10)
    assert (report.ok, report.quarantined) == (1, 2)
    rows = lakehouse.read(QUARANTINE).to_pylist()
    assert {r["error_code"] for r in rows} == {"malformed_message"}
    assert {r["payload"] for r in rows} == {b"{not json", b'{"document_id": 7}'}
    assert land(eventlog, lakehouse, run_id="2", batch_rows=10).read == 0


def test_a_batch_of_rejections_alone_moves_the_offset(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    eventlog.append(DOCUMENTS_TOPIC, [Message("x", b"noise"), Message("y", b"more noise")])
    assert land(eventlog, lakehouse, run_id="1", batch_rows=1).quarantined == 2
    assert land(eventlog, lakehouse, run_id="2", batch_rows=1).read == 0
