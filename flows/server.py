"""The local Prefect server: started beside the first work, kept while the app is served, reused by the next run."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from talentflow.errors import BadSettings, ServiceUnavailable
from talentflow.services.launch import free_port
from talentflow.services.prefect import server_command
from talentflow.settings import Settings

START_SECONDS = 120.0
_STATE = "server.json"


@dataclass
class Server:
    """A Prefect server: `process` is None for one that this process did not start."""

    url: str
    process: subprocess.Popen[bytes] | None = None

    def wait(self) -> float:
        """Wait until it is healthy; returns the seconds waited. Raises ServiceUnavailable after two minutes or when it ends."""
        started = time.monotonic()
        while not _healthy(self.url):
            if self.process is not None and self.process.poll() is not None:
                raise ServiceUnavailable(
                    "the local Prefect server ended while starting: see prefect/server.log in the home folder"
                )
            if time.monotonic() - started > START_SECONDS:
                raise ServiceUnavailable(f"no Prefect server answers at {self.url}: start it, or unset PREFECT_API_URL")
            time.sleep(0.1)
        return time.monotonic() - started

    def stop(self) -> None:
        """End the server if this process started it, after the flows' last logs have reached it."""
        if self.process is None or self.process.poll() is not None:
            return
        if "prefect" in sys.modules:
            from prefect.logging.handlers import APILogWorker

            APILogWorker.drain_all(timeout=5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def start_server(settings: Settings) -> Server:
    """Point this process at a Prefect server and return at once; call `wait` before the first flow.

    Uses `PREFECT_API_URL` when it is set; else the one of `talentflow services up prefect`; else the server that an earlier run
    left in this home; else starts one. Must run before `prefect` is imported, which reads its settings then.
    """
    if url := os.environ.get("PREFECT_API_URL"):
        return Server(url)
    home = settings.home / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(_environment(home))
    for url in (settings.prefect_api_url, _left_running(home)):
        if url and _healthy(url):
            os.environ["PREFECT_API_URL"] = url
            return Server(url)
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    process = _spawn(home, port)
    (home / _STATE).write_text(json.dumps({"url": url, "pid": process.pid}))
    os.environ["PREFECT_API_URL"] = url
    return Server(url, process)


def use_server(settings: Settings) -> str:
    """Point this process at a Prefect server that runs already; returns its address.

    It is that of PREFECT_API_URL, of `talentflow services`, or the one that this home's runs use. Must run before `prefect`
    is imported. Raises: BadSettings when none is known, ServiceUnavailable when it does not answer.
    """
    url = os.environ.get("PREFECT_API_URL") or settings.prefect_api_url
    state = settings.home / "prefect" / "server.json"
    if not url and state.exists():
        with contextlib.suppress(ValueError, KeyError):
            url = json.loads(state.read_text())["url"]
            url = url if _healthy(url) else None
    if not url:
        raise BadSettings(
            "there is no Prefect server to deploy to: start one (talentflow services up prefect, or prefect server start), "
            "or set PREFECT_API_URL to yours"
        )
    if not _healthy(url):
        raise ServiceUnavailable(f"no Prefect server answers at {url}: start it, or set PREFECT_API_URL to another")
    (settings.home / "prefect").mkdir(parents=True, exist_ok=True)
    os.environ.update(_environment(settings.home / "prefect") | {"PREFECT_API_URL": url})
    return url


def _left_running(home: Path) -> str | None:
    """The address of the server that an earlier run started in this home; it may be gone."""
    try:
        return json.loads((home / _STATE).read_text())["url"]
    except (FileNotFoundError, ValueError, KeyError):
        return None


def _environment(home: Path) -> dict[str, str]:
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": os.environ.get("PREFECT_LOGGING_LEVEL", "CRITICAL"),
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
        "PREFECT_CLI_PROMPT": "false",
        "DO_NOT_TRACK": "1",
    }


def _spawn(home: Path, port: int) -> subprocess.Popen[bytes]:
    with (home / "server.log").open("ab") as log:
        return subprocess.Popen(
            server_command(port),
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"},
        )


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError, ValueError):
        return False
