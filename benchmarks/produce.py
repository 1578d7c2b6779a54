"""Produce rate of the event log on Kafka against a bare librdkafka loop, with the same payload and the same settings.

    python -m benchmarks.produce [--messages 20000] [--runs 7] [--bootstrap HOST:PORT]

Both sides send the same document messages, of 2 to 20 KB: bytes and keys are made before. The bare loop is
`confluent_kafka.Producer` with our own producer's settings: produce, poll when the queue is full, flush; it counts no delivery
reports. Ours is `open_eventlog(settings).append`: each message checked against the schema of the topic, the schema's id in a
header (registry: the client's own in memory), large values kept as files, every delivery report counted. A rate is messages
from the first that is handed over to the last that is acknowledged. Each run writes to a topic of its own; the two sides take
turns at being first. Without --bootstrap a broker is started on this machine, and shares its cores. On a machine that others
use too, the ratio of CPU (all threads of this process, and the broker) says more than that of the rates.
"""

from __future__ import annotations

import argparse
import logging
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import structlog
from pydantic import SecretStr

from talentflow.eventlog import DOCUMENTS_TOPIC, Message
from talentflow.settings import Settings

_LEAST_BYTES, _MOST_BYTES = 1_200, 14_600
"""Of a document; in base64, with what is said of it, 2 to 20 KB."""


def documents(count: int) -> list[Message]:
    """Document messages: simulated CVs and offers, strung together to sizes that real ones have."""
    from producers.simulate import simulated_documents
    from talentflow.eventlog.messages import RawDocument, to_message

    chance = random.Random(7)
    texts = [d.content for d in simulated_documents(600, 7) if isinstance(d, RawDocument)]
    now = datetime.now(UTC)
    messages: list[Message] = []
    for n in range(count):
        size, content = chance.randint(_LEAST_BYTES, _MOST_BYTES), b""
        while len(content) < size:
            content += chance.choice(texts)
        document = RawDocument("benchmark", f"/cvs/{n}.txt", f"{n}.txt", "text/plain", None, content[:size])
        messages.append(to_message(document, received_at=now))
    return messages


@dataclass(frozen=True)
class Rate:
    """Messages a second; microseconds of CPU a message: of the calling thread, and of this process and its broker."""

    messages: float
    thread: float
    cpu: float


@contextmanager
def timed(count: int, home: Path) -> Iterator[list[Rate]]:
    """Measures the block; the rate is in the list afterwards."""
    rates: list[Rate] = []
    cpu, thread, started = _cpu(home), time.thread_time(), time.perf_counter()
    yield rates
    seconds, thread = time.perf_counter() - started, time.thread_time() - thread
    rates.append(Rate(count / seconds, thread / count * 1e6, (_cpu(home) - cpu) / count * 1e6))


def _cpu(home: Path) -> float:
    """Seconds of all threads of this process, and of the broker where it was started here."""
    import psutil

    from talentflow import services

    pid = services.status(Settings(home=home), ["kafka"])[0]["pid"]
    used = psutil.Process(pid).cpu_times() if pid else None
    return time.process_time() + (used.user + used.system if used else 0)


def bare(settings: Settings, messages: list[Message]) -> Rate:
    """The plain loop."""
    from confluent_kafka import Producer

    from talentflow.eventlog.kafka import PRODUCER

    topic = f"bare-{uuid4().hex}"
    make_topic(settings, topic)
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 0} | PRODUCER)
    producer.list_topics(topic, timeout=20)  # connected, as ours is before its first message
    payload = [(m.key.encode(), m.value) for m in messages]
    with timed(len(messages), settings.home) as rates:
        for key, value in payload:
            while True:
                try:
                    producer.produce(topic, value, key)
                    break
                except BufferError:
                    producer.poll(0.1)
        left = producer.flush(120)
    if left:
        raise SystemExit(f"{left} messages of the bare loop were not acknowledged")
    return rates[0]


def ours(settings: Settings, messages: list[Message]) -> Rate:
    """The event log."""
    from talentflow.eventlog import open_eventlog

    settings = settings.model_copy(update={"kafka_topic_prefix": f"ours-{uuid4().hex}."})
    log = open_eventlog(settings)
    make_topic(settings, f"{settings.kafka_topic_prefix}{DOCUMENTS_TOPIC}")
    log.append(DOCUMENTS_TOPIC, messages[:1])  # connected; the schema is registered
    with timed(len(messages), settings.home) as rates:
        appended = log.append(DOCUMENTS_TOPIC, messages)
    log.close()
    if (appended, appended.rejected) != (len(messages), 0):
        raise SystemExit(f"{appended} messages of {len(messages)} were appended, {appended.rejected} rejected")
    return rates[0]


def make_topic(settings: Settings, topic: str) -> None:
    from confluent_kafka.admin import AdminClient, NewTopic

    made = NewTopic(topic, num_partitions=settings.kafka_partitions, replication_factor=1, config={"retention.ms": "-1"})
    admin = AdminClient({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 0})
    admin.create_topics([made])[topic].result(20)


def remove_topics(settings: Settings) -> None:
    """What a run wrote is of no use to the next, and takes room."""
    from confluent_kafka.admin import AdminClient

    admin = AdminClient({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 0})
    topics = [t for t in admin.list_topics(timeout=20).topics if t.startswith(("bare-", "ours-"))]
    for done in admin.delete_topics(topics).values() if topics else ():
        done.result(20)


@contextmanager
def broker(bootstrap: str | None) -> Iterator[Settings]:
    """Settings with brokers: those that are named, or one that runs as long as the block."""
    from talentflow import services

    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), eventlog="kafka", schema_registry_url=SecretStr("mock://benchmark"))
        if bootstrap:
            yield settings.model_copy(update={"kafka_bootstrap": bootstrap})
            return
        (told,) = services.up(settings, ["kafka"])
        try:
            yield settings.model_copy(update={"kafka_bootstrap": told["address"]})
        finally:
            services.down(settings, ["kafka"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--bootstrap")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    messages = documents(options.messages)
    sizes = sorted(len(m.value) for m in messages)
    print(f"{len(messages)} messages, {sizes[0]:,} to {sizes[-1]:,} bytes, median {sizes[len(sizes) // 2]:,}", flush=True)
    pairs: list[tuple[Rate, Rate]] = []
    with broker(options.bootstrap) as settings:
        for side in (bare, ours):  # the broker's first messages are slow
            side(settings, messages[: len(messages) // 4])
        for run in range(options.runs):
            rates: dict[str, Rate] = {}
            for side in (bare, ours) if run % 2 else (ours, bare):
                rates[side.__name__] = side(settings, messages)
                remove_topics(settings)
            pairs.append((rates["bare"], rates["ours"]))
            plain, own = pairs[-1]
            print(
                f"bare {plain.messages:,.0f} messages/s, ours {own.messages:,.0f}; us of CPU a message: calling thread "
                f"{plain.thread:.1f} and {own.thread:.1f}, all with the broker {plain.cpu:.0f} and {own.cpu:.0f}",
                flush=True,
            )
    ratios = [own.messages / plain.messages for plain, own in pairs]
    cpu = statistics.median(plain.cpu / own.cpu for plain, own in pairs)
    plain, own = (statistics.median(rate.messages for rate in side) for side in zip(*pairs, strict=True))
    print(
        f"median of {len(pairs)}: bare {plain:,.0f} messages/s, ours {own:,.0f} ({own * statistics.mean(sizes) / 1e6:.0f} MB/s), "
        f"ratio {statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f}); of CPU {cpu:.2f}"
    )


if __name__ == "__main__":
    main()
