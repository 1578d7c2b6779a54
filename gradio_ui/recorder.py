"""What users do with the results, put on the event log. No page waits for it longer than a moment, and none breaks with it.

Who acts is a random number that ends with the page: nothing is kept in the browser, and two visits are two actors.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import Literal

import structlog

from gradio_ui.cards import Question
from talentflow.errors import TalentflowError
from talentflow.eventlog import INTERACTIONS_TOPIC, EventLog, open_eventlog
from talentflow.eventlog.messages import interaction_message, utc_time
from talentflow.ids import digest
from talentflow.records import Candidate, Interaction
from talentflow.settings import Settings

Action = Literal["view", "save", "apply", "shortlist", "reject", "hire"]
Noted = Literal["noted", "known", "late", "failed"]
Work = Callable[[], Sequence[Interaction]]

MOST_SECONDS = 3.0
"""How long a press waits for the event log."""
_WAITING = 1000
_REMEMBERED = 50_000
_IDLE_SECONDS = 10.0
"""After which the log is closed: it may be another one by the next event."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Visit:
    """One opened page, by the random name that its browser has given it."""

    name: str

    @property
    def session_id(self) -> str:
        return digest("app session", self.name)

    @property
    def actor_id(self) -> str:
        return digest("app actor", self.name)

    def event_id(self, action: Action, question: Question, found_id: str) -> str:
        """Stands for doing this once in this visit, with what was asked and what was found."""
        record = question.record
        asked = record.candidate_id if isinstance(record, Candidate) else record.offer_id
        return digest("app", self.session_id, action, asked, question.content_hash, found_id)

    def event(self, action: Action, question: Question, found_id: str, known_id: str | None, at: datetime) -> Interaction:
        """The event.

        Args:
            action: what is done.
            question: what was asked with.
            found_id: of the offer that was found for a CV, or of the candidate for an offer.
            known_id: of what was asked with, if the tables have it.
            at: when.
        """
        is_cv = isinstance(question.record, Candidate)
        return Interaction(
            event_id=self.event_id(action, question, found_id),
            action=action,
            actor_id=self.actor_id,
            offer_id=found_id if is_cv else known_id,
            candidate_id=known_id if is_cv else found_id,
            session_id=self.session_id,
            occurred_at=utc_time(at.isoformat()),
        )


class Recorder:
    """Appends events from a thread of its own; safe to share between threads.

    Args:
        settings: which event log.
        known_id: the id under which the tables have what was asked with. It is called in the recorder's thread.
    """

    def __init__(self, settings: Settings, known_id: Callable[[Question], str | None]) -> None:
        self._settings = settings
        self._known_id = known_id
        self._queue: Queue[tuple[Work, Future[None]] | None] = Queue(_WAITING)
        self._known: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()
        self._thread: Thread | None = None

    def close(self) -> None:
        """End when what waits is written, or after a moment."""
        if self._thread is not None:
            with suppress(Full):
                self._queue.put(None, timeout=MOST_SECONDS)
            self._thread.join(MOST_SECONDS)

    def viewed(self, visit: Visit, question: Question, found_ids: Sequence[str]) -> None:
        """Record views, once each in a visit. Returns at once; a fault is in the log alone."""
        new = [i for i in found_ids if self._is_new(visit.event_id("view", question, i))]
        if new:
            self._send(visit, "view", question, new)

    def pressed(self, visit: Visit, action: Action, question: Question, found_id: str) -> Noted:
        """Record what a user has pressed; says what became of it within `MOST_SECONDS`."""
        if not self._is_new(visit.event_id(action, question, found_id)):
            return "known"
        done = self._send(visit, action, question, [found_id])
        try:
            done.result(MOST_SECONDS)
        except TimeoutError:
            return "late"
        except Exception:  # noqa: BLE001 - whatever it was, it is in the log, and a page is not to break by it
            return "failed"
        return "noted"

    def done(self, visit: Visit, actions: Iterable[Action], question: Question, found_id: str) -> set[Action]:
        """Which of these actions this visit has taken on something found."""
        with self._lock:
            return {action for action in actions if visit.event_id(action, question, found_id) in self._known}

    def _is_new(self, event_id: str) -> bool:
        with self._lock:
            if event_id in self._known:
                return False
            self._known[event_id] = None
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            return True

    def _send(self, visit: Visit, action: Action, question: Question, found_ids: Sequence[str]) -> Future[None]:
        at = datetime.now(UTC)
        done: Future[None] = Future()

        def forgotten(done: Future[None]) -> None:
            if done.exception() is not None:
                with self._lock:
                    for i in found_ids:
                        self._known.pop(visit.event_id(action, question, i), None)

        def work() -> Sequence[Interaction]:
            known_id = self._known_id(question)
            return [visit.event(action, question, i, known_id, at) for i in found_ids]

        done.add_done_callback(forgotten)
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="interactions", daemon=True)
                self._thread.start()
        try:
            self._queue.put_nowait((work, done))
        except Full as error:
            done.set_exception(error)
        return done

    def _run(self) -> None:
        log: EventLog | None = None
        while True:
            try:
                item = self._queue.get(timeout=_IDLE_SECONDS)
            except Empty:
                log = _closed(log)
                continue
            if item is None:
                _closed(log)
                return
            work, done = item
            try:
                log = log or open_eventlog(self._settings)
                log.append(INTERACTIONS_TOPIC, [interaction_message(event) for event in work()])
            except Exception as error:  # noqa: BLE001 - one event's fault must not end the recording of all others
                _log.warning("an interaction could not be recorded", error=str(error))
                log = _closed(log)
                done.set_exception(error)
            else:
                done.set_result(None)


def _closed(log: EventLog | None) -> None:
    if log is not None:
        with suppress(TalentflowError):
            log.close()
