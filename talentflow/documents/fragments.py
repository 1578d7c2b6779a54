"""What stands on one line of a page: fragments, parted by wide gaps."""

from __future__ import annotations

from dataclasses import dataclass

CELL = "\t"
"""Between two things that stand apart on one line: a title and its date, two cells of a table."""


@dataclass(slots=True)
class Fragment:
    """Words of one line without a wide gap between them."""

    x0: float
    x1: float
    baseline: float
    size: float
    text: str


Row = list[Fragment]


def apart(above: Row, below: Row) -> bool:
    """Whether there is more space between two rows than between the lines of a paragraph."""
    return below[0].baseline - above[0].baseline > 1.75 * max(min(f.size for f in below), min(f.size for f in above))
