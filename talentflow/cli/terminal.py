"""What people see: live progress a stage, and the summary of a run."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Generator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

out = Console()
err = Console(stderr=True)


def print_json(value: Any) -> None:
    """One JSON value on standard output, and nothing else there."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_json_line(value: Any) -> None:
    """One JSON value on one line of standard output, at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


@contextmanager
def progress(*, quiet: bool) -> Generator[None]:
    """Show the stages' `stage_progress` events as bars on standard error; log everything else as lines there."""
    bars = Progress(
        TextColumn("{task.description:<10}"), BarColumn(32), MofNCompleteColumn(), TimeElapsedColumn(), console=err, disable=quiet
    )
    tasks: dict[str, TaskID] = {}

    def show(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if event.get("event") != "stage_progress":
            return event
        stage, done, total = event["stage"], event["done"], event["total"]
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=total)
        bars.update(tasks[stage], completed=done, total=total)
        raise structlog.DropEvent

    structlog.configure(
        processors=[
            show,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer() if quiet else structlog.dev.ConsoleRenderer(colors=err.is_terminal),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    with bars:
        yield


def print_alerts(alerts: Sequence[Mapping[str, Any]]) -> None:
    """A line each: what drifted, and sources that do not do as usual."""
    for alert in alerts:
        out.print(f"{alert['level']}: {alert['message']}", style="yellow", highlight=False, markup=False, soft_wrap=True)


def print_summary(summary: Mapping[str, Any]) -> None:
    """Documents a stage, causes of quarantine, quality, tables, where things are."""
    stages = Table(title=f"Run {summary['run_id']} · {summary['profile']} · {summary['seconds']:.1f} s", title_justify="left")
    for column in ("stage", "in", "ok", "quarantined", "skipped", "seconds", "per second"):
        stages.add_column(column, justify="left" if column == "stage" else "right")
    for s in summary["stages"]:
        rate = f"{s['in'] / s['seconds']:,.0f}" if s["in"] and s["seconds"] else ""
        cells = (str(s[k] or "") for k in ("in", "ok", "quarantined", "skipped"))
        stages.add_row(s["name"], *cells, f"{s['seconds']:.2f}", rate)
    out.print(stages)
    causes = [(s["name"], code, e) for s in summary["stages"] for code, e in s.get("errors", {}).items()]
    if causes:
        table = Table(title="Quarantined, and why", title_justify="left")
        for column in ("stage", "cause", "documents", "for example"):
            table.add_column(column, overflow="fold")
        for name, code, e in causes:
            table.add_row(name, code, str(e["documents"]), e["example"])
        out.print(table)
    if summary["quality"]:
        table = Table(title="Data quality", title_justify="left")
        for column in ("table", "rows checked", "expectations met", "not met (share of rows)"):
            table.add_column(column)
        for name, q in summary["quality"].items():
            unmet = ", ".join(f"{k} ({v:.1f} %)" for k, v in q["unmet"].items())
            table.add_row(name, str(q["rows"]), str(q["met"]), unmet)
        out.print(table)
    print_alerts(summary.get("alerts", []))
    tables = ", ".join(f"{name} {rows:,}" for name, rows in summary["tables"].items() if rows)
    out.print(f"Tables: {tables}", highlight=False, soft_wrap=True)
    kinds = ", ".join(f"{name} {vectors:,}" for name, vectors in summary["index"].get("kinds", {}).items())
    out.print(
        f"Rows written {summary['rows_written']:,} · texts embedded {summary['texts_embedded']:,} · index: {kinds} · "
        f"waited {summary['orchestrator_seconds']:.1f} s for the Prefect server",
        highlight=False,
        soft_wrap=True,
    )
    for name, path in summary["reports"].items():
        out.print(f"{name}: {path}", highlight=False, soft_wrap=True)
