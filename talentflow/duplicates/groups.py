"""Groups of offers that are one: a function of the offers alone, whatever the order in which they came.

Offers are taken by when they were received, open ones first. Each joins the first group whose head it repeats, if it
contradicts no member; else it founds one. So there are no chains: every member was compared with the head.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from talentflow.duplicates.facts import Facts, agree, is_everyday, same_employer
from talentflow.duplicates.fingerprint import HASHES, Hashes, hashed_words, pairs_of
from talentflow.duplicates.texts import LEAST_PAIRS, common_pairs, coverage, mentions

ROWS = 2
"""Values of a signature that must be equal for two texts to be compared at all: with 32 bands of 2, texts of Jaccard
similarity 0.3 are compared with probability 0.95, of 0.45 with 0.999."""

COVERAGE = 0.9
"""Share of the shorter text that must stand in the other one."""

COVERAGE_UNNAMED = 0.95
"""The same where the two do not name the same employer."""

COVERAGE_COMMON = 0.95
"""The same where almost nothing is left without what recurs across the employer's offers: then all of both is compared."""

COMMON_TITLES = 3
"""Words recur across an employer's offers when they stand under so many different titles."""

TextsOf = Callable[[Sequence[str]], Mapping[str, Hashes]]


@dataclass(frozen=True)
class Offer:
    """An offer as it is grouped."""

    offer_id: str
    received_at: datetime
    is_open: bool
    facts: Facts
    signature: Hashes | None
    """None: its text could not be fingerprinted, so that it repeats nothing."""


def heads(offers: Sequence[Offer], texts_of: TextsOf) -> dict[str, str]:
    """The offers that repeat another one, and of which group each is.

    Args:
        offers: all of them.
        texts_of: hashed words in order, by offer, for the offers that it is asked for.

    Returns:
        Offer id → id of its group's head: the first received open offer, or the first of all where none is open.
    """
    ordered = sorted((o for o in offers if o.facts.title and o.signature is not None), key=_order)
    if not ordered:
        return {}
    bands = _bands(ordered)
    alike = _share_a_band(bands)
    texts = _Texts(ordered, alike, texts_of)
    found: dict[str, str] = {}
    groups: list[list[Offer]] = []
    by_band: defaultdict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(alike).tolist():
        offer, keys = ordered[row], bands[row].tolist()
        candidates = sorted(set[int]().union(*(by_band[key] for key in keys if key in by_band)))
        group = next((groups[n] for n in candidates if _joins(offer, groups[n], texts)), None)
        if group is not None:
            group.append(offer)
            found[offer.offer_id] = group[0].offer_id
            continue
        for key in keys:
            by_band[key].append(len(groups))
        groups.append([offer])
    return found


def _order(offer: Offer) -> tuple[bool, datetime, str]:
    return not offer.is_open, offer.received_at, offer.offer_id


def _joins(offer: Offer, group: list[Offer], texts: _Texts) -> bool:
    """`group`: its head, then its other members."""
    return all(agree(offer.facts, m.facts) and texts.name_the_same(offer, m) for m in group) and texts.same(offer, group[0])


def _bands(offers: Sequence[Offer]) -> NDArray[np.uint64]:
    """A row an offer: a number for each pair of signature values, of its place in the signature and of the title."""
    signatures = np.stack([o.signature for o in offers if o.signature is not None]).astype(np.uint64)
    titles = np.array([crc32(o.facts.title.encode("utf-8", "surrogatepass")) for o in offers], np.uint64)
    keys = np.zeros((len(offers), HASHES // ROWS), np.uint64)
    for n in range(ROWS):
        keys = (keys ^ signatures[:, n::ROWS]) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    salt = titles[:, None] * np.uint64(0xBF58476D1CE4E5B9) + np.arange(HASHES // ROWS, dtype=np.uint64)
    return (keys ^ salt) * np.uint64(0x94D049BB133111EB)


def _share_a_band(bands: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which offers have a band in common with another one: the others repeat nothing and are not read."""
    alike = np.zeros(len(bands), np.bool_)
    for column in bands.T:
        _, place, counts = np.unique(column, return_inverse=True, return_counts=True)
        alike |= counts[place] > 1
    return alike


def _covered(sides: Sequence[tuple[float, int]]) -> float:
    """How much of the side that stands more in the other one does, sides too short to say left out."""
    return max((share for share, pairs in sides if pairs >= LEAST_PAIRS), default=0.0)


def _names(a: Facts, b: Facts) -> list[str]:
    """Names of a kind (employer, towns) of which only `a` says any."""
    employer = [" ".join(a.employer)] if a.employer and not b.employer else []
    return employer + (sorted(a.localities) if not b.localities else [])


class _Texts:
    """The texts of the offers that are compared, and of their employers' other offers, read once."""

    def __init__(self, offers: Sequence[Offer], alike: NDArray[np.bool_], texts_of: TextsOf) -> None:
        rows: list[int] = np.flatnonzero(alike).tolist()
        employers = {offers[row].facts.employer for row in rows} - {()}
        self._of_employer: defaultdict[tuple[str, ...], list[Offer]] = defaultdict(list)
        for offer in offers:
            if offer.facts.employer in employers:
                self._of_employer[offer.facts.employer].append(offer)
        asked = {o.offer_id for o in (offers[row] for row in rows)}
        asked |= {o.offer_id for group in self._of_employer.values() for o in group}
        self._words = texts_of(sorted(asked))
        self._pairs = {offer_id: pairs_of(words) for offer_id, words in self._words.items()}
        self._sorted: dict[str, Hashes] = {}
        self._common: dict[tuple[str, ...], Hashes] = {}

    def same(self, a: Offer, b: Offer) -> bool:
        """Whether the texts say the same, apart from what recurs across their employer's offers."""
        whole = [self._coverage(a, b, None), self._coverage(b, a, None)]
        common = self._recurring(a.facts.employer or b.facts.employer)
        own = [self._coverage(a, b, common), self._coverage(b, a, common)] if common is not None and len(common) else whole
        if max(pairs for _, pairs in own) < LEAST_PAIRS:
            return min(share for share, _ in whole) >= COVERAGE_COMMON and min(pairs for _, pairs in whole) >= LEAST_PAIRS
        least = COVERAGE if same_employer(a.facts, b.facts) else COVERAGE_UNNAMED
        return _covered(whole) >= least and _covered(own) >= least

    def name_the_same(self, a: Offer, b: Offer) -> bool:
        """Whether both texts can be about one employer and its towns.

        A name that one offer says and the other does not, though the first's text has it and the second's has not: in its
        place another one stands that was not understood. Two employers can be one where a text names the other's: a
        board or an agency that was taken for it.
        """
        one, other = " ".join(a.facts.employer), " ".join(b.facts.employer)
        if one and other and not same_employer(a.facts, b.facts):
            told = ((a, other), (b, one))
            return any(self._mentions(offer, name) for offer, name in told if not is_everyday(name))
        return not any(
            self._mentions(of, name) and not self._mentions(by, name)
            for of, by in ((a, b), (b, a))
            for name in _names(of.facts, by.facts)
        )

    def _mentions(self, offer: Offer, name: str) -> bool:
        return mentions(self._words[offer.offer_id], hashed_words(name))

    def _coverage(self, a: Offer, b: Offer, common: Hashes | None) -> tuple[float, int]:
        return coverage(self._pairs[a.offer_id], self._sorted_of(b.offer_id), common)

    def _sorted_of(self, offer_id: str) -> Hashes:
        if offer_id not in self._sorted:
            self._sorted[offer_id] = np.unique(self._pairs[offer_id])
        return self._sorted[offer_id]

    def _recurring(self, employer: tuple[str, ...]) -> Hashes | None:
        if not employer:
            return None
        if employer not in self._common:
            theirs = self._of_employer[employer]
            self._common[employer] = common_pairs(((o.facts.title, self._pairs[o.offer_id]) for o in theirs), COMMON_TITLES)
        return self._common[employer]
