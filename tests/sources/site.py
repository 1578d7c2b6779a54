"""A web site of a test: pages by path, answered by a real server on the loopback, which counts what it is asked."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """What one request gets."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request: its path with the query, and its headers in lower case."""

    path: str
    headers: Mapping[str, str]


Page = Reply | Callable[[Asked], Reply]


class Site:
    """`pages` maps paths (with their query) to replies, and may be changed at any time; anything else answers 404."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.pages: dict[str, Page] = {}
        self.fallback: Page = Reply("nothing here", 404)
        self.asked: list[Asked] = []
        self.lock = threading.Lock()

    def html(self, path: str, *parts: str, **headers: str) -> None:
        self.pages[path] = Reply(page(*parts), headers={k.replace("_", "-"): v for k, v in headers.items()})

    def count(self) -> Counter[str]:
        """How often each path was asked for, robots.txt left out."""
        with self.lock:
            return Counter(a.path for a in self.asked if a.path != "/robots.txt")

    def forget(self) -> None:
        with self.lock:
            self.asked.clear()

    def reply(self, asked: Asked) -> Reply:
        with self.lock:
            self.asked.append(asked)
        found = self.pages.get(asked.path, self.fallback)
        return found(asked) if callable(found) else found


@contextmanager
def serving() -> Iterator[Site]:
    """A site on a port of its own, for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            reply = site.reply(Asked(self.path, {k.lower(): v for k, v in self.headers.items()}))
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))} | reply.headers
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.status != 304:
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: ARG002
            return

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, OSError):
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def page(*parts: str) -> str:
    return f"<!doctype html><html><head><title>Page</title></head><body>{''.join(parts)}</body></html>"


def link(path: str, **attributes: str) -> str:
    said = "".join(f' {k}="{v}"' for k, v in attributes.items())
    return f'<a href="{path}"{said}>{path}</a>'


def posting(title: str = "Nurse", **fields: Any) -> dict[str, Any]:
    return {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": title,
        "description": f"<p>{title} wanted for our ward in Lyon, day and night shifts.</p>",
        "hiringOrganization": {"@type": "Organization", "name": "Clinique du Parc"},
    } | fields


def json_ld(value: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def unless_known(reply: Reply, etag: str) -> Page:
    """304 for those who have it."""

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == etag:
            return Reply(status=304, headers={"ETag": etag})
        return Reply(reply.body, reply.status, reply.headers | {"ETag": etag})

    return answer
