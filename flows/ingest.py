"""Ingest: files, folders and simulations onto the event log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect import flow

from talentflow.eventlog import EventLog, open_eventlog
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.report import StageReport
from talentflow.settings import Settings


def produce(
    eventlog: EventLog, lakehouse: Lakehouse, *, cvs: Sequence[str], offers: Sequence[str], simulate: int, seed: int
) -> list[StageReport]:
    """Put what is new among the named files and the simulation on the event log."""
    from producers.ingest import ingest_files, ingest_simulation

    reports: list[StageReport] = []
    if cvs:
        reports.append(ingest_files(eventlog, lakehouse, cvs, kind="cv"))
    if offers:
        reports.append(ingest_files(eventlog, lakehouse, offers, kind="job_offer"))
    if simulate:
        reports.append(ingest_simulation(eventlog, lakehouse, simulate, seed=seed))
    return reports


@flow(name="ingest", persist_result=False)
def ingest(
    cvs: list[str] | None = None, offers: list[str] | None = None, simulate: int = 0, seed: int = 1
) -> list[dict[str, Any]]:
    """Put documents on the event log; the pipeline takes them from there."""
    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    eventlog = open_eventlog(settings)
    try:
        reports = produce(eventlog, open_lakehouse(settings), cvs=cvs or [], offers=offers or [], simulate=simulate, seed=seed)
    finally:
        eventlog.close()
    return [r.as_json() for r in reports]
