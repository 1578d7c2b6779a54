"""Warehouse: the lakehouse's tables modelled by dbt for analysts. Published whole: readers see the old or the new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from talentflow.capabilities import Capabilities
from talentflow.lakehouse import Lakehouse
from talentflow.settings import Settings
from talentflow.tables import (
    CANDIDATES,
    CLASSIFICATIONS,
    CLOSURES,
    DOCUMENTS,
    INGESTS,
    INTERACTIONS,
    JOB_OFFERS,
    OUTCOMES,
    QUARANTINE,
    TIMESTAMP,
    Table,
)
from talentflow.warehouse.dbt import NodeResult, RunDbt, run_dbt


def _only(table: Table, *columns: str) -> Table:
    """The same table with fewer columns: the lakehouse reads no others."""
    return replace(table, schema=pa.schema([table.schema.field(name) for name in columns]))


LOADED: tuple[Table, ...] = (
    JOB_OFFERS,
    CANDIDATES,
    CLASSIFICATIONS,
    INTERACTIONS,
    OUTCOMES,
    INGESTS,
    _only(
        DOCUMENTS,
        "document_id",
        "media_type",
        "kind_hint",
        "source",
        "received_at",
        "fetched_at",
        "terms",
        "content_hash",
    ),
    _only(CLOSURES, "document_id", "closed_at", "reason", "source"),
    _only(QUARANTINE, "document_id", "stage", "error_code", "source", "content_hash", "stage_version"),
)
"""What is loaded from the lakehouse, with the columns that are: texts, vectors, identities and documents stay there, and so do
addresses, keys and details, which carry names."""

LEDGERS = frozenset({OUTCOMES.id, INGESTS.id})
"""Tables that are only appended to and in which a key may have several rows (one run can handle a document twice): loading
replaces all rows of a key at once. In the others two rows of a key are an error of whoever wrote them."""

SKILLS = Table(
    "ops",
    "skills",
    ("skill_id",),
    pa.schema(
        [
            pa.field("skill_id", pa.string(), nullable=False),
            pa.field("name_en", pa.string()),
            pa.field("name_fr", pa.string()),
            pa.field("category", pa.string()),
        ]
    ),
    "taxonomy",
    guard=(),
)
"""The taxonomy's skills: loaded from the package, as no stage writes them."""

LOADS = Table(
    "ops",
    "loads",
    ("table_id",),
    pa.schema(
        [
            pa.field("table_id", pa.string(), nullable=False),
            pa.field("version", pa.int64()),
            pa.field("identity", pa.string()),
            pa.field("row_count", pa.int64()),
            pa.field("loaded_at", TIMESTAMP),
        ]
    ),
    "warehouse",
    guard=(),
)
"""The warehouse's own: which version of which history (`Lakehouse.identity`) of each table it holds, and how many rows of it."""


@dataclass(frozen=True)
class Loaded:
    """How a table was brought up to the lakehouse's present version, in one transaction."""

    rows: int
    """That it has now: as many as that version, less those skipped."""
    version: int | None = None
    """None where nobody wrote to the table yet."""
    written: int = 0
    deleted: int = 0
    whole: bool = False
    """All rows were read and compared, since the changes alone could not be told."""
    why: str | None = None
    """Why all rows were, where that was not the first time."""
    skipped: tuple[str, ...] = ()
    """The keys of rows that the engine has no room for, each with the column."""


@dataclass(frozen=True)
class Built:
    """What dbt made of what was loaded."""

    nodes: Sequence[NodeResult]
    marts: Mapping[str, int]
    """Rows a mart."""


class Warehouse(Protocol):
    capabilities: Capabilities

    def built_from(self) -> str | None:
        """What `publish` was told last, kept in the warehouse itself; None before the first publication, and where it cannot
        be read."""
        ...

    def load(self, lakehouse: Lakehouse) -> Mapping[str, Loaded]:
        """Bring the tables of `LOADED` and `SKILLS` up to date, by what changed since they were last loaded; says how, a table.

        A load that was interrupted goes on where it stopped, or begins anew; with nothing new it writes nothing. A build that
        was begun is dropped. Raises: TransientError, Busy (another load goes on), StorageFull, BadInput (two rows with one key,
        a key that is null, a type that cannot be kept: the table keeps its last state).
        """
        ...

    def has_build(self) -> bool:
        """Whether there is a build that was loaded and given to dbt, and whose failed nodes can be tried again alone."""
        ...

    def build(self, project_dir: Path, run_dbt: RunDbt = run_dbt, *, retry: bool = False) -> Built:
        """`dbt build` on what was loaded, with `retry` only of what failed or was skipped in the build before. Raises
        QualityGateFailed with the failing nodes' names; StorageFull."""
        ...

    def read_build(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Rows of the build that `publish` would swap in, in pieces: schemas are named as in the published one,
        columns come in lower case."""
        ...

    def publish(self, built_from: str) -> None:
        """Swap the build in, atomically, and keep with it what it was built from."""
        ...

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows from the published warehouse, read-only. Raises ServiceUnavailable before the first publication."""
        ...


def open_warehouse(settings: Settings) -> Warehouse:
    """Open the warehouse that `settings.warehouse` names."""
    if settings.warehouse == "snowflake":
        from talentflow.warehouse.snowflake import SnowflakeWarehouse

        return SnowflakeWarehouse(settings)
    from talentflow.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(settings.warehouse_dir)
