"""What is put on a log in the tests of bronze's stream, and what tables hold afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from talentflow.eventlog import DOCUMENTS_TOPIC, Message
from talentflow.eventlog.claims import CLAIM_CHECK
from talentflow.eventlog.kafka import KafkaEventLog
from talentflow.eventlog.messages import ClosedDocument, RawDocument, RejectedDocument, to_message
from talentflow.ids import content_hash
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.settings import Settings
from talentflow.tables import CLOSURES, DOCUMENTS, OUTCOMES, QUARANTINE

_START = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = (DOCUMENTS, CLOSURES, QUARANTINE, OUTCOMES)


def settings_of(home: Path, bootstrap: str, **more: Any) -> Settings:
    """Kafka and Spark, on topics of this test's own."""
    said: dict[str, Any] = {"kafka_partitions": 1, "kafka_topic_prefix": f"{uuid4().hex}."}
    return Settings(home=home, eventlog="kafka", lakehouse="spark", kafka_bootstrap=bootstrap, **(said | more))


def document(key: str, content: bytes, minute: int = 0) -> Message:
    raw = RawDocument("files", f"/cvs/{key}", key, "text/plain", "cv", content, terms="ours")
    return to_message(raw, received_at=_START + timedelta(minutes=minute))


def closure(key: str, reason: str, minute: int = 0) -> Message:
    at = _START + timedelta(minutes=minute)
    return to_message(ClosedDocument("files", f"/cvs/{key}", key, at, reason), received_at=at)


def rejection(key: str, payload: bytes) -> Message:
    rejected = RejectedDocument("files", f"/cvs/{key}", key, "corrupt_document", "it is broken", payload, content_hash(payload))
    return to_message(rejected, received_at=_START)


FIRST = [
    *(document(f"cv-{n}", f"text of {n}".encode(), n) for n in range(12)),
    document("cv-1", b"a newer text", 20),
    document("twin", b"text of 2", 21),
    closure("cv-3", "filled", 22),
    document("cv-4", b"text of 4", 23),
    closure("cv-5", "filled", 24),
    document("cv-5", b"text of 5", 25),
    rejection("broken", b"%PDF-1.7 and then noise"),
    rejection("mended", b"noise"),
    Message("x", b"{not json"),
    Message("y", b"\xff\xfe\x00"),
    Message("z", b""),
    Message("big", b"", {CLAIM_CHECK: "00/nothing-is-there"}),
    Message("far", b"", {CLAIM_CHECK: "../../../etc/passwd"}),
    document("large", b"long text " * 3000, 26),
]
"""Documents, a new version, a twin, closures, what is open again, rejections, messages that are none, claim checks."""
SECOND = [
    document("cv-3", b"text of 3", 30),
    document("cv-6", b"other text", 31),
    document("mended", b"it can be read now", 32),
    document("another", b"other text", 33),
    closure("cv-7", "withdrawn", 34),
    document("new", b"text of 7", 35),
    closure("never", "filled", 36),
]
"""What comes later: opened again, changed, out of quarantine, a twin of what changed, of what is closed."""


def put(settings: Settings, messages: Iterable[Message]) -> None:
    """On the log as anybody may do it, held to no schema. Large ones go by claim check."""
    log = KafkaEventLog(settings)
    log.append(DOCUMENTS_TOPIC, messages)
    log.close()


def contents(home: Path) -> dict[str, list[dict[str, Any]]]:
    """Every table that bronze writes, without run ids; one row an outcome, however often it was reached."""
    lake = DeltaLakehouse(home / "lake")
    found: dict[str, list[dict[str, Any]]] = {}
    for table in TABLES:
        rows = [{k: v for k, v in row.items() if k != "run_id"} for row in lake.read(table).to_pylist()]
        if table is OUTCOMES:
            rows = [row for n, row in enumerate(rows) if row not in rows[:n]]
        found[table.id] = sorted(rows, key=repr)
    return found


def versions(home: Path) -> dict[str, int | None]:
    """The present version of each table that bronze writes."""
    return {table.id: DeltaLakehouse(home / "lake").version(table) for table in TABLES}


def forget_checkpoint(home: Path) -> None:
    shutil.rmtree(home / "checkpoints")
