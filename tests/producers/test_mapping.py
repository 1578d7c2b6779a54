"""Column mappings: guessed from names and values, confirmed in a YAML, used when ingesting."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.columns import field_of
from producers.files import find_documents, read_files
from producers.guess import KEEP, LEAVE_OUT, guess
from producers.mapping import load_mapping, mapper_for, to_yaml, write_mapping
from producers.reading import Reading
from producers.row_files import Row
from producers.sources import FilesSource
from producers.state import State
from talentflow.documents import Limits, read
from talentflow.errors import BadInput
from talentflow.eventlog.messages import RawDocument, RejectedDocument
from talentflow.settings import Settings

LONG = "<p>" + "You keep the books of our clients and prepare their accounts, in a team of five. " * 4 + "</p>"
OFFERS = (
    "Réf;Intitulé du poste;Nom de l'entreprise;Ville;Type de contrat;Sal. brut;Date de publi;Lien de l'offre;Texte complet;Note;scraped_at\n"
    f"1;Comptable;Durand SA;Lyon;CDI;35 000 € brut;2026-11-02;https://x.example/1;{LONG};RAS;2026-11-10\n"
    f"2;Développeur;Dupont;Paris;CDD;45-50 k€;03/11/2026;https://x.example/2;{LONG};;2026-11-10\n"
)
CANDIDATES = (
    "Nom,Prénom,E-mail,Tél.,Poste actuel,Compétences,Langues,Formations,Années d'expérience,Ville,Origine\n"
    'Martin,Léa,lea@example.org,+33 6 12 34 56 78,Data engineer,"Python, SQL, Spark","Français, Anglais",Master,5,Lyon,Salon\n'
)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(*paths: Path, **options: Any) -> list[dict[str, Any]]:
    return [json.loads(d.content) for d in find_documents(paths, **options) if isinstance(d, RawDocument)]


def targets(path: Path) -> dict[str, str]:
    return {g.column: g.target for g in write_mapping(path, limit=10**6).guesses.columns}


def test_columns_of_offers_are_told_by_name_by_likeness_and_by_their_values(tmp_path: Path) -> None:
    assert targets(written(tmp_path, "offers.csv", OFFERS)) == {
        "Réf": "id",
        "Intitulé du poste": "title",
        "Nom de l'entreprise": "company",
        "Ville": "city",
        "Type de contrat": "contract",
        "Sal. brut": "salary_text",
        "Date de publi": "date_posted",
        "Lien de l'offre": "link",
        "Texte complet": "description",
        "Note": KEEP,
        "scraped_at": LEAVE_OUT,
    }


def test_columns_of_candidates_are_told(tmp_path: Path) -> None:
    told = targets(written(tmp_path, "people.csv", CANDIDATES))
    assert list(told.values()) == [
        *("last_name", "first_name", "email", "phone", "headline", "skills", "languages", "education", "years", "city", "keep")
    ]


@pytest.mark.parametrize("typo", ["job tilte", "Job_Titel", "jobb title"])
def test_a_name_with_a_slip_of_the_pen_is_understood(typo: str) -> None:
    (g,) = guess([typo], []).columns
    assert g.target == "title"
    assert g.sure < 0.9


def test_values_speak_against_a_name() -> None:
    rows = [{"deadline": "see the site"}, {"deadline": "as soon as possible"}]
    (g,) = guess(["deadline"], rows).columns
    assert g.target == KEEP


def test_the_written_file_says_samples_and_what_is_left_out_and_is_read_back(tmp_path: Path) -> None:
    path = written(tmp_path, "offers.csv", OFFERS)
    mapping = write_mapping(path, limit=10**6).path
    text = mapping.read_text(encoding="utf-8")
    assert mapping == tmp_path / "offers.csv.mapping.yaml"
    assert "# Comptable | Développeur\n" in text
    assert '"Intitulé du poste": title  # its name says so' in text
    assert '"scraped_at": leave out' in text
    assert load_mapping(mapping).targets["Note"] == "keep"


def test_a_mapping_beside_the_file_is_used_and_is_no_document(tmp_path: Path) -> None:
    path = written(tmp_path, "offers.csv", "A;B;C;D\nComptable;Durand;secret;autre\n")
    plain = rows(tmp_path)
    written(tmp_path, "offers.mapping.yaml", "kind: offer\ncolumns:\n  A: title\n  B: company\n  C: leave out\n")
    assert plain == [{"A": "Comptable", "B": "Durand", "C": "secret", "D": "autre"}]
    (document,) = find_documents([tmp_path])
    assert isinstance(document, RawDocument)
    assert document.kind_hint == "job_offer"
    text = read(document.content, media_type=document.media_type, name=document.source_uri).text
    assert text == "Title: Comptable\nCompany: Durand\n\nD: autre"
    assert path.exists()


def test_a_kept_column_does_not_take_the_place_of_a_mapped_one(tmp_path: Path) -> None:
    written(tmp_path, "o.csv", "title,name\nMr,Accountant\n")
    written(tmp_path, "o.csv.mapping.yaml", "columns:\n  name: title\n  title: keep\n")
    assert rows(tmp_path) == [{"title": "Accountant", "title (column)": "Mr"}]


def test_rows_of_candidates_reach_the_parser_as_cvs_without_a_mapping(tmp_path: Path) -> None:
    written(tmp_path, "people.csv", CANDIDATES)
    (document,) = find_documents([tmp_path])
    assert isinstance(document, RawDocument)
    assert document.kind_hint == "cv"
    said = read(document.content, media_type=document.media_type, name="people.csv")
    assert said.kind_hint == "cv"
    assert said.text.startswith("Léa Martin\nData engineer\nlea@example.org\n+33 6 12 34 56 78\nLyon\n")
    assert "5 years of experience\nOrigine: Salon" in said.text
    assert "Skills\nPython\nSQL\nSpark\n\nLanguages\nFrançais\nAnglais" in said.text


def test_offers_without_a_mapping_stay_as_they_are(tmp_path: Path) -> None:
    written(tmp_path, "o.csv", "title,company,contact email\nAccountant,Acme,jobs@acme.example\n")
    assert rows(tmp_path) == [{"title": "Accountant", "company": "Acme", "contact email": "jobs@acme.example"}]
    assert mapper_for(tmp_path / "o.csv", ["title", "company", "email", "phone", "description", "salary_min"]) is None


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ("columns:\n  titel: title\n", "names the column titel, which o.csv does not have: write title"),
        ("columns:\n  title: title\n  company: title\n", "takes both title and company for title: keep one of them"),
        ("columns:\n  title: titre\n", "takes title for titre, which is no field: write one of title"),
        ("columns: [title]\n", "is wrong at columns"),
        ("kind: dog\ncolumns: {title: title}\n", "is wrong at kind"),
        ("colunms: {title: title}\n", "is wrong at"),
        ("{", "cannot be read"),
        ("", "is wrong at the file"),
    ],
)
def test_a_wrong_mapping_is_a_sentence_and_the_other_files_are_read(tmp_path: Path, mapping: str, sentence: str) -> None:
    written(tmp_path, "o.csv", "title,company\nAccountant,Acme\n")
    written(tmp_path, "o.csv.mapping.yaml", mapping)
    written(tmp_path, "z.txt", "a CV")
    said, other = find_documents([tmp_path])
    assert isinstance(said, RejectedDocument)
    assert said.error_code == "bad_mapping"
    assert sentence in said.detail
    assert isinstance(other, RawDocument)


def read_source(tmp_path: Path, **entry: Any) -> tuple[list[Any], Reading]:
    with State(tmp_path / "s.sqlite") as state:
        reading = Reading(Settings(home=tmp_path), state, datetime.now(UTC))
        source = FilesSource(name="crm", **entry)
        return [d for a in read_files(source, reading) for d in a.documents], reading


def test_a_configured_source_has_its_name_terms_kind_and_mapping(tmp_path: Path) -> None:
    path = written(tmp_path, "o.csv", "A,B\nAccountant,Acme\nNurse,Care\n")
    mapping = written(tmp_path, "elsewhere.yaml", "columns:\n  A: title\n  B: company\n")
    found, reading = read_source(tmp_path, paths=[path], mapping=mapping, terms="ours", kind="offer")
    assert [(d.source, d.terms, d.kind_hint) for d in found] == [("crm", "ours", "job_offer")] * 2
    assert json.loads(found[0].content) == {"title": "Accountant", "company": "Acme"}
    assert reading.counts.fetched == 2
    mapping.write_text("columns:\n  A: titel\n")
    with pytest.raises(BadInput, match="titel, which is no field"):
        read_source(tmp_path, paths=[path], mapping=mapping)


def test_a_spreadsheet_is_a_sentence(tmp_path: Path) -> None:
    path = written(tmp_path, "people.xlsx", b"PK\x03\x04")
    (said,) = find_documents([tmp_path])
    assert isinstance(said, RejectedDocument)
    assert "is a spreadsheet: save it as CSV" in said.detail
    with pytest.raises(BadInput, match="is a spreadsheet: save it as CSV"):
        write_mapping(path, limit=1000)
    with pytest.raises(BadInput, match="no CSV or Parquet file"):
        write_mapping(written(tmp_path, "a.txt", "x"), limit=1000)


NESTED = pa.table(
    {
        "id": pa.array([1, 2], pa.int64()),
        "title": ["Accountant", "Nurse"],
        "company": pa.array([{"name": "Acme"}, None], pa.struct([("name", pa.string())])),
        "locations": pa.array([["Lyon", "Paris"], []], pa.list_(pa.string())),
        "salary_min": pa.array([Decimal("35000.00"), Decimal("28000.50")], pa.decimal128(12, 2)),
        "date_posted": pa.array([date(2026, 11, 2), None], pa.date32()),
        "updated_at": pa.array([1_700_000_000_123_456_789, 0], pa.timestamp("ns", "UTC")),
        "tags": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int32())),
        "score": pa.array([float("nan"), 0.5]),
        "blob": pa.array([b"\xff\xfe", b"text"]),
    }
)


def test_parquet_rows_become_json(tmp_path: Path) -> None:
    pq.write_table(NESTED, tmp_path / "offers.parquet", row_group_size=1)
    first, second = rows(tmp_path)
    assert first == {
        "id": 1,
        "title": "Accountant",
        "company": {"name": "Acme"},
        "locations": ["Lyon", "Paris"],
        "salary_min": 35000,
        "date_posted": "2026-11-02",
        "updated_at": first["updated_at"],
        "tags": {"a": 1},
        "score": None,
        "blob": "//4=",
    }
    assert first["updated_at"].startswith("2023-11-14")
    assert second["salary_min"] == 28000.5
    assert [d.source_key for d in find_documents([tmp_path])] == [f"{tmp_path}/offers.parquet#1", f"{tmp_path}/offers.parquet#2"]


def test_parquet_has_a_mapping_too(tmp_path: Path) -> None:
    path = tmp_path / "o.parquet"
    pq.write_table(NESTED.rename_columns(["n", "Intitulé", *NESTED.column_names[2:]]), path)
    assert targets(path)["Intitulé"] == "title"
    assert [r["title"] for r in rows(path)] == ["Accountant", "Nurse"]


def test_damaged_parquet_is_a_sentence_and_sound_row_groups_are_read(tmp_path: Path) -> None:
    pq.write_table(NESTED, tmp_path / "ok.parquet", row_group_size=1, compression="zstd")
    whole = (tmp_path / "ok.parquet").read_bytes()
    (said,) = find_documents([written(tmp_path, "cut.parquet", whole[:-20])])
    assert isinstance(said, RejectedDocument)
    assert said.error_code == "malformed_parquet"
    assert "cannot be read" in said.detail
    column = pq.ParquetFile(tmp_path / "ok.parquet").metadata.row_group(0).column(1)
    start = column.dictionary_page_offset or column.data_page_offset
    hurt = whole[:start] + b"\xff" * column.total_compressed_size + whole[start + column.total_compressed_size :]
    found = list(find_documents([written(tmp_path, "hurt.parquet", hurt)]))
    assert [type(d) for d in found] == [RejectedDocument, RawDocument]
    assert found[1].source_uri.endswith("#row=2")


def test_a_parquet_row_over_the_limit_costs_only_itself(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["x" * 5000, "small"]}), tmp_path / "t.parquet")
    found = list(find_documents([tmp_path], limits=Limits(bytes=1000)))
    assert [type(d) for d in found] == [RejectedDocument, RawDocument]


NAME = st.text(max_size=30)
CELL = st.one_of(st.none(), st.text(max_size=40), st.integers(), st.sampled_from(["a@b.example", "2026-01-02", "35 k€", LONG]))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_guess_loses_no_column_gives_no_field_twice_and_is_the_same_again(data: st.DataObject) -> None:
    names = st.one_of(NAME, st.sampled_from(["title", "Titre", "titre du poste", "email", "salary", "nom", "prénom", "text"]))
    header = data.draw(st.lists(names, min_size=1, max_size=8, unique=True))
    sample = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(header, CELL)), max_size=4))
    first = guess(header, sample)
    assert first == guess(header, sample)
    assert [g.column for g in first.columns] == header
    given_ = [g.target for g in first.columns if g.target not in (KEEP, LEAVE_OUT)]
    assert len(set(given_)) == len(given_)
    assert set(given_) <= field_of(first.kind).keys()
    written_ = yaml.safe_load(to_yaml("data.csv", first))
    assert written_["columns"] == {g.column: g.target for g in first.columns}


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAME, CELL, min_size=1, max_size=6), st.data())
def test_a_mapped_row_keeps_every_value_that_is_not_left_out(row: dict[str, Any], data: st.DataObject) -> None:
    targets = data.draw(st.lists(st.sampled_from([KEEP, *field_of("offer")]), min_size=len(row), max_size=len(row)))
    chosen: dict[str, str] = {}
    for name, target in zip(row, targets, strict=True):
        chosen[name] = target if target == KEEP or target not in chosen.values() else KEEP
    from producers.mapping import Mapper

    mapped = Mapper("offer", chosen)(Row("row=1", json.dumps(row).encode(), None))
    assert sorted(map(repr, json.loads(mapped.content).values())) == sorted(map(repr, row.values()))
