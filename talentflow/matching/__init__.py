"""Embed, retrieve, score, explain: offers for a candidate, candidates for an offer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Filters:
    """What the user restricts to; an empty tuple means any. Values are those of the records' fields."""

    locations: tuple[str, ...] = ()
    workplaces: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    seniorities: tuple[str, ...] = ()
