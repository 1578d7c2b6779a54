"""20,000 small documents, and the processes that put them on the broker and land them.

python -m tests.full.twenty_thousand produce|land
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from talentflow.errors import TransientError
from talentflow.eventlog import DOCUMENTS_TOPIC, Message, open_eventlog
from talentflow.eventlog.messages import RawDocument, to_message
from talentflow.incremental import new_run_id
from talentflow.settings import load_settings

COUNT = 20_000
CHANGED = range(0, COUNT, 400)
"""Sent a second time with other bytes."""
TWICE = range(7, COUNT, 100)
"""Sent a second time as they are."""
GROUP = 500
MICRO_BATCH = 4_000
START = datetime(2026, 11, 26, 9, tzinfo=UTC)
_TEXTS = (
    "Person {n}\nperson{n}@example.org\nNurse\n\nExperience\nNurse, Hospital {n}, Lyon, 2019 - 2024\n\nLanguages\nFrench",
    "Baker (m/f), bakery {n} in Lille\n\nRequirements\n{m} years of experience\n\nWe offer\nPermanent contract, 25,000 EUR a year",
    "Minutes of meeting {n}: the roof is to be mended in spring, the garden later.",
)


def document(n: int, *, changed: bool = False) -> RawDocument:
    """Document `n`: by turns a CV, an offer and something else."""
    text = _TEXTS[n % 3].format(n=n, m=n % 9 + 1) + ("\n\nChanged since" if changed else "")
    return RawDocument("load", f"load/{n}.txt", str(n), "text/plain", None, text.encode())


def expected() -> dict[str, str]:
    """Document id → the hash of its last version."""
    last = [document(n, changed=n in CHANGED) for n in range(COUNT)]
    return {d.document_id: d.content_hash for d in last}


def messages() -> Iterator[Message]:
    sent = [document(n) for n in range(COUNT)]
    sent += [document(n, changed=True) for n in CHANGED] + [document(n) for n in TWICE if n not in CHANGED]
    for n, each in enumerate(sent):
        yield to_message(each, received_at=START + timedelta(milliseconds=n))


def produce() -> None:
    """Group by group; one that was not acknowledged is sent again, as whoever runs an ingest again does."""
    log = open_eventlog(load_settings())
    group: list[Message] = []
    again = Retrying(
        retry=retry_if_exception_type(TransientError), stop=stop_after_delay(240), wait=wait_fixed(0.2), reraise=True
    )
    for n, message in enumerate(messages(), 1):
        group.append(message)
        if len(group) == GROUP:
            again(log.append, DOCUMENTS_TOPIC, group)
            group = []
            sys.stdout.write(f"{n}\n")
            sys.stdout.flush()
    if group:
        again(log.append, DOCUMENTS_TOPIC, group)
    log.close()


def land() -> None:
    """What is there, in micro-batches that are small enough for a kill to fall between them."""
    from spark_jobs import bronze
    from spark_jobs import messages as stream
    from talentflow.lakehouse.spark import SparkLakehouse
    from talentflow.spark import open_spark

    stream.MOST_MESSAGES = MICRO_BATCH
    settings = load_settings()
    bronze.land_available(settings, SparkLakehouse(open_spark(settings), str(settings.lake_dir)), run_id=new_run_id())


def die() -> None:
    """The second micro-batch has written its outcomes and not its documents."""
    from spark_jobs import bronze

    write = bronze._write_documents  # pyright: ignore[reportPrivateUsage]
    left = 2

    def write_or_die(*arguments: Any) -> int:
        nonlocal left
        left -= 1
        if left == 0:
            for child in psutil.Process().children(recursive=True):
                child.kill()
            os.kill(os.getpid(), signal.SIGKILL)
        return write(*arguments)

    bronze._write_documents = write_or_die  # pyright: ignore[reportPrivateUsage]
    land()


if __name__ == "__main__":
    {"produce": produce, "land": land, "die": die}[sys.argv[1]]()
