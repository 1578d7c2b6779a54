"""Where uploads lie while they are read: a private folder that is emptied all the time and removed in the end."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

KEPT_SECONDS = 90.0
"""Longer than an upload waits for its turn."""
_EVERY_SECONDS = 20.0


@contextmanager
def upload_folder() -> Generator[Path]:
    """A folder that only this user can read; files in it are deleted within two minutes, the folder at the end."""
    ended = Event()
    with tempfile.TemporaryDirectory(prefix="talentflow-ui-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        sweeper = Thread(target=_keep_empty, args=(folder, ended), name="uploads", daemon=True)
        sweeper.start()
        try:
            yield folder
        finally:
            ended.set()
            sweeper.join()


def _keep_empty(folder: Path, ended: Event) -> None:
    while not ended.wait(_EVERY_SECONDS):
        sweep(folder, time.time() - KEPT_SECONDS)


def sweep(folder: Path, before: float) -> int:
    """Delete the files below `folder` last written before that time (seconds since the epoch); returns how many."""
    old = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
