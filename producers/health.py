"""How every source is doing, configured or not."""

from __future__ import annotations

from datetime import UTC, datetime

from producers.sources import read_sources
from talentflow.drift import Alert
from talentflow.errors import BadSettings
from talentflow.lakehouse import Lakehouse
from talentflow.settings import Settings
from talentflow.sources_report import SourceReport, sources_report
from talentflow.volume import source_alerts


def sources_health(settings: Settings, lakehouse: Lakehouse) -> list[SourceReport]:
    """What `sources_report` says now. Settings that cannot be read as a whole are an entry under their file's name."""
    now = datetime.now(UTC)
    try:
        return sources_report(lakehouse, read_sources(settings), now)
    except BadSettings as error:
        return sources_report(lakehouse, {settings.sources_file.name: error}, now)


def sources_alerts(settings: Settings, lakehouse: Lakehouse) -> list[Alert]:
    """Sources that are silent or bring far less or more than usual; none where their settings cannot be read as a whole."""
    try:
        return source_alerts(lakehouse, read_sources(settings), datetime.now(UTC))
    except BadSettings:
        return []
