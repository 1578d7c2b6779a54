"""A Postgres server on this machine, reached over TCP with a password, for the CV database."""

from __future__ import annotations

import os
import secrets
import signal
from pathlib import Path

from talentflow.errors import BadSettings
from talentflow.services.launch import Launch, write_private
from talentflow.services.postgres_data import DataFolder, data_folder, forget_dead_server, prepare, run

NAME = "postgres"
START_SECONDS = 60.0


def launch(folder: Path, port: int) -> Launch:
    """How to start a server on `port` with its data in `folder`; its password is made at the first start and kept.

    Raises: BadSettings, StorageFull, ServiceUnavailable.
    """
    data = data_folder(folder / "data", home=folder.parent.parent)
    password = _password(folder, data)
    forget_dead_server(data)
    said = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
    options = [part for name, value in said.items() for part in ("-c", f"{name}={value}")]
    return Launch(
        [str(data.binaries / "postgres"), "-D", str(data.folder), *options],
        f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres",
        {"cv_database_url": f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"},
        user=data.user,
        stop=signal.SIGINT,  # a fast shutdown: SIGTERM would wait until nobody is connected
        is_ready=lambda: run(data, "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)).returncode == 0,
    )


def _password(folder: Path, data: DataFolder) -> str:
    """Of the database in the folder, which is made with a new one where there is none."""
    kept = folder / "password"
    if data.folder.exists():
        prepare(data)
        try:
            return kept.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise BadSettings(f"the password of {data.folder} is not in {kept}: put it there, or move the folder away") from error
    password = secrets.token_urlsafe(24)
    write_private(kept, password)
    lent = folder / "password.lent"
    write_private(lent, password)
    try:
        if data.user:
            os.chown(lent, data.user.pw_uid, data.user.pw_gid)
        prepare(data, "--auth=scram-sha-256", f"--pwfile={lent}")
    finally:
        lent.unlink(missing_ok=True)
    return password
