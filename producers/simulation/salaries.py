"""Salaries: an amount for an occupation and a stage, and the many ways to write it."""

from __future__ import annotations

from random import Random
from typing import Any

Truth = dict[str, Any]

_CURRENCY = {
    "GB": ("£", "GBP", 0.9),
    "US": ("$", "USD", 1.4),
    "CA": ("$", "CAD", 1.5),
    "IE": ("€", "EUR", 1.1),
    "CH": ("CHF", "CHF", 1.9),
}
_HOURS = {"en": 1950, "fr": 1820}
_STAGE = {"intern": 0.0, "junior": 0.08, "mid": 0.35, "senior": 0.7, "lead": 0.95}


def salary(rng: Random, language: str, country: str, pay: list[int], stage: str, contract: str) -> tuple[str, Truth | None]:
    """The text of a salary and its truth; the text of one that names no amount has truth None."""
    if rng.random() < 0.12:
        vague = {
            "en": [
                "Competitive",
                "Competitive salary",
                "Depending on experience",
                "According to national pay scales",
                "To be agreed",
            ],
            "fr": [
                "Selon profil",
                "Selon expérience",
                "À négocier",
                "Selon convention collective",
                "Grille de la fonction publique",
            ],
        }
        return rng.choice(vague[language]), None
    symbol, currency, factor = _CURRENCY.get(country, ("€", "EUR", 1.0))
    low = (pay[0] + (pay[1] - pay[0]) * _STAGE[stage] * rng.uniform(0.8, 1.1)) * 1000 * factor
    if contract in ("internship", "apprenticeship"):
        low = rng.choice([7800, 8400, 9600, 12000, 14400]) * factor
    spread = rng.choice([1.0, 1.08, 1.15, 1.25])
    unit = rng.choices(["YEAR", "MONTH", "HOUR", "DAY"], [6, 1, 2, 0] if language == "en" else [4, 4, 2, 0])[0]
    if contract == "freelance":
        unit = rng.choice(["DAY", "DAY", "HOUR"])
        low *= 1.8
    elif contract in ("internship", "apprenticeship"):
        unit = "MONTH"
    low, high = _rounded(low, unit, language), _rounded(low * spread, unit, language)
    write = _english if language == "en" else _french
    text, minimum, maximum = write(rng, low, high, symbol, currency, unit)
    return text, {"min_value": minimum, "max_value": maximum, "currency": currency, "unit": unit}


def _rounded(amount: float, unit: str, language: str) -> float:
    if unit == "YEAR":
        return float(round(amount / 500) * 500)
    if unit == "MONTH":
        return float(round(amount / 12 / 10) * 10)
    if unit == "DAY":
        return float(round(amount / 218 / 5) * 5)
    return round(amount / _HOURS[language] * 20) / 20


def _english(
    rng: Random, low: float, high: float, symbol: str, currency: str, unit: str
) -> tuple[str, float | None, float | None]:
    word = {
        "YEAR": ["per annum", "a year", "per year", "annually", "/year", "p.a.", "gross per year"],
        "MONTH": ["per month", "a month", "/month", "monthly"],
        "DAY": ["per day", "a day", "/day", "day rate"],
        "HOUR": ["per hour", "an hour", "/hour", "/hr", "p/h"],
    }[unit]
    per = rng.choice(word)
    per = per if per.startswith("/") else f" {per}"
    prefix = f"{symbol} " if symbol == "CHF" else symbol

    def money(value: float) -> str:
        return f"{prefix}{value:,.2f}" if unit == "HOUR" and value % 1 else f"{prefix}{value:,.0f}"

    def thousands(value: float) -> str:
        return f"{value / 1000:g}"

    single = low == high
    form = rng.randint(0, 6)
    if single:
        if form == 0 and unit == "YEAR":
            return f"{prefix}{thousands(low)}k", low, low
        if form == 1:
            return f"Up to {money(low)}{per}", None, low
        if form == 2:
            return f"From {money(low)}{per}", low, None
        return f"{money(low)}{per}", low, low
    if form == 0 and unit == "YEAR":
        return (
            rng.choice(
                [
                    f"{prefix}{thousands(low)}k - {prefix}{thousands(high)}k",
                    f"{prefix}{thousands(low)}-{thousands(high)}k",
                    f"{prefix}{thousands(low)}k–{prefix}{thousands(high)}k{per}",
                ]
            ),
            low,
            high,
        )
    if form == 1:
        return f"between {money(low)} and {money(high)}{per}", low, high
    if form == 2:
        return f"{money(low)} to {money(high)}{per}", low, high
    if form == 3 and symbol != "CHF":
        return f"{money(low)}–{money(high)} {currency}{per}", low, high
    return f"{money(low)} - {money(high)}{per}", low, high


def _french(
    rng: Random, low: float, high: float, symbol: str, currency: str, unit: str
) -> tuple[str, float | None, float | None]:
    word = {
        "YEAR": ["brut annuel", "brut par an", "par an", "bruts annuels", "/ an", "brut/an"],
        "MONTH": ["brut mensuel", "par mois", "brut par mois", "net par mois", "/ mois", "brut/mois"],
        "DAY": ["par jour", "/ jour", "HT par jour", "de TJM"],
        "HOUR": ["de l'heure", "brut de l'heure", "par heure", "/ heure", "brut horaire"],
    }[unit]
    per = rng.choice(word)
    gap = rng.choice([" ", " ", " ", "", "."])
    gap = " " if gap == "." and unit == "HOUR" else gap

    def number(value: float) -> str:
        text = f"{value:,.2f}" if unit == "HOUR" or rng.random() < 0.08 else f"{value:,.0f}"
        whole, _, cents = text.partition(".")
        return whole.replace(",", gap) + (f",{cents}" if cents else "")

    def money(value: float) -> str:
        return f"{number(value)} {symbol}"

    single = low == high
    form = rng.randint(0, 6)
    if unit == "YEAR" and form in (0, 1) and symbol == "€":
        first, last = f"{low / 1000:g}".replace(".", ","), f"{high / 1000:g}".replace(".", ",")
        if single:
            return rng.choice([f"{first} k€", f"{first}K€ {per}", f"{first} k€ brut"]), low, low
        return (
            rng.choice(
                [
                    f"{first}-{last} k€",
                    f"entre {first} et {last} k€ {per}",
                    f"{first}K€ - {last}K€",
                    f"de {first} à {last} k€ {per}",
                ]
            ),
            low,
            high,
        )
    if single:
        if form == 2:
            return f"Jusqu'à {money(low)} {per}", None, low
        if form == 3:
            return f"À partir de {money(low)} {per}", low, None
        return f"{money(low)} {per}", low, low
    if form == 2 and unit in ("MONTH", "YEAR", "HOUR") and currency == "EUR":
        kind = {"MONTH": "Mensuel", "YEAR": "Annuel", "HOUR": "Horaire"}[unit]
        return (
            f"{kind} de {low:.2f} Euros à {high:.2f} Euros".replace(".", ",") + (" sur 12 mois" if unit != "HOUR" else ""),
            low,
            high,
        )
    if form == 3:
        return f"entre {money(low)} et {money(high)} {per}", low, high
    if form == 4:
        return f"de {number(low)} à {money(high)} {per}", low, high
    return f"{money(low)} - {money(high)} {per}", low, high
