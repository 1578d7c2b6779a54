"""The gate between silver and everything built on it: new rows meet their suite, or go to quarantine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import structlog

from talentflow import quality
from talentflow.data_docs import make_docs_local
from talentflow.errors import QualityGateFailed
from talentflow.incremental import Key, Outcomes, handled, pending
from talentflow.lakehouse import Lakehouse
from talentflow.report import StageReport
from talentflow.stages import EXTRACT
from talentflow.tables import (
    CANDIDATES,
    CLASSIFICATIONS,
    FINGERPRINTS,
    IDENTITIES,
    JOB_OFFERS,
    LINKS,
    QUARANTINE,
    TEXTS,
    Table,
)

if TYPE_CHECKING:
    import pandas as pd

log = structlog.get_logger(__name__)

GATED = (TEXTS, CLASSIFICATIONS, JOB_OFFERS, CANDIDATES, IDENTITIES)
RECORDS = (JOB_OFFERS, CANDIDATES, IDENTITIES)
TAKEN_OUT = (*RECORDS, FINGERPRINTS, LINKS)
"""What a document that fails leaves: its records, and what was linked by them."""
_FRAME_ROWS = 20_000


def run_gate(lakehouse: Lakehouse, docs_dir: Path | None, *, run_id: str) -> StageReport:
    """Check the rows of documents that this version of the suites has not checked.

    A document whose row fails a `warning` or `critical` expectation leaves the record tables and goes to quarantine
    under the expectation's name, and stays there until its record is made again (by another version of extract or of the
    document, or for a replay). `report.details` says how many expectations were met, table by table.

    Raises:
        QualityGateFailed: a critical expectation failed; the failing rows are in quarantine already.
    """
    started = time.perf_counter()
    report = StageReport("gate")
    version = f"suites {quality.suite_version()}, {EXTRACT.version}"
    done = handled(lakehouse, "gate", version)
    texts = lakehouse.read(TEXTS, ["document_id", "content_hash", "source", "source_uri"]).to_pylist()
    new = {(t["document_id"], t["content_hash"]): t for t in texts if (t["document_id"], t["content_hash"]) not in done}
    log.info("stage_progress", stage="gate", done=0, total=len(new))
    if not new:
        report.seconds = time.perf_counter() - started
        return report
    context = quality.open_checks(docs_dir)
    lengths: dict[str, int] = {}
    failing: dict[str, list[tuple[str, str]]] = {}
    critical: list[str] = []
    said: dict[str, Any] = {}
    for table in GATED:
        result = quality.check(context, table.name, _frames(lakehouse, table, done, lengths), docs=docs_dir is not None)
        for document_id, names in result.failing.items():
            failing.setdefault(document_id, []).extend((table.name, name) for name in names)
        critical += [f"{table.name}.{name}" for name in result.critical]
        said[table.name] = {"rows": result.rows, "met": result.met, "unmet": result.unmet}
    report.details = {"expectations": said} | ({"data_docs": str(make_docs_local(docs_dir))} if docs_dir else {})
    for table in TAKEN_OUT:
        report.rows_written += lakehouse.delete(table, "document_id", sorted(failing))
    _write_outcomes(lakehouse, Outcomes(run_id, "gate", version, report), new, failing, _still_out(lakehouse, new))
    log.info("stage_progress", stage="gate", done=len(new), total=len(new))
    report.seconds = time.perf_counter() - started
    if critical:
        raise QualityGateFailed(
            f"critical expectations failed: {', '.join(critical)}; the failing rows are in bronze.quarantine: "
            f"read {report.details.get('data_docs', 'what they say there')}, mend the stage and run again"
        )
    return report


def _write_outcomes(
    lakehouse: Lakehouse,
    outcomes: Outcomes,
    new: dict[Key, dict[str, Any]],
    failing: dict[str, list[tuple[str, str]]],
    still_out: dict[Key, tuple[str, str]],
) -> None:
    for (document_id, content_hash), text in new.items():
        names = failing.get(document_id)
        if not names:
            code, detail = still_out.get((document_id, content_hash), (None, None))
            status = "quarantined" if code else "ok"
            outcomes.add(document_id, content_hash, status, error_code=code, detail=detail, origin=text)
            continue
        detail = "fails " + ", ".join(f"{name} ({table})" for table, name in names) + ": see the quality report"
        outcomes.add(document_id, content_hash, "quarantined", error_code=names[0][1], detail=detail, origin=text)
    outcomes.write(lakehouse)


def _still_out(lakehouse: Lakehouse, new: dict[Key, dict[str, Any]]) -> dict[Key, tuple[str, str]]:
    """Why documents are out whose record an earlier gate removed and nobody made again: there is nothing to check."""
    rows = lakehouse.read(
        QUARANTINE, ["document_id", "content_hash", "stage_version", "error_code", "detail"], where={"stage": ["gate"]}
    ).to_pylist()
    held = {
        (r["document_id"], r["content_hash"]): (r["error_code"], r["detail"])
        for r in rows
        if r["stage_version"].endswith(EXTRACT.version)
    }
    held = {key: why for key, why in held.items() if key in new}
    ids = [document_id for document_id, _ in held]
    made = {d for t in RECORDS for d in lakehouse.read(t, ["document_id"], where={"document_id": ids})["document_id"].to_pylist()}
    return {key: why for key, why in held.items() if key[0] not in made}


def _frames(lakehouse: Lakehouse, table: Table, done: set[Key], lengths: dict[str, int]) -> Iterator[pd.DataFrame]:
    """Flat frames of the rows to check; texts go first and leave their lengths for the evidence of the records."""
    waiting: list[pa.Table] = []
    for batch in pending(lakehouse, table, table.schema.names, done, batch_rows=1024):
        flat = quality.flatten(pa.Table.from_batches([batch]))
        ids = flat["document_id"].to_pylist()
        if table is TEXTS:
            lengths.update(zip(ids, flat["text_length"].to_pylist(), strict=True))
        elif table in RECORDS:
            flat = flat.append_column("text_length", pa.array([lengths.get(i) for i in ids], type=pa.int64()))
        waiting.append(flat)
        if sum(t.num_rows for t in waiting) >= _FRAME_ROWS:
            yield pa.concat_tables(waiting).to_pandas()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).to_pandas()
