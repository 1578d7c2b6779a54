"""What a user adds to the built-in occupations: ESCO and O*NET files in a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from talentflow.taxonomy.entries import Occupation, OccupationMatch
from talentflow.taxonomy.esco import read_esco_occupations
from talentflow.taxonomy.onet import read_onet_titles

_LEAST_SHARE = 0.4
"""An O*NET occupation whose titles agree less on a unit group would put wrong codes into the taxonomy."""


def read_extras(folder: Path, find: Callable[[str], OccupationMatch | None]) -> list[Occupation]:
    """Occupations from the files in `folder` and the folders in it; empty when there are none or no such folder.

    Raises: BadInput, for a file that cannot be read.
    """
    if not folder.is_dir():
        return []
    extras: list[Occupation] = []
    for place in (folder, *sorted(p for p in folder.iterdir() if p.is_dir())):
        if any(place.glob("occupations_??.csv")):
            extras += read_esco_occupations(place)
        if (place / "Occupation Data.txt").exists():
            extras += [m.occupation for m in read_onet_titles(place, find) if m.confidence >= _LEAST_SHARE]
    return extras
