"""Pay brought to a year and to euros, so that offers can be compared.

The rates are the European Central Bank's euro foreign exchange reference rates of `RATES_OF`, as its daily file
(`eurofxref-daily.xml`) gave them. They are fixed on purpose: an offer's yearly pay then changes with the offer alone, and the
same offer gives the same number on every engine and in every run. Currencies that the bank does not quote have no rate here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

UNITS_A_YEAR: Mapping[str, float] = {"HOUR": 1820.0, "DAY": 220.0, "WEEK": 52.0, "MONTH": 12.0, "YEAR": 1.0}
"""How many of a unit (schema.org unitText) are paid in a year: 35 hours in each of 52 weeks, 220 days."""

RATES_OF = "2025-10-21"

UNITS_A_EURO: Mapping[str, float] = {
    "EUR": 1.0,
    "USD": 1.1607,
    "JPY": 176.45,
    "BGN": 1.9558,
    "CZK": 24.314,
    "DKK": 7.4691,
    "GBP": 0.86780,
    "HUF": 389.63,
    "PLN": 4.2393,
    "RON": 5.0838,
    "SEK": 10.9345,
    "CHF": 0.9230,
    "ISK": 141.60,
    "NOK": 11.6693,
    "TRY": 48.7114,
    "AUD": 1.7885,
    "BRL": 6.2526,
    "CAD": 1.6301,
    "CNY": 8.2626,
    "HKD": 9.0204,
    "IDR": 19272.67,
    "ILS": 3.8174,
    "INR": 102.1073,
    "KRW": 1660.38,
    "MXN": 21.4006,
    "MYR": 4.9086,
    "NZD": 2.0287,
    "PHP": 67.761,
    "SGD": 1.5061,
    "THB": 38.071,
    "ZAR": 20.1148,
}
"""What one euro costs, by ISO 4217 code."""


def yearly(amount: float, unit: str) -> float | None:
    """An amount a `unit` as an amount a year; None for an amount that is none or a unit that is not in `UNITS_A_YEAR`."""
    units = UNITS_A_YEAR.get(unit.strip().upper())
    if units is None or not math.isfinite(amount) or amount < 0:
        return None
    return amount * units if math.isfinite(amount * units) else None


def yearly_euros(amount: float, currency: str, unit: str) -> float | None:
    """An amount of a currency a unit as euros a year, to the cent; None where `yearly` is, or without a rate."""
    a_year, rate = yearly(amount, unit), UNITS_A_EURO.get(currency.strip().upper())
    return None if a_year is None or rate is None else round(a_year / rate, 2)
