"""20,000 documents through a broker, Spark and Ray that are all killed on the way: nothing is lost, nothing is there twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from talentflow import services
from talentflow.lakehouse import open_lakehouse
from talentflow.settings import Settings
from talentflow.tables import CLASSIFICATIONS, DOCUMENTS, OUTCOMES, QUARANTINE, TEXTS
from tests.command import ROOT, environment
from tests.full.twenty_thousand import COUNT, expected

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark"), pytest.mark.timeout(1500)]

_WAIT_SECONDS = 400.0


def until(holds: Callable[[], bool], process: subprocess.Popen[Any] | None = None) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not holds():
        assert process is None or process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline, "it takes too long"


def start(home: Path, *command: str, **env: str) -> subprocess.Popen[str]:
    chosen = {"TALENTFLOW_PROFILE": "full", "TALENTFLOW_WAREHOUSE": "duckdb", "TALENTFLOW_WORKERS": "2"}
    env = environment(home, TALENTFLOW_BATCH_ROWS="2000", **chosen, **env)
    return subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, env=env, start_new_session=True, stdout=subprocess.PIPE, text=True
    )


def kill(process: subprocess.Popen[str]) -> None:
    """The process and its JVM, as a machine that loses power does."""
    for child in psutil.Process(process.pid).children(recursive=True):
        child.kill()
    process.kill()
    process.wait()


def kill_broker(pid: int) -> None:
    """And wait until its port is free, or the next broker takes another."""
    process = psutil.Process(pid)
    process.kill()
    process.wait()


def finish(process: subprocess.Popen[str]) -> None:
    assert process.wait(_WAIT_SECONDS) == 0


def test_nothing_is_lost_and_nothing_is_there_twice(tmp_path: Path, kafka_bootstrap: str) -> None:
    del kafka_bootstrap  # says whether a broker can be had here
    home = tmp_path / "home"
    settings = Settings(home=home)
    lakehouse = open_lakehouse(settings)
    (broker,) = services.up(settings, ["kafka"])
    running: list[subprocess.Popen[str]] = []
    try:
        producer = start(home, "tests.full.twenty_thousand", "produce")
        running.append(producer)
        assert producer.stdout is not None
        while int(producer.stdout.readline()) < COUNT // 2:
            pass
        kill_broker(broker["pid"])
        (again,) = services.up(settings, ["kafka"])
        assert again["address"] == broker["address"]
        finish(producer)

        landing = start(home, "tests.full.twenty_thousand", "die")
        running.append(landing)
        assert landing.wait(_WAIT_SECONDS) == -signal.SIGKILL
        assert lakehouse.count(OUTCOMES) > lakehouse.count(DOCUMENTS) > 0
        assert lakehouse.count(DOCUMENTS) < COUNT
        kill_broker(again["pid"])
        services.up(settings, ["kafka"])
        for _ in range(2):  # the second finds nothing
            landing = start(home, "tests.full.twenty_thousand", "land")
            running.append(landing)
            finish(landing)

        job = start(home, "ray_jobs.classify", TALENTFLOW_LAKEHOUSE="deltalake")
        running.append(job)
        until(lambda: lakehouse.count(TEXTS) > 0, job)
        for child in psutil.Process(job.pid).children(recursive=True):
            if "_Actor" in " ".join(child.cmdline()):
                child.kill()
        seen = lakehouse.count(TEXTS)
        until(lambda: lakehouse.count(TEXTS) > seen, job)
        kill(job)
        assert lakehouse.count(CLASSIFICATIONS) < COUNT
        job = start(home, "ray_jobs.classify", TALENTFLOW_LAKEHOUSE="deltalake")
        running.append(job)
        finish(job)
    finally:
        for process in running:
            if process.poll() is None:
                kill(process)
        services.down(settings, ["kafka"])

    sent = expected()
    for table in (DOCUMENTS, TEXTS, CLASSIFICATIONS):
        rows = lakehouse.read(table, ["document_id", "content_hash"]).to_pylist()
        assert len(rows) == COUNT, table.id
        assert {r["document_id"]: r["content_hash"] for r in rows} == sent, table.id
    assert lakehouse.count(QUARANTINE) == 0
    ended = lakehouse.read(OUTCOMES, ["document_id", "stage", "status"]).to_pylist()
    for stage in ("bronze", "parse", "classify"):
        assert {r["document_id"] for r in ended if r["stage"] == stage and r["status"] == "ok"} == sent.keys(), stage
    kinds = Counter(lakehouse.read(CLASSIFICATIONS, ["kind"])["kind"].to_pylist())
    assert kinds.keys() == {"cv", "job_offer", "other"}
