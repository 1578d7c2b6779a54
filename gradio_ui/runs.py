"""The last runs and the quality of their data, as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from gradio_ui.markup import bar, empty, escaped, notice, plural
from talentflow.errors import BadSettings
from talentflow.suites import SUITES_DIR, read_suite

_STATUS = {"ok": ("met", "Succeeded"), "failed": ("missing", "Failed")}
_STAGE = {
    "ingest": "Ingest",
    "simulate": "Simulate",
    "bronze": "Land",
    "parse": "Read",
    "classify": "Classify",
    "extract": "Extract",
    "link": "Link duplicates",
    "gate": "Check quality",
    "embed": "Embed",
    "simulate_interactions": "Simulate interactions",
    "interactions": "Land interactions",
    "index": "Publish index",
    "warehouse": "Build marts",
}


def runs_page(
    summaries: Sequence[Mapping[str, Any]], *, data_docs: str | None, sources: str = "", silent: Sequence[str] = ()
) -> str:
    """The newest run whole, the sources, quality by table, and earlier runs in a line each.

    Args:
        summaries: as `report.load_summaries` gives them, newest first.
        data_docs: where the Data Docs are served; None when there are none.
        sources: HTML of `sources.sources_panel`.
        silent: what is told of sources that do not do as usual, now.
    """
    if not summaries:
        none = empty(
            "No run yet",
            "Runs, their documents and the quality of their data appear here.",
            body="<p>Start the first one in a terminal:</p><pre>talentflow quick</pre>",
        )
        return f"{none}{sources}"
    newest = summaries[0]
    checked = next((s for s in summaries if s.get("quality")), None)
    link = (
        f'<a class="tf-link" href="{escaped(data_docs)}" target="_blank" rel="noopener">Open the Data Docs</a>'
        if data_docs
        else ""
    )
    return (
        f"{_newest(newest)}{sources}"
        f'<section class="tf-panel"><h3>Documents, stage by stage</h3>{_stages(newest)}</section>'
        f'<section class="tf-panel"><h3>Quarantined, and why</h3>{_quarantined(newest)}</section>'
        f'<section class="tf-panel"><h3>Drift and alerts</h3>{_alerts(checked, silent)}</section>'
        f'<section class="tf-panel"><header><h3>Data quality</h3>{link}</header>{_quality(checked, newest)}</section>'
        f'<section class="tf-panel"><h3>Tables</h3>{_tables(newest)}</section>'
        f'<section class="tf-panel"><h3>Last runs</h3>{_history(summaries)}</section>'
    )


def _newest(run: Mapping[str, Any]) -> str:
    tone, word = _STATUS.get(str(run.get("status")), ("other", str(run.get("status"))))
    tables: Mapping[str, int] = run.get("tables", {})
    index: Mapping[str, Any] = run.get("index", {})
    figures = [
        ("Documents", f"{tables.get('bronze.documents', 0):,}"),
        ("Offers", f"{tables.get('silver.job_offers', 0):,}"),
        ("Candidates", f"{tables.get('silver.candidates', 0):,}"),
        ("In quarantine", f"{tables.get('bronze.quarantine', 0):,}"),
        ("In the index", f"{index.get('vectors', 0):,}"),
        ("Rows written", f"{run.get('rows_written', 0):,}"),
    ]
    cells = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures)
    error = notice(str(run["error"]), "error") if run.get("error") else ""
    return (
        '<section class="tf-panel"><header>'
        f'<h3>Last run</h3><span class="tf-chip tf-{tone}">{escaped(word)}</span></header>'
        f'<p class="tf-small">{when(run)} · {seconds(run.get("seconds"))} · profile {escaped(run.get("profile", ""))} · '
        f"<code>{escaped(run.get('run_id', ''))}</code></p>{error}<dl class='tf-figures'>{cells}</dl></section>"
    )


def when(run: Mapping[str, Any]) -> str:
    """`24 November 2026, 07:30 UTC`."""
    try:
        started = datetime.fromisoformat(str(run.get("started_at")))
    except ValueError:
        return "at an unknown time"
    return f"{started.day} {started:%B %Y, %H:%M} UTC"


def seconds(value: Any) -> str:
    """`8.4 s`, `2 min 5 s`."""
    if not isinstance(value, int | float):
        return ""
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], label: str) -> str:
    """Cells are HTML; all columns but the first hold numbers when they end in `#`."""
    head = "".join(f'<th scope="col"{_number(c)}>{c.rstrip("#")}</th>' for c in columns)
    body = "".join(
        "<tr>" + "".join(f"<td{_number(c)}>{cell}</td>" for c, cell in zip(columns, row, strict=True)) + "</tr>" for row in rows
    )
    return (
        f'<div class="tf-scroll" tabindex="0" role="region" aria-label="{label}"><table class="tf-table">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _number(column: str) -> str:
    return ' class="tf-num"' if column.endswith("#") else ""


def _count(value: Any) -> str:
    return f"{value:,}" if value else "–"


def _stages(run: Mapping[str, Any]) -> str:
    rows = [
        [
            f"<b>{escaped(_STAGE.get(s['name'], s['name']))}</b> <code>{escaped(s['name'])}</code>",
            *(_count(s.get(k)) for k in ("in", "ok", "quarantined", "skipped", "rows_written")),
            seconds(s.get("seconds")),
        ]
        for s in run.get("stages", [])
    ]
    return _table(["Stage", "In#", "OK#", "Quarantined#", "Skipped#", "Rows written#", "Time#"], rows, "Documents by stage")


def _quarantined(run: Mapping[str, Any]) -> str:
    rows = [
        [
            escaped(_STAGE.get(stage["name"], stage["name"])),
            f"<code>{escaped(code)}</code>",
            f"{said['documents']:,}",
            f'<span class="tf-example">{escaped(said["example"])}</span>',
        ]
        for stage in run.get("stages", [])
        for code, said in stage.get("errors", {}).items()
    ]
    if not rows:
        return '<p class="tf-calm">Nothing: every document of this run went through.</p>'
    return _table(["Stage", "Cause", "Documents#", "For example"], rows, "Quarantined documents by cause")


def plain_words(expectation: str) -> str:
    """`Salary max is not below min` for `salary_max_is_not_below_min`."""
    words = expectation.replace("_s_", "’s ").replace("_", " ").replace("iso 639", "ISO 639").replace("isco", "ISCO")
    return words[:1].upper() + words[1:]


def expectations(table: str, folder: Path = SUITES_DIR) -> list[str]:
    """The names in the suite of a table, `layer.name`; none when there is no such suite, or it cannot be read."""
    layer, _, name = table.partition(".")
    path = folder / layer / f"{name}.yaml"
    try:
        return [e.name for e in read_suite(path).expectations] if path.is_file() else []
    except BadSettings:
        return []


def _alerts(checked: Mapping[str, Any] | None, silent: Sequence[str]) -> str:
    """What drifted in the last run that checked rows, and what sources do now."""
    drifted = [a for a in (checked or {}).get("alerts", []) if a["kind"] not in ("silent", "volume")]
    lines = [*((a["level"], a["message"]) for a in drifted), *(("warning", message) for message in silent)]
    if not lines:
        return '<p class="tf-calm">Nothing drifted, and every source does as usual.</p>'
    items = "".join(f'<li class="tf-unmet"><b>{escaped(level)}</b>: {escaped(message)}</li>' for level, message in lines)
    return f'<ul class="tf-alerts">{items}</ul>'


def _quality(checked: Mapping[str, Any] | None, newest: Mapping[str, Any]) -> str:
    if checked is None:
        return '<p class="tf-calm">No run has checked rows yet.</p>'
    earlier = ""
    if checked is not newest:
        earlier = f'<p class="tf-small">The last run had no new rows to check; this is the run of {when(checked)}.</p>'
    return earlier + "".join(_table_quality(name, said) for name, said in checked["quality"].items())


def _table_quality(name: str, said: Mapping[str, Any]) -> str:
    unmet: Mapping[str, float] = said.get("unmet", {})
    met = int(said.get("met", 0))
    total = met + len(unmet)
    failing = "".join(
        f'<li class="tf-unmet"><b>{escaped(plain_words(e))}</b>: not so in {share:g} % of rows</li>' for e, share in unmet.items()
    )
    fine = [e for e in expectations(name) if e not in unmet]
    listed = "".join(f"<li>{escaped(plain_words(e))}</li>" for e in fine) if len(fine) == met else ""
    more = f"<details><summary>The {met} that are met</summary><ul>{listed}</ul></details>" if listed else ""
    label = f"{met} of {total} expectations met"
    return (
        f'<div class="tf-quality"><div class="tf-quality-head"><b>{escaped(_table_words(name))}</b>'
        f"<span>{plural(int(said.get('rows', 0)), 'row')}</span>"
        f"{bar(met / total if total else 1.0, label)}<span>{label}</span></div>"
        f"<ul>{failing}</ul>{more}</div>"
    )


def _table_words(table: str) -> str:
    """`Job offers (silver)` for `silver.job_offers`."""
    layer, _, name = table.rpartition(".")
    words = name.replace("_", " ").capitalize()
    return f"{words} ({layer})" if layer else words


def _tables(run: Mapping[str, Any]) -> str:
    rows = [[f"<code>{escaped(name)}</code>", f"{count:,}"] for name, count in run.get("tables", {}).items()]
    return _table(["Table", "Rows#"], rows, "Rows by table")


def _history(summaries: Sequence[Mapping[str, Any]]) -> str:
    rows: list[list[str]] = []
    for run in summaries:
        tone, word = _STATUS.get(str(run.get("status")), ("other", str(run.get("status"))))
        stages: Sequence[Mapping[str, Any]] = run.get("stages", [])
        landed = sum(s.get("in", 0) for s in stages if s["name"] == "bronze")
        lost = sum(s.get("quarantined", 0) for s in stages)
        rows.append(
            [
                f'<span class="tf-nowrap">{when(run)}</span>',
                f'<span class="tf-chip tf-{tone}">{escaped(word)}</span>',
                _count(landed),
                _count(lost),
                _count(run.get("rows_written")),
                seconds(run.get("seconds")),
            ]
        )
    return _table(["Started", "Status", "New documents#", "Quarantined#", "Rows written#", "Time#"], rows, "Last runs")
