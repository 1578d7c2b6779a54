"""Tables with a header on a page: their cells, wrapped ones whole, one line a row."""

from __future__ import annotations

from talentflow.documents.fragments import CELL, Row, apart

_LONGEST_HEADING = 25
_LONGEST_CELL = 60


def table_at(rows: list[Row]) -> tuple[int, int, list[float]] | None:
    """The first table: its rows `[start, stop)` and where its columns start; None when there is none.

    A table opens with a row of three or more short headings without digits; all that follows starts where one of them
    does and stays within its column; at least two rows have a cell under every heading, half of those with a figure
    (a period, a year, a grade), so that lists side by side under their headings are no table.
    """
    start = 0
    while start < len(rows) - 2:
        stops = _headings(rows[start])
        stop = start + 1
        full = dated = 0
        while stops and stop < len(rows) and (filled := _fits(rows[stop], stops)):
            if filled == len(stops):
                full += 1
                dated += any(c.isdigit() for f in rows[stop] for c in f.text)
            stop += 1
        if full >= 2 and dated >= 0.5 * full:
            return start, stop, stops
        start = stop
    return None


def _headings(row: Row) -> list[float]:
    short = all(len(f.text) <= _LONGEST_HEADING and not any(c.isdigit() for c in f.text) and f.text[:1].isalpha() for f in row)
    return [f.x0 for f in row] if len(row) >= 3 and short else []


def _fits(row: Row, stops: list[float]) -> int:
    """How many columns the row fills; 0 when it is not of the table."""
    filled: set[int] = set()
    for fragment in row:
        index = next((i for i, x in enumerate(stops) if abs(fragment.x0 - x) <= 3), None)
        if index is None or (index + 1 < len(stops) and fragment.x1 > stops[index + 1]) or fragment.text[:1] in "-•–":
            return 0
        filled.add(index)
    return len(filled)


def table_lines(rows: list[Row], stops: list[float]) -> list[str]:
    """A line a row of the table, its short cells side by side, its long ones on lines of their own after it."""
    records: list[list[list[str]]] = []
    above: Row | None = None
    for row in rows:
        first = abs(row[0].x0 - stops[0]) <= 3
        if above is None or len(row) == len(stops) or (first and apart(above, row)):
            records.append([[] for _ in stops])
        for fragment in row:
            records[-1][min(range(len(stops)), key=lambda i: abs(fragment.x0 - stops[i]))].append(fragment.text)
        above = row
    lines: list[str] = []
    for record in records:
        cells = [" ".join(parts) for parts in record if parts]
        lines.append(CELL.join(c for c in cells if len(c) <= _LONGEST_CELL))
        lines += [c for c in cells if len(c) > _LONGEST_CELL]
    return [line for line in lines if line]
