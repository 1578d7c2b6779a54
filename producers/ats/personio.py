"""Personio: the documented XML feed of a careers page, one answer with descriptions
(https://developer.personio.de/docs/retrieving-open-job-positions)."""

from __future__ import annotations

from typing import Any

import lxml.etree

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.pages import xml_root
from producers.ats.values import Entry, first, headed, objects, required, segment, spaced, values
from producers.jobposting import job_posting, named_place, text

_YEARS = {"lt-1": "less than 1 year", "gt-15": "more than 15 years"}


def _listing(_board: Board, _request: Request, said: str) -> Listing:
    return Listing([_fields(node) for node in xml_root(said, "workzag-jobs").iterchildren("position")])


def _fields(position: lxml.etree._Element) -> dict[str, Any]:  # pyright: ignore[reportPrivateUsage]
    """The elements of a position by name; offices and descriptions as lists."""
    fields: dict[str, Any] = {"offices": [], "descriptions": []}
    for child in position.iterchildren(tag=lxml.etree.Element):
        name = str(child.tag)
        if name == "additionalOffices":
            fields["offices"] += [office.text for office in child.iterchildren("office")]
        elif name == "jobDescriptions":
            parts = child.iterchildren("jobDescription")
            fields["descriptions"] += [{"name": part.findtext("name"), "value": part.findtext("value")} for part in parts]
        else:
            fields[name] = child.text
    return fields


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "id")
    company = first(board.company, entry.get("subcompany"), board.name)
    years = text(entry.get("yearsOfExperience"))
    offices = [entry.get("office"), *values(entry.get("offices"))]
    return job_posting(
        title=required(entry, "name"),
        description=headed(*((part.get("name"), part.get("value")) for part in objects(entry.get("descriptions")))),
        company=company,
        places=map(named_place, offices),
        employment_types=[entry.get("schedule"), entry.get("employmentType")],
        date_posted=entry.get("createdAt"),
        identifier=key,
        identifier_name=company,
        url=f"https://{segment(board.name)}.jobs.personio.com/job/{segment(key)}",
        industry=spaced(entry.get("occupationCategory")),
        occupation=spaced(entry.get("occupation")),
        department=entry.get("department"),
        skills=(text(entry.get("keywords")) or "").split(","),
        seniority=entry.get("seniority"),
        experience=_YEARS.get(years, f"{years} years") if years else None,
    )


ADAPTER = Adapter(
    name="personio",
    terms="The employer's public careers page, by the XML feed that Personio documents; no key is needed.",
    hosts=[r"([\w-]+)\.jobs\.personio\.(?:com|de)(?:/|$)"],
    base=lambda name: f"https://{segment(name)}.jobs.personio.com",
    first=lambda board: Request(f"{board.base}/xml"),
    listing=_listing,
    key=lambda entry: required(entry, "id"),
    read=_read,
)
