"""The warehouse as one DuckDB file: built aside in a copy of the published one, so that incremental models and snapshots go on
from their last state, and published by a rename."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from talentflow.capabilities import Capabilities
from talentflow.errors import ServiceUnavailable, StorageFull, TerminalError
from talentflow.lakehouse import Lakehouse
from talentflow.warehouse import Built, Loaded
from talentflow.warehouse.dbt import DISK_FULL, DbtCall, RunDbt, require_success, run_dbt

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

log = structlog.get_logger(__name__)

_READ_ROWS = 20_000
"""Rows of a piece of what is read."""


class DuckDBWarehouse:
    """See `Warehouse`."""

    capabilities = Capabilities()

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._published = folder / "talentflow.duckdb"
        self._aside = folder / "build.duckdb"
        self._target = folder / "dbt"

    def built_from(self) -> str | None:
        """See `Warehouse.built_from`."""
        import duckdb

        if not self._published.exists():
            return None
        try:
            return str(self.query("select built_from from ops.builds")[0]["built_from"])
        except (duckdb.Error, IndexError):
            return None

    def load(self, lakehouse: Lakehouse) -> Mapping[str, Loaded]:
        """See `Warehouse.load`. It begins anew from the published file, whatever another load has left.

        A published file that DuckDB cannot read is kept under another name, and all is loaded from the lakehouse.
        """
        from talentflow.warehouse.duckdb_load import load_tables

        with self._errors():
            why = self._begin()
            with self._open() as connection:
                loaded = load_tables(connection, lakehouse)
        return {name: replace(table, why=table.why or why) for name, table in loaded.items()} if why else loaded

    def has_build(self) -> bool:
        """See `Warehouse.has_build`."""
        return self._aside.exists() and (self._target / "run_results.json").exists()

    def build(self, project_dir: Path, run_dbt: RunDbt = run_dbt, *, retry: bool = False) -> Built:
        """See `Warehouse.build`."""
        environment = {"TALENTFLOW_WAREHOUSE_FILE": str(self._aside)}
        call = DbtCall(project_dir, "duckdb", self._target, environment, "retry" if retry else "build")
        nodes = run_dbt(call)
        require_success(call, nodes)
        with self._errors(), self._open() as connection:
            return Built(nodes, _marts(connection))

    def read_build(self, sql: str) -> Iterator[pa.RecordBatch]:
        """See `Warehouse.read_build`."""
        with self._errors(), self._open() as connection:
            reader: Any = connection.sql(sql).to_arrow_reader(_READ_ROWS)
            yield from reader

    def publish(self, built_from: str) -> None:
        """See `Warehouse.publish`. A reader that has the old file open goes on reading it."""
        with self._errors():
            with self._open() as connection:
                connection.execute("create schema if not exists ops")
                connection.execute("create or replace table ops.builds as select ?::varchar as built_from", [built_from])
                connection.execute("checkpoint")
            with self._aside.open("rb") as file:
                os.fsync(file.fileno())
            # of somebody who wrote to the published file, and of no other file
            self._published.with_name(self._published.name + ".wal").unlink(missing_ok=True)
            os.replace(self._aside, self._published)
            _sync(self._folder)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """See `Warehouse.query`."""
        import duckdb

        if not self._published.exists():
            raise ServiceUnavailable("there is no warehouse yet: run  talentflow quick  first")
        with duckdb.connect(str(self._published), read_only=True) as connection:
            answer = connection.execute(sql, list(parameters))
            names = [column[0] for column in answer.description or []]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def _begin(self) -> str | None:
        """A copy of the published file, in which a build can begin; else nothing, and why not."""
        import duckdb

        self._folder.mkdir(parents=True, exist_ok=True)
        self._drop()
        if not self._published.exists():
            return None
        shutil.copyfile(self._published, self._aside)
        try:
            with self._open() as connection:
                connection.execute("select count(*) from information_schema.tables")
            return None
        except duckdb.Error as error:
            self._drop()
            kept = self._keep()
            log.warning("warehouse_unreadable", file=str(self._published), kept=str(kept), why=" ".join(str(error).split())[:300])
            return f"the published file could not be read: it is kept as {kept}, with the history of its snapshots"

    def _drop(self) -> None:
        """What an earlier build left: its file, its log, its scratch folder, and what dbt said of it."""
        (self._target / "run_results.json").unlink(missing_ok=True)
        for leftover in self._folder.glob(f"{self._aside.name}*"):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()

    def _keep(self) -> Path:
        """The published file under a name of its own too, so that publishing leaves it there."""
        for number in count(1):
            kept = self._published.with_stem(f"{self._published.stem}.unreadable-{number}")
            if not kept.exists():
                with contextlib.suppress(OSError):
                    os.link(self._published, kept)
                    return kept
                shutil.copyfile(self._published, kept)
                return kept
            if kept.samefile(self._published):
                return kept
        raise AssertionError

    def _open(self) -> DuckDBPyConnection:
        import duckdb

        return duckdb.connect(str(self._aside))

    @contextmanager
    def _errors(self) -> Generator[None]:
        """A full disk and a damaged file are said."""
        import duckdb

        try:
            yield
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise self._full() from error
        except duckdb.Error as error:
            if any(sign in str(error) for sign in DISK_FULL):
                raise self._full() from error
            raise TerminalError(
                f"The warehouse could not be built: {self._aside}: {' '.join(str(error).split())[:500]}; the published file "
                f"stays as it was. If it is damaged, move {self._published} away and run again: all is then built anew"
            ) from error

    def _full(self) -> StorageFull:
        return StorageFull(f"The warehouse could not be built: {self._folder}: the disk is full; free space, then run again")


def _marts(connection: DuckDBPyConnection) -> dict[str, int]:
    """Rows a mart."""
    names = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
    ).fetchall()
    return {f"marts.{n}": int(connection.execute(f'select count(*) from marts."{n}"').fetchall()[0][0]) for (n,) in names}


def _sync(folder: Path) -> None:
    """A rename outlives a power cut once its folder is written."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
