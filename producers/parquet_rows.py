"""Parquet files one row at a time: read a batch of a row group at a time, whatever the file's size."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from producers.row_files import TOO_LARGE, Row, own_id

MALFORMED_PARQUET = "malformed_parquet"
_BATCH_ROWS = 64
"""Few, since a row may hold a whole CV."""
_DAMAGED = (pa.ArrowException, OSError, ValueError, OverflowError, KeyError)


def parquet_header(stream: IO[bytes]) -> list[str]:
    """The names of the columns; empty for a file that cannot be opened."""
    try:
        return list(pq.ParquetFile(stream).schema_arrow.names)
    except _DAMAGED:
        return []


def parquet_rows(stream: IO[bytes], limit: int) -> Iterator[Row]:
    """One row a record, as JSON object. Dates are ISO 8601, decimals numbers, bytes text (base64 where they are none)."""
    try:
        file = pq.ParquetFile(stream, memory_map=False, pre_buffer=False)
    except _DAMAGED as error:
        yield _broken("row=1", error)
        return
    number = 0
    for group in range(file.num_row_groups):
        try:
            for batch in file.iter_batches(_BATCH_ROWS, row_groups=[group], use_threads=False):
                for row in _records(batch):
                    number += 1
                    yield _row(f"row={number}", row, limit)
        except _DAMAGED as error:
            # the other row groups stand for themselves
            yield _broken(f"row={number + 1}", error)
        number = sum(file.metadata.row_group(g).num_rows for g in range(group + 1))


def _broken(place: str, error: Exception) -> Row:
    said = " ".join(str(error).split())[:200]
    what = "is encrypted" if "encrypted" in said.casefold() else f"cannot be read ({said})"
    return Row(place, b"", None, MALFORMED_PARQUET, f"{what}: write the file again, without encryption")


def _records(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    columns = {name: _values(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    return [{name: values[i] for name, values in columns.items() if values[i] is not None} for i in range(batch.num_rows)]


def _values(column: pa.Array) -> list[Any]:
    try:
        return column.to_pylist(maps_as_pydicts="lossy")
    except _DAMAGED:
        # Python has no nanoseconds and no year 0: such a value stays text
        return [_value(item) for item in column]


def _value(item: Any) -> Any:
    try:
        return item.as_py()
    except _DAMAGED:
        return str(item) if item.is_valid else None


def _row(place: str, row: dict[str, Any], limit: int) -> Row:
    plain = {name: _plain(value) for name, value in row.items()}
    content = json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")
    if len(content) > limit:
        return Row(place, content, None, TOO_LARGE, f"has more than {limit} bytes: send a smaller one")
    return Row(place, content, own_id(plain))


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Decimal):
        return (int(value) if value == value.to_integral_value() else float(value)) if value.is_finite() else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return _text(value)
    return str(value.hex if isinstance(value, UUID) else value)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()
