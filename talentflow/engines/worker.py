"""The processes that run batch functions: a starter that forks workers, and the workers.

The starter is a fresh interpreter (`python -m talentflow.engines.worker`) with one thread and the domain imported: a
fork of it is safe and costs milliseconds, where a fork of the caller, who has threads, is not, and a new interpreter
costs a second. It never imports the caller's `__main__`. It takes one socket at a time and forks a worker to serve it.

A worker answers each request (a pickled reference to a function, then Arrow IPC bytes) with one letter and a body:
`D` and the result's IPC bytes, `M` when memory ran out, `E` and a sentence for any other exception. It ends when its
socket closes or its starter ends; the starter ends when the caller does.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import pickle
import resource
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

import pyarrow as pa

DONE, OUT_OF_MEMORY, FAILED = b"D", b"M", b"E"
_PR_SET_PDEATHSIG = 1


def to_bytes(batch: pa.RecordBatch) -> bytes:
    """A batch and its schema as an Arrow IPC stream: of a slice, only the slice."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def from_bytes(data: bytes) -> pa.RecordBatch:
    """The batch that `to_bytes` wrote."""
    with pa.ipc.open_stream(data) as reader:
        return reader.read_next_batch()


def main(descriptor: int, memory_bytes: int) -> None:
    """Fork a worker for each socket that comes through the socket `descriptor`, until its other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as control:
        greeting, _, _, _ = socket.recv_fds(control, 1 << 20, 0)
        hello = json.loads(greeting)
        sys.path[:] = hello["path"]
        for name in hello["preload"]:
            preload(name)
        gc.freeze()
        control.sendall(b"\n")
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            if not message:
                return
            (end,) = descriptors
            if os.fork() == 0:
                control.close()
                _serve(end, memory_bytes)
            os.close(end)


def preload(name: str) -> None:
    """A fault in here costs time alone: it comes up again in the worker that runs into it, and is told from there."""
    module, _, function = name.partition(":")
    with suppress(Exception):
        imported = import_module(module)
        if function:
            getattr(imported, function)()


def _serve(descriptor: int, memory_bytes: int) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory_bytes, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection = Connection(descriptor)
    try:
        connection.send_bytes(str(os.getpid()).encode())
        while True:
            function = connection.recv_bytes()
            letter, body = _answer(function, connection.recv_bytes())
            connection.send_bytes(letter)
            connection.send_bytes(body)
    except (EOFError, OSError):
        os._exit(0)


def _answer(function: bytes, data: bytes) -> tuple[bytes, bytes]:
    try:
        return DONE, to_bytes(pickle.loads(function)(from_bytes(data)))
    except MemoryError:
        return OUT_OF_MEMORY, b""
    except BaseException as error:  # noqa: BLE001 - whatever a stage raises is the caller's to judge
        return FAILED, f"{type(error).__name__}: {error}".encode("utf-8", "replace")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
