"""Run a stage over what it has not handled yet.

`ops.outcomes` is the ledger: a document whose `content_hash` was handled by this version of the stage is left alone.
`bronze.quarantine` is what is still out: a document's row of a stage goes when the stage ends otherwise for it.
Order matters for kill -9: rows first, then quarantine, then the ledger. A run that dies in between handles
the same documents again, and the guarded upserts write nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa
import structlog

from talentflow.engines import Engine
from talentflow.lakehouse import Lakehouse
from talentflow.report import StageReport
from talentflow.stages import Stage
from talentflow.tables import (
    CANDIDATES,
    CLASSIFICATIONS,
    DOCUMENTS,
    EMBEDDINGS,
    IDENTITIES,
    JOB_OFFERS,
    OUTCOMES,
    QUARANTINE,
    TEXTS,
    Table,
)

log = structlog.get_logger(__name__)

STAGES = ("bronze", "parse", "classify", "extract", "link", "gate", "embed")
SILVER = (TEXTS, CLASSIFICATIONS, JOB_OFFERS, CANDIDATES, IDENTITIES, EMBEDDINGS)
"""Stages and tables in the order in which a document comes to them."""

Key = tuple[str, str]
"""(document_id, content_hash)."""
Age = tuple[bool, datetime, str]
"""By which documents are newer than others: (it is known when it was received, when, document_id)."""
_ASKED = ""
"""The version of an outcome that no stage wrote: somebody wants the document to be handled again."""


def new_run_id() -> str:
    """Sorts by time; says nothing else."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"


@dataclass
class Outcomes:
    """Collects outcomes and quarantine rows of one stage in one run, and writes them a chunk at a time."""

    run_id: str
    stage: str
    version: str
    report: StageReport
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    quarantine: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _out: set[tuple[str, str]] | None = None
    """(document_id, stage) of what is in quarantine; read before the first write."""

    def add(
        self,
        document_id: str,
        content_hash: str,
        status: str,
        *,
        error_code: str | None = None,
        detail: str | None = None,
        milliseconds: float = 0.0,
        origin: dict[str, Any] | None = None,
    ) -> None:
        """Record where a document ended; `origin` gives `source`, `source_uri` and `payload` of a quarantined one."""
        self.report.count(status, error_code, detail)
        stamp = {"document_id": document_id, "stage": self.stage, "content_hash": content_hash, "stage_version": self.version}
        self.rows.append(
            stamp
            | {"run_id": self.run_id, "status": status, "error_code": error_code, "detail": detail, "milliseconds": milliseconds}
        )
        if status == "quarantined":
            origin = origin or {}
            self.quarantine.append(
                stamp
                | {"error_code": error_code, "detail": detail}
                | {k: origin.get(k) for k in ("payload", "source", "source_uri")}
            )

    def skip_later(self, document_id: str, content_hash: str) -> None:
        """A document that later stages handled before does not come to them any more; uncounted here."""
        detail = f"its present version ended in {self.stage}"
        common = {"run_id": self.run_id, "document_id": document_id, "content_hash": content_hash, "stage_version": self.version}
        for stage in later_stages(self.stage):
            self.rows.append(common | {"stage": stage, "status": "skipped", "detail": detail, "milliseconds": 0.0})

    def write(self, lakehouse: Lakehouse, *, transaction: tuple[str, int] | None = None) -> None:
        """Quarantine, then the ledger; then start empty. The ledger commits `transaction` as `Lakehouse.append` does."""
        self.write_quarantine(lakehouse)
        if self.rows:
            ledger = pa.Table.from_pylist(self.rows, schema=OUTCOMES.schema)
            self.report.rows_written += lakehouse.append(OUTCOMES, ledger, transaction=transaction)
        self.rows = []

    def write_quarantine(self, lakehouse: Lakehouse) -> None:
        """Quarantine alone: payloads need not wait in memory for the whole ledger."""
        self.report.rows_written += self._release(lakehouse)
        if self.quarantine:
            self.report.rows_written += lakehouse.upsert(
                QUARANTINE, pa.Table.from_pylist(self.quarantine, schema=QUARANTINE.schema)
            )
        self.quarantine = []

    def _release(self, lakehouse: Lakehouse) -> int:
        """Take out of quarantine what these outcomes end otherwise; returns how many rows went."""
        if self._out is None:
            held = lakehouse.read(QUARANTINE, ["document_id", "stage"])
            self._out = set(zip(held["document_id"].to_pylist(), held["stage"].to_pylist(), strict=True))
        said = {(row["document_id"], row["stage"]): row["status"] for row in self.rows}
        passed = {key for key in self._out & said.keys() if said[key] != "quarantined"}
        self._out = self._out - passed | {key for key, status in said.items() if status == "quarantined"}
        return release(lakehouse, passed)


def later_stages(stage: str) -> list[str]:
    """To which a document that ended in `stage` does not come any more; its text is still there for the gate."""
    return [later for later in STAGES[STAGES.index(stage) + 1 :] if later != "gate" or stage == "parse"]


def release(lakehouse: Lakehouse, keys: Iterable[tuple[str, str]]) -> int:
    """Delete these (document_id, stage) from `bronze.quarantine`; returns how many rows went."""
    of_stage: dict[str, list[str]] = {}
    for document_id, stage in sorted(keys):
        of_stage.setdefault(stage, []).append(document_id)
    return sum(lakehouse.delete(QUARANTINE, "document_id", ids, where={"stage": [stage]}) for stage, ids in of_stage.items())


def ask_again(lakehouse: Lakehouse, stages: Iterable[str], keys: Iterable[Key], *, run_id: str) -> int:
    """Have these documents handled again by these stages, as if they were new; what was asked already is left alone.

    Returns:
        The rows written to the ledger.
    """
    keys = sorted(set(keys))
    rows: list[dict[str, Any]] = []
    for stage in stages:
        asked = handled(lakehouse, stage, _ASKED)
        common = {"run_id": run_id, "stage": stage, "stage_version": _ASKED, "status": "skipped", "detail": "replay asked"}
        rows += [common | {"document_id": d, "content_hash": h, "milliseconds": 0.0} for d, h in keys if (d, h) not in asked]
    return lakehouse.append(OUTCOMES, pa.Table.from_pylist(rows, schema=OUTCOMES.schema)) if rows else 0


def handled(lakehouse: Lakehouse, stage: str, version: str | None) -> set[Key]:
    """What this version of the stage (any version for None) was the last to handle.

    Only a document's last outcome counts: content that comes back after another one is new again. Run ids sort by time.
    """
    ledger = lakehouse.read(OUTCOMES, ["document_id", "content_hash", "run_id", "stage_version"], where={"stage": [stage]})
    last: dict[str, tuple[str, set[tuple[str, str]]]] = {}
    for document_id, content_hash, run_id, stage_version in zip(*(c.to_pylist() for c in ledger.columns), strict=True):
        held = last.get(document_id)
        if held is None or run_id > held[0]:
            last[document_id] = (run_id, {(content_hash, stage_version)})
        elif run_id == held[0]:
            held[1].add((content_hash, stage_version))
    return {(d, content_hash) for d, (_, ends) in last.items() for content_hash, said in ends if version in (None, said)}


def pending(
    lakehouse: Lakehouse, table: Table, columns: list[str], done: set[Key], *, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """Rows of `table` that are not in `done`, in batches; one pass, memory flat."""
    for batch in lakehouse.scan(table, columns, batch_rows=batch_rows):
        keys = zip(batch["document_id"].to_pylist(), batch["content_hash"].to_pylist(), strict=True)
        mask = pa.array([key not in done for key in keys], type=pa.bool_())
        new = batch.filter(mask)
        if new.num_rows:
            yield new


def count_pending(lakehouse: Lakehouse, table: Table, done: set[Key]) -> int:
    """How many rows `pending` will give."""
    rows = lakehouse.read(table, ["document_id", "content_hash"])
    return sum(key not in done for key in zip(rows["document_id"].to_pylist(), rows["content_hash"].to_pylist(), strict=True))


def run_stage(
    stage: Stage,
    source: Table,
    lakehouse: Lakehouse,
    engine: Engine,
    *,
    run_id: str,
    batch_rows: int,
    columns: list[str],
    join: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None,
) -> StageReport:
    """Run `stage` over the rows of `source` that it has not handled, committing `batch_rows` documents at a time.

    `join` may add columns to a batch before the stage sees it, and drop rows that cannot be handled yet.
    """
    started = time.perf_counter()
    report = StageReport(stage.name)
    outcomes = Outcomes(run_id, stage.name, stage.version, report)
    done = handled(lakehouse, stage.name, stage.version)
    seen = {document_id for document_id, _ in handled(lakehouse, stage.name, None)}
    total = count_pending(lakehouse, source, done)
    log.info("stage_progress", stage=stage.name, done=0, total=total)

    def inputs() -> Iterator[pa.RecordBatch]:
        for batch in pending(lakehouse, source, columns, done, batch_rows=batch_rows):
            yield join(batch) if join else batch

    hashes: dict[str, str] = {}
    ages: dict[str, Age] = {}

    def remembered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            hashes.update(zip(batch["document_id"].to_pylist(), batch["content_hash"].to_pylist(), strict=True))
            ages.update(_ages(batch))
            yield batch

    def commit(results: list[pa.RecordBatch]) -> None:
        table = pa.Table.from_batches(results)
        for target in stage.writes:
            rows = table[target.name].combine_chunks()
            rows = rows.filter(rows.is_valid())
            if len(rows):
                written = pa.Table.from_batches([pa.RecordBatch.from_struct_array(rows)]).cast(target.schema)
                report.rows_written += lakehouse.upsert(target, _newest(lakehouse, stage, source, target, written, ages))
        removed, gone = _remove_stale(lakehouse, stage, table, seen)
        report.rows_written += removed
        ids, said = table["document_id"].to_pylist(), table["outcome"].to_pylist()
        origins = _origins(lakehouse, [i for i, o in zip(ids, said, strict=True) if o["status"] == "quarantined"])
        for document_id, outcome in zip(ids, said, strict=True):
            content_hash = hashes.pop(document_id)
            ages.pop(document_id, None)
            outcomes.add(document_id, content_hash, **outcome, origin=origins.get(document_id))
            if document_id in gone:
                outcomes.skip_later(document_id, content_hash)
        outcomes.write(lakehouse)
        log.info("stage_progress", stage=stage.name, done=report.read, total=total)

    waiting: list[pa.RecordBatch] = []
    if total:
        for result in engine.run(stage, remembered(inputs())):
            waiting.append(result)
            if sum(r.num_rows for r in waiting) >= batch_rows:
                commit(waiting)
                waiting = []
        if waiting:
            commit(waiting)
    report.seconds = time.perf_counter() - started
    return report


def _ages(batch: pa.RecordBatch) -> dict[str, Age]:
    """Of documents by id, where the batch says when they were received."""
    ids = batch["document_id"].to_pylist()
    received = batch["received_at"].to_pylist() if "received_at" in batch.schema.names else [None] * len(ids)
    return {d: (at is not None, at or datetime.min.replace(tzinfo=UTC), d) for d, at in zip(ids, received, strict=True)}


def _newest(lakehouse: Lakehouse, stage: Stage, source: Table, target: Table, rows: pa.Table, ages: dict[str, Age]) -> pa.Table:
    """The rows that their keys end with, in the order of their documents' ages: where several documents have one key (two
    CVs of one person) the newest counts, whichever comes first.

    A stored row stays when a newer document has it as this stage version reads that now, and is not among these.
    """
    key = target.key[0]
    keys, ids = rows[key].to_pylist(), rows["document_id"].to_pylist()
    shared = {k for k, d in zip(keys, ids, strict=True) if k != d}
    if not shared:
        return rows
    facts = [key, "document_id", "content_hash", "stage_version"]
    stored = lakehouse.read(target, facts, where={key: sorted(shared)}).to_pylist()
    # a later stage may have completed the row: its version begins with this one's
    others = {r["document_id"] for r in stored if r["stage_version"].startswith(stage.version)} - ages.keys()
    columns = ["document_id", "content_hash", "received_at"]
    present = pa.Table.from_batches([], pa.schema([source.schema.field(name) for name in columns]))
    if others:
        present = lakehouse.read(source, columns, where={"document_id": sorted(others)})
    current = set(zip(present["document_id"].to_pylist(), present["content_hash"].to_pylist(), strict=True))
    known = {d: age for batch in present.to_batches() for d, age in _ages(batch).items()}
    held = {r[key]: known[r["document_id"]] for r in stored if (r["document_id"], r["content_hash"]) in current}
    order = sorted(range(rows.num_rows), key=lambda n: ages[ids[n]])
    return rows.take(pa.array([n for n in order if keys[n] not in held or held[keys[n]] < ages[ids[n]]], pa.int64()))


def _remove_stale(lakehouse: Lakehouse, stage: Stage, results: pa.Table, seen: set[str]) -> tuple[int, set[str]]:
    """Remove what earlier versions of these documents left: rows of another key (a CV that now names its owner, an offer
    that was a CV), and everything from this stage on for a document that gives no row any more.

    Returns:
        How many rows were removed, and the documents that give none any more.
    """
    ids, statuses = results["document_id"].to_pylist(), results["outcome"].combine_chunks().field("status").to_pylist()
    again = {d for d in ids if d in seen}
    removed = 0
    if not again:
        return removed, set()
    gone = again - {d for d, status in zip(ids, statuses, strict=True) if status == "ok"}
    for target in SILVER[SILVER.index(stage.writes[0]) :]:
        key = target.key[0]
        kept: set[tuple[str, str]] = set()
        if target in stage.writes:
            rows = [row for row in results[target.name].to_pylist() if row is not None]
            kept = {(row["document_id"], row[key]) for row in rows}
        held = lakehouse.read(
            target, ["document_id", key] if key != "document_id" else [key], where={"document_id": sorted(again)}
        )
        pairs = zip(held["document_id"].to_pylist(), held[key].to_pylist(), strict=True)
        stale = [k for d, k in pairs if ((d, k) not in kept if target in stage.writes else d in gone)]
        removed += lakehouse.delete(target, key, sorted(set(stale)))
    return removed, gone


def _origins(lakehouse: Lakehouse, document_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Source, place and bytes of quarantined documents: what is needed to replay them."""
    if not document_ids:
        return {}
    rows = lakehouse.read(DOCUMENTS, ["document_id", "content", "source", "source_uri"], where={"document_id": document_ids})
    return {
        r["document_id"]: {"payload": r["content"], "source": r["source"], "source_uri": r["source_uri"]}
        for r in rows.to_pylist()
    }
