"""Put documents on the event log: only those that are new or changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import structlog

from producers.reading import Counts, Reading
from producers.sources import Source
from producers.state import State
from talentflow.documents.limits import document_limits
from talentflow.errors import TalentflowError
from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, Message
from talentflow.eventlog.messages import ClosedDocument, Found, RawDocument, RejectedDocument, to_message
from talentflow.incremental import Key, handled
from talentflow.lakehouse import Lakehouse
from talentflow.records import Kind
from talentflow.report import StageReport
from talentflow.settings import Settings, load_settings
from talentflow.tables import CLOSURES, INGESTS

log = structlog.get_logger(__name__)


@dataclass
class Ingested:
    """What an ingest of one target did. `error` is what ended its reading early; what came before it is kept."""

    target: str
    source: Source
    started_at: datetime
    counts: Counts
    documents: int = 0
    skipped: int = 0
    quarantined: int = 0
    closed: int = 0
    seconds: float = 0.0
    error: TalentflowError | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "target": self.target,
            "fetched": self.counts.fetched,
            "not_modified": self.counts.not_modified,
            "documents": self.documents,
            "skipped": self.skipped + self.counts.skipped,
            "quarantined": self.quarantined,
            "closed": self.closed,
            "seconds": round(self.seconds, 3),
            "error": str(self.error) if self.error else None,
        }


def ingest_source(
    eventlog: EventLog,
    lakehouse: Lakehouse,
    settings: Settings,
    source: Source,
    *,
    run_id: str,
    target: str,
    allow_private_hosts: bool = False,
) -> Ingested:
    """Read a source to its end, answer by answer: documents onto the event log first, the position after them.

    Never raises what is wrong with the source: that is `error`, and is kept with the counts in `ops.ingests`.
    """
    from producers.readers import reader_of

    started, now = time.perf_counter(), datetime.now(UTC)
    allowed = allow_private_hosts or settings.allow_private_hosts
    known = handled(lakehouse, "bronze", None)
    closed = set(lakehouse.read(CLOSURES, ["document_id"])["document_id"].to_pylist())
    with State(settings.home / "sources" / f"{source.name}.sqlite") as state:
        reading = Reading(settings, state, now, allow_private_hosts=allowed)
        done = Ingested(target, source, now, reading.counts)
        try:
            for answer in reader_of(source)(source, reading):
                eventlog.append(DOCUMENTS_TOPIC, list(_new(answer.documents, known, closed, done)))
                answer.commit()
                log.info("stage_progress", stage="ingest", done=done.documents + done.skipped + done.quarantined, total=None)
        except TalentflowError as error:
            log.warning("a source was not read to its end", source=source.name, error=str(error))
            done.error = error
        finally:
            reading.close()
    done.seconds = time.perf_counter() - started
    lakehouse.append(INGESTS, pa.Table.from_pylist([_row(done, run_id)], schema=INGESTS.schema))
    return done


def _new(documents: Iterable[Found], known: set[Key], closed: set[str], done: Ingested) -> Iterator[Message]:
    """Messages for what is new. A closed document that is offered again is new, whatever its bytes."""
    for document in documents:
        if isinstance(document, ClosedDocument):
            if document.document_id in closed:
                continue
            closed.add(document.document_id)
            done.closed += 1
        elif (document.document_id, document.content_hash) in known and document.document_id not in closed:
            done.skipped += 1
            continue
        elif isinstance(document, RejectedDocument):
            done.quarantined += 1
            known.add((document.document_id, document.content_hash))
        else:
            done.documents += 1
            closed.discard(document.document_id)
            known.add((document.document_id, document.content_hash))
        yield to_message(document, received_at=datetime.now(UTC))


def _row(done: Ingested, run_id: str) -> dict[str, object]:
    told = done.as_json()
    names = ("target", "fetched", "not_modified", "documents", "skipped", "quarantined", "closed", "seconds", "error")
    return {name: told[name] for name in names} | {
        "run_id": run_id,
        "source": done.source.name,
        "type": done.source.type,
        "terms": done.source.terms,
        "started_at": done.started_at,
        "status": "failed" if done.error else "ok",
    }


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


def _append(
    eventlog: EventLog, lakehouse: Lakehouse, find: Callable[[], Iterable[RawDocument | RejectedDocument]], *, name: str
) -> StageReport:
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
