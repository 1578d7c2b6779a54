"""dbt's nodes as tasks of a real Prefect server: each ends as its node did, and one that failed is run again alone."""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from flows.dbt_process import DbtNodes, read_nodes
from flows.tasks import STAGES
from talentflow.lakehouse import open_lakehouse
from talentflow.order import READS
from talentflow.settings import Settings
from talentflow.tables import CANDIDATES, JOB_OFFERS
from talentflow.warehouse import open_warehouse
from talentflow.warehouse.dbt import DbtCall, NodeResult
from tests.command import talentflow, told
from tests.flows.test_deployments import api, server  # pyright: ignore[reportUnusedImport]  # noqa: F401
from tests.flows.test_source_deployments import python
from tests.rows import candidate_row, offer_row, table_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("warehouse")]

PROJECT = {
    "dbt_project.yml": """
name: mini
version: "1.0"
profile: mini
flags: {send_anonymous_usage_stats: false, use_colors: false}
models: {+materialized: table}
""",
    "profiles.yml": """
mini:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: "{{ env_var('TALENTFLOW_WAREHOUSE_FILE') }}", threads: 2}
""",
    "models/first.sql": "select 1 as id",
    "models/between.sql": "{{ config(materialized='ephemeral') }} select id from {{ ref('first') }}",
    "models/shaky.sql": """
select sum(range % 7) as n from range((select max(n) from read_csv('{{ env_var('NUMBERS') }}')))
where exists (select * from {{ ref('between') }})
""",
    "models/last.sql": "select n from {{ ref('shaky') }}",
    "models/models.yml": """
models:
  - {name: first, columns: [{name: id, data_tests: [not_null]}]}
  - {name: shaky, columns: [{name: n, data_tests: [not_null, {relationships: {arguments: {to: ref('last'), field: n}}}]}]}
""",
}
FIRST, SHAKY, LAST = "model.mini.first", "model.mini.shaky", "model.mini.last"


@pytest.fixture
def call(tmp_path: Path) -> DbtCall:
    """A project in which `shaky` sums up to the number in a file that is not there yet."""
    for name, text in PROJECT.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environment = {"TALENTFLOW_WAREHOUSE_FILE": str(tmp_path / "w.duckdb"), "NUMBERS": str(tmp_path / "numbers.csv")}
    return DbtCall(tmp_path / "project", "duckdb", tmp_path / "target", environment)


def write_number(call: DbtCall, number: int) -> None:
    Path(call.environment["NUMBERS"]).write_text(f"n\n{number}\n")


def statuses(results: list[NodeResult]) -> dict[str, str]:
    """Of the models; dbt tells of ephemeral ones sometimes."""
    return {r.unique_id: r.status for r in results if r.unique_id in (FIRST, SHAKY, LAST)}


def test_a_node_that_failed_or_was_killed_is_run_again_with_what_depends_on_it_and_nothing_else(call: DbtCall) -> None:
    def may_help(_: NodeResult) -> bool:
        if not Path(call.environment["NUMBERS"]).exists():
            write_number(call, 10**13)
        return True

    nodes = DbtNodes(call, may_help)
    with ThreadPoolExecutor() as pool:
        assert nodes.plan()["nodes"].keys() == {FIRST, SHAKY, LAST}
        assert statuses(nodes.wait_for(FIRST)) == {FIRST: "success"}
        assert statuses(nodes.wait_for(SHAKY)) == {SHAKY: "error"}
        again = pool.submit(nodes.wait_for, SHAKY)
        deadline = time.monotonic() + 240
        while len(nodes.processes) < 2 or not nodes.processes[1].is_planned:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        write_number(call, 10)
        os.kill(nodes.processes[1].process.pid, signal.SIGKILL)
        (killed,) = again.result(60)
        assert (killed.status, "signal 9" in (killed.message or "")) == ("error", True)
        assert statuses(nodes.wait_for(SHAKY)) == {SHAKY: "success"}
        assert statuses(nodes.wait_for(LAST)) == {LAST: "success"}
    done = nodes.finish()
    assert statuses(done) == dict.fromkeys((FIRST, SHAKY, LAST), "success")
    assert [statuses(list(p.results.values())).keys() for p in nodes.processes] == [{FIRST, SHAKY, LAST}, set(), {SHAKY, LAST}]
    rows = json.loads((call.target_path / "run_results.json").read_text())["results"]
    assert {r["unique_id"]: r["status"] for r in rows} == {r.unique_id: r.status for r in done}
    manifest: dict[str, Any] = json.loads((call.target_path / "manifest.json").read_text())
    judged = {uid: {t.split(".")[2].split("_")[0] for t in n.tests} for uid, n in read_nodes(manifest).items()}
    assert judged == {FIRST: {"not"}, SHAKY: {"not"}, LAST: {"relationships"}}


TWICE = """
import json, sys
from pathlib import Path
from dataclasses import replace
from prefect import flow
from prefect.context import FlowRunContext
from flows.warehouse import run_dbt_by_nodes
from talentflow.warehouse.dbt import DbtCall
folder, environment = Path(sys.argv[1]), json.loads(sys.argv[2])
call = DbtCall(folder / "project", "duckdb", folder / "target", environment)

@flow
def warehouse(call):
    results = run_dbt_by_nodes(call)
    return str(FlowRunContext.get().flow_run.id), {r.unique_id: r.status for r in results if r.unique_id in sys.argv[3:]}

first = warehouse(call)
Path(environment["NUMBERS"]).write_text("n\\n10\\n")
print(json.dumps([first, warehouse(replace(call, command="retry"))]))
"""


def test_tasks_end_as_their_nodes_and_the_next_run_has_tasks_for_what_was_left_alone(
    server: dict[str, str],  # noqa: F811
    call: DbtCall,
) -> None:
    code = (
        f"import sys; sys.argv[1:] = {[str(call.project_dir.parent), json.dumps(dict(call.environment)), FIRST, SHAKY, LAST]!r}\n"
        + TWICE
    )
    (run, failed), (later, retried) = json.loads(python(code, server | {"PREFECT_LOGGING_LEVEL": "CRITICAL"}))
    assert failed == {FIRST: "success", SHAKY: "error", LAST: "skipped"}
    assert retried == {SHAKY: "success", LAST: "success"}

    def tasks(flow_run: str) -> dict[str, str]:
        found = api(server, "/task_runs/filter", {"task_runs": {"flow_run_id": {"any_": [flow_run]}}})
        return {t["name"]: t["state"]["type"] for t in found}

    assert tasks(run) == {"model first": "COMPLETED", "model shaky": "FAILED"}
    assert tasks(later) == {"model shaky": "COMPLETED", "model last": "COMPLETED"}
    assert "dbt-orchestrator-summary" in {a["key"] for a in api(server, "/artifacts/filter", {})}


def fill(home: Path) -> Settings:
    """A home with an offer and a candidate."""
    settings = Settings(home=home)
    lakehouse = open_lakehouse(settings)
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("o1")))
    lakehouse.upsert(CANDIDATES, table_of(CANDIDATES, candidate_row("c1")))
    return settings


def twice(home: Path, env: dict[str, Any]) -> dict[str, Any]:
    """What the warehouse's stage told at its first run; its second, with nothing new, does nothing."""
    first = told("run", "--only", "warehouse", home=home, seconds=800, **env)
    assert (first["status"], first["only"], [s["name"] for s in first["stages"]]) == ("ok", ["warehouse"], ["warehouse"])
    again = told("run", "--only", "warehouse", home=home, seconds=300, **env)
    assert (again["stages"][0]["details"], again["rows_written"]) == ({"unchanged": True}, 0)
    return first["stages"][0]


@pytest.mark.timeout(1200)
def test_the_warehouse_alone_is_brought_up_to_date_once(
    server: dict[str, str],  # noqa: F811
    tmp_path: Path,
) -> None:
    settings = fill(tmp_path)
    env: dict[str, Any] = {name: value for name, value in server.items() if name.startswith("PREFECT_")}
    stage = twice(tmp_path, env)
    assert stage["rows_written"] >= 2
    assert (stage["details"]["marts"]["marts.fct_offers"], stage["details"]["marts"]["marts.fct_candidates"]) == (1, 1)
    assert open_warehouse(settings).query("select count(*) as n from marts.fct_offers") == [{"n": 1}]
    ran = {t["name"]: t["state"]["type"] for t in api(server, "/task_runs/filter", {"limit": 200})}
    assert ran["model fct_offers"] == "COMPLETED"
    runs = told("status", home=tmp_path)["runs"]
    assert [(r["status"], r["only"]) for r in runs] == [("ok", ["warehouse"])] * 2


@pytest.mark.timeout(1200)
def test_snowflake_s_credentials_come_from_a_block_and_are_told_nobody(
    server: dict[str, str],  # noqa: F811
    snowflake_settings: Settings,
) -> None:
    home = snowflake_settings.home
    fill(home)
    said = {n: v for n, v in snowflake_settings.model_dump(exclude_unset=True).items() if n.startswith("snowflake_")}
    plain = {n: v.get_secret_value() if isinstance(v, SecretStr) else v for n, v in said.items()}
    env: dict[str, Any] = {f"TALENTFLOW_{n.upper()}": str(v) for n, v in plain.items()}
    where = {n: v for n, v in env.items() if n.rpartition("_")[2] in ("HOST", "PORT", "PROTOCOL")}
    prefect: dict[str, Any] = {name: value for name, value in server.items() if name.startswith("PREFECT_")}
    made = told("warehouse", "block", "analytics", home=home, **prefect, **env)
    assert made == {"block": "snowflake-connector/analytics", "server": server["PREFECT_API_URL"]}
    chosen: dict[str, Any] = {"TALENTFLOW_WAREHOUSE": "snowflake", "TALENTFLOW_SNOWFLAKE_BLOCK": "analytics"}
    stage = twice(home, prefect | where | chosen)
    assert (stage["details"]["marts"]["marts.fct_offers"], stage["details"]["marts"]["marts.fct_candidates"]) == (1, 1)
    assert open_warehouse(snowflake_settings).query("select count(*) as n from marts.fct_offers") == [{"n": 1}]
    secrets = [v.get_secret_value().encode() for v in said.values() if isinstance(v, SecretStr)]
    kept = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    kept += [json.dumps(api(server, f"/{what}/filter", {})).encode() for what in ("flow_runs", "task_runs", "logs", "artifacts")]
    assert not any(secret in text for secret in secrets for text in kept)


def test_every_stage_can_be_run_alone_in_the_order_of_a_run() -> None:
    assert list(STAGES) == list(READS)


def test_a_block_that_is_not_there_is_named_with_how_to_make_it(
    server: dict[str, str],  # noqa: F811
    tmp_path: Path,
) -> None:
    env: dict[str, Any] = {name: value for name, value in server.items() if name.startswith("PREFECT_")}
    chosen: dict[str, Any] = {"TALENTFLOW_WAREHOUSE": "snowflake", "TALENTFLOW_SNOWFLAKE_BLOCK": "nobody"}
    said = talentflow("run", "--only", "warehouse", home=tmp_path, check=1, **env, **chosen).stderr
    assert "talentflow warehouse block nobody" in said
    said = talentflow("run", "--only", "index", home=tmp_path, check=1, **env).stderr
    assert "index reads silver.embeddings, and there is none yet" in said
    said = talentflow("run", "--only", "marts", home=tmp_path, check=1, **env).stderr
    assert "there is no stage marts: name one or several of bronze" in said
