"""How a source is read: answer by answer, each committed only when its documents are safe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from producers.state import State
from talentflow.eventlog.messages import Found
from talentflow.records import Interaction
from talentflow.settings import Settings

if TYPE_CHECKING:
    from producers.http import Http


def _nothing() -> None:
    return


@dataclass(frozen=True)
class Answer:
    """What one answer of a source gave. `commit` remembers that it was read (validators, positions); it is called once
    the documents are on the event log, so that a kill before it repeats the answer and loses nothing."""

    documents: Sequence[Found]
    commit: Callable[[], None] = _nothing
    interactions: Sequence[Interaction] = ()


@dataclass
class Counts:
    """`fetched`: answers, files, rows or messages that were read; `not_modified`: those that the server said are unchanged."""

    fetched: int = 0
    not_modified: int = 0
    skipped: int = 0
    """Left out by the reader itself, with a reason in its log."""


@dataclass
class Reading:
    """One ingest of one source: what its reader works with. `now` is the ingest's time, in UTC."""

    settings: Settings
    state: State
    now: datetime
    allow_private_hosts: bool = False
    counts: Counts = field(default_factory=Counts)

    @cached_property
    def http(self) -> Http:
        """Polite and guarded; made when first used."""
        from producers.http import Http

        return Http(state=self.state, counts=self.counts, allow_private_hosts=self.allow_private_hosts)

    def close(self) -> None:
        """Close what was opened for this reading."""
        if "http" in self.__dict__:
            self.http.close()


Reader = Callable[[Any, Reading], Iterator[Answer]]
"""From a configured source (each reader takes its own type) to its answers."""
Rereader = Callable[[Any, str, bytes], Iterator[Found]]
"""From a source, a URL and an answer that was kept, to its documents: what a replay reads again."""
