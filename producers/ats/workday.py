"""Workday: the JSON behind a careers site (cxs), a search by pages of 20 and a detail an offer. The board is `TENANT.wdN/SITE`,
as in https://TENANT.wdN.myworkdayjobs.com/SITE. A search gives 2,000 offers at most, and its total on the first page only."""

from __future__ import annotations

from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request, next_offset
from producers.ats.values import Entry, count, dig, first, listed, read_json, required, segment, values
from producers.jobposting import job_posting, named_place, place, workplace_of
from talentflow.errors import UnexpectedAnswer

_PAGE = 20


def _tenant(board: Board) -> str:
    return segment(board.name.partition(".")[0])


def _site(board: Board) -> str:
    return segment(board.name.rpartition("/")[2])


def _search(board: Board, offset: int = 0) -> Request:
    body = {"appliedFacets": {}, "limit": _PAGE, "offset": offset, "searchText": ""}
    return Request(f"{board.base}/wday/cxs/{_tenant(board)}/{_site(board)}/jobs", body, offset)


def _listing(board: Board, request: Request, said: str) -> Listing:
    answer = read_json(said)
    entries, total = listed(answer, "jobPostings"), count(dig(answer, "total"))
    offset = next_offset(request, len(entries), limit=_PAGE, total=total)
    return Listing(entries, _search(board, offset) if offset else None, total)


def _key(entry: Entry) -> str:
    """The requisition at the end of the path: the words before it follow the title and the place."""
    path = required(entry, "externalPath")
    return path.rpartition("_")[2].rpartition("/")[2] or path


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    path = required(entry, "externalPath")
    company = first(board.company, dig(entry, "hiringOrganization", "name"), _tenant(board))
    info = entry.get("jobPostingInfo")
    country = dig(info, "country", "descriptor")
    names = [dig(info, "location"), *values(dig(info, "additionalLocations"))]
    places = [where for name in names if (where := named_place(name))]
    return job_posting(
        title=first(dig(info, "title"), entry.get("title")) or required(entry, "title"),
        description=dig(info, "jobDescription"),
        company=company,
        places=places or [place(country=country)],
        workplace=workplace_of(dig(info, "remoteType")),
        employment_types=[dig(info, "timeType")],
        date_posted=dig(info, "startDate"),
        valid_through=dig(info, "endDate"),
        identifier=first(dig(info, "jobReqId"), _key(entry)),
        identifier_name=company,
        url=f"https://{board.name.partition('/')[0]}.myworkdayjobs.com/{_site(board)}/{path.lstrip('/')}",
    )


def _detail(board: Board, entry: Entry) -> Request:
    path = "/".join(map(segment, required(entry, "externalPath").strip("/").split("/")))
    return Request(f"{board.base}/wday/cxs/{_tenant(board)}/{_site(board)}/{path}")


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any]:
    detail = read_json(said)
    if not isinstance(dig(detail, "jobPostingInfo"), dict):
        raise UnexpectedAnswer("its detail has no `jobPostingInfo`")
    return _read(board, {**entry, **detail})


ADAPTER = Adapter(
    name="workday",
    terms="The employer's public careers site, by the JSON that it reads itself; Workday documents no public API for it.",
    hosts=[
        r"([\w-]+\.wd\d+)\.myworkdayjobs\.com/wday/cxs/[\w-]+/([\w-]+)",
        r"([\w-]+\.wd\d+)\.myworkdayjobs\.com/(?:[a-z]{2}-[A-Z]{2}/)?([\w-]+)",
    ],
    base=lambda name: f"https://{name.partition('/')[0]}.myworkdayjobs.com",
    first=_search,
    listing=_listing,
    key=_key,
    read=_read,
    detail=_detail,
    read_detail=_read_detail,
    # tenants choose their bullets: some show how long ago an offer was posted
    volatile=frozenset({"postedOn", "timeLeftToApply", "bulletFields"}),
)
