"""What each source gave, how fresh it is and what is wrong with it: for `talentflow status` and the runs page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from cronsim import CronSim, CronSimError

from talentflow.errors import BadSettings
from talentflow.lakehouse import Lakehouse
from talentflow.tables import CLOSURES, DOCUMENTS, INGESTS, JOB_OFFERS, QUARANTINE
from talentflow.volume import brought_by_source, last_new_at, source_alerts, usual

SourceState = Literal["ok", "stale", "failed", "unusable", "never read", "off", "given"]
"""In words of the report: `unusable` has settings that are wrong, `given` is not configured (files and addresses on the command
line)."""

_BATCH_ROWS = 20_000


class Configured(Protocol):
    """What the report reads of a configured source."""

    @property
    def type(self) -> str: ...
    @property
    def terms(self) -> str | None: ...
    @property
    def schedule(self) -> str | None: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def quiet_days(self) -> float | None: ...


@dataclass
class SourceReport:
    """One source. Times are UTC; None where nothing is known."""

    name: str
    state: SourceState = "given"
    type: str | None = None
    terms: list[str] = field(default_factory=list[str])
    schedule: str | None = None
    documents: int = 0
    open_offers: int = 0
    closed: int = 0
    """Documents that the source does not offer any more, and offers whose validity has passed."""
    duplicates: int = 0
    """Open offers that repeat another one, of this source or of another."""
    quarantined: dict[str, int] = field(default_factory=dict[str, int])
    """Cause → documents that are still out."""
    first_fetched_at: datetime | None = None
    last_fetched_at: datetime | None = None
    """When something new or changed was last read; what is unchanged is not kept again."""
    last_ingest_at: datetime | None = None
    last_success_at: datetime | None = None
    stale: bool = False
    """Scheduled, and without a success for twice its interval."""
    usual_per_day: float | None = None
    """New documents a day, learnt from its last ingests."""
    last_new_at: datetime | None = None
    """When an ingest last brought something new."""
    alert: str | None = None
    """That it is silent, or brings far less or more than usual: `talentflow/volume.py`."""
    error: str | None = None
    """Why the last ingest was not read to its end, or why the settings cannot be used."""

    def as_json(self) -> dict[str, Any]:
        """With times in ISO 8601."""
        return {
            k: v.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(v, datetime) else v for k, v in asdict(self).items()
        }


def sources_report(lakehouse: Lakehouse, configured: Mapping[str, Configured | BadSettings], now: datetime) -> list[SourceReport]:
    """Every source that is configured, that was ingested or that has documents; those that need somebody come first.

    Args:
        configured: name → settings, or what is wrong with them (`producers.sources.read_sources`).
        now: in UTC; what staleness is measured by.
    """
    reports = _Reports()
    _count_documents(lakehouse, reports)
    for row in lakehouse.read(QUARANTINE, ["source", "error_code"]).to_pylist():
        causes = reports.of(row["source"]).quarantined
        causes[row["error_code"]] = causes.get(row["error_code"], 0) + 1
    _read_ingests(lakehouse, reports)
    for name, ingests in brought_by_source(lakehouse).items():
        known = reports.of(name)
        known.usual_per_day, known.last_new_at = usual(ingests, now).per_day, last_new_at(ingests)
    for alert in source_alerts(lakehouse, configured, now):
        reports.of(alert.of).alert = alert.message
    for name, source in configured.items():
        _configure(reports.of(name), source, now)
    for report in reports.by_name.values():
        report.quarantined = dict(sorted(report.quarantined.items(), key=lambda cause: (-cause[1], cause[0])))
    return sorted(reports.by_name.values(), key=lambda r: (_ORDER.index(r.state), r.name))


_ORDER: tuple[SourceState, ...] = ("unusable", "failed", "stale", "never read", "ok", "given", "off")


class _Reports:
    def __init__(self) -> None:
        self.by_name: dict[str, SourceReport] = {}

    def of(self, name: str | None) -> SourceReport:
        return self.by_name.setdefault(name or "", SourceReport(name or ""))


def _count_documents(lakehouse: Lakehouse, reports: _Reports) -> None:
    """Documents and when they were read, offers that are open, and those that repeat another one."""
    columns = ["document_id", "source", "terms", "fetched_at", "received_at"]
    source_of: dict[str, SourceReport] = {}
    for batch in lakehouse.scan(DOCUMENTS, columns, batch_rows=_BATCH_ROWS):
        for row in batch.to_pylist():
            report = source_of[row["document_id"]] = reports.of(row["source"])
            report.documents += 1
            read_at = row["fetched_at"] or row["received_at"]
            if read_at is not None:
                report.first_fetched_at = min(report.first_fetched_at or read_at, read_at)
                report.last_fetched_at = max(report.last_fetched_at or read_at, read_at)
            if row["terms"] and row["terms"] not in report.terms:
                report.terms.append(row["terms"])
    closed: set[str] = set()
    for row in lakehouse.read(CLOSURES, ["document_id", "source"]).to_pylist():
        closed.add(row["document_id"])
        reports.of(row["source"]).closed += 1
    for batch in lakehouse.scan(JOB_OFFERS, ["document_id", "duplicate_of", "closed_at"], batch_rows=_BATCH_ROWS):
        for row in batch.to_pylist():
            report = source_of.get(row["document_id"])
            if report is None or row["document_id"] in closed:
                continue
            if row["closed_at"] is not None:
                report.closed += 1
            else:
                report.open_offers += 1
                report.duplicates += row["duplicate_of"] is not None


def _read_ingests(lakehouse: Lakehouse, reports: _Reports) -> None:
    columns = ["source", "type", "terms", "started_at", "status", "error"]
    rows = lakehouse.read(INGESTS, columns).to_pylist()
    for row in sorted(rows, key=lambda r: r["started_at"]):
        report = reports.of(row["source"])
        report.type = row["type"]
        report.terms = report.terms or ([row["terms"]] if row["terms"] else [])
        report.last_ingest_at = row["started_at"]
        report.error = row["error"]
        if row["status"] == "ok":
            report.last_success_at = row["started_at"]
            report.state = "given"
        else:
            report.state = "failed"


def _configure(report: SourceReport, source: Configured | BadSettings, now: datetime) -> None:
    if isinstance(source, BadSettings):
        report.state, report.error = "unusable", str(source)
        return
    report.type, report.schedule = source.type, source.schedule
    report.terms = [source.terms] if source.terms else report.terms
    if not source.enabled:
        report.state = "off"
        return
    since = report.last_success_at or report.last_ingest_at
    report.stale = since is not None and is_overdue(source.schedule, since, now)
    if report.last_ingest_at is None:
        report.state = "never read"
    elif report.error is None:
        report.state = "stale" if report.stale else "ok"


def is_overdue(schedule: str | None, since: datetime, now: datetime) -> bool:
    """Whether two times of the schedule (cron, UTC) have passed since, and twice the time between them: a schedule that rests
    over a weekend is late on Tuesday, not on Saturday. Never without a schedule that can be read."""
    if not schedule:
        return False
    try:
        times = CronSim(schedule, since.astimezone(UTC))
        first, second = next(times), next(times)
    except (CronSimError, StopIteration):
        return False
    return second < now and now - since >= 2 * (second - first)
