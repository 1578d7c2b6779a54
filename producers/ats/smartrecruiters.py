"""SmartRecruiters: the documented Posting API, pages of 100 and a detail an offer
(https://developers.smartrecruiters.com/docs/posting-api). A company that does not exist has an empty listing."""

from __future__ import annotations

from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request, next_offset
from producers.ats.values import Entry, count, dig, first, headed, listed, read_json, required, said_values, segment, web_url
from producers.jobposting import job_posting, place, workplace_of
from talentflow.errors import UnexpectedAnswer

_PAGE = 100
_SECTIONS = ("companyDescription", "jobDescription", "additionalInformation")


def _page(board: Board, offset: int = 0) -> Request:
    return Request(f"{board.base}/v1/companies/{board.path}/postings?limit={_PAGE}&offset={offset}", offset=offset)


def _listing(board: Board, request: Request, said: str) -> Listing:
    answer = read_json(said)
    entries, total = listed(answer, "content"), count(dig(answer, "totalFound"))
    offset = next_offset(request, len(entries), limit=_PAGE, total=total)
    return Listing(entries, _page(board, offset) if offset else None, total)


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "id")
    where = entry.get("location")
    company = first(board.company, dig(entry, "company", "name"))
    employer = segment(first(dig(entry, "company", "identifier"), board.name) or "")
    sections = dig(entry, "jobAd", "sections")
    level = dig(entry, "experienceLevel", "label")
    return job_posting(
        title=required(entry, "name"),
        description=headed(*((dig(sections, s, "title"), dig(sections, s, "text")) for s in _SECTIONS)),
        qualifications=dig(sections, "qualifications", "text"),
        company=company,
        places=[place(dig(where, "city"), dig(where, "region"), dig(where, "country"))],
        workplace=workplace_of("hybrid" if dig(where, "hybrid") is True else None, remote=dig(where, "remote")),
        employment_types=[dig(entry, "typeOfEmployment", "label")],
        date_posted=entry.get("releasedDate"),
        identifier=first(entry.get("refNumber"), key),
        identifier_name=company,
        url=web_url(entry.get("postingUrl"), f"https://jobs.smartrecruiters.com/{employer}/{segment(key)}"),
        industry=dig(entry, "industry", "label"),
        occupation=dig(entry, "function", "label"),
        department=dig(entry, "department", "label"),
        seniority=level if level != "Not Applicable" else None,
        language=dig(entry, "language", "code"),
    )


def _detail(board: Board, entry: Entry) -> Request:
    return Request(f"{board.base}/v1/companies/{board.path}/postings/{segment(required(entry, 'id'))}")


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any]:
    detail = read_json(said)
    if not isinstance(dig(detail, "jobAd", "sections"), dict):
        raise UnexpectedAnswer("its detail has no `jobAd.sections`")
    return _read(board, {**entry, **said_values(detail)})


ADAPTER = Adapter(
    name="smartrecruiters",
    terms="The employer's public postings, by SmartRecruiters' documented Posting API, which needs no key.",
    hosts=[
        r"(?:jobs|careers)\.smartrecruiters\.com/([\w-]+)",
        r"api\.smartrecruiters\.com/v1/companies/([\w-]+)",
    ],
    base=lambda _name: "https://api.smartrecruiters.com",
    first=_page,
    listing=_listing,
    key=lambda entry: required(entry, "id"),
    read=_read,
    detail=_detail,
    read_detail=_read_detail,
)
