"""Jobvite: the search pages of a careers site and the page of each offer."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.pages import from_page, html_root, says_none, with_class, words
from producers.ats.values import Entry, first, located, required, segment
from producers.jobposting import job_posting
from talentflow.errors import UnexpectedAnswer

_JOB = re.compile(r"/job/(\w+)")
_COUNT = re.compile(r"\bof\s+(\d{1,6})\b")


def _listing(board: Board, _request: Request, said: str) -> Listing:
    root = html_root(said)
    entries = [_fields(link) for link in root.iter("a") if _JOB.search(link.get("href") or "")]
    if not entries and not says_none(root):
        raise UnexpectedAnswer("it is not a search page of Jobvite")
    pager = next((words(node) for node in with_class(root, "jv-pagination-text")), None)
    total = _COUNT.search(pager or "")
    following = next((link.get("href") for link in with_class(root, "jv-pagination-next") if link.get("href")), "")
    query = urlsplit(following).query
    next_page = Request(f"{board.base}/{board.path}/search?{query}") if query else None
    return Listing(entries, next_page, int(total[1]) if total else None)


def _fields(link: Any) -> dict[str, Any]:
    row = next(link.iterancestors("tr", "li"), None)
    where = with_class(row, "jv-job-list-location") if row is not None else []
    return {"href": link.get("href"), "title": words(link), "location": words(where[0]) if where else None}


def _key(entry: Entry) -> str:
    found = _JOB.search(required(entry, "href"))
    if found is None:
        raise UnexpectedAnswer("its `href` names no job")
    return found[1]


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    company = first(board.company, board.name)
    places, workplace = located([entry.get("location")])
    return job_posting(
        title=required(entry, "title"),
        company=company,
        places=places,
        workplace=workplace,
        identifier=_key(entry),
        identifier_name=company,
        url=f"https://jobs.jobvite.com/{board.path}/job/{segment(_key(entry))}",
    )


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any]:
    return from_page(board, said, _read(board, entry), description="jv-job-detail-description")


ADAPTER = Adapter(
    name="jobvite",
    terms="The employer's public careers site, as any visitor sees it; Jobvite documents its API to customers only.",
    hosts=[r"jobs\.jobvite\.com/(?:careers/)?(?!careers\b|api\b|support\b)([\w-]+)"],
    base=lambda _name: "https://jobs.jobvite.com",
    first=lambda board: Request(f"{board.base}/{board.path}/search"),
    listing=_listing,
    key=_key,
    read=_read,
    detail=lambda board, entry: Request(f"{board.base}/{board.path}/job/{segment(_key(entry))}"),
    read_detail=_read_detail,
)
