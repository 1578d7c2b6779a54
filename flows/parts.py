"""The pipeline's parts as flows of their own, for schedules that differ."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows import tasks
from talentflow.settings import load_settings


@flow(name="documents", persist_result=False)
def documents() -> list[dict[str, Any]]:
    """Event log to checked silver tables."""
    with tasks.open_run(load_settings(), flow="documents") as run:
        complete = [] if run.settings.extraction == "rules" else [tasks.complete]
        first = (tasks.bronze, tasks.parse, tasks.classify, tasks.extract, *complete)
        chain = (*first, tasks.link, tasks.interactions, tasks.gate)
        stages = [stage(run) for stage in chain]
    return [s.as_json() for s in stages]


@flow(name="index", persist_result=False)
def index() -> list[dict[str, Any]]:
    """Embed what is new and publish the index."""
    with tasks.open_run(load_settings(), flow="index") as run:
        stages = [tasks.embed(run), tasks.index(run)]
    return [s.as_json() for s in stages]


@flow(name="marts", persist_result=False)
def marts() -> dict[str, Any]:
    """Land interactions, load the warehouse, build and publish the marts."""
    with tasks.open_run(load_settings(), flow="marts") as run:
        tasks.interactions(run)
        return tasks.warehouse(run).as_json()
