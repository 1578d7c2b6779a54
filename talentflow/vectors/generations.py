"""Generations of an index: each is a folder, written aside and published by swapping one small file.

`<root>/<generation>/` holds the files and `<root>/CURRENT` names the published one. A generation is named by the bytes
in it, so publishing the same content twice changes nothing. Whoever is killed in the middle leaves the old generation
published; the next publication clears what was left behind.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from talentflow.errors import Busy, StorageFull

T = TypeVar("T")

CURRENT = "CURRENT"
_STAGING = ".building-"
_OPENING_TRIES = 5


def current(root: Path) -> Path | None:
    """The published generation's folder; None before the first."""
    try:
        name = (root / CURRENT).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    return root / name if name else None


def read(root: Path, opened: Callable[[Path | None], T]) -> T:
    """What `opened` makes of the published generation's folder; of the next one where that was published meanwhile and its
    files are gone."""
    for tries_left in reversed(range(_OPENING_TRIES)):
        folder = current(root)
        try:
            return opened(folder)
        except (FileNotFoundError, RuntimeError):
            if not tries_left or current(root) == folder:
                raise
    raise AssertionError("the last try returns or raises")


def publish(root: Path, write: Callable[[Path], None], after: Callable[[], None] | None = None) -> Path:
    """Let `write` fill a folder, then make that folder the published generation and remove older ones.

    `after` is called at the end, while nobody else can publish.

    Readers that have an older generation open keep it; one that is just opening it finds its files gone and reads
    `CURRENT` again.

    Raises:
        Busy: someone else is publishing.
        StorageFull: no room; the old generation stays published.
    """
    from filelock import FileLock, Timeout

    root.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(root / ".lock", timeout=0):
            folder = _publish(root, write)
            if after is not None:
                after()
            return folder
    except Timeout as error:
        raise Busy(f"another run is publishing an index in {root}: wait for it to end and run again") from error


def _publish(root: Path, write: Callable[[Path], None]) -> Path:
    published = current(root)
    for left in root.glob(f"{_STAGING}*"):
        shutil.rmtree(left, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(dir=root, prefix=_STAGING))
    try:
        write(staging)
        folder = root / _content_name(staging)
        if folder.exists() and _content_name(folder) != folder.name:
            shutil.rmtree(folder)  # damaged since it was written
        if not folder.exists():
            os.replace(staging, folder)
        if folder != published:
            pointer = root / f"{_STAGING}{CURRENT}"
            pointer.write_text(folder.name, "utf-8")
            os.replace(pointer, root / CURRENT)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"no room for an index in {root}: free some space and run again") from error
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    for old in root.iterdir():
        if old.is_dir() and old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _content_name(folder: Path) -> str:
    """16 hex characters that stand for the names and bytes of all files below; each file is on disk when this returns."""
    total = sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        total.update(str(file.relative_to(folder)).encode())
        with file.open("rb") as content:
            while block := content.read(1 << 20):
                total.update(block)
            os.fsync(content.fileno())
    return total.hexdigest()[:16]
