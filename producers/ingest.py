"""Put documents on the event log: only those that are new or changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from talentflow.documents.limits import document_limits
from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, Message
from talentflow.eventlog.messages import Found, to_message
from talentflow.incremental import handled
from talentflow.lakehouse import Lakehouse
from talentflow.records import Kind
from talentflow.report import StageReport
from talentflow.settings import load_settings


def ingest_files(eventlog: EventLog, lakehouse: Lakehouse, paths: Sequence[str], *, kind: Kind | None) -> StageReport:
    """Files and folders. Raises BadInput for a path that does not exist."""
    from producers.files import find_documents

    limits = document_limits(load_settings())
    return _append(eventlog, lakehouse, lambda: find_documents(paths, kind=kind, limits=limits), name="ingest")


def ingest_simulation(eventlog: EventLog, lakehouse: Lakehouse, count: int, *, seed: int) -> StageReport:
    """Simulated documents, without touching the disk."""
    from producers.simulate import simulated_documents

    return _append(eventlog, lakehouse, lambda: simulated_documents(count, seed), name="simulate")


def produce(
    eventlog: EventLog, lakehouse: Lakehouse, *, cvs: Sequence[str], offers: Sequence[str], simulate: int, seed: int
) -> list[StageReport]:
    """Put what is new among the named files and the simulation on the event log."""
    reports: list[StageReport] = []
    if cvs:
        reports.append(ingest_files(eventlog, lakehouse, cvs, kind="cv"))
    if offers:
        reports.append(ingest_files(eventlog, lakehouse, offers, kind="job_offer"))
    if simulate:
        reports.append(ingest_simulation(eventlog, lakehouse, simulate, seed=seed))
    return reports


def _append(eventlog: EventLog, lakehouse: Lakehouse, find: Callable[[], Iterable[Found]], *, name: str) -> StageReport:
    started = time.perf_counter()
    report = StageReport(name)
    known = handled(lakehouse, "bronze", None)

    def messages() -> Iterator[Message]:
        for document in find():
            if (document.document_id, document.content_hash) in known:
                report.count("skipped", "unchanged")
                continue
            report.count("ok")
            yield to_message(document, received_at=datetime.now(UTC))

    eventlog.append(DOCUMENTS_TOPIC, messages())
    report.seconds = time.perf_counter() - started
    return report
