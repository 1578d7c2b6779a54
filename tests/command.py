"""The command line as a user runs it: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment without a Prefect server or settings of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "TALENTFLOW_"))}
    return kept | {"TALENTFLOW_HOME": str(home)} | more


def talentflow(
    *arguments: str | Path, home: Path, check: int | None = 0, seconds: float = 280, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run `talentflow ARGUMENTS` in at most `seconds`; `check` is the exit code it must have."""
    done = subprocess.run(
        [sys.executable, "-m", "talentflow", *map(str, arguments)],
        cwd=ROOT,
        env=environment(home, **env),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if check is not None:
        assert done.returncode == check, f"exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done


def told(*arguments: str | Path, home: Path, seconds: float = 280, **env: str) -> Any:
    """What `talentflow ARGUMENTS --json` prints: one JSON value and nothing else."""
    return json.loads(talentflow(*arguments, "--json", home=home, seconds=seconds, **env).stdout)
