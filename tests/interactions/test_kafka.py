"""Interactions from a real broker: several partitions, each with its own offset."""

from __future__ import annotations

from pathlib import Path

import pytest

from talentflow.eventlog import INTERACTIONS_TOPIC, open_eventlog
from talentflow.eventlog.messages import interaction_message
from talentflow.interactions import land_interactions, landed_offset
from talentflow.lakehouse import open_lakehouse
from talentflow.settings import Settings
from talentflow.tables import INTERACTIONS, QUARANTINE
from tests.interactions.events import event

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kafka")]


def test_every_partition_lands_once(kafka_bootstrap: str, tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, eventlog="kafka", kafka_bootstrap=kafka_bootstrap, kafka_partitions=3, kafka_topic_prefix="landed-once."
    )
    lakehouse = open_lakehouse(settings)
    log = open_eventlog(settings)
    try:
        events = [event(f"e{n:02d}") for n in range(40)]
        log.append(INTERACTIONS_TOPIC, map(interaction_message, [*events, events[3], event("e99", occurred_at="never")]))
        report = land_interactions(log, lakehouse, run_id="1", batch_events=10)
        assert (report.ok, report.skipped, report.quarantined) == (40, 1, 1)
        ends = log.end_offsets(INTERACTIONS_TOPIC)
        assert len(ends) == 3
        assert {p: landed_offset(log, lakehouse, p) for p in ends} == ends
        log.append(INTERACTIONS_TOPIC, map(interaction_message, [events[7], event("late", occurred_at="2020-01-01T00:00:00Z")]))
        again = land_interactions(log, lakehouse, run_id="2", batch_events=10)
        assert (again.ok, again.skipped) == (1, 1)
        assert sorted(lakehouse.read(INTERACTIONS)["event_id"].to_pylist()) == sorted([*(e.event_id for e in events), "late"])
        assert lakehouse.count(QUARANTINE) == 1
    finally:
        log.close()
