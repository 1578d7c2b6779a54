"""The home folder: one writer at a time."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from threading import Event

from filelock import FileLock, Timeout

from talentflow.errors import Busy, StorageFull
from talentflow.settings import Settings

LEAST_FREE_BYTES = 64 * 2**20
"""A run, and the Prefect server beside it, cannot start with less."""
_LOOK_SECONDS = 0.2


def require_space(settings: Settings) -> None:
    """Raises StorageFull when the home's disk has no room for a run to start."""
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free
    if free < LEAST_FREE_BYTES:
        raise StorageFull(
            f"the disk of {settings.home} is full ({free / 2**20:.0f} MiB free, {LEAST_FREE_BYTES / 2**20:.0f} are needed): "
            "make room and run again, nothing is lost"
        )


@contextmanager
def full_disk_is_said(settings: Settings) -> Generator[None]:
    """A library's own error for a full disk becomes StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StorageFull(f"the disk of {settings.home} is full: make room and run again, nothing is lost") from error


@contextmanager
def hold(settings: Settings) -> Generator[None]:
    """Be the only run that writes to this home; the lock ends with the process. Raises Busy when another run holds it."""
    settings.home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.home / "run.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Busy(f"another run is writing to {settings.home}: wait for it to end, or choose another TALENTFLOW_HOME") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def hold_stream(settings: Settings) -> Generator[None]:
    """Be the only one that lands this home's messages as a stream, with Spark or without end; runs go on beside it, between
    its micro-batches. Raises Busy."""
    settings.home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.home / "stream.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Busy(
            f"another stream lands the messages of {settings.home}: let it go on alone, or choose another TALENTFLOW_HOME"
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def hold_when_free(settings: Settings, stop: Event) -> Generator[None]:
    """`hold`, as soon as no other run writes to this home. Raises Busy when `stop` is set before that."""
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(hold(settings))
                break
            except Busy:
                if stop.wait(_LOOK_SECONDS):
                    raise
        yield
