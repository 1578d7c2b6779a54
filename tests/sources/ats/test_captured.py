"""Answers captured from 21 systems (the public data beside the repository), against values read off them by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producers.ats import adapter_named
from producers.ats.adapter import Adapter, Board, Request
from producers.ats.reader import BoardReader
from producers.sources import AtsSource
from talentflow.classification import classify
from talentflow.documents import read
from talentflow.extraction.offers import extract_offer
from tests.command import DATA

CAPTURED = DATA / "ats_fixtures"
pytestmark = pytest.mark.skipif(not CAPTURED.exists(), reason="the captured answers are not beside the repository")

_EUR = {"@type": "MonetaryAmount", "currency": "EUR", "value": {"@type": "QuantitativeValue", "minValue": 60000, "maxValue": 75000, "unitText": "YEAR"}}  # fmt: skip
_ACME = "acme"
# file → system, board, entries, offers, the first offer's key and some of its values
ANSWERS: dict[str, tuple[str, str, int, int, str, dict[str, Any]]] = {
    "ashby.json": ("ashby", "HighlightTA", 2, 2, "90fb3621-899e-4b59-925d-25080ec91e18", {"title": "Senior Technical Recruiter", "employmentType": "FULL_TIME", "datePosted": "2026-04-20", "jobLocationType": "TELECOMMUTE"}),
    "bamboohr.json": ("bamboohr", _ACME, 2, 2, "86", {"title": "Nurse Paralegal", "employmentType": "FULL_TIME", "jobLocationType": "on_site"}),
    "eightfold.json": ("eightfold", "albemarle", 2, 2, "1099555326551", {"title": "Supply Planner, Bromine S&OP", "datePosted": "2026-08-04", "employmentDepartment": "Supply Chain"}),
    "freehire_search_page1.json": ("freehire", "salesforce", 2, 2, "salesforce-consultant-acme-gh1", {"title": "Senior Salesforce Consultant", "skills": ["salesforce", "crm"], "jobLocationType": "TELECOMMUTE"}),
    "freehire_search_page2.json": ("freehire", "salesforce", 1, 1, "salesforce-consultant-example-wd1", {"title": "Salesforce Consultant", "jobLocationType": "hybrid"}),
    "greenhouse.json": ("greenhouse", "amplitude", 2, 2, "8636903002", {"title": "Customer Data Scientist - Experimentation", "datePosted": "2026-07-16", "employmentDepartment": "Solutions Consulting", "inLanguage": "en"}),
    "hrmdirect.html": ("hrmdirect", _ACME, 2, 2, "3762934", {"title": "CRM Product Owner", "datePosted": "2026-07-15", "employmentDepartment": "Operations", "hiringOrganization": {"@type": "Organization", "name": "Acme Foundation"}}),
    "icims.html": ("icims", "careers-wipfli", 2, 2, "8214", {"title": "Payroll Tax Specialist", "url": "https://careers-wipfli.icims.com/jobs/8214/payroll-tax-specialist/job"}),
    "jobvite.html": ("jobvite", "feedingamerica", 2, 2, "octxAfww", {"title": "Manager, Development (Chicago/Hybrid)", "jobLocation": {"@type": "Place", "address": "Chicago, Illinois"}}),
    "lever.json": ("lever", "idealistconsulting", 2, 2, "a24ec4e5-5caa-473d-abd4-b71f09a8167b", {"employmentType": "CONTRACTOR", "datePosted": "2025-11-27", "jobLocationType": "TELECOMMUTE", "jobLocation": {"@type": "Place", "address": "Chicago, IL"}}),
    "neogov.xml": ("neogov", "exampleagency", 2, 2, "410001", {"title": "Enterprise Applications Manager", "datePosted": "2026-08-19", "validThrough": "2026-09-20", "hiringOrganization": {"@type": "Organization", "name": "Example Public Agency"}}),
    "oracle_orc.json": ("oracle", "ejov.fa.ca2.oraclecloud.com/CX", 2, 2, "25587", {"title": "Bridge Inspector", "datePosted": "2026-08-07"}),
    "paylocity.html": ("paylocity", "211e692d-c45a-4e3a-ae01-3e497af97929", 2, 2, "4141169", {"title": "Engineer/Associate Engineer, Power Systems", "datePosted": "2026-08-08", "jobLocationType": "hybrid", "hiringOrganization": {"@type": "Organization", "name": "North Carolina Advanced Energy Corporation"}}),
    "personio.xml": ("personio", _ACME, 2, 1, "1834171", {"title": "Staff Software Engineer, Data Platform", "employmentType": ["FULL_TIME", "permanent"], "experienceRequirements": "7-10 years", "datePosted": "2024-11-13"}),
    "phenom.html": ("phenom", "careers.phenom.com/global/en", 2, 2, "P-104461", {"title": "Senior Project Manager(German Speaker)", "employmentType": "FULL_TIME", "datePosted": "2026-04-09"}),
    "pinpoint.json": ("pinpoint", _ACME, 2, 2, "post-001", {"title": "Enterprise Applications Architect", "validThrough": "2026-08-28", "jobLocationType": "TELECOMMUTE"}),
    "recruitee.json": ("recruitee", _ACME, 2, 2, "2700825", {"title": "(Senior) Financial Accountant (f/m/d) - Berlin/Brandenburg Region, Germany", "baseSalary": _EUR, "jobLocationType": "hybrid", "datePosted": "2026-08-05"}),
    "rippling.json": ("rippling", _ACME, 2, 1, "2f0674e6-f01f-4ecd-b459-e947241c211f", {"title": "Account Executive - Accountants Channel (East Coast)", "jobLocation": [{"@type": "Place", "address": "New Jersey, US"}, {"@type": "Place", "address": "New York, NY"}]}),
    "smartrecruiters.json": ("smartrecruiters", "Knight", 1, 1, "743999671674844", {"employmentType": "PART_TIME", "datePosted": "2018-06-08", "industry": "Medical Practice", "occupationalCategory": "Health Care Provider"}),
    "teamtailor.json": ("teamtailor", "career", 2, 2, "20fafb7d-f013-4061-b6de-2894b3e0838b", {"title": "Account Executive - Italy (Madrid based)", "datePosted": "2026-02-04"}),
    "workable.json": ("workable", "zaelab", 2, 1, "DD136DD7E7", {"title": "Business Analyst - Spanish Speaking", "datePosted": "2026-08-05", "jobLocation": [{"@type": "Place", "address": {"@type": "PostalAddress", "addressCountry": "ES"}}, {"@type": "Place", "address": {"@type": "PostalAddress", "addressCountry": "PT"}}]}),
    "workday.json": ("workday", "salesforce.wd12/External_Career_Site", 2, 2, "JR354232", {"title": "Solution Architect / Senior Solution Architect - PubSec - SLED/NGO"}),
}  # fmt: skip


def _reader(system: str, board: str) -> tuple[Adapter, BoardReader]:
    adapter = adapter_named(system)
    base = adapter.base(board)
    return adapter, BoardReader(adapter, Board(board, base), AtsSource(name="captured", ats=system, board=board))


def _groups(file: str) -> tuple[BoardReader, dict[str, list[Any]], int]:
    system, board, *_ = ANSWERS[file]
    adapter, reader = _reader(system, board)
    said = (CAPTURED / file).read_text(encoding="utf-8")
    entries = adapter.listing(reader.board, Request(reader.board.base), said).entries
    groups: dict[str, list[Any]] = {}
    for entry in entries:
        groups.setdefault(reader.key(entry), []).append(entry)
    return reader, groups, len(entries)


@pytest.mark.parametrize("file", ANSWERS)
def test_a_captured_listing_becomes_offers(file: str) -> None:
    system, board, rows, count, first, expected = ANSWERS[file]
    reader, groups, entries = _groups(file)
    assert (entries, len(groups)) == (rows, count)
    postings = {key: reader.offer(entries) for key, entries in groups.items()}
    posting = postings[f"{system}/{board}/{first}"]
    assert {name: posting.get(name) for name in expected} == expected
    for posting in postings.values():
        assert posting["title"]
        assert posting["url"].startswith("https://")
        assert posting["identifier"]["value"]


@pytest.mark.parametrize("file", ANSWERS)
def test_a_captured_offer_is_read_and_extracted(file: str) -> None:
    reader, groups, _ = _groups(file)
    for key, entries in groups.items():
        document = reader.document(key, reader.offer(entries), None)
        posting = json.loads(document.content)
        text = read(document.content, media_type=document.media_type, name=key).text
        offer = extract_offer(text, classify(text, hint="job_offer"))
        assert offer.title
        assert offer.title in " ".join(posting["title"].split())
        if company := posting.get("hiringOrganization"):
            assert offer.hiring_organization == company["name"]


def test_captured_details_complete_their_offers() -> None:
    adapter, reader = _reader("oracle", "ejov.fa.ca2.oraclecloud.com/CX")
    said = (CAPTURED / "oracle_orc_detail.json").read_text()
    posting = adapter.read_detail(reader.board, {"Id": "2026001760", "Title": "Sector Leader"}, said)
    assert posting is not None
    assert posting["responsibilities"] == "<ul><li>Own the implementation roadmap.</li></ul>"
    assert posting["qualifications"] == "<p>Five years of CRM delivery experience.</p>"
    assert posting["jobLocation"] == {"@type": "Place", "address": "Atlanta, GA"}
    assert posting["jobLocationType"] == "hybrid"
    assert posting["datePosted"] == "2026-08-19"


@pytest.mark.parametrize(
    ("file", "slug", "low", "currency"),
    [
        ("freehire_detail_greenhouse.json", "salesforce-consultant-acme-gh1", 135000, "USD"),
        ("freehire_detail_workday.json", "salesforce-consultant-example-wd1", 90000, "EUR"),
    ],
)
def test_captured_details_of_an_index_complete_their_offers(file: str, slug: str, low: int, currency: str) -> None:
    adapter, reader = _reader("freehire", "salesforce")
    posting = adapter.read_detail(reader.board, {"public_slug": slug}, (CAPTURED / file).read_text())
    assert posting is not None
    assert posting["baseSalary"]["value"]["minValue"] == low
    assert posting["baseSalary"]["currency"] == currency
    assert posting["employmentType"] == "FULL_TIME"
    assert posting["experienceLevel"] == "senior"
    assert len(posting["description"]) > 800
