"""Event log to `silver.interactions`: exactly once, whatever stops it.

An event is a fact: of several messages with its id the one that says the earliest time counts, whichever comes first. So the
table is the same however late, out of order or often events come, and a log that is read again changes nothing.

Both profiles land by this function, from Kafka by the event log's adapter: events are small, so that Spark would add a second
checkpoint beside the offsets that commit with the rows, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import partial

import pyarrow as pa
import structlog

from talentflow.bronze import unread
from talentflow.eventlog import INTERACTIONS_TOPIC, EventLog
from talentflow.eventlog.messages import RejectedDocument, from_interaction
from talentflow.ids import content_hash
from talentflow.incremental import Outcomes
from talentflow.lakehouse import Lakehouse
from talentflow.records import Interaction
from talentflow.report import StageReport
from talentflow.tables import CANDIDATES, INTERACTIONS, JOB_OFFERS

log = structlog.get_logger(__name__)

STAGE = "interactions"
VERSION = "1"
APP = "silver.interactions"
"""Before the ids of the applications whose offsets commit with the rows of `silver.interactions`."""
BATCH_EVENTS = 4000
DUPLICATE = "duplicate"

_ABOUT = ((JOB_OFFERS, "offer_id", "unknown_offers"), (CANDIDATES, "candidate_id", "unknown_candidates"))


def land_interactions(eventlog: EventLog, lakehouse: Lakehouse, *, run_id: str, batch_events: int = BATCH_EVENTS) -> StageReport:
    """Read what was appended since the last committed offset into `silver.interactions`.

    Rows and offsets commit in one Delta transaction; quarantine and outcomes are written before it, as upserts and a ledger
    that a repeated batch adds to. A message that is no interaction goes to quarantine with its payload. One that is there
    already, word for word, is counted as skipped and has its outcome from before.

    Returns:
        A report whose details count the events landed now that name an offer or a candidate which the tables do not have
        (`unknown_offers`, `unknown_candidates`). They are kept: their documents may come later, or have been forgotten.
    """
    started = time.perf_counter()
    report = StageReport(STAGE)
    outcomes = Outcomes(run_id, STAGE, VERSION, report)
    unknown = dict.fromkeys((name for _, _, name in _ABOUT), 0)
    for messages, done, total in unread(eventlog, INTERACTIONS_TOPIC, partial(landed_offset, eventlog, lakehouse), batch_events):
        said = [from_interaction(message) for message in messages]
        landed = _decide(said, _held(said, lakehouse), outcomes)
        outcomes.write(lakehouse)
        rows = pa.Table.from_pylist([i.model_dump() for i in landed.values()], schema=INTERACTIONS.schema)
        transaction = (app_id(eventlog.log_id, messages[0].partition), messages[-1].offset + 1)
        report.rows_written += lakehouse.upsert(INTERACTIONS, rows, transaction=transaction)
        for name, count in _unknown(landed.values(), lakehouse).items():
            unknown[name] += count
        log.info("stage_progress", stage=STAGE, done=done, total=total)
    if report.ok:
        report.details = dict(unknown)
    report.seconds = time.perf_counter() - started
    return report


def app_id(log_id: str, partition: int) -> str:
    """The application whose last transaction on `silver.interactions` is the next offset of this partition."""
    return f"{APP}/{log_id}/{partition}"


def landed_offset(eventlog: EventLog, lakehouse: Lakehouse, partition: int) -> int:
    """The next offset to land of a partition of the interactions topic."""
    return lakehouse.transaction_version(INTERACTIONS, app_id(eventlog.log_id, partition)) or 0


def known_events(lakehouse: Lakehouse, event_ids: Iterable[str]) -> set[str]:
    """Those of these events that the table has."""
    ids = sorted(set(event_ids))
    if not ids:
        return set()
    return set(lakehouse.read(INTERACTIONS, ["event_id"], where={"event_id": ids})["event_id"].to_pylist())


Said = Interaction | RejectedDocument
"""What a message says: an interaction, or why it is none."""


def _held(said: Sequence[Said], lakehouse: Lakehouse) -> dict[str, Interaction]:
    """The events of the table that are spoken of, by id."""
    ids = sorted({i.event_id for i in said if isinstance(i, Interaction)})
    rows = lakehouse.read(INTERACTIONS, where={"event_id": ids}).to_pylist() if ids else []
    return {row["event_id"]: Interaction.model_construct(**row) for row in rows}


def _decide(said: Sequence[Said], held: dict[str, Interaction], outcomes: Outcomes) -> dict[str, Interaction]:
    """Add where each message ended to `outcomes`; returns the events to write, by id."""
    changed: dict[str, Interaction] = {}
    for one in said:
        if isinstance(one, RejectedDocument):
            origin = {"payload": one.payload, "source": one.source, "source_uri": one.source_uri}
            outcomes.add(
                one.document_id, one.content_hash, "quarantined", error_code=one.error_code, detail=one.detail, origin=origin
            )
            continue
        before = held.get(one.event_id)
        if before == one:
            outcomes.report.count("skipped", DUPLICATE)
        elif before is None or _order(one) < _order(before):
            held[one.event_id] = changed[one.event_id] = one
            outcomes.add(one.event_id, _hash(one), "ok")
        else:
            detail = (
                f"its id has {before.action} at {before.occurred_at} already, and the earliest counts: give it an id of its own"
            )
            outcomes.add(one.event_id, _hash(one), "skipped", error_code=DUPLICATE, detail=detail)
    return changed


def _order(event: Interaction) -> tuple[str, str]:
    return event.occurred_at, event.model_dump_json()


def _hash(event: Interaction) -> str:
    return content_hash(event.model_dump_json().encode())


def _unknown(events: Iterable[Interaction], lakehouse: Lakehouse) -> dict[str, int]:
    """How many of these events name an offer, and a candidate, that the tables do not have."""
    counts: dict[str, int] = {}
    told = list(events)
    for table, column, name in _ABOUT:
        named = [i for event in told if (i := getattr(event, column)) is not None]
        there: set[str] = set()
        if named:
            there = set(lakehouse.read(table, [column], where={column: sorted(set(named))})[column].to_pylist())
        counts[name] = sum(i not in there for i in named)
    return counts
