"""Pages per second of the job page reader, end to end onto the event log, against a bare Scrapy spider.

    python -m benchmarks.crawl [--pages 3000] [--runs 5] [--concurrency 16] [--defaults]

A site on the loopback, in a process of its own, serves pages of 30 to 60 kB; half of them hold a job posting. The bare spider
is given all addresses and downloads them, nothing else: no link is followed, no page is looked at, nothing is kept. The
reader starts from the home page, finds its way by links, reads the postings, and appends them to a SQLite event log, with a
frontier that survives a kill. Both run in a process of their own, in turn, without any delay between requests, with the same
concurrency. What the reader turns off in Scrapy because it has no use for it is off on both sides; with `--defaults` the bare
spider keeps Scrapy's defaults. A rate counts from the first page that the site is asked for to the end of the work.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

_LISTED = 40
"""Offers on one listing page."""
_TEXT = """
team care patient customer project plan quality safety support training shift report budget network design build run test
deliver improve manage lead assist prepare review supply order store cook clean drive repair install measure calculate
"""
_WORDS = _TEXT.split()
_LEAN = {
    "CONCURRENT_ITEMS": 1,
    "COOKIES_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "MEMUSAGE_ENABLED": False,
    "LOGSTATS_INTERVAL": 0,
    "STATS_DUMP": False,
}
"""What the reader does without too."""


def site_pages(count: int) -> dict[str, bytes]:
    """Path → HTML: a home page, listings of offers and other pages, and as many of both."""
    chance = random.Random(7)
    listings = -(-count // (2 * _LISTED + 1))
    offers = (count - listings - 1) // 2
    others = count - offers - listings - 1
    menu = "".join(f'<li class="menu-item menu-{n}"><a class="menu-link" href="/info/{n}">About {n}</a></li>' for n in range(40))
    pages: dict[str, bytes] = {}

    def add(path: str, head: str, body: str) -> None:
        size = chance.randint(30_000, 60_000) - len(head) - len(body) - len(menu)
        filler = ""
        while len(filler) < size:
            filler += f'<div class="row" data-id="{chance.random()}"><p class="text">{_text(chance, 30)}</p></div>\n'
        head = f'<meta charset="utf-8"><title>{path}</title><link rel="canonical" href="{path}">{head}'
        body = f"<nav><ul>{menu}</ul></nav><main>{body}</main>{filler}"
        pages[path] = f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>'.encode()

    add("/", "", _anchors(["/jobs?page=1"]))
    for n in range(1, listings + 1):
        here = range((n - 1) * _LISTED, n * _LISTED)
        listed = [f"/jobs/{i}" for i in here if i < offers] + [f"/info/{i}" for i in here if i < others]
        add(f"/jobs?page={n}", "", _anchors([*listed, f"/jobs?page={n % listings + 1}"]))
    for n in range(offers):
        posting = json.dumps(_posting(chance, n))
        similar = [f"/jobs/{(n + i) % offers}" for i in range(1, 21)]
        add(f"/jobs/{n}", f'<script type="application/ld+json">{posting}</script>', _anchors(similar))
    for n in range(others):
        add(f"/info/{n}", "", _anchors(f"/info/{(n + i) % others}" for i in range(1, 21)))
    return pages


def _posting(chance: random.Random, number: int) -> dict[str, Any]:
    address = {"@type": "PostalAddress", "addressLocality": "Lyon", "addressCountry": "FR"}
    return {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": f"{chance.choice(_WORDS)} specialist {number}",
        "description": "".join(f"<p>{_text(chance, 60)}</p>" for _ in range(8)),
        "datePosted": "2026-11-02",
        "hiringOrganization": {"@type": "Organization", "name": f"Company {number % 97}"},
        "jobLocation": {"@type": "Place", "address": address},
        "identifier": {"@type": "PropertyValue", "name": "Company", "value": str(number)},
    }


def _anchors(paths: Any) -> str:
    return "".join(f'<div class="card"><a class="card-link" href="{p}"><span>{p}</span></a></div>' for p in paths)


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))


class _Server(asyncio.Protocol):
    """As little of HTTP/1.1 as both sides need, so that the server is not what is measured."""

    pages: dict[str, bytes]
    first: float | None = None
    served: int = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while b"\r\n\r\n" in self._rest:
            head, _, self._rest = self._rest.partition(b"\r\n\r\n")
            self._transport.write(self._answer(head.split(b" ", 2)[1].decode()))  # type: ignore[attr-defined]

    def _answer(self, path: str) -> bytes:
        kind = type(self)
        if path == "/-/first":
            said, kind.first, kind.served = json.dumps([kind.first, kind.served]).encode(), None, 0
            return _response("200 OK", said)
        if path == "/-/paths":
            return _response("200 OK", json.dumps(list(kind.pages)).encode())
        if path in kind.pages:
            kind.first = kind.first or time.time()
            kind.served += 1
            return _response("200 OK", kind.pages[path])
        return _response("404 Not Found", b"")


def _response(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def serve(count: int) -> None:
    _Server.pages = site_pages(count)
    server = await asyncio.get_running_loop().create_server(_Server, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until the one who measures is gone


def bare(url: str, concurrency: int, *, defaults: bool) -> None:
    """Download every page with Scrapy, and do nothing with it."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    class Bare(scrapy.Spider):
        name = "bare"
        start_urls = [url + path for path in json.loads(urlopen(f"{url}/-/paths").read())]  # noqa: RUF012

        def parse(self, response: Any) -> None:  # noqa: ARG002 - Scrapy calls it
            return

    settings: dict[str, Any] = {
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "LOG_LEVEL": "ERROR",
    }
    process = CrawlerProcess(settings | ({} if defaults else _LEAN))
    process.crawl(Bare)
    process.start()
    print(json.dumps({"end": time.time(), "cpu": _cpu(resource.RUSAGE_SELF)}))


def ours(url: str, count: int, concurrency: int, home: Path) -> None:
    """Crawl the site with the reader, onto an event log."""
    from producers.crawl import read_site
    from producers.reading import Reading
    from producers.sources import SiteSource
    from producers.state import State
    from talentflow.eventlog import DOCUMENTS_TOPIC
    from talentflow.eventlog.messages import to_message
    from talentflow.eventlog.sqlite import SqliteEventLog
    from talentflow.settings import Settings

    source = SiteSource(name="site", url=url, pages=10 * count, depth=1000, delay=0, concurrency=concurrency)
    log = SqliteEventLog(home / "eventlog.sqlite")
    documents = 0
    with State(home / "site.sqlite") as state:
        reading = Reading(Settings(home=home), state, datetime.now(UTC), allow_private_hosts=True)
        for answer in read_site(source, reading):
            documents += log.append(DOCUMENTS_TOPIC, [to_message(d, received_at=datetime.now(UTC)) for d in answer.documents])
            answer.commit()
    log.close()
    cpu = {"cpu": _cpu(resource.RUSAGE_SELF), "cpu_download": _cpu(resource.RUSAGE_CHILDREN)}
    print(json.dumps({"end": time.time(), "documents": documents} | cpu))


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def measured(side: str, url: str, options: argparse.Namespace) -> dict[str, Any]:
    """One run of one side in a process of its own: pages per second, and what it said."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "benchmarks.crawl", "--side", side, "--url", url, "--home", home]
        command += ["--pages", str(options.pages), "--concurrency", str(options.concurrency)]
        command += ["--defaults"] if options.defaults else []
        started = time.time()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        wall = time.time() - started
    said = json.loads(done.stdout)
    first, served = json.loads(urlopen(f"{url}/-/first").read())
    if served != options.pages:
        raise SystemExit(f"{side} was served {served} pages of {options.pages}")
    return said | {"rate": served / (said["end"] - first), "wall": wall}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--defaults", action="store_true")
    parser.add_argument("--side", choices=["serve", "bare", "ours"])
    parser.add_argument("--url", default="")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    if options.side == "serve":
        asyncio.run(serve(options.pages))
    elif options.side == "bare":
        bare(options.url, options.concurrency, defaults=options.defaults)
    elif options.side == "ours":
        ours(options.url, options.pages, options.concurrency, options.home)
    else:
        compare(options)


def compare(options: argparse.Namespace) -> None:
    """Both sides in turn; prints each pair, then the medians."""
    command = [sys.executable, "-m", "benchmarks.crawl", "--side", "serve", "--pages", str(options.pages)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        pairs: list[tuple[float, float]] = []
        for _ in range(options.runs):
            plain, own = measured("bare", url, options), measured("ours", url, options)
            pairs.append((plain["rate"], own["rate"]))
            print(
                f"bare {plain['rate']:.0f} pages/s, ours {own['rate']:.0f} pages/s, {own['documents']} documents; "
                f"whole process {plain['wall']:.1f} s and {own['wall']:.1f} s; CPU {plain['cpu']:.1f} s, and "
                f"{own['cpu_download']:.1f} s to download, {own['cpu']:.1f} s to read",
                flush=True,
            )
        server.terminate()
    ratio = statistics.median(o / b for b, o in pairs)
    print(
        f"median of {len(pairs)}: bare {statistics.median(b for b, _ in pairs):.0f} pages/s, "
        f"ours {statistics.median(o for _, o in pairs):.0f} pages/s, ratio {ratio:.2f}"
    )


if __name__ == "__main__":
    main()
