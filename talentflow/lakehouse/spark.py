"""The lakehouse by Spark: the same Delta tables, on this machine, a cluster, or Databricks through Spark Connect.

Writes are SQL statements and DataFrame writes, which Spark Connect has too. Delta's optimistic commit guards against
other writers; a conflict is met by trying again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from talentflow.capabilities import Capabilities
from talentflow.errors import ServiceUnavailable, StorageFull, TerminalError, UnsupportedCapability, WriteConflict
from talentflow.lakehouse.rows import as_declared, conformed, is_text, keys_of, last_of_each_key, projected
from talentflow.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

T = TypeVar("T")

COMMIT_ATTEMPTS = 5
RETENTION = timedelta(days=7)
_MANY_VALUES = 200
_NEW_ROWS = "talentflow_new_rows"
_CONFLICTS = (
    "ConcurrentAppend",
    "ConcurrentDelete",
    "ConcurrentTransaction",
    "ConcurrentWrite",
    "DELTA_CONCURRENT",
    "ProtocolChanged",
)
_DISK_FULL = ("No space left on device", "Disk quota exceeded", "File too large")


class SparkLakehouse:
    """Delta tables under `root` (a folder or a URI that Spark can write to), each in `<layer>/<name>`.

    Rows come back in the order of the table's files, which tells nothing: sort by key where order matters.
    """

    capabilities = Capabilities(concurrent_writers=True)

    def __init__(self, spark: SparkSession, root: str) -> None:
        self._spark = spark
        self._root = root.rstrip("/")

    def read(
        self, table: Table, columns: Sequence[str] | None = None, *, where: dict[str, Sequence[str]] | None = None
    ) -> pa.Table:
        """See `Lakehouse.read`. The schema is `table.schema`, or its `columns` in the order asked for."""
        wanted = projected(table, columns)
        with self._errors(table):
            frame = self._frame(table, wanted, where)
            batches = [] if frame is None else frame.toArrow().to_batches()
            return pa.Table.from_batches([as_declared(b, wanted) for b in batches], wanted)

    def scan(self, table: Table, columns: Sequence[str] | None = None, *, batch_rows: int = 1024) -> Iterator[pa.RecordBatch]:
        """See `Lakehouse.scan`. Batches have at most `batch_rows` rows; one partition of Spark's is in memory at a time."""
        wanted = projected(table, columns)
        with self._errors(table):
            frame = self._frame(table, wanted, None)
            if frame is None:
                return
            for row in frame.mapInArrow(_as_ipc, "batch binary").toLocalIterator():
                for batch in pa.ipc.open_stream(row["batch"]):
                    declared = as_declared(batch, wanted)
                    for start in range(0, declared.num_rows, batch_rows):
                        yield declared.slice(start, batch_rows)

    def upsert(self, table: Table, rows: pa.Table, *, transaction: tuple[str, int] | None = None) -> int:
        """See `Lakehouse.upsert`. Where `table.guard` is empty all columns are compared.

        Raises: WriteConflict, StorageFull, BadInput.
        """
        rows = last_of_each_key(table, conformed(table, rows))
        return self._write(table, lambda: self._merge(table, rows, transaction))

    def append(self, table: Table, rows: pa.Table, *, transaction: tuple[str, int] | None = None) -> int:
        """See `Lakehouse.append`. Raises: WriteConflict, StorageFull, BadInput."""
        rows = conformed(table, rows)
        return self._write(table, lambda: self._append(table, rows, transaction))

    def delete(
        self, table: Table, key_column: str, values: Sequence[str], *, where: dict[str, Sequence[str]] | None = None
    ) -> int:
        """See `Lakehouse.delete`. Raises: WriteConflict, StorageFull."""
        return self._write(table, lambda: self._delete(table, {key_column: values} | (where or {})))

    def transaction_version(self, table: Table, app_id: str) -> int | None:
        """See `Lakehouse.transaction_version`. Raises UnsupportedCapability through Spark Connect."""
        with self._errors(table):
            if self.version(table) is None:
                return None
            jvm: Any = getattr(self._spark, "_jvm", None)
            if jvm is None:
                raise UnsupportedCapability("Spark Connect does not tell a table's transactions: use a session on the cluster")
            log = jvm.org.apache.spark.sql.delta.DeltaLog.forTable(self._spark._jsparkSession, self._path(table))  # pyright: ignore[reportPrivateUsage]
            known = log.update(False, jvm.scala.Option.empty(), jvm.scala.Option.empty()).transactions()
            return int(known.apply(app_id)) if known.contains(app_id) else None

    def version(self, table: Table) -> int | None:
        """See `Lakehouse.version`."""
        with self._errors(table):
            if not self._exists(table):
                return None
            return int(self._spark.sql(f"DESCRIBE HISTORY {self._name(table)} LIMIT 1").collect()[0]["version"])

    def changes(self, table: Table, since: int) -> pa.Table:
        """See `Lakehouse.changes`. -1 means from the beginning; all rows where the feed is gone: more than asked, never less."""
        from pyspark.errors import PySparkException

        with self._errors(table):
            version = self.version(table)
            if version is None or since >= version:
                return table.schema.empty_table()
            present = self._frame(table, table.schema, None)
            assert present is not None
            try:
                feed = (
                    self._spark.read.format("delta")
                    .option("readChangeFeed", "true")
                    .option("startingVersion", since + 1)
                    .load(self._path(table))
                )
                keys = feed.where("_change_type IN ('insert', 'update_postimage')").select(*table.key).distinct()
                changed = present.join(keys, on=list(table.key), how="left_semi").select(*table.schema.names).toArrow()
            except PySparkException:
                changed = present.toArrow()
            return pa.Table.from_batches([as_declared(b, table.schema) for b in changed.to_batches()], table.schema)

    def count(self, table: Table) -> int:
        """See `Lakehouse.count`."""
        with self._errors(table):
            if not self._exists(table):
                return 0
            return int(self._spark.sql(f"SELECT count(*) AS n FROM {self._name(table)}").collect()[0]["n"])

    def maintain(self, table: Table, *, retention: timedelta = RETENTION) -> None:
        """Join small files, then remove files that no version within `retention` needs. Raises: WriteConflict, StorageFull."""

        def work() -> None:
            if self._exists(table):
                self._spark.sql(f"OPTIMIZE {self._name(table)}")
                hours = int(retention.total_seconds() // 3600)
                self._spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
                self._spark.sql(f"VACUUM {self._name(table)} RETAIN {hours} HOURS")

        self._write(table, work)

    def _merge(self, table: Table, rows: pa.Table, transaction: tuple[str, int] | None) -> int:
        """MERGE into a table that is there: only that meets another writer's insert of the same key as a conflict."""
        self._create(table)
        if transaction and self._is_committed(table, transaction):
            return 0
        fresh = self._fresh(table, rows)
        if fresh.num_rows == 0:
            return self._append(table, fresh, transaction)
        self._spark.createDataFrame(fresh).createOrReplaceTempView(_NEW_ROWS)
        on = " AND ".join(f"t.{_quoted(k)} = s.{_quoted(k)}" for k in table.key)
        with self._transaction(transaction):
            written = self._spark.sql(
                f"MERGE INTO {self._name(table)} AS t USING {_NEW_ROWS} AS s ON {on} "
                f"WHEN MATCHED AND ({self._changed(table)}) THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
            ).collect()
        # nothing comes back when another writer committed this transaction meanwhile
        return int(written[0]["num_affected_rows"]) if written else 0

    def _fresh(self, table: Table, rows: pa.Table) -> pa.Table:
        """The rows that are new or changed: where there are none nothing is committed."""
        if rows.num_rows == 0:
            return rows
        compared = [*table.key, *self._compared(table)]
        self._spark.createDataFrame(rows.select(compared)).createOrReplaceTempView(_NEW_ROWS)
        on = " AND ".join(f"t.{_quoted(k)} = s.{_quoted(k)}" for k in table.key)
        keys = ", ".join(f"s.{_quoted(k)}" for k in table.key)
        found = self._spark.sql(
            f"SELECT {keys} FROM {_NEW_ROWS} AS s LEFT JOIN {self._name(table)} AS t ON {on} "
            f"WHERE t.{_quoted(table.key[0])} IS NULL OR {self._changed(table)}"
        ).toArrow()
        changed = set(keys_of(table, found))
        return rows.filter(pa.array([key in changed for key in keys_of(table, rows)], pa.bool_()))

    def _changed(self, table: Table) -> str:
        return " OR ".join(f"NOT (t.{_quoted(c)} <=> s.{_quoted(c)})" for c in self._compared(table))

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
            .save(self._path(table))
        )

    def _append(self, table: Table, rows: pa.Table, transaction: tuple[str, int] | None) -> int:
        """An append of no rows still commits its transaction: the offsets it stands for were dealt with."""
        if rows.num_rows == 0 and transaction is None:
            return 0
        self._create(table)
        if transaction and self._is_committed(table, transaction):
            return 0
        writer = self._spark.createDataFrame(rows).write.format("delta").mode("append").option("mergeSchema", "true")
        if transaction:
            writer = writer.option("txnAppId", transaction[0]).option("txnVersion", transaction[1])
        writer.save(self._path(table))
        return rows.num_rows

    def _delete(self, table: Table, among: dict[str, Sequence[str]]) -> int:
        among = {column: [value for value in values if is_text(value)] for column, values in among.items()}
        if not self._exists(table) or any(not values for values in among.values()):
            return 0
        condition = " AND ".join(f"{_quoted(column)} IN ({', '.join(map(_literal, values))})" for column, values in among.items())
        (result,) = self._spark.sql(f"DELETE FROM {self._name(table)} WHERE {condition}").collect()
        return int(result["num_affected_rows"])

    @contextmanager
    def _transaction(self, transaction: tuple[str, int] | None) -> Generator[None]:
        """MERGE has no options: Delta takes the transaction of an idempotent write from the session."""
        if transaction is None:
            yield
            return
        names = ("spark.databricks.delta.write.txnAppId", "spark.databricks.delta.write.txnVersion")
        for name, value in zip(names, transaction, strict=True):
            self._spark.conf.set(name, str(value))
        try:
            yield
        finally:
            for name in names:
                self._spark.conf.unset(name)

    def _is_committed(self, table: Table, transaction: tuple[str, int]) -> bool:
        last = self.transaction_version(table, transaction[0])
        return last is not None and last >= transaction[1]

    def _frame(self, table: Table, wanted: pa.Schema, where: dict[str, Sequence[str]] | None) -> DataFrame | None:
        """The present rows with the wanted columns that are stored; None where there are none."""
        if not self._exists(table):
            return None
        frame = self._spark.read.format("delta").load(self._path(table))
        for column, values in (where or {}).items():
            among_these = sorted({value for value in values if is_text(value)})
            if column not in frame.columns or not among_these:
                return None
            if len(among_these) <= _MANY_VALUES:
                frame = frame.where(frame[column].isin(among_these))
            else:
                among = self._spark.createDataFrame(pa.table({column: pa.array(among_these, pa.string())}))
                frame = frame.join(among, on=column, how="left_semi")
        return frame.select(*(name for name in wanted.names if name in frame.columns))

    def _exists(self, table: Table) -> bool:
        from pyspark.errors import AnalysisException

        try:
            self._spark.sql(f"DESCRIBE DETAIL {self._name(table)}").collect()
        except AnalysisException:
            return False
        return True

    def _path(self, table: Table) -> str:
        return f"{self._root}/{table.layer}/{table.name}"

    def _name(self, table: Table) -> str:
        return f"delta.{_quoted(self._path(table))}"

    def _write(self, table: Table, write: Callable[[], T]) -> T:
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

        def once() -> T:
            with self._errors(table):
                return write()

        retrying = Retrying(
            retry=retry_if_exception_type(WriteConflict),
            stop=stop_after_attempt(COMMIT_ATTEMPTS),
            wait=wait_exponential(0.05, max=1),
            reraise=True,
        )
        return retrying(once)

    @contextmanager
    def _errors(self, table: Table) -> Generator[None]:
        from py4j.protocol import Py4JError, Py4JJavaError
        from pyspark.errors import PySparkException

        try:
            yield
        except (PySparkException, Py4JError, OSError) as error:
            said = re.sub(r"\s+", " ", str(error))[:500]
            if any(sign in said for sign in _CONFLICTS):
                raise WriteConflict(
                    f"Other writers kept getting ahead: {table.id}: {said}; run again when they are done"
                ) from error
            if any(sign in said for sign in _DISK_FULL):
                raise StorageFull(
                    f"The table could not be written: {self._path(table)}: {said}; free space there, then run again"
                ) from error
            if isinstance(error, PySparkException | Py4JJavaError):
                raise TerminalError(
                    f"Spark cannot use the table: {self._path(table)}: {said}; restore it or move it away"
                ) from error
            raise ServiceUnavailable(f"Spark does not answer: {said}; see its log, then run again") from error


def _as_ipc(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """One row a batch, which holds it as an Arrow stream: rows come to the driver without Python objects in between."""
    for batch in batches:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        yield pa.record_batch({"batch": pa.array([sink.getvalue().to_pybytes()], pa.binary())})


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _literal(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
