"""Vectors in FAISS files: exact up to `EXACT_ROWS` a namespace, by inverted lists beyond.

One generation (see `generations`) holds, for each namespace, the index, and the ids with their metadata in the same order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from talentflow.capabilities import Capabilities
from talentflow.vectors import Neighbour, checked, generations
from talentflow.vectors.filtering import Postings

EXACT_ROWS = 50_000
PROBES = 32
"""Inverted lists read for a query beyond `EXACT_ROWS`."""
STAMP = "vectors.json"


@dataclass(frozen=True)
class _Namespace:
    """Row i of the index is `ids[i]`; ids are sorted, so that ties by row are ties by id."""

    ids: list[str]
    metadata: list[Mapping[str, object]]
    index: Any
    postings: Postings

    def vectors(self) -> NDArray[np.float32]:
        return self.index.reconstruct_n(0, len(self.ids)) if self.ids else np.zeros((0, self.index.d), np.float32)


class FaissVectors:
    """See `Vectors`. Writes are kept in memory until `publish`; readers see what was published when they opened.

    Args:
        root: folder of the generations.
        exact_rows: namespaces with more rows than this are searched approximately.
    """

    capabilities = Capabilities(shared=False)

    def __init__(self, root: Path, *, model_id: str, dimension: int, exact_rows: int = EXACT_ROWS) -> None:
        self._root = root
        self._model_id = model_id
        self._dimension = dimension
        self._exact_rows = exact_rows
        self._staged: dict[str, dict[str, tuple[NDArray[np.float32], Mapping[str, object]]]] | None = None
        self.generation: Path | None = None
        self.reason: str | None = None
        """Why nothing was loaded, when something is published; None otherwise."""
        self._namespaces: dict[str, _Namespace] = {}
        self._load()

    def upsert(
        self, namespace: str, ids: Sequence[str], vectors: NDArray[np.float32], metadata: Sequence[Mapping[str, object]]
    ) -> int:
        """Stage rows; with several of one id the last counts. Returns the distinct ids.

        Raises: ValueError for vectors of another shape, or that are not finite.
        """
        own = checked(ids, vectors, metadata, self._dimension)
        rows = self._stage().setdefault(namespace, {})
        rows.update({id_: (own[i], dict(metadata[i])) for i, id_ in enumerate(ids)})
        return len(set(ids))

    def delete(self, namespace: str, ids: Sequence[str]) -> int:
        rows = self._stage().get(namespace, {})
        return sum(rows.pop(id_, None) is not None for id_ in dict.fromkeys(ids))

    def query(
        self, namespace: str, vector: NDArray[np.float32], k: int, filters: Mapping[str, Sequence[str]] | None = None
    ) -> list[Neighbour]:
        """See `Vectors.query`. Exact up to `exact_rows` rows."""
        held = self._namespaces.get(namespace)
        if held is None or k <= 0 or not held.ids:
            return []
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        if query.shape[1] != self._dimension:
            raise ValueError(f"expected a vector of {self._dimension}, got {vector.shape}")
        allowed = held.postings.allowed(filters)
        if allowed is not None and not len(allowed):
            return []
        return [Neighbour(held.ids[row], score) for row, score in _nearest(held.index, query, k, allowed)]

    def ids(self, namespace: str) -> list[str]:
        held = self._namespaces.get(namespace)
        return list(held.ids) if held else []

    def stats(self) -> dict[str, int]:
        return {name: len(held.ids) for name, held in sorted(self._namespaces.items())}

    def publish(self, beside: Callable[[Path], None] | None = None) -> None:
        """Make what was staged the published generation and see it.

        Args:
            beside: writes more files of the same generation into the folder it is given.

        Raises: Busy, StorageFull (the old generation stays).
        """
        staged = self._stage()

        def write(folder: Path) -> None:
            stamp = {"kept_in": "faiss", "model_id": self._model_id, "dimension": self._dimension, "namespaces": sorted(staged)}
            (folder / STAMP).write_text(json.dumps(stamp), "utf-8")
            for name, rows in staged.items():
                _write(folder, name, rows, self._dimension, self._exact_rows)
            if beside is not None:
                beside(folder)

        generations.publish(self._root, write)
        self._staged = None
        self._load()

    def _stage(self) -> dict[str, dict[str, tuple[NDArray[np.float32], Mapping[str, object]]]]:
        if self._staged is None:
            self._staged = {}
            for name, held in self._namespaces.items():
                vectors = held.vectors()
                self._staged[name] = {id_: (vectors[i], held.metadata[i]) for i, id_ in enumerate(held.ids)}
        return self._staged

    def _load(self) -> None:
        self.generation, self.reason, self._namespaces = generations.read(self._root, lambda at: (at, *self._read(at)))

    def _read(self, folder: Path | None) -> tuple[str | None, dict[str, _Namespace]]:
        if folder is None:
            return None, {}
        stamp = json.loads((folder / STAMP).read_text("utf-8"))
        if stamp.get("kept_in", "faiss") != "faiss":
            return "the published vectors are not kept in FAISS files: publish the index again", {}
        if stamp["model_id"] != self._model_id:
            return f"the published vectors are of {stamp['model_id']}, not of {self._model_id}: publish the index again", {}
        return None, {name: _open(folder, name) for name in stamp["namespaces"]}


def _write(
    folder: Path,
    name: str,
    rows: Mapping[str, tuple[NDArray[np.float32], Mapping[str, object]]],
    dimension: int,
    exact_rows: int,
) -> None:
    import faiss

    ids = sorted(rows)
    matrix = np.stack([rows[id_][0] for id_ in ids]) if ids else np.zeros((0, dimension), np.float32)
    index: Any
    if len(ids) <= exact_rows:
        index = faiss.IndexFlatIP(dimension)
    else:
        lists = int(4 * len(ids) ** 0.5)
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, lists, faiss.METRIC_INNER_PRODUCT)
        index.train(matrix)
    index.add(matrix)
    faiss.write_index(index, str(folder / f"{name}.faiss"))
    metadata = [json.dumps(rows[id_][1], sort_keys=True, ensure_ascii=False) for id_ in ids]
    table = pa.table({"id": pa.array(ids, pa.string()), "metadata": pa.array(metadata, pa.string())})
    with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _open(folder: Path, name: str) -> _Namespace:
    import faiss

    index: Any = faiss.read_index(str(folder / f"{name}.faiss"))
    if hasattr(index, "nprobe"):
        index.nprobe = PROBES
        index.make_direct_map()
    with pa.OSFile(str(folder / f"{name}.arrow")) as source, pa.ipc.open_file(source) as reader:
        table = reader.read_all()
    metadata: list[Mapping[str, object]] = [json.loads(text) for text in table["metadata"].to_pylist()]
    return _Namespace(table["id"].to_pylist(), metadata, index, Postings(metadata))


def nearest_rows(matrix: NDArray[np.float32], vector: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
    """Rows of a matrix and their cosines, best first, ties by row, by an exact index that is kept nowhere."""
    import faiss

    if not len(matrix) or k <= 0:
        return []
    index: Any = faiss.IndexFlatIP(matrix.shape[1])
    index.add(np.ascontiguousarray(matrix, np.float32))
    return _nearest(index, np.ascontiguousarray(vector, np.float32).reshape(1, -1), min(k, len(matrix)), None)


def _nearest(index: Any, query: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None) -> list[tuple[int, float]]:
    """Rows and scores, best first, ties by row."""
    import faiss

    exact = not hasattr(index, "nprobe")
    options: dict[str, Any] = {}
    if allowed is not None:
        options["sel"] = faiss.IDSelectorBatch(allowed)
    if not exact:
        # the fewer rows pass, the more lists are read to fill the k
        share = 1.0 if allowed is None else len(allowed) / index.ntotal
        options["nprobe"] = min(index.nlist, int(PROBES / max(share, 1e-9)))
    parameters = (faiss.SearchParameters if exact else faiss.SearchParametersIVF)(**options) if options else None
    count = index.ntotal if allowed is None else len(allowed)
    scores, rows = index.search(query, min(k + 1, count), params=parameters)
    found = [(int(r), float(s)) for r, s in zip(rows[0], scores[0], strict=True) if r >= 0]
    if len(found) > k and found[k][1] == found[k - 1][1]:
        # several rows share the last place: fetch all of them, so that their order does not depend on the search
        edge = found[k - 1][1]
        _, s, r = index.range_search(query, float(np.nextafter(np.float32(edge), np.float32(-2))), params=parameters)
        found = [(int(row), float(score)) for row, score in zip(r, s, strict=True)]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]
