"""What a whole run tells of its lineage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from talentflow.lakehouse import open_lakehouse
from talentflow.lineage.graph import graph_of
from talentflow.lineage.journal import Journal
from talentflow.settings import Settings
from talentflow.tables import IDENTITIES, TABLES, TEXTS
from tests.command import ROOT
from tests.lineage_spec import require_valid

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("quick")]


@pytest.fixture(scope="module")
def events(home: Path, first_run: dict[str, Any]) -> list[dict[str, Any]]:
    return list(Journal.of(Settings(home=home)).read())


def test_every_event_is_valid_and_every_run_that_starts_ends_well(events: list[dict[str, Any]]) -> None:
    for event in events:
        require_valid(event)
    runs: dict[str, list[str]] = {}
    for event in events:
        runs.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert {tuple(states) for states in runs.values()} == {("START", "COMPLETE")}


def test_the_graph_has_every_table_and_every_model_and_leads_from_sources_to_marts(
    home: Path, first_run: dict[str, Any], events: list[dict[str, Any]]
) -> None:
    graph = graph_of(events, first_run["run_id"])
    manifest = json.loads((home / "warehouse" / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    built = [n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "snapshot")]
    tables = {f"{n['schema']}.{n['alias']}" for n in built if n["config"]["materialized"] != "ephemeral"}
    assert TABLES.keys() | tables <= graph.nodes.keys()
    reached, last = set(), {"sources.simulation"}
    while last:
        reached |= last
        last = {b for a, b in graph.edges if a in last} - reached
    assert {"silver.texts", "silver.job_offers", "vectors.index", "staging.stg_job_offers", "marts.fct_offers"} <= reached
    for name in ("bronze.documents", "silver.job_offers", "silver.candidates"):
        assert graph.nodes[name].rows == first_run["tables"][name]


def test_nothing_of_a_person_a_document_or_this_machine_is_told(home: Path, first_run: dict[str, Any]) -> None:
    settings = Settings(home=home)
    journal = "".join(path.read_text(encoding="utf-8") for path in Journal.of(settings).paths())
    lakehouse = open_lakehouse(settings)
    people = lakehouse.read(IDENTITIES, ["name", "email", "phone"]).to_pylist()
    secrets = {value for row in people for value in row.values() if value and len(value) > 4}
    secrets |= set(lakehouse.read(TEXTS, ["source_uri"])["source_uri"].to_pylist())
    assert len(secrets) > 100
    assert {s for s in secrets if s in journal or json.dumps(s)[1:-1] in journal} == set()
    assert str(home) not in journal
    assert str(ROOT) not in journal
