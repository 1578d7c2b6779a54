"""Runs of the job page reader on a site of a test, with a state that outlives each run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from producers.crawl import read_site
from producers.reading import Counts, Reading
from producers.sources import SiteSource
from producers.state import State
from talentflow.errors import TalentflowError
from talentflow.eventlog.messages import ClosedDocument, RawDocument, RejectedDocument
from talentflow.settings import Settings
from tests.sources.site import Site

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Read:
    """What one ingest gave."""

    documents: list[RawDocument] = field(default_factory=list)
    rejected: list[RejectedDocument] = field(default_factory=list)
    closed: list[ClosedDocument] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    error: TalentflowError | None = None

    @property
    def keys(self) -> list[str]:
        """The path of each document's key, sorted."""
        return sorted(path_of(d.source_key) for d in self.documents)

    @property
    def closed_keys(self) -> dict[str, str]:
        return {path_of(d.source_key): d.reason for d in self.closed}

    def postings(self) -> dict[str, dict[str, Any]]:
        return {path_of(d.source_key): json.loads(d.content) for d in self.documents}


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@dataclass
class Crawler:
    """Reads `site`; every run goes on from the state of the last."""

    site: Site
    home: Path

    def read(self, path: str = "/", *, now: datetime = NOW, allow_private_hosts: bool = True, **settings: Any) -> Read:
        read = Read()
        source = SiteSource.model_validate({"name": "site", "url": self.site.url + path, "delay": 0} | settings)
        with State(self.home / "site.sqlite") as state:
            reading = Reading(Settings(home=self.home), state, now, allow_private_hosts=allow_private_hosts)
            read.counts = reading.counts
            try:
                for answer in read_site(source, reading):
                    for found in answer.documents:
                        kind = {RawDocument: read.documents, RejectedDocument: read.rejected, ClosedDocument: read.closed}
                        kind[type(found)].append(found)  # type: ignore[arg-type]
                    answer.commit()
            except TalentflowError as error:
                read.error = error
        return read
