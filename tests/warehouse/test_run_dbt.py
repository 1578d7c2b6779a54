"""dbt as a process of its own: what it tells, what it goes on with, and that it ends with who started it."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from talentflow.errors import QualityGateFailed, StorageFull, TerminalError
from talentflow.warehouse.dbt import DbtCall, NodeResult, require_success, run_dbt
from tests.conftest import StartPython

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("warehouse")]

PROJECT = {
    "dbt_project.yml": "name: p\nconfig-version: 2\nprofile: p\nflags: {send_anonymous_usage_stats: false}\nmodels: {+materialized: table}\n",
    "profiles.yml": "p: {target: duckdb, outputs: {duckdb: {type: duckdb, path: \"{{ env_var('FILE') }}\"}}}\n",
    "models/a.sql": "select 1 as x",
    "models/c.sql": "select * from {{ ref('b') }}",
}


@pytest.fixture
def call(tmp_path: Path) -> DbtCall:
    for name, text in PROJECT.items():
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).write_text(text)
    return DbtCall(tmp_path / "project", "duckdb", tmp_path / "target", {"FILE": str(tmp_path / "w.duckdb"), "PASSWORD": "pw"})


def test_failed_nodes_are_named_and_tried_again_alone(call: DbtCall) -> None:
    b = call.project_dir / "models" / "b.sql"
    b.write_text("select error('boom') as y from {{ ref('a') }}")
    results = run_dbt(call)
    assert {r.unique_id: r.status for r in results} == {"model.p.a": "success", "model.p.b": "error", "model.p.c": "skipped"}
    with pytest.raises(QualityGateFailed, match=r"1 dbt models or tests failed \(model\.p\.b\), 1 that depend .*b: .*boom"):
        require_success(call, results)
    b.write_text("select 2 as y from {{ ref('a') }}")
    again = run_dbt(replace(call, command="retry"))
    assert {r.unique_id: r.status for r in again} == {"model.p.b": "success", "model.p.c": "success"}
    require_success(call, again)
    b.write_text("select {{ 2 as y")
    with pytest.raises(TerminalError, match=r"dbt could not run: exit code 2.*models/b\.sql"):
        run_dbt(call)
    assert not (call.target_path / "run_results.json").exists(), "results of a build before"
    assert "pw" not in repr(call)


def test_dbt_ends_when_the_process_that_started_it_is_killed(call: DbtCall, start_python: StartPython) -> None:
    (call.project_dir / "models" / "b.sql").write_text(
        "select max(a.range + b.range) as y from range(3000000) a, range(3000000) b"
    )
    process = start_python(
        """
        import sys
        from pathlib import Path
        from talentflow.warehouse.dbt import DbtCall, run_dbt
        run_dbt(DbtCall(Path(sys.argv[1]), "duckdb", Path(sys.argv[2]), {"FILE": sys.argv[3]}))
        """,
        call.project_dir,
        call.target_path,
        call.environment["FILE"],
    )
    deadline = time.monotonic() + 120
    while not (call.target_path / "run" / "p" / "models" / "b.sql").exists():
        assert time.monotonic() < deadline, "dbt did not begin with b"
        time.sleep(0.1)
    (dbt,) = psutil.Process(process.pid).children()
    process.send_signal(signal.SIGKILL)
    process.wait()
    dbt.wait(timeout=30)
    (call.project_dir / "models" / "b.sql").write_text("select 2 as y")
    require_success(call, run_dbt(call))


def test_a_full_disk_in_a_node_is_said_as_such(call: DbtCall) -> None:
    full = NodeResult("model.p.a", "error", message='IO Error: Could not write file "w.duckdb": No space left on device')
    with pytest.raises(StorageFull, match="the disk is full"):
        require_success(call, [full])
