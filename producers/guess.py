"""Guess what the columns of a data set are: by their names, names much like them, and how their values look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from producers.columns import OFFERED, PERSONAL, PLUMBING, Field, RowKind, Sign, fields
from talentflow.documents.values import column, texts

KEEP, LEAVE_OUT = "keep", "leave out"
SURE = 0.95
"""A guess by a known name."""
_LEAST = 0.5
_ALIKE = 85.0
_DECORATION = frozenset(
    [
        "the",
        "of",
        "de",
        "du",
        "des",
        "d",
        "la",
        "le",
        "les",
        "l",
        "a",
        "col",
        "field",
        "champ",
        "value",
        "offer",
        "offre",
        "job",
        "annonce",
        "candidate",
        "candidat",
    ]
)

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}\.\w{2,}")
_URL = re.compile(r"(?:https?://|www\.)\S{3,}", re.IGNORECASE)
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:[T ].{0,40})?|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}(?: .{0,20})?|\d{4}/\d{1,2}/\d{1,2}|"
    r"\d{1,2}(?:st|nd|rd|th|er)? [^\W\d]{3,9}\.? \d{4}|[^\W\d]{3,9}\.? \d{1,2},? \d{4}|1[3-9]\d{8}(?:\d{3})?"
)
_MONEY = re.compile(r"[€$£]|\b(?:eur|usd|gbp|chf|cad|euros?|k€|k|dollars?|brut|gross)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?\d[\d\s.,\u202f]{0,20}")
_PHONE = re.compile(r"\+?\d[\d\s().-]{7,20}")
_NAME = re.compile(r"[^\W\d_][\w'’. -]{1,60}")
_FLAGS = frozenset(["yes", "no", "true", "false", "0", "1", "oui", "non", "vrai", "faux", "y", "n"])


@dataclass(frozen=True)
class Guess:
    """What one column was taken for: a field's name, `keep` or `leave out`; how sure, from 0 to 1; and why."""

    column: str
    target: str
    sure: float
    why: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guesses:
    """One guess a column, in the file's order."""

    kind: RowKind
    columns: tuple[Guess, ...]


def guess(header: Sequence[str], rows: Sequence[Mapping[str, Any]], *, kind: RowKind | None = None) -> Guesses:
    """Guess each column of `header`; no two get the same field, and a column that nothing is known of is kept.
    That rows are interactions has to be said.

    Args:
        header: the columns' names, in order.
        rows: some rows, to look at values; without any only names count.
        kind: what the rows are, when that is known.
    """
    values = {name: [t for row in rows if (t := " ".join(texts(row.get(name))).strip())] for name in header}
    looks = {name: _look(values[name]) for name in header}
    kinds: tuple[RowKind, ...] = ("offer", "cv") if kind is None else (kind,)
    scored: dict[RowKind, list[Guess]] = {k: _assign(header, values, looks, k) for k in kinds}
    chosen = kind or _kind(scored)
    return Guesses(chosen, tuple(scored[chosen]))


def _kind(scored: Mapping[RowKind, Sequence[Guess]]) -> RowKind:
    """Candidates are known by what only persons have, or by a column with their CV; anything else is offers."""
    person = {g.target for g in scored["cv"] if g.sure >= SURE}
    offer = {g.target for g in scored["offer"] if g.sure >= SURE}
    if "text" in person:
        return "cv"
    personal = len(person & PERSONAL) + ("name" in person)
    return "cv" if personal >= 2 and personal > len(offer & OFFERED) else "offer"


def _assign(
    header: Sequence[str], values: Mapping[str, Sequence[str]], looks: Mapping[str, Mapping[Sign, float]], kind: RowKind
) -> list[Guess]:
    """The surest pairs first, each field and each column once; ties by the columns' order, then the fields'."""
    pairs: list[tuple[float, int, int, str]] = []
    known = fields(kind)
    for place, name in enumerate(header):
        for rank, field in enumerate(known):
            sure, why = _score(column(name), looks[name], field, kind)
            if sure >= _LEAST:
                pairs.append((-sure, place, rank, why))
    taken: dict[int, Guess] = {}
    given: set[int] = set()
    for sure, place, rank, why in sorted(pairs):
        if place not in taken and rank not in given:
            given.add(rank)
            taken[place] = Guess(header[place], known[rank].target, round(-sure, 2), why)
    return [_with_samples(taken.get(i) or _rest(name), values[name]) for i, name in enumerate(header)]


def _rest(name: str) -> Guess:
    if column(name) in PLUMBING:
        return Guess(name, LEAVE_OUT, SURE, "of use only to whoever made the file")
    return Guess(name, KEEP, 0.0, "nothing known: kept as it is")


def _with_samples(found: Guess, values: Sequence[str]) -> Guess:
    samples = tuple(" ".join(v.split())[:60] for v in dict.fromkeys(values))[:2]
    return Guess(found.column, found.target, found.sure, found.why, samples)


def _score(name: str, look: Mapping[Sign, float], field: Field, kind: RowKind) -> tuple[float, str]:
    """How sure a column is this field, and why."""
    sure, why = _by_name(name, field)
    seen = sum(look.get(sign, 0.0) for sign in field.signs)
    if sure and look and field.signs and seen < 0.3:
        return sure * 0.45, why
    if sure and field.signs and seen > 0.8:
        return min(1.0, sure + 0.02), f"{why}, and its values agree"
    if sure:
        return sure, why
    own = _BY_VALUES[kind].get(field.target)
    if own and look.get(own, 0.0) >= 0.8:
        return 0.6, f"its values look like it ({own})"
    return 0.0, ""


_BY_VALUES: dict[RowKind, dict[str, Sign]] = {
    "offer": {"description": "long", "link": "url", "salary_text": "salary", "date_posted": "date"},
    "cv": {"text": "long", "link": "url", "email": "email", "phone": "phone"},
    "interactions": {"offer_url": "url", "candidate_email": "email", "occurred_at": "date"},
}
"""Fields that values alone can tell."""


def _by_name(name: str, field: Field) -> tuple[float, str]:
    if name in field.names:
        return SURE + 0.03 * (1 - field.names.index(name) / len(field.names)), "its name says so"
    bare = "_".join(w for w in name.split("_") if w not in _DECORATION)
    if bare and bare in field.names:
        return 0.85, f"its name holds {bare}"
    if len(name) < 4:
        return 0.0, ""
    spaced = name.replace("_", " ")
    best, alike = max(((fuzz.token_sort_ratio(spaced, n.replace("_", " ")), n) for n in field.names), default=(0.0, ""))
    return (best / 100 * 0.85, f"its name is much like {alike}") if best >= _ALIKE else (0.0, "")


def _look(values: Sequence[str]) -> dict[Sign, float]:
    """The share of values with each sign; empty without values."""
    counted: Counter[Sign] = Counter(_sign(v) for v in values)
    return {sign: n / len(values) for sign, n in counted.items()}


def _sign(value: str) -> Sign:
    if value.casefold() in _FLAGS:
        return "flag" if not value.isdigit() else "number"
    if len(value) > 200:
        return "long"
    for pattern, sign in _PATTERNS:
        if pattern.fullmatch(value):
            return sign
    if any(c.isdigit() for c in value) and len(value) <= 80 and _MONEY.search(value):
        return "salary"
    return "name" if _NAME.fullmatch(value) else "none"


_PATTERNS: tuple[tuple[re.Pattern[str], Sign], ...] = (
    (_EMAIL, "email"),
    (_URL, "url"),
    (_DATE, "date"),
    (_NUMBER, "number"),
    (_PHONE, "phone"),
)
