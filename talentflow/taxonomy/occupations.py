"""Occupations: ISCO-08 with the job titles people write, in English and French."""

from __future__ import annotations

from talentflow.taxonomy.entries import Mention, Occupation, OccupationMatch


def occupations() -> list[Occupation]:
    """All of them, by code."""
    raise NotImplementedError


def occupation(occupation_id: str) -> Occupation:
    """Raises KeyError for an id that the taxonomy does not have."""
    raise NotImplementedError


def find_occupation(title: str) -> OccupationMatch | None:
    """The occupation that a job title means: exact, then normalised (seniority, gender marks, place and company words
    removed), then by head words. None when nothing fits."""
    raise NotImplementedError


def find_occupations(text: str) -> list[Mention]:
    """Job titles mentioned in running text, in order; ids are occupation ids. Linear in the text's length."""
    raise NotImplementedError


def occupation_nearness(code_a: str, code_b: str) -> float:
    """How near two ISCO-08 codes are, in [0, 1]: 1 for the same unit group, less by shared digits and related groups."""
    raise NotImplementedError
