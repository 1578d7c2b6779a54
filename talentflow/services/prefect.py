"""A Prefect server on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

from talentflow.services.launch import Launch

NAME = "prefect"
START_SECONDS = 120.0


def server_command(port: int) -> list[str]:
    """The command of a server on `port` of this machine."""
    return [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]


def launch(folder: Path, port: int) -> Launch:
    """How to start a server on `port` with its database in `folder`."""
    environment = {"PREFECT_HOME": str(folder), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    address = f"http://127.0.0.1:{port}/api"
    return Launch(server_command(port), address, {"prefect_api_url": address}, environment)
