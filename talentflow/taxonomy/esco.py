"""ESCO: the occupations of the European classification, as its CSV download has them.

`occupations_en.csv`, `occupations_fr.csv` …: columns `conceptUri`, `iscoGroup`, `preferredLabel`, `altLabels`,
`hiddenLabels` (labels one a line). https://esco.ec.europa.eu/en/use-esco/download
"""

from __future__ import annotations

import csv
from pathlib import Path

from talentflow.errors import BadInput
from talentflow.taxonomy.entries import Occupation

_NEEDED = ("conceptUri", "iscoGroup", "preferredLabel")


def read_esco_occupations(path: Path) -> list[Occupation]:
    """The occupations of one ESCO file, or of all language files of a folder joined by concept.

    Args:
        path: `occupations_<language>.csv`, or a folder that holds some of them.

    Returns:
        One entry a concept, by id (`esco-<uuid>`). Concepts without an ISCO-08 unit group are left out. A language that
        is missing takes the other's title.

    Raises: BadInput, for a file that cannot be read or lacks a column.
    """
    files = sorted(path.glob("occupations_??.csv")) if path.is_dir() else [path]
    codes: dict[str, str] = {}
    preferred: dict[str, dict[str, str]] = {}
    titles: dict[str, dict[str, None]] = {}
    for file in files:
        language = file.stem.rpartition("_")[2]
        for row in _rows(file):
            code = (row["iscoGroup"] or "").removeprefix("C")
            concept = (row["conceptUri"] or "").rstrip("/").rpartition("/")[2]
            label = " ".join((row["preferredLabel"] or "").split())
            if not (concept and label and len(code) == 4 and code.isdigit()):
                continue
            codes[concept] = code
            preferred.setdefault(concept, {})[language] = label
            labels = [label]
            for column in ("altLabels", "hiddenLabels"):
                labels += (row.get(column) or "").splitlines()
            titles.setdefault(concept, {}).update(dict.fromkeys(" ".join(t.split()) for t in labels if t.strip()))
    return [_entry(concept, codes[concept], preferred[concept], titles[concept]) for concept in sorted(codes)]


def _entry(concept: str, code: str, preferred: dict[str, str], titles: dict[str, None]) -> Occupation:
    english = preferred.get("en") or preferred.get("fr") or min(preferred.values())
    french = preferred.get("fr") or english
    return Occupation(f"esco-{concept}", code, english, french, tuple(dict.fromkeys((english, french, *titles))))


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [column for column in _NEEDED if column not in (reader.fieldnames or ())]
            if missing:
                raise BadInput(f"no column {', '.join(missing)} in {file}: give the ESCO occupations CSV as downloaded")
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"the ESCO file cannot be read ({error}): {file}: download it again, as CSV in UTF-8") from error
