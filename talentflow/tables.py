"""Every table, declared once: name, key, Arrow schema, owner.

Arrow, Spark, topic and contract types all derive from here, and the record tables' columns derive from
`records.py`. Timestamps are UTC microseconds. Beside its own columns every silver table carries `content_hash` (of
the document as sent) and `stage_version` (of the stage that wrote the row): together they say what a row was made
from, and a row is written again only when they differ.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel

from talentflow import records

TIMESTAMP = pa.timestamp("us", tz="UTC")
_SCALARS: dict[type, pa.DataType] = {str: pa.string(), int: pa.int32(), float: pa.float64(), bool: pa.bool_()}


def arrow_type(annotation: Any) -> pa.DataType:
    """The Arrow type of a record field's annotation. Raises TypeError for one that no record uses."""
    origin = get_origin(annotation)
    if origin is Literal:
        return pa.string()
    if origin is list:
        return pa.list_(arrow_type(get_args(annotation)[0]))
    if origin in (Union, types.UnionType):
        (inner,) = [a for a in get_args(annotation) if a is not type(None)]
        return arrow_type(inner)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pa.struct(list(record_schema(annotation)))
    return _SCALARS[annotation]


def record_schema(model: type[BaseModel]) -> pa.Schema:
    """One column a field, in order; all nullable, since a source may not say."""
    return pa.schema([pa.field(name, arrow_type(f.annotation)) for name, f in model.model_fields.items()])


@dataclass(frozen=True)
class Table:
    """A Delta table: `layer.name`, the columns that identify a row, its schema and the stage that writes it."""

    layer: str
    name: str
    key: tuple[str, ...]
    schema: pa.Schema
    owner: str
    guard: tuple[str, ...] = ("content_hash", "stage_version")
    """Columns compared before a row with the same key is written again."""

    @property
    def id(self) -> str:
        return f"{self.layer}.{self.name}"


def _silver(
    name: str, key: tuple[str, ...], schema: pa.Schema, owner: str, guard: tuple[str, ...] = ("content_hash", "stage_version")
) -> Table:
    stamped = schema.append(pa.field("content_hash", pa.string())).append(pa.field("stage_version", pa.string()))
    return Table("silver", name, key, stamped, owner, guard)


DOCUMENTS = Table(
    "bronze",
    "documents",
    ("document_id",),
    pa.schema(
        [
            pa.field("document_id", pa.string(), nullable=False),
            pa.field("content", pa.binary()),
            pa.field("media_type", pa.string()),
            pa.field("kind_hint", pa.string()),
            pa.field("source", pa.string()),
            pa.field("source_uri", pa.string()),
            pa.field("source_key", pa.string()),
            pa.field("received_at", TIMESTAMP),
            pa.field("topic", pa.string()),
            pa.field("partition", pa.int32()),
            pa.field("offset", pa.int64()),
            pa.field("content_hash", pa.string()),
            pa.field("fetched_at", TIMESTAMP),
            pa.field("terms", pa.string()),
        ]
    ),
    "bronze",
    guard=("content_hash",),
)

CLOSURES = Table(
    "bronze",
    "closures",
    ("document_id",),
    pa.schema(
        [
            pa.field("document_id", pa.string(), nullable=False),
            pa.field("closed_at", TIMESTAMP),
            pa.field("reason", pa.string()),
            pa.field("source", pa.string()),
            pa.field("source_uri", pa.string()),
        ]
    ),
    "bronze",
    guard=("reason",),
)
"""Documents that their source does not offer any more; a row goes when the source offers the document again."""

QUARANTINE = Table(
    "bronze",
    "quarantine",
    ("document_id", "stage"),
    pa.schema(
        [
            pa.field("document_id", pa.string(), nullable=False),
            pa.field("stage", pa.string(), nullable=False),
            pa.field("error_code", pa.string()),
            pa.field("detail", pa.string()),
            pa.field("payload", pa.binary()),
            pa.field("source", pa.string()),
            pa.field("source_uri", pa.string()),
            pa.field("content_hash", pa.string()),
            pa.field("stage_version", pa.string()),
        ]
    ),
    "every stage",
)

TEXTS = _silver(
    "texts",
    ("document_id",),
    pa.schema(
        [
            pa.field("document_id", pa.string(), nullable=False),
            pa.field("media_type", pa.string()),
            pa.field("kind_hint", pa.string()),
            pa.field("source", pa.string()),
            pa.field("source_uri", pa.string()),
            pa.field("received_at", TIMESTAMP),
            pa.field("text", pa.string()),
            pa.field("redacted_text", pa.string()),
            pa.field("pages", pa.list_(pa.int32())),
            pa.field("notes", pa.list_(pa.string())),
        ]
    ),
    "parse",
)
CLASSIFICATIONS = _silver("classifications", ("document_id",), record_schema(records.Classification), "classify")
JOB_OFFERS = _silver("job_offers", ("offer_id",), record_schema(records.JobOffer), "extract")
CANDIDATES = _silver("candidates", ("candidate_id",), record_schema(records.Candidate), "extract")
IDENTITIES = _silver("identities", ("candidate_id",), record_schema(records.Identity), "extract")
EMBEDDINGS = _silver(
    "embeddings",
    ("document_id", "model_id"),
    pa.schema(
        [
            pa.field("document_id", pa.string(), nullable=False),
            pa.field("model_id", pa.string(), nullable=False),
            pa.field("record_id", pa.string()),
            pa.field("kind", pa.string()),
            pa.field("text_hash", pa.string()),
            pa.field("text", pa.string()),
            pa.field("terms", pa.list_(pa.string())),
            pa.field("vector", pa.list_(pa.float32())),
            pa.field("title", pa.string()),
            pa.field("title_vector", pa.list_(pa.float32())),
        ]
    ),
    "embed",
    guard=("record_id", "text_hash"),
)
FINGERPRINTS = Table(
    "ops",
    "fingerprints",
    ("offer_id",),
    pa.schema(
        [
            pa.field("offer_id", pa.string(), nullable=False),
            pa.field("document_id", pa.string()),
            pa.field("signature", pa.binary()),
            pa.field("words", pa.binary()),
            pa.field("content_hash", pa.string()),
            pa.field("stage_version", pa.string()),
        ]
    ),
    "link",
)
"""What offers' texts are compared by; without a signature: a text that could not be read for it."""

LINKS = Table(
    "ops",
    "links",
    ("offer_id",),
    pa.schema(
        [
            pa.field("offer_id", pa.string(), nullable=False),
            pa.field("document_id", pa.string()),
            pa.field("content_hash", pa.string()),
            pa.field("stage_version", pa.string()),
            pa.field("duplicate_of", pa.string()),
            pa.field("closed_at", pa.string()),
        ]
    ),
    "link",
    guard=("content_hash", "stage_version", "duplicate_of", "closed_at"),
)
"""What `link` last decided of each offer: while every offer is as it stands here, there is nothing to decide."""

INTERACTIONS = Table("silver", "interactions", ("event_id",), record_schema(records.Interaction), "interactions", guard=())

OUTCOMES = Table(
    "ops",
    "outcomes",
    ("run_id", "stage", "document_id"),
    pa.schema(
        [
            pa.field("run_id", pa.string(), nullable=False),
            pa.field("stage", pa.string(), nullable=False),
            pa.field("document_id", pa.string(), nullable=False),
            pa.field("content_hash", pa.string()),
            pa.field("stage_version", pa.string()),
            pa.field("status", pa.string()),
            pa.field("error_code", pa.string()),
            pa.field("detail", pa.string()),
            pa.field("milliseconds", pa.float64()),
        ]
    ),
    "every stage",
    guard=(),
)

INGESTS = Table(
    "ops",
    "ingests",
    ("run_id", "target"),
    pa.schema(
        [
            pa.field("run_id", pa.string(), nullable=False),
            pa.field("target", pa.string(), nullable=False),
            pa.field("source", pa.string()),
            pa.field("type", pa.string()),
            pa.field("terms", pa.string()),
            pa.field("started_at", TIMESTAMP),
            pa.field("seconds", pa.float64()),
            pa.field("fetched", pa.int64()),
            pa.field("not_modified", pa.int64()),
            pa.field("documents", pa.int64()),
            pa.field("skipped", pa.int64()),
            pa.field("quarantined", pa.int64()),
            pa.field("closed", pa.int64()),
            pa.field("status", pa.string()),
            pa.field("error", pa.string()),
        ]
    ),
    "ingest",
    guard=(),
)
"""What each ingest of a source found; `status` is ok or failed."""

PROFILES = Table(
    "ops",
    "profiles",
    ("run_id", "table_id", "column_name", "measure", "category"),
    pa.schema(
        [
            pa.field("run_id", pa.string(), nullable=False),
            pa.field("table_id", pa.string(), nullable=False),
            pa.field("column_name", pa.string(), nullable=False),
            pa.field("measure", pa.string(), nullable=False),
            pa.field("category", pa.string(), nullable=False),
            pa.field("value", pa.float64()),
            pa.field("rows", pa.int64()),
        ]
    ),
    "gate",
    guard=("value", "rows"),
)
"""What runs are compared by: rows, nulls, categories, sums and sums of squares of what a run checked (`talentflow/drift.py`);
`column_name` and `category` are empty where a measure has none."""

TABLES: dict[str, Table] = {
    t.id: t
    for t in (
        DOCUMENTS,
        CLOSURES,
        QUARANTINE,
        TEXTS,
        CLASSIFICATIONS,
        JOB_OFFERS,
        CANDIDATES,
        IDENTITIES,
        EMBEDDINGS,
        FINGERPRINTS,
        LINKS,
        INTERACTIONS,
        OUTCOMES,
        INGESTS,
        PROFILES,
    )
}
