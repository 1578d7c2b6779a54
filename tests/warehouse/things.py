"""A small table, and what a Snowflake database holds of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.settings import Settings
from talentflow.tables import TIMESTAMP, Table
from talentflow.warehouse.snowflake_connection import connected, run
from tests.rows import table_of

THINGS = Table(
    "silver",
    "things",
    ("thing_id", "part"),
    pa.schema(
        [
            pa.field("thing_id", pa.string(), nullable=False),
            pa.field("part", pa.string(), nullable=False),
            pa.field("size", pa.float64()),
            pa.field("pieces", pa.int32()),
            pa.field("is_new", pa.bool_()),
            pa.field("seen_at", TIMESTAMP),
            pa.field("tags", pa.list_(pa.struct([pa.field("name", pa.string()), pa.field("rank", pa.int32())]))),
        ]
    ),
    "tests",
    guard=(),
)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def thing(thing_id: str, **more: Any) -> dict[str, Any]:
    row = {"thing_id": thing_id, "part": "a", "size": 1.5, "pieces": 3, "is_new": True, "seen_at": NOON}
    return row | {"tags": [{"name": "Zoé's", "rank": 1}, {"name": 'a "quote" \\ and more', "rank": None}]} | more


def put(lakehouse: DeltaLakehouse, *rows: dict[str, Any], table: Table = THINGS) -> None:
    lakehouse.upsert(table, table_of(table, *rows))


def with_column(name: str, type_: pa.DataType, table: Table = THINGS) -> Table:
    """The same table, declared with a column more, or with another type of one."""
    at = table.schema.get_field_index(name)
    field = pa.field(name, type_)
    return replace(table, schema=table.schema.append(field) if at < 0 else table.schema.set(at, field))


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a statement, as Snowflake tells them."""
    with connected(settings) as connection:
        return [tuple(row.values()) for row in run(connection, sql)]


def held(settings: Settings, columns: str = "thing_id, size") -> list[tuple[Any, ...]]:
    return ask(settings, f"select {columns} from silver.things order by 1, 2")


def leftovers(settings: Settings) -> list[tuple[Any, ...]]:
    """What only a load that goes on has: transient tables, and open transactions."""
    tables = ask(settings, "select table_name from information_schema.tables where startswith(table_name, 'LOAD_')")
    return tables + ask(settings, "show transactions")
