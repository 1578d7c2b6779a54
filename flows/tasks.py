"""Tasks: each opens nothing itself, calls the domain on the run's open ports and returns what happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial, wraps
from typing import Any, TypedDict

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from flows.blocks import with_block
from flows.warehouse import run_dbt_by_nodes
from talentflow.bronze import land
from talentflow.data_docs import site_of
from talentflow.duplicates.link import link_offers
from talentflow.engines import Engine, open_engine
from talentflow.errors import QualityGateFailed, TransientError
from talentflow.eventlog import EventLog, open_eventlog
from talentflow.gate import run_gate
from talentflow.home import full_disk_is_said, hold
from talentflow.incremental import new_run_id
from talentflow.interactions import land_interactions
from talentflow.lakehouse import Lakehouse, open_lakehouse, small_lakehouse
from talentflow.lakehouse.spark import SparkLakehouse
from talentflow.lineage import Lineage, Pace, follow
from talentflow.llm.choice import cost, require_llm
from talentflow.marts import check_marts
from talentflow.report import StageReport
from talentflow.settings import Settings
from talentflow.silver import classify_new, extract_new, parse_new
from talentflow.warehouse.refresh import build_warehouse


@dataclass
class Run:
    """One run's id, settings and open ports."""

    run_id: str
    settings: Settings
    eventlog: EventLog
    lakehouse: Lakehouse
    engine: Engine
    lineage: Lineage


@contextmanager
def open_run(
    settings: Settings, engine: Engine | None = None, *, flow: str = "pipeline", pace: Pace | None = None
) -> Generator[Run]:
    """Open the ports for one run; only one run at a time writes to a home. Raises Busy when another one does.

    An `engine` that is given stays open after the run. Its lineage is that of `flow`, told at this pace.
    """
    with full_disk_is_said(settings), hold(settings), with_block(settings) as settings:
        eventlog = open_eventlog(settings)
        try:
            with nullcontext(engine) if engine else open_engine(settings) as opened:
                run_id, lakehouse = new_run_id(), open_lakehouse(settings)
                with follow(settings, lakehouse, run_id, flow, pace) as lineage:
                    yield Run(run_id, settings, eventlog, lakehouse, opened, lineage)
        finally:
            eventlog.close()


async def _is_transient(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Retry what time may mend; a terminal error needs somebody, so it fails at once."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, TransientError)


def stage_task(name: str) -> Callable[[Callable[..., Any]], Task[..., Any]]:
    """A task named after its stage, with retries by error class; its results are tables, so nothing is cached. The lineage of
    its run is told of it."""

    def made(function: Callable[..., Any]) -> Task[..., Any]:
        @wraps(function)
        def told(*arguments: Any) -> Any:
            run = next((a for a in arguments if isinstance(a, Run)), None)
            if run is None:
                return function(*arguments)
            with run.lineage.stage(name) as tell:
                report = function(*arguments)
                tell(report)
            return report

        return task(
            name=name,
            retries=3,
            retry_delay_seconds=[1, 5, 20],
            retry_condition_fn=_is_transient,
            cache_policy=NO_CACHE,
            persist_result=False,
        )(told)

    return made


@stage_task("bronze")
def bronze(run: Run) -> StageReport:
    """Event log → bronze.documents; by a Spark stream where the log is Kafka and the tables are Spark's."""
    if isinstance(run.lakehouse, SparkLakehouse) and run.settings.eventlog == "kafka":
        from spark_jobs.bronze import land_available

        return land_available(run.settings, run.lakehouse, run_id=run.run_id)
    return land(run.eventlog, run.lakehouse, **_sizes(run))


@stage_task("interactions")
def interactions(run: Run) -> StageReport:
    """Event log → silver.interactions."""
    return land_interactions(run.eventlog, small_lakehouse(run.settings, run.lakehouse), run_id=run.run_id)


@stage_task("parse")
def parse(run: Run) -> StageReport:
    """bronze.documents → silver.texts."""
    return _within_threshold(run, parse_new(run.lakehouse, run.engine, **_sizes(run)))


@stage_task("classify")
def classify(run: Run) -> StageReport:
    """silver.texts → silver.classifications."""
    return _within_threshold(run, classify_new(run.lakehouse, run.engine, **_sizes(run)))


@stage_task("extract")
def extract(run: Run) -> StageReport:
    """silver.texts and silver.classifications → silver.job_offers, silver.candidates, silver.identities; by Spark where the
    tables are Spark's."""
    if isinstance(run.lakehouse, SparkLakehouse):
        from spark_jobs.extract import extract_changed

        return _within_threshold(run, extract_changed(run.settings, run.lakehouse, run_id=run.run_id))
    return _within_threshold(run, extract_new(run.lakehouse, run.engine, **_sizes(run)))


@stage_task("complete")
def complete(run: Run) -> StageReport:
    """silver.job_offers and silver.candidates, read again by the language model where TALENTFLOW_EXTRACTION says so. Runs that
    share a model share Prefect's global concurrency limit `language-model`, where there is one."""
    from prefect.concurrency.sync import concurrency

    from talentflow.cache import open_cache
    from talentflow.completion import complete_new

    settings = run.settings
    if settings.extraction == "rules":
        return StageReport("complete")
    started = time.perf_counter()
    lakehouse = small_lakehouse(settings, run.lakehouse)
    with (
        closing(require_llm(settings)) as model,
        closing(open_cache(settings)) as cache,
        concurrency("language-model", occupy=1),
    ):
        report = complete_new(lakehouse, model, cache, settings.extraction, run_id=run.run_id, at_once=settings.llm_at_once)
    report.details["cost"] = cost(settings, report.details["prompt_tokens"], report.details["completion_tokens"])
    report.seconds = time.perf_counter() - started
    return report


@stage_task("link")
def link(run: Run) -> StageReport:
    """silver.job_offers → its `duplicate_of` and `closed_at`: offers that are one are linked, those that are gone are closed."""
    return _within_threshold(run, link_offers(run.lakehouse, run.engine, today=datetime.now(UTC).date(), **_sizes(run)))


@stage_task("gate")
def gate(run: Run) -> StageReport:
    """New silver rows meet their expectations, or go to quarantine."""
    return _within_threshold(run, run_gate(run.lakehouse, site_of(run.settings), run_id=run.run_id))


@stage_task("embed")
def embed(run: Run) -> StageReport:
    """silver.job_offers and silver.candidates → silver.embeddings; a text already embedded is not embedded again."""
    if run.settings.engine == "ray":
        from ray_jobs.embed import embed_by_ray

        return embed_by_ray(run.settings, run.lakehouse, run_id=run.run_id)
    from talentflow.embedder import open_embedder
    from talentflow.matching.embed import embed_new

    return embed_new(run.lakehouse, open_embedder(run.settings), **_sizes(run))


@stage_task("index")
def index(run: Run) -> StageReport:
    """silver.embeddings and the records → the published vector index."""
    from talentflow.embedder import open_embedder
    from talentflow.matching.index import publish_index

    started = time.perf_counter()
    report = StageReport("index")
    report.details = dict(publish_index(run.lakehouse, run.settings, open_embedder(run.settings)))
    report.seconds = time.perf_counter() - started
    return report


@stage_task("warehouse")
def warehouse(run: Run) -> StageReport:
    """Silver and ops tables → dbt marts, published when they and their suites pass; left alone when nothing changed."""
    check = partial(check_marts, lakehouse=run.lakehouse, site=site_of(run.settings), run_id=run.run_id)
    return build_warehouse(run.settings, run.lakehouse, run_dbt_by_nodes, check=check)


STAGES: Mapping[str, Task[..., StageReport]] = {
    t.name: t for t in (bronze, parse, classify, extract, complete, link, interactions, gate, embed, warehouse, index)
}
"""By their names, in the order of a run."""


class _Sizes(TypedDict):
    run_id: str
    batch_rows: int


def _sizes(run: Run) -> _Sizes:
    return {"run_id": run.run_id, "batch_rows": run.settings.batch_rows}


def _within_threshold(run: Run, report: StageReport) -> StageReport:
    if report.ok_share >= run.settings.ok_threshold or report.ok + report.quarantined < 20:
        return report
    causes = ", ".join(f"{code} ({n})" for code, n in report.errors.most_common(3))
    raise QualityGateFailed(
        f"only {report.ok_share:.0%} of the documents passed {report.name}, the threshold is {run.settings.ok_threshold:.0%}: "
        f"{causes}; see bronze.quarantine, mend the source, or lower TALENTFLOW_OK_THRESHOLD"
    )
