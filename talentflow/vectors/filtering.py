"""Filters on metadata: which rows have which values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


class Postings:
    """Field → value → the rows that have it. Values are compared as text; a list has each of its values."""

    def __init__(self, metadata: Iterable[Mapping[str, object]]) -> None:
        rows: dict[str, dict[str, list[int]]] = {}
        for row, record in enumerate(metadata):
            for name, value in record.items():
                values = value if isinstance(value, (list, tuple)) else [value]
                for one in dict.fromkeys(str(v) for v in values if v is not None):
                    rows.setdefault(name, {}).setdefault(one, []).append(row)
        self._rows = {name: {value: np.array(r, np.int64) for value, r in values.items()} for name, values in rows.items()}

    def allowed(self, filters: Mapping[str, Sequence[str]] | None) -> NDArray[np.int64] | None:
        """The rows that have, for each field, one of its accepted values, in order; None when there is no filter."""
        allowed: NDArray[np.int64] | None = None
        for name, accepted in (filters or {}).items():
            values = self._rows.get(name, {})
            found = [values[v] for v in dict.fromkeys(accepted) if v in values]
            rows = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
            allowed = rows if allowed is None else np.intersect1d(allowed, rows, assume_unique=True)
        return allowed

    def values(self, name: str) -> dict[str, int]:
        """Value → how many rows have it, the most frequent first."""
        counted = {value: len(rows) for value, rows in self._rows.get(name, {}).items()}
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
