"""Rows on their way to and from a table: as declared, each key once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
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
    return last_of_each(table, rows)


def last_of_each(table: Table, rows: pa.Table) -> pa.Table:
    """One row a key, the last, where null is a key too."""
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


def widens(stored: str, declared: str) -> bool:
    """Whether a stored column has fields inside that are declared and not stored. Both are Delta's schemas, as JSON."""
    there = _fields(stored)
    return any(path[:1] in there for path in _fields(declared) - there)


def _fields(schema: str) -> set[tuple[str, ...]]:
    """The paths of all fields, of those inside structs and lists too."""

    def paths(type_: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield path
        if isinstance(type_, dict):
            for field in type_.get("fields", ()):
                yield from paths(field["type"], (*path, field["name"]))
            for inner in ("elementType", "valueType"):
                if inner in type_:
                    yield from paths(type_[inner], (*path, inner))

    return set(paths(json.loads(schema), ()))
