"""The lakehouse by Spark: the same Delta tables, on this machine, a cluster, or Databricks through Spark Connect.

Writes are SQL statements and DataFrame writes, which Spark Connect has too. Delta's optimistic commit guards against
other writers; a conflict is met by trying again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from talentflow.capabilities import Capabilities
from talentflow.errors import BadInput, TerminalError, WriteConflict
from talentflow.lakehouse import RETENTION
from talentflow.lakehouse.changes import Changes, feed_schema, net_changes
from talentflow.lakehouse.commits import Commit, Maintained, version_at, version_is_gone
from talentflow.lakehouse.rows import as_declared, conformed, is_text, last_of_each_key, projected
from talentflow.lakehouse.spark_frames import as_ipc, in_one_file, literal, spark_schema, view
from talentflow.lakehouse.spark_log import DeltaLog, errors_of, own_session, quoted, said
from talentflow.lakehouse.turns import local_folder, turn
from talentflow.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

T = TypeVar("T")

COMMIT_ATTEMPTS = 5
_MANY_VALUES = 200
_BROADCAST_ROWS = 200_000
"""Rows whose keys and guards (some 200 bytes a row) every executor may hold, so that the table itself is not shuffled."""
_MERGE = {"spark.databricks.delta.merge.materializeSource": "none"}
"""What MERGE reads is a checkpoint already."""
_TRANSACTION = ("spark.databricks.delta.write.txnAppId", "spark.databricks.delta.write.txnVersion")
"""MERGE has no options: Delta takes the transaction of an idempotent write from the session's settings."""
_VACUUM = {
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    # a look that finds nothing would be two commits
    "spark.databricks.delta.vacuum.logging.enabled": "false",
}


class SparkLakehouse:
    """Delta tables under `root` (a folder or a URI that Spark can write to), each in `<layer>/<name>`.

    Rows come back in the order of the table's files, which tells nothing: sort by key where order matters.
    """

    capabilities = Capabilities(concurrent_writers=True)

    def __init__(self, spark: SparkSession, root: str) -> None:
        self._spark = spark
        self.log = DeltaLog(spark, root)
        self._folder = local_folder(root)

    def read(
        self,
        table: Table,
        columns: Sequence[str] | None = None,
        *,
        where: dict[str, Sequence[str]] | None = None,
        at: int | datetime | None = None,
    ) -> pa.Table:
        """See `Lakehouse.read`. The schema is `table.schema`, or its `columns` in the order asked for."""
        wanted = projected(table, columns)
        version = None if at is None else version_at(table, at, self.version(table), lambda: self.history(table))
        try:
            with errors_of(table, self.log.path(table)):
                frame = self._frame(table, wanted, where, version)
                batches = [] if frame is None else frame.toArrow().to_batches()
                return pa.Table.from_batches([as_declared(b, wanted) for b in batches], wanted)
        except TerminalError as error:
            has_file = partial(self.log.has_file, table)
            gone = None if version is None else version_is_gone(table, version, self.history(table), has_file)
            raise gone or error from error

    def history(self, table: Table, limit: int | None = None) -> list[Commit]:
        """See `Lakehouse.history`."""
        with errors_of(table, self.log.path(table)):
            return self.log.history(table, limit)

    def scan(
        self, table: Table, columns: Sequence[str] | None = None, *, batch_rows: int = 1024, at: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """See `Lakehouse.scan`. Batches have at most `batch_rows` rows; one partition of Spark's is in memory at a time."""
        wanted = projected(table, columns)
        with errors_of(table, self.log.path(table)):
            frame = self._frame(table, wanted, None, at)
            if frame is None:
                return
            for row in frame.mapInArrow(as_ipc, "batch binary").toLocalIterator():
                for batch in pa.ipc.open_stream(row["batch"]):
                    declared = as_declared(batch, wanted)
                    for start in range(0, declared.num_rows, batch_rows):
                        yield declared.slice(start, batch_rows)

    def frame(self, table: Table, columns: Sequence[str] | None = None) -> DataFrame:
        """The present rows as a DataFrame, as declared now: a column that the stored table does not have yet is null, and so
        is a field inside one; no rows where there is no table. Raises TerminalError."""
        wanted = spark_schema(projected(table, columns))
        with errors_of(table, self.log.path(table)):
            if not self._exists(table):
                return self._spark.createDataFrame([], wanted)
            return self._load(table).to(wanted)

    def upsert(self, table: Table, rows: pa.Table, *, transaction: tuple[str, int] | None = None) -> int:
        """See `Lakehouse.upsert`. Where `table.guard` is empty all columns are compared.

        Raises: WriteConflict, StorageFull, BadInput.
        """
        rows = last_of_each_key(table, conformed(table, rows))
        return self._write(table, lambda: self._merge(table, self._rows(rows), rows.num_rows, transaction, None))

    def merge(
        self, table: Table, frame: DataFrame, *, transaction: tuple[str, int] | None = None, newest_by: str | None = None
    ) -> int:
        """`upsert` for a DataFrame, which must have one row a key and may leave out columns (they become null).

        Args:
            transaction: as `upsert` takes it.
            newest_by: a column; a row that is there is only replaced by one whose value of it is at least as large, so that
                old messages read again never overwrite newer ones.

        The frame is computed once and kept meanwhile (memory, then disk). Raises: WriteConflict, StorageFull, BadInput.
        """
        with self._kept(table, frame) as (rows, count):
            return self._write(table, lambda: self._merge(table, rows, count, transaction, newest_by))

    def append(self, table: Table, rows: pa.Table, *, transaction: tuple[str, int] | None = None) -> int:
        """See `Lakehouse.append`. Raises: WriteConflict, StorageFull, BadInput."""
        rows = conformed(table, rows)
        return self._write(table, lambda: self._append(table, self._rows(rows), rows.num_rows, transaction))

    def append_frame(
        self, table: Table, frame: DataFrame, *, transaction: tuple[str, int] | None = None, count: int | None = None
    ) -> int:
        """`append` for a DataFrame, as `merge` takes it; returns its rows. Raises: WriteConflict, StorageFull, BadInput.

        `count` is how many rows the frame has, where the caller knows and it has the table's columns in their order: then it
        is written as it is computed, and kept nowhere. A `transaction` that is there already is then found by Delta itself, when
        it would be committed.
        """
        if count is not None:
            return self._write(table, lambda: self._append(table, frame, count, transaction, is_checked=False))
        with self._kept(table, frame) as (rows, counted):
            return self._write(table, lambda: self._append(table, rows, counted, transaction))

    def delete(
        self, table: Table, key_column: str, values: Sequence[str], *, where: dict[str, Sequence[str]] | None = None
    ) -> int:
        """See `Lakehouse.delete`. Raises: WriteConflict, StorageFull."""
        return self._write(table, lambda: self._delete(table, {key_column: values} | (where or {})))

    def transaction_version(self, table: Table, app_id: str) -> int | None:
        """See `Lakehouse.transaction_version`."""
        with errors_of(table, self.log.path(table)):
            return self.log.transaction_version(table, app_id)

    def version(self, table: Table) -> int | None:
        """See `Lakehouse.version`."""
        with errors_of(table, self.log.path(table)):
            return self.log.version(table)

    def files(self, table: Table, at: int) -> list[str] | None:  # noqa: ARG002
        """See `Lakehouse.files`: Spark's tables may be anywhere, and of any kind."""
        return None

    def identity(self, table: Table) -> str | None:
        """See `Lakehouse.identity`."""
        with errors_of(table, self.log.path(table)):
            return self.log.identity(table)

    def changes(self, table: Table, since: int, until: int | None = None) -> Changes | None:
        """See `Lakehouse.changes`. From Delta's change data feed."""
        from pyspark.sql import functions as f

        present = self.version(table)
        version = -1 if present is None else present if until is None else until
        wanted = feed_schema(table)
        if present is None or since >= version:
            return net_changes(table, wanted.empty_table(), version)
        try:
            with errors_of(table, self.log.path(table)):
                reader = self._spark.read.format("delta").option("readChangeFeed", "true")
                reader = reader.option("startingVersion", since + 1).option("endingVersion", version)
                feed = reader.load(self.log.path(table)).where("_change_type <> 'update_preimage'")
                told = [f.col(name) for name in wanted.names if name in feed.columns]
                batches = [as_declared(batch, wanted) for batch in feed.select(*told).toArrow().to_batches()]
        except (TerminalError, pa.ArrowException):
            return None
        return net_changes(table, pa.Table.from_batches(batches, wanted), version)

    def count(self, table: Table, *, at: int | None = None) -> int:
        """See `Lakehouse.count`."""
        with errors_of(table, self.log.path(table)):
            if not self._exists(table):
                return 0
            then = "" if at is None else f" VERSION AS OF {at}"
            return int(self._spark.sql(f"SELECT count(*) AS n FROM {self.log.name(table)}{then}").collect()[0]["n"])

    def maintain(self, table: Table, *, retention: timedelta = RETENTION) -> Maintained:
        """See `Lakehouse.maintain`. A reader that opened the table longer ago than `retention` may lose its files."""

        def work() -> Maintained:
            if not self._exists(table):
                return Maintained()
            name = self.log.name(table)
            files_before, bytes_before = self.log.size(table)
            self._spark.sql(f"OPTIMIZE {name}")
            vacuum = f"VACUUM {name} RETAIN {int(retention.total_seconds() // 3600)} HOURS"
            with own_session(self._spark, _VACUUM) as session:
                removed = session.sql(f"{vacuum} DRY RUN").where("path LIKE '%.parquet'").count()
                if removed:
                    session.sql(vacuum)
            files_after, bytes_after = self.log.size(table)
            return Maintained(files_before, files_after, bytes_before, bytes_after, removed)

        return self._write(table, work)

    def _merge(
        self, table: Table, rows: DataFrame, count: int, transaction: tuple[str, int] | None, newest_by: str | None
    ) -> int:
        """MERGE into a table that is there: only that meets another writer's insert of the same key as a conflict."""
        if count == 0 and transaction is None:
            return 0
        self._create(table)
        if transaction and self._is_committed(table, transaction):
            return 0
        if count == 0:
            return self._append(table, rows, 0, transaction)
        same_key = " AND ".join(f"t.{quoted(k)} = s.{quoted(k)}" for k in table.key)
        replaces = " OR ".join(f"NOT (t.{quoted(c)} <=> s.{quoted(c)})" for c in self._compared(table))
        if newest_by:
            newer = f"coalesce(s.{quoted(newest_by)} >= t.{quoted(newest_by)}, t.{quoted(newest_by)} IS NULL)"
            replaces = f"({replaces}) AND {newer}"
        # MERGE rewrites every file with a row of the same key, changed or not: it is only shown what will be written
        fresh, fresh_count = self._fresh(table, rows, count, same_key, replaces)
        if fresh_count == 0:
            return self._append(table, rows.limit(0), 0, transaction)
        settings = _MERGE | dict(zip(_TRANSACTION, map(str, transaction or ()), strict=False))
        with view(fresh) as name, own_session(rows.sparkSession, settings) as session:
            written = session.sql(
                f"MERGE INTO {self.log.name(table)} AS t USING {name} AS s ON {same_key} "
                f"WHEN MATCHED AND ({replaces}) THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
            ).collect()
        # nothing comes back when another writer committed this transaction meanwhile
        return int(written[0]["num_affected_rows"]) if written else 0

    def _fresh(self, table: Table, rows: DataFrame, count: int, same_key: str, replaces: str) -> tuple[DataFrame, int]:
        """The rows that are new or changed, and how many: where there are none nothing is committed.

        A checkpoint, and not a cached plan: that reads the table, so Delta would plan it anew after each write to it.
        """
        from pyspark.sql import functions as f

        fresh = rows
        if not self.log.is_empty(table):
            few = count <= _BROADCAST_ROWS
            stored, compared = self._load(table, rows.sparkSession).alias("t"), rows.alias("s")
            stays = stored.join(
                f.broadcast(compared) if few else compared, on=f.expr(f"{same_key} AND NOT ({replaces})"), how="left_semi"
            ).select(*table.key)
            fresh = rows.join(f.broadcast(stays) if few else stays, on=list(table.key), how="left_anti").select(*rows.columns)
        fresh = fresh.localCheckpoint(eager=False)
        fresh_count = fresh.count()
        return in_one_file(fresh, fresh_count), fresh_count

    def _compared(self, table: Table) -> tuple[str, ...]:
        return table.guard or tuple(n for n in table.schema.names if n not in table.key)

    def _create(self, table: Table) -> None:
        """The empty table, when it is not there; columns that were declared since are added by the write itself."""
        if self._exists(table):
            return
        statistics = ",".join(dict.fromkeys((*table.key, *table.guard)))
        (
            self._spark.createDataFrame(table.schema.empty_table())
            .write.format("delta")
            .mode("ignore")
            .option("delta.enableChangeDataFeed", "true")
            .option("delta.dataSkippingStatsColumns", statistics)
            .save(self.log.path(table))
        )

    def _append(
        self, table: Table, rows: DataFrame, count: int, transaction: tuple[str, int] | None, *, is_checked: bool = True
    ) -> int:
        """An append of no rows still commits its transaction: the offsets it stands for were dealt with."""
        if count == 0 and transaction is None:
            return 0
        self._create(table)
        if transaction and is_checked and self._is_committed(table, transaction):
            return 0
        writer = in_one_file(rows, count).write.format("delta").mode("append").option("mergeSchema", "true")
        if transaction:
            writer = writer.option("txnAppId", transaction[0]).option("txnVersion", transaction[1])
        writer.save(self.log.path(table))
        return count

    def _delete(self, table: Table, among: dict[str, Sequence[str]]) -> int:
        among = {column: [value for value in values if is_text(value)] for column, values in among.items()}
        if not self._exists(table) or any(not values for values in among.values()):
            return 0
        condition = " AND ".join(f"{quoted(column)} IN ({', '.join(map(literal, values))})" for column, values in among.items())
        (result,) = self._spark.sql(f"DELETE FROM {self.log.name(table)} WHERE {condition}").collect()
        return int(result["num_affected_rows"])

    def _is_committed(self, table: Table, transaction: tuple[str, int]) -> bool:
        last = self.transaction_version(table, transaction[0])
        return last is not None and last >= transaction[1]

    def _frame(
        self, table: Table, wanted: pa.Schema, where: dict[str, Sequence[str]] | None, version: int | None = None
    ) -> DataFrame | None:
        """The present rows with the wanted columns that are stored; None where there are none."""
        if not self._exists(table):
            return None
        frame = self._load(table, version=version)
        for column, values in (where or {}).items():
            among_these = sorted({value for value in values if is_text(value)})
            if column not in frame.columns or not among_these:
                return None
            if len(among_these) <= _MANY_VALUES:
                frame = frame.where(frame[column].isin(among_these))
            else:
                among = self._spark.createDataFrame(pa.table({column: pa.array(among_these, pa.string())}))
                frame = frame.join(among, on=column, how="left_semi")
        # the key where none of them is stored: rows without columns would be no rows
        return frame.select(*([name for name in wanted.names if name in frame.columns] or table.key))

    def _load(self, table: Table, spark: SparkSession | None = None, version: int | None = None) -> DataFrame:
        reader = (spark or self._spark).read.format("delta")
        return (reader if version is None else reader.option("versionAsOf", version)).load(self.log.path(table))

    def _rows(self, rows: pa.Table) -> DataFrame:
        # a table without chunks is more than PySpark can take
        return self._spark.createDataFrame(rows if rows.num_rows else rows.schema.empty_table())

    @contextmanager
    def _kept(self, table: Table, frame: DataFrame) -> Generator[tuple[DataFrame, int]]:
        """The frame's rows as the table declares them, computed once, and how many they are."""
        from pyspark.errors import AnalysisException

        unknown = sorted(set(frame.columns) - set(table.schema.names))
        if unknown:
            raise BadInput(f"Columns that the table does not declare: {table.id}: {', '.join(unknown)}; add them to its schema")
        try:
            rows = frame.to(spark_schema(table.schema)).persist()
            rows.columns  # noqa: B018 (Spark Connect looks at a plan when it is asked about it)
        except AnalysisException as error:
            raise BadInput(
                f"Rows that are not of the table's types: {table.id}: {said(error)}; write what its schema declares"
            ) from error
        try:
            with errors_of(table, self.log.path(table)):
                count = rows.count()
            yield rows, count
        finally:
            rows.unpersist()

    def _exists(self, table: Table) -> bool:
        return self.log.version(table) is not None

    def _write(self, table: Table, write: Callable[[], T]) -> T:
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

        def once() -> T:
            with errors_of(table, self.log.path(table)):
                return write()

        retrying = Retrying(
            retry=retry_if_exception_type(WriteConflict),
            stop=stop_after_attempt(COMMIT_ATTEMPTS),
            wait=wait_exponential(0.05, max=1),
            reraise=True,
        )
        with errors_of(table, self.log.path(table)), turn(self._folder, table) if self._folder else nullcontext():
            return retrying(once)
