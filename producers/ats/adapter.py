"""What an adapter is: how one applicant tracking system is asked, and how its answers are read. No adapter does anything
by itself; `board.py` fetches, pages and remembers for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from producers.ats.values import Entry, segment


@dataclass(frozen=True)
class Board:
    """The board of one employer: `name` as the source gives it, `base` the address of the server that answers."""

    name: str
    base: str
    company: str | None = None

    @property
    def path(self) -> str:
        """The name as a segment of a URL."""
        return segment(self.name)


@dataclass(frozen=True)
class Request:
    """A GET, or with `body` the POST of a search. `offset` is where the page begins, for the request after it."""

    url: str
    body: Mapping[str, Any] | None = None
    offset: int = 0


@dataclass(frozen=True)
class Listing:
    """One page of a listing."""

    entries: Sequence[Any]
    next: Request | None = None
    total: int | None = None
    """How many entries the whole listing says to have."""
    left_out: int = 0
    """Entries that are not offers to the public, or not the board's own."""


@dataclass(frozen=True)
class Adapter:
    """One applicant tracking system, as data and pure functions.

    `listing`, `key`, `read` and `read_detail` raise UnexpectedAnswer with what is missing; nothing else.
    """

    name: str
    terms: str
    """Whose data it is and what the vendor says about reading it."""
    hosts: Sequence[str]
    """Regular expressions on `host/path?query` of addresses that name a board; their groups joined by `/` are its name."""
    base: Callable[[str], str]
    """The vendor's server for a board of this name, without a slash at the end."""
    first: Callable[[Board], Request]
    listing: Callable[[Board, Request, str], Listing]
    key: Callable[[Entry], str]
    """What the board knows the offer by: entries with the same key are one offer in several places."""
    read: Callable[[Board, Entry], dict[str, Any]]
    """The JobPosting that an entry says."""
    detail: Callable[[Board, Entry], Request | None] = lambda _board, _entry: None
    """Where the rest is, where the listing lacks the description."""
    read_detail: Callable[[Board, Entry, str], dict[str, Any] | None] = lambda _board, _entry, _said: None
    """The JobPosting that the entry and its detail say together; None when the detail says that the offer is gone."""
    volatile: frozenset[str] = field(default_factory=frozenset[str])
    """Fields of an entry that change while the offer does not (`Posted 3 Days Ago`)."""


def next_offset(request: Request, got: int, *, limit: int, total: int | None = None) -> int | None:
    """Where the next page begins; None after a page that was not full, unless the total says that there is more."""
    end = request.offset + got
    return end if got and (got >= limit or end < (total or 0)) else None
