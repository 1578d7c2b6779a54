"""Rows on their way to Snowflake: Parquet files with upper-case columns, nested values as JSON text, each key looked at."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from talentflow.errors import BadInput, StorageFull
from talentflow.tables import Table
from talentflow.warehouse.snowflake_connection import quoted as name

if TYPE_CHECKING:
    from collections.abc import Generator

    from duckdb import DuckDBPyConnection

DELETED = "_DELETED"
"""The column that says of a row that its key is to be deleted; the row has nothing else."""
LARGEST_VALUE = 16 * 2**20
"""Bytes of a text or a VARIANT that every account takes (newer ones take 128 MiB in some places)."""
FILE_BYTES = 128 * 2**20
"""Of one file, about: Snowflake reads files beside each other."""
_SHOWN = 5
_FULL = ("No space left on device", "Disk quota exceeded", "File too large")


@dataclass(frozen=True)
class TooLarge:
    """A row that stays out, and why."""

    key: tuple[str, ...]
    column: str
    size: int

    @property
    def key_text(self) -> str:
        """As `key_text` makes it."""
        return "|".join(self.key)


@dataclass(frozen=True)
class Staged:
    """Files of one table, and what is in them."""

    files: tuple[Path, ...]
    rows: int
    deleted: int
    too_large: tuple[TooLarge, ...] = ()


def is_nested(type_: pa.DataType) -> bool:
    """Whether values of a type are VARIANT on Snowflake."""
    return pa.types.is_nested(type_)


def key_text(table: Table) -> str:
    """SQL of a row's key as one text."""
    return " || '|' || ".join(name(column) for column in table.key)


def stage(
    folder: Path, table: Table, rows: Iterable[pa.RecordBatch], deleted: pa.Table | None = None, *, unique: bool = True
) -> Staged:
    """Write rows, and the keys of those to be deleted, into files in a folder of their own.

    A row with a text or a nested value above `LARGEST_VALUE` is left out, and its key deleted: no older state of it may stay.

    Args:
        rows: of `table.schema`; read once, so that memory stays flat.
        deleted: keys.
        unique: no key may stand twice.

    Raises: BadInput (a key is null or stands twice; it names them), StorageFull.
    """
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    with _errors_of(folder, table), duckdb.connect(config={"temp_directory": str(folder / "spill")}) as connection:
        connection.execute("set preserve_insertion_order = false")
        reader = pa.RecordBatchReader.from_batches(table.schema, rows)
        connection.register("incoming", reader)
        columns = ", ".join(f"{_as_text(field)} as {name(field.name)}" for field in table.schema)
        connection.execute(f"create view said as select {columns}, false as {name(DELETED)} from incoming")
        _write(connection, "select * from said", folder / "rows")
        held = f"read_parquet({_text(str(folder / 'rows' / '*.parquet'))})"
        too_large = _too_large(connection, table, held)
        if too_large:
            _write(connection, f"select * from {held} where not ({_over(table)})", folder / "fitting")
            held = f"read_parquet({_text(str(folder / 'fitting' / '*.parquet'))})"
        _require_keys(connection, table, held, unique=unique)
        counted = connection.execute(f"select count(*) from {held}").fetchall()[0][0]
        gone = _gone(table, deleted, too_large)
        if gone.num_rows:
            connection.register("gone", gone)
            keys = ", ".join(f"{_quoted(column)} as {name(column)}" for column in table.key)
            _write(connection, f"select {keys}, true as {name(DELETED)} from gone", folder / "gone")
        parts = ["fitting" if too_large else "rows", *(["gone"] if gone.num_rows else [])]
        files = [path for part in parts for path in sorted((folder / part).glob("*.parquet"))]
    return Staged(tuple(files), counted, gone.num_rows, too_large)


def _write(connection: DuckDBPyConnection, sql: str, folder: Path) -> None:
    options = f"format parquet, compression zstd, file_size_bytes {FILE_BYTES}, overwrite_or_ignore true"
    connection.execute(f"copy ({sql}) to {_text(str(folder))} ({options})")


def _as_text(field: Any) -> str:
    column = _quoted(field.name)
    return f"case when {column} is not null then to_json({column})::varchar end" if is_nested(field.type) else column


def _texts(table: Table) -> list[str]:
    return [f.name for f in table.schema if is_nested(f.type) or pa.types.is_string(f.type)]


def _over(table: Table) -> str:
    return " or ".join(f"coalesce(strlen({name(column)}), 0) > {LARGEST_VALUE}" for column in _texts(table))


def _too_large(connection: DuckDBPyConnection, table: Table, held: str) -> tuple[TooLarge, ...]:
    longest = ", ".join(f"coalesce(max(strlen({name(column)})), 0)" for column in _texts(table))
    sizes = connection.execute(f"select {longest} from {held}").fetchall()[0]
    found: list[TooLarge] = []
    for column, size in zip(_texts(table), sizes, strict=True):
        if size > LARGEST_VALUE:
            keys, length = ", ".join(map(name, table.key)), f"strlen({name(column)})"
            sql = f"select {keys}, {length} from {held} where {length} > {LARGEST_VALUE}"
            found += [TooLarge(tuple(key), column, bytes_) for *key, bytes_ in connection.execute(sql).fetchall()]
    return tuple(found)


def _gone(table: Table, deleted: pa.Table | None, too_large: tuple[TooLarge, ...]) -> pa.Table:
    schema = pa.schema([table.schema.field(column) for column in table.key])
    gone = schema.empty_table() if deleted is None else deleted.select(schema.names).cast(schema)
    keys = sorted({one.key for one in too_large})
    left_out = pa.Table.from_pylist([dict(zip(schema.names, key, strict=True)) for key in keys], schema=schema)
    return pa.concat_tables([gone, left_out])


def _require_keys(connection: DuckDBPyConnection, table: Table, held: str, *, unique: bool) -> None:
    keys = [name(column) for column in table.key]
    is_null = " or ".join(f"{key} is null" for key in keys)
    nulls = connection.execute(f"select count(*) from {held} where {is_null}").fetchall()[0][0]
    if nulls:
        raise BadInput(
            f"{nulls} rows of {table.id} have no key ({', '.join(table.key)}): remove them from the lakehouse, or write them "
            "again with one; the warehouse keeps its last state"
        )
    if unique:
        listed = ", ".join(keys)
        sql = f"select {listed}, count(*) from {held} group by all having count(*) > 1 order by {listed} limit {_SHOWN + 1}"
        twice = connection.execute(sql).fetchall()
        if twice:
            named = ", ".join("|".join(map(str, row[:-1])) + f" ({row[-1]} rows)" for row in twice[:_SHOWN])
            more = ", …" if len(twice) > _SHOWN else ""
            raise BadInput(
                f"keys stand twice in {table.id} ({', '.join(table.key)}): {named}{more}: remove all but one row of each from "
                "the lakehouse; the warehouse keeps its last state"
            )


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def _errors_of(folder: Path, table: Table) -> Generator[None]:
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError) as error:
        if any(sign in str(error) for sign in _FULL):
            raise StorageFull(
                f"{table.id} could not be written to {folder}: the disk is full; free space and run again"
            ) from error
        raise
