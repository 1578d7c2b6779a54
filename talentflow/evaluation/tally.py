"""Counting: what was expected, found and right, by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from talentflow.evaluation.compare import equal

EXAMPLES = 12
"""Errors kept of each field."""


@dataclass(frozen=True)
class FieldScore:
    """One row of the result. `support` is how often the truth has the field; `precision` is None when nothing was found."""

    field: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    found: int
    right: int


@dataclass(frozen=True)
class Miss:
    """One error: what the truth has and what was found (None: nothing)."""

    field: str
    document: str
    expected: str | None
    found: str | None


@dataclass
class Evaluation:
    """Scores by field in a fixed order, and some errors of each field."""

    rows: list[FieldScore]
    documents: int
    misses: list[Miss] = field(default_factory=list)


@dataclass
class Count:
    support: int = 0
    found: int = 0
    right: int = 0
    misses: list[Miss] = field(default_factory=list)


@dataclass
class Tally:
    document: str = ""
    counts: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))

    def scalar(self, name: str, expected: Any, found: Any, same: Callable[[Any, Any], bool] | None = None) -> None:
        """One value against one value."""
        self.listed(name, [] if expected is None else [expected], [] if found is None else [found], same)

    def listed(
        self, name: str, expected: Sequence[Any], found: Sequence[Any], same: Callable[[Any, Any], bool] | None = None
    ) -> None:
        """Values against values, matched one to one."""
        count = self.counts[name]
        count.support += len(expected)
        count.found += len(found)
        left = list(found)
        for wanted in expected:
            at = next((i for i, f in enumerate(left) if (same or equal)(wanted, f)), None)
            if at is None:
                self._miss(count, name, wanted, left[0] if len(expected) == 1 and left else None)
            else:
                left.pop(at)
                count.right += 1
        if len(expected) != 1:
            for extra in left:
                self._miss(count, name, None, extra)

    def _miss(self, count: Count, name: str, expected: Any, found: Any) -> None:
        if len(count.misses) < EXAMPLES:
            count.misses.append(Miss(name, self.document, _shown(expected), _shown(found)))

    def result(self, documents: int, order: Sequence[str]) -> Evaluation:
        names = [n for n in order if n in self.counts] + sorted(n for n in self.counts if n not in order)
        return Evaluation(
            [_score(n, self.counts[n]) for n in names], documents, [m for n in names for m in self.counts[n].misses]
        )


def _score(name: str, count: Count) -> FieldScore:
    if name.startswith("redacted."):
        return FieldScore(name, None, _ratio(count.right, count.support), None, count.support, count.support, count.right)
    precision, recall = _ratio(count.right, count.found), _ratio(count.right, count.support)
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else None if recall is None else 0.0
    return FieldScore(name, precision, recall, f1 if f1 is None else round(f1, 4), count.support, count.found, count.right)


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _shown(value: Any) -> str | None:
    return None if value is None else str(value)[:120]
