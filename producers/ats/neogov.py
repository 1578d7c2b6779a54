"""NEOGOV (governmentjobs.com): the RSS feed of an agency, one answer with descriptions."""

from __future__ import annotations

import re
from typing import Any

import lxml.etree

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.pages import xml_root
from producers.ats.values import Entry, first, headed, joined, located, required, segment, values, web_url
from producers.jobposting import amount, iso_date, job_posting, text
from talentflow.errors import UnexpectedAnswer

_NUMBER = re.compile(r"/jobs/(\d+)")
_FRACTION = re.compile(r"(?<=:\d\d):\d$")


def _listing(board: Board, _request: Request, said: str) -> Listing:
    channel = xml_root(said, "rss").find("channel")
    if channel is None:
        raise UnexpectedAnswer("it has no <channel>")
    agency = first(board.company, channel.findtext("title"))
    return Listing([{"agency": agency, **_fields(item)} for item in channel.iterchildren("item")])


def _fields(item: lxml.etree._Element) -> dict[str, Any]:  # pyright: ignore[reportPrivateUsage]
    """The elements of an item by name, without namespaces; the agency's fields count before those of RSS."""
    fields: dict[str, Any] = {}
    for child in item.iterchildren(tag=lxml.etree.Element):
        name = lxml.etree.QName(child).localname
        fields[name] = [category.text for category in child.iterchildren()] if name == "categories" else child.text
    return fields


def _key(entry: Entry) -> str:
    number = _NUMBER.search(first(entry.get("link"), entry.get("guid")) or "")
    return first(entry.get("jobId"), number[1] if number else None) or required(entry, "jobId")


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = _key(entry)
    agency = first(board.company, entry.get("agency"), board.name)
    categories = joined(values(entry.get("categories")))
    places, workplace = located([entry.get("location")])
    return job_posting(
        title=required(entry, "title"),
        description=headed((None, entry.get("description")), ("Additional information", entry.get("supplementalinformation"))),
        responsibilities=entry.get("examplesofduties"),
        qualifications=entry.get("qualifications"),
        benefits=entry.get("benefits"),
        company=agency,
        places=places,
        workplace=workplace,
        employment_types=[entry.get("jobType")],
        date_posted=_date(entry.get("advertiseFromDateUTC")) or _date(entry.get("advertiseFromDate")) or entry.get("pubDate"),
        valid_through=_date(entry.get("advertiseToDateTimeUTC")) or _date(entry.get("advertiseToDateTime")),
        salary=amount(
            entry.get("minimumSalary"), entry.get("maximumSalary"), entry.get("salaryCurrency"), entry.get("salaryInterval")
        ),
        identifier=key,
        identifier_name=agency,
        url=web_url(entry.get("link"), entry.get("guid"))
        or f"https://www.governmentjobs.com/careers/{segment(board.name)}/jobs/{segment(key)}",
        occupation=categories,
        department=entry.get("department"),
    )


def _date(said: object) -> str | None:
    """RFC 2822 with a fraction of a second that does not belong there: `Wed, 19 Aug 2026 05:00:00:0`."""
    return iso_date(_FRACTION.sub("", text(said) or ""))


ADAPTER = Adapter(
    name="neogov",
    terms="The agency's public postings, by the RSS feed that governmentjobs.com publishes for each agency; no key is needed.",
    hosts=[
        r"(?:www\.)?governmentjobs\.com/careers/([\w-]+)",
        r"agency\.governmentjobs\.com/([\w-]+)",
        r"(?:www\.)?governmentjobs\.com/searchengine/jobsfeed\?(?:[^#]*&)?agency=([\w-]+)",
    ],
    base=lambda _name: "https://www.governmentjobs.com",
    first=lambda board: Request(f"{board.base}/SearchEngine/JobsFeed?agency={board.path}"),
    listing=_listing,
    key=_key,
    read=_read,
)
