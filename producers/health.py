"""How every source is doing, configured or not."""

from __future__ import annotations

from datetime import UTC, datetime

from producers.sources import read_sources
from talentflow.errors import BadSettings
from talentflow.lakehouse import Lakehouse
from talentflow.settings import Settings
from talentflow.sources_report import SourceReport, sources_report


def sources_health(settings: Settings, lakehouse: Lakehouse) -> list[SourceReport]:
    """What `sources_report` says now. Settings that cannot be read as a whole are an entry under their file's name."""
    now = datetime.now(UTC)
    try:
        return sources_report(lakehouse, read_sources(settings), now)
    except BadSettings as error:
        return sources_report(lakehouse, {settings.sources_file.name: error}, now)
