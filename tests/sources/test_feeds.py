"""Feeds: every dialect becomes JobPostings, the same bytes each time; what cannot be read is kept with its reason."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from producers.feed_entries import any_date
from producers.feeds import looks_like_feed, read_feed, reread_feed
from producers.http import Page
from producers.reading import Answer, Reading
from producers.sources import FeedSource
from talentflow.errors import NotFound, ServiceUnavailable
from talentflow.eventlog.messages import ClosedDocument, Found, RawDocument, RejectedDocument
from talentflow.settings import Settings
from tests.sources.web import PUBLIC, Fetcher, Names, fetcher_in

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
URL = "http://jobs.example.org/feed"


@pytest.fixture
def fetcher(tmp_path: Path) -> Iterator[Fetcher]:
    with fetcher_in(tmp_path) as made:
        yield made


@pytest.fixture
def reading(fetcher: Fetcher, tmp_path: Path) -> Reading:
    made = Reading(Settings(home=tmp_path), fetcher.state, NOW, allow_private_hosts=True, counts=fetcher.counts)
    made.http = fetcher.http()
    return made


def source(url: str = URL, **more: Any) -> FeedSource:
    return FeedSource(name="feed", url=url, **more)


def read(payload: object, url: str = URL, **more: Any) -> list[Found]:
    """The documents of an answer."""
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return list(reread_feed(source(url, **more), url, content))


def postings(payload: object, url: str = URL, **more: Any) -> list[dict[str, Any]]:
    return [json.loads(d.content) for d in read(payload, url, **more) if isinstance(d, RawDocument)]


def rss(*items: str, more: str = "", encoding: str = "utf-8") -> bytes:
    spaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:job_listing="https://jobs.example.org/"'
    entries = "".join(f"<item>{item}</item>" for item in items)
    text = f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0" {spaces}><channel>{more}{entries}</channel></rss>'
    return text.encode(encoding)


def offer(**more: Any) -> dict[str, Any]:
    return {"id": 7, "title": "Nurse", "company": "Acme", "description": "<p>Care</p>", "url": "https://h/7"} | more


# dialects

ARBEITNOW = {
    "data": [
        {
            "slug": "nurse-berlin-1",
            "company_name": "Acme",
            "title": "Nurse &amp; <b>Carer</b>",
            "description": "<p>Care</p>",
            "remote": False,
            "url": "https://www.arbeitnow.com/jobs/acme/nurse-berlin-1?utm_source=api",
            "tags": ["Care"],
            "job_types": ["full time"],
            "location": "Berlin",
            "created_at": 1785000000,
        }
    ],
    "links": {"next": None},
}
REMOTEOK = [
    {"last_updated": 1785000000, "legal": "API Terms of Service: …"},
    {
        "slug": "remote-nurse-acme-113",
        "id": "113",
        "epoch": 1785000000,
        "date": "2026-07-25T17:20:00+00:00",
        "company": "Acme",
        "position": "Nurse",
        "tags": ["care", "python"],
        "description": "<p>Care</p>",
        "location": "Worldwide",
        "salary_min": 50000,
        "salary_max": 70000,
        "url": "https://remoteOK.com/remote-jobs/remote-nurse-acme-113",
    },
]
REMOTIVE = {
    "0-legal-notice": "Remotive API Legal Notice",
    "job-count": 1,
    "jobs": [
        {
            "id": 12,
            "url": "https://remotive.com/remote-jobs/care/nurse-12",
            "title": "Nurse",
            "company_name": "Acme",
            "category": "Care",
            "tags": ["care"],
            "job_type": "full_time",
            "publication_date": "2026-07-25T08:30:00",
            "candidate_required_location": "Europe",
            "salary": "$50k - $70k yearly",
            "description": "<p>Care</p>",
        }
    ],
}
JOBICY = {
    "apiVersion": "2",
    "friendlyNotice": "…",
    "jobs": [
        {
            "id": 45,
            "url": "https://jobicy.com/jobs/45-nurse",
            "jobTitle": "Nurse",
            "companyName": "Acme",
            "jobIndustry": ["Care"],
            "jobType": ["full-time"],
            "jobGeo": "Europe",
            "jobLevel": "Senior",
            "jobExcerpt": "short",
            "jobDescription": "<p>Care</p>",
            "pubDate": "2026-07-25 08:30:00",
            "annualSalaryMin": "50000",
            "annualSalaryMax": "70000",
            "salaryCurrency": "EUR",
        }
    ],
}
HIMALAYAS = {
    "totalCount": 1,
    "jobs": [
        {
            "title": "Nurse",
            "excerpt": "short",
            "companyName": "Acme",
            "employmentType": "Full Time",
            "minSalary": 50000,
            "maxSalary": 70000,
            "salaryPeriod": "annual",
            "currency": "USD",
            "seniority": ["Senior"],
            "locationRestrictions": [{"alpha2": "CA", "name": "Canada"}],
            "parentCategories": ["Care"],
            "description": "<p>Care</p>",
            "pubDate": 1785000000000,
            "expiryDate": 1885000000000,
            "applicationLink": "https://himalayas.app/companies/acme/jobs/nurse",
            "guid": "https://himalayas.app/companies/acme/jobs/nurse",
        }
    ],
}
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Jobs",
    "items": [
        {
            "id": "7",
            "url": "https://jobs.example.org/7",
            "title": "Nurse",
            "content_html": "<p>Care</p>",
            "date_published": "2026-07-25T08:30:00-07:00",
            "tags": ["care"],
            "language": "en",
        }
    ],
}


@pytest.mark.parametrize(
    ("payload", "key", "expected"),
    [
        pytest.param(
            ARBEITNOW,
            "nurse-berlin-1",
            {
                "title": "Nurse & Carer",
                "jobLocation": {"@type": "Place", "address": "Berlin"},
                "employmentType": "FULL_TIME",
                "skills": ["Care"],
                "url": "https://www.arbeitnow.com/jobs/acme/nurse-berlin-1",
            },
            id="arbeitnow",
        ),
        pytest.param(
            REMOTEOK,
            "113",
            {
                "title": "Nurse",
                "skills": ["care", "python"],
                "jobLocationType": "TELECOMMUTE",
                "baseSalary": {
                    "@type": "MonetaryAmount",
                    "currency": "USD",
                    "value": {"@type": "QuantitativeValue", "minValue": 50000, "maxValue": 70000, "unitText": "YEAR"},
                },
            },
            id="remoteok",
        ),
        pytest.param(
            REMOTIVE,
            "12",
            {
                "industry": "Care",
                "employmentType": "FULL_TIME",
                "jobLocationType": "TELECOMMUTE",
                "applicantLocationRequirements": [{"@type": "AdministrativeArea", "name": "Europe"}],
                "baseSalary": "$50k - $70k yearly",
            },
            id="remotive",
        ),
        pytest.param(
            JOBICY,
            "45",
            {
                "title": "Nurse",
                "experienceLevel": "Senior",
                "applicantLocationRequirements": [{"@type": "AdministrativeArea", "name": "Europe"}],
                "baseSalary": {
                    "@type": "MonetaryAmount",
                    "currency": "EUR",
                    "value": {"@type": "QuantitativeValue", "minValue": 50000, "maxValue": 70000, "unitText": "YEAR"},
                },
            },
            id="jobicy",
        ),
        pytest.param(
            HIMALAYAS,
            "https://himalayas.app/companies/acme/jobs/nurse",
            {
                "validThrough": "2029-09-25",
                "applicantLocationRequirements": [{"@type": "AdministrativeArea", "name": "Canada"}],
                "url": "https://himalayas.app/companies/acme/jobs/nurse",
            },
            id="himalayas",
        ),
        pytest.param(JSON_FEED, "7", {"inLanguage": "en", "skills": ["care"]}, id="json feed"),
    ],
)
def test_a_known_dialect_becomes_a_jobposting(payload: Any, key: str, expected: dict[str, Any]) -> None:
    (document,) = read(payload)
    assert isinstance(document, RawDocument)
    posting = json.loads(document.content)
    assert document.source_key == key
    assert (document.source, document.media_type, document.kind_hint) == ("feed", "application/ld+json", "job_offer")
    assert document.source_uri == posting["url"]
    assert posting["@type"] == "JobPosting"
    assert posting["description"] == "<p>Care</p>"
    assert posting["datePosted"] == "2026-07-25"
    assert {name: posting.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("payload", "asked"),
    [(ARBEITNOW, "link back"), (REMOTEOK, "named as the source"), (REMOTIVE, "not be passed on"), (JOBICY, "credited")],
)
def test_what_a_board_asks_for_goes_with_its_offers(payload: Any, asked: str) -> None:
    (document,) = read(payload)
    assert isinstance(document, RawDocument)
    assert asked in (document.terms or "")


def test_the_terms_of_the_source_come_first() -> None:
    (document,) = read(REMOTIVE, terms="contract of 2026")
    assert isinstance(document, RawDocument)
    assert document.terms == "contract of 2026"


def test_a_host_names_the_dialect_where_the_shape_does_not() -> None:
    xml = rss(
        "<title>Acme: Nurse</title><link>https://weworkremotely.com/jobs/1</link><region>Europe</region><type>Full-Time</type>"
    )
    (posting,) = postings(xml, "https://weworkremotely.com/remote-jobs.rss")
    assert (posting["title"], posting["hiringOrganization"]["name"]) == ("Nurse", "Acme")
    assert posting["jobLocationType"] == "TELECOMMUTE"
    assert posting["employmentType"] == "FULL_TIME"


def test_what_remote_ok_adds_for_each_reader_is_left_out() -> None:
    def answer(word: str, tag: str) -> Any:
        added = (
            f"<p>Care</p><br/><br/>Please mention the word **{word}** and tag {tag} when applying to show you read the job post "
            f"completely (#{tag}). This is a beta feature to avoid spam applicants. Companies can search these words to find "
            "applicants that read this and see they're human."
        )
        return [REMOTEOK[0], REMOTEOK[1] | {"description": added}]

    first, second = read(answer("PELICAN", "RMjcuNi4xMjg=")), read(answer("GEM", "RMTk5LjgzLjI="))
    assert first[0].content == second[0].content  # type: ignore[union-attr]
    assert json.loads(first[0].content)["description"] == "<p>Care</p>"  # type: ignore[union-attr]


# shapes that nobody documented


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param([offer()], id="a list"),
        pytest.param({"jobs": [offer()]}, id="jobs"),
        pytest.param({"response": {"results": [offer()], "page": 1}}, id="nested"),
        pytest.param({"jobs": [offer()], "categories": [{"id": i, "name": f"c{i}"} for i in range(30)]}, id="beside other lists"),
        pytest.param({"whatever": [offer()]}, id="a name of its own"),
        pytest.param(offer(), id="one offer"),
    ],
)
def test_a_list_of_offers_is_found_in_any_answer(payload: Any) -> None:
    (posting,) = postings(payload)
    assert (posting["title"], posting["hiringOrganization"]["name"]) == ("Nurse", "Acme")


@pytest.mark.parametrize(
    "named",
    [
        {"jobTitle": "Nurse", "companyName": "Acme", "jobDescription": "<p>Care</p>", "jobUrl": "https://h/7", "jobId": 7},
        {"position": "Nurse", "employer": {"name": "Acme"}, "body": "<p>Care</p>", "link": "https://h/7", "guid": 7},
        {
            "name": "Nurse",
            "organization": {"display_name": "Acme"},
            "html": "<p>Care</p>",
            "apply_url": "https://h/7",
            "uuid": "7",
        },
        {"role": "Nurse", "company_name": "Acme", "text": "<p>Care</p>", "absolute_url": "https://h/7", "reference": "7"},
    ],
)
def test_common_names_of_the_parts_are_understood(named: dict[str, Any]) -> None:
    (document,) = read({"data": [named]})
    assert isinstance(document, RawDocument)
    posting = json.loads(document.content)
    assert (document.source_key, document.source_uri) == ("7", "https://h/7")
    assert (posting["title"], posting["hiringOrganization"]["name"], posting["description"]) == ("Nurse", "Acme", "<p>Care</p>")


def test_an_entry_that_is_a_jobposting_stays_one() -> None:
    posting = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": "Nurse",
        "url": "https://h/7",
        "description": "Care",
    }
    (document,) = read([posting])
    assert isinstance(document, RawDocument)
    assert json.loads(document.content) == posting


@pytest.mark.parametrize(
    "payload", [{"jobs": []}, [], {"data": [], "links": {}}, {"results": [], "categories": [{"id": 1, "name": "c"}]}]
)
def test_an_empty_list_is_no_error(payload: Any) -> None:
    assert read(payload) == []


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({"error": "no such board"}, id="an error"),
        pytest.param({"errors": [{"title": "Not found", "id": "1", "description": "…"}]}, id="a list of errors"),
        pytest.param({"jobs": [{"naam": "Verpleegkundige", "bedrijf": "Acme"}]}, id="other names"),
        pytest.param({"jobs": ["1", "2"]}, id="a list of texts"),
        pytest.param({"jobs": {"count": 1}}, id="no list"),
        pytest.param("jobs", id="a text"),
        pytest.param(None, id="null"),
        pytest.param(b'{"jobs": [', id="cut off"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b"<html><head><title>Sorry</title></head><body>Error 500</body></html>", id="html"),
        pytest.param(b"<!DOCTYPE html><html></html>", id="html with a doctype"),
        pytest.param(b"<?xml version='1.0'?><catalog><book/></catalog>", id="other xml"),
        pytest.param(b"Service is down", id="text"),
        pytest.param(bytes(range(256)) * 10, id="binary"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_an_answer_that_cannot_be_read_is_kept_whole(payload: Any) -> None:
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    (rejected,) = read(content)
    assert isinstance(rejected, RejectedDocument)
    assert (rejected.error_code, rejected.source_key, rejected.payload) == ("unexpected_answer", URL, content)
    assert URL in rejected.detail
    assert ": " in rejected.detail


# entries with defects


def test_an_entry_without_title_and_text_is_rejected_and_the_others_go_on() -> None:
    documents = read({"jobs": [{"id": 1, "company": "Acme"}, offer(), None, "text", offer(id=8, title=None), {}]})
    kinds = [type(d) for d in documents]
    assert kinds == [RejectedDocument, RawDocument, RejectedDocument, RejectedDocument, RawDocument, RejectedDocument]
    rejected = documents[0]
    assert isinstance(rejected, RejectedDocument)
    assert rejected.error_code == "empty_document"
    assert "neither a title nor a text" in rejected.detail
    assert json.loads(rejected.payload) == {"id": 1, "company": "Acme"}


@pytest.mark.parametrize("missing", ["id", "url", "company", "description", "title"])
def test_any_single_part_may_be_missing(missing: str) -> None:
    entry = offer()
    del entry[missing]
    (document,) = read([entry])
    assert isinstance(document, RawDocument)
    assert document.source_key
    assert b"None" not in document.content


@pytest.mark.parametrize(
    "odd",
    [None, "", [], {}, 0, -1, True, 1e400, ["x", None, {"a": 1}], {"name": None}, "<br>", "\ud800", "\x00", [[[]]], "9" * 50],
)
def test_a_part_of_a_wrong_type_stops_nothing(odd: object) -> None:
    """What is odd counts as missing or as text; the title holds the entry up."""
    names = (
        "id guid url company location remote workplace date_posted valid_through salary salary_min salary_max currency salary_period"
        " tags job_type category department seniority description language jobGeo status expired"
    )
    content = json.dumps([{"title": "Nurse", "slug": "n", "link": "https://h/n"} | dict.fromkeys(names.split(), odd)])
    for document in read(content.encode()):
        assert not isinstance(document, RejectedDocument)
        if isinstance(document, RawDocument):
            document.source_key.encode()
            json.loads(document.content)


def test_html_in_every_field_is_text_but_in_the_description() -> None:
    fields = "title company location tags job_type category seniority salary currency"
    entry = {name: f"<b onclick=x>{name}</b>&nbsp;&amp;amp;&lt;i&gt;x&lt;/i&gt;<script>" for name in fields.split()}
    (posting,) = postings([entry | {"id": "7", "description": "<p><b>Care</b></p>"}])
    described = posting.pop("description")
    assert described == "<p><b>Care</b></p>"
    assert "<" not in json.dumps(posting)
    assert posting["title"] == "title &x"


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-07-05", "2026-07-05"),
        ("2026-07-05T23:30:00Z", "2026-07-05"),
        ("2026-07-05 08:00:00", "2026-07-05"),
        ("Sun, 05 Jul 2026 08:00:00 +0000", "2026-07-05"),
        ("05.07.2026", "2026-07-05"),
        ("07/15/2026", "2026-07-15"),
        ("July 5, 2026", "2026-07-05"),
        ("5 juillet 2026", "2026-07-05"),
        ("5. Juli 2026", "2026-07-05"),
        ("Jul 5 2026 8:00AM", "2026-07-05"),
        ("5 de julio de 2026", "2026-07-05"),
        ("20260705", "2026-07-05"),
        ("2026/07/05", "2026-07-05"),
        (1783209600, "2026-07-05"),
        (1783209600000, "2026-07-05"),
        ("1783209600", "2026-07-05"),
        ("<b>2026-07-05</b>", "2026-07-05"),
        ("3 days ago", None),
        ("yesterday", None),
        ("July 2026", None),
        ("asap", None),
        ("0000-00-00", None),
        ("2026-13-45", None),
        ("", None),
        (True, None),
        (-1, None),
        ("1" * 5000, None),
    ],
)
def test_dates_in_any_spelling_are_days(said: object, day: str | None) -> None:
    assert any_date(said) == day


def money(low: float, high: float, currency: str | None = None, unit: str | None = None) -> dict[str, Any]:
    value: dict[str, Any] = {"@type": "QuantitativeValue"}
    value |= {"value": low} if low == high else {"minValue": low, "maxValue": high}
    value |= {"unitText": unit} if unit else {}
    return {"@type": "MonetaryAmount", "value": value} | ({"currency": currency} if currency else {})


@pytest.mark.parametrize(
    ("said", "salary"),
    [
        ({"salary": "45 000 – 55 000 € brut/an"}, "45 000 – 55 000 € brut/an"),
        ({"salary": "<b>$50k</b>"}, "$50k"),
        ({"salary": 50000, "currency": "EUR"}, money(50000, 50000, "EUR")),
        (
            {"salary_min": 50000, "salary_max": "70000", "salary_currency": "eur", "salary_period": "yearly"},
            money(50000, 70000, "EUR", "YEAR"),
        ),
        ({"salary": {"min": 20, "max": 30, "currency": "USD", "period": "hour"}}, money(20, 30, "USD", "HOUR")),
        (
            {"salary": {"currency": "USD", "value": {"minValue": 20, "maxValue": 30, "unitText": "HOUR"}}},
            money(20, 30, "USD", "HOUR"),
        ),
        ({"salary_min": "$50k", "salary_max": "$70k"}, "$50k - $70k"),
        ({"salary_min": 0, "salary_max": 0}, None),
        ({"salary_min": "0", "salary_max": "0.0"}, None),
        ({"salary": ""}, None),
    ],
)
def test_a_salary_is_numbers_or_the_text_it_was(said: dict[str, Any], salary: Any) -> None:
    (posting,) = postings([offer(**said)])
    assert posting.get("baseSalary") == salary


@pytest.mark.parametrize(
    ("said", "workplace", "places"),
    [
        ({"location": "Lyon, France"}, None, {"@type": "Place", "address": "Lyon, France"}),
        ({"location": "Remote"}, "TELECOMMUTE", None),
        ({"location": "Lyon", "remote": True}, "TELECOMMUTE", {"@type": "Place", "address": "Lyon"}),
        ({"location": "Lyon", "remote": "true"}, "TELECOMMUTE", {"@type": "Place", "address": "Lyon"}),
        ({"location": "Lyon", "remote": False, "workplace": "Hybrid"}, "hybrid", {"@type": "Place", "address": "Lyon"}),
        (
            {"location": {"city": "Lyon", "country": "FR"}},
            None,
            {"@type": "Place", "address": {"@type": "PostalAddress", "addressLocality": "Lyon", "addressCountry": "FR"}},
        ),
        ({"location": {"name": "Lyon"}}, None, {"@type": "Place", "address": "Lyon"}),
        ({"locations": ["Lyon", "Remote"]}, "TELECOMMUTE", {"@type": "Place", "address": "Lyon"}),
    ],
)
def test_where_the_work_is(said: dict[str, Any], workplace: str | None, places: Any) -> None:
    (posting,) = postings([offer(**said)])
    assert posting.get("jobLocationType") == workplace
    assert posting.get("jobLocation") == places


@pytest.mark.parametrize("anywhere", ["Anywhere", "Worldwide", "", None])
def test_anywhere_is_no_place(anywhere: str | None) -> None:
    (posting,) = postings({"jobs": [JOBICY["jobs"][0] | {"jobGeo": anywhere}]})  # type: ignore[index]
    assert "applicantLocationRequirements" not in posting


def test_the_company_of_the_source_stands_in() -> None:
    named, unnamed = postings([offer(), offer(id=8, company=None)], company="Beta")
    assert named["hiringOrganization"]["name"] == "Acme"
    assert unnamed["hiringOrganization"]["name"] == "Beta"


def test_text_that_was_encoded_twice_is_mended() -> None:
    twice = "Bien-être, l’équipe".encode().decode("latin-1")
    (posting,) = postings([offer(title=twice, description=f"<p>{twice}</p>")])
    assert (posting["title"], posting["description"]) == ("Bien-être, l’équipe", "<p>Bien-être, l’équipe</p>")
    (same,) = postings([offer(title="SOCIÉTÉ\xa0: Â°É»")])
    assert same["title"] == "SOCIÉTÉ : Â°É»"


# keys


def test_an_offer_keeps_its_key_whatever_tracks_its_readers() -> None:
    first, second = (read([offer(id=None, url=f"https://h/7?utm_source={who}&job=7#utm")])[0] for who in ("rss", "mail"))
    assert first.source_key == second.source_key
    assert first.content == second.content  # type: ignore[union-attr]


def test_offers_that_share_an_id_are_all_kept_under_keys_that_last() -> None:
    nurse, carer = offer(id="job"), offer(id="job", title="Carer", url="https://h/8")
    first = {d.source_key for d in read([nurse, carer, nurse])}
    assert first == {"job#https://h/7", "job#https://h/8"}
    assert {d.source_key for d in read([carer, nurse])} == first


def test_an_offer_that_stands_twice_in_a_feed_is_sent_once() -> None:
    assert len(read([offer(), offer(), offer(id=8)])) == 2


def test_two_versions_under_one_key_are_both_kept() -> None:
    documents = read([offer(), offer(title="Carer")])
    assert len({d.source_key for d in documents}) == 2


def test_what_counts_or_ages_does_not_change_an_offer() -> None:
    first, second = (read([offer(views=n, applicants_count=n, token=str(n), posted=f"{n} days ago")])[0] for n in (1, 2))
    assert first.content == second.content  # type: ignore[union-attr]


# closing


@pytest.mark.parametrize(
    "said",
    [
        {"expires_at": "2026-01-31"},
        {"expiryDate": 1767225600000},
        {"status": "closed"},
        {"status": "Expired"},
        {"expired": True},
        {"active": False},
        {"is_filled": True},
    ],
)
def test_an_entry_that_says_it_is_over_closes_its_offer(said: dict[str, Any]) -> None:
    (closed,) = read([offer(**said)])
    assert isinstance(closed, ClosedDocument)
    assert (closed.source_key, closed.source_uri) == ("7", "https://h/7")
    assert closed.closed_at.tzinfo is not None
    assert closed.reason


@pytest.mark.parametrize(
    "said", [{"expires_at": "2999-01-31"}, {"status": "open"}, {"active": True}, {"expired": False}, {"expires_at": "soon"}]
)
def test_an_entry_that_does_not_say_so_stays_open(said: dict[str, Any]) -> None:
    (document,) = read([offer(**said)])
    assert isinstance(document, RawDocument)


# XML


def test_rss_with_the_fields_of_job_boards() -> None:
    xml = rss(
        "<title>Nurse</title><link>/jobs/7?utm_source=rss</link><guid isPermaLink='false'>n-7</guid>"
        "<pubDate>Sat, 25 Jul 2026 08:30:00 +0000</pubDate><category>Care</category><description>short</description>"
        "<content:encoded><![CDATA[<p onclick='x'>Care for <a href='/us'>us</a><script>x</script></p>]]></content:encoded>"
        "<job_listing:company>Acme</job_listing:company><job_listing:location>Lyon</job_listing:location>"
        "<job_listing:job_type>Full Time</job_listing:job_type>",
        more="<copyright>CC BY 4.0</copyright>",
    )
    (document,) = read(xml)
    assert isinstance(document, RawDocument)
    assert (document.source_key, document.source_uri) == ("n-7", "http://jobs.example.org/jobs/7")
    assert document.terms == "CC BY 4.0"
    posting = json.loads(document.content)
    assert posting["description"] == '<p>Care for <a href="http://jobs.example.org/us">us</a></p>'
    assert posting["hiringOrganization"]["name"] == "Acme"
    assert posting["jobLocation"]["address"] == "Lyon"
    assert (posting["employmentType"], posting["datePosted"], posting["skills"]) == ("FULL_TIME", "2026-07-25", ["Care"])


def test_atom() -> None:
    xml = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Jobs</title><entry><id>tag:h,2026:7</id><title type="html">Nurse &amp;amp; Carer'
        '</title><link rel="alternate" href="https://h/7"/><published>2026-07-25T08:30:00Z</published><updated>2026-08-01T00:00:00Z</updated>'
        '<content type="html">&lt;p&gt;Care&lt;/p&gt;</content></entry></feed>'
    )
    (document,) = read(xml.encode())
    assert isinstance(document, RawDocument)
    posting = json.loads(document.content)
    assert (document.source_key, posting["title"], posting["datePosted"]) == ("tag:h,2026:7", "Nurse & Carer", "2026-07-25")
    assert posting["description"] == "<p>Care</p>"


def test_rdf() -> None:
    xml = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<channel rdf:about="http://h/"><title>Jobs</title></channel>'
        '<item rdf:about="https://h/7"><title>Nurse</title><link>https://h/7</link><description>Care</description></item></rdf:RDF>'
    )
    (posting,) = postings(xml.encode())
    assert posting["title"] == "Nurse"


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_xml_in_any_charset(encoding: str) -> None:
    (posting,) = postings(rss("<title>Aide-soignant à Besançon</title><link>https://h/7</link>", encoding=encoding))
    assert posting["title"] == "Aide-soignant à Besançon"


def test_xml_that_names_a_wrong_charset() -> None:
    content = rss("<title>Aide-soignant à Besançon</title><link>https://h/7</link>").decode()
    (posting,) = postings(content.replace("utf-8", "iso-8859-1").encode())
    assert posting["title"] == "Aide-soignant à Besançon"
    (posting,) = postings(content.encode("cp1252"))
    assert posting["title"] == "Aide-soignant à Besançon"


@pytest.mark.parametrize(
    "broken",
    [
        b"<rss version='2.0'><channel><item><title>Nurse</title><link>https://h/7</link></item><item><title>Cut",
        b"<rss version='2.0'><channel><item><title>Nurse & Carer</title><link>https://h/7?a=1&b=2</link></item></channel></rss>",
        b"<rss version='2.0'><channel><item><title>Nurse</title><link>https://h/7</link><x></item></channel></rss>",
        b"<rss version='2.0'><channel><item><title>Nurse\x0b</title><link>https://h/7</link></item></channel></rss>",
        b"  \n<rss version='2.0'><channel><item><title>Nurse &nbsp;&eacute;</title><link>https://h/7</link></item></channel></rss>",
    ],
)
def test_damaged_xml_gives_the_entries_that_can_be_read(broken: bytes) -> None:
    titles = [posting["title"] for posting in postings(broken)]
    assert titles[0].startswith("Nurse")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_entity_bomb_is_not_lit(encoding: str) -> None:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{lines}]><rss version="2.0"><channel><item><title>&l11;</title></item></channel></rss>'
    started = time.monotonic()
    (rejected,) = read(bomb.encode(encoding))
    assert isinstance(rejected, RejectedDocument)
    assert "entities" in rejected.detail
    assert time.monotonic() - started < 1


def test_an_entity_does_not_read_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    xml = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]><rss version="2.0"><channel><item><title>&e;</title></item></channel></rss>'
    assert all("secret" not in str(getattr(d, "content", "")) for d in read(xml.encode()))


# reading over HTTP


def serve(server: HTTPServer, path: str, payload: object, **headers: str) -> str:
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    server.expect_request(path).respond_with_data(content, headers=headers)
    return server.url_for(path)


def keys(answers: list[Answer]) -> list[str]:
    return [document.source_key for answer in answers for document in answer.documents]


def test_a_feed_is_read_again_only_after_a_change(reading: Reading, httpserver: HTTPServer) -> None:
    def answer(request: Request) -> Response:
        known = request.headers.get("If-None-Match") == '"1"'
        return Response(status=304) if known else Response(json.dumps([offer()]), headers={"ETag": '"1"'})

    httpserver.expect_request("/feed").respond_with_handler(answer)
    feed = source(httpserver.url_for("/feed"))
    (first,) = read_feed(feed, reading)
    assert isinstance(first.documents[0], RawDocument)
    assert first.documents[0].fetched_at is not None
    (again,) = read_feed(feed, reading)
    assert again.documents == first.documents or keys([again]) == ["7"], "what was not committed is repeated"
    again.commit()
    assert list(read_feed(feed, reading)) == []
    assert reading.counts.not_modified == 1


def test_a_board_is_not_read_more_often_than_it_asks(
    reading: Reading, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch).set("jobicy.com", [PUBLIC])
    serve(httpserver, "/api", JOBICY)
    feed = source(f"http://jobicy.com:{httpserver.port}/api")
    list(read_feed(feed, reading))
    (answer,) = read_feed(feed, reading)
    answer.commit()
    assert list(read_feed(feed, reading)) == []
    assert (reading.counts.fetched, reading.counts.skipped) == (2, 1)
    reading.now += timedelta(hours=1)
    assert len(list(read_feed(feed, reading))) == 1


def test_pages_are_followed_and_remembered_with_the_last(reading: Reading, httpserver: HTTPServer) -> None:
    urls = [httpserver.url_for(f"/feed{n}") for n in range(3)]
    for n in range(3):
        following = urls[n + 1] if n < 2 else None
        payload = {"data": [offer(id=n)], "links": {"next": following}} | ARBEITNOW | {"links": {"next": following}}
        payload["data"] = [ARBEITNOW["data"][0] | {"slug": f"n-{n}"}]  # type: ignore[index]
        serve(httpserver, f"/feed{n}", payload, ETag=f'"{n}"')
    answers = list(read_feed(source(urls[0]), reading))
    assert keys(answers) == ["n-0", "n-1", "n-2"]
    for answer in answers[:2]:
        answer.commit()
    assert reading.state.validators(urls[0]) is None, "a kill here must repeat the pages"
    answers[2].commit()
    assert reading.state.validators(urls[0]) is not None


def test_a_cursor_is_followed(reading: Reading, httpserver: HTTPServer) -> None:
    def answer(request: Request) -> Response:
        at = int(request.args.get("cursor", 0))
        job = HIMALAYAS["jobs"][0] | {"guid": f"g{at}"}  # type: ignore[index]
        return Response(json.dumps({"jobs": [job], "nextCursor": str(at + 1) if at < 2 else None}))

    httpserver.expect_request("/jobs/api").respond_with_handler(answer)
    assert keys(list(read_feed(source(httpserver.url_for("/jobs/api?limit=20")), reading))) == ["g0", "g1", "g2"]
    assert [request.args.get("limit") for request, _ in httpserver.log] == ["20", "20", "20"]


def test_pages_without_end_or_in_a_circle_end(reading: Reading, httpserver: HTTPServer) -> None:
    circle = JSON_FEED | {"next_url": httpserver.url_for("/circle")}
    assert len(list(read_feed(source(serve(httpserver, "/circle", circle)), reading))) == 1

    def endless(request: Request) -> Response:
        return Response(json.dumps(JSON_FEED | {"next_url": f"/endless?{int(request.query_string or b'0') + 1}"}))

    httpserver.expect_request("/endless").respond_with_handler(endless)
    assert len(list(read_feed(source(httpserver.url_for("/endless")), reading))) == 10


def test_a_page_that_fails_leaves_the_pages_before_it(reading: Reading, httpserver: HTTPServer) -> None:
    url = serve(httpserver, "/feed", JSON_FEED | {"next_url": "/broken"}, ETag='"1"')
    httpserver.expect_request("/broken").respond_with_data("", 500)
    answers = read_feed(source(url), reading)
    first = next(answers)
    assert keys([first]) == ["7"]
    first.commit()
    with pytest.raises(ServiceUnavailable):
        next(answers)
    assert reading.state.validators(url) is None


def test_a_changed_shape_is_kept_and_asked_for_again(reading: Reading, httpserver: HTTPServer) -> None:
    url = serve(httpserver, "/feed", {"jobs": {"renamed": True}}, ETag='"1"')
    (answer,) = read_feed(source(url), reading)
    answer.commit()
    (rejected,) = answer.documents
    assert isinstance(rejected, RejectedDocument)
    assert rejected.error_code == "unexpected_answer"
    assert reading.state.validators(url) is None
    assert [type(d) for d in reread_feed(source(url), rejected.source_uri, rejected.payload)] == [RejectedDocument]
    assert list(reread_feed(source(url), rejected.source_uri, rejected.payload)) == [rejected]


def test_a_rejected_entry_can_be_read_again_alone() -> None:
    (rejected,) = [d for d in read([{"id": 1, "company": "Acme"}, offer()]) if isinstance(d, RejectedDocument)]
    mended = json.dumps(json.loads(rejected.payload) | {"title": "Nurse"}).encode()
    (document,) = reread_feed(source(), rejected.source_uri, mended)
    assert isinstance(document, RawDocument)
    assert document.source_key == "1"


def test_a_feed_that_is_gone_is_told(reading: Reading, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data("", 410)
    with pytest.raises(NotFound):
        list(read_feed(source(httpserver.url_for("/feed")), reading))


# recognising a feed


@pytest.mark.parametrize(
    ("content", "content_type", "is_feed"),
    [
        (rss(), "text/xml", True),
        (b"<?xml version='1.0'?><!-- made by x --><feed xmlns='http://www.w3.org/2005/Atom'></feed>", "", True),
        (b"anything", "application/atom+xml; charset=utf-8", True),
        (json.dumps(JSON_FEED).encode(), "application/json", True),
        (json.dumps(REMOTEOK).encode(), "text/plain", True),
        (json.dumps({"name": "manifest", "icons": []}).encode(), "application/json", False),
        (b'{"broken": ', "application/json", False),
        (b"<html><body><rss></body></html>", "text/html", False),
        (b"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'></urlset>", "application/xml", False),
        (b"", "", False),
        (bytes(range(256)), "application/octet-stream", False),
    ],
)
def test_a_feed_is_recognised(content: bytes, content_type: str, is_feed: bool) -> None:
    assert looks_like_feed(Page(URL, content, headers={"content-type": content_type})) is is_feed


def test_markup_in_a_title_of_a_feed_is_not_code(tmp_path: Path) -> None:
    (posting,) = postings(rss(f"<title>{escape('<script>alert(1)</script>Nurse')}</title><link>javascript:alert(1)</link>"))
    assert "<" not in posting["title"]
    assert "javascript" not in posting.get("url", "")
