"""Read a board with its adapter: page by page, details only where something changed, closures at the end of a whole listing.

What was read is remembered when its documents are safe, offer by offer, so that an ingest that was killed goes on where it
stopped. A second ingest of a board without changes costs its listing, or a 304 where the server answers conditionally and
the listing is one page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from producers.ats.adapter import Listing, Request
from producers.ats.reader import DETAIL, BoardReader, grouped, read_entries
from producers.ats.values import Entry
from producers.http import Page
from producers.jobposting import text
from producers.reading import Answer, Reading
from producers.state import State, Validators
from talentflow.errors import DocumentTooLarge, NotFound, ServiceUnavailable, UnexpectedAnswer
from talentflow.eventlog.messages import ClosedDocument, Found, RawDocument, RejectedDocument
from talentflow.ids import digest

_log = structlog.get_logger(__name__)

_MOST_PAGES = 1000
_FAILURES_IN_A_ROW = 3
_SETTINGS = "ats:settings"
_SCHEMA = "CREATE TABLE IF NOT EXISTS ats_offers (source_key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL) WITHOUT ROWID"


@dataclass
class _Ingest:
    """One ingest of a board, and what it has seen."""

    reader: BoardReader
    reading: Reading
    memory: _Memory
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
    ingest = _Ingest(reader, reading, _Memory(reading.state))
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
        if number == 0:
            ingest.page, ingest.validators = page.requested, page.validators
        try:
            listing = reader.adapter.listing(reader.board, request, page.text)
        except UnexpectedAnswer as error:
            yield Answer([reader.rejection(request.url, reader.nameless(request.url), page.content, error)])
            ingest.incomplete.append("a page has another shape")
            break
        yield from _offers(ingest, request, listing, page.fetched_at)
        request = _next(ingest, listing, request)
        if request is None:
            ingest.pages = number + 1
            break
    else:
        ingest.incomplete.append(f"it has more than {_MOST_PAGES} pages")
    yield _end(ingest)
    if ingest.failure is not None:
        raise ingest.failure


def _fetch(reading: Reading, request: Request, *, conditional: bool) -> Page | None:
    if request.body is not None:
        return reading.http.post(request.url, json=request.body)
    return reading.http.get(request.url, conditional=conditional)


def _next(ingest: _Ingest, listing: Listing, request: Request) -> Request | None:
    """The request for the next page; None at the end of the listing, whatever its total says."""
    ingest.left_out += listing.left_out
    ingest.total = max(ingest.total, listing.total or 0)
    before = len(ingest.rows)
    ingest.rows |= {digest(json.dumps(entry, sort_keys=True)) for entry in listing.entries}
    seen = len(ingest.rows) + ingest.left_out
    repeats = bool(listing.entries) and len(ingest.rows) == before
    following = listing.next
    if following is not None and not repeats and (listing.entries or listing.left_out) and following != request:
        return following
    if seen < ingest.total:
        ingest.incomplete.append(f"it gave {seen} of the {ingest.total} entries that it says to have")
    elif repeats and not ingest.total:
        ingest.incomplete.append("a page repeats an earlier one")
    return None


def _offers(ingest: _Ingest, request: Request, listing: Listing, fetched_at: datetime) -> Iterator[Answer]:
    """The offers of one page: those that the listing says whole in one answer, then each whose detail must be fetched."""
    ingest.reading.counts.skipped += listing.left_out
    groups, nameless = grouped(ingest.reader, request.url, listing.entries)
    if nameless:
        ingest.incomplete.append("an entry does not say which offer it is")
    found: list[Found] = [*nameless]
    details: list[tuple[str, list[Entry], Request]] = []
    opened: dict[str, str] = {}
    for key, entries in groups.items():
        if key in ingest.offers:
            continue  # entries moved between two pages while they were fetched
        document, detail = read_entries(ingest.reader, request.url, key, entries, fetched_at)
        ingest.offers[key] = document.source_uri
        if detail is not None:
            details.append((key, entries, detail))
            continue
        found.append(document)
        if isinstance(document, RawDocument):
            opened[key] = document.source_uri
    if found:
        yield Answer(found, lambda: ingest.reading.state.set_open(opened))
    for key, entries, detail in details:
        fingerprint = ingest.reader.fingerprint(entries)
        if ingest.memory.fingerprint(key) == fingerprint:
            ingest.reading.counts.skipped += 1
            continue
        if ingest.failures_in_a_row >= _FAILURES_IN_A_ROW:
            return
        answer = _detail(ingest, key, entries, detail, fingerprint)
        if answer is not None:
            yield answer


def _detail(ingest: _Ingest, key: str, entries: list[Entry], request: Request, fingerprint: str) -> Answer | None:
    """One offer with its detail; None when that could not be fetched and the next ingest must try again."""
    try:
        page = _fetch(ingest.reading, request, conditional=False)
    except NotFound:
        return _gone(ingest, key, "its page is gone")
    except DocumentTooLarge as error:
        name, hashed = ingest.reader.source.name, digest(str(error))
        failed = RejectedDocument(name, request.url, key, error.code, str(error), content_hash=hashed)
        return Answer([failed], lambda: ingest.memory.remember(key, fingerprint))
    except (ServiceUnavailable, UnexpectedAnswer) as error:
        ingest.failure = ingest.failure or error
        ingest.failures_in_a_row += 1
        return None
    ingest.failures_in_a_row = 0
    if page is None:
        return None
    try:
        posting = ingest.reader.detailed(entries, page.text)
    except UnexpectedAnswer as error:
        payload = json.dumps({"answer": page.text, "entries": entries}, sort_keys=True).encode()
        rejected = ingest.reader.rejection(f"{request.url}#{DETAIL}", key, payload, error)
        return Answer([rejected], lambda: ingest.memory.remember(key, fingerprint))
    if posting is None:
        return _gone(ingest, key, "its page says that it is closed")
    document = ingest.reader.document(key, posting, page.fetched_at)

    def commit() -> None:
        ingest.reading.state.set_open({key: document.source_uri})
        ingest.memory.remember(key, fingerprint)

    return Answer([document], commit)


def _gone(ingest: _Ingest, key: str, reason: str) -> Answer | None:
    """An offer that is listed and gone: closed if it was open, else left out."""
    uri = ingest.reading.state.open_offers().get(key)
    if uri is None:
        ingest.reading.counts.skipped += 1
        _log.info("left out", offer=key, why=reason)
        return None
    closed = ClosedDocument(ingest.reader.source.name, uri, key, ingest.reading.now, reason)
    return Answer([closed], lambda: ingest.memory.forget([key]))


def _end(ingest: _Ingest) -> Answer:
    """What was open and is not in the whole listing any more; nothing when the listing was not whole. One page whose offers were
    all read is asked for conditionally from now on."""
    gone: dict[str, str] = {}
    if ingest.incomplete:
        reasons = list(dict.fromkeys(ingest.incomplete))
        _log.warning("nothing is closed", source=ingest.reader.source.name, board=ingest.reader.board.name, because=reasons)
    else:
        gone = {k: uri for k, uri in ingest.reading.state.open_offers().items() if k not in ingest.offers}
    reason = f"not on the {ingest.reader.adapter.name} board {ingest.reader.board.name} any more"
    all_read = ingest.pages == 1 and not ingest.incomplete and ingest.failure is None

    def commit() -> None:
        ingest.memory.forget(gone)
        # what an earlier listing was known by must not answer for one that came after it
        ingest.reading.state.remember(ingest.page, ingest.validators if all_read else Validators())
        ingest.reading.state.set_mark(_SETTINGS, ingest.reader.settings)

    name, now = ingest.reader.source.name, ingest.reading.now
    return Answer([ClosedDocument(name, uri, key, now, reason) for key, uri in gone.items()], commit)


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
