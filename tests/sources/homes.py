"""A home that sources are ingested into, and a Greenhouse board that a test fills and empties."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from producers.ingest import Ingested, ingest_target, open_intake
from producers.replay import Replayed, replay_quarantine
from talentflow.bronze import land
from talentflow.eventlog import DOCUMENTS_TOPIC, Received, open_eventlog
from talentflow.incremental import new_run_id
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.report import StageReport
from talentflow.settings import Settings
from talentflow.tables import CLOSURES, DOCUMENTS, QUARANTINE


@dataclass
class Board:
    """The public API of a Greenhouse board: `offers` is what it offers, id → title; `answer` is said in its place."""

    server: HTTPServer
    offers: dict[int, str] = field(default_factory=dict[int, str])
    answer: str | None = None

    def __post_init__(self) -> None:
        self.server.expect_request("/v1/boards/acme/jobs").respond_with_handler(self._respond)

    @property
    def settings(self) -> dict[str, Any]:
        return {"type": "ats", "ats": "greenhouse", "board": "acme", "base_url": self.server.url_for("").rstrip("/")}

    def _respond(self, _request: Request) -> Response:
        jobs = [
            {"id": n, "title": title, "content": f"{title} wanted.", "location": {"name": "Lyon"}}
            for n, title in self.offers.items()
        ]
        said = self.answer if self.answer is not None else json.dumps({"jobs": jobs, "meta": {"total": len(jobs)}})
        return Response(said, content_type="application/json")


class Home:
    """One home. Run ids of its runs are made at the call, so that they sort by time."""

    def __init__(self, path: Path) -> None:
        self.settings = Settings(home=path, allow_private_hosts=True)
        self.lakehouse: Lakehouse = open_lakehouse(self.settings)
        self._runs = 0

    def configure(self, **sources: dict[str, Any]) -> None:
        self.settings.home.mkdir(parents=True, exist_ok=True)
        self.settings.sources_file.write_text(yaml.safe_dump(sources, sort_keys=False))

    def ingest(self, target: str | Path) -> Ingested:
        with open_intake(self.settings) as intake:
            return ingest_target(intake, str(target))

    def land(self) -> StageReport:
        eventlog = open_eventlog(self.settings)
        try:
            return land(eventlog, self.lakehouse, run_id=self._run_id(), batch_rows=10)
        finally:
            eventlog.close()

    def replay(self, stage: str = "bronze", **which: str) -> dict[str, Any]:
        with open_intake(self.settings) as intake:
            intake.run_id = self._run_id()
            done: Replayed = replay_quarantine(intake, stage, **which)
        return {k: v for k, v in done.as_json().items() if k != "stage"}

    def _run_id(self) -> str:
        self._runs += 1
        return f"{new_run_id().partition('-')[0]}-{self._runs:04}"

    def messages(self) -> list[Received]:
        eventlog = open_eventlog(self.settings)
        try:
            return eventlog.read(DOCUMENTS_TOPIC, {}, 10_000)
        finally:
            eventlog.close()

    def titles(self) -> list[str]:
        """Of the offers in bronze that are not closed."""
        closed = self.lakehouse.read(CLOSURES)["document_id"].to_pylist()
        rows = self.lakehouse.read(DOCUMENTS).to_pylist()
        return sorted(json.loads(r["content"])["title"] for r in rows if r["document_id"] not in closed)

    def quarantine(self) -> list[str]:
        return sorted(self.lakehouse.read(QUARANTINE)["error_code"].to_pylist())


def counts(done: Ingested) -> dict[str, Any]:
    """Without what depends on the moment."""
    return {k: v for k, v in done.as_json().items() if k not in ("target", "seconds")}
