"""What of a record is compared: the key text, the job title, the terms.

A `Profile` has three sides. `text` is embedded for retrieval: the occupation's English title and the skills by their
English names, with titles and roles as written where they are in English, the language that the model reads. `title`
is embedded for scoring: the job title as written and by its English name. `terms` are for BM25: ids of
skills and occupations, which are the same in every language, and the words of titles. What was measured is in
`docs/matching.md`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from talentflow import taxonomy
from talentflow.ids import digest
from talentflow.records import Candidate, JobOffer, Skill

VERSION = "1"
"""Changes when the same record gives another profile."""

SURE = 0.5
"""Least confidence with which the taxonomy may say what a title means."""

MAX_SKILLS = 24
MAX_ROLES = 3
MAX_PART = 200
"""Characters of one part: a summary may be long, and what comes first says most."""

_WORD = re.compile(r"[^\W_]+(?:[+#]+)?")
_STOP_WORDS = (
    "a an and the of for in on at to with by or as from our we you your is are be this that "
    "de des du la le les l d et en au aux un une pour par sur dans avec ou nous vous notre votre est "
    "h f m w x hf fh mf"
)
_STOP = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True)
class Profile:
    text: str
    title: str
    terms: tuple[str, ...]

    @property
    def text_hash(self) -> str:
        return digest(VERSION, self.text, self.title, *self.terms)


def offer_profile(offer: JobOffer) -> Profile:
    """The profile of an offer."""
    occupation = english_title(offer.occupation_code, offer.occupation_title)
    written = [offer.title] if _readable(offer.language) or not occupation else []
    terms = (*_words([offer.title, occupation]), *_codes([offer.occupation_code]), *_skill_terms(offer.skills))
    return Profile(_sentences([*written, occupation, *_named(offer.skills)]), job_title(offer.title, occupation), terms)


def candidate_profile(candidate: Candidate) -> Profile:
    """The profile of a candidate."""
    occupation = english_title(candidate.occupation_code, candidate.occupation_title)
    roles = [work.position for work in candidate.work[:MAX_ROLES]]
    headline = candidate.headline or next((role for role in roles if role), None)
    written = [headline, *roles] if _readable(candidate.language) or not occupation else []
    codes = [candidate.occupation_code, *(work.occupation_code for work in candidate.work[:MAX_ROLES])]
    terms = (*_words([headline, occupation, *roles]), *_codes(codes), *_skill_terms(candidate.skills))
    text = _sentences([*written[:1], occupation, *written[1:], *_named(candidate.skills)])
    return Profile(text, job_title(headline, occupation), terms)


def _readable(language: str) -> bool:
    """The model was trained on English; what cannot be told is taken for it."""
    return language in ("en", "und")


@lru_cache(maxsize=16_384)
def job_title(written: str | None, occupation: str | None) -> str:
    """The title as written and the English title it means; the record's occupation where the taxonomy is not sure."""
    found = taxonomy.find_occupation(written[:MAX_PART]) if written else None
    known = found.occupation.title_en if found is not None and found.confidence >= SURE else occupation
    return _sentences([written, known])


def offer_text(offer: JobOffer) -> str:
    """The key text of an offer."""
    return offer_profile(offer).text


def candidate_text(candidate: Candidate) -> str:
    """The key text of a candidate."""
    return candidate_profile(candidate).text


def skill_key(skill: Skill) -> str:
    """What two skills share when they are the same: the taxonomy's id, else the folded name."""
    return skill.skill_id or f"~{folded(skill.name)}"


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """Lower case, without accents, words and the signs of `C++` and `C#` only."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


@lru_cache(maxsize=4096)
def english_title(code: str | None, title: str | None) -> str | None:
    """The English title of an occupation known by its ISCO-08 code and its title in either language."""
    if title:
        found = taxonomy.find_occupation(title)
        if found is not None and code in (None, found.occupation.code):
            return found.occupation.title_en
    return _first_titles().get(code or "") or title


@lru_cache(maxsize=1)
def _first_titles() -> dict[str, str]:
    titles: dict[str, str] = {}
    for occupation in taxonomy.occupations():
        titles.setdefault(occupation.code, occupation.title_en)
    return titles


@lru_cache(maxsize=65_536)
def english_skill(skill_id: str | None, name: str) -> str:
    """The English name of a skill; the name as written when the taxonomy does not know it."""
    if skill_id is None:
        return name
    try:
        return taxonomy.skill(skill_id).name_en
    except KeyError:
        return name


def _named(skills: Iterable[Skill]) -> list[str]:
    """English names, what is required first."""
    ordered = sorted(skills, key=lambda s: s.required is False)
    names = dict.fromkeys(english_skill(s.skill_id, s.name) for s in ordered)
    return [", ".join(list(names)[:MAX_SKILLS])] if names else []


def _sentences(parts: Iterable[str | None]) -> str:
    """Parts as sentences, each once."""
    said: dict[str, str] = {}
    for part in parts:
        text = " ".join((part or "").split())[:MAX_PART] if part else ""
        if text:
            said.setdefault(folded(text) or text, text)
    return ". ".join(said.values())


def _words(parts: Iterable[str | None]) -> list[str]:
    words = [w for part in parts if part for w in folded(part[:MAX_PART]).split()]
    return [w for w in words if w not in _STOP]


def _codes(codes: Iterable[str | None]) -> list[str]:
    """Unit group, minor group: near occupations share the second."""
    known = dict.fromkeys(code for code in codes if code)
    return [term for code in known for term in (f"isco:{code}", f"isco:{code[:3]}")]


def _skill_terms(skills: Iterable[Skill]) -> list[str]:
    return [f"skill:{key}" for key in dict.fromkeys(skill_key(s) for s in skills)]
