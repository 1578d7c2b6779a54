"""Care of the tables, beside whatever runs: it holds no home, and meets other writers as they meet each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows.tasks import stage_task
from talentflow.lakehouse import RETENTION, Lakehouse, small_lakehouse
from talentflow.lakehouse.commits import Maintained
from talentflow.lakehouse.maintenance import failure, maintain_all, retention_of, tables_named
from talentflow.settings import load_settings
from talentflow.tables import Table


@stage_task("maintain")
def maintain(lakehouse: Lakehouse, table: Table, retention: timedelta) -> Maintained:
    """One table. A conflict with other writers is tried again."""
    return lakehouse.maintain(table, retention=retention)


@flow(name="maintenance", persist_result=False)
def maintenance(tables: list[str] | None = None, retention_days: float = RETENTION.days) -> list[dict[str, Any]]:
    """Put each table's small files together and remove those that no version within the retention needs.

    Args:
        tables: their names (all when left out).
        retention_days: how long versions that were replaced can still be read; an hour at least.

    Raises: when a table failed, after the others were done; it says which, and why.
    """
    chosen, retention = tables_named(tables or []), retention_of(retention_days)
    lakehouse = small_lakehouse(load_settings())
    cared = maintain_all(lambda table: maintain(lakehouse, table, retention), chosen)
    rows = [c.as_json() for c in cared]
    create_table_artifact(table=rows, key="maintenance", description="Files and bytes before and after, old files removed")
    if error := failure(cared):
        raise error
    return rows
