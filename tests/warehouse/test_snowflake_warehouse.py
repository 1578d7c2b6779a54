"""The warehouse in Snowflake: built aside, swapped in, asked by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from talentflow.errors import BadInput, QualityGateFailed, ServiceUnavailable
from talentflow.settings import PROJECT_DIR, Settings
from talentflow.warehouse import Warehouse, open_warehouse
from talentflow.warehouse.dbt import DbtCall, NodeResult
from tests.warehouse.things import ask

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("warehouse")]

PROJECT = PROJECT_DIR / "dbt"


@pytest.fixture
def warehouse(snowflake_settings: Settings) -> Warehouse:
    return open_warehouse(snowflake_settings)


def dbt(settings: Settings, *statements: str, status: str = "success") -> Callable[[DbtCall], Sequence[NodeResult]]:
    """As dbt does: statements in the schemas that it is told of, then its results in a file."""

    def run(call: DbtCall) -> list[NodeResult]:
        suffix = call.environment["TALENTFLOW_SCHEMA_SUFFIX"]
        for statement in statements:
            ask(settings, statement.replace("marts.", f"marts{suffix}.").replace("snapshots.", f"snapshots{suffix}."))
        call.target_path.mkdir(parents=True, exist_ok=True)
        (call.target_path / "run_results.json").write_text("{}")
        return [NodeResult("model.talentflow.a", status, message="a reason")]

    return run


FIRST = ("create table marts.a (n number)", "insert into marts.a values (1)", "create table snapshots.h (n number)")


def test_what_is_built_is_seen_once_it_is_published_and_goes_on_from_there(
    snowflake_settings: Settings, warehouse: Warehouse
) -> None:
    with pytest.raises(ServiceUnavailable, match="talentflow quick"):
        warehouse.query("select * from marts.a")
    assert warehouse.built_from() is None
    built = warehouse.build(PROJECT, dbt(snowflake_settings, *FIRST))
    assert built.marts == {"marts.a": 1}
    assert warehouse.has_build()
    with pytest.raises(ServiceUnavailable):
        warehouse.query("select * from marts.a")
    warehouse.publish("one's rows")
    assert warehouse.query("select n as Number from marts.a where n = ?", [1]) == [{"number": 1}]
    assert warehouse.built_from() == "one's rows"
    assert not warehouse.has_build()

    warehouse.build(PROJECT, dbt(snowflake_settings, "insert into marts.a values (2)", "insert into snapshots.h values (7)"))
    assert [batch.to_pydict() for batch in warehouse.read_build("select n from marts.a order by 1")] == [{"n": [1, 2]}]
    assert len(warehouse.query("select * from marts.a")) == 1
    warehouse.publish("two")
    assert warehouse.query("select a.n, h.n as history from marts.a as a, snapshots.h as h order by 1") == [
        {"n": 1, "history": 7},
        {"n": 2, "history": 7},
    ]
    assert warehouse.built_from() == "two"


def test_a_build_that_fails_leaves_what_is_published_and_is_gone_on_with(
    snowflake_settings: Settings, warehouse: Warehouse
) -> None:
    warehouse.build(PROJECT, dbt(snowflake_settings, *FIRST))
    warehouse.publish("one")
    with pytest.raises(QualityGateFailed, match="a reason"):
        warehouse.build(PROJECT, dbt(snowflake_settings, "insert into marts.a values (2)", status="fail"))
    assert warehouse.query("select n from marts.a") == [{"n": 1}]
    assert warehouse.has_build()
    retried = warehouse.build(PROJECT, dbt(snowflake_settings, "insert into marts.a values (3)"), retry=True)
    assert retried.marts == {"marts.a": 3}
    again = warehouse.build(PROJECT, dbt(snowflake_settings))
    assert again.marts == {"marts.a": 1}, "a build that begins anew begins with what is published"


@pytest.mark.parametrize(
    "sql", ["drop table marts.a", "  -- select\n delete from marts.a", "/* select */ update marts.a set n = 2"]
)
def test_only_questions_are_asked(tmp_path: Path, sql: str) -> None:
    with pytest.raises(BadInput, match="begin it with select"):
        open_warehouse(Settings(home=tmp_path, warehouse="snowflake")).query(sql)


def test_a_name_that_is_not_there_is_said(snowflake_settings: Settings, warehouse: Warehouse) -> None:
    warehouse.build(PROJECT, dbt(snowflake_settings, *FIRST))
    warehouse.publish("one")
    with pytest.raises(BadInput, match=r"does not know what is named.*correct the name"):
        warehouse.query("select * from marts.nothing")
