"""What Delta's log says of a table's commits, whichever engine wrote them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from talentflow.errors import BadInput
from talentflow.tables import Table

_WRITTEN = (
    ("numTargetRowsInserted", "numTargetRowsUpdated"),
    ("num_target_rows_inserted", "num_target_rows_updated"),
    ("num_added_rows",),
    ("numUpdatedRows",),
    ("num_updated_rows",),
)
_REMOVED = (("numTargetRowsDeleted",), ("num_target_rows_deleted",), ("numDeletedRows",), ("num_deleted_rows",))


@dataclass(frozen=True)
class Commit:
    """One version of a table. What its writer did not tell is None."""

    version: int
    at: datetime
    operation: str
    rows_written: int | None = None
    rows_removed: int | None = None
    engine: str | None = None
    transaction: tuple[str, int] | None = None
    """The application's id and version that were committed with it."""
    files_removed: tuple[str, ...] = ()
    """Of the version before: relative to the table's folder, or addresses."""


@dataclass(frozen=True)
class Maintained:
    """What maintenance did: data files and their bytes before and after, and old files that were removed."""

    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    removed: int = 0


def commit_of(version: int, lines: Iterable[str]) -> Commit:
    """A commit from the lines of its file in the log."""
    actions: list[dict[str, Any]] = [json.loads(line) for line in lines if line.strip()]
    info: dict[str, Any] = next((a["commitInfo"] for a in actions if "commitInfo" in a), {})
    txn = next((a["txn"] for a in actions if "txn" in a), None)
    metrics: dict[str, Any] = info.get("operationMetrics") or {}
    operation = str(info.get("operation", "UNKNOWN"))
    # Spark counts the rows that a rewrite copied too, except where it only appends
    plain_write = _sum(metrics, ("numOutputRows",)) if operation not in ("MERGE", "UPDATE", "DELETE", "OPTIMIZE") else None
    return Commit(
        version=version,
        at=datetime.fromtimestamp(int(info.get("timestamp", 0)) / 1000, UTC),
        operation=operation,
        rows_written=next((n for names in _WRITTEN if (n := _sum(metrics, names)) is not None), plain_write),
        rows_removed=next((n for names in _REMOVED if (n := _sum(metrics, names)) is not None), None),
        engine=info.get("engineInfo"),
        transaction=(str(txn["appId"]), int(txn["version"])) if txn else None,
        files_removed=tuple(unquote(a["remove"]["path"]) for a in actions if "remove" in a),
    )


def version_at(table: Table, at: int | datetime, present: int | None, history: Callable[[], Sequence[Commit]]) -> int:
    """The version that a number or a time means: of a time, the last one committed by then. A time without a zone is UTC.

    Args:
        present: the table's present version; None where there is no table.
        history: its commits, newest first.

    Raises: BadInput, which says which versions there are.
    """
    if present is None:
        raise BadInput(f"No version to read: {table.id}: nobody wrote to it yet; run the pipeline first")
    commits = history()
    if isinstance(at, datetime):
        moment = at if at.tzinfo else at.replace(tzinfo=UTC)
        found = next((c.version for c in commits if c.at <= moment), None)
    else:
        found = next((c.version for c in commits if c.version == at), None)
    if found is None:
        named = f"{at:%Y-%m-%d %H:%M:%S}" if isinstance(at, datetime) else str(at)
        raise BadInput(
            f"No such version: {table.id} at {named}; there are {_range(commits, commits[-1].version if commits else present)}"
        )
    return found


def version_is_gone(table: Table, version: int, commits: Sequence[Commit], is_there: Callable[[str], bool]) -> BadInput | None:
    """The error that says that maintenance removed this version's files, and which versions still have theirs; None where
    that is not so.

    Going back from the present version, the one before needs the files that a commit removed.
    """
    oldest = next((c.version for c in commits if not all(map(is_there, c.files_removed))), 0)
    if version >= oldest:
        return None
    return BadInput(
        f"This version's files are gone: {table.id} at {version}: maintenance removed them; there are {_range(commits, oldest)}"
    )


def _range(commits: Sequence[Commit], oldest: int) -> str:
    there = [c for c in commits if c.version >= oldest]
    if not there:
        return "none"
    first, last = there[-1], there[0]
    return f"versions {first.version} ({first.at:%Y-%m-%d %H:%M:%S}) to {last.version} ({last.at:%Y-%m-%d %H:%M:%S} UTC)"


def _sum(metrics: Mapping[str, Any], names: Sequence[str]) -> int | None:
    told = [int(metrics[name]) for name in names if metrics.get(name) is not None]
    return sum(told) if told else None
