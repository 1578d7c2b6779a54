"""Charts of the runs page, as plotly figures that fit light and dark pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

ACCENT, WARM, SOFT = "#0f8b8d", "#d9822b", "#8795a8"
_FONT = {"family": "IBM Plex Sans, system-ui, sans-serif", "size": 13, "color": "#7b8794"}
_GRID = "rgba(128,140,155,0.22)"
_LABEL = 26


def stage_chart(run: Mapping[str, Any]) -> go.Figure:
    """Documents per stage of a run: what went on, what was skipped, what was quarantined."""
    counted: dict[str, Counter[str]] = {}
    for stage in run.get("stages", []):
        if stage.get("in"):
            counted.setdefault(stage["name"], Counter()).update(
                {key: stage.get(key, 0) for key in ("ok", "skipped", "quarantined")}
            )
    series = (("ok", "OK", ACCENT), ("skipped", "skipped", SOFT), ("quarantined", "quarantined", WARM))
    bars = [
        go.Bar(x=list(counted), y=[c[key] for c in counted.values()], name=label, marker_color=color)
        for key, label, color in series
        if any(c[key] for c in counted.values())
    ]
    return _styled(go.Figure(bars), "Documents per stage", barmode="stack")


def market_chart(skills: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Share of offers that ask for a skill beside the share of candidates who have it, most asked first.

    Args:
        skills: `skill`, `asked` and `had` (shares from 0 to 1), most asked first.
    """
    rows = list(reversed(skills))
    names = [_short(str(r["skill"])) for r in rows]
    bars = [
        go.Bar(y=names, x=[r["had"] for r in rows], name="candidates who have it", orientation="h", marker_color=WARM),
        go.Bar(y=names, x=[r["asked"] for r in rows], name="offers that ask for it", orientation="h", marker_color=ACCENT),
    ]
    figure = _styled(go.Figure(bars), "Skills: asked for and had", barmode="group")
    figure.update_layout(legend_traceorder="reversed")
    figure.update_yaxes(ticksuffix="  ")
    figure.update_xaxes(tickformat=".0%", rangemode="tozero")
    return figure


def _short(name: str) -> str:
    return name if len(name) <= _LABEL else f"{name[: _LABEL - 1]}…"


def _styled(figure: go.Figure, title: str, **layout: Any) -> go.Figure:
    figure.update_layout(
        title={"text": title, "x": 0, "xref": "container", "pad": {"l": 16}, "font": {"size": 16}},
        font=_FONT,
        height=380,
        margin={"l": 8, "r": 16, "t": 56, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": -0.1, "yanchor": "top", "x": 0, "traceorder": "normal"},
        bargap=0.28,
        hovermode="closest",
        dragmode=False,
        **layout,
    )
    figure.update_xaxes(gridcolor=_GRID, zerolinecolor=_GRID, automargin=True)
    figure.update_yaxes(gridcolor=_GRID, zerolinecolor=_GRID, automargin=True)
    return figure
