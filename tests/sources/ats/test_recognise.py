"""Addresses that name a board, as people copy them from their browser."""

from __future__ import annotations

import re

import pytest

from producers.ats import SYSTEMS, adapter_named, recognise
from tests.command import ROOT

BOARDS = {
    "https://boards.greenhouse.io/acme": ("greenhouse", "acme"),
    "https://job-boards.greenhouse.io/acme/jobs/41001?gh_src=x": ("greenhouse", "acme"),
    "https://job-boards.eu.greenhouse.io/acme/": ("greenhouse", "acme"),
    "https://boards.greenhouse.io/embed/job_board?for=acme&b=1": ("greenhouse", "acme"),
    "https://boards-api.greenhouse.io/v1/boards/acme/jobs": ("greenhouse", "acme"),
    "https://jobs.lever.co/acme/6f1c-a": ("lever", "acme"),
    "https://jobs.eu.lever.co/acme": ("lever", "eu/acme"),
    "https://jobs.ashbyhq.com/Acme%20Labs": ("ashby", "Acme Labs"),
    "https://apply.workable.com/acme/j/AB12/": ("workable", "acme"),
    "https://acme.workable.com/": ("workable", "acme"),
    "https://jobs.smartrecruiters.com/Acme1/7439-optician": ("smartrecruiters", "Acme1"),
    "https://careers.smartrecruiters.com/Acme1": ("smartrecruiters", "Acme1"),
    "https://acme.recruitee.com/o/nurse": ("recruitee", "acme"),
    "https://career.teamtailor.com/jobs": ("teamtailor", "career"),
    "https://acme.na.teamtailor.com/jobs": ("teamtailor", "acme.na"),
    "https://acme.jobs.personio.de/job/1834?language=de": ("personio", "acme"),
    "https://acme.jobs.personio.com": ("personio", "acme"),
    "https://acme.wd5.myworkdayjobs.com/en-US/External/job/Leeds/Engineer_JR35": ("workday", "acme.wd5/External"),
    "https://acme.wd12.myworkdayjobs.com/External": ("workday", "acme.wd12/External"),
    "https://acme.wd1.myworkdayjobs.com/wday/cxs/acme/Ext/jobs": ("workday", "acme.wd1/Ext"),
    "https://acme.bamboohr.com/careers/86": ("bamboohr", "acme"),
    "https://acme.eightfold.ai/careers?domain=acme-energy.com&pid=1": ("eightfold", "acme/acme-energy.com"),
    "https://acme.eightfold.ai/careers/job/109955": ("eightfold", "acme"),
    "https://freehire.me/jobs?q=data%20engineer&country=us": ("freehire", "data engineer"),
    "https://acme.hrmdirect.com/employment/job-openings.php?search=true": ("hrmdirect", "acme"),
    "https://careers-acme.icims.com/jobs/8214/tax-specialist/job": ("icims", "careers-acme"),
    "https://jobs.jobvite.com/acme/job/octx": ("jobvite", "acme"),
    "https://jobs.jobvite.com/careers/acme/jobs": ("jobvite", "acme"),
    "https://www.governmentjobs.com/careers/rivertown/jobs/410001": ("neogov", "rivertown"),
    "https://www.governmentjobs.com/SearchEngine/JobsFeed?agency=rivertown": ("neogov", "rivertown"),
    "https://tide.fa.em2.oraclecloud.com/hcmUI/CandidateExperience/en/sites/CX_1/job/25587": (
        "oracle",
        "tide.fa.em2.oraclecloud.com/CX_1",
    ),
    "https://recruiting.paylocity.com/Recruiting/Jobs/All/0b5c1d2e-0000-4000-8000-00000000abcd/Acme": (
        "paylocity",
        "0b5c1d2e-0000-4000-8000-00000000abcd",
    ),
    "https://careers.acme.com/global/en/search-results?keywords=x": ("phenom", "careers.acme.com/global/en"),
    "https://acme.pinpointhq.com/en/postings/post-1": ("pinpoint", "acme"),
    "https://ats.rippling.com/en-GB/acme/jobs/2f06": ("rippling", "acme"),
    "HTTPS://ATS.Rippling.com/Acme/jobs": ("rippling", "Acme"),
}
OTHERS = [
    "https://www.example.org/jobs",
    "https://notjobs.lever.co.example.org/acme",
    "https://example.org/?next=https://jobs.lever.co/acme",
    "https://jobs.lever.co",
    "https://www.greenhouse.io/",
    "https://www.workable.com/pricing",
    "https://apply.workable.com/j/AB12",
    "https://www.recruitee.com/",
    "https://user:secret@jobs.lever.co/acme",
    "ftp://jobs.lever.co/acme",
    "file:///etc/passwd",
    "https://[bad",
    "acme",
    "",
]


@pytest.mark.parametrize("url", BOARDS)
def test_the_address_of_a_board_names_it(url: str) -> None:
    assert recognise(url) == BOARDS[url]


@pytest.mark.parametrize("url", OTHERS)
def test_other_addresses_name_none(url: str) -> None:
    assert recognise(url) is None


def test_every_system_is_recognised_and_says_its_terms() -> None:
    assert {system for system, _ in BOARDS.values()} == {*SYSTEMS}
    for name in SYSTEMS:
        adapter = adapter_named(name)
        assert adapter.name == name
        assert len(adapter.terms) > 40
        assert adapter.base("acme").startswith("https://")


def test_the_documentation_lists_every_system() -> None:
    table = (ROOT / "docs" / "ats.md").read_text(encoding="utf-8")
    assert {*SYSTEMS} == {*re.findall(r"^\| ([a-z]+) \| ", table, re.MULTILINE)}
