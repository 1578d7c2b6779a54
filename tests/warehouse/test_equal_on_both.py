"""The same rows give the same marts on DuckDB and on Snowflake, whenever they are built.

With `-m live` and an account (see `tests/snowflake.py`) the second engine is a real one.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.warehouse.conftest import Marts, TwoDays

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("warehouse"), pytest.mark.timeout(1200)]

SNOWFLAKES = ["on_snowflake", pytest.param("on_account", marks=pytest.mark.live)]
OF_THE_CLOCK = {"changed_at", "dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"}
"""When a build saw a change, and what is made of that."""


@pytest.fixture(params=["on_duckdb", *SNOWFLAKES])
def days(request: pytest.FixtureRequest) -> TwoDays:
    return request.getfixturevalue(request.param)


def _without_clock(marts: Marts) -> dict[str, list[str]]:
    return {
        name: sorted(repr({k: v for k, v in sorted(row.items()) if k not in OF_THE_CLOCK}) for row in rows)
        for name, rows in marts.items()
    }


def _one(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (row,) = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return row


@pytest.mark.parametrize("day", ["first", "later"])
@pytest.mark.parametrize("other", SNOWFLAKES)
def test_every_row_of_every_mart_is_equal_on_both_engines(
    request: pytest.FixtureRequest, on_duckdb: TwoDays, other: str, day: str
) -> None:
    on_other: TwoDays = request.getfixturevalue(other)
    duckdb, snowflake = (_without_clock(getattr(engine, day)) for engine in (on_duckdb, on_other))
    assert duckdb.keys() == snowflake.keys()
    for name, rows in duckdb.items():
        assert rows == snowflake[name], name


def test_hardly_a_mart_is_empty_so_that_the_comparison_means_something(on_duckdb: TwoDays) -> None:
    assert not [name for name, rows in on_duckdb.later.items() if not rows]


def test_building_again_changes_nothing(days: TwoDays) -> None:
    assert days.again == days.first


def test_late_events_are_taken_and_deleted_ones_are_gone(days: TwoDays) -> None:
    events = days.later["marts.fct_interactions"]
    assert {row["event_id"] for row in events} == {"e1", "e2", "e3", "e5", "e6", "e7", "e8"}
    assert _one(events, event_id="e1")["occurred_at"].isoformat() == "2026-11-11T02:30:00"
    assert _one(events, event_id="e6")["occurred_at"] is None


def test_a_run_that_goes_on_is_measured_again(days: TwoDays) -> None:
    before = _one(days.first["marts.mart_pipeline_quality"], run_id="r1")
    after = _one(days.later["marts.mart_pipeline_quality"], run_id="r1")
    assert (before["documents"], after["documents"]) == (8, 9)
    assert after["milliseconds_p95"] > before["milliseconds_p95"]


def test_a_person_who_is_deleted_is_in_no_mart(days: TwoDays) -> None:
    assert "'c3'" in repr(days.first["marts.fct_candidates"])
    gone = {name: rows for name, rows in days.later.items() if name != "marts.fct_interactions"}
    assert "'c3'" not in repr(gone)


def test_the_history_of_an_offer_says_what_changed(days: TwoDays) -> None:
    changes = days.later["marts.mart_offer_changes"]
    assert not days.first["marts.mart_offer_changes"]
    assert {(r["offer_id"], r["field"], r["value_before"], r["value_after"]) for r in changes} == {
        ("o1", "salary_min", "40000.00", "45000.00"),
        ("o1", "workplace", "hybrid", "remote"),
        ("o2", "is_deleted", "False", "True"),
        ("o9", "closed_on", None, "2026-11-20"),
    }


def test_an_earlier_version_ends_when_the_next_begins(days: TwoDays) -> None:
    versions = [row for row in days.later["snapshots.offers_history"] if row["offer_id"] == "o1"]
    first, second = sorted(versions, key=lambda row: row["dbt_valid_from"])
    assert first["dbt_valid_to"] == second["dbt_valid_from"]
    assert second["dbt_valid_to"] is None


def test_spellings_of_one_thing_are_one_and_odd_values_are_read(on_duckdb: TwoDays) -> None:
    marts = on_duckdb.first
    assert [row["company"] for row in marts["marts.dim_company"]] == ["SOCIÉTÉ D'ÉTÉ"]
    assert {row["skill_key"] for row in marts["marts.dim_skill"]} == {"python", "name:zauberei", "name:日本語"}
    odd = _one(marts["marts.fct_offers"], offer_id="o7")
    assert (odd["date_posted"], odd["valid_through"], odd["closed_on"], odd["salary_eur"]) == (None, None, None, None)
    assert _one(marts["marts.mart_source_quality"], source="files")["quarantined"] == 1
