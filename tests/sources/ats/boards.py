"""Boards of invented employers, one YAML file a system in the shape of the vendor's answers, served on the vendor's paths.

A file says the board's name, the answers (by request line, in order of paging), and what the offers must become: a part of
each JobPosting, `null` for a property that must be missing, `$BASE` for the server's address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from producers.ats import SYSTEMS, read_ats
from producers.http import Http, Limits
from producers.reading import Counts, Reading
from producers.sources import AtsSource
from producers.state import State
from talentflow.errors import TalentflowError
from talentflow.eventlog.messages import ClosedDocument, Found, RawDocument, RejectedDocument
from talentflow.settings import Settings

FOLDER = Path(__file__).parent / "boards"
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
NAMES = sorted(SYSTEMS)


@dataclass
class Case:
    """One YAML file."""

    system: str
    board: str
    answers: list[dict[str, Any]]
    expect: list[dict[str, Any]]
    left_out: int = 0

    def content(self, number: int) -> tuple[str, str]:
        """The body of an answer and its media type."""
        answer = self.answers[number]
        if "json" in answer:
            return json.dumps(answer["json"], ensure_ascii=False), "application/json"
        return answer["text"], answer["type"]

    @property
    def listings(self) -> list[int]:
        """Which answers are pages of the listing."""
        first = line(self.answers[0]).partition("?")[0]
        return [n for n in range(len(self.answers)) if line(self.answers[n]).partition("?")[0] == first]


def line(answer: dict[str, Any]) -> str:
    return answer.get("get") or answer["post"]


@cache
def load(system: str) -> Case:
    return Case(system, **yaml.safe_load((FOLDER / f"{system}.yaml").read_text(encoding="utf-8")))


class Vendor:
    """A server that gives a case's answers. Tests change `bodies`, `statuses` and `etags` by request line, and read `asked`."""

    def __init__(self, server: HTTPServer, case: Case) -> None:
        self.case = case
        self.base = server.url_for("").rstrip("/")
        self.bodies: dict[str, tuple[str | bytes, str]] = {line(a): case.content(n) for n, a in enumerate(case.answers)}
        self.dynamic: dict[str, Callable[[Request], str]] = {}
        self.statuses: dict[str, int] = {}
        self.etags: dict[str, str] = {}
        self.asked: list[str] = []
        server.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    @property
    def listing(self) -> str:
        return line(self.case.answers[0])

    @property
    def details(self) -> list[str]:
        return [line(answer) for n, answer in enumerate(self.case.answers) if n not in self.case.listings]

    def source(self, **more: Any) -> AtsSource:
        return AtsSource(**{"name": "board", "ats": self.case.system, "board": self.case.board, "base_url": self.base, **more})

    def change(self, asked: str, change: Callable[[Any], None]) -> None:
        """Change the JSON of an answer in place."""
        value = json.loads(self.bodies[asked][0])
        change(value)
        self.bodies[asked] = json.dumps(value), "application/json"

    def _answer(self, request: Request) -> Response:
        asked = request.environ["RAW_URI"]
        self.asked.append(asked)
        if asked in self.dynamic:
            return Response(self.dynamic[asked](request), content_type="application/json")
        if asked in self.statuses:
            return Response("no", self.statuses[asked])
        if asked not in self.bodies:
            return Response("nothing here", 404)
        wanted = next((a.get("body") for a in self.case.answers if line(a) == asked), None)
        if wanted is not None and request.json != wanted:
            return Response("another search", 400)
        etag = self.etags.get(asked)
        if etag and request.headers.get("If-None-Match") == etag:
            return Response(status=304)
        body, media_type = self.bodies[asked]
        return Response(body, 200, {"ETag": etag} if etag else {}, content_type=media_type)


class Ingest:
    """Ingests of one source into one state, as the command does them: documents first, then the answer's commit."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "board.sqlite"
        self.counts = Counts()
        self.error: TalentflowError | None = None

    def run(self, source: AtsSource, *, answers: int | None = None, commit: bool = True, sent_bytes: int = 2**20) -> list[Found]:
        """What one ingest finds. `answers`: it is killed after so many; `commit`: or before the last one is remembered."""
        self.counts, self.error = Counts(), None
        found: list[Found] = []
        with State(self.path) as state:
            reading = Reading(Settings(), state, NOW, allow_private_hosts=True, counts=self.counts)
            limits = Limits(delay=0, attempts=1, sent_bytes=sent_bytes)
            with Http(state=state, counts=self.counts, allow_private_hosts=True, limits=limits, sleep=lambda _: None) as http:
                reading.http = http
                try:
                    for number, answer in enumerate(read_ats(source, reading), 1):
                        found += answer.documents
                        if number == answers and not commit:
                            break
                        answer.commit()
                        if number == answers:
                            break
                except TalentflowError as error:
                    self.error = error
        return found

    def open_offers(self) -> dict[str, str]:
        with State(self.path) as state:
            return state.open_offers()


def offers(found: Iterable[Found]) -> dict[str, dict[str, Any]]:
    """source_key → JobPosting."""
    return {d.source_key: json.loads(d.content) for d in found if isinstance(d, RawDocument)}


def rejected(found: Iterable[Found]) -> list[RejectedDocument]:
    return [d for d in found if isinstance(d, RejectedDocument)]


def closed(found: Iterable[Found]) -> list[str]:
    return [d.source_key for d in found if isinstance(d, ClosedDocument)]
