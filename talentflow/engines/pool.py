"""A pool of workers that may each die without harm to the others: what engines have in common.

A thread a worker hands it pieces and waits; input is read in the caller's thread, and never further ahead than the
pieces in flight, so memory stays flat however long the input is. A piece that fails as a whole is run again row by row: a
row is blamed only when it fails alone.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event
from typing import Protocol

import pyarrow as pa
import structlog

from talentflow.errors import BadSettings, DocumentCrash, DocumentError, DocumentTimeout
from talentflow.stages import Stage, failed

PATIENCE_SECONDS = 60.0
"""The most a piece of several rows may take, where `seconds_per_row` would allow more: one stuck document in a piece of
sixteen must not hold a worker for sixteen times its limit before the rows are tried apart."""

_log = structlog.get_logger(__name__)


class Failure(Exception):
    """A piece came to nothing. `cause`: time, memory, death (of the process) or fault (an exception in the stage)."""

    def __init__(self, cause: str, detail: str = "") -> None:
        super().__init__(cause, detail)
        self.cause = cause
        self.detail = detail


class Worker(Protocol):
    """A place for a process; a dead one is replaced at the next call."""

    def call(
        self, function: bytes, piece: pa.RecordBatch, seconds: float, grace: float, stopped: Callable[[], bool]
    ) -> pa.RecordBatch:
        """The pickled function's result for a piece.

        Raises: Failure, after which the process is gone if it is not to be trusted.

        Who stops it says so by `stopped` first and then kills: either comes before the start, or there is one to kill.
        """
        ...

    def kill(self) -> None:
        """End the process at once."""
        ...


class Pool:
    """Runs stages in `workers`, one piece at a time each.

    Args:
        workers: started at their first piece and kept for all stages.
        memory_bytes: what a worker may use, for the sentence that says it was too little.
        grace_seconds: added to the limit of a worker's first piece of a stage, for what it has to import and load.
    """

    def __init__(self, workers: Sequence[Worker], *, memory_bytes: int, grace_seconds: float) -> None:
        self._workers = workers
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(len(workers), thread_name_prefix="talentflow-engine")
        self._closed = Event()
        self._memory_bytes = memory_bytes
        self._grace_seconds = grace_seconds

    def close(self) -> None:
        """End the workers and the work in flight."""
        self._closed.set()
        for worker in self._workers:
            worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def run(self, stage: Stage, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """See `Engine.run`. Each result has exactly `stage.schema`. Leaving the iterator early ends the work in flight.

        Raises: BadSettings (a stage that workers cannot import), ServiceUnavailable (no process can be started).
        """
        require_importable(stage)
        call = _Run(stage, pickle.dumps(stage.run))
        ahead: deque[Future[pa.RecordBatch]] = deque()
        try:
            for piece in pieces_of(batches, stage.batch_rows):
                ahead.append(self._threads.submit(self._solve, call, piece))
                if len(ahead) > 2 * len(self._workers):
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            call.abandoned.set()
            for future in ahead:
                future.cancel()
            for worker in list(call.busy):
                worker.kill()

    def _solve(self, call: _Run, piece: pa.RecordBatch) -> pa.RecordBatch:
        worker = self._idle.get()
        call.busy.add(worker)
        try:
            try:
                return self._call(call, worker, piece)
            except Failure as failure:
                _log.warning(
                    "piece failed, trying its rows apart", stage=call.stage.name, rows=piece.num_rows, cause=failure.cause
                )
            rows = [piece.slice(n, 1) for n in range(piece.num_rows)]
            return pa.concat_batches([self._solve_row(call, worker, row) for row in rows])
        finally:
            call.busy.discard(worker)
            self._idle.put(worker)

    def _solve_row(self, call: _Run, worker: Worker, row: pa.RecordBatch) -> pa.RecordBatch:
        try:
            return self._call(call, worker, row)
        except Failure as failure:
            document_id: str = row.column("document_id")[0].as_py()
            _log.warning("document failed", stage=call.stage.name, document_id=document_id, cause=failure.cause)
            return failed(call.stage, [document_id], self._blame(call.stage, document_id, failure))

    def _call(self, call: _Run, worker: Worker, piece: pa.RecordBatch) -> pa.RecordBatch:
        stage = call.stage
        seconds = min(stage.seconds_per_row * piece.num_rows, max(stage.seconds_per_row, PATIENCE_SECONDS))

        def stopped() -> bool:
            return self._closed.is_set() or call.abandoned.is_set()

        try:
            result = worker.call(call.function, piece, seconds, self._grace_seconds, stopped)
        except Failure as failure:
            if stopped():
                raise RuntimeError(f"stage {stage.name} was stopped") from failure
            raise
        if result.num_rows != piece.num_rows or not result.schema.equals(stage.schema):
            raise Failure("fault", f"{result.num_rows} rows of {result.schema.names} for {piece.num_rows} documents")
        return result

    def _blame(self, stage: Stage, document_id: str, failure: Failure) -> DocumentError:
        match failure.cause:
            case "time":
                return DocumentTimeout(
                    f"It took longer than {stage.seconds_per_row:g} s (stage {stage.name}): document {document_id}; "
                    "simplify or split it and send it again"
                )
            case "memory":
                return DocumentCrash(
                    f"It needed more than {self._memory_bytes / 2**30:.1f} GiB of memory (stage {stage.name}): "
                    f"document {document_id}; simplify or split it and send it again"
                )
            case "death":
                return DocumentCrash(
                    f"Its process crashed (stage {stage.name}): document {document_id}; it is probably damaged: "
                    "save it anew, for example by printing it to PDF, and send it again"
                )
            case _:
                return DocumentCrash(
                    f"A fault in stage {stage.name}, {failure.detail}: document {document_id}; report it with this sentence"
                )


class _Run:
    """One call of `Pool.run`: what it runs, and which workers are at it."""

    def __init__(self, stage: Stage, function: bytes) -> None:
        self.stage = stage
        self.function = function
        self.busy: set[Worker] = set()
        self.abandoned = Event()


def require_importable(stage: Stage) -> None:
    """Raises BadSettings for a stage that workers cannot import."""
    if stage.run.__module__ == "__main__":
        raise BadSettings(f"Workers cannot import a function of the started script: stage {stage.name}; move it to a module")


def pieces_of(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows in pieces of at most `rows`; none is empty."""
    for batch in batches:
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)
