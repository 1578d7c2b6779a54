"""What sources usually bring, learnt from their last ingests, and when they bring nothing or far less or more than that.

A source is *silent* when it brought nothing new for longer than 1.5 times the longest pause that it made in the last weeks (a
weekend that it always rests is learnt so), and for a day at least; `quiet_days` in sources.yaml says how long instead. Its
volume is told when the last `RECENT` days brought under `LESS` or over `MORE` times what is usual, and less or more than any
such time before. The first ingest of a source brings all that it has, so it is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from talentflow.drift import Alert
from talentflow.errors import BadSettings
from talentflow.lakehouse import Lakehouse
from talentflow.tables import INGESTS

WINDOW = timedelta(days=28)
"""What is learnt from, before the recent days."""
RECENT = timedelta(days=3)
LESS, MORE = 0.3, 3.0
LEAST_DOCUMENTS = 30
"""Documents that `RECENT` days usually bring, at least, for their number to say anything."""
LEAST_INGESTS = 4
"""Ingests that brought something, for a pause to be learnt."""
_LEAST_HISTORY = timedelta(days=7)
_DAY = timedelta(days=1)

Brought = tuple[datetime, int]
"""When an ingest began, and the new documents that it found."""


class Expected(Protocol):
    """What is read of a configured source."""

    @property
    def enabled(self) -> bool: ...
    @property
    def quiet_days(self) -> float | None: ...


@dataclass(frozen=True)
class Usual:
    """What a source usually does; None where too little is known."""

    per_day: float | None = None
    pause: timedelta | None = None
    """The longest between two ingests that brought something."""


def brought_by_source(lakehouse: Lakehouse) -> dict[str, list[Brought]]:
    """What each ingest of each source brought, oldest first."""
    found: dict[str, list[Brought]] = {}
    for row in lakehouse.read(INGESTS, ["source", "started_at", "documents"]).to_pylist():
        found.setdefault(row["source"] or "", []).append((row["started_at"], row["documents"] or 0))
    return {source: sorted(ingests) for source, ingests in found.items()}


def usual(ingests: Sequence[Brought], now: datetime) -> Usual:
    """What is usual for a source whose ingests these are, oldest first."""
    later = [(at, n) for at, n in ingests[1:] if at > now - WINDOW - RECENT]
    brought = [(at, n) for at, n in later if n]
    if len(brought) < LEAST_INGESTS:
        return Usual()
    times = [ingests[0][0], *(at for at, _ in brought)] if ingests[0][0] > now - WINDOW - RECENT else [at for at, _ in brought]
    pause = max(b - a for a, b in pairwise(times))
    span = max(times[-1] - times[0], _DAY)
    return Usual(sum(n for _, n in brought) / (span / _DAY), pause)


def alert_of(source: str, ingests: Sequence[Brought], now: datetime, quiet_days: float | None = None) -> Alert | None:
    """What somebody should know of a source; None when it does as usual, or nothing is known of it."""
    if not ingests:
        return None
    known = usual(ingests, now)
    last = last_new_at(ingests) or ingests[0][0]
    silent_after = timedelta(days=quiet_days) if quiet_days else max(1.5 * known.pause, _DAY) if known.pause else None
    if silent_after is not None and now - last > silent_after:
        rate = f" (usually {_per_day(known.per_day)})" if known.per_day else ""
        return Alert("silent", source, None, f"no new documents from {source} for {_days(now - last)}{rate}")
    return _volume(source, ingests[1:], now)


def _volume(source: str, ingests: Sequence[Brought], now: datetime) -> Alert | None:
    start = max(now - RECENT - WINDOW, ingests[0][0]) if ingests else now
    history = now - RECENT - start
    if history < _LEAST_HISTORY:
        return None

    def total(until: datetime) -> int:
        return sum(n for at, n in ingests if until - RECENT < at <= until)

    before = sum(n for at, n in ingests if start <= at <= now - RECENT)
    expected = before * (RECENT / history)
    recent = total(now)
    windows = [total(now - RECENT - day * _DAY) for day in range(int((history - RECENT) / _DAY) + 1)]
    is_less = recent < LESS * expected and recent < min(windows)
    is_more = recent > MORE * expected and recent > max(windows)
    # none at all is silence, and judged as that
    if expected < LEAST_DOCUMENTS or not recent or not (is_less or is_more):
        return None
    said = f"{recent:,} new documents from {source} in the last {_days(RECENT)}, usually {expected:,.0f}"
    return Alert("volume", source, None, said)


def source_alerts(lakehouse: Lakehouse, configured: Mapping[str, Expected | BadSettings], now: datetime) -> list[Alert]:
    """Alerts of the sources that are configured and not switched off."""
    brought = brought_by_source(lakehouse)
    found: Iterable[Alert | None] = (
        alert_of(name, brought.get(name, []), now, source.quiet_days)
        for name, source in sorted(configured.items())
        if not isinstance(source, BadSettings) and source.enabled
    )
    return [alert for alert in found if alert is not None]


def last_new_at(ingests: Sequence[Brought]) -> datetime | None:
    """When an ingest last brought something; None when none did."""
    return max((at for at, n in ingests if n), default=None)


def _per_day(rate: float) -> str:
    if rate >= 1:
        return f"{rate:,.0f} a day"
    return f"{rate * 7:,.1f} a week"


def _days(time: timedelta) -> str:
    days = time / _DAY
    if days < 2:
        return f"{time / timedelta(hours=1):,.0f} hours"
    return f"{days:,.0f} days"
