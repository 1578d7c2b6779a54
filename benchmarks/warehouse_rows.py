"""Rows of silver by the million, distributed as the simulation's: real records of simulated documents, column by column anew.

A pool of simulated documents is read, classified and extracted once; every row then takes each of its column groups (place, pay,
skills, work, …) from a record of the pool that a seeded generator chooses, so that sizes, nesting and shares are those of
extraction while no two rows are alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from producers.simulate import simulate
from producers.simulation.interactions import simulated_interactions
from talentflow.classification import classify
from talentflow.documents import read
from talentflow.errors import DocumentError
from talentflow.extraction import extract_candidate, extract_offer, find_identity, redact
from talentflow.ids import content_hash
from talentflow.records import Candidate, JobOffer
from talentflow.tables import CANDIDATES, CLASSIFICATIONS, INTERACTIONS, JOB_OFFERS, Table

POOL_DOCUMENTS = 1_200
SEED = 7
BATCH_ROWS = 50_000
CANDIDATES_AN_OFFER = 0.1
INTERACTIONS_AN_OFFER = 1.0
_TOGETHER = (
    {"title", "occupation_code", "occupation_title", "seniority", "industry"},
    {"contract", "contract_months", "employment_type", "paid"},
    {"date_posted", "valid_through", "closed_at"},
    {"work", "experience_years"},
    {"education", "education_level"},
)
"""Columns that belong together: a row takes them from one record."""


@dataclass(frozen=True)
class Pool:
    """Records that extraction made of simulated documents, as tables."""

    offers: pa.Table
    candidates: pa.Table
    classifications: pa.Table
    interactions: pa.Table


def pool(documents: int = POOL_DOCUMENTS, seed: int = SEED) -> Pool:
    """Documents of the simulation through reading, classification and extraction, in this process."""
    offers: list[JobOffer] = []
    candidates: list[Candidate] = []
    said: list[dict[str, Any]] = []
    places: dict[str, int] = {}
    for document in simulate(documents, seed, format="text"):
        document_id = f"d{document.index}"
        try:
            text = read(document.content, name=document.name).text
            found = classify(text, hint=document.kind)
            if found.kind == "job_offer":
                record = extract_offer(text, found)
                offers.append(record.model_copy(update={"offer_id": document_id, "document_id": document_id}))
            elif found.kind == "cv":
                redacted = redact(text, find_identity(text, kind="cv").spans)
                record = extract_candidate(redacted, found)
                candidates.append(record.model_copy(update={"candidate_id": document_id, "document_id": document_id}))
        except DocumentError:
            continue
        said.append(found.model_dump() | {"document_id": document_id})
        places[document_id] = document.index
    events = [event.model_dump() for event in simulated_interactions(offers, candidates, places, seed)]
    return Pool(
        _table(JOB_OFFERS, [r.model_dump() for r in offers]),
        _table(CANDIDATES, [r.model_dump() for r in candidates]),
        _table(CLASSIFICATIONS, said),
        _table(INTERACTIONS, events),
    )


def offers(source: Pool, rows: int, seed: int = SEED) -> Iterator[pa.Table]:
    """Rows of `silver.job_offers` o0, o1, …, a part at a time."""
    return _rows(JOB_OFFERS, source.offers, rows, seed, {"offer_id": "o", "document_id": "o"})


def candidates(source: Pool, rows: int, seed: int = SEED) -> Iterator[pa.Table]:
    """Rows of `silver.candidates` c0, c1, …"""
    return _rows(CANDIDATES, source.candidates, rows, seed + 1, {"candidate_id": "c", "document_id": "c"})


def classifications(source: Pool, rows: int, seed: int = SEED) -> Iterator[pa.Table]:
    """Rows of `silver.classifications` of the offers."""
    return _rows(CLASSIFICATIONS, source.classifications, rows, seed + 2, {"document_id": "o"})


def interactions(source: Pool, rows: int, offers: int, candidates: int, seed: int = SEED) -> Iterator[pa.Table]:
    """Rows of `silver.interactions` between the offers and the candidates that there are, the same pair for a journey's steps."""
    for start, part in enumerate(_rows(INTERACTIONS, source.interactions, rows, seed + 3, {"event_id": "e"})):
        rng = np.random.default_rng((seed, 4, start))
        for name, letter, among in (("offer_id", "o", offers), ("candidate_id", "c", candidates)):
            ids = pa.array([f"{letter}{n}" for n in rng.integers(0, max(among, 1), part.num_rows)], pa.string())
            part = part.set_column(part.schema.get_field_index(name), part.schema.field(name), ids)
        yield part


def _rows(table: Table, source: pa.Table, rows: int, seed: int, ids: dict[str, str]) -> Iterator[pa.Table]:
    groups = _groups(table, ids)
    for start in range(0, rows, BATCH_ROWS):
        count = min(BATCH_ROWS, rows - start)
        rng = np.random.default_rng((seed, start))
        taken: dict[str, pa.ChunkedArray | pa.Array] = {}
        for group in groups:
            chosen = pa.array(rng.integers(0, source.num_rows, count))
            taken |= {name: source.column(name).take(chosen) for name in group}
        if "evidence" in taken:
            taken["evidence"] = _elsewhere(taken["evidence"], rng)
        for name, letter in ids.items():
            taken[name] = pa.array([f"{letter}{start + n}" for n in range(count)], pa.string())
        yield pa.table([taken[name] for name in table.schema.names], schema=table.schema)


def _elsewhere(evidence: pa.ChunkedArray | pa.Array, rng: np.random.Generator) -> pa.Array:
    """The same evidence as many characters later as each row's text has more before it: no two texts are alike."""
    lists = evidence.combine_chunks() if isinstance(evidence, pa.ChunkedArray) else evidence
    spans = lists.flatten()
    shift = np.repeat(rng.integers(0, 2_000, len(lists)), np.diff(lists.offsets.to_numpy()))
    moved = [pa.array(spans.field(name).to_numpy() + shift, pa.int32()) for name in ("start", "end")]
    values = pa.StructArray.from_arrays([spans.field("field"), *moved], fields=list(lists.type.value_type))
    return pa.ListArray.from_arrays(lists.offsets, values, type=lists.type)


def _groups(table: Table, ids: dict[str, str]) -> list[list[str]]:
    names = [name for name in table.schema.names if name not in ids]
    together = [[n for n in names if n in group] for group in _TOGETHER]
    alone = [[n] for n in names if not any(n in group for group in _TOGETHER)]
    return [group for group in (*together, *alone) if group]


def _table(table: Table, rows: Sequence[dict[str, Any]]) -> pa.Table:
    stamp = {"content_hash": content_hash(b"benchmark"), "stage_version": "1"}
    return pa.Table.from_pylist([stamp | row for row in rows], schema=table.schema)
