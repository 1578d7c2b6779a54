"""Workable: the public widget of an account, one answer with descriptions; an offer in several countries has an entry each."""

from __future__ import annotations

from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.values import Entry, dig, first, headed, listed, objects, read_json, required, segment, web_url
from producers.jobposting import job_posting, place, workplace_of


def _first(board: Board) -> Request:
    return Request(f"{board.base}/api/v1/widget/accounts/{board.path}?details=true")


def _listing(board: Board, _request: Request, said: str) -> Listing:
    answer = read_json(said)
    entries = listed(answer, "jobs")
    named = {"company": first(board.company, dig(answer, "name"))}
    return Listing([{**named, **entry} if isinstance(entry, dict) else entry for entry in entries])


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "shortcode", "id")
    company = first(board.company, entry.get("company"), board.name)
    shown = [where for where in objects(entry.get("locations")) if where.get("hidden") is not True]
    places = [place(w.get("city"), w.get("region"), first(w.get("countryCode"), w.get("country"))) for w in shown]
    return job_posting(
        title=required(entry, "title"),
        description=headed((None, entry.get("description"))),
        qualifications=entry.get("requirements"),
        benefits=entry.get("benefits"),
        company=company,
        places=places or [place(entry.get("city"), entry.get("state"), entry.get("country"))],
        workplace=workplace_of(entry.get("workplace_type"), remote=entry.get("telecommuting") or entry.get("remote")),
        employment_types=[entry.get("employment_type")],
        date_posted=first(entry.get("published_on"), entry.get("created_at")),
        identifier=first(entry.get("code"), key),
        identifier_name=company,
        url=web_url(entry.get("url"), entry.get("shortlink"), f"https://apply.workable.com/j/{segment(key)}"),
        industry=entry.get("industry"),
        occupation=entry.get("function"),
        department=entry.get("department"),
        seniority=entry.get("experience"),
        education=entry.get("education"),
    )


ADAPTER = Adapter(
    name="workable",
    terms="The employer's public careers page, by the widget that Workable offers for embedding it; no key is needed.",
    hosts=[
        r"apply\.workable\.com/api/v\d/(?:widget/)?accounts/([\w-]+)",
        r"apply\.workable\.com/(?!j/|api/)([\w-]+)",
        r"(?!apply\.|www\.|jobs\.)([\w-]+)\.workable\.com(?:/|$)",
    ],
    base=lambda _name: "https://apply.workable.com",
    first=_first,
    listing=_listing,
    key=lambda entry: required(entry, "shortcode", "id"),
    read=_read,
)
