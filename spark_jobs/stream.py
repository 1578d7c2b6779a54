"""A Structured Streaming query that hands its micro-batches to a function: started, watched, ended; and what its errors mean."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Event, Lock

import structlog
from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql.streaming import StreamingQuery

from talentflow.errors import BadSettings, Busy, ServiceUnavailable, StorageFull, TalentflowError, TerminalError
from talentflow.lakehouse.spark_log import DISK_FULL

log = structlog.get_logger(__name__)

TRIGGER = "200 milliseconds"
"""How often an idle stream looks for messages."""
_LOOK_SECONDS = 0.2
_COMMIT_SECONDS = 10.0

Batch = Callable[[DataFrame, int, str], None]
"""Takes a micro-batch, its number, and the id of the query that numbers it."""


class Stream:
    """A query that runs. Spark numbers micro-batches in the checkpoint, whose id is that of the query: a deleted one is another.

    Args:
        frame: a streaming DataFrame.
        batch: called for each micro-batch, one at a time; what it raises ends the query.
        checkpoint: an absolute path or URI.
        continuous: go on for ever, or take what is there and end.
    """

    def __init__(self, frame: DataFrame, batch: Batch, checkpoint: str, *, continuous: bool) -> None:
        self._batch = batch
        self._checkpoint = checkpoint
        self._turn = Lock()
        self._named = Event()
        self._failure: BaseException | None = None
        self._landed: int | None = None
        self._stopping = False
        writer = frame.writeStream.foreachBatch(self._take).option("checkpointLocation", checkpoint)
        with _errors_of(checkpoint):
            trigger = writer.trigger(processingTime=TRIGGER) if continuous else writer.trigger(availableNow=True)
            self.query: StreamingQuery = trigger.start()
        self._named.set()

    def wait(self, stop: Event) -> None:
        """Until the query ends, or, `stop` being set, the micro-batch at hand does. Raises: TalentflowError (why it ended)."""
        try:
            while not stop.is_set():
                with _errors_of(self._checkpoint):
                    if self.query.awaitTermination(_LOOK_SECONDS):  # pyright: ignore[reportArgumentType] (it takes parts of a second)
                        return
        except TalentflowError:
            if isinstance(self._failure, Exception):
                raise self._failure from None
            raise
        finally:
            self.stop()

    def stop(self) -> None:
        """Let the micro-batch at hand end, then the query."""
        with self._turn:
            self._stopping = True
            with _errors_of(self._checkpoint):
                if self._failure is None:
                    self._await_commit()
                self.query.stop()

    def _take(self, frame: DataFrame, batch_id: int) -> None:
        with self._turn:
            if self._stopping:
                raise Busy("the stream is ending: its next start takes this micro-batch")
            self._named.wait()
            try:
                with _errors_of(self._checkpoint):
                    self._batch(frame, batch_id, str(self.query.id))
            except BaseException as error:
                self._failure = error
                raise
            self._landed = batch_id

    def _await_commit(self) -> None:
        """Until the checkpoint says that the last micro-batch has landed: else the next start would take it once more."""
        deadline = time.monotonic() + _COMMIT_SECONDS
        while self._landed is not None and self.query.isActive and time.monotonic() < deadline:
            progress = self.query.lastProgress
            if progress is not None and progress["batchId"] >= self._landed:
                return
            time.sleep(0.02)


_GONE = ("KAFKA_DATA_LOSS", "ata may have been")
_OTHER_STREAM = ("CONCURRENT_STREAM_LOG_UPDATE", "oncurrently using")
_AWAY = ("org.apache.kafka", "TimeoutException", "ExecutionException", "Connection refused", "Py4JNetworkError")


@contextmanager
def _errors_of(checkpoint: str) -> Generator[None]:
    """Spark's errors as ours."""
    try:
        yield
    except (Py4JNetworkError, ConnectionError) as error:
        raise TerminalError("Spark's own process has ended: see why in its log, then start again; nothing is lost") from error
    except (PySparkException, Py4JError) as error:
        raise translated(str(error), checkpoint) from error


def translated(said: str, checkpoint: str) -> TalentflowError:
    """What an error that ended a query means."""
    short = _short(said)
    if any(sign in said for sign in _GONE):
        return TerminalError(
            f"messages were deleted from Kafka before they landed: {short}. Have their producers send them again, and keep "
            f"messages longer (retention.ms); to go on with those that are there, delete {checkpoint}: what landed stays as it is"
        )
    if any(sign in said for sign in _OTHER_STREAM):
        return Busy(f"another stream uses {checkpoint}: let it end, then start again")
    if any(sign in said for sign in DISK_FULL):
        return StorageFull(f"the stream could not write ({short}): free space, then start again; nothing is lost")
    if "AuthenticationException" in said:
        return BadSettings(
            f"the brokers refuse the stream ({short}): correct TALENTFLOW_KAFKA_USERNAME, TALENTFLOW_KAFKA_PASSWORD, "
            "TALENTFLOW_KAFKA_SASL_MECHANISM or TALENTFLOW_KAFKA_CA_FILE, then start again; nothing is lost"
        )
    if any(sign in said for sign in _AWAY):
        return ServiceUnavailable(f"Kafka does not answer the stream ({short}): see whether its brokers run, then start again")
    return TerminalError(f"Spark's stream ended: {short}; its log says why. Nothing is lost: start again when it is mended")


def _short(said: str) -> str:
    """The cause, without the places in Java's code that it came through."""
    causes = [line for line in said.splitlines() if line.strip() and not re.match(r"\s*(at |\.\.\. |JVM stacktrace)", line)]
    cause = next((line for line in reversed(causes) if "Caused by" in line), causes[0] if causes else said)
    cause = next((line for line in causes if any(sign in line for sign in _GONE)), cause)
    return re.sub(r"\s+", " ", cause.removeprefix("Caused by: ")).strip()[:400]
