"""The smaller parts of a match, one function each: a score in [0, 1], or None when a side does not say.

Being under what is asked costs more than being over it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from talentflow.matching.profile import folded
from talentflow.pay import UNITS_A_YEAR
from talentflow.records import Candidate, Contract, EducationLevel, JobOffer, LanguageSkill, Place, Salary, Seniority, Workplace

PartName = Literal[
    "skills", "occupation", "seniority", "experience", "education", "languages", "location", "contract", "salary", "similarity"
]

SENIORITIES: tuple[Seniority, ...] = ("intern", "junior", "mid", "senior", "lead", "executive")
LEVELS: tuple[EducationLevel, ...] = ("secondary", "vocational", "associate", "bachelor", "master", "doctorate")
FLUENCIES = ("A1", "A2", "B1", "B2", "C1", "C2", "native")

_UNDER = (1.0, 0.55, 0.2, 0.05, 0.0, 0.0)
_OVER = (1.0, 0.85, 0.65, 0.4, 0.25, 0.1)
_EDUCATION_UNDER = (1.0, 0.6, 0.35, 0.15, 0.05, 0.0)
_OVERQUALIFIED_FROM = 6.0
"""Years beyond those asked for from which experience slowly counts as too much."""

_CONTRACTS: dict[frozenset[Contract], float] = {
    frozenset(("permanent", "fixed_term")): 0.5,
    frozenset(("fixed_term", "temporary")): 0.7,
    frozenset(("permanent", "temporary")): 0.3,
    frozenset(("freelance", "fixed_term")): 0.4,
    frozenset(("freelance", "temporary")): 0.4,
    frozenset(("internship", "apprenticeship")): 0.4,
}
_WORKPLACES: dict[frozenset[Workplace], float] = {
    frozenset(("remote", "hybrid")): 0.6,
    frozenset(("hybrid", "on_site")): 0.6,
    frozenset(("remote", "on_site")): 0.1,
}


def clip(value: float) -> float:
    """`value` held within [0, 1]."""
    return min(1.0, max(0.0, value))


def experience(asked: float | None, years: float | None) -> float | None:
    """Under what is asked: the square of the share. Over: full marks for six years more, then 0.03 less a year, down to 0.7."""
    if asked is None or years is None or asked < 0 or years < 0:
        return None
    if years < asked:
        return (years / asked) ** 2
    return max(0.7, 1.0 - 0.03 * max(0.0, years - asked - _OVERQUALIFIED_FROM))


def seniority(asked: Seniority | None, own: Seniority | None) -> float | None:
    """By steps between the two; being below costs more."""
    if asked is None or own is None:
        return None
    steps = SENIORITIES.index(own) - SENIORITIES.index(asked)
    return _OVER[steps] if steps >= 0 else _UNDER[-steps]


def highest_level(candidate: Candidate) -> EducationLevel | None:
    """The highest of what the CV states."""
    levels: list[EducationLevel] = [e.level for e in candidate.education if e.level]
    if candidate.education_level:
        levels.append(candidate.education_level)
    return max(levels, key=LEVELS.index, default=None)


def education(asked: EducationLevel | None, own: EducationLevel | None) -> float | None:
    """Full marks at or above the level asked for, less by steps below it."""
    if asked is None or own is None:
        return None
    steps = LEVELS.index(asked) - LEVELS.index(own)
    return 1.0 if steps <= 0 else _EDUCATION_UNDER[steps]


def language_score(asked: LanguageSkill, candidate: Candidate) -> float | None:
    """How far a candidate speaks one language asked for. The language a CV is written in is known at C1 at least.

    None when the CV lists no languages and is written in another: most CVs leave their languages out.
    """
    own = [s for s in candidate.languages if s.language == asked.language]
    if not own:
        if candidate.language == asked.language:
            return _fluency_score(asked, "C1")
        return 0.0 if candidate.languages else None
    return max(_fluency_score(asked, s.fluency) for s in own)


def _fluency_score(asked: LanguageSkill, fluency: str | None) -> float:
    if fluency is None:
        return 0.85
    wanted = FLUENCIES.index(asked.fluency) if asked.fluency else FLUENCIES.index("B2")
    below = wanted - FLUENCIES.index(fluency)
    return 1.0 if below <= 0 else max(0.1, 1.0 - 0.25 * below)


def languages(asked: Sequence[LanguageSkill], candidate: Candidate, weight: Callable[[bool | None], float]) -> float | None:
    """The weighted mean over the languages asked for."""
    scored = [(weight(a.required), language_score(a, candidate)) for a in asked]
    said = [(w, s) for w, s in scored if s is not None]
    return sum(w * s for w, s in said) / sum(w for w, _ in said) if said else None


def place_score(place: Place, own: Place) -> float | None:
    """The same town 1, region 0.75, country 0.45, another country 0.1; None when there is nothing to compare."""
    abroad = place.country and own.country and place.country != own.country
    if abroad:
        return 0.1
    if place.locality and own.locality and folded(place.locality) == folded(own.locality):
        return 1.0
    if place.region and own.region and folded(place.region) == folded(own.region):
        return 0.75
    if place.country and own.country:
        return 0.45
    return 0.3 if place.locality and own.locality else None


def nearest_place(offer: JobOffer, candidate: Candidate) -> tuple[float | None, int]:
    """The best of the offer's places for where the candidate lives, and its position."""
    best: tuple[float | None, int] = (None, -1)
    if candidate.location is not None:
        for i, place in enumerate(offer.job_location):
            score = place_score(place, candidate.location)
            if score is not None and (best[0] is None or score > best[0]):
                best = (score, i)
    return best


def workplace(offered: Workplace | None, wanted: Workplace | None) -> float | None:
    """1 where they agree."""
    if offered is None or wanted is None:
        return None
    return 1.0 if offered == wanted else _WORKPLACES[frozenset((offered, wanted))]


def location(offer: JobOffer, candidate: Candidate) -> float | None:
    """Place and workplace together; where one works remotely the place is moot."""
    agree = workplace(offer.workplace, candidate.wanted_workplace)
    if offer.workplace == "remote":
        return agree
    near, _ = nearest_place(offer, candidate)
    if near is None or agree is None:
        return near if agree is None else agree
    return 0.7 * near + 0.3 * agree


def contract(offered: Contract | None, wanted: Contract | None) -> float | None:
    """1 for the contract wanted, part for one that often stands in for it."""
    if offered is None or wanted is None:
        return None
    return 1.0 if offered == wanted else _CONTRACTS.get(frozenset((offered, wanted)), 0.0)


def yearly(amount: float | None, unit: str | None) -> float | None:
    """An amount a year; without a unit, what is below 500 is an hour's pay and what is below 15,000 a month's."""
    if amount is None or amount <= 0:
        return None
    if unit is None:
        unit = "HOUR" if amount < 500 else "MONTH" if amount < 15_000 else "YEAR"
    return amount * UNITS_A_YEAR[unit]


def salary(offered: Salary | None, wanted: Salary | None) -> float | None:
    """1 when the most that is offered reaches the least that is wanted; 0 at half of it. None across currencies."""
    if offered is None or wanted is None or (offered.currency and wanted.currency and offered.currency != wanted.currency):
        return None
    most = yearly(offered.max_value or offered.min_value, offered.unit)
    least = yearly(wanted.min_value or wanted.max_value, wanted.unit)
    if most is None or least is None:
        return None
    return 1.0 if most >= least else clip(1.0 - 2.0 * (least - most) / least)
