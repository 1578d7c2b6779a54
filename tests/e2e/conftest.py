"""One run of `talentflow quick` on simulated documents, shared by the tests that look at what it left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.command import told

COUNT = 120


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("quick") / "home"


@pytest.fixture(scope="session")
def first_run(home: Path) -> dict[str, Any]:
    return told("quick", "--simulate", str(COUNT), "--seed", "10", "--no-serve", home=home)


@pytest.fixture(scope="session")
def second_run(home: Path, first_run: dict[str, Any]) -> dict[str, Any]:
    return told("quick", "--simulate", str(COUNT), "--seed", "10", "--no-serve", home=home)
