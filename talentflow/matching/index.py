"""The published index: vectors, BM25 and the records needed to score, all of one generation.

A generation's folder holds the vectors' own files and beside them `index.json` (versions of the tables it was made
from, counts), `records-<namespace>.arrow` (id, record, filter values and where else it is posted as JSON, the title's
vector; no identities) and `bm25/<namespace>/`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from talentflow.duplicates.closing import closed_documents, shown
from talentflow.embedder import Embedder
from talentflow.lakehouse import Lakehouse
from talentflow.matching import Filters, profile
from talentflow.matching.profile import folded, skill_key
from talentflow.matching.retrieve import Lexical
from talentflow.matching.score import CandidateSide, OfferSide, Rarity, rarity_of
from talentflow.records import Candidate, JobOffer, Place, record_of
from talentflow.settings import Settings
from talentflow.tables import CANDIDATES, CLOSURES, EMBEDDINGS, JOB_OFFERS, TEXTS, Table
from talentflow.vectors import Vectors, generations, kept_in, open_vectors
from talentflow.vectors.filtering import Postings

MANIFEST = "index.json"
FORMAT = 4
OFFERS, CANDIDATES_ = "offers", "candidates"


def publish_index(lakehouse: Lakehouse, settings: Settings, embedder: Embedder) -> dict[str, Any]:
    """silver.embeddings and the records → one generation, published by a swap; skipped when no table has changed, and neither
    has the place where vectors are kept.

    Returns:
        `vectors` (namespace → rows), `model_id`, `generation`, `published` (False when it was skipped).

    Raises: Busy, StorageFull, ServiceUnavailable, BadSettings (the old generation stays).
    """
    versions = {table.id: lakehouse.version(table) for table in (JOB_OFFERS, CANDIDATES, EMBEDDINGS, CLOSURES)}
    made_from = {
        "format": FORMAT,
        "profile": profile.VERSION,
        "model_id": embedder.model_id,
        "versions": versions,
        "kept_in": kept_in(settings),
    }
    folder = generations.current(settings.index_dir)
    manifest = _manifest(folder) if folder else None
    if folder and manifest and manifest["made_from"] == made_from:
        return {"vectors": manifest["vectors"], "model_id": embedder.model_id, "generation": folder.name, "published": False}

    sides = {
        OFFERS: _joined(lakehouse, JOB_OFFERS, JobOffer, embedder),
        CANDIDATES_: _joined(lakehouse, CANDIDATES, Candidate, embedder),
    }
    vectors = open_vectors(settings, model_id=embedder.model_id, dimension=embedder.dimension)
    for namespace, side in sides.items():
        kept = set(side.ids)
        vectors.delete(namespace, [i for i in vectors.ids(namespace) if i not in kept])
        vectors.upsert(namespace, side.ids, side.vectors, [metadata(record) for record in side.records])
    counts = {namespace: len(side.ids) for namespace, side in sides.items()}
    vectors.publish(partial(_write_beside, sides, {"made_from": made_from, "vectors": counts}))
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
    names = [place.locality, place.region, place.country, _country_name(place.country) if place.country else None]
    return [name for name in names if name]


@lru_cache(maxsize=512)
def _country_name(code: str) -> str | None:
    import pycountry

    country = pycountry.countries.get(alpha_2=code)
    return str(country.name) if country else None


class Posted(NamedTuple):
    """Where an offer is posted."""

    source: str
    uri: str


@dataclass(frozen=True)
class _Side:
    """One namespace about to be published: records in order of id, and what was embedded of each."""

    records: list[JobOffer | Candidate]
    ids: list[str]
    terms: list[list[str]]
    vectors: NDArray[np.float32]
    titles: NDArray[np.float32]
    also: list[list[Posted]]


def _joined(lakehouse: Lakehouse, table: Table, model: type[Any], embedder: Embedder) -> _Side:
    """Records that have an embedding of this model; offers that repeat another one and what is closed are left out."""
    kind, key = ("job_offer", "offer_id") if model is JobOffer else ("cv", "candidate_id")
    columns = ["document_id", "record_id", "terms", "vector", "title_vector"]
    stored = lakehouse.read(EMBEDDINGS, columns, where={"model_id": [embedder.model_id], "kind": [kind]}).combine_chunks()
    place = {
        pair: i for i, pair in enumerate(zip(stored["document_id"].to_pylist(), stored["record_id"].to_pylist(), strict=True))
    }
    closed = closed_documents(lakehouse).keys()
    found: dict[str, tuple[JobOffer | Candidate, int]] = {}
    for batch in lakehouse.scan(table):
        for row in batch.filter(pa.array(shown(batch, closed), pa.bool_())).to_pylist():
            embedded = place.get((row["document_id"], row[key]))
            if embedded is not None:
                found[row[key]] = (record_of(model, row), embedded)
    ids = sorted(found)
    rows = [found[i][1] for i in ids]
    terms: list[list[str]] = stored["terms"].take(pa.array(rows, pa.int64())).to_pylist()
    vectors, titles = (_matrix(stored[name], embedder.dimension)[rows] for name in ("vector", "title_vector"))
    also = _also_posted(lakehouse) if table is JOB_OFFERS else {}
    return _Side([found[i][0] for i in ids], ids, terms, vectors, titles, [also.get(i, []) for i in ids])


def _also_posted(lakehouse: Lakehouse) -> dict[str, list[Posted]]:
    """Head of a group → where its other open offers are posted, by source."""
    rows = lakehouse.read(JOB_OFFERS, ["document_id", "duplicate_of", "closed_at"]).to_pylist()
    head_of = {r["document_id"]: r["duplicate_of"] for r in rows if r["duplicate_of"] and r["closed_at"] is None}
    if not head_of:
        return {}
    texts = lakehouse.read(TEXTS, ["document_id", "source", "source_uri"], where={"document_id": sorted(head_of)}).to_pylist()
    found: dict[str, list[Posted]] = {}
    for text in sorted(texts, key=lambda t: (t["source"] or "", t["source_uri"] or "", t["document_id"])):
        found.setdefault(head_of[text["document_id"]], []).append(Posted(text["source"] or "", text["source_uri"] or ""))
    return found


def _matrix(vectors: pa.ChunkedArray, dimension: int) -> NDArray[np.float32]:
    flat = vectors.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat, np.float32).reshape(len(vectors), dimension)


def _write_beside(sides: Mapping[str, _Side], manifest: dict[str, Any], folder: Path) -> None:
    for namespace, side in sides.items():
        columns = {
            "id": pa.array(side.ids, pa.string()),
            "record": pa.array([record.model_dump_json(exclude_defaults=True) for record in side.records], pa.string()),
            "metadata": pa.array([json.dumps(metadata(record), ensure_ascii=False) for record in side.records], pa.string()),
            "also_posted": pa.array([json.dumps(postings, ensure_ascii=False) for postings in side.also], pa.string()),
            "title_vector": pa.FixedSizeListArray.from_arrays(pa.array(side.titles.ravel()), side.titles.shape[1]),
        }
        table = pa.table(columns)
        with pa.OSFile(str(_records_file(folder, namespace)), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        Lexical.build(side.ids, side.terms).save(folder, namespace)
    rarity = rarity_of([[skill_key(s) for s in record.skills] for side in sides.values() for record in side.records])
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
    also: pa.ChunkedArray
    titles: NDArray[np.float32]
    """The job titles' vectors."""
    lexical: Lexical
    postings: Postings
    _ready: dict[str, Any] = field(default_factory=dict[str, Any])

    def json(self, id_: str) -> str:
        """The record as JSON. Raises KeyError."""
        return self.records[self.row[id_]].as_py()

    def also_posted(self, id_: str) -> list[Posted]:
        """Where else the offer is posted. Raises KeyError."""
        return [Posted(*posting) for posting in json.loads(self.also[self.row[id_]].as_py())]

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

    def make_ready(self, most: int = 20_000) -> None:
        """Read the first `most` records of each side for scoring, so that no question pays for it; 0.1 ms a record."""
        for id_ in self.offers.ids[:most]:
            self.offer_side(id_)
        for id_ in self.candidates.ids[:most]:
            self.candidate_side(id_)


def open_index(settings: Settings) -> Index | None:
    """Open the published generation; None before the first one, and when it was written in another format or its vectors are
    kept in another place."""
    return generations.read(settings.index_dir, lambda folder: _open(settings, folder) if folder else None)


def _open(settings: Settings, folder: Path) -> Index | None:
    manifest = _manifest(folder)
    if manifest is None or manifest["made_from"]["format"] != FORMAT or manifest["made_from"]["kept_in"] != kept_in(settings):
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
    postings = Postings(json.loads(text) for text in table["metadata"].to_pylist())
    return Shelf(
        namespace,
        ids,
        {id_: i for i, id_ in enumerate(ids)},
        table["record"],
        table["also_posted"],
        titles,
        Lexical.open(folder, namespace, ids),
        postings,
    )
