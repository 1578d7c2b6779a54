"""Every source in a line: what it gave, how fresh it is and what is wrong with it, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gradio_ui.labels import ago
from gradio_ui.markup import escaped, linked
from talentflow.sources_report import SourceReport, SourceState

_TONE: dict[SourceState, tuple[str, str]] = {
    "ok": ("met", "OK"),
    "stale": ("missing", "Stale"),
    "failed": ("missing", "Failed"),
    "unusable": ("missing", "Settings are wrong"),
    "never read": ("other", "Never read"),
    "off": ("other", "Switched off"),
    "given": ("other", "By hand"),
}
_TYPE = {
    "site": "Site",
    "ats": "Recruiting system",
    "feed": "Feed",
    "jobspy": "Job sites",
    "files": "Files",
    "mailbox": "Mailbox",
    "database": "Database",
    "interactions": "Interactions",
}
_COLUMNS = ("Source", "Documents", "Open offers", "Closed", "Repeated", "Quarantined", "Last new", "Last success", "State")
_TERMS_SHOWN = 3
_NONE = "–"


def sources_panel(reports: Sequence[SourceReport], now: datetime) -> str:
    """A table that becomes one block a source on a phone; nothing without sources.

    Args:
        reports: in the order in which they are shown.
        now: in UTC; ages count from it.
    """
    if not reports:
        return ""
    head = "".join(f'<th scope="col"{_number(i)}>{name}</th>' for i, name in enumerate(_COLUMNS))
    body = "".join(_row(report, now) for report in reports)
    return (
        '<section class="tf-panel tf-sources"><h3>Sources</h3>'
        '<div class="tf-scroll" tabindex="0" role="region" aria-label="Sources">'
        f'<table class="tf-table tf-stacked"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></section>'
    )


def _row(report: SourceReport, now: datetime) -> str:
    cells = [
        _who(report),
        *(f"{n:,}" if n else _NONE for n in (report.documents, report.open_offers, report.closed, report.duplicates)),
        _quarantined(report),
        _when(report.last_fetched_at, now),
        _when(report.last_success_at, now),
        _state(report, now),
    ]
    shown = "".join(
        f'<td{_class(i, cell)} data-label="{name}">{cell}</td>'
        for i, (name, cell) in enumerate(zip(_COLUMNS, cells, strict=True))
    )
    return f"<tr>{shown}</tr>"


def _number(column: int) -> str:
    return ' class="tf-num"' if 1 <= column <= 4 else ""


def _class(column: int, cell: str) -> str:
    """Numbers stand to the right; on a phone what there is none of is left out."""
    names = ["tf-num"] * (1 <= column <= 4) + ["tf-none"] * (cell == _NONE)
    return f' class="{" ".join(names)}"' if names else ""


def _who(report: SourceReport) -> str:
    kind = escaped(_TYPE.get(report.type or "", report.type or ""))
    schedule = f'<span class="tf-nowrap">{escaped(report.schedule)} UTC</span>' if report.schedule else ""
    said = " · ".join(fact for fact in (kind, schedule) if fact)
    terms = "; ".join(linked(term) for term in report.terms[:_TERMS_SHOWN])
    rest = len(report.terms) - _TERMS_SHOWN
    more = f" and {rest} more" if rest > 0 else ""
    lines = [f"<b>{escaped(report.name or 'without a name')}</b>", said, f"Terms: {terms}{more}" if terms else ""]
    first, *others = [line for line in lines if line]
    return first + "".join(f'<span class="tf-under">{line}</span>' for line in others)


def _quarantined(report: SourceReport) -> str:
    if not report.quarantined:
        return _NONE
    causes = "".join(
        f'<span class="tf-under"><code>{escaped(code)}</code> {n:,}</span>' for code, n in report.quarantined.items()
    )
    return f"{sum(report.quarantined.values()):,}{causes}"


def _when(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return _NONE
    return f'<time datetime="{moment.isoformat()}" title="{moment:%Y-%m-%d %H:%M} UTC">{ago(moment, now)}</time>'


def _state(report: SourceReport, now: datetime) -> str:
    tone, word = _TONE[report.state]
    if report.stale and report.state == "failed":
        word = "Failed, stale"
    tried = (
        f'<span class="tf-under">tried {ago(report.last_ingest_at, now)}</span>' if report.error and report.last_ingest_at else ""
    )
    error = f'<span class="tf-example">{escaped(report.error)}</span>' if report.error else ""
    return f'<span class="tf-chip tf-{tone}">{word}</span>{tried}{error}'
