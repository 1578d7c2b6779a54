"""What is configured, for people: where each source is, how its last ingest went, and what keeps it from being used."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from producers.addresses import checked_url, masked
from producers.sources import (
    AtsSource,
    DatabaseSource,
    FeedSource,
    FilesSource,
    InteractionsSource,
    JobspySource,
    MailboxSource,
    SiteSource,
    Source,
    read_sources,
)
from talentflow.errors import AddressRefused, BadSettings
from talentflow.lakehouse import Lakehouse
from talentflow.settings import Settings
from talentflow.tables import INGESTS

_CRON = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    (0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
"""Least, most and names of a cron expression's fields: minute, hour, day, month, day of the week."""
_CRON_ITEM = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/([1-9]\d*))?")
_LAST = ("started_at", "seconds", "fetched", "not_modified", "documents", "skipped", "quarantined", "closed", "status", "error")


def catalogue(settings: Settings, lakehouse: Lakehouse) -> list[dict[str, Any]]:
    """One entry a configured source, without secrets: `name`, `type`, `kind`, `where`, `terms`, `schedule`, `enabled`, `problem`
    (why it cannot be used, or None) and `last_ingest` (counts, or None).

    Raises: BadSettings when the file as a whole cannot be read.
    """
    last = last_ingests(lakehouse)
    return [_entry(name, source, last.get(name)) for name, source in read_sources(settings).items()]


def last_ingests(lakehouse: Lakehouse) -> dict[str, dict[str, Any]]:
    """Source → its latest row of `ops.ingests`."""
    rows = sorted(lakehouse.read(INGESTS, ["source", *_LAST]).to_pylist(), key=lambda r: r["started_at"])
    return {r["source"]: {k: r[k] for k in _LAST} | {"started_at": f"{r['started_at']:%Y-%m-%dT%H:%M:%SZ}"} for r in rows}


def _entry(name: str, source: Source | BadSettings, last: dict[str, Any] | None) -> dict[str, Any]:
    common: dict[str, Any] = {"name": name, "last_ingest": last}
    if isinstance(source, BadSettings):
        said = ("type", "kind", "where", "terms", "schedule", "enabled")
        return common | dict.fromkeys(said) | {"problem": str(source)}
    return common | {
        "type": source.type,
        "kind": source.kind,
        "where": where(source),
        "terms": source.terms,
        "schedule": source.schedule,
        "enabled": source.enabled,
        "problem": problem_of(source),
    }


def where(source: Source) -> str:
    """What a source is read from, as it may be shown."""
    match source:
        case SiteSource() | FeedSource():
            said = source.url
        case AtsSource():
            said = f"{source.ats}: {source.board}" + (f" on {source.base_url}" if source.base_url else "")
        case JobspySource():
            said = f"{', '.join(source.sites)}: {source.search_term}" + (f" in {source.location}" if source.location else "")
        case FilesSource() | InteractionsSource():
            said = ", ".join(map(str, source.paths))
        case MailboxSource():
            said = str(source.path)
        case DatabaseSource():
            said = source.url.get_secret_value() if source.url else "the CV database"
    return masked(said)


def problem_of(source: Source) -> str | None:
    """Why a source cannot be used, as far as can be told without asking anybody; None for nothing."""
    problem = _CHECKS[source.type](source) or _bad_schedule(source)
    return f"{masked(problem)}: correct it in the settings of {source.name}" if problem else None


def _bad_schedule(source: Source) -> str | None:
    fields = (source.schedule or "* * * * *").casefold().split()
    if len(fields) == len(_CRON) and all(_is_cron(said, *bounds) for said, bounds in zip(fields, _CRON, strict=True)):
        return None
    return f"the schedule {source.schedule!r} is no cron expression of five fields"


def _is_cron(field: str, least: int, most: int, names: tuple[str, ...]) -> bool:
    numbers = {name: least + n for n, name in enumerate(names)} | {str(n): n for n in range(least, most + 1)}
    items = [_CRON_ITEM.fullmatch(item) for item in field.split(",")]
    return all(item and all(end is None or end in numbers for end in item.groups()[:2]) for item in items)


def _bad_address(url: str | None) -> str | None:
    try:
        if url is not None:
            checked_url(url)
    except AddressRefused as error:
        return str(error).partition(": ")[0]
    return None


def _bad_site(source: SiteSource) -> str | None:
    for expression in (*source.include, *source.exclude):
        try:
            re.compile(expression)
        except re.error as error:
            return f"{expression!r} is no regular expression ({error})"
    return _bad_address(source.url)


def _bad_ats(source: AtsSource) -> str | None:
    from producers.ats import SYSTEMS

    if source.ats not in SYSTEMS:
        return f"there is no adapter for the applicant tracking system {source.ats!r} (there are {', '.join(sorted(SYSTEMS))})"
    return _bad_address(source.base_url)


def _bad_jobspy(source: JobspySource) -> str | None:
    if not source.accept_terms:
        return "the sites' terms are not accepted (read docs/sources.md, then set accept_terms: true)"
    if importlib.util.find_spec("jobspy") is None:
        return "python-jobspy is not installed (run uv pip install 'talentflow[jobspy]')"
    return None


def _missing(*paths: Path | None) -> str | None:
    gone = [str(p) for p in paths if p is not None and not p.exists()]
    return f"{' and '.join(gone)} {'do' if len(gone) > 1 else 'does'} not exist" if gone else None


def _bad_database(source: DatabaseSource) -> str | None:
    url = source.url.get_secret_value() if source.url else "postgresql:"
    return None if re.match(r"postgres(ql)?(\+\w+)?:|[\w]+=", url) else "its url is no Postgres URL"


_CHECKS: dict[str, Callable[[Any], str | None]] = {
    "site": _bad_site,
    "ats": _bad_ats,
    "feed": lambda source: _bad_address(source.url),
    "jobspy": _bad_jobspy,
    "files": lambda source: _missing(*source.paths, source.mapping),
    "mailbox": lambda source: _missing(source.path),
    "interactions": lambda source: _missing(*source.paths, source.mapping),
    "database": _bad_database,
}
