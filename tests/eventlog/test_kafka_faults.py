"""What the log on brokers does when they halt, die and come back: on a broker of its own."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from talentflow import services
from talentflow.errors import ServiceUnavailable
from talentflow.eventlog import EventLog, Message, kafka, open_eventlog
from talentflow.settings import Settings
from tests.conftest import started
from tests.contracts.test_eventlog import offsets_have_no_gaps, read_all

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("kafka_faults")]
PATIENCE = 200.0
QUEUE = 100
Open = Callable[[], EventLog]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    settings = Settings(home=tmp_path_factory.mktemp("broker"))
    started(settings, "kafka")
    yield settings
    services.down(settings, ["kafka"])


@pytest.fixture
def open_log(broker: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens this test's log; its queue is small."""
    monkeypatch.setattr(kafka, "PRODUCER", kafka.PRODUCER | {"queue.buffering.max.messages": QUEUE})
    (told,) = services.status(broker, ["kafka"])
    settings = Settings(
        home=broker.home,
        eventlog="kafka",
        kafka_bootstrap=told["address"],
        kafka_topic_prefix=f"{uuid4().hex}.",
        kafka_partitions=2,
    )
    opened: list[EventLog] = []

    def open_() -> EventLog:
        opened.append(open_eventlog(settings))
        return opened[-1]

    yield open_
    for log in opened:
        log.close()


@contextmanager
def halted(broker: Settings) -> Iterator[None]:
    pid = services.status(broker, ["kafka"])[0]["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def numbered(count: int, handed: list[int] | None = None) -> Iterator[Message]:
    """Messages of two keys; `handed` says which were asked for."""
    for n in range(count):
        if handed is not None:
            handed.append(n)
        yield Message(f"k{n % 2}", b"%d" % n)


def values_by_key(log: EventLog) -> dict[str, list[int]]:
    received = read_all(log, "numbers")
    assert offsets_have_no_gaps(received)
    return {key: [int(m.value) for m in received if m.key == key] for key in ("k0", "k1")}


def test_a_full_queue_waits_for_a_broker_that_halts(broker: Settings, open_log: Open) -> None:
    log = open_log()
    log.append("numbers", [Message("k0", b"-1")])
    handed: list[int] = []
    with ThreadPoolExecutor(1) as threads:
        with halted(broker):
            appending = threads.submit(log.append, "numbers", numbered(5000, handed))
            until(lambda: len(handed) > QUEUE)
            wait([appending], timeout=1)
            assert not appending.done(), "nothing is acknowledged that the broker does not have"
            assert len(handed) <= QUEUE + 1, "what is waiting is bounded"
        assert appending.result(PATIENCE) == 5000
    assert values_by_key(log) == {"k0": [-1, *range(0, 5000, 2)], "k1": list(range(1, 5000, 2))}


def test_a_broker_that_halts_for_too_long_is_said_and_all_can_be_sent_again(
    broker: Settings, open_log: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "_DELIVERY_SECONDS", 3.0)
    monkeypatch.setattr(kafka, "PRODUCER", kafka.PRODUCER | {"delivery.timeout.ms": 3000})
    log = open_log()
    log.append("numbers", [Message("k0", b"-1")])
    with halted(broker), pytest.raises(ServiceUnavailable, match="try again"):
        log.append("numbers", numbered(500))
    monkeypatch.undo()
    assert open_log().append("numbers", numbered(500)) == 500
    found = values_by_key(log)
    assert (set(found["k0"]), set(found["k1"])) == ({-1, *range(0, 500, 2)}, set(range(1, 500, 2)))


def test_a_broker_that_dies_in_the_middle_of_an_append_loses_nothing_and_has_nothing_twice(
    broker: Settings, open_log: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a start may take long on a machine that others use too
    monkeypatch.setattr(kafka, "_DELIVERY_SECONDS", PATIENCE)
    monkeypatch.setattr(kafka, "PRODUCER", kafka.PRODUCER | {"delivery.timeout.ms": int(PATIENCE * 1000)})
    log, watch = open_log(), open_log()
    (before,) = services.status(broker, ["kafka"])

    def start_again() -> list[dict[str, Any]]:
        until(lambda: not services.status(broker, ["kafka"])[0]["up"])  # a signal takes its time
        return services.up(broker, ["kafka"])

    def dying() -> Iterator[Message]:
        for n, message in enumerate(numbered(20_000)):
            if n == 10_000:
                assert sum(watch.end_offsets("numbers").values()) > 5000, "the broker has some of them"
                os.kill(before["pid"], signal.SIGKILL)
                again.append(threads.submit(start_again))
            yield message

    again: list[Future[list[dict[str, Any]]]] = []
    with ThreadPoolExecutor(1) as threads:
        assert log.append("numbers", dying()) == 20_000
        (after,) = again[0].result()
    assert (after["address"], after["pid"] == before["pid"]) == (before["address"], False)
    assert values_by_key(log) == {"k0": list(range(0, 20_000, 2)), "k1": list(range(1, 20_000, 2))}
