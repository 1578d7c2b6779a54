"""What Spark's lakehouse does with DataFrames: streams and jobs stand on it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from talentflow.errors import BadInput
from talentflow.lakehouse.spark import SparkLakehouse
from talentflow.tables import DOCUMENTS, TEXTS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]


@pytest.fixture
def spark(spark_lake: SparkLakehouse) -> SparkSession:
    return spark_lake.frame(TEXTS).sparkSession


def documents(spark: SparkSession, *rows: tuple[str, int | None, str]) -> DataFrame:
    return spark.createDataFrame(list(rows), "document_id string, offset bigint, content_hash string")


def stored(lake: SparkLakehouse) -> dict[str, tuple[int | None, str]]:
    rows = lake.read(DOCUMENTS, ["document_id", "offset", "content_hash"]).to_pylist()
    found = {r["document_id"]: (r["offset"], r["content_hash"]) for r in rows}
    assert len(found) == len(rows), "a key stands twice"
    return found


def test_an_old_message_never_replaces_a_newer_one(spark_lake: SparkLakehouse, spark: SparkSession) -> None:
    lake = spark_lake
    first = documents(spark, ("1", 5, "a"), ("2", 6, "a"), ("none", None, "a"))
    assert lake.merge(DOCUMENTS, first, newest_by="offset", transaction=("app", 0)) == 3
    assert lake.merge(DOCUMENTS, first, newest_by="offset", transaction=("app", 0)) == 0
    later = documents(spark, ("1", 4, "b"), ("2", 7, "b"), ("3", 1, "c"), ("none", 1, "b"))
    assert lake.merge(DOCUMENTS, later, newest_by="offset", transaction=("app", 1)) == 3
    expected = {"1": (5, "a"), "2": (7, "b"), "3": (1, "c"), "none": (1, "b")}
    assert stored(lake) == expected
    version = lake.version(DOCUMENTS)
    assert lake.merge(DOCUMENTS, first, newest_by="offset") == 0
    assert lake.merge(DOCUMENTS, documents(spark)) == 0
    assert lake.version(DOCUMENTS) == version
    assert lake.merge(DOCUMENTS, documents(spark), transaction=("app", 2)) == 0
    assert lake.transaction_version(DOCUMENTS, "app") == 2
    assert stored(lake) == expected


def test_a_frame_that_does_not_fit_is_refused_by_name(spark_lake: SparkLakehouse, spark: SparkSession) -> None:
    with pytest.raises(BadInput, match=r"bronze\.documents: colour"):
        spark_lake.merge(DOCUMENTS, spark.sql("SELECT '1' AS document_id, 'red' AS colour"))
    with pytest.raises(BadInput, match=r"bronze\.documents.*offset"):
        spark_lake.append_frame(DOCUMENTS, spark.sql("SELECT '1' AS document_id, 'x' AS offset"))
    assert spark_lake.version(DOCUMENTS) is None


def test_a_frame_of_a_table_has_its_declared_columns(spark_lake: SparkLakehouse, spark: SparkSession) -> None:
    assert spark_lake.frame(DOCUMENTS, ["offset", "document_id"]).columns == ["offset", "document_id"]
    assert spark_lake.frame(DOCUMENTS).count() == 0
    spark.sql("SELECT '1' AS document_id, 'h' AS content_hash").write.format("delta").save(f"{spark_lake.log.root}/silver/texts")
    rows = spark_lake.frame(TEXTS, ["document_id", "pages", "text"]).collect()
    assert [tuple(row) for row in rows] == [("1", None, None)]
    assert spark_lake.frame(TEXTS).columns == TEXTS.schema.names
    # a source that is a table itself, as a job's is that follows another
    copied = spark_lake.frame(TEXTS, ["document_id", "content_hash"])
    assert spark_lake.merge(DOCUMENTS, copied) == 1
    assert spark_lake.merge(DOCUMENTS, copied) == 0


def test_a_frame_is_appended_once_a_transaction(spark_lake: SparkLakehouse, spark: SparkSession) -> None:
    frame = documents(spark, ("1", 1, "a"), ("1", 2, "b"))
    assert spark_lake.append_frame(DOCUMENTS, frame, transaction=("app", 1)) == 2
    assert spark_lake.append_frame(DOCUMENTS, frame, transaction=("app", 1)) == 0
    assert spark_lake.count(DOCUMENTS) == 2
    # what a client of Spark Connect reads, which has no JVM to ask
    assert spark_lake.log.logged_transaction(DOCUMENTS, "app") == 1
    assert spark_lake.log.logged_transaction(DOCUMENTS, "nobody") is None


def test_threads_of_one_session_keep_their_transactions_apart(spark_lake: SparkLakehouse, spark: SparkSession) -> None:
    lake = spark_lake
    lake.upsert(DOCUMENTS, pa.Table.from_pylist([{"document_id": "0", "content_hash": "a"}], DOCUMENTS.schema))

    def write(n: int) -> Any:
        transaction = (f"app{n}", n) if n % 2 else None
        return lake.merge(DOCUMENTS, documents(spark, (str(n), n, "a")), transaction=transaction)

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(write, range(1, 4))) == [1, 1, 1]
    assert set(stored(lake)) == {"0", "1", "2", "3"}
    assert [lake.transaction_version(DOCUMENTS, f"app{n}") for n in range(1, 4)] == [1, None, 3]
