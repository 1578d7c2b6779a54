"""The place names that can be looked up, and what each may mean.

`data/places_cities.csv`, `places_regions.csv`, `places_countries.csv` and `places_areas.csv`: where one name stands for several
places (Birmingham), the first row is the one meant when nothing else is said. `doubtful` names are everyday words besides
(Nice, Reading, Mobile). pycountry adds the official names of countries (ISO 3166-1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from talentflow.automaton import Automaton, automaton
from talentflow.taxonomy import data_files
from talentflow.taxonomy.folding import fold

Kind = Literal["city", "region", "country", "area"]


@dataclass(frozen=True)
class Meaning:
    """One thing that a name may stand for. `doubtful`: the name is also an everyday word."""

    kind: Kind
    locality: str | None
    region: str | None
    country: str | None
    doubtful: bool = False


@dataclass(frozen=True)
class PlaceIndex:
    """`names` are folded and in the automaton's order. `upper`: abbreviations that count only in capitals (`us` → `US`).

    `codes`: what may follow a city and a comma (`TX`, `ON`, `NSW`, ISO 3166-1). `departments`: the French ones by number.
    `holds`: world region → its countries, `*` for all.
    """

    meanings: dict[str, list[Meaning]]
    upper: dict[str, str]
    codes: dict[str, list[Meaning]]
    departments: dict[str, Meaning]
    holds: dict[str, frozenset[str]]
    names: list[str]
    automaton: Automaton


@cache
def place_index() -> PlaceIndex:
    """Loaded once a process."""
    from pycountry import countries

    meanings: dict[str, list[Meaning]] = {}
    upper: dict[str, str] = {}
    codes: dict[str, list[Meaning]] = {}
    departments: dict[str, Meaning] = {}
    holds: dict[str, frozenset[str]] = {}

    def add(names: Iterable[str], kind: Kind, place: tuple[str | None, str | None, str | None], doubtful: Sequence[str]) -> None:
        for name in filter(None, names):
            folded = fold(name)
            known = meanings.setdefault(folded, [])
            if all((m.kind, m.region, m.country) != (kind, place[1], place[2]) for m in known):
                known.append(Meaning(kind, *place, name in doubtful))
            if name.isupper() and len(name) <= 6:
                upper[folded] = name

    for row in data_files.rows("places_cities.csv"):
        place = (row["name"], row["region"] or None, row["country"])
        add((row["name"], *row["aliases"].split("|")), "city", place, row["doubtful"].split("|"))
    for row in data_files.rows("places_regions.csv"):
        place = (None, row["part_of"] or row["name"], row["country"])
        add((row["name"], *row["aliases"].split("|")), "region", place, row["doubtful"].split("|"))
        if row["part_of"]:
            departments[row["code"]] = Meaning("region", *place)
        elif row["code"]:
            codes.setdefault(row["code"], []).append(Meaning("region", *place))
    for row in data_files.rows("places_countries.csv"):
        place = (None, None, row["code"])
        add((row["name_en"], row["name_fr"], *row["aliases"].split("|")), "country", place, row["doubtful"].split("|"))
        codes.setdefault(row["code"], []).append(Meaning("country", *place))
    for row in data_files.rows("places_areas.csv"):
        add((row["name"], *row["aliases"].split("|")), "area", (None, row["name"], None), row["doubtful"].split("|"))
        holds[row["name"]] = frozenset(row["countries"].split())
    for country in countries:
        official = (country.name, getattr(country, "official_name", ""), getattr(country, "common_name", ""))
        add((name for name in official if fold(name) not in meanings), "country", (None, None, country.alpha_2), ())
    names = list(meanings)
    return PlaceIndex(meanings, upper, codes, departments, holds, names, automaton(names))
