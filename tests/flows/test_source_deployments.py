"""Deployments of configured sources against a real Prefect server: made, kept, deleted, and run by a worker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from talentflow.tables import INGESTS
from tests.command import ROOT, talentflow, told
from tests.flows.test_deployments import api, prefect, server  # pyright: ignore[reportUnusedImport]  # noqa: F401
from tests.sources.homes import Home

pytestmark = pytest.mark.slow


FILES = {"type": "files", "paths": ["."]}
BOARD = {"type": "ats", "ats": "lever", "board": "acme"}
TWICE = """
import json, os
from flows.server import use_server
from talentflow.settings import load_settings
settings = load_settings()
use_server(settings)
from flows.source_deployments import deploy_sources
print(json.dumps([deploy_sources(settings), deploy_sources(settings)]))
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "cvs").mkdir()
    (tmp_path / "cvs" / "a.txt").write_text("Anna Keller\nData engineer")
    return Home(tmp_path / "home")


def deployments(env: dict[str, str]) -> dict[str, Any]:
    return {d["name"]: d for d in api(env, "/deployments/filter", {})}


def python(code: str, env: dict[str, str]) -> str:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_sources_are_deployed_as_they_are_configured_and_run_by_a_worker(
    server: dict[str, str],  # noqa: F811
    home: Home,
    tmp_path: Path,
) -> None:
    env = server | {"TALENTFLOW_HOME": str(home.settings.home)}
    home.configure(
        people=FILES | {"paths": [str(tmp_path / "cvs")], "schedule": "*/10 * * * *"},
        secret={"type": "feed", "url": "https://anna:geheim@example.org/feed", "schedule": "0 4 * * *"},
        by_hand=BOARD,
        sometimes=BOARD | {"schedule": "0 4 * * *"},
        off=BOARD | {"enabled": False},
        bad=BOARD | {"ats": "leverr"},
    )
    first, second = json.loads(python(TWICE, env))
    names = ["people", "by_hand", "sometimes"]
    assert first == {"deployed": names, "unchanged": [], "deleted": [], "unusable": ["secret", "bad"]}
    assert second == {"deployed": [], "unchanged": names, "deleted": [], "unusable": ["secret", "bad"]}
    made = deployments(server)
    crons = {name: [s["schedule"]["cron"] for s in d["schedules"]] for name, d in made.items()}
    assert crons == {"people": ["*/10 * * * *"], "by_hand": [], "sometimes": ["0 4 * * *"]}
    assert {(d["entrypoint"], d["path"], d["work_pool_name"]) for d in made.values()} == {
        ("flows.sources.ingest_source", None, "talentflow")
    }
    assert str(home.settings.home) not in json.dumps([d["parameters"] for d in made.values()])

    run = api(server, f"/deployments/{made['people']['id']}/create_flow_run", {})
    prefect("worker", "start", "--pool", "talentflow", "--run-once", env=env)
    (done,) = api(server, "/flow_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})
    assert (done["name"], done["state"]["type"]) == ("ingest people", "COMPLETED"), done["state"]
    assert "ingested" in {a["key"] for a in api(server, "/artifacts/filter", {})}
    assert len(home.messages()) == 1

    api(server, "/deployments/", {"name": "of-somebody-else", "flow_id": made["people"]["flow_id"], "tags": ["talentflow"]})
    home.configure(
        people=FILES | {"paths": [str(tmp_path / "cvs")], "schedule": "0 6 * * *"},
        sometimes=BOARD | {"schedule": "0 4 * * *", "enabled": False},
    )
    changed = told("sources", "deploy", home=home.settings.home, **{k: v for k, v in env.items() if k.startswith("PREFECT_")})
    assert changed == {"deployed": ["people"], "unchanged": [], "deleted": ["by_hand", "sometimes"], "unusable": []}
    left = deployments(server)
    assert left.keys() == {"people", "of-somebody-else"}
    assert [s["schedule"]["cron"] for s in left["people"]["schedules"]] == ["0 6 * * *"]


def test_without_a_server_it_is_said_how_to_have_one(tmp_path: Path) -> None:
    said = talentflow("sources", "deploy", home=tmp_path, check=1).stderr
    assert "PREFECT_API_URL" in said


def test_a_flow_goes_on_after_a_target_that_fails_and_tries_again_only_what_time_may_mend(
    server: dict[str, str],  # noqa: F811
    tmp_path: Path,
) -> None:
    code = """
import os, sys
from producers import readers
from producers.reading import Answer
from talentflow.errors import ServiceUnavailable, UnexpectedAnswer
from talentflow.eventlog.messages import RawDocument
tried = []

def read(source, reading):
    tried.append(source.name)
    if source.name == "shaky" and tried.count("shaky") < 3:
        raise ServiceUnavailable("not yet")
    if source.name == "broken":
        raise UnexpectedAnswer("never")
    yield Answer([RawDocument(source.name, "u", "k", "text/plain", None, b"x")])

readers.reader_of = lambda source: read
from flows import sources
sources.read.retry_delay_seconds = 0
try:
    sources.ingest(["shaky", "broken", "good"])
except UnexpectedAnswer as error:
    print(tried, error)
"""
    home = Home(tmp_path)
    feed = {"type": "feed", "url": "https://example.org/feed"}
    home.configure(shaky=feed, broken=feed, good=feed)
    said = python(code, server | {"TALENTFLOW_HOME": str(tmp_path)})
    assert said.strip().endswith("['shaky', 'shaky', 'shaky', 'broken', 'good'] never")
    assert len(home.messages()) == 2
    rows = home.lakehouse.read(INGESTS).to_pylist()
    assert sorted((r["source"], r["status"]) for r in rows) == [
        ("broken", "failed"),
        ("good", "ok"),
        ("shaky", "failed"),
        ("shaky", "failed"),
        ("shaky", "ok"),
    ]
    assert len({r["run_id"] for r in rows}) == 5
