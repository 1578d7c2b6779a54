"""What two offers must agree in to be one: title, employer, place, contract, hours, pay, seniority.

Facts are compared in a form that boards do not change: no case, accents, legal forms, marks of gender or reference numbers. What
one side does not say contradicts nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_args

from talentflow.pay import UNITS_A_YEAR
from talentflow.records import Place, Seniority
from talentflow.taxonomy.places import find_places
from talentflow.taxonomy.titles import fold, forms_of

_PAY_TOLERANCE = 0.05

_REFERENCE = re.compile(
    r"[\[(](?:job|ref|réf|req|id|offre)\b[^\])]*[\])]|\b(?:ref|réf|req|id)\b\s*[.:#n°]+\s*\S+|#\s?\w+", re.IGNORECASE
)
_GENDER = re.compile(r"\b[mfhwdx](?:\s?[/|*-]\s?[mfhwdxn]){1,3}\b|\ball genders?\b|\btous genres\b", re.IGNORECASE)
_POSTS = re.compile(r"\b[x×]\s?\d\b|\b\d\s?(?:postes|positions|openings)\b", re.IGNORECASE)
_HOW = re.compile(
    r"\b(?:cdi|cdd|cdii|permanent|fixed[ -]term|full[ -]?time|temps plein|temps complet|remote(?:ly)?|hybrid|on[ -]?site"
    r"|télétravail|teletravail|hybride|home ?office|work from home|wfh|immediate start|starting immediately|urgent|asap"
    r"|dès que possible|new|nouveau|hiring|we are hiring|recrute|recherche|poste|job|offre|emploi|vacancy|position)\b",
    re.IGNORECASE,
)
_SMALL = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "the", "to", "with"}
    | {"au", "aux", "avec", "chez", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "pour", "un", "und", "une"}
)
_SAME_LEVEL = {
    "sr": "senior",
    "jr": "junior",
    "intern": "internship",
    "stage": "internship",
    "stagiaire": "internship",
    "alternance": "apprentice",
    "alternant": "apprentice",
    "apprenti": "apprentice",
    "apprenticeship": "apprentice",
}
_LEGAL = frozenset(
    {"sas", "sasu", "sarl", "sa", "eurl", "snc", "sci", "scop", "scic", "selarl", "gmbh", "ag", "kg", "kgaa", "ohg", "ug", "se"}
    | {"ltd", "limited", "plc", "llp", "llc", "lp", "inc", "incorporated", "corp", "corporation", "co", "company", "pty", "pte"}
    | {"bv", "nv", "srl", "spa", "sl", "slu", "ab", "oy", "oyj", "as", "asa", "aps", "ltda", "lda", "kk"}
)
_GENERIC = frozenset(
    {"group", "groupe", "gruppe", "holding", "international", "global", "worldwide", "europe", "emea"}
    | {"france", "uk", "usa", "us", "deutschland", "germany", "canada", "belgique", "belgium", "suisse", "switzerland"}
    | {"luxembourg", "espana", "spain", "italia", "italy", "nederland", "netherlands", "ireland"}
)
_LEVELS = get_args(Seniority)
_NO_WORD = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Facts:
    """An offer's facts, each in its compared form; empty or None: not said."""

    title: str
    employer: tuple[str, ...]
    localities: frozenset[str]
    regions: frozenset[str]
    countries: frozenset[str]
    language: str
    contract: str | None
    hours: str | None
    workplace: str | None
    seniority: str | None
    years: float | None
    pay: tuple[str, float | None, float | None] | None


def facts_of(row: Mapping[str, Any]) -> Facts:
    """The facts of a row of `silver.job_offers`; a place in the title says more than the offer's own."""
    bare, in_title = without_places(html.unescape(row["title"] or ""))
    places = [Place.model_validate(p) for p in row["job_location"] or []]
    localities, regions, countries = (
        _named(part, in_title) or _named(part, places) for part in ("locality", "region", "country")
    )
    employer = employer_key(row["hiring_organization"] or "")
    around = tuple(sorted(_named("locality", places) | _named("region", places)))
    return Facts(
        title=title_key(bare, around, employer),
        employer=employer,
        localities=localities,
        regions=regions,
        countries=countries,
        language=row["language"] or "und",
        contract=row["contract"],
        hours=row["employment_type"] if row["employment_type"] in ("FULL_TIME", "PART_TIME") else None,
        workplace=row["workplace"] if row["workplace"] in ("remote", "on_site") else None,
        seniority=row["seniority"],
        years=row["experience_years"],
        pay=_pay(row["base_salary"]),
    )


@lru_cache(maxsize=65_536)
def without_places(title: str) -> tuple[str, tuple[Place, ...]]:
    """A title without the places that it names, and these: `Engineer (Lyon)` is an engineer, in Lyon."""
    found = find_places(title)
    for _, mention in reversed(found):
        title = f"{title[: mention.start]} {title[mention.end :]}"
    return title, tuple(place for place, _ in found)


@lru_cache(maxsize=65_536)
def title_key(title: str, places: tuple[str, ...] = (), employer: tuple[str, ...] = ()) -> str:
    """The words of a title that say which job it is, in one order; empty when none is left.

    Seniority, team and speciality stay. What goes: marks of gender, references, numbers of posts, the offer's own places
    and employer, and words on how the work is done, which are facts of their own.
    """
    plain = title
    for pattern in (_REFERENCE, _GENDER, _POSTS, _HOW):
        plain = pattern.sub(" ", plain)
    spoken = f" {' '.join(forms_of(plain))} "
    for name in (*places, " ".join(employer)):
        if len(name) > 2:
            spoken = spoken.replace(f" {' '.join(forms_of(name))} ", " ")
    words = {_SAME_LEVEL.get(form, form) for form in spoken.split()}
    return " ".join(sorted(w for w in words if w not in _SMALL and not _is_reference(w)))


@lru_cache(maxsize=65_536)
def employer_key(name: str) -> tuple[str, ...]:
    """The words of an employer's name without legal forms, in order."""
    words = [w for w in _folded(html.unescape(name).replace(".", "")) if w not in ("and", "et", "und", "the")]
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    return tuple(words)


def agree(a: Facts, b: Facts) -> bool:
    """Whether nothing that both say differs, employers apart. Titles must both be said, and be the same."""
    return (
        a.title == b.title != ""
        and _same_place(a, b)
        and (a.language == b.language or "und" in (a.language, b.language))
        and all(
            one is None or other is None or one == other
            for one, other in (
                (a.contract, b.contract),
                (a.hours, b.hours),
                (a.workplace, b.workplace),
                (a.years, b.years),
            )
        )
        and _same_level(a.seniority, b.seniority)
        and _same_pay(a.pay, b.pay)
    )


def same_employer(a: Facts, b: Facts) -> bool:
    """Whether both name the same employer; one may add `Group` or a country to the other's name."""
    short, long = sorted((a.employer, b.employer), key=len)
    return bool(short) and long[: len(short)] == short and all(w in _GENERIC for w in long[len(short) :])


def is_everyday(name: str) -> bool:
    """Whether a name is a word that stands in offers of anybody: the company Remote is not named by `remote work`."""
    return _HOW.fullmatch(name) is not None


def _same_place(a: Facts, b: Facts) -> bool:
    """At the finest level that both say: the same towns, the same regions, or countries of which one side may name more."""
    for one, other in ((a.localities, b.localities), (a.regions, b.regions)):
        if one and other:
            return one == other
    return not a.countries or not b.countries or a.countries <= b.countries or b.countries <= a.countries


def _same_level(a: str | None, b: str | None) -> bool:
    """Equal, not said, or neighbours: what a title says is compared with the title, and the rest is read from the text."""
    return a is None or b is None or abs(_LEVELS.index(a) - _LEVELS.index(b)) <= 1


def _same_pay(a: tuple[str, float | None, float | None] | None, b: tuple[str, float | None, float | None] | None) -> bool:
    if a is None or b is None:
        return True
    if a[1:] == b[1:]:
        return True  # `$` is read as one currency or another by where the job is
    bounds = zip(a[1:], b[1:], strict=True)
    return a[0] == b[0] and all(x is None or y is None or abs(x - y) <= _PAY_TOLERANCE * max(abs(x), abs(y)) for x, y in bounds)


def _pay(salary: Mapping[str, Any] | None) -> tuple[str, float | None, float | None] | None:
    """Currency and bounds a year."""
    if not salary or (salary["min_value"] is None and salary["max_value"] is None):
        return None
    units = UNITS_A_YEAR.get(salary["unit"] or "YEAR", 1)
    low, high = (None if v is None else v * units for v in (salary["min_value"], salary["max_value"]))
    return salary["currency"] or "", low, high


def _named(part: str, places: Iterable[Place]) -> frozenset[str]:
    return frozenset(" ".join(_folded(name)) for place in places if (name := getattr(place, part)))


def _folded(text: str) -> list[str]:
    return _NO_WORD.sub(" ", fold(text)).split()


def _is_reference(word: str) -> bool:
    """`29555`, `op02150`: three digits or more, and no year or technology is written so in a title."""
    return sum(c.isdigit() for c in word) >= 3
