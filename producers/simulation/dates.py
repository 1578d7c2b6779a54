"""Dates as people write them, and what is left of them then: `mars 2021` is 2021-03, `2021` is 2021."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from producers.simulation.careers import Month
from producers.simulation.wording import words

_MONTH_STYLES: dict[str, list[str]] = {
    "en": ["short", "short", "long", "slash", "iso", "year", "year", "short_dot", "bare_slash"],
    "fr": ["long", "slash", "slash", "year", "year", "short", "iso", "long", "day"],
}
_RANGES = [" - ", " – ", "–", " — ", "-", " {to} ", " {to} ", " / "]


@dataclass(frozen=True)
class DateStyle:
    """One person's way of writing dates; a document keeps to it."""

    month: str
    between: str
    present: str
    since: bool
    language: str

    def written(self, when: Month) -> str:
        year, month = when
        names = words(self.language)
        forms: dict[str, Callable[[], str]] = {
            "year": lambda: str(year),
            "short": lambda: f"{names['months_short'][month - 1]} {year}",
            "short_dot": lambda: f"{names['months_short'][month - 1]}. {year}",
            "long": lambda: f"{names['months'][month - 1]} {year}",
            "slash": lambda: f"{month:02d}/{year}",
            "bare_slash": lambda: f"{month}/{year}",
            "iso": lambda: f"{year}-{month:02d}",
            "day": lambda: f"01/{month:02d}/{year}",
        }
        return forms[self.month]()

    def kept(self, when: Month) -> str:
        """The ISO date that the written form tells."""
        if self.month == "year":
            return str(when[0])
        return f"{when[0]}-{when[1]:02d}" + ("-01" if self.month == "day" else "")

    def range(self, start: Month, end: Month | None) -> str:
        first = self.written(start)
        if end is None:
            if self.since:
                return f"{'Since' if self.language == 'en' else 'Depuis'} {first}"
            return f"{first}{self.between}{self.present}"
        last = self.written(end)
        return first if first == last else f"{first}{self.between}{last}"

    def years(self, start: int, end: int) -> str:
        between = self.between if len(self.between) < 4 else "-"
        return f"{start}{between}{end}"


def date_style(rng: Random, language: str) -> DateStyle:
    month = rng.choice(_MONTH_STYLES[language])
    between = rng.choice(_RANGES)
    if month == "iso" and between == "-":
        between = " - "
    if "slash" in month or month == "day":
        between = " - " if between == " / " else between
    between = between.replace("{to}", "to" if language == "en" else "à")
    return DateStyle(month, between, rng.choice(words(language)["present"]), rng.random() < 0.15, language)
