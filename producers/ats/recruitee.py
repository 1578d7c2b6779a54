"""Recruitee: the documented Careers Site API, one answer a site (https://docs.recruitee.com/reference/intro-to-careers-site-api).
A careers site on a domain of its own is read through `base_url`."""

from __future__ import annotations

from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.values import Entry, dig, first, listed, objects, read_json, required, segment, spaced, web_url
from producers.jobposting import amount, job_posting, place, text, workplace_of


def _listing(_board: Board, _request: Request, said: str) -> Listing:
    entries = listed(read_json(said), "offers")
    shown = [entry for entry in entries if dig(entry, "status") in (None, "published")]
    return Listing(shown, left_out=len(entries) - len(shown))


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "id")
    company = first(board.company, entry.get("company_name"), board.name)
    pay = entry.get("salary")
    places = [_place(where) for where in objects(entry.get("locations"))]
    hours = dict.fromkeys(h for h in (text(entry.get("min_hours")), text(entry.get("max_hours"))) if h)
    # `fulltime_permanent`, `parttime_fixed_term`: a working time, then a contract
    kinds = (text(entry.get("employment_type_code")) or "").split("_", 1)
    return job_posting(
        title=required(entry, "title"),
        description=entry.get("description"),
        qualifications=entry.get("requirements"),
        company=company,
        places=places or [_place(entry)],
        workplace=workplace_of("hybrid" if entry.get("hybrid") is True else None, remote=entry.get("remote")),
        employment_types=[kind.replace("_", " ") for kind in kinds],
        date_posted=first(entry.get("published_at"), entry.get("created_at")),
        valid_through=entry.get("close_at"),
        salary=amount(dig(pay, "min"), dig(pay, "max"), dig(pay, "currency"), dig(pay, "period")),
        identifier=key,
        identifier_name=company,
        url=web_url(entry.get("careers_url"), f"{board.base}/o/{segment(first(entry.get('slug'), key) or '')}"),
        industry=spaced(entry.get("category_code")),
        department=entry.get("department"),
        seniority=spaced(entry.get("experience_code")),
        education=spaced(entry.get("education_code")),
        work_hours=f"{'-'.join(hours)} hours per week" if hours else None,
    )


def _place(where: Entry) -> dict[str, Any] | None:
    region = first(where.get("state"), where.get("state_name"))
    return place(where.get("city"), region, first(where.get("country_code"), where.get("country")))


ADAPTER = Adapter(
    name="recruitee",
    terms="The employer's public careers site, by Recruitee's documented Careers Site API, which needs no key.",
    hosts=[r"(?!www\.|docs\.|api\.)([\w-]+)\.recruitee\.com(?:/|$)"],
    base=lambda name: f"https://{segment(name)}.recruitee.com",
    first=lambda board: Request(f"{board.base}/api/offers/"),
    listing=_listing,
    key=lambda entry: required(entry, "id"),
    read=_read,
)
