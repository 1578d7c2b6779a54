"""Runs of every stage in a process, and what they leave."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from talentflow.lakehouse import open_lakehouse
from talentflow.settings import Settings
from talentflow.tables import OUTCOMES, TABLES
from tests.command import ROOT, environment

PASSING = {"received_at", "offset", "run_id", "milliseconds"}
"""Columns that tell of the run, not of the document."""


def run_stages(
    inputs: Path, home: Path, table: str = "-", moment: str = "before", nth: int = 1
) -> subprocess.CompletedProcess[str]:
    """Every stage in a process of its own, dying at the nth write to `table`."""
    command = [sys.executable, "-m", "tests.faults.stages_until", str(inputs), table, moment, str(nth)]
    env = environment(home, TALENTFLOW_BATCH_ROWS="10", PREFECT_LOGGING_LEVEL="CRITICAL")
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240, check=False)


def contents(home: Path) -> dict[str, list[Any]]:
    """Every table's rows, without what tells of the run."""
    lakehouse = open_lakehouse(Settings(home=home))
    found: dict[str, list[Any]] = {}
    for table in TABLES.values():
        rows = [{k: v for k, v in r.items() if k not in PASSING} for r in lakehouse.read(table).to_pylist()]
        if table is OUTCOMES:
            rows = [r for n, r in enumerate(rows) if r not in rows[:n]]
        found[table.id] = sorted(rows, key=repr)
    return found
