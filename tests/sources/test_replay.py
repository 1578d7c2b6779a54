"""`talentflow replay`: what is in quarantine is handled again, once, and never over something newer."""

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from pytest_httpserver import HTTPServer

from producers import ingest
from producers.feeds import reread_feed
from producers.sources import FeedSource
from talentflow.eventlog import DOCUMENTS_TOPIC, Message
from talentflow.eventlog.messages import ClosedDocument, RawDocument, RejectedDocument, to_message
from talentflow.eventlog.sqlite import SqliteEventLog
from talentflow.incremental import ask_again, handled
from talentflow.tables import DOCUMENTS, OUTCOMES, QUARANTINE
from tests.command import talentflow, told
from tests.conftest import StartPython
from tests.rows import table_of
from tests.sources.homes import Board, Home

NONE = {"found": 0, "replayed": 0, "unreadable": 0, "gone": 0}
FEED = "https://acme.example/feed"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.configure(acme={"type": "feed", "url": FEED})
    return home


def send(home: Home, *messages: Message) -> None:
    """Onto the log as another's producer would, which is not held to the schema."""
    eventlog = SqliteEventLog(home.settings.home / "eventlog.sqlite")
    try:
        eventlog.append(DOCUMENTS_TOPIC, messages)
    finally:
        eventlog.close()


def kept(payload: Any, source: str = "acme", code: str = "unexpected_answer") -> Message:
    """A feed's answer that could not be read when it came."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    rejected = RejectedDocument(source, FEED, FEED, code, "it could not be read", body, f"hash of {len(body)}")
    return to_message(rejected, received_at=datetime(2026, 1, 1, tzinfo=UTC))


def entry(n: int, title: str) -> dict[str, Any]:
    return {"id": str(n), "title": title, "url": f"https://acme.example/{n}", "description": f"{title} wanted for the team."}


def feed(**titles: str) -> dict[str, Any]:
    return {"jobs": [entry(int(n.removeprefix("n")), title) for n, title in titles.items()]}


def test_a_kept_answer_is_read_again_and_its_documents_go_on(home: Home) -> None:
    send(home, kept(feed(n1="Baker", n2="Nurse")))
    home.land()
    assert home.quarantine() == ["unexpected_answer"]
    assert home.replay() == {"found": 1, "replayed": 1, "unreadable": 0, "gone": 0}
    assert home.quarantine() == []
    home.land()
    assert home.titles() == ["Baker", "Nurse"]


def test_what_becomes_a_dead_letter_stays_in_quarantine(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    send(home, kept(feed(n1="Baker")))
    home.land()
    monkeypatch.setattr(ingest, "to_message", lambda document, **_: Message(document.document_id, b"{}"))
    assert home.replay() == NONE | {"found": 1, "unreadable": 1}
    assert home.quarantine() == ["unexpected_answer"]
    monkeypatch.undo()
    assert home.replay() == NONE | {"found": 1, "replayed": 1}


def test_a_file_whose_message_becomes_a_dead_letter_stays_in_quarantine(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cv.txt"
    path.write_text("")
    assert home.ingest(path).quarantined == 1
    home.land()
    path.write_text("Anna Keller, nurse")
    monkeypatch.setattr(ingest, "to_message", lambda document, **_: Message(document.document_id, b"{}"))
    assert home.replay() == NONE | {"found": 1, "unreadable": 1}
    monkeypatch.undo()
    assert home.replay() == NONE | {"found": 1, "replayed": 1}


def test_replaying_twice_changes_nothing(home: Home) -> None:
    send(home, kept(feed(n1="Baker")), kept(b"\x00 noise", source="other"))
    home.land()
    home.replay()
    messages = home.messages()
    assert home.replay() == NONE | {"found": 1, "unreadable": 1}
    home.land()
    assert home.replay() == NONE | {"found": 1, "unreadable": 1}
    assert home.messages() == messages


def test_an_answer_that_still_cannot_be_read_stays_whole(home: Home) -> None:
    send(home, kept(b"<html>maintenance</html>"))
    home.land()
    before = home.lakehouse.read(QUARANTINE).to_pylist()
    assert home.replay() == {"found": 1, "replayed": 0, "unreadable": 1, "gone": 0}
    assert home.lakehouse.read(QUARANTINE).to_pylist() == before
    assert len(home.messages()) == 1


def test_a_board_whose_shape_was_unknown_is_read_again(home: Home, httpserver: HTTPServer) -> None:
    board = Board(httpserver, {1: "Baker"}, answer='{"jobs": "see the other page"}')
    home.configure(board=board.settings)
    assert home.ingest("board").quarantined == 1
    home.land()
    assert home.replay() == NONE | {"found": 1, "unreadable": 1}
    row = home.lakehouse.read(QUARANTINE).to_pylist()[0]
    mended = json.dumps({"jobs": [{"id": 1, "title": "Baker", "content": "Bread.", "location": {"name": "Lyon"}}]}).encode()
    home.lakehouse.delete(QUARANTINE, "document_id", [row["document_id"]])
    home.lakehouse.upsert(QUARANTINE, table_of(QUARANTINE, row | {"payload": mended}))
    assert home.replay()["replayed"] == 1
    home.land()
    assert home.titles() == ["Baker"]


def test_a_source_that_is_not_configured_any_more_is_remembered(home: Home, httpserver: HTTPServer) -> None:
    board = Board(httpserver, answer='{"jobs": 7}')
    home.configure(board=board.settings)
    home.ingest("board")
    home.configure()
    home.land()
    assert home.replay() == NONE | {"found": 1, "unreadable": 1}


def test_an_old_answer_does_not_overwrite_what_is_newer(home: Home) -> None:
    send(home, kept(feed(n1="Baker, as it was", n2="Nurse, as it was", n3="Cook")))
    home.land()
    landed, waiting = home_document(1, "Baker, as it is"), home_document(2, "Nurse, as it is")
    send(home, landed)
    home.land()
    send(home, waiting)
    assert home.replay()["replayed"] == 1
    home.land()
    assert home.titles() == ["Baker, as it is", "Cook", "Nurse, as it is"]


def home_document(n: int, title: str) -> Message:
    """The offer as the feed gives it."""
    (document,) = reread_feed(FeedSource(name="acme", url=FEED), FEED, json.dumps({"jobs": [entry(n, title)]}).encode())
    assert isinstance(document, RawDocument)
    return to_message(document, received_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_an_old_answer_does_not_open_what_was_closed(home: Home) -> None:
    document = home_document(1, "Baker")
    key = json.loads(document.value)["source_key"]
    send(home, document, kept(feed(n1="Baker")))
    home.land()
    closed = ClosedDocument("acme", FEED, key, datetime(2026, 1, 2, tzinfo=UTC), "filled")
    send(home, to_message(closed, received_at=datetime(2026, 1, 2, tzinfo=UTC)))
    home.land()
    assert home.replay()["replayed"] == 1
    home.land()
    assert home.titles() == []


def test_only_what_was_asked_for_is_replayed(home: Home) -> None:
    home.configure(acme={"type": "feed", "url": FEED}, other={"type": "feed", "url": FEED})
    send(home, kept(feed(n1="Baker")), kept(feed(n2="Nurse"), source="other", code="address_refused"))
    home.land()
    assert home.replay(source="nobody") == NONE
    assert home.replay(source="acme", error_code="address_refused") == NONE
    assert home.replay(error_code="address_refused")["replayed"] == 1
    home.land()
    assert home.titles() == ["Nurse"]
    assert home.quarantine() == ["unexpected_answer"]


def test_a_message_that_was_none_is_appended_again_when_it_is_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = home_document(1, "Baker"), Message("x", b"{not json")
    with monkeypatch.context() as older:
        # a version of the topic's schema that did not know this kind of message
        older.setattr("talentflow.eventlog.messages._MESSAGE", _knows_nothing())
        send(home, good, bad)
        home.land()
    assert home.quarantine() == ["malformed_message"] * 2
    assert home.replay() == {"found": 2, "replayed": 1, "unreadable": 1, "gone": 0}
    home.land()
    assert home.titles() == ["Baker"]
    assert home.quarantine() == ["malformed_message"]


def _knows_nothing() -> Any:
    return TypeAdapter(bool)


def test_a_message_that_was_not_kept_whole_is_not_appended(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr("talentflow.eventlog.messages._MESSAGE", _knows_nothing())
        older.setattr("talentflow.eventlog.messages.MOST_PAYLOAD_BYTES", 100)
        send(home, home_document(1, "Baker"))
        home.land()
    assert home.replay() == NONE | {"found": 1, "unreadable": 1}


def test_files_are_taken_from_their_place_again(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "cvs"
    folder.mkdir()
    empty, gone, still = folder / "a #1.txt", folder / "gone.txt", folder / "still.txt"
    for path in (empty, gone, still):
        path.write_bytes(b"")
    rows = folder / "rows.jsonl"
    rows.write_text('{"id": 1, "title": "Baker", "description": "Bread."}\n{"id": 2, "title": \n')
    home.ingest(folder)
    home.land()
    assert home.quarantine() == ["empty_document"] * 3 + ["malformed_json"]
    empty.write_text("Anna Keller")
    gone.unlink()
    rows.write_text('{"id": 1, "title": "Baker", "description": "Bread."}\n{"id": 2, "title": "Nurse", "description": "Care."}\n')
    assert home.replay() == {"found": 4, "replayed": 2, "unreadable": 1, "gone": 1}
    assert home.quarantine() == ["empty_document"] * 2
    home.land()
    assert home.lakehouse.read(DOCUMENTS).num_rows == 3
    assert home.replay() == {"found": 2, "replayed": 0, "unreadable": 1, "gone": 1}
    assert {r["source"] for r in home.lakehouse.read(DOCUMENTS).to_pylist()} == {"files"}


def test_a_file_of_a_configured_source_stays_of_that_source(home: Home, tmp_path: Path) -> None:
    (tmp_path / "cv.txt").write_bytes(b"")
    home.configure(people={"type": "files", "paths": [str(tmp_path / "cv.txt")], "kind": "cv", "terms": "ours"})
    home.ingest("people")
    home.land()
    (tmp_path / "cv.txt").write_text("Anna Keller")
    assert home.replay(source="people")["replayed"] == 1
    home.land()
    (row,) = home.lakehouse.read(DOCUMENTS).to_pylist()
    assert (row["source"], row["kind_hint"], row["terms"]) == ("people", "cv", "ours")
    assert home.quarantine() == []


def quarantined(home: Home, stage: str) -> tuple[str, str]:
    """A document that stopped in this stage; its key."""
    send(home, home_document(1, "Baker"))
    home.land()
    (row,) = home.lakehouse.read(DOCUMENTS, ["document_id", "content_hash"]).to_pylist()
    stopped = row | {"stage": stage, "error_code": "corrupt_document", "source": "acme", "stage_version": "1"}
    home.lakehouse.upsert(QUARANTINE, table_of(QUARANTINE, stopped))
    ledger = row | {"run_id": "0", "stage_version": "1", "status": "quarantined"}
    home.lakehouse.append(OUTCOMES, table_of(OUTCOMES, *(ledger | {"stage": s} for s in ("parse", "extract", "gate", "embed"))))
    return row["document_id"], row["content_hash"]


@pytest.mark.parametrize(
    ("stage", "asked"),
    [("parse", ["parse", "extract", "gate", "embed"]), ("gate", ["extract", "gate", "embed"]), ("embed", ["embed"])],
)
def test_a_document_that_stopped_later_is_left_to_the_next_run(home: Home, stage: str, asked: list[str]) -> None:
    key = quarantined(home, stage)
    assert home.replay(stage, source="acme") == NONE | {"found": 1, "replayed": 1}
    for name in ("parse", "extract", "gate", "embed"):
        assert (key in handled(home.lakehouse, name, "1")) == (name not in asked), name
    written = home.lakehouse.count(OUTCOMES)
    assert home.replay(stage, source="acme") == NONE | {"found": 1, "replayed": 1}
    assert home.lakehouse.count(OUTCOMES) == written
    assert home.quarantine() == ["corrupt_document"]
    assert ask_again(home.lakehouse, asked, [key], run_id="9999") == 0


def test_a_document_that_was_deleted_is_told_as_gone(home: Home) -> None:
    document_id, _ = quarantined(home, "parse")
    home.lakehouse.delete(DOCUMENTS, "document_id", [document_id])
    assert home.replay("parse") == NONE | {"found": 1, "gone": 1}


KILLED = """
import os, signal, sys
from pathlib import Path
from producers import replay
from producers.ingest import open_intake
from talentflow.settings import Settings

def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "release":
    replay.release = die
else:
    from talentflow.eventlog.sqlite import SqliteEventLog
    append, left = SqliteEventLog.append, [2]
    def dying(self, topic, messages):
        left[0] -= 1
        if not left[0]:
            die()
        return append(self, topic, messages)
    SqliteEventLog.append = dying
with open_intake(Settings(home=Path(sys.argv[1]))) as intake:
    replay.replay_quarantine(intake, "bronze")
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["release", "append"])
def test_a_replay_that_was_killed_is_finished_by_the_next(home: Home, start_python: StartPython, moment: str) -> None:
    home.configure(acme={"type": "feed", "url": FEED}, other={"type": "feed", "url": FEED})
    send(home, kept(feed(n1="Baker")), kept(feed(n2="Nurse"), source="other"))
    home.land()
    process = start_python(KILLED, home.settings.home, moment)
    assert process.wait(120) == -signal.SIGKILL
    home.replay()
    assert home.quarantine() == []
    home.land()
    assert home.titles() == ["Baker", "Nurse"]
    assert len({m.value for m in home.messages()[2:]}) == 2


@pytest.mark.slow
def test_the_command_tells_how_many(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "empty.txt").write_bytes(b"")
    home.ingest(tmp_path / "empty.txt")
    home.land()
    counts = {"stage": "bronze", "found": 1, "replayed": 0, "unreadable": 1, "gone": 0}
    assert told("replay", "--stage", "bronze", home=tmp_path) == counts
    said = talentflow("replay", "--stage", "bronze", "--source", "files", home=tmp_path).stdout
    assert "0 of 1 are handled again, 1 still cannot be read" in said
    os.unlink(tmp_path / "empty.txt")
    assert told("replay", "--stage", "bronze", "--error-code", "empty_document", home=tmp_path)["gone"] == 1
