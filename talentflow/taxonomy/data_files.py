"""The tables of `data/`, read from a folder or from inside a zip file (Snowflake imports packages from one)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from importlib.resources import files

_FOLDER = files("talentflow.taxonomy") / "data"


def names(prefix: str) -> list[str]:
    """The files whose names begin so, in order."""
    return sorted(file.name for file in _FOLDER.iterdir() if file.name.startswith(prefix))


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV file, by column."""
    return csv.DictReader(io.StringIO((_FOLDER / name).read_text(encoding="utf-8")))
