"""From the journal to a server that takes OpenLineage events: beside a run, or later. At least once each, in their order.

What a server refuses as malformed is passed over and counted: it would hold up everything after it for ever. Everything else
that goes wrong leaves the events waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from talentflow.errors import BadSettings, Busy, ServiceUnavailable, TalentflowError
from talentflow.lineage.journal import Journal
from talentflow.settings import Settings

if TYPE_CHECKING:
    from openlineage.client.transport.http import HttpTransport

SECONDS = 5.0
"""For one event to be taken."""
CLOSING_SECONDS = 2.0
"""That a run waits at its end for events to be sent; the others wait for the next run, or for `talentflow lineage send`."""
_MALFORMED = frozenset({400, 413, 415, 422})
_REFUSED = frozenset({401, 403})

log = structlog.get_logger(__name__)


@dataclass
class Delivered:
    """What a delivery did. `refused` counts events that the server does not take as they are."""

    sent: int = 0
    refused: int = 0
    busy: bool = False
    """Another process is sending."""


def deliver(settings: Settings, stop: Event | None = None) -> Delivered:
    """Send what waits in the journal, until `stop`.

    Raises: BadSettings (no usable URL, a key that is refused), ServiceUnavailable (the server does not take events now).
    """
    journal, transport, done = Journal.of(settings), _transport(settings), Delivered()
    try:
        with journal.sending():
            for line in journal.waiting():
                if stop is not None and stop.is_set():
                    break
                if _is_taken(transport, line.event, settings):
                    done.sent += 1
                else:
                    done.refused += 1
                journal.move_mark(line)
    except Busy:
        done.busy = True
    finally:
        transport.close()
    return done


def _transport(settings: Settings) -> HttpTransport:
    from openlineage.client.transport.http import HttpConfig, HttpTransport

    url = settings.lineage_url or ""
    if not _is_usable(url):
        raise BadSettings("TALENTFLOW_LINEAGE_URL is no address: write http(s)://host[:port] of a server of OpenLineage events")
    said: dict[str, object] = {
        "url": url,
        "endpoint": settings.lineage_endpoint,
        "timeout": SECONDS,
        "retry": {"total": 0, "status_forcelist": []},
    }
    if settings.lineage_api_key:
        said["auth"] = {"type": "api_key", "apiKey": settings.lineage_api_key.get_secret_value()}
    transport = HttpTransport(HttpConfig.from_dict(said))
    transport.session.max_redirects = 0  # a POST that is redirected becomes a GET, and nobody took the event
    return transport


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_taken(transport: HttpTransport, event: object, settings: Settings) -> bool:
    """Whether the server takes this event; False for one that it never will."""
    try:
        transport.emit(event)  # pyright: ignore[reportArgumentType] - it takes an event's JSON as well
    except OSError as error:  # every error of requests is one
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status in _MALFORMED:
            return False
        where = place_of(settings)
        if status in _REFUSED:
            raise BadSettings(
                f"The key of lineage is refused: {where} answers {status}; correct TALENTFLOW_LINEAGE_API_KEY"
            ) from error
        why = f"answers {status}" if status else f"does not answer ({type(error).__name__})"
        raise ServiceUnavailable(f"No lineage can be sent: {where} {why}; see TALENTFLOW_LINEAGE_URL") from error
    return True


def place_of(settings: Settings) -> str:
    """The server without what a URL may hold beside its host."""
    parts = urlsplit(settings.lineage_url or "")
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


class Sender:
    """Sends beside a run what the run writes. The first failure ends it, with one warning: events wait in the journal."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop, self._news = Event(), Event()
        self._closing = False
        self._thread = Thread(target=self._run, name="lineage", daemon=True)
        self._thread.start()

    def tell(self) -> None:
        """There is something new in the journal."""
        self._news.set()

    def close(self) -> None:
        """Give it a moment to send what is left."""
        self._closing = True
        self._news.set()
        self._thread.join(CLOSING_SECONDS)
        if self._thread.is_alive():
            self._stop.set()
            log.warning("lineage is not all sent: it waits for the next run, or for  talentflow lineage send")

    def _run(self) -> None:
        refused = 0
        while not self._stop.is_set():
            self._news.wait()
            self._news.clear()
            is_last = self._closing
            try:
                refused += deliver(self._settings, self._stop).refused
            except (TalentflowError, OSError, ValueError) as error:
                log.warning("lineage is kept and not sent: send it later by  talentflow lineage send", why=str(error))
                return
            if is_last:
                break
        if refused:
            log.warning(
                "a server of lineage does not take some events as they are", place=place_of(self._settings), events=refused
            )
