"""silver.texts and silver.classifications → silver.job_offers, silver.candidates, silver.identities, by Spark.

    python -m spark_jobs.extract
    spark-submit --master spark://… spark_jobs/extract.py

The distributed form of `run_stage` (talentflow/incremental.py), with the same rows, the same rules and the same ledger; what
is pending, stale or out is found by joins, and only counts and ids come to the driver. A run looks at documents that the
change data feeds name since the versions that the last one reached: its mark, an application transaction of the first table
that it writes. Without a mark, or where a feed is gone, it looks at all: more than asked, never less.

A backlog is handled in chunks, ranges of ids: where a table's files are ordered by id, each reads its own. A chunk's rows
are written first, then quarantine, then the ledger: after a kill the same documents are handled again, and nothing is
written twice.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog

from talentflow.engines.spark import Containment, run_stage_on, spark_errors
from talentflow.errors import ServiceUnavailable, StorageFull
from talentflow.incremental import SILVER, later_stages, new_run_id, release
from talentflow.lakehouse.spark import SparkLakehouse
from talentflow.lakehouse.spark_log import DeltaLog
from talentflow.report import StageReport
from talentflow.settings import Settings, load_settings
from talentflow.silver import TO_EXTRACT
from talentflow.stages import EXTRACT, Stage
from talentflow.tables import CLASSIFICATIONS, DOCUMENTS, JOB_OFFERS, OUTCOMES, QUARANTINE, TEXTS, Table

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

CHUNK_BATCHES = 64
"""A chunk holds so many `batch_rows` documents, a task one."""
_SAMPLES = 20
_DELETE_VALUES = 1000
_SOURCES = (TEXTS, CLASSIFICATIONS, OUTCOMES)
"""What makes a document pending: its text, its classification, and the ledger (it is asked again)."""

_log = structlog.get_logger(__name__)


def extract_changed(
    settings: Settings, lakehouse: SparkLakehouse, *, run_id: str, chunk_rows: int | None = None, stage: Stage = EXTRACT
) -> StageReport:
    """Extract what this stage version has not handled, `chunk_rows` documents at a time.

    Args:
        chunk_rows: about; `CHUNK_BATCHES * settings.batch_rows` for None.

    Raises: WriteConflict, StorageFull, ServiceUnavailable (Spark), TerminalError (a table that cannot be used).
    """
    started = time.perf_counter()
    report = StageReport(stage.name)
    reached = {table: version for table in _SOURCES if (version := lakehouse.version(table)) is not None}
    if TEXTS in reached and CLASSIFICATIONS in reached:
        with _errors(stage):
            marks = _Marks(settings, lakehouse, stage, reached) if OUTCOMES in reached else None
            changed = marks.changed() if marks else None
            pending = _pending(lakehouse, stage, changed)
            total = 0 if pending is None else pending.count()
            _log.info("stage_progress", stage=stage.name, done=0, total=total)
            if pending is not None and total:
                job = _Job(settings, lakehouse, stage, run_id, report)
                for chunk in _ranges(pending, total, chunk_rows or CHUNK_BATCHES * settings.batch_rows):
                    job.handle(pending, chunk)
                    _log.info("stage_progress", stage=stage.name, done=report.read, total=total)
            if marks and (total or changed is None):
                marks.move()
    report.seconds = time.perf_counter() - started
    return report


@contextmanager
def _errors(stage: Stage) -> Generator[None]:
    """Spark's errors outside the lakehouse become ours: what was committed stays, and another run goes on from there."""
    try:
        yield
    except spark_errors() as error:
        why = " ".join(str(error).split())
        if "No space left on device" in why:
            raise StorageFull(f"A disk of Spark's is full: stage {stage.name}: {why[:500]}; make room, then run again") from error
        raise ServiceUnavailable(f"Spark lost its tasks: stage {stage.name}: {why[:500]}; see its log, then run again") from error


class _Marks:
    """How far runs of a stage version have read: an application transaction of the first table that it writes.

    Its version holds those of the tables that are read, side by side: none ever falls, and so it never does.
    """

    def __init__(self, settings: Settings, lakehouse: SparkLakehouse, stage: Stage, reached: dict[Table, int]) -> None:
        self._lakehouse = lakehouse
        self._stage = stage
        self._reached = reached
        self._spark = lakehouse.frame(TEXTS).sparkSession
        self._log = DeltaLog(self._spark, settings.lake_uri or str(settings.lake_dir))
        # of these very tables: one made anew counts its versions anew
        made = (self._spark.sql(f"DESCRIBE DETAIL {self._log.name(t)}").select("id").collect()[0]["id"] for t in reached)
        self._app = f"{stage.name} ({stage.version}) of {', '.join(made)}"

    def changed(self) -> DataFrame | None:
        """Ids of documents that may have become pending between the mark and these versions; None for all."""
        from pyspark.sql import functions as f

        mark = self._lakehouse.transaction_version(self._stage.writes[0], self._app)
        if mark is None:
            return None
        ids = self._lakehouse.frame(TEXTS, ["document_id"]).limit(0)
        try:
            for table, since, version in zip(self._reached, _apart(mark), self._reached.values(), strict=False):
                if since > version:
                    return None
                if since < version:
                    feed = self._feed(table, since + 1, version)
                    if table is OUTCOMES:
                        own = f.col("stage_version").eqNullSafe(f.lit(self._stage.version))
                        feed = feed.where((f.col("stage") == f.lit(self._stage.name)) & ~own)
                    ids = ids.union(feed.select("document_id"))
            return _fixed(ids.distinct())
        except spark_errors() as error:
            why = str(error).strip().split("\n")[0][:200]
            _log.info("no change feed, looking at all documents", stage=self._stage.name, why=why)
            return None

    def move(self) -> None:
        """Remember that these versions have been read. More commits than a mark can hold leave none: all is read then."""
        versions = list(self._reached.values())
        if max(versions) < _MARK:
            target = self._stage.writes[0]
            self._lakehouse.append(target, target.schema.empty_table(), transaction=(self._app, _beside(versions)))

    def _feed(self, table: Table, first: int, last: int) -> DataFrame:
        reader = self._spark.read.format("delta").option("readChangeFeed", "true")
        feed = reader.option("startingVersion", first).option("endingVersion", last).load(self._log.path(table))
        return feed.where("_change_type IN ('insert', 'update_postimage')")


_MARK = 2**21
"""Versions that a mark tells apart: three of them fit the 63 bits of a transaction's version."""


def _beside(versions: Sequence[int]) -> int:
    return sum(version * _MARK**place for place, version in enumerate(reversed(versions)))


def _apart(mark: int) -> list[int]:
    return [mark // _MARK**place % _MARK for place in reversed(range(len(_SOURCES)))]


def _pending(lakehouse: SparkLakehouse, stage: Stage, changed: DataFrame | None) -> DataFrame | None:
    """Documents that are classified and not handled: `document_id`, and `seen`, whether the stage had it before.

    As `incremental.handled` has it: of a document's rows in the ledger those of its last run count.
    """
    from pyspark.sql import functions as f

    texts = lakehouse.frame(TEXTS, ["document_id", "content_hash"])
    if changed is not None:
        if changed.isEmpty():
            return None
        texts = texts.join(changed, "document_id", "left_semi")
    texts = texts.join(lakehouse.frame(CLASSIFICATIONS, ["document_id"]), "document_id", "left_semi")
    ledger = lakehouse.frame(OUTCOMES, ["document_id", "content_hash", "run_id", "stage_version", "stage"])
    ledger = ledger.where(f.col("stage") == f.lit(stage.name))
    if changed is not None:
        ledger = ledger.join(changed, "document_id", "left_semi")
    ends = f.collect_set(f.when(f.col("stage_version") == f.lit(stage.version), f.col("content_hash")))
    runs = ledger.groupBy("document_id", "run_id").agg(ends.alias("ends"))
    last = runs.groupBy("document_id").agg(f.max_by("ends", "run_id").alias("ends"))
    is_done = f.coalesce(f.array_contains("ends", f.col("content_hash")), f.lit(False))
    both = texts.join(last, "document_id", "left").where(~is_done)
    return _fixed(both.select("document_id", f.col("ends").isNotNull().alias("seen")))


def _ranges(pending: DataFrame, total: int, rows: int) -> Iterator[Column]:
    """Conditions on `document_id` that part the pending documents in about equal chunks."""
    from pyspark.sql import functions as f

    chunks = math.ceil(total / rows)
    bounds: list[str] = []
    if chunks > 1:
        share = min(1.0, _SAMPLES * chunks / total)
        sampled = sorted(row["document_id"] for row in pending.select("document_id").sample(share, seed=1).collect())
        bounds = sorted({sampled[len(sampled) * n // chunks] for n in range(1, chunks)}) if sampled else []
    id_ = f.col("document_id")
    for low, high in zip([None, *bounds], [*bounds, None], strict=True):
        above = id_ >= f.lit(low) if low is not None else f.lit(True)
        yield above & (id_ < f.lit(high)) if high is not None else above


class _Job:
    """One run: handles chunks, and counts in `report`."""

    def __init__(self, settings: Settings, lakehouse: SparkLakehouse, stage: Stage, run_id: str, report: StageReport) -> None:
        self._lakehouse = lakehouse
        self._stage = stage
        self._run_id = run_id
        self._report = report
        self._batch_rows = settings.batch_rows
        self._workers = settings.workers
        self._containment = Containment(settings.worker_memory_bytes)

    def handle(self, pending: DataFrame, chunk: Column) -> None:
        """Extract the chunk's documents and write what comes of them: rows, quarantine, ledger."""
        asked = pending.where(chunk)
        results = _fixed(run_stage_on(self._inputs(asked, chunk), self._stage, self._containment, keep=_KEPT))
        counts = self._count(results)
        for target in self._stage.writes:
            if counts[target.name]:
                self._report.rows_written += self._lakehouse.merge(target, self._rows(results, target))
        if counts["seen"]:
            self._remove_stale(results)
        outcomes = self._outcomes(results)
        self._release(outcomes)
        if counts["quarantined"]:
            self._report.rows_written += self._lakehouse.merge(QUARANTINE, self._out(outcomes))
        self._report.rows_written += self._lakehouse.append_frame(OUTCOMES, outcomes)

    def _inputs(self, asked: DataFrame, chunk: Column) -> DataFrame:
        """Rows for the stage, spread over as many tasks as have work."""
        from pyspark.sql import functions as f

        count = asked.count()
        said = self._lakehouse.frame(CLASSIFICATIONS).where(chunk)
        said = said.select("document_id", f.struct(*CLASSIFICATIONS.schema.names).alias("classification"))
        texts = self._lakehouse.frame(TEXTS, TO_EXTRACT).where(chunk)
        tasks = max(math.ceil(count / self._batch_rows), min(self._workers, math.ceil(count / self._stage.batch_rows)), 1)
        return texts.join(asked, "document_id").join(said, "document_id").repartition(tasks)

    def _count(self, results: DataFrame) -> dict[str, int]:
        """How many rows each table gets, and how many documents were seen before; outcomes go to the report."""
        from pyspark.sql import functions as f

        outcome = f.col("outcome")
        facts = results.groupBy(outcome["status"].alias("status"), outcome["error_code"].alias("error_code")).agg(
            f.count("*").alias("documents"),
            f.min_by(outcome["detail"], "document_id").alias("example"),
            f.count_if("seen").alias("seen"),
            *(f.count(target.name).alias(target.name) for target in self._stage.writes),
        )
        counts: dict[str, int] = dict.fromkeys(("seen", "quarantined", *(t.name for t in self._stage.writes)), 0)
        for row in sorted(facts.collect(), key=lambda row: (row["status"], row["error_code"] or "")):
            for name in ("seen", *(t.name for t in self._stage.writes)):
                counts[name] += row[name]
            counts["quarantined"] += row["documents"] if row["status"] == "quarantined" else 0
            _tell(self._report, row["status"], row["documents"], row["error_code"], row["example"])
        return counts

    def _rows(self, results: DataFrame, target: Table) -> DataFrame:
        """The target's rows, one a key: see `incremental._newest`."""
        from pyspark.sql import functions as f

        key = target.key[0]
        of = results.where(f.col(target.name).isNotNull())
        age = f.struct("received_at", "document_id")
        rows = of.select(f"{target.name}.*", age.alias("_age"))
        if target is JOB_OFFERS:  # an offer's id is its document's
            return rows.drop("_age")
        shared = rows.where(f.col(key) != f.col("document_id")).groupBy(key).agg(f.max("_age").alias("_newest"))
        texts = self._lakehouse.frame(TEXTS, ["document_id", "content_hash", "received_at"])
        stored = self._lakehouse.frame(target, [key, "document_id", "content_hash", "stage_version"])
        held = (
            stored.where(f.col("stage_version").startswith(self._stage.version))
            .join(f.broadcast(shared.select(key)), key, "left_semi")
            .join(results.select("document_id"), "document_id", "left_anti")
            .join(texts, ["document_id", "content_hash"])
            .select(key, age.alias("_held"))
        )
        best = rows.join(shared, key, "left").where(f.col("_newest").isNull() | (f.col("_age") == f.col("_newest")))
        best = best.join(f.broadcast(held), key, "left").where(f.col("_held").isNull() | (f.col("_held") < f.col("_age")))
        return best.drop("_age", "_newest", "_held")

    def _remove_stale(self, results: DataFrame) -> None:
        """As `incremental` does: rows of another key, and everything of documents that give no row any more."""
        from functools import reduce

        from pyspark.sql import functions as f

        again = results.where("seen").select("document_id", (f.col("outcome.status") != "ok").alias("gone"))
        found: list[DataFrame] = []
        targets = SILVER[SILVER.index(self._stage.writes[0]) :]
        for target in targets:
            key = target.key[0]
            held = self._lakehouse.frame(target, list(dict.fromkeys(["document_id", key]))).join(
                f.broadcast(again), "document_id"
            )
            if target in self._stage.writes:
                kept = results.where(f.col(target.name).isNotNull()).select("document_id", f.col(f"{target.name}.{key}"))
                stale = held.join(kept, ["document_id", key], "left_anti")
            else:
                stale = held.where("gone")
            found.append(stale.select(f.lit(target.id).alias("table"), f.col(key).alias("key")))
        rows = reduce(lambda one, other: one.union(other), found).distinct().collect()
        for target in targets:
            keys = sorted(row["key"] for row in rows if row["table"] == target.id)
            for start in range(0, len(keys), _DELETE_VALUES):
                some = keys[start : start + _DELETE_VALUES]
                self._report.rows_written += self._lakehouse.delete(target, target.key[0], some)

    def _outcomes(self, results: DataFrame) -> DataFrame:
        """Rows of the ledger: one a document, and for one that gives no row any more one for each stage after this."""
        from pyspark.sql import functions as f

        run = [f.lit(self._run_id).alias("run_id"), f.col("document_id"), f.col("content_hash")]
        version = f.lit(self._stage.version).alias("stage_version")
        own = results.select(*run, f.lit(self._stage.name).alias("stage"), version, "outcome.*")
        gone = results.where("seen AND outcome.status <> 'ok'")
        later = gone.select(
            *run,
            f.explode(f.array(*(f.lit(stage) for stage in later_stages(self._stage.name)))).alias("stage"),
            version,
            f.lit("skipped").alias("status"),
            f.lit(None).cast("string").alias("error_code"),
            f.lit(f"its present version ended in {self._stage.name}").alias("detail"),
            f.lit(0.0).alias("milliseconds"),
        )
        return own.unionByName(later)

    def _release(self, outcomes: DataFrame) -> None:
        """Take out of quarantine what these outcomes end otherwise."""
        passed = outcomes.where("status <> 'quarantined'").select("document_id", "stage")
        held = self._lakehouse.frame(QUARANTINE, ["document_id", "stage"]).join(passed, ["document_id", "stage"], "left_semi")
        keys = [(row["document_id"], row["stage"]) for row in held.collect()]
        self._report.rows_written += release(self._lakehouse, keys)

    def _out(self, outcomes: DataFrame) -> DataFrame:
        """Rows of quarantine, with the bytes that are needed to replay them."""
        columns = ["document_id", "stage", "error_code", "detail", "content_hash", "stage_version"]
        out = outcomes.where("status = 'quarantined'").select(*columns)
        origins = self._lakehouse.frame(DOCUMENTS, ["document_id", "content", "source", "source_uri"])
        return out.join(origins.withColumnRenamed("content", "payload"), "document_id", "left")


def _tell(report: StageReport, status: str, documents: int, error_code: str | None, example: str | None) -> None:
    """What `StageReport.count` says of one document, of many."""
    report.read += documents
    if status == "ok":
        report.ok += documents
    elif status == "skipped":
        report.skipped += documents
    else:
        code = error_code or "unknown"
        report.quarantined += documents
        report.errors[code] += documents
        report.examples.setdefault(code, example or "")


_KEPT: Sequence[str] = ("content_hash", "received_at", "seen")


def _fixed(frame: DataFrame) -> DataFrame:
    """The frame's rows as they are now, on the executors' disks. Not a cached plan: that one is computed again, with other
    rows, when a table that it reads is written to."""
    from pyspark import StorageLevel

    return frame.localCheckpoint(eager=True, storageLevel=StorageLevel.DISK_ONLY)


def main() -> None:
    """Extract what is new in the home of the environment's settings. Raises Busy while another run writes to it."""
    from talentflow.home import hold
    from talentflow.lakehouse import open_lakehouse
    from talentflow.lineage import follow

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ]
    )
    settings = load_settings().model_copy(update={"lakehouse": "spark"})
    with hold(settings):
        lakehouse: Any = open_lakehouse(settings)
        run_id = new_run_id()
        with follow(settings, lakehouse, run_id, "spark_jobs.extract") as lineage, lineage.stage(EXTRACT.name) as tell:
            report = extract_changed(settings, lakehouse, run_id=run_id)
            tell(report)
        _log.info("stage done", **report.as_json())


if __name__ == "__main__":
    main()
