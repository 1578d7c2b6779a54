"""Ingest: files, folders and simulations onto the event log."""

from __future__ import annotations

from typing import Any

from prefect import flow

from producers.ingest import produce
from talentflow.eventlog import open_eventlog
from talentflow.lakehouse import open_lakehouse
from talentflow.settings import load_settings


@flow(name="ingest", persist_result=False)
def ingest(
    cvs: list[str] | None = None, offers: list[str] | None = None, simulate: int = 0, seed: int = 1
) -> list[dict[str, Any]]:
    """Put documents on the event log; the pipeline takes them from there."""
    settings = load_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    eventlog = open_eventlog(settings)
    try:
        reports = produce(eventlog, open_lakehouse(settings), cvs=cvs or [], offers=offers or [], simulate=simulate, seed=seed)
    finally:
        eventlog.close()
    return [r.as_json() for r in reports]
