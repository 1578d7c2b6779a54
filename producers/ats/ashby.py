"""Ashby: the documented Job Postings API, one answer a board (https://developers.ashbyhq.com/docs/public-job-posting-api)."""

from __future__ import annotations

from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.values import Entry, dig, first, joined, listed, objects, read_json, required, segment, web_url
from producers.jobposting import amount, job_posting, named_place, place, text, workplace_of


def _first(board: Board) -> Request:
    return Request(f"{board.base}/posting-api/job-board/{board.path}?includeCompensation=true")


def _listing(_board: Board, _request: Request, said: str) -> Listing:
    entries = listed(read_json(said), "jobs")
    shown = [entry for entry in entries if dig(entry, "isListed") is not False]
    return Listing(shown, left_out=len(entries) - len(shown))


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "id")
    others = [_place(other.get("address"), other.get("location")) for other in objects(entry.get("secondaryLocations"))]
    return job_posting(
        title=required(entry, "title"),
        description=first(entry.get("descriptionHtml"), entry.get("descriptionPlain")),
        company=first(board.company, board.name),
        places=[_place(entry.get("address"), entry.get("location")), *others],
        workplace=workplace_of(entry.get("workplaceType"), remote=entry.get("isRemote")),
        employment_types=[entry.get("employmentType")],
        date_posted=entry.get("publishedAt"),
        salary=_salary(entry.get("compensation")),
        identifier=key,
        identifier_name=first(board.company, board.name),
        url=web_url(entry.get("jobUrl"), f"https://jobs.ashbyhq.com/{board.path}/{segment(key)}"),
        department=joined([entry.get("department"), entry.get("team")]),
    )


def _place(address: object, name: object) -> dict[str, Any] | None:
    postal = dig(address, "postalAddress") or address
    locality, region = dig(postal, "addressLocality"), dig(postal, "addressRegion")
    return place(locality, region, dig(postal, "addressCountry")) or named_place(name)


def _salary(compensation: object) -> dict[str, Any] | str | None:
    parts = objects(dig(compensation, "summaryComponents"))
    pay = next((p for p in parts if p.get("compensationType") == "Salary"), {})
    known = amount(pay.get("minValue"), pay.get("maxValue"), pay.get("currencyCode"), pay.get("interval"))
    return known or text(dig(compensation, "scrapeableCompensationSalarySummary"))


ADAPTER = Adapter(
    name="ashby",
    terms="The employer's public job board, by Ashby's documented Job Postings API, which needs no key.",
    hosts=[r"jobs\.ashbyhq\.com/([\w.%-]+)", r"api\.ashbyhq\.com/posting-api/job-board/([\w.%-]+)"],
    base=lambda _name: "https://api.ashbyhq.com",
    first=_first,
    listing=_listing,
    key=lambda entry: required(entry, "id"),
    read=_read,
)
