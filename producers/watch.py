"""Watched folders: which files are complete, which have gone, a burst of them at a time.

Events only say where to look. A file is complete when its size and time of change have stayed the same for a moment, or
are older than that when it is first seen, as those of a file that was moved in are.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import structlog
from watchfiles import watch

from producers.files import Unreadable, left_out, walk
from talentflow.errors import BadInput, ServiceUnavailable

log = structlog.get_logger(__name__)

SETTLED_SECONDS = 0.4
"""For how long a file must stay as it is."""
EMPTY_SECONDS = 5.0
"""For how long an empty one must: whoever made it may still be about to write."""
PATIENCE_SECONDS = 3.0
"""How long complete files wait for others that are still being written, so that a burst is one batch."""
RESCAN_SECONDS = 60.0
"""Between looks at the whole folders, for events that were lost."""
_STEP_MS = 100
_POLL_MS = 500
_TEMPORARY = (
    ".part",
    ".partial",
    ".crdownload",
    ".download",
    ".tmp",
    ".temp",
    ".swp",
    ".swx",
    ".filepart",
    ".opdownload",
    ".!ut",
)

_Stamp = tuple[int, int, int]
"""Size, time of change, inode."""


@dataclass
class Batch:
    """Files that are new or changed and complete, and files that have gone, in order.

    Whoever could not take it sets `again`: its files then come again at the next look at the folders.
    """

    files: list[Path] = field(default_factory=list[Path])
    gone: list[Path] = field(default_factory=list[Path])
    again: bool = False


@dataclass
class _Waiting:
    stamp: _Stamp
    since: float


class Arrivals:
    """What is known of the files of some folders. Tell it where something happened, then ask what is ready.

    Args:
        clock: seconds that only go forward, for how long a file has stayed as it is.
        now: seconds since 1970, to compare with files' times of change.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._folders = folders
        self._clock = clock
        self._now = now
        self._known: dict[Path, _Stamp] = {}
        self._waiting: dict[Path, _Waiting] = {}
        self._gone: set[Path] = set()
        self._ready_since: float | None = None

    def rescan(self) -> None:
        """Look at every file of the folders. Those that were known and are not there any more have gone."""
        found: set[Path] = set()
        for folder in self._folders:
            if not folder.is_dir():
                # a share that is not mounted at the moment: nothing of it has gone
                found |= {p for p in self._known if p.is_relative_to(folder)}
                continue
            for item in walk(folder):
                if not isinstance(item, Unreadable) and not is_temporary(item.name):
                    found.add(item)
                    self._look(item)
        for path in (self._known.keys() | self._waiting.keys()) - found:
            self._lost(path)

    def notice(self, paths: Iterable[Path]) -> None:
        """Something happened at these paths: files, or folders that came or went."""
        for path in paths:
            inside = _inside(path, self._folders)
            if inside is None or any(left_out(p) or is_temporary(p) for p in inside):
                continue
            if path.is_dir():
                for item in walk(path):
                    if not isinstance(item, Unreadable) and not is_temporary(item.name):
                        self._look(item)
            elif os.path.lexists(path):
                self._look(path)
            elif all(f.is_dir() for f in self._folders):
                for known in [p for p in (*self._known, *self._waiting) if p == path or p.is_relative_to(path)]:
                    self._lost(known)

    def forget(self, paths: Iterable[Path]) -> None:
        """These files count as new at the next look."""
        for path in paths:
            self._known.pop(path, None)

    def ready(self) -> Batch | None:
        """What to take now; None while there is nothing, or while more of the same burst is being written."""
        complete = [path for path in list(self._waiting) if self._is_complete(path)]
        gone = sorted(self._gone)
        if not complete and not gone:
            self._ready_since = None
            return None
        started = self._ready_since if self._ready_since is not None else self._clock()
        if len(complete) < len(self._waiting) and self._clock() - started < PATIENCE_SECONDS:
            self._ready_since = started
            return None
        for path in complete:
            self._known[path] = self._waiting.pop(path).stamp
        self._gone.clear()
        self._ready_since = None
        return Batch(sorted(complete), gone)

    def _look(self, path: Path) -> None:
        stamp = _stamp(path)
        if stamp is None:
            return
        self._gone.discard(path)
        held = self._waiting.get(path)
        if held is not None:
            if held.stamp != stamp:
                self._waiting[path] = _Waiting(stamp, self._clock())
        elif self._known.get(path) != stamp:
            old = stamp[0] > 0 and 0 < self._now() - stamp[1] / 1e9 > SETTLED_SECONDS
            self._waiting[path] = _Waiting(stamp, self._clock() - (SETTLED_SECONDS if old else 0.0))

    def _is_complete(self, path: Path) -> bool:
        """Whether it has stayed as it is; looked at anew, since an event for its last bytes may be on its way."""
        held = self._waiting[path]
        stamp = _stamp(path)
        if stamp is None:
            self._lost(path)
            return False
        if stamp != held.stamp:
            self._waiting[path] = _Waiting(stamp, self._clock())
            return False
        return self._clock() - held.since >= (SETTLED_SECONDS if stamp[0] else EMPTY_SECONDS)

    def _lost(self, path: Path) -> None:
        self._waiting.pop(path, None)
        if self._known.pop(path, None) is not None:
            self._gone.add(path)


def is_temporary(name: str) -> bool:
    """Names that programs give to what they are still writing."""
    folded = name.casefold()
    return folded.endswith(_TEMPORARY) or folded.endswith("~") or folded.startswith((".", "~$", "#"))


def _inside(path: Path, folders: Sequence[Path]) -> tuple[str, ...] | None:
    """The parts of a path below the watched folder that it is in."""
    for folder in folders:
        if path.is_relative_to(folder):
            return path.relative_to(folder).parts
    return None


def _stamp(path: Path) -> _Stamp | None:
    """None for what is no regular file; those of a folder are looked at one by one."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def batches(folders: Sequence[Path], *, poll: bool, stop: Event, ready: Callable[[], None]) -> Iterator[Batch]:
    """Batches of files, first those that are there already; ends when `stop` is set.

    Args:
        folders: absolute paths.
        poll: look at the files again and again instead of being told, for network folders that tell nothing.
        ready: called once, when nothing that comes from now on is missed.

    Raises: BadInput for what is no folder; ServiceUnavailable when the system can watch no more folders.
    """
    for folder in folders:
        if not folder.is_dir():
            raise BadInput(f"{folder} is no folder: give a folder that exists")
    arrivals = Arrivals(folders)
    rescanned = time.monotonic()
    first = True
    try:
        for changes in watch(
            *folders,
            watch_filter=None,
            debounce=4 * _STEP_MS,
            step=_STEP_MS // 2,
            rust_timeout=_STEP_MS,
            yield_on_timeout=True,
            stop_event=stop,
            force_polling=poll or None,
            poll_delay_ms=_POLL_MS,
            ignore_permission_denied=True,
        ):
            # watched first and looked at after that, so that nothing falls in between
            if first or time.monotonic() - rescanned > RESCAN_SECONDS:
                arrivals.rescan()
                if first:
                    ready()
                rescanned, first = time.monotonic(), False
            arrivals.notice(Path(path) for path in sorted({path for _, path in changes}))
            if (batch := arrivals.ready()) is not None:
                yield batch
                if batch.again:
                    arrivals.forget(batch.files)
    except (OSError, RuntimeError) as error:
        raise ServiceUnavailable(
            f"{', '.join(map(str, folders))} cannot be watched ({error}): use --poll, or let the system watch more folders "
            "(fs.inotify.max_user_watches)"
        ) from error
