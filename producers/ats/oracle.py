"""Oracle Recruiting Cloud: the REST resources behind a candidate site, pages of 100 and a detail an offer. The board is
`HOST/SITE`, as in https://HOST/hcmUI/CandidateExperience/en/sites/SITE."""

from __future__ import annotations

from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request, next_offset
from producers.ats.values import Entry, count, dig, first, listed, objects, read_json, required, said_values, segment
from producers.jobposting import job_posting, named_place, place, text, workplace_of
from talentflow.errors import UnexpectedAnswer

_PAGE = 100
_REST = "hcmRestApi/resources/latest"
_BODIES = ("ExternalDescriptionStr", "ExternalResponsibilitiesStr", "ExternalQualificationsStr")


def _site(board: Board) -> str:
    return segment(board.name.rpartition("/")[2])


def _page(board: Board, offset: int = 0) -> Request:
    finder = f"findReqs;siteNumber={_site(board)},limit={_PAGE},offset={offset},sortBy=POSTING_DATES_DESC"
    expand = "requisitionList.secondaryLocations"
    search = f"{board.base}/{_REST}/recruitingCEJobRequisitions?onlyData=true&expand={expand}&finder={finder}"
    return Request(search, offset=offset)


def _listing(board: Board, request: Request, said: str) -> Listing:
    pages = listed(read_json(said), "items")
    entries = [entry for page in pages for entry in listed(page, "requisitionList")]
    total = next((n for page in pages if (n := count(dig(page, "TotalJobsCount")))), None)
    offset = next_offset(request, len(entries), limit=_PAGE, total=total)
    return Listing(entries, _page(board, offset) if offset else None, total)


def _read(board: Board, entry: Entry) -> dict[str, Any]:
    key = required(entry, "Id")
    company = first(board.company, entry.get("LegalEmployer"), entry.get("Organization"))
    others = [named_place(other.get("Name")) for other in objects(entry.get("secondaryLocations"))]
    site = f"https://{board.name.rpartition('/')[0]}/hcmUI/CandidateExperience/en/sites/{_site(board)}"
    return job_posting(
        title=required(entry, "Title"),
        description=first(entry.get("ExternalDescriptionStr"), entry.get("ShortDescriptionStr")),
        responsibilities=entry.get("ExternalResponsibilitiesStr"),
        qualifications=entry.get("ExternalQualificationsStr"),
        company=company,
        places=[named_place(entry.get("PrimaryLocation")) or place(country=entry.get("PrimaryLocationCountry")), *others],
        workplace=workplace_of(entry.get("WorkplaceType")),
        employment_types=[first(entry.get("JobSchedule"), entry.get("JobType")), entry.get("ContractType")],
        date_posted=first(entry.get("ExternalPostedStartDate"), entry.get("PostedDate")),
        valid_through=first(entry.get("ExternalPostedEndDate"), entry.get("PostingEndDate")),
        identifier=key,
        identifier_name=company,
        url=f"{site}/job/{segment(key)}",
        occupation=first(entry.get("JobFunction"), entry.get("JobFamily")),
        department=first(entry.get("Department"), entry.get("Category")),
        language=entry.get("Language"),
    )


def _detail(board: Board, entry: Entry) -> Request:
    finder = f"ById;Id=%22{segment(required(entry, 'Id'))}%22,siteNumber={_site(board)}"
    return Request(f"{board.base}/{_REST}/recruitingCEJobRequisitionDetails?expand=all&onlyData=true&finder={finder}")


def _read_detail(board: Board, entry: Entry, said: str) -> dict[str, Any] | None:
    answer = read_json(said)
    if isinstance(answer, dict) and "items" in answer:
        found = listed(answer, "items")
        if not found:
            return None
        answer = found[0]
    if not isinstance(answer, dict) or not any(text(answer.get(name)) for name in _BODIES):
        raise UnexpectedAnswer(f"its detail has no `{'` and no `'.join(_BODIES)}`")
    return _read(board, {**entry, **said_values(answer), "Id": entry.get("Id")})


ADAPTER = Adapter(
    name="oracle",
    terms="The employer's public candidate site, by the REST resources that it reads itself; Oracle documents them as internal.",
    hosts=[r"([\w.-]+\.oraclecloud\.com)/hcmUI/CandidateExperience/(?:[\w-]+/)?sites/([\w-]+)"],
    base=lambda name: f"https://{name.rpartition('/')[0]}",
    first=_page,
    listing=_listing,
    key=lambda entry: required(entry, "Id"),
    read=_read,
    detail=_detail,
    read_detail=_read_detail,
    volatile=frozenset({"HotJobFlag", "TrendingFlag", "BeFirstToApplyFlag", "Relevancy", "Distance"}),
)
