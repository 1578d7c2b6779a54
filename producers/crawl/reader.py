"""Read the job pages of a site: a round over its pages, as far as the budget goes, answer by answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

import structlog

from producers.addresses import checked_url, shown
from producers.crawl.asking import Asking
from producers.crawl.downloads import Download, Downloads, RobotsFile
from producers.crawl.frontier import Frontier, Offer, Task, Visit, seen
from producers.crawl.offers import found_on, is_over, linked_postings, own_address
from producers.crawl.pages import SITEMAP_RANK, Link, Page, read_page
from producers.crawl.urls import JOB_RANK, Site, is_same_page, normalised, pattern, resolved, site_of
from producers.http import USER_AGENT
from producers.reading import Answer, Reading
from producers.sources import SiteSource
from producers.state import Validators
from talentflow.errors import AddressRefused, BadInput, NotFound, ServiceUnavailable, TalentflowError, UnexpectedAnswer
from talentflow.eventlog import messages
from talentflow.eventlog.messages import ClosedDocument, RejectedDocument

_log = structlog.get_logger(__name__)

_SITES_MARK = "crawl_sites"
"""The start page and the sites that it led to: where it moved, the crawl goes along."""
_REDIRECTS = (301, 302, 303, 307, 308)
_GONE = (404, 410)
_LATER = (408, 425, 429)
_OUTAGE_FAILURES = 10
"""Pages in a row without an answer: then the start page is asked whether the site is there at all."""
_MOST_BYTES = 8 * 2**30
_FAST_WINDOW = 128
_SURE_CLOSURES = 3
"""So many offers may be gone at once without a doubt; see `Crawl.closures`."""


def read_site(source: SiteSource, reading: Reading) -> Iterator[Answer]:
    """Read a site's job pages, from its start page, search page or sitemap.

    A round visits every page once; what the budget leaves waits for the next ingest, and after the last page the next
    ingest begins a round that asks only for what has changed. An offer closes when its validThrough has passed or its page
    is gone or has no posting any more.

    Raises (after all answers): ServiceUnavailable, NotFound, AddressRefused, UnexpectedAnswer, BadInput when the start
        page could not be read, ServiceUnavailable when the site stopped answering.
    """
    start = normalised(str(checked_url(source.url)))
    if start is None:
        raise AddressRefused(f"{shown(source.url)} is not a web address: correct it")
    crawl = Crawl(source, reading, start)
    crawl.frontier.begin(start)
    crawl.start_answered = not crawl.frontier.waits(start)
    asking = Asking(USER_AGENT, source.delay, source.concurrency, source.respect_robots, reading.allow_private_hosts)
    with Downloads(asking, source.name) as downloads:
        yield from crawl.answers(downloads)
    if crawl.problem:
        raise crawl.problem


def reread_site(source: SiteSource, url: str, payload: bytes) -> Iterator[messages.Found]:
    """Read a page again that was kept because it could not be read: documents, and rejections for what still cannot."""
    page = read_page(url, payload)
    site = Site(normalised(source.url) or url, source.include, source.exclude)
    now = datetime.now(UTC)
    for found in found_on(page, source, site, fetched_at=None, taken=lambda _key, _identity: False):
        if isinstance(found, RejectedDocument):
            yield replace(found, payload=payload)
        else:
            yield (
                _expired(source, found.document.source_uri, found.source_key, found.valid_until)
                if is_over(found, now)
                else found.document
            )


@dataclass
class Crawl:
    """One ingest of a site.

    Attributes:
        problem: why the site could not be read, or not to the end.
        start_answered: the start page was read in this round: the site is there.
    """

    source: SiteSource
    reading: Reading
    start: str
    problem: TalentflowError | None = None
    start_answered: bool = False
    frontier: Frontier = field(init=False)
    site: Site = field(init=False)
    _asked: dict[str, Task] = field(default_factory=dict)
    _failed: list[Task] = field(default_factory=list)
    _left: list[Visit] = field(default_factory=list)
    _starts: set[str] = field(default_factory=set)
    _alive: int = 0
    _budget: int = 0
    _bytes: int = 0
    _probing: bool = False

    def __post_init__(self) -> None:
        self.frontier = Frontier(self.reading.state.connection)
        self.site = Site(self.start, self.source.include, self.source.exclude)
        start, *sites = (self.reading.state.mark(_SITES_MARK) or self.start).split()
        self.site.sites.update(sites if start == self.start else ())
        self._starts = {self.start}
        self._budget = self.source.pages

    def answers(self, downloads: Downloads) -> Iterator[Answer]:
        """The round, page by page; then what has closed."""
        deadline = time.monotonic() + self.source.seconds
        window = 2 * self.source.concurrency if self.source.delay else max(_FAST_WINDOW, 2 * self.source.concurrency)
        while True:
            self._ask(downloads, window)
            if not self._asked and not self._probing:
                break
            arrived = downloads.take(deadline)
            if not arrived:
                break
            documents: list[messages.Found] = []
            visits: list[Visit] = []
            for item in arrived:
                self._arrived(item, documents, visits)
            if visits or documents:
                yield Answer(documents, partial(self._commit, visits))
        if self.problem is None:
            self._left += [Visit(task.url) for task in self._failed]
        if self._left:
            yield Answer([], partial(self._commit, self._left))
        yield from self.closures()

    def _ask(self, downloads: Downloads, window: int) -> None:
        if len(self._failed) >= _OUTAGE_FAILURES and not self._probing and self.problem is None:
            self._probing = True
            downloads.ask(self.start, Validators())
        while not self._probing and self.problem is None and len(self._asked) < window and self._budget > 0:
            task = self.frontier.next()
            if task is None:
                return
            if task.rank != SITEMAP_RANK and not self.site.holds(task.url):
                self._left.append(Visit(task.url))  # of a site that this source named before
                continue
            self._budget -= 1
            self._asked[task.url] = task
            downloads.ask(task.url, self.frontier.validators(task.url))

    def _arrived(self, item: Download | RobotsFile, documents: list[messages.Found], visits: list[Visit]) -> None:
        if isinstance(item, RobotsFile):
            if self.site.holds(item.url):
                links = [Link(url, SITEMAP_RANK, True) for said in item.sitemaps if (url := resolved(item.url, said))]
                visits.append(Visit("", tasks=self.frontier.discover(links, depth=0)))
            return
        task = self._asked.pop(item.url, None)
        if task is None:
            self._probed(item, visits)
            return
        if item.failed in ("unreachable", "robots_unreachable") or item.status >= 500 or item.status in _LATER:
            self._failed.append(task)
            if task.url in self._starts:
                self.problem = ServiceUnavailable(f"{shown(task.url)} {_said(item)}: try again later")
            _log.info("page not read", source=self.source.name, url=task.url, why=_said(item))
            return
        if item.failed == "later":
            self.problem = ServiceUnavailable(f"{shown(task.url)}: {item.why}: ingest it again then, it goes on where it stopped")
            return
        visits += [Visit(failed.url) for failed in self._failed if not self._probing]
        self._failed = self._failed if self._probing else []
        visits.append(self._visit(task, item, documents))

    def _probed(self, item: Download, visits: list[Visit]) -> None:
        """The start page's answer to whether the site is there: the failed pages alone are broken, or all waits."""
        self._probing = False
        if item.failed or item.status >= 500 or item.status in _LATER:
            self.problem = ServiceUnavailable(
                f"{shown(self.start)} stopped answering ({_said(item)}): ingest it again later, it goes on where it stopped"
            )
            return
        visits += [Visit(task.url) for task in self._failed]
        self._failed = []

    def _visit(self, task: Task, item: Download, documents: list[messages.Found]) -> Visit:
        visit = Visit(task.url)
        if item.status == 200 and not item.failed:
            self._read(task, item, documents, visit)
        elif item.status == 304:
            self._not_modified(task, documents, visit)
        elif item.status in _REDIRECTS:
            self._redirected(task, item, visit)
        elif item.status in _GONE:
            if self.frontier.offers.get(task.url):
                self.start_answered |= task.url in self._starts
            visit.offers = self._without(task.url, {}, f"its page answers {item.status}")
        else:
            self.reading.counts.skipped += 1
            _log.info("page left out", source=self.source.name, url=task.url, why=_said(item))
        if task.url in self._starts:
            self._judge_start(task, item)
        if visit.offers is not None:
            self.frontier.put(task.url, visit.offers)
        return visit

    def _judge_start(self, task: Task, item: Download) -> None:
        answered = not item.failed and item.status in (200, 304, *_REDIRECTS)
        self.start_answered |= item.status in (200, 304)
        if not answered and not self.start_answered:
            self.problem = _problem(task.url, item)

    def _read(self, task: Task, item: Download, documents: list[messages.Found], visit: Visit) -> None:
        self.reading.counts.fetched += 1
        self._bytes += len(item.content)
        if self._bytes > _MOST_BYTES:
            self._budget = 0
        page = read_page(task.url, item.content, item.content_type)
        visit.validators = item.validators
        address = own_address(page, self.site)
        if address != task.url and is_same_page(task.url, address):
            visit.links = [Link(address, task.rank, True)]
        else:
            visit.links = self._followed(page, address)
        visit.tasks = self._discover(task, visit.links)
        visit.offers = self._offers(page, address, item, documents)
        fruitful = bool(page.postings) or any(pattern(t.url) != pattern(task.url) for t in visit.tasks)
        self.site.tell(task.url, fruitful=fruitful)

    def _followed(self, page: Page, address: str) -> list[Link]:
        named = {url: Link(url, JOB_RANK) for url in linked_postings(page, address, self.site)}
        for link in page.links:
            url = self.site.preferred(link.url)
            named.setdefault(url, Link(url, link.rank, link.is_listing))
        return [link for link in named.values() if self.site.holds(link.url) or _is_sitemap_beside(link, page.url)]

    def _discover(self, task: Task, links: list[Link]) -> list[Task]:
        found: list[Task] = []
        for link in links:
            depth = task.depth + (0 if link.is_listing else 1)
            if depth > self.source.depth or not (
                link.rank == SITEMAP_RANK or self.site.admits(link.url, is_listing=link.is_listing)
            ):
                continue
            if not self.site.is_trap(link.url, task.url):
                found += self.frontier.discover([link], depth=depth)
        return found

    def _offers(self, page: Page, address: str, item: Download, documents: list[messages.Found]) -> dict[str, Offer]:
        before = self.frontier.offers.get(page.url, {})
        here: dict[str, Offer] = {}
        unknown = False
        for found in found_on(page, self.source, self.site, fetched_at=datetime.now(UTC), taken=partial(self._taken, page.url)):
            if isinstance(found, RejectedDocument):
                documents.append(replace(found, payload=item.content))
                unknown = True
                continue
            is_open = not is_over(found, self.reading.now)
            until = found.valid_until.isoformat() if found.valid_until else None
            here[found.source_key] = Offer(found.source_key, found.identity, until, is_open)
            if is_open:
                if address == page.url or address not in self.frontier.holders(found.source_key):
                    documents.append(found.document)
            elif (known := before.get(found.source_key)) is None or known.is_open:
                documents.append(_expired(self.source, page.url, found.source_key, found.valid_until))
        self._alive += bool(here)
        if unknown:
            return {**before, **here}
        return self._without(page.url, here, "its page no longer has it")

    def _taken(self, page: str, key: str, identity: str) -> bool:
        return key != page and any(
            holder != page and offer.identity != identity for holder, offer in self.frontier.holders(key).items()
        )

    def _without(self, page: str, here: dict[str, Offer], why: str) -> dict[str, Offer]:
        """The offers of a page, with those marked that it no longer has."""
        before = self.frontier.offers.get(page, {})
        gone = {
            key: replace(o, missing_since=o.missing_since or self.frontier.round, missing_why=why)
            for key, o in before.items()
            if key not in here and o.is_open
        }
        return here | gone

    def _not_modified(self, task: Task, documents: list[messages.Found], visit: Visit) -> None:
        self.reading.counts.not_modified += 1
        links = self.frontier.links(task.url)
        visit.tasks = self._discover(task, links)
        before = self.frontier.offers.get(task.url, {})
        visit.offers = {}
        for key, offer in before.items():
            until = datetime.fromisoformat(offer.valid_until) if offer.valid_until else None
            over = until is not None and until <= self.reading.now
            if over and offer.is_open:
                documents.append(_expired(self.source, task.url, key, until))
            visit.offers[key] = replace(seen(offer), is_open=offer.is_open and not over)
        self._alive += bool(before)
        fruitful = bool(before) or any(pattern(t.url) != pattern(task.url) for t in visit.tasks)
        self.site.tell(task.url, fruitful=fruitful)

    def _redirected(self, task: Task, item: Download, visit: Visit) -> None:
        target = resolved(task.url, item.location or "")
        self.site.tell(task.url, fruitful=False)
        visit.offers = self._without(task.url, {}, "its page leads elsewhere")
        if target is None:
            return
        target = self.site.preferred(target)
        if task.url in self._starts:
            self.site.sites.add(site_of(target))
            self._starts.add(target)
        elif not self.site.admits(target, is_listing=task.is_listing) or self.site.is_trap(target, task.url):
            return
        visit.tasks = self.frontier.discover([Link(target, task.rank, task.is_listing)], depth=task.depth)

    def closures(self) -> Iterator[Answer]:
        """Offers whose pages are gone. A site that fails as a whole closes nothing: when its start page did not answer, or when
        more offers are missing than were found again, they must be missing in the next round too."""
        missing = self.frontier.missing()
        lost: dict[str, tuple[str, Offer]] = {}
        pairs: list[tuple[str, str]] = []
        for page, offer in missing:
            if any(o.is_open and not o.missing_since for o in self.frontier.holders(offer.source_key).values()):
                pairs.append((page, offer.source_key))
            else:
                lost[offer.source_key] = (page, offer)
        believed = self.start_answered and len(lost) <= max(_SURE_CLOSURES, self._alive)
        documents: list[messages.Found] = []
        for key, (page, offer) in lost.items():
            if believed or (self.start_answered and (offer.missing_since or 0) < self.frontier.round):
                documents.append(ClosedDocument(self.source.name, page, key, self.reading.now, offer.missing_why or ""))
                pairs += [(holder, key) for holder in self.frontier.holders(key)]
        if len(documents) < len(lost):
            _log.warning(
                "offers stay open: they are missing, and so is much of the site", source=self.source.name, offers=len(lost)
            )
        if pairs:
            yield Answer(documents, partial(self.frontier.commit_closed, pairs))

    def _commit(self, visits: list[Visit]) -> None:
        if (sites := " ".join([self.start, *sorted(self.site.sites)])) != self.reading.state.mark(_SITES_MARK):
            self.reading.state.set_mark(_SITES_MARK, sites)
        self.frontier.commit(visits)


def _is_sitemap_beside(link: Link, index: str) -> bool:
    """A robots.txt may name a sitemap on another host, and that one the others beside it."""
    return link.rank == SITEMAP_RANK and site_of(link.url) == site_of(index)


def _expired(source: SiteSource, page: str, key: str, until: datetime | None) -> ClosedDocument:
    assert until is not None
    return ClosedDocument(source.name, page, key, until, f"its validThrough ({until:%Y-%m-%d}) has passed")


def _said(item: Download) -> str:
    return item.why or item.failed if item.failed else f"answered {item.status}"


def _problem(url: str, item: Download) -> TalentflowError:
    """Why a site's start page could not be read."""
    if item.failed == "address":
        return AddressRefused(item.why)
    if item.failed == "forbidden":
        return BadInput(f"robots.txt forbids {shown(url)}: start from a page that it allows, or ask the site for its feed")
    if item.status in _GONE:
        return NotFound(f"{shown(url)} answered {item.status}: check the address")
    return UnexpectedAnswer(f"{shown(url)} {_said(item)}: check the address, or whether the site lets programs in")
