"""Bronze to silver: what each stage reads, and run over what it has not handled."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from talentflow.engines import Engine
from talentflow.incremental import run_stage
from talentflow.lakehouse import Lakehouse
from talentflow.report import StageReport
from talentflow.stages import CLASSIFY, EXTRACT, PARSE
from talentflow.tables import CLASSIFICATIONS, DOCUMENTS, TEXTS

_TO_CLASSIFY = ["document_id", "content_hash", "text", "kind_hint"]
TO_EXTRACT = ["document_id", "content_hash", "text", "redacted_text", "received_at"]


def parse_new(lakehouse: Lakehouse, engine: Engine, *, run_id: str, batch_rows: int) -> StageReport:
    """bronze.documents → silver.texts."""
    return run_stage(PARSE, DOCUMENTS, lakehouse, engine, run_id=run_id, batch_rows=batch_rows, columns=DOCUMENTS.schema.names)


def classify_new(lakehouse: Lakehouse, engine: Engine, *, run_id: str, batch_rows: int) -> StageReport:
    """silver.texts → silver.classifications."""
    return run_stage(CLASSIFY, TEXTS, lakehouse, engine, run_id=run_id, batch_rows=batch_rows, columns=_TO_CLASSIFY)


def extract_new(lakehouse: Lakehouse, engine: Engine, *, run_id: str, batch_rows: int) -> StageReport:
    """silver.texts and silver.classifications → silver.job_offers, silver.candidates, silver.identities."""
    join = with_classification(lakehouse)
    return run_stage(EXTRACT, TEXTS, lakehouse, engine, run_id=run_id, batch_rows=batch_rows, columns=TO_EXTRACT, join=join)


def with_classification(lakehouse: Lakehouse) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """Add the struct column `classification` to batches of texts; a text without one waits for the next run."""
    said = lakehouse.read(CLASSIFICATIONS)
    place = {d: i for i, d in enumerate(said["document_id"].to_pylist())}
    structs = said.to_struct_array().combine_chunks()

    def join(batch: pa.RecordBatch) -> pa.RecordBatch:
        rows = [place.get(d) for d in batch["document_id"].to_pylist()]
        batch = batch.append_column("classification", structs.take(pa.array(rows, type=pa.int64())))
        return batch.filter(pa.array([r is not None for r in rows], type=pa.bool_()))

    return join
