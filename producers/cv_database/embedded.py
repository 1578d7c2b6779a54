"""The embedded Postgres: a server on `<home>/postgres`, reached by a Unix socket that only its owner may open.

The first process that needs it starts it, detached, so that Ctrl-C in a terminal does not end it under the others; the
last one to leave stops it. A user is a shared lock, which the kernel drops with its process: one that was killed is not
counted, and the server that it left running is taken over by the next and stopped with it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import signal
import tempfile
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from talentflow.errors import ServiceUnavailable
from talentflow.home import alone
from talentflow.services.postgres_data import (
    START_SECONDS,
    DataFolder,
    data_folder,
    forget_dead_server,
    pid_of,
    prepare,
    run,
    unavailable,
)
from talentflow.settings import Settings

FOLDER = "postgres"
STOP_SECONDS = 30.0
_SOCKET_PATH_BYTES = 100
"""Unix socket paths are limited to 104 (macOS) or 108 (Linux) bytes."""
_SOCKET = ".s.PGSQL.5432"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Server:
    """Where the server's data are, and the folder of its socket."""

    data: DataFolder
    sockets: Path

    @property
    def parameters(self) -> dict[str, str]:
        return {"host": str(self.sockets), "user": "postgres", "dbname": "postgres"}


@contextmanager
def embedded_server(settings: Settings) -> Generator[dict[str, str]]:
    """Connection parameters of the home's own Postgres, which runs at least as long as the block.

    Raises: ServiceUnavailable (it does not start), Busy (another process keeps starting it), StorageFull, BadSettings (root
    cannot make a user for it; the data are of another version).
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    data = data_folder(settings.home / FOLDER, home=settings.home)
    server = _Server(data, _socket_folder(data.folder, data.user))
    users = os.open(settings.home / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with _alone(settings.home):
            fcntl.flock(users, fcntl.LOCK_SH)
            _start(server)
        yield server.parameters
    finally:
        with _alone(settings.home), suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _stop(server)
        os.close(users)


def is_initialised(settings: Settings) -> bool:
    """Whether the home has an embedded database."""
    return (settings.home / FOLDER).is_dir()


def _alone(home: Path) -> AbstractContextManager[None]:
    """One process at a time starts or stops the server."""
    busy = f"another process is starting or stopping the Postgres of {home}: wait for it and try again"
    return alone(home / "postgres.lock", busy, seconds=2 * START_SECONDS)


def _socket_folder(folder: Path, user: pwd.struct_passwd | None) -> Path:
    """The data folder itself; for one with a long path a private folder in the temporary one."""
    if len(os.fsencode(folder / _SOCKET)) <= _SOCKET_PATH_BYTES:
        return folder
    owner = user.pw_uid if user else os.getuid()
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"talentflow-postgres-{owner}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    if user and short.stat().st_uid == 0:
        os.chown(short, user.pw_uid, user.pw_gid)
    if short.is_symlink() or short.stat().st_uid != owner:
        raise ServiceUnavailable(f"{short} belongs to someone else: remove it, or choose a TALENTFLOW_HOME with a shorter path")
    return short


def _start(server: _Server) -> None:
    if _answers(server):
        return
    data = server.data
    # peer authentication would refuse root, who starts the server as another user; the socket's mode guards it instead
    prepare(data, "--auth=trust")
    forget_dead_server(data)
    if pid_of(data) is None:
        for path in (server.sockets / _SOCKET, server.sockets / f"{_SOCKET}.lock"):
            path.unlink(missing_ok=True)
    options = f"-c listen_addresses= -c unix_socket_directories='{server.sockets}' -c unix_socket_permissions=0700"
    started = run(data, "pg_ctl", "start", "-W", "-D", data.folder, "-l", data.folder / "log", "-o", options)
    deadline = time.monotonic() + START_SECONDS
    while not _answers(server):
        if started.returncode != 0 or time.monotonic() > deadline or _has_ended(data):
            raise ServiceUnavailable(unavailable(data, f"pg_ctl ended with code {started.returncode}"))
        time.sleep(0.02)


def _has_ended(data: DataFolder) -> bool:
    """Whether the server that was started runs no more: no pid file for longer than it takes to write one."""
    for _ in range(50):
        if pid_of(data) is not None:
            return False
        time.sleep(0.02)
    return True


def _stop(server: _Server) -> None:
    """A fast shutdown: sessions end, what was committed is kept."""
    pid = pid_of(server.data)
    if pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_SECONDS
    while pid_of(server.data) is not None:
        if time.monotonic() > deadline:
            log.warning("the embedded Postgres is slow to stop; it goes on stopping by itself", pid=pid)
            return
        time.sleep(0.01)


def _answers(server: _Server) -> bool:
    import psycopg

    try:
        psycopg.connect(**server.parameters, connect_timeout=5).close()  # pyright: ignore[reportArgumentType]
    except psycopg.OperationalError:
        return False
    return True
