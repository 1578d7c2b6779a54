"""Offers from feeds: RSS, Atom, JSON Feed, and job boards' JSON APIs.

A feed is a window on the newest offers: what is missing from it says nothing, so absence closes no offer; an entry that
says it is over does. What the parts of an entry are called is data, in `feed_dialects.py`.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import feedparser
import httpx
import structlog

from producers import feed_entries
from producers.addresses import checked_url
from producers.feed_dialects import LISTS, Dialect, dialect_of
from producers.feed_entries import Entry
from producers.http import Page
from producers.jobposting import MEDIA_TYPE, encode
from producers.reading import Answer, Reading
from producers.sources import KINDS, FeedSource
from talentflow.errors import EmptyDocument, UnexpectedAnswer
from talentflow.eventlog.messages import ClosedDocument, Found, RawDocument, RejectedDocument
from talentflow.ids import content_hash, digest

_log = structlog.get_logger(__name__)

_MOST_PAGES = 10
"""Of one feed in one ingest: the newest offers, not the archive."""
_DEEPEST = 4
_LAST_READ = "feed read at"
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
_ROOT = re.compile(
    r"\s*(?:<\?.{0,2000}?\?>\s*|<!--.{0,20000}?-->\s*|<!DOCTYPE[^>\[]{0,2000}>\s*)*<(?:rss|feed|rdf:RDF)[\s>]", re.DOTALL | re.I
)
_DECLARATION = re.compile(r"<\?xml.{0,200}?\?>", re.DOTALL)
_ENTITY = re.compile(r"<!ENTITY", re.I)
_HTML = re.compile(r"\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype html|html|head|body)\b", re.DOTALL | re.I)


@dataclass(frozen=True)
class _Feed:
    """What one answer holds."""

    entries: list[Any]
    dialect: Dialect
    next_page: str | None = None
    rights: str | None = None


def read_feed(source: FeedSource, reading: Reading) -> Iterator[Answer]:
    """The offers of a feed, page by page; nothing when it has not changed.

    An answer that cannot be read is a rejection (`unexpected_answer`) with all of it; an entry with neither a title nor
    a text is one too (`empty_document`), and the others go on. The feed's validators are remembered with its last page:
    a kill before it repeats the pages. A board that asks not to be read more often is skipped until then.
    Raises what `Http` raises.
    """
    url: str | None = source.url
    first: Page | None = None
    asked: set[str] = set()
    sent: dict[str, str] = {}
    if _too_soon(source.url, reading):
        reading.counts.skipped += 1
        return
    while url:
        asked.add(url)
        page = reading.http.get(url, conditional=first is None)
        if page is None:
            _mark(reading)
            return
        first = first or page
        try:
            feed = _parsed(page)
        except UnexpectedAnswer as error:
            yield Answer([_unreadable(source, page.requested or page.url, page.content, str(error))])
            return
        documents = list(_documents(source, feed, page.url, page.fetched_at, reading.now, sent))
        url = feed.next_page if len(asked) < _MOST_PAGES and feed.next_page not in asked and feed.entries else None
        yield Answer(documents) if url else Answer(documents, partial(_commit, reading, first))


def _too_soon(url: str, reading: Reading) -> bool:
    """Whether the board asks not to be read again already."""
    dialect = dialect_of(checked_url(url).host, {})
    last = reading.state.mark(_LAST_READ)
    if dialect.every is None or last is None or reading.now - datetime.fromisoformat(last) >= dialect.every:
        return False
    _log.info("not read again yet", url=url, last_read=last, why=dialect.terms)
    return True


def _mark(reading: Reading) -> None:
    reading.state.set_mark(_LAST_READ, reading.now.isoformat())


def _commit(reading: Reading, first: Page) -> None:
    reading.http.remembering(first)()
    _mark(reading)


def reread_feed(source: FeedSource, url: str, payload: bytes) -> Iterator[Found]:
    """The documents of an answer, or of an entry of one, that was kept because it could not be read."""
    try:
        feed = _parsed(Page(url, payload))
    except UnexpectedAnswer as error:
        yield _unreadable(source, url, payload, str(error))
        return
    yield from _documents(source, feed, url, None, datetime.now(UTC), {})


def looks_like_feed(page: Page) -> bool:
    """Whether a page is a feed: by its type, its root element, or a list of offers in its JSON."""
    if page.media_type in _FEED_TYPES:
        return True
    if _ROOT.match(page.text):
        return True
    if not _is_json(page.text):
        return False
    try:
        return bool(_parsed(page).entries)
    except UnexpectedAnswer:
        return False


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _parsed(page: Page) -> _Feed:
    """The entries of an answer. Raises UnexpectedAnswer."""
    return _json_feed(page) if _is_json(page.text) else _xml_feed(page)


def _json_feed(page: Page) -> _Feed:
    value = page.json()
    entries = _entries(value)
    if entries is None:
        said = ", ".join(map(str, list(value)[:8])) if isinstance(value, dict) else "a list"
        raise UnexpectedAnswer(
            f"{page.url} answered in JSON without a list of offers in it (found: {said}):"
            " check the address, or whether its shape changed"
        )
    example = next((e for e in entries if isinstance(e, dict) and feed_entries.is_offer(e)), {})
    dialect = dialect_of(urlsplit(page.url).hostname or "", example)
    return _Feed(entries, dialect, _next_page(page.url, value, dialect))


def _entries(value: Any) -> list[Any] | None:
    """The list of offers in an answer, an empty one where offers would be, or the one offer that the answer is."""
    lists = list(_lists(value, "", 0))
    if lists:
        return max(lists, key=lambda found: found[0])[1]
    return [value] if isinstance(value, dict) and feed_entries.is_offer(value) else None


def _lists(value: Any, name: str, depth: int) -> Iterator[tuple[tuple[bool, int], list[Any]]]:
    """Lists that hold offers, or would: with whether their name says so, and how many offers they hold."""
    if depth > _DEEPEST or name in ("error", "errors"):
        return
    if isinstance(value, list):
        named = depth == 0 or name in LISTS.split()
        offers = sum(isinstance(entry, dict) and feed_entries.is_offer(entry) for entry in value)
        if offers or (named and not value):
            yield (named, offers), value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _lists(inner, key, depth + 1)


def _next_page(url: str, value: Any, dialect: Dialect) -> str | None:
    if dialect.next_page and isinstance(said := feed_entries.at(value, dialect.next_page), str):
        target = feed_entries.joined(url, said)
        if target and urlsplit(target).hostname == urlsplit(url).hostname and url.startswith("https://"):
            # some boards name their next page with http, which they redirect to https
            return target.replace("http://", "https://", 1)
        return target
    if dialect.next_cursor:
        name, parameter = dialect.next_cursor
        cursor = feed_entries.at(value, name)
        if isinstance(cursor, str | int) and cursor not in ("", True, False):
            return str(httpx.URL(url).copy_set_param(parameter, str(cursor)))
    return None


def _xml_feed(page: Page) -> _Feed:
    """RSS and Atom in all versions. Damaged XML gives the entries that can be read."""
    text = page.text.lstrip()
    if _HTML.match(text):
        raise UnexpectedAnswer(f"{page.url} is an HTML page, not a feed: give the feed's own address, or read it as a site")
    if _ENTITY.search(text):
        raise UnexpectedAnswer(f"{page.url} declares XML entities, which no feed needs and a bomb is made of: ask its owner")
    # always a stream: feedparser would open a string that looks like an address or a file
    declared = _DECLARATION.match(text)
    stream = io.BytesIO(text[declared.end() if declared else 0 :].encode("utf-8", "replace"))
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": page.url}
    parsed: Any = feedparser.parse(stream, response_headers=headers)
    if not parsed.get("version") and not parsed.entries:
        raise UnexpectedAnswer(f"{page.url} is neither RSS, Atom nor JSON: check the address, or whether its shape changed")
    if parsed.bozo:
        _log.warning("damaged feed", url=page.url, why=str(parsed.get("bozo_exception")), entries=len(parsed.entries))
    entries = [feed_entries.from_xml(entry) for entry in parsed.entries]
    dialect = dialect_of(urlsplit(page.url).hostname or "", {})
    following = next((link.get("href") for link in parsed.feed.get("links", []) if link.get("rel") == "next"), None)
    return _Feed(entries, dialect, feed_entries.joined(page.url, following) if following else None, parsed.feed.get("rights"))


def _documents(
    source: FeedSource, feed: _Feed, url: str, fetched_at: datetime | None, now: datetime, sent: dict[str, str]
) -> Iterator[Found]:
    """Documents, closures and rejections of the entries. `sent` has what was yielded before: key → hash."""
    terms = source.terms or feed.dialect.terms or feed_entries.plain(feed.rights)
    entries = [Entry(e, feed.dialect, url) if isinstance(e, dict) else e for e in feed.entries]
    shared = _shared_keys(e for e in entries if isinstance(e, Entry))
    for entry in entries:
        if not isinstance(entry, Entry):
            yield _empty(source, url, entry, "is no object")
            continue
        if entry.is_notice:
            continue
        if not entry.has_content:
            yield _empty(source, entry.url or url, entry.said, "has neither a title nor a text")
            continue
        content = encode(entry.posting(source.company))
        hashed = content_hash(content)
        key = f"{entry.key}#{entry.url}" if entry.key in shared else entry.key
        if sent.get(key) == hashed:
            continue
        if sent.setdefault(key, hashed) != hashed:
            key = f"{key}#{hashed}"
        over = _over(entry, now.date())
        if over is not None:
            closed_at, reason = over
            yield ClosedDocument(source.name, entry.url or url, key, closed_at or now, reason)
        else:
            kind = KINDS[source.kind]
            yield RawDocument(source.name, entry.url or url, key, MEDIA_TYPE, kind, content, fetched_at, terms)


def _shared_keys(entries: Iterable[Entry]) -> set[str]:
    """Ids that a feed gives to several offers: they are known by their pages too."""
    pages: dict[str, set[str | None]] = {}
    for entry in entries:
        pages.setdefault(entry.key, set()).add(entry.url)
    return {key for key, urls in pages.items() if len(urls) > 1}


def _over(entry: Entry, today: date) -> tuple[datetime | None, str] | None:
    """When and why an offer is no longer open; None for one that is."""
    until = entry.day("valid")
    if until and until < today.isoformat():
        return datetime.fromisoformat(until).replace(tzinfo=UTC), "it was open until this day"
    return (None, "its feed says that it is over") if entry.says_over else None


def _empty(source: FeedSource, url: str, entry: Any, why: str) -> RejectedDocument:
    payload = json.dumps(entry, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "replace")
    hashed = content_hash(payload)
    detail = f"an entry of {source.url} {why}: ask the feed's owner to complete it"
    return RejectedDocument(source.name, url, f"entry#{hashed}", EmptyDocument.code, detail, payload, hashed)


def _unreadable(source: FeedSource, url: str, payload: bytes, why: str) -> RejectedDocument:
    code = UnexpectedAnswer.code
    return RejectedDocument(source.name, url, url, code, why, payload, digest(code, content_hash(payload)))
