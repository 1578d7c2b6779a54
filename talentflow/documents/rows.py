"""One row of an offer or CV data set, as JSON object, to text. Columns are known by their common names."""

from __future__ import annotations

from typing import Any

from talentflow.documents.columns import LINES, PARTS, SECTIONS
from talentflow.documents.offers import offer_text
from talentflow.documents.values import column, one, places, salary, salary_of, texts
from talentflow.records import Kind

_PLUMBING = set(PARTS["Plumbing"])
_OFFER_SIGNS = {
    *(c for label in ("Title", "Company", "Contract") for c in LINES[label]),
    *PARTS["Description"][:8],
    *PARTS["Salary low"],
    *SECTIONS["Responsibilities"],
    "job_type",
    "employment_type",
} - set(PARTS["Neutral"])


def row_text(row: dict[str, Any]) -> tuple[str, Kind | None, list[str]]:
    """Text of one row, its kind as far as the columns tell it, and notes that name the columns not known.

    A row whose text is in one column (`text`, `resume`, `Resume_str`, …) is that text. Any other is an offer in
    canonical form: labelled lines, description, sections, then unknown columns as they are.
    """
    known: dict[str, Any] = {}
    for name, value in row.items():
        known.setdefault(column(str(name)), value)
    filled = {name for name, value in known.items() if texts(value)}
    offer = filled & _OFFER_SIGNS
    columns: tuple[tuple[tuple[str, ...], Kind | None], ...] = ((PARTS["CV text"], "cv"), (PARTS["Any text"], None))
    for names, kind in columns:
        if kind is None and offer:
            break
        for name in names:
            if name in filled and isinstance(known[name], str | list):
                others = sorted(str(n) for n in row if column(str(n)) in filled - {name} - _PLUMBING)
                notes = [f"columns beside the text were left out: {', '.join(others)}"] if others else []
                title = one(known.get("title")) if kind is None and "title" in filled else ""
                return "\n".join(([title] if title else []) + texts(known[name])), kind, notes
    text, unknown = _offer(row, known, filled)
    titled = any(c in filled for c in LINES["Title"])
    is_offer = (titled and bool(offer)) or len(offer) >= 2
    return (
        text,
        "job_offer" if is_offer else None,
        [f"unknown columns were kept as they are: {', '.join(unknown)}"] if unknown else [],
    )


def _offer(row: dict[str, Any], known: dict[str, Any], filled: set[str]) -> tuple[str, list[str]]:
    taken: set[str] = set(_PLUMBING)

    def first(names: tuple[str, ...]) -> Any:
        """The first of these columns that says something; the others stay for the end of the text."""
        name = next((n for n in names if n in filled and n not in taken), None)
        if name is None:
            return None
        taken.add(name)
        return known[name]

    lines = {label: one(first(names)) for label, names in LINES.items() if label not in ("Experience", "Education", "Languages")}
    where = places(first(PARTS["Place"]))
    parts = [one(first(PARTS[part])) for part in ("City", "Region", "Country")]
    lines["Location"] = "; ".join(where) or ", ".join(p for p in parts if p)
    lines["Workplace"] = _workplace(first(PARTS["Workplace"]))
    money = {k: first(PARTS[f"Salary {k}"]) for k in ("text", "low", "high", "currency", "unit")}
    amounts = salary(money["low"], money["high"], money["currency"], money["unit"])
    lines["Salary"] = amounts or salary_of(money["text"], money["currency"])
    description = "\n".join(texts(first(PARTS["Description"])))
    sections: dict[str, list[str]] = {}
    for heading, names in SECTIONS.items():
        while (value := first(names)) is not None:
            sections.setdefault(heading, []).extend(texts(value))
    for label in ("Experience", "Education", "Languages"):
        said = texts(first(LINES[label]))
        if said and len(said) == 1 and len(said[0]) > 120:
            sections.setdefault("Requirements", []).extend(said)
        else:
            lines[label] = " ".join(", ".join(said).split())
    link = one(first(PARTS["Link"]))
    rest = {str(n): one(v) for n, v in row.items() if column(str(n)) in filled - taken}
    unknown = list(rest)
    if link:
        rest = {"URL": link, **rest}
    return offer_text(lines, description, sections, rest), unknown


def _workplace(value: Any) -> str:
    """`remote` for a flag that is set; nothing for one that is not, since most sources set it only when they know."""
    said = one(value)
    if said.casefold() in ("yes", "true", "1", "oui", "vrai", "remote", "telecommute", "fully remote", "100% remote"):
        return "remote"
    return "" if said.casefold() in ("no", "false", "0", "non", "faux") else said
