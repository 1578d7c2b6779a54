"""What the app's users do is recorded once, without a name, and a log that fails costs no page anything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from gradio_ui import actions
from gradio_ui.actions import ON_CANDIDATES, ON_OFFERS, buttons
from gradio_ui.cards import Question
from gradio_ui.recorder import Recorder, Visit
from gradio_ui.services import Services
from talentflow.eventlog import INTERACTIONS_TOPIC
from talentflow.eventlog.messages import from_interaction
from talentflow.eventlog.sqlite import SqliteEventLog
from talentflow.records import Candidate, Interaction
from talentflow.settings import Settings
from tests.rows import offer

CV = Question(Candidate(candidate_id="anna", document_id="d"), "A CV", "cv hash")
OFFER = Question(offer("uploaded"), "An offer", "offer hash")
VISIT = Visit("random")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "home").mkdir()
    return Settings(home=tmp_path / "home")


@pytest.fixture
def recorder(settings: Settings) -> Iterator[Recorder]:
    recorder = Recorder(settings, lambda _question: None)
    yield recorder
    recorder.close()


def events(settings: Settings) -> list[Interaction]:
    log = SqliteEventLog(settings.home / "eventlog.sqlite")
    said = [from_interaction(message) for message in log.read(INTERACTIONS_TOPIC, {}, 100)]
    log.close()
    return [event for event in said if isinstance(event, Interaction)]


def test_what_is_viewed_and_pressed_is_recorded_once_a_visit(settings: Settings, recorder: Recorder) -> None:
    for _ in range(2):
        recorder.viewed(VISIT, CV, ["o1", "o2"])
    assert [recorder.pressed(VISIT, "save", CV, "o1") for _ in range(2)] == ["noted", "known"]
    assert recorder.pressed(Visit("another"), "save", CV, "o1") == "noted"
    assert recorder.pressed(VISIT, "shortlist", OFFER, "c1") == "noted"
    said = [(e.action, e.offer_id, e.candidate_id) for e in events(settings)]
    assert said == [("view", "o1", None), ("view", "o2", None), *[("save", "o1", None)] * 2, ("shortlist", None, "c1")]
    assert len({e.event_id for e in events(settings)}) == 5
    assert recorder.done(VISIT, ON_OFFERS, CV, "o1") == {"save"}
    assert recorder.done(VISIT, ON_CANDIDATES, OFFER, "c2") == set()


def test_a_visit_is_told_by_digests_alone(settings: Settings, recorder: Recorder) -> None:
    recorder.pressed(Visit("session-of-anna"), "save", CV, "o1")
    assert "anna" not in events(settings)[0].model_dump_json()


@pytest.mark.parametrize(("question", "about"), [(CV, ("o1", "known")), (OFFER, ("known", "o1"))])
def test_what_the_tables_have_is_named(settings: Settings, question: Question, about: tuple[str, str]) -> None:
    recorder = Recorder(settings, lambda _question: "known")
    recorder.pressed(VISIT, "save", question, "o1")
    recorder.close()
    assert [(e.offer_id, e.candidate_id) for e in events(settings)] == [about]


def test_a_log_that_fails_is_said_and_a_press_after_it_is_noted(settings: Settings, recorder: Recorder) -> None:
    path = settings.home / "eventlog.sqlite"
    path.write_bytes(b"no database at all" * 100)
    started = time.perf_counter()
    recorder.viewed(VISIT, CV, ["o1"])
    assert time.perf_counter() - started < 1, "a page waits for no view"
    assert recorder.pressed(VISIT, "save", CV, "o1") == "failed"
    assert recorder.done(VISIT, ON_OFFERS, CV, "o1") == set()
    path.unlink()
    assert recorder.pressed(VISIT, "save", CV, "o1") == "noted"


def test_a_log_that_is_held_up_is_waited_for_no_longer_than_a_moment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, recorder: Recorder
) -> None:
    import sqlite3

    monkeypatch.setattr("gradio_ui.recorder.MOST_SECONDS", 0.2)
    recorder.pressed(VISIT, "save", CV, "o1")
    writer = sqlite3.connect(settings.home / "eventlog.sqlite", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert recorder.pressed(VISIT, "apply", CV, "o1") == "late"
    writer.execute("ROLLBACK")
    writer.close()
    _until(lambda: [e.action for e in events(settings)] == ["save", "apply"])


@retry(retry=retry_if_exception_type(AssertionError), stop=stop_after_delay(30), wait=wait_fixed(0.05), reraise=True)
def _until(holds: Callable[[], bool]) -> None:
    assert holds()


def test_before_a_run_nothing_is_known_and_a_press_says_so(settings: Settings) -> None:
    from gradio_ui.pages.match import OFFERS, _noted  # pyright: ignore[reportPrivateUsage]

    press = {"action": "save", "id": "o1"}
    with Services(settings) as services:
        assert services.known_id(CV) is None
        assert services.known_id(OFFER) is None
        assert "not in the index any more" in _noted(services, OFFERS, CV, VISIT, press)["text"]
        assert "waited too long" in _noted(services, OFFERS, None, VISIT, press)["text"]
        for said in (None, {}, press | {"action": "hire"}, ["save"]):
            assert _noted(services, OFFERS, CV, VISIT, said) == {}
    assert not (settings.home / "eventlog.sqlite").exists()


def test_buttons_can_be_used_without_a_mouse_and_say_what_was_pressed() -> None:
    shown = buttons(ON_OFFERS, 'o"1', "<b>Baker</b>", {"save"})
    assert shown.count('<button type="button"') == 2
    assert 'data-id="o&quot;1"' in shown
    assert "<b>" not in shown
    assert 'aria-pressed="true" aria-disabled="true">Saved</button>' in shown
    assert 'aria-pressed="false">I applied</button>' in shown
    assert actions.said("hire", "c1", "noted")["text"] == "Hired: noted."
    assert not actions.said("hire", "c1", "failed")["done"]
