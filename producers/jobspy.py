"""Offers from large job sites through python-jobspy: only for those who accept what these sites' terms say.

What the terms are, and what may follow, is in docs/sources.md. A search is a window on what the site shows first: an offer that
is not in it may still be open, so absence closes none.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx
import structlog

from producers.jobposting import MEDIA_TYPE, amount, encode, iso_date, job_posting, named_place, text, workplace_of
from producers.reading import Answer, Reading
from producers.sources import KINDS, JobspySource
from talentflow.errors import BadSettings, EmptyDocument, MissingExtra, ServiceUnavailable, UnexpectedAnswer
from talentflow.eventlog.messages import Found, RawDocument, RejectedDocument
from talentflow.ids import content_hash

_log = structlog.get_logger(__name__)


class _Site(NamedTuple):
    called: str
    """As people call it."""
    terms: str
    """Where its terms of use are, or are linked from."""
    counts_days: bool = False
    """It says `30+ days ago` and no date: the day that is reckoned from this moves with today."""


SITES = {
    "linkedin": _Site("LinkedIn", "https://www.linkedin.com/legal/user-agreement"),
    "indeed": _Site("Indeed", "https://www.indeed.com/legal"),
    "glassdoor": _Site("Glassdoor", "https://www.glassdoor.com/about/terms/", counts_days=True),
    "google": _Site("Google", "https://policies.google.com/terms", counts_days=True),
    "zip_recruiter": _Site("ZipRecruiter", "https://www.ziprecruiter.com/terms"),
    "bayt": _Site("Bayt", "https://www.bayt.com"),
    "naukri": _Site("Naukri", "https://www.naukri.com"),
    "bdjobs": _Site("BDJobs", "https://www.bdjobs.com"),
    "hellowork": _Site("HelloWork", "https://www.hellowork.com"),
}
"""The sites that python-jobspy reads, by its names for them."""

_WORDS_FOR_MISSING = {"", "nan", "none", "nat", "<na>", "null", "n/a", "not applicable"}
_Row = Mapping[str, Any]


def read_jobspy(source: JobspySource, reading: Reading) -> Iterator[Answer]:
    """What each site's search gives, one site at a time: an answer a site.

    An offer without a text is one that the site did not show this time: it never replaces a version that has one.

    Raises:
        BadSettings: the sites' terms are not accepted, or a site or country that python-jobspy does not know.
        MissingExtra: python-jobspy is not installed.
        ServiceUnavailable: a site did not answer, or not to the end; raised once all others were read.
    """
    _require_terms(source)
    sites = _known_sites(source)
    country = _known_country(source)
    broken: list[str] = []
    for site in sites:
        try:
            found = _search(source, site, country)
        except Exception as error:  # noqa: BLE001 - whatever breaks in one site's scraper must not cost the other sites
            _log.warning("a site's scraper failed", site=site, error=f"{type(error).__name__}: {error}")
            broken.append(f"{SITES[site].called} ({type(error).__name__}: {error})")
            continue
        reading.counts.fetched += len(found.rows)
        yield _answer(source, site, found, reading)
        if found.error:
            broken.append(f"{SITES[site].called} ({found.error})")
    if broken:
        raise ServiceUnavailable(
            f"{source.name}: {'; '.join(broken)} did not answer to the end: wait an hour or more, or ask for fewer results. "
            "What the other sites gave is kept"
        )


def reread_jobspy(source: JobspySource, url: str, payload: bytes) -> Iterator[Found]:
    """The documents of rows that were kept because they could not be read; without a column for it, `url` names their site."""
    try:
        said: Any = json.loads(payload)
    except ValueError:
        said = None
    rows = [row for row in (said if isinstance(said, list) else [said]) if isinstance(row, dict)]
    for row in rows:
        site = _text(row, "site") or url
        yield _document(source, site, row, None, iso_date(_text(row, "date_posted")))


def _require_terms(source: JobspySource) -> None:
    if source.accept_terms:
        return
    named = ", ".join(SITES[s].called if s in SITES else s for s in source.sites)
    raise BadSettings(
        f"the source {source.name} reads {named}, whose terms of use mostly forbid collecting pages by program; accounts and "
        "addresses can be blocked, and the law may have its say: read the terms and docs/sources.md, ask counsel, and set "
        "accept_terms: true if you answer for it. Until then nothing is asked of these sites"
    )


def _known_sites(source: JobspySource) -> list[str]:
    """Without repetitions, `ZipRecruiter` written any way. Raises BadSettings."""
    by_folded = {name.replace("_", ""): name for name in SITES}
    sites = {said: by_folded.get(said.casefold().replace("_", "").replace(" ", "")) for said in source.sites}
    unknown = [said for said, name in sites.items() if name is None]
    if unknown:
        raise BadSettings(
            f"the source {source.name} names {', '.join(unknown)}, which python-jobspy cannot read: use {', '.join(SITES)}"
        )
    return list(dict.fromkeys(name for name in sites.values() if name))


def _known_country(source: JobspySource) -> str | None:
    """Raises: MissingExtra, BadSettings."""
    try:
        from jobspy.model import Country
    except ImportError as error:
        raise MissingExtra("python-jobspy", "jobspy") from error
    if source.country is None:
        return None
    try:
        return Country(source.country).value
    except ValueError:
        known = ", ".join(sorted(country.value for country in Country))
        raise BadSettings(f"the source {source.name} names the country {source.country!r}: use one of {known}") from None


@dataclass(frozen=True)
class _Search:
    """What a site's search gave."""

    rows: list[_Row]
    columns: list[str]
    fetched_at: datetime
    error: str | None


def _search(source: JobspySource, site: str, country: str | None) -> _Search:
    import jobspy

    # with a handler of its own python-jobspy writes its log to the terminal: its errors are in the frame as well
    logger = logging.getLogger("jobspy")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    frame = jobspy.scrape_jobs(
        site_name=[site],
        search_term=source.search_term,
        location=source.location,
        country_indeed=country,
        results_wanted=source.results,
        description_format="html",
        fetch_description=True,
        verbose=0,
    )
    rows: Any = frame.astype(object).where(frame.notna(), None).to_dict("records")
    error = frame.attrs.get("errors", {}).get(site)
    for ignored in frame.attrs.get("warnings", {}).get(site, []):
        _log.warning("a site leaves out a part of the search", source=source.name, site=site, what=ignored)
    return _Search(rows, [str(c) for c in frame.columns], datetime.now(UTC), str(error) if error else None)


def _answer(source: JobspySource, site: str, found: _Search, reading: Reading) -> Answer:
    if found.rows and "title" not in found.columns:
        return Answer([_unreadable(source, site, found)])
    state = reading.state
    described = state.open_offers()
    documents: dict[str, Found] = {}
    new: dict[str, str] = {}
    posted: dict[str, str] = {}
    for row in found.rows:
        key = _key(site, row)
        if not _text(row, "description") and key in described:
            reading.counts.skipped += 1
            continue
        day = iso_date(str(row.get("date_posted") or ""))
        if SITES[site].counts_days:
            day = state.mark(f"posted:{key}") or day
            posted |= {f"posted:{key}": day} if day else {}
        document = _document(source, site, row, found.fetched_at, day)
        documents.setdefault(key, document)
        if isinstance(document, RawDocument) and _text(row, "description"):
            new[key] = document.source_uri

    def commit() -> None:
        state.set_open(new)
        for mark, day in posted.items():
            state.set_mark(mark, day)

    return Answer(list(documents.values()), commit)


def _document(source: JobspySource, site: str, row: _Row, fetched_at: datetime | None, posted: str | None) -> Found:
    title, description, url = _text(row, "title"), _text(row, "description"), _page(row)
    if title is None:
        payload = json.dumps([dict(row)], ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "replace")
        called = SITES[site].called if site in SITES else site
        detail = f"an offer of {called} has no title: look at {url or 'the row'} and replay it once its columns are read"
        key, hashed = _key(site, row), content_hash(payload)
        return RejectedDocument(source.name, url or site, key, EmptyDocument.code, detail, payload, hashed)
    direct = _text(row, "salary_source") == "direct_data"
    posting = job_posting(
        title=title,
        description=description,
        company=_text(row, "company"),
        places=[named_place(_text(row, "location"))],
        workplace=workplace_of(_text(row, "work_from_home_type"), remote=row.get("is_remote")),
        employment_types=_listed(row, "job_type"),
        date_posted=posted,
        # what python-jobspy guessed from the text is left to the extraction, which gives its evidence
        salary=amount(row.get("min_amount"), row.get("max_amount"), _text(row, "currency"), row.get("interval"))
        if direct
        else None,
        identifier=_text(row, "id"),
        identifier_name=SITES[site].called if site in SITES else site,
        url=url,
        industry=_text(row, "company_industry"),
        department=_text(row, "job_function"),
        seniority=_text(row, "job_level"),
        skills=_listed(row, "skills"),
        experience=_text(row, "experience_range"),
    )
    terms = source.terms or (f"{SITES[site].called}'s terms of use: {SITES[site].terms}" if site in SITES else None)
    kind = KINDS[source.kind]
    return RawDocument(source.name, url or site, _key(site, row), MEDIA_TYPE, kind, encode(posting), fetched_at, terms)


def _key(site: str, row: _Row) -> str:
    """What the site knows the offer by: its id, else its page, else what it is called and by whom it is offered."""
    known = _text(row, "id") or _page(row)
    return f"{site}:{known or ' · '.join(_text(row, name) or '' for name in ('title', 'company', 'location'))}"


def _page(row: _Row) -> str | None:
    """The offer's page, without what tells where a visitor came from."""
    said = _text(row, "job_url") or _text(row, "job_url_direct")
    if said is None:
        return None
    try:
        url = httpx.URL(said)
        kept = [(name, value) for name, value in url.params.multi_items() if not name.startswith("utm_")]
        return said if len(kept) == len(url.params.multi_items()) else str(url.copy_with(params=kept))
    except (httpx.InvalidURL, ValueError, TypeError):
        return said


def _text(row: _Row, name: str) -> str | None:
    """A cell's text; what a table writes for nothing (`nan`, `None`, `NaT`) is nothing."""
    said = text(row.get(name))
    return None if said is None or said.casefold() in _WORDS_FOR_MISSING else said


def _listed(row: _Row, name: str) -> list[str]:
    return [part for part in (_text(row, name) or "").split(", ") if part]


def _unreadable(source: JobspySource, site: str, found: _Search) -> RejectedDocument:
    payload = json.dumps([dict(r) for r in found.rows], ensure_ascii=False, sort_keys=True, default=str).encode(
        "utf-8", "replace"
    )
    detail = (
        f"python-jobspy gave {len(found.rows)} rows of {SITES[site].called} without a title "
        f"(columns: {', '.join(found.columns[:8])}): install the version that requirements/ names, then replay this"
    )
    return RejectedDocument(source.name, site, f"{site}:rows", UnexpectedAnswer.code, detail, payload, content_hash(payload))
