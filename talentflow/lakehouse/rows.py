"""Rows on their way to and from a table: as declared, each key once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from talentflow.errors import BadInput
from talentflow.tables import Table

Key = tuple[Any, ...]


def projected(table: Table, columns: Sequence[str] | None) -> pa.Schema:
    """The declared schema of some columns, in the order asked for; of all for None."""
    return table.schema if columns is None else pa.schema([table.schema.field(name) for name in columns])


def conformed(table: Table, rows: pa.Table) -> pa.Table:
    """The declared columns in the declared order and types; a nullable one that is missing is null. Raises BadInput."""
    unknown = sorted(set(rows.schema.names) - set(table.schema.names))
    if unknown:
        raise BadInput(f"Columns that the table does not declare: {table.id}: {', '.join(unknown)}; add them to its schema")
    missing = [n for n in table.schema.names if n not in rows.schema.names]
    for name in missing:
        rows = rows.append_column(name, pa.nulls(rows.num_rows, table.schema.field(name).type))
    try:
        cast = rows.select(table.schema.names).cast(table.schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise BadInput(f"Rows that are not of the table's types: {table.id}: {error}; write what its schema declares") from error
    if any(cast.column(f.name).null_count for f in table.schema if not f.nullable):
        raise BadInput(f"A column that must have a value is null: {table.id}; give every row its key")
    return cast


def as_declared(batch: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    """A stored batch with the wanted columns; one that the stored table does not have yet is null."""
    stored = batch.schema.names
    arrays = [
        batch.column(field.name).cast(field.type) if field.name in stored else pa.nulls(batch.num_rows, field.type)
        for field in wanted
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=wanted)


def last_of_each_key(table: Table, rows: pa.Table) -> pa.Table:
    """One row a key, the last. Raises BadInput for a key without a value."""
    if any(rows.column(name).null_count for name in table.key):
        raise BadInput(f"A key is null: {table.id} ({', '.join(table.key)}); give every row its key")
    last = {key: n for n, key in enumerate(keys_of(table, rows))}
    return rows if len(last) == rows.num_rows else rows.take(pa.array(sorted(last.values()), pa.int64()))


def keys_of(table: Table, rows: pa.Table | pa.RecordBatch) -> list[Key]:
    """The keys of rows, in order."""
    return tuples(rows, table.key)


def tuples(rows: pa.Table | pa.RecordBatch, columns: Sequence[str]) -> list[Key]:
    """Some columns of rows as tuples, in order."""
    return list(zip(*(rows.column(name).to_pylist() for name in columns), strict=True))


def is_text(value: str) -> bool:
    """Whether a stored string can equal it: lone surrogates have no place in UTF-8."""
    return not any("\ud800" <= c <= "\udfff" for c in value)
