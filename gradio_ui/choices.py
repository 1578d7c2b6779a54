"""What the filters offer: the published index's values, in words, the frequent first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradio_ui import labels

FIELDS = ("locations", "workplaces", "contracts", "languages", "seniorities")
_SMALL = {"de", "du", "des", "la", "le", "les", "en", "et", "sur", "sous", "of", "the", "and", "d", "l"}
_ORDERED = {"seniorities": list(labels.SENIORITY), "workplaces": list(labels.WORKPLACE)}

Choice = tuple[str, str]
"""What is shown, and the value."""


def choices(values: Mapping[str, Mapping[str, int]]) -> dict[str, list[Choice]]:
    """Field of `Filters` → its choices with their counts. Country codes are left out: the countries' names are there too."""
    return {name: _field(name, values.get(name, {})) for name in FIELDS}


def _field(name: str, counts: Mapping[str, int]) -> list[Choice]:
    kept = [(value, n) for value, n in counts.items() if not (name == "locations" and len(value) <= 2) and value != "und"]
    order = _ORDERED.get(name)
    if order:
        kept.sort(key=lambda v: order.index(_code(v[0])) if _code(v[0]) in order else len(order))
    else:
        kept.sort(key=lambda v: (-v[1], v[0]))
    return [(f"{_word(name, value)} ({n:,})", value) for value, n in kept]


def _word(name: str, value: str) -> str:
    code = _code(value)
    match name:
        case "workplaces":
            return labels.WORKPLACE.get(code, value.capitalize())
        case "contracts":
            return labels.CONTRACT.get(code, value.capitalize())
        case "languages":
            return labels.language_name(value)
        case "seniorities":
            return labels.SENIORITY.get(code, value.capitalize())
        case _:
            return place_name(value)


def _code(value: str) -> str:
    return value.replace(" ", "_")


def place_name(value: str) -> str:
    """`Ile de France` for the folded `ile de france`."""
    words = re.split(r"([ '’-])", value)
    return "".join(w if w in _SMALL and i else w[:1].upper() + w[1:] for i, w in enumerate(words))
