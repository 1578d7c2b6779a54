"""Spark's DataFrames: few files, names, types, and their way to Arrow."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

ROWS_OF_ONE_FILE = 1000


def in_one_file(rows: DataFrame, count: int) -> DataFrame:
    """Each part of a frame becomes a file, so few rows are one part."""
    return rows.coalesce(1) if count <= ROWS_OF_ONE_FILE else rows


@contextmanager
def view(frame: DataFrame) -> Generator[str]:
    """The frame by a name that no other thread has."""
    name = f"new_rows_{uuid.uuid4().hex}"
    frame.createOrReplaceTempView(name)
    try:
        yield name
    finally:
        frame.sparkSession.catalog.dropTempView(name)


def spark_schema(schema: pa.Schema) -> StructType:
    """Spark's types of an Arrow schema; all may be null, since what a query says of that is not to be trusted."""
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructField, StructType

    return StructType([StructField(f.name, f.dataType, nullable=True) for f in from_arrow_schema(schema)])


def as_ipc(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """One row a batch, which holds it as an Arrow stream: rows come to the driver without Python objects in between."""
    for batch in batches:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        yield pa.record_batch({"batch": pa.array([sink.getvalue().to_pybytes()], pa.binary())})


def literal(value: str) -> str:
    """A text in a statement."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
