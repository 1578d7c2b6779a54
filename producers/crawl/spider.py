"""The process that downloads: a Scrapy spider that takes addresses from its standard input and gives pages back.

    python -m producers.crawl.spider '{"delay": 1.0, …}'

One JSON object a line comes in: `url`, and `etag` and `modified` to ask for changes only. What goes out are frames:
two lengths (big-endian, 4 bytes each), a JSON header, and the page's bytes. The process ends with its input, so that
none is left behind when the one who started it dies, however.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
from collections.abc import AsyncIterator
from typing import Any

import scrapy
from scrapy import Request, signals
from scrapy.crawler import CrawlerProcess
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, StopDownload
from scrapy.http import Headers, Response
from twisted.python.failure import Failure

from producers.crawl import guard
from producers.crawl.asking import Asking
from producers.crawl.politeness import LONGEST_WAIT, OBEY, ComeBackLater, Forbidden, RobotsUnreachable

LENGTHS = struct.Struct(">II")
_READABLE = (b"html", b"xml", b"text/plain", b"gzip", b"octet-stream")
"""Of a Content-Type: what may be a page or a sitemap. A sitemap in gzip is often sent as one of the last two."""
_HEADERS = {b"Content-Type": "type", b"ETag": "etag", b"Last-Modified": "modified", b"Location": "location"}
_PARENT_SECONDS = 2.0
_BUFFER_BYTES = 2**20


def scrapy_settings(asking: Asking) -> dict[str, Any]:
    """Scrapy's settings for it."""
    name = "producers.crawl"
    return {
        "USER_AGENT": asking.user_agent,
        "ROBOTSTXT_OBEY": True,
        OBEY: asking.respect_robots,
        LONGEST_WAIT: asking.longest_wait,
        guard.ALLOW_PRIVATE: asking.allow_private,
        "TWISTED_DNS_RESOLVER": f"{name}.guard.GuardedResolver",
        "CONCURRENT_ITEMS": 1,  # Scrapy starts so many tasks for each page, to handle items that there are none of
        "CONCURRENT_REQUESTS": asking.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": asking.concurrency,
        "DOWNLOAD_DELAY": asking.delay,
        "DOWNLOAD_DELAY_JITTER": 0,
        "AUTOTHROTTLE_START_DELAY": asking.delay,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": asking.concurrency,
        "DOWNLOAD_TIMEOUT": asking.timeout,
        "DOWNLOAD_MAXSIZE": asking.page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "RETRY_TIMES": asking.retries,
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
        "REDIRECT_MAX_TIMES": 5,
        "HTTPERROR_ALLOW_ALL": True,
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            f"{name}.politeness.Robots": 100,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            f"{name}.politeness.Retry": 550,
        },
        "EXTENSIONS": {"scrapy.extensions.throttle.AutoThrottle": None}
        | ({f"{name}.politeness.Throttle": 0} if asking.delay else {}),
        "AUTOTHROTTLE_ENABLED": asking.delay > 0,
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": asking.allow_private,  # a proxy resolves names itself: no check of ours would hold behind one
        "METAREFRESH_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "LOGSTATS_INTERVAL": 0,
        "STATS_DUMP": False,
        "LOG_LEVEL": "ERROR",
    }


class JobPages(scrapy.Spider):
    """Downloads what it is told to; what comes back is read by the process that started it."""

    name = "job_pages"

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> JobPages:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.robots_parsed, signal=signals.robots_parsed)
        crawler.signals.connect(spider.headers_received, signal=signals.headers_received)
        return spider

    def __init__(self, *, output: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._output = output
        self._writer: asyncio.StreamWriter

    async def start(self) -> AsyncIterator[Any]:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_BUFFER_BYTES)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(self._output, "wb", buffering=0)
        )
        transport.set_write_buffer_limits(_BUFFER_BYTES)
        self._writer = asyncio.StreamWriter(transport, protocol, None, loop)
        _end_with_parent(loop, os.getppid())
        while line := await reader.readline():
            yield self._request(json.loads(line))
        os._exit(0)

    def _request(self, asked: dict[str, Any]) -> Request:
        headers = {b"If-None-Match": asked.get("etag"), b"If-Modified-Since": asked.get("modified")}
        meta = {"dont_redirect": True, "asked": asked["url"]}
        sent = {name: value for name, value in headers.items() if value}
        return Request(asked["url"], headers=sent, meta=meta, dont_filter=True, callback=self.parse, errback=self.failed)

    async def parse(self, response: Response) -> None:
        await self._answered(response.meta["asked"], response)

    async def failed(self, failure: Failure) -> None:
        error = failure.value
        request: Request = failure.request  # pyright: ignore[reportAttributeAccessIssue]
        asked: str = request.meta["asked"]
        if isinstance(error, StopDownload) and error.response is not None and error.response.status != 200:
            await self._answered(asked, error.response)  # a page that is gone may say so in any format
        else:
            await self._send({"url": asked, **_explained(error, request.url)})

    async def _answered(self, asked: str, response: Response) -> None:
        said: dict[str, Any] = {"url": asked, "status": response.status}
        for name, key in _HEADERS.items():
            if value := response.headers.get(name):
                said[key] = value.decode("utf-8" if name == b"Location" else "latin-1", "replace")
        await self._send(said, response.body if response.status == 200 else b"")

    def headers_received(self, headers: Headers, request: Request) -> None:
        """Leaves pictures and archives where they are: only their headers are read."""
        kind = (headers.get(b"Content-Type") or b"").lower()
        if kind and "asked" in request.meta and not any(k in kind for k in _READABLE):
            raise StopDownload(fail=True)

    async def robots_parsed(self, robotparser: Any, request: Request) -> None:
        await self._send({"robots_of": request.url, "sitemaps": list(robotparser.rp.sitemaps)[:1000]})

    async def _send(self, header: dict[str, Any], body: bytes = b"") -> None:
        head = json.dumps(header).encode()
        self._writer.writelines((LENGTHS.pack(len(head), len(body)), head, body))
        await self._writer.drain()


_FAILURES: dict[type[BaseException], str] = {
    Forbidden: "forbidden",
    RobotsUnreachable: "robots_unreachable",
    ComeBackLater: "later",
    StopDownload: "other_file",
    DownloadCancelledError: "too_large",
    IgnoreRequest: "too_large",  # what is left of these: the answer unpacks to more than the limit
}


def _explained(error: BaseException | None, url: str) -> dict[str, str]:
    host = url.split("/", 3)[2].rpartition("@")[2]
    for name in (host, host.rpartition(":")[0], host.rpartition(":")[0].strip("[]")):
        if name in guard.refused:
            return {"failed": "address", "why": guard.refused[name]}
    kind = next((k for t, k in _FAILURES.items() if isinstance(error, t)), "unreachable")
    return {"failed": kind, "why": str(error) or type(error).__name__}


def _end_with_parent(loop: asyncio.AbstractEventLoop, parent: int) -> None:
    """The input may stay open after the parent's death, in a process that it forked."""
    if os.getppid() != parent:
        os._exit(1)
    loop.call_later(_PARENT_SECONDS, _end_with_parent, loop, parent)


def main(arguments: list[str]) -> None:
    # what a library prints must not end up among the frames
    output = os.dup(1)
    os.dup2(2, 1)
    process = CrawlerProcess(scrapy_settings(Asking.from_argument(arguments[0])))
    process.crawl(JobPages, output=output)
    process.start(install_signal_handlers=False)


if __name__ == "__main__":
    main(sys.argv[1:])
