"""Embed the key text of every record that is new, or reads differently than when it was embedded."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import structlog
from numpy.typing import NDArray

from talentflow.duplicates.closing import closed_documents, shown
from talentflow.embedder import Embedder
from talentflow.incremental import Key, Outcomes, handled
from talentflow.lakehouse import Lakehouse
from talentflow.matching import profile
from talentflow.matching.profile import Profile, candidate_profile, offer_profile
from talentflow.records import Candidate, JobOffer, record_of
from talentflow.report import StageReport
from talentflow.stages import EXTRACT
from talentflow.tables import CANDIDATES, EMBEDDINGS, JOB_OFFERS, Table

log = structlog.get_logger(__name__)

STAGE = "embed"
CHUNK = 256
"""Texts embedded and committed at a time."""

MAX_TITLES = 20_000

_KINDS = ((JOB_OFFERS, "job_offer"), (CANDIDATES, "cv"))
_KEYS = {
    JOB_OFFERS.name: ("document_id", "content_hash", "duplicate_of", "closed_at"),
    CANDIDATES.name: ("document_id", "content_hash"),
}
"""What says whether a row is new and shown."""


def version(embedder: Embedder) -> str:
    """What an embedding depends on beside the document: how records and profiles are made, and the model."""
    return f"{EXTRACT.version}+{profile.VERSION}+{embedder.model_id}"


def embed_new(lakehouse: Lakehouse, embedder: Embedder, *, run_id: str, batch_rows: int = 512) -> StageReport:
    """silver.job_offers and silver.candidates → silver.embeddings; not of offers that repeat another one, nor of what is closed.

    A record that this version has handled is not read again; one whose key text is unchanged is not embedded again
    (`skipped`). Rows come first and the outcomes after them, so that a killed run embeds at most one chunk twice.

    Returns:
        The report; `details["texts_embedded"]` counts the texts that went through the model.
    """
    started = time.perf_counter()
    report = StageReport(STAGE, details={"texts_embedded": 0})
    outcomes = Outcomes(run_id, STAGE, version(embedder), report)
    columns = ["document_id", "record_id", "text_hash", "content_hash", "stage_version"]
    stored = lakehouse.read(EMBEDDINGS, columns, where={"model_id": [embedder.model_id]}).to_pylist()
    known = {row["document_id"]: (row["record_id"], row["text_hash"]) for row in stored}
    unfinished = {(r["document_id"], r["content_hash"]) for r in stored if r["stage_version"] == outcomes.version}
    done = {key for key in handled(lakehouse, STAGE, outcomes.version) if key[0] in known}
    titles: dict[str, NDArray[np.float32]] = {}
    closed = closed_documents(lakehouse).keys()
    total = sum(sum(new) for table, _ in _KINDS for _, new in _new(lakehouse, table, _KEYS[table.name], done, closed, batch_rows))
    log.info("stage_progress", stage=STAGE, done=0, total=total)
    for rows in _pending(lakehouse, done, closed, batch_rows):
        for start in range(0, len(rows), CHUNK):
            _embed(rows[start : start + CHUNK], known, lakehouse, embedder, outcomes, titles, unfinished)
            log.info("stage_progress", stage=STAGE, done=report.read, total=total)
    report.seconds = time.perf_counter() - started
    return report


def _pending(lakehouse: Lakehouse, done: set[Key], closed: Collection[str], batch_rows: int) -> Iterator[list[dict[str, Any]]]:
    for table, kind in _KINDS:
        for batch, new in _new(lakehouse, table, table.schema.names, done, closed, batch_rows):
            rows = [row | {"kind": kind} for row in batch.filter(pa.array(new, type=pa.bool_())).to_pylist()]
            if rows:
                yield sorted(rows, key=lambda row: row["document_id"])


def _new(
    lakehouse: Lakehouse, table: Table, columns: Sequence[str], done: set[Key], closed: Collection[str], batch_rows: int
) -> Iterator[tuple[pa.RecordBatch, list[bool]]]:
    """Batches, and which of their rows are to be embedded: those that nobody is shown wait until they are."""
    for batch in lakehouse.scan(table, columns, batch_rows=batch_rows):
        keys = zip(batch["document_id"].to_pylist(), batch["content_hash"].to_pylist(), strict=True)
        yield batch, [key not in done and kept for key, kept in zip(keys, shown(batch, closed), strict=True)]


def _embed(
    rows: list[dict[str, Any]],
    known: dict[str, tuple[str, str]],
    lakehouse: Lakehouse,
    embedder: Embedder,
    outcomes: Outcomes,
    known_titles: dict[str, NDArray[np.float32]],
    unfinished: set[Key],
) -> None:
    """Embed and commit one chunk. `unfinished`: embedded by this version in a run that was killed before its outcomes."""
    profiles = [_profile_of(row) for row in rows]
    ids = [row["offer_id" if row["kind"] == "job_offer" else "candidate_id"] for row in rows]
    fresh = [i for i, row in enumerate(rows) if known.get(row["document_id"]) != (ids[i], profiles[i].text_hash)]
    started = time.perf_counter()
    vectors: NDArray[np.float32] = embedder.embed([profiles[i].text for i in fresh])
    titles = _embed_titles([profiles[i].title for i in fresh], embedder, known_titles)
    milliseconds = (time.perf_counter() - started) * 1000 / max(1, len(fresh))
    written = {
        "document_id": [rows[i]["document_id"] for i in fresh],
        "model_id": [embedder.model_id] * len(fresh),
        "record_id": [ids[i] for i in fresh],
        "kind": [rows[i]["kind"] for i in fresh],
        "text_hash": [profiles[i].text_hash for i in fresh],
        "text": [profiles[i].text for i in fresh],
        "terms": [list(profiles[i].terms) for i in fresh],
        "vector": _lists(vectors),
        "title": [profiles[i].title for i in fresh],
        "title_vector": _lists(titles),
        "content_hash": [rows[i]["content_hash"] for i in fresh],
        "stage_version": [outcomes.version] * len(fresh),
    }
    outcomes.report.details["texts_embedded"] += len(fresh)
    if fresh:
        outcomes.report.rows_written += lakehouse.upsert(EMBEDDINGS, pa.table(written, schema=EMBEDDINGS.schema))
    embedded = set(fresh)
    for i, row in enumerate(rows):
        if i in embedded:
            outcomes.add(row["document_id"], row["content_hash"], "ok", milliseconds=round(milliseconds, 3))
        elif (row["document_id"], row["content_hash"]) in unfinished:
            outcomes.add(row["document_id"], row["content_hash"], "ok")
        else:
            said = "its key text is unchanged: already embedded"
            outcomes.add(row["document_id"], row["content_hash"], "skipped", detail=said)
    outcomes.write(lakehouse)


def _embed_titles(titles: list[str], embedder: Embedder, known: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Job titles recur: each is embedded once a run, the first `MAX_TITLES` of them being remembered."""
    new = [title for title in dict.fromkeys(titles) if title not in known]
    vectors = dict(zip(new, embedder.embed(new), strict=True))
    known.update(list(vectors.items())[: max(0, MAX_TITLES - len(known))])
    rows = [vectors[title] if title in vectors else known[title] for title in titles]
    return np.stack(rows) if rows else np.zeros((0, embedder.dimension), np.float32)


def _lists(vectors: NDArray[np.float32]) -> pa.ListArray:
    """Rows of a matrix as one list each."""
    ends = np.arange(len(vectors) + 1, dtype=np.int32) * vectors.shape[1]
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(vectors.ravel()))


def _profile_of(row: dict[str, Any]) -> Profile:
    if row["kind"] == "job_offer":
        return offer_profile(record_of(JobOffer, row))
    return candidate_profile(record_of(Candidate, row))
