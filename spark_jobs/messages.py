"""Messages on Kafka as a stream of Spark's: read, understood by our own code in its Python workers, and kept whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from talentflow.bronze import FACTS, SENT, Fact, sent
from talentflow.errors import BadSettings, UnsupportedCapability
from talentflow.eventlog import DOCUMENTS_TOPIC, Received
from talentflow.eventlog.claims import CLAIM_CHECK, redeem
from talentflow.eventlog.security import spark_options
from talentflow.settings import Settings
from talentflow.spark import open_spark

MOST_MESSAGES = 25_000
"""Messages of one micro-batch: what the driver decides at a time."""
_ARROW_BYTES = 32 * 2**20
"""Bytes of messages that a Python worker is given at a time."""


def messages(settings: Settings) -> DataFrame:
    """The documents topic as a stream. Messages that are gone before they were read end it: nothing is skipped silently.

    Raises: BadSettings, UnsupportedCapability, and what `open_spark` does.
    """
    if settings.eventlog != "kafka":
        raise BadSettings(f"Spark reads from Kafka and not from {settings.eventlog}: set TALENTFLOW_EVENTLOG=kafka")
    if settings.spark_master.startswith("sc://"):
        raise UnsupportedCapability(
            "a stream needs Spark's driver beside it: run this on the cluster, or set another Spark master"
        )
    spark = open_spark(settings)
    options = {
        "kafka.bootstrap.servers": settings.kafka_bootstrap or "",
        "subscribe": f"{settings.kafka_topic_prefix}{DOCUMENTS_TOPIC}",
        "startingOffsets": "earliest",
        "failOnDataLoss": "true",
        "maxOffsetsPerTrigger": str(MOST_MESSAGES),
        "includeHeaders": "true",
        "kafka.isolation.level": "read_committed",
        "groupIdPrefix": "talentflow-bronze",
        **spark_options(settings),
    }
    spark.conf.set("spark.sql.execution.arrow.maxBytesPerBatch", str(_ARROW_BYTES))
    return spark.readStream.format("kafka").options(**options).load()


def prepare(settings: Settings) -> None:
    """Start Spark and a worker of it, so that the first message waits for neither."""
    columns = {
        "value": pa.array([b"{}"]),
        "partition": pa.array([0], pa.int32()),
        "offset": pa.array([0], pa.int64()),
        "headers": pa.array([None], pa.list_(pa.struct([pa.field("key", pa.string()), pa.field("value", pa.binary())]))),
    }
    parsed(open_spark(settings).createDataFrame(pa.table(columns)), settings.objects_dir, None).select("facts").toArrow()


def parsed(frame: DataFrame, objects: Path, scratch: str | None) -> DataFrame:
    """Rows of `SENT`, many in one: whole Arrow batches (with `scratch` the files there that hold them) cost Spark little to
    move and to keep, and beside each its facts. Of the headers only the claim check is needed, the last where there are several.
    """
    claim = f.expr(f"try_element_at(filter(headers, h -> h.key = '{CLAIM_CHECK}'), -1).value")
    narrowed = frame.select("value", "partition", "offset", claim.alias("claim"))
    return narrowed.mapInArrow(partial(_read, objects, scratch), "facts binary, rows binary")


def _read(objects: Path, scratch: str | None, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs in Spark's Python workers."""
    for batch in batches:
        columns = (batch.column(name).to_pylist() for name in ("value", "partition", "offset", "claim"))
        received = [
            Received(DOCUMENTS_TOPIC, p, o, 0, "", value or b"", {CLAIM_CHECK: claim.decode("utf-8", "replace")} if claim else {})
            for value, p, o, claim in zip(*columns, strict=True)
        ]
        rows = sent(redeem(message, objects) for message in received)
        yield pa.record_batch({"facts": [_kept(rows.select(FACTS), None)], "rows": [_kept(rows, scratch)]})


def _kept(batch: pa.RecordBatch, scratch: str | None) -> bytes:
    """An Arrow stream of the batch, or with `scratch` the path of the file there that holds it."""
    path = f"{scratch}/{uuid4().hex}" if scratch else None
    with pa.OSFile(path, "wb") if path else pa.BufferOutputStream() as sink:
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        return path.encode() if path else sink.getvalue().to_pybytes()


def _batches(kept: pa.Array | pa.ChunkedArray) -> Iterator[pa.RecordBatch]:
    """What `_kept` gave, again; an Arrow stream begins with a byte that no path does."""
    for cell in kept:
        stream = cell.as_buffer()
        where = stream.to_pybytes().decode() if stream[:1].to_pybytes() == b"/" else None
        yield from pa.ipc.open_stream(pa.memory_map(where) if where else stream)


def collected(rows: DataFrame, column: str) -> pa.Table:
    """The facts, or the whole rows, of what was parsed, on the driver."""
    schema = SENT if column == "rows" else pa.schema([SENT.field(name) for name in FACTS])
    return pa.Table.from_batches(_batches(rows.select(column).toArrow()[column]), schema)


def at_places(rows: DataFrame, schema: pa.Schema, messages: list[Fact]) -> DataFrame:
    """These columns of the rows that these messages gave."""
    from pyspark.sql.pandas.types import from_arrow_schema

    places = frozenset((m.partition, m.offset) for m in messages)
    typed = ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in from_arrow_schema(schema))
    return rows.select("rows").mapInArrow(partial(_take, schema.names, places), typed)


def _take(columns: list[str], places: frozenset[tuple[int, int]], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs in Spark's Python workers."""
    for batch in batches:
        for rows in _batches(batch.column("rows")):
            at = zip(rows.column("partition").to_pylist(), rows.column("offset").to_pylist(), strict=True)
            yield rows.select(columns).filter(pa.array([place in places for place in at], pa.bool_()))
