"""Lever: the documented Postings API, one answer a site (https://github.com/lever/postings-api). `eu/NAME` is one in Europe."""

from __future__ import annotations

from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.values import Entry, dig, first, headed, joined, listed, objects, read_json, required, segment, values, web_url
from producers.jobposting import amount, job_posting, named_place, text, workplace_of


def _site(board: Board) -> str:
    return segment(board.name.removeprefix("eu/"))


def _first(board: Board) -> Request:
    return Request(f"{board.base}/v0/postings/{_site(board)}?mode=json")


def _listing(_board: Board, _request: Request, said: str) -> Listing:
    return Listing(listed(read_json(said)))


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "id")
    categories = entry.get("categories")
    lists = [(part.get("text"), _items(part.get("content"))) for part in objects(entry.get("lists"))]
    pay = entry.get("salaryRange")
    return job_posting(
        title=required(entry, "text"),
        description=headed((None, entry.get("description")), *lists, (None, entry.get("additional"))),
        company=first(board.company, board.name.removeprefix("eu/")),
        places=map(named_place, [*values(dig(categories, "allLocations")), dig(categories, "location")]),
        workplace=workplace_of(entry.get("workplaceType")),
        employment_types=[dig(categories, "commitment")],
        date_posted=entry.get("createdAt"),
        salary=amount(dig(pay, "min"), dig(pay, "max"), dig(pay, "currency"), dig(pay, "interval"))
        or text(entry.get("salaryDescriptionPlain")),
        identifier=key,
        identifier_name=first(board.company, board.name),
        url=web_url(entry.get("hostedUrl"), f"https://jobs.lever.co/{_site(board)}/{segment(key)}"),
        department=joined([dig(categories, "department"), dig(categories, "team")]),
        seniority=dig(categories, "level"),
    )


def _items(content: object) -> str | None:
    said = text(content)
    return f"<ul>{said}</ul>" if said and said.startswith("<li") else said


ADAPTER = Adapter(
    name="lever",
    terms="The employer's published postings, by Lever's documented Postings API, which needs no key to read.",
    hosts=[r"jobs\.(?:(eu)\.)?lever\.co/([\w.-]+)", r"api\.(?:(eu)\.)?lever\.co/v0/postings/([\w.-]+)"],
    base=lambda name: "https://api.eu.lever.co" if name.startswith("eu/") else "https://api.lever.co",
    first=_first,
    listing=_listing,
    key=lambda entry: required(entry, "id"),
    read=_read,
)
