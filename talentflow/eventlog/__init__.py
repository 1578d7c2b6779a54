"""Event log: messages in order, kept, read from an offset as often as one likes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, Self

from talentflow.capabilities import Capabilities
from talentflow.settings import Settings

DOCUMENTS_TOPIC = "documents"
INTERACTIONS_TOPIC = "interactions"


@dataclass(frozen=True)
class Message:
    """What a producer appends. `value` is JSON in UTF-8; `key` decides the partition."""

    key: str
    value: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Received:
    """A message as read: with its place. `timestamp` is milliseconds since the epoch, set by the log."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: str
    value: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Appended(int):
    """How many messages were appended. `rejected` of the others do not fit their topic's schema and are dead letters."""

    rejected: int

    def __new__(cls, appended: int, rejected: int = 0) -> Self:
        self = super().__new__(cls, appended)
        self.rejected = rejected
        return self


class EventLog(Protocol):
    capabilities: Capabilities
    log_id: str
    """Which log this is: offsets of one mean nothing in another."""

    def append(self, topic: str, messages: Iterable[Message]) -> Appended:
        """Append durably, in order; returns how many. Nothing is acknowledged before it is safe.

        A message that does not fit the schema of its topic is a dead letter (`talentflow/eventlog/dead_letters.py`), as safe
        as the others, and counted in `rejected`. When it raises, what came before the failure may be kept; send all again.
        Raises: StorageFull, ServiceUnavailable, IncompatibleSchema, BadSettings.
        """
        ...

    def read(self, topic: str, offsets: dict[int, int], limit: int) -> list[Received]:
        """At most `limit` messages from `offsets` (partition → next offset, 0 where absent) on; [] at the end."""
        ...

    def end_offsets(self, topic: str) -> dict[int, int]:
        """Partition → the offset that the next message will get. {} for a topic nobody wrote to."""
        ...

    def close(self) -> None: ...


def open_eventlog(settings: Settings) -> EventLog:
    """Open the event log that `settings.eventlog` names. Raises: MissingExtra, BadSettings, ServiceUnavailable."""
    from talentflow.eventlog.checked import CheckedEventLog

    if settings.eventlog == "kafka":
        from talentflow.eventlog.kafka import KafkaEventLog
        from talentflow.eventlog.registry import open_registry

        registry = open_registry(settings)
        return CheckedEventLog(KafkaEventLog(settings, registry), registry)
    from talentflow.eventlog.sqlite import SqliteEventLog

    return CheckedEventLog(SqliteEventLog(settings.home / "eventlog.sqlite"))
