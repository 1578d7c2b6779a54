"""Messages that did not fit the schema of their topic: kept on a topic of their own, with the reason, until they are sent again.

A dead letter has the key, the value and the headers that its producer gave, and headers that say why it is one. What was
sent again is marked on the same topic, since nothing is ever taken off a log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from talentflow.eventlog import EventLog, Message, Received
from talentflow.eventlog.messages import checker

_PREFIX = "dead-letter."
_SENT_AGAIN = f"{_PREFIX}sent-again"
_BATCH = 500
_SENT_TOGETHER = 50
_MOST_REASON_CHARACTERS = 500


@dataclass(frozen=True)
class DeadLetter:
    """`place` is where it is on the topic of dead letters: `partition/offset`. `at` is ISO 8601."""

    topic: str
    place: str
    error: str
    at: str
    schema_id: str | None
    message: Message


@dataclass(frozen=True)
class SentAgain:
    """Of what was looked at: sent to its topic, and still not fitting its schema."""

    sent: int
    unusable: int


def dead_letters_of(topic: str) -> str:
    """The topic of what did not fit `topic`."""
    return f"{topic}.dead-letters"


def letter(topic: str, message: Message, why: str, *, at: datetime, schema_id: str | None) -> Message:
    """The dead letter that keeps `message`."""
    said = {
        f"{_PREFIX}error": why[:_MOST_REASON_CHARACTERS],
        f"{_PREFIX}topic": topic,
        f"{_PREFIX}key": message.key,
        f"{_PREFIX}time": at.isoformat(),
    }
    if schema_id is not None:
        said[f"{_PREFIX}schema-id"] = schema_id
    return Message(message.key, message.value, message.headers | said)


def dead_letters(log: EventLog, topic: str) -> Iterator[DeadLetter]:
    """Those of `topic` that were not sent again, oldest first. Raises: ServiceUnavailable."""
    name = dead_letters_of(topic)
    done = {place for received in _all(log, name) if (place := received.headers.get(_SENT_AGAIN)) is not None}
    for received in _all(log, name):
        if _SENT_AGAIN not in received.headers and _place(received) not in done:
            yield _dead_letter(topic, received)


def send_again(log: EventLog, topic: str, mended: Mapping[str, bytes] | None = None) -> SentAgain:
    """Append those dead letters of `topic` that fit its schema by now: it has changed, or their values were mended.

    Args:
        mended: place → the value to send in place of the one that is kept.

    Killed at any moment and called again, a letter may be sent twice and is never lost. Raises: ServiceUnavailable, StorageFull.
    """
    mended = mended or {}
    why_not = checker(topic) or (lambda _value: None)
    sent = unusable = 0
    fitting: list[tuple[str, Message]] = []
    for found in dead_letters(log, topic):
        value = mended.get(found.place, found.message.value)
        if why_not(value) is not None:
            unusable += 1
            continue
        fitting.append((found.place, Message(found.message.key, value, found.message.headers)))
        if len(fitting) == _SENT_TOGETHER:
            sent += _send(log, topic, fitting)
            fitting = []
    return SentAgain(sent + _send(log, topic, fitting), unusable)


def _send(log: EventLog, topic: str, fitting: list[tuple[str, Message]]) -> int:
    """The messages first, then the marks that they are sent."""
    log.append(topic, [message for _, message in fitting])
    log.append(dead_letters_of(topic), [Message(message.key, b"", {_SENT_AGAIN: place}) for place, message in fitting])
    return len(fitting)


def _all(log: EventLog, topic: str) -> Iterator[Received]:
    """What is on a topic now; what comes meanwhile is for the next reading."""
    ends = log.end_offsets(topic)
    offsets: dict[int, int] = {}
    while any(offsets.get(p, 0) < end for p, end in ends.items()) and (batch := log.read(topic, offsets, _BATCH)):
        for received in batch:
            offsets[received.partition] = received.offset + 1
            if received.offset < ends.get(received.partition, 0):
                yield received


def _place(received: Received) -> str:
    return f"{received.partition}/{received.offset}"


def _dead_letter(topic: str, received: Received) -> DeadLetter:
    said = received.headers
    own = {name: value for name, value in said.items() if not name.startswith(_PREFIX)}
    return DeadLetter(
        topic,
        _place(received),
        said.get(f"{_PREFIX}error", ""),
        said.get(f"{_PREFIX}time", ""),
        said.get(f"{_PREFIX}schema-id"),
        Message(received.key, received.value, own),
    )
