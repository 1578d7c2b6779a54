"""The dbt project itself: its unit tests, what it says of every mart, its documentation without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from talentflow.settings import PROJECT_DIR
from tests.warehouse.conftest import TwoDays

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("warehouse"), pytest.mark.timeout(1200)]

_RUN = """
import json, sys
from dbt.cli.main import dbtRunner
for arguments in json.loads(sys.argv[1]):
    done = dbtRunner().invoke(arguments)
    print(json.dumps([done.success, str(done.exception or "")]))
"""
"""Several commands of dbt in one process: its start costs more than they do."""


@pytest.fixture(scope="module")
def commands(on_duckdb: TwoDays, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that dbt's unit tests, documentation and freshness left, made on a copy of the published file."""
    folder = tmp_path_factory.mktemp("dbt")
    shutil.copy(on_duckdb.settings.warehouse_dir / "talentflow.duckdb", folder)
    project = [
        "--project-dir",
        str(PROJECT_DIR / "dbt"),
        "--profiles-dir",
        str(PROJECT_DIR / "dbt"),
        "--target-path",
        str(folder),
    ]
    asked = [
        ["docs", "generate", "--static", *project],
        ["source", "freshness", *project],
        ["test", "--select", "test_type:unit", "--vars", "unit_tests: true", *project],
    ]
    quiet = [["--quiet", "--log-path", str(folder), *arguments] for arguments in asked]
    environment = os.environ | {"TALENTFLOW_WAREHOUSE_FILE": str(folder / "talentflow.duckdb"), "DO_NOT_TRACK": "1"}
    command = [sys.executable, "-P", "-c", _RUN, json.dumps(quiet)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    (folder / "said").write_text(done.stdout + done.stderr)
    return folder


@pytest.fixture(scope="module")
def manifest(on_duckdb: TwoDays) -> dict[str, Any]:
    return json.loads((on_duckdb.settings.warehouse_dir / "dbt" / "manifest.json").read_text())


def _marts(manifest: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["schema"] == "marts"]


def test_cases_written_by_hand_hold(commands: Path) -> None:
    results = json.loads((commands / "run_results.json").read_text())["results"]
    assert len(results) >= 10
    assert [r["unique_id"] for r in results if r["status"] != "pass"] == [], (commands / "said").read_text()[-3000:]


def test_documentation_is_one_page_with_the_descriptions(commands: Path) -> None:
    page = (commands / "static_index.html").read_text(encoding="utf-8")
    assert "How many candidates are there for an open offer?" in page


def test_sources_know_how_fresh_they_are(commands: Path) -> None:
    found = json.loads((commands / "sources.json").read_text())["results"]
    assert {r["unique_id"].split(".")[-1]: r["status"] for r in found}.keys() >= {"documents", "job_offers", "candidates"}
    assert all(r["max_loaded_at"] for r in found), found


def test_every_mart_says_its_grain_and_keeps_a_contract_with_every_column_described(manifest: dict[str, Any]) -> None:
    for model in _marts(manifest):
        assert re.search(r"^-- grain: ", model["raw_code"], re.MULTILINE), model["name"]
        assert model["config"]["contract"]["enforced"], model["name"]
        assert model["description"], model["name"]
        assert [c["name"] for c in model["columns"].values() if not c["description"]] == [], model["name"]


def test_every_mart_is_tested_for_its_grain(manifest: dict[str, Any]) -> None:
    tests = [n for n in manifest["nodes"].values() if n.get("test_metadata", {}).get("name") == "grain"]
    tested = {n["attached_node"] for n in tests}
    assert [m["name"] for m in _marts(manifest) if m["unique_id"] not in tested] == []


def test_what_differs_between_the_engines_is_in_staging_alone(manifest: dict[str, Any]) -> None:
    """Models after it are the same text on both: no dispatch but of dbt's own, none of an engine's own functions."""
    own = re.compile(
        r"\b(unnest|flatten|struct_pack|object_construct|try_parse_json|list_\w+|mode|bool_or|boolor_agg|iff|count_if)\s*\("
    )
    for model in manifest["nodes"].values():
        if model["resource_type"] == "model" and model["schema"] in ("intermediate", "marts"):
            assert not own.search(model["raw_code"]), model["name"]
            assert "filter (where" not in model["raw_code"], model["name"]


def test_every_answer_has_a_reader(manifest: dict[str, Any]) -> None:
    read = {name for e in manifest["exposures"].values() for name in e["depends_on"]["nodes"]}
    answers = [m["unique_id"] for m in _marts(manifest) if m["name"].startswith("mart_")]
    assert sorted(set(answers) - read) == []
