"""What a crawl knows of its site: which pages wait, which were read, and which offers stand on which page.

Kept in the source's state file, so that a crawl goes on where it stopped: by its budget, or by a kill. In memory are the
addresses of this round and the offers; a page's links and validators stay in the file. A round ends when no page waits;
the next ingest begins another one, which asks only for what has changed.

Memory runs ahead of the file: what a page led to is taken at once, and is written by `commit` when its documents are safe.
A kill in between makes the page wait again, and nothing that it led to is lost.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from producers.crawl.pages import SITEMAP_RANK, Link
from producers.crawl.urls import KNOWN_RANK
from producers.state import Validators

_SCHEMA = """
CREATE TABLE IF NOT EXISTS crawl_pages (
    page_id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, round INTEGER NOT NULL, waits INTEGER NOT NULL,
    rank INTEGER NOT NULL, depth INTEGER NOT NULL, is_listing INTEGER NOT NULL, etag TEXT, last_modified TEXT, links TEXT
);
CREATE INDEX IF NOT EXISTS crawl_waiting ON crawl_pages (round) WHERE waits;
CREATE TABLE IF NOT EXISTS crawl_offers (
    page TEXT NOT NULL, source_key TEXT NOT NULL, identity TEXT NOT NULL, valid_until TEXT, is_open INTEGER NOT NULL,
    missing_since INTEGER, missing_why TEXT, PRIMARY KEY (page, source_key)
) WITHOUT ROWID;
"""
_WAIT = """
INSERT INTO crawl_pages (url, round, waits, rank, depth, is_listing) VALUES (?, ?, 1, ?, ?, ?)
ON CONFLICT (url) DO UPDATE SET round = excluded.round, waits = 1, rank = excluded.rank, depth = excluded.depth,
    is_listing = excluded.is_listing WHERE round < excluded.round
"""
_READ = "UPDATE crawl_pages SET waits = 0, etag = ?, last_modified = ?, links = ? WHERE url = ?"
_LEFT = "UPDATE crawl_pages SET waits = 0 WHERE url = ?"
_OFFER = "INSERT OR REPLACE INTO crawl_offers VALUES (?, ?, ?, ?, ?, ?, ?)"
_FORGOTTEN_AFTER = 3
"""Rounds in which nothing led to a page."""
_MOST_PAGES = 500_000
"""Addresses of one round; more are taken as they turn up in the next."""


class Task(NamedTuple):
    """A page to fetch. Pages with a lower rank come first, then those nearer to the start, then the earlier found."""

    rank: int
    depth: int
    order: int
    url: str
    is_listing: bool = False


@dataclass(frozen=True)
class Offer:
    """An offer as it was last seen on a page. `missing_since` is the round in which the page no longer had it."""

    source_key: str
    identity: str
    valid_until: str | None = None
    is_open: bool = True
    missing_since: int | None = None
    missing_why: str | None = None


@dataclass
class Visit:
    """What one page changed.

    Attributes:
        validators: None keeps those of an earlier visit (and its links): the page was not modified, or not read.
        links: what the page led to, for visits that find it unmodified.
        tasks: pages that are new in this round.
        offers: those on the page from now on; None when that is unknown and the earlier ones stay.
    """

    url: str
    validators: Validators | None = None
    links: list[Link] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    offers: Mapping[str, Offer] | None = None


class Frontier:
    """The crawl's memory.

    Args:
        connection: of the source's state, in autocommit.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._db.executescript(_SCHEMA)
        self.round: int = self._db.execute("SELECT coalesce(max(round), 0) FROM crawl_pages").fetchone()[0]
        self.offers: dict[str, dict[str, Offer]] = {}
        self._holders: dict[str, set[str]] = {}
        for page, *rest in self._db.execute("SELECT * FROM crawl_offers"):
            self._hold(page, {rest[0]: Offer(rest[0], rest[1], rest[2], bool(rest[3]), rest[4], rest[5])})
        self._seen: set[str] = set()
        self._waiting: list[Task] = []
        self._order = 0

    def begin(self, start: str) -> None:
        """Go on with the round that has pages waiting, or begin a new one: the start page, and every page with an open offer.

        A start page that the round does not know begins a new one too.
        """
        waiting = self._db.execute(
            "SELECT rank, depth, page_id, url, is_listing FROM crawl_pages WHERE waits AND round = ? ORDER BY page_id",
            (self.round,),
        ).fetchall()
        began = self._db.execute("SELECT 1 FROM crawl_pages WHERE url = ? AND round = ?", (start, self.round)).fetchone()
        if not waiting or not began:
            self._begin_round(start)
            return
        self._seen = {u for (u,) in self._db.execute("SELECT url FROM crawl_pages WHERE round = ?", (self.round,))}
        self._order = max(row[2] for row in waiting)
        self._waiting = [Task(rank, depth, order, url, bool(listing)) for rank, depth, order, url, listing in waiting]
        heapq.heapify(self._waiting)

    def _begin_round(self, start: str) -> None:
        depths: dict[str, int] = dict(
            self._db.execute(
                "SELECT url, depth FROM crawl_pages WHERE url IN (SELECT page FROM crawl_offers WHERE is_open)"
            ).fetchall()
        )
        self.round += 1
        tasks = self.discover([Link(start, SITEMAP_RANK, True)], depth=0)
        for page, depth in depths.items():
            tasks += self.discover([Link(page, KNOWN_RANK)], depth=depth)
        with _transaction(self._db):
            self._db.execute("DELETE FROM crawl_pages WHERE round < ?", (self.round - _FORGOTTEN_AFTER,))
            self._db.execute("DELETE FROM crawl_offers WHERE NOT is_open AND page NOT IN (SELECT url FROM crawl_pages)")
            self._write_tasks(tasks)

    def discover(self, links: Iterable[Link], *, depth: int) -> list[Task]:
        """Let pages wait that this round has not seen; returns these."""
        found: list[Task] = []
        for link in links:
            if link.url in self._seen or len(self._seen) >= _MOST_PAGES:
                continue
            self._seen.add(link.url)
            self._order += 1
            task = Task(link.rank, depth, self._order, link.url, link.is_listing)
            heapq.heappush(self._waiting, task)
            found.append(task)
        return found

    def waits(self, url: str) -> bool:
        """Whether a page is in the queue. Slow: for the start page only."""
        return any(task.url == url for task in self._waiting)

    def next(self) -> Task | None:
        """The page to fetch next."""
        return heapq.heappop(self._waiting) if self._waiting else None

    def again(self, task: Task) -> None:
        """Let a page wait again that could not be fetched now."""
        heapq.heappush(self._waiting, task)

    def validators(self, url: str) -> Validators:
        row = self._db.execute("SELECT etag, last_modified FROM crawl_pages WHERE url = ?", (url,)).fetchone()
        return Validators(*row) if row else Validators()

    def links(self, url: str) -> list[Link]:
        """Where a page led to when it was last read."""
        row = self._db.execute("SELECT links FROM crawl_pages WHERE url = ?", (url,)).fetchone()
        return [Link(u, r, bool(listing)) for u, r, listing in json.loads(row[0])] if row and row[0] else []

    def holders(self, source_key: str) -> dict[str, Offer]:
        """Page → offer, for each page that an offer stands on."""
        return {page: self.offers[page][source_key] for page in self._holders.get(source_key, ())}

    def put(self, page: str, offers: Mapping[str, Offer]) -> None:
        """Remember, for now in memory, what stands on a page."""
        for key in self.offers.pop(page, {}):
            self._holders[key].discard(page)
        if offers:
            self._hold(page, offers)

    def _hold(self, page: str, offers: Mapping[str, Offer]) -> None:
        self.offers.setdefault(page, {}).update(offers)
        for key in offers:
            self._holders.setdefault(key, set()).add(page)

    def missing(self) -> list[tuple[str, Offer]]:
        """Open offers that their page no longer has."""
        return [
            (page, offer)
            for page, found in self.offers.items()
            for offer in found.values()
            if offer.missing_since and offer.is_open
        ]

    def commit(self, visits: Iterable[Visit]) -> None:
        """Write what these visits changed, all or nothing. Call it when their documents are safe."""
        with _transaction(self._db):
            for visit in visits:
                if visit.validators is not None:
                    links = json.dumps([list(link) for link in visit.links], separators=(",", ":"))
                    self._db.execute(_READ, (visit.validators.etag, visit.validators.last_modified, links, visit.url))
                else:
                    self._db.execute(_LEFT, (visit.url,))
                self._write_tasks(visit.tasks)
                if visit.offers is not None:
                    self._write_offers(visit.url, visit.offers)

    def commit_closed(self, closed: Iterable[tuple[str, str]]) -> None:
        """Forget offers, named by page and key, that are closed or stand on another page."""
        pairs = list(closed)
        with _transaction(self._db):
            self._db.executemany("DELETE FROM crawl_offers WHERE page = ? AND source_key = ?", pairs)
        for page, key in pairs:
            self.put(page, {k: o for k, o in self.offers.get(page, {}).items() if k != key})

    def _write_tasks(self, tasks: Iterable[Task]) -> None:
        self._db.executemany(_WAIT, [(t.url, self.round, t.rank, t.depth, t.is_listing) for t in tasks])

    def _write_offers(self, page: str, offers: Mapping[str, Offer]) -> None:
        self._db.execute("DELETE FROM crawl_offers WHERE page = ?", (page,))
        self._db.executemany(
            _OFFER,
            [(page, o.source_key, o.identity, o.valid_until, o.is_open, o.missing_since, o.missing_why) for o in offers.values()],
        )


def seen(offer: Offer) -> Offer:
    """An offer that is there after all."""
    return replace(offer, missing_since=None, missing_why=None)


class _transaction:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._db.execute("ROLLBACK" if kind else "COMMIT")
