"""Every adapter against its vendor's answers, served on the vendor's paths."""

from __future__ import annotations

from typing import Any

import pytest

from producers.ats import adapter_named
from talentflow.classification import classify
from talentflow.documents import read
from talentflow.eventlog.messages import RawDocument
from talentflow.extraction.offers import extract_offer
from tests.sources.ats.boards import Ingest, Vendor, closed, offers, rejected


def _expected(vendor: Vendor) -> dict[str, dict[str, Any]]:
    def filled(value: Any) -> Any:
        return value.replace("$BASE", vendor.base) if isinstance(value, str) else value

    return {e["key"]: {name: filled(value) for name, value in e.items() if name != "key"} for e in vendor.case.expect}


def test_offers_are_job_postings(vendor: Vendor, ingest: Ingest) -> None:
    found = ingest.run(vendor.source())
    postings = offers(found)
    expected = _expected(vendor)
    assert ingest.error is None
    assert rejected(found) == []
    assert {key: {name: postings[key].get(name) for name in said} for key, said in expected.items()} == expected
    assert postings.keys() == expected.keys()
    assert ingest.open_offers().keys() == expected.keys()
    assert ingest.counts.skipped == vendor.case.left_out
    for document in found:
        assert isinstance(document, RawDocument)
        assert document.kind_hint == "job_offer"
        assert document.media_type == "application/ld+json"
        assert document.terms == adapter_named(vendor.case.system).terms
        assert document.source_uri == postings[document.source_key]["url"]
        assert document.source_uri.startswith("http")
        assert document.fetched_at is not None


def test_a_second_ingest_of_an_unchanged_board_asks_for_its_listing_alone(vendor: Vendor, ingest: Ingest) -> None:
    ingest.run(vendor.source())
    asked = vendor.asked[:]
    assert sorted(asked) == sorted(vendor.bodies), "the first asks for everything once"
    vendor.asked.clear()
    again = ingest.run(vendor.source())
    assert not set(vendor.asked) & set(vendor.details)
    assert closed(again) == []
    assert rejected(again) == []


def test_the_same_offers_give_the_same_bytes(vendor: Vendor, ingest: Ingest, tmp_path: Any) -> None:
    first = ingest.run(vendor.source())
    second = Ingest(tmp_path / "another").run(vendor.source())
    assert [d.content for d in first if isinstance(d, RawDocument)] == [d.content for d in second if isinstance(d, RawDocument)]


def test_a_company_of_the_source_counts_before_that_of_the_answers(vendor: Vendor, ingest: Ingest) -> None:
    postings = offers(ingest.run(vendor.source(company="Named by hand", terms="agreed")))
    assert {p["hiringOrganization"]["name"] for p in postings.values()} == {"Named by hand"}


@pytest.mark.parametrize("body", ['{"error": "maintenance"}', "<html><body>Log in</body></html>", "[[]]"])
def test_an_answer_of_another_shape_is_kept_whole_and_closes_nothing(vendor: Vendor, ingest: Ingest, body: str) -> None:
    before = offers(ingest.run(vendor.source()))
    vendor.bodies[vendor.listing] = body, "application/json"
    found = ingest.run(vendor.source())
    assert offers(found) == {}
    assert closed(found) == []
    assert ingest.open_offers().keys() == before.keys()
    [rejection] = rejected(found)
    assert rejection.error_code == "unexpected_answer"
    assert rejection.payload.decode() in (body, "[]")
    assert vendor.case.system in rejection.detail


def test_an_empty_board_closes_its_offers(vendor: Vendor, ingest: Ingest) -> None:
    before = offers(ingest.run(vendor.source()))
    vendor.bodies[vendor.listing] = _EMPTY[vendor.case.system], "text/plain"
    found = ingest.run(vendor.source())
    assert sorted(closed(found)) == sorted(before)
    assert ingest.open_offers() == {}


_EMPTY = {
    "ashby": '{"jobs": []}',
    "bamboohr": '{"meta": {"totalCount": 0}, "result": []}',
    "eightfold": '{"positions": [], "count": 0}',
    "freehire": '{"data": [], "meta": {"total": 0}}',
    "greenhouse": '{"jobs": [], "meta": {"total": 0}}',
    "hrmdirect": "<html><title>Careers At Us</title><p>Current job opportunities are posted here as they become available</p></html>",
    "icims": '<html><div class="iCIMS_NoResults">Sorry, no jobs</div></html>',
    "jobvite": '<html><body class="jv-page-search">No jobs</body></html>',
    "lever": "[]",
    "neogov": "<rss><channel><title>City</title></channel></rss>",
    "oracle": '{"items": [{"TotalJobsCount": 0, "requisitionList": []}]}',
    "paylocity": '<script>window.pageData = {"Jobs": []};</script>',
    "personio": "<workzag-jobs></workzag-jobs>",
    "phenom": '<script>phApp.ddo = {"eagerLoadRefineSearch": {"totalHits": 0, "data": {"jobs": []}}}; x</script>',
    "pinpoint": '{"data": []}',
    "recruitee": '{"offers": []}',
    "rippling": "[]",
    "smartrecruiters": '{"content": [], "totalFound": 0}',
    "teamtailor": '{"items": []}',
    "workable": '{"name": "Mill", "jobs": []}',
    "workday": '{"total": 0, "jobPostings": []}',
}


def test_offers_are_read_and_extracted_as_they_were_named(vendor: Vendor, ingest: Ingest) -> None:
    for document in ingest.run(vendor.source()):
        assert isinstance(document, RawDocument)
        posting = offers([document])[document.source_key]
        text = read(document.content, media_type=document.media_type, name=document.source_uri)
        assert text.kind_hint == "job_offer"
        offer = extract_offer(text.text, classify(text.text, hint="job_offer"))
        assert offer.title == posting["title"]
        if company := posting.get("hiringOrganization"):
            assert offer.hiring_organization == company["name"]
        assert bool(offer.job_location) == ("jobLocation" in posting)
        salary = posting.get("baseSalary")
        if isinstance(salary, dict):
            assert offer.base_salary is not None
            assert offer.base_salary.currency == salary["currency"]
            assert offer.base_salary.min_value == salary["value"]["minValue"]
            assert offer.base_salary.max_value == salary["value"]["maxValue"]
