"""`talentflow dead-letters`: look, mend, send again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from talentflow.eventlog import EventLog, Message, open_eventlog
from talentflow.settings import Settings
from tests.command import talentflow, told
from tests.contracts.test_eventlog import document, read_all


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return open_eventlog(Settings(home=tmp_path))


def test_dead_letters_are_shown_mended_and_sent_again(log: EventLog, tmp_path: Path) -> None:
    good = document(1)
    log.append("documents", [Message(good.key, good.value[:-1]), Message("\udcff", b"\xff", {"odd": "\udcff"})])
    assert "JSON" in talentflow("dead-letters", home=tmp_path).stdout
    letters = told("dead-letters", home=tmp_path)
    first, second = letters["dead_letters"]
    assert datetime.fromisoformat(first["at"]) < datetime.now(UTC)
    assert (first["topic"], first["place"], first["key"], second["value_base64"]) == ("documents", "0/0", good.key, "/w==")
    first["value"] += "}"
    mended = tmp_path / "letters.json"
    mended.write_text(json.dumps(letters), encoding="utf-8")
    done = talentflow("dead-letters", "--mended", mended, "--json", home=tmp_path, check=1)
    assert json.loads(done.stdout)["documents"] == {"sent": 1, "unusable": 1}
    assert [m.value for m in read_all(log, "documents")] == [good.value]
    assert len(told("dead-letters", home=tmp_path)["dead_letters"]) == 1


def test_a_file_that_holds_no_dead_letters_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]", encoding="utf-8")
    assert "dead-letters --json" in talentflow("dead-letters", "--mended", tmp_path / "x.json", home=tmp_path, check=1).stderr
