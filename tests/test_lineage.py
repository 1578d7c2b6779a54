"""Lineage: what runs tell of themselves, and what is drawn from it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect.tasks import Task

from flows import tasks
from talentflow.errors import BadInput, EncryptedDocument, QualityGateFailed, ServiceUnavailable
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.lineage import Pace, follow
from talentflow.lineage.graph import graph_of, mermaid
from talentflow.lineage.journal import Journal
from talentflow.lineage.picture import svg
from talentflow.lineage.steps import reads, writes
from talentflow.report import StageReport
from talentflow.settings import Settings
from talentflow.tables import CLASSIFICATIONS, JOB_OFFERS, TABLES, TEXTS
from tests.command import ROOT
from tests.lineage_spec import RUN, of, report, small_run, states, told
from tests.rows import offer_row, table_of, text_row


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def lakehouse(settings: Settings) -> Lakehouse:
    return open_lakehouse(settings)


# What is told


def test_a_stage_tells_what_it_read_and_wrote_with_schema_version_and_rows(settings: Settings, lakehouse: Lakehouse) -> None:
    lakehouse.upsert(TEXTS, table_of(TEXTS, text_row("a"), text_row("b")))
    small_run(settings, lakehouse)
    events = told(settings)
    assert [(e["job"]["name"], e["eventType"]) for e in events] == [
        ("pipeline", "START"),
        ("classify", "START"),
        ("classify", "COMPLETE"),
        ("pipeline", "COMPLETE"),
    ]
    start, end = of(events, "classify")
    assert start["run"]["runId"] == end["run"]["runId"]
    assert end["run"]["facets"]["parent"]["run"]["runId"] == events[0]["run"]["runId"]
    (read,) = end["inputs"]
    assert (read["name"], read["facets"]["version"]["datasetVersion"]) == ("silver.texts", "0")
    assert read["inputFacets"]["inputStatistics"]["rowCount"] == 2
    written = next(d for d in end["outputs"] if d["name"] == "silver.classifications")
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert written["facets"]["version"]["datasetVersion"] == "0"
    assert [f["name"] for f in written["facets"]["schema"]["fields"]] == CLASSIFICATIONS.schema.names


def test_a_column_inside_a_list_is_in_the_schema(settings: Settings, lakehouse: Lakehouse) -> None:
    with follow(settings, lakehouse, RUN, "pipeline") as lineage, lineage.stage("extract") as tell:
        lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, offer_row("o")))
        tell(report("extract", 1))
    end = of(told(settings), "extract")[-1]
    offers = next(d for d in end["outputs"] if d["name"] == "silver.job_offers")
    evidence = next(f for f in offers["facets"]["schema"]["fields"] if f["name"] == "evidence")
    (element,) = evidence["fields"]
    assert {"field", "start", "end"} <= {f["name"] for f in element["fields"]}


def test_a_failure_is_told_by_its_kind_and_place_and_never_by_its_message(settings: Settings, lakehouse: Lakehouse) -> None:
    def run() -> None:
        with follow(settings, lakehouse, RUN, "pipeline") as lineage, lineage.stage("parse"):
            raise EncryptedDocument("ada-lovelace.pdf is password-protected: ask ada@example.org")

    with pytest.raises(EncryptedDocument):
        run()
    events = told(settings)
    assert states(events, "parse") == ["START", "FAIL"]
    assert states(events, "pipeline") == ["START", "FAIL"]
    error = of(events, "parse")[-1]["run"]["facets"]["errorMessage"]
    assert error["message"].startswith("EncryptedDocument (encrypted_document): A password protects it.")
    assert re.search(r"^tests/test_lineage\.py:\d+ in run$", error["stackTrace"], re.M)
    journal = "".join(p.read_text() for p in Journal.of(settings).paths())
    assert "lovelace" not in journal.casefold()
    assert "ada@" not in journal
    assert str(ROOT) not in journal
    assert str(settings.home) not in journal


def test_a_run_fails_with_a_stage_whose_error_it_keeps_for_its_summary(settings: Settings, lakehouse: Lakehouse) -> None:
    with follow(settings, lakehouse, RUN, "pipeline") as lineage, pytest.raises(QualityGateFailed), lineage.stage("gate"):
        raise QualityGateFailed("only 2 % passed")
    assert states(told(settings), "pipeline") == ["START", "FAIL"]


def test_a_stage_that_is_tried_again_with_success_leaves_a_run_that_is_well(settings: Settings, lakehouse: Lakehouse) -> None:
    with follow(settings, lakehouse, RUN, "pipeline") as lineage:
        with pytest.raises(ServiceUnavailable), lineage.stage("index"):
            raise ServiceUnavailable("no answer")
        with lineage.stage("index") as tell:
            tell(report("index", 0))
    events = told(settings)
    assert states(events, "index") == ["START", "FAIL", "START", "COMPLETE"]
    assert len({e["run"]["runId"] for e in of(events, "index")}) == 2
    assert states(events, "pipeline") == ["START", "COMPLETE"]


def test_an_interrupted_run_is_aborted(settings: Settings, lakehouse: Lakehouse) -> None:
    with pytest.raises(KeyboardInterrupt), follow(settings, lakehouse, RUN, "pipeline") as lineage, lineage.stage("parse"):
        raise KeyboardInterrupt
    assert states(told(settings), "parse")[-1] == states(told(settings), "pipeline")[-1] == "ABORT"


def test_what_the_gate_found_is_told_of_the_table_that_it_judged(settings: Settings, lakehouse: Lakehouse) -> None:
    said = report("gate", 5)
    unmet = {"title_is_given": 20.0}
    said.details = {"expectations": {"silver.job_offers": {"rows": 5, "met": 30, "unmet": unmet, "critical": ["title_is_given"]}}}
    with follow(settings, lakehouse, RUN, "pipeline") as lineage, lineage.stage("gate") as tell:
        tell(said)
    end = of(told(settings), "gate")[-1]
    found = next(d for d in end["inputs"] if d["name"] == "silver.job_offers")
    whole, title = found["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (whole["success"], whole["actual"]) == (False, "30 of 31 met by 5 rows")
    assert (title["name"], title["success"], title["severity"]) == ("title_is_given", False, "error")


def test_of_micro_batches_one_is_told_while_the_pace_lasts_and_every_failure(settings: Settings, lakehouse: Lakehouse) -> None:
    pace = Pace(seconds=3600)

    def batch(number: int, documents: int, error: Exception | None = None) -> None:
        with follow(settings, lakehouse, f"{RUN}{number}", "stream", pace) as lineage, lineage.stage("parse") as tell:
            tell(report("parse", documents))
            if error:
                raise error

    batch(1, 0)
    assert told(settings) == []
    batch(2, 3)
    batch(3, 3)
    assert states(told(settings), "parse") == ["START", "COMPLETE"]
    with pytest.raises(ServiceUnavailable):
        batch(4, 3, ServiceUnavailable("no answer"))
    assert states(told(settings), "parse")[2:] == ["START", "FAIL"]
    assert states(told(settings), "stream") == ["START", "COMPLETE", "START", "FAIL"]


def test_what_spark_and_ray_do_is_told_as_theirs_under_the_names_of_their_servers(
    settings: Settings, lakehouse: Lakehouse
) -> None:
    choice = {"lakehouse": "spark", "eventlog": "kafka", "engine": "ray", "vectors": "pinecone", "warehouse": "snowflake"}
    kept = {"lake_uri": "s3://key@lake/tables", "kafka_bootstrap": "broker:9092,b2:9092", "snowflake_account": "ORG-ACC"}
    full = settings.model_copy(update=choice | kept)
    with follow(full, lakehouse, RUN, "pipeline") as lineage:
        for name in ("bronze", "parse", "extract", "index", "warehouse"):
            with lineage.stage(name) as tell:
                tell(report(name, 0))
    events = told(settings)
    types = {e["job"]["name"]: e["job"]["facets"]["jobType"]["integration"] for e in events}
    assert (types["bronze"], types["extract"], types["parse"], types["index"]) == ("SPARK", "SPARK", "RAY", "TALENTFLOW")
    assert of(events, "bronze")[-1]["run"]["facets"]["processing_engine"]["name"] == "Spark"
    names = {(d["namespace"], d["name"]) for e in events for d in (*e["inputs"], *e["outputs"])}
    assert {("kafka://broker:9092", "documents"), ("snowflake://ORG-ACC", "TALENTFLOW.OPS.LOADS")} <= names
    assert ("pinecone://talentflow", "vectors.index") in names
    written = next(d for d in of(events, "bronze")[-1]["outputs"] if d["name"] == "bronze.documents")
    (place,) = written["facets"]["symlinks"]["identifiers"]
    assert place == {"namespace": "s3://lake", "name": "tables/bronze/documents", "type": "TABLE"}
    assert {"eventlog.documents", "ops.loads"} <= graph_of(events).nodes.keys()


def test_where_lineage_is_off_nothing_is_written(settings: Settings, lakehouse: Lakehouse) -> None:
    small_run(settings.model_copy(update={"lineage_enabled": False}), lakehouse)
    assert not settings.lineage_dir.exists()


def test_every_task_of_a_run_says_what_it_reads_and_every_table_who_writes_it() -> None:
    names = {t.name for t in vars(tasks).values() if isinstance(t, Task)}
    assert {name for name in names if not (writes(name) and (reads(name) or name == "warehouse"))} == set()
    written = {d.name for name in (*names, "ingest") for d in writes(name) if d.place == "lake"}
    assert written == TABLES.keys()


# dbt


def artifacts(folder: Path, *, generated: datetime) -> None:
    """What dbt leaves of two models, of which one failed with a row in its message, and of a test."""
    at = generated.isoformat().replace("+00:00", "Z")
    timing = [{"name": "execute", "started_at": at, "completed_at": at}]
    model = {"resource_type": "model", "database": "build", "config": {"materialized": "table"}, "compiled_code": "select 1"}
    nodes = {
        "model.talentflow.stg_offers": model
        | {"schema": "staging_NEXT", "name": "stg_offers", "alias": "stg_offers", "config": {"materialized": "ephemeral"}}
        | {"depends_on": {"nodes": ["source.talentflow.silver.job_offers"]}},
        "model.talentflow.fct_offers": model
        | {"schema": "marts", "name": "fct_offers", "alias": "fct_offers", "description": "One row\n an offer."}
        | {"columns": {"offer_key": {"name": "offer_key", "data_type": "varchar", "description": "its key"}}}
        | {"depends_on": {"nodes": ["model.talentflow.stg_offers"]}},
        "model.talentflow.dim_skill": model
        | {"schema": "marts", "name": "dim_skill", "alias": "dim_skill", "depends_on": {"nodes": []}},
        "test.talentflow.unique": {"resource_type": "test", "name": "unique_fct_offers_offer_key", "column_name": "offer_key"}
        | {"test_metadata": {"name": "unique"}, "attached_node": "model.talentflow.fct_offers", "config": {"severity": "ERROR"}}
        | {"depends_on": {"nodes": ["model.talentflow.fct_offers"]}},
    }
    source = {
        "unique_id": "source.talentflow.silver.job_offers",
        "resource_type": "source",
        "schema": "silver",
        "name": "job_offers",
        "identifier": "job_offers",
    }
    nodes = {unique_id: node | {"unique_id": unique_id} for unique_id, node in nodes.items()}
    manifest = {"nodes": nodes, "sources": {"source.talentflow.silver.job_offers": source}}
    results = [
        {"unique_id": "model.talentflow.fct_offers", "status": "success", "message": "OK"},
        {"unique_id": "model.talentflow.dim_skill", "status": "error", "message": "duplicate key: ada@example.org"},
        {"unique_id": "test.talentflow.unique", "status": "fail", "failures": 3, "message": "Got 3 results"},
    ]
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    told = {"metadata": {"generated_at": at, "dbt_version": "1.11.0"}, "results": [r | {"timing": timing} for r in results]}
    (folder / "run_results.json").write_text(json.dumps(told))


def test_dbts_artifacts_tell_its_models_and_tests_and_no_message(settings: Settings, lakehouse: Lakehouse) -> None:
    def run() -> None:
        with follow(settings, lakehouse, RUN, "pipeline") as lineage, lineage.stage("warehouse"):
            artifacts(settings.warehouse_dir / "dbt", generated=datetime.now(UTC))
            raise QualityGateFailed("1 dbt models or tests failed: duplicate key: ada@example.org")

    with pytest.raises(QualityGateFailed):
        run()
    events = told(settings)
    built = of(events, "dbt.talentflow.fct_offers")[-1]
    stage = of(events, "warehouse")[-1]
    assert built["eventType"] == "COMPLETE"
    assert built["run"]["facets"]["parent"]["run"]["runId"] == stage["run"]["runId"]
    assert built["run"]["facets"]["parent"]["root"]["run"]["runId"] == of(events, "pipeline")[0]["run"]["runId"]
    assert [d["name"] for d in built["inputs"]] == ["silver.job_offers"]
    (output,) = built["outputs"]
    assert (output["namespace"], output["name"]) == ("duckdb://talentflow.duckdb", "marts.fct_offers")
    assert output["facets"]["schema"]["fields"] == [
        {"name": "offer_key", "type": "varchar", "description": "its key", "fields": []}
    ]
    assert output["facets"]["documentation"]["description"] == "One row an offer."
    assert built["job"]["facets"]["sql"]["query"] == "select 1"
    assert states(events, "dbt.talentflow.dim_skill") == ["START", "FAIL"]
    (judged,) = of(events, "dbt.tests")[-1]["inputs"]
    (check,) = judged["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (judged["name"], check["success"], check["actual"]) == ("marts.fct_offers", False, "3 failing rows")
    assert "ada@" not in json.dumps(events)


def test_artifacts_of_an_earlier_run_are_not_told_again(settings: Settings, lakehouse: Lakehouse) -> None:
    artifacts(settings.warehouse_dir / "dbt", generated=datetime(2026, 1, 1, tzinfo=UTC))
    unchanged = StageReport("warehouse", details={"unchanged": True})
    with follow(settings, lakehouse, RUN, "pipeline") as lineage, lineage.stage("warehouse") as tell:
        tell(unchanged)
    assert {e["job"]["name"] for e in told(settings)} == {"pipeline", "warehouse"}


# The graph


def test_a_graph_shows_each_jobs_last_run_or_the_run_that_is_asked_for(settings: Settings, lakehouse: Lakehouse) -> None:
    lakehouse.upsert(TEXTS, table_of(TEXTS, text_row("a")))
    small_run(settings, lakehouse)
    with follow(settings, lakehouse, "20261126T130000-0123abcd", "pipeline") as lineage, lineage.stage("parse") as tell:
        tell(report("parse", 0))
    events = told(settings)
    whole = graph_of([*events, {"job": None}, {}])
    assert whole.edges == {("silver.texts", "silver.classifications"): "classify", ("bronze.documents", "silver.texts"): "parse"}
    assert whole.nodes["silver.classifications"].rows == 2
    assert whole.nodes["ops.outcomes"].maker == "every stage"
    assert graph_of(events, RUN).edges.keys() == {("silver.texts", "silver.classifications")}
    assert graph_of(events, of(events, "pipeline")[0]["run"]["runId"]).edges == graph_of(events, RUN).edges
    with pytest.raises(BadInput, match="no run 2020"):
        graph_of(events, "2020")
    with pytest.raises(BadInput, match="no event yet"):
        graph_of([])
    for node in whole.nodes:
        assert f'data-dataset="{node}"' in svg(whole)
        assert f'"{node.partition(".")[2]}' in mermaid(whole)


def test_names_cannot_break_out_of_a_picture(settings: Settings, lakehouse: Lakehouse) -> None:
    small_run(settings, lakehouse)
    events = told(settings)
    events[2]["outputs"].append({"namespace": "x", "name": 'marts.<script>"&'})
    graph = graph_of(events)
    assert "<script>" not in svg(graph) + mermaid(graph)


def pictured() -> set[str]:
    text = (ROOT / "docs" / "images" / "lineage.svg").read_text(encoding="utf-8")
    return set(re.findall(r'data-dataset="([^"]+)"', text))


@pytest.mark.skipif(not (ROOT / "docs" / "images" / "lineage.svg").exists(), reason="not drawn yet")
def test_the_docs_picture_has_every_table_and_every_model_and_nothing_that_is_gone() -> None:
    built = ("staging", "intermediate", "marts", "snapshots")
    found = pictured()
    models = {p.stem for p in (ROOT / "dbt" / "models").rglob("*.sql")}
    models |= {
        n for p in (ROOT / "dbt" / "snapshots").rglob("*.yml") for n in re.findall(r"^\s*- name: (\w+)", p.read_text(), re.M)
    }
    assert {name.partition(".")[2] for name in found if name.startswith(built)} == models
    outside = {"sources.simulation", "eventlog.documents", "eventlog.interactions", "vectors.index", "ops.skills", "ops.loads"}
    again = "draw it again: talentflow quick --no-serve --simulate 100, then talentflow lineage --format svg"
    assert {name for name in found if not name.startswith(built)} == TABLES.keys() | outside, again
