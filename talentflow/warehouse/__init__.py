"""Warehouse: the lakehouse's tables modelled by dbt for analysts. Published whole: readers see the old or the new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from talentflow.capabilities import Capabilities
from talentflow.lakehouse import Lakehouse
from talentflow.settings import Settings
from talentflow.tables import CANDIDATES, CLASSIFICATIONS, INTERACTIONS, JOB_OFFERS, OUTCOMES, Table

LOADED: tuple[Table, ...] = (JOB_OFFERS, CANDIDATES, CLASSIFICATIONS, INTERACTIONS, OUTCOMES)
"""Texts, vectors and identities stay in the lakehouse: analysts need none of them."""


class Warehouse(Protocol):
    capabilities: Capabilities

    def load(self, lakehouse: Lakehouse) -> Mapping[str, int]:
        """Bring the silver and ops tables into a build aside; returns rows a table. Identities stay out."""
        ...

    def build(self, project_dir: Path) -> Mapping[str, int]:
        """`dbt build` on what was loaded; returns rows a mart. Raises QualityGateFailed with the failing tests' names."""
        ...

    def publish(self) -> None:
        """Swap the build in, atomically."""
        ...

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows from the published warehouse, read-only. Raises ServiceUnavailable before the first publication."""
        ...


def open_warehouse(settings: Settings) -> Warehouse:
    """Open the warehouse that `settings.warehouse` names."""
    from talentflow.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(settings.warehouse_dir)
