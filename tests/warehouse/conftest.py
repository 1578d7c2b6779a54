"""The odd rows of two days, modelled by dbt on both engines: shared, as each build costs seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from talentflow.lakehouse import open_lakehouse
from talentflow.settings import PROJECT_DIR, Settings
from talentflow.warehouse import Warehouse, open_warehouse
from tests.doubles.snowflake import SnowflakeDouble
from tests.rows import table_of
from tests.snowflake import account_settings, settings_on
from tests.warehouse.odd_rows import a_day_later, first_day

Marts = Mapping[str, list[dict[str, Any]]]
"""Schema and table → rows, in an order of their own."""


@dataclass(frozen=True)
class TwoDays:
    """What readers had after each build of one engine."""

    settings: Settings
    first: Marts
    again: Marts
    """After a second build of the same rows."""
    later: Marts
    """After the next day's changes."""


@pytest.fixture(scope="session")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> TwoDays:
    return _two_days(Settings(home=tmp_path_factory.mktemp("duckdb")))


@pytest.fixture(scope="session")
def on_snowflake(tmp_path_factory: pytest.TempPathFactory, snowflake_double: SnowflakeDouble) -> TwoDays:
    return _two_days(settings_on(snowflake_double, tmp_path_factory.mktemp("snowflake")))


@pytest.fixture(scope="session")
def on_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoDays]:
    """A real account; skips where none is named."""
    with account_settings(tmp_path_factory.mktemp("account")) as settings:
        yield _two_days(settings)


def _two_days(settings: Settings) -> TwoDays:
    lakehouse = open_lakehouse(settings)
    warehouse = open_warehouse(settings)

    def built() -> Marts:
        warehouse.load(lakehouse)
        warehouse.build(PROJECT_DIR / "dbt")
        warehouse.publish("rows written by hand")
        return {name: _rows(warehouse, name) for name in _tables(warehouse)}

    for table, rows in first_day().items():
        lakehouse.upsert(table, table_of(table, *rows))
    first, again = built(), built()
    written, deleted = a_day_later()
    for table, rows in written.items():
        lakehouse.upsert(table, table_of(table, *rows))
    for table, key, value in deleted:
        lakehouse.delete(table, key, [value])
    return TwoDays(settings, first, again, built())


def _tables(warehouse: Warehouse) -> list[str]:
    rows = warehouse.query(
        "select lower(table_schema) || '.' || lower(table_name) as name from information_schema.tables "
        "where lower(table_schema) in ('marts', 'snapshots') order by 1"
    )
    # a temporary table ends with dbt's session on Snowflake, not on the double
    return [row["name"] for row in rows if not row["name"].endswith("__dbt_tmp")]


def _rows(warehouse: Warehouse, table: str) -> list[dict[str, Any]]:
    return sorted(warehouse.query(f"select * from {table}"), key=lambda row: repr(sorted(row.items())))
