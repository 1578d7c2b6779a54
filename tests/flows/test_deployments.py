"""`prefect.yaml` against a real server: deployed as written, run by a worker."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import ROOT, environment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a client of a real Prefect server, which ends with the test."""
    home = tmp_path_factory.mktemp("prefect")
    code = (
        "import sys\nfrom flows.server import start_server\nfrom talentflow.settings import load_settings\n"
        "server = start_server(load_settings())\nserver.wait()\nprint(server.url, flush=True)\nsys.stdin.read()\nserver.stop()\n"
    )
    env = environment(home)
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), "the server did not start"
        yield env | {"PREFECT_API_URL": url, "PREFECT_HOME": str(home / "prefect"), "PREFECT_LOGGING_LEVEL": "ERROR"}
        process.communicate("")


def prefect(*arguments: str, env: dict[str, str]) -> str:
    command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, f"{arguments}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def api(env: dict[str, str], path: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        env["PREFECT_API_URL"] + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_deployments_are_deployed_with_their_schedules_and_run_by_a_worker(server: dict[str, str], tmp_path: Path) -> None:
    prefect("work-pool", "create", "talentflow", "--type", "process", env=server)
    prefect("deploy", "--all", env=server)
    deployments = {d["name"]: d for d in api(server, "/deployments/filter", {})}
    assert deployments.keys() == {
        "quick",
        "stream",
        "documents",
        "index",
        "marts",
        "marts-snowflake",
        "ingest",
        "maintenance",
    }
    on_snowflake = deployments["marts-snowflake"]["job_variables"]["env"]
    assert on_snowflake == {"TALENTFLOW_WAREHOUSE": "snowflake", "TALENTFLOW_SNOWFLAKE_BLOCK": "talentflow"}
    assert [s["schedule"]["cron"] for s in deployments["quick"]["schedules"]] == ["*/15 * * * *"]
    assert all(not (d["path"] or "").startswith(str(ROOT)) or d["pull_steps"] in (None, []) for d in deployments.values())

    cv = tmp_path / "cvs"
    cv.mkdir()
    (cv / "cv.txt").write_text(
        "Anna Keller\nanna@example.org\n\nData engineer\n\nExperience\nData engineer, Nordlys\n2019 - 2024\n\nSkills\nPython, SQL\n"
    )
    parameters = json.dumps({"cvs": [str(cv)]})
    prefect("deployment", "run", "pipeline/quick", "--params", parameters, env=server)
    said = prefect(
        "worker", "start", "--pool", "talentflow", "--run-once", env=server | {"TALENTFLOW_HOME": str(tmp_path / "home")}
    )
    runs = api(server, "/flow_runs/filter", {"flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}}})
    assert [(r["state"]["type"], r["state"].get("message")) for r in runs] == [("COMPLETED", None)], said
    (run,) = runs
    tasks = api(server, "/task_runs/filter", {"task_runs": {"flow_run_id": {"any_": [run["id"]]}}})
    names = {t["name"].rpartition("-")[0] for t in tasks}
    assert {"bronze", "parse", "classify", "extract", "link", "gate", "embed", "index", "warehouse"} <= names
    artifacts = {a["key"] for a in api(server, "/artifacts/filter", {})}
    assert {"stages", "quality-report"} <= artifacts


def test_a_transient_error_is_retried_and_a_terminal_one_is_not(server: dict[str, str]) -> None:
    code = """
import itertools
from prefect import flow
from flows.tasks import stage_task
from talentflow.errors import BadInput, ServiceUnavailable
tries = itertools.count(1)

@stage_task("mended")
def mended():
    if next(tries) < 3:
        raise ServiceUnavailable("not yet")
    return "done"

mended.retry_delay_seconds = 0

@stage_task("broken")
def broken():
    next(tries)
    raise BadInput("never")

broken.retry_delay_seconds = 0

@flow
def both():
    assert mended() == "done"
    assert next(tries) == 4
    try:
        broken()
    except BadInput:
        pass
    assert next(tries) == 6

both()
print("as expected")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=server, capture_output=True, text=True, timeout=120, check=False
    )
    assert "as expected" in done.stdout, done.stderr[-3000:]
