"""A Prefect deployment a configured source, with its schedule."""

from __future__ import annotations

from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound
from prefect.utilities.callables import parameter_schema

from flows.sources import ingest_source
from producers.catalogue import problem_of, where
from producers.sources import Source, read_sources
from talentflow.errors import BadSettings
from talentflow.settings import Settings

POOL = "talentflow"
TAG = "talentflow-source"
"""On every deployment that this module makes, and on nothing else: what has it and no source any more is deleted."""


def deploy_sources(settings: Settings) -> dict[str, list[str]]:
    """Make the deployments of the enabled sources what `sources.yaml` says; run again it changes nothing.

    A deployment names a module and no path, so that a worker runs what is installed beside it.

    Returns:
        Names: `deployed` (new or changed), `unchanged`, `deleted`, and `unusable`, of sources that cannot be used as they
        are configured; a deployment that they have is left as it is.

    Raises: BadSettings when the file as a whole cannot be read.
    """
    told: dict[str, list[str]] = {"deployed": [], "unchanged": [], "deleted": [], "unusable": []}
    configured = read_sources(settings)
    with get_client(sync_client=True) as client:
        _require_pool(client)
        flow_id = client.create_flow(ingest_source)
        there = {d.name: d for d in _ours(client)}
        for name, source in configured.items():
            if isinstance(source, BadSettings) or (source.enabled and problem_of(source)):
                told["unusable"].append(name)
            elif source.enabled:
                wanted = _deployment(source)
                if name in there and _said(there[name]) == _said_of(wanted):
                    told["unchanged"].append(name)
                else:
                    client.create_deployment(flow_id=flow_id, **wanted)
                    told["deployed"].append(name)
        kept = {name for names in told.values() for name in names}
        for name, deployment in there.items():
            if name not in kept:
                client.delete_deployment(deployment.id)
                told["deleted"].append(name)
    return told


def _deployment(source: Source) -> dict[str, Any]:
    schedule = source.schedule
    return {
        "name": source.name,
        "description": f"What is new in {where(source)} ({source.type}) onto the event log.",
        "entrypoint": "flows.sources.ingest_source",
        "pull_steps": [],
        "parameters": {"source": source.name},
        "parameter_openapi_schema": parameter_schema(ingest_source).model_dump_for_openapi(),
        "work_pool_name": POOL,
        "tags": ["talentflow", TAG],
        "schedules": [DeploymentScheduleCreate(schedule=CronSchedule(cron=schedule, timezone="UTC"))] if schedule else [],
        # a second run of a source while one reads it would only be told to wait
        "concurrency_limit": 1,
        "concurrency_options": ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
    }


def _said_of(wanted: dict[str, Any]) -> dict[str, Any]:
    crons = [s.schedule.cron for s in wanted["schedules"]]
    return {k: wanted[k] for k in ("description", "entrypoint", "parameters", "work_pool_name")} | {"crons": crons}


def _said(deployment: DeploymentResponse) -> dict[str, Any]:
    crons = [s.schedule.cron for s in deployment.schedules if isinstance(s.schedule, CronSchedule)]
    return {
        "description": deployment.description,
        "entrypoint": deployment.entrypoint,
        "parameters": deployment.parameters,
        "work_pool_name": deployment.work_pool_name,
        "crons": crons,
    }


def _ours(client: SyncPrefectClient) -> list[DeploymentResponse]:
    found: list[DeploymentResponse] = []
    mine = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    while page := client.read_deployments(deployment_filter=mine, offset=len(found)):
        found += page
    return found


def _require_pool(client: SyncPrefectClient) -> None:
    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
