"""Bring the tables of a DuckDB file to the lakehouse's present versions: what changed, by key, else all rows."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from talentflow.errors import BadInput, TalentflowError, TerminalError
from talentflow.lakehouse import Lakehouse
from talentflow.lakehouse.changes import Changes
from talentflow.tables import Table
from talentflow.warehouse import LEDGERS, LOADED, LOADS, SKILLS, Loaded

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_CHANGED = 0.5
"""Share of a table's rows above which all are loaded again: that is as fast, and holds no more than a batch in memory."""
_SCAN_ROWS = 8192
_SHOWN = 5
_PATTERN = "*?["
"""DuckDB takes a path with one of these for many."""
_State = tuple[int | None, str | None]
"""Version and identity of a table in the lakehouse; neither where there is none."""


def load_tables(connection: DuckDBPyConnection, lakehouse: Lakehouse) -> Mapping[str, Loaded]:
    """Load every table of `LOADED`, and `SKILLS`, with their rows in `LOADS`, in one transaction.

    Raises: BadInput, which names the keys that are null or stand twice, or the column whose values are of another type;
    TransientError from the lakehouse. All tables are then as before.
    """
    with _transaction(connection):
        _begin(connection)
        loaded = {table.id: load_table(connection, lakehouse, table) for table in LOADED}
        return loaded | {SKILLS.id: _load_skills(connection)}


def load_table(connection: DuckDBPyConnection, lakehouse: Lakehouse, table: Table) -> Loaded:
    """Load one table, and note in `LOADS` what it holds. Raises as `load_tables`."""
    version = lakehouse.version(table)
    identity = None if version is None else lakehouse.identity(table)
    held = _held(connection, table)
    if held == (version, identity) and not _columns_differ(connection, table):
        return Loaded(_count(connection, table), version)
    in_lakehouse = 0 if version is None else lakehouse.count(table, at=version)
    changes, why = _changes(connection, lakehouse, table, held, (version, identity), in_lakehouse)
    if changes is not None:
        deleted = _apply(connection, table, changes)
        loaded = Loaded(_count(connection, table), version, changes.rows.num_rows, deleted)
        if loaded.rows == in_lakehouse:
            _remember(connection, table, loaded, identity)
            return loaded
        why = f"{loaded.rows} rows after the changes, {in_lakehouse} in the lakehouse"
    _replace(connection, lakehouse, table, version)
    rows = _count(connection, table)
    if rows != in_lakehouse:
        raise TerminalError(
            f"Rows were lost on the way: {table.id}: {in_lakehouse} in the lakehouse at version {version}, {rows} loaded; "
            "the warehouse stays as it was; run again, and report it if it stays"
        )
    _require_keys(connection, table)
    loaded = Loaded(rows, version, written=rows, whole=True, why=why)
    _remember(connection, table, loaded, identity)
    return loaded


def _begin(connection: DuckDBPyConnection) -> None:
    for layer in sorted({table.layer for table in (*LOADED, SKILLS, LOADS)}):
        connection.execute(f"create schema if not exists {layer}")
    columns = ", ".join(f"{name} {type_}" for name, type_ in _types(connection, LOADS.schema).items())
    connection.execute(f"create table if not exists {LOADS.id} ({columns})")


def _held(connection: DuckDBPyConnection, table: Table) -> _State | None:
    """What the warehouse holds of a table; None before the first load."""
    rows = connection.execute(f"select version, identity from {LOADS.id} where table_id = ?", [table.id]).fetchall()
    return (rows[0][0], rows[0][1]) if rows else None


def _changes(
    connection: DuckDBPyConnection,
    lakehouse: Lakehouse,
    table: Table,
    held: _State | None,
    present: _State,
    in_lakehouse: int,
) -> tuple[Changes | None, str | None]:
    """What changed since what is held; or None and why all rows are to be loaded, which the first time needs none."""
    version, identity = present
    since = held[0] if held else None
    if held is None or since is None:
        return None, None
    if version is None:
        return None, "the table is gone from the lakehouse"
    if held[1] != identity or version < since:
        return None, "the table was made anew in the lakehouse"
    if differ := _columns_differ(connection, table):
        return None, f"other columns: {differ}"
    told = lakehouse.history(table, version - since)
    if sum(c.rows_written or 0 for c in told) > MOST_CHANGED * in_lakehouse:
        return None, "most rows changed"
    changes = lakehouse.changes(table, since, version)
    if changes is None:
        return None, f"the lakehouse cannot tell any more what changed since version {since}"
    if table.id in LEDGERS and not changes.only_inserts:
        return None, "rows of a ledger were changed or deleted"
    return changes, None


def _apply(connection: DuckDBPyConnection, table: Table, changes: Changes) -> int:
    """Delete the rows of all changed keys and insert those that are there now; of a ledger insert alone. Returns the rows that
    went for good."""
    _require_keys_of(table, changes.rows)
    rows, keys = changes.rows, ", ".join(map(_name, table.key))
    with _registered(connection, incoming=rows, gone=changes.deleted):
        deleted = _one(connection.execute(f"select count(*) from {table.id} semi join gone using ({keys})"))
        if table.id not in LEDGERS:
            among = f"select {keys} from gone union all select {keys} from incoming"
            connection.execute(f"delete from {table.id} where ({keys}) in ({among})")
        connection.execute(f"insert into {table.id} by name select * from incoming")
    return deleted


def _replace(connection: DuckDBPyConnection, lakehouse: Lakehouse, table: Table, version: int | None) -> None:
    """All rows of a version in place of what is there: straight from the lakehouse's files where they can be read as they are."""
    import duckdb

    types = _types(connection, table.schema)
    files = None if version is None else lakehouse.files(table, version)
    if any(sign in file for file in files or () for sign in _PATTERN):
        files = None
    broken: list[Exception] = []
    source: Any = table.schema.empty_table()
    if version is not None and files is None:
        batches = lakehouse.scan(table, batch_rows=_SCAN_ROWS, at=version)
        source = pa.RecordBatchReader.from_batches(table.schema, _noting(batches, broken))
    read, values = ("read_parquet(?, union_by_name = true)", [files]) if files else ("incoming", [])
    try:
        with _registered(connection, incoming=source):
            stored = {name for name, *_ in connection.execute(f"describe select * from {read}", values).fetchall()}
            columns = ", ".join(
                f"cast({_name(name) if name in stored else 'null'} as {type_}) as {_name(name)}" for name, type_ in types.items()
            )
            connection.execute(f"create or replace table {table.id} as select {columns} from {read}", values)
    except duckdb.Error as error:
        why = broken[0] if broken else error
        if isinstance(why, TalentflowError) and not isinstance(why.__cause__, pa.ArrowException):
            raise why from error
        if broken or isinstance(error, duckdb.ConversionException | duckdb.BinderException | duckdb.NotImplementedException):
            raise BadInput(
                f"Values of another type than the table declares: {table.id}: {_first_line(why)}; mend the table in the "
                "lakehouse and run again, the warehouse stays as it was"
            ) from error
        raise


def _noting(batches: Iterator[pa.RecordBatch], broken: list[Exception]) -> Iterator[pa.RecordBatch]:
    """The same batches; DuckDB tells an error of theirs as text alone, so it is noted."""
    try:
        yield from batches
    except Exception as error:
        broken.append(error)
        raise


def _load_skills(connection: DuckDBPyConnection) -> Loaded:
    """The taxonomy's skills, when they are others than those that are held."""
    from talentflow.taxonomy import skills
    from talentflow.taxonomy.version import VERSION

    if _held(connection, SKILLS) == (None, VERSION) and not _columns_differ(connection, SKILLS):
        return Loaded(_count(connection, SKILLS))
    names = SKILLS.schema.names
    known = pa.Table.from_pylist([{name: getattr(s, name) for name in names} for s in skills()], schema=SKILLS.schema)
    with _registered(connection, incoming=known):
        connection.execute(f"create or replace table {SKILLS.id} as select * from incoming")
        _require_keys(connection, SKILLS)
        loaded = Loaded(known.num_rows, written=known.num_rows, whole=True)
        _remember(connection, SKILLS, loaded, VERSION)
    return loaded


def _remember(connection: DuckDBPyConnection, table: Table, loaded: Loaded, identity: str | None) -> None:
    connection.execute(f"delete from {LOADS.id} where table_id = ?", [table.id])
    connection.execute(
        f"insert into {LOADS.id} by name select ? as table_id, ? as version, ? as identity, ? as row_count, ? as loaded_at",
        [table.id, loaded.version, identity, loaded.rows, datetime.now(UTC)],
    )


def _columns_differ(connection: DuckDBPyConnection, table: Table) -> str | None:
    """The columns that the stored table has with another type, or not, or too many; None where it is as declared."""
    stored = connection.execute(
        "select column_name, data_type from information_schema.columns where table_schema = ? and table_name = ?",
        [table.layer, table.name],
    ).fetchall()
    declared = set(_types(connection, table.schema).items())
    return ", ".join(sorted({name for name, _ in declared ^ set(stored)})) or None


def _types(connection: DuckDBPyConnection, schema: pa.Schema) -> dict[str, str]:
    """DuckDB's types of a schema's columns."""
    with _registered(connection, declared=schema.empty_table()):
        return {name: type_ for name, type_, *_ in connection.execute("describe select * from declared").fetchall()}


def _require_keys(connection: DuckDBPyConnection, table: Table) -> None:
    """Raises BadInput where a key is null, or stands twice in a table that is no ledger."""
    keys = ", ".join(map(_name, table.key))
    null = " or ".join(f"{_name(k)} is null" for k in table.key)
    without = _one(connection.execute(f"select count(*) from {table.id} where {null}"))
    twice: list[Any] = []
    if table.id not in LEDGERS:
        twice = connection.execute(
            f"select {keys} from {table.id} group by {keys} having count(*) > 1 order by {keys} limit {_SHOWN + 1}"
        ).fetchall()
    _refuse(table, without, twice)


def _require_keys_of(table: Table, rows: pa.Table) -> None:
    """The same of rows in memory."""
    without = max((rows.column(name).null_count for name in table.key), default=0)
    twice: list[Any] = []
    if table.id not in LEDGERS and not without:
        counted = rows.select(list(table.key)).group_by(list(table.key)).aggregate([([], "count_all")])
        twice = [tuple(row[k] for k in table.key) for row in counted.to_pylist() if row["count_all"] > 1]
    _refuse(table, without, sorted(twice)[: _SHOWN + 1])


def _refuse(table: Table, without: int, twice: list[Any]) -> None:
    if not without and not twice:
        return
    named = ", ".join(table.key)
    shown = ", ".join("/".join(map(str, key)) for key in twice[:_SHOWN]) + (", …" if len(twice) > _SHOWN else "")
    wrong = [f"{without} rows have no {named}"] if without else []
    wrong += [f"{named} stands more than once: {shown}"] if twice else []
    raise BadInput(
        f"Rows that cannot be loaded: {table.id}: {'; '.join(wrong)}; mend the table in the lakehouse and run again, the "
        "warehouse stays as it was"
    )


@contextmanager
def _transaction(connection: DuckDBPyConnection) -> Generator[None]:
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


@contextmanager
def _registered(connection: DuckDBPyConnection, **tables: Any) -> Generator[None]:
    """Arrow tables or readers by these names, meanwhile."""
    for name, rows in tables.items():
        connection.register(name, rows)
    import duckdb

    try:
        yield
    finally:
        # after an error there is nothing but the rollback
        with suppress(duckdb.TransactionException):
            for name in tables:
                connection.unregister(name)


def _count(connection: DuckDBPyConnection, table: Table) -> int:
    return _one(connection.execute(f"select count(*) from {table.id}"))


def _one(answer: DuckDBPyConnection) -> int:
    return int(answer.fetchall()[0][0])


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
