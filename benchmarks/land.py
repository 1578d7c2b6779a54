"""Measure how fast Spark lands messages in bronze, next to a bare job that only copies Kafka to Delta.

    python -m benchmarks.land [--messages 20000] [--rounds 3]

Both read the same topic of a broker that is started for it, to its end, in the same session with the same settings, in turn; each
round into new folders. The bare job appends what Kafka holds as it is: no message is read, nothing is told apart, and nothing
is safe against being read twice. A small round before warms both. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spark_jobs.bronze import land_available
from spark_jobs.messages import MOST_MESSAGES
from talentflow import services
from talentflow.eventlog import DOCUMENTS_TOPIC, Message, open_eventlog
from talentflow.eventlog.messages import RawDocument, to_message
from talentflow.lakehouse.spark import SparkLakehouse
from talentflow.settings import Settings
from talentflow.spark import open_spark

_LINE = "{n} {k}: built pipelines of data with Python and SQL for a team of {m}, on time and within the budget of the year.\n"


def messages(count: int) -> Iterator[Message]:
    """Documents of some 4 KB, all different."""
    for n in range(count):
        text = "".join(_LINE.format(n=n, k=k, m=(n * k) % 97) for k in range(36))
        document = RawDocument("bench", f"/cvs/{n}.txt", str(n), "text/plain", "cv", text.encode())
        yield to_message(document, received_at=datetime.now(UTC))


def bare(settings: Settings, folder: Path) -> float:
    """Seconds of a job that copies the topic."""
    spark = open_spark(settings)
    started = time.perf_counter()
    frame = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", settings.kafka_bootstrap or "")
        .option("subscribe", f"{settings.kafka_topic_prefix}{DOCUMENTS_TOPIC}")
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", MOST_MESSAGES)
        .load()
        .select("key", "value", "topic", "partition", "offset", "timestamp")
    )
    query = frame.writeStream.format("delta").option("checkpointLocation", str(folder / "checkpoint"))
    query.trigger(availableNow=True).start(str(folder / "table")).awaitTermination()
    return time.perf_counter() - started


def ours(settings: Settings, home: Path) -> float:
    """Seconds of `land_available` into a new home."""
    settings = settings.model_copy(update={"home": home})
    lakehouse = SparkLakehouse(open_spark(settings), str(settings.lake_dir))
    started = time.perf_counter()
    land_available(settings, lakehouse, run_id="1")
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        (told,) = services.up(Settings(home=home), ["kafka"])
        try:
            print(json.dumps(measure(home, told["address"], options.messages, options.rounds), indent=1))
        finally:
            services.down(Settings(home=home), ["kafka"])


def measure(home: Path, bootstrap: str, count: int, rounds: int) -> dict[str, Any]:
    """The figures of all rounds."""
    took: dict[str, list[float]] = {"bare": [], "ours": []}
    for topic, n, turns in (("warm.", 500, 1), ("cold.", count, rounds)):
        settings = Settings(home=home, eventlog="kafka", lakehouse="spark", kafka_bootstrap=bootstrap, kafka_topic_prefix=topic)
        eventlog = open_eventlog(settings)
        eventlog.append(DOCUMENTS_TOPIC, messages(n))
        eventlog.close()
        for turn in range(turns):
            for name, job in (("bare", bare), ("ours", ours)):
                seconds = job(settings, home / f"{topic}{name}{turn}")
                if topic != "warm.":
                    took[name].append(round(seconds, 2))
    middle = {name: statistics.median(seconds) for name, seconds in took.items()}
    return {
        "messages": count,
        "load": os.getloadavg()[0],
        "seconds": took,
        "messages_a_second": {name: round(count / seconds) for name, seconds in middle.items()},
        "ratio": round(middle["bare"] / middle["ours"], 3),
    }


if __name__ == "__main__":
    main()
