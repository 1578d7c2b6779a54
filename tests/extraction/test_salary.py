"""What pay a text offers, and what money in it is no pay."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentflow.extraction.salary import find_salary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rémunération : 45-55 K€ brut annuel", (45000, 55000, "EUR", "YEAR")),
        ("Salaire : 45 000 € à 55 000 € brut par an", (45000, 55000, "EUR", "YEAR")),
        ("£30,000 - £35,000 per annum", (30000, 35000, "GBP", "YEAR")),
        ("Pay: $50/hr", (50, 50, "USD", "HOUR")),
        ("TJM 500€", (500, 500, "EUR", "DAY")),
        ("TJM : 450 - 550 €", (450, 550, "EUR", "DAY")),
        ("1 800 € net mensuel", (1800, 1800, "EUR", "MONTH")),
        ("Base salary: $45-$65k Equity", (45000, 65000, "USD", "YEAR")),
        ("Competitive salary of USD $80,000–$100,000 annual base", (80000, 100000, "USD", "YEAR")),
        ("The salary range is 3,500 - $6,000 per month (Gross in USD)", (3500, 6000, "USD", "MONTH")),
        ("Compensation: Up to $5,600 USD/month", (None, 5600, "USD", "MONTH")),
        ("Salaire : à partir de 28000 € brut/an", (28000, None, "EUR", "YEAR")),
        ("Salaire : 12,50 € de l'heure", (12.5, 12.5, "EUR", "HOUR")),
        ("Salaire : 1 801,80 € brut mensuel", (1801.8, 1801.8, "EUR", "MONTH")),
        ("Salary CHF 90'000 per year", (90000, 90000, "CHF", "YEAR")),
        ("Salaire fixe 24 k€ + primes 500 € par mois", (24000, 24000, "EUR", "YEAR")),
        ("The internship is paid at £650 per week", (650, 650, "GBP", "WEEK")),
    ],
)
def test_pay_is_read_with_currency_and_unit(text: str, expected: tuple[float | None, float | None, str, str]) -> None:
    found = find_salary(text)
    assert found is not None
    salary = found.salary
    assert (salary.min_value, salary.max_value, salary.currency, salary.unit) == expected
    assert any(character.isdigit() for character in text[found.start : found.end])


@pytest.mark.parametrize(
    "text",
    [
        "A competitive salary, over $100M in annual bookings",
        "401k match and 10 000 employees",
        "Salaire : SMIC",
        "Salary: DOE",
        "Rémunération selon profil",
        "Un chiffre d'affaires de 45 000 € par an",
        "Ticket restaurant de 9 € par jour",
        "A learning budget of USD 2,000 per year",
        "Healthcare stipend: $50/month",
        "We pay $20 per 100 words",
        "We raised a $25M Series A",
    ],
)
def test_other_money_is_no_pay(text: str) -> None:
    assert find_salary(text) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("45000 - 65000 USD per year", (45000, 65000, "USD", "YEAR")),
        ("up to 95000 GBP per year", (None, 95000, "GBP", "YEAR")),
        ("35-40 k€", (35000, 40000, "EUR", "YEAR")),
        ("2000 à 2300", (2000, 2300, "EUR", "MONTH")),
    ],
)
def test_a_labelled_value_needs_no_other_word(value: str, expected: tuple[float | None, float, str, str]) -> None:
    found = find_salary(value, labelled=True, language="fr")
    assert found is not None
    assert (found.salary.min_value, found.salary.max_value, found.salary.currency, found.salary.unit) == expected


@given(
    low=st.integers(13, 190),
    spread=st.integers(1, 60),
    kind=st.sampled_from(["{0} 000 € à {1} 000 €", "{0}-{1} k€", "{0}K€ - {1}K€"]),
)
def test_every_range_of_thousands_comes_back(low: int, spread: int, kind: str) -> None:
    found = find_salary(f"Salaire : {kind.format(low, low + spread)} brut annuel")
    assert found is not None
    assert (found.salary.min_value, found.salary.max_value) == (low * 1000, (low + spread) * 1000)


@given(st.text(max_size=300))
def test_any_text_gives_an_answer_within_it(text: str) -> None:
    found = find_salary(text, labelled=True)
    if found is not None:
        assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize("unit", ["1 ", "$", "1", "1,", "1 000 ", "salary $1 ", "€ - "])
def test_time_grows_with_the_text_alone(unit: str) -> None:
    started = time.process_time()
    find_salary(unit * (60_000 // len(unit)))
    assert time.process_time() - started < 2
