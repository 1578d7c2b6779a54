"""Documents through the stages at once, in memory, with no tables: for the app's uploads and the one-shot commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pyarrow as pa

from talentflow.engines import Engine
from talentflow.eventlog.messages import RawDocument
from talentflow.records import Candidate, Classification, Identity, JobOffer, Kind, record_of
from talentflow.stages import CLASSIFY, EXTRACT, PARSE, Stage
from talentflow.tables import CLASSIFICATIONS, DOCUMENTS, TEXTS, Table

_CHUNK = 256


@dataclass(frozen=True)
class Processed:
    """What became of one document. `error` is a sentence for the user when it could not be used."""

    document_id: str
    source_uri: str
    error_code: str | None = None
    error: str | None = None
    text: str | None = None
    redacted_text: str | None = None
    notes: tuple[str, ...] = ()
    """What was left out of the text or guessed, and what warns of it."""
    classification: Classification | None = None
    offer: JobOffer | None = None
    candidate: Candidate | None = None
    identity: Identity | None = None


def document_row(document: RawDocument) -> dict[str, Any]:
    """A row of `bronze.documents` for a document that is on no log."""
    return {
        "document_id": document.document_id,
        "content": document.content,
        "media_type": document.media_type,
        "kind_hint": document.kind_hint,
        "source": document.source,
        "source_uri": document.source_uri,
        "source_key": document.source_key,
        "received_at": datetime.now(UTC),
        "content_hash": document.content_hash,
    }


def process(
    documents: Iterable[dict[str, Any]], engine: Engine, *, kind: Kind | None = None, extract: bool = True
) -> Iterator[Processed]:
    """Take rows of `bronze.documents` through parse, classify and extract, in their order.

    Args:
        documents: the rows.
        engine: where the stages run.
        kind: what every document is, when the user said so; else each is judged.
        extract: False stops after classification.
    """
    rows = iter(documents)
    while chunk := list(islice(rows, _CHUNK)):
        yield from _process(chunk, engine, kind, extract)


def _process(chunk: list[dict[str, Any]], engine: Engine, kind: Kind | None, extract: bool) -> Iterator[Processed]:
    found: dict[str, dict[str, Any]] = {d["document_id"]: {"source_uri": d["source_uri"]} for d in chunk}
    documents = [d | {"kind_hint": kind} if kind else d for d in chunk]
    texts = _run(engine, PARSE, DOCUMENTS, documents, found)
    for text in texts:
        found[text["document_id"]] |= {
            "text": text["text"],
            "redacted_text": text["redacted_text"],
            "notes": tuple(text["notes"] or ()),
        }
    said = _run(engine, CLASSIFY, TEXTS, texts, found)
    classifications: list[dict[str, Any]] = [c | ({"kind": kind, "kind_confidence": 1.0} if kind else {}) for c in said]
    for c in classifications:
        found[c["document_id"]]["classification"] = record_of(Classification, c)
    if extract:
        by_id = {c["document_id"]: c for c in classifications}
        joined = [t | {"classification": by_id[t["document_id"]]} for t in texts if t["document_id"] in by_id]
        _extract(engine, joined, found)
    for document_id, values in found.items():
        yield Processed(document_id=document_id, **values)


def _run(
    engine: Engine, stage: Stage, table: Table, rows: list[dict[str, Any]], found: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows that `stage` wrote into its one table; the others' errors go into `found`."""
    written: list[dict[str, Any]] = []
    if not rows:
        return written
    for result in engine.run(stage, [pa.RecordBatch.from_pylist(rows, schema=table.schema)]):
        for row in result.to_pylist():
            if row[stage.writes[0].name] is not None:
                written.append(row[stage.writes[0].name])
            else:
                _note(found[row["document_id"]], row["outcome"])
    return written


def _extract(engine: Engine, rows: list[dict[str, Any]], found: dict[str, dict[str, Any]]) -> None:
    if not rows:
        return
    schema = TEXTS.schema.append(pa.field("classification", pa.struct(list(CLASSIFICATIONS.schema))))
    for result in engine.run(EXTRACT, [pa.RecordBatch.from_pylist(rows, schema=schema)]):
        for row in result.to_pylist():
            values = found[row["document_id"]]
            if row["outcome"]["status"] != "ok":
                _note(values, row["outcome"])
            if row["job_offers"] is not None:
                values["offer"] = record_of(JobOffer, row["job_offers"])
            if row["candidates"] is not None:
                values["candidate"] = record_of(Candidate, row["candidates"])
                values["identity"] = record_of(Identity, row["identities"])


def _note(values: dict[str, Any], outcome: dict[str, Any]) -> None:
    values["error_code"] = outcome["error_code"] or outcome["status"]
    values["error"] = outcome["detail"]
