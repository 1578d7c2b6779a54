"""Of several CVs of one person the newest counts, in whatever order they are handled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from talentflow.engines import Engine, open_engine
from talentflow.ids import content_hash
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.settings import Settings
from talentflow.silver import classify_new, extract_new, parse_new
from talentflow.tables import CANDIDATES, DOCUMENTS, IDENTITIES
from tests.command import ROOT

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(Settings(home=ROOT, workers=1)) as engine:
        yield engine


class Person:
    """A home in which all CVs are of one person."""

    def __init__(self, home: Path, engine: Engine, batch_rows: int) -> None:
        self.lakehouse = DeltaLakehouse(home)
        self._engine, self._batch_rows, self._runs = engine, batch_rows, 0

    def send(self, *cvs: tuple[str, str, int]) -> str:
        """Land and handle CVs (id, title, minute of receipt); returns the title that the person has then."""
        self._runs += 1
        rows = [_row(*one) for one in cvs]
        self.lakehouse.upsert(DOCUMENTS, pa.Table.from_pylist(rows, schema=DOCUMENTS.schema))
        for stage in (parse_new, classify_new, extract_new):
            stage(self.lakehouse, self._engine, run_id=str(self._runs), batch_rows=self._batch_rows)
        (candidate,) = self.lakehouse.read(CANDIDATES).to_pylist()
        (identity,) = self.lakehouse.read(IDENTITIES).to_pylist()
        assert identity["document_id"] == candidate["document_id"]
        return candidate["work"][0]["position"]


def _row(document_id: str, title: str, minute: int) -> dict[str, object]:
    content = (
        f"Anna Keller\nanna@example.org\n\n{title}\n\nExperience\n{title}, Nordlys\n2019 - 2024\n\nSkills\nPython\n".encode()
    )
    return {
        "document_id": document_id,
        "content": content,
        "media_type": "text/plain",
        "kind_hint": "cv",
        "source": "files",
        "source_uri": document_id,
        "received_at": START + timedelta(minutes=minute),
        "content_hash": content_hash(content),
    }


CVS = [("a", "Data engineer", 1), ("b", "Data architect", 3), ("c", "Data analyst", 2)]


@pytest.mark.parametrize("batch_rows", [1, 10])
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 1, 0)], ids=str)
def test_the_newest_counts_in_any_order(engine: Engine, tmp_path: Path, order: Sequence[int], batch_rows: int) -> None:
    assert Person(tmp_path, engine, batch_rows).send(*(CVS[n] for n in order)) == "Data architect"


def test_an_older_one_that_comes_later_does_not_replace_it(engine: Engine, tmp_path: Path) -> None:
    person = Person(tmp_path, engine, 10)
    assert person.send(CVS[1]) == "Data architect"
    assert person.send(CVS[0]) == "Data architect"
    assert person.send(("a", "Accountant", 4)) == "Accountant"
