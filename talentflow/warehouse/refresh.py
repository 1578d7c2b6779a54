"""Bring the warehouse up to date: load, build, publish; nothing when no table changed."""

from __future__ import annotations

import json
import time
from typing import Any

import structlog

from talentflow.ids import content_hash
from talentflow.lakehouse import Lakehouse
from talentflow.report import StageReport
from talentflow.settings import PROJECT_DIR, Settings
from talentflow.warehouse import LOADED, open_warehouse

log = structlog.get_logger(__name__)


def build_warehouse(settings: Settings, lakehouse: Lakehouse) -> StageReport:
    """Load the lakehouse's tables, build the marts and publish them.

    Raises QualityGateFailed when a model or a test fails: the published warehouse then stays as it was.
    """
    started = time.perf_counter()
    report = StageReport("warehouse")
    project = PROJECT_DIR / "dbt"
    built_from: dict[str, Any] = {t.id: lakehouse.version(t) for t in LOADED} | {"dbt": _project_version()}
    stamp = settings.warehouse_dir / "built_from.json"
    if stamp.exists() and json.loads(stamp.read_text()) == built_from:
        report.details = {"unchanged": True}
    else:
        log.info("stage_progress", stage="warehouse", done=0, total=1)
        warehouse = open_warehouse(settings)
        warehouse.load(lakehouse)
        marts: dict[str, Any] = dict(warehouse.build(project))
        warehouse.publish()
        stamp.write_text(json.dumps(built_from))
        report.details = {"marts": marts}
        log.info("stage_progress", stage="warehouse", done=1, total=1)
    report.seconds = time.perf_counter() - started
    return report


def _project_version() -> str:
    files = sorted(p for p in (PROJECT_DIR / "dbt").rglob("*") if p.suffix in (".sql", ".yml"))
    return content_hash(b"".join(p.read_bytes() for p in files))
