"""What `quick` puts on the event log: what is new, by the rule that every ingest follows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from producers import ingest
from producers.files import find_documents
from producers.ingest import DEAD_LETTER, produce
from talentflow.bronze import land
from talentflow.documents.limits import document_limits
from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, Message, open_eventlog
from talentflow.eventlog.messages import ClosedDocument, RawDocument, to_message
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.settings import Settings
from talentflow.tables import CLOSURES


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def lakehouse(settings: Settings) -> Lakehouse:
    return open_lakehouse(settings)


@pytest.fixture
def eventlog(settings: Settings) -> Iterator[EventLog]:
    settings.home.mkdir(parents=True)
    log = open_eventlog(settings)
    yield log
    log.close()


@pytest.fixture
def offers(tmp_path: Path) -> Path:
    folder = tmp_path / "offers"
    folder.mkdir()
    (folder / "baker.txt").write_text("Baker (m/f)\n\nLa Mie, Lyon\n\nPermanent contract, early shifts", encoding="utf-8")
    return folder


def produced(eventlog: EventLog, lakehouse: Lakehouse, offers: Path) -> tuple[int, int]:
    """How many were put on the log, and how many were known."""
    (report,) = produce(eventlog, lakehouse, cvs=[], offers=[str(offers)], simulate=0, seed=1)
    return report.ok, report.skipped


def test_a_file_is_put_on_the_log_once_though_nothing_landed_between(
    eventlog: EventLog, lakehouse: Lakehouse, offers: Path
) -> None:
    assert produced(eventlog, lakehouse, offers) == (1, 0)
    assert produced(eventlog, lakehouse, offers) == (0, 1)


def test_what_does_not_fit_the_schema_is_no_success(
    eventlog: EventLog, lakehouse: Lakehouse, offers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (offers / "nurse.txt").write_text("Nurse (m/f)\n\nClinic, Lyon", encoding="utf-8")

    def unfit(document: Any, *, received_at: datetime) -> Message:
        sent = to_message(document, received_at=received_at)
        return Message(sent.key, b"{}") if "nurse" in document.source_uri else sent

    monkeypatch.setattr(ingest, "to_message", unfit)
    (report,) = produce(eventlog, lakehouse, cvs=[], offers=[str(offers)], simulate=0, seed=1)
    assert (report.ok, report.quarantined, report.errors) == (1, 1, {DEAD_LETTER: 1})
    assert "talentflow dead-letters" in report.examples[DEAD_LETTER]


def test_a_closed_offer_that_is_given_again_is_open_again(
    eventlog: EventLog, lakehouse: Lakehouse, offers: Path, settings: Settings
) -> None:
    produced(eventlog, lakehouse, offers)
    (sent,) = find_documents([str(offers)], kind="job_offer", limits=document_limits(settings))
    assert isinstance(sent, RawDocument)
    now = datetime.now(UTC)
    closure = ClosedDocument(sent.source, sent.source_uri, sent.source_key, now, "its file was deleted")
    eventlog.append(DOCUMENTS_TOPIC, [to_message(closure, received_at=now)])
    land(eventlog, lakehouse, run_id="1", batch_rows=10)
    assert lakehouse.count(CLOSURES) == 1
    assert produced(eventlog, lakehouse, offers) == (1, 0)
    land(eventlog, lakehouse, run_id="2", batch_rows=10)
    assert lakehouse.count(CLOSURES) == 0
