"""BambooHR: the JSON behind a careers page, a listing and a detail an offer."""

from __future__ import annotations

from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.values import Entry, count, dig, first, listed, read_json, required, said_values, segment, web_url
from producers.jobposting import Workplace, job_posting, place, text
from talentflow.errors import UnexpectedAnswer

_WORKPLACES: dict[str | None, Workplace] = {"0": "on_site", "1": "remote", "2": "hybrid"}


def _listing(_board: Board, _request: Request, said: str) -> Listing:
    answer = read_json(said)
    return Listing(listed(answer, "result"), total=count(dig(answer, "meta", "totalCount")))


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "id")
    company = first(board.company, board.name)
    office, wanted = entry.get("location"), entry.get("atsLocation")
    return job_posting(
        title=required(entry, "jobOpeningName"),
        description=entry.get("description"),
        company=company,
        places=[
            place(
                first(dig(office, "city"), dig(wanted, "city")),
                first(dig(office, "state"), dig(wanted, "state"), dig(wanted, "province")),
                first(dig(office, "addressCountry"), dig(office, "country"), dig(wanted, "country")),
            )
        ],
        workplace="remote" if entry.get("isRemote") is True else _WORKPLACES.get(text(entry.get("locationType"))),
        employment_types=[first(entry.get("employmentStatusLabel"), entry.get("employmentType"))],
        date_posted=entry.get("datePosted"),
        salary=text(entry.get("compensation")),
        identifier=key,
        identifier_name=company,
        url=web_url(entry.get("jobOpeningShareUrl"), f"https://{segment(board.name)}.bamboohr.com/careers/{segment(key)}"),
        department=entry.get("departmentLabel"),
        seniority=entry.get("minimumExperience"),
    )


def _detail(board: Board, entry: Entry) -> Request:
    return Request(f"{board.base}/careers/{segment(required(entry, 'id'))}/detail")


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any]:
    opening = dig(read_json(said), "result", "jobOpening")
    if not isinstance(opening, dict):
        raise UnexpectedAnswer("its detail has no `result.jobOpening`")
    return _read(board, {**entry, **said_values(opening)})


ADAPTER = Adapter(
    name="bamboohr",
    terms="The employer's public careers page, by the JSON that it reads itself; BambooHR documents no public API for it.",
    hosts=[r"(?!www\.|api\.|documentation\.)([\w-]+)\.bamboohr\.com/(?:careers|jobs)"],
    base=lambda name: f"https://{segment(name)}.bamboohr.com",
    first=lambda board: Request(f"{board.base}/careers/list"),
    listing=_listing,
    key=lambda entry: required(entry, "id"),
    read=_read,
    detail=_detail,
    read_detail=_read_detail,
)
