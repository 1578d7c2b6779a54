"""Marts meet their suites in the build aside: a critical expectation that fails stops the publication."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from talentflow import marts
from talentflow.errors import BadSettings, QualityGateFailed
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.marts import check_marts
from talentflow.settings import Settings
from talentflow.suites import load_suites
from talentflow.tables import JOB_OFFERS, PROFILES
from talentflow.warehouse import open_warehouse
from talentflow.warehouse.dbt import DbtCall, NodeResult
from talentflow.warehouse.refresh import build_warehouse
from tests.rows import offer_row, table_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("gate")]

SUITE = """
key: offer_id
drift: {categories: [contract]}
expectations:
  offer_id_is_unique: {severity: critical, type: expect_column_values_to_be_unique, column: offer_id}
  salary_is_plausible: {severity: warning, type: expect_column_values_to_be_between, column: salary, min_value: 1000}
  most_have_a_salary: {severity: info, type: expect_column_values_to_not_be_null, column: salary, mostly: 0.9}
"""


@pytest.fixture(autouse=True)
def suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One suite of our own, of a mart with three columns."""
    path = tmp_path / "expectations" / "marts" / "fct_offers.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(SUITE, encoding="utf-8")
    monkeypatch.setattr(marts, "load_suites", lambda: load_suites(tmp_path / "expectations"))
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def lakehouse(settings: Settings) -> Lakehouse:
    return open_lakehouse(settings)


def query_of(values: str) -> Any:
    connection = duckdb.connect()
    connection.execute("create schema marts")
    connection.execute(f"create table marts.fct_offers as select * from (values {values}) as t(offer_id, contract, salary)")

    def query(sql: str) -> Iterator[pa.RecordBatch]:
        yield from connection.sql(sql).to_arrow_reader(2)

    return query


def test_failing_rows_are_told_by_key_and_nothing_is_stopped(lakehouse: Lakehouse, tmp_path: Path) -> None:
    query = query_of("('a', 'permanent', 5.0), ('b', 'freelance', 40000.0), ('c', null, null), ('d', null, 7.0)")
    said = check_marts(query, lakehouse, tmp_path / "docs", run_id="run")
    assert said["expectations"]["marts.fct_offers"] == {
        "rows": 4,
        "met": 1,
        "unmet": {"salary_is_plausible": 66.667, "most_have_a_salary": 25.0},
    }
    assert said["failing"] == {"marts.fct_offers": {"rows": 2, "keys": ["a", "d"]}}
    assert Path(said["data_docs"]).is_file()
    assert set(lakehouse.read(PROFILES)["table_id"].to_pylist()) == {"marts.fct_offers"}


def test_a_share_is_judged_over_the_whole_mart_and_not_piece_by_piece(
    lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marts, "FRAME_ROWS", 2)
    values = ", ".join(f"('{n}', 'permanent', {'null' if n in (18, 19) else 2000.0})" for n in range(20))
    said = check_marts(query_of(values), lakehouse, None, run_id="run")
    assert said["expectations"]["marts.fct_offers"] == {"rows": 20, "met": 3, "unmet": {}}, "the last piece alone has no salary"


def test_a_column_that_is_not_there_is_said_with_the_suite(lakehouse: Lakehouse, suites: Path) -> None:
    suites.write_text(SUITE.replace("column: salary,", "column: salery,"), encoding="utf-8")
    with pytest.raises(
        BadSettings, match=r"fct_offers\.yaml: salary_is_plausible: there is no column salery.* Did you mean salary"
    ):
        check_marts(query_of("('a', 'permanent', 5.0)"), lakehouse, None, run_id="run")


def test_a_type_that_does_not_fit_its_column_is_said_with_the_suite(lakehouse: Lakehouse, suites: Path) -> None:
    suites.write_text(SUITE.replace("column: salary, min_value", "column: contract, min_value"), encoding="utf-8")
    with pytest.raises(BadSettings, match=r"fct_offers\.yaml.*salary_is_plausible.*correct its type or its arguments"):
        check_marts(query_of("('a', 'permanent', 5.0)"), lakehouse, None, run_id="run")


def test_a_critical_expectation_leaves_the_published_warehouse_as_it_was(settings: Settings, lakehouse: Lakehouse) -> None:
    keys = ["a"]

    def build(call: DbtCall) -> Sequence[NodeResult]:
        """What dbt would: a mart of these keys."""
        values = ", ".join(f"('{key}', 'permanent', 30000.0)" for key in keys)
        with duckdb.connect(str(call.environment["TALENTFLOW_WAREHOUSE_FILE"])) as connection:
            connection.execute("create schema if not exists marts")
            connection.execute(
                f"create or replace table marts.fct_offers as from (values {values}) as t(offer_id, contract, salary)"
            )
        return [NodeResult("model.talentflow.fct_offers", "success")]

    check = partial(check_marts, lakehouse=lakehouse, site=settings.reports_dir / "quality", run_id="run")
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("a")))
    assert build_warehouse(settings, lakehouse, build, check=check).details["expectations"]["marts.fct_offers"]["met"] == 3
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("b")))
    keys[:] = ["a", "b", "b"]
    with pytest.raises(QualityGateFailed, match=r"marts\.fct_offers\.offer_id_is_unique \(1 rows: b\).*stays as it was"):
        build_warehouse(settings, lakehouse, build, check=check)
    assert open_warehouse(settings).query("select offer_id from marts.fct_offers") == [{"offer_id": "a"}]
    keys[:] = ["a", "b"]
    build_warehouse(settings, lakehouse, build, check=check)
    assert len(open_warehouse(settings).query("select offer_id from marts.fct_offers")) == 2
