"""How well a language must be spoken, and how many of them, as a folded question says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from talentflow.chat.wording import LEVELS, NUMBERS
from talentflow.matching.details import FLUENCIES

Bound = Literal["least", "exact", "most"]
LEVEL = re.compile(r"\b(?:" + "|".join(LEVELS) + r"|[abc][12])\b")
_ABOVE = re.compile(
    r"\b(?:better than|above|higher than|more than|over|mieux que|superieure? au?|au dessus d[eu]|plus que) "
    r"(?:le |un |niveau )*$"
)
_ONLY = re.compile(r"\b(?:only|exactly|just|seulement|exactement|uniquement)\b")
_AT_MOST = re.compile(r"\b(?:at most|no better than|up to|not above|au plus|au maximum|jusqu'a|pas plus de)\b")
_COUNTED = re.compile(
    r"\b(?P<bound>at least|au moins|more than|plus de|exactly|exactement|only|seulement|at most|au plus|less than|fewer than|"
    r"moins de)?"
    r" ?(?<!\w)(?P<number>\d{1,2}|"
    + "|".join(NUMBERS)
    + r") (?:or more |ou plus )?(?:different |foreign )?(?:languages?|langues?)\b"
)


@dataclass(frozen=True)
class Level:
    """`bound`: the level is the least that is asked for, the most, or the only one."""

    level: str | None
    bound: Bound = "least"


def level_near(folded: str, start: int, end: int, taken: list[tuple[int, int]]) -> Level:
    """The level that is said of the language between `start` and `end`; the spans that say it are taken."""
    for low, high in ((end, end + 40), (max(0, start - 25), start)):
        if found := LEVEL.search(folded, low, min(high, len(folded))):
            taken.append(found.span())
            level = LEVELS.get(found[0], found[0].upper())
            if above := _ABOVE.search(folded, 0, found.start()):
                taken.append(above.span())
                return Level(FLUENCIES[min(FLUENCIES.index(level) + 1, len(FLUENCIES) - 1)])
            bounds: tuple[tuple[Bound, re.Pattern[str]], ...] = (("exact", _ONLY), ("most", _AT_MOST))
            for bound, pattern in bounds:
                if said := pattern.search(folded):
                    taken.append(said.span())
                    return Level(level, bound)
            return Level(level)
    return Level(None)


def languages_counted(folded: str) -> tuple[float | None, float | None, tuple[int, int]] | None:
    """`At least three languages`: the fewest, the most, and where it says so."""
    found = _COUNTED.search(folded)
    if found is None:
        return None
    number = float(NUMBERS.get(found["number"], 0)) or float(found["number"])
    least, most = {
        "more than": (number + 1, None),
        "plus de": (number + 1, None),
        "less than": (None, number - 1),
        "fewer than": (None, number - 1),
        "moins de": (None, number - 1),
        "at most": (None, number),
        "au plus": (None, number),
        "exactly": (number, number),
        "exactement": (number, number),
        "only": (number, number),
        "seulement": (number, number),
    }.get(found["bound"] or "", (number, None))
    return least, most, found.span()
