"""Fetch over HTTP: polite to servers, safe against what they send, clear about what went wrong.

An answer is bounded in bytes (as sent and as unpacked) and in time; redirects are followed one by one, each checked like
a first address; what time may mend is tried again as the server asks. `State` supplies the validators of conditional
requests; the caller remembers new ones when an answer's documents are safe: `Answer(documents, http.remembering(page))`.
"""

from __future__ import annotations

import json
import random
import re
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpcore
import httpx
import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from producers.addresses import checked_url, shown
from producers.bodies import unpacked_body
from producers.charsets import decode
from producers.connections import BROKEN, DeadlinePassed, Transport, deadline
from producers.state import State, Validators
from talentflow import __version__
from talentflow.errors import AddressRefused, NotFound, ServiceUnavailable, UnexpectedAnswer

if TYPE_CHECKING:
    from producers.reading import Counts

_log = structlog.get_logger(__name__)

USER_AGENT = f"Talentflow/{__version__} (reads job offers)"
_HEADERS = {
    "user-agent": USER_AGENT,
    "accept": "application/json, application/feed+json, application/rss+xml, application/atom+xml, application/xml;q=0.9, */*",
    "accept-encoding": "gzip, deflate",
}
_REDIRECTS = (301, 302, 303, 307, 308)
_GONE = (404, 410)
_LATER = (408, 425, 429)
_SECRETS = ("authorization", "cookie", "x-api-key")
_LONGEST_SAID = 366 * 24 * 3600
_SECONDS = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True)
class Limits:
    """Bounds on one request; times in seconds."""

    connect: float = 10
    read: float = 30
    total: float = 120
    """From the request to the last byte, with all redirects, whatever trickles in between."""
    sent_bytes: int = 32 * 2**20
    unpacked_bytes: int = 64 * 2**20
    redirects: int = 5
    attempts: int = 4
    longest_wait: float = 60
    """A server that asks for more patience is left to the next ingest."""
    delay: float = 0.5
    """Between two requests to one host."""


class Pace:
    """Keeps requests to one host apart; shared by those who ask the same hosts."""

    def __init__(self, delay: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._delay = delay
        self._sleep = sleep
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str) -> None:
        """Returns when `host` may be asked again."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next.get(host, now))
            self._next[host] = start + self._delay
        if start > now:
            self._sleep(start - now)


@dataclass(frozen=True)
class Page:
    """One answer. `url` is where it came from in the end, `requested` what was asked for."""

    url: str
    content: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fetched_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    validators: Validators = field(default_factory=Validators)
    requested: str = ""

    @property
    def media_type(self) -> str:
        """`text/html`, from the Content-Type; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().casefold()

    @cached_property
    def _decoded(self) -> tuple[str, str]:
        return decode(self.content, self.headers.get("content-type"))

    @property
    def charset(self) -> str:
        """The charset that `text` was read in, which need not be the one that the server named."""
        return self._decoded[1]

    @property
    def text(self) -> str:
        """The content as text; bytes that are none in its charset become U+FFFD."""
        return self._decoded[0]

    def json(self) -> Any:
        """The content as JSON. Raises UnexpectedAnswer."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError) as error:
            why = f"{error.msg} at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "it is nested too deep"
            found = "an HTML page" if self.text.lstrip()[:1] == "<" else "something else"
            raise UnexpectedAnswer(
                f"{shown(self.url)} should answer in JSON and sent {found} ({why}): check the address, or whether it changed"
            ) from error


@dataclass(frozen=True)
class _Request:
    method: str
    url: httpx.URL
    headers: httpx.Headers
    content: bytes | None = None


class _TryAgain(Exception):
    """What time may mend: why, and when the server wants to be asked again."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class Http:
    """Fetches for one source; not shared between threads. Close it, or open it with `with`.

    Raises, from `get` and `post`:
        ServiceUnavailable: no answer, 408, 425, 429 or 5xx after the retries, or a Retry-After beyond the longest wait.
        NotFound: 404 or 410.
        AddressRefused: the address, or one it redirects to, is private, not http(s), or leaves https.
        DocumentTooLarge: more bytes than the limits, as sent or as unpacked.
        UnexpectedAnswer: any other status, endless redirects, an encoding that cannot be unpacked.
    """

    def __init__(
        self,
        *,
        state: State,
        counts: Counts,
        allow_private_hosts: bool = False,
        limits: Limits | None = None,
        pace: Pace | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._state = state
        self._counts = counts
        self._limits = limits or Limits()
        self._pace = pace or Pace(self._limits.delay, sleep)
        self._sleep = sleep
        # a client would follow redirects and keep cookies in its own way
        self._transport = Transport(allow_private=allow_private_hosts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        conditional: bool = True,
    ) -> Page | None:
        """The page at `url`; None when it has not changed since its validators were remembered.

        Args:
            params: added to those in the URL.
            conditional: ask only for a page that has changed. Leave it out where every answer must be whole.
        """
        target = checked_url(url)
        if params:
            target = target.copy_merge_params(dict(params))
        sent = httpx.Headers(dict(headers or {}))
        known = self._state.validators(str(target)) if conditional else None
        for name, value in (("If-None-Match", known.etag), ("If-Modified-Since", known.last_modified)) if known else ():
            if value and value.isascii():  # what is not was no validator, and cannot be sent
                sent[name] = value
        return self._fetch(_Request("GET", target, sent))

    def post(self, url: str, *, json: Any, headers: Mapping[str, str] | None = None) -> Page:
        """The answer to a search that takes its terms as JSON. It is tried again like `get`: not for what has effects."""
        sent = httpx.Headers({**(headers or {}), "Content-Type": "application/json"})
        page = self._fetch(_Request("POST", checked_url(url), sent, _encoded(json)))
        if page is None:
            raise UnexpectedAnswer(f"{shown(url)} answered 304 to a search: check the address")
        return page

    def remembering(self, page: Page) -> Callable[[], None]:
        """What to call when the page's documents are safe, so that it is fetched again only after a change."""
        return lambda: self._state.remember(page.requested, page.validators)

    def _fetch(self, request: _Request) -> Page | None:
        retrying = Retrying(
            retry=retry_if_exception_type(_TryAgain),
            stop=stop_after_attempt(self._limits.attempts),
            wait=self._patience,
            sleep=self._sleep,
            before_sleep=_tell,
            reraise=True,
        )
        try:
            page = retrying(self._attempt, request)
        except _TryAgain as error:
            raise ServiceUnavailable(f"{error}, {self._limits.attempts} times: try again later") from error
        if page is None:
            self._counts.not_modified += 1
        else:
            self._counts.fetched += 1
        return page

    def _patience(self, retry: RetryCallState) -> float:
        """As long as the server asks, else 1, 2, 4 … seconds, spread so that many do not come back at once."""
        error = retry.outcome.exception() if retry.outcome else None
        asked = error.after if isinstance(error, _TryAgain) else None
        backoff = min(2.0 ** (retry.attempt_number - 1), self._limits.longest_wait) * random.uniform(0.75, 1.25)
        return backoff if asked is None else max(asked, 0.0)

    def _attempt(self, request: _Request) -> Page | None:
        with deadline(self._limits.total):
            return self._follow(request)

    def _follow(self, request: _Request) -> Page | None:
        """The answer at the end of the redirects."""
        current = request
        seen = {(request.method, str(request.url))}
        for _ in range(self._limits.redirects + 1):
            answer = self._exchange(current, request.url)
            if not isinstance(answer, _Request):
                return answer
            current = answer
            step = (current.method, str(current.url))
            if step in seen:
                raise UnexpectedAnswer(
                    f"{shown(str(request.url))} redirects in a circle (by {shown(str(current.url))}): check the address"
                )
            seen.add(step)
        raise UnexpectedAnswer(
            f"{shown(str(request.url))} redirects more than {self._limits.redirects} times: give the address it ends at"
        )

    def _exchange(self, request: _Request, requested: httpx.URL) -> Page | _Request | None:
        """One request: a page, None for 304, or the request that it redirects to."""
        self._pace.wait(request.url.host)
        url = shown(str(request.url))
        try:
            with closing(self._transport.handle_request(self._sent(request))) as response:
                if response.status_code in _REDIRECTS:
                    return _location(response, request)
                if response.status_code == 304 and _is_conditional(request):
                    return None
                self._judge(response, url)
                content = unpacked_body(
                    response, url, sent_bytes=self._limits.sent_bytes, unpacked_bytes=self._limits.unpacked_bytes
                )
        except DeadlinePassed as error:
            raise ServiceUnavailable(
                f"{url} did not finish its answer in {self._limits.total:g} seconds: try again later, or ask its owner"
            ) from error
        except BROKEN as error:
            raise _broken(error, url) from error
        return Page(
            url=str(request.url),
            content=content,
            status=response.status_code,
            headers={name.casefold(): value for name, value in response.headers.items()},
            validators=Validators(response.headers.get("etag"), response.headers.get("last-modified")),
            requested=str(requested),
        )

    def _sent(self, request: _Request) -> httpx.Request:
        bounds = httpx.Timeout(self._limits.read, connect=self._limits.connect)
        headers = {**_HEADERS, **request.headers}
        return httpx.Request(
            request.method, request.url, headers=headers, content=request.content, extensions={"timeout": bounds.as_dict()}
        )

    def _judge(self, response: httpx.Response, url: str) -> None:
        """Raises for every status that is not a success."""
        status = response.status_code
        said = f"answered {status} {response.reason_phrase}".rstrip()
        if 200 <= status < 300:
            return
        if status in _GONE:
            raise NotFound(f"{url} {said}: it was taken away or never was there. Check the address")
        if status in _LATER or status >= 500:
            after = _retry_after(response.headers.get("retry-after"), datetime.now(UTC))
            if after is not None and after > self._limits.longest_wait:
                raise ServiceUnavailable(f"{url} {said} and asks to wait: try again after {_moment(after)}")
            raise _TryAgain(f"{url} {said}", after)
        if status in (401, 403, 407, 451):
            raise UnexpectedAnswer(f"{url} {said}: it does not want to be read by this program. Ask its owner, or take it out")
        raise UnexpectedAnswer(f"{url} {said}: check the address, or whether its interface changed")


def _tell(retry: RetryCallState) -> None:
    error = retry.outcome.exception() if retry.outcome else None
    wait = retry.next_action.sleep if retry.next_action else 0.0
    _log.info("trying again", why=str(error), seconds=round(wait, 1))


def _encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _is_conditional(request: _Request) -> bool:
    return "if-none-match" in request.headers or "if-modified-since" in request.headers


def _location(response: httpx.Response, request: _Request) -> _Request:
    """The request that a redirect leads to: a search becomes a GET where browsers make it one, secrets stay with their host."""
    url = shown(str(request.url))
    said = response.headers.get("location", "").strip()
    if not said:
        raise UnexpectedAnswer(f"{url} redirects without saying where to: check the address")
    try:
        target = request.url.join(said).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise UnexpectedAnswer(f"{url} redirects to {shown(said)}, which is no address: ask its owner") from error
    checked_url(target)
    if request.url.scheme == "https" and target.scheme == "http":
        raise AddressRefused(
            f"{url} redirects from https to {shown(str(target))}, which anyone on the way can change:"
            " give that address itself if you trust it"
        )
    headers = request.headers.copy()
    if (request.url.scheme, request.url.netloc) != (target.scheme, target.netloc):
        for name in _SECRETS:
            headers.pop(name, None)
    if response.status_code in (307, 308) or request.method == "GET":
        return _Request(request.method, target, headers, request.content)
    headers.pop("content-type", None)
    return _Request("GET", target, headers)


def _retry_after(said: str | None, now: datetime) -> float | None:
    """Seconds to wait, from seconds or an HTTP date; None for neither (RFC 9110, 10.2.3)."""
    if not said:
        return None
    if _SECONDS.fullmatch(said.strip()):
        return float(said)
    try:
        moment = parsedate_to_datetime(said.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()


def _moment(seconds: float) -> str:
    """`2026-11-26 14:05 UTC`."""
    return f"{datetime.now(UTC) + timedelta(seconds=min(seconds, _LONGEST_SAID)):%Y-%m-%d %H:%M UTC}"


def _broken(error: Exception, url: str) -> ServiceUnavailable | _TryAgain:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ServiceUnavailable(f"{url} has a certificate that cannot be trusted ({cause.verify_message}): tell its owner")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.TimeoutException | httpx.TimeoutException):
        return _TryAgain(f"{url} did not answer in time")
    return _TryAgain(f"{url} could not be read ({str(error) or type(error).__name__})")
