"""A document that changes at its source replaces all that its earlier version left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from talentflow.bronze import land
from talentflow.engines import Engine, open_engine
from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, open_eventlog
from talentflow.eventlog.messages import RawDocument, to_message
from talentflow.incremental import ask_again, run_stage
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.report import StageReport
from talentflow.settings import Settings
from talentflow.stages import CLASSIFY, EXTRACT, PARSE, Stage
from talentflow.tables import CANDIDATES, CLASSIFICATIONS, DOCUMENTS, IDENTITIES, JOB_OFFERS, QUARANTINE, TEXTS
from tests.command import ROOT

CV = "{name}\n{email}\n\nData engineer\n\nExperience\nData engineer, Nordlys\n2019 - 2024\n\nSkills\nPython, SQL\n"
OFFER = (
    "Data Engineer\nWe are looking for a data engineer. You will build pipelines with Python. 3+ years of experience required.\n"
)


class Home:
    """A home in which one document is landed and taken through the stages again and again."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.lakehouse: Lakehouse = open_lakehouse(settings)
        self._log: EventLog = open_eventlog(settings)
        self._engine, self._runs = engine, 0

    def send(self, content: bytes) -> None:
        document = RawDocument("files", "/cvs/a.txt", "/cvs/a.txt", "text/plain", None, content)
        self._log.append(DOCUMENTS_TOPIC, [to_message(document, received_at=datetime(2026, 1, 1, tzinfo=UTC))])
        self.run()

    def run(self, parse: Stage = PARSE) -> StageReport:
        """Every stage; what `parse` reported."""
        from talentflow.silver import with_classification

        run_id = self.next_run()
        land(self._log, self.lakehouse, run_id=run_id, batch_rows=10)
        sizes: dict[str, Any] = {"run_id": run_id, "batch_rows": 10}
        report = run_stage(parse, DOCUMENTS, self.lakehouse, self._engine, **sizes, columns=DOCUMENTS.schema.names)
        run_stage(
            CLASSIFY, TEXTS, self.lakehouse, self._engine, **sizes, columns=["document_id", "content_hash", "text", "kind_hint"]
        )
        columns = ["document_id", "content_hash", "text", "redacted_text", "received_at"]
        join = with_classification(self.lakehouse)
        run_stage(EXTRACT, TEXTS, self.lakehouse, self._engine, **sizes, columns=columns, join=join)
        return report

    def next_run(self) -> str:
        self._runs += 1
        return str(self._runs)

    def quarantine(self) -> list[tuple[str, str | None]]:
        return [(r["stage"], r["error_code"]) for r in self.lakehouse.read(QUARANTINE).to_pylist()]

    def rows(self) -> dict[str, int]:
        tables = (TEXTS, CLASSIFICATIONS, JOB_OFFERS, CANDIDATES, IDENTITIES)
        return {t.name: self.lakehouse.read(t, ["document_id"]).num_rows for t in tables}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(Settings(home=ROOT, workers=1)) as engine:
        yield engine


@pytest.fixture
def home(tmp_path: Path, engine: Engine) -> Home:
    return Home(Settings(home=tmp_path), engine)


CV_ROWS = {"texts": 1, "classifications": 1, "job_offers": 0, "candidates": 1, "identities": 1}


def test_a_cv_that_now_names_its_owner_is_still_one_candidate(home: Home) -> None:
    home.send(CV.format(name="", email="").encode())
    home.send(CV.format(name="Anna Keller", email="anna@example.org").encode())
    assert home.rows() == CV_ROWS
    assert home.lakehouse.read(IDENTITIES)["name"].to_pylist() == ["Anna Keller"]


def test_a_document_that_became_an_offer_is_no_candidate_any_more(home: Home) -> None:
    home.send(CV.format(name="Anna Keller", email="anna@example.org").encode())
    home.send(OFFER.encode())
    assert home.rows() == {"texts": 1, "classifications": 1, "job_offers": 1, "candidates": 0, "identities": 0}


def test_a_document_that_cannot_be_read_any_more_leaves_nothing_behind(home: Home) -> None:
    home.send(CV.format(name="Anna Keller", email="anna@example.org").encode())
    home.send(b"%PDF-1.7\nbroken")
    assert set(home.rows().values()) == {0}
    home.send(CV.format(name="Anna Keller", email="anna@example.org").encode())
    assert home.rows() == CV_ROWS


BROKEN = b"%PDF-1.7\nbroken"


def test_quarantine_holds_a_document_only_while_it_is_out(home: Home) -> None:
    home.send(BROKEN)
    assert home.quarantine() == [("parse", "corrupt_document")]
    home.send(OFFER.encode())
    assert home.quarantine() == []


def test_a_document_that_passes_another_version_of_its_stage_leaves_quarantine(home: Home) -> None:
    home.send(OFFER.encode())
    (text,) = home.lakehouse.read(TEXTS, ["document_id", "content_hash"]).to_pylist()
    home.lakehouse.upsert(QUARANTINE, pa.Table.from_pylist([text | {"stage": "parse"}], schema=QUARANTINE.schema))
    assert home.run().read == 0
    assert home.quarantine() == [("parse", None)]
    assert home.run(replace(PARSE, version="another")).ok == 1
    assert home.quarantine() == []


def test_a_row_of_a_later_stage_goes_when_the_document_ends_before_it(home: Home) -> None:
    home.send(OFFER.encode())
    (text,) = home.lakehouse.read(TEXTS, ["document_id", "content_hash"]).to_pylist()
    home.lakehouse.upsert(QUARANTINE, pa.Table.from_pylist([text | {"stage": "extract"}], schema=QUARANTINE.schema))
    home.send(BROKEN)
    assert home.quarantine() == [("parse", "corrupt_document")]


def test_a_document_is_handled_again_when_asked_once_and_once_only(home: Home) -> None:
    home.send(BROKEN)
    assert home.run().read == 0
    (row,) = home.lakehouse.read(QUARANTINE).to_pylist()
    key = (row["document_id"], row["content_hash"])
    assert ask_again(home.lakehouse, ["parse", "classify"], [key, key], run_id=home.next_run()) == 2
    assert ask_again(home.lakehouse, ["parse", "classify"], [key], run_id=home.next_run()) == 0
    assert home.run().quarantined == 1
    assert home.run().read == 0
    assert home.quarantine() == [("parse", "corrupt_document")]
