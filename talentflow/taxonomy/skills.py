"""Skills: names, aliases and which are near which, in English and French."""

from __future__ import annotations

from talentflow.taxonomy.entries import Mention, SkillEntry


def skills() -> list[SkillEntry]:
    """All of them, by id."""
    raise NotImplementedError


def skill(skill_id: str) -> SkillEntry:
    """Raises KeyError for an id that the taxonomy does not have."""
    raise NotImplementedError


def find_skill(name: str) -> SkillEntry | None:
    """The skill that this very name means (any label or alias, any case, accents or not)."""
    raise NotImplementedError


def find_skills(text: str) -> list[Mention]:
    """Every skill mentioned, longest match first, whole words only, in order; linear in the text's length."""
    raise NotImplementedError


def skill_nearness(skill_a: str, skill_b: str) -> float:
    """In [0, 1]: 1 for the same id, about 0.5 for near skills, 0 for unrelated ones."""
    raise NotImplementedError
