"""The home folder: one writer at a time."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import TypeVar

from filelock import FileLock, Timeout

from talentflow.errors import Busy, StorageFull
from talentflow.settings import Settings

T = TypeVar("T")

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
def alone(lock_file: Path, busy: str, *, seconds: float = 0) -> Generator[None]:
    """Be the only one that holds this lock, which ends with the process. Raises Busy, which says `busy`, when another has held
    it for `seconds`."""
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_file)
    try:
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise Busy(busy) from error
    try:
        yield
    finally:
        lock.release()


def hold(settings: Settings) -> AbstractContextManager[None]:
    """Be the only run that writes to this home; the lock ends with the process. Raises Busy when another run holds it."""
    busy = f"another run is writing to {settings.home}: wait for it to end, or choose another TALENTFLOW_HOME"
    return alone(settings.home / "run.lock", busy)


def hold_stream(settings: Settings) -> AbstractContextManager[None]:
    """Be the only one that lands this home's messages as a stream, with Spark or without end; runs go on beside it, between
    its micro-batches. Raises Busy."""
    busy = f"another stream lands the messages of {settings.home}: let it go on alone, or choose another TALENTFLOW_HOME"
    return alone(settings.home / "stream.lock", busy)


def hold_watch(settings: Settings) -> AbstractContextManager[None]:
    """Be the only watch of this home; runs and ingests go on beside it. Raises Busy."""
    busy = f"another watch keeps {settings.home} up to date: give it all folders at once, or choose another TALENTFLOW_HOME"
    return alone(settings.home / "watch.lock", busy)


def hold_when_free(settings: Settings, stop: Event) -> AbstractContextManager[None]:
    """`hold`, as soon as no other run writes to this home. Raises Busy when `stop` is set before that."""
    return when_free(lambda: hold(settings), stop)


@contextmanager
def when_free(
    opening: Callable[[], AbstractContextManager[T]], stop: Event, waiting: Callable[[Busy], None] = lambda _: None
) -> Generator[T]:
    """What `opening` opens, as soon as it is not Busy any more; `waiting` is told once. Raises Busy when `stop` is set before."""
    with ExitStack() as stack:
        is_told = False
        while True:
            try:
                opened = stack.enter_context(opening())
                break
            except Busy as error:
                if not is_told:
                    waiting(error)
                is_told = True
                if stop.wait(_LOOK_SECONDS):
                    raise
        yield opened
