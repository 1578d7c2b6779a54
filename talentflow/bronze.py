"""Event log to `bronze.documents`: exactly once, whatever stops it."""

from __future__ import annotations

import time
from typing import Any

import pyarrow as pa
import structlog

from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, Received
from talentflow.eventlog.messages import BRONZE_VERSION, RejectedDocument, from_message
from talentflow.incremental import Outcomes
from talentflow.lakehouse import Lakehouse
from talentflow.report import StageReport
from talentflow.tables import DOCUMENTS

log = structlog.get_logger(__name__)

_APP = "bronze.documents"


def land(eventlog: EventLog, lakehouse: Lakehouse, *, run_id: str, batch_rows: int) -> StageReport:
    """Read what was appended since the last committed offset into `bronze.documents`.

    Rows and offsets commit in one Delta transaction. Quarantine and outcomes are written before it: after a kill
    the batch is read again, and they are upserts. A document with the bytes of another one is skipped and says of which.
    """
    started = time.perf_counter()
    report = StageReport("bronze")
    outcomes = Outcomes(run_id, "bronze", BRONZE_VERSION, report)
    known = lakehouse.read(DOCUMENTS, ["document_id", "content_hash", "source_uri"]).to_pylist()
    first_of = {d["content_hash"]: (d["document_id"], d["source_uri"]) for d in known}
    for partition, end in sorted(eventlog.end_offsets(DOCUMENTS_TOPIC).items()):
        offset = lakehouse.transaction_version(DOCUMENTS, f"{_APP}/{partition}") or 0
        total = report.read + end - offset
        while messages := eventlog.read(DOCUMENTS_TOPIC, {partition: offset}, batch_rows):
            messages = [m for m in messages if m.partition == partition]
            rows = _rows(messages, first_of, outcomes)
            outcomes.write(lakehouse)
            offset = messages[-1].offset + 1
            table = pa.Table.from_pylist(rows, schema=DOCUMENTS.schema)
            report.rows_written += lakehouse.upsert(DOCUMENTS, table, transaction=(f"{_APP}/{partition}", offset))
            log.info("stage_progress", stage="bronze", done=report.read, total=total)
    report.seconds = time.perf_counter() - started
    return report


def _rows(messages: list[Received], first_of: dict[str, tuple[str, str]], outcomes: Outcomes) -> list[dict[str, Any]]:
    """One outcome a document; several versions of one document in a batch count as its last."""
    latest: dict[str, dict[str, Any] | RejectedDocument] = {}
    for received in messages:
        document = from_message(received)
        key = document.document_id if isinstance(document, RejectedDocument) else document["document_id"]
        latest[key] = document
    rows: list[dict[str, Any]] = []
    for key, document in latest.items():
        if isinstance(document, RejectedDocument):
            origin = {"payload": document.payload, "source": document.source, "source_uri": document.source_uri}
            outcomes.add(
                key, document.content_hash, "quarantined", error_code=document.error_code, detail=document.detail, origin=origin
            )
            continue
        twin, twin_uri = first_of.setdefault(document["content_hash"], (key, document["source_uri"]))
        if twin != key:
            detail = f"the same bytes as {twin_uri}: nothing to do"
            outcomes.add(key, document["content_hash"], "skipped", error_code="duplicate", detail=detail)
            continue
        outcomes.add(key, document["content_hash"], "ok")
        rows.append(document)
    return rows
