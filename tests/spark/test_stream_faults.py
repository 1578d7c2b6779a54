"""kill -9 of the stream and of its broker, and its orderly end: nothing lost, nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

import psutil
import pytest

from talentflow import services
from talentflow.bronze import land
from talentflow.errors import ServiceUnavailable
from talentflow.eventlog import DOCUMENTS_TOPIC, Message, open_eventlog
from talentflow.eventlog.messages import RawDocument, to_message
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.matching.index import open_index
from talentflow.settings import Settings
from tests.command import ROOT, environment, talentflow
from tests.spark.histories import FIRST, SECOND, contents, put, settings_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark"), pytest.mark.timeout(600)]

KILLS = [
    ("ops.outcomes", "before", 1),
    ("ops.outcomes", "after", 1),
    ("bronze.documents", "before", 1),
    # the rows are in, and how far the log has landed is not noted yet
    ("bronze.documents", "after", 1),
    # it is noted, and Spark's checkpoint does not know it
    ("bronze.documents", "after", 1),
]


def of(settings: Settings) -> dict[str, str]:
    """The environment that gives a process these settings."""
    return {
        "TALENTFLOW_EVENTLOG": settings.eventlog,
        "TALENTFLOW_LAKEHOUSE": settings.lakehouse,
        "TALENTFLOW_KAFKA_BOOTSTRAP": settings.kafka_bootstrap or "",
        "TALENTFLOW_KAFKA_TOPIC_PREFIX": settings.kafka_topic_prefix,
        "TALENTFLOW_KAFKA_PARTITIONS": str(settings.kafka_partitions),
        "TALENTFLOW_SPARK_MASTER": "local[2]",
    }


def land_until(settings: Settings, table: str, moment: str, nth: int, writer: str) -> int:
    command = [sys.executable, "-m", "tests.spark.stream_until", table, moment, str(nth), writer]
    env = environment(settings.home, **of(settings))
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=240, check=False).returncode


def test_a_stream_that_is_killed_at_one_write_after_the_other_leaves_what_an_undisturbed_one_leaves(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path / "killed", kafka_bootstrap)
    put(settings, FIRST)
    assert land_until(settings, "-", "after", 1, "here") == 0
    put(settings, SECOND)
    for table, moment, nth in KILLS:
        assert land_until(settings, table, moment, nth, "spark") == -signal.SIGKILL, (table, moment)
    assert land_until(settings, "-", "after", 1, "spark") == 0
    undisturbed = DeltaLakehouse(tmp_path / "undisturbed" / "lake")
    eventlog = open_eventlog(settings)
    land(eventlog, undisturbed, run_id="1", batch_rows=len(FIRST))
    eventlog.close()
    assert contents(tmp_path / "killed") == contents(tmp_path / "undisturbed")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Settings]:
    """The home of a broker of this test's own."""
    settings = Settings(home=tmp_path / "broker")
    services.up(settings, ["kafka"])
    yield settings
    services.down(settings, ["kafka"])


def cv(name: str) -> Message:
    text = (
        f"{name} Keller\n{name.lower()}@example.org\n\nData engineer\n\nExperience\nData engineer, Nordlys\n2019 - 2024\n\n"
        f"Skills\nPython, SQL\n"
    )
    raw = RawDocument("files", f"/cvs/{name}.txt", name, "text/plain", "cv", text.encode())
    return to_message(raw, received_at=datetime.now(UTC))


def put_when_it_answers(settings: Settings, messages: list[Message]) -> None:
    """A broker listens before it answers."""
    deadline = time.monotonic() + 120
    while True:
        try:
            return put(settings, messages)
        except ServiceUnavailable:
            assert time.monotonic() < deadline


class Running:
    """`talentflow stream --json`, and what it says."""

    def __init__(self, settings: Settings) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "talentflow", "stream", "--json"],
            cwd=ROOT,
            env=environment(settings.home, **of(settings)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._said: Queue[dict[str, Any]] = Queue()
        self._errors: list[str] = []
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        Thread(target=self._listen, args=(self.process.stdout,), daemon=True).start()
        Thread(target=lambda err: self._errors.extend(err), args=(self.process.stderr,), daemon=True).start()

    def _listen(self, out: IO[str]) -> None:
        for line in out:
            self._said.put(json.loads(line))

    def until_recommendable(self, documents: int) -> None:
        """Until it has said of so many documents that they can be recommended."""
        deadline = time.monotonic() + 240
        while documents > 0:
            try:
                documents -= self._said.get(timeout=1)["documents"]
            except Empty:
                assert self.process.poll() is None, "".join(self._errors)
                assert time.monotonic() < deadline, "".join(self._errors)


def test_a_cv_is_recommendable_in_seconds_also_after_the_broker_was_killed_and_the_stream_ends_when_it_is_asked_to(
    broker: Settings, tmp_path: Path
) -> None:
    (told,) = services.status(broker, ["kafka"])
    settings = settings_of(tmp_path / "home", told["address"])
    running = Running(settings)
    try:
        put(settings, [cv("Anna")])
        running.until_recommendable(1)
        refused = talentflow("stream", home=settings.home, check=75, **of(settings))
        assert "another stream" in refused.stderr

        os.kill(told["pid"], signal.SIGKILL)
        services.up(broker, ["kafka"])
        put_when_it_answers(settings, [cv("Berta"), cv("Clara")])
        running.until_recommendable(2)
        index = open_index(settings)
        assert index is not None
        assert len(index.candidates.ids) == 3

        children = psutil.Process(running.process.pid).children(recursive=True)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0
        _, alive = psutil.wait_procs(children, timeout=30)
        assert not alive
        eventlog = open_eventlog(settings)
        assert sum(eventlog.end_offsets(DOCUMENTS_TOPIC).values()) == 3
        eventlog.close()
        stages = ("bronze", "parse", "classify", "extract", "gate", "embed")
        assert [len(rows) for rows in contents(settings.home).values()] == [3, 0, 0, 3 * len(stages)]
    finally:
        running.process.kill()
        running.process.wait()
