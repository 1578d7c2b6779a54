"""What a load brings into Snowflake of a table, all of one version: the changes since what is held, where they can be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from talentflow.ids import content_hash
from talentflow.lakehouse.changes import Changes
from talentflow.tables import Table
from talentflow.warehouse import LEDGERS, SKILLS


class Source(Protocol):
    """What the loader asks of the lakehouse."""

    def version(self, table: Table) -> int | None: ...
    def identity(self, table: Table) -> str | None: ...
    def changes(self, table: Table, since: int, until: int | None = None) -> Changes | None: ...
    def scan(self, table: Table, *, at: int | None = None) -> Iterator[pa.RecordBatch]: ...
    def count(self, table: Table, *, at: int | None = None) -> int: ...


class Package:
    """The taxonomy's skills as a table of one version, whose history is another one when they change."""

    def __init__(self) -> None:
        from talentflow.taxonomy import skills

        self._rows = pa.Table.from_pylist(
            [{name: getattr(skill, name) for name in SKILLS.schema.names} for skill in skills()], schema=SKILLS.schema
        )

    def version(self, table: Table) -> int | None:  # noqa: ARG002
        return 0

    def identity(self, table: Table) -> str | None:  # noqa: ARG002
        return content_hash(repr(self._rows.to_pylist()).encode())

    def changes(self, table: Table, since: int, until: int | None = None) -> Changes | None:  # noqa: ARG002
        return None

    def scan(self, table: Table, *, at: int | None = None) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        yield from self._rows.to_batches()

    def count(self, table: Table, *, at: int | None = None) -> int:  # noqa: ARG002
        return self._rows.num_rows


@dataclass(frozen=True)
class Held:
    """A row of `ops.loads`."""

    version: int | None
    identity: str | None
    rows: int


@dataclass(frozen=True)
class Plan:
    """What to load of a table, all of one version."""

    version: int | None
    identity: str | None
    expected: int
    """Rows that the lakehouse has at that version."""
    rows: Iterable[pa.RecordBatch]
    deleted: pa.Table | None = None
    whole: bool = False
    why: str | None = None


def plan_of(table: Table, source: Source, held: Held | None, why: str | None) -> Plan:
    """The changes since what is held, where they can be told; else all rows."""
    version, identity = source.version(table), source.identity(table)
    if held is None or why or version is None:
        return whole(table, source, why)
    if held.identity != identity:
        return whole(table, source, "it was made anew in the lakehouse")
    changes = source.changes(table, -1 if held.version is None else held.version, version)
    if changes is None:
        return whole(table, source, f"nobody can tell any more what changed since version {held.version}")
    if table.id in LEDGERS and not changes.only_inserts:
        return whole(table, source, "rows were taken out")
    return Plan(version, identity, source.count(table, at=version), changes.rows.to_batches(), changes.deleted)


def whole(table: Table, source: Source, why: str | None) -> Plan:
    """All rows, and why."""
    version, identity = source.version(table), source.identity(table)
    if version is None:
        return Plan(None, None, 0, (), whole=True, why=why or "nobody wrote to it in this lakehouse")
    return Plan(version, identity, source.count(table, at=version), source.scan(table, at=version), whole=True, why=why)
