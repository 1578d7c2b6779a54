"""Reading order: words with boxes to lines, column by column.

A recursive XY-cut (Nagy & Seth 1984) over rows of fragments. A vertical gutter that enough rows respect splits a
region into columns, unless what stands beside it belongs to its row: right-aligned dates, a rail of dates or headings
on the left, a table of short cells. Coordinates are points from the page's top left corner, y downwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal, NamedTuple

from talentflow.documents.fragments import CELL, Fragment, Row, apart
from talentflow.documents.grids import table_at, table_lines

_MOST_CANDIDATES = 16
_DEEPEST = 6
_DATE = re.compile(
    r"(?:19|20)\d\d|\b\d{1,2}[/.]\d{2,4}\b|[’']\d\d\b"
    r"|\b(?:present|current|now|today|présent|aujourd|actuel|en cours|depuis|since)",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"(?:dates?|occupation|position held|poste|fonction|main activit|principales activit|name (?:and|of)|nom (?:et|de)|employe"
    r"|type (?:of|de|ou)|title of|intitul|principal subj|principaux th|level in|niveau|organisation)\b",
    re.IGNORECASE,
)
_BULLETS = "•●◦○▪■□◆◇▶►▸‣⁃∙·–-*✓✔➢➤❖o§"
_LABEL = re.compile(rf"(?:[{re.escape(_BULLETS)}\uf000-\uf0ff]|\d{{1,2}}[.)]|[a-z]\))\Z")


class Word(NamedTuple):
    x0: float
    x1: float
    baseline: float
    size: float
    text: str


class Line(NamedTuple):
    text: str
    gap: bool
    """More space above than between lines of a paragraph."""


def lines_of(words: Sequence[Word]) -> list[Line]:
    """The page's lines in reading order. Linear in the number of words, but for sorting."""
    return _ordered(_rows(words), 0)


def _rows(words: Sequence[Word]) -> list[Row]:
    """Words that share a baseline, left to right, joined into fragments. Rows come top to bottom."""
    rows: list[Row] = []
    row: list[Word] = []
    for word in sorted(words, key=lambda w: (w.baseline, w.x0)):
        if row and word.baseline - row[0].baseline > 0.28 * min(word.size, row[0].size) + 0.5:
            rows.append(_fragments(row))
            row = []
        row.append(word)
    if row:
        rows.append(_fragments(row))
    return rows


def _fragments(row: list[Word]) -> Row:
    row.sort(key=lambda w: w.x0)
    fragments: Row = []
    run: list[Word] = []
    for word in row:
        if run:
            last = run[-1]
            size = max(last.size, word.size)
            if last.text == word.text and abs(word.x0 - last.x0) < 0.3 * size:
                continue  # bold imitated by printing twice
            reach = 0.95
            if len(run) == 1 and _LABEL.match(last.text):
                reach = 4.0
            elif len(last.text) == 1 == len(word.text) and last.text.isupper() and word.text.isupper():
                reach = 2.5  # letter-spaced headings
            if word.x0 - last.x1 > reach * size:
                fragments.append(_fragment(run))
                run = []
        run.append(word)
    if run:
        fragments.append(_fragment(run))
    return fragments


def _fragment(run: list[Word]) -> Fragment:
    text = _spaced(run) or " ".join(w.text for w in run)
    return Fragment(run[0].x0, max(w.x1 for w in run), run[0].baseline, max(w.size for w in run), text)


def _spaced(run: list[Word]) -> str | None:
    """`E X P E R I E N C E` as a word; None for anything else. Words of it are told by their wider gaps."""
    if len(run) < 4 or sum(len(w.text) == 1 and w.text.isalnum() for w in run) < 0.9 * len(run):
        return None
    gaps = [b.x0 - a.x1 for a, b in pairwise(run)]
    usual = median(gaps)
    text = run[0].text
    for gap, word in zip(gaps, run[1:], strict=True):
        text += (" " if gap > 1.6 * usual + 0.5 else "") + word.text
    return text


Beside = Literal["columns", "rail", "headings", "row"]
"""What two sides of a gutter are to each other: texts of their own; labels on the left, told by what stands beside
them or over it; parts of one row."""


@dataclass(slots=True)
class _Cut:
    beside: Beside
    x: float
    start: int
    stop: int
    support: int


def _ordered(rows: list[Row], depth: int) -> list[Line]:
    table = table_at(rows) if depth < _DEEPEST else None
    if table is not None:
        start, stop, stops = table
        return [
            *_ordered(rows[:start], depth + 1),
            *(Line(text, i == 0) for i, text in enumerate(table_lines(rows[start:stop], stops))),
            *_ordered(rows[stop:], depth + 1),
        ]
    cut = _best_cut(rows) if depth < _DEEPEST and len(rows) > 2 else None
    if cut is None:
        return _as_lines(rows)
    zone = rows[cut.start : cut.stop]
    left = [side for row in zone if (side := [f for f in row if f.x0 < cut.x])]
    right = [side for row in zone if (side := [f for f in row if f.x0 >= cut.x])]
    parts = [_ordered(rows[: cut.start], depth + 1)]
    if cut.beside == "columns":
        parts += [_ordered(left, depth + 1), _ordered(right, depth + 1)]
    else:
        parts.append(_as_lines(_railed(zone, cut.x, over=cut.beside == "headings")))
    parts.append(_ordered(rows[cut.stop :], depth + 1))
    return [Line(line.text, line.gap or (i == 0 and n > 0)) for n, part in enumerate(parts) for i, line in enumerate(part)]


def _best_cut(rows: list[Row]) -> _Cut | None:
    best: _Cut | None = None
    for x in _candidates(rows):
        start = 0
        crossed = [i for i, row in enumerate(rows) if any(f.x0 < x - 1 and f.x1 > x + 1 for f in row)]
        for stop in [*crossed, len(rows)]:
            cut = _judge(rows, x, start, stop) if stop - start > 2 else None
            if cut and (best is None or cut.support > best.support):
                best = cut
            start = stop + 1
    return best


def _candidates(rows: list[Row]) -> list[float]:
    """Where at least three fragments start with something to their left, most frequent first; then white strips."""
    starts = sorted(f.x0 for row in rows for f in row)
    if not starts:
        return []
    groups: list[list[float]] = [[starts[0]]]
    for x in starts[1:]:
        if x - groups[-1][0] <= 3:
            groups[-1].append(x)
        else:
            groups.append([x])
    common = sorted((g for g in groups[1:] if len(g) >= 3), key=lambda g: (-len(g), g[0]))
    found = [g[0] - 1.5 for g in common[:_MOST_CANDIDATES]]
    reach = None
    for fragment in sorted((f for row in rows for f in row), key=lambda f: f.x0):
        if reach is not None and fragment.x0 - reach > 6:
            found.append((fragment.x0 + reach) / 2)
        reach = max(reach or fragment.x1, fragment.x1)
    return found[: 2 * _MOST_CANDIDATES]


def _judge(rows: list[Row], x: float, start: int, stop: int) -> _Cut | None:
    start, stop = _trimmed(rows, x, start, stop)
    zone = rows[start:stop]
    left = [[f for f in row if f.x0 < x] for row in zone]
    right = [[f for f in row if f.x0 >= x] for row in zone]
    n_left, n_right = sum(map(bool, left)), sum(map(bool, right))
    if n_left < 3 or n_right < 3:
        return None
    gutter = min(f.x0 for side in right for f in side) - max(f.x1 for side in left for f in side)
    if gutter < 3:
        return None
    beside = _relation(left, right)
    if beside == "columns":
        beside = _by_parts(left, right)
    return None if beside == "row" else _Cut(beside, x, start, stop, n_left + n_right)


def _trimmed(rows: list[Row], x: float, start: int, stop: int) -> tuple[int, int]:
    """Leave one-sided rows at either end out where a wide gap parts them from the rows with two sides."""
    sides = [(any(f.x0 < x for f in r), any(f.x0 >= x for f in r)) for r in rows[start:stop]]
    lefts = [i for i, (a, _) in enumerate(sides) if a]
    rights = [i for i, (_, b) in enumerate(sides) if b]
    if not lefts or not rights:
        return start, start
    begin, end = max(lefts[0], rights[0]), min(lefts[-1], rights[-1])
    first, last = start, stop
    for i in range(start + begin, start, -1):
        if apart(rows[i - 1], rows[i]):
            first = i
            break
    for i in range(start + end + 1, stop):
        if apart(rows[i - 1], rows[i]):
            last = i
            break
    return first, last


def _by_parts(left: list[Row], right: list[Row]) -> Beside:
    """Rows of a table or a rail, interrupted by headings and wrapped cells that stand on the left alone."""
    parts: list[Beside] = []
    start = 0
    ends = [i for i, (a, b) in enumerate(zip(left, right, strict=True)) if a and not b]
    paired = 0
    for end in [*ends, len(left)]:
        lefts, rights = left[start:end], right[start:end]
        start = end + 1
        both = sum(bool(a and b) for a, b in zip(lefts, rights, strict=True))
        paired += both
        if both:
            parts.append(_relation(lefts, rights))
        elif any(rights):
            return "columns"
        if "columns" in parts:
            return "columns"
    if paired < 2 or len(ends) > 4 * paired:
        return "columns"
    return "rail" if "rail" in parts or "headings" in parts else "row"


def _relation(left: list[Row], right: list[Row]) -> Beside:
    paired = [i for i, (a, b) in enumerate(zip(left, right, strict=True)) if a and b]
    lefts = [" ".join(f.text for f in row) for row in left if row]
    rights = [" ".join(f.text for f in row) for row in right if row]
    n_left, n_right = len(lefts), len(rights)
    of_left, of_right = len(paired) / n_left, len(paired) / n_right
    width_left, width_right = (median(len(f.text) for row in side for f in row) for side in (left, right))
    if of_right >= 0.8 and median(map(len, rights)) <= 45 and (_dated(rights) >= 0.5 or _flush_right(right)):
        return "row"
    if of_left >= 0.7 and width_left <= 30 and n_left <= n_right + 1:
        if _dated(lefts) >= 0.4 or _labels(lefts):
            return "rail"
        if of_left >= 0.8 and n_left <= 0.4 * n_right and _scattered(left):
            return "headings"
    few_words = min(median(t.count(" ") for t in lefts), median(t.count(" ") for t in rights)) <= 2
    if min(of_left, of_right) >= 0.85 and width_left <= 30 and width_right <= 30 and few_words:
        first = paired[0]
        heads = left[first] + right[first]
        usual = median(f.size for row in left + right for f in row)
        if not all(_heading(f, usual) for f in heads):
            return "row"
    return "columns"


def _heading(fragment: Fragment, usual: float) -> bool:
    return (len(fragment.text) > 3 and fragment.text.isupper()) or fragment.size > 1.12 * usual


def _dated(texts: list[str]) -> float:
    return sum(len(t) <= 45 and _DATE.search(t) is not None for t in texts) / len(texts)


def _labels(texts: list[str]) -> bool:
    """Whether names of fields stand there, as Europass sets them beside each entry: again and again, or known ones."""
    return len(set(texts)) <= 0.7 * len(texts) or sum(_FIELD.match(t) is not None for t in texts) >= 0.5 * len(texts)


def _flush_right(side: list[Row]) -> bool:
    ends = [row[-1].x1 for row in side if row]
    starts = [row[0].x0 for row in side if row]
    edge, margin = max(ends), min(starts)
    return sum(edge - e <= 3 for e in ends) >= 0.7 * len(ends) and sum(s - margin <= 3 for s in starts) < 0.6 * len(starts)


def _scattered(left: list[Row]) -> bool:
    """Labels of one or two lines with space between them, as section names in a rail are."""
    runs, length = [], 0
    for row in left:
        if row:
            length += 1
        elif length:
            runs.append(length)
            length = 0
    if length:
        runs.append(length)
    return len(runs) >= 3 and max(runs) <= 2


def _railed(zone: list[Row], x: float, *, over: bool) -> list[Row]:
    """Bring every label of a left rail, all its lines together, to the row it stands at, or over it."""
    out: list[Row] = []
    label: Fragment | None = None
    lowest = 0.0
    for row in zone:
        left, right = [f for f in row if f.x0 < x], [f for f in row if f.x0 >= x]
        text = " ".join(f.text for f in left)
        if not left:
            out.append(right)
            continue
        near = left[0].baseline - lowest <= 1.75 * left[0].size
        dated = bool(right) and _dated([" ".join(f.text for f in right)]) > 0
        goes_on = label is not None and near and not dated and len(left) == 1 and not _new_label(label.text, text)
        lowest = left[0].baseline
        if goes_on and label is not None:
            label.text += " " + text
            if right:
                out.append(right)
            continue
        label = Fragment(left[0].x0, left[-1].x1, left[0].baseline, left[0].size, text)
        if right and not over:
            out.append([label, *right])
        else:
            out.append([label])
            if right:
                out.append(right)
    return out


def _new_label(label: str, text: str) -> bool:
    if len(label) + len(text) > 45:
        return True
    if text[:1].islower() or label.rstrip().endswith(("-", "–", "—", " to", " à", " au")):
        return False
    return _DATE.search(label) is None or _DATE.search(text) is not None


def _as_lines(rows: list[Row]) -> list[Line]:
    lines: list[Line] = []
    above: Row | None = None
    for row in _unwrapped(rows):
        text = row[0].text
        for before, fragment in pairwise(row):
            wide = fragment.x0 - before.x1 > 1.6 * max(before.size, fragment.size)
            text += (CELL if wide else " ") + fragment.text
        lines.append(Line(text, above is not None and apart(above, row)))
        above = row
    return lines


def _unwrapped(rows: list[Row]) -> list[Row]:
    """A cell's second line, which goes on in lower case under the first, joined to it."""
    out: list[Row] = []
    lowest = None
    for row in rows:
        if (
            out
            and lowest is not None
            and len(out[-1]) > 1
            and len(row) == 1
            and row[0].text[:1].islower()
            and not apart(lowest, row)
        ):
            above = next((f for f in out[-1] if abs(f.x0 - row[0].x0) <= 2), None)
            if above is not None:
                above.text += " " + row[0].text
                lowest = row
                continue
        out.append(row)
        lowest = row
    return out
