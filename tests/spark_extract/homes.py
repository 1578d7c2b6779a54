"""Two homes that get the same documents: one extracts by `run_stage` on delta-rs, the other by Spark."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from producers.simulate import simulated_documents
from spark_jobs.extract import extract_changed
from talentflow.engines import Engine
from talentflow.eventlog.messages import RawDocument
from talentflow.incremental import run_stage
from talentflow.lakehouse import open_lakehouse
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.report import StageReport
from talentflow.settings import Settings
from talentflow.silver import classify_new, parse_new, with_classification
from talentflow.stages import EXTRACT, Stage, extract
from talentflow.tables import CANDIDATES, DOCUMENTS, IDENTITIES, JOB_OFFERS, OUTCOMES, QUARANTINE, TEXTS, Table

COMPARED = (JOB_OFFERS, CANDIDATES, IDENTITIES, QUARANTINE, OUTCOMES)
DEADLY = "kill the process that reads this"
CV = "{name}\n{email}\n\n{title}\n\nExperience\n{title}, Nordlys\n2019 - 2024\n\nSkills\nPython, SQL\n"
OFFER = "Data Engineer\nWe are looking for a data engineer to build pipelines with Python. 3+ years of experience required.\n"
BROKEN = b"%PDF-1.7\nbroken"
_START = datetime(2026, 1, 1, tzinfo=UTC)


def cv(name: str, title: str = "Data engineer") -> bytes:
    return CV.format(name=name, email=f"{name.split()[0].lower()}@example.org" if name else "", title=title).encode()


def settings_of(home: Path) -> Settings:
    return Settings(home=home, batch_rows=10, workers=2, spark_master="local[2]")


def file(key: str, content: bytes, kind: Any = None) -> RawDocument:
    return RawDocument("files", key, key, "text/plain", kind, content)


def first_documents() -> list[tuple[RawDocument, int]]:
    """Documents and the minutes at which they were received: simulated ones, one person's CVs with the newest in the middle, and
    one that no process survives."""
    documents = [(document, n) for n, document in enumerate(simulated_documents(36, 11)) if isinstance(document, RawDocument)]
    ours = [
        (file("/anna-2", cv("Anna Keller", "Data scientist"), "cv"), 52),
        (file("/anna-3", cv("Anna Keller", "Data architect"), "cv"), 53),
        (file("/anna-1", cv("Anna Keller"), "cv"), 51),
        (file("/deadly", cv("Omar Diallo").replace(b"Nordlys", DEADLY.encode()), "cv"), 54),
        (file("/changes-name", cv(""), "cv"), 55),
        (file("/becomes-an-offer", cv("Lena Brandt"), "cv"), 56),
        (file("/breaks", cv("Paul Roux"), "cv"), 57),
    ]
    return ours[:3] + documents + ours[3:]


def second_documents() -> list[tuple[RawDocument, int]]:
    """New versions, and one new document."""
    return [
        (file("/changes-name", cv("Mira Novak"), "cv"), 101),
        (file("/becomes-an-offer", OFFER.encode(), "job_offer"), 102),
        (file("/breaks", BROKEN), 103),
        (file("/deadly", cv("Omar Diallo"), "cv"), 104),
        (file("/anna-1", cv("Anna Keller", "Accountant"), "cv"), 105),
        (file("/new", cv("Nils Holm").replace(b"Nordlys", DEADLY.encode()), "cv"), 106),
    ]


def extract_or_die(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`stages.extract`, but for a text that kills its process."""
    if any(DEADLY in text for text in batch["text"].to_pylist()):
        os.kill(os.getpid(), signal.SIGKILL)
    return extract(batch)


DANGEROUS = replace(EXTRACT, run=extract_or_die)


def land(home: Path, documents: Iterable[tuple[RawDocument, int]], engine: Engine, run_id: str) -> None:
    """Bronze, texts and classifications of documents, by delta-rs."""
    lakehouse = DeltaLakehouse(settings_of(home).lake_dir)
    rows = [
        {name: getattr(d, name, None) for name in DOCUMENTS.schema.names} | {"received_at": _START + timedelta(minutes=minute)}
        for d, minute in documents
    ]
    lakehouse.upsert(DOCUMENTS, pa.Table.from_pylist(rows, schema=DOCUMENTS.schema))
    parse_new(lakehouse, engine, run_id=run_id, batch_rows=10)
    classify_new(lakehouse, engine, run_id=run_id, batch_rows=10)


def extract_by_stage(home: Path, engine: Engine, run_id: str, stage: Stage = DANGEROUS) -> StageReport:
    lakehouse = DeltaLakehouse(settings_of(home).lake_dir)
    columns = ["document_id", "content_hash", "text", "redacted_text", "received_at"]
    join = with_classification(lakehouse)
    return run_stage(stage, TEXTS, lakehouse, engine, run_id=run_id, batch_rows=10, columns=columns, join=join)


def extract_by_spark(
    home: Path, run_id: str, stage: Stage = DANGEROUS, chunk_rows: int | None = 16, around: Callable[[Any], Any] = lambda x: x
) -> StageReport:
    """By Spark; `around` may wrap the lakehouse."""
    settings = settings_of(home)
    lakehouse: Any = around(open_lakehouse(settings.model_copy(update={"lakehouse": "spark"})))
    return extract_changed(settings, lakehouse, run_id=run_id, chunk_rows=chunk_rows, stage=stage)


def contents(home: Path, *, without: tuple[str, ...] = ("milliseconds",)) -> dict[str, pa.Table]:
    """What extraction writes, in the order of its keys, without what tells of the run."""
    lakehouse = DeltaLakehouse(settings_of(home).lake_dir)

    def rows(table: Table) -> pa.Table:
        read = lakehouse.read(table)
        read = read.drop_columns([name for name in without if name in read.schema.names])
        return read.sort_by(
            [(name, "ascending") for name in (*table.key, "status") if name in read.schema.names]
        ).combine_chunks()

    return {table.id: rows(table) for table in COMPARED}


def versions(home: Path) -> dict[str, int | None]:
    lakehouse = DeltaLakehouse(settings_of(home).lake_dir)
    return {table.id: lakehouse.version(table) for table in COMPARED}


def told(report: StageReport) -> dict[str, Any]:
    """What a report says, without what depends on the size of its commits."""
    said = report.as_json()
    return {key: said[key] for key in said if key not in ("seconds", "rows_written")}


class Killed(BaseException):
    """Ends a run where it stands, as kill -9 does."""


class Dying:
    """A lakehouse that passes everything on, and ends the run at a write: `moment` is before or after it."""

    def __init__(self, inner: Any, write: str, table: str, moment: str, end: Callable[[], None]) -> None:
        self._inner, self._write, self._table, self._moment, self._end = inner, write, table, moment, end

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        return self._watched(method) if name == self._write else method

    def _watched(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def write(table: Table, *arguments: Any, **more: Any) -> Any:
            if table.id == self._table and self._moment == "before":
                self._end()
            result = method(table, *arguments, **more)
            if table.id == self._table:
                self._end()
            return result

        return write
