"""How Scrapy asks: what robots.txt forbids is left alone, a server that asks for time gets it, retries do not hurry."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

OBEY = "TALENTFLOW_ROBOTS_OBEY"
"""Scrapy setting: whether what robots.txt forbids is left alone. It is read in any case, for sitemaps and the delay."""
LONGEST_WAIT = "TALENTFLOW_LONGEST_WAIT"
"""Scrapy setting: the longest Retry-After, in seconds, that is waited for."""
_LATER = (429, 503)


class Forbidden(IgnoreRequest):
    """robots.txt forbids this page."""


class RobotsUnreachable(IgnoreRequest):
    """robots.txt could not be read: as long as that is so, nothing may be (RFC 9309)."""


class ComeBackLater(IgnoreRequest):
    """The server asks for a longer pause than is waited for."""


class Robots(RobotsTxtMiddleware):
    """Scrapy's, with the rule of RFC 9309 for a robots.txt that cannot be read: 4xx allows all, no answer and 5xx nothing."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._obey = crawler.settings.getbool(OBEY)
        self._unreachable: dict[str, str] = {}
        crawler.signals.connect(self._slow_down, signal=signals.robots_parsed)

    def _slow_down(self, robotparser: RobotParser, request: Request) -> None:
        """Keep the Crawl-delay that robots.txt asks for: one request at a time, so far apart."""
        asked = robotparser.crawl_delay(self._robotstxt_useragent or self._default_useragent)
        if not asked or not self._obey:
            return
        downloader = self.crawler.engine.downloader  # pyright: ignore[reportOptionalMemberAccess]
        delay = max(asked, self.crawler.settings.getfloat("DOWNLOAD_DELAY"))
        key = _slot_of(request.url)
        downloader.per_slot_settings[key] = {"delay": delay, "concurrency": 1, "jitter": 0}
        if slot := downloader.slots.get(key):
            slot.delay, slot.concurrency = max(delay, slot.delay), 1

    async def process_request(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: Request
    ) -> None:
        if request.meta.get("dont_obey_robotstxt"):
            return
        parser = await self.robot_parser(request)
        if not self._obey:
            return
        if why := self._unreachable.get(_netloc(request.url)):
            raise RobotsUnreachable(why)
        if parser is not None and not parser.allowed(request.url, self._robotstxt_useragent or self._default_useragent):
            raise Forbidden("robots.txt forbids it")

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status == 429 or response.status >= 500:
            raise OSError(f"it answered {response.status}")
        await super()._parse_robots(response if response.status < 400 else response.replace(body=b""), netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._unreachable[netloc] = str(exc) or type(exc).__name__
        super()._robots_error(exc, netloc)


class Throttle(AutoThrottle):
    """Scrapy's, never below the Crawl-delay of a host's robots.txt."""

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        asked = self.crawler.engine.downloader.per_slot_settings.get(_slot_of(response.url), {})  # pyright: ignore[reportOptionalMemberAccess]
        slot.delay = max(slot.delay, asked.get("delay", 0.0))


class Retry(RetryMiddleware):
    """Scrapy's, after a pause: as long as Retry-After says, for every request to that host, else longer each time."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self._longest = settings.getfloat(LONGEST_WAIT)
        self._pause = settings.getfloat("DOWNLOAD_DELAY")
        self._not_before: dict[str, float] = {}

    async def process_request(self, request: Request) -> None:
        while (wait := self._not_before.get(_netloc(request.url), 0.0) - time.monotonic()) > 0:
            await asyncio.sleep(wait)

    async def process_response(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: Request, response: Response
    ) -> Request | Response:
        said = response.headers.get(b"Retry-After") if response.status in _LATER else None
        if (asked := retry_after(said, time.time())) is None:
            answer = super().process_response(request, response)
            if answer is not response:
                await asyncio.sleep(self._pause * 2 ** request.meta.get("retry_times", 0))
            return answer
        if asked > self._longest:
            raise ComeBackLater(f"it answered {response.status} and asks to come back in {asked:.0f} s")
        self._not_before[_netloc(request.url)] = time.monotonic() + asked
        return super().process_response(request, response)

    async def process_exception(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: Request, exception: Exception
    ) -> Request | Response | None:
        again = super().process_exception(request, exception)
        if again is not None:
            await asyncio.sleep(self._pause * 2 ** request.meta.get("retry_times", 0))
        return again


def retry_after(said: bytes | None, now: float) -> float | None:
    """Seconds to wait, from a Retry-After in seconds or as a date; None for none, or one that says nothing."""
    value = (said or b"").decode("latin-1").strip()
    if value.isdecimal():
        return float(value[:9])
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.fromtimestamp(now, UTC)).total_seconds())


def _slot_of(url: str) -> str:
    """Scrapy's name for what it keeps of a host."""
    return urlsplit(url).hostname or ""


def _netloc(url: str) -> str:
    return url.split("/", 3)[2]
