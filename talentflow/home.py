"""The home folder: one writer at a time."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from talentflow.errors import Busy
from talentflow.settings import Settings


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
