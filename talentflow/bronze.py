"""Event log to `bronze.documents`: exactly once, whatever stops it.

What a batch of messages does to bronze is decided by `decide` alone, from facts that are few bytes a message; `land` and the
Spark job in `spark_jobs/bronze.py` differ in where the bytes are meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa
import structlog

from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, Received
from talentflow.eventlog.messages import BRONZE_VERSION, ClosedDocument, from_message
from talentflow.incremental import Outcomes
from talentflow.lakehouse import Lakehouse
from talentflow.report import StageReport
from talentflow.tables import CLOSURES, DOCUMENTS, TIMESTAMP

log = structlog.get_logger(__name__)

APP = "bronze.documents"
"""Before the ids of the applications whose offsets commit with the rows of `bronze.documents`."""

DOCUMENT, REJECTION, CLOSURE = "document", "rejection", "closure"
SENT = pa.schema(
    [
        pa.field("kind", pa.string()),
        *(field.with_nullable(True) for field in DOCUMENTS.schema),
        pa.field("error_code", pa.string()),
        pa.field("detail", pa.string()),
        pa.field("payload", pa.binary()),
        pa.field("size", pa.int64()),
        pa.field("closed_at", TIMESTAMP),
        pa.field("reason", pa.string()),
    ]
)
"""What messages say, in columns: of a document, a rejection or a closure, as `kind` says."""
FACTS = (
    "kind",
    "document_id",
    "content_hash",
    "source",
    "source_uri",
    "received_at",
    "topic",
    "partition",
    "offset",
    "error_code",
    "detail",
    "size",
    "closed_at",
    "reason",
)
"""The columns that `decide` needs: all but the bytes."""
HELD = ("document_id", "content_hash", "source_uri", "received_at", "topic", "partition", "offset")
"""The columns of `bronze.documents` that `Known` needs."""

Place = tuple[str, int, int]
"""(topic, partition, offset)."""
_NEVER = datetime.max.replace(tzinfo=UTC)


class Fact(NamedTuple):
    """A message without its bytes: a row of `FACTS`."""

    kind: str
    document_id: str
    content_hash: str
    source: str
    source_uri: str
    received_at: datetime | None
    topic: str
    partition: int
    offset: int
    error_code: str | None
    detail: str | None
    size: int | None
    """Bytes of its content or payload."""
    closed_at: datetime | None
    reason: str | None

    @property
    def place(self) -> Place:
        return self.topic, self.partition, self.offset


class Held(NamedTuple):
    """A row of `bronze.documents` without its bytes: a row of `HELD`."""

    document_id: str
    content_hash: str
    source_uri: str
    received_at: datetime | None
    topic: str
    partition: int
    offset: int


class Known:
    """What bronze holds, as far as a batch can meet it: documents of its ids and of its hashes, and which of them are closed."""

    def __init__(self, held: Iterable[Held] = (), closed: Iterable[str] = ()) -> None:
        self.closed = set(closed)
        self._held: dict[str, Held] = {}
        self._with_bytes: dict[str, set[str]] = {}
        for row in held:
            self._hold(row)

    @classmethod
    def of(cls, documents: pa.Table, closures: pa.Table) -> Known:
        """From rows of `HELD` and of `document_id` of `bronze.closures`."""
        rows = zip(*(documents[name].to_pylist() for name in HELD), strict=True)
        return cls((Held(*row) for row in rows), closures["document_id"].to_pylist())

    def has_newer(self, message: Fact) -> bool:
        """Whether this message, or a later one of the same document, made the row that is held: it is read again.

        Offsets start anew in a topic that was made again, so the time counts too; it alone does between partitions.
        """
        held = self._held.get(message.document_id)
        if held is None or held.topic != message.topic:
            return False
        if held.partition != message.partition:
            return _time(held) > _time(message)
        return held.offset >= message.offset and _time(held) >= _time(message)

    def hash_of(self, document_id: str) -> str | None:
        """The hash of the bytes that are held of a document; None where there are none."""
        held = self._held.get(document_id)
        return held.content_hash if held else None

    def with_bytes(self, content_hash: str) -> list[Held]:
        """The documents that hold these bytes, closed ones too, the earliest first."""
        return sorted((self._held[i] for i in self._with_bytes.get(content_hash, ())), key=_age)

    def take(self, decision: Decision) -> None:
        """Bronze is now as this decision made it."""
        self.closed = (self.closed - set(decision.reopened)) | {c.document_id for c in decision.closures}
        for d in decision.documents:
            self._hold(Held(d.document_id, d.content_hash, d.source_uri, d.received_at, *d.place))

    def _hold(self, row: Held) -> None:
        before = self._held.get(row.document_id)
        if before is not None:
            self._with_bytes[before.content_hash].discard(row.document_id)
        self._held[row.document_id] = row
        self._with_bytes.setdefault(row.content_hash, set()).add(row.document_id)


class End(NamedTuple):
    """Where a version of a document ended in bronze."""

    message: Fact
    status: str
    error_code: str | None = None
    detail: str | None = None


@dataclass
class Decision:
    """What a batch does to bronze."""

    documents: list[Fact] = field(default_factory=list[Fact])
    """To be written to `bronze.documents`: those that are new there, and those with other bytes than before."""
    replacing: bool = False
    """Whether there are some of the latter."""
    closures: list[Fact] = field(default_factory=list[Fact])
    reopened: list[str] = field(default_factory=list[str])
    """Documents whose closure goes."""
    ends: list[End] = field(default_factory=list[End])

    @property
    def quarantined(self) -> list[Fact]:
        return [end.message for end in self.ends if end.status == "quarantined"]


def decide(messages: Iterable[Fact], known: Known) -> Decision:
    """Say what a batch of messages does to bronze. Its order tells nothing.

    Messages of one document count in the order of the log (by `received_at` where its partition changed, because the topic
    got more of them): of its versions the last, and a closure or a rejection beside the version before it. Of documents with
    the same bytes one is taken: an open one that bronze holds, else the earliest by (`received_at`, `document_id`); a closed
    one is nobody's twin. What bronze holds already, or a later version of it, does nothing: the log may be read again from
    its beginning.
    """
    documents: dict[str, Fact] = {}
    closures: dict[str, Fact] = {}
    rejections: dict[str, Fact] = {}
    last: dict[str, Fact] = {}
    for message in sorted(messages, key=lambda m: m.place):
        i = message.document_id
        before = last.get(i, message)
        if before.partition != message.partition and _time(before) > _time(message):
            continue
        last[i] = message
        if message.kind != DOCUMENT:
            if not known.has_newer(message):
                (closures if message.kind == CLOSURE else rejections)[i] = message
            continue
        closures.pop(i, None)
        rejections.pop(i, None)
        if known.has_newer(message):
            documents.pop(i, None)
        else:
            documents[i] = message
    decision = Decision(closures=list(closures.values()), reopened=sorted(documents.keys() & known.closed - closures.keys()))
    closed = (known.closed - set(decision.reopened)) | closures.keys()
    first_of: dict[str, Fact] = {}
    for document in sorted(documents.values(), key=_age):
        twin = _twin(document, known, documents, closed) or first_of.get(document.content_hash)
        if twin is not None and twin.document_id != document.document_id:
            detail = f"the same bytes as {twin.source_uri}: nothing to do"
            decision.ends.append(End(document, "skipped", "duplicate", detail))
            continue
        if document.document_id not in closed:
            first_of[document.content_hash] = document
        decision.ends.append(End(document, "ok"))
        before = known.hash_of(document.document_id)
        if before != document.content_hash:
            decision.documents.append(document)
            decision.replacing |= before is not None
    decision.ends += [End(r, "quarantined", r.error_code, r.detail) for r in rejections.values()]
    return decision


def _twin(document: Fact, known: Known, documents: Mapping[str, Fact], closed: set[str]) -> Held | None:
    """The open document with these bytes that bronze holds and will hold; itself when it is one of several."""
    holders = [
        held
        for held in known.with_bytes(document.content_hash)
        if held.document_id not in closed and documents.get(held.document_id, held).content_hash == held.content_hash
    ]
    return next((held for held in holders if held.document_id == document.document_id), holders[0] if holders else None)


def _age(row: Fact | Held) -> tuple[datetime, str]:
    return _time(row), row.document_id


def _time(row: Fact | Held) -> datetime:
    return row.received_at or _NEVER


def sent(messages: Iterable[Received]) -> pa.RecordBatch:
    """Rows of `SENT`, one a message, in order. Never raises: what cannot be understood is a rejection."""
    return pa.RecordBatch.from_pylist([_row(message) for message in messages], schema=SENT)


def _row(received: Received) -> dict[str, Any]:
    said = from_message(received)
    if isinstance(said, dict):
        return said | {"kind": DOCUMENT, "size": len(said["content"])}
    row: dict[str, Any] = {
        "document_id": said.document_id,
        "source": said.source,
        "source_uri": said.source_uri,
        "source_key": said.source_key,
        "received_at": said.received_at,
        "topic": received.topic,
        "partition": received.partition,
        "offset": received.offset,
    }
    if isinstance(said, ClosedDocument):
        return row | {"kind": CLOSURE, "closed_at": said.closed_at, "reason": said.reason}
    return row | {
        "kind": REJECTION,
        "content_hash": said.content_hash,
        "error_code": said.error_code,
        "detail": said.detail,
        "payload": said.payload,
        "size": len(said.payload),
    }


def facts(rows: pa.Table | pa.RecordBatch) -> list[Fact]:
    """Rows that have the columns `FACTS`, as facts."""
    return [Fact(*row) for row in zip(*(rows.column(name).to_pylist() for name in FACTS), strict=True)]


def close_and_reopen(decision: Decision, lakehouse: Lakehouse) -> int:
    """Write closures, and remove those of documents that are offered again; returns the rows written."""
    written = lakehouse.delete(CLOSURES, "document_id", decision.reopened) if decision.reopened else 0
    if decision.closures:
        rows = [{name: getattr(c, name) for name in CLOSURES.schema.names} for c in decision.closures]
        written += lakehouse.upsert(CLOSURES, pa.Table.from_pylist(rows, schema=CLOSURES.schema))
    return written


def add_outcomes(ends: Iterable[End], outcomes: Outcomes, payloads: Mapping[Place, bytes]) -> None:
    """An outcome for each end; `payloads` are those of rejections."""
    for m, status, error_code, detail in ends:
        origin = {"payload": payloads.get(m.place), "source": m.source, "source_uri": m.source_uri}
        outcomes.add(m.document_id, m.content_hash, status, error_code=error_code, detail=detail, origin=origin)


def landed_offsets(eventlog: EventLog, lakehouse: Lakehouse, partitions: Iterable[int]) -> dict[int, int]:
    """Partition of the documents topic → the next offset to land."""
    return {p: landed_offset(eventlog, lakehouse, p) for p in partitions}


def landed_offset(eventlog: EventLog, lakehouse: Lakehouse, partition: int) -> int:
    """The next offset to land of a partition of the documents topic."""
    return lakehouse.transaction_version(DOCUMENTS, app_id(eventlog.log_id, partition)) or 0


def app_id(log_id: str, partition: int) -> str:
    """The application whose last transaction on `bronze.documents` is the next offset of this partition."""
    return f"{APP}/{log_id}/{partition}"


def unread(
    eventlog: EventLog, topic: str, landed: Callable[[int], int], batch_rows: int
) -> Iterator[tuple[list[Received], int, int]]:
    """What is on a topic from `landed` (partition → next offset) to its present end, in batches of one partition each.

    Yields:
        At most `batch_rows` messages in order, how many were given with these, and how many there will be in all.
    """
    ends = eventlog.end_offsets(topic)
    done = 0
    for partition, end in sorted(ends.items()):
        offset = landed(partition)
        total = done + end - offset
        while messages := eventlog.read(topic, ends | {partition: offset}, batch_rows):
            if not (messages := [m for m in messages if m.partition == partition]):
                break  # of others, that came meanwhile: the next run takes them
            offset = messages[-1].offset + 1
            done += len(messages)
            yield messages, done, total


def land(eventlog: EventLog, lakehouse: Lakehouse, *, run_id: str, batch_rows: int) -> StageReport:
    """Read what was appended since the last committed offset into `bronze.documents` and `bronze.closures`.

    Rows and offsets commit in one Delta transaction. Closures, quarantine and outcomes are written before it: after a
    kill the batch is read again, and they are upserts. A document with the bytes of another open one is
    skipped and says of which; a closed document that is sent again is open again.
    """
    started = time.perf_counter()
    report = StageReport("bronze")
    outcomes = Outcomes(run_id, "bronze", BRONZE_VERSION, report)
    known = Known.of(lakehouse.read(DOCUMENTS, HELD), lakehouse.read(CLOSURES, ["document_id"]))
    landed = partial(landed_offset, eventlog, lakehouse)
    for messages, done, total in unread(eventlog, DOCUMENTS_TOPIC, landed, batch_rows):
        transaction = (app_id(eventlog.log_id, messages[0].partition), messages[-1].offset + 1)
        report.rows_written += _land_batch(messages, known, outcomes, lakehouse, transaction)
        log.info("stage_progress", stage="bronze", done=done, total=total)
    report.seconds = time.perf_counter() - started
    return report


def _land_batch(
    messages: Sequence[Received], known: Known, outcomes: Outcomes, lakehouse: Lakehouse, transaction: tuple[str, int]
) -> int:
    """Closures, quarantine and outcomes, then the documents with the offset; returns the rows written beside outcomes."""
    batch = sent(messages)
    decision = decide(facts(batch), known)
    written = close_and_reopen(decision, lakehouse)
    row = {message.offset: n for n, message in enumerate(messages)}
    rejected = {r.place: batch.column("payload")[row[r.offset]].as_py() for r in decision.quarantined}
    add_outcomes(decision.ends, outcomes, rejected)
    outcomes.write(lakehouse)
    taken = pa.array([row[d.offset] for d in decision.documents], pa.int64())
    table = pa.Table.from_batches([batch]).select(DOCUMENTS.schema.names).take(taken)
    written += lakehouse.upsert(DOCUMENTS, table.cast(DOCUMENTS.schema), transaction=transaction)
    known.take(decision)
    return written
