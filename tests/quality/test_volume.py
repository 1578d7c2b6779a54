"""Sources that fall silent, or bring far less or more than usual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from talentflow.errors import BadSettings
from talentflow.lakehouse import open_lakehouse
from talentflow.settings import Settings
from talentflow.tables import INGESTS
from talentflow.volume import alert_of, source_alerts, usual
from tests.rows import table_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)  # a Thursday
DAY = timedelta(days=1)


def ingests(
    until: timedelta, *, every: timedelta = timedelta(hours=6), days: int = 30, documents: int = 30, rests: bool = False
) -> list[Any]:
    """A first one that brings 5,000, then `documents` each time until so long ago; `rests` on weekends."""
    first = NOW - days * DAY
    times = [first + n * every for n in range(1, int((days * DAY - until) / every) + 1)]
    return [(first, 5000), *((at, 0 if rests and at.weekday() >= 5 else documents) for at in times)]


def test_what_is_usual_is_learnt_without_the_first_ingest() -> None:
    known = usual(ingests(timedelta(0)), NOW)
    assert known.per_day == pytest.approx(120, rel=0.02)
    assert known.pause == timedelta(hours=6)


def test_a_source_that_brings_nothing_is_told_with_what_it_usually_does() -> None:
    quiet = [*ingests(3 * DAY), *((NOW - 3 * DAY + n * timedelta(hours=6), 0) for n in range(1, 12))]
    alert = alert_of("acme", quiet, NOW)
    assert alert is not None
    assert (alert.kind, alert.message) == ("silent", "no new documents from acme for 3 days (usually 120 a day)")


@pytest.mark.parametrize("ago", [timedelta(hours=5), timedelta(hours=23)])
def test_a_pause_within_a_day_says_nothing(ago: timedelta) -> None:
    assert alert_of("acme", ingests(ago), NOW) is None


def test_weekends_that_a_source_rests_are_usual() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    said = [(at, n) for at, n in ingests(timedelta(0), rests=True) if at < monday]
    assert said[-1][1] == 0
    assert alert_of("acme", said, monday) is None
    alert = alert_of("acme", said, monday + 3 * DAY)
    assert alert is not None
    assert alert.kind == "silent"


def test_too_little_is_known_of_a_new_source() -> None:
    assert alert_of("acme", [], NOW) is None
    assert alert_of("acme", [(NOW - 20 * DAY, 5000)], NOW) is None
    assert alert_of("acme", ingests(2 * DAY, days=3, every=DAY), NOW) is None


def test_days_of_silence_can_be_set() -> None:
    said = ingests(3 * DAY)
    assert alert_of("acme", said, NOW, quiet_days=5) is None
    assert alert_of("acme", [(NOW - 20 * DAY, 5000)], NOW, quiet_days=5) is not None


@pytest.mark.parametrize(("documents", "kind"), [(3, "volume"), (15, None), (60, None), (200, "volume")])
def test_far_less_or_more_than_usual_is_told(documents: int, kind: str | None) -> None:
    before = ingests(3 * DAY, days=34)
    recent = [(NOW - 3 * DAY + n * timedelta(hours=6), documents) for n in range(1, 13)]
    alert = alert_of("acme", before + recent, NOW)
    assert (alert.kind if alert else None) == kind
    if alert:
        assert f"{12 * documents:,} new documents from acme in the last 3 days, usually 3" in alert.message


def test_few_documents_say_nothing_of_volume() -> None:
    before = ingests(3 * DAY, days=34, every=DAY, documents=2)
    assert alert_of("acme", [*before, (NOW - timedelta(hours=2), 1)], NOW) is None


class Said:
    def __init__(self, *, enabled: bool = True, quiet_days: float | None = None) -> None:
        self.enabled, self.quiet_days = enabled, quiet_days


def test_only_sources_that_are_on_are_told(tmp_path: Path) -> None:
    lakehouse = open_lakehouse(Settings(home=tmp_path))
    stamps = [(source, at, n) for source in ("on", "off", "by hand") for at, n in ingests(9 * DAY)]
    rows = [
        {"run_id": str(at), "target": s, "source": s, "started_at": at, "documents": n, "status": "ok"} for s, at, n in stamps
    ]
    lakehouse.append(INGESTS, table_of(INGESTS, *rows))
    configured = {"on": Said(), "off": Said(enabled=False), "wrong": BadSettings("wrong"), "never read": Said()}
    assert [a.of for a in source_alerts(lakehouse, configured, NOW)] == ["on"]
