"""What the pieces of one CV share while it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from producers.simulation.careers import Career, Month
from producers.simulation.dates import DateStyle
from producers.simulation.people import Person
from producers.simulation.wording import words

Truth = dict[str, Any]


@dataclass
class Draft:
    """What the pieces of one CV share."""

    rng: Random
    language: str
    person: Person
    career: Career
    dates: DateStyle
    style: str
    used: set[str] = field(default_factory=set)
    """Task sentences already on the page."""
    told: dict[tuple[Month, str], list[str]] = field(default_factory=dict)
    """What the page says of each job, by its start and title."""

    @property
    def data(self) -> dict[str, Any]:
        return self.career.occupation[self.language]

    def heading(self, kind: str) -> str:
        return self.rng.choice(words(self.language)["headings"][kind])

    def label(self, kind: str) -> str:
        return self.rng.choice(words(self.language)["labels"][kind])

    @property
    def voice(self) -> int:
        """How sentences are put, 0 to 2: one way for the whole CV."""
        return (self.person.birth[2] + len(self.person.first)) % 3

    def glue(self) -> str:
        """What stands between title, employer and place: one mark for the whole CV."""
        return [", ", " - ", " – ", " · "][len(self.person.last) % 4]


def beside(*parts: str, by: str = ", ") -> str:
    """The parts that are not empty, in one line."""
    return by.join(p for p in parts if p)
