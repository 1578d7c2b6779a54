"""Servers of the full profile on this machine: for tests, and for anyone without Docker.

Each runs detached, keeps its data under `<home>/services/<name>`, and is described by `<home>/services/<name>.json`,
where the settings find its address: what is up is used, in every process that has this home.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import structlog

from talentflow.errors import BadInput, ServiceUnavailable
from talentflow.services import kafka, postgres, prefect, redis, registry
from talentflow.services.launch import free_port, is_answered, write_private
from talentflow.settings import Settings

SERVICES: dict[str, ModuleType] = {module.NAME: module for module in (kafka, registry, redis, postgres, prefect)}
STOP_SECONDS = 20.0
RELEASE_SECONDS = 5.0

_log = structlog.get_logger(__name__)


def up(settings: Settings, names: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Start these services (all for none) and wait until they answer; one that runs is left alone.

    Returns:
        As `status`.

    Raises: BadInput (no such service), MissingTool, ServiceUnavailable.
    """
    from filelock import FileLock

    chosen = _chosen(names)
    folder = settings.home / "services"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "services.lock"):
        for name in chosen:
            if not _is_up(_described(settings, name)):
                _start(settings, name)
    return status(settings, chosen)


def down(settings: Settings, names: Iterable[str] = ()) -> list[dict[str, Any]]:
    """End these services (all for none); their data stays. Raises BadInput."""
    chosen = _chosen(names)
    for name in chosen:
        described = _described(settings, name)
        if _is_ours(described):
            _end(described["pid"], described.get("stop", signal.SIGTERM))
        _file(settings, name).unlink(missing_ok=True)
    return status(settings, chosen)


def status(settings: Settings, names: Iterable[str] = ()) -> list[dict[str, Any]]:
    """`name`, `up`, `address`, `pid`, `log` and `settings` of these services (all for none). Raises BadInput.

    Passwords are blanked: they are in the service's file, which only its owner can read.
    """
    told: list[dict[str, Any]] = []
    for name in _chosen(names):
        described = _described(settings, name)
        running = _is_up(described)
        told.append(
            {
                "name": name,
                "up": running,
                "address": _blanked(described.get("address", "")) if running else None,
                "pid": described.get("pid") if running else None,
                "log": str(_log_file(settings, name)),
                "settings": {k: _blanked(v) for k, v in described.get("settings", {}).items()} if running else {},
            }
        )
    return told


def _chosen(names: Iterable[str]) -> list[str]:
    chosen = list(dict.fromkeys(names)) or list(SERVICES)
    if unknown := [n for n in chosen if n not in SERVICES]:
        raise BadInput(f"there is no service {', '.join(unknown)}: choose among {', '.join(SERVICES)}")
    return chosen


def _start(settings: Settings, name: str) -> None:
    service = SERVICES[name]
    folder = settings.home / "services" / name
    folder.mkdir(parents=True, exist_ok=True)
    port = _port(_described(settings, name))
    launch = service.launch(folder, port)
    with _log_file(settings, name).open("ab") as log:
        process = subprocess.Popen(
            launch.command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=os.environ | launch.environment,
            user=launch.user.pw_uid if launch.user else None,
            group=launch.user.pw_gid if launch.user else None,
            extra_groups=[] if launch.user else None,
        )
    described = {
        "pid": process.pid,
        "created": _created(process.pid),
        "port": port,
        "stop": int(launch.stop),
        "address": launch.address,
        "settings": launch.settings,
    }
    path = _file(settings, name)
    write_private(path, json.dumps(described))
    deadline = time.monotonic() + service.START_SECONDS
    while not (is_answered(port) and launch.is_ready()):
        if process.poll() is not None or time.monotonic() > deadline:
            _end(process.pid, launch.stop)
            path.unlink()
            raise ServiceUnavailable(f"{name} did not start: see {_log_file(settings, name)}, mend that and start it again")
        time.sleep(0.05)
    _log.info("service started", name=name, address=_blanked(launch.address), pid=process.pid)


def _port(described: dict[str, Any]) -> int:
    """That of a server that was killed, whose clients know it; the threads of a large process hold it for a moment longer."""
    before: int | None = described.get("port")
    deadline = time.monotonic() + RELEASE_SECONDS
    while before and is_answered(before):
        if time.monotonic() > deadline:
            return free_port()
        time.sleep(0.05)
    return before or free_port()


def _end(pid: int, stop: int) -> None:
    """Ask the process group to end, then make it. A child of this process is reaped."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, stop)
    deadline = time.monotonic() + STOP_SECONDS
    while _is_alive(pid):
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            return
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    import psutil

    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _created(pid: int) -> float:
    import psutil

    return psutil.Process(pid).create_time()


def _is_ours(described: dict[str, Any]) -> bool:
    """The process that was started then, not another that got its number."""
    import psutil

    try:
        return _is_alive(described["pid"]) and abs(psutil.Process(described["pid"]).create_time() - described["created"]) < 1
    except (KeyError, psutil.NoSuchProcess):
        return False


def _is_up(described: dict[str, Any]) -> bool:
    return _is_ours(described) and is_answered(described["port"])


def _described(settings: Settings, name: str) -> dict[str, Any]:
    try:
        return json.loads(_file(settings, name).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def _blanked(address: str) -> str:
    """An address without its password."""
    try:
        password = urlsplit(address).password
    except ValueError:
        return address
    return address.replace(f":{password}@", ":***@") if password else address


def _file(settings: Settings, name: str) -> Path:
    return settings.home / "services" / f"{name}.json"


def _log_file(settings: Settings, name: str) -> Path:
    return settings.home / "services" / f"{name}.log"
