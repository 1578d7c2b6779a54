"""What is known already: the last version of every document, and what is closed, whether it landed in bronze or waits for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from talentflow.bronze import landed_offsets
from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog
from talentflow.incremental import Key, handled
from talentflow.lakehouse import Lakehouse
from talentflow.tables import CLOSURES, DOCUMENTS, OUTCOMES

_READ_MESSAGES = 500


@dataclass
class Known:
    """Made by `load`, kept true by `add`, brought up to what others appended by `catch_up`."""

    closed: set[str]
    """Ids of documents that are closed."""
    _landed: set[Key]
    _offsets: dict[int, int]
    _waiting: dict[str, str] = field(default_factory=dict[str, str])
    """Document id → content hash of the last message that bronze had not taken."""

    @classmethod
    def load(cls, eventlog: EventLog, lakehouse: Lakehouse) -> Known:
        """From the ledger, and the messages that bronze has not taken yet."""
        ends = eventlog.end_offsets(DOCUMENTS_TOPIC)
        offsets = landed_offsets(eventlog, lakehouse, ends)  # before the ledger: what lands meanwhile is read twice, never missed
        closed = set(lakehouse.read(CLOSURES, ["document_id"])["document_id"].to_pylist())
        known = cls(closed, handled(lakehouse, "bronze", None) - _lone_twins(lakehouse, closed), offsets)
        known.catch_up(eventlog)
        return known

    def catch_up(self, eventlog: EventLog) -> None:
        """Read what was appended since."""
        ends = eventlog.end_offsets(DOCUMENTS_TOPIC)
        for partition in ends:
            offset = self._offsets.get(partition, 0)
            while messages := eventlog.read(DOCUMENTS_TOPIC, ends | {partition: offset}, _READ_MESSAGES):
                if not (messages := [m for m in messages if m.partition == partition]):
                    break
                for message in messages:
                    self._take(message.value)
                offset = self._offsets[partition] = messages[-1].offset + 1

    def _take(self, value: bytes) -> None:
        try:
            said: Any = json.loads(value)
            kind, document_id = said["type"], said["document_id"]
            self.add(document_id, None if kind == "closure" else said["content_hash"], is_offered=kind == "document")
        except (ValueError, TypeError, KeyError):
            return  # no message of ours: bronze quarantines it

    def add(self, document_id: str, content_hash: str | None, *, is_offered: bool) -> None:
        """Something was appended: a document, a rejection (a version that is not offered), or without a hash a closure."""
        if content_hash is None:
            self.closed.add(document_id)
            return
        self._waiting[document_id] = content_hash
        if is_offered:
            self.closed.discard(document_id)

    def is_waiting(self, document_id: str) -> bool:
        """Whether something of it was appended that bronze had not taken."""
        return document_id in self._waiting

    def has(self, document_id: str, content_hash: str) -> bool:
        """Whether this is the document's last version."""
        waiting = self._waiting.get(document_id)
        return (document_id, content_hash) in self._landed if waiting is None else waiting == content_hash


def _lone_twins(lakehouse: Lakehouse, closed: set[str]) -> set[Key]:
    """What was skipped for having the bytes of a document that has been closed since: it is new when it is offered again."""
    said = lakehouse.read(OUTCOMES, ["document_id", "content_hash"], where={"stage": ["bronze"], "error_code": ["duplicate"]})
    twins = set(zip(said["document_id"].to_pylist(), said["content_hash"].to_pylist(), strict=True))
    if not twins:
        return twins
    rows = lakehouse.read(DOCUMENTS, ["document_id", "content_hash"])
    held = zip(rows["document_id"].to_pylist(), rows["content_hash"].to_pylist(), strict=True)
    is_open = {content_hash for document_id, content_hash in held if document_id not in closed}
    return {key for key in twins if key[1] not in is_open}
