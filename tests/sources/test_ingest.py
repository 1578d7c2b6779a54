"""`talentflow ingest`: what is new goes on the event log, one target never stops another, and nothing is lost or told twice."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from producers import ingest
from producers.ingest import exit_code, ingest_target, open_intake
from producers.reading import Answer, Reading
from producers.sources import Source
from talentflow.cli.pipeline import forget
from talentflow.errors import Busy, ServiceUnavailable, TerminalError, UnexpectedAnswer
from talentflow.eventlog import Message, open_eventlog
from talentflow.eventlog.dead_letters import dead_letters
from talentflow.eventlog.messages import ClosedDocument, RawDocument, to_message
from talentflow.tables import DOCUMENTS, INGESTS
from tests.command import talentflow, told
from tests.conftest import StartPython
from tests.sources.homes import Board, Home, counts

NOTHING = {"fetched": 0, "not_modified": 0, "documents": 0, "skipped": 0, "quarantined": 0, "closed": 0} | {
    "rejected": 0,
    "error": None,
}

SCRIPTED = """
import logging, os, signal, sys
from pathlib import Path
import structlog
from producers import readers
from producers.ingest import ingest_target, open_intake
from producers.reading import Answer
from talentflow.eventlog.messages import RawDocument
from talentflow.settings import Settings

def offer(n):
    return RawDocument("acme", f"https://acme.example/{n}", str(n), "text/plain", "job_offer", f"Baker {n}".encode())

def read(source, reading):
    for n in (1, 2, 3):
        yield Answer([offer(n)], lambda n=n: commit(n, reading))

def commit(n, reading):
    reading.state.set_mark("read", str(n))

readers.reader_of = lambda source: read
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
settings = Settings(home=Path(sys.argv[1]))
"""
"""A process whose sources say three answers; a test appends what happens at which moment."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.configure(acme={"type": "feed", "url": "https://acme.example/feed"})
    return home


@pytest.fixture
def board(httpserver: HTTPServer, home: Home) -> Board:
    board = Board(httpserver, {1: "Baker", 2: "Nurse"})
    home.configure(board=board.settings)
    return board


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Iterator[Answer]]], None]:
    """Sets what every source says."""

    def say(answers: Callable[[], Iterator[Answer]]) -> None:
        def read(_source: Source, _reading: Reading) -> Iterator[Answer]:
            return answers()

        monkeypatch.setattr("producers.readers.reader_of", lambda _source: read)

    return say


def offer(key: str, text: str = "Baker") -> RawDocument:
    return RawDocument("acme", f"https://acme.example/{key}", key, "text/plain", "job_offer", text.encode())


def closure(key: str) -> ClosedDocument:
    return ClosedDocument("acme", f"https://acme.example/{key}", key, datetime(2026, 1, 1, tzinfo=UTC), "filled")


def test_a_source_offers_withdraws_and_offers_again(home: Home, board: Board) -> None:
    assert home.ingest("board").documents == 2
    home.land()
    assert home.titles() == ["Baker", "Nurse"]
    del board.offers[2]
    assert counts(home.ingest("board")) == NOTHING | {"fetched": 1, "skipped": 1, "closed": 1}
    home.land()
    assert home.titles() == ["Baker"]
    board.offers[2] = "Nurse"
    assert counts(home.ingest("board")) == NOTHING | {"fetched": 1, "documents": 1, "skipped": 1}
    home.land()
    assert home.titles() == ["Baker", "Nurse"]


def test_the_last_that_a_source_said_counts_also_when_nothing_landed_in_between(home: Home, board: Board) -> None:
    home.ingest("board")
    home.land()
    nurse = board.offers.pop(2)
    home.ingest("board")
    board.offers[2] = nurse
    home.ingest("board")
    home.land()
    assert home.titles() == ["Baker", "Nurse"]
    board.offers[1] = "Master baker"
    home.ingest("board")
    board.offers[1] = "Baker"
    assert home.ingest("board").documents == 1
    home.land()
    assert home.titles() == ["Baker", "Nurse"]


def test_what_is_unchanged_is_skipped_whether_it_landed_or_waits(home: Home, board: Board) -> None:
    home.ingest("board")
    assert counts(home.ingest("board")) == NOTHING | {"fetched": 1, "skipped": 2}
    home.land()
    assert counts(home.ingest("board")) == NOTHING | {"fetched": 1, "skipped": 2}
    assert len(home.messages()) == 2


def unfit(document: Any, **more: Any) -> Message:
    """As `to_message` would make it with a fault of ours: those of `2` say no source."""
    message = to_message(document, received_at=datetime(2026, 1, 1, tzinfo=UTC))
    said = json.loads(message.value)
    if document.source_key == "2":
        del said["source"]
    return Message(message.key, json.dumps(said).encode(), message.headers)


def test_what_becomes_a_dead_letter_is_said_and_the_rest_is_kept(
    home: Home, script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "to_message", unfit)
    read: list[str] = []
    answers = [Answer([offer("1", "One"), offer("2", "Two")], lambda: read.append("first")), Answer([offer("3", "Three")])]
    script(lambda: iter(answers))
    done = home.ingest("acme")
    assert (done.documents, done.quarantined, done.rejected) == (2, 1, 1)
    assert isinstance(done.error, TerminalError)
    assert "1 message does not fit" in str(done.error)
    assert "talentflow dead-letters" in str(done.error)
    assert exit_code([done]) == 1
    assert read == ["first"], "a dead letter is safe: the source goes on"
    (row,) = home.lakehouse.read(INGESTS).to_pylist()
    assert (row["documents"], row["quarantined"], row["status"], row["error"]) == (2, 1, "failed", str(done.error))
    home.land()
    assert sorted(home.lakehouse.read(DOCUMENTS, ["content"])["content"].to_pylist()) == [b"One", b"Three"]
    log = open_eventlog(home.settings)
    (letter,) = dead_letters(log, "documents")
    log.close()
    assert "source" in letter.error


def test_what_ended_the_reading_is_said_before_dead_letters(home: Home, script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "to_message", unfit)

    def read() -> Iterator[Answer]:
        yield Answer([offer("2")])
        raise ServiceUnavailable("acme.example does not answer: try again")

    script(read)
    done = home.ingest("acme")
    assert (done.rejected, str(done.error)) == (1, "acme.example does not answer: try again")


def test_a_twin_is_taken_when_the_document_that_it_was_skipped_for_is_closed(home: Home, script: Any) -> None:
    twin = offer("twin")
    script(lambda: iter([Answer([offer("1"), twin])]))
    home.ingest("acme")
    home.land()
    script(lambda: iter([Answer([twin])]))
    assert home.ingest("acme").skipped == 1
    script(lambda: iter([Answer([closure("1")])]))
    home.ingest("acme")
    home.land()
    script(lambda: iter([Answer([twin])]))
    assert home.ingest("acme").documents == 1
    home.land()
    assert sorted(home.lakehouse.read(DOCUMENTS)["source_key"].to_pylist()) == ["1", "twin"]
    assert home.ingest("acme").skipped == 1


def test_a_closure_is_told_once(home: Home, script: Any) -> None:
    script(lambda: iter([Answer([offer("1")]), Answer([closure("1"), closure("1")])]))
    assert home.ingest("acme").closed == 1
    home.land()
    script(lambda: iter([Answer([closure("1")])]))
    assert home.ingest("acme").closed == 0


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (ServiceUnavailable("acme does not answer: try again later"), 75, "try again later"),
        (UnexpectedAnswer("acme sent a picture: check the address"), 1, "check the address"),
        (KeyError("title"), 1, "the reader of its type (feed) failed with KeyError: 'title'"),
    ],
)
def test_a_reader_that_fails_keeps_what_came_before_and_costs_no_other_target(
    home: Home, tmp_path: Path, script: Any, failure: Exception, code: int, said: str
) -> None:
    def answers() -> Iterator[Answer]:
        yield Answer([offer("1")])
        raise failure

    script(answers)
    with open_intake(home.settings) as intake:
        done = [ingest_target(intake, target) for target in ("nobody", "acme", "acme")]
    assert [i.documents for i in done] == [0, 1, 0]
    assert said in str(done[1].error)
    assert exit_code(done[1:]) == code
    assert exit_code(done) == 1
    home.land()
    assert home.lakehouse.read(DOCUMENTS).num_rows == 1
    rows = home.lakehouse.read(INGESTS).to_pylist()
    assert [(r["source"], r["status"]) for r in rows] == [("acme", "failed")] * 2


def test_a_damaged_memory_of_a_source_is_said_with_what_to_do(home: Home, script: Any) -> None:
    script(lambda: iter([Answer([offer("1")])]))
    (home.settings.home / "sources").mkdir()
    (home.settings.home / "sources" / "acme.sqlite").write_text("this is no database, and long enough to be one: " * 20)
    with open_intake(home.settings) as intake:
        done = ingest_target(intake, "acme")
    assert isinstance(done.error, TerminalError)
    assert "acme.sqlite" in str(done.error)


def test_only_what_was_asked_for_is_taken_as_cvs(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Anna Keller")
    with open_intake(home.settings) as intake:
        ingest_target(intake, str(tmp_path / "a.txt"), kind="cv")
    home.land()
    assert home.lakehouse.read(DOCUMENTS)["kind_hint"].to_pylist() == ["cv"]


@pytest.mark.slow
def test_what_was_appended_before_a_kill_is_not_appended_again_by_the_answer_that_repeats_it(
    home: Home, start_python: StartPython
) -> None:
    killed = start_python(
        SCRIPTED
        + """
def commit(n, reading):
    if n == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    reading.state.set_mark("read", str(n))

with open_intake(settings) as intake:
    ingest_target(intake, "acme")
""",
        home.settings.home,
    )
    assert killed.wait(60) == -signal.SIGKILL
    assert [m.key for m in home.messages()] == [offer("1").document_id, offer("2").document_id]
    again = start_python(
        SCRIPTED + '\nwith open_intake(settings) as intake:\n    print(ingest_target(intake, "acme").documents)',
        home.settings.home,
    )
    assert again.communicate()[0].split() == ["1"]
    assert [m.key for m in home.messages()] == [offer(n).document_id for n in ("1", "2", "3")]
    home.land()
    assert sorted(home.lakehouse.read(DOCUMENTS)["source_key"].to_pylist()) == ["1", "2", "3"]


WAITING = (
    SCRIPTED
    + """
def read(source, reading):
    yield Answer([offer(1)])
    print("reading", flush=True)
    if source.name == "acme":
        sys.stdin.read()
    yield Answer([offer(2)])

readers.reader_of = lambda source: read
"""
)


@pytest.mark.slow
def test_a_source_is_read_by_one_process_at_a_time_and_the_lock_ends_with_it(home: Home, start_python: StartPython) -> None:
    feed = {"type": "feed", "url": "https://acme.example/feed"}
    home.configure(acme=feed, other=feed | {"url": "https://acme.example/other"})
    ingest = WAITING + "\nwith open_intake(settings) as intake:\n    print(ingest_target(intake, sys.argv[2]).error)"
    first = start_python(ingest, home.settings.home, "acme")
    assert first.stdout is not None
    assert first.stdout.readline() == "reading\n"
    done = home.ingest("acme")
    assert isinstance(done.error, Busy)
    assert "acme is being ingested by another process" in str(done.error)
    assert exit_code([done]) == 75
    other = start_python(ingest, home.settings.home, "other")
    assert other.communicate()[0].split() == ["reading", "None"]
    first.kill()
    first.wait()
    third = start_python(ingest, home.settings.home, "acme")
    assert third.communicate("")[0].split() == ["reading", "None"]


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_read_and_says_so(home: Home, start_python: StartPython) -> None:
    process = start_python(
        WAITING
        + """
sys.stderr = sys.stdout
os.environ["TALENTFLOW_HOME"] = sys.argv[1]
sys.argv = ["talentflow", "ingest", "acme", "--json"]
from talentflow.cli import main
main()
""",
        home.settings.home,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 130
    assert "what was committed is kept" in said
    assert "Traceback" not in said
    assert [m.key for m in home.messages()] == [offer("1").document_id]


def test_another_start_forgets_how_far_sources_were_read(home: Home, board: Board) -> None:
    home.ingest("board")
    forget(home.settings)
    home.configure(board=board.settings)
    assert home.ingest("board").documents == 2


SECRETS = (
    "https://anna:geheim@example.org/jobs",
    "http://127.0.0.1:9/feed?access_token=geheim",
    "postgresql://anna:geheim@127.0.0.1:9/people",
    "ftp://anna:geheim@example.org/",
)


@pytest.mark.slow
def test_one_json_object_tells_of_every_target_and_no_secret_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Anna Keller")
    for flags in ([], ["--json"]):
        done = talentflow("ingest", tmp_path / "a.txt", *SECRETS, *flags, home=tmp_path / "home", check=1)
        assert "geheim" not in done.stdout + done.stderr
    targets = json.loads(done.stdout)["targets"]
    keys = {"target", "fetched", "not_modified", "documents", "skipped", "quarantined", "closed", "rejected", "seconds", "error"}
    assert [t.keys() for t in targets] == [keys] * 5
    assert [t["error"] is None for t in targets] == [True, False, False, False, False]
    rows = Home(tmp_path / "home").lakehouse.read(INGESTS).to_pylist()
    assert rows
    assert "geheim" not in repr(rows)


@pytest.mark.slow
def test_hosts_of_the_own_network_are_read_only_when_allowed(httpserver: HTTPServer, tmp_path: Path) -> None:
    Board(httpserver, {1: "Baker"})
    home = Home(tmp_path)
    home.configure(board=Board(httpserver, {1: "Baker"}).settings)
    refused = talentflow("ingest", "--json", home=tmp_path, check=1)
    assert "--allow-private-hosts" in json.loads(refused.stdout)["targets"][0]["error"]
    assert not httpserver.log
    (allowed,) = told("ingest", "--allow-private-hosts", home=tmp_path)["targets"]
    assert (allowed["target"], allowed["documents"], allowed["error"]) == ("board", 1, None)


@pytest.mark.slow
def test_people_are_told_line_by_line_what_was_found_and_what_comes_next(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Anna Keller")
    done = talentflow("ingest", tmp_path / "a.txt", "http://127.0.0.1:9/jobs", home=tmp_path / "home", check=1)
    assert f"{tmp_path / 'a.txt'}: 1 new, 0 unchanged" in done.stdout
    assert "http://127.0.0.1:9/jobs: not read to its end: 127.0.0.1 is a loopback address" in done.stderr
    assert done.stdout.endswith("Next: talentflow run\n")


@pytest.mark.slow
def test_nothing_to_ingest_is_said(tmp_path: Path) -> None:
    assert "nothing to ingest" in talentflow("ingest", home=tmp_path, check=1).stderr
