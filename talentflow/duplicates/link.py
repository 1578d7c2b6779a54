"""The stage `link`: fingerprints new texts, groups all offers, and writes what differs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import structlog

from talentflow.duplicates.closing import closed_documents, closed_since
from talentflow.duplicates.facts import facts_of
from talentflow.duplicates.fingerprint import FINGERPRINT, Hashes, from_bytes
from talentflow.duplicates.groups import Offer, heads
from talentflow.engines import Engine
from talentflow.incremental import Outcomes
from talentflow.lakehouse import Lakehouse
from talentflow.report import StageReport
from talentflow.tables import DOCUMENTS, FINGERPRINTS, JOB_OFFERS, LINKS, TEXTS

log = structlog.get_logger(__name__)

VERSION = f"{FINGERPRINT.version}, facts and groups 1"
"""What a decision depends on beside the offers."""

_LINKED = replace(JOB_OFFERS, guard=("duplicate_of", "closed_at"))
"""The rows of offers, written again only when a link or a closure differs."""

_DECIDED = ("offer_id", "document_id", "content_hash", "duplicate_of", "closed_at")
_FACTS = (
    "offer_id",
    "title",
    "hiring_organization",
    "job_location",
    "employment_type",
    "contract",
    "workplace",
    "base_salary",
    "experience_years",
    "seniority",
    "language",
)
_NEVER = datetime.max.replace(tzinfo=UTC)
"""When an offer was received whose document is gone."""

Decision = tuple[str | None, str | None]
"""(`duplicate_of`, `closed_at`)."""


def link_offers(lakehouse: Lakehouse, engine: Engine, *, run_id: str, batch_rows: int, today: date) -> StageReport:
    """Set `duplicate_of` and `closed_at` of every offer.

    Args:
        lakehouse: reads bronze and silver; writes ops.fingerprints, silver.job_offers and ops.links.
        engine: where new texts are fingerprinted.
        run_id: of the outcomes: one for each offer that is new or decided anew.
        batch_rows: texts fingerprinted and committed at a time.
        today: offers of fetched sources that are valid through an earlier day are closed.

    Returns:
        The report; `details` counts `open`, `closed` and `duplicates` (open ones), of all offers.
    """
    started = time.perf_counter()
    report = StageReport(FINGERPRINT.name)
    outcomes = Outcomes(run_id, FINGERPRINT.name, VERSION, report)
    rows = lakehouse.read(JOB_OFFERS, [*_DECIDED, "valid_through"]).to_pylist()
    documents = {d["document_id"]: d for d in lakehouse.read(DOCUMENTS, ["document_id", "received_at", "fetched_at"]).to_pylist()}
    received: dict[str, datetime] = {i: d["received_at"] or _NEVER for i, d in documents.items()}
    closed = _closed(rows, documents, closed_documents(lakehouse), today)
    decided = {r["offer_id"]: r for r in lakehouse.read(LINKS).to_pylist()}
    if not _is_settled(rows, closed, decided):
        failures = _fingerprint_new(lakehouse, engine, rows, batch_rows, report)
        decisions = _decide(lakehouse, rows, closed, received)
        _write(lakehouse, rows, decisions, decided, failures, outcomes)
        log.info("stage_progress", stage=FINGERPRINT.name, done=len(rows), total=len(rows))
    else:
        decisions = {r["offer_id"]: (r["duplicate_of"], r["closed_at"]) for r in rows}
    report.details = {
        "open": sum(since is None for _, since in decisions.values()),
        "closed": sum(since is not None for _, since in decisions.values()),
        "duplicates": sum(head is not None and since is None for head, since in decisions.values()),
    }
    report.seconds = time.perf_counter() - started
    return report


def _closed(
    rows: Sequence[Mapping[str, Any]],
    documents: Mapping[str, Mapping[str, Any]],
    closed_at: Mapping[str, datetime],
    today: date,
) -> dict[str, str]:
    """Closed offers and since when. Files and simulations stay open whatever date they carry: somebody gave them to be used."""
    found: dict[str, str] = {}
    for row in rows:
        document_id = row["document_id"]
        is_fetched = document_id in documents and documents[document_id]["fetched_at"] is not None
        since = closed_since(closed_at.get(document_id), row["valid_through"] if is_fetched else None, today)
        if since is not None:
            found[row["offer_id"]] = since
    return found


def _is_settled(rows: Sequence[Mapping[str, Any]], closed: Mapping[str, str], decided: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether every offer stands as it was last decided, and no offer has gone since."""
    present = {None, *(row["offer_id"] for row in rows)}
    return len(rows) == len(decided) and all(
        row["duplicate_of"] in present
        and (last := decided.get(row["offer_id"])) is not None
        and last["stage_version"] == VERSION
        and last["content_hash"] == row["content_hash"]
        and last["duplicate_of"] == row["duplicate_of"]
        and last["closed_at"] == row["closed_at"] == closed.get(row["offer_id"])
        for row in rows
    )


def _fingerprint_new(
    lakehouse: Lakehouse, engine: Engine, rows: Sequence[Mapping[str, Any]], batch_rows: int, report: StageReport
) -> dict[str, Mapping[str, Any]]:
    """Fingerprint the texts that are new or different; returns the outcomes of those that could not be, by offer.

    Fingerprints of offers that are gone go too.
    """
    stamps = {f["offer_id"]: f for f in lakehouse.read(FINGERPRINTS, ["offer_id", "content_hash", "stage_version"]).to_pylist()}
    new = {
        row["document_id"]: row["offer_id"]
        for row in rows
        if (held := stamps.get(row["offer_id"])) is None
        or (held["content_hash"], held["stage_version"]) != (row["content_hash"], FINGERPRINT.version)
    }
    failures: dict[str, Mapping[str, Any]] = {}
    log.info("stage_progress", stage=FINGERPRINT.name, done=0, total=len(rows))
    waiting: list[pa.RecordBatch] = []

    def commit() -> None:
        written: list[dict[str, Any]] = []
        for result in pa.Table.from_batches(waiting).to_pylist():
            offer_id = new[result["document_id"]]
            empty = {"offer_id": offer_id, "document_id": result["document_id"], "stage_version": FINGERPRINT.version}
            written.append(result[FINGERPRINTS.name] or empty | {"content_hash": hashes[offer_id]})
            if result["outcome"]["status"] != "ok":
                failures[offer_id] = result["outcome"]
        report.rows_written += lakehouse.upsert(FINGERPRINTS, pa.Table.from_pylist(written, schema=FINGERPRINTS.schema))
        waiting.clear()

    hashes = {row["offer_id"]: row["content_hash"] for row in rows}
    if new:
        for result in engine.run(FINGERPRINT, _texts(lakehouse, new, batch_rows)):
            waiting.append(result)
            if sum(r.num_rows for r in waiting) >= batch_rows:
                commit()
        if waiting:
            commit()
    if gone := sorted(stamps.keys() - hashes.keys()):
        report.rows_written += lakehouse.delete(FINGERPRINTS, "offer_id", gone)
    return failures


def _texts(lakehouse: Lakehouse, new: Mapping[str, str], batch_rows: int) -> Iterator[pa.RecordBatch]:
    for batch in lakehouse.scan(TEXTS, ["document_id", "content_hash", "redacted_text"], batch_rows=batch_rows):
        offers = [new.get(d) for d in batch["document_id"].to_pylist()]
        batch = batch.append_column("offer_id", pa.array(offers, pa.string())).filter(
            pa.array([o is not None for o in offers], pa.bool_())
        )
        if batch.num_rows:
            yield batch


def _decide(
    lakehouse: Lakehouse, rows: Sequence[Mapping[str, Any]], closed: Mapping[str, str], received: Mapping[str, datetime]
) -> dict[str, Decision]:
    prints = lakehouse.read(FINGERPRINTS, ["offer_id", "signature"]).to_pylist()
    signatures = {p["offer_id"]: from_bytes(p["signature"]) for p in prints if p["signature"]}
    facts = {row["offer_id"]: facts_of(row) for row in lakehouse.read(JOB_OFFERS, _FACTS).to_pylist()}
    offers = [
        Offer(
            row["offer_id"],
            received.get(row["document_id"], _NEVER),
            row["offer_id"] not in closed,
            facts[row["offer_id"]],
            signatures.get(row["offer_id"]),
        )
        for row in rows
    ]

    def texts_of(ids: Sequence[str]) -> dict[str, Hashes]:
        stored = lakehouse.read(FINGERPRINTS, ["offer_id", "words"], where={"offer_id": ids}).to_pylist()
        return {s["offer_id"]: from_bytes(s["words"]) for s in stored if s["words"] is not None}

    found = heads(offers, texts_of)
    return {o.offer_id: (found.get(o.offer_id), closed.get(o.offer_id)) for o in offers}


def _write(
    lakehouse: Lakehouse,
    rows: Sequence[Mapping[str, Any]],
    decisions: Mapping[str, Decision],
    decided: Mapping[str, Mapping[str, Any]],
    failures: Mapping[str, Mapping[str, Any]],
    outcomes: Outcomes,
) -> None:
    """The offers' rows, the outcomes, then what was decided: the next run decides again what is not in there."""
    report = outcomes.report
    changed = [r["offer_id"] for r in rows if decisions[r["offer_id"]] != (r["duplicate_of"], r["closed_at"])]
    if changed:
        stored = lakehouse.read(JOB_OFFERS, where={"offer_id": changed})
        for n, name in enumerate(("duplicate_of", "closed_at")):
            values = pa.array([decisions[i][n] for i in stored["offer_id"].to_pylist()], pa.string())
            stored = stored.set_column(stored.schema.get_field_index(name), JOB_OFFERS.schema.field(name), values)
        report.rows_written += lakehouse.upsert(_LINKED, stored)
    links: list[dict[str, Any]] = [
        {"offer_id": r["offer_id"], "document_id": r["document_id"], "content_hash": r["content_hash"], "stage_version": VERSION}
        | dict(zip(("duplicate_of", "closed_at"), decisions[r["offer_id"]], strict=True))
        for r in rows
    ]
    fresh = [(row, link) for row, link in zip(rows, links, strict=True) if decided.get(link["offer_id"]) != link]
    for row, link in fresh:
        said = failures.get(link["offer_id"]) or {"status": "ok", "detail": _said(link["duplicate_of"], link["closed_at"])}
        outcomes.add(row["document_id"], row["content_hash"], **said)
    outcomes.write(lakehouse)
    if fresh:
        report.rows_written += lakehouse.upsert(LINKS, pa.Table.from_pylist([link for _, link in fresh], schema=LINKS.schema))
    if gone := sorted(decided.keys() - decisions.keys()):
        report.rows_written += lakehouse.delete(LINKS, "offer_id", gone)


def _said(duplicate_of: str | None, closed_at: str | None) -> str | None:
    parts = [f"repeats {duplicate_of}" if duplicate_of else "", f"closed since {closed_at}" if closed_at else ""]
    return "; ".join(p for p in parts if p) or None
