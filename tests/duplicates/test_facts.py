"""What titles and employers are compared by, and which facts keep two offers apart."""

from __future__ import annotations

from typing import Any

import pytest

from talentflow.duplicates.facts import Facts, agree, employer_key, facts_of, same_employer, title_key
from talentflow.records import Place, Salary
from tests.duplicates.build import LYON, PARIS, Posted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Data Engineer", "DATA ENGINEER (m/f/d)"),
        ("Développeur H/F", "Développeuse"),
        ("Développeur·euse full-stack", "Développeur Full Stack (F/H)"),
        ("Senior Data Engineer", "Data Engineer, Senior"),
        ("Sr. Data Engineer", "Senior Data Engineer"),
        ("Data Engineer", "Data Engineer - CDI - remote"),
        ("[Job 29555] Data Engineer", "Data Engineer (Ref. 2026-118)"),
        ("Nurse x3", "Nurse"),
        ("Stage - Chargé de formation", "Stagiaire chargée de formation"),
        ("Platform Engineer - Market Research & Insights", "Platform Engineer- Market Research and Insights"),
    ],
)
def test_a_title_is_the_same_however_boards_write_it(one: str, other: str) -> None:
    assert title_key(one) == title_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Senior Data Engineer", "Junior Data Engineer"),
        ("Senior Data Engineer", "Data Engineer"),
        ("Software Engineer, Payments", "Software Engineer, Logistics"),
        ("Technician N1", "Technician N2"),
        ("Java Developer", "JavaScript Developer"),
        ("Night nurse", "Day nurse"),
        ("Data Analyst", "Data Analyst Intern"),
    ],
)
def test_another_level_team_or_speciality_is_another_title(one: str, other: str) -> None:
    assert title_key(one) != title_key(other)


def test_a_title_without_its_own_places_and_employer() -> None:
    assert title_key("Data engineer at Nordlys, Lyon", ("lyon",), ("nordlys",)) == title_key("Data engineer")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Nordlys", "NORDLYS SAS", True),
        ("Nordlys S.A.S.", "Nordlys", True),
        ("Müller & Söhne GmbH", "Muller Sohne", True),
        ("Nordlys", "Nordlys Group", True),
        ("Nordlys France", "Nordlys", True),
        ("Nordlys", "Nordlys Catering", False),
        ("Acme Corp", "Globex Corp", False),
        ("Limited", "Limited", True),
    ],
)
def test_an_employer_is_known_without_its_legal_form(one: str, other: str, same: bool) -> None:
    assert same_employer(facts(hiring_organization=one), facts(hiring_organization=other)) is same


def test_a_name_that_is_a_legal_form_stays() -> None:
    assert employer_key("Co.") == ("co",)


def facts(**fields: Any) -> Facts:
    return facts_of(Posted("a", fields=fields).record.model_dump())


def salary(low: float | None, high: float | None, currency: str = "EUR", unit: str = "YEAR") -> Salary:
    return Salary(min_value=low, max_value=high, currency=currency, unit=unit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "can_be"),
    [
        ({}, {}, True),
        ({"job_location": LYON}, {"job_location": PARIS}, False),
        ({"job_location": LYON}, {"job_location": []}, True),
        ({"job_location": LYON}, {"job_location": [*LYON, *PARIS]}, False),
        ({"job_location": LYON}, {"job_location": [Place(country="FR")]}, True),
        ({"job_location": LYON}, {"job_location": [Place(country="DE")]}, False),
        ({"job_location": [Place(country="BR")]}, {"job_location": [Place(country="BR"), Place(country="US")]}, True),
        ({"contract": "permanent"}, {"contract": "fixed_term"}, False),
        ({"contract": "permanent"}, {"contract": None}, True),
        ({"employment_type": "FULL_TIME"}, {"employment_type": "PART_TIME"}, False),
        ({"workplace": "remote"}, {"workplace": "on_site"}, False),
        ({"workplace": "remote"}, {"workplace": "hybrid"}, True),
        ({"seniority": "junior"}, {"seniority": "senior"}, False),
        ({"seniority": "senior"}, {"seniority": "lead"}, True),
        ({"experience_years": 2.0}, {"experience_years": 8.0}, False),
        ({"language": "en"}, {"language": "fr"}, False),
        ({"base_salary": salary(40000, 50000)}, {"base_salary": salary(40000, 50000)}, True),
        ({"base_salary": salary(40000, 50000)}, {"base_salary": salary(60000, 70000)}, False),
        ({"base_salary": salary(36000, None)}, {"base_salary": salary(3000, None, unit="MONTH")}, True),
        ({"base_salary": salary(40000, 50000, "EUR")}, {"base_salary": salary(42000, 52000, "GBP")}, False),
        ({"base_salary": salary(40000, 50000, "USD")}, {"base_salary": salary(40000, 50000, "CAD")}, True),
        ({"base_salary": salary(40000, None)}, {"base_salary": salary(None, 50000)}, True),
        ({"title": None}, {"title": None}, False),
        ({"title": "Engineer (Porto Alegre)", "job_location": []}, {"title": "Engineer (Campinas)", "job_location": []}, False),
        (
            {"title": "Engineer (Porto Alegre)", "job_location": LYON},
            {"title": "Engineer (Campinas)", "job_location": LYON},
            False,
        ),
        ({"title": "Engineer (Brazil)", "job_location": []}, {"title": "Engineer (India)", "job_location": []}, False),
        ({"title": "Engineer (Lyon)", "job_location": []}, {"title": "Engineer", "job_location": LYON}, True),
        ({"title": "R&amp;D engineer"}, {"title": "R&D Engineer - France"}, True),
    ],
)
def test_offers_can_be_one_when_nothing_that_both_say_differs(one: dict[str, Any], other: dict[str, Any], can_be: bool) -> None:
    assert agree(facts(**one), facts(**other)) is can_be
    assert agree(facts(**other), facts(**one)) is can_be
