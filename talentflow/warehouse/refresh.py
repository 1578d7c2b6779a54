"""Bring the warehouse up to date: load, build, publish; nothing when neither a table nor the project changed."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import structlog

from snowpark_udfs.package import code_hash
from talentflow.errors import QualityGateFailed
from talentflow.home import alone
from talentflow.ids import content_hash, digest
from talentflow.lakehouse import Lakehouse, small_lakehouse
from talentflow.report import StageReport
from talentflow.settings import PROJECT_DIR, Settings
from talentflow.warehouse import LOADED, Built, Loaded, open_warehouse
from talentflow.warehouse.dbt import RunDbt, run_dbt

log = structlog.get_logger(__name__)

CheckMarts = Callable[[Callable[[str], Iterable[pa.RecordBatch]]], dict[str, Any]]
"""`talentflow.marts.check_marts` on a way to read the build."""
_STEPS = ("load", "build", "publish")
_PROJECT_SUFFIXES = (".sql", ".yml", ".yaml", ".csv", ".md", ".py")


def build_warehouse(
    settings: Settings, lakehouse: Lakehouse, run_dbt: RunDbt = run_dbt, *, check: CheckMarts | None = None
) -> StageReport:
    """Load the lakehouse's tables, build the marts and publish them. A build that failed is gone on with where neither the
    tables nor the project changed since: only its failed nodes, and those that depend on them, are built again.

    Args:
        check: says of the marts, read from the build that is about to be published, what a report shall tell of them; raises
            QualityGateFailed when they must not be published.

    Raises: QualityGateFailed when a model, a test or the check fails, BadInput when rows cannot be loaded, StorageFull: the
    published warehouse then stays as it was. Busy when another build goes on.
    """
    busy = f"another run builds the warehouse of {settings.home}: wait for it to end"
    with alone(settings.warehouse_dir / "build.lock", busy):
        return _build(settings, small_lakehouse(settings, lakehouse), run_dbt, check)


def _build(settings: Settings, lakehouse: Lakehouse, run_dbt: RunDbt, check: CheckMarts | None) -> StageReport:
    started = time.perf_counter()
    report = StageReport("warehouse")
    warehouse = open_warehouse(settings)
    failed = _FailedBuild(settings.warehouse_dir / "failed.json")
    code = _code_version()
    present = _stamp({table.id: lakehouse.version(table) for table in LOADED}, lakehouse, code)
    published = warehouse.built_from()
    if published == present:
        report.details = {"unchanged": True}
    else:
        before = failed.take()
        retry = before.get("built_from") == present and warehouse.has_build()
        _progress(0)
        if retry:
            loaded: Any = before["loaded"]
        else:
            tables = warehouse.load(lakehouse)
            report.rows_written = sum(table.written + table.deleted for table in tables.values())
            present = _stamp({table.id: tables[table.id].version for table in LOADED}, lakehouse, code)
            loaded = {name: _as_json(table) for name, table in tables.items()}
        _progress(1)
        if published is not None and not _is_of(published, code):
            run_dbt = _anew(run_dbt)
        try:
            built = warehouse.build(PROJECT_DIR / "dbt", run_dbt, retry=retry)
            _progress(2)
            checked = check(warehouse.read_build) if check else {}
            report.rows_written += checked.pop("rows_written", 0)
        except QualityGateFailed:
            failed.keep({"built_from": present, "loaded": loaded})
            raise
        warehouse.publish(present)
        report.details = {"loaded": loaded, "marts": dict(built.marts), "dbt": _nodes(built, retry)} | checked
        _progress(3)
    report.seconds = time.perf_counter() - started
    return report


class _FailedBuild:
    """What a build that dbt ended with failed nodes was made from; one that was killed leaves nothing to go on with."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, what: Mapping[str, Any]) -> None:
        aside = self._path.with_suffix(".part")
        aside.write_text(json.dumps(what), encoding="utf-8")
        os.replace(aside, self._path)

    def take(self) -> dict[str, Any]:
        """And forget it."""
        try:
            what = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            what = {}
        self._path.unlink(missing_ok=True)
        return what


def _stamp(versions: Mapping[str, int | None], lakehouse: Lakehouse, code: str) -> str:
    """What a warehouse is built from, as text."""
    tables = {table.id: [lakehouse.identity(table), versions[table.id]] for table in LOADED}
    return json.dumps({"tables": tables, "code": code}, sort_keys=True)


def _is_of(stamp: str, code: str) -> bool:
    try:
        return json.loads(stamp).get("code") == code
    except (ValueError, AttributeError):
        return False


def _anew(run_dbt: RunDbt) -> RunDbt:
    """Incremental models hold rows that other SQL made: when the project changed they are made again. Snapshots are kept."""
    return lambda call: run_dbt(replace(call, environment={**call.environment, "DBT_FULL_REFRESH": "1"}))


def _as_json(loaded: Loaded) -> dict[str, Any]:
    """What a report says of a table; what does not apply is left out."""
    how = "whole" if loaded.whole else "changes" if loaded.written or loaded.deleted else "unchanged"
    told: dict[str, Any] = {"how": how, "version": loaded.version, "rows": loaded.rows}
    more = {"written": loaded.written, "deleted": loaded.deleted, "why": loaded.why, "skipped": list(loaded.skipped)}
    return told | {name: value for name, value in more.items() if value}


def _nodes(built: Built, retry: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"nodes": dict(Counter(node.status for node in built.nodes))}
    if warnings := {n.unique_id: n.message for n in built.nodes if n.status == "warn"}:
        told["warnings"] = warnings
    return told | ({"retried": True} if retry else {})


def _code_version() -> str:
    """Of the dbt project, of the functions that its models call and of what is expected of the marts."""
    files = [p for p in (PROJECT_DIR / "dbt").rglob("*") if p.suffix in _PROJECT_SUFFIXES]
    files += (PROJECT_DIR / "expectations/marts").glob("*.yaml")
    return digest(code_hash(), content_hash(b"".join(p.read_bytes() for p in sorted(files) if p.is_file())))


def _progress(done: int) -> None:
    log.info("stage_progress", stage="warehouse", done=done, total=len(_STEPS))
