"""Score a candidate and an offer on what a recruiter looks at.

Each part has a score in [0, 1], or None when a side does not say, and then no weight. The overall score is the weighted
mean of the parts that say something, drawn to `PRIOR` when few do, and passed through a logistic curve: its meaning and
how the curve was set are in `docs/matching.md`. Adding to both sides a skill that the offer requires never lowers it.
Nothing personal is looked at: name, gender, age, nationality and address are not in these records.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from talentflow import taxonomy
from talentflow.matching import details
from talentflow.matching.profile import english_title, folded, skill_key
from talentflow.records import Candidate, JobOffer

WEIGHTS: Mapping[details.PartName, float] = {
    "skills": 0.34,
    "occupation": 0.16,
    "similarity": 0.2,
    "experience": 0.08,
    "seniority": 0.06,
    "languages": 0.06,
    "education": 0.05,
    "location": 0.06,
    "contract": 0.04,
    "salary": 0.03,
}
PRIOR = 0.3
PRIOR_WEIGHT = 0.15
"""What the mean is drawn to, and how strongly: a record that says little is not a good match for that."""

STEEPNESS = 10.0
MIDDLE = 0.5
"""The middle was fitted on written pairs, the steepness is half of what fitted them best: see `docs/matching.md`."""

REQUIRED, UNSTATED, OPTIONAL = 1.0, 0.8, 0.35
"""Weight of a skill or language by `required`: True, None, False."""

TRANSVERSAL = 0.3
"""A transversal skill (teamwork, autonomy) stands in most offers and few CVs claim it: it says less than a trade's own."""

NEAR_SKILL = 0.5
"""A skill near the one asked for counts as much as `skill_nearness` says, at most this."""


class Rarity:
    """How much a skill tells, by how few records have it: 0.5 for one that all have, up to 1.5.

    Robertson and Spärck Jones' inverse document frequency, scaled to its largest value; 1 when nothing was counted.

    Args:
        records: how many there are.
        having: skill key → how many of them have it.
    """

    def __init__(self, records: int = 0, having: Mapping[str, int] | None = None) -> None:
        self.records = records
        self.having = dict(having or {})
        self._weights = {key: self._weight(count) for key, count in self.having.items()}
        self._unseen = self._weight(0)

    def _weight(self, count: int) -> float:
        if not self.records:
            return 1.0
        return 0.5 + math.log((1 + self.records) / (1 + min(count, self.records))) / math.log(1 + self.records)

    def __call__(self, key: str) -> float:
        return self._weights.get(key, self._unseen)


@dataclass(frozen=True)
class OfferSide:
    """An offer made ready for scoring."""

    offer: JobOffer
    skills: tuple[tuple[str, float], ...]
    """(skill key, weight by `required`), each key once: the strictest mention counts."""
    title: str

    @classmethod
    def of(cls, offer: JobOffer) -> OfferSide:
        skills: dict[str, float] = {}
        for skill in offer.skills:
            key = skill_key(skill)
            skills[key] = max(skills.get(key, 0.0), asked(skill.required) * (TRANSVERSAL if is_transversal(key) else 1.0))
        title = folded(english_title(offer.occupation_code, offer.occupation_title) or offer.title or "")
        return cls(offer, tuple(skills.items()), title)


@dataclass(frozen=True)
class CandidateSide:
    """A candidate made ready for scoring."""

    candidate: Candidate
    skills: frozenset[str]
    codes: tuple[tuple[str, float], ...]
    """(occupation code, how much it counts): the present occupation most, then the latest roles."""

    @classmethod
    def of(cls, candidate: Candidate) -> CandidateSide:
        codes: dict[str, float] = {}
        if candidate.occupation_code:
            codes[candidate.occupation_code] = 1.0
        for place, work in enumerate(candidate.work):
            if work.occupation_code:
                codes.setdefault(work.occupation_code, max(0.5, 0.95 - 0.15 * place))
        return cls(candidate, frozenset(skill_key(s) for s in candidate.skills), tuple(codes.items()))


def asked(required: bool | None) -> float:
    """The weight of something that is a must, unstated, or a nice-to-have."""
    return UNSTATED if required is None else REQUIRED if required else OPTIONAL


def is_transversal(key: str) -> bool:
    """Whether a skill key is that of a skill of no trade in particular."""
    return key in _transversal()


@lru_cache(maxsize=1)
def _transversal() -> frozenset[str]:
    return frozenset(entry.skill_id for entry in taxonomy.skills() if entry.category == "transversal")


@lru_cache(maxsize=1)
def _listing() -> dict[str, list[str]]:
    """Skill → the skills that list it as near."""
    listing: dict[str, list[str]] = {}
    for entry in taxonomy.skills():
        for near in entry.near:
            listing.setdefault(near, []).append(entry.skill_id)
    return listing


@lru_cache(maxsize=65_536)
def neighbours(skill_id: str) -> tuple[tuple[str, float], ...]:
    """The skills near one, with `taxonomy.skill_nearness` held to `NEAR_SKILL`, the nearest first, ties by id."""
    try:
        near = taxonomy.skill(skill_id).near
    except KeyError:
        return ()
    listing = _listing()
    around = {*near, *listing.get(skill_id, ())}.union(*(listing.get(n, ()) for n in near)) - {skill_id}
    scored = [(other, min(NEAR_SKILL, taxonomy.skill_nearness(skill_id, other))) for other in around]
    return tuple(sorted((pair for pair in scored if pair[1] > 0), key=lambda pair: (-pair[1], pair[0])))


def nearest_skill(key: str, side: CandidateSide) -> tuple[float, str | None]:
    """How far a candidate has a skill, in [0, 1], and by which of theirs."""
    if key in side.skills:
        return 1.0, key
    if not key.startswith("~"):
        for other, near in neighbours(key):
            if other in side.skills:
                return near, other
    return 0.0, None


def skills_score(offer: OfferSide, candidate: CandidateSide, rarity: Callable[[str], float]) -> float | None:
    """The share of what is asked for that the candidate has, weighted by rarity and by required or not.

    None when the offer asks for none. A CV that names no skill has none of them: its whole text was read for them.
    """
    if not offer.skills:
        return None
    total = found = 0.0
    for key, weight in offer.skills:
        weight *= rarity(key)
        total += weight
        found += weight * nearest_skill(key, candidate)[0]
    return found / total


@lru_cache(maxsize=1 << 16)
def _code_nearness(code_a: str, code_b: str) -> float:
    return taxonomy.occupation_nearness(code_a, code_b)


def occupation_score(offer: OfferSide, candidate: CandidateSide) -> float | None:
    """The best of the candidate's occupations against the offer's, earlier roles counting less."""
    code = offer.offer.occupation_code
    if not code or not candidate.codes:
        return None
    return max(weight * _code_nearness(code, own) for own, weight in candidate.codes)


def similarity_score(cosine: float | None) -> float | None:
    """Cosine of the job titles' vectors, spread over the range that pairs of titles have in practice.

    Titles only: the cosine of whole key texts would change with every skill added, and could fall for one that matches.
    """
    return None if cosine is None else details.clip((cosine - 0.15) / 0.6)


def part_scores(
    offer: OfferSide, candidate: CandidateSide, cosine: float | None, rarity: Callable[[str], float]
) -> dict[details.PartName, float | None]:
    """Every part's score, in the order they are shown."""
    o, c = offer.offer, candidate.candidate
    return {
        "skills": skills_score(offer, candidate, rarity),
        "occupation": occupation_score(offer, candidate),
        "similarity": similarity_score(cosine),
        "experience": details.experience(o.experience_years, c.experience_years),
        "seniority": details.seniority(o.seniority, c.seniority),
        "education": details.education(o.education, details.highest_level(c)),
        "languages": details.languages(o.languages, c, asked),
        "location": details.location(o, c),
        "contract": details.contract(o.contract, c.wanted_contract),
        "salary": details.salary(o.base_salary, c.wanted_salary),
    }


def overall(scores: Mapping[details.PartName, float | None]) -> float:
    """The score of a match in [0, 1] from its parts' scores."""
    said = [(WEIGHTS[name], score) for name, score in scores.items() if score is not None]
    mean = (PRIOR * PRIOR_WEIGHT + sum(w * s for w, s in said)) / (PRIOR_WEIGHT + sum(w for w, _ in said))
    return 1 / (1 + math.exp(-STEEPNESS * (mean - MIDDLE)))


def pair_score(offer: OfferSide, candidate: CandidateSide) -> float:
    """The score of one pair by itself: without the titles' vectors, every skill as telling as any other."""
    return overall(part_scores(offer, candidate, None, Rarity()))


def rarity_of(skills: Sequence[Sequence[str]]) -> Rarity:
    """Rarity among records, each given by its skill keys."""
    having: dict[str, int] = {}
    for keys in skills:
        for key in dict.fromkeys(keys):
            having[key] = having.get(key, 0) + 1
    return Rarity(len(skills), having)
