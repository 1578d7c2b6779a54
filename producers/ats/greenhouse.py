"""Greenhouse: the documented Job Board API, one answer a board (https://developers.greenhouse.io/job-board.html)."""

from __future__ import annotations

import html
from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.values import Entry, count, dig, first, joined, listed, located, objects, read_json, required, segment, web_url
from producers.jobposting import amount, job_posting, text


def _first(board: Board) -> Request:
    return Request(f"{board.base}/v1/boards/{board.path}/jobs?content=true&pay_transparency=true")


def _listing(_board: Board, _request: Request, said: str) -> Listing:
    answer = read_json(said)
    return Listing(listed(answer, "jobs"), total=count(dig(answer, "meta", "total")))


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "id")
    offices = [first(office.get("location"), office.get("name")) for office in objects(entry.get("offices"))]
    where = first(dig(entry, "location", "name"))
    places, workplace = located([where] if where else offices)
    company = first(board.company, entry.get("company_name"))
    pay = next(iter(objects(entry.get("pay_input_ranges"))), {})
    return job_posting(
        title=required(entry, "title"),
        # the API escapes its HTML once more
        description=html.unescape(text(entry.get("content")) or ""),
        company=company,
        places=places,
        workplace=workplace,
        date_posted=entry.get("first_published"),
        valid_through=entry.get("application_deadline"),
        salary=amount(_units(pay.get("min_cents")), _units(pay.get("max_cents")), pay.get("currency_type"), pay.get("title")),
        identifier=first(entry.get("requisition_id"), key),
        identifier_name=company,
        url=web_url(entry.get("absolute_url"), f"https://job-boards.greenhouse.io/{board.path}/jobs/{segment(key)}"),
        department=joined(department.get("name") for department in objects(entry.get("departments"))),
        language=entry.get("language"),
    )


def _units(cents: object) -> float | None:
    known = count(cents)
    return known / 100 if known and known < 10**15 else None


ADAPTER = Adapter(
    name="greenhouse",
    terms="The employer's public job board, by Greenhouse's documented Job Board API, whose GET requests need no key.",
    hosts=[
        r"(?:job-)?boards(?:\.eu)?\.greenhouse\.io/embed/job_(?:board|app)[^?]*\?(?:[^#]*&)?for=([\w-]+)",
        r"(?:job-)?boards(?:\.eu)?\.greenhouse\.io/(?!embed\b)([\w-]+)",
        r"boards-api\.greenhouse\.io/v1/boards/([\w-]+)",
    ],
    base=lambda _name: "https://boards-api.greenhouse.io",
    first=_first,
    listing=_listing,
    key=lambda entry: required(entry, "id"),
    read=_read,
)
