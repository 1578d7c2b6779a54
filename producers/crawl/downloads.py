"""The crawl's side of the process that downloads: what to fetch goes in, pages come out.

Scrapy's reactor cannot be started twice in one process, and a crawl must be possible any number of times: it runs in a
process of its own. Both pipes are bounded, and no more pages are asked for than `window`: a reader that is slow holds
the download up.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from producers.crawl.asking import Asking
from producers.state import Validators
from talentflow.errors import ServiceUnavailable

_READ_BYTES = 2**20
_LENGTHS_BYTES = 8
_ENOUGH_PAGES = 32
_ENOUGH_BYTES = 8 * 2**20
_PIPE_BYTES = 2**20
_F_SETPIPE_SZ = 1031
"""Linux: a larger pipe lets the download go on while a group of pages is read."""
_STDERR_BYTES = 4000


@dataclass(frozen=True)
class Download:
    """One page as it came, or why it did not.

    Attributes:
        failed: `unreachable`, `forbidden`, `robots_unreachable`, `later`, `address`, `too_large` or `other_file`; empty for an
            answer, whatever its status.
        why: the failure in words.
    """

    url: str
    status: int = 0
    content_type: str | None = None
    validators: Validators = field(default_factory=Validators)
    location: str | None = None
    content: bytes = b""
    failed: str = ""
    why: str = ""


@dataclass(frozen=True)
class RobotsFile:
    """A robots.txt was read: the sitemaps that it names."""

    url: str
    sitemaps: list[str]


class Downloads:
    """Starts the process; close it, or open it with `with`: it is gone afterwards.

    Args:
        asking: how to ask; `source` names the crawl in messages.
    """

    def __init__(self, asking: Asking, source: str) -> None:
        self._source = source
        self._buffer = bytearray()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "producers.crawl.spider", asking.to_argument()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            start_new_session=True,  # Ctrl-C is for the one who started the crawl, and ends this one too
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input = self._process.stdin
        self._output = self._process.stdout.fileno()
        _enlarge(self._output)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what was written last went nowhere, which is meant
                    continue

    def ask(self, url: str, validators: Validators) -> None:
        """Have a page fetched. Raises ServiceUnavailable when the process has died."""
        asked = {"url": url, "etag": validators.etag, "modified": validators.last_modified}
        try:
            self._input.write(json.dumps(asked).encode() + b"\n")
            self._input.flush()
        except BrokenPipeError:
            raise self._died() from None

    def take(self, until: float) -> list[Download | RobotsFile]:
        """What has come, waiting for the first; nothing at the time `until` (monotonic). Raises ServiceUnavailable."""
        found: list[Download | RobotsFile] = []
        size = 0
        while len(found) < _ENOUGH_PAGES and size < _ENOUGH_BYTES:
            if (frame := self._frame()) is not None:
                size += len(frame[1])
                found.append(_read(*frame))
                continue
            left = max(0.0, until - time.monotonic())
            ready, _, _ = select.select([self._output], [], [], 0 if found else left)
            if not ready:
                break
            data = os.read(self._output, _READ_BYTES)
            if not data:
                raise self._died()
            self._buffer += data
        return found

    def _frame(self) -> tuple[dict[str, Any], bytes] | None:
        buffer = self._buffer
        if len(buffer) < _LENGTHS_BYTES:
            return None
        head, body = int.from_bytes(buffer[:4], "big"), int.from_bytes(buffer[4:8], "big")
        end = _LENGTHS_BYTES + head + body
        if len(buffer) < end:
            return None
        header = json.loads(buffer[_LENGTHS_BYTES : _LENGTHS_BYTES + head])
        content = bytes(memoryview(buffer)[_LENGTHS_BYTES + head : end])
        del buffer[:end]
        return header, content

    def _died(self) -> ServiceUnavailable:
        code = self._process.wait()
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - _STDERR_BYTES))
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        said = f"; it said: {lines[-1]}" if lines else ""
        return ServiceUnavailable(
            f"the crawler of {self._source} stopped (exit {code}{said}): ingest it again, it goes on where it stopped"
        )


def _read(header: dict[str, Any], content: bytes) -> Download | RobotsFile:
    if "robots_of" in header:
        return RobotsFile(header["robots_of"], header["sitemaps"])
    return Download(
        header["url"],
        header.get("status", 0),
        header.get("type"),
        Validators(header.get("etag"), header.get("modified")),
        header.get("location"),
        content,
        header.get("failed", ""),
        header.get("why", ""),
    )


def _enlarge(descriptor: int) -> None:
    if sys.platform == "linux":
        import fcntl

        try:
            fcntl.fcntl(descriptor, _F_SETPIPE_SZ, _PIPE_BYTES)
        except OSError:  # a user's pipes together have a limit: the usual size does too
            return
