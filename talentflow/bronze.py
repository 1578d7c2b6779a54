"""Event log to `bronze.documents`: exactly once, whatever stops it."""

from __future__ import annotations

import time
from typing import Any

import pyarrow as pa
import structlog

from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, Received
from talentflow.eventlog.messages import BRONZE_VERSION, ClosedDocument, RejectedDocument, from_message
from talentflow.incremental import Outcomes
from talentflow.lakehouse import Lakehouse
from talentflow.report import StageReport
from talentflow.tables import CLOSURES, DOCUMENTS

log = structlog.get_logger(__name__)

_APP = "bronze.documents"


def landed_offsets(eventlog: EventLog, lakehouse: Lakehouse) -> dict[int, int]:
    """Partition of the documents topic → the next offset to land."""
    ends = eventlog.end_offsets(DOCUMENTS_TOPIC)
    return {p: lakehouse.transaction_version(DOCUMENTS, _app_id(eventlog, p)) or 0 for p in ends}


def _app_id(eventlog: EventLog, partition: int) -> str:
    return f"{_APP}/{eventlog.log_id}/{partition}"


def land(eventlog: EventLog, lakehouse: Lakehouse, *, run_id: str, batch_rows: int) -> StageReport:
    """Read what was appended since the last committed offset into `bronze.documents` and `bronze.closures`.

    Rows and offsets commit in one Delta transaction. Closures, quarantine and outcomes are written before it: after a
    kill the batch is read again, and they are upserts. A document with the bytes of another open one is
    skipped and says of which; a closed document that is sent again is open again.
    """
    started = time.perf_counter()
    report = StageReport("bronze")
    outcomes = Outcomes(run_id, "bronze", BRONZE_VERSION, report)
    known = lakehouse.read(DOCUMENTS, ["document_id", "content_hash", "source_uri"]).to_pylist()
    closed = set(lakehouse.read(CLOSURES, ["document_id"])["document_id"].to_pylist())
    known.sort(key=lambda d: d["document_id"] not in closed)  # of twins an open one counts
    first_of = {d["content_hash"]: (d["document_id"], d["source_uri"]) for d in known}
    ends = eventlog.end_offsets(DOCUMENTS_TOPIC)
    taken = 0
    for partition, end in sorted(ends.items()):
        app_id = _app_id(eventlog, partition)
        offset = lakehouse.transaction_version(DOCUMENTS, app_id) or 0
        total = taken + end - offset
        while messages := eventlog.read(DOCUMENTS_TOPIC, ends | {partition: offset}, batch_rows):
            if not (messages := [m for m in messages if m.partition == partition]):
                break  # of others, that came meanwhile: the next run takes them
            latest = _latest(messages)
            report.rows_written += _close(latest, closed, lakehouse)
            rows = _rows(latest, first_of, closed, outcomes)
            outcomes.write(lakehouse)
            offset = messages[-1].offset + 1
            table = pa.Table.from_pylist(rows, schema=DOCUMENTS.schema)
            report.rows_written += lakehouse.upsert(DOCUMENTS, table, transaction=(app_id, offset))
            taken += len(messages)
            log.info("stage_progress", stage="bronze", done=taken, total=total)
    report.seconds = time.perf_counter() - started
    return report


Sent = dict[str, Any] | RejectedDocument | ClosedDocument


def _latest(messages: list[Received]) -> dict[str, Sent]:
    """What each document ends as: of several versions in a batch only the last counts.

    A closure after a version of the document is beside it, not in its place.
    """
    latest: dict[str, Sent] = {}
    for received in messages:
        sent = from_message(received)
        if isinstance(sent, ClosedDocument):
            latest[f"{sent.document_id} closed"] = sent
            continue
        if isinstance(sent, RejectedDocument):
            latest[sent.document_id] = sent
            continue
        latest.pop(f"{sent['document_id']} closed", None)
        latest[sent["document_id"]] = sent
    return latest


def _close(latest: dict[str, Sent], closed: set[str], lakehouse: Lakehouse) -> int:
    """Write closures, and remove those of documents that are offered again; returns the rows written."""
    closures = {s.document_id: s for s in latest.values() if isinstance(s, ClosedDocument)}
    reopened = {s["document_id"] for s in latest.values() if isinstance(s, dict)} & closed - closures.keys()
    written = lakehouse.delete(CLOSURES, "document_id", sorted(reopened)) if reopened else 0
    if closures:
        rows = [
            {
                "document_id": c.document_id,
                "closed_at": c.closed_at,
                "reason": c.reason,
                "source": c.source,
                "source_uri": c.source_uri,
            }
            for c in closures.values()
        ]
        written += lakehouse.upsert(CLOSURES, pa.Table.from_pylist(rows, schema=CLOSURES.schema))
    closed -= reopened
    closed |= closures.keys()
    return written


def _rows(
    latest: dict[str, Sent], first_of: dict[str, tuple[str, str]], closed: set[str], outcomes: Outcomes
) -> list[dict[str, Any]]:
    """The rows of `bronze.documents`; one outcome a document."""
    rows: list[dict[str, Any]] = []
    for document in latest.values():
        if isinstance(document, ClosedDocument):
            continue
        if isinstance(document, RejectedDocument):
            origin = {"payload": document.payload, "source": document.source, "source_uri": document.source_uri}
            outcomes.add(
                document.document_id,
                document.content_hash,
                "quarantined",
                error_code=document.error_code,
                detail=document.detail,
                origin=origin,
            )
            continue
        key: str = document["document_id"]
        twin, twin_uri = first_of.get(document["content_hash"], (key, ""))
        if twin != key and twin not in closed:
            detail = f"the same bytes as {twin_uri}: nothing to do"
            outcomes.add(key, document["content_hash"], "skipped", error_code="duplicate", detail=detail)
            continue
        first_of[document["content_hash"]] = (key, document["source_uri"])
        outcomes.add(key, document["content_hash"], "ok")
        rows.append(document)
    return rows
