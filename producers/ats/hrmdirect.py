"""HRMDirect (ClearCompany): the list of a careers page and the page of each offer."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.pages import from_page, html_root, says_none, with_class, words
from producers.ats.values import Entry, first, required, segment
from producers.jobposting import job_posting, named_place
from talentflow.errors import UnexpectedAnswer

_COMPANY = re.compile(r"Careers At (.+)", re.IGNORECASE)
_DAY = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")
_CARD = (("posTitle", "title"), ("departments", "department"), ("cities", "city"), ("state", "state"))


def _listing(board: Board, _request: Request, said: str) -> Listing:
    root = html_root(said)
    rows = root.xpath("//tr[@data-req-id]")
    if not rows and not says_none(root):
        raise UnexpectedAnswer("it is not a list of HRMDirect")
    title = _COMPANY.search(words(root.find(".//title")) or "")
    company = first(board.company, title[1] if title else None)
    return Listing([{"company": company, **_fields(row)} for row in rows])


def _fields(row: Any) -> dict[str, Any]:
    cells = {name: next((words(cell) for cell in with_class(row, class_name)), None) for class_name, name in _CARD}
    days = [day for cell in row.iter("td") if (day := words(cell)) and _DAY.fullmatch(day)]
    links = [link.get("href") for link in row.iter("a") if "job-opening.php" in (link.get("href") or "")]
    return {"id": row.get("data-req-id"), "href": next(iter(links), None), "date": next(iter(days), None), **cells}


def _address(base: str, entry: Entry) -> str:
    """Of the offer's page under `base`; the list's link is relative and ends with a place in the page."""
    query = urlsplit(required(entry, "href")).query.rstrip("&")
    return urljoin(f"{base}/employment/", f"job-opening.php?{query}")


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "id")
    company = first(board.company, entry.get("company"), board.name)
    where = ", ".join(part for part in (first(entry.get("city")), first(entry.get("state"))) if part)
    return job_posting(
        title=required(entry, "title"),
        company=company,
        places=[named_place(where)],
        date_posted=entry.get("date"),
        identifier=key,
        identifier_name=company,
        url=_address(f"https://{segment(board.name)}.hrmdirect.com", entry),
        department=entry.get("department"),
    )


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any]:
    posting = from_page(board, said, _read(board, entry), description="jobDesc")
    if "jobLocation" in posting:
        return posting
    fields = with_class(html_root(said), "viewFieldValue")
    named = (cell for cell in fields if "location" in (words(cell.getprevious()) or "").casefold())
    where = named_place(words(next(named, None)))
    return posting | ({"jobLocation": where} if where else {})


ADAPTER = Adapter(
    name="hrmdirect",
    terms="The employer's public careers page, as any visitor sees it; there is no public API for it.",
    hosts=[r"(?!www\.)([\w-]+)\.hrmdirect\.com(?:/|$)"],
    base=lambda name: f"https://{segment(name)}.hrmdirect.com",
    first=lambda board: Request(f"{board.base}/employment/job-openings.php?search=true"),
    listing=_listing,
    key=lambda entry: required(entry, "id"),
    read=_read,
    detail=lambda board, entry: Request(_address(board.base, entry)),
    read_detail=_read_detail,
)
