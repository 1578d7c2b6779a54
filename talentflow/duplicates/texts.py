"""Whether two texts say the same: how much of the shorter one stands in the other, stretch by stretch."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from talentflow.duplicates.fingerprint import Hashes

STRETCH = 21
"""Pairs of words that are looked at together: about a sentence and a half."""

DENSITY = 0.3
"""A stretch stands in the other text when this share of its pairs does. Rewording of one word in five leaves 0.64 of them,
another text on the same subject some 0.05."""

LEAST_PAIRS = 20
"""Texts with fewer pairs of their own are too short to be told apart."""


def coverage(text: Hashes, other: Hashes, common: Hashes | None = None) -> tuple[float, int]:
    """The share of `text` that stands in `other`, and of how many pairs it is.

    Args:
        text: pairs of words in order.
        other: pairs of words of the other text, sorted.
        common: sorted pairs that say nothing of the job, since other jobs' offers have them too: left out.
    """
    if not len(text) or not len(other):
        return 0.0, 0
    held = is_in(text, other)
    sums = np.concatenate([[0], np.cumsum(held)])
    at = np.arange(len(text))
    first, last = np.maximum(at - STRETCH // 2, 0), np.minimum(at + STRETCH // 2 + 1, len(text))
    standing = (sums[last] - sums[first]) >= DENSITY * (last - first)
    if common is not None and len(common):
        standing = standing[~is_in(text, common)]
    return (float(standing.mean()) if len(standing) else 0.0), len(standing)


def is_in(values: Hashes, sorted_: Hashes) -> NDArray[np.bool_]:
    """Which of `values` are among the sorted ones."""
    if not len(sorted_):
        return np.zeros(len(values), np.bool_)
    return sorted_[np.minimum(np.searchsorted(sorted_, values), len(sorted_) - 1)] == values


def mentions(words: Hashes, name: Hashes) -> bool:
    """Whether the words of `name` stand in `words` one after the other."""
    size = len(words) - len(name) + 1
    if size < 1 or not len(name):
        return False
    there = np.ones(size, np.bool_)
    for n, word in enumerate(name):
        there &= words[n : n + size] == word
    return bool(there.any())


def common_pairs(texts: Iterable[tuple[str, Hashes]], least_titles: int) -> Hashes:
    """Pairs that stand under at least so many titles, sorted.

    Args:
        texts: title key and pairs of each offer of one employer.
        least_titles: how many different titles make a pair common.
    """
    of_title: dict[str, list[Hashes]] = {}
    for title, pairs in texts:
        of_title.setdefault(title, []).append(pairs)
    if len(of_title) < least_titles:
        return np.zeros(0, np.uint32)
    once = [np.unique(np.concatenate(pairs)) for pairs in of_title.values()]
    values, counts = np.unique(np.concatenate(once), return_counts=True)
    return values[counts >= least_titles]
