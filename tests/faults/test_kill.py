"""kill -9 at any write of any stage, then another run: nothing lost, nothing twice."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.command import talentflow
from tests.faults.runs import contents, run_stages

pytestmark = pytest.mark.slow

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
    ("ops.fingerprints", "after", 1),
    ("ops.links", "before", 1),
    ("ops.links", "after", 1),
    ("silver.embeddings", "before", 1),
    ("silver.embeddings", "after", 1),
]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    talentflow("simulate", "--out", folder, "--count", "24", "--seed", "11", home=folder / "home")
    (folder / "offers" / "broken.jsonl").write_text('{"id": 1, "title": \n')
    return folder


@pytest.fixture(scope="module")
def undisturbed(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    home = tmp_path_factory.mktemp("undisturbed")
    assert run_stages(inputs, home).returncode == 0
    return contents(home)


@pytest.mark.parametrize(("table", "moment", "nth"), WRITES)
def test_a_killed_run_is_finished_by_the_next(
    inputs: Path, undisturbed: dict[str, list[Any]], tmp_path: Path, table: str, moment: str, nth: int
) -> None:
    assert run_stages(inputs, tmp_path, table, moment, nth).returncode == -signal.SIGKILL
    assert run_stages(inputs, tmp_path).returncode == 0
    after = contents(tmp_path)
    for name, rows in undisturbed.items():
        assert after[name] == rows, name
