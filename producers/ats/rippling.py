"""Rippling: the JSON behind a job board, one listing with an entry for each place of an offer, and a detail an offer. The board's
name is case-sensitive."""

from __future__ import annotations

from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.values import (
    Entry,
    dig,
    first,
    headed,
    listed,
    located,
    objects,
    read_json,
    required,
    segment,
    values,
    web_url,
)
from producers.jobposting import amount, job_posting, text
from talentflow.errors import UnexpectedAnswer

_KINDS = {"FT": "full time", "PT": "part time", "TEMP": "temporary"}


def _jobs(board: Board) -> str:
    return f"{board.base}/platform/api/ats/v1/board/{board.path}/jobs"


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "uuid")
    company = first(board.company, entry.get("companyName"), board.name)
    labels = values(entry.get("workLocations")) or [dig(entry, "workLocation", "label")]
    places, workplace = located(labels)
    pay = next(iter(objects(entry.get("payRangeDetails"))), {})
    kind = entry.get("employmentType")
    said = entry.get("description")
    return job_posting(
        title=required(entry, "name"),
        description=headed((None, dig(said, "role")), (None, dig(said, "company"))),
        company=company,
        places=places,
        workplace=workplace,
        employment_types=[_kind(dig(kind, "label")) or first(dig(kind, "id"))],
        date_posted=entry.get("createdOn"),
        salary=amount(pay.get("rangeStart"), pay.get("rangeEnd"), pay.get("currency"), pay.get("frequency")),
        identifier=key,
        identifier_name=company,
        url=web_url(entry.get("url"), f"https://ats.rippling.com/{board.path}/jobs/{segment(key)}"),
        department=first(dig(entry, "department", "label"), dig(entry, "department", "name")),
    )


def _kind(code: object) -> str | None:
    """`SALARIED_FT` and `HOURLY_PT` name the pay, then the working time."""
    return _KINDS.get((text(code) or "").rpartition("_")[2])


def _detail(board: Board, entry: Entry) -> Request:
    return Request(f"{_jobs(board)}/{segment(required(entry, 'uuid'))}")


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any]:
    detail = read_json(said)
    if not isinstance(dig(detail, "description"), dict):
        raise UnexpectedAnswer("its detail has no `description`")
    return _read(board, {**detail, **entry, "workLocations": detail.get("workLocations")})


ADAPTER = Adapter(
    name="rippling",
    terms="The employer's public job board, by the JSON that it reads itself; Rippling documents its API to customers only.",
    hosts=[
        r"ats\.rippling\.com/(?:[a-z]{2}-[A-Z]{2}/)?([\w-]+)",
        r"api\.rippling\.com/platform/api/ats/v\d/board/([\w-]+)",
    ],
    base=lambda _name: "https://api.rippling.com",
    first=lambda board: Request(_jobs(board)),
    listing=lambda _board, _request, said: Listing(listed(read_json(said))),
    key=lambda entry: required(entry, "uuid"),
    read=_read,
    detail=_detail,
    read_detail=_read_detail,
)
