"""Delta's log as Spark sees it: where tables are, their versions, transactions and commits.

On this machine or a cluster Delta's own snapshot (in the JVM) answers without a job; through Spark Connect there is none,
and statements and the log's files answer.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from talentflow.errors import ServiceUnavailable, StorageFull, TerminalError, WriteConflict
from talentflow.lakehouse.commits import Commit, commit_of
from talentflow.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TRANSACTIONS = "txn struct<appId: string, version: bigint>"
_CONFLICTS = (
    "ConcurrentAppend",
    "ConcurrentDelete",
    "ConcurrentTransaction",
    "ConcurrentWrite",
    "DELTA_CONCURRENT",
    "ProtocolChanged",
    "MetadataChanged",
    "DELTA_PROTOCOL_CHANGED",
    "DELTA_METADATA_CHANGED",
)
DISK_FULL = ("No space left on device", "Disk quota exceeded", "File too large")
_settings_of_a_session = threading.Lock()


class DeltaLog:
    """The logs of the tables under `root`."""

    def __init__(self, spark: SparkSession, root: str) -> None:
        self._spark = spark
        self.root = root.rstrip("/")

    def path(self, table: Table) -> str:
        return f"{self.root}/{table.layer}/{table.name}"

    def name(self, table: Table) -> str:
        """The table in a statement."""
        return f"delta.{quoted(self.path(table))}"

    def version(self, table: Table) -> int | None:
        """The present version; None where there is no table."""
        from pyspark.errors import AnalysisException

        if self._jvm is not None:
            snapshot = self._snapshot(table)
            return int(snapshot.version()) if snapshot else None
        try:
            return int(self._spark.sql(f"DESCRIBE HISTORY {self.name(table)} LIMIT 1").collect()[0]["version"])
        except AnalysisException:
            return None

    def identity(self, table: Table) -> str | None:
        """The id that Delta gave the table when it was made; None where there is no table."""
        if self.version(table) is None:
            return None
        (detail,) = self._spark.sql(f"DESCRIBE DETAIL {self.name(table)}").collect()
        return str(detail["id"])

    def is_empty(self, table: Table) -> bool:
        """Whether the table is known to have no files; False where only a job could tell."""
        snapshot = self._snapshot(table) if self._jvm is not None else None
        known = snapshot.numOfFilesIfKnown() if snapshot else None
        return known is not None and known.isDefined() and known.get() == 0

    def size(self, table: Table) -> tuple[int, int]:
        """Data files and their bytes."""
        (detail,) = self._spark.sql(f"DESCRIBE DETAIL {self.name(table)}").collect()
        return int(detail["numFiles"]), int(detail["sizeInBytes"])

    def transaction_version(self, table: Table, app_id: str) -> int | None:
        """The last version that an application committed."""
        if self._jvm is None:
            return self.logged_transaction(table, app_id)
        snapshot = self._snapshot(table)
        known = snapshot.transactions() if snapshot else None
        return int(known.apply(app_id)) if known and known.contains(app_id) else None

    def logged_transaction(self, table: Table, app_id: str) -> int | None:
        """`transaction_version`, from the files of the log."""
        from pyspark.sql import functions as f

        if self.version(table) is None:
            return None
        reader, log = self._spark.read.schema(_TRANSACTIONS), f"{self.path(table)}/_delta_log"
        commits = reader.option("pathGlobFilter", "*.json").json(log)
        checkpoints = reader.option("pathGlobFilter", "*.checkpoint*.parquet").parquet(log)
        (last,) = commits.unionAll(checkpoints).where(f.col("txn.appId") == app_id).agg(f.max("txn.version")).collect()
        return None if last[0] is None else int(last[0])

    def history(self, table: Table, limit: int | None) -> list[Commit]:
        """The commits, newest first. Of a commit only the lines about it and about removed files are read."""
        from pyspark.sql import functions as f

        present = self.version(table)
        if present is None:
            return []
        oldest = 0 if limit is None else present - limit + 1
        lines = (
            self._spark.read.option("pathGlobFilter", "*.json")
            .text(f"{self.path(table)}/_delta_log")
            .select("value", f.col("_metadata.file_name").alias("file"))
            .where(f.col("file").between(f"{max(oldest, 0):020}.json", f"{present:020}.json"))
            .where("value LIKE '{\"commitInfo\"%' OR value LIKE '{\"txn\"%' OR value LIKE '{\"remove\"%'")
        )
        found: dict[int, list[str]] = {}
        for row in lines.collect():
            found.setdefault(int(row["file"].removesuffix(".json")), []).append(row["value"])
        return [commit_of(version, found[version]) for version in sorted(found, reverse=True)]

    def has_file(self, table: Table, name: str) -> bool:
        """Whether a data file is there; through Spark Connect nobody can tell."""
        if self._jvm is None:
            return True
        path = self._jvm.org.apache.hadoop.fs.Path(name if "://" in name else f"{self.path(table)}/{name}")
        java: Any = self._spark._jsparkSession  # pyright: ignore[reportPrivateUsage]
        return bool(path.getFileSystem(java.sessionState().newHadoopConf()).exists(path))

    @property
    def _jvm(self) -> Any:
        return getattr(self._spark, "_jvm", None)

    def _snapshot(self, table: Table) -> Any:
        """Delta's present snapshot of a table; None where there is no table."""
        none = self._jvm.scala.Option.empty()
        java: Any = self._spark._jsparkSession  # pyright: ignore[reportPrivateUsage]
        snapshot = self._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(java, self.path(table)).update(False, none, none)
        return snapshot if snapshot.version() >= 0 else None


@contextmanager
def own_session(spark: SparkSession, settings: dict[str, str]) -> Generator[SparkSession]:
    """A session with the same views and settings of its own, which no other thread sees. Through Spark Connect threads take
    turns with the one there is."""
    java: Any = getattr(spark, "_jsparkSession", None)
    if java is not None:
        from pyspark.sql import SparkSession

        yield SparkSession(spark.sparkContext, java.cloneSession(), settings)
        return
    with _settings_of_a_session:
        for name, value in settings.items():
            spark.conf.set(name, value)
        try:
            yield spark
        finally:
            for name in settings:
                spark.conf.unset(name)


@contextmanager
def errors_of(table: Table, path: str) -> Generator[None]:
    """Spark's errors become ours."""
    from pyspark.errors import PySparkException

    try:
        from py4j.protocol import Py4JError, Py4JJavaError
    except ImportError:  # the client of Spark Connect comes without it
        Py4JError = Py4JJavaError = PySparkException

    try:
        yield
    except (PySparkException, Py4JError, OSError) as error:
        why, whole = said(error), str(error)
        if any(sign in whole for sign in _CONFLICTS):
            raise WriteConflict(f"Other writers kept getting ahead: {table.id}: {why}; run again when they are done") from error
        if any(sign in whole for sign in DISK_FULL):
            raise StorageFull(f"The table could not be written: {path}: {why}; free space there, then run again") from error
        if isinstance(error, PySparkException | Py4JJavaError):
            raise TerminalError(f"Spark cannot use the table: {path}: {why}; restore it or move it away") from error
        raise ServiceUnavailable(f"Spark does not answer: {why}; see its log, then run again") from error


def said(error: Exception) -> str:
    """An error's beginning in one line."""
    return re.sub(r"\s+", " ", str(error))[:500]


def quoted(name: str) -> str:
    """A name in a statement."""
    return "`" + name.replace("`", "``") + "`"
