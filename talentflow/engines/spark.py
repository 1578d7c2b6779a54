"""The Spark engine: stages in the tasks of a Spark session, on this machine, a cluster, or through Spark Connect.

Every Python worker of Spark keeps a local engine of one process, and hands its rows to that. A document that kills its
process, hangs or hoards kills that process and never a Spark task, and is found and told as by the other engines.
"""

from __future__ import annotations

import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from threading import Event, Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import uuid4

import pyarrow as pa

from talentflow.capabilities import Capabilities
from talentflow.engines.local import PRELOAD, LocalEngine
from talentflow.engines.pool import pieces_of, require_importable
from talentflow.engines.worker import from_bytes, to_bytes
from talentflow.errors import ServiceUnavailable
from talentflow.stages import Stage

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

JOB_BYTES = 16 * 2**20
"""A job takes no further piece beyond this, and a larger piece is cut: it travels to its task as part of a message."""
_ATTEMPTS = 3
_INTERRUPT_SECONDS = 0.2
_WORK = "place long, piece binary"
Shipped = tuple[tuple[str, ...], bytes]
"""Where a stage's modules may be, beside the Python worker's own path, and the pickled stage."""


@dataclass(frozen=True)
class Containment:
    """How a Python worker of Spark runs a stage: see `LocalEngine` for the first three.

    `idle_seconds`: after so long without work the process ends; it also ends with its Python worker.
    """

    memory_bytes: int
    grace_seconds: float = 30.0
    preload: tuple[str, ...] = PRELOAD
    idle_seconds: float = 60.0


class SparkEngine:
    """Runs stages as jobs of a few pieces each, one task a job and `workers` at a time.

    Args:
        open_session: called at the first piece; the session is not ended with the engine, others may use it.
        workers: Spark's task slots.
        memory_bytes: address space of a stage's process beyond its start (Linux).
        grace_seconds: added to the limit of a process's first piece of a stage, for what it has to import and load.
        preload: see `LocalEngine`.
        idle_seconds: processes end after so long without work. Spark gives no way to reach an idle worker: this, or the
            session's end, is when an engine's last processes go.
        pieces_per_job: the most; more cost less overhead (about 60 ms a job), and come later.
    """

    capabilities = Capabilities(survives_restart=False)

    def __init__(
        self,
        open_session: Callable[[], SparkSession],
        workers: int,
        memory_bytes: int,
        *,
        grace_seconds: float = 30.0,
        preload: Sequence[str] = PRELOAD,
        idle_seconds: float = 60.0,
        pieces_per_job: int = 4,
    ) -> None:
        self._open = open_session
        self._workers = workers
        self._containment = Containment(memory_bytes, grace_seconds, tuple(preload), idle_seconds)
        self._pieces_per_job = pieces_per_job
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="talentflow-engine")
        self._lock = Lock()
        self._session: SparkSession | None = None
        self._calls: set[_Call] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for call in list(self._calls):
            self._abandon(call)
        self._threads.shutdown(wait=True, cancel_futures=True)

    def run(self, stage: Stage, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """See `Engine.run`. Each result has exactly `stage.schema`. Leaving the iterator early ends the work in flight.

        Raises: BadSettings (a stage that workers cannot import), ServiceUnavailable (Spark does not start, or loses its tasks).
        """
        require_importable(stage)
        call = _Call(stage)
        self._calls.add(call)
        try:
            for job in _jobs(pieces_of(batches, stage.batch_rows), self._workers, self._pieces_per_job):
                call.ahead.append(self._threads.submit(self._job, call, job))
                if len(call.ahead) > 2 * self._workers:
                    yield from call.oldest()
            while call.ahead:
                yield from call.oldest()
        finally:
            self._abandon(call)
            self._calls.discard(call)

    def _job(self, call: _Call, pieces: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
        table = pa.table({"place": range(len(pieces)), "piece": pa.array(map(to_bytes, pieces), pa.binary())})
        session = self._started()
        work = partial(_work, self._containment, _shipped(call.stage))
        for attempt in range(1, _ATTEMPTS + 1):
            if call.abandoned.is_set():
                break
            _tagged(session, call.tag)
            try:
                done = session.createDataFrame(table).coalesce(1).mapInArrow(work, _WORK).toArrow().sort_by("place")
                return [from_bytes(result) for result in done["piece"].to_pylist()]
            except spark_errors() as error:
                if attempt == _ATTEMPTS and not call.abandoned.is_set():
                    raise ServiceUnavailable(
                        f"Spark lost its task {_ATTEMPTS} times: stage {call.stage.name}: {str(error)[:500]}; see its log"
                    ) from error
            finally:
                _tagged(session, call.tag, end=True)
        raise RuntimeError(f"stage {call.stage.name} was stopped")

    def _started(self) -> SparkSession:
        with self._lock:
            if self._session is None:
                self._session = self._open()
            return self._session

    def _abandon(self, call: _Call) -> None:
        """Interrupt until all have ended: a job may not have come to Spark yet when it is first interrupted."""
        call.abandoned.set()
        running = [future for future in call.ahead if not future.cancel()]
        while running:
            if self._session is not None:
                _interrupt(self._session, call.tag)
            running = list(wait(running, timeout=_INTERRUPT_SECONDS).not_done)


class _Call:
    """One call of `SparkEngine.run`: what it runs, its jobs in input order, and their tag."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.tag = f"talentflow-{stage.name}-{uuid4().hex}"
        self.ahead: deque[Future[list[pa.RecordBatch]]] = deque()
        self.abandoned = Event()

    def oldest(self) -> list[pa.RecordBatch]:
        """The results of the oldest job, which is waited for."""
        results = self.ahead[0].result()
        self.ahead.popleft()
        return results


def run_stage_on(frame: DataFrame, stage: Stage, containment: Containment, *, keep: Sequence[str] = ()) -> DataFrame:
    """The stage's results for a frame of its input rows, with the columns to `keep` before them; one row a row.

    A task holds some pieces at a time, whatever its partition's size.
    """
    from pyspark.sql.types import StructType

    schema = StructType([frame.schema[name] for name in keep] + spark_schema(stage.schema).fields)
    return frame.mapInArrow(partial(_beside, containment, _shipped(stage), tuple(keep)), schema)


def spark_errors() -> tuple[type[Exception], ...]:
    """What Spark raises, of its own and through its gateway; the client of Spark Connect comes without the latter."""
    from pyspark.errors import PySparkException

    try:
        from py4j.protocol import Py4JError
    except ImportError:
        return (PySparkException,)
    return PySparkException, Py4JError


def spark_schema(schema: pa.Schema) -> StructType:
    """The same columns as Spark declares them."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


def _tagged(session: SparkSession, tag: str, *, end: bool = False) -> None:
    """Tag this thread's jobs. A classic session's own tags do not reach the thread that serves `toArrow`; its context's do."""
    if _is_connect(session):
        (session.removeTag if end else session.addTag)(tag)
    else:
        (session.sparkContext.removeJobTag if end else session.sparkContext.addJobTag)(tag)


def _interrupt(session: SparkSession, tag: str) -> None:
    if _is_connect(session):
        session.interruptTag(tag)
    else:
        session.sparkContext.cancelJobsWithTag(tag)


def _is_connect(session: SparkSession) -> bool:
    return getattr(session, "_jvm", None) is None


def _shipped(stage: Stage) -> Shipped:
    return tuple(p for p in sys.path if p), pickle.dumps(stage)


def _work(containment: Containment, stage: Shipped, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """In a Python worker of Spark: rows that each hold a piece as an Arrow stream, to rows that hold its result."""
    places: deque[int] = deque()

    def pieces() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for place, piece in zip(batch["place"].to_pylist(), batch["piece"].to_pylist(), strict=True):
                places.append(place)
                yield from_bytes(piece)

    for result in _contained(containment, stage, lambda _: pieces()):
        yield pa.record_batch({"place": [places.popleft()], "piece": pa.array([to_bytes(result)], pa.binary())})


def _beside(
    containment: Containment, stage: Shipped, keep: tuple[str, ...], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """In a Python worker of Spark: the stage's rows to its results, beside the columns to keep."""
    kept: deque[pa.RecordBatch] = deque()

    def pieces(stage: Stage) -> Iterator[pa.RecordBatch]:
        for piece in pieces_of(batches, stage.batch_rows):
            kept.append(piece.select(list(keep)))
            yield piece

    for result in _contained(containment, stage, pieces):
        beside = kept.popleft()
        yield pa.RecordBatch.from_arrays([*beside.columns, *result.columns], schema=pa.schema([*beside.schema, *result.schema]))


def _contained(
    containment: Containment, stage: Shipped, pieces: Callable[[Stage], Iterator[pa.RecordBatch]]
) -> Iterator[pa.RecordBatch]:
    """Results of pieces of at most `stage.batch_rows` rows, one each, from the process that this Python worker keeps."""
    path, pickled = stage
    sys.path[:] = list(dict.fromkeys([*sys.path, *path]))
    loaded: Stage = pickle.loads(pickled)
    return _kept.setdefault(containment, _Kept(containment)).run(loaded, pieces(loaded))


class _Kept:
    """A local engine of one process that ends when it was not used for a while."""

    def __init__(self, containment: Containment) -> None:
        self._containment = containment
        self._lock = Lock()
        self._engine: LocalEngine | None = None
        self._runs = 0
        self._timer: Timer | None = None

    def run(self, stage: Stage, pieces: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._take().run(stage, pieces)
        finally:
            self._leave()

    def _take(self) -> LocalEngine:
        how = self._containment
        with self._lock:
            self._runs += 1
            if self._timer is not None:
                self._timer.cancel()
            if self._engine is None:
                self._engine = LocalEngine(1, how.memory_bytes, grace_seconds=how.grace_seconds, preload=how.preload)
            return self._engine

    def _leave(self) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs == 0:
                self._timer = Timer(self._containment.idle_seconds, self._end)
                self._timer.daemon = True
                self._timer.start()

    def _end(self) -> None:
        with self._lock:
            if self._runs == 0 and self._engine is not None:
                self._engine.__exit__(None, None, None)
                self._engine = None


_kept: dict[Containment, _Kept] = {}
"""Of this Python worker, which Spark uses again for later tasks."""


def _jobs(pieces: Iterable[pa.RecordBatch], workers: int, most: int) -> Iterator[list[pa.RecordBatch]]:
    """A piece each for the first workers, then more and more: a short input is spread over all, a long one costs few jobs."""
    job: list[pa.RecordBatch] = []
    done = 0
    for piece in pieces:
        for part in _small(piece):
            if job and sum(p.nbytes for p in job) + part.nbytes > JOB_BYTES:
                yield job
                job, done = [], done + 1
            job.append(part)
            if len(job) >= min(most, 1 + done // workers):
                yield job
                job, done = [], done + 1
    if job:
        yield job


def _small(piece: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    if piece.nbytes <= JOB_BYTES or piece.num_rows == 1:
        yield piece
        return
    half = piece.num_rows // 2
    yield from _small(piece.slice(0, half))
    yield from _small(piece.slice(half))
