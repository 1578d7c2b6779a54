"""Connections for httpx: to checked addresses only, and never for longer than a deadline.

Proxies of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) are used only when private hosts are allowed:
a proxy resolves names itself, so that no check of ours would hold behind one.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx
import structlog

from producers.addresses import checked

_log = structlog.get_logger(__name__)

BROKEN = (httpx.TransportError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError)
"""What a connection that fails raises."""

_deadline: ContextVar[float] = ContextVar("deadline")


class DeadlinePassed(httpcore.TimeoutException):
    """An exchange as a whole took too long, however busy the line was."""


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Everything read and written inside ends after `seconds` with DeadlinePassed."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _left(timeout: float | None) -> tuple[float | None, bool]:
    """The time-out for one operation, and whether it is the deadline's."""
    until = _deadline.get(None)
    if until is None:
        return timeout, False
    left = until - time.monotonic()
    if left <= 0:
        raise DeadlinePassed
    return (left, True) if timeout is None or left < timeout else (timeout, False)


@contextmanager
def _within(timeout: float | None) -> Generator[float | None]:
    seconds, is_last = _left(timeout)
    try:
        yield seconds
    except httpcore.TimeoutException as error:
        if is_last:
            raise DeadlinePassed from error
        raise


class _Stream(httpcore.NetworkStream):
    """A stream whose single operations cannot add up beyond the deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _within(timeout) as seconds:
            return self._stream.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _within(timeout) as seconds:
            self._stream.write(buffer, seconds)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        with _within(timeout) as seconds:
            return _Stream(self._stream.start_tls(ssl_context, server_hostname, seconds))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Resolves a name once, checks what it resolves to, and connects to that: no second lookup can differ."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises AddressRefused beside httpcore's own errors."""
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in checked(host, _resolved(host, port), allow_private=self._allow_private):
            try:
                with _within(timeout) as seconds:
                    stream = self._backend.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Stream(stream)
        raise failed


def _resolved(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"its name cannot be resolved ({error})") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Transport(httpx.BaseTransport):
    """HTTP/1.1 by httpcore, through the guard. Raises `BROKEN` and AddressRefused."""

    def __init__(self, *, allow_private: bool) -> None:
        self._backend = _Backend(allow_private=allow_private)
        self._ssl = httpx.create_ssl_context()
        self._pools: dict[str | None, httpcore.ConnectionPool] = {}
        self._proxies = getproxies()
        if not allow_private and self._proxies.keys() & {"http", "https", "all"}:
            _log.warning(
                "the proxy of the environment is not used: it resolves names itself, so that private hosts could not be refused."
                " Use it with --allow-private-hosts or TALENTFLOW_ALLOW_PRIVATE_HOSTS=true"
            )
            self._proxies = {}
        self._proxies.pop("no", None)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        answer = self._pool(request.url).handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    def _pool(self, url: httpx.URL) -> httpcore.ConnectionPool:
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        if proxy and proxy_bypass(url.host):
            proxy = None
        if proxy not in self._pools:
            self._pools[proxy] = httpcore.ConnectionPool(
                ssl_context=self._ssl, proxy=httpcore.Proxy(proxy) if proxy else None, network_backend=self._backend
            )
        return self._pools[proxy]


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
