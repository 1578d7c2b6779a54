"""ESCO and O*NET files extend the taxonomy; what they measure of the built-in one."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from talentflow.errors import BadInput
from talentflow.taxonomy import find_occupation, find_occupations, occupations
from talentflow.taxonomy.esco import read_esco_occupations
from talentflow.taxonomy.onet import read_onet_titles

SHARED = Path(__file__).parents[2].parent / "shared/data"
HEADER = ["conceptType", "conceptUri", "iscoGroup", "preferredLabel", "altLabels", "hiddenLabels"]
URI = "http://data.europa.eu/esco/occupation/"


def write_esco(path: Path, rows: list[tuple[str, str, str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(["Occupation", URI + uri, code, label, alternates, ""] for uri, code, label, alternates in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_esco(
        tmp_path / "occupations_en.csv",
        [("a1", "2166", "holodeck painter", "hologram artist\nholo painter"), ("a2", "", "x", "")],
    )
    write_esco(tmp_path / "occupations_fr.csv", [("a1", "2166", "peintre de holodeck", "artiste hologramme")])
    onet = tmp_path / "onet"
    onet.mkdir()
    (onet / "Occupation Data.txt").write_text(
        "O*NET-SOC Code\tTitle\tDescription\n15-9999.00\tSoftware Developers\td\n99-0000.00\tQzzxx\td\n", encoding="utf-8"
    )
    (onet / "Alternate Titles.txt").write_text(
        "O*NET-SOC Code\tAlternate Title\tShort Title\tSource(s)\n15-9999.00\tWarp Code Wrangler (WCW)\tn/a\t1\n",
        encoding="utf-8",
    )
    return tmp_path


def test_esco_languages_are_joined_by_concept(folder: Path) -> None:
    (entry,) = read_esco_occupations(folder)
    assert (entry.occupation_id, entry.code) == ("esco-a1", "2166")
    assert (entry.title_en, entry.title_fr) == ("holodeck painter", "peintre de holodeck")
    assert {"hologram artist", "artiste hologramme"} <= set(entry.titles)


def test_onet_gets_its_isco_code_through_titles(folder: Path) -> None:
    (match,) = read_onet_titles(folder / "onet", find_occupation)
    assert (match.occupation.occupation_id, match.occupation.code) == ("onet-15-9999.00", "2512")
    assert match.confidence > 0.5
    assert "Warp Code Wrangler" in match.occupation.titles


def test_a_folder_extends_lookup_only_where_it_is_named(folder: Path) -> None:
    found = find_occupation("Senior hologram artist", folder)
    assert found is not None
    assert found.occupation.occupation_id == "esco-a1"
    assert [m.id for m in find_occupations("She was a warp code wrangler", folder)] == ["onet-15-9999.00"]
    assert len(occupations(folder)) == len(occupations()) + 2
    assert find_occupations("She was a warp code wrangler") == []


def test_a_missing_folder_adds_nothing(tmp_path: Path) -> None:
    assert occupations(tmp_path / "none") == occupations()


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "occupations_en.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"occupations_en\.csv"):
        read_esco_occupations(tmp_path)
    (tmp_path / "occupations_en.csv").write_bytes(b"conceptUri,iscoGroup,preferredLabel\n\xff\xfe")
    with pytest.raises(BadInput, match="cannot be read"):
        read_esco_occupations(tmp_path)
    with pytest.raises(BadInput, match="Occupation Data"):
        read_onet_titles(tmp_path, find_occupation)


@pytest.mark.skipif(not (SHARED / "esco_occupations_en").exists(), reason="the ESCO files are not here")
def test_esco_labels_find_their_group() -> None:
    entries = read_esco_occupations(SHARED / "esco_occupations_en")
    labels = [(o.code, o.title_en) for o in entries]
    alternates = random.Random(7).sample([(o.code, t) for o in entries for t in o.titles[1:]], 2000)

    def share(pairs: list[tuple[str, str]], digits: int) -> float:
        found = [(code, find_occupation(title)) for code, title in pairs]
        return sum(m is not None and m.occupation.code[:digits] == c[:digits] for c, m in found) / len(pairs)

    assert share(labels, 4) > 0.65
    assert share(labels, 1) > 0.78
    assert share(alternates, 4) > 0.38
    assert share(alternates, 1) > 0.6


@pytest.mark.skipif(not (SHARED / "onet_29_2").exists(), reason="the O*NET files are not here")
@pytest.mark.slow
def test_onet_reads_whole() -> None:
    matches = read_onet_titles(SHARED / "onet_29_2", find_occupation)
    assert len(matches) > 950
    by_id = {m.occupation.occupation_id: m.occupation.code for m in matches}
    assert by_id["onet-29-1141.00"] == "2221"
    assert by_id["onet-15-1252.00"] == "2512"
