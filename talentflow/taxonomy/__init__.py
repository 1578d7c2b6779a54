"""Occupations (ISCO-08), skills and languages, with labels in English and French, and their lookup."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Occupation:
    """`code` is ISCO-08, four digits; several occupations may share one. Titles: preferred label first."""

    occupation_id: str
    code: str
    title_en: str
    title_fr: str
    titles: tuple[str, ...]
    skill_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class SkillEntry:
    skill_id: str
    name_en: str
    name_fr: str
    aliases: tuple[str, ...]
    category: str
    near: tuple[str, ...] = ()
    """Skills that count partly for this one."""


@dataclass(frozen=True)
class Mention:
    """`text[start:end]` names the entry with this id."""

    id: str
    start: int
    end: int


@dataclass(frozen=True)
class OccupationMatch:
    occupation: Occupation
    confidence: float


def find_skills(text: str) -> list[Mention]:
    """Every skill mentioned, longest match first, whole words only, in order; linear in the text's length."""
    raise NotImplementedError


def find_skill(name: str) -> SkillEntry | None:
    """The skill that this very name means (any label or alias, any case, accents or not)."""
    raise NotImplementedError


def skill(skill_id: str) -> SkillEntry:
    """Raises KeyError for an id that the taxonomy does not have."""
    raise NotImplementedError


def find_occupation(title: str) -> OccupationMatch | None:
    """The occupation that a job title means: exact, then normalised (seniority, gender marks, place and company words
    removed), then by head words. None when nothing fits; `confidence` in (0, 1]."""
    raise NotImplementedError


def find_occupations(text: str) -> list[Mention]:
    """Job titles mentioned in running text; ids are occupation ids."""
    raise NotImplementedError


def occupation(occupation_id: str) -> Occupation:
    """Raises KeyError for an id that the taxonomy does not have."""
    raise NotImplementedError


def occupations() -> list[Occupation]:
    raise NotImplementedError


def occupation_nearness(code_a: str, code_b: str) -> float:
    """How near two ISCO-08 codes are, in [0, 1]: 1 for the same unit group, less by shared digits and related groups."""
    raise NotImplementedError
