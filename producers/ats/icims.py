"""iCIMS: the search pages of a careers portal and the page of each offer. The board is the host's first label, `careers-acme`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.pages import from_page, html_root, inner_html, says_none, with_class, words
from producers.ats.values import Entry, first, required, segment
from producers.jobposting import job_posting, named_place, text
from talentflow.errors import UnexpectedAnswer

_NUMBER = re.compile(r"/jobs/(\d+)/")
_PAGES = re.compile(r"\bpage\s+(\d+)\s+of\s+(\d+)\b", re.IGNORECASE)


def _page(board: Board, number: int = 0) -> Request:
    return Request(f"{board.base}/jobs/search?ss=1&in_iframe=1&pr={number}", offset=number)


def _listing(board: Board, request: Request, said: str) -> Listing:
    if "iCIMS_" not in said:
        raise UnexpectedAnswer("it is not a search page of iCIMS")
    root = html_root(said)
    entries = [_fields(card) for card in with_class(root, "iCIMS_JobCardItem")]
    if not entries and not request.offset and not says_none(root):
        raise UnexpectedAnswer("it lists no job and does not say so")
    shown = _PAGES.search(words(root) or "")
    more = int(shown[1][:6]) < int(shown[2][:6]) if shown else bool(entries)
    return Listing(entries, _page(board, request.offset + 1) if more and entries else None)


def _fields(card: Any) -> dict[str, Any]:
    links = card.xpath(".//a[contains(@class, 'iCIMS_Anchor')]")
    headers = {words(dt): words(next(dt.itersiblings("dd"), None)) for dt in card.iter("dt")}
    labels = card.xpath(".//span[contains(@class, 'field-label')]")
    where = next((span for span in labels if (words(span) or "").startswith("Job Location")), None)
    return {
        "href": links[0].get("href") if links else None,
        "title": next((words(h) for h in card.iter("h3", "h2")), None),
        "location": words(next(where.itersiblings(), None)) if where is not None else None,
        "description": inner_html(card, "description"),
        "headers": {name: value for name, value in headers.items() if name and value},
    }


def _key(entry: Entry) -> str:
    found = _NUMBER.search(required(entry, "href"))
    if found is None:
        raise UnexpectedAnswer("its `href` names no job")
    return found[1]


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    company = first(board.company, board.name.removeprefix("careers-"))
    headers = entry.get("headers")
    more = headers if isinstance(headers, dict) else {}
    path = urlsplit(required(entry, "href")).path
    return job_posting(
        title=required(entry, "title"),
        description=entry.get("description"),
        company=company,
        places=[named_place(_place(where)) for where in (text(entry.get("location")) or "").split("|")],
        employment_types=[first(more.get("Type"), more.get("Position Type"))],
        date_posted=first(more.get("Posted Date"), more.get("Date Posted")),
        identifier=first(more.get("Job ID"), more.get("ID"), _key(entry)),
        identifier_name=company,
        url=f"https://{segment(board.name)}.icims.com{path}",
        department=more.get("Category"),
    )


def _place(code: str) -> str:
    """`US-GA-Atlanta` → `Atlanta, GA, US`."""
    return ", ".join(part.strip() for part in reversed(code.split("-")))


def _detail(board: Board, entry: Entry) -> Request:
    return Request(f"{board.base}{urlsplit(required(entry, 'href')).path}?in_iframe=1")


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any]:
    return from_page(board, said, _read(board, entry), description="iCIMS_JobContent")


ADAPTER = Adapter(
    name="icims",
    terms="The employer's public careers portal, as any visitor sees it; iCIMS documents its API to customers only.",
    hosts=[r"(?!www\.|api\.|developer)([\w-]+)\.icims\.com/jobs\b"],
    base=lambda name: f"https://{segment(name)}.icims.com",
    first=_page,
    listing=_listing,
    key=_key,
    read=_read,
    detail=_detail,
    read_detail=_read_detail,
)
