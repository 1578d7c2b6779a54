"""For tests that fetch: an Http on a state of its own, a server for faults that need raw sockets, a name service."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from producers.http import Http, Limits
from producers.reading import Counts
from producers.state import State

PUBLIC = "93.184.216.34"
OTHER_PUBLIC = "93.184.216.35"


@dataclass
class Fetcher:
    """Makes Https and keeps what they counted and how long they would have slept."""

    state: State
    counts: Counts = field(default_factory=Counts)
    slept: list[float] = field(default_factory=list)

    def http(self, *, allow_private_hosts: bool = True, **limits: float) -> Http:
        bounds = Limits(**{"delay": 0, **limits})  # type: ignore[arg-type]
        return Http(
            state=self.state,
            counts=self.counts,
            allow_private_hosts=allow_private_hosts,
            limits=bounds,
            sleep=self.slept.append,
        )


@contextlib.contextmanager
def fetcher_in(folder: Path) -> Iterator[Fetcher]:
    with State(folder / "source.sqlite") as state:
        yield Fetcher(state)


@contextlib.contextmanager
def raw_server(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A server on loopback that hands each connection, its request read, to `talk`; the event ends with the test."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                talk(connection, over)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


class Names:
    """A name service for tests. Connections to public addresses are recorded and end at loopback."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.connected: list[str] = []
        self._resolve, self._connect = socket.getaddrinfo, socket.create_connection
        monkeypatch.setattr(socket, "getaddrinfo", self._getaddrinfo)
        monkeypatch.setattr(socket, "create_connection", self._create_connection)

    def set(self, host: str, *answers: list[str]) -> None:
        """What each look-up of `host` answers, in turn; the last one again and again."""
        self.answers[host] = list(answers)

    def _getaddrinfo(self, host, port, *arguments, **named):
        if host not in self.answers:
            return self._resolve(host, port, *arguments, **named)
        answers = self.answers[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in a], socket.SOCK_STREAM, 6, "", (a, port)) for a in found]

    def _create_connection(self, address, *arguments, **named):
        host, port = address[:2]
        self.connected.append(host)
        target = "127.0.0.1" if host in (PUBLIC, OTHER_PUBLIC) else host
        return self._connect((target, port), *arguments, **named)
