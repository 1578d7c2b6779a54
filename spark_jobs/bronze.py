"""Kafka → `bronze.documents` by Structured Streaming: what is there (`land_available`), or without end (`open_stream`).

The messages' bytes stay in Spark; the driver sees a few columns of each, decides what becomes of it as without Spark
(`talentflow.bronze.decide`) and says which rows are written. Every write can be made again: closures and quarantine are upserts,
outcomes and documents commit with the number of the micro-batch, the documents last. So a micro-batch that was cut off anywhere
is read again and leaves what it would have left. The number belongs to the checkpoint; where that is deleted everything is read
again, and found known.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pyarrow as pa
import structlog
from pyspark.sql import DataFrame

from spark_jobs.messages import at_places, collected, messages, parsed
from spark_jobs.stream import Stream
from talentflow.bronze import (
    APP,
    DOCUMENT,
    HELD,
    SENT,
    Decision,
    End,
    Fact,
    Known,
    Place,
    add_outcomes,
    app_id,
    close_and_reopen,
    decide,
    facts,
    landed_offsets,
)
from talentflow.errors import Busy
from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, open_eventlog
from talentflow.eventlog.messages import BRONZE_VERSION
from talentflow.home import full_disk_is_said, hold_stream, hold_when_free
from talentflow.ids import digest
from talentflow.incremental import Outcomes, new_run_id
from talentflow.lakehouse import Lakehouse, small_lakehouse
from talentflow.lakehouse.spark import SparkLakehouse
from talentflow.report import StageReport
from talentflow.settings import Settings
from talentflow.tables import CLOSURES, DOCUMENTS

log = structlog.get_logger(__name__)

_NEAR_BYTES = 128 * 2**20
"""Bytes of documents that are written from the driver where the tables are on its machine: Spark would take them through two more
processes for that."""
_DRIVER_BYTES = 32 * 2**20
"""Bytes of messages that are brought to the driver at a time."""


_SCRATCH = "batch-"


@dataclass(frozen=True)
class BatchResult:
    """What a micro-batch did."""

    batch_id: int
    run_id: str
    report: StageReport
    changed: bool
    """Whether there is something for the stages after bronze."""


@dataclass(frozen=True)
class Bronze:
    """Where micro-batches are landed.

    Args:
        spark: takes what is too large for the driver.
        small: takes everything else: the same tables, by the adapter that is quickest for it.
        log_id: of the event log.
        objects: the folder of what claim checks stand for.
        most_bytes: of a micro-batch that is written without Spark.
        scratch: a folder that Spark's workers and this process share, where all is on one machine: rows go through files there
            and not through the JVM.
    """

    spark: SparkLakehouse
    small: Lakehouse
    log_id: str
    objects: Path
    most_bytes: int
    scratch: Path | None

    @classmethod
    def of(cls, settings: Settings, lakehouse: SparkLakehouse, eventlog: EventLog) -> Bronze:
        small = small_lakehouse(settings, lakehouse)
        most_bytes = _NEAR_BYTES if small is not lakehouse else _DRIVER_BYTES
        scratch = settings.home / "checkpoints" if settings.spark_master.startswith("local") else None
        if scratch:
            scratch.mkdir(parents=True, exist_ok=True)
            for left in scratch.glob(f"{_SCRATCH}*"):
                shutil.rmtree(left, ignore_errors=True)
        return cls(lakehouse, small, eventlog.log_id, settings.objects_dir, most_bytes, scratch)


def land_available(settings: Settings, lakehouse: SparkLakehouse, *, run_id: str) -> StageReport:
    """`talentflow.bronze.land` by Spark: what was appended since the checkpoint, to its end.

    While a continuous stream lands this home's messages there is nothing to do; `details` says so.

    Raises: ServiceUnavailable, TerminalError (messages were deleted before they landed), StorageFull, BadSettings.
    """
    started = time.perf_counter()
    report = StageReport("bronze")
    eventlog = open_eventlog(settings)
    try:
        where = checkpoint(settings, eventlog)
        with hold_stream(settings):
            bronze = Bronze.of(settings, lakehouse, eventlog)
            ends = eventlog.end_offsets(DOCUMENTS_TOPIC)
            landed = landed_offsets(eventlog, bronze.small, ends)
            if ends and (ends != landed or not _is_begun(where)):
                total = sum(ends.values()) - sum(landed.values())

                def land(frame: DataFrame, batch_id: int, query_id: str) -> None:
                    done = land_batch(bronze, frame, batch_id, app=f"{APP}/{query_id}", run_id=run_id)
                    _add(report, done.report)
                    log.info("stage_progress", stage="bronze", done=report.read, total=total)

                Stream(messages(settings), land, where, continuous=False).wait(Event())
    except Busy:
        report.details = {"landed_by": "the stream that runs on this home"}
    finally:
        eventlog.close()
    report.seconds = time.perf_counter() - started
    return report


def open_stream(
    settings: Settings, lakehouse: SparkLakehouse, eventlog: EventLog, *, after_batch: Callable[[BatchResult], None], stop: Event
) -> Stream:
    """Land messages as they come, until it is ended: see `Stream`. The caller holds `hold_stream`.

    Args:
        settings: of the home, the brokers and the tables.
        lakehouse: takes the documents.
        eventlog: the log that is landed; its documents topic is there.
        after_batch: called in each micro-batch when it has landed; what it raises is raised by `Stream.wait`, and the
            micro-batch is taken again at the next start.
        stop: ends waiting for another run on this home.
    """
    bronze = Bronze.of(settings, lakehouse, eventlog)

    def land(frame: DataFrame, batch_id: int, query_id: str) -> None:
        with full_disk_is_said(settings), hold_when_free(settings, stop):
            after_batch(land_batch(bronze, frame, batch_id, app=f"{APP}/{query_id}", run_id=new_run_id()))

    return Stream(messages(settings), land, checkpoint(settings, eventlog), continuous=True)


def checkpoint(settings: Settings, eventlog: EventLog) -> str:
    """Where Spark keeps how far it has read this log: in the home, or beside tables that are elsewhere."""
    base = f"{settings.lake_uri.rstrip('/')}-checkpoints" if settings.lake_uri else str(settings.home / "checkpoints")
    return f"{base}/bronze/{digest(eventlog.log_id)[:16]}"


def _is_begun(where: str) -> bool:
    """Whether the checkpoint is there; one that is elsewhere is asked for by Spark alone."""
    return not urlsplit(where).scheme and (Path(where) / "metadata").exists()


def _add(report: StageReport, batch: StageReport) -> None:
    for name in ("read", "ok", "quarantined", "skipped", "rows_written"):
        setattr(report, name, getattr(report, name) + getattr(batch, name))
    report.errors += batch.errors
    report.examples = batch.examples | report.examples


def land_batch(bronze: Bronze, frame: DataFrame, batch_id: int, *, app: str, run_id: str) -> BatchResult:
    """Land one micro-batch of `messages`.

    Args:
        bronze: where it is landed.
        frame: the micro-batch.
        batch_id: its number.
        app: the application that numbers it.
        run_id: of its outcomes.

    Raises: TalentflowError.
    """
    started = time.perf_counter()
    report = StageReport("bronze")
    scratch = tempfile.mkdtemp(prefix=_SCRATCH, dir=bronze.scratch) if bronze.scratch else None
    rows = parsed(frame, bronze.objects, scratch).persist()
    try:
        batch = facts(collected(rows, "facts"))
        decision = decide(batch, _known(bronze.small, batch))
        whole = collected(rows, "rows") if sum(m.size or 0 for m in batch) <= bronze.most_bytes else None
        report.rows_written += close_and_reopen(decision, bronze.small)
        payloads = partial(_payloads, rows, whole)
        _write_outcomes(bronze.small, payloads, decision, Outcomes(run_id, "bronze", BRONZE_VERSION, report), (app, batch_id))
        report.rows_written += _write_documents(bronze, rows, whole, decision, (app, batch_id))
    finally:
        rows.unpersist()
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)
    _mark(bronze, batch)
    report.seconds = time.perf_counter() - started
    changed = bool(decision.documents or decision.closures or decision.reopened)
    return BatchResult(batch_id, run_id, report, changed)


def _known(lakehouse: Lakehouse, batch: list[Fact]) -> Known:
    """What bronze holds of the batch's ids and hashes."""
    ids = sorted({m.document_id for m in batch})
    hashes = sorted({m.content_hash for m in batch if m.kind == DOCUMENT})
    held = pa.concat_tables(
        [
            lakehouse.read(DOCUMENTS, HELD, where={"document_id": ids}),
            lakehouse.read(DOCUMENTS, HELD, where={"content_hash": hashes}),
        ]
    )
    met = sorted({*ids, *held["document_id"].to_pylist()})
    return Known.of(held, lakehouse.read(CLOSURES, ["document_id"], where={"document_id": met}))


def _write_outcomes(
    lakehouse: Lakehouse,
    payloads: Callable[[list[Fact]], dict[Place, bytes]],
    decision: Decision,
    outcomes: Outcomes,
    transaction: tuple[str, int],
) -> None:
    """Quarantine, some payloads at a time, then the ledger, which commits with the number of the micro-batch."""
    rejected = [end for end in decision.ends if end.status == "quarantined"]
    add_outcomes([end for end in decision.ends if end.status != "quarantined"], outcomes, {})
    for group in _groups(rejected):
        add_outcomes(group, outcomes, payloads([end.message for end in group]))
        outcomes.write_quarantine(lakehouse)
    outcomes.write(lakehouse, transaction=transaction)


def _groups(ends: list[End]) -> Iterator[list[End]]:
    """Rejections with bounded payloads."""
    group: list[End] = []
    size = 0
    for end in ends:
        group.append(end)
        size += end.message.size or 0
        if size >= _DRIVER_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _payloads(rows: DataFrame, whole: pa.Table | None, rejected: list[Fact]) -> dict[Place, bytes]:
    """The payloads of these messages, by place."""
    columns = ["partition", "offset", "payload"]
    if whole is None:
        found = at_places(rows, pa.schema([SENT.field(name) for name in columns]), rejected).toArrow()
    else:
        found = _rows_at(whole, rejected)
    values = (found[name].to_pylist() for name in columns)
    return {(DOCUMENTS_TOPIC, p, o): payload or b"" for p, o, payload in zip(*values, strict=True)}


def _write_documents(
    bronze: Bronze, rows: DataFrame, whole: pa.Table | None, decision: Decision, transaction: tuple[str, int]
) -> int:
    """The documents last, with the number of the micro-batch: as all other rows where they are on the driver, else by Spark.

    Where bronze has none of them before there is nothing to merge with, and an append costs less. What is older than what bronze
    holds is not among them (`Known.has_newer`), so the merge needs no guard against it.
    """
    taken = decision.documents
    if not taken:
        return 0
    if whole is not None:
        return bronze.small.upsert(DOCUMENTS, _rows_at(whole, taken).select(DOCUMENTS.schema.names), transaction=transaction)
    documents = at_places(rows, DOCUMENTS.schema, taken)
    if decision.replacing:
        return bronze.spark.merge(DOCUMENTS, documents, transaction=transaction)
    return bronze.spark.append_frame(DOCUMENTS, documents, transaction=transaction, count=len(taken))


def _rows_at(whole: pa.Table, messages: list[Fact]) -> pa.Table:
    """The rows that these messages gave."""
    places = zip(whole["partition"].to_pylist(), whole["offset"].to_pylist(), strict=True)
    row = {place: n for n, place in enumerate(places)}
    return whole.take(pa.array([row[m.partition, m.offset] for m in messages], pa.int64()))


def _mark(bronze: Bronze, batch: list[Fact]) -> None:
    """Note in the table how far its log has landed: for producers, and for a reader without Spark.

    It is behind when a kill comes before it; then messages are read twice, never missed.
    """
    ends: dict[int, int] = {}
    for message in batch:
        ends[message.partition] = max(message.offset + 1, ends.get(message.partition, 0))
    for partition, end in sorted(ends.items()):
        bronze.small.append(DOCUMENTS, DOCUMENTS.schema.empty_table(), transaction=(app_id(bronze.log_id, partition), end))
