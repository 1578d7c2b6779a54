"""Retrieve: dense neighbours and BM25, fused by reciprocal rank.

Reciprocal rank fusion: Cormack, Clarke and Buettcher, SIGIR 2009, with their constant of 60.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talentflow.vectors import Neighbour, Vectors
from talentflow.vectors.filtering import Postings

FUSION = 60
DEPTH = 200
"""Taken from each retriever, and kept after fusion."""

_FOLDER = "bm25"


class Lexical:
    """BM25 over the terms of one kind of record; row i is `ids[i]`."""

    def __init__(self, ids: Sequence[str], scorer: Any) -> None:
        self.ids = ids
        self._scorer = scorer

    @classmethod
    def build(cls, ids: Sequence[str], terms: Sequence[Sequence[str]]) -> Lexical:
        """Index the terms of each id. Terms are numbered in sorted order, so that the files depend on them alone."""
        bm25s = _bm25s()

        vocabulary = {term: i for i, term in enumerate(sorted({t for row in terms for t in row} | {""}))}
        numbered = [[vocabulary[t] for t in row] or [vocabulary[""]] for row in terms]
        if not numbered:
            return cls(ids, None)
        scorer = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend="numpy")
        scorer.index((numbered, vocabulary), create_empty_token=False, show_progress=False)
        return cls(ids, scorer)

    def save(self, folder: Path, name: str) -> None:
        if self._scorer is not None:
            self._scorer.save(folder / _FOLDER / name, show_progress=False)

    @classmethod
    def open(cls, folder: Path, name: str, ids: Sequence[str]) -> Lexical:
        bm25s = _bm25s()

        if not ids:
            return cls(ids, None)
        return cls(ids, bm25s.BM25.load(folder / _FOLDER / name, show_progress=False))

    def query(self, terms: Sequence[str], k: int, allowed: NDArray[np.int64] | None = None) -> list[Neighbour]:
        """The best `k` with a score above zero, ties by row. `allowed`: the rows that pass a filter."""
        if self._scorer is None or not self.ids or k <= 0:
            return []
        numbers = self._scorer.get_tokens_ids(list(dict.fromkeys(terms)))
        if not numbers:
            return []
        scores: NDArray[np.float32] = self._scorer.get_scores_from_ids(numbers)
        rows = np.arange(len(self.ids)) if allowed is None else allowed
        rows = rows[scores[rows] > 0]
        if len(rows) > k:
            edge = np.partition(scores[rows], -k)[-k]
            rows = rows[scores[rows] >= edge]
        best = rows[np.argsort(-scores[rows], kind="stable")][:k]
        return [Neighbour(self.ids[int(r)], float(scores[r])) for r in best]


def _bm25s() -> Any:
    """The library, imported late; it sets its logger to DEBUG when it is."""
    import logging

    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s


def fuse(*rankings: Sequence[Neighbour], k: int = DEPTH) -> list[str]:
    """Ids by the sum of 1 / (60 + rank), best first, ties by id."""
    total: dict[str, float] = {}
    for ranking in rankings:
        for rank, neighbour in enumerate(ranking, 1):
            total[neighbour.id] = total.get(neighbour.id, 0.0) + 1 / (FUSION + rank)
    return sorted(total, key=lambda i: (-total[i], i))[:k]


def retrieve(
    vectors: Vectors,
    lexical: Lexical,
    postings: Postings,
    namespace: str,
    vector: NDArray[np.float32],
    terms: Sequence[str],
    filters: Mapping[str, Sequence[str]],
    *,
    k: int = DEPTH,
) -> list[str]:
    """Ids of the records to score, best first; all of them pass `filters`.

    A query that nothing is known of (a zero vector, no terms) still gets records that pass, by id.
    """
    dense = vectors.query(namespace, vector, k, filters)
    return fuse(dense, lexical.query(terms, k, postings.allowed(filters)), k=k)
