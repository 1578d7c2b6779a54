"""Read a board with its adapter: page by page, details only where something changed, closures at the end of a whole listing.

What was read is remembered when its documents are safe, offer by offer, so that an ingest that was killed goes on where it
stopped. A second ingest of a board without changes costs its listing, or a 304 where the server answers conditionally and
the listing is one page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.values import Entry, dig, objects, read_json
from producers.charsets import decode
from producers.http import Page
from producers.jobposting import MEDIA_TYPE, encode, text
from producers.reading import Answer, Reading
from producers.sources import KINDS, AtsSource
from producers.state import State, Validators
from talentflow.errors import DocumentTooLarge, NotFound, ServiceUnavailable, UnexpectedAnswer
from talentflow.eventlog.messages import ClosedDocument, Found, RawDocument, RejectedDocument
from talentflow.ids import content_hash, digest

_log = structlog.get_logger(__name__)

VERSION = "1"
"""Raise it when an adapter's results change: details are then fetched again."""
_MOST_PAGES = 1000
_FAILURES_IN_A_ROW = 3
_ENTRY, _DETAIL = "entry", "detail"
"""What a kept answer is, in the fragment of its URL; without a fragment it is a page of the listing."""
_SETTINGS = "ats:settings"
_SCHEMA = "CREATE TABLE IF NOT EXISTS ats_offers (source_key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL) WITHOUT ROWID"


@dataclass(frozen=True)
class BoardReader:
    """An adapter and the board that it reads for a source."""

    adapter: Adapter
    board: Board
    source: AtsSource

    def offer(self, entries: Sequence[Entry]) -> dict[str, Any]:
        """One JobPosting of the entries with one key. Raises UnexpectedAnswer."""
        return _merged([self.adapter.read(self.board, entry) for entry in entries])

    def detailed(self, entries: Sequence[Entry], said: str) -> dict[str, Any] | None:
        """The JobPosting that the first entry and its detail say, in the places of all. Raises UnexpectedAnswer."""
        posting = self.adapter.read_detail(self.board, entries[0], said)
        if posting is None or len(entries) == 1:
            return posting
        return _merged([posting, *(self.adapter.read(self.board, entry) for entry in entries[1:])])

    def key(self, entry: Any) -> str:
        if not isinstance(entry, dict):
            raise UnexpectedAnswer("it is not an object")
        return f"{self.adapter.name}/{self.board.name}/{self.adapter.key(entry)}"

    def document(self, key: str, posting: dict[str, Any], fetched_at: datetime | None) -> RawDocument:
        terms = self.source.terms or self.adapter.terms
        uri = posting.get("url") or self.board.base
        return RawDocument(
            self.source.name, uri, key, MEDIA_TYPE, KINDS[self.source.kind], encode(posting), fetched_at=fetched_at, terms=terms
        )

    def rejection(self, url: str, key: str, payload: bytes, error: UnexpectedAnswer) -> RejectedDocument:
        """What cannot be read, kept whole. Its key is the offer's where that is known."""
        address, _, part = url.partition("#")
        what = "an offer" if part else "the list of offers"
        detail = (
            f"{address} gave {what} of the {self.adapter.name} board {self.board.name} in a shape that cannot be read: {error}. "
            "Read it again with `talentflow replay` once the adapter knows this shape"
        )
        return RejectedDocument(self.source.name, url, key, UnexpectedAnswer.code, detail, payload, content_hash(payload))

    def nameless(self, part: str) -> str:
        """A key for what does not say which offer it is."""
        return f"{self.adapter.name}/{self.board.name}#{digest(part)}"

    @property
    def settings(self) -> str:
        """What a JobPosting depends on beside the answer."""
        return digest(VERSION, self.adapter.name, self.board.name, self.board.base, self.board.company or "")

    def fingerprint(self, entries: Iterable[Entry]) -> str:
        """Of what the listing says of an offer, without what changes every day."""
        kept = [{k: v for k, v in e.items() if k not in self.adapter.volatile} for e in entries]
        return digest(self.settings, *(json.dumps(e, sort_keys=True) for e in kept))


@dataclass
class _Progress:
    """What one ingest of a board has seen."""

    offers: dict[str, str] = field(default_factory=dict[str, str])
    """source_key → address of all that the listing names."""
    rows: set[str] = field(default_factory=set[str])
    left_out: int = 0
    total: int = 0
    incomplete: list[str] = field(default_factory=list[str])
    """Why nothing may be closed."""
    failure: Exception | None = None
    failures_in_a_row: int = 0
    page: str = ""
    """The address of the first page, and what it may be asked for conditionally by."""
    validators: Validators = field(default_factory=Validators)
    pages: int = 0


def read_board(reader: BoardReader, reading: Reading) -> Iterator[Answer]:
    """The answers of a board: its offers, its broken entries, and at the end what it does not offer any more.

    Raises:
        NotFound: there is no such board.
        ServiceUnavailable, UnexpectedAnswer: a page, or at least one detail, could not be fetched; everything else was
            yielded before.
    """
    memory = _Memory(reading.state)
    progress = _Progress()
    request: Request | None = reader.adapter.first(reader.board)
    same_settings = reading.state.mark(_SETTINGS) == reader.settings
    for number in range(_MOST_PAGES):
        try:
            page = _fetch(reading, request, conditional=number == 0 and same_settings)
        except NotFound as error:
            if number:
                raise
            raise NotFound(f"there is no {reader.adapter.name} board {reader.board.name}: correct `board` ({error})") from error
        if page is None:
            return
        try:
            listing = reader.adapter.listing(reader.board, request, page.text)
        except UnexpectedAnswer as error:
            yield Answer([reader.rejection(request.url, reader.nameless(request.url), page.content, error)])
            return
        if number == 0:
            progress.page, progress.validators = page.requested, page.validators
        yield from _offers(reader, reading, memory, progress, request, listing, page.fetched_at)
        request = _next(listing, request, progress)
        if request is None:
            progress.pages = number + 1
            break
    else:
        progress.incomplete.append(f"it has more than {_MOST_PAGES} pages")
    yield _end(reader, reading, memory, progress)
    if progress.failure is not None:
        raise progress.failure


def reread(reader: BoardReader, url: str, payload: bytes) -> Iterator[Found]:
    """The documents of a kept answer. A page of a listing gives no offer whose detail has yet to be fetched: the next ingest
    does that."""
    address, _, kind = url.partition("#")
    said = decode(payload)[0]
    named = reader.nameless(address)
    try:
        if kind == _DETAIL:
            kept = read_json(said)
            entries, answer = objects(dig(kept, "entries")), dig(kept, "answer")
            if not entries or not isinstance(answer, str):
                raise UnexpectedAnswer("it is no detail as it is kept")
            named = reader.key(entries[0])
            posting = reader.detailed(entries, answer)
            if posting is not None:
                yield reader.document(named, posting, None)
            return
        listed = Listing([read_json(said)]) if kind == _ENTRY else reader.adapter.listing(reader.board, Request(address), said)
    except UnexpectedAnswer as error:
        yield reader.rejection(url, named, payload, error)
        return
    groups, rejected = _grouped(reader, address, listed.entries)
    yield from rejected
    for key, entries in groups.items():
        document, detail = _read(reader, address, key, entries, None)
        if detail is None:
            yield document


def _fetch(reading: Reading, request: Request, *, conditional: bool) -> Page | None:
    if request.body is not None:
        return reading.http.post(request.url, json=request.body)
    return reading.http.get(request.url, conditional=conditional)


def _next(listing: Listing, request: Request, progress: _Progress) -> Request | None:
    """The request for the next page; None at the end of the listing, whatever its total says."""
    progress.left_out += listing.left_out
    progress.total = max(progress.total, listing.total or 0)
    before = len(progress.rows)
    progress.rows |= {digest(json.dumps(entry, sort_keys=True)) for entry in listing.entries}
    seen = len(progress.rows) + progress.left_out
    repeats = bool(listing.entries) and len(progress.rows) == before
    following = listing.next
    if following is not None and not repeats and (listing.entries or listing.left_out) and following != request:
        return following
    if seen < progress.total:
        progress.incomplete.append(f"it gave {seen} of the {progress.total} entries that it says to have")
    elif repeats and not progress.total:
        progress.incomplete.append("a page repeats an earlier one")
    return None


def _offers(
    reader: BoardReader,
    reading: Reading,
    memory: _Memory,
    progress: _Progress,
    request: Request,
    listing: Listing,
    fetched_at: datetime,
) -> Iterator[Answer]:
    """The offers of one page: those that the listing says whole in one answer, then each whose detail must be fetched."""
    reading.counts.skipped += listing.left_out
    groups, nameless = _grouped(reader, request.url, listing.entries)
    if nameless:
        progress.incomplete.append("an entry does not say which offer it is")
    found: list[Found] = [*nameless]
    details: list[tuple[str, list[Entry], Request]] = []
    opened: dict[str, str] = {}
    for key, entries in groups.items():
        if key in progress.offers:
            continue  # entries moved between two pages while they were fetched
        document, detail = _read(reader, request.url, key, entries, fetched_at)
        progress.offers[key] = document.source_uri
        if detail is not None:
            details.append((key, entries, detail))
            continue
        found.append(document)
        if isinstance(document, RawDocument):
            opened[key] = document.source_uri
    if found:
        yield Answer(found, lambda: reading.state.set_open(opened))
    for key, entries, detail in details:
        fingerprint = reader.fingerprint(entries)
        if memory.fingerprint(key) == fingerprint:
            continue
        if progress.failures_in_a_row >= _FAILURES_IN_A_ROW:
            return
        answer = _detail(reader, reading, memory, progress, key, entries, detail, fingerprint)
        if answer is not None:
            yield answer


def _detail(
    reader: BoardReader,
    reading: Reading,
    memory: _Memory,
    progress: _Progress,
    key: str,
    entries: list[Entry],
    request: Request,
    fingerprint: str,
) -> Answer | None:
    """One offer with its detail; None when that could not be fetched and the next ingest must try again."""
    try:
        page = _fetch(reading, request, conditional=False)
    except NotFound:
        return _gone(reader, reading, memory, key, "its page is gone")
    except DocumentTooLarge as error:
        failed = RejectedDocument(reader.source.name, request.url, key, error.code, str(error), content_hash=digest(str(error)))
        return Answer([failed], lambda: memory.remember(key, fingerprint))
    except (ServiceUnavailable, UnexpectedAnswer) as error:
        progress.failure = progress.failure or error
        progress.failures_in_a_row += 1
        return None
    progress.failures_in_a_row = 0
    if page is None:
        return None
    try:
        posting = reader.detailed(entries, page.text)
    except UnexpectedAnswer as error:
        payload = json.dumps({"answer": page.text, "entries": entries}, sort_keys=True).encode()
        rejected = reader.rejection(f"{request.url}#{_DETAIL}", key, payload, error)
        return Answer([rejected], lambda: memory.remember(key, fingerprint))
    if posting is None:
        return _gone(reader, reading, memory, key, "its page says that it is closed")
    document = reader.document(key, posting, page.fetched_at)

    def commit() -> None:
        reading.state.set_open({key: document.source_uri})
        memory.remember(key, fingerprint)

    return Answer([document], commit)


def _gone(reader: BoardReader, reading: Reading, memory: _Memory, key: str, reason: str) -> Answer | None:
    """An offer that is listed and gone: closed if it was open, else left out."""
    uri = reading.state.open_offers().get(key)
    if uri is None:
        reading.counts.skipped += 1
        _log.info("left out", offer=key, why=reason)
        return None
    closed = ClosedDocument(reader.source.name, uri, key, reading.now, reason)
    return Answer([closed], lambda: memory.forget([key]))


def _end(reader: BoardReader, reading: Reading, memory: _Memory, progress: _Progress) -> Answer:
    """What was open and is not in the whole listing any more; nothing when the listing was not whole. One page whose offers were
    all read is asked for conditionally from now on."""
    gone: dict[str, str] = {}
    if progress.incomplete:
        reasons = list(dict.fromkeys(progress.incomplete))
        _log.warning("nothing is closed", source=reader.source.name, board=reader.board.name, because=reasons)
    else:
        gone = {k: uri for k, uri in reading.state.open_offers().items() if k not in progress.offers}
    reason = f"not on the {reader.adapter.name} board {reader.board.name} any more"
    all_read = progress.pages == 1 and not progress.incomplete and progress.failure is None

    def commit() -> None:
        memory.forget(gone)
        # what an earlier listing was known by must not answer for one that came after it
        reading.state.remember(progress.page, progress.validators if all_read else Validators())
        reading.state.set_mark(_SETTINGS, reader.settings)

    return Answer([ClosedDocument(reader.source.name, uri, key, reading.now, reason) for key, uri in gone.items()], commit)


def _grouped(reader: BoardReader, url: str, entries: Iterable[Any]) -> tuple[dict[str, list[Entry]], list[RejectedDocument]]:
    """Entries by offer, and those that do not say which offer they are."""
    groups: dict[str, list[Entry]] = {}
    rejected: list[RejectedDocument] = []
    for entry in entries:
        try:
            groups.setdefault(reader.key(entry), []).append(entry)
        except UnexpectedAnswer as error:
            payload = json.dumps(entry, sort_keys=True)
            rejected.append(reader.rejection(f"{url}#{_ENTRY}", reader.nameless(payload), payload.encode(), error))
    return groups, rejected


def _read(
    reader: BoardReader, url: str, key: str, entries: list[Entry], fetched_at: datetime | None
) -> tuple[RawDocument | RejectedDocument, Request | None]:
    """What the listing says of an offer, and where the rest of it is."""
    try:
        return reader.document(key, reader.offer(entries), fetched_at), reader.adapter.detail(reader.board, entries[0])
    except UnexpectedAnswer as error:
        return reader.rejection(f"{url}#{_ENTRY}", key, json.dumps(entries[0], sort_keys=True).encode(), error), None


def _merged(postings: list[dict[str, Any]]) -> dict[str, Any]:
    """The first posting in the places of all."""
    places: dict[str, Any] = {}
    for posting in postings:
        said = posting.get("jobLocation") or []
        for where in said if isinstance(said, list) else [said]:
            places[json.dumps(where, sort_keys=True)] = where
    if len(postings) == 1 or not places:
        return postings[0]
    located = list(places.values())
    return postings[0] | {"jobLocation": located[0] if len(located) == 1 else located}


class _Memory:
    """Fingerprints of offers whose detail was read, beside the source's state."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.connection.execute(_SCHEMA)

    def fingerprint(self, key: str) -> str | None:
        row = self._state.connection.execute("SELECT fingerprint FROM ats_offers WHERE source_key = ?", (key,)).fetchone()
        return text(row[0]) if row else None

    def remember(self, key: str, fingerprint: str) -> None:
        self._state.connection.execute("INSERT OR REPLACE INTO ats_offers VALUES (?, ?)", (key, fingerprint))

    def forget(self, keys: Iterable[str]) -> None:
        """These offers are closed: one that comes back is new."""
        gone = list(keys)
        self._state.set_closed(gone)
        self._state.connection.executemany("DELETE FROM ats_offers WHERE source_key = ?", [(k,) for k in gone])
