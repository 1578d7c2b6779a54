"""Simulated interactions: the same from the same seed, in order of time, and more of them where the two fit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from producers.ingest import ingest_simulated_interactions
from producers.simulate import SOURCE
from producers.simulation.interactions import REACH, UNTIL, simulated_interactions
from talentflow.eventlog import EventLog
from talentflow.eventlog.messages import usable
from talentflow.eventlog.sqlite import SqliteEventLog
from talentflow.ids import document_id
from talentflow.interactions import land_interactions
from talentflow.lakehouse import Lakehouse
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.records import Candidate, Interaction, JobOffer, Skill
from talentflow.tables import CANDIDATES, DOCUMENTS, INTERACTIONS, JOB_OFFERS
from tests.rows import STAMP, offer, table_of

COUNT = 120
DATA, CARE = "2511", "2221"


def records(count: int = COUNT) -> tuple[list[JobOffer], list[Candidate], dict[str, int]]:
    """Offers and candidates by turns, half of them of one trade; every fourth candidate has the skill that is asked for."""
    offers: list[JobOffer] = []
    candidates: list[Candidate] = []
    for n in range(count):
        occupation = (DATA, CARE)[n // 2 % 2]
        if n % 2:
            offers.append(offer(f"o{n:03d}", occupation_code=occupation, date_posted="2026-03-01"))
        else:
            skills = [Skill(skill_id="python", name="Python")] if n % 8 == 0 else []
            candidates.append(
                Candidate(candidate_id=f"c{n:03d}", document_id=f"c{n:03d}", occupation_code=occupation, skills=skills)
            )
    return (
        offers,
        candidates,
        {record: int(record[1:]) for record in [o.offer_id for o in offers] + [c.candidate_id for c in candidates]},
    )


def simulated(count: int = COUNT, seed: int = 1) -> list[Interaction]:
    return list(simulated_interactions(*records(count), seed))


def test_a_seed_gives_the_same_events_and_another_others() -> None:
    assert simulated() == simulated()
    assert {e.event_id for e in simulated()}.isdisjoint(e.event_id for e in simulated(seed=2))
    assert [usable(e) for e in simulated()] == simulated()


def test_a_longer_simulation_adds_events_and_changes_none() -> None:
    shorter, longer = simulated(COUNT // 2), {e.event_id: e for e in simulated()}
    assert len(longer) > len(shorter) > 100
    assert [longer[e.event_id] for e in shorter] == shorter


def test_each_pair_goes_forward_in_time_from_a_view() -> None:
    after = {
        "save": {"view"},
        "apply": {"view", "save"},
        "shortlist": {"view"},
        "hire": {"shortlist"},
        "reject": {"view", "shortlist"},
    }
    pairs: dict[tuple[str | None, str | None], list[Interaction]] = {}
    for event in simulated():
        pairs.setdefault((event.offer_id, event.candidate_id), []).append(event)
    for events in pairs.values():
        assert events[0].action == "view"
        times = [e.occurred_at for e in events]
        assert times == sorted(times)
        assert "2026-03-01" <= times[0] <= times[-1] < UNTIL.isoformat()
        for before, event in pairwise(events):
            assert before.action in after.get(event.action, {"apply"})
        if any(e.action in ("shortlist", "hire", "reject") for e in events):
            assert "apply" in {e.action for e in events}


def test_who_fits_applies_more_often_and_every_step_is_taken() -> None:
    events = simulated()
    assert {e.action for e in events} == {"view", "save", "apply", "shortlist", "reject", "hire"}
    shares: list[float] = []
    for fits in (True, False):
        of_these = [e for e in events if (int(str(e.candidate_id)[1:]) % 8 == 0) is fits]
        pairs = len({(e.offer_id, e.candidate_id) for e in of_these})
        shares.append(sum(e.action == "apply" for e in of_these) / pairs)
    assert shares[0] > 1.5 * shares[1]


def test_documents_far_apart_or_of_other_trades_do_not_meet() -> None:
    offers, candidates, places = records(4)
    assert list(simulated_interactions(offers, candidates, {k: v * REACH for k, v in places.items()}, 1)) != []
    assert list(simulated_interactions(offers, candidates, {k: v * 2 * REACH for k, v in places.items()}, 1)) == []
    others = [o.model_copy(update={"occupation_code": "9111"}) for o in offers]
    assert list(simulated_interactions(others, candidates, places, 1)) == []


@pytest.fixture
def eventlog(tmp_path: Path) -> Iterator[EventLog]:
    log = SqliteEventLog(tmp_path / "eventlog.sqlite")
    yield log
    log.close()


def _tables(lakehouse: Lakehouse, seed: int) -> None:
    """The records as a run leaves them, beside an offer that was not simulated."""
    offers, candidates, places = records(40)
    ids = {name: document_id(SOURCE, f"{seed}/{n}") for name, n in places.items()}
    documents = [{"document_id": ids[name], "source": SOURCE, "source_key": f"{seed}/{n}"} for name, n in places.items()]
    lakehouse.upsert(DOCUMENTS, table_of(DOCUMENTS, *(d | {"content_hash": "h"} for d in documents)))
    rows = [o.model_dump() | {"offer_id": ids[o.offer_id], "document_id": ids[o.offer_id]} | STAMP for o in offers]
    lakehouse.upsert(JOB_OFFERS, table_of(JOB_OFFERS, *rows, offer("of another source").model_dump() | STAMP))
    rows = [c.model_dump() | {"document_id": ids[c.document_id]} | STAMP for c in candidates]
    lakehouse.upsert(CANDIDATES, table_of(CANDIDATES, *rows))


def test_what_a_simulation_left_in_the_tables_meets_once(eventlog: EventLog, tmp_path: Path) -> None:
    lakehouse = DeltaLakehouse(tmp_path / "lake")
    _tables(lakehouse, seed=7)
    assert ingest_simulated_interactions(eventlog, lakehouse, seed=8).read == 0
    first = ingest_simulated_interactions(eventlog, lakehouse, seed=7)
    waiting = ingest_simulated_interactions(eventlog, lakehouse, seed=7)
    assert first.ok > 100
    assert (waiting.ok, waiting.skipped) == (0, first.ok)
    report = land_interactions(eventlog, lakehouse, run_id="1")
    assert (report.ok, report.details) == (first.ok, {"unknown_offers": 0, "unknown_candidates": 0})
    assert "of another source" not in lakehouse.read(INTERACTIONS)["offer_id"].to_pylist()
    assert ingest_simulated_interactions(eventlog, lakehouse, seed=7).ok == 0
    assert land_interactions(eventlog, lakehouse, run_id="2").rows_written == 0
