"""Rows with odd values for every table that the warehouse loads, and what became of them a day later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from talentflow.records import Candidate, Certificate, Education, Interaction, JobOffer, LanguageSkill, Place, Salary, Skill, Work
from talentflow.tables import (
    CANDIDATES,
    CLASSIFICATIONS,
    CLOSURES,
    DOCUMENTS,
    INGESTS,
    INTERACTIONS,
    JOB_OFFERS,
    OUTCOMES,
    QUARANTINE,
    Table,
)
from tests.rows import STAMP, classification_row

Rows = dict[str, Any]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _offer(offer_id: str, **more: Any) -> Rows:
    return JobOffer(offer_id=offer_id, document_id=f"d-{offer_id}", **more).model_dump() | STAMP


def _candidate(candidate_id: str, **more: Any) -> Rows:
    return Candidate(candidate_id=candidate_id, document_id=f"d-{candidate_id}", **more).model_dump() | STAMP


def _event(event_id: str, action: Any, occurred_at: str, **more: Any) -> Rows:
    event = Interaction(event_id=event_id, action=action, actor_id="p1", occurred_at=occurred_at, **more)
    return event.model_dump() | STAMP


def _document(document_id: str, **more: Any) -> Rows:
    row = {"document_id": document_id, "media_type": "text/html", "source": "feed", "received_at": NOON, "content_hash": "h"}
    return row | more


def _outcome(run_id: str, document_id: str, status: str = "ok", milliseconds: float = 1.0) -> Rows:
    row = {"run_id": run_id, "stage": "extract", "document_id": document_id, "status": status, "milliseconds": milliseconds}
    return row | STAMP


def _euros(least: float | None, most: float | None, unit: Any = "YEAR", currency: str | None = "EUR") -> Salary:
    return Salary(min_value=least, max_value=most, currency=currency, unit=unit)


def _offers() -> list[Rows]:
    python, lyon = Skill(skill_id="python", name="Python", required=True), Place(locality="Lyon", country="FR")
    coder: dict[str, Any] = {"occupation_code": "2512", "occupation_title": "Software developers"}
    return [
        _offer(
            "o1",
            title='Développeur·euse 🚀 l\'"API" \\ C#\n',
            hiring_organization="Société d'Été",
            job_location=[lyon, Place(locality="Oslo")],
            contract="permanent",
            workplace="hybrid",
            date_posted="2026-11-01",
            base_salary=_euros(40000, 50000.55),
            skills=[
                python,
                Skill(name="Zauberei"),
                Skill(name="zauberei "),
                Skill(name=" "),
                Skill(skill_id="python", name="python 3", required=False),
            ],
            languages=[
                LanguageSkill(language="fr", fluency="C1"),
                LanguageSkill(language="fr", fluency="native", required=False),
            ],
            seniority="senior",
            benefits=["vélo", "🍎"],
            industry="Été",
            **coder,
        ),
        _offer(
            "o2",
            title="Stage",
            hiring_organization="SOCIÉTÉ D'ÉTÉ",
            contract="internship",
            job_location=[lyon],
            paid=True,
            date_posted="2026-11-10",
            skills=[python],
            base_salary=_euros(700, None, "MONTH"),
            **coder,
        ),
        _offer("o3", title="The same as o1", duplicate_of="o1", skills=[python], **coder),
        _offer(
            "o4", title="x" * 20_000, workplace="remote", base_salary=_euros(400, 500, "DAY", "GBP"), skills=[python], **coder
        ),
        _offer("o5", title=" ", job_location=[Place(region="Île-de-France", country="FR")], closed_at="2026-11-15T08:00:00Z"),
        _offer("o6", date_posted="2026-10-01", valid_through="2026-10-31", contract="fixed_term", base_salary=Salary(), **coder),
        _offer("o7", date_posted="2021", valid_through="2026-02-30", closed_at="garbage", base_salary=_euros(1, 2, None, "XXX")),
        _offer(
            "o8",
            date_posted="0001-01-01",
            valid_through="2098-12-31",
            base_salary=_euros(None, 61234.565, currency="CHF"),
            **coder,
        ),
        _offer("o11", title="Alternance", contract="apprenticeship", job_location=[lyon], **coder),
        _offer("o9", title="Pâtissière", occupation_code="7512", occupation_title="Bakers", seniority="mid", job_location=[lyon]),
    ]


def _candidates() -> list[Rows]:
    python = Skill(skill_id="python", name="Python")
    coder: dict[str, Any] = {"occupation_code": "2512", "occupation_title": "Développeurs"}
    return [
        _candidate(
            "c1",
            headline="Développeuse 🚀",
            location=Place(locality="Lyon", country="FR"),
            work=[
                Work(position="Développeuse", start_date="2020-01", end_date="2022-01"),
                Work(position="Chef", start_date="2021-01", current=True),
            ],
            education=[Education(institution="École d'Été", level="master"), Education(institution="école d'été")],
            skills=[python, python, Skill(name="ZAUBEREI"), Skill(name="Zauberei")],
            languages=[
                LanguageSkill(language="fr", fluency="A2"),
                LanguageSkill(language="fr", fluency="B1"),
                LanguageSkill(language="en"),
            ],
            certificates=[Certificate(name="Permis B", date="2019"), Certificate(name="Permis B", issuer="État", date="2018-05")],
            education_level="master",
            wanted_salary=_euros(3000.5, None, "MONTH"),
            **coder,
        ),
        _candidate("c2", headline="Senior developer", skills=[python, Skill(name="日本語")], experience_years=7.25, **coder),
        _candidate("c3", location=Place(), experience_years=0.0, education_level="bachelor", seniority="junior", **coder),
        _candidate("c4"),
    ]


def _events() -> list[Rows]:
    return [
        _event("e1", "view", "2026-11-10T23:30:00-03:00", offer_id="o1", candidate_id="c1", session_id="s"),
        _event("e2", "apply", "2026-11-12T10:00:00.123456Z", offer_id="o1", candidate_id="c1"),
        _event("e3", "hire", "2026-11-19T10:00:00+00:00", offer_id="o1", candidate_id="c1"),
        _event("e4", "view", "2026-11-12T10:00:00Z", offer_id="o9"),
        _event("e5", "save", "2026-11-12", offer_id="gone", candidate_id="c2"),
        _event("e6", "reject", "yesterday", offer_id="o1", candidate_id="c3"),
        _event("e7", "shortlist", "2026-11-12T10:00:00Z", candidate_id="c2"),
    ]


def first_day() -> dict[Table, list[Rows]]:
    """What the lakehouse has at first, by table."""
    offers, candidates = _offers(), _candidates()
    documents = [_document(r["document_id"]) for r in offers] + [
        _document(r["document_id"], source=" files ") for r in candidates
    ]
    kinds = [classification_row(r["document_id"]) for r in offers]
    kinds += [classification_row(r["document_id"], kind="cv") for r in candidates]
    return {
        JOB_OFFERS: offers,
        CANDIDATES: candidates,
        CLASSIFICATIONS: [*kinds, classification_row("d-other", kind="other")],
        INTERACTIONS: _events(),
        DOCUMENTS: [*documents, _document("d-other", source=None), _document("d-bad", media_type="application/pdf")],
        CLOSURES: [{"document_id": "d-o5", "closed_at": NOON, "reason": "gone", "source": "feed"}],
        QUARANTINE: [
            {"document_id": "d-bad", "stage": "parse", "error_code": "encrypted", "source": "feed"} | STAMP,
            {"document_id": "d-refused", "stage": "bronze", "error_code": "too_large", "source": "files"} | STAMP,
        ],
        OUTCOMES: [_outcome("r1", f"d{n}", milliseconds=n / 3) for n in range(7)] + [_outcome("r1", "d9", "quarantined")],
        INGESTS: [
            {"run_id": "r1", "target": "t1", "source": "feed", "status": "ok", "started_at": NOON},
            {"run_id": "r1", "target": "t2", "source": "silent", "status": "failed", "started_at": NOON},
        ],
    }


def a_day_later() -> tuple[dict[Table, list[Rows]], list[tuple[Table, str, str]]]:
    """What is written then (changed rows and new ones), and what is deleted (table, key, value): an offer, an event, a person."""
    offers = {r["offer_id"]: r for r in _offers()}
    raised = offers["o1"] | {"base_salary": _euros(45000, 50000.55).model_dump(), "workplace": "remote", "content_hash": "new"}
    closed = offers["o9"] | {"closed_at": "2026-11-20T10:00:00Z", "content_hash": "new"}
    late = _event("e8", "view", "2026-10-02T09:00:00Z", offer_id="o4", candidate_id="c2")
    written: dict[Table, list[Rows]] = {
        JOB_OFFERS: [raised, closed, _offer("o10", title="New", date_posted="2026-11-21")],
        DOCUMENTS: [_document("d-o10", received_at=datetime(2026, 11, 21, 3, tzinfo=UTC))],
        CLASSIFICATIONS: [classification_row("d-o10")],
        INTERACTIONS: [late],
        OUTCOMES: [_outcome("r1", "late", milliseconds=99.0), _outcome("r2", "d-o10", "skipped")],
    }
    deleted = [(JOB_OFFERS, "offer_id", "o2"), (INTERACTIONS, "event_id", "e4"), (CANDIDATES, "candidate_id", "c3")]
    return written, deleted
