"""What a generation holds when the vectors themselves are kept elsewhere: which records are its own, and the books of all sent.

A record's id names its content (`<id>#<hash of vector and metadata>`), so a record once sent never changes: another version of
it is another record, and two generations share what they have in common.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import structlog
from numpy.typing import NDArray

from talentflow.ids import digest

METADATA_BYTES = 40_000
_log = structlog.get_logger(__name__)
_PLAIN = re.compile(r"[!-}]{1,400}")
"""Ids that are part of a record's id as they are: printable ASCII without spaces, and without `~`, which marks hashed ones."""


class Row(NamedTuple):
    """One row of a namespace. `vector` is None when the row was published before and is not held here."""

    record: str
    """The record's id; empty for a zero vector, which is kept here alone: it is near to nothing."""
    vector: NDArray[np.float32] | None
    metadata: Mapping[str, list[str]] | None


def row_of(id_: str, vector: NDArray[np.float32], metadata: Mapping[str, object]) -> Row:
    """A row to be published. Its vector has length 1; cosine does not see the difference."""
    said = _values_of(metadata)
    values = _within(said)
    if values != said:
        _log.warning("too many filter values for one record: some are left out", id=id_, limit_bytes=METADATA_BYTES)
    norm = float(np.linalg.norm(vector.astype(np.float64)))
    if norm == 0:
        return Row("", vector, values)
    unit = (vector / norm).astype(np.float32)
    content = sha256(unit.tobytes() + json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
    name = id_ if _PLAIN.fullmatch(id_) else f"~{digest(id_)}"
    return Row(f"{name}#{content}", unit, values)


def clean(text: str) -> str:
    """`text` as it can be written in UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _values_of(metadata: Mapping[str, object]) -> dict[str, list[str]]:
    """Field → its values as text, as `Postings` reads them; fields without any are left out.

    Raises: ValueError for a field whose name starts with `$`.
    """
    found: dict[str, list[str]] = {}
    for name, value in metadata.items():
        if name.startswith("$"):
            raise ValueError(f"a metadata field cannot start with $: {name}")
        values = value if isinstance(value, (list, tuple)) else [value]
        kept = list(dict.fromkeys(clean(str(v)) for v in values if v is not None))
        if kept:
            found[name] = kept
    return found


def _within(said: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The same within the limit on metadata: the largest field gives up the later half of its values until it fits."""
    values = dict(said)
    while metadata_bytes(values) > METADATA_BYTES:
        largest = max(values, key=lambda name: metadata_bytes({name: values[name]}))
        values[largest] = values[largest][: len(values[largest]) // 2]
        if not values[largest]:
            del values[largest]
    return values


def metadata_bytes(metadata: Mapping[str, list[str]]) -> int:
    return len(json.dumps(metadata, ensure_ascii=False).encode())


def batches(rows: Iterable[Row], *, dimension: int, most_rows: int, most_bytes: int) -> Iterator[list[Row]]:
    """Rows in groups that stay under both limits of a request."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        # a number of 8 decimals with its sign and comma has 12 characters at most
        bytes_ = 64 + len(row.record) + 12 * dimension + metadata_bytes(row.metadata or {})
        if batch and (len(batch) == most_rows or size + bytes_ > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += bytes_
    if batch:
        yield batch


def chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def write_rows(folder: Path, name: str, rows: Mapping[str, Row]) -> None:
    """Which records a namespace consists of, in order of id; the metadata of zero vectors beside them."""
    ids = sorted(rows)
    metadata = [None if rows[id_].record else json.dumps(rows[id_].metadata or {}, sort_keys=True) for id_ in ids]
    columns = {"id": ids, "record": [rows[id_].record for id_ in ids], "metadata": metadata}
    table = pa.table({column: pa.array(values, pa.string()) for column, values in columns.items()})
    with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read_rows(folder: Path, name: str) -> dict[str, Row]:
    """Id → row without its vector, in order of id. Raises FileNotFoundError."""
    with pa.OSFile(str(folder / f"{name}.arrow")) as source, pa.ipc.open_file(source) as reader:
        table = reader.read_all()
    columns: list[list[Any]] = [table[column].to_pylist() for column in ("id", "record", "metadata")]
    return {
        id_: Row(record, None, None if metadata is None else json.loads(metadata))
        for id_, record, metadata in zip(*columns, strict=True)
    }


@dataclass
class Books:
    """What may be kept at a place beside the records of the published generation. Namespace there → ids of records.

    Written before the first record is sent and after the last one is deleted, so that whoever is killed in between leaves
    no record that nobody knows of.
    """

    owner: str
    """The home's own part of the names of its namespaces."""
    previous: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Those of the generation before, which readers may still have open."""
    sending: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    strays: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """To be deleted."""

    @classmethod
    def read(cls, path: Path) -> Books | None:
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None

    def write(self, path: Path) -> None:
        """Replace the file; it is on disk when this returns."""
        aside = path.with_name(f"{path.name}.new")
        with aside.open("w", encoding="utf-8") as file:
            file.write(json.dumps(vars(self)))
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
