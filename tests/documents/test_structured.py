"""JSON Resume, JobPosting and rows of data sets become canonical text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from talentflow.documents import Text, read

DATA = Path(__file__).parents[2].parent / "shared/data"


def told(value: Any) -> Text:
    return read(json.dumps(value).encode(), name="row.json")


OFFER = """Title: Data Engineer
Company: Northwind Labs
Location: Lyon, France
Employment type: full_time
Contract: CDI
Workplace: remote
Salary: 45000 - 65000 USD per year
Date posted: 2026-01-02
Valid through: 2026-03-01
Seniority: senior

We move data.
Every day.

Responsibilities:
- Build
- Run

Requirements:
Five years

URL: https://n.example/1
shoe size: 42"""


@pytest.mark.parametrize(
    "row",
    [
        {
            "id": 1,
            "title": "Data Engineer",
            "company": "Northwind Labs",
            "location": "Lyon, France",
            "job_type": "full_time",
            "contract": "CDI",
            "remote": True,
            "salary_min": 45000,
            "salary_max": 65000.0,
            "currency": "USD",
            "salary_period": "yearly",
            "published_at": "2026-01-02",
            "valid_through": "2026-03-01",
            "seniority": "senior",
            "description": "<p>We move data.</p><p></p>Every day.",
            "responsibilities": "<ul><li>Build</li><li>Run</li></ul>",
            "requirements": "Five years",
            "url": "https://n.example/1",
            "shoe size": "42",
        },
        {
            "Intitulé du poste": "Data Engineer",
            "Entreprise": "Northwind Labs",
            "Lieu": "Lyon, France",
            "employmentType": "full_time",
            "Type de contrat": "CDI",
            "Télétravail": "oui",
            "salary": {"min": 45000, "max": 65000, "currency": "USD", "period": "year"},
            "Date de publication": "2026-01-02",
            "Date limite": "2026-03-01",
            "Niveau": "senior",
            "Descriptif": "&lt;p&gt;We move data.&lt;/p&gt;Every day.",
            "Missions": ["Build", "Run"],
            "Profil": "Five years",
            "Lien": "https://n.example/1",
            "shoe size": 42,
            "devise": None,
        },
    ],
)
def test_a_row_under_any_of_its_names_is_the_same_offer(row: dict[str, Any]) -> None:
    text = told(row)
    assert text.text.replace("data.\n\nEvery", "data.\nEvery") == OFFER
    assert text.kind_hint == "job_offer"
    assert text.notes == ["unknown columns were kept as they are: shoe size"]


@pytest.mark.parametrize("missing", [None, "", "None", "N/A", "nan", [], {}, "null"])
def test_a_missing_value_leaves_no_line(missing: Any) -> None:
    text = told(
        {"title": "Cook", "company": missing, "location": missing, "salary_min": missing, "description": "Cooks.", "x": missing}
    )
    assert text.text == "Title: Cook\n\nCooks."


@pytest.mark.parametrize(
    ("row", "kind", "text"),
    [
        (
            {"ID": 7, "Resume_str": "Ada Martin\nEngineer", "Resume_html": "<p>x</p>", "Category": "IT"},
            "cv",
            "Ada Martin\nEngineer",
        ),
        ({"id": "a", "text": "Ada Martin"}, None, "Ada Martin"),
        ({"cv": "<p>Ada</p><p>Martin</p>"}, "cv", "Ada\n\nMartin"),
        ({"title": "Cook", "text": "Cooks all day."}, None, "Cook\nCooks all day."),
        ({"title": "Cook", "company": "N", "text": "Cooks all day."}, "job_offer", "Title: Cook\nCompany: N\n\nCooks all day."),
    ],
)
def test_a_row_with_one_text_is_that_text(row: dict[str, Any], kind: str | None, text: str) -> None:
    got = told(row)
    assert (got.kind_hint, got.text) == (kind, text)


POSTING = {
    "@type": "JobPosting",
    "title": "Software Engineer",
    "hiringOrganization": {"@type": "Organization", "name": "ABC"},
    "jobLocation": [
        {"@type": "Place", "address": {"addressLocality": "Kirkland", "addressRegion": "WA", "addressCountry": {"name": "US"}}},
        {"@type": "Place", "address": "Paris"},
    ],
    "employmentType": ["FULL_TIME", "CONTRACTOR"],
    "jobLocationType": "TELECOMMUTE",
    "baseSalary": {
        "@type": "MonetaryAmount",
        "currency": "EUR",
        "value": {"@type": "QuantitativeValue", "minValue": 40000, "maxValue": 50000, "unitText": "YEAR"},
    },
    "datePosted": "2026-01-02",
    "experienceRequirements": {"monthsOfExperience": 36},
    "educationRequirements": {"credentialCategory": "bachelor degree"},
    "description": "<p>Build.</p>",
    "skills": ["Python", "SQL"],
    "jobBenefits": "Lunch",
    "color": "red",
}


@pytest.mark.parametrize(
    "wrap", [lambda p: p, lambda p: [p], lambda p: {"@graph": [{"@type": "WebPage"}, p]}, lambda p: {"data": p}]
)
def test_a_jobposting_is_canonical_text_however_it_is_wrapped(wrap: Any) -> None:
    text = told(wrap(POSTING))
    assert text.kind_hint == "job_offer"
    assert text.text == (
        "Title: Software Engineer\nCompany: ABC\nLocation: Kirkland, WA, US; Paris\nEmployment type: FULL_TIME, CONTRACTOR\n"
        "Workplace: remote\nSalary: 40000 - 50000 EUR per year\nDate posted: 2026-01-02\nExperience: 3 years\nEducation: bachelor degree\n\n"
        "Build.\n\nSkills:\n- Python\n- SQL\n\nBenefits:\nLunch\n\nColor: red"
    )
    assert text.notes == ["kept as they were: Color"]


def test_a_json_resume_reads_like_a_cv() -> None:
    resume = {
        "basics": {
            "name": "Ada Martin",
            "label": "Engineer",
            "location": {"city": "Lyon", "countryCode": "FR"},
            "summary": "Ten years.",
        },
        "work": [{"position": "Engineer", "name": "Northwind", "startDate": "2020-01", "highlights": ["Built it"]}],
        "education": [{"studyType": "Master", "area": "Statistics", "institution": "Lyon", "endDate": "2015"}],
        "skills": [{"name": "Data", "keywords": ["Python", "SQL"]}],
        "languages": [{"language": "French", "fluency": "Native"}],
    }
    text = told(resume)
    assert text.kind_hint == "cv"
    assert text.text == (
        "Ada Martin\nEngineer\nLyon, FR\n\nSummary\nTen years.\n\nExperience\nEngineer\nNorthwind\n2020-01 - Present\n- Built it\n\n"
        "Education\nMaster in Statistics\nLyon\n2015\n\nSkills\nData: Python, SQL\n\nLanguages\nFrench: Native"
    )


@pytest.mark.skipif(not DATA.exists(), reason="the shared data is not here")
def test_real_ads_are_offers_with_their_title_first() -> None:
    for line in (DATA / "job_ads/job_ads.jsonl").read_bytes().splitlines():
        text = read(line, media_type="application/json")
        row = json.loads(line)
        assert text.kind_hint == "job_offer"
        assert not text.notes
        assert text.text.startswith("Title: ")
        assert (row["salary_min"] is None) or f"{row['salary_min']}" in text.text


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [
        (12000, None, "from 12000 USD per month"),
        (None, 15000, "up to 15000 USD per month"),
        (12000, 15000, "12000 - 15000 USD per month"),
        (12000, 12000, "12000 USD per month"),
        (None, None, ""),
    ],
)
def test_a_lone_least_or_most_salary_says_so(low: int | None, high: int | None, written: str) -> None:
    from talentflow.documents.values import salary

    assert salary(low, high, "USD", "month") == written
