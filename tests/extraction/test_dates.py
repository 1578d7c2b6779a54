"""Dates and ranges as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentflow.extraction.dates import find_date_ranges, find_dates, latest_date, month_span, parse_date, years_covered


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Jan 2020 – Feb 2021", "2020-01", "2021-02"),
        ("03/2019 - 06/2022", "2019-03", "2022-06"),
        ("2018–2020", "2018", "2020"),
        ("(2015-2019)", "2015", "2019"),
        ("2018-19", "2018", "2019"),
        ("2018/2020", "2018", "2020"),
        ("de juin à août 2020", "2020-06", "2020-08"),
        ("Nov – Feb 2021", "2020-11", "2021-02"),
        ("from May 2019 until June 2020", "2019-05", "2020-06"),
        ("du 1er mars 2019 au 30 juin 2019", "2019-03-01", "2019-06-30"),
        ("15/03/2019 au 12.04.2020", "2019-03-15", "2020-04-12"),
        ("03/19 - 06/22", "2019-03", "2022-06"),
        ("janv.2020-déc.2021", "2020-01", "2021-12"),
        ("2011-12 – 2013-05", "2011-12", "2013-05"),
        ("Jan '20 - Feb '21", "2020-01", "2021-02"),
        ("2016 → 2019", "2016", "2019"),
        ("Spring 2020 to Fall 2021", "2020-03", "2021-11"),
    ],
)
def test_closed_ranges(text: str, start: str, end: str) -> None:
    (found,) = find_date_ranges(text)
    assert (found.start_date, found.end_date, found.current, found.single) == (start, end, False, False)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Jan 2020 – Present", "2020-01"),
        ("depuis mars 2021", "2021-03"),
        ("Sept. 2019 à aujourd'hui", "2019-09"),
        ("Sept. 2019 à aujourd’hui", "2019-09"),
        ("since 2017", "2017"),
        ("2019 -\n", "2019"),
        ("March 15, 2021 to date", "2021-03-15"),
        ("De 2012 à ce jour", "2012"),
        ("10/2022—Now", "2022-10"),
        ("Septembre 2018 – en cours", "2018-09"),
    ],
)
def test_ranges_that_last(text: str, start: str) -> None:
    (found,) = find_date_ranges(text)
    assert (found.start_date, found.end_date, found.current) == (start, None, True)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Summer 2021", "2021-06"),
        ("20/12/1990", "1990-12-20"),
        ("12/31/2020", "2020-12-31"),
        ("2022-03-15", "2022-03-15"),
        ("T2 2021", "2021-04"),
    ],
)
def test_single_dates(text: str, iso: str) -> None:
    (found,) = find_date_ranges(text)
    assert found.single
    assert found.start_date == iso
    assert parse_date(text) == iso


@pytest.mark.parametrize(
    "text", ["tel 415-555-2019", "2020 users", "2 000 €", "I may go", "€2019", "06 12 20 19 20", "2,019", "in 2020%"]
)
def test_numbers_that_are_no_dates(text: str) -> None:
    assert find_dates(text) == []


def test_spans_say_the_dates() -> None:
    text = "Nurse, from May 2019 until June 2020, Leeds; since 2021 in York"
    assert [text[r.start : r.end] for r in find_date_ranges(text)] == ["from May 2019 until June 2020", "since 2021"]


def test_latest_date_is_the_latest_mentioned() -> None:
    assert latest_date("2019 - 2021, Jan 2022, 2020") == "2022-01"
    assert latest_date("no date") is None


def test_overlaps_count_once_and_current_runs_to_as_of() -> None:
    spans = [
        month_span("2018", "2020"),
        month_span("2019-01", "2019-06"),
        month_span("2020-01", None, current=True, as_of="2020-12"),
    ]
    assert years_covered(spans) == 3.0
    assert years_covered([month_span("2021-03", "2022-02")]) == 1.0
    assert years_covered([]) == 0.0


@given(st.text(alphabet="0123456789/-.–  JanuaryMarsdepuisàtopresent\n'", max_size=80))
def test_any_text_gives_ordered_spans_inside_it(text: str) -> None:
    last = 0
    for found in find_date_ranges(text):
        assert last <= found.start < found.end <= len(text)
        last = found.end
        assert found.current == (found.end_date is None)


@given(st.integers(1950, 2049), st.integers(1, 12), st.integers(0, 60))
def test_months_between_are_counted(year: int, month: int, months: int) -> None:
    end = year * 12 + month - 1 + months
    span = month_span(f"{year}-{month:02d}", f"{end // 12}-{end % 12 + 1:02d}")
    assert span is not None
    assert span[1] - span[0] == months + 1
