"""Rows of tables, made by hand."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from talentflow.records import Candidate, Evidence, Identity, JobOffer, LanguageSkill, Place, Salary, Skill
from talentflow.tables import Table

STAMP = {"content_hash": "hash", "stage_version": "1"}


def table_of(table: Table, *rows: dict[str, Any]) -> pa.Table:
    """Rows of a table; columns not named are null."""
    return pa.Table.from_pylist(list(rows), schema=table.schema)


def text_row(document_id: str, text: str = "A text of some length, long enough.", **more: Any) -> dict[str, Any]:
    row = {
        "document_id": document_id,
        "text": text,
        "redacted_text": text,
        "pages": [0],
        "media_type": "text/plain",
        "source": "files",
    }
    return row | STAMP | more


def classification_row(document_id: str, **more: Any) -> dict[str, Any]:
    row = {"document_id": document_id, "kind": "job_offer", "kind_confidence": 0.9, "language": "en", "language_confidence": 0.9}
    return row | {"occupation_confidence": 0.0, "seniority_confidence": 0.0, "model_id": "m"} | STAMP | more


def offer(offer_id: str, **more: Any) -> JobOffer:
    values: dict[str, Any] = {
        "title": "Data engineer",
        "hiring_organization": "Nordlys",
        "job_location": [Place(locality="Lyon", country="FR")],
        "contract": "permanent",
        "skills": [Skill(skill_id="python", name="Python", required=True)],
        "languages": [LanguageSkill(language="fr")],
        "base_salary": Salary(min_value=40000, max_value=50000, currency="EUR", unit="YEAR"),
        "occupation_code": "2511",
        "occupation_title": "Systems analysts",
        "evidence": [Evidence(field="title", start=0, end=6)],
    }
    return JobOffer(offer_id=offer_id, document_id=offer_id, **(values | more))


def offer_row(offer_id: str, **more: Any) -> dict[str, Any]:
    return offer(offer_id, **more).model_dump() | STAMP


def candidate_row(candidate_id: str, **more: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "skills": [Skill(skill_id="python", name="Python")],
        "experience_years": 4.0,
        "occupation_code": "2511",
    }
    return Candidate(candidate_id=candidate_id, document_id=candidate_id, **(values | more)).model_dump() | STAMP


def identity_row(candidate_id: str, **more: Any) -> dict[str, Any]:
    return Identity(candidate_id=candidate_id, document_id=candidate_id, **more).model_dump() | STAMP
