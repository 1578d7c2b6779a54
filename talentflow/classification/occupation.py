"""The occupation a document is about, by the taxonomy's lookup."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from talentflow.records import Kind
from talentflow.taxonomy import OccupationMatch, find_occupation, find_occupations, find_skills, occupation, occupations, skills

_LATER = 0.015
"""What each place further down a CV takes from a title's weight: the latest post says most, a sure title beats a doubtful one."""
_MENTION_CHARACTERS = 6_000
_SKILL_CHARACTERS = 8_000


def find_by_titles(titles: Sequence[str]) -> OccupationMatch | None:
    """The surest match of some title-like texts, the earlier one when they are about as sure."""
    best: tuple[float, OccupationMatch] | None = None
    for place, title in enumerate(titles):
        match = find_occupation(title)
        if match is not None:
            score = match.confidence - _LATER * place
            if best is None or score > best[0]:
                best = (score, match)
    return best[1] if best else None


def find_by_mentions(text: str) -> OccupationMatch | None:
    """What the job titles and skills mentioned in a text vote for; earlier mentions weigh more. Its confidence stays at or
    under 0.5: a mention is no statement."""
    votes: defaultdict[str, float] = defaultdict(float)
    by_code: dict[str, str] = {}
    for place, mention in enumerate(find_occupations(text[:_MENTION_CHARACTERS])[:40]):
        entry = occupation(mention.id)
        by_code.setdefault(entry.code, mention.id)
        votes[entry.code] += 1.0 / (1 + 0.3 * place)
    codes_of = _skill_codes()
    for skill_id in dict.fromkeys(m.id for m in find_skills(text[:_SKILL_CHARACTERS])):
        codes = codes_of.get(skill_id, ())
        for code in codes:
            votes[code] += 0.35 / len(codes)
    if not votes:
        return None
    ranked = sorted(votes.items(), key=lambda item: (-item[1], item[0]))
    code, first = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    entry_id = by_code.get(code) or _first_of_code().get(code)
    if entry_id is None:
        return None
    confidence = 0.2 + 0.3 * min(1.0, (first - second) / (first + 0.5))
    return OccupationMatch(occupation(entry_id), round(confidence, 3))


def occupation_of(text: str, kind: Kind, titles: Sequence[str]) -> OccupationMatch | None:
    """By the titles given (an offer's title; a CV's headline, then its positions), else by what the text mentions.

    A text that is neither and longer than a title has no occupation.
    """
    match = find_by_titles(titles)
    if match is not None and (match.confidence >= 0.4 or kind == "other"):
        return match
    if kind == "other":
        return None
    return find_by_mentions(text) or match


@cache
def _skill_codes() -> dict[str, tuple[str, ...]]:
    return {entry.skill_id: entry.codes for entry in skills()}


@cache
def _first_of_code() -> dict[str, str]:
    first: dict[str, str] = {}
    for entry in occupations():
        first.setdefault(entry.code, entry.occupation_id)
    return first
