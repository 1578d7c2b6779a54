"""The local engine: a pool of processes on this machine, each of which may die without harm to the others.

A thread a worker hands it pieces and waits; input is read in the caller's thread, and never further ahead than the
pieces in flight, so memory stays flat however long the input is. A piece that fails as a whole is run again row by row: a
row is blamed only when it fails alone.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Event, Lock
from types import TracebackType
from typing import Self

import pyarrow as pa
import structlog

from talentflow.capabilities import Capabilities
from talentflow.engines.worker import DONE, OUT_OF_MEMORY, from_bytes, to_bytes
from talentflow.errors import BadSettings, DocumentCrash, DocumentError, DocumentTimeout, ServiceUnavailable
from talentflow.stages import Stage, failed

PRELOAD = ("pandas", "pypdfium2", "docx", "talentflow.stages:warm_up")
"""What every worker finds imported (pyarrow imports pandas, nearly a second, at its first conversion) or, after a colon,
called. What starts threads has no place here: workers are forks."""
PATIENCE_SECONDS = 60.0
"""The most a piece of several rows may take, where `seconds_per_row` would allow more: one stuck document in a piece of
sixteen must not hold a worker for sixteen times its limit before the rows are tried apart."""
START_SECONDS = 120.0
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""A worker has one core, and the starter must have a single thread. Arrow's own allocator reserves a gigabyte of address space at
its first use, which would count against `memory_bytes`."""

_log = structlog.get_logger(__name__)


class LocalEngine:
    """Runs stages in `workers` processes, started at the first piece and kept for all stages.

    Args:
        workers: processes, one piece at a time each.
        memory_bytes: address space of a worker beyond its start (Linux).
        grace_seconds: added to the limit of a worker's first piece of a stage, for what it has to import and load.
        preload: modules that workers find imported; after a colon a function of one, called before workers are forked.
    """

    capabilities = Capabilities(survives_restart=False)

    def __init__(self, workers: int, memory_bytes: int, *, grace_seconds: float = 30.0, preload: Sequence[str] = PRELOAD) -> None:
        self._starter = _Starter(memory_bytes, preload)
        self._workers = [_Worker(self._starter) for _ in range(workers)]
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="talentflow-engine")
        self._closed = Event()
        self._memory_bytes = memory_bytes
        self._grace_seconds = grace_seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closed.set()
        for worker in self._workers:
            worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._starter.stop()

    def run(self, stage: Stage, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """See `Engine.run`. Each result has exactly `stage.schema`. Leaving the iterator early ends the work in flight.

        Raises: BadSettings (a stage that workers cannot import), ServiceUnavailable (no process can be started).
        """
        if stage.run.__module__ == "__main__":
            raise BadSettings(f"Workers cannot import a function of the started script: stage {stage.name}; move it to a module")
        call = _Run(stage, pickle.dumps(stage.run))
        ahead: deque[Future[pa.RecordBatch]] = deque()
        try:
            for piece in _pieces(batches, stage.batch_rows):
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
            except _Failure as failure:
                _log.warning(
                    "piece failed, trying its rows apart", stage=call.stage.name, rows=piece.num_rows, cause=failure.cause
                )
            rows = [piece.slice(n, 1) for n in range(piece.num_rows)]
            return pa.concat_batches([self._solve_row(call, worker, row) for row in rows])
        finally:
            call.busy.discard(worker)
            self._idle.put(worker)

    def _solve_row(self, call: _Run, worker: _Worker, row: pa.RecordBatch) -> pa.RecordBatch:
        try:
            return self._call(call, worker, row)
        except _Failure as failure:
            document_id: str = row.column("document_id")[0].as_py()
            _log.warning("document failed", stage=call.stage.name, document_id=document_id, cause=failure.cause)
            return failed(call.stage, [document_id], self._blame(call.stage, document_id, failure))

    def _call(self, call: _Run, worker: _Worker, piece: pa.RecordBatch) -> pa.RecordBatch:
        stage = call.stage
        seconds = min(stage.seconds_per_row * piece.num_rows, max(stage.seconds_per_row, PATIENCE_SECONDS))

        def stopped() -> bool:
            return self._closed.is_set() or call.abandoned.is_set()

        try:
            result = worker.call(call.function, piece, seconds, self._grace_seconds, stopped)
        except _Failure as failure:
            if stopped():
                raise RuntimeError(f"stage {stage.name} was stopped") from failure
            raise
        if result.num_rows != piece.num_rows or not result.schema.equals(stage.schema):
            raise _Failure("fault", f"{result.num_rows} rows of {result.schema.names} for {piece.num_rows} documents")
        return result

    def _blame(self, stage: Stage, document_id: str, failure: _Failure) -> DocumentError:
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


class _Failure(Exception):
    """A piece came to nothing. `cause`: time, memory, death (of the process) or fault (an exception in the stage)."""

    def __init__(self, cause: str, detail: str = "") -> None:
        super().__init__(cause, detail)
        self.cause = cause
        self.detail = detail


class _Run:
    """One call of `LocalEngine.run`: what it runs, and which workers are at it."""

    def __init__(self, stage: Stage, function: bytes) -> None:
        self.stage = stage
        self.function = function
        self.busy: set[_Worker] = set()
        self.abandoned = Event()


class _Worker:
    """A place for a process; a dead one is replaced at the next call."""

    def __init__(self, starter: _Starter) -> None:
        self._starter = starter
        self._lock = Lock()
        self._process: tuple[int, Connection] | None = None
        self._seen: set[bytes] = set()

    def call(
        self, function: bytes, piece: pa.RecordBatch, seconds: float, grace: float, stopped: Callable[[], bool]
    ) -> pa.RecordBatch:
        """The function's result. Raises: _Failure, after which the process is gone if it is not to be trusted.

        Who stops it says so by `stopped` first and then kills: either comes before the start, or there is one to kill.
        """
        with self._lock:
            if stopped():
                raise _Failure("stopped")
            if self._process is None:
                self._process = self._starter.fork()
                self._seen = set()
            _, connection = self._process
        limit = seconds if function in self._seen else seconds + grace
        try:
            connection.send_bytes(function)
            connection.send_bytes(to_bytes(piece))
            if not connection.poll(limit):
                self._discard(connection)
                raise _Failure("time")
            letter, body = connection.recv_bytes(), connection.recv_bytes()
        except (EOFError, OSError) as error:
            self._discard(connection)
            raise _Failure("death") from error
        self._seen.add(function)
        if letter == DONE:
            return from_bytes(body)
        if letter == OUT_OF_MEMORY:
            self._discard(connection)
            raise _Failure("memory")
        raise _Failure("fault", body.decode())

    def kill(self) -> None:
        """End the process at once. The thread that waits for it learns of it from its connection's end."""
        with self._lock:
            if self._process is not None:
                try:
                    os.kill(self._process[0], signal.SIGKILL)
                except ProcessLookupError:
                    return

    def _discard(self, connection: Connection) -> None:
        self.kill()
        with self._lock:
            self._process = None
            connection.close()


class _Starter:
    """The process that forks workers: see `talentflow.engines.worker`."""

    def __init__(self, memory_bytes: int, preload: Sequence[str]) -> None:
        self._memory_bytes = memory_bytes
        self._preload = list(preload)
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def fork(self) -> tuple[int, Connection]:
        """A new worker's process id and connection; the starter is started when there is none. Raises: ServiceUnavailable."""
        with self._lock:
            for _ in range(2):
                try:
                    return self._fork(self._control or self._start())
                except (EOFError, OSError):
                    self._end()
            raise ServiceUnavailable("No worker process can be started: the engine; free memory or processes, then run again")

    def stop(self) -> None:
        with self._lock:
            self._end()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "talentflow.engines.worker", str(theirs.fileno()), str(self._memory_bytes)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=os.environ | _ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            )
        self._control = ours
        ours.settimeout(START_SECONDS)
        ours.sendall(json.dumps({"path": sys.path, "preload": self._preload}).encode())
        if not ours.recv(1):
            raise EOFError
        return ours

    def _fork(self, control: socket.socket) -> tuple[int, Connection]:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(control, [b"w"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        connection = Connection(ours.detach())
        if not connection.poll(START_SECONDS):
            connection.close()
            raise EOFError
        return int(connection.recv_bytes()), connection

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _pieces(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)
