"""The stages: plain batch functions that every engine runs.

A stage reads rows of one input schema and returns, for each row and in the same order, one row of `stage.schema`:
`document_id`, `outcome`, and one struct column for each table it writes (null where the document gives no row
there). An engine moves batches and knows nothing of documents; `flows/` splits the struct columns into their tables.
Instructions to software in a text are blanked before anything is judged by it (`talentflow.hostile`); the text is kept as it is.
One bad document never costs a batch: its error becomes its outcome.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from talentflow.classification.version import VERSION as CLASSIFICATION_VERSION
from talentflow.documents.version import VERSION as DOCUMENTS_VERSION
from talentflow.errors import DocumentError
from talentflow.extraction.version import VERSION as EXTRACTION_VERSION
from talentflow.hostile import VERSION as HOSTILE_VERSION
from talentflow.records import Candidate, Classification, Identity, JobOffer, Record, record_of
from talentflow.settings import load_settings
from talentflow.tables import CANDIDATES, CLASSIFICATIONS, DOCUMENTS, IDENTITIES, JOB_OFFERS, TEXTS, Table
from talentflow.taxonomy.version import VERSION as TAXONOMY_VERSION

OUTCOME = pa.struct(
    [
        pa.field("status", pa.string()),
        pa.field("error_code", pa.string()),
        pa.field("detail", pa.string()),
        pa.field("milliseconds", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Stage:
    """A batch function with its version and what it writes.

    `run` is a module-level function, so that a worker process imports it by name.
    """

    name: str
    version: str
    run: Callable[[pa.RecordBatch], pa.RecordBatch]
    writes: tuple[Table, ...]
    batch_rows: int = 32
    seconds_per_row: float = 20.0
    """A batch that takes longer than this per row is split; a single row that does is quarantined."""

    @property
    def schema(self) -> pa.Schema:
        return pa.schema(
            [pa.field("document_id", pa.string()), pa.field("outcome", OUTCOME)]
            + [pa.field(t.name, pa.struct(list(t.schema))) for t in self.writes]
        )


def failed(stage: Stage, document_ids: list[str], error: DocumentError) -> pa.RecordBatch:
    """The rows of `stage.schema` for documents whose processing could not return (a crash, a time-out)."""
    rows = [{"document_id": d, "outcome": _quarantined(error, 0.0)} for d in document_ids]
    return pa.RecordBatch.from_pylist(rows, schema=stage.schema)


def _quarantined(error: DocumentError, milliseconds: float) -> dict[str, Any]:
    return {"status": "quarantined", "error_code": error.code, "detail": str(error), "milliseconds": milliseconds}


def each_row(
    stage: Stage, batch: pa.RecordBatch, handle: Callable[[dict[str, Any]], dict[str, dict[str, Any]] | str]
) -> pa.RecordBatch:
    """Apply `handle` to every row; it returns {table name: row}, or a sentence that says why the row is skipped."""

    def rows() -> Iterator[dict[str, Any]]:
        for row in batch.to_pylist():
            started = time.perf_counter()
            out: dict[str, Any] = {"document_id": row["document_id"]}
            try:
                written = handle(row)
            except DocumentError as error:
                out["outcome"] = _quarantined(error, _milliseconds(started))
            else:
                skipped = written if isinstance(written, str) else None
                out["outcome"] = {
                    "status": "skipped" if skipped else "ok",
                    "error_code": None,
                    "detail": skipped,
                    "milliseconds": _milliseconds(started),
                }
                if not isinstance(written, str):
                    stamp = {"content_hash": row["content_hash"], "stage_version": stage.version}
                    out |= {name: r | stamp for name, r in written.items()}
            yield out

    return pa.RecordBatch.from_pylist(list(rows()), schema=stage.schema)


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


def _columns(record: Record) -> dict[str, Any]:
    return record.model_dump(mode="python")


def parse(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Bytes to text and redacted text of the same length.

    Args:
        batch: rows of `bronze.documents`.

    Returns:
        Rows with a `texts` column.
    """
    from talentflow.classification import kind_of
    from talentflow.documents import read
    from talentflow.documents.limits import document_limits
    from talentflow.extraction import find_identity, redact
    from talentflow.hostile import muted, notes_on

    limits = document_limits(load_settings())

    def one(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
        name = row["source_uri"] or row["document_id"]
        text = read(row["content"], media_type=row["media_type"], name=name, limits=limits)
        kind, _ = kind_of(muted(text.text), hint=row["kind_hint"] or text.kind_hint)
        identity = find_identity(text.text, kind=kind)
        redacted = redact(text.text, identity.spans)
        texts = {
            "document_id": row["document_id"],
            "media_type": text.media_type,
            "kind_hint": row["kind_hint"] or text.kind_hint,
            "source": row["source"],
            "source_uri": row["source_uri"],
            "received_at": row["received_at"],
            "text": text.text,
            "redacted_text": redacted,
            "pages": text.pages,
            "notes": text.notes + notes_on(redacted),
        }
        return {TEXTS.name: texts}

    return each_row(PARSE, batch, one)


def classify(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Say what each document is.

    Args:
        batch: rows of `silver.texts`; reads `document_id`, `text`, `kind_hint`.

    Returns:
        Rows with a `classifications` column. A text that cannot be judged gets kind `other` with confidence 0.
    """
    from talentflow.classification import classify as classify_text
    from talentflow.hostile import muted

    def one(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
        said = classify_text(muted(row["text"]), hint=row["kind_hint"])
        return {CLASSIFICATIONS.name: _columns(said) | {"document_id": row["document_id"]}}

    return each_row(CLASSIFY, batch, one)


def extract(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Text to a record with evidence: an offer, or a candidate and apart from it the identity.

    Args:
        batch: rows of `silver.texts` with the columns of `silver.classifications` in a struct `classification`.

    Returns:
        Rows with `job_offers`, `candidates` and `identities` columns. A document of kind `other` is skipped.
    """
    from talentflow.extraction import extract_candidate, extract_offer, find_identity, redact
    from talentflow.hostile import muted

    def one(row: dict[str, Any]) -> dict[str, dict[str, Any]] | str:
        classification = record_of(Classification, row["classification"])
        if classification.kind == "other":
            return "neither a CV nor a job offer: nothing to extract"
        if classification.kind == "job_offer":
            offer: JobOffer = extract_offer(muted(row["redacted_text"]), classification)
            return {JOB_OFFERS.name: _columns(offer) | {"document_id": row["document_id"], "offer_id": row["document_id"]}}
        identity: Identity = find_identity(row["text"], kind="cv")
        as_of = f"{row['received_at']:%Y-%m}" if row["received_at"] else None
        candidate: Candidate = extract_candidate(muted(redact(row["text"], identity.spans)), classification, as_of=as_of)
        ids = {"document_id": row["document_id"], "candidate_id": candidate_id(identity, row["document_id"])}
        return {CANDIDATES.name: _columns(candidate) | ids, IDENTITIES.name: _columns(identity) | ids}

    return each_row(EXTRACT, batch, one)


_SAMPLES = {
    "cv": "Ada Lovelace\nada@example.org\nData engineer\n\nExperience\nData engineer, Acme, London, 2019 - 2024\nPython, SQL\n\n"
    "Education\nMSc Computer Science, 2018\n\nLanguages\nEnglish, French",
    "job_offer": "Data engineer (m/f) at Acme, Paris\n\nRequirements\n3 years of experience with Python and SQL\n\n"
    "We offer\nPermanent contract, 50,000 EUR a year, remote work",
}


def warm_up() -> None:
    """Load what the stages load at their first document, by taking a small CV and a small offer through them.

    For engines that fork: called before, every worker finds patterns and taxonomy in memory, and shares it.
    """
    rows = [
        {"document_id": kind, "content": text.encode(), "media_type": "text/plain", "kind_hint": kind, "content_hash": kind}
        for kind, text in _SAMPLES.items()
    ]
    parsed = parse(pa.RecordBatch.from_pylist(rows, schema=DOCUMENTS.schema)).column(TEXTS.name).to_pylist()
    texts = [row for row in parsed if row is not None]
    said = classify(pa.RecordBatch.from_pylist(texts, schema=TEXTS.schema)).column(CLASSIFICATIONS.name).to_pylist()
    extract(pa.RecordBatch.from_pylist([row | {"classification": c} for row, c in zip(texts, said, strict=True)]))


def candidate_id(identity: Identity, document_id: str) -> str:
    """One id a person: from name and e-mail (or phone), so that two versions of a CV are one candidate.

    The name alone is too common and an agency's address stands on many CVs, so both are needed; a CV without them
    is a person of its own.
    """
    from talentflow.ids import digest

    contact = (identity.email or "").casefold() or "".join(c for c in identity.phone or "" if c.isdigit())
    if not (identity.name and contact):
        return document_id
    return digest("candidate", " ".join(sorted(identity.name.casefold().split())), contact)


_PARSED = f"documents {DOCUMENTS_VERSION}, hostile {HOSTILE_VERSION}, extraction {EXTRACTION_VERSION}"
_CLASSIFIED = f"classification {CLASSIFICATION_VERSION}, taxonomy {TAXONOMY_VERSION}, {_PARSED}"
"""Versions name everything upstream: a better parser makes classifications and records stale too."""

PARSE = Stage("parse", _PARSED, parse, (TEXTS,), batch_rows=16)
CLASSIFY = Stage("classify", _CLASSIFIED, classify, (CLASSIFICATIONS,))
EXTRACT = Stage("extract", _CLASSIFIED, extract, (JOB_OFFERS, CANDIDATES, IDENTITIES))
