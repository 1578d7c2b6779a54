"""Event log: messages in order, kept, read from an offset as often as one likes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

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


class EventLog(Protocol):
    capabilities: Capabilities
    log_id: str
    """Which log this is: offsets of one mean nothing in another."""

    def append(self, topic: str, messages: Iterable[Message]) -> int:
        """Append durably, in order; returns how many. Nothing is acknowledged before it is safe.

        Messages are committed in bounded groups: when it raises, whole groups before the failure are kept.
        Raises: StorageFull, ServiceUnavailable.
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
    if settings.eventlog == "kafka":
        from talentflow.eventlog.kafka import KafkaEventLog

        return KafkaEventLog(settings)
    from talentflow.eventlog.sqlite import SqliteEventLog

    return SqliteEventLog(settings.home / "eventlog.sqlite")
