"""Values of answers that strangers send: one of a wrong type counts as missing, and only what an offer cannot be without (its
id, its title) or a listing (its list) raises UnexpectedAnswer."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from producers.jobposting import Workplace, named_place, text, workplace_of
from talentflow.errors import UnexpectedAnswer

_MOST_ENTRIES = 10**7
Entry = Mapping[str, Any]
"""One entry of a listing: JSON as sent, or the fields of an HTML card or an XML element."""


def read_json(said: str) -> Any:
    """The answer as JSON."""
    try:
        return json.loads(said)
    except (ValueError, RecursionError) as error:
        raise UnexpectedAnswer("it is not JSON") from error


def listed(value: Any, *path: str) -> list[Any]:
    """The list under `path`: what a listing cannot be without."""
    found = dig(value, *path)
    if not isinstance(found, list):
        raise UnexpectedAnswer(f"there is no list under `{'.'.join(path)}`" if path else "it is not a list")
    return found


def dig(value: Any, *path: str) -> Any:
    """The value under `path` of nested objects; None where a step is missing or no object."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def objects(value: Any) -> list[Entry]:
    """The objects in a list; empty for anything else."""
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def said_values(entry: Entry) -> dict[str, Any]:
    """The fields that have a value, to be laid over those of a listing."""
    return {name: value for name, value in entry.items() if value not in (None, "", [], {})}


def spaced(code: object) -> str | None:
    """A code as words: `mid_level` → `mid level`."""
    return (text(code) or "").replace("_", " ").strip() or None


def values(value: Any) -> list[Any]:
    """A list as it is; empty for anything else."""
    return value if isinstance(value, list) else []


def count(value: Any) -> int | None:
    """A number of entries; None when it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_ENTRIES else None


def required(entry: Entry, *names: str) -> str:
    """The first of these fields that has text. Raises UnexpectedAnswer naming them."""
    found = first(*(entry.get(name) for name in names))
    if found is None:
        raise UnexpectedAnswer(f"it has no `{'` and no `'.join(names)}`")
    return found


def first(*candidates: object) -> str | None:
    """The first that has text."""
    return next((said for value in candidates if (said := text(value))), None)


def joined(parts: Iterable[object], mark: str = ", ") -> str | None:
    """Those that have text, each once."""
    return mark.join(dict.fromkeys(said for part in parts if (said := text(part)))) or None


def headed(*sections: tuple[object, object]) -> str | None:
    """HTML of sections (heading, body), without those whose body is empty; a heading may be missing."""
    written = [
        (f"<h3>{html.escape(title)}</h3>\n" if (title := text(heading)) else "") + body
        for heading, said in sections
        if (body := text(said))
    ]
    return "\n".join(written) or None


def web_url(*candidates: object) -> str | None:
    """The first that is the address of a web page."""
    for value in candidates:
        said = text(value)
        if said and said.isprintable() and " " not in said:
            try:
                parts = urlsplit(said)
            except ValueError:
                continue
            if parts.scheme in ("http", "https") and parts.hostname:
                return said
    return None


def segment(value: str) -> str:
    """Text as one segment of a URL's path, or one value of its query."""
    return quote(value, safe="", errors="replace")


_WORKPLACE_LABEL = re.compile(r"(remote|hybrid|on-?site)\b[\s:,–-]*\(?\s*([^()]*?)\s*\)?", re.IGNORECASE)


def located(labels: Iterable[object]) -> tuple[list[dict[str, Any]], Workplace | None]:
    """Places and workplace of labels that say both at once: `Remote (New Jersey, US)`, `Hybrid`, `New York, NY`."""
    places: list[dict[str, Any]] = []
    workplace: Workplace | None = None
    for label in labels:
        said = text(label) or ""
        found = _WORKPLACE_LABEL.fullmatch(said)
        workplace = workplace or (workplace_of(found[1]) if found else None)
        if where := named_place(found[2] if found else said):
            places.append(where)
    return places, workplace
