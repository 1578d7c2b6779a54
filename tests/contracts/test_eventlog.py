"""What every event log does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentflow.errors import BadSettings
from talentflow.eventlog import EventLog, Message, Received, checked, open_eventlog
from talentflow.eventlog.dead_letters import SentAgain, dead_letters, send_again
from talentflow.eventlog.messages import RawDocument, to_message
from talentflow.records import Interaction
from talentflow.settings import Settings
from tests.conftest import StartPython

ADAPTERS = [pytest.param("sqlite"), pytest.param("kafka", marks=[pytest.mark.slow, pytest.mark.xdist_group("kafka")])]
NO_GROUPS = "a group is no transaction: messages are acknowledged one by one"
Open = Callable[[], EventLog]

OPEN = """
import sys
from pathlib import Path
from talentflow.eventlog import Message, open_eventlog
from talentflow.settings import Settings
log = open_eventlog(Settings(home=Path(sys.argv[1])))
"""


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def open_log(adapter: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens this test's own log; processes that it starts open the same one."""
    monkeypatch.setenv("TALENTFLOW_EVENTLOG", adapter)
    if adapter == "kafka":
        monkeypatch.setenv("TALENTFLOW_KAFKA_BOOTSTRAP", request.getfixturevalue("kafka_bootstrap"))
        monkeypatch.setenv("TALENTFLOW_KAFKA_TOPIC_PREFIX", f"{uuid4().hex}.")
        monkeypatch.setenv("TALENTFLOW_KAFKA_PARTITIONS", "1")
    opened: list[EventLog] = []

    def open_() -> EventLog:
        opened.append(open_eventlog(Settings(home=tmp_path)))
        return opened[-1]

    yield open_
    for log in opened:
        log.close()


@pytest.fixture
def log(open_log: Open) -> EventLog:
    return open_log()


def read_all(log: EventLog, topic: str, limit: int = 700) -> list[Received]:
    received: list[Received] = []
    offsets: dict[int, int] = {}
    while batch := log.read(topic, offsets, limit):
        assert len(batch) <= limit
        received += batch
        for message in batch:
            offsets[message.partition] = message.offset + 1
    return received


def offsets_have_no_gaps(received: list[Received]) -> bool:
    by_partition: dict[int, list[int]] = {}
    for message in received:
        by_partition.setdefault(message.partition, []).append(message.offset)
    return all(offsets == list(range(len(offsets))) for offsets in by_partition.values())


def numbered(count: int, prefix: str = "") -> list[Message]:
    return [Message("k", f"{prefix}{n}".encode()) for n in range(count)]


def test_messages_come_back_as_they_were_and_in_order(log: EventLog) -> None:
    messages = [
        Message("a", b'{"n": 1}', {"content-type": "application/json", "name": "résumé"}),
        Message("", b""),
        Message("clé \udce9 \x00", bytes(range(256))),
        Message("a", b"x" * 3_000_000),
    ]
    assert log.append("numbers", messages) == 4
    received = read_all(log, "numbers")
    assert [(m.key, m.value, m.headers) for m in received] == [(m.key, m.value, m.headers) for m in messages]
    assert {m.topic for m in received} == {"numbers"}
    assert all(m.timestamp > 1_700_000_000_000 for m in received)


def test_a_topic_nobody_wrote_to_is_empty(log: EventLog) -> None:
    assert log.read("nothing", {}, 10) == []
    assert log.end_offsets("nothing") == {}
    assert log.append("nothing", []) == 0
    assert log.read("nothing", {}, 10) == []


def test_topics_do_not_mix(log: EventLog) -> None:
    log.append("numbers", numbered(3, "d"))
    log.append("letters", numbered(2, "i"))
    log.append("numbers", numbered(1, "e"))
    assert [m.value for m in read_all(log, "numbers")] == [b"d0", b"d1", b"d2", b"e0"]
    assert [m.value for m in read_all(log, "letters")] == [b"i0", b"i1"]
    assert offsets_have_no_gaps(read_all(log, "numbers"))


def test_end_offsets_are_where_the_next_message_goes(log: EventLog) -> None:
    log.append("numbers", numbered(3))
    ends = log.end_offsets("numbers")
    assert log.read("numbers", ends, 10) == []
    log.append("numbers", numbered(1, "new"))
    assert [m.value for m in log.read("numbers", ends, 10)] == [b"new0"]


def test_a_limit_of_nothing_reads_nothing(log: EventLog) -> None:
    log.append("numbers", numbered(3))
    assert log.read("numbers", {}, 0) == []


def test_what_was_appended_is_there_after_reopening(open_log: Open) -> None:
    first = open_log()
    first.append("numbers", numbered(5))
    first.close()
    assert [m.value for m in read_all(open_log(), "numbers")] == [m.value for m in numbered(5)]


@pytest.mark.gap("kafka", reason="what was handed to the brokers is theirs, to the last message before the failure")
def test_a_producer_that_fails_leaves_whole_groups(log: EventLog) -> None:
    def messages() -> Iterator[Message]:
        yield from numbered(4500)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        log.append("numbers", messages())
    received = read_all(log, "numbers")
    assert [m.value for m in received] == [m.value for m in numbered(len(received))]
    assert 0 < len(received) < 4500


@pytest.mark.gap("kafka", reason=NO_GROUPS)
def test_readers_see_nothing_of_a_group_that_is_still_gathered(open_log: Open) -> None:
    writer, reader = open_log(), open_log()
    seen: list[int] = []

    def messages() -> Iterator[Message]:
        yield from numbered(10)
        seen.append(len(reader.read("numbers", {}, 100)))
        reader.append("numbers", numbered(1, "meanwhile"))

    writer.append("numbers", messages())
    assert seen == [0]
    assert len(read_all(reader, "numbers")) == 11


def test_threads_may_share_a_log(log: EventLog) -> None:
    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(lambda n: log.append("numbers", numbered(300, f"{n}-")), range(4)))
    received = read_all(log, "numbers")
    assert counts == [300] * 4
    assert len(received) == 1200
    assert offsets_have_no_gaps(received)


@settings(max_examples=25, deadline=None)
@given(
    appends=st.lists(st.tuples(st.sampled_from("ab"), st.lists(st.binary(max_size=8), max_size=6)), max_size=8),
    limit=st.integers(1, 7),
)
def test_a_log_is_a_list_per_topic(appends: list[tuple[str, list[bytes]]], limit: int) -> None:
    with TemporaryDirectory() as home:
        log = open_eventlog(Settings(home=Path(home), eventlog="sqlite"))
        model: dict[str, list[bytes]] = {"a": [], "b": []}
        for topic, values in appends:
            assert log.append(topic, [Message("k", v) for v in values]) == len(values)
            model[topic] += values
        for topic, values in model.items():
            assert [m.value for m in read_all(log, topic, limit)] == values
        log.close()


def test_killing_a_producer_keeps_what_it_was_told_is_safe(
    adapter: str, open_log: Open, tmp_path: Path, start_python: StartPython
) -> None:
    producer = start_python(
        OPEN
        + """
n = 0
while True:
    n += log.append("numbers", [Message("k", b"%d" % i) for i in range(n, n + 300)])
    print(n, flush=True)
""",
        tmp_path,
        adapter,
    )
    assert producer.stdout is not None
    acknowledged = [int(producer.stdout.readline()) for _ in range(5)]
    producer.kill()
    acknowledged += [int(line) for line in producer.communicate()[0].split()]
    log = open_log()
    received = read_all(log, "numbers")
    assert len(received) >= acknowledged[-1]
    assert len(received) % 300 == 0 or adapter == "kafka", NO_GROUPS
    assert [m.value for m in received] == [b"%d" % n for n in range(len(received))]
    log.append("numbers", numbered(1, "after"))
    assert offsets_have_no_gaps(read_all(log, "numbers"))


def test_two_producers_at_once_lose_and_mix_up_nothing(
    adapter: str, log: EventLog, tmp_path: Path, start_python: StartPython
) -> None:
    code = (
        OPEN
        + """
for n in range(40):
    log.append("numbers", [Message(sys.argv[3], b"%d" % i) for i in range(n * 50, n * 50 + 50)])
"""
    )
    producers = [start_python(code, tmp_path, adapter, name) for name in ("left", "right")]
    assert [p.wait() for p in producers] == [0, 0]
    received = read_all(log, "numbers")
    assert len(received) == 4000
    assert offsets_have_no_gaps(received)
    for name in ("left", "right"):
        assert [m.value for m in received if m.key == name] == [b"%d" % n for n in range(2000)]


@pytest.mark.gap("kafka", reason="its disk is the brokers'")
@pytest.mark.parametrize("kilobytes", [200, 1500])
def test_a_full_disk_is_said_and_keeps_whole_groups(
    adapter: str, open_log: Open, tmp_path: Path, start_python: StartPython, kilobytes: int
) -> None:
    """A limit on the size of files stands in for the full disk: the write fails the same way, with EFBIG for ENOSPC."""
    producer = start_python(
        OPEN
        + """
import resource
from talentflow.errors import StorageFull
limit = int(sys.argv[3]) * 1024
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
n = 0
try:
    while True:
        n += log.append("numbers", [Message("k", b"%d" % i + b" " * 1000) for i in range(n, n + 50)])
except StorageFull as error:
    print(n, str(error).replace(chr(10), " "))
""",
        tmp_path,
        adapter,
        kilobytes,
    )
    said = producer.communicate()[0]
    acknowledged, message = said.split(" ", 1)
    assert "free space" in message
    log = open_log()
    received = read_all(log, "numbers")
    assert [int(m.value) for m in received] == list(range(int(acknowledged)))
    log.append("numbers", numbered(1, "after"))
    assert offsets_have_no_gaps(read_all(log, "numbers"))


def document(n: int) -> Message:
    return to_message(
        RawDocument("files", f"/{n}.txt", f"{n}", None, "cv", b"%d" % n), received_at=datetime(2026, 1, 1, tzinfo=UTC)
    )


def test_what_does_not_fit_its_topics_schema_is_a_dead_letter_that_says_why(log: EventLog) -> None:
    no_json = Message("clé", b"\xff{not json", {"name": "résumé"})
    messages = [document(0), no_json, document(1), Message("x", b'{"type": "document"}'), document(2)]
    appended = log.append("documents", messages)
    assert (appended, appended.rejected) == (3, 2)
    assert [m.value for m in read_all(log, "documents")] == [document(n).value for n in range(3)]
    letters = list(dead_letters(log, "documents"))
    assert letters[0].message == no_json
    assert "JSON" in letters[0].error
    assert letters[1].error == "document.document_id: Field required"
    assert {letter.topic for letter in letters} == {"documents"}
    assert all(datetime.fromisoformat(letter.at).tzinfo for letter in letters)
    (first, _) = read_all(log, "documents.dead-letters")
    said = {name: value for name, value in first.headers.items() if name.startswith("dead-letter.")}
    assert said.items() >= {"dead-letter.topic": "documents", "dead-letter.key": "clé"}.items()


def test_interactions_have_a_schema_too(log: EventLog) -> None:
    viewed = Interaction(event_id="1", action="view", actor_id="a", occurred_at="2026-01-01T00:00:00Z")
    values = [viewed.model_dump_json(), viewed.model_dump_json().replace("view", "stare")]
    appended = log.append("interactions", [Message("a", value.encode()) for value in values])
    assert (appended, appended.rejected) == (1, 1)


def test_any_number_and_any_size_of_dead_letters_is_kept(log: EventLog) -> None:
    many = [Message(str(n), b"%d" % n) for n in range(250)]
    large = Message("large", b"x" * 3_000_000)
    appended = log.append("documents", (m for m in [*many, large]))
    assert (appended, appended.rejected) == (0, 251)
    assert [letter.message for letter in dead_letters(log, "documents")] == [*many, large]


def test_dead_letters_are_sent_again_once_when_they_are_mended(log: EventLog) -> None:
    broken = [Message(f"{n}", document(n).value[:-1], {"from": "acme"}) for n in range(60)]
    log.append("documents", broken)
    assert send_again(log, "documents") == SentAgain(sent=0, unusable=60)
    mended = {letter.place: letter.message.value + b"}" for letter in dead_letters(log, "documents") if letter.message.key != "7"}
    assert send_again(log, "documents", mended) == SentAgain(sent=59, unusable=1)
    sent = read_all(log, "documents")
    assert sorted(m.value for m in sent) == sorted(document(n).value for n in range(60) if n != 7)
    assert {m.headers["from"] for m in sent} == {"acme"}
    assert [letter.message for letter in dead_letters(log, "documents")] == [broken[7]]
    assert send_again(log, "documents", mended) == SentAgain(sent=0, unusable=1)
    assert len(read_all(log, "documents")) == 59


def test_what_fits_by_now_is_sent_again_as_it_is(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as strict:
        strict.setattr(checked, "checker", lambda _: lambda _: "not yet")
        assert log.append("documents", [document(1)]).rejected == 1
    assert send_again(log, "documents") == SentAgain(sent=1, unusable=0)
    assert [m.value for m in read_all(log, "documents")] == [document(1).value]


def test_a_topic_without_dead_letters_has_none(log: EventLog) -> None:
    assert list(dead_letters(log, "documents")) == []
    assert send_again(log, "documents") == SentAgain(sent=0, unusable=0)


def test_a_file_that_is_no_event_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "eventlog.sqlite").write_bytes(b"not a database " * 100)
    with pytest.raises(BadSettings, match=r"eventlog\.sqlite.*move it away"):
        open_eventlog(Settings(home=tmp_path, eventlog="sqlite"))
