"""kill -9 at any write of any stage, then another run: nothing lost, nothing twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from talentflow.lakehouse import open_lakehouse
from talentflow.settings import Settings
from talentflow.tables import OUTCOMES, TABLES
from tests.command import ROOT, environment, talentflow

pytestmark = pytest.mark.slow

PASSING = {"received_at", "offset", "run_id", "milliseconds"}
"""Columns that tell of the run, not of the document."""

WRITES = [
    ("ops.outcomes", "before", 1),
    ("bronze.quarantine", "after", 1),
    ("bronze.documents", "before", 2),
    ("bronze.documents", "after", 1),
    ("silver.texts", "before", 2),
    ("silver.texts", "after", 1),
    ("silver.classifications", "after", 2),
    ("silver.job_offers", "after", 1),
    ("silver.candidates", "before", 1),
    ("silver.identities", "after", 2),
    ("ops.outcomes", "before", 9),
    ("silver.embeddings", "before", 1),
    ("silver.embeddings", "after", 1),
]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    talentflow("simulate", "--out", folder, "--count", "24", "--seed", "11", home=folder / "home")
    (folder / "offers" / "broken.jsonl").write_text('{"id": 1, "title": \n')
    return folder


def run_stages(inputs: Path, home: Path, table: str = "-", moment: str = "before", nth: int = 1) -> int:
    command = [sys.executable, "-m", "tests.faults.stages_until", str(inputs), table, moment, str(nth)]
    env = environment(home, TALENTFLOW_BATCH_ROWS="10", PREFECT_LOGGING_LEVEL="CRITICAL")
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=240, check=False).returncode


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


@pytest.fixture(scope="module")
def undisturbed(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    home = tmp_path_factory.mktemp("undisturbed")
    assert run_stages(inputs, home) == 0
    return contents(home)


@pytest.mark.parametrize(("table", "moment", "nth"), WRITES)
def test_a_killed_run_is_finished_by_the_next(
    inputs: Path, undisturbed: dict[str, list[Any]], tmp_path: Path, table: str, moment: str, nth: int
) -> None:
    assert run_stages(inputs, tmp_path, table, moment, nth) == -signal.SIGKILL
    assert run_stages(inputs, tmp_path) == 0
    after = contents(tmp_path)
    for name, rows in undisturbed.items():
        assert after[name] == rows, name
