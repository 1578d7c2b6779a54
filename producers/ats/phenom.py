"""Phenom: the JSON in the search pages of a careers site, ten offers a page, and the page of each offer. The board is the site
with its region and language: `careers.acme.com/global/en`."""

from __future__ import annotations

import json
import re
from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request, next_offset
from producers.ats.pages import from_page
from producers.ats.values import Entry, count, dig, first, listed, required, segment, values
from producers.jobposting import job_posting, named_place, place
from talentflow.errors import UnexpectedAnswer

_DATA = re.compile(r"phApp\.ddo\s*=\s*(?=\{)")
_SEARCHES = ("eagerLoadRefineSearch", "refineSearch")


def _page(board: Board, offset: int = 0) -> Request:
    return Request(f"{board.base}/search-results?from={offset}&s=1", offset=offset)


def _listing(board: Board, request: Request, said: str) -> Listing:
    start = _DATA.search(said)
    try:
        data = json.JSONDecoder().raw_decode(said, start.end())[0] if start else None
    except (ValueError, RecursionError) as error:
        raise UnexpectedAnswer("its `phApp.ddo` is not JSON") from error
    search = next((found for name in _SEARCHES if (found := dig(data, name))), None)
    entries, total = listed(search, "data", "jobs"), count(dig(search, "totalHits"))
    offset = next_offset(request, len(entries), limit=10, total=total)
    return Listing(entries, _page(board, offset) if offset else None, total)


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "jobId", "jobSeqNo")
    company = first(board.company, entry.get("companyName"))
    places = values(entry.get("multi_location")) or [first(entry.get("location"), entry.get("cityStateCountry"))]
    named = [where for name in places if (where := named_place(name))]
    return job_posting(
        title=required(entry, "title"),
        description=entry.get("descriptionTeaser"),
        company=company,
        places=named or [place(entry.get("city"), entry.get("state"), entry.get("country"))],
        employment_types=[entry.get("type")],
        date_posted=first(entry.get("postedDate"), entry.get("dateCreated")),
        identifier=first(entry.get("reqId"), key),
        identifier_name=company,
        url=f"https://{board.name.strip('/')}/job/{_job(entry)}",
        occupation=entry.get("category"),
        department=entry.get("department"),
    )


def _job(entry: Entry) -> str:
    return segment(required(entry, "jobSeqNo", "jobId"))


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any]:
    return from_page(board, said, _read(board, entry), description="jd-info")


ADAPTER = Adapter(
    name="phenom",
    terms="The employer's public careers site, as any visitor sees it; Phenom documents no public API for it.",
    hosts=[
        r"([\w.-]+)/([\w-]{2,20}/[a-z]{2}(?:-[a-z]{2})?)/search-results(?:[/?]|$)",
        r"([\w-]+\.phenompeople\.com)(?:/([\w-]{2,20}/[a-z]{2}(?:-[a-z]{2})?))?(?:/|$)",
    ],
    base=lambda name: f"https://{name.strip('/')}",
    first=_page,
    listing=_listing,
    key=lambda entry: required(entry, "jobId", "jobSeqNo"),
    read=_read,
    detail=lambda board, entry: Request(f"{board.base}/job/{_job(entry)}"),
    read_detail=_read_detail,
)
