"""Freehire: an open index of offers from employers' own boards, by its documented API, pages of 100 and a detail an offer
(https://github.com/strelov1/freehire). The board is a search, in words."""

from __future__ import annotations

from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request, next_offset
from producers.ats.values import Entry, count, dig, first, listed, read_json, required, said_values, segment, values, web_url
from producers.jobposting import amount, job_posting, named_place, place, text, workplace_of
from talentflow.errors import UnexpectedAnswer

_PAGE = 100
_NOT_THE_EMPLOYERS = frozenset({"linkedin", "indeed", "glassdoor", "google", "ziprecruiter", "adzuna", "naukri", "bayt"})
"""Sources that are job sites with terms of their own: their offers come through those sites, or not at all."""


def _page(board: Board, offset: int = 0) -> Request:
    return Request(f"{board.base}/api/v1/jobs/search?q={board.path}&limit={_PAGE}&offset={offset}", offset=offset)


def _listing(board: Board, request: Request, said: str) -> Listing:
    answer = read_json(said)
    entries, total = listed(answer, "data"), count(dig(answer, "meta", "total"))
    limit = count(dig(answer, "meta", "limit")) or _PAGE
    offset = next_offset(request, len(entries), limit=limit, total=total)
    kept = [entry for entry in entries if not _left_out(entry)]
    return Listing(kept, _page(board, offset) if offset else None, total, len(entries) - len(kept))


def _left_out(entry: object) -> bool:
    source = (text(dig(entry, "source")) or "").casefold()
    return source in _NOT_THE_EMPLOYERS or text(dig(entry, "closed_at")) is not None


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "public_slug")
    more = entry.get("enrichment")
    cities, regions = values(entry.get("cities")), values(entry.get("countries"))
    # city by city where there is one country, else as the board wrote it
    country = regions[0] if len(regions) == 1 else None
    places = [place(city, None, country) for city in cities] if cities and country else [named_place(entry.get("location"))]
    return job_posting(
        title=required(entry, "title"),
        description=entry.get("description"),
        company=first(board.company, entry.get("company")),
        places=places,
        workplace=workplace_of(entry.get("work_mode")),
        employment_types=[dig(more, "employment_type")],
        date_posted=entry.get("posted_at"),
        salary=amount(dig(more, "salary_min"), dig(more, "salary_max"), dig(more, "salary_currency"), dig(more, "salary_period")),
        identifier=first(entry.get("external_id"), key),
        identifier_name=first(entry.get("source"), "freehire"),
        url=web_url(entry.get("url"), f"https://freehire.me/jobs/{segment(key)}"),
        occupation=dig(more, "category"),
        skills=values(entry.get("skills")),
        seniority=dig(more, "seniority"),
    )


def _detail(board: Board, entry: Entry) -> Request:
    return Request(f"{board.base}/api/v1/jobs/{segment(required(entry, 'public_slug'))}")


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any] | None:
    detail = dig(read_json(said), "data")
    if not isinstance(detail, dict):
        raise UnexpectedAnswer("its detail has no `data`")
    if _left_out(detail):
        return None
    return _read(board, {**entry, **said_values(detail), "public_slug": entry.get("public_slug")})


ADAPTER = Adapter(
    name="freehire",
    terms="Employers' own postings as Freehire indexes them, by its public API; the text stays the employers'.",
    hosts=[r"(?:www\.)?freehire\.me/[^?]*\?(?:[^#]*&)?q=([^&#]+)"],
    base=lambda _name: "https://freehire.me",
    first=_page,
    listing=_listing,
    key=lambda entry: required(entry, "public_slug"),
    read=_read,
    detail=_detail,
    read_detail=_read_detail,
)
