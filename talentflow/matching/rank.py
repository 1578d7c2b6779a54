"""Rank: a few documents at once without any state, or the published index for the app."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Lock, Thread
from typing import overload

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from talentflow.cache import Cache
from talentflow.embedder import Embedder
from talentflow.ids import digest
from talentflow.matching import Filters
from talentflow.matching.explain import explain
from talentflow.matching.index import CANDIDATES_, OFFERS, Index, Posted, Shelf, filter_values, open_index
from talentflow.matching.profile import Profile, candidate_profile, offer_profile, skill_key
from talentflow.matching.retrieve import DEPTH, Lexical, fuse, retrieve
from talentflow.matching.score import CandidateSide, OfferSide, overall, part_scores, rarity_of
from talentflow.records import Candidate, JobOffer, Match
from talentflow.settings import Settings
from talentflow.vectors import Neighbour, generations

SCORE_ALL = 1000
"""With no more documents than this, `rank` scores every pair; with more, the best that retrieval finds."""

CACHED_FOR = timedelta(hours=1)
CACHE_PREFIX = "match:"

_MATCHES = TypeAdapter(list[Match])
_Scored = tuple[float, str, OfferSide, CandidateSide, float | None]


@overload
def rank(
    queries: Sequence[JobOffer], documents: Sequence[Candidate], embedder: Embedder, *, top: int = 10
) -> list[list[Match]]: ...
@overload
def rank(
    queries: Sequence[Candidate], documents: Sequence[JobOffer], embedder: Embedder, *, top: int = 10
) -> list[list[Match]]: ...
def rank(
    queries: Sequence[JobOffer] | Sequence[Candidate],
    documents: Sequence[Candidate] | Sequence[JobOffer],
    embedder: Embedder,
    *,
    top: int = 10,
) -> list[list[Match]]:
    """For each query, in order, the `top` documents, best first, ties by id. Keeps no state.

    Rarity of skills is counted over what is given.
    """
    if not queries or not documents or top <= 0:
        return [[] for _ in queries]
    asked, held = [_profile(q) for q in queries], [_profile(d) for d in documents]
    titles = embedder.embed([p.title for p in (*asked, *held)])
    queried, stored = titles[: len(asked)], titles[len(asked) :]
    sides = [_side(d) for d in documents]
    rarity = rarity_of([[skill_key(s) for s in r.skills] for r in (*queries, *documents)])
    few = _few(asked, held, embedder, max(DEPTH, 2 * top)) if len(held) > SCORE_ALL else None
    results: list[list[Match]] = []
    for number, query in enumerate(queries):
        cosines: NDArray[np.float32] = stored @ queried[number]
        rows = few[number] if few else range(len(sides))
        side = _side(query)
        scored = [_scored(side, sides[row], _cosine(cosines[row], queried[number], stored[row]), rarity) for row in rows]
        results.append(_best(scored, top, rarity))
    return results


def _few(asked: Sequence[Profile], held: Sequence[Profile], embedder: Embedder, k: int) -> list[list[int]]:
    """For each query the documents worth scoring, by key text and terms."""
    vectors = embedder.embed([p.text for p in (*asked, *held)])
    lexical = Lexical.build([str(i) for i in range(len(held))], [p.terms for p in held])
    found: list[list[int]] = []
    for number, profile in enumerate(asked):
        cosines: NDArray[np.float32] = vectors[len(asked) :] @ vectors[number]
        dense = [Neighbour(str(row), float(cosines[row])) for row in np.argsort(-cosines, kind="stable")[:k]]
        found.append([int(row) for row in fuse(dense, lexical.query(profile.terms, k), k=k)])
    return found


def _profile(record: JobOffer | Candidate) -> Profile:
    return offer_profile(record) if isinstance(record, JobOffer) else candidate_profile(record)


def _side(record: JobOffer | Candidate) -> OfferSide | CandidateSide:
    return OfferSide.of(record) if isinstance(record, JobOffer) else CandidateSide.of(record)


def _cosine(cosine: float, one: NDArray[np.float32], other: NDArray[np.float32]) -> float | None:
    """None where one of the two had no text to embed."""
    return float(cosine) if one.any() and other.any() else None


def _scored(
    one: OfferSide | CandidateSide, other: OfferSide | CandidateSide, cosine: float | None, rarity: Callable[[str], float]
) -> _Scored:
    """(score, id of `other`, offer, candidate, cosine)."""
    if isinstance(one, OfferSide):
        assert isinstance(other, CandidateSide)
        offer, candidate, id_ = one, other, other.candidate.candidate_id
    else:
        assert isinstance(other, OfferSide)
        offer, candidate, id_ = other, one, other.offer.offer_id
    return overall(part_scores(offer, candidate, cosine, rarity)), id_, offer, candidate, cosine


def _best(scored: list[_Scored], top: int, rarity: Callable[[str], float]) -> list[Match]:
    scored.sort(key=lambda s: (-s[0], s[1]))
    return [explain(offer, candidate, cosine, rarity) for _, _, offer, candidate, cosine in scored[:top]]


class Recommender:
    """Offers for a candidate and candidates for an offer, on the published index.

    A newly published index is picked up by the next question. Safe to share between threads; it keeps nothing of a user:
    answers live in the cache, under keys made from the whole question.
    """

    def __init__(self, settings: Settings, embedder: Embedder, cache: Cache | None = None) -> None:
        self._settings = settings
        self._embedder = embedder
        self._cache = cache
        self._opening = Lock()
        self._index: Index | None = None

    @property
    def index(self) -> Index | None:
        """The published index; None before the first one, or when it was made with another model."""
        folder = generations.current(self._settings.index_dir)
        held = self._index
        if folder is None:
            return None
        if held is None or held.generation != folder.name:
            with self._opening:
                held = self._index
                if held is None or held.generation != folder.name:
                    held = self._index = open_index(self._settings)
                    if held is not None:
                        Thread(target=held.make_ready, daemon=True).start()
        return held if held is not None and held.model_id == self._embedder.model_id else None

    def offers_for(self, candidate: Candidate, *, filters: Filters | None = None, top: int = 10) -> list[Match]:
        """The best offers for a candidate, best first; none before an index is published."""
        index = self.index
        if index is None:
            return []
        return self._answer(index, OFFERS, candidate, filters or Filters(), top)

    def candidates_for(self, offer: JobOffer, *, filters: Filters | None = None, top: int = 10) -> list[Match]:
        """The best candidates for an offer, best first; none before an index is published."""
        index = self.index
        if index is None:
            return []
        return self._answer(index, CANDIDATES_, offer, filters or Filters(), top)

    def offer(self, offer_id: str) -> JobOffer | None:
        """An indexed offer; None when there is none of this id."""
        index = self.index
        return index.offer_side(offer_id).offer if index and offer_id in index.offers.row else None

    def also_posted(self, offer_id: str) -> list[Posted]:
        """Where else an indexed offer is posted; empty for one of unknown id."""
        index = self.index
        return index.offers.also_posted(offer_id) if index and offer_id in index.offers.row else []

    def candidate(self, candidate_id: str) -> Candidate | None:
        """An indexed candidate; None when there is none of this id."""
        index = self.index
        return index.candidate_side(candidate_id).candidate if index and candidate_id in index.candidates.row else None

    def choices(self, namespace: str) -> dict[str, dict[str, int]]:
        """For `offers` or `candidates`: field of `Filters` → its values and how many records have each."""
        index = self.index
        if index is None:
            return {}
        shelf = index.offers if namespace == OFFERS else index.candidates
        return {
            name: shelf.postings.values(name) for name in ("locations", "workplaces", "contracts", "languages", "seniorities")
        }

    def _answer(self, index: Index, namespace: str, query: JobOffer | Candidate, filters: Filters, top: int) -> list[Match]:
        if self._cache is None:
            return self._match(index, namespace, query, filters, top)
        asked = digest(namespace, query.model_dump_json(exclude_defaults=True), repr(filters), str(top))
        key = f"{CACHE_PREFIX}{index.generation}:{asked}"
        known = self._cache.get(key)
        if known is not None:
            return _MATCHES.validate_json(known)
        matches = self._match(index, namespace, query, filters, top)
        self._cache.set(key, _MATCHES.dump_json(matches), ttl=CACHED_FOR)
        return matches

    def _match(self, index: Index, namespace: str, query: JobOffer | Candidate, filters: Filters, top: int) -> list[Match]:
        shelf = index.offers if namespace == OFFERS else index.candidates
        asked = _profile(query)
        vector, title = self._embedder.embed([asked.text, asked.title])
        ids = retrieve(
            index.vectors,
            shelf.lexical,
            shelf.postings,
            namespace,
            vector,
            asked.terms,
            filter_values(filters),
            k=max(DEPTH, 2 * top),
        )
        side = _side(query)
        scored = [
            _scored(side, _stored_side(index, namespace, id_), _stored_cosine(shelf, id_, title), index.rarity) for id_ in ids
        ]
        return _best(scored, top, index.rarity)


def _stored_side(index: Index, namespace: str, id_: str) -> OfferSide | CandidateSide:
    return index.offer_side(id_) if namespace == OFFERS else index.candidate_side(id_)


def _stored_cosine(shelf: Shelf, id_: str, title: NDArray[np.float32]) -> float | None:
    stored = shelf.titles[shelf.row[id_]]
    return _cosine(float(stored @ title), title, stored)
