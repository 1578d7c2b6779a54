"""An event log that holds what is appended to the schema of its topic; what does not fit becomes a dead letter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from talentflow.capabilities import Capabilities
from talentflow.eventlog import Appended, EventLog, Message, Received
from talentflow.eventlog.dead_letters import dead_letters_of, letter
from talentflow.eventlog.messages import checker

if TYPE_CHECKING:
    from talentflow.eventlog.registry import SchemaRegistry

_HELD_LETTERS = 100
_HELD_BYTES = 8 * 2**20
_log = structlog.get_logger(__name__)


class CheckedEventLog:
    """The log that is given, with a check before it: both adapters reject alike.

    Args:
        log: keeps the messages, and the dead letters beside them.
        registry: knows the id of a topic's schema, which a dead letter names.
    """

    capabilities: Capabilities
    log_id: str

    def __init__(self, log: EventLog, registry: SchemaRegistry | None = None) -> None:
        self._log = log
        self._registry = registry
        self.capabilities = log.capabilities
        self.log_id = log.log_id

    def append(self, topic: str, messages: Iterable[Message]) -> Appended:
        """See `EventLog.append`. Dead letters are safe when it returns; when it raises, some may not be kept yet."""
        why_not = checker(topic)
        if why_not is None:
            return self._log.append(topic, messages)
        rejected = _Rejected(self._log, topic, self._registry)
        appended = self._log.append(topic, _fitting(messages, why_not, rejected))
        rejected.send()
        if rejected.count:
            _log.warning(
                "messages do not fit their topic's schema: they are kept as dead letters, see  talentflow dead-letters",
                topic=topic,
                rejected=rejected.count,
                appended=int(appended),
                first=rejected.first,
            )
        return Appended(appended, rejected.count)

    def read(self, topic: str, offsets: dict[int, int], limit: int) -> list[Received]:
        """See `EventLog.read`."""
        return self._log.read(topic, offsets, limit)

    def end_offsets(self, topic: str) -> dict[int, int]:
        """See `EventLog.end_offsets`."""
        return self._log.end_offsets(topic)

    def close(self) -> None:
        """See `EventLog.close`."""
        self._log.close()


def _fitting(messages: Iterable[Message], why_not: Callable[[bytes], str | None], rejected: _Rejected) -> Iterator[Message]:
    for message in messages:
        why = why_not(message.value)
        if why is None:
            yield message
        else:
            rejected.add(message, why)


class _Rejected:
    """Dead letters of one append, sent in small groups, so that any number of them fits into memory."""

    def __init__(self, log: EventLog, topic: str, registry: SchemaRegistry | None) -> None:
        self._log = log
        self._topic = topic
        self._registry = registry
        self._held: list[Message] = []
        self._bytes = 0
        self.count = 0
        self.first = ""

    def add(self, message: Message, why: str) -> None:
        schema_id = str(self._registry.registered(self._topic).schema_id) if self._registry else None
        self._held.append(letter(self._topic, message, why, at=datetime.now(UTC), schema_id=schema_id))
        self.first = self.first or why
        self.count += 1
        self._bytes += len(message.value)
        if len(self._held) >= _HELD_LETTERS or self._bytes >= _HELD_BYTES:
            self.send()

    def send(self) -> None:
        if self._held:
            self._log.append(dead_letters_of(self._topic), self._held)
            self._held, self._bytes = [], 0
