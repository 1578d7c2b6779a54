"""Paylocity: the JSON in a recruiting page and the page of each offer. The board is the GUID at the end of
https://recruiting.paylocity.com/recruiting/jobs/All/GUID."""

from __future__ import annotations

import json
import re
from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.pages import from_page
from producers.ats.values import Entry, dig, first, listed, required, segment
from producers.jobposting import job_posting, named_place, place, workplace_of
from talentflow.errors import UnexpectedAnswer

_DATA = re.compile(r"window\.pageData\s*=\s*(?=\{)")
_GUID = r"([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})"


def _listing(board: Board, _request: Request, said: str) -> Listing:
    start = _DATA.search(said)
    try:
        data = json.JSONDecoder().raw_decode(said, start.end())[0] if start else None
    except (ValueError, RecursionError) as error:
        raise UnexpectedAnswer("its `window.pageData` is not JSON") from error
    entries = listed(data, "Jobs")
    public = [entry for entry in entries if dig(entry, "IsInternal") is not True]
    named = {"company": first(board.company, dig(data, "ModuleTitle"))}
    kept = [{**named, **entry} if isinstance(entry, dict) else entry for entry in public]
    return Listing(kept, left_out=len(entries) - len(kept))


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "JobId")
    company = first(board.company, entry.get("company"))
    where = entry.get("JobLocation")
    label = entry.get("LocationName")
    return job_posting(
        title=required(entry, "JobTitle"),
        description=entry.get("Description"),
        company=company,
        places=[place(dig(where, "City"), dig(where, "State"), dig(where, "Country")) or named_place(label)],
        workplace=workplace_of(label, remote=entry.get("IsRemote")),
        date_posted=entry.get("PublishedDate"),
        identifier=key,
        identifier_name=company,
        url=f"https://recruiting.paylocity.com/Recruiting/Jobs/Details/{segment(key)}",
        department=entry.get("HiringDepartment"),
    )


def _detail(board: Board, entry: Entry) -> Request:
    # a description in the listing is a teaser of 110 characters
    return Request(f"{board.base}/Recruiting/Jobs/Details/{segment(required(entry, 'JobId'))}")


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any]:
    posting = from_page(board, said, _read(board, entry), description="job-preview-details")
    place_of_listing = _read(board, entry).get("jobLocation")
    return posting | ({"jobLocation": place_of_listing} if place_of_listing else {})


ADAPTER = Adapter(
    name="paylocity",
    terms="The employer's public recruiting page, as any visitor sees it; Paylocity documents no public API for it.",
    hosts=[rf"recruiting\.paylocity\.com/recruiting/jobs/all/{_GUID}"],
    base=lambda _name: "https://recruiting.paylocity.com",
    first=lambda board: Request(f"{board.base}/recruiting/jobs/All/{board.path}"),
    listing=_listing,
    key=lambda entry: required(entry, "JobId"),
    read=_read,
    detail=_detail,
    read_detail=_read_detail,
)
