"""Measure whether the time a document takes grows with their number: the full profile's stages on 10,000 and on 100,000.

    python -m benchmarks.growth [--counts 10000 100000]

Short CVs and offers, made here, through a broker that is started for it: Spark lands and extracts them, Ray's actors parse and
classify them, each count into a home of its own, in one process, after a small home that warms Spark and Ray. Prints one
JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from flows import tasks
from flows.tasks import open_run
from talentflow import services
from talentflow.eventlog import DOCUMENTS_TOPIC, Message, open_eventlog
from talentflow.eventlog.messages import RawDocument, to_message
from talentflow.settings import Settings

_STAGES = (tasks.bronze, tasks.parse, tasks.classify, tasks.extract)
_WARM = 1_000
_TEXTS = (
    "Person {n}\nperson{n}@example.org\nData engineer\n\n"
    "Experience\nData engineer, Company {n}, Lyon, 2019 - 2024\nPython, SQL, Spark\n\n"
    "Education\nMSc Computer Science, 2018\n\nLanguages\nEnglish, French",
    "Baker (m/f), bakery {n} in Lille\n\nRequirements\n{m} years of experience, early shifts\n\n"
    "We offer\nPermanent contract, 25,000 EUR a year",
)


def messages(count: int) -> Iterator[Message]:
    """By turns a CV and an offer, all different."""
    for n in range(count):
        text = _TEXTS[n % 2].format(n=n, m=n % 9 + 1)
        document = RawDocument("bench", f"/documents/{n}.txt", str(n), "text/plain", ("cv", "job_offer")[n % 2], text.encode())
        yield to_message(document, received_at=datetime.now(UTC))


def measure(settings: Settings, count: int) -> dict[str, Any]:
    """Seconds of each stage on `count` documents in a new home, and milliseconds a document."""
    settings.home.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    eventlog = open_eventlog(settings)
    eventlog.append(DOCUMENTS_TOPIC, messages(count))
    eventlog.close()
    seconds = {"produce": time.perf_counter() - started}
    with open_run(settings) as run:
        for stage in _STAGES:
            report = stage.fn(run)
            assert report.ok == count, (report.name, report.as_json())
            seconds[report.name] = report.seconds
    each = {name: round(took * 1000 / count, 3) for name, took in seconds.items()}
    return {
        "seconds": {name: round(took, 1) for name, took in seconds.items()},
        "milliseconds_a_document": each | {"all": round(sum(each.values()), 3)},
        "driver_mib": round(psutil.Process().memory_info().rss / 2**20),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 100_000])
    options = parser.parse_args()
    os.environ["TALENTFLOW_BATCH_ROWS"] = "2000"
    with tempfile.TemporaryDirectory() as scratch:
        brokers = Settings(home=Path(scratch))
        (told,) = services.up(brokers, ["kafka"])
        try:
            found: dict[str, Any] = {}
            for n, count in enumerate([_WARM, *options.counts]):
                settings = Settings(
                    home=Path(scratch) / f"home{n}",
                    profile="full",
                    warehouse="duckdb",
                    vectors="faiss",
                    cache="none",
                    kafka_bootstrap=told["address"],
                    kafka_topic_prefix=f"growth{n}.",
                )
                found[f"{count:,}"] = measure(settings, count)
        finally:
            services.down(brokers, ["kafka"])
    small, large = (found[f"{count:,}"]["milliseconds_a_document"]["all"] for count in (options.counts[0], options.counts[-1]))
    print(json.dumps({"load": os.getloadavg()[0], "documents": found, "ratio": round(large / small, 3)}, indent=1))


if __name__ == "__main__":
    main()
