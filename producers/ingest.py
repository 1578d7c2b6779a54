"""Put documents on the event log: only those that are new or changed."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import pyarrow as pa
import structlog

from producers.addresses import masked
from producers.known import Known
from producers.known_events import KnownEvents
from producers.reading import Counts, Reading
from producers.sources import AsAny, FilesSource, InteractionsSource, MailboxSource, Source
from producers.state import State, state_of
from talentflow.documents.limits import document_limits
from talentflow.errors import BadInput, TalentflowError, TerminalError, TransientError
from talentflow.eventlog import DOCUMENTS_TOPIC, INTERACTIONS_TOPIC, Appended, EventLog, Message, open_eventlog
from talentflow.eventlog.messages import ClosedDocument, Found, RawDocument, RejectedDocument, interaction_message, to_message
from talentflow.home import alone
from talentflow.ids import digest
from talentflow.incremental import new_run_id
from talentflow.lakehouse import Lakehouse, small_lakehouse
from talentflow.lineage import follow
from talentflow.records import Candidate, Interaction, JobOffer, Kind, record_of
from talentflow.report import StageReport
from talentflow.settings import Settings, load_settings
from talentflow.tables import CANDIDATES, DOCUMENTS, INGESTS, JOB_OFFERS

log = structlog.get_logger(__name__)


@dataclass
class Intake:
    """What ingests of one run share: where documents go, and what is there already."""

    settings: Settings
    eventlog: EventLog
    lakehouse: Lakehouse
    run_id: str

    @cached_property
    def known(self) -> Known:
        return Known.load(self.eventlog, self.lakehouse)

    @cached_property
    def known_events(self) -> KnownEvents:
        return KnownEvents(self.eventlog, self.lakehouse)


@contextmanager
def open_intake(settings: Settings) -> Generator[Intake]:
    """Open the event log and the lakehouse for some ingests."""
    settings.home.mkdir(parents=True, exist_ok=True)
    eventlog = open_eventlog(settings)
    try:
        yield Intake(settings, eventlog, small_lakehouse(settings), new_run_id())
    finally:
        eventlog.close()


class _DoNotFit(TerminalError):
    """Some of a target's messages are dead letters."""


def do_not_fit(count: int, name: str) -> str:
    """What to say of messages that became dead letters."""
    are = "1 message does" if count == 1 else f"{count:,} messages do"
    return (
        f"{are} not fit the schema of documents and became dead letters ({name}): see why with  talentflow dead-letters, "
        "mend them there or what made them"
    )


@dataclass
class Ingested:
    """What an ingest of one target did. `error` is what ended its reading early, or what did not fit; the rest is kept."""

    target: str
    counts: Counts
    documents: int = 0
    skipped: int = 0
    quarantined: int = 0
    closed: int = 0
    rejected: int = 0
    """Messages that do not fit their topic's schema, and are dead letters."""
    seconds: float = 0.0
    error: TalentflowError | None = None

    def add_rejected(self, appended: Appended) -> None:
        """Count those of an append's messages that became dead letters: unusable, and an error unless there is another."""
        if not appended.rejected:
            return
        moved = min(appended.rejected, self.documents)  # the others were counted as unusable before, or close something
        self.documents -= moved
        self.quarantined += moved
        self.rejected += appended.rejected
        if self.error is None or isinstance(self.error, _DoNotFit):
            self.error = _DoNotFit(do_not_fit(self.rejected, masked(self.target)))

    def as_json(self) -> dict[str, object]:
        """Without secrets: addresses in the target and in the error are masked."""
        return {
            "target": masked(self.target),
            "fetched": self.counts.fetched,
            "not_modified": self.counts.not_modified,
            "documents": self.documents,
            "skipped": self.skipped + self.counts.skipped,
            "quarantined": self.quarantined,
            "closed": self.closed,
            "rejected": self.rejected,
            "seconds": round(self.seconds, 3),
            "error": masked(str(self.error)) if self.error else None,
        }

    def as_counts(self) -> dict[str, object]:
        """What lineage tells: the numbers, without the target."""
        return {"name": "ingest", "in": self.counts.fetched, "ok": self.documents, "seconds": self.seconds}


def exit_code(done: Iterable[Ingested]) -> int:
    """0 when all of every target is on the event log, 75 when trying again may help those of which it is not, else 1."""
    errors = [i.error for i in done if i.error]
    if not errors:
        return 0
    return 75 if all(isinstance(e, TransientError) for e in errors) else 1


def ingest_target(intake: Intake, target: str, *, kind: AsAny | None = None, allow_private_hosts: bool = False) -> Ingested:
    """Ingest a URL, a file, a folder or a configured source: what the command line and the flows call.

    Args:
        kind: what the user says the documents are, or that they are interactions; None leaves it to the source.

    Never raises what is wrong with one target: that is `error`.
    """
    from producers.targets import interactions_at, source_of

    started, done = time.perf_counter(), Ingested(target, Counts())
    try:
        source = source_of(target, intake.settings, allow_private_hosts=allow_private_hosts)
        if kind == "interactions":
            source = interactions_at(source, target)
        elif kind is not None and isinstance(source, InteractionsSource):
            raise BadInput(f"{source.name} holds interactions and no documents: leave --as {kind} out")
        elif kind is not None:
            source = source.model_copy(update={"kind": kind})
        done = ingest_source(intake, source, target=target, allow_private_hosts=allow_private_hosts)
    except TalentflowError as error:
        done.error = error
        done.seconds = time.perf_counter() - started
    return done


def ingest_source(intake: Intake, source: Source, *, target: str, allow_private_hosts: bool = False) -> Ingested:
    """Read a source to its end, answer by answer: documents onto the event log first, the position after them.

    Never raises what is wrong with the source: that is `error`, and is kept with the counts in `ops.ingests`.
    Raises: Busy while another process reads this source; StorageFull, WriteConflict of the home.
    """
    from producers.readers import reader_of

    started, now = time.perf_counter(), datetime.now(UTC)
    settings = intake.settings
    with hold_source(settings, source), State(state_of(settings, source.name)) as state:
        intake.known.catch_up(intake.eventlog)
        reading = Reading(settings, state, now, allow_private_hosts=allow_private_hosts or settings.allow_private_hosts)
        done = Ingested(target, reading.counts)
        try:
            state.set_mark(DEFINITION, source.model_dump_json())
            for answer in reader_of(source)(source, reading):
                found = list(new_messages(answer.documents, intake.known, done))
                done.add_rejected(intake.eventlog.append(DOCUMENTS_TOPIC, found))
                done.add_rejected(append_interactions(intake, answer.interactions, done))
                answer.commit()
                log.info("stage_progress", stage="ingest", done=done.documents + done.skipped + done.quarantined, total=None)
        except TalentflowError as error:
            log.warning("a source was not read to its end", source=source.name, error=masked(str(error)))
            done.error = error
        except Exception as error:  # noqa: BLE001 - a fault in one reader must not cost the other sources
            trace = masked(traceback.format_exc())
            log.error("a reader failed", source=source.name, trace=trace)
            done.error = TerminalError(
                f"{source.name} was not read to its end: the reader of its type ({source.type}) failed with "
                f"{type(error).__name__}: {error}. Report this with the trace in the log; what came before is kept"
            )
        finally:
            reading.close()
        done.seconds = time.perf_counter() - started
        intake.lakehouse.append(INGESTS, pa.Table.from_pylist([_row(done, source, now, intake.run_id)], schema=INGESTS.schema))
    with follow(settings, intake.lakehouse, intake.run_id, "") as lineage:
        lineage.ingested(source.type, done.as_counts(), done.error, written=(INGESTS,))
    return done


DEAD_LETTER = "dead_letter"
"""The error code of what does not fit its topic's schema."""
DEFINITION = "source"
"""The mark under which a source's settings are remembered, for a replay of what came from it."""


def hold_source(settings: Settings, source: Source) -> AbstractContextManager[None]:
    """Be the only one that reads this source; the lock ends with the process. Raises Busy."""
    name = source.name
    if isinstance(source, FilesSource | MailboxSource | InteractionsSource):
        # files named on the command line are all of one source, and need not wait for each other
        paths = [source.path] if isinstance(source, MailboxSource) else source.paths
        name = f"{name}-{digest(*(str(p.absolute()) for p in paths))[:12]}"
    busy = f"{source.name} is being ingested by another process: wait for it to end, then ingest it again"
    return alone(settings.home / "sources" / f"{name}.lock", busy)


def new_messages(documents: Iterable[Found], known: Known, done: Ingested) -> Iterator[Message]:
    """Messages for what is new. A closed document that is offered again is new, whatever its bytes."""
    for document in documents:
        document_id, is_closed = document.document_id, document.document_id in known.closed
        if isinstance(document, ClosedDocument):
            if is_closed:
                continue
            known.add(document_id, None, is_offered=False)
            done.closed += 1
        elif known.has(document_id, document.content_hash) and (isinstance(document, RejectedDocument) or not is_closed):
            done.skipped += 1
            continue
        else:
            is_document = isinstance(document, RawDocument)
            known.add(document_id, document.content_hash, is_offered=is_document)
            done.documents += is_document
            done.quarantined += not is_document
        yield to_message(document, received_at=datetime.now(UTC))


def append_interactions(intake: Intake, interactions: Sequence[Interaction], done: Ingested) -> Appended:
    """Put those on the event log that are new."""
    if not interactions:
        return Appended(0)
    new = list(intake.known_events.new(interactions))
    done.documents += len(new)
    done.skipped += len(interactions) - len(new)
    return intake.eventlog.append(INTERACTIONS_TOPIC, map(interaction_message, new))


def _row(done: Ingested, source: Source, started_at: datetime, run_id: str) -> dict[str, object]:
    said = {
        "run_id": run_id,
        "source": source.name,
        "type": source.type,
        "terms": source.terms,
        "started_at": started_at,
        "status": "failed" if done.error else "ok",
    }
    return done.as_json() | said


def ingest_files(eventlog: EventLog, lakehouse: Lakehouse, paths: Sequence[str], *, kind: Kind | None) -> StageReport:
    """Files and folders. Raises BadInput for a path that does not exist."""
    from producers.files import find_documents

    limits = document_limits(load_settings())
    return _append(eventlog, lakehouse, lambda: find_documents(paths, kind=kind, limits=limits), name="ingest")


def ingest_simulation(eventlog: EventLog, lakehouse: Lakehouse, count: int, *, seed: int) -> StageReport:
    """Simulated documents, without touching the disk."""
    from producers.simulate import simulated_documents

    return _append(eventlog, lakehouse, lambda: simulated_documents(count, seed), name="simulate")


def ingest_simulated_interactions(eventlog: EventLog, lakehouse: Lakehouse, *, seed: int) -> StageReport:
    """What candidates and recruiters of a simulation do with each other, once its documents are in the tables.

    Ids come from the documents, so that only what was understood of them meets; those that are known are left out.
    """
    from producers.simulate import SOURCE
    from producers.simulation.interactions import simulated_interactions

    started = time.perf_counter()
    report = StageReport("simulate_interactions")
    keys = lakehouse.read(DOCUMENTS, ["document_id", "source_key"], where={"source": [SOURCE]}).to_pylist()
    places = {k["document_id"]: int(index) for k in keys if (index := k["source_key"].removeprefix(f"{seed}/")).isdecimal()}
    offers = [record_of(JobOffer, row) for row in lakehouse.read(JOB_OFFERS).to_pylist() if row["document_id"] in places]
    candidates = [record_of(Candidate, row) for row in lakehouse.read(CANDIDATES).to_pylist() if row["document_id"] in places]
    events = list(simulated_interactions(offers, candidates, places, seed))
    appended = eventlog.append(INTERACTIONS_TOPIC, map(interaction_message, KnownEvents(eventlog, lakehouse).new(events)))
    for _ in range(appended):
        report.count("ok")
    for _ in range(len(events) - appended - appended.rejected):
        report.count("skipped", "unchanged")
    for _ in range(appended.rejected):
        report.count("quarantined", DEAD_LETTER, do_not_fit(appended.rejected, report.name))
    report.seconds = time.perf_counter() - started
    return report


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
    """What is new among the found, by the same rule as an ingest's: see `new_messages`."""
    started = time.perf_counter()
    report, done = StageReport(name), Ingested(name, Counts())
    appended = eventlog.append(DOCUMENTS_TOPIC, new_messages(find(), Known.load(eventlog, lakehouse), done))
    for _ in range(done.documents + done.quarantined - appended.rejected):
        report.count("ok")
    for _ in range(appended.rejected):
        report.count("quarantined", DEAD_LETTER, do_not_fit(appended.rejected, name))
    for _ in range(done.skipped):
        report.count("skipped", "unchanged")
    report.seconds = time.perf_counter() - started
    return report
