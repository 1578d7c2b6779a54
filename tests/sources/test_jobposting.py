"""JobPostings made of a source's fields: the same bytes for the same fields, and nothing invented."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.jobposting import (
    MEDIA_TYPE,
    amount,
    employment_type,
    encode,
    iso_date,
    job_posting,
    named_place,
    place,
    text,
    unit,
    workplace_of,
)
from talentflow.documents import read


def test_a_property_without_a_value_is_left_out() -> None:
    assert job_posting(title="Nurse", company=" ", description=None, places=[None, place(), place("", None, "nl")]) == {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": "Nurse",
        "jobLocation": {"@type": "Place", "address": {"@type": "PostalAddress", "addressCountry": "NL"}},
    }


def test_the_same_fields_give_the_same_bytes() -> None:
    said = {"title": "Infirmière", "company": "Hôpital", "skills": ["soins", "", None]}
    assert encode(job_posting(**said)) == encode(job_posting(**dict(reversed(said.items()))))
    assert encode(job_posting(**said)).decode().startswith('{"@context":"https://schema.org/","@type":"JobPosting","hiringOrg')
    assert "Infirmière".encode() in encode(job_posting(**said))
    assert encode({"title": "\ud800"}) == b'{"title":"?"}'


def test_the_same_place_is_kept_once() -> None:
    twice = job_posting(title="x", places=[place("Berlin", None, "de"), place("Berlin", None, "DE"), named_place("Paris")])
    assert twice["jobLocation"] == [
        {"@type": "Place", "address": {"@type": "PostalAddress", "addressLocality": "Berlin", "addressCountry": "DE"}},
        {"@type": "Place", "address": "Paris"},
    ]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-08-05", "2026-08-05"),
        ("2026-08-05T23:59:59-04:00", "2026-08-05"),
        ("2026-08-05 09:41:37 UTC", "2026-08-05"),
        ("20260805T101010Z", "2026-08-05"),
        ("Wed, 19 Aug 2026 23:10:38 GMT", "2026-08-19"),
        ("07/15/2026", "2026-07-15"),
        ("15/07/2026", "2026-07-15"),
        ("05.08.2026", "2026-08-05"),
        (1764205361939, "2025-11-27"),
        (1785801600, "2026-08-04"),
        ("Posted 3 Days Ago", None),
        ("2026-13-01", None),
        ("30/30/2026", None),
        ("", None),
        (None, None),
        (True, None),
        (0, None),
        (-5, None),
        (10**40, None),
        (float("nan"), None),
        ({"day": 1}, None),
    ],
)
def test_dates_keep_the_day_that_the_source_names(said: object, day: str | None) -> None:
    assert iso_date(said) == day


def test_a_date_in_figures_is_read_as_the_source_writes_it() -> None:
    assert iso_date("05/08/2026") == "2026-05-08"
    assert iso_date("05/08/2026", day_first=True) == "2026-08-05"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Full-time", "FULL_TIME"),
        ("FullTime", "FULL_TIME"),
        ("FULL_TIME", "FULL_TIME"),
        ("Temps partiel", "PART_TIME"),
        ("Werkstudent", "INTERN"),
        ("Per Diem", "PER_DIEM"),
        ("permanent", "permanent"),
        ("", None),
        (None, None),
        (["x"], None),
    ],
)
def test_employment_types_become_those_of_schema_org(said: object, kind: str | None) -> None:
    assert employment_type(said) == kind


def test_workplaces() -> None:
    assert workplace_of("ON_SITE") == workplace_of("OnSite") == workplace_of("In office") == "on_site"
    assert workplace_of("Hybrid", remote=True) == "hybrid"
    assert workplace_of(None, remote="true") == workplace_of("Fully remote") == "remote"
    assert workplace_of("Berlin", remote=False) is None
    assert job_posting(title="x", workplace="remote")["jobLocationType"] == "TELECOMMUTE"


def test_amounts() -> None:
    assert amount("60,000", 75000.0, "eur", "1 YEAR") == {
        "@type": "MonetaryAmount",
        "currency": "EUR",
        "value": {"@type": "QuantitativeValue", "unitText": "YEAR", "minValue": 60000, "maxValue": 75000},
    }
    assert amount(12.5, 12.5, "Euro", "hourly") == {
        "@type": "MonetaryAmount",
        "value": {"@type": "QuantitativeValue", "unitText": "HOUR", "value": 12.5},
    }
    assert amount(0, None) is amount("negotiable", [], "EUR") is amount(True, float("nan")) is None
    assert [unit(said) for said in ("per-year-salary", "Years", "monthly", "per-hour-wage", "an hour", "Annual Salary Range", "fortnight", None)] == [
        "YEAR", "YEAR", "MONTH", "HOUR", "HOUR", "YEAR", None, None,
    ]  # fmt: skip


_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(title=st.text(min_size=1), values=st.lists(_VALUES, min_size=8, max_size=8))
def test_no_value_raises(title: str, values: list[Any]) -> None:
    posting = job_posting(
        title=title,
        description=values[0],
        company=values[1],
        places=[place(*values[:3]), named_place(values[3])],
        employment_types=values[:4],
        date_posted=values[4],
        valid_through=values[5],
        salary=amount(*values[:4]),
        identifier=values[6],
        skills=values,
        industry=values[7],
    )
    content = encode(posting)
    assert json.loads(content).keys() == posting.keys()
    if text(title):
        read(content, media_type=MEDIA_TYPE, name="offer")
