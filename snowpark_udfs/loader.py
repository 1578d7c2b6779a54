"""Bring the lakehouse's tables into Snowflake: what changed since the version it holds, a table at a time.

Rows go as Parquet files to a stage, from there by COPY INTO a transient table, and from that by one MERGE, deletes included,
into the table, in one transaction with the version it then holds (`ops.loads`). A load that is killed leaves a table as it was or
as it should be; what else it leaves (files, transient tables, an open transaction) the next one removes. The transaction sets the
version only where it still is the one that the changes were read since: a load that comes second begins anew.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import structlog

from snowpark_udfs.plan import Held, Package, Plan, Source, plan_of, whole
from snowpark_udfs.staged import DELETED, Staged, TooLarge, is_nested, key_text, stage
from talentflow.errors import BadInput, TerminalError, TransientError, WriteConflict
from talentflow.home import alone
from talentflow.lakehouse import Lakehouse
from talentflow.settings import Settings
from talentflow.tables import Table
from talentflow.warehouse import LEDGERS, LOADED, LOADS, SKILLS, Loaded
from talentflow.warehouse.snowflake_connection import ensure_database, run, session_of
from talentflow.warehouse.snowflake_connection import quoted as name

if TYPE_CHECKING:
    from snowflake.snowpark import Session

log = structlog.get_logger(__name__)

ATTEMPTS = 4
"""Of a load whose network is lost, or that another one got ahead of."""
WAIT_SECONDS = 600
"""For another load of this home."""
STAGE = "LOADS"
_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")
"""Paths that mean the same to DuckDB, to PUT and to the connector: patterns, quotes and spaces do not."""

UNLOADED = Table(
    "ops",
    "unloaded",
    ("table_id", "row_key"),
    pa.schema(
        [
            pa.field("table_id", pa.string(), nullable=False),
            pa.field("row_key", pa.string(), nullable=False),
            pa.field("column_name", pa.string()),
            pa.field("bytes", pa.int64()),
        ]
    ),
    "warehouse",
    guard=(),
)
"""Rows of the lakehouse that Snowflake has no room for."""

_TYPES: tuple[tuple[Any, str, str], ...] = (
    (pa.types.is_string, "VARCHAR", "TEXT"),
    (pa.types.is_integer, "NUMBER(38, 0)", "NUMBER"),
    (pa.types.is_floating, "FLOAT", "FLOAT"),
    (pa.types.is_boolean, "BOOLEAN", "BOOLEAN"),
    (pa.types.is_timestamp, "TIMESTAMP_TZ(6)", "TIMESTAMP_TZ"),
    (is_nested, "VARIANT", "VARIANT"),
)
"""Of which Arrow types a column is, its type in Snowflake, and how Snowflake tells it."""


def load_tables(settings: Settings, lakehouse: Lakehouse, tables: Sequence[Table] = (*LOADED, SKILLS)) -> dict[str, Loaded]:
    """Bring tables to the lakehouse's present versions; says how, a table.

    Raises: Busy (another load of this home goes on, or holds Snowflake's tables), TransientError after `ATTEMPTS`, BadInput,
    BadSettings, StorageFull, TerminalError. Tables before the one that could not be loaded are loaded.
    """
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

    done: dict[str, Loaded] = {}
    retrying = Retrying(
        retry=retry_if_exception_type(TransientError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(0.5, max=20),
        before_sleep=lambda state: log.warning("load_again", error=str(state.outcome and state.outcome.exception())),
        reraise=True,
    )
    busy = f"another load of {settings.home} into Snowflake goes on: run again when it is done"
    with alone(settings.warehouse_dir / "load.lock", busy, seconds=WAIT_SECONDS):
        for attempt in retrying:
            with attempt, session_of(settings) as session:
                _Load(session, settings, lakehouse).all(tables, done)
    return done


class _Load:
    """One load, in one session."""

    def __init__(self, session: Session, settings: Settings, lakehouse: Lakehouse) -> None:
        self._session = session
        self._settings = settings
        self._lakehouse = lakehouse
        self._token = _token(settings.warehouse_dir)
        self._folder = settings.warehouse_dir / "snowflake"
        if not _PLAIN.fullmatch(str(self._folder)):
            self._folder = Path(tempfile.gettempdir()) / f"talentflow-load-{self._token}"
        self._own = f"{name(settings.snowflake_database)}.{name(settings.snowflake_schema)}"
        self._columns: dict[str, dict[str, str]] = {}
        self._held: dict[str, Held] = {}

    def all(self, tables: Sequence[Table], done: dict[str, Loaded]) -> None:
        """Load every table that is not in `done`, and put it there."""
        self._prepare()
        for table in tables:
            if table.id not in done:
                done[table.id] = loaded = self._load(table, Package() if table is SKILLS else self._lakehouse)
                if loaded.skipped:
                    log.warning("rows_left_out", table=table.id, rows=loaded.skipped)

    def _run(self, sql: str) -> list[dict[str, Any]]:
        return run(self._session.connection, sql)

    # What must be there, and what must not

    def _prepare(self) -> None:
        self._abort_orphan()
        shutil.rmtree(self._folder, ignore_errors=True)
        ensure_database(self._session.connection, self._settings)
        self._run(f"create stage if not exists {self._own}.{STAGE}")
        self._run(f"remove @{self._own}.{STAGE}/{self._token}/")
        said = self._run(
            "select table_schema, table_name, column_name, data_type from information_schema.columns "
            f"where table_schema in ('SILVER', 'OPS', 'BRONZE') or startswith(table_name, 'LOAD_{self._token}_')"
        )
        for row in said:
            table_id = f"{row['table_schema']}.{row['table_name']}".lower()
            self._columns.setdefault(table_id, {})[row["column_name"].lower()] = row["data_type"]
        for table_id in [one for one in self._columns if one.split(".")[1].startswith(f"load_{self._token}_".lower())]:
            self._run(f"drop table if exists {self._own}.{name(table_id.split('.')[1])}")
        for table in (LOADS, UNLOADED):
            self._evolve(table)
        for row in self._run(f"select * from {_id(LOADS)} where {name('identity')} is not null"):
            self._held[row["table_id"]] = Held(row["version"], row["identity"], row["row_count"] or 0)

    def _abort_orphan(self) -> None:
        """A killed load's transaction goes on holding its tables: nobody else uses this home's name."""
        for row in self._run("show transactions"):
            if str(row.get("name")).lower() == self._transaction.lower():
                self._run(f"select system$abort_transaction({int(row['id'])})")

    @property
    def _transaction(self) -> str:
        return f"talentflow_load_{self._token}"

    def _evolve(self, table: Table) -> bool:
        """Make the table, or add the columns it lacks; whether there were any. Raises BadInput for one of another type."""
        stored = self._columns.get(table.id)
        if stored is None:
            columns = ", ".join(f"{name(f.name)} {_type(f)[0]}{'' if f.nullable else ' not null'}" for f in table.schema)
            self._run(f"create table if not exists {_id(table)} ({columns})")
            return False
        missing = [field for field in table.schema if field.name.lower() not in stored]
        for field in table.schema:
            kept, declared = stored.get(field.name.lower()), _type(field)[1]
            if kept is not None and kept.split("(")[0] != declared:
                raise BadInput(
                    f"the type of {table.id}.{field.name} changed: Snowflake keeps {kept}, the lakehouse has {field.type} "
                    f"({declared}): rename or drop {_id(table)} in Snowflake, and the next load brings all its rows again; or "
                    "declare the column as it was. The table keeps its last state"
                )
        for field in missing:
            self._run(f"alter table {_id(table)} add column if not exists {name(field.name)} {_type(field)[0]}")
        return bool(missing)

    # One table

    def _load(self, table: Table, source: Source) -> Loaded:
        is_new = table.id not in self._columns
        is_wider = self._evolve(table)
        held = None if is_new else self._held.get(table.id)
        version, identity = source.version(table), source.identity(table)
        if held and (held.version, held.identity) == (version, identity) and not is_wider:
            return Loaded(held.rows, version)
        if held is None and version is None:
            return Loaded(0)
        why = "it has new columns" if is_wider else None
        plan = plan_of(table, source, held, why)
        try:
            loaded = self._bring(table, plan)
            if loaded is None and not plan.whole:
                plan = whole(table, source, "the warehouse had other rows than it was loaded with")
                loaded = self._bring(table, plan)
        except TerminalError:
            self._remove(table)
            raise
        self._remove(table)
        if loaded is not None:
            return loaded
        raise TerminalError(
            f"rows of {table.id} were not as many as in the lakehouse ({plan.expected} at version {plan.version}), so nothing "
            f"was changed: see whether something else writes to {_id(table)}"
        )

    def _bring(self, table: Table, plan: Plan) -> Loaded | None:
        """None, and nothing changed, where the rows are then not as many as in the lakehouse."""
        try:
            return self._merge(table, plan, self._stage(table, plan), self._held.get(table.id))
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _stage(self, table: Table, plan: Plan) -> Staged:
        """The files, in the transient table; Raises BadInput, StorageFull, TerminalError."""
        staged = stage(self._folder / table.id, table, plan.rows, plan.deleted, unique=table.id not in LEDGERS)
        columns = ", ".join(f"{name(f.name)} {_staged_type(f)}" for f in table.schema)
        self._run(f"create or replace transient table {self._aside(table)} ({columns}, {name(DELETED)} boolean)")
        place = f"@{self._own}.{STAGE}/{self._token}/{table.name}"
        for number, file in enumerate(staged.files):
            # one folder a file: all have the same name
            self._session.file.put(f"file://{file}", f"{place}/{number}", auto_compress=False, overwrite=True)
        if staged.files:
            told = self._run(
                f"copy into {self._aside(table)} from {place}/ "
                "file_format = (type = parquet use_logical_type = true binary_as_text = false) "
                "match_by_column_name = case_insensitive on_error = abort_statement force = true"
            )
            copied = sum(int(row.get("rows_loaded") or 0) for row in told)
            if copied != staged.rows + staged.deleted:
                raise WriteConflict(
                    f"{copied} of {staged.rows + staged.deleted} rows of {table.id} came to Snowflake: loading again"
                )
        return staged

    def _merge(self, table: Table, plan: Plan, staged: Staged, held: Held | None) -> Loaded | None:
        """The one transaction."""
        if held is None:
            self._run(
                f"merge into {_id(LOADS)} as t using (select {_text(table.id)} as {name('table_id')}) as s "
                f"on t.{name('table_id')} = s.{name('table_id')} "
                f"when not matched then insert ({name('table_id')}) values (s.{name('table_id')})"
            )
        self._run(f"begin transaction name {self._transaction}")
        try:
            left_out = self._leave_out(table, plan, staged)
            rows = plan.expected - left_out
            self._set_version(table, plan, held, rows)
            written, deleted = self._bring_in(table, plan)
            if self._count(f"select count(*) as n from {_id(table)}") != rows:
                self._run("rollback")
                return None
            self._run("commit")
        except BaseException:
            with suppress(Exception):  # what failed counts; a session that is gone rolls back by itself
                self._run("rollback")
            raise
        self._held[table.id] = Held(plan.version, plan.identity, rows)
        skipped = tuple(f"{one.key_text}: {one.column} has {one.size:,} bytes" for one in staged.too_large)
        return Loaded(rows, plan.version, written, deleted, plan.whole, plan.why, skipped)

    def _set_version(self, table: Table, plan: Plan, held: Held | None, rows: int) -> None:
        """Take the row of `ops.loads`, which others that load this table wait for. Raises WriteConflict when it moved on."""
        before = held or Held(None, None, 0)
        updated = self._count(
            f"update {_id(LOADS)} set {name('version')} = {_number(plan.version)}, {name('identity')} = {_text(plan.identity)}, "
            f"{name('row_count')} = {rows}, {name('loaded_at')} = current_timestamp() "
            f"where {name('table_id')} = {_text(table.id)} "
            f"and {name('version')} is not distinct from {_number(before.version)} "
            f"and {name('identity')} is not distinct from {_text(before.identity)}"
        )
        if not updated:
            raise WriteConflict(f"another load of {table.id} into Snowflake came first: reading again what changed since")

    def _leave_out(self, table: Table, plan: Plan, staged: Staged) -> int:
        """Keep the account of rows that stay out, and say how many."""
        of_table = f"{name('table_id')} = {_text(table.id)}"
        known = self._count(f"select count(*) as n from {_id(UNLOADED)} where {of_table}")
        if known:
            again = "" if plan.whole else f" and {name('row_key')} in (select {key_text(table)} from {self._aside(table)})"
            self._run(f"delete from {_id(UNLOADED)} where {of_table}{again}")
        for one in _one_a_key(staged.too_large):
            values = f"{_text(table.id)}, {_text(one.key_text)}, {_text(one.column)}, {one.size}"
            self._run(f"insert into {_id(UNLOADED)} select {values}")
        if not known:
            return len(_one_a_key(staged.too_large))
        return self._count(f"select count(*) as n from {_id(UNLOADED)} where {of_table}")

    def _bring_in(self, table: Table, plan: Plan) -> tuple[int, int]:
        """Rows written and deleted."""
        columns = [name(field.name) for field in table.schema]
        listed, aside = ", ".join(columns), self._aside(table)
        values = ", ".join(
            f"parse_json({name(f.name)}) as {name(f.name)}" if is_nested(f.type) else name(f.name) for f in table.schema
        )
        if table.id in LEDGERS:
            deleted = self._count(f"delete from {_id(table)}") if plan.whole else 0
            written = self._count(f"insert into {_id(table)} ({listed}) select {values} from {aside} where not {name(DELETED)}")
            return written, deleted
        on = " and ".join(f"t.{name(column)} = s.{name(column)}" for column in table.key)
        others = [name(field.name) for field in table.schema if field.name not in table.key]
        changed = f" and ({' or '.join(f't.{c} is distinct from s.{c}' for c in others)})" if plan.whole else ""
        (told,) = self._run(
            f"merge into {_id(table)} as t using (select {values}, {name(DELETED)} from {aside}) as s on {on} "
            f"when matched and s.{name(DELETED)} then delete "
            f"when matched{changed} then update set {', '.join(f'{c} = s.{c}' for c in others)} "
            f"when not matched and not s.{name(DELETED)} then insert ({listed}) values ({', '.join(f's.{c}' for c in columns)})"
        )
        counts = {what.split()[-1]: int(n) for what, n in told.items()}
        deleted = counts.get("deleted", 0)
        if plan.whole:
            same = " and ".join(f"s.{name(c)} = {_id(table)}.{name(c)}" for c in table.key)
            deleted += self._count(f"delete from {_id(table)} where not exists (select 1 from {aside} as s where {same})")
        return counts.get("inserted", 0) + counts.get("updated", 0), deleted

    def _count(self, sql: str) -> int:
        """The first number of the first row: what a statement counts, or has changed."""
        return int(next(iter(self._run(sql)[0].values())))

    def _remove(self, table: Table) -> None:
        self._run(f"drop table if exists {self._aside(table)}")
        self._run(f"remove @{self._own}.{STAGE}/{self._token}/{table.name}/")

    def _aside(self, table: Table) -> str:
        return f"{self._own}.{name(f'load_{self._token}_{table.name}')}"


def _token(folder: Path) -> str:
    """What this home's leftovers are known by, also after its process was killed."""
    path = folder / "loader.token"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(uuid.uuid4().hex[:12].upper(), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _one_a_key(too_large: Iterable[TooLarge]) -> list[TooLarge]:
    return list({one.key: one for one in too_large}.values())


def _id(table: Table) -> str:
    return f"{name(table.layer)}.{name(table.name)}"


def _type(field: Any) -> tuple[str, str]:
    return next((type_, told) for is_it, type_, told in _TYPES if is_it(field.type))


def _staged_type(field: Any) -> str:
    return "VARCHAR" if is_nested(field.type) else _type(field)[0]


def _text(value: str | None) -> str:
    return "null" if value is None else "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)
