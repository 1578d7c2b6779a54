"""The pipeline: event log to served index and marts, one task a stage."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from prefect import flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from flows import tasks
from producers.health import sources_alerts
from producers.ingest import ingest_simulated_interactions, produce
from talentflow.data_docs import site_of
from talentflow.errors import TalentflowError
from talentflow.lakehouse import Lakehouse, small_lakehouse
from talentflow.llm.choice import require_llm
from talentflow.order import choose, require_inputs
from talentflow.report import StageReport, save_summary
from talentflow.settings import Settings, load_settings
from talentflow.suites import load_suites
from talentflow.tables import TABLES


@flow(name="pipeline", flow_run_name="pipeline", persist_result=False)
def pipeline(
    cvs: list[str] | None = None,
    offers: list[str] | None = None,
    simulate: int = 0,
    seed: int = 1,
    simulated: int | None = None,
    only: list[str] | None = None,
    ingested: list[dict[str, Any]] | None = None,
    orchestrator_seconds: float = 0.0,
) -> dict[str, Any]:
    """Take what is on the event log, and what is named here, through every stage; returns the run's summary.

    Args:
        cvs, offers: files and folders to put on the event log first.
        simulate: documents to simulate first.
        seed: of the simulation.
        simulated: the seed of a simulation whose offers and candidates are to meet: their interactions are simulated too.
        only: stages to run instead of all, in the order of a run.
        ingested: reports of producers that ran before this flow, for the summary.
        orchestrator_seconds: what was waited for this server, for the summary.
    """
    started, started_at = time.perf_counter(), datetime.now(UTC)
    settings = load_settings()
    with tasks.open_run(settings) as run:
        stages: list[StageReport] = []
        error: TalentflowError | None = None
        try:
            stages += produce(run.eventlog, run.lakehouse, cvs=cvs or [], offers=offers or [], simulate=simulate, seed=seed)
            run.lineage.produced([*(ingested or []), *stages])
            if only:
                run_some(run, stages, choose(only))
            else:
                run_all(run, stages, simulated)
        except TalentflowError as failure:
            error = failure
        told = [*(ingested or []), *(s.as_json() for s in stages)]
        summary = summarise(run, told, started_at, time.perf_counter() - started, orchestrator_seconds, error)
        summary["only"] = list(choose(only or []))
    save_summary(settings, summary)
    publish(summary)
    if error is not None:
        raise error
    return summary


def run_all(run: tasks.Run, stages: list[StageReport], simulated: int | None) -> None:
    """Every stage; `stages` grows by what each did. Raises BadSettings for a suite that cannot be used, before all else."""
    load_suites()
    by_model = run.settings.extraction != "rules"
    if by_model:
        require_llm(run.settings).close()
    for stage in (tasks.bronze, tasks.parse, tasks.classify, tasks.extract, *([tasks.complete] if by_model else []), tasks.link):
        stages.append(stage(run))
    if simulated is not None:
        stages.append(ingest_simulated_interactions(run.eventlog, run.lakehouse, seed=simulated))
        run.lineage.produced(stages[-1:])
    stages.append(tasks.interactions(run))
    # the gate runs on one core and the model on the others; what the gate takes out is not published
    checked = tasks.gate.submit(run)
    embedded = tasks.embed(run)
    stages += [checked.result(), embedded]
    marts = tasks.warehouse.submit(run)
    stages += [tasks.index(run), marts.result()]


def run_some(run: tasks.Run, stages: list[StageReport], names: Sequence[str]) -> None:
    """The stages that are named, one after the other. Raises BadInput when one has nothing to begin with."""
    for name in names:
        require_inputs(name, run.lakehouse)
        stages.append(tasks.STAGES[name](run))


def summarise(
    run: tasks.Run,
    stages: list[dict[str, Any]],
    started_at: datetime,
    seconds: float,
    orchestrator_seconds: float,
    error: TalentflowError | None,
) -> dict[str, Any]:
    """The run in one JSON object; `stages` are `StageReport.as_json`."""
    settings = run.settings
    details = {s["name"]: s.get("details", {}) for s in stages}
    return {
        "run_id": run.run_id,
        "profile": settings.profile,
        "status": "failed" if error else "ok",
        "error": str(error) if error else None,
        "started_at": started_at.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "orchestrator_seconds": round(orchestrator_seconds, 3),
        "stages": stages,
        "tables": count_tables(run.lakehouse),
        "rows_written": sum(s["rows_written"] for s in stages),
        "texts_embedded": details.get("embed", {}).get("texts_embedded", 0),
        "index": index_of(details.get("index", {})),
        "quality": details.get("gate", {}).get("expectations", {}) | details.get("warehouse", {}).get("expectations", {}),
        "alerts": alerts(run, details),
        "reports": reports(settings),
    }


def alerts(run: tasks.Run, details: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What drifted in this run, and sources that do not do as usual: `drift.Alert.as_json`."""
    found: list[dict[str, Any]] = [alert for stage in ("gate", "warehouse") for alert in details.get(stage, {}).get("alerts", [])]
    return found + [alert.as_json() for alert in sources_alerts(run.settings, small_lakehouse(run.settings, run.lakehouse))]


def index_of(published: dict[str, Any]) -> dict[str, Any]:
    """Vectors in all and of each kind of record, and the model they come from."""
    kinds: dict[str, int] = published.get("vectors", {})
    return published | {"vectors": sum(kinds.values()), "kinds": kinds}


def reports(settings: Settings) -> dict[str, str]:
    """Where people find the results."""
    found = {
        "data_docs": site_of(settings) / "index.html",
        "warehouse": settings.warehouse_dir / "talentflow.duckdb",
        "tables": settings.lake_dir,
        "lineage": settings.lineage_dir,
    }
    there = {name: str(path) for name, path in found.items() if path.exists()}
    return there | {"app": f"http://{settings.ui_host}:{settings.ui_port}"}


def count_tables(lakehouse: Lakehouse) -> dict[str, int]:
    """Rows a table."""
    return {table.id: lakehouse.count(table) for table in TABLES.values()}


def publish(summary: dict[str, Any]) -> None:
    """The summary table and the quality report's link, as artifacts of this flow run."""
    columns = ("name", "in", "ok", "quarantined", "skipped", "seconds")
    create_table_artifact(
        key="stages", table=[{c: s[c] for c in columns} for s in summary["stages"]], description=f"Run {summary['run_id']}"
    )
    lines = "\n".join(f"- **{alert['level']}**: {escape(alert['message'])}" for alert in summary["alerts"])
    create_markdown_artifact(key="alerts", markdown=lines or "Nothing drifted, and every source does as usual.")
    if docs := summary["reports"].get("data_docs"):
        # a browser opens no file from a page of the Prefect server, so the link is to where the app serves it
        link = f"{summary['reports']['app']}/data-docs/index.html?run={summary['run_id']}"
        create_link_artifact(key="quality-report", link=link, link_text="Data Docs", description=f"Without the app: `{docs}`")
