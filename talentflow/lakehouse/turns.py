"""Writers of one table on this machine take turns, whichever adapter they use.

Spark's commits on a local disk are exclusive within one JVM alone: it looks whether the next version is there and then
renames, which replaces what another process has put there meanwhile.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from talentflow.errors import WriteConflict
from talentflow.tables import Table

SECONDS = 120.0


def local_folder(uri: str) -> Path | None:
    """The folder that a path or a file URI names; None for what is elsewhere."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return Path(uri) if "://" not in uri else None


@contextmanager
def turn(root: Path, table: Table) -> Generator[None]:
    """Be the only writer of the table under `root`; the lock dies with the process. Raises: WriteConflict, OSError."""
    from filelock import FileLock, Timeout

    locks = root / ".locks"
    locks.mkdir(parents=True, exist_ok=True)
    lock = FileLock(locks / f"{table.id}.lock", timeout=SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise WriteConflict(
            f"Another process has been writing for {SECONDS:.0f} s: {table.id}; let it end, then run again"
        ) from error
    try:
        yield
    finally:
        lock.release()
