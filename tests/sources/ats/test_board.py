"""Paging, details, closures, interruptions and broken answers: the same for every system, shown on a few."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from producers.ats import adapter_named, read_ats, reread_ats
from producers.sources import AtsSource
from talentflow.errors import BadSettings, NotFound, ServiceUnavailable
from talentflow.eventlog.messages import ClosedDocument, RawDocument
from tests.sources.ats.boards import NOW, Ingest, Vendor, closed, load, offers, rejected


@pytest.fixture
def board(httpserver: HTTPServer) -> Callable[[str], Vendor]:
    return lambda system: Vendor(httpserver, load(system))


def _smart_page(offset: int, total: int, ids: list[int]) -> tuple[str, tuple[str, str]]:
    line = f"/v1/companies/Lumen/postings?limit=100&offset={offset}"
    body = {"totalFound": total, "content": [{"id": str(n), "name": f"Job {n}"} for n in ids]}
    return line, (json.dumps(body), "application/json")


def _smart_details(vendor: Vendor, count: int) -> None:
    for n in range(count):
        said = {"jobAd": {"sections": {"jobDescription": {"text": f"<p>Do {n}.</p>"}}}}
        vendor.bodies[f"/v1/companies/Lumen/postings/{n}"] = json.dumps(said), "application/json"


def test_what_is_gone_is_closed_and_what_comes_back_is_new(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("smartrecruiters")
    ingest.run(vendor.source())
    listing = vendor.bodies[vendor.listing]
    vendor.bodies[vendor.listing] = json.dumps({"content": [], "totalFound": 0}), "application/json"
    [closure] = ingest.run(vendor.source())
    assert closure.source_key == "smartrecruiters/Lumen/7439"
    assert isinstance(closure, ClosedDocument)
    assert closure.closed_at == NOW
    assert ingest.run(vendor.source()) == [], "an offer is closed once"
    vendor.bodies[vendor.listing] = listing
    assert offers(ingest.run(vendor.source())).keys() == {"smartrecruiters/Lumen/7439"}


def test_pages_follow_each_other_to_the_end(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("smartrecruiters")
    vendor.bodies = dict([_smart_page(0, 130, list(range(100))), _smart_page(100, 130, list(range(100, 130)))])
    _smart_details(vendor, 130)
    assert len(offers(ingest.run(vendor.source()))) == 130
    vendor.asked.clear()
    assert ingest.run(vendor.source()) == []
    assert len(vendor.asked) == 2


def test_a_server_that_repeats_its_page_ends(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("smartrecruiters")
    same = _smart_page(0, 100_000, list(range(100)))[1]
    vendor.bodies = {f"/v1/companies/Lumen/postings?limit=100&offset={n}": same for n in range(0, 1000, 100)}
    _smart_details(vendor, 100)
    ingest.run(vendor.source())
    assert len([asked for asked in vendor.asked if "offset" in asked]) == 2
    vendor.bodies.update([_smart_page(0, 100_000, list(range(50))), _smart_page(100, 100_000, list(range(50)))])
    assert closed(ingest.run(vendor.source())) == [], "a listing that is not whole closes nothing"


@pytest.mark.parametrize("total", [500, 1_000_000])
def test_a_total_that_is_too_high_ends_and_closes_nothing(board: Callable[[str], Vendor], ingest: Ingest, total: int) -> None:
    vendor = board("smartrecruiters")
    ingest.run(vendor.source())
    vendor.bodies.update([_smart_page(0, total, list(range(100))), _smart_page(100, total, [])])
    _smart_details(vendor, 100)
    found = ingest.run(vendor.source())
    assert len(offers(found)) == 100
    assert closed(found) == []
    assert len(ingest.open_offers()) == 101


def test_a_total_that_is_too_low_hides_no_page(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    """Workday gives its total on the first page and 0 on every other."""
    vendor = board("workday")
    search = "/wday/cxs/quarry/External/jobs"
    pages = {0: range(20), 20: range(20, 40), 40: range(40, 45)}

    def page(request: Any) -> Any:
        numbers = pages.get(request.json["offset"], range(0))
        jobs = [{"title": f"Job {n}", "externalPath": f"/job/Leeds/Job_JR{n}", "postedOn": "Posted Today"} for n in numbers]
        return json.dumps({"total": 45 if request.json["offset"] == 0 else 0, "jobPostings": jobs})

    vendor.dynamic[search] = page
    for n in range(45):
        vendor.bodies[f"/wday/cxs/quarry/External/job/Leeds/Job_JR{n}"] = (
            '{"jobPostingInfo": {"title": "Job"}}',
            "application/json",
        )
    assert len(offers(ingest.run(vendor.source()))) == 45
    assert vendor.asked.count(search) == 3


def test_details_are_fetched_again_only_where_the_entry_changed(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("workday")
    ingest.run(vendor.source())
    vendor.change(vendor.listing, lambda answer: answer["jobPostings"][0].update(postedOn="Posted 3 Days Ago"))
    vendor.asked.clear()
    assert ingest.run(vendor.source()) == [], "a day passing changes nothing"
    assert vendor.asked == [vendor.listing]
    vendor.change(vendor.listing, lambda answer: answer["jobPostings"][0].update(locationsText="3 Locations"))
    assert len(offers(ingest.run(vendor.source()))) == 1


def test_an_unchanged_page_is_asked_for_conditionally(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("rippling")
    vendor.etags[vendor.listing] = '"v1"'
    ingest.run(vendor.source())
    vendor.asked.clear()
    assert ingest.run(vendor.source()) == []
    assert vendor.asked == [vendor.listing]
    assert (ingest.counts.fetched, ingest.counts.not_modified) == (0, 1)
    other = ingest.run(vendor.source(company="Renamed"))
    assert {p["hiringOrganization"]["name"] for p in offers(other).values()} == {"Renamed"}, "other settings, other offers"


def test_a_page_is_not_remembered_while_a_detail_is_missing(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("rippling")
    vendor.etags[vendor.listing] = '"v1"'
    [detail] = vendor.details
    vendor.statuses[detail] = 503
    assert offers(ingest.run(vendor.source())) == {}
    assert isinstance(ingest.error, ServiceUnavailable)
    del vendor.statuses[detail]
    assert len(offers(ingest.run(vendor.source()))) == 1
    assert ingest.error is None


def test_an_earlier_page_does_not_answer_for_a_later_one(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("rippling")
    first = vendor.bodies[vendor.listing]
    vendor.etags[vendor.listing] = '"v1"'
    ingest.run(vendor.source())
    other = [{"uuid": "new", "name": "Tent Maker"}]
    vendor.bodies[vendor.listing], vendor.etags[vendor.listing] = (json.dumps(other), "application/json"), '"v2"'
    vendor.statuses["/platform/api/ats/v1/board/summit-gear/jobs/new"] = 500
    assert len(closed(ingest.run(vendor.source()))) == 1
    vendor.bodies[vendor.listing], vendor.etags[vendor.listing] = first, '"v1"'
    assert len(offers(ingest.run(vendor.source()))) == 1, "the offer is back, under the validators of before"


def test_details_that_fail_in_a_row_are_left_to_the_next_ingest(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("smartrecruiters")
    ingest.run(vendor.source())
    vendor.bodies.update([_smart_page(0, 40, list(range(40)))])
    vendor.statuses |= {f"/v1/companies/Lumen/postings/{n}": 503 for n in range(40)}
    vendor.asked.clear()
    found = ingest.run(vendor.source())
    assert isinstance(ingest.error, ServiceUnavailable)
    assert len(vendor.asked) == 4
    assert closed(found) == ["smartrecruiters/Lumen/7439"], "the listing was whole"
    assert offers(found) == {}


@pytest.mark.parametrize("status", [404, 410])
def test_an_offer_whose_detail_is_gone_is_closed(board: Callable[[str], Vendor], ingest: Ingest, status: int) -> None:
    vendor = board("workday")
    ingest.run(vendor.source())
    vendor.change(vendor.listing, lambda answer: answer["jobPostings"][0].update(title="Senior Blasting Engineer"))
    vendor.statuses[vendor.details[0]] = status
    assert closed(ingest.run(vendor.source())) == ["workday/quarry.wd5/External/JR35"]
    assert ingest.run(vendor.source()) == [], "an offer that never was open is not closed"


def test_a_detail_may_say_that_the_offer_is_closed(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("freehire")
    ingest.run(vendor.source())
    vendor.change(vendor.listing, lambda answer: answer["data"][0].update(skills=["sql", "dbt"]))
    vendor.change(vendor.details[0], lambda answer: answer["data"].update(closed_at="2026-08-30T00:00:00Z"))
    assert len(closed(ingest.run(vendor.source()))) == 1


def test_one_broken_entry_is_rejected_and_the_rest_goes_on(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("greenhouse")
    ingest.run(vendor.source())
    broken = {"id": 102, "title": None, "location": {"name": "Ghent"}}
    vendor.change(vendor.listing, lambda answer: answer["jobs"].__setitem__(1, broken))
    found = ingest.run(vendor.source())
    assert offers(found).keys() == {"greenhouse/harbour/101"}
    [rejection] = rejected(found)
    assert rejection.source_key == "greenhouse/harbour/102"
    assert json.loads(rejection.payload) == broken
    assert "`title`" in rejection.detail
    assert closed(found) == [], "it is still on the board"


def test_an_entry_without_its_id_closes_nothing(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("greenhouse")
    ingest.run(vendor.source())
    vendor.change(vendor.listing, lambda answer: answer["jobs"][1].pop("id"))
    found = ingest.run(vendor.source())
    assert len(rejected(found)) == 1
    assert "`id`" in rejected(found)[0].detail
    assert closed(found) == []
    assert len(ingest.open_offers()) == 2


@pytest.mark.parametrize("committed", [True, False])
def test_a_killed_ingest_goes_on_where_it_stopped(board: Callable[[str], Vendor], ingest: Ingest, committed: bool) -> None:
    vendor = board("smartrecruiters")
    vendor.bodies = dict([_smart_page(0, 10, list(range(10)))])
    _smart_details(vendor, 10)
    first = offers(ingest.run(vendor.source(), answers=4, commit=committed))
    vendor.asked.clear()
    rest = offers(ingest.run(vendor.source()))
    assert len(first | rest) == 10, "nothing is missed"
    assert len(first.keys() & rest.keys()) == (0 if committed else 1), "at most the answer at hand is fetched twice"
    assert len(vendor.asked) == 1 + len(rest)


def test_an_interrupted_listing_closes_nothing(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("smartrecruiters")
    ingest.run(vendor.source())
    vendor.bodies.update([_smart_page(0, 130, list(range(100)))])
    _smart_details(vendor, 100)
    vendor.statuses["/v1/companies/Lumen/postings?limit=100&offset=100"] = 500
    found = ingest.run(vendor.source())
    assert isinstance(ingest.error, ServiceUnavailable)
    assert len(offers(found)) == 100
    assert closed(found) == []


def test_a_board_that_does_not_exist_is_named(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("greenhouse")
    ingest.run(vendor.source())
    vendor.statuses[vendor.listing] = 404
    assert ingest.run(vendor.source()) == []
    assert isinstance(ingest.error, NotFound)
    assert "there is no greenhouse board harbour: correct `board`" in str(ingest.error)


def test_an_unknown_system_is_refused() -> None:
    with pytest.raises(BadSettings, match=r"no adapter .* 'brighthire': use one of ashby, bamboohr"):
        adapter_named("brighthire")
    with pytest.raises(BadSettings):
        read_ats(AtsSource(name="x", ats="brighthire", board="y"), None)  # type: ignore[arg-type]


def test_a_kept_answer_is_read_again(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("greenhouse")
    good = vendor.bodies[vendor.listing][0]
    vendor.bodies[vendor.listing] = good.replace('"jobs"', '"openings"'), "application/json"
    [rejection] = rejected(ingest.run(vendor.source()))
    again = reread_ats(vendor.source(), rejection.source_uri, rejection.payload.replace(b'"openings"', b'"jobs"'))
    assert offers(again).keys() == {"greenhouse/harbour/101", "greenhouse/harbour/102"}
    [still] = reread_ats(vendor.source(), rejection.source_uri, rejection.payload)
    assert still.source_key == rejection.source_key, "what still cannot be read takes the place of what was kept"


def test_a_kept_entry_is_read_again(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("greenhouse")
    vendor.change(vendor.listing, lambda answer: answer["jobs"][0].update(title=""))
    [rejection] = rejected(ingest.run(vendor.source()))
    mended = json.dumps(json.loads(rejection.payload) | {"title": "Crane Operator"}).encode()
    [document] = reread_ats(vendor.source(), rejection.source_uri, mended)
    assert isinstance(document, RawDocument)
    assert document.document_id == rejection.document_id


@pytest.mark.parametrize("system", ["rippling", "icims"])
def test_a_kept_detail_is_read_again_with_its_entries(board: Callable[[str], Vendor], ingest: Ingest, system: str) -> None:
    vendor = board(system)
    whole = offers(Ingest(ingest.path.parent / "whole").run(vendor.source()))
    detail = vendor.details[0]
    good = vendor.bodies[detail][0]
    vendor.bodies[detail] = "{}", "application/json"
    found = ingest.run(vendor.source())
    [rejection] = rejected(found)
    assert rejection.source_key in whole
    assert ingest.run(vendor.source()) == [], "it waits for a change, or a replay"
    [still] = reread_ats(vendor.source(), rejection.source_uri, rejection.payload)
    assert still.source_key == rejection.source_key
    payload = json.dumps(json.loads(rejection.payload) | {"answer": good}).encode()
    assert offers(reread_ats(vendor.source(), rejection.source_uri, payload))[rejection.source_key] == whole[rejection.source_key]


def test_a_listing_read_again_leaves_details_to_the_next_ingest(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("rippling")
    payload = vendor.bodies[vendor.listing][0].encode()
    assert list(reread_ats(vendor.source(), vendor.base + vendor.listing, payload)) == []


def test_a_detail_that_is_too_large_is_rejected_and_the_rest_goes_on(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("icims")
    vendor.bodies[vendor.details[0]] = "<p>" + "x" * 70_000, "text/html"
    found = ingest.run(vendor.source(), sent_bytes=64_000)
    assert [d.error_code for d in rejected(found)] == ["document_too_large"]
    assert offers(found).keys() == {"icims/careers-bridge/8215"}
    assert ingest.error is None


def test_other_charsets_and_byte_order_marks_are_read(board: Callable[[str], Vendor], ingest: Ingest, tmp_path: Path) -> None:
    vendor = board("personio")
    said = vendor.bodies[vendor.listing][0]
    for number, charset in enumerate(("utf-8-sig", "utf-16", "iso-8859-1")):
        vendor.bodies[vendor.listing] = said.replace("UTF-8", charset.removesuffix("-sig")).encode(charset), "application/xml"
        postings = offers(Ingest(tmp_path / str(number)).run(vendor.source()))
        assert postings["personio/kiln/1834"]["jobLocation"][0]["address"] == "Köln"


@pytest.mark.parametrize("system", ["hrmdirect", "icims", "jobvite"])
def test_a_page_without_jobs_that_does_not_say_so_closes_nothing(
    board: Callable[[str], Vendor], ingest: Ingest, system: str
) -> None:
    vendor = board(system)
    ingest.run(vendor.source())
    page = '<html><title>Careers At Us</title><body class="jv-page iCIMS_Body">hrmdirect: we are back soon</body></html>'
    vendor.bodies[vendor.listing] = page, "text/html"
    found = ingest.run(vendor.source())
    assert len(rejected(found)) == 1
    assert closed(found) == []


def test_entities_of_an_xml_answer_do_not_grow(board: Callable[[str], Vendor], ingest: Ingest) -> None:
    vendor = board("personio")
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    text = f"<!DOCTYPE x [{entities}]><workzag-jobs><position><id>1</id><name>A &e9; B</name></position></workzag-jobs>"
    vendor.bodies[vendor.listing] = text, "application/xml"
    found = ingest.run(vendor.source())
    assert sum(len(d.content) for d in found if isinstance(d, RawDocument)) < 10_000
