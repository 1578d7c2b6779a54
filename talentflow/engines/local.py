"""The local engine: a pool of processes on this machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.connection import Connection
from threading import Lock
from types import TracebackType
from typing import Self

import pyarrow as pa

from talentflow.capabilities import Capabilities
from talentflow.engines.pool import Failure, Pool
from talentflow.engines.worker import DONE, OUT_OF_MEMORY, from_bytes, to_bytes
from talentflow.errors import ServiceUnavailable
from talentflow.stages import Stage

PRELOAD = ("pandas", "pypdfium2", "docx", "talentflow.stages:warm_up")
"""What every worker finds imported (pyarrow imports pandas, nearly a second, at its first conversion) or, after a colon,
called. What starts threads has no place here: workers are forks."""
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
        places = [_Worker(self._starter) for _ in range(workers)]
        self._pool = Pool(places, memory_bytes=memory_bytes, grace_seconds=grace_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.close()
        self._starter.stop()

    def run(self, stage: Stage, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """See `Engine.run` and `Pool.run`."""
        return self._pool.run(stage, batches)


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
        """The function's result. Raises: Failure, after which the process is gone if it is not to be trusted.

        Who stops it says so by `stopped` first and then kills: either comes before the start, or there is one to kill.
        """
        with self._lock:
            if stopped():
                raise Failure("stopped")
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
                raise Failure("time")
            letter, body = connection.recv_bytes(), connection.recv_bytes()
        except (EOFError, OSError) as error:
            self._discard(connection)
            raise Failure("death") from error
        self._seen.add(function)
        if letter == DONE:
            return from_bytes(body)
        if letter == OUT_OF_MEMORY:
            self._discard(connection)
            raise Failure("memory")
        raise Failure("fault", body.decode())

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
