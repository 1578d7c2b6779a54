"""Stages as functions: a row for each row, and a bad document never costs a batch."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from talentflow.ids import content_hash
from talentflow.records import Identity
from talentflow.stages import CLASSIFY, EXTRACT, PARSE, candidate_id
from talentflow.tables import DOCUMENTS

CV = b"Anna Keller\nanna.keller@example.org\n\nData engineer\n\nExperience\nData engineer, Nordlys\n2019 - 2024\n\nSkills\nPython, SQL\n"


def document(name: str, content: bytes, **more: Any) -> dict[str, Any]:
    row = {"document_id": name, "content": content, "source_uri": name, "kind_hint": None, "content_hash": content_hash(content)}
    return row | more


def parse(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return PARSE.run(pa.RecordBatch.from_pylist(list(rows), schema=DOCUMENTS.schema)).to_pylist()


def test_a_bad_document_gets_its_outcome_and_the_others_their_texts() -> None:
    rows = parse(document("a.txt", CV), document("empty.pdf", b""), document("b.txt", CV.replace(b"Anna", b"Anne")))
    assert [r["document_id"] for r in rows] == ["a.txt", "empty.pdf", "b.txt"]
    assert [r["outcome"]["status"] for r in rows] == ["ok", "quarantined", "ok"]
    assert rows[1]["texts"] is None
    assert rows[1]["outcome"]["error_code"] == "empty_document"
    assert "empty.pdf" in rows[1]["outcome"]["detail"]


def test_texts_come_with_a_redacted_text_of_the_same_length() -> None:
    text = parse(document("a.txt", CV))[0]["texts"]
    assert len(text["text"]) == len(text["redacted_text"])
    assert "anna.keller" in text["text"]
    assert "Keller" not in text["redacted_text"]


def test_limits_come_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALENTFLOW_MAX_CHARACTERS", "20")
    assert parse(document("a.txt", CV))[0]["outcome"]["error_code"] == "document_too_large"


def test_what_a_stage_returns_has_its_schema_also_for_no_rows() -> None:
    for stage, schema in ((PARSE, DOCUMENTS.schema),):
        assert stage.run(pa.RecordBatch.from_pylist([], schema=schema)).schema == stage.schema


def test_a_version_names_everything_upstream() -> None:
    assert PARSE.version in CLASSIFY.version
    assert CLASSIFY.version in EXTRACT.version


def test_two_versions_of_one_persons_cv_are_one_candidate() -> None:
    one = Identity(candidate_id="", document_id="", name="Anna Keller", email="Anna.Keller@example.org")
    other = Identity(candidate_id="", document_id="", name="KELLER Anna", email="anna.keller@example.org")
    assert candidate_id(one, "d1") == candidate_id(other, "d2")


def test_an_agencys_address_does_not_make_two_people_one() -> None:
    one = Identity(candidate_id="", document_id="", name="Anna Keller", email="cv@agency.example")
    other = Identity(candidate_id="", document_id="", name="Omar Diallo", email="cv@agency.example")
    assert candidate_id(one, "d1") != candidate_id(other, "d2")


def test_a_cv_without_name_or_contact_is_a_person_of_its_own() -> None:
    nameless = Identity(candidate_id="", document_id="", email="anna@example.org")
    assert candidate_id(nameless, "d1") == "d1"
