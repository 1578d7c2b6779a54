"""When the warehouse is built, from where it goes on after a failure or a kill, and what readers have meanwhile.

dbt's place is taken by a few statements here, so that a build takes milliseconds; `test_run_dbt.py` runs dbt.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from talentflow.errors import BadInput, Busy, QualityGateFailed
from talentflow.home import alone
from talentflow.lakehouse import open_lakehouse
from talentflow.report import StageReport, last_warehouse, load_summaries, save_summary, warehouse_sentence
from talentflow.settings import Settings
from talentflow.tables import JOB_OFFERS
from talentflow.warehouse import open_warehouse, refresh
from talentflow.warehouse.dbt import DbtCall, NodeResult
from talentflow.warehouse.refresh import build_warehouse
from tests.conftest import StartPython
from tests.rows import offer_row, table_of

MART = (
    "create schema if not exists marts; create or replace table marts.fct_offers as select offer_id, title from silver.job_offers"
)
SNAPSHOT = "create schema if not exists snapshots; create table if not exists snapshots.seen (n int); insert into snapshots.seen values (1)"


class Dbt:
    """Statements in dbt's place, and what it was asked to do. `seen` grows by a row a build, as a snapshot's history does."""

    def __init__(self, *statements: str, fails: bool = False) -> None:
        self.calls: list[str] = []
        self.anew: list[bool] = []
        self.fails = fails
        self._statements = statements or (MART, SNAPSHOT)

    def __call__(self, call: DbtCall) -> Sequence[NodeResult]:
        self.calls.append(call.command)
        self.anew.append(call.environment.get("DBT_FULL_REFRESH") == "1")
        assert call.target == "duckdb"
        with duckdb.connect(call.environment["TALENTFLOW_WAREHOUSE_FILE"]) as connection:
            for statement in self._statements:
                connection.execute(statement)
        call.target_path.mkdir(parents=True, exist_ok=True)
        (call.target_path / "run_results.json").write_text("{}")
        wrong = NodeResult("test.talentflow.no_offer", "fail", 0.1, "Got 1 result, configured to fail if != 0", 1)
        return [NodeResult("model.talentflow.fct_offers", "success"), *([wrong] if self.fails else [])]


CODE_VERSION = refresh._code_version


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> None:
    """The project does not change while a test runs, whoever works on it."""
    monkeypatch.setattr(refresh, "_code_version", lambda: "a project")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    write(settings, *"abcdefghij")
    return settings


def write(settings: Settings, *ids: str, title: str = "Baker") -> None:
    rows = [offer_row(i, title=title) | {"content_hash": title} for i in ids]
    open_lakehouse(settings).upsert(JOB_OFFERS, table_of(JOB_OFFERS, *rows))


def build(settings: Settings, dbt: Dbt, **more: Any) -> StageReport:
    return build_warehouse(settings, open_lakehouse(settings), dbt, **more)


def titles(settings: Settings) -> set[str]:
    return {row["title"] for row in open_warehouse(settings).query("select title from marts.fct_offers")}


def history(settings: Settings) -> int:
    return open_warehouse(settings).query("select count(*) as n from snapshots.seen")[0]["n"]


def test_a_build_says_what_was_loaded_and_what_dbt_made_of_it(settings: Settings) -> None:
    report = build(settings, Dbt())
    assert report.details["loaded"]["silver.job_offers"] == {
        "how": "whole",
        "version": 0,
        "rows": 10,
        "written": 10,
    }
    assert report.details["marts"] == {"marts.fct_offers": 10}
    assert report.details["dbt"] == {"nodes": {"success": 1}}
    write(settings, "a", title="Cook")
    report = build(settings, Dbt())
    assert report.details["loaded"]["silver.job_offers"] == {"how": "changes", "version": 1, "rows": 10, "written": 1}
    assert report.details["loaded"]["silver.candidates"]["how"] == "unchanged"
    assert report.rows_written == 1
    json.dumps(report.as_json())


def test_incremental_models_are_made_anew_when_the_project_changed_and_history_is_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbt = Dbt()
    build(settings, dbt)
    write(settings, "a", title="Cook")
    build(settings, dbt)
    monkeypatch.setattr(refresh, "_code_version", lambda: "another")
    build(settings, dbt)
    write(settings, "b", title="Cook")
    build(settings, dbt)
    assert dbt.anew == [False, False, True, False]
    assert history(settings) == 4


def test_status_tells_of_the_last_load(settings: Settings) -> None:
    build(settings, Dbt())
    write(settings, *"abcdefgh", title="Cook")
    for number in range(2):  # the second has nothing to do
        save_summary(settings, {"run_id": f"r{number}", "stages": [build(settings, Dbt()).as_json()]})
    told = last_warehouse(load_summaries(settings))
    assert told["loaded"]["silver.job_offers"]["rows"] == 10
    sentence = warehouse_sentence(told)
    assert sentence.startswith("Warehouse as of run r0: ")
    assert sentence.endswith("(tables: 9 unchanged, 1 whole); silver.job_offers: most rows changed")
    assert last_warehouse([]) == {}


def test_nothing_is_done_while_neither_the_tables_nor_the_project_changed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(settings, Dbt())
    again = Dbt()
    report = build(settings, again)
    assert (report.details, report.rows_written, again.calls) == ({"unchanged": True}, 0, [])
    monkeypatch.setattr(refresh, "_code_version", lambda: "another")
    build(settings, again)
    assert again.calls == ["build"]
    (settings.warehouse_dir / "talentflow.duckdb").unlink()
    build(settings, again)
    assert again.calls == ["build", "build"], "a warehouse that is gone counts as built"


@pytest.mark.parametrize("file", ["dbt/models/a.sql", "dbt/profiles.yml"])
def test_models_are_part_of_what_a_warehouse_is_built_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    monkeypatch.setattr(refresh, "PROJECT_DIR", tmp_path)
    (tmp_path / file).parent.mkdir(parents=True)
    seen: set[str] = set()
    for text in ("1", "2", "1"):
        (tmp_path / file).write_text(text)
        seen.add(CODE_VERSION())
    assert len(seen) == 2


def test_the_functions_are_part_of_what_a_warehouse_is_built_from(monkeypatch: pytest.MonkeyPatch) -> None:
    before = CODE_VERSION()
    monkeypatch.setattr(refresh, "code_hash", lambda: "of other functions")
    assert CODE_VERSION() != before


def test_a_build_goes_on_from_the_published_state(settings: Settings) -> None:
    for n, title in enumerate(("Cook", "Clerk", "Judge"), start=1):
        write(settings, "a", title=title)
        build(settings, Dbt())
        assert history(settings) == n


def test_a_failing_build_leaves_what_is_published_and_is_gone_on_with(settings: Settings) -> None:
    build(settings, Dbt())
    write(settings, "a", title="Cook")
    dbt = Dbt(fails=True)
    with pytest.raises(
        QualityGateFailed, match=r"test\.talentflow\.no_offer.*the published warehouse stays as it was.*Got 1 result"
    ):
        build(settings, dbt)
    assert titles(settings) == {"Baker"}
    dbt.fails = False
    report = build(settings, dbt)
    assert dbt.calls == ["build", "retry"]
    assert report.details["dbt"]["retried"] is True
    assert report.details["loaded"]["silver.job_offers"]["written"] == 1
    assert titles(settings) == {"Baker", "Cook"}
    write(settings, "b", title="Clerk")
    build(settings, dbt)
    assert dbt.calls == ["build", "retry", "build"]


@pytest.mark.parametrize("changed", ["table", "project", "file"])
def test_a_failed_build_is_begun_anew_from_the_published_state_when_something_changed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    build(settings, Dbt())
    write(settings, "a", title="Cook")
    dbt = Dbt(fails=True)
    with pytest.raises(QualityGateFailed):
        build(settings, dbt)
    if changed == "table":
        write(settings, "b", title="Clerk")
    elif changed == "project":
        monkeypatch.setattr(refresh, "_code_version", lambda: "another")
    else:
        (settings.warehouse_dir / "build.duckdb").unlink()
    dbt.fails = False
    build(settings, dbt)
    assert dbt.calls == ["build", "build"]
    assert history(settings) == 2, "the failed build's state was gone on with"


def test_marts_that_do_not_pass_their_check_are_not_published_and_only_checked_again(settings: Settings) -> None:
    def check(read: Callable[[str], Any]) -> dict[str, Any]:
        found = pa.Table.from_batches(read("select title from marts.fct_offers order by 1")).column("title").to_pylist()
        if "Cook" in found:
            raise QualityGateFailed("no cooks")
        return {"checked": len(found)}

    assert build(settings, Dbt(), check=check).details["checked"] == 10
    write(settings, "a", title="Cook")
    dbt = Dbt()
    with pytest.raises(QualityGateFailed, match="no cooks"):
        build(settings, dbt, check=check)
    assert titles(settings) == {"Baker"}
    build(settings, dbt)
    assert dbt.calls == ["build", "retry"]
    assert titles(settings) == {"Baker", "Cook"}


def test_rows_that_cannot_be_loaded_leave_what_is_published_and_what_failed_is_forgotten(settings: Settings) -> None:
    build(settings, Dbt())
    lakehouse = open_lakehouse(settings)
    lakehouse.append(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("a")))
    dbt = Dbt()
    for _ in range(2):
        with pytest.raises(BadInput, match="offer_id stands more than once: a"):
            build(settings, dbt)
    assert titles(settings) == {"Baker"}
    lakehouse.delete(JOB_OFFERS, "offer_id", ["a"])
    assert build(settings, dbt).details["loaded"]["silver.job_offers"]["rows"] == 9


def test_two_builds_at_once_do_not_meet(settings: Settings) -> None:
    with alone(settings.warehouse_dir / "build.lock", "taken"), pytest.raises(Busy, match="another run builds the warehouse"):
        build(settings, Dbt())
    build(settings, Dbt())


KILLED = """
import os, signal, sys
from pathlib import Path
import duckdb
from talentflow.lakehouse import open_lakehouse
from talentflow.settings import Settings
from talentflow.warehouse import duckdb_load, refresh
from talentflow.warehouse.refresh import build_warehouse
from tests.warehouse.test_refresh import MART, SNAPSHOT, Dbt

settings, where = Settings(home=Path(sys.argv[1])), sys.argv[2]
refresh._code_version = lambda: "a project"

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def dbt(call):
    if where == "dbt":
        with duckdb.connect(call.environment["TALENTFLOW_WAREHOUSE_FILE"]) as connection:
            connection.execute(MART)
            connection.execute(SNAPSHOT)
            connection.execute("begin; drop table silver.job_offers; insert into snapshots.seen select * from range(100000)")
            die()
    return Dbt()(call)

load_table, replace = duckdb_load.load_table, os.replace

def load_then_die(connection, lakehouse, table):
    loaded = load_table(connection, lakehouse, table)
    if table.id == "silver.candidates":
        die()
    return loaded

def replace_and_die(source, target):
    if str(target).endswith("talentflow.duckdb"):
        if where == "after rename":
            replace(source, target)
        die()
    replace(source, target)

if where == "load":
    duckdb_load.load_table = load_then_die
elif where.endswith("rename"):
    os.replace = replace_and_die
build_warehouse(settings, open_lakehouse(settings), dbt)
"""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["load", "dbt", "before rename", "after rename"])
def test_killing_a_build_costs_that_build_alone(settings: Settings, start_python: StartPython, where: str) -> None:
    build(settings, Dbt())
    write(settings, "a", title="Cook")
    killed = start_python(KILLED, settings.home, where)
    assert killed.wait(timeout=120) == -signal.SIGKILL
    is_published = where == "after rename"
    assert titles(settings) == ({"Baker", "Cook"} if is_published else {"Baker"})
    dbt = Dbt()
    report = build(settings, dbt)
    assert dbt.calls == ([] if is_published else ["build"])
    assert report.details == {"unchanged": True} or report.details["loaded"]["silver.job_offers"]["written"] == 1
    assert titles(settings) == {"Baker", "Cook"}
    assert history(settings) == 2
    assert not list(settings.warehouse_dir.glob("build.duckdb*"))
