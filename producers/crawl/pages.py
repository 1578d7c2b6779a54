"""A page as the crawl sees it: its links, its canonical address, the job postings on it. Nothing here touches the network."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import lxml.etree as etree
from selectolax.lexbor import LexborHTMLParser

from producers.charsets import decode
from producers.crawl.postings import Broken, postings_of
from producers.crawl.urls import JOB_RANK, is_next_page, normalised, rank, resolved

_GZIP = b"\x1f\x8b"
_UNPACKED_BYTES = 64 * 2**20
_MOST_ENTRIES = 100_000
_HEAD_BYTES = 2048
SITEMAP_RANK = 0
_MENTION = b"JobPosting"


class Link(NamedTuple):
    """A link: `rank` orders the queue, `is_listing` is true of another page of the same listing and of sitemaps."""

    url: str
    rank: int
    is_listing: bool = False


@dataclass(frozen=True)
class Page:
    """What a page says.

    Attributes:
        canonical: the address that it names as its own; None when it names none.
        links: where it leads to, each once.
        postings: the JobPosting objects on it, as they stand there.
        broken: markup that announces a JobPosting and cannot be read.
    """

    url: str
    canonical: str | None = None
    links: list[Link] = field(default_factory=list)
    postings: list[dict[str, Any]] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)


def read_page(url: str, content: bytes, content_type: str | None = None) -> Page:
    """Read a page or a sitemap, whatever its bytes are; what is neither has no links and no postings."""
    if content.startswith(_GZIP):
        content = unpacked(content)
    head = content[:_HEAD_BYTES].lstrip().lower()
    if b"<urlset" in head or b"<sitemapindex" in head:
        return Page(url, links=list(_sitemap_links(content)))
    if content_type and content_type.lower().startswith("text/plain") and head.startswith((b"http://", b"https://")):
        return Page(
            url, links=[Link(u, rank(u)) for line in content.decode("utf-8", "replace").splitlines() if (u := normalised(line))]
        )
    text, _ = decode(content, content_type)
    return _html(url, text, mentions=_MENTION in content or "JobPosting" in text)


def unpacked(content: bytes) -> bytes:
    """What a gzip holds, up to a limit, and of a damaged one what comes before the damage."""
    engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        return engine.decompress(content, _UNPACKED_BYTES)
    except zlib.error:
        return b""


def _sitemap_links(content: bytes) -> Iterator[Link]:
    """The pages and sitemaps that a sitemap names (https://www.sitemaps.org/protocol.html)."""
    found = 0
    try:
        for _, element in etree.iterparse(
            io.BytesIO(content), tag="{*}loc", recover=True, resolve_entities=False, no_network=True, remove_comments=True
        ):
            parent = element.getparent()
            kind = etree.QName(parent).localname if parent is not None else ""
            url = normalised(element.text or "")
            if url and kind in ("url", "sitemap"):
                found += 1
                yield Link(url, SITEMAP_RANK, True) if kind == "sitemap" else Link(url, rank(url))
            if parent is not None:
                _forget(parent)
            if found >= _MOST_ENTRIES:
                return
    except etree.XMLSyntaxError:  # what came before it counts
        return


def _forget(entry: etree._Element) -> None:  # pyright: ignore[reportPrivateUsage]
    """Free what was read before this entry: a sitemap may have 50,000."""
    above = entry.getparent()
    while above is not None and (before := entry.getprevious()) is not None:
        above.remove(before)


def _html(url: str, text: str, *, mentions: bool) -> Page:
    tree = LexborHTMLParser(text)
    base = url
    if (node := tree.css_first("base[href]")) is not None:
        base = resolved(url, node.attributes.get("href") or "") or url
    canonical, hrefs, further = None, {}, set[str]()
    for node in tree.css("a[href], area[href], link[rel][href]"):
        attributes = node.attributes
        rel = (attributes.get("rel") or "").casefold().split()
        if node.tag == "link":
            if "canonical" in rel and canonical is None:
                canonical = resolved(base, attributes.get("href") or "")
            if "next" not in rel:
                continue
        href = attributes.get("href") or ""
        hrefs[href] = None
        if "next" in rel:
            further.add(href)
    for node in tree.css("meta[http-equiv][content]"):
        attributes = node.attributes
        if (attributes.get("http-equiv") or "").casefold() == "refresh":
            hrefs[(attributes.get("content") or "").partition("=")[2].strip("'\" ")] = None
    links = _links(url, base, hrefs, further)
    postings, broken = postings_of(tree, text, base) if mentions else ([], [])
    return Page(url, canonical, links, postings, broken)


def _links(url: str, base: str, hrefs: Iterable[str], further: set[str]) -> list[Link]:
    found: dict[str, Link] = {}
    for href in hrefs:
        target = resolved(base, href)
        if target is None or target == url or target in found:
            continue
        jobs = rank(target)
        # a calendar has a next month for ever: only where jobs are does "next" alone make a listing
        found[target] = Link(target, jobs, is_next_page(target, url) or (href in further and jobs == JOB_RANK))
    return list(found.values())
