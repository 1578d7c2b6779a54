"""The pipeline: event log to served index and marts, one task a stage."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from prefect import flow
from prefect.artifacts import create_link_artifact, create_table_artifact

from flows import tasks
from flows.ingest import produce
from talentflow.lakehouse import Lakehouse
from talentflow.report import RunSummary, save_summary
from talentflow.settings import Settings
from talentflow.tables import TABLES


@flow(name="pipeline", flow_run_name="pipeline", persist_result=False)
def pipeline(
    cvs: list[str] | None = None,
    offers: list[str] | None = None,
    simulate: int = 0,
    seed: int = 1,
    ingested: list[dict[str, Any]] | None = None,
    orchestrator_seconds: float = 0.0,
) -> dict[str, Any]:
    """Take what is on the event log, and what is named here, through every stage; returns the run's summary.

    Args:
        cvs, offers: files and folders to put on the event log first.
        simulate: documents to simulate first.
        seed: of the simulation.
        ingested: reports of producers that ran before this flow, for the summary.
        orchestrator_seconds: what was waited for this server, for the summary.
    """
    started, started_at = time.perf_counter(), datetime.now(UTC)
    settings = Settings()
    with tasks.open_run(settings) as run:
        stages = produce(run.eventlog, run.lakehouse, cvs=cvs or [], offers=offers or [], simulate=simulate, seed=seed)
        stages += [tasks.bronze(run), tasks.parse(run), tasks.classify(run), tasks.extract(run), tasks.gate(run)]
        marts = tasks.warehouse.submit(run)
        stages += [tasks.embed(run), tasks.index(run)]
        stages.append(marts.result())
        told = [*(ingested or []), *(s.as_json() for s in stages)]
        summary = summarise(run, told, started_at, time.perf_counter() - started, orchestrator_seconds)
    publish(summary)
    save_summary(settings, summary)
    return summary


def summarise(
    run: tasks.Run, stages: list[dict[str, Any]], started_at: datetime, seconds: float, orchestrator_seconds: float
) -> dict[str, Any]:
    """The run in one JSON object."""
    settings = run.settings
    gate = next(s for s in stages if s["name"] == "gate")
    reports = {"runs": str(settings.reports_dir / "runs"), "warehouse": str(settings.warehouse_dir / "talentflow.duckdb")}
    data_docs = settings.reports_dir / "quality" / "gx" / "uncommitted" / "data_docs" / "local_site" / "index.html"
    if data_docs.exists():
        reports["data_docs"] = str(data_docs)
    return RunSummary(
        run_id=run.run_id,
        profile=settings.profile,
        status="ok",
        started_at=started_at.isoformat(timespec="seconds"),
        seconds=seconds,
        orchestrator_seconds=orchestrator_seconds,
        stages=stages,
        tables=count_tables(run.lakehouse),
        index=next(s for s in stages if s["name"] == "index").get("details", {}),
        quality=gate.get("details", {}).get("expectations", {}),
        reports=reports,
    ).as_json()


def count_tables(lakehouse: Lakehouse) -> dict[str, int]:
    """Rows a table."""
    return {table.id: lakehouse.count(table) for table in TABLES.values()}


def publish(summary: dict[str, Any]) -> None:
    """The summary table and the quality report's link, as artifacts of this flow run."""
    columns = ("name", "in", "ok", "quarantined", "skipped", "seconds")
    create_table_artifact(
        key="stages", table=[{c: s[c] for c in columns} for s in summary["stages"]], description=f"Run {summary['run_id']}"
    )
    if docs := summary["reports"].get("data_docs"):
        create_link_artifact(key="quality-report", link=f"file://{docs}", link_text="Data Docs")
