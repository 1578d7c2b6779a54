"""What feeds call the parts of an offer: one table of names for all, and what is particular to known ones.

Terms were read in November 2026 from the APIs' own answers and documentation, so far as these are public.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

Names = Mapping[str, str]

COMMON: Names = {
    "id": "id guid uuid slug jobId job_id jobID reference referencenumber reference_number requisition_id url link",
    "url": "url link job_url jobUrl applicationLink application_link apply_url applyUrl absolute_url external_url href",
    "title": "title position jobTitle job_title name role headline",
    "company": (
        "company_name companyName company employer hiringOrganization organization organisation company_title"
        " job_listing_company himalayasjobs_companyname"
    ),
    "location": "location locations job_location jobLocation job_listing_location city place country",
    "applicants": "candidate_required_location jobGeo locationRestrictions region himalayasjobs_locationrestriction",
    "remote": "remote is_remote isRemote telecommute telecommuting",
    "workplace": "workplace workplace_type workplaceType remote_type location_type",
    "posted": (
        "date_posted datePosted date_published publication_date publicationDate pubDate published_at publishedAt created_at"
        " createdAt posted_at postedAt postedDate published epoch date updated"
    ),
    "valid": (
        "valid_through validThrough expires_at expiresAt expiry_date expiryDate expiration_date expirationDate expires"
        " closing_date closingDate deadline expired job_listing_expires himalayasjobs_expirydate"
    ),
    "salary": "salary salary_range salaryRange salary_text compensation pay baseSalary job_listing_salary",
    "least": "salary_min salaryMin min_salary minSalary annualSalaryMin salary_from",
    "most": "salary_max salaryMax max_salary maxSalary annualSalaryMax salary_to",
    "currency": "salary_currency salaryCurrency salary_currency_code currency",
    "per": "salary_period salaryPeriod salary_interval salary_unit pay_period",
    "skills": "tags skills keywords technologies",
    "types": (
        "job_type job_types jobType employment_type employmentType type contract_type jobtype job_listing_job_type"
        " himalayasjobs_jobtype"
    ),
    "industry": "category categories jobIndustry industry",
    "department": "department team",
    "seniority": "seniority jobLevel experience_level experienceLevel level",
    "description": (
        "content_html description jobDescription job_description html content content_text body text"
        " summary excerpt jobExcerpt snippet"
    ),
    "language": "language lang",
}
"""Property → the names it goes by, the surest first."""

LISTS = "jobs data items results offers postings positions vacancies listings entries records"
"""What answers call their list."""

OVER = {
    True: "expired is_expired closed is_closed filled is_filled",
    False: "active is_active isActive open is_open",
}
"""Flags that say that an offer is over."""
OVER_STATUS = {"closed", "expired", "filled", "archived", "inactive", "withdrawn"}


@dataclass(frozen=True)
class Dialect:
    """What is particular to a known feed."""

    name: str
    hosts: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()
    """Names that its entries have, and others hardly do."""
    names: Names = field(default_factory=dict)
    """Where `COMMON` would read it wrongly."""
    remote: bool = False
    """All its offers are remote, and its locations say where applicants may live."""
    currency: str | None = None
    per: str | None = None
    noise: re.Pattern[str] | None = None
    """In descriptions: what differs from one answer to the next."""
    company_in_title: bool = False
    """`Acme: Nurse`."""
    next_page: str | None = None
    """Where the answer has the address of its next page: `links.next`."""
    next_cursor: tuple[str, str] | None = None
    """Where it has the next page's cursor, and the parameter to send it in."""
    every: timedelta | None = None
    """It asks not to be read more often. A little less than it says, so that a schedule's jitter skips no turn."""
    terms: str | None = None


DIALECTS = (
    Dialect(
        "json feed",
        marks=frozenset({"content_html", "content_text"}),
        next_page="next_url",
    ),
    Dialect(
        "arbeitnow",
        hosts=("arbeitnow.com",),
        marks=frozenset({"slug", "company_name", "job_types", "created_at"}),
        names={"id": "slug url"},
        next_page="links.next",
        terms="Arbeitnow: free public API, not to be abused; it asks for a link back; its terms of service apply",
    ),
    Dialect(
        "remoteok",
        hosts=("remoteok.com", "remoteok.io"),
        marks=frozenset({"position", "epoch", "slug"}),
        names={"posted": "date epoch"},
        remote=True,
        currency="USD",
        per="year",
        # appended to each: a word that changes, and the address of whoever asked, in base64
        noise=re.compile(r"Please mention the word \*{0,2}[^\s*]{1,60}\*{0,2} .*?(?:they.{1,8}re human\.?|\Z)", re.DOTALL),
        terms=(
            "Remote OK: it must be named as the source, with a link (followed, not nofollow) to the offer's page on Remote OK;"
            " its logo must not be used without permission"
        ),
    ),
    Dialect(
        "remotive",
        hosts=("remotive.com", "remotive.io"),
        marks=frozenset({"candidate_required_location", "publication_date", "company_name"}),
        remote=True,
        every=timedelta(hours=5, minutes=50),
        terms=(
            "Remotive: it must be named as the source, with a link to the offer's page on Remotive; offers must not be passed on"
            " to other job sites (Jooble, Neuvoo, Google Jobs, LinkedIn Jobs) nor be used to collect sign-ups;"
            " at most four requests a day"
        ),
    ),
    Dialect(
        "jobicy",
        hosts=("jobicy.com",),
        marks=frozenset({"jobTitle", "jobGeo", "jobDescription"}),
        remote=True,
        per="year",
        every=timedelta(minutes=55),
        terms=(
            "Jobicy: it must be credited with a direct link, and applying must lead to the offer's page on Jobicy;"
            " at most one request an hour"
        ),
    ),
    Dialect(
        "himalayas",
        hosts=("himalayas.app",),
        marks=frozenset({"locationRestrictions", "applicationLink", "guid"}),
        names={"id": "guid applicationLink", "skills": "skills", "industry": "parentCategories categories"},
        remote=True,
        per="year",
        next_cursor=("nextCursor", "cursor"),
        terms=(
            "Himalayas: it must be named as the source, with a link to the offer's page there; offers must not be passed on"
            " to other job sites (Google Jobs, LinkedIn Jobs, Jooble)"
        ),
    ),
    Dialect(
        "we work remotely",
        hosts=("weworkremotely.com",),
        names={"applicants": "region country", "location": "state", "industry": "tags", "skills": "skills"},
        remote=True,
        company_in_title=True,
        terms=(
            "We Work Remotely: applying must lead to the offer's page there; its guidelines forbid job search services and"
            " hiring tools built on its data: ask it for permission first"
        ),
    ),
)
UNKNOWN = Dialect("unknown")


def dialect_of(host: str, entry: Mapping[str, object]) -> Dialect:
    """The dialect of a feed, by its host or else by the names of its entries."""
    named = host.casefold().removesuffix(".")
    for known in DIALECTS:
        if any(named == h or named.endswith(f".{h}") for h in known.hosts):
            return known
    return next((d for d in DIALECTS if d.marks and _has_marks(d, entry)), UNKNOWN)


def _has_marks(dialect: Dialect, entry: Mapping[str, object]) -> bool:
    found = dialect.marks & entry.keys()
    return bool(found) if dialect.name == "json feed" else found == dialect.marks
