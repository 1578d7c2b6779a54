"""Pinpoint: the documented postings.json of a careers site, one answer with descriptions."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.values import Entry, dig, first, headed, listed, read_json, required, segment, web_url
from producers.jobposting import amount, job_posting, named_place, place, text, workplace_of


def _listing(_board: Board, _request: Request, said: str) -> Listing:
    return Listing(listed(read_json(said), "data"))


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "id")
    company = first(board.company, board.name)
    site = f"https://{segment(board.name)}.pinpointhq.com/"
    where, name = entry.get("location"), dig(entry, "location", "name")
    path = text(entry.get("path")) or f"postings/{segment(key)}"
    shown = entry.get("compensation_visible") is True
    return job_posting(
        title=required(entry, "title"),
        description=entry.get("description"),
        responsibilities=headed((entry.get("key_responsibilities_header"), entry.get("key_responsibilities"))),
        qualifications=headed((entry.get("skills_knowledge_expertise_header"), entry.get("skills_knowledge_expertise"))),
        benefits=headed((entry.get("benefits_header"), entry.get("benefits"))),
        company=company,
        places=[place(dig(where, "city"), dig(where, "province")) or named_place(name)],
        workplace=workplace_of(entry.get("workplace_type")),
        employment_types=[first(entry.get("employment_type_text"), entry.get("employment_type"))],
        valid_through=entry.get("deadline_at"),
        salary=_salary(entry) if shown else None,
        identifier=first(dig(entry, "job", "requisition_id"), key),
        identifier_name=company,
        url=web_url(entry.get("url"), urljoin(site, path) if path.startswith("/") else None, f"{site}postings/{segment(key)}"),
        department=first(dig(entry, "job", "department", "name"), dig(entry, "department", "name")),
        industry=dig(entry, "job", "division", "name"),
    )


def _salary(entry: Entry) -> dict[str, Any] | str | None:
    low, high = entry.get("compensation_minimum"), entry.get("compensation_maximum")
    known = amount(low, high, entry.get("compensation_currency"), entry.get("compensation_frequency"))
    return known or text(entry.get("compensation"))


ADAPTER = Adapter(
    name="pinpoint",
    terms="The employer's public careers site, by the postings.json that Pinpoint documents for it; no key is needed.",
    hosts=[r"(?!www\.|app\.|developers\.)([\w-]+)\.pinpointhq\.com(?:/|$)"],
    base=lambda name: f"https://{segment(name)}.pinpointhq.com",
    first=lambda board: Request(f"{board.base}/postings.json"),
    listing=_listing,
    key=lambda entry: required(entry, "id"),
    read=_read,
)
