"""Care of all tables: one table's trouble does not stop the others, and is told at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from talentflow.errors import BadInput, TalentflowError, TerminalError, TransientError, WriteConflict
from talentflow.lakehouse.commits import Maintained
from talentflow.tables import TABLES, Table

SHORTEST_RETENTION = timedelta(hours=1)


@dataclass(frozen=True)
class Cared:
    """What became of one table."""

    table: str
    done: Maintained | None = None
    error: TalentflowError | None = None

    def as_json(self) -> dict[str, Any]:
        """For reports."""
        return {
            "table": self.table,
            **(asdict(self.done) if self.done else {}),
            "error": str(self.error) if self.error else None,
        }


def maintain_all(maintain: Callable[[Table], Maintained], tables: Sequence[Table]) -> list[Cared]:
    """Call `maintain` for each table; errors of ours are kept with the table."""
    cared: list[Cared] = []
    for table in tables:
        try:
            cared.append(Cared(table.id, maintain(table)))
        except TalentflowError as error:
            cared.append(Cared(table.id, error=error))
    return cared


def failure(cared: Sequence[Cared]) -> TalentflowError | None:
    """The error that names the tables that failed; transient when all their errors are."""
    failed = {c.table: c.error for c in cared if c.error}
    if not failed:
        return None
    why = "; ".join(f"{table}: {error}" for table, error in failed.items())
    said = (
        f"Maintenance failed for {len(failed)} of {len(cared)} tables, the others are done: {why}. "
        f"Then: talentflow maintain {' '.join(failed)}"
    )
    return WriteConflict(said) if all(isinstance(error, TransientError) for error in failed.values()) else TerminalError(said)


def tables_named(names: Sequence[str]) -> list[Table]:
    """The tables of these names (`silver.texts`, or `texts`); all for none. Raises BadInput, which lists the tables."""
    found = [next((t for t in TABLES.values() if name in (t.id, t.name)), None) for name in names]
    unknown = [name for name, table in zip(names, found, strict=True) if table is None]
    if unknown:
        raise BadInput(f"No such table: {', '.join(unknown)}; the tables are {', '.join(t.id for t in TABLES.values())}")
    return [table for table in found if table] or list(TABLES.values())


def retention_of(days: float) -> timedelta:
    """Raises BadInput where running readers and writers would lose their files."""
    retention = timedelta(days=days)
    if retention < SHORTEST_RETENTION:
        raise BadInput(
            f"{days} days of retention are too few: who reads or writes now would lose files; give an hour at least (0.042)"
        )
    return retention
