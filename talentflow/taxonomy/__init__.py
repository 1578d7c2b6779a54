"""Occupations (ISCO-08), skills, languages and places, with labels in English and French, and their lookup."""

from talentflow.taxonomy.entries import Mention, Occupation, OccupationMatch, SkillEntry
from talentflow.taxonomy.languages import find_languages, language_code
from talentflow.taxonomy.occupations import (
    find_occupation,
    find_occupations,
    occupation,
    occupation_labels,
    occupation_nearness,
    occupation_skills,
    occupations,
)
from talentflow.taxonomy.places import find_place, find_place_list, find_places, place_nearness
from talentflow.taxonomy.skills import find_skill, find_skills, skill, skill_nearness, skills

__all__ = [
    "Mention",
    "Occupation",
    "OccupationMatch",
    "SkillEntry",
    "find_languages",
    "find_occupation",
    "find_occupations",
    "find_place",
    "find_place_list",
    "find_places",
    "find_skill",
    "find_skills",
    "language_code",
    "occupation",
    "occupation_labels",
    "occupation_nearness",
    "occupation_skills",
    "occupations",
    "place_nearness",
    "skill",
    "skill_nearness",
    "skills",
]
