"""O*NET: occupations of the United States with the titles people report, as its text database has them.

Tab-separated: `Occupation Data.txt` (code, title), `Alternate Titles.txt` and `Sample of Reported Titles.txt` (code,
title). https://www.onetcenter.org/database.html. O*NET is coded by SOC; its ISCO-08 code is found by title.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from talentflow.errors import BadInput
from talentflow.taxonomy.entries import Occupation, OccupationMatch

_TITLE_FILES = (("Alternate Titles.txt", "Alternate Title"), ("Sample of Reported Titles.txt", "Reported Job Title"))
_OWN_TITLE_WEIGHT = 4.0
_BRACKETS = re.compile(r"\s*\([^()]*\)")


def read_onet_titles(folder: Path, find: Callable[[str], OccupationMatch | None]) -> list[OccupationMatch]:
    """The occupations of O*NET with an ISCO-08 code each.

    Args:
        folder: where the text files are; those of titles are optional.
        find: the lookup that gives a title its occupation (`talentflow.taxonomy.find_occupation`).

    Returns:
        One match an occupation (`onet-<SOC code>`), by code. `occupation.code` is the unit group that its titles vote
        for, its own title weighing four times; `confidence` is the share of the votes. What no title finds is left out.

    Raises: BadInput, for a file that cannot be read or lacks a column.
    """
    names = dict(_pairs(folder / "Occupation Data.txt", "Title"))
    titles: dict[str, dict[str, None]] = {code: {title: None} for code, title in names.items()}
    for name, column in _TITLE_FILES:
        if (folder / name).exists():
            for code, title in _pairs(folder / name, column):
                if code in titles:
                    titles[code][_BRACKETS.sub("", title).strip() or title] = None
    entries: list[OccupationMatch] = []
    for code in sorted(names):
        votes: dict[str, float] = defaultdict(float)
        french: dict[str, str] = {}
        for number, title in enumerate(titles[code]):
            found = find(title)
            if found:
                votes[found.occupation.code] += found.confidence * (1.0 if number else _OWN_TITLE_WEIGHT)
                french.setdefault(found.occupation.code, found.occupation.title_fr)
        if votes:
            isco = min(votes, key=lambda c: (-votes[c], c))
            entry = Occupation(f"onet-{code}", isco, names[code], french[isco], tuple(titles[code]))
            entries.append(OccupationMatch(entry, round(votes[isco] / sum(votes.values()), 3)))
    return entries


def _pairs(file: Path, column: str) -> list[tuple[str, str]]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = [name for name in ("O*NET-SOC Code", column) if name not in (reader.fieldnames or ())]
            if missing:
                raise BadInput(f"no column {', '.join(missing)} in {file}: give the O*NET text database as downloaded")
            return [(row["O*NET-SOC Code"], row[column].strip()) for row in reader if row["O*NET-SOC Code"] and row[column]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"the O*NET file cannot be read ({error}): {file}: download the text version again") from error
