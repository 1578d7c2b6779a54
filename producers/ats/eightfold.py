"""Eightfold: the JSON behind a careers page, a listing by pages of the server's size and a detail an offer. The board is the
host's first label, or `LABEL/DOMAIN` where the employer's domain is not LABEL.com."""

from __future__ import annotations

from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request, next_offset
from producers.ats.values import Entry, count, dig, first, listed, read_json, required, said_values, segment, values, web_url
from producers.jobposting import job_posting, named_place, text, workplace_of
from talentflow.errors import UnexpectedAnswer


def _domain(board: Board) -> str:
    label, _, domain = board.name.partition("/")
    return segment(domain or f"{label}.com")


def _page(board: Board, offset: int = 0) -> Request:
    search = f"domain={_domain(board)}&start={offset}&num=10&sort_by=timestamp"
    return Request(f"{board.base}/api/apply/v2/jobs?{search}", offset=offset)


def _listing(board: Board, request: Request, said: str) -> Listing:
    answer = read_json(said)
    entries = listed(answer, "positions")
    offset = next_offset(request, len(entries), limit=10, total=count(dig(answer, "count")))
    return Listing(entries, _page(board, offset) if offset else None, count(dig(answer, "count")))


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "id")
    company = first(board.company, board.name.partition("/")[0])
    places = [text(where) for where in values(entry.get("locations"))] or [text(entry.get("location"))]
    return job_posting(
        title=required(entry, "name", "posting_name"),
        description=entry.get("job_description"),
        company=company,
        places=map(named_place, places),
        # `remote_local`, `remote_global`, `hybrid`, `onsite`
        workplace=workplace_of((text(entry.get("work_location_option")) or "").partition("_")[0]),
        employment_types=[entry.get("type")] if text(entry.get("type")) != "ATS" else [],
        date_posted=entry.get("t_create"),
        identifier=first(entry.get("display_job_id"), entry.get("ats_job_id"), key),
        identifier_name=company,
        url=web_url(entry.get("canonicalPositionUrl"), f"{board.base}/careers/job/{segment(key)}"),
        department=entry.get("department"),
        industry=entry.get("business_unit"),
    )


def _detail(board: Board, entry: Entry) -> Request | None:
    if text(entry.get("job_description")):
        return None
    return Request(f"{board.base}/api/apply/v2/jobs/{segment(required(entry, 'id'))}?domain={_domain(board)}")


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any]:
    detail = read_json(said)
    if not text(dig(detail, "job_description")):
        raise UnexpectedAnswer("its detail has no `job_description`")
    return _read(board, {**entry, **said_values(detail)})


ADAPTER = Adapter(
    name="eightfold",
    terms="The employer's public careers page, by the JSON that it reads itself; Eightfold documents no public API for it.",
    hosts=[
        r"(?!www\.|api\.)([\w-]+)\.eightfold\.ai/[^?]*\?(?:[^#]*&)?domain=([\w.-]+)",
        r"(?!www\.|api\.)([\w-]+)\.eightfold\.ai/(?:careers|api/apply)",
    ],
    base=lambda name: f"https://{segment(name.partition('/')[0])}.eightfold.ai",
    first=_page,
    listing=_listing,
    key=lambda entry: required(entry, "id"),
    read=_read,
    detail=_detail,
    read_detail=_read_detail,
    volatile=frozenset({"t_update"}),
)
