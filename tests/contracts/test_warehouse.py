"""The warehouse contract: loaded from the lakehouse, modelled by dbt, published whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gradio_ui.market import skill_market
from talentflow.errors import QualityGateFailed, ServiceUnavailable
from talentflow.lakehouse import open_lakehouse
from talentflow.settings import PROJECT_DIR, Settings
from talentflow.tables import CANDIDATES, IDENTITIES, JOB_OFFERS
from talentflow.warehouse import Warehouse, open_warehouse
from talentflow.warehouse.refresh import build_warehouse
from tests.rows import candidate_row, identity_row, offer_row, table_of
from tests.snowflake import settings_on

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("warehouse")]


ADAPTERS = ["duckdb", "snowflake"]


def settings_of(adapter: str, home: Path, request: pytest.FixtureRequest) -> Settings:
    """An empty home whose warehouse is the adapter's."""
    return settings_on(request.getfixturevalue("snowflake_double"), home) if adapter == "snowflake" else Settings(home=home)


@pytest.fixture(scope="module", params=ADAPTERS)
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_of(request.param, tmp_path_factory.mktemp("warehouse"), request)
    lakehouse = open_lakehouse(settings)
    offers = [
        offer_row("o1"),
        offer_row("o2", contract="internship", hiring_organization=" NORDLYS "),
        offer_row("o3", duplicate_of="o1"),
        offer_row(
            "o4", base_salary={"min_value": 100.0, "max_value": None, "currency": "EUR", "unit": "DAY"}, workplace="remote"
        ),
    ]
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, *offers))
    lakehouse.upsert(CANDIDATES, table_of(CANDIDATES, candidate_row("c1")))
    lakehouse.upsert(IDENTITIES, table_of(IDENTITIES, identity_row("c1", name="Anna Keller")))
    build_warehouse(settings, lakehouse)
    return settings


@pytest.fixture
def warehouse(settings: Settings) -> Warehouse:
    return open_warehouse(settings)


def test_offers_and_internships_are_facts_of_their_own_and_duplicates_count_once(warehouse: Warehouse) -> None:
    assert [r["offer_id"] for r in warehouse.query("select offer_id from marts.fct_offers order by 1")] == ["o1", "o4"]
    assert [r["offer_id"] for r in warehouse.query("select offer_id from marts.fct_internships")] == ["o2"]


def test_one_employer_written_two_ways_is_one_company(warehouse: Warehouse) -> None:
    assert len(warehouse.query("select * from marts.dim_company")) == 1


def test_salaries_are_brought_to_a_year(warehouse: Warehouse) -> None:
    (row,) = warehouse.query("select salary_min_year, salary_max_year from marts.fct_offers where offer_id = ?", ["o4"])
    assert row == {"salary_min_year": 22000.0, "salary_max_year": None}


def test_skill_market_sets_demand_against_supply(warehouse: Warehouse) -> None:
    (row,) = warehouse.query(
        "select offers, offers_requiring, candidates from marts.mart_skill_market where skill_key = 'python'"
    )
    assert row == {"offers": 3, "offers_requiring": 3, "candidates": 1}


def test_personal_data_never_reaches_it(settings: Settings, warehouse: Warehouse) -> None:
    tables = warehouse.query("select table_schema, table_name from information_schema.tables")
    assert not [t for t in tables if "identit" in t["table_name"].lower()]
    assert all(b"Anna Keller" not in file.read_bytes() for file in settings.warehouse_dir.rglob("*.duckdb"))


def test_unchanged_tables_are_not_built_again(settings: Settings) -> None:
    assert build_warehouse(settings, open_lakehouse(settings)).details == {"unchanged": True}


def test_a_failing_build_names_the_test_and_leaves_the_published_warehouse(settings: Settings, tmp_path: Path) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(PROJECT_DIR / "dbt", project)
    (project / "tests" / "no_offer_is_allowed.sql").parent.mkdir(exist_ok=True)
    (project / "tests" / "no_offer_is_allowed.sql").write_text("select * from {{ ref('fct_offers') }}")
    warehouse = open_warehouse(settings)
    warehouse.load(open_lakehouse(settings))
    with pytest.raises(QualityGateFailed, match="no_offer_is_allowed"):
        warehouse.build(project)
    assert len(warehouse.query("select * from marts.fct_offers")) == 2


def test_the_app_reads_the_market_from_it(settings: Settings) -> None:
    assert skill_market(settings) == [{"skill": "Python", "asked": 1.0, "had": 1.0}]


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_before_the_first_publication_it_says_what_to_do(adapter: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    warehouse = open_warehouse(settings_of(adapter, tmp_path, request))
    with pytest.raises(ServiceUnavailable, match="talentflow quick"):
        warehouse.query("select * from marts.fct_offers")
    assert warehouse.built_from() is None
