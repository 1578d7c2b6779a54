"""The warehouse in Snowflake.

Tables are loaded in place, each in a transaction of its own. Marts and snapshots are built aside, in clones of their schemas
(which cost nothing, and in which incremental models go on), and swapped in when dbt has passed: readers see the old or the new
ones. Views (staging, intermediate) are built in place: no mart reads one after it is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from talentflow.capabilities import Capabilities
from talentflow.errors import BadInput, ServiceUnavailable
from talentflow.lakehouse import Lakehouse
from talentflow.settings import Settings
from talentflow.warehouse import Built, Loaded
from talentflow.warehouse.dbt import DbtCall, RunDbt, require_success, run_dbt
from talentflow.warehouse.snowflake_connection import QUERY_TAG, connected, ensure_database, run

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

SWAPPED = ("snapshots", "marts")
"""Schemas that are built aside, in the order in which they are swapped in."""
ASIDE = "_next"
_ASKS = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:\(|(?:select|with|show|describe|desc|explain|values)\b)", re.IGNORECASE | re.DOTALL
)
_PASSED_ON = ("account", "user", "role", "warehouse", "database", "schema", "host", "port", "protocol", "private_key_path")


class SnowflakeWarehouse:
    """See `Warehouse`."""

    capabilities = Capabilities(concurrent_writers=True)

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._target = settings.warehouse_dir / "dbt"

    def built_from(self) -> str | None:
        """See `Warehouse.built_from`."""
        try:
            return str(self.query("select built_from from ops.builds")[0]["built_from"])
        except (BadInput, IndexError):
            return None
        except ServiceUnavailable:
            if self._is_published():
                raise
            return None

    def load(self, lakehouse: Lakehouse) -> Mapping[str, Loaded]:
        """See `Warehouse.load`."""
        from snowpark_udfs.loader import load_tables

        loaded = load_tables(self._settings, lakehouse)
        (self._target / "run_results.json").unlink(missing_ok=True)
        return loaded

    def has_build(self) -> bool:
        """See `Warehouse.has_build`."""
        if not (self._target / "run_results.json").exists():
            return False
        with connected(self._settings) as connection:
            return f"MARTS{ASIDE.upper()}" in _schemas(connection)

    def build(self, project_dir: Path, run_dbt: RunDbt = run_dbt, *, retry: bool = False) -> Built:
        """See `Warehouse.build`. The functions that models call are put there first, where they changed."""
        from snowpark_udfs.register import register_functions

        with connected(self._settings) as connection:
            ensure_database(connection, self._settings)
            register_functions(connection)
            if not retry:
                _begin(connection)
        call = DbtCall(project_dir, "snowflake", self._target, self._environment(), "retry" if retry else "build")
        nodes = run_dbt(call)
        require_success(call, nodes)
        with connected(self._settings) as connection:
            return Built(nodes, _marts(connection))

    def read_build(self, sql: str) -> Iterator[pa.RecordBatch]:
        """See `Warehouse.read_build`."""
        aside = re.sub(rf"\b({'|'.join(SWAPPED)})\.", rf"\1{ASIDE}.", sql, flags=re.IGNORECASE)
        with connected(self._settings) as connection, connection.cursor() as cursor:
            cursor.execute(aside)
            schema: pa.Schema | None = None
            for table in cursor.fetch_arrow_batches():
                rows = _plain(table)
                schema = schema or rows.schema
                yield from rows.cast(schema).to_batches()

    def publish(self, built_from: str) -> None:
        """See `Warehouse.publish`. Each schema is swapped atomically; a stop between them is mended by the next build."""
        with connected(self._settings) as connection:
            there = _schemas(connection)
            for schema in SWAPPED:
                if f"{schema}{ASIDE}".upper() in there:
                    run(connection, f"create schema if not exists {schema}")
                    run(connection, f"alter schema {schema} swap with {schema}{ASIDE}")
            told = built_from.replace("\\", "\\\\").replace("'", "''")
            run(connection, f"create or replace table ops.builds as select '{told}' as built_from")
            for schema in SWAPPED:
                run(connection, f"drop schema if exists {schema}{ASIDE}")

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """See `Warehouse.query`. Raises BadInput for a statement that is no question, and for a name that is not there."""
        if not _ASKS.match(sql):
            raise BadInput(
                f"only questions are asked of the warehouse, and this is none: {sql.strip()[:80]}; begin it with select"
            )
        try:
            with connected(self._settings) as connection:
                return [{name: _plain_value(value) for name, value in row.items()} for row in run(connection, sql, parameters)]
        except BadInput as error:
            if self._is_published():
                raise
            raise ServiceUnavailable("there is no warehouse yet: run  talentflow quick  first") from error

    def _is_published(self) -> bool:
        with connected(self._settings) as connection:
            return "MARTS" in _schemas(connection)

    def _environment(self) -> dict[str, str]:
        """What profiles.yml reads. A setting that is not set is empty."""
        settings = self._settings
        values = {name: getattr(settings, f"snowflake_{name}") for name in _PASSED_ON}
        for name in ("password", "private_key_passphrase"):
            secret = getattr(settings, f"snowflake_{name}")
            values[name] = secret.get_secret_value() if secret else None
        if values["private_key_path"]:
            values["password"] = None
        told = {f"TALENTFLOW_SNOWFLAKE_{name.upper()}": "" if v is None else str(v) for name, v in values.items()}
        return told | {"TALENTFLOW_SNOWFLAKE_QUERY_TAG": QUERY_TAG, "TALENTFLOW_SCHEMA_SUFFIX": ASIDE}


def _begin(connection: SnowflakeConnection) -> None:
    """The schemas in which is built: clones of the present ones."""
    there = _schemas(connection)
    for schema in SWAPPED:
        run(connection, f"drop schema if exists {schema}{ASIDE}")
        clone = f" clone {schema}" if schema.upper() in there else ""
        run(connection, f"create schema {schema}{ASIDE}{clone}")


def _schemas(connection: SnowflakeConnection) -> set[str]:
    try:
        rows = run(connection, "select schema_name from information_schema.schemata")
    except Exception as error:
        if getattr(error, "errno", None) in (2003, 90105):  # no such database
            return set()
        raise
    return {row["schema_name"].upper() for row in rows}


def _marts(connection: SnowflakeConnection) -> dict[str, int]:
    """Rows a mart of the build."""
    place = f"marts{ASIDE}"
    rows = run(connection, "select table_name from information_schema.tables where table_schema = ? order by 1", [place.upper()])
    names = [row["table_name"].lower() for row in rows]
    if not names:
        return {}
    counted = run(connection, " union all ".join(f"select '{n}' as mart, count(*) as n from {place}.{n}" for n in names))
    counts = {row["mart"]: int(row["n"]) for row in counted}
    return {f"marts.{name}": counts[name] for name in names}


def _plain(table: Any) -> pa.Table:
    """Rows with lower-case names and the types that DuckDB would give: whole numbers are int64, others float64."""
    columns: list[Any] = []
    for column in table.columns:
        is_decimal = pa.types.is_decimal(column.type)
        if pa.types.is_integer(column.type) or (is_decimal and column.type.scale == 0):
            columns.append(column.cast(pa.int64()))
        else:
            columns.append(column.cast(pa.float64()) if is_decimal else column)
    return pa.table(columns, names=[name.lower() for name in table.column_names])


def _plain_value(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
