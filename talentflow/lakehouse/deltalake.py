"""The lakehouse on local disk, by delta-rs.

Writers of one table on this machine take turns (a lock file a table), so that the rows an upsert compares with are
still the present ones when it commits; Delta's own optimistic commit guards against writers that know no lock.
A lock dies with its process, and files without a commit are no part of the table: killing a writer loses only its own
unfinished write.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from talentflow.capabilities import Capabilities
from talentflow.errors import ServiceUnavailable, StorageFull, TerminalError, WriteConflict
from talentflow.lakehouse import RETENTION
from talentflow.lakehouse.changes import Changes, feed_schema, net_changes
from talentflow.lakehouse.commits import Commit, Maintained, commit_of, version_at, version_is_gone
from talentflow.lakehouse.rows import Key, as_declared, conformed, is_text, keys_of, last_of_each_key, projected, tuples, widens
from talentflow.lakehouse.turns import turn
from talentflow.tables import Table

if TYPE_CHECKING:
    from deltalake import CommitProperties, DeltaTable, WriterProperties

T = TypeVar("T")


COMMIT_ATTEMPTS = 5
DELETE_VALUES = 1000
MANY_VALUES = 1000
"""Values of a condition up to which a query tells them one by one."""
_EVOLUTION = "schema"
"""The application of a commit that only adds columns."""
_DISK_FULL = ("No space left on device", "os error 28", "File too large", "os error 27", "Disk quota exceeded", "os error 122")


class DeltaLakehouse:
    """Delta tables under `root`, each in `<layer>/<name>`; folders are made at the first write.

    Rows come back in the order of the table's files, which tells nothing: sort by key where order matters.
    """

    capabilities = Capabilities(concurrent_writers=True)

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(
        self,
        table: Table,
        columns: Sequence[str] | None = None,
        *,
        where: dict[str, Sequence[str]] | None = None,
        at: int | datetime | None = None,
    ) -> pa.Table:
        """See `Lakehouse.read`. The schema is `table.schema`, or its `columns` in the order asked for."""
        version = None if at is None else version_at(table, at, self.version(table), lambda: self.history(table))
        try:
            with _errors_of(table, self._path(table)):
                return pa.Table.from_batches(self._stream(table, columns, where, version=version), projected(table, columns))
        except (ServiceUnavailable, TerminalError) as error:
            gone = None if version is None else version_is_gone(table, version, self.history(table), self._has_file(table))
            raise gone or error from error

    def history(self, table: Table, limit: int | None = None) -> list[Commit]:
        """See `Lakehouse.history`."""
        with _errors_of(table, self._path(table)):
            files = sorted((self._path(table) / "_delta_log").glob("*.json"), reverse=True)
            files = [file for file in files if file.stem.isdigit()][:limit]
            return [commit_of(int(file.stem), file.read_text(encoding="utf-8").splitlines()) for file in files]

    def _has_file(self, table: Table) -> Callable[[str], bool]:
        return lambda name: (self._path(table) / name).exists()

    def scan(
        self, table: Table, columns: Sequence[str] | None = None, *, batch_rows: int = 1024, at: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """See `Lakehouse.scan`. Batches have at most `batch_rows` rows, all of one version of the table."""
        with _errors_of(table, self._path(table)):
            for batch in self._stream(table, columns, None, batch_rows=batch_rows, version=at):
                for start in range(0, batch.num_rows, batch_rows):
                    yield batch.slice(start, batch_rows)

    def files(self, table: Table, at: int) -> list[str] | None:
        """See `Lakehouse.files`. Mapped columns and deletion vectors need a reader that knows them."""
        with _errors_of(table, self._path(table)):
            delta = self._open(table, at)
            if delta is None or delta.protocol().min_reader_version > 1:
                return None
            names = pa.table(delta.get_add_actions(flatten=True)).column("path").to_pylist()
            return None if any("://" in name for name in names) else [str(self._path(table) / unquote(name)) for name in names]

    def upsert(self, table: Table, rows: pa.Table, *, transaction: tuple[str, int] | None = None) -> int:
        """See `Lakehouse.upsert`. Where `table.guard` is empty all columns are compared.

        Raises: WriteConflict, StorageFull, BadInput (a key is missing).
        """
        rows = last_of_each_key(table, conformed(table, rows))
        return self._write(table, lambda: self._upsert(table, rows, transaction))

    def append(self, table: Table, rows: pa.Table, *, transaction: tuple[str, int] | None = None) -> int:
        """See `Lakehouse.append`. Raises: WriteConflict, StorageFull."""
        rows = conformed(table, rows)
        return self._write(table, lambda: self._append(table, self._open(table), rows, transaction))

    def delete(
        self, table: Table, key_column: str, values: Sequence[str], *, where: dict[str, Sequence[str]] | None = None
    ) -> int:
        """See `Lakehouse.delete`. A thousand values a commit. Raises: WriteConflict, StorageFull."""
        return self._write(table, lambda: self._delete(table, key_column, values, where or {}))

    def transaction_version(self, table: Table, app_id: str) -> int | None:
        """See `Lakehouse.transaction_version`."""
        with _errors_of(table, self._path(table)):
            delta = self._open(table)
            return delta.transaction_version(app_id) if delta else None

    def version(self, table: Table) -> int | None:
        """See `Lakehouse.version`."""
        with _errors_of(table, self._path(table)):
            delta = self._open(table)
            return delta.version() if delta else None

    def identity(self, table: Table) -> str | None:
        """See `Lakehouse.identity`."""
        with _errors_of(table, self._path(table)):
            delta = self._open(table)
            return str(delta.metadata().id) if delta else None

    def changes(self, table: Table, since: int, until: int | None = None) -> Changes | None:
        """See `Lakehouse.changes`. From Delta's change data feed: only what was written since is read."""
        from deltalake.exceptions import DeltaError

        with _errors_of(table, self._path(table)):
            delta = self._open(table)
            version = -1 if delta is None else delta.version() if until is None else until
            wanted = feed_schema(table)
            if delta is None or since >= version:
                return net_changes(table, wanted.empty_table(), version)
            try:
                stored = {field.name for field in delta.schema().fields}
                asked = [name for name in wanted.names if name in stored or name not in table.schema.names]
                feed = _reader(delta.load_cdf(starting_version=since + 1, ending_version=version, columns=asked))
                batches = [as_declared(batch, wanted) for batch in feed]
            except (DeltaError, pa.ArrowException):
                return None
            return net_changes(table, pa.Table.from_batches(batches, wanted), version)

    def count(self, table: Table, *, at: int | None = None) -> int:
        """See `Lakehouse.count`."""
        with _errors_of(table, self._path(table)):
            delta = self._open(table, at)
            return delta.count() if delta else 0

    def maintain(self, table: Table, *, retention: timedelta = RETENTION) -> Maintained:
        """See `Lakehouse.maintain`. A reader that opened the table longer ago than `retention` may lose its files."""
        return self._write(table, lambda: self._maintain(table, retention))

    def _maintain(self, table: Table, retention: timedelta) -> Maintained:
        delta = self._open(table)
        if delta is None:
            return Maintained()
        files_before, bytes_before = _size(delta)
        delta.optimize.compact(writer_properties=_writer())
        # Full: also the files that a killed writer left without a commit.
        vacuum = partial(
            delta.vacuum, retention_hours=int(retention.total_seconds() // 3600), enforce_retention_duration=False, full=True
        )
        removed = len(vacuum(dry_run=True)) and len(vacuum(dry_run=False))
        files_after, bytes_after = _size(delta)
        return Maintained(files_before, files_after, bytes_before, bytes_after, removed)

    def _upsert(self, table: Table, rows: pa.Table, transaction: tuple[str, int] | None) -> int:
        from deltalake import Schema

        delta = self._open(table)
        if delta is None or _is_committed(delta, transaction):
            return self._append(table, delta, rows, transaction)
        compared = table.guard or tuple(n for n in table.schema.names if n not in table.key)
        keys = keys_of(table, rows)
        known: dict[Key, Key] = {}
        for batch in self._with_keys(table, [*table.key, *compared], set(keys)):
            known.update(zip(keys_of(table, batch), tuples(batch, compared), strict=True))
        pairs = list(zip(keys, tuples(rows, compared), strict=True)) if known else []
        fresh = [n for n, (key, value) in enumerate(pairs) if key not in known or known[key] != value]
        written = rows.take(pa.array(fresh, pa.int64())) if known else rows
        if not any(pairs[n][0] in known for n in fresh):
            return self._append(table, delta, written, transaction)
        if widens(delta.schema().to_json(), Schema.from_arrow(table.schema).to_json()):
            # a MERGE that adds a field inside a list nulls that list in the other rows of the files that it rewrites
            self._append(table, delta, table.schema.empty_table(), (_EVOLUTION, delta.version()))
            delta = self._open(table) or delta
        merge = delta.merge(
            written,
            predicate=" AND ".join(f"t.{_name(k)} = s.{_name(k)}" for k in table.key),
            source_alias="s",
            target_alias="t",
            merge_schema=True,
            writer_properties=_writer(),
            commit_properties=_commit(transaction),
        )
        merge.when_matched_update_all().when_not_matched_insert_all().execute()
        return written.num_rows

    def _append(self, table: Table, delta: DeltaTable | None, rows: pa.Table, transaction: tuple[str, int] | None) -> int:
        """An append of no rows still commits its transaction: the offsets it stands for were dealt with."""
        from deltalake import write_deltalake

        if (rows.num_rows == 0 and transaction is None) or (delta and _is_committed(delta, transaction)):
            return 0
        if delta is None:
            self._path(table).mkdir(parents=True, exist_ok=True)
        write_deltalake(
            delta or self._path(table),
            rows,
            mode="append",
            schema_mode="merge",
            configuration=None if delta else _configuration(table),
            writer_properties=_writer(),
            commit_properties=_commit(transaction),
        )
        return rows.num_rows

    def _delete(self, table: Table, key_column: str, values: Sequence[str], where: dict[str, Sequence[str]]) -> int:
        present = self._stream(table, [key_column], {key_column: values, **where})
        found = sorted({value for batch in present for value in batch.column(0).to_pylist()})
        deleted = 0
        for start in range(0, len(found), DELETE_VALUES):
            delta = self._open(table)
            if delta is None:
                break
            among = {key_column: found[start : start + DELETE_VALUES], **where}
            predicate = " AND ".join(_among(column, among_these) for column, among_these in among.items())
            deleted += delta.delete(predicate, writer_properties=_writer())["num_deleted_rows"]
        return deleted

    def _write(self, table: Table, write: Callable[[], T]) -> T:
        from deltalake.exceptions import CommitFailedError
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

        retrying = Retrying(
            retry=retry_if_exception_type(CommitFailedError),
            stop=stop_after_attempt(COMMIT_ATTEMPTS),
            wait=wait_exponential(0.05, max=1),
            reraise=True,
        )
        with _errors_of(table, self._path(table)), turn(self._root, table):
            return retrying(write)

    def _with_keys(self, table: Table, columns: Sequence[str], keys: set[Key]) -> Iterator[pa.RecordBatch]:
        """The rows that have one of these keys: the table is streamed once, whatever their number."""
        if not keys:
            return
        first, *others = table.key
        values = sorted({value for value, *_ in keys})
        for batch in self._stream(table, columns, None):
            candidates = batch.filter(_is_in(batch.column(first), values))
            if others and candidates.num_rows:
                candidates = candidates.filter(pa.array([key in keys for key in keys_of(table, candidates)], pa.bool_()))
            if candidates.num_rows:
                yield candidates

    def _stream(
        self,
        table: Table,
        columns: Sequence[str] | None,
        where: dict[str, Sequence[str]] | None,
        *,
        batch_rows: int = 8192,
        version: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows as declared now: columns that the stored table does not have yet are null."""
        from deltalake import QueryBuilder

        wanted = projected(table, columns)
        delta = self._open(table, version)
        if delta is None:
            return
        stored = {field.name for field in delta.schema().fields}
        conditions = {column: [v for v in values if is_text(v)] for column, values in (where or {}).items()}
        if any(not values or column not in stored for column, values in conditions.items()):
            return
        # DataFusion walks a list of values by recursion: a long one overflows its stack and ends the process
        many = {column: values for column, values in conditions.items() if len(values) > MANY_VALUES}
        few = {column: values for column, values in conditions.items() if column not in many}
        present = list(dict.fromkeys([*(name for name in wanted.names if name in stored), *many]))
        # One partition: files are read one after the other, so that memory does not grow with their number.
        settings = {"datafusion.execution.batch_size": str(batch_rows), "datafusion.execution.target_partitions": "1"}
        sql = f"SELECT {', '.join(map(_name, present)) or '1'} FROM t"
        if few:
            sql += " WHERE " + " AND ".join(_among(column, values) for column, values in few.items())
        for batch in _reader(QueryBuilder(settings).register("t", delta).execute(sql)):
            if many:
                batch = as_declared(batch, projected(table, present))
            for column, values in many.items():
                batch = batch.filter(_is_in(batch.column(column), values))
            if batch.num_rows:
                yield as_declared(batch, wanted)

    def _open(self, table: Table, version: int | None = None) -> DeltaTable | None:
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        try:
            return DeltaTable(self._path(table), version=version)
        except TableNotFoundError:
            return None

    def _path(self, table: Table) -> Path:
        return self._root / table.layer / table.name


def _size(delta: DeltaTable) -> tuple[int, int]:
    """Data files and their bytes."""
    sizes = pa.table(delta.get_add_actions(flatten=True)).column("size_bytes").to_pylist()
    return len(sizes), sum(sizes)


def _is_in(column: pa.Array | pa.ChunkedArray, values: list[Any]) -> pa.BooleanArray:
    return pc.call_function("is_in", [column], pc.SetLookupOptions(pa.array(values, column.type)))


def _reader(stream: Any) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_stream(stream)


def _is_committed(delta: DeltaTable, transaction: tuple[str, int] | None) -> bool:
    if transaction is None:
        return False
    last = delta.transaction_version(transaction[0])
    return last is not None and last >= transaction[1]


def _commit(transaction: tuple[str, int] | None) -> CommitProperties | None:
    from deltalake import CommitProperties, Transaction

    return CommitProperties(app_transactions=[Transaction(*transaction)]) if transaction else None


def _writer() -> WriterProperties:
    """Row groups of bounded size keep a scan's memory flat in compacted files."""
    from deltalake import WriterProperties

    return WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=8192)


def _configuration(table: Table) -> dict[str, str | None]:
    """Statistics on keys and guards only: those of long texts would fill the log."""
    statistics = dict.fromkeys((*table.key, *table.guard))
    return {"delta.enableChangeDataFeed": "true", "delta.dataSkippingStatsColumns": ",".join(statistics)}


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _among(column: str, values: Sequence[str]) -> str:
    return f"{_name(column)} IN ({', '.join(map(_literal, values))})"


@contextmanager
def _errors_of(table: Table, path: Path) -> Generator[None]:
    from deltalake.exceptions import CommitFailedError, DeltaError

    try:
        yield
    except CommitFailedError as error:
        raise WriteConflict(f"Other writers kept getting ahead: {table.id}: {error}; run again when they are done") from error
    except (OSError, DeltaError, pa.ArrowException) as error:
        if any(sign in str(error) for sign in _DISK_FULL):
            raise StorageFull(
                f"The table could not be written: {path}: {error}; free space on this disk, then run again"
            ) from error
        if isinstance(error, OSError):
            raise ServiceUnavailable(f"The table cannot be reached: {path}: {error}; check the folder's rights") from error
        raise TerminalError(
            f"The table cannot be used: {path}: {error}; restore it, or remove its folder and run again"
        ) from error
