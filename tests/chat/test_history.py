"""Conversations are kept for the one who had them, and for nobody else."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from talentflow.chat import Answer, Citation, Conversation, Turn, history
from talentflow.errors import BadInput
from talentflow.settings import Settings

ANNA, BEN = SecretStr("anna-secret-0123456789"), SecretStr("ben-secret-0123456789")
TURN = Turn(
    "Qui connaît Python ?",
    Answer(answer="Candidate 1\u2028knows it.", citations=[Citation(candidate_id="c1", start=3, end=9, text="Python")]),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def conversation_id(settings: Settings) -> str:
    return history.begin(settings, ANNA, Conversation(("c1", "c2"), (TURN,), {"c1": "Candidate 1"}))


def test_a_conversation_is_read_as_it_was_held(settings: Settings, conversation_id: str) -> None:
    history.add(settings, ANNA, conversation_id, Turn("And French?", Answer(answer="", refused=True)))
    kept = history.read(settings, ANNA, conversation_id)
    assert (kept.candidate_ids, kept.names) == (("c1", "c2"), {"c1": "Candidate 1"})
    assert [turn.question for turn in kept.turns] == [TURN.question, "And French?"]
    assert kept.turns[0].answer == TURN.answer


def test_nobody_reads_lists_writes_or_deletes_the_conversation_of_another(settings: Settings, conversation_id: str) -> None:
    assert history.listed(settings, BEN) == []
    with pytest.raises(BadInput):
        history.read(settings, BEN, conversation_id)
    with pytest.raises(BadInput):
        history.add(settings, BEN, conversation_id, TURN)
    with pytest.raises(BadInput):
        history.delete(settings, BEN, conversation_id)
    assert history.delete_all(settings, BEN) == 0
    assert len(history.read(settings, ANNA, conversation_id).turns) == 1


def test_an_id_from_outside_reaches_no_other_file(settings: Settings, conversation_id: str) -> None:
    stolen = next((settings.home / "conversations").glob("*/*.jsonl"))
    for made_up in (f"../{stolen.parent.name}/{stolen.stem}", str(stolen.with_suffix("")), "", "%00", conversation_id.upper()):
        with pytest.raises(BadInput):
            history.read(settings, BEN, made_up)


def test_no_secret_and_no_name_of_a_user_stands_in_the_home(settings: Settings, conversation_id: str) -> None:
    names = "".join(str(p) for p in settings.home.rglob("*"))
    texts = "".join(p.read_text() for p in settings.home.rglob("*.jsonl"))
    assert ANNA.get_secret_value() not in names + texts


def test_what_is_deleted_is_gone_from_the_disk(settings: Settings, conversation_id: str) -> None:
    second = history.begin(settings, ANNA, Conversation(("c3",)))
    assert {kept.conversation_id for kept in history.listed(settings, ANNA)} == {conversation_id, second}
    history.delete(settings, ANNA, conversation_id)
    assert [kept.conversation_id for kept in history.listed(settings, ANNA)] == [second]
    assert history.delete_all(settings, ANNA) == 1
    assert not list((settings.home / "conversations").rglob("*.jsonl"))


def test_old_conversations_go_by_themselves(settings: Settings, conversation_id: str) -> None:
    (path,) = settings.home.rglob("*.jsonl")
    old = path.stat().st_mtime - (history.KEPT_DAYS + 1) * 86_400
    os.utime(path, (old, old))
    assert history.listed(settings, ANNA) == []
    assert not path.exists()


def test_a_line_that_a_kill_cut_short_costs_that_turn_alone(settings: Settings, conversation_id: str) -> None:
    (path,) = settings.home.rglob("*.jsonl")
    with path.open("ab") as file:
        file.write(b'{"question": "half a li')
    history.add(settings, ANNA, conversation_id, Turn("And French?", Answer(answer="no", refused=True)))
    assert [turn.question for turn in history.read(settings, ANNA, conversation_id).turns] == [TURN.question, "And French?"]


def test_two_windows_of_one_user_lose_no_turn(settings: Settings, conversation_id: str) -> None:
    def say(number: int) -> None:
        history.add(settings, ANNA, conversation_id, Turn(f"question {number}", Answer(answer="x" * 5000)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(say, range(40)))
    assert {t.question for t in history.read(settings, ANNA, conversation_id).turns[1:]} == {f"question {n}" for n in range(40)}


def test_a_user_without_a_secret_is_refused(settings: Settings) -> None:
    with pytest.raises(BadInput):
        history.begin(settings, SecretStr(""), Conversation(("c1",)))
