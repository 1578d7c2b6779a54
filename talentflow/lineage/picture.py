"""The graph as an SVG: columns from left to right in the order in which data flows, first the documents' way, then the warehouse.

Columns are longest paths; within a column datasets are put near what they are connected with. No script, no font, no image from
elsewhere: it stands in a page, in the docs and alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from talentflow.lineage.graph import LAYERS, Graph, Node

_WAREHOUSE = ("staging", "intermediate", "marts", "snapshots")
_WIDTH, _HEIGHT = 232, 38
_GAP_X, _GAP_Y = 56, 12
_LANE = 7
_MOST_SPREAD = 90
_NOTE_LENGTH = 36
_MARGIN, _TITLE = 28, 34
_SWEEPS = 12
_COLORS = {
    "sources": "#64748b",
    "eventlog": "#7c3aed",
    "bronze": "#b45309",
    "silver": "#475569",
    "ops": "#0f766e",
    "vectors": "#be185d",
    "staging": "#2563eb",
    "intermediate": "#0284c7",
    "marts": "#15803d",
    "snapshots": "#4d7c0f",
}
_STYLE = """
text { font-family: ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #0f172a }
.page { fill: #ffffff } .card { fill: #ffffff; stroke: #cbd5e1 }
.edge { fill: none; stroke: #94a3b8; stroke-width: 1.3; opacity: .75 }
.name { font-size: 12.5px; font-weight: 600 } .note { font-size: 11px; fill: #64748b }
.title { font-size: 17px; font-weight: 700 }
.head { fill: #94a3b8 }
@media (prefers-color-scheme: dark) {
text { fill: #e2e8f0 } .page { fill: #0f172a } .card { fill: #1e293b; stroke: #475569 } .edge { stroke: #64748b }
.note { fill: #94a3b8 } .head { fill: #64748b } }
"""


@dataclass(frozen=True)
class _Stop:
    """What stands in a column: a dataset, or the way of a line that goes on to later columns."""

    name: str
    node: Node | None = None

    @property
    def height(self) -> int:
        return _HEIGHT + _GAP_Y if self.node else _LANE


@dataclass
class _Panel:
    title: str
    columns: list[list[_Stop]]
    lines: list[tuple[str, str]]
    """From each stop to the next."""

    @property
    def width(self) -> int:
        return 2 * _MARGIN + len(self.columns) * (_WIDTH + _GAP_X) - _GAP_X

    @property
    def tall(self) -> int:
        return max(sum(s.height for s in c) for c in self.columns)

    @property
    def height(self) -> int:
        return _TITLE + self.tall + _MARGIN


def svg(graph: Graph) -> str:
    """The picture as one SVG document; every dataset's group has its name in `data-dataset`."""
    panels = _panels(graph)
    width = max(p.width for p in panels)
    legend = 40
    height = legend + sum(p.height for p in panels) + _MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-label="Lineage: which datasets are made from which">',
        f"<style>{_STYLE}</style>",
        '<defs><marker id="arrow" viewBox="0 0 6 6" refX="5.5" refY="3" markerWidth="6" markerHeight="6" orient="auto">'
        '<path class="head" d="M0 0L6 3L0 6z"/></marker></defs>',
        f'<rect class="page" width="{width}" height="{height}" rx="10"/>',
        *_legend(graph),
    ]
    top = legend
    for panel in panels:
        out += _drawn(panel, top, width)
        top += panel.height
    return "\n".join([*out, "</svg>"]) + "\n"


def _panels(graph: Graph) -> list[_Panel]:
    built = {n for n, node in graph.nodes.items() if node.layer in _WAREHOUSE}
    read = {a for a, b in graph.edges if b in built and a not in built}
    parts = [("From documents to records and the index", set(graph.nodes) - built), ("From records to marts", built | read)]
    found: list[_Panel] = []
    for title, names in parts:
        edges = [(a, b) for a, b in sorted(graph.edges) if a in names and b in names and (names is parts[0][1] or b in built)]
        if names:
            found.append(_Panel(title, *_columns([graph.nodes[n] for n in sorted(names)], edges)))
    return found


def _columns(nodes: list[Node], edges: list[tuple[str, str]]) -> tuple[list[list[_Stop]], list[tuple[str, str]]]:
    """Nodes by their longest path from the left and lanes for lines that pass, so ordered that few lines cross; and the lines."""
    rank = _ranks([n.name for n in nodes], edges)
    joined = {name for edge in edges for name in edge}
    for node in nodes:
        if node.name not in joined:  # it stands with most of its layer
            like = Counter(rank[n.name] for n in nodes if n.layer == node.layer and n.name in joined)
            rank[node.name] = min(like, key=lambda r: (-like[r], r)) if like else 0
    columns: list[list[_Stop]] = [[] for _ in range(max(rank.values()) + 1)]
    for node in sorted(nodes, key=lambda n: (_layer_order(n), n.name)):
        columns[rank[node.name]].append(_Stop(node.name, node))
    lines: set[tuple[str, str]] = set()
    lanes: dict[str, int] = {}
    for a, b in edges:
        way = [a, *(f"{a}@{column}" for column in range(rank[a] + 1, rank[b])), b]
        lanes |= {lane: rank[a] + 1 + i for i, lane in enumerate(way[1:-1])}
        lines |= set(pairwise(way))
    for lane, column in sorted(lanes.items()):
        columns[column].append(_Stop(lane))
    around: dict[str, list[str]] = {stop.name: [] for column in columns for stop in column}
    for a, b in lines:
        around[a].append(b)
        around[b].append(a)
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            place = {stop.name: (i + 0.5) / len(c) for c in columns for i, stop in enumerate(c)}
            column.sort(key=lambda stop: _mean([place[m] for m in around[stop.name]], place[stop.name]))
    return columns, sorted(lines)


def _ranks(names: list[str], edges: list[tuple[str, str]]) -> dict[str, int]:
    """Longest paths; what nothing flows into stands right before what it flows into. A cycle's edges count once."""
    rank = dict.fromkeys(names, 0)
    for _ in range(len(names)):
        moved = [(b, rank[a] + 1) for a, b in edges if rank[b] <= rank[a] < len(names)]
        if not moved:
            break
        for name, least in moved:
            rank[name] = max(rank[name], least)
    fed = {b for _, b in edges}
    for name in names:
        after = [rank[b] for a, b in edges if a == name]
        if name not in fed and after:
            rank[name] = max(0, min(after) - 1)
    used = sorted(set(rank.values()))
    return {name: used.index(r) for name, r in rank.items()}


def _layer_order(node: Node) -> int:
    return LAYERS.index(node.layer) if node.layer in LAYERS else len(LAYERS)


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _drawn(panel: _Panel, top: int, width: int) -> Iterable[str]:
    place: dict[str, tuple[float, float]] = {}
    """The left end of each stop, at half its height."""
    cards: list[tuple[Node, float, float]] = []
    spread = min(_MOST_SPREAD, (width - panel.width) / max(1, len(panel.columns) - 1))
    for i, column in enumerate(panel.columns):
        x = _MARGIN + i * (_WIDTH + _GAP_X + spread)
        y = top + _TITLE + (panel.tall - sum(stop.height for stop in column)) / 2
        for stop in column:
            place[stop.name] = (x, y + stop.height / 2)
            if stop.node:
                cards.append((stop.node, x, y + _GAP_Y / 2))
            y += stop.height
    yield f'<text class="title" x="{_MARGIN}" y="{top + 18}">{escape(panel.title)}</text>'
    stops = {stop.name: stop for column in panel.columns for stop in column}
    for a, b in panel.lines:
        (xa, ya), (xb, yb) = place[a], place[b]
        start, end = xa + _WIDTH, xb
        bend = (end - start) / 2
        curve = f"M{start:.0f} {ya:.0f}C{start + bend:.0f} {ya:.0f} {end - bend:.0f} {yb:.0f}"
        if stops[b].node:
            yield f'<path class="edge" d="{curve} {end - 2:.0f} {yb:.0f}" marker-end="url(#arrow)"/>'
        else:
            yield f'<path class="edge" d="{curve} {end:.0f} {yb:.0f}H{end + _WIDTH:.0f}"/>'
    for node, x, y in cards:
        yield from _card(node, x, y)


def _card(node: Node, x: float, y: float) -> Iterable[str]:
    color = _COLORS.get(node.layer, "#475569")
    yield f"<g data-dataset={quoteattr(node.name)}><title>{escape(_told(node))}</title>"
    yield f'<rect class="card" x="{x:.0f}" y="{y:.0f}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
    yield f'<rect x="{x:.0f}" y="{y:.0f}" width="5" height="{_HEIGHT}" rx="2" fill="{color}"/>'
    yield f'<text class="name" x="{x + 14:.0f}" y="{y + 16:.0f}">{escape(node.name.partition(".")[2])}</text>'
    yield f'<text class="note" x="{x + 14:.0f}" y="{y + 30:.0f}">{escape(_note(node))}</text></g>'


def _note(node: Node) -> str:
    rows = [] if node.rows is None else [f"{node.rows:,} row{'' if node.rows == 1 else 's'}"]
    full = " · ".join([node.layer, *([node.maker] if node.maker else []), *rows])
    return full if len(full) <= _NOTE_LENGTH else " · ".join([node.layer, *rows])


def _told(node: Node) -> str:
    said = [f"{node.columns} columns"] if node.columns else []
    said += [f"version {node.version}"] if node.version else []
    said += [f"written by {', '.join(dict.fromkeys(node.jobs))}"] if node.jobs else []
    return ": ".join([node.name, "; ".join(said)]) if said else node.name


def _legend(graph: Graph) -> Iterable[str]:
    layers = [layer for layer in LAYERS if any(n.layer == layer for n in graph.nodes.values())]
    x = _MARGIN
    for layer in layers:
        yield f'<rect x="{x}" y="16" width="12" height="12" rx="3" fill="{_COLORS[layer]}"/>'
        yield f'<text class="note" x="{x + 18}" y="26">{layer}</text>'
        x += 40 + 7 * len(layer)
