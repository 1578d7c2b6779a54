"""Lakehouse: Delta tables, the contract between stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import pyarrow as pa

from talentflow.capabilities import Capabilities
from talentflow.lakehouse.changes import Changes
from talentflow.lakehouse.commits import Commit, Maintained
from talentflow.settings import Settings
from talentflow.tables import Table

RETENTION = timedelta(days=7)
"""How long maintenance keeps the files of versions that were replaced: time travel, and readers that take their time."""


class Lakehouse(Protocol):
    capabilities: Capabilities

    def read(
        self,
        table: Table,
        columns: Sequence[str] | None = None,
        *,
        where: dict[str, Sequence[str]] | None = None,
        at: int | datetime | None = None,
    ) -> pa.Table:
        """The rows of a table (none if nobody wrote to it yet), optionally some columns, optionally only the rows
        whose column is among the given values, optionally as they were at a version or a time. Raises BadInput for
        a version that is not there (any more); it says which are."""
        ...

    def history(self, table: Table, limit: int | None = None) -> list[Commit]:
        """Its commits, newest first, as far back as Delta's log is kept (30 days unless the table says otherwise)."""
        ...

    def scan(
        self, table: Table, columns: Sequence[str] | None = None, *, batch_rows: int = 1024, at: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The same rows in batches, so that memory stays flat; optionally as they were at a version."""
        ...

    def files(self, table: Table, at: int) -> list[str] | None:
        """The Parquet files on this machine that together hold exactly a version's rows, columns as stored; None where there
        are none that can be read as they are."""
        ...

    def upsert(self, table: Table, rows: pa.Table, *, transaction: tuple[str, int] | None = None) -> int:
        """Insert or update by `table.key`; returns the rows written. Rows equal in `table.guard` are left alone; with
        several rows of one key the last one counts. With `transaction` (app id, version) it commits both together and
        does nothing when that version is already committed. Raises: WriteConflict, StorageFull."""
        ...

    def append(self, table: Table, rows: pa.Table, *, transaction: tuple[str, int] | None = None) -> int:
        """Append; same `transaction` rule."""
        ...

    def delete(
        self, table: Table, key_column: str, values: Sequence[str], *, where: dict[str, Sequence[str]] | None = None
    ) -> int:
        """Delete the rows whose `key_column` is among `values` (and, with `where`, whose other columns are among theirs);
        returns how many."""
        ...

    def transaction_version(self, table: Table, app_id: str) -> int | None:
        """The last version that `app_id` committed, None before the first."""
        ...

    def version(self, table: Table) -> int | None:
        """The table's present version; None if it does not exist."""
        ...

    def identity(self, table: Table) -> str | None:
        """Of its history: another one after the table was removed and made anew, whose versions then mean other rows. None if
        it does not exist."""
        ...

    def changes(self, table: Table, since: int, until: int | None = None) -> Changes | None:
        """What became of the rows after version `since` (-1: from the beginning) up to `until` (else the present version), in
        memory. None where nobody can tell any more: the log or the files are gone, the types were others."""
        ...

    def maintain(self, table: Table, *, retention: timedelta = RETENTION) -> Maintained:
        """Put small files together, and remove files that no version within `retention` needs; commits nothing where there
        is nothing to do. Other writers may go on meanwhile. Raises: WriteConflict, StorageFull."""
        ...

    def count(self, table: Table, *, at: int | None = None) -> int:
        """Rows, from metadata alone; optionally those of a version."""
        ...


def open_lakehouse(settings: Settings) -> Lakehouse:
    """Open the lakehouse that `settings.lakehouse` names. Raises: MissingExtra, MissingTool, ServiceUnavailable."""
    if settings.lakehouse == "spark":
        from talentflow.lakehouse.spark import SparkLakehouse
        from talentflow.spark import open_spark

        return SparkLakehouse(open_spark(settings), settings.lake_uri or str(settings.lake_dir))
    from talentflow.lakehouse.deltalake import DeltaLakehouse

    return DeltaLakehouse(settings.lake_dir)


def small_lakehouse(settings: Settings, lakehouse: Lakehouse | None = None) -> Lakehouse:
    """The same tables, for looks and for writes of a few rows: by delta-rs, without a JVM, where they are on this machine.

    Elsewhere it is `lakehouse`, or for None what `open_lakehouse` gives.
    """
    from talentflow.lakehouse.deltalake import DeltaLakehouse
    from talentflow.lakehouse.turns import local_folder

    folder = local_folder(settings.lake_uri) if settings.lake_uri else settings.lake_dir
    if folder is not None:
        return DeltaLakehouse(folder)
    return lakehouse or open_lakehouse(settings)
