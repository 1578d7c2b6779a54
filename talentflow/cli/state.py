"""Commands that look: status and doctor."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.box import SIMPLE
from rich.table import Table

from talentflow.cli.terminal import out, print_alerts, print_json
from talentflow.settings import load_settings

if TYPE_CHECKING:
    from talentflow.sources_report import SourceReport

Flag = Annotated[bool, Parameter(negative=())]


def status(*, json: Flag = False) -> None:
    """What is in the home folder: the last runs, rows a table, quarantine by cause, what drifted, and how each source is doing.

    Parameters
    ----------
    json
        Print it as JSON.
    """
    from collections import Counter

    from producers.health import sources_alerts, sources_health
    from talentflow.freshness import load_freshness
    from talentflow.lakehouse import small_lakehouse
    from talentflow.report import last_warehouse, load_summaries, warehouse_sentence
    from talentflow.tables import QUARANTINE, TABLES

    settings = load_settings()
    lakehouse = small_lakehouse(settings)
    rows = lakehouse.read(QUARANTINE, ["stage", "error_code"]).to_pylist()
    causes = Counter((r["stage"], r["error_code"]) for r in rows)
    sources = sources_health(settings, lakehouse)
    summaries = load_summaries(settings, last=10)
    # a source's are as of now; drift is of the last run that checked something
    checked = next((r for r in summaries if r.get("quality")), {})
    alerts = [a for a in checked.get("alerts", []) if a["kind"] not in ("silent", "volume")]
    alerts += [a.as_json() for a in sources_alerts(settings, lakehouse)]
    told: dict[str, Any] = {
        "home": str(settings.home),
        "profile": settings.profile,
        "runs": [
            {
                k: r.get(k)
                for k in ("run_id", "status", "error", "started_at", "seconds", "rows_written", "texts_embedded", "only")
            }
            for r in summaries
        ],
        "tables": {t.id: lakehouse.count(t) for t in TABLES.values()},
        "warehouse": last_warehouse(load_summaries(settings)),
        "quarantine": [{"stage": s, "error_code": c, "documents": n} for (s, c), n in sorted(causes.items())],
        "alerts": alerts,
        "sources": [s.as_json() for s in sources],
        "freshness": load_freshness(settings),
    }
    if json:
        print_json(told)
        return
    out.print(f"Home {told['home']} · profile {told['profile']}", highlight=False)
    table = Table(title="Last runs", title_justify="left")
    for column in ("run", "status", "started", "seconds", "rows written", "stages"):
        table.add_column(column)
    for r in told["runs"]:
        table.add_row(
            r["run_id"],
            r["status"],
            r["started_at"],
            f"{r['seconds']:.1f}",
            str(r["rows_written"]),
            ", ".join(r["only"] or ["all"]),
        )
    out.print(table if told["runs"] else "No run yet: talentflow quick")
    if told["warehouse"]:
        out.print(warehouse_sentence(told["warehouse"]), highlight=False, markup=False, soft_wrap=True)
    if fresh := told["freshness"]:
        said = f"from their producer to the index in {fresh['p50']:.1f} s (median) and {fresh['p95']:.1f} s (95 %)"
        out.print(f"The last {fresh['documents']:,} documents of the stream came {said}", highlight=False)
    for name, n in told["tables"].items():
        out.print(f"{name:<26} {n:>10,}", highlight=False)
    for q in told["quarantine"]:
        out.print(f"quarantined in {q['stage']}: {q['error_code']} ({q['documents']})", highlight=False)
    print_alerts(alerts)
    if sources:
        _show_sources(sources)


def _show_sources(sources: list[SourceReport]) -> None:
    table = Table(title="Sources (times in UTC)", title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("source", overflow="fold")
    for column in ("docs", "open", "closed", "dupl.", "quar."):
        table.add_column(column, justify="right", no_wrap=True)
    for column in ("last success", "state"):
        table.add_column(column, no_wrap=True)
    for s in sources:
        counts = (s.documents, s.open_offers, s.closed, s.duplicates, sum(s.quarantined.values()))
        success = f"{s.last_success_at:%d %b %H:%M}" if s.last_success_at else ""
        table.add_row(s.name, *(f"{n:,}" for n in counts), success, s.state)
    out.print(table, markup=False)
    for s in sources:
        if s.error:
            out.print(f"{s.name}: {s.error}", highlight=False, markup=False, soft_wrap=True)


def doctor(*, json: Flag = False) -> None:
    """Check that everything the profile and the chosen ports need is here; says how to get what is missing.

    Exit code 1 if something is. Servers are only asked whether they listen.

    Parameters
    ----------
    json
        Print it as JSON.
    """
    from talentflow.cli.checks import checks

    found = checks(load_settings())
    if json:
        print_json([{"check": name, "ok": ok, "detail": detail} for name, ok, detail in found])
    else:
        for name, ok, detail in found:
            out.print("[green]ok[/green]     " if ok else "[red]missing[/red] ", end="")
            out.print(f"{name}: {detail}", highlight=False, markup=False, soft_wrap=True)
    if not all(ok for _, ok, _ in found):
        sys.exit(1)
