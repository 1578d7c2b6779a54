"""Measure how long a message takes from its producer to where the app can recommend it, in a home with documents in it.

    python -m benchmarks.freshness [--documents 2000] [--singles 30] [--bursts 3] [--lakehouse spark|deltalake] [--home FOLDER]

`talentflow stream` runs as a process of its own against a broker that is started for it. Single CVs are produced at random
moments, then bursts of ten. The clock of each starts before its producer sends it and stops when the published index, opened
as the app opens it, has it. Prints one JSON object. A `--home` that has been seeded before is used as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from flows.tasks import open_run
from flows.watcher import arrivals
from producers.ingest import produce
from talentflow import services
from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, open_eventlog
from talentflow.eventlog.messages import RawDocument, to_message
from talentflow.freshness import percentile
from talentflow.matching.index import open_index
from talentflow.settings import Settings
from talentflow.vectors import generations

BURST = 10
_CV = (
    "Data engineer\n\nExperience\nData engineer, Acme {n}, Paris, 2019 - 2024\nBuilt pipelines with Python and SQL\n\n"
    "Skills\nPython, SQL, Spark\n\nLanguages\nEnglish, French\n"
)


def seed(home: Path, documents: int) -> None:
    """A home with simulated documents in it, up to the index."""
    settings = Settings(home=home, ok_threshold=0.0)
    if generations.current(settings.index_dir) is None:
        with open_run(settings) as run:
            produce(run.eventlog, run.lakehouse, cvs=[], offers=[], simulate=documents, seed=5)
            arrivals(run)


def send(eventlog: EventLog, count: int) -> tuple[set[str], float]:
    """New CVs onto the log; their ids (nobody's name is on them, so that each is a candidate of its own), and when."""
    names = [uuid4().hex for _ in range(count)]
    sent = [RawDocument("bench", f"/{n}.txt", n, "text/plain", "cv", _CV.format(n=n).encode()) for n in names]
    at = time.time()
    now = datetime.now(UTC)
    eventlog.append(DOCUMENTS_TOPIC, [to_message(document, received_at=now) for document in sent])
    return {document.document_id for document in sent}, at


def seconds_until_there(settings: Settings, ids: set[str], at: float) -> float:
    """Until the published index has all of them."""
    seen = None
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        generation = generations.current(settings.index_dir)
        if generation != seen:
            seen = generation
            index = open_index(settings)
            if index is not None and ids <= index.candidates.row.keys():
                return round(time.time() - at, 2)
        time.sleep(0.05)
    raise SystemExit(f"not in the index after 300 s: {ids}")


def figures(seconds: list[float]) -> dict[str, Any]:
    return {"n": len(seconds), "p50": percentile(seconds, 0.5), "p95": percentile(seconds, 0.95), "most": max(seconds)}


def measure(settings: Settings, singles: int, bursts: int) -> dict[str, Any]:
    """The figures with a stream that has been running for one document."""
    said = {"eventlog": settings.eventlog, "lakehouse": settings.lakehouse, "home": settings.home}
    said |= {"kafka_bootstrap": settings.kafka_bootstrap, "kafka_topic_prefix": settings.kafka_topic_prefix}
    env = os.environ | {f"TALENTFLOW_{name.upper()}": str(value) for name, value in said.items()}
    eventlog = open_eventlog(settings)
    started = time.time()
    stream = subprocess.Popen([sys.executable, "-m", "talentflow", "stream"], env=env, stdout=subprocess.DEVNULL)
    try:
        first = seconds_until_there(settings, *send(eventlog, 1))
        took: dict[str, list[float]] = {"single": [], "burst": []}
        rng = random.Random(7)
        for kind, count, turns in (("single", 1, singles), ("burst", BURST, bursts)):
            for _ in range(turns):
                time.sleep(rng.uniform(0.0, 2.0))
                took[kind].append(seconds_until_there(settings, *send(eventlog, count)))
        stream.send_signal(signal.SIGTERM)
        ended = stream.wait(60)
    finally:
        stream.kill()
        eventlog.close()
    return {
        "lakehouse": settings.lakehouse,
        "from_start_to_first": first,
        "seconds": {kind: figures(seconds) for kind, seconds in took.items() if seconds},
        "all": took,
        "load": os.getloadavg()[0],
        "took": round(time.time() - started, 1),
        "exit": ended,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--singles", type=int, default=30)
    parser.add_argument("--bursts", type=int, default=3)
    parser.add_argument("--lakehouse", choices=["spark", "deltalake"], default="spark")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = options.home or Path(scratch) / "home"
        seed(home, options.documents)
        broker = Settings(home=Path(scratch) / "broker")
        (told,) = services.up(broker, ["kafka"])
        try:
            settings = Settings(
                home=home, eventlog="kafka", lakehouse=options.lakehouse, kafka_bootstrap=told["address"], kafka_partitions=2
            )
            print(json.dumps(measure(settings, options.singles, options.bursts), indent=1))
        finally:
            services.down(broker, ["kafka"])


if __name__ == "__main__":
    main()
