"""The home's lineage events: files of JSON lines that any number of processes append to, and how far they were sent.

Files are numbered; the newest is written to, and the oldest go when there are too many. Appending never leaves half a line to
readers: what a full disk cuts short is taken back, what a kill cuts short is passed over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talentflow.home import alone
from talentflow.settings import Settings

LOCK_SECONDS = 5.0
_MARK = "sent.json"


@dataclass(frozen=True)
class Line:
    """One event of the journal, and the place behind it."""

    event: dict[str, Any]
    file: str
    end: int


@dataclass(frozen=True)
class Journal:
    """See this module."""

    folder: Path
    file_bytes: int
    files: int

    @classmethod
    def of(cls, settings: Settings) -> Journal:
        return cls(settings.lineage_dir, settings.lineage_file_bytes, settings.lineage_files)

    def append(self, lines: Sequence[str]) -> int:
        """Append these lines, all or none of them.

        Returns:
            How many events were dropped with the oldest file before they were sent anywhere.

        Raises: Busy (others write for five seconds), OSError (the disk).
        """
        if not lines:
            return 0
        said = ("\n".join(lines) + "\n").encode()
        dropped = 0
        with alone(self.folder / "journal.lock", f"lineage events of {self.folder} are being written", seconds=LOCK_SECONDS):
            paths = self.paths()
            current = paths[-1] if paths else self._file(1)
            if paths and current.stat().st_size + len(said) > self.file_bytes:
                dropped = self._drop(paths[: len(paths) + 1 - self.files])
                current = self._file(_number(current) + 1)
            _write(current, said)
        return dropped

    def read(self) -> Iterator[dict[str, Any]]:
        """Every event, oldest first."""
        for path in self.paths():
            for line in _lines(path, 0):
                yield line.event

    def waiting(self) -> Iterator[Line]:
        """Events that were not sent, oldest first."""
        name, offset = self._mark()
        for path in self.paths():
            if path.name >= name:
                yield from _lines(path, offset if path.name == name else 0)

    def move_mark(self, line: Line) -> None:
        """Remember that this event, and all before it, need not be sent any more."""
        aside = self.folder / f"{_MARK}.part"
        aside.write_text(json.dumps({"file": line.file, "offset": line.end}), encoding="utf-8")
        os.replace(aside, self.folder / _MARK)

    @contextmanager
    def sending(self) -> Generator[None]:
        """Be the only one that sends. Raises Busy."""
        with alone(self.folder / "send.lock", f"lineage events of {self.folder} are being sent by another process"):
            yield

    def paths(self) -> list[Path]:
        """Files of events, oldest first."""
        return sorted(self.folder.glob("events-*.jsonl"))

    def _file(self, number: int) -> Path:
        return self.folder / f"events-{number:06}.jsonl"

    def _drop(self, old: Sequence[Path]) -> int:
        """Remove these files; returns how many of their events were not sent."""
        name, offset = self._mark()
        dropped = 0
        for path in old:
            if path.name >= name:
                dropped += sum(1 for _ in _lines(path, offset if path.name == name else 0))
            path.unlink(missing_ok=True)
        return dropped

    def _mark(self) -> tuple[str, int]:
        try:
            said = json.loads((self.folder / _MARK).read_text(encoding="utf-8"))
            return str(said["file"]), int(said["offset"])
        except (OSError, ValueError, KeyError, TypeError):
            return "", 0


def _number(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _write(path: Path, said: bytes) -> None:
    """Append whole lines, or nothing where the disk has no room for all of them."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":  # a writer was killed in the middle of its line
            said = b"\n" + said
        try:
            while said:
                said = said[os.write(descriptor, said) :]
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def _lines(path: Path, start: int) -> Iterator[Line]:
    """Whole events from a place on; a file that rotation removed meanwhile has none."""
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return
    with stream:
        stream.seek(start)
        end = start
        for raw in stream:
            end += len(raw)
            if not raw.endswith(b"\n"):
                return  # it is being written
            try:
                event = json.loads(raw)
            except ValueError:
                continue
            if isinstance(event, dict):
                yield Line(event, path.name, end)
