"""Event log to bronze: rows and offsets commit together, and every message ends somewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentflow.bronze import CLOSURE, DOCUMENT, Fact, Known, decide, land
from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, Message
from talentflow.eventlog.messages import ClosedDocument, RawDocument, RejectedDocument, to_message
from talentflow.eventlog.sqlite import SqliteEventLog
from talentflow.ids import content_hash
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.report import StageReport
from talentflow.settings import Settings
from talentflow.tables import CLOSURES, DOCUMENTS, OUTCOMES, QUARANTINE


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def lakehouse(settings: Settings) -> Lakehouse:
    return open_lakehouse(settings)


@pytest.fixture
def eventlog(settings: Settings) -> EventLog:
    """Not held to the schema: others may write to a log too."""
    return SqliteEventLog(settings.home / "eventlog.sqlite")


def message(key: str, content: bytes) -> Message:
    document = RawDocument("files", f"/cvs/{key}", key, "text/plain", "cv", content)
    return to_message(document, received_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_what_was_landed_is_not_read_again(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    eventlog.append(DOCUMENTS_TOPIC, [message("a", b"one"), message("b", b"two")])
    assert land(eventlog, lakehouse, run_id="1", batch_rows=1).ok == 2
    eventlog.append(DOCUMENTS_TOPIC, [message("c", b"three")])
    assert land(eventlog, lakehouse, run_id="2", batch_rows=1).read == 1
    assert sorted(lakehouse.read(DOCUMENTS)["content"].to_pylist()) == [b"one", b"three", b"two"]


def test_the_last_version_of_a_document_counts(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    eventlog.append(DOCUMENTS_TOPIC, [message("a", b"old"), message("a", b"new")])
    land(eventlog, lakehouse, run_id="1", batch_rows=10)
    eventlog.append(DOCUMENTS_TOPIC, [message("a", b"newest")])
    land(eventlog, lakehouse, run_id="2", batch_rows=10)
    assert lakehouse.read(DOCUMENTS)["content"].to_pylist() == [b"newest"]


def test_the_same_bytes_under_another_name_are_skipped_and_say_of_which(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    eventlog.append(DOCUMENTS_TOPIC, [message("a", b"same"), message("copy", b"same")])
    report = land(eventlog, lakehouse, run_id="1", batch_rows=10)
    assert (report.ok, report.skipped) == (1, 1)
    skipped = [o for o in lakehouse.read(OUTCOMES).to_pylist() if o["status"] == "skipped"]
    assert "/cvs/a" in skipped[0]["detail"]


def test_a_malformed_message_is_quarantined_with_its_bytes_and_never_stops_the_rest(
    eventlog: EventLog, lakehouse: Lakehouse
) -> None:
    eventlog.append(DOCUMENTS_TOPIC, [Message("x", b"{not json"), message("a", b"one"), Message("y", b'{"document_id": 7}')])
    report = land(eventlog, lakehouse, run_id="1", batch_rows=10)
    assert (report.ok, report.quarantined) == (1, 2)
    rows = lakehouse.read(QUARANTINE).to_pylist()
    assert {r["error_code"] for r in rows} == {"malformed_message"}
    assert {r["payload"] for r in rows} == {b"{not json", b'{"document_id": 7}'}
    assert land(eventlog, lakehouse, run_id="2", batch_rows=10).read == 0


def test_a_batch_of_rejections_alone_moves_the_offset(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    eventlog.append(DOCUMENTS_TOPIC, [Message("x", b"noise"), Message("y", b"more noise")])
    assert land(eventlog, lakehouse, run_id="1", batch_rows=1).quarantined == 2
    assert land(eventlog, lakehouse, run_id="2", batch_rows=1).read == 0


def closure(key: str, reason: str = "filled") -> Message:
    closed = ClosedDocument("files", f"/cvs/{key}", key, datetime(2026, 2, 1, tzinfo=UTC), reason)
    return to_message(closed, received_at=datetime(2026, 2, 1, tzinfo=UTC))


def rejection(key: str, payload: bytes = b"?") -> Message:
    rejected = RejectedDocument("files", f"/cvs/{key}", key, "corrupt_document", "it is broken", payload, content_hash(payload))
    return to_message(rejected, received_at=datetime(2026, 1, 1, tzinfo=UTC))


def closed_ones(lakehouse: Lakehouse) -> dict[str, str]:
    return {r["source_uri"]: r["reason"] for r in lakehouse.read(CLOSURES).to_pylist()}


def landed(eventlog: EventLog, lakehouse: Lakehouse, run_id: str, *messages: Message) -> StageReport:
    eventlog.append(DOCUMENTS_TOPIC, messages)
    return land(eventlog, lakehouse, run_id=run_id, batch_rows=10)


@pytest.mark.parametrize("content", [b"one", b"another"])
def test_a_closed_document_that_is_sent_again_is_open_again(eventlog: EventLog, lakehouse: Lakehouse, content: bytes) -> None:
    landed(eventlog, lakehouse, "1", message("a", b"one"))
    landed(eventlog, lakehouse, "2", closure("a"))
    assert closed_ones(lakehouse) == {"/cvs/a": "filled"}
    assert lakehouse.read(DOCUMENTS)["content"].to_pylist() == [b"one"]
    landed(eventlog, lakehouse, "3", message("a", content))
    assert closed_ones(lakehouse) == {}
    assert lakehouse.read(DOCUMENTS)["content"].to_pylist() == [content]


@pytest.mark.parametrize(
    ("batch", "closed"),
    [
        ([message("a", b"one"), closure("a")], {"/cvs/a": "filled"}),
        ([closure("a"), message("a", b"one")], {}),
        ([message("a", b"one"), closure("a"), message("a", b"one")], {}),
        ([message("a", b"one"), closure("a"), closure("a", "expired")], {"/cvs/a": "expired"}),
        ([message("a", b"one"), closure("a"), message("a", b"two"), closure("a", "expired")], {"/cvs/a": "expired"}),
    ],
)
def test_within_a_batch_the_last_message_says_whether_a_document_is_open(
    eventlog: EventLog, lakehouse: Lakehouse, batch: list[Message], closed: dict[str, str]
) -> None:
    landed(eventlog, lakehouse, "1", *batch)
    assert closed_ones(lakehouse) == closed
    assert lakehouse.read(DOCUMENTS)["source_key"].to_pylist() == ["a"]


def test_a_rejection_does_not_open_a_closed_document(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    landed(eventlog, lakehouse, "1", message("a", b"one"), closure("a"))
    landed(eventlog, lakehouse, "2", rejection("a"))
    assert closed_ones(lakehouse) == {"/cvs/a": "filled"}
    landed(eventlog, lakehouse, "3", message("b", b"two"), closure("b"), rejection("b"))
    assert closed_ones(lakehouse) == {"/cvs/a": "filled", "/cvs/b": "filled"}


def test_a_twin_of_a_closed_document_is_taken(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    landed(eventlog, lakehouse, "1", message("a", b"same"), closure("a"))
    assert landed(eventlog, lakehouse, "2", message("copy", b"same")).ok == 1
    assert sorted(lakehouse.read(DOCUMENTS)["source_key"].to_pylist()) == ["a", "copy"]
    assert landed(eventlog, lakehouse, "3", message("third", b"same")).skipped == 1


def test_a_closure_of_what_nobody_sent_is_kept_and_does_no_harm(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    assert landed(eventlog, lakehouse, "1", closure("never")).read == 0
    assert closed_ones(lakehouse) == {"/cvs/never": "filled"}
    assert landed(eventlog, lakehouse, "2", message("never", b"one")).ok == 1
    assert closed_ones(lakehouse) == {}


def test_a_document_that_can_be_taken_after_all_leaves_quarantine(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    landed(eventlog, lakehouse, "1", rejection("a"), rejection("b"))
    landed(eventlog, lakehouse, "2", message("a", b"one"))
    assert lakehouse.read(QUARANTINE)["source_uri"].to_pylist() == ["/cvs/b"]


def test_a_rejection_stands_beside_the_version_before_it(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    report = landed(eventlog, lakehouse, "1", message("a", b"one"), rejection("a"))
    assert (report.ok, report.quarantined) == (1, 1)
    assert lakehouse.read(DOCUMENTS)["content"].to_pylist() == [b"one"]
    assert lakehouse.read(QUARANTINE)["source_uri"].to_pylist() == ["/cvs/a"]


def test_a_document_is_no_twin_of_one_that_changes_in_the_same_batch(eventlog: EventLog, lakehouse: Lakehouse) -> None:
    landed(eventlog, lakehouse, "1", message("a", b"same"))
    assert landed(eventlog, lakehouse, "2", message("copy", b"same"), message("a", b"changed")).ok == 2
    assert sorted(lakehouse.read(DOCUMENTS)["content"].to_pylist()) == [b"changed", b"same"]


def at(
    partition: int, offset: int, key: str, content: str | None = None, *, minute: int | None = None, kind: str = DOCUMENT
) -> Fact:
    """A message as `decide` sees it; its producer's time is its offset unless it is said."""
    received = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=offset if minute is None else minute)
    return Fact(
        kind, key, content or "", "s", f"/{key}", received, "documents", partition, offset, None, None, None, received, "gone"
    )


def after(*batches: list[Fact]) -> tuple[dict[str, str], set[str]]:
    """What bronze holds after these batches: document → hash, and what is closed."""
    known, documents = Known(), {}
    for batch in batches:
        decision = decide(batch, known)
        documents |= {d.document_id: d.content_hash for d in decision.documents}
        known.take(decision)
    return documents, known.closed


HISTORY = [
    at(0, 0, "a", "one"),
    at(0, 1, "a", kind=CLOSURE),
    at(0, 2, "a", "two"),
    at(1, 0, "b", "three"),
    at(1, 1, "b", "four"),
    at(1, 2, "b", kind=CLOSURE),
    at(2, 0, "c", "five"),
    at(2, 1, "c", kind=CLOSURE),
    at(2, 2, "c", "five"),
]
HELD_AFTERWARDS = ({"a": "two", "b": "four", "c": "five"}, {"b"})


@given(st.permutations(HISTORY), st.lists(st.integers(0, len(HISTORY)), max_size=4))
def test_a_log_leaves_the_same_however_it_is_cut_into_batches(shuffled: list[Fact], cuts: list[int]) -> None:
    in_order = sorted(shuffled, key=lambda m: (m.offset, shuffled.index(m)))
    ends = sorted({0, *cuts, len(HISTORY)})
    assert after(*(in_order[a:b] for a, b in pairwise(ends))) == HELD_AFTERWARDS


@given(st.permutations(HISTORY), st.lists(st.integers(0, len(HISTORY)), max_size=4))
def test_a_log_that_is_read_again_from_its_beginning_changes_nothing(shuffled: list[Fact], cuts: list[int]) -> None:
    in_order = sorted(shuffled, key=lambda m: (m.offset, shuffled.index(m)))
    ends = sorted({0, *cuts, len(HISTORY)})
    again = [in_order[a:b] for a, b in pairwise(ends)]
    known = Known()
    known.take(decide(HISTORY, known))
    for batch in again:
        decision = decide(batch, known)
        assert decision.documents == []
        known.take(decision)
    assert known.closed == HELD_AFTERWARDS[1]


@given(st.permutations([at(0, 0, "x", "same", minute=5), at(1, 0, "y", "same", minute=3), at(2, 0, "z", "same", minute=3)]))
def test_of_twins_the_earliest_is_taken_wherever_it_stands(batch: list[Fact]) -> None:
    decision = decide(batch, Known())
    assert [d.document_id for d in decision.documents] == ["y"]
    assert {e.message.document_id: e.detail for e in decision.ends if e.status == "skipped"} == dict.fromkeys(
        "xz", "the same bytes as /y: nothing to do"
    )


def test_a_twin_that_bronze_holds_counts_more_than_an_earlier_one() -> None:
    known = Known()
    known.take(decide([at(0, 0, "later", "same", minute=9)], known))
    assert decide([at(1, 0, "earlier", "same", minute=1)], known).documents == []


def test_a_topic_that_was_made_again_begins_again() -> None:
    known = Known()
    known.take(decide([at(0, 7, "a", "one")], known))
    assert [d.content_hash for d in decide([at(0, 0, "a", "two", minute=60)], known).documents] == ["two"]


def test_a_document_whose_partition_changed_counts_by_its_time() -> None:
    old, new = at(3, 9, "a", "old", minute=1), at(0, 0, "a", "new", minute=2)
    assert after([old, new]) == after([new], [old]) == after([old], [new]) == ({"a": "new"}, set())
