"""Occupations: ISCO-08 with the job titles people write, in English and French.

The tables `data/occupations_*.csv` hold every ISCO-08 unit group (International Standard Classification of
Occupations, ILO 2008) with the occupations it is known by today and their titles. Titles were written for this project.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from talentflow.taxonomy import data_files
from talentflow.taxonomy.entries import Mention, Occupation, OccupationMatch
from talentflow.taxonomy.occupation_index import OccupationIndex, build_index, lookup, mentions
from talentflow.taxonomy.related import code_nearness
from talentflow.taxonomy.titles import forms_of


@lru_cache(maxsize=1)
def _built_in() -> tuple[Occupation, ...]:
    rows: list[Occupation] = []
    for name in data_files.names("occupations_"):
        for row in data_files.rows(name):
            occupation_id, code, title_en, title_fr, titles_en, titles_fr = row.values()
            titles = dict.fromkeys((title_en, title_fr, *titles_en.split("|"), *titles_fr.split("|")))
            titles.pop("", None)
            rows.append(Occupation(occupation_id, code, title_en, title_fr, tuple(titles)))
    return tuple(sorted(rows, key=lambda o: o.code))


@lru_cache(maxsize=4)
def _index(folder: Path | None) -> OccupationIndex:
    return build_index(_with_extras(folder))


@lru_cache(maxsize=4)
def _with_extras(folder: Path | None) -> tuple[Occupation, ...]:
    if folder is None:
        return _built_in()
    from talentflow.taxonomy.extras import read_extras

    return (*_built_in(), *read_extras(folder, find_occupation))


def occupations(folder: Path | None = None) -> list[Occupation]:
    """All of them, by code.

    Args:
        folder: ESCO or O*NET files that extend the taxonomy (`settings.home / "taxonomy"`); their occupations come after
            the built-in ones. Read once a process. The other functions take it with the same meaning.

    Raises: BadInput, for a file there that cannot be read.
    """
    return list(_with_extras(folder))


def occupation(occupation_id: str, folder: Path | None = None) -> Occupation:
    """Raises KeyError for an id that the taxonomy does not have."""
    return _index(folder).by_id[occupation_id]


def find_occupation(title: str, folder: Path | None = None) -> OccupationMatch | None:
    """The occupation that a job title means: exact, then normalised (seniority, gender marks, place and company words
    removed), then by its words. None when nothing fits.

    `confidence` says roughly how often such a match has the right ISCO-08 unit group: above 0.8 a known title as written,
    0.4 to 0.8 a title that shares its words, below 0.35 a guess from a word like `manager` that tells little.
    """
    return lookup(_index(folder), title)


def find_occupations(text: str, folder: Path | None = None) -> list[Mention]:
    """Job titles mentioned in running text, in order; ids are occupation ids. Linear in the text's length."""
    return mentions(_index(folder), text)


def occupation_nearness(code_a: str, code_b: str) -> float:
    """How near two ISCO-08 codes are, in [0, 1]: 1 for the same unit group, less by shared digits and related groups."""
    return code_nearness(code_a, code_b)


def occupation_labels(folder: Path | None = None) -> list[tuple[str, str]]:
    """(occupation_id, English title) of every occupation, for an embedding index."""
    return [(o.occupation_id, o.title_en) for o in _with_extras(folder)]


@lru_cache(maxsize=4096)
def occupation_skills(occupation_id: str) -> tuple[str, ...]:
    """Ids of the skills typical of an occupation, the most telling first: those that its own titles name (`Java
    developer`), then those typical of its unit group, before those of a wider group; among them, those that titles of the
    group name and those typical of fewer groups.

    Raises KeyError for an id that the taxonomy does not have.
    """
    from talentflow.taxonomy.skills import skills

    entry = occupation(occupation_id)
    own = [f" {' '.join(forms_of(title))} " for title in entry.titles]
    group = [f" {' '.join(forms_of(title))} " for o in _built_in() if o.code == entry.code for title in o.titles]
    ranked: list[tuple[int, int, int, int, str]] = []
    for skill in skills():
        shared = max((len(c) for c in skill.codes if c and entry.code.startswith(c)), default=0)
        if not shared:
            continue
        # One letter (R) is too little: titles have it of something else (R&D).
        names = {f" {' '.join(forms_of(name))} " for name in (skill.name_en, skill.name_fr, *skill.aliases) if len(name) > 1} - {
            "  "
        }
        in_own = sum(any(name in title for name in names) for title in own)
        in_group = sum(any(name in title for name in names) for title in group)
        ranked.append((-in_own, -shared, -in_group, len(skill.codes), skill.skill_id))
    return tuple(skill_id for *_, skill_id in sorted(ranked))
