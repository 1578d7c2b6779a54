"""Teamtailor: the JSON Feed of a careers site, with a schema.org JobPosting in each item. A site on a domain of its own is read
through `base_url`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.pages import from_json_ld
from producers.ats.values import Entry, dig, first, listed, read_json, required, web_url
from producers.jobposting import job_posting, text


def _listing(board: Board, _request: Request, said: str) -> Listing:
    answer = read_json(said)
    entries = listed(answer, "items")
    named = {"company": first(board.company, dig(answer, "title"))}
    following = text(dig(answer, "next_url"))
    query = urlsplit(following).query if following and web_url(following) else ""
    return Listing(
        [{**named, **entry} if isinstance(entry, dict) else entry for entry in entries],
        Request(f"{board.base}/jobs.json?{query}") if query else None,
    )


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "id")
    said = entry.get("_jobposting")
    company = first(board.company, entry.get("company"), board.name)
    title = first(entry.get("title"), dig(said, "title")) or required(entry, "title")
    listed_posting = job_posting(
        title=title,
        description=first(entry.get("content_html"), entry.get("content_text")),
        company=company,
        date_posted=entry.get("date_published"),
        identifier=first(dig(said, "identifier", "value"), key),
        identifier_name=company,
        url=web_url(entry.get("url"), board.base),
        language=entry.get("language"),
    )
    known = from_json_ld(said) if isinstance(said, dict) else {}
    mine = {"title": title} | ({"hiringOrganization": listed_posting["hiringOrganization"]} if board.company else {})
    return listed_posting | known | mine


ADAPTER = Adapter(
    name="teamtailor",
    terms="The employer's public careers site, by the JSON Feed that Teamtailor publishes for it; no key is needed.",
    hosts=[r"(?!www\.|docs\.|api\.|app\.)([\w.-]+)\.teamtailor\.com(?:/|$)"],
    base=lambda name: f"https://{name}.teamtailor.com",
    first=lambda board: Request(f"{board.base}/jobs.json"),
    listing=_listing,
    key=lambda entry: required(entry, "id"),
    read=_read,
)
