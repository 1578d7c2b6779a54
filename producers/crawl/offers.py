"""From a page to documents: which of its postings are its own, what each is known by, and whether it is still open."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from producers.crawl.pages import Page
from producers.crawl.postings import identifier, is_usable, normal_form, own_url, title, valid_until
from producers.crawl.urls import Site
from producers.jobposting import MEDIA_TYPE, encode
from producers.sources import KINDS, SiteSource
from talentflow.errors import UnexpectedAnswer
from talentflow.eventlog.messages import RawDocument, RejectedDocument
from talentflow.ids import content_hash, digest

_LONGEST_IDENTITY = 200


@dataclass(frozen=True)
class Found:
    """A posting on a page: what it is known by, and the document of it."""

    source_key: str
    identity: str
    valid_until: datetime | None
    document: RawDocument


def own_address(page: Page, site: Site) -> str:
    """The address that a page's offers are known by: its canonical one, where that can be believed.

    Some sites name their home page as canonical everywhere.
    """
    canonical = site.preferred(page.canonical) if page.canonical else None
    if canonical is None or not site.holds(canonical):
        return page.url
    bare = {urlsplit(u).path.strip("/") == "" and not urlsplit(u).query for u in (canonical, page.url)}
    return page.url if bare == {True, False} else canonical


def own_postings(page: Page, address: str, site: Site) -> list[dict[str, Any]]:
    """The postings that are about this page. A listing, or "similar jobs" beside an offer, repeats those of other pages of the
    site: they are read there, in full."""
    own: dict[str, dict[str, Any]] = {}
    for posting in page.postings:
        named = own_url(posting, page.url)
        elsewhere = named is not None and site.holds(named) and site.preferred(named) not in (page.url, address)
        if elsewhere and (len(page.postings) > 1 or not posting.get("description")):
            continue
        kept = own.setdefault(identity(posting), posting)
        if len(posting) > len(kept):
            own[identity(posting)] = posting
    return list(own.values())


def linked_postings(page: Page, address: str, site: Site) -> list[str]:
    """The pages that postings on this page name as their own."""
    named = (own_url(p, page.url) for p in page.postings)
    return [site.preferred(u) for u in named if u and site.holds(u) and site.preferred(u) not in (page.url, address)]


def identity(posting: dict[str, Any]) -> str:
    """Tells two offers apart: the site's identifier, else title and place."""
    where = json.dumps(posting.get("jobLocation"), sort_keys=True, default=str)
    known = identifier(posting) or digest(_text(title(posting).casefold()), where)
    return _text(known)[:_LONGEST_IDENTITY]


def _text(said: str) -> str:
    """JSON may hold halves of characters, which no file can."""
    return said.encode("utf-8", "replace").decode()


def found_on(
    page: Page, source: SiteSource, site: Site, *, fetched_at: datetime | None, taken: Callable[[str, str], bool]
) -> Iterator[Found | RejectedDocument]:
    """The offers of a page, and rejections of what announces one and is none.

    Args:
        taken: says of a key and an identity whether the key belongs to another offer: then the page's own address is the key.
    """
    address = own_address(page, site)
    own = own_postings(page, address, site)
    for posting in own:
        known_as = identity(posting)
        suffix = f"#{known_as}" if len(own) > 1 else ""
        key = f"{page.url}{suffix}" if taken(f"{address}{suffix}", known_as) else f"{address}{suffix}"
        if not is_usable(posting):
            yield _rejected(source, page.url, key, "its JobPosting has neither title nor description", encode(posting))
            continue
        content = encode(normal_form(posting, address))
        terms = source.terms or f"job pages of {urlsplit(source.url).hostname}: their terms are on the site"
        document = RawDocument(source.name, page.url, key, MEDIA_TYPE, KINDS[source.kind], content, fetched_at, terms)
        yield Found(key, known_as, valid_until(posting), document)
    if not page.postings:
        for broken in page.broken:
            yield _rejected(source, page.url, address, broken.why, broken.markup.encode("utf-8", "replace"))


def _rejected(source: SiteSource, url: str, key: str, why: str, markup: bytes) -> RejectedDocument:
    """The payload is put in by the caller, who has the page; the hash is that of the markup, since pages change all the time."""
    detail = f"{url} announces a job posting that cannot be used: {why}. Tell the site, or replay it when it can be read"
    return RejectedDocument(source.name, url, key, UnexpectedAnswer.code, detail, b"", content_hash(markup))


def is_over(offer: Found, now: datetime) -> bool:
    return offer.valid_until is not None and offer.valid_until <= now.astimezone(UTC)
