"""A double of Snowflake: a process that serves fakesnow's protocol on loopback, with what fakesnow lacks and we use.

The connector, Snowpark and dbt speak to it as to Snowflake. fakesnow rewrites SQL for DuckDB; added here:

- `CREATE FUNCTION … LANGUAGE PYTHON` makes the functions of `snowpark_udfs` callable;
- schemas and tables: `CLONE`, `SWAP WITH`; `REMOVE` of staged files;
- one writer at a time in a database: a transaction holds it from its first write on, others wait for `LOCK_TIMEOUT`;
  `SHOW TRANSACTIONS`, `SYSTEM$ABORT_TRANSACTION`; a session whose client is gone keeps what it holds, as a real one does;
- faults, put in by `SnowflakeDouble.fault`: an error with Snowflake's code, before or after a statement is carried out.

    python -m tests.doubles.snowflake        # prints the port, serves until it is killed
"""

from __future__ import annotations

import json
import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
START_SECONDS = 120


@dataclass(frozen=True)
class Fault:
    """What happens to the next statements that match, instead of or after being carried out."""

    statement: str
    """A regular expression, searched in the statement without regard to case; `login` is a login."""
    code: int | None = 0
    """Snowflake's; 0 answers 503, after which the client asks again; None carries it out, only later."""
    message: str = "fault"
    sqlstate: str = "42000"
    times: int = 1
    handled: bool = False
    """The statement takes effect before its answer is lost."""
    seconds: float = 0
    """How long it takes before that."""


class SnowflakeDouble:
    """The running process, seen from a test."""

    def __init__(self, port: int) -> None:
        self.port = port

    def fault(self, fault: Fault) -> None:
        self._post("/double/faults", asdict(fault))

    def mend(self) -> None:
        """No faults any more."""
        self._post("/double/mend", {})

    def statements(self) -> list[dict[str, Any]]:
        """What was asked so far, oldest first: `sql`, `tag` (the session's query tag), `database`."""
        return self._post("/double/statements", {})

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


@contextmanager
def running() -> Iterator[SnowflakeDouble]:
    """Start the process, wait until it serves, and kill it at the end."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TALENTFLOW_", "PREFECT_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.doubles.snowflake"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        line = process.stdout.readline() if ready else ""
        assert line.strip().isdigit(), f"the Snowflake double did not start: {line!r}"
        yield SnowflakeDouble(int(line))
    finally:
        process.kill()
        process.wait()


def _end_with(parent: int) -> None:
    """A test session that was killed leaves no double behind."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main() -> None:
    import uvicorn

    from tests.doubles.snowflake_server import app

    logging.getLogger("fakesnow").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app(), log_level="error", timeout_keep_alive=60))
    print(listener.getsockname()[1], flush=True)  # noqa: T201
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
