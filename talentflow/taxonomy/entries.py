"""What the taxonomy holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Occupation:
    """`code` is ISCO-08, four digits; several occupations may share one. `titles`: every label, both languages, the
    preferred English and French ones first. Its skills: `talentflow.taxonomy.occupation_skills`."""

    occupation_id: str
    code: str
    title_en: str
    title_fr: str
    titles: tuple[str, ...]


@dataclass(frozen=True)
class SkillEntry:
    """`near` skills count partly for this one; `codes` are the ISCO-08 unit groups it is typical of."""

    skill_id: str
    name_en: str
    name_fr: str
    aliases: tuple[str, ...]
    category: str
    near: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mention:
    """`text[start:end]` names the entry with this id."""

    id: str
    start: int
    end: int


@dataclass(frozen=True)
class OccupationMatch:
    """`confidence` in (0, 1]."""

    occupation: Occupation
    confidence: float
