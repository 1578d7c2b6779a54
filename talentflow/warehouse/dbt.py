"""dbt in a process of its own, because it keeps connections and takes over the logging of the process it runs in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from talentflow.errors import QualityGateFailed, StorageFull, TerminalError

DISK_FULL = ("No space left on device", "Disk quota exceeded", "File too large")
FAILED = frozenset({"error", "fail", "runtime error", "partial success"})
_SKIPPED = "skipped"
_SHOWN = 5
END_WITH_CALLER = """
import gc, os, sys, threading, time
gc.set_threshold(200_000, 50, 100)

def end_with(parent):
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)

threading.Thread(target=end_with, args=(int(sys.argv.pop(1)),), daemon=True).start()
"""
"""A dbt whose caller was killed would go on writing to what the next run begins with.

dbt makes many objects that stay: fewer looks at them by the garbage collector, and a log without every statement, saved a seventh
of a build's CPU time.
"""
_MAIN = END_WITH_CALLER + "from dbt.cli.main import cli\ncli()\n"


@dataclass(frozen=True)
class DbtCall:
    """What dbt is asked to do. `retry` goes on with the nodes that failed or were skipped in the build before, whose
    `run_results.json` is in `target_path`."""

    project_dir: Path
    target: str
    target_path: Path
    """Of the manifest, the run results and the log."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What profiles.yml reads, passwords among it."""
    command: Literal["build", "retry"] = "build"


@dataclass(frozen=True)
class NodeResult:
    """What became of a model, test or snapshot: `success`, `pass`, `warn`, `error`, `fail` or `skipped`."""

    unique_id: str
    status: str
    seconds: float = 0.0
    message: str | None = None
    failures: int | None = None
    """Rows that a test found."""


RunDbt: TypeAlias = Callable[[DbtCall], Sequence[NodeResult]]
"""`run_dbt`, or another that does the same: it leaves no connection open and raises TerminalError when dbt cannot run at all."""


def run_dbt(call: DbtCall) -> list[NodeResult]:
    """Run dbt and wait for its end; it ends when this process does.

    Returns:
        A result a node, failed ones among them: see `require_success`.

    Raises: TerminalError when dbt could not run its nodes (a project that cannot be read, no connection).
    """
    results = call.target_path / "run_results.json"
    said = results.read_bytes() if results.exists() else b""
    if call.command == "build":
        results.unlink(missing_ok=True)
    call.target_path.mkdir(parents=True, exist_ok=True)
    command, environment = command_of(call, _MAIN), environment_of(call)
    done = subprocess.run(command, cwd=call.target_path, env=environment, capture_output=True, text=True, check=False)
    ran = results.exists() and (call.command == "build" or results.read_bytes() != said)
    if done.returncode not in (0, 1) or not ran:
        raise could_not_run(call, done.returncode, done.stdout.strip() or done.stderr)
    return read_results(results)


def command_of(call: DbtCall, main: str, *first: str) -> list[str]:
    """A Python that runs `main`, which begins with `END_WITH_CALLER`, on `first` and dbt's arguments."""
    command = [sys.executable, "-P", "-c", main, str(os.getpid()), *first, "--quiet", "--no-use-colors"]
    command += ["--log-path", str(call.target_path / "logs")]
    command += [call.command, "--target", call.target, "--target-path", str(call.target_path)]
    return [*command, "--project-dir", str(call.project_dir), "--profiles-dir", str(call.project_dir)]


def environment_of(call: DbtCall) -> dict[str, str]:
    """Of the process that runs dbt. `DBT_LOG_LEVEL_FILE=debug` has its log tell every statement."""
    return {"DBT_LOG_LEVEL_FILE": "info"} | os.environ | {"DO_NOT_TRACK": "1"} | dict(call.environment)


def could_not_run(call: DbtCall, code: int, said: str) -> TerminalError:
    """The error for a dbt that ended, by a signal where `code` is negative, before it had run its nodes."""
    log = " ".join(said.split())[-2000:]
    how = f"exit code {code}" if code >= 0 else f"signal {-code}"
    if any(sign in log for sign in DISK_FULL):
        return _no_space(call)
    return TerminalError(f"dbt could not run: {how}: {log or 'it said nothing'}; mend what it names")


def read_results(path: Path) -> list[NodeResult]:
    """The nodes of a `run_results.json`."""
    return [_result(row) for row in json.loads(path.read_text(encoding="utf-8"))["results"]]


def require_success(call: DbtCall, results: Sequence[NodeResult]) -> None:
    """Raises QualityGateFailed, which names the models and tests that failed and why, or StorageFull."""
    failed = [r for r in results if r.status in FAILED]
    if not failed:
        return
    for result in failed:
        _require_space(result.message or "", call)
    named = ", ".join(r.unique_id for r in failed[:_SHOWN]) + (", …" if len(failed) > _SHOWN else "")
    why = "; ".join(f"{r.unique_id.split('.')[-1]}: {_one_line(r.message)}" for r in failed[:_SHOWN])
    skipped = sum(r.status == _SKIPPED for r in results)
    raise QualityGateFailed(
        f"{len(failed)} dbt models or tests failed ({named}), {skipped} that depend on them were not built: the published "
        f"warehouse stays as it was; mend the model or the data and run again. dbt said: {why} (log: {call.target_path / 'logs'})"
    )


def _require_space(said: str, call: DbtCall) -> None:
    if any(sign in said for sign in DISK_FULL):
        raise _no_space(call)


def _no_space(call: DbtCall) -> StorageFull:
    return StorageFull(f"The warehouse could not be built: {call.target_path.parent}: the disk is full; free space, run again")


def _result(row: Mapping[str, Any]) -> NodeResult:
    return NodeResult(
        row["unique_id"], row["status"], float(row["execution_time"]), row.get("message") or None, row.get("failures")
    )


def _one_line(message: str | None) -> str:
    return " ".join((message or "no reason given").split())[:300]
