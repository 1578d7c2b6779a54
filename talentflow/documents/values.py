"""Values of JSON and CSV as text: what counts as missing, lists, places, salaries, names of columns."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from talentflow.documents.html import plain_of

_MISSING = {
    "",
    "not applicable",
    "not specified",
    "unknown",
    "none",
    "null",
    "nan",
    "n/a",
    "na",
    "n.a.",
    "nil",
    "undefined",
    "-",
    "--",
    "—",
    "nat",
    "#n/a",
    "non renseigné",
}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NAMES = ("name", "label", "title", "value", "text", "@value", "addressLocality")
_PLACE = (
    ("address_locality", "city", "locality", "town", "ville", "location_name"),
    ("address_region", "region", "state", "province", "state_province"),
    ("address_country", "country", "pays", "country_code"),
)
_DEEPEST = 6


def column(name: str) -> str:
    """A column's name for comparing: `hiringOrganization`, `Intitulé du poste` → `hiring_organization`, `intitule_du_poste`."""
    spaced = _CAMEL.sub("_", name[:200])
    bare = "".join(c for c in unicodedata.normalize("NFKD", spaced.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", bare).strip("_")


def texts(value: Any, depth: int = 0) -> list[str]:
    """The values in `value` as plain texts, without HTML and without what only says that a value is missing."""
    if value is None or depth > _DEEPEST:
        return []
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, int | float):
        return [number(value)] if value == value and abs(value) != float("inf") else []
    if isinstance(value, str):
        plain = plain_of(value).strip()
        return [] if plain.casefold() in _MISSING else [plain]
    if isinstance(value, list):
        return [t for v in value for t in texts(v, depth + 1)]
    if isinstance(value, dict):
        for key in _NAMES:
            if value.get(key) is not None and (found := texts(value[key], depth + 1)):
                return found
        return [t for k, v in value.items() if not str(k).startswith("@") for t in texts(v, depth + 1)]
    return texts(str(value), depth + 1)


def one(value: Any) -> str:
    """All of `value` on one line; empty when missing."""
    return " ".join(", ".join(texts(value)).split())


def number(value: float) -> str:
    """A number as people write it: `45000`, `12.5`."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**300 else ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:g}" if abs(value) >= 1e15 else repr(value)


def places(value: Any) -> list[str]:
    """Places in a schema.org Place, a PostalAddress, a string, an object of city, region and country, or a list of them."""
    found = [p for v in (value if isinstance(value, list) else [value]) if (p := _place(v, 0))]
    return list(dict.fromkeys(found))


def _place(value: Any, depth: int) -> str:
    if not isinstance(value, dict) or depth > _DEEPEST:
        return one(value)
    if isinstance(value.get("address"), dict):
        inner = _place(value["address"], depth + 1)
        if inner:
            return inner
    known = {column(str(k)): v for k, v in value.items()}
    parts = [next((t for n in names if (t := one(known.get(n)))), "") for names in _PLACE]
    joined = ", ".join(p for p in dict.fromkeys(parts) if p)
    return joined or one(value.get("address")) or one({k: v for k, v in value.items() if k in _NAMES})


_UNITS = {
    "hour": ("hour", "hourly", "hr", "h", "per_hour", "heure", "horaire"),
    "day": ("day", "daily", "per_day", "jour", "journalier"),
    "week": ("week", "weekly", "per_week", "semaine"),
    "month": ("month", "monthly", "per_month", "mois", "mensuel"),
    "year": ("year", "yearly", "annual", "annually", "per_year", "annum", "per_annum", "an", "annee", "annuel", "yr"),
}


def unit(value: Any) -> str:
    """`hour`, `day`, `week`, `month` or `year`; empty when it is none of them."""
    said = column(one(value))
    return next((name for name, words in _UNITS.items() if said in words or said.removesuffix("s") == name), "")


def salary(low: Any, high: Any, currency: Any, period: Any) -> str:
    """`45000 - 65000 USD per year`, with what is known of it; empty without an amount.

    One of two that are the same is a fixed amount; a lone `low` is written `from 45000`, a lone `high` `up to 65000`.
    """
    least, most = ("" if (a := one(v)) in ("0", "0.0") else a for v in (low, high))
    if not least and not most:
        return ""
    if least and most:
        amount = least if least == most else f"{least} - {most}"
    else:
        amount = f"from {least}" if least else f"up to {most}"
    per = unit(period)
    return " ".join(p for p in (amount, one(currency), f"per {per}" if per else "") if p)


def salary_of(value: Any, currency: Any = None, depth: int = 0) -> str:
    """A salary given as text, as a number, as a schema.org MonetaryAmount, or as an object of min, max and currency."""
    if isinstance(value, list):
        return next((s for v in value if depth <= _DEEPEST and (s := salary_of(v, currency, depth + 1))), "")
    if not isinstance(value, dict):
        said = one(value)
        coined = one(currency)
        bare = re.fullmatch(r"[\d\s.,'–-]{1,60}", said) is not None
        return f"{said} {coined}" if said and coined and bare else said
    known = {column(str(k)): v for k, v in value.items()}
    money = known.get("currency") or known.get("currency_code") or currency
    inner = known.get("value")
    if isinstance(inner, dict):
        more = {column(str(k)): v for k, v in inner.items()}
        known = {**known, **more}
        inner = more.get("value")
    first = ("min_value", "min", "minimum", "from", "salary_min", "min_amount", "low")
    last = ("max_value", "max", "maximum", "to", "salary_max", "max_amount", "high")
    low = next((known[k] for k in first if known.get(k) is not None), None)
    high = next((known[k] for k in last if known.get(k) is not None), None)
    per = next((known[k] for k in ("unit_text", "unit", "period", "interval", "frequency", "duration") if known.get(k)), None)
    said = salary(low, high, money, per) if low is not None or high is not None else salary(inner, inner, money, per)
    return said or one({k: v for k, v in value.items() if k in _NAMES})
