"""The stream without Spark: what is put on the log is recommendable, and what interrupts it loses nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from flows import stream
from flows.stream import run_stream
from talentflow.errors import Busy, ServiceUnavailable, StorageFull
from talentflow.eventlog import DOCUMENTS_TOPIC, open_eventlog
from talentflow.eventlog.messages import RawDocument, to_message
from talentflow.freshness import load_freshness
from talentflow.home import hold, hold_stream
from talentflow.lakehouse import open_lakehouse
from talentflow.matching.index import open_index
from talentflow.settings import Settings
from talentflow.tables import OUTCOMES

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, workers=1)


def put(settings: Settings, name: str) -> None:
    """A CV onto the log."""
    text = f"{name} Keller\n{name.lower()}@example.org\n\nData engineer\n\nExperience\nData engineer, Nordlys\n2019 - 2024\n"
    document = RawDocument("files", f"/cvs/{name}.txt", name, "text/plain", "cv", text.encode())
    eventlog = open_eventlog(settings)
    eventlog.append(DOCUMENTS_TOPIC, [to_message(document, received_at=datetime.now(UTC))])
    eventlog.close()


def recommendable(settings: Settings) -> int:
    index = open_index(settings)
    return len(index.candidates.ids) if index else 0


@contextmanager
def running(settings: Settings) -> Iterator[list[dict[str, Any]]]:
    """A stream in a thread, and what it tells; asked to end at the end, when its error is raised here."""
    stop, listening, told, errors = Event(), Event(), list[dict[str, Any]](), list[BaseException]()

    def run() -> None:
        try:
            run_stream(settings, stop, told.append, listening.set)
        except BaseException as error:  # noqa: BLE001 - raised in the test
            errors.append(error)
            listening.set()

    thread = Thread(target=run)
    thread.start()
    assert listening.wait(120)
    try:
        yield told
    finally:
        stop.set()
        thread.join(120)
    if errors:
        raise errors[0]


def until(told: list[dict[str, Any]], documents: int) -> None:
    deadline = time.monotonic() + 120
    while sum(t["documents"] for t in told) < documents:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_is_put_on_the_log_is_recommendable_and_told_with_its_freshness(settings: Settings) -> None:
    put(settings, "Anna")
    with running(settings) as told:
        until(told, 1)
        assert recommendable(settings) == 1
        put(settings, "Berta")
        until(told, 2)
        assert recommendable(settings) == 2
        assert 0 < told[-1]["p50"] <= told[-1]["p95"] < 60
        with pytest.raises(Busy, match="another stream"):
            run_stream(settings, Event(), told.append)
    fresh = load_freshness(settings)
    assert fresh is not None
    assert fresh["documents"] == 2


def test_it_waits_for_another_run_and_goes_on_after_what_time_mends(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [ServiceUnavailable("the brokers are away: wait")]
    arrivals = stream.arrivals

    def sometimes(run: Any) -> None:
        if faults:
            raise faults.pop()
        arrivals(run)

    monkeypatch.setattr(stream, "arrivals", sometimes)
    monkeypatch.setattr(stream, "DELAYS", (0.01,))
    with running(settings) as told:
        with hold(settings):
            put(settings, "Anna")
            assert sum(t["documents"] for t in told) == 0
        until(told, 1)
    assert not faults


def test_what_somebody_must_mend_ends_it_and_the_next_stream_takes_what_was_left(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = stream.note_freshness

    def full(*_: Any) -> None:
        raise StorageFull("the disk is full: make room")

    put(settings, "Anna")
    monkeypatch.setattr(stream, "note_freshness", full)
    with pytest.raises(StorageFull), running(settings):
        pass
    with hold_stream(settings):
        pass
    monkeypatch.setattr(stream, "note_freshness", publish)
    put(settings, "Berta")
    with running(settings) as told:
        until(told, 1)
    assert recommendable(settings) == 2
    rows = open_lakehouse(settings).read(OUTCOMES, ["document_id", "stage"]).to_pylist()
    assert len(rows) == len({tuple(r.values()) for r in rows})
