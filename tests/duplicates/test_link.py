"""The stage `link` on real tables: incremental, the same in any order, and open or closed as sources say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from talentflow.duplicates.fingerprint import hashed_words, pairs_of, signature
from talentflow.engines import Engine, open_engine
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.settings import Settings
from talentflow.tables import CLOSURES, FINGERPRINTS, JOB_OFFERS, LINKS, OUTCOMES
from tests.command import ROOT
from tests.duplicates.build import OTHER_TEXT, PARIS, TEXT, Posted, close, closed, link, links, put

A, B, C = Posted("a"), Posted("b", minute=1, text=f"{TEXT} Apply now on the board."), Posted("c", minute=2)
OTHER = Posted("z", text=OTHER_TEXT, minute=3)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(Settings(home=ROOT, workers=1)) as engine:
        yield engine


@pytest.fixture
def lakehouse(tmp_path: Path) -> Lakehouse:
    return open_lakehouse(Settings(home=tmp_path))


def test_offers_that_are_one_are_linked_to_the_first(lakehouse: Lakehouse, engine: Engine) -> None:
    put(lakehouse, [A, B, C, OTHER])
    report = link(lakehouse, engine)
    assert links(lakehouse) == {"b": "a", "c": "a"}
    assert (report.ok, report.details) == (4, {"open": 4, "closed": 0, "duplicates": 2})
    said = {o["document_id"]: o["detail"] for o in lakehouse.read(OUTCOMES).to_pylist()}
    assert said == {"a": None, "b": "repeats a", "c": "repeats a", "z": None}


def test_a_second_run_with_nothing_new_writes_nothing(lakehouse: Lakehouse, engine: Engine) -> None:
    put(lakehouse, [A, B, OTHER])
    first = link(lakehouse, engine)
    tables = (JOB_OFFERS, FINGERPRINTS, LINKS, OUTCOMES)
    before = [lakehouse.version(t) for t in tables]
    again = link(lakehouse, engine, run_id="r2")
    assert (again.read, again.rows_written) == (0, 0)
    assert again.details == first.details
    assert [lakehouse.version(t) for t in tables] == before


def test_only_new_texts_are_fingerprinted(lakehouse: Lakehouse, engine: Engine) -> None:
    put(lakehouse, [A, OTHER])
    link(lakehouse, engine)
    version = lakehouse.version(FINGERPRINTS)
    assert version is not None
    put(lakehouse, [B])
    link(lakehouse, engine, run_id="r2")
    changes = lakehouse.changes(FINGERPRINTS, version)
    assert changes is not None
    assert changes.rows["offer_id"].to_pylist() == ["b"]
    assert links(lakehouse) == {"b": "a"}


def test_links_are_the_same_whatever_the_order_the_batches_and_the_number_of_runs(tmp_path: Path, engine: Engine) -> None:
    offers = [A, B, C, OTHER, A.but("y", job_location=PARIS), B.but("w", minute=0)]
    found: list[dict[str, str]] = []
    for n, (order, split, batch_rows) in enumerate([(1, 6, 100), (-1, 6, 2), (1, 2, 1), (-1, 1, 3)]):
        lakehouse = open_lakehouse(Settings(home=tmp_path / str(n)))
        ordered = offers[::order]
        for start in range(0, len(ordered), split):
            put(lakehouse, ordered[start : start + split])
            link(lakehouse, engine, run_id=f"r{start}", batch_rows=batch_rows)
        found.append(links(lakehouse))
    assert found == [{"b": "a", "c": "a", "w": "a"}] * 4


def test_a_changed_offer_leaves_its_group_and_may_come_back(lakehouse: Lakehouse, engine: Engine) -> None:
    put(lakehouse, [A, B, C])
    link(lakehouse, engine)
    put(lakehouse, [A.but("a", text=OTHER_TEXT)])
    link(lakehouse, engine, run_id="r2")
    assert links(lakehouse) == {"c": "b"}
    put(lakehouse, [A])
    link(lakehouse, engine, run_id="r3")
    assert links(lakehouse) == {"b": "a", "c": "a"}


def test_extract_writing_a_row_again_loses_no_link(lakehouse: Lakehouse, engine: Engine) -> None:
    put(lakehouse, [A, B])
    link(lakehouse, engine)
    lakehouse.delete(JOB_OFFERS, "offer_id", ["b"])
    put(lakehouse, [B])
    assert links(lakehouse) == {}
    link(lakehouse, engine, run_id="r2")
    assert links(lakehouse) == {"b": "a"}


def test_a_head_that_is_gone_gives_its_place_to_the_next(lakehouse: Lakehouse, engine: Engine) -> None:
    put(lakehouse, [A, B, C])
    link(lakehouse, engine)
    lakehouse.delete(JOB_OFFERS, "offer_id", ["a"])
    link(lakehouse, engine, run_id="r2")
    assert links(lakehouse) == {"c": "b"}
    assert sorted(lakehouse.read(FINGERPRINTS)["offer_id"].to_pylist()) == ["b", "c"]
    assert link(lakehouse, engine, run_id="r3").rows_written == 0


def test_a_closed_offer_is_no_head_until_it_is_offered_again(lakehouse: Lakehouse, engine: Engine) -> None:
    put(lakehouse, [A, B, C])
    close(lakehouse, "a")
    report = link(lakehouse, engine)
    assert closed(lakehouse) == {"a": "2026-03-10T00:00:00+00:00"}
    assert links(lakehouse) == {"a": "b", "c": "b"}
    assert report.details == {"open": 2, "closed": 1, "duplicates": 1}
    lakehouse.delete(CLOSURES, "document_id", ["a"])
    link(lakehouse, engine, run_id="r2")
    assert closed(lakehouse) == {}
    assert links(lakehouse) == {"b": "a", "c": "a"}


@pytest.mark.parametrize(
    ("valid_through", "today", "since"),
    [
        ("2026-05-31", date(2026, 6, 1), "2026-05-31"),
        ("2026-05-31", date(2026, 5, 31), None),
        ("2026-05-31T12:00:00", date(2026, 6, 1), "2026-05-31"),
        ("2026-05", date(2026, 5, 31), None),
        ("2026-02", date(2026, 3, 1), "2026-02-28"),
        ("2025", date(2026, 1, 1), "2025-12-31"),
        ("soon", date(2026, 6, 1), None),
        ("2026-13", date(2026, 6, 1), None),
        (None, date(2026, 6, 1), None),
    ],
)
def test_an_offer_of_a_fetched_source_is_closed_after_its_last_day(
    lakehouse: Lakehouse, engine: Engine, valid_through: str | None, today: date, since: str | None
) -> None:
    put(lakehouse, [Posted("a", fetched=True, fields={"valid_through": valid_through})])
    link(lakehouse, engine, today=today)
    assert closed(lakehouse) == ({"a": since} if since else {})


def test_a_file_stays_open_whatever_date_it_carries(lakehouse: Lakehouse, engine: Engine) -> None:
    put(lakehouse, [Posted("a", fields={"valid_through": "2001-01-01"})])
    link(lakehouse, engine)
    assert closed(lakehouse) == {}


def test_an_offer_closes_on_the_day_and_not_before(lakehouse: Lakehouse, engine: Engine) -> None:
    put(lakehouse, [Posted("a", fetched=True, fields={"valid_through": "2026-06-01"}), C])
    link(lakehouse, engine, today=date(2026, 6, 1))
    assert links(lakehouse) == {"c": "a"}
    link(lakehouse, engine, today=date(2026, 6, 2), run_id="r2")
    assert (closed(lakehouse), links(lakehouse)) == ({"a": "2026-06-01"}, {"a": "c"})


def test_signatures_are_those_that_tables_hold_already() -> None:
    """Another library version that gives others would compare new texts with old ones in vain: raise VERSION then."""
    assert signature(pairs_of(hashed_words("Élan, the data engineer's word")))[:4].tolist() == [
        623548601,
        477418571,
        138255807,
        127398831,
    ]
