"""What Snowflake calls: each function over a batch of rows, a pandas frame whose columns are the arguments, numbered.

A batch repeats names, titles and units: `Function.column` works each distinct row out once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd

from snowpark_udfs.functions import FUNCTIONS, Function

Handler = Callable[[pd.DataFrame], pd.Series]

_MOST_ROWS = {"redact": 100}
"""In a batch: Snowflake ends one that takes longer than three minutes, and the longest text takes a second."""


def _values(column: pd.Series) -> list[Any]:
    """Plain values: null and NaN, which a column of numbers cannot tell apart, as None, a time of day left off a date."""
    found = [None if missing else value for value, missing in zip(column.tolist(), column.isna(), strict=True)]
    return [value.date() if isinstance(value, datetime) else value for value in found]


def _handler(function: Function) -> Handler:
    def handle(frame: pd.DataFrame) -> pd.Series:
        return pd.Series(function.column(*(_values(column) for _, column in frame.items())), index=frame.index, dtype=object)

    told: Any = handle
    told._sf_vectorized_input = pd.DataFrame  # Snowflake reads both
    if function.name in _MOST_ROWS:
        told._sf_max_batch_size = _MOST_ROWS[function.name]
    return handle


_HANDLERS = {function.name: _handler(function) for function in FUNCTIONS}

normalise_skill = _HANDLERS["normalise_skill"]
seniority_of = _HANDLERS["seniority_of"]
experience_years_of = _HANDLERS["experience_years_of"]
redact = _HANDLERS["redact"]
salary_eur_year = _HANDLERS["salary_eur_year"]
match_score = _HANDLERS["match_score"]
