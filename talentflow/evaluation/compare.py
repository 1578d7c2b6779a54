"""When a found value is right: normalisation and comparison, as the package's docstring states them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_PUNCTUATION = re.compile(r"[^\w#+]+", re.UNICODE)


def normal(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(_PUNCTUATION.sub(" ", plain.casefold()).split())


def equal(expected: Any, found: Any) -> bool:
    return normal(expected) == normal(found) if isinstance(expected, str) and isinstance(found, str) else expected == found


def similar(expected: str, found: str) -> bool:
    from rapidfuzz import fuzz

    a, b = normal(expected), normal(found)
    return a == b or (fuzz.token_set_ratio(a, b) >= 90 and fuzz.token_sort_ratio(a, b) >= 60)


def same_degree(expected: str, found: str) -> bool:
    """A degree with its area: what was found may repeat the area or leave out the joining words."""
    from rapidfuzz import fuzz

    return fuzz.token_set_ratio(normal(expected), normal(found)) >= 90


def same_person(expected: str, found: str) -> bool:
    return sorted(normal(expected).split()) == sorted(normal(found).split())


def same_phone(expected: str, found: str) -> bool:
    return re.sub(r"\D", "", expected)[-8:] == re.sub(r"\D", "", found)[-8:]


def holds(expected: str, found: str) -> bool:
    return normal(expected) in normal(found)


def same_date(expected: str, found: str) -> bool:
    return expected == found or (
        expected.removesuffix("-01") == found.removesuffix("-01") and min(len(expected), len(found)) >= 7
    )


def same_amount(expected: float, found: float) -> bool:
    return abs(expected - found) <= 0.01 * abs(expected)


def near(expected: float, found: float) -> bool:
    return abs(expected - found) <= 0.5


def leaks(value: str, text: str, name: str) -> bool:
    if name == "phone":
        digits = re.sub(r"\D", "", value)[-8:]
        return digits in re.sub(r"[\s().\-+/]", "", text)
    if name == "email":
        return value.lower() in text.lower()
    plain = f" {normal(text)} "
    return any(
        f" {form} " in plain
        for form in ({normal(value), " ".join(reversed(normal(value).split()))} if name == "name" else {normal(value)})
    )
