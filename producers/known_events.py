"""Put interactions on the event log: only those that are new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

from talentflow.bronze import unread
from talentflow.eventlog import INTERACTIONS_TOPIC, EventLog
from talentflow.eventlog.messages import from_interaction
from talentflow.interactions import BATCH_EVENTS, known_events, landed_offset
from talentflow.lakehouse import Lakehouse
from talentflow.records import Interaction


class KnownEvents:
    """Which events landed, or wait on the log."""

    def __init__(self, eventlog: EventLog, lakehouse: Lakehouse) -> None:
        self._lakehouse = lakehouse
        self._waiting: set[str] = set()
        landed = partial(landed_offset, eventlog, lakehouse)
        for messages, _, _ in unread(eventlog, INTERACTIONS_TOPIC, landed, BATCH_EVENTS):
            said = map(from_interaction, messages)
            self._waiting.update(i.event_id for i in said if isinstance(i, Interaction))

    def new(self, events: Iterable[Interaction]) -> Iterator[Interaction]:
        """Those that are not known, each once; from then on they are."""
        rest = iter(events)
        while chunk := list(islice(rest, BATCH_EVENTS)):
            landed = known_events(self._lakehouse, (e.event_id for e in chunk))
            for event in chunk:
                if event.event_id not in landed and event.event_id not in self._waiting:
                    self._waiting.add(event.event_id)
                    yield event
