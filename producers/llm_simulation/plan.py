"""Which documents a simulation asks for: spread over occupations, places, languages and seniorities, the same for a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import TypeVar, get_args

from producers.simulation.people import City, cities
from producers.simulation.wording import occupations, words
from talentflow.errors import BadInput
from talentflow.ids import digest
from talentflow.records import Kind, Seniority

PROMPT_VERSION = "1"
LANGUAGES = ("en", "fr")
SENIORITIES: tuple[Seniority, ...] = tuple(s for s in get_args(Seniority) if s != "executive")

T = TypeVar("T")


@dataclass(frozen=True)
class Wishes:
    """What the documents are to be about; empty: anything."""

    occupations: Sequence[str] = ()
    industries: Sequence[str] = ()
    places: Sequence[str] = ()
    languages: Sequence[str] = LANGUAGES
    seniorities: Sequence[str] = SENIORITIES
    kinds: Sequence[Kind] = ("cv", "job_offer")


@dataclass(frozen=True)
class Item:
    """One document of a plan."""

    id: str
    number: int
    seed: int
    kind: Kind
    language: str
    occupation: str
    seniority: str
    place: City


def plan(count: int, seed: int, wishes: Wishes) -> list[Item]:
    """The documents of a seed. Document i depends on them and on i alone: a longer plan begins with a shorter one.

    Raises: BadInput for an occupation, an industry, a language or a seniority that is not known.
    """
    keys = _occupations(wishes)
    _known("language", wishes.languages, LANGUAGES)
    _known("seniority", wishes.seniorities, SENIORITIES)
    said = digest("llm simulation", PROMPT_VERSION, str(seed), str(sorted((k, str(v)) for k, v in asdict(wishes).items())))[:12]
    items: list[Item] = []
    for number in range(count):
        language = _spread(wishes.languages, seed, "language", number)
        items.append(
            Item(
                f"{said}-{number}",
                number,
                seed,
                _spread(wishes.kinds, seed, "kind", number),
                language,
                _spread(keys, seed, "occupation", number),
                _spread(wishes.seniorities, seed, "seniority", number),
                _spread(_places(wishes, language), seed, "place", number),
            )
        )
    return items


def _occupations(wishes: Wishes) -> list[str]:
    known = occupations()
    sectors = {o["sector"] for o in known.values()}
    _known("industry", wishes.industries, sorted(sectors))
    wanted = {w.strip().casefold().replace(" ", "_") for w in wishes.occupations}
    by_title = {
        form.casefold().replace(" ", "_"): key
        for key, o in known.items()
        for language in LANGUAGES
        for title in o[language]["titles"]
        for form in title.split("|")
    }
    unknown = sorted(w for w in wanted if w not in known and w not in by_title)
    if unknown:
        raise BadInput(
            f"no occupation {', '.join(unknown)} is known to the simulation: name one or several of {', '.join(known)}"
        )
    keys = {by_title.get(w, w) for w in wanted} or set(known)
    found = [k for k in known if k in keys and (not wishes.industries or known[k]["sector"] in wishes.industries)]
    if not found:
        raise BadInput("none of these occupations is of these industries: leave one of the two out")
    return found


def _places(wishes: Wishes, language: str) -> Sequence[City]:
    known = {c.name.casefold(): c for one in LANGUAGES for c in cities(one)}
    return [known.get(p.strip().casefold(), City(p.strip(), "", "")) for p in wishes.places] or cities(language)


def _known(what: str, named: Sequence[str], known: Sequence[str]) -> None:
    if unknown := sorted(set(named) - set(known)):
        raise BadInput(f"no {what} {', '.join(unknown)}: name one or several of {', '.join(known)}")


def _spread(options: Sequence[T], seed: int, what: str, number: int) -> T:
    """Each option once before any comes again, in an order of its own for each round."""
    turn, at = divmod(number, len(options))
    shuffled = list(range(len(options)))
    Random(f"{what} {seed} {turn}").shuffle(shuffled)
    return options[shuffled[at]]


def sector_of(item: Item) -> str:
    """The industry of an item, in its language."""
    named = words(item.language)["sectors"][occupations()[item.occupation]["sector"]]
    return named if isinstance(named, str) else str(named[0])
