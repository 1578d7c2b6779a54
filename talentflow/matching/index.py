"""The published index: vectors, BM25 and the records needed to score, all of one generation.

A generation's folder holds the vectors' own files and beside them `index.json` (versions of the tables it was made
from, counts), `records-<namespace>.arrow` (id, record as JSON, its title's vector; no identities) and `bm25/<namespace>/`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from talentflow.embedder import Embedder
from talentflow.lakehouse import Lakehouse
from talentflow.matching import Filters, profile
from talentflow.matching.profile import folded, skill_key
from talentflow.matching.retrieve import Lexical
from talentflow.matching.rows import record_of
from talentflow.matching.score import CandidateSide, OfferSide, Rarity, rarity_of
from talentflow.records import Candidate, JobOffer, Place
from talentflow.settings import Settings
from talentflow.tables import CANDIDATES, EMBEDDINGS, JOB_OFFERS, Table
from talentflow.vectors import Vectors, generations, open_vectors
from talentflow.vectors.filtering import Postings

MANIFEST = "index.json"
FORMAT = 1
OFFERS, CANDIDATES_ = "offers", "candidates"
_OPENING_TRIES = 5

_Rows = dict[str, tuple[JobOffer | Candidate, dict[str, Any]]]
"""Record id → the record and its row of `silver.embeddings`."""


def publish_index(lakehouse: Lakehouse, settings: Settings, embedder: Embedder) -> dict[str, Any]:
    """silver.embeddings and the records → one generation, published by a swap; skipped when no table has changed.

    Returns:
        `vectors` (namespace → rows), `model_id`, `generation`, `published` (False when it was skipped).

    Raises: Busy, StorageFull (the old generation stays).
    """
    versions = {table.id: lakehouse.version(table) for table in (JOB_OFFERS, CANDIDATES, EMBEDDINGS)}
    made_from = {"format": FORMAT, "profile": profile.VERSION, "model_id": embedder.model_id, "versions": versions}
    folder = generations.current(settings.index_dir)
    manifest = _manifest(folder) if folder else None
    if folder and manifest and manifest["made_from"] == made_from:
        return {"vectors": manifest["vectors"], "model_id": embedder.model_id, "generation": folder.name, "published": False}

    sides = {
        OFFERS: _joined(lakehouse, JOB_OFFERS, JobOffer, embedder.model_id),
        CANDIDATES_: _joined(lakehouse, CANDIDATES, Candidate, embedder.model_id),
    }
    vectors = open_vectors(settings, model_id=embedder.model_id, dimension=embedder.dimension)
    for namespace, rows in sides.items():
        ids = sorted(rows)
        stale = [i for i in vectors.ids(namespace) if i not in rows]
        vectors.delete(namespace, stale)
        matrix = _matrix([rows[i][1]["vector"] for i in ids], embedder.dimension)
        vectors.upsert(namespace, ids, matrix, [metadata(rows[i][0]) for i in ids])
    counts = {namespace: len(rows) for namespace, rows in sides.items()}
    vectors.publish(partial(_write_beside, sides, {"made_from": made_from, "vectors": counts}, embedder.dimension))
    published = generations.current(settings.index_dir)
    return {
        "vectors": counts,
        "model_id": embedder.model_id,
        "generation": published.name if published else None,
        "published": True,
    }


def metadata(record: JobOffer | Candidate) -> dict[str, list[str]]:
    """What `Filters` can ask of a record, folded: its fields are those of `Filters`."""
    if isinstance(record, JobOffer):
        places, workplace, contract = record.job_location, record.workplace, record.contract
        languages = [record.language]
    else:
        places = [record.location] if record.location else []
        workplace, contract = record.wanted_workplace, record.wanted_contract
        languages = [record.language, *(s.language for s in record.languages)]
    said = {
        "locations": [name for place in places for name in _place_names(place)],
        "workplaces": [workplace] if workplace else [],
        "contracts": [contract] if contract else [],
        "languages": languages,
        "seniorities": [record.seniority] if record.seniority else [],
    }
    return {name: list(dict.fromkeys(folded_value(v) for v in values)) for name, values in said.items()}


def filter_values(filters: Filters) -> dict[str, tuple[str, ...]]:
    """`Filters` as the vectors' filters; a field without values restricts nothing."""
    fields = {
        "locations": filters.locations,
        "workplaces": filters.workplaces,
        "contracts": filters.contracts,
        "languages": filters.languages,
        "seniorities": filters.seniorities,
    }
    return {name: tuple(folded_value(v) for v in values) for name, values in fields.items() if values}


def folded_value(value: str) -> str:
    """`Île-de-France` and `ile de france` are one; so are `fixed_term` and `fixed term`."""
    return folded(value.replace("_", " "))


def _place_names(place: Place) -> list[str]:
    import pycountry

    names = [place.locality, place.region, place.country]
    country = pycountry.countries.get(alpha_2=place.country) if place.country else None
    return [name for name in (*names, country.name if country else None) if name]


def _joined(lakehouse: Lakehouse, table: Table, model: type[Any], model_id: str) -> _Rows:
    """Records that have an embedding of this model; duplicates of another offer are left out."""
    kind, key = ("job_offer", "offer_id") if model is JobOffer else ("cv", "candidate_id")
    columns = ["document_id", "record_id", "terms", "vector", "title_vector"]
    stored = lakehouse.read(EMBEDDINGS, columns, where={"model_id": [model_id], "kind": [kind]})
    embeddings = {row["document_id"]: row for row in stored.to_pylist()}
    rows: _Rows = {}
    for batch in lakehouse.scan(table):
        for row in batch.to_pylist():
            embedding = embeddings.get(row["document_id"])
            if embedding and embedding["record_id"] == row[key] and not row.get("duplicate_of"):
                rows[row[key]] = (record_of(model, row), embedding)
    return rows


def _matrix(vectors: Sequence[Sequence[float]], dimension: int) -> NDArray[np.float32]:
    return np.array(vectors, np.float32).reshape(len(vectors), dimension)


def _write_beside(sides: Mapping[str, _Rows], manifest: dict[str, Any], dimension: int, folder: Path) -> None:
    keys: list[list[str]] = []
    for namespace, rows in sides.items():
        ids = sorted(rows)
        table = pa.table(
            {
                "id": pa.array(ids, pa.string()),
                "record": pa.array([rows[i][0].model_dump_json(exclude_defaults=True) for i in ids], pa.string()),
                "title_vector": pa.FixedSizeListArray.from_arrays(
                    pa.array(_matrix([rows[i][1]["title_vector"] for i in ids], dimension).ravel()), dimension
                ),
            }
        )
        with pa.OSFile(str(_records_file(folder, namespace)), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        Lexical.build(ids, [rows[i][1]["terms"] for i in ids]).save(folder, namespace)
        keys += [[skill_key(s) for s in rows[i][0].skills] for i in ids]
    rarity = rarity_of(keys)
    whole = manifest | {"skills": {"records": rarity.records, "having": dict(sorted(rarity.having.items()))}}
    (folder / MANIFEST).write_text(json.dumps(whole, ensure_ascii=False), "utf-8")


def _records_file(folder: Path, namespace: str) -> Path:
    return folder / f"records-{namespace}.arrow"


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        return json.loads((folder / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return None


@dataclass(frozen=True)
class Shelf:
    """One namespace of an open index: row i is `ids[i]`."""

    namespace: str
    ids: list[str]
    row: Mapping[str, int]
    records: pa.ChunkedArray
    titles: NDArray[np.float32]
    """The job titles' vectors."""
    lexical: Lexical
    postings: Postings
    _ready: dict[str, Any] = field(default_factory=dict[str, Any])

    def json(self, id_: str) -> str:
        """The record as JSON. Raises KeyError."""
        return self.records[self.row[id_]].as_py()

    def ready(self, id_: str, make: Callable[[str], Any]) -> Any:
        """What `make` makes of the record's JSON, made once."""
        made = self._ready.get(id_)
        if made is None:
            made = self._ready[id_] = make(self.json(id_))
        return made


@dataclass(frozen=True)
class Index:
    """One generation, open. It stays readable when a newer one is published."""

    generation: str
    model_id: str
    vectors: Vectors
    offers: Shelf
    candidates: Shelf
    rarity: Rarity

    def offer_side(self, offer_id: str) -> OfferSide:
        return self.offers.ready(offer_id, lambda text: OfferSide.of(JobOffer.model_validate_json(text)))

    def candidate_side(self, candidate_id: str) -> CandidateSide:
        return self.candidates.ready(candidate_id, lambda text: CandidateSide.of(Candidate.model_validate_json(text)))


def open_index(settings: Settings) -> Index | None:
    """Open the published generation; None before the first one."""
    for tries_left in reversed(range(_OPENING_TRIES)):
        folder = generations.current(settings.index_dir)
        if folder is None:
            return None
        try:
            return _open(settings, folder)
        except (FileNotFoundError, RuntimeError):
            # a newer generation was published between reading the pointer and reading the files
            if not tries_left or generations.current(settings.index_dir) == folder:
                raise
    return None


def _open(settings: Settings, folder: Path) -> Index | None:
    manifest = _manifest(folder)
    if manifest is None:
        return None
    model_id = manifest["made_from"]["model_id"]
    offers, candidates = _shelf(folder, OFFERS), _shelf(folder, CANDIDATES_)
    dimension = offers.titles.shape[1]
    vectors = open_vectors(settings, model_id=model_id, dimension=dimension)
    rarity = Rarity(manifest["skills"]["records"], manifest["skills"]["having"])
    if generations.current(settings.index_dir) != folder:
        raise FileNotFoundError(folder)
    return Index(folder.name, model_id, vectors, offers, candidates, rarity)


def _shelf(folder: Path, namespace: str) -> Shelf:
    with pa.memory_map(str(_records_file(folder, namespace))) as source, pa.ipc.open_file(source) as reader:
        table = reader.read_all()
    ids: list[str] = table["id"].to_pylist()
    column = table["title_vector"].combine_chunks()
    titles = np.asarray(column.flatten(), np.float32).reshape(len(ids), column.type.list_size)
    model = JobOffer if namespace == OFFERS else Candidate
    records = table["record"]
    postings = Postings(metadata(model.model_validate_json(text)) for text in records.to_pylist())
    return Shelf(
        namespace, ids, {id_: i for i, id_ in enumerate(ids)}, records, titles, Lexical.open(folder, namespace, ids), postings
    )
