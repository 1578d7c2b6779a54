"""Large job sites through python-jobspy: off until their terms are accepted, one site at a time, and no word for nothing."""

from __future__ import annotations

import builtins
import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from producers.jobspy import SITES, read_jobspy, reread_jobspy
from producers.reading import Reading
from producers.sources import JobspySource
from producers.state import State
from talentflow.documents.jobposting import jobposting_text
from talentflow.errors import BadSettings, MissingExtra, ServiceUnavailable
from talentflow.eventlog.messages import Found, RawDocument, RejectedDocument
from talentflow.settings import Settings

jobspy = pytest.importorskip("jobspy")
pandas = pytest.importorskip("pandas")

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
OFFER: dict[str, Any] = {
    "id": "in-5e40",
    "site": "indeed",
    "job_url": "https://www.indeed.com/viewjob?jk=5e40",
    "title": "Data engineer",
    "company": "Acme",
    "location": "Lyon, Auvergne-Rhône-Alpes, France",
    "date_posted": date(2026, 11, 20),
    "job_type": "fulltime, contract",
    "salary_source": "direct_data",
    "interval": "yearly",
    "min_amount": 50000.0,
    "max_amount": 60000.0,
    "currency": "EUR",
    "is_remote": True,
    "description": "<p>Pipelines in <b>Python</b></p><ul><li>SQL</li></ul>",
    "skills": "Python, SQL",
    "emails": "recruiter@example.org",
    "company_rating": 4.1,
    "vacancy_count": 3,
}
Rows = dict[str, list[dict[str, Any]]]


class Sites:
    """A double of `jobspy.scrape_jobs`: the columns and the frame of the real one, rows from here."""

    def __init__(self) -> None:
        self.rows: Rows = {}
        self.errors: dict[str, str] = {}
        self.faults: dict[str, Exception] = {}
        self.columns = list(jobspy.model.JobPost.model_fields)
        self.asked: list[dict[str, Any]] = []

    def scrape_jobs(self, **asked: Any) -> Any:
        self.asked.append(asked)
        (site,) = asked["site_name"]
        if site in self.faults:
            raise self.faults[site]
        frame = pandas.DataFrame(self.rows.get(site, []), columns=self.columns)
        frame.attrs = {"errors": {s: e for s, e in self.errors.items() if s == site}, "warnings": {}}
        return frame


@pytest.fixture
def sites(monkeypatch: pytest.MonkeyPatch) -> Sites:
    made = Sites()
    monkeypatch.setattr(jobspy, "scrape_jobs", made.scrape_jobs)
    return made


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reading]:
    with State(tmp_path / "state.sqlite") as state:
        yield Reading(Settings(home=tmp_path), state, NOW)


def source(*names: str, **more: Any) -> JobspySource:
    return JobspySource(
        **{"name": "boards", "sites": names or ("indeed",), "search_term": "engineer", "accept_terms": True} | more
    )


def read(reading: Reading, *names: str, **more: Any) -> list[Found]:
    found: list[Found] = []
    for answer in read_jobspy(source(*names, **more), reading):
        found += answer.documents
        answer.commit()
    return found


def posting(found: Found) -> dict[str, Any]:
    assert isinstance(found, RawDocument)
    return json.loads(found.content)


def test_nothing_is_asked_of_a_site_whose_terms_are_not_accepted(sites: Sites, reading: Reading) -> None:
    with pytest.raises(BadSettings, match=r"LinkedIn.*forbid.*accept_terms: true"):
        read(reading, "linkedin", accept_terms=False)
    assert JobspySource(name="x", sites=["indeed"], search_term="y").accept_terms is False
    assert sites.asked == []


def test_a_row_becomes_a_posting_with_its_provenance(sites: Sites, reading: Reading) -> None:
    sites.rows["indeed"] = [OFFER]
    (found,) = read(reading)
    assert isinstance(found, RawDocument)
    assert (found.source, found.source_uri, found.source_key) == ("boards", OFFER["job_url"], "indeed:in-5e40")
    assert found.terms is not None
    assert "indeed.com/legal" in found.terms
    assert found.fetched_at is not None
    said = posting(found)
    assert said["title"] == "Data engineer"
    assert said["hiringOrganization"]["name"] == "Acme"
    assert said["jobLocation"]["address"] == "Lyon, Auvergne-Rhône-Alpes, France"
    assert said["jobLocationType"] == "TELECOMMUTE"
    assert said["employmentType"] == ["FULL_TIME", "CONTRACTOR"]
    assert said["datePosted"] == "2026-11-20"
    assert said["baseSalary"]["value"] == {"@type": "QuantitativeValue", "minValue": 50000, "maxValue": 60000, "unitText": "YEAR"}
    assert said["skills"] == ["Python", "SQL"]
    for left_out in ("recruiter@example.org", "4.1", "vacancy"):
        assert left_out not in found.content.decode(), "personal data and what changes by the hour stay out"
    assert reading.counts.fetched == 1


def test_the_parser_reads_what_was_made(sites: Sites, reading: Reading) -> None:
    sites.rows["indeed"] = [OFFER]
    (found,) = read(reading)
    text, notes = jobposting_text(posting(found))
    for said in ("Data engineer", "Acme", "Lyon", "remote", "50000", "EUR", "Pipelines in Python", "SQL"):
        assert said in text
    assert notes == []


@pytest.mark.parametrize("nothing", [None, math.nan, pandas.NaT, pandas.NA, "nan", "None", "NaT", "<NA>", " "])
def test_nothing_never_becomes_a_word(sites: Sites, reading: Reading, nothing: object) -> None:
    empty = dict.fromkeys(jobspy.model.JobPost.model_fields, nothing)
    sites.rows["indeed"] = [OFFER, empty | {"id": "in-2", "title": "Nurse", "job_url": "https://www.indeed.com/viewjob?jk=2"}]
    _, found = read(reading)
    said = posting(found)
    assert said == {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": "Nurse",
        "identifier": {"@type": "PropertyValue", "name": "Indeed", "value": "in-2"},
        "url": "https://www.indeed.com/viewjob?jk=2",
    }


def test_an_unchanged_offer_is_the_same_bytes_again(sites: Sites, reading: Reading) -> None:
    sites.rows["indeed"] = [OFFER]
    (first,) = read(reading)
    sites.rows["indeed"] = [OFFER | {"vacancy_count": 4, "company_rating": 4.2}]
    assert [posting(again) for again in read(reading)] == [posting(first)]


def test_an_offer_that_a_site_dates_by_its_age_keeps_its_first_day(sites: Sites, reading: Reading) -> None:
    for day in (20, 21):
        sites.rows["glassdoor"] = [OFFER | {"id": "gd-1", "date_posted": date(2026, 11, day)}]
        (found,) = read(reading, "glassdoor")
        assert posting(found)["datePosted"] == "2026-11-20"


def test_a_text_that_a_site_does_not_show_this_time_is_not_lost(sites: Sites, reading: Reading) -> None:
    sites.rows["indeed"] = [OFFER]
    read(reading)
    sites.rows["indeed"] = [OFFER | {"description": None}]
    assert read(reading) == []
    assert reading.counts.skipped == 1


def test_a_salary_that_was_guessed_from_the_text_is_left_to_the_extraction(sites: Sites, reading: Reading) -> None:
    sites.rows["indeed"] = [OFFER | {"salary_source": "description"}]
    (found,) = read(reading)
    assert "baseSalary" not in posting(found)


def test_where_a_visitor_came_from_is_no_part_of_a_page(sites: Sites, reading: Reading) -> None:
    sites.rows["google"] = [OFFER | {"id": None, "job_url": "https://jobs.example.org/1?utm_source=google_jobs_apply&ref=2"}]
    (found,) = read(reading, "google")
    assert found.source_uri == "https://jobs.example.org/1?ref=2"
    assert found.source_key == "google:https://jobs.example.org/1?ref=2"


@pytest.mark.parametrize("how", ["blocked", "raises"])
def test_a_site_that_breaks_costs_no_other_and_is_said_in_the_end(sites: Sites, reading: Reading, how: str) -> None:
    sites.rows = {"linkedin": [OFFER | {"id": "li-1"}], "indeed": [OFFER]}
    if how == "blocked":
        sites.errors["linkedin"] = "response status code 429 (blocked: use a proxy)"
    else:
        sites.faults["linkedin"] = KeyError("data-entity-urn")
    found: list[str] = []
    with pytest.raises(ServiceUnavailable, match=r"boards: LinkedIn \(.*(429|data-entity-urn).* is kept"):
        found.extend(d.source_key for answer in read_jobspy(source("linkedin", "indeed"), reading) for d in answer.documents)
    assert found == (["linkedin:li-1", "indeed:in-5e40"] if how == "blocked" else ["indeed:in-5e40"])
    assert [asked["site_name"] for asked in sites.asked] == [["linkedin"], ["indeed"]], "one site at a time"


def test_rows_in_another_shape_are_kept_whole_and_can_be_read_again(sites: Sites, reading: Reading) -> None:
    sites.columns = ["site", "job_title", "company"]
    sites.rows["indeed"] = [{"site": "indeed", "job_title": "Nurse", "company": "CHU"}]
    (kept,) = read(reading)
    assert isinstance(kept, RejectedDocument)
    assert kept.error_code == "unexpected_answer"
    assert "job_title" in kept.detail
    payload = kept.payload.replace(b"job_title", b"title")
    (found,) = reread_jobspy(source(), kept.source_uri, payload)
    assert posting(found)["title"] == "Nurse"


def test_a_row_without_a_title_is_kept_apart_from_those_with_one(sites: Sites, reading: Reading) -> None:
    sites.rows["indeed"] = [OFFER | {"id": "in-1", "title": None}, OFFER]
    lost, found = read(reading)
    assert isinstance(lost, RejectedDocument)
    assert (lost.error_code, lost.source_key) == ("empty_document", "indeed:in-1")
    assert json.loads(lost.payload)[0]["company"] == "Acme"
    assert posting(found)["title"] == "Data engineer"


@pytest.mark.parametrize("payload", [b"", b"no json", b"[1, null]", b"{}"])
def test_rows_that_cannot_be_read_again_raise_nothing(payload: bytes) -> None:
    assert not any(isinstance(found, RawDocument) for found in reread_jobspy(source(), "indeed", payload))


def test_an_offer_found_twice_in_one_search_is_one(sites: Sites, reading: Reading) -> None:
    sites.rows["indeed"] = [OFFER, OFFER]
    assert len(read(reading)) == 1


def test_the_search_is_asked_as_the_source_says(sites: Sites, reading: Reading) -> None:
    read(reading, "ZipRecruiter", "zip_recruiter", location="Lyon", country="France", results=7)
    (asked,) = sites.asked
    assert (asked["site_name"], asked["search_term"], asked["location"]) == (["zip_recruiter"], "engineer", "Lyon")
    assert (asked["country_indeed"], asked["results_wanted"]) == ("france", 7)


@pytest.mark.parametrize(("more", "said"), [({"sites": ["monster"]}, "monster"), ({"country": "Atlantis"}, "Atlantis")])
def test_what_no_scraper_knows_is_named_with_what_it_knows(
    sites: Sites, reading: Reading, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadSettings, match=rf"boards .*{said}.*use (one of )?\w+"):
        read(reading, **more)
    assert sites.asked == []


def test_every_site_of_the_package_is_known() -> None:
    assert set(SITES) == {site.value for site in jobspy.model.Site}


def test_the_search_has_the_arguments_of_the_package(sites: Sites, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    import inspect

    read(reading)
    monkeypatch.undo()
    inspect.signature(jobspy.scrape_jobs).bind(**sites.asked[0])


def test_without_the_package_the_extra_is_named(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = builtins.__import__

    def missing(name: str, *arguments: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "jobspy":
            raise ModuleNotFoundError(name)
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtra, match=r"talentflow\[jobspy\]"):
        read(reading)


@pytest.mark.live
def test_the_real_indeed_gives_offers(reading: Reading) -> None:
    found = read(reading, "indeed", search_term="engineer", location="Paris", country="France", results=3)
    assert any(isinstance(d, RawDocument) for d in found)
