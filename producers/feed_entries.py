"""One entry of a feed, whatever its parts are called, as a JobPosting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from w3lib.html import remove_tags, replace_entities
from w3lib.url import canonicalize_url, url_query_cleaner

from producers.feed_dialects import COMMON, OVER, OVER_STATUS, Dialect
from producers.jobposting import Workplace, amount, iso_date, job_posting, named_place, place, text, workplace_of
from talentflow.ids import digest

_LONGEST_FIELD = 2000
_LONGEST_DATE = 60
_DIGITS = re.compile(r"\d{9,13}")
_TRACKING = (
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "utm_id",
    "gclid",
    "fbclid",
    "mc_cid",
    "mc_eid",
)
_ANYWHERE = {
    "remote",
    "anywhere",
    "worldwide",
    "anywhere in the world",
    "remote worldwide",
    "100% remote",
    "fully remote",
    "global",
}
_C1 = re.compile(r"[\x80-\x9f]")
_TWICE_ENCODED = re.compile(r"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_LANGUAGES = ["en", "fr", "de", "es", "it", "nl", "pt"]
_NAMES = ("name", "title", "label", "display_name", "text", "term", "value", "location")
_PARTS = {
    "locality": "city addressLocality locality",
    "region": "region state addressRegion",
    "country": "country addressCountry countryCode country_code",
}
_SALARY = {
    "least": "min minimum min_value minValue from low",
    "most": "max maximum max_value maxValue to high",
    "currency": "currency currency_code currencyCode",
    "per": "period interval unit unitText per",
}


class Entry:
    """An entry as its feed has it. Values come from strangers: one of a wrong type counts as missing."""

    def __init__(self, said: Mapping[str, Any], dialect: Dialect, feed_url: str) -> None:
        self.said = said
        self._dialect = dialect
        self._feed_url = feed_url

    @property
    def is_notice(self) -> bool:
        """Remote OK's first element: its terms, not an offer."""
        return "legal" in self.said and not self._title

    @property
    def has_content(self) -> bool:
        return bool(self._title or self._description)

    @cached_property
    def url(self) -> str | None:
        """The offer's page, without what only tracks readers."""
        said = plain(self._get("url"))
        target = joined(self._feed_url, said) if said else None
        return _untracked(target) if target else None

    @cached_property
    def key(self) -> str:
        """What the feed knows the offer by: its own id, else its address, else what it says."""
        own = text(self._get("id"))
        if own and not own.startswith(("http://", "https://", "/")):
            return _sound(own[:_LONGEST_FIELD])
        address = (joined(self._feed_url, own) if own else None) or self.url
        if not address:
            return digest(own or "", self._title or "", plain(self._get("company")) or "", self._description or "")
        return canonicalize_url(_untracked(address), keep_fragments=True)

    @property
    def says_over(self) -> bool:
        """Whether the entry itself says that the offer is closed."""
        status = text(self.said.get("status")) or text(self.said.get("state"))
        flagged = any(self.said.get(name) is over for over, names in OVER.items() for name in names.split())
        return flagged or (status is not None and status.casefold() in OVER_STATUS)

    def day(self, what: str) -> str | None:
        """A date in ISO 8601, from any of its names; None for `3 days ago`, which is another day with every reading."""
        return next((day for value in self._all(what) if (day := any_date(value))), None)

    def posting(self, company: str | None) -> dict[str, Any]:
        """The JobPosting; an entry that is one already stays as it is. `company` stands in where the entry names none."""
        if self.said.get("@type") == "JobPosting":
            return dict(self.said)
        where = [name for name in _named(self._get("location")) if name.casefold() not in _ANYWHERE]
        employer, title = self._employer_and_title()
        posting = job_posting(
            title=title or "",
            description=self._description,
            company=employer or company,
            places=[] if self._dialect.remote else self._places(),
            workplace=self._workplace(),
            employment_types=_named(self._get("types")),
            date_posted=self.day("posted"),
            valid_through=self.day("valid"),
            salary=self._salary(),
            identifier=plain(self.said.get("id")) or plain(self.said.get("guid")),
            url=self.url,
            industry=", ".join(_named(self._get("industry"))) or None,
            department=", ".join(_named(self._get("department"))) or None,
            skills=list(dict.fromkeys(_named(self._get("skills"), separator=","))),
            seniority=", ".join(_named(self._get("seniority"))) or None,
            language=plain(self._get("language")),
        )
        living = [name for name in _named(self._get("applicants")) if name.casefold() not in _ANYWHERE]
        living += where if self._dialect.remote else []
        if living:
            posting["applicantLocationRequirements"] = [{"@type": "AdministrativeArea", "name": n} for n in dict.fromkeys(living)]
        return posting

    def _all(self, what: str) -> Iterable[Any]:
        names = self._dialect.names.get(what) or COMMON[what]
        return (value for name in names.split() if (value := at(self.said, name)) not in (None, "", [], {}))

    def _get(self, what: str) -> Any:
        return next(iter(self._all(what)), None)

    @cached_property
    def _title(self) -> str | None:
        return next((title for value in self._all("title") if (title := plain(value))), None)

    @cached_property
    def _description(self) -> str | None:
        said = next((value for value in self._all("description") if isinstance(value, str) and plain(value)), None)
        if said is None:
            return None
        if self._dialect.noise:
            said = _without_breaks(self._dialect.noise.sub("", said))
        return _mended(said).strip() or None

    def _employer_and_title(self) -> tuple[str | None, str | None]:
        employer = next(iter(_named(self._get("company"))), None)
        if employer is None and self._title and self._dialect.company_in_title:
            before, colon, after = self._title.partition(": ")
            if colon and after.strip():
                return before.strip(), after.strip()
        return employer, self._title

    def _workplace(self) -> Workplace | None:
        if self._dialect.remote:
            return "remote"
        flag = self._get("remote")
        anywhere = any(name.casefold() in _ANYWHERE for name in _named(self._get("location")))
        remote = True if anywhere else flag if isinstance(flag, bool) else plain(flag)
        return workplace_of(plain(self._get("workplace")), remote=remote)

    def _places(self) -> list[dict[str, Any] | None]:
        said = self._get("location")
        found: list[dict[str, Any] | None] = []
        for one in said if isinstance(said, list) else [said]:
            parts = {part: next((p for n in names.split() if (p := plain(at(one, n)))), None) for part, names in _PARTS.items()}
            if isinstance(one, dict) and any(parts.values()):
                found.append(place(**parts))
            else:
                found.extend(named_place(name) for name in _named(one) if name.casefold() not in _ANYWHERE)
        return found

    def _salary(self) -> dict[str, Any] | str | None:
        """Numbers with their currency and period, else what the feed writes."""
        said = self._get("salary")
        known = {name: self._get(name) for name in ("least", "most", "currency", "per")}
        if isinstance(said, dict):
            inner = {**said, **said["value"]} if isinstance(said.get("value"), dict) else said
            known |= {
                part: v for part, names in _SALARY.items() if (v := next((inner[n] for n in names.split() if n in inner), None))
            }
        elif isinstance(said, int | float) and not isinstance(said, bool):
            known |= {"least": said, "most": said}
        currency, per = plain(known["currency"]) or self._dialect.currency, plain(known["per"]) or self._dialect.per
        if found := amount(known["least"], known["most"], currency, per):
            return found
        written = [
            w for value in (known["least"], known["most"]) if isinstance(value, str) and (w := plain(value)) and w.strip("0.")
        ]
        return plain(said) if isinstance(said, str) else " - ".join(dict.fromkeys(written)) or None


def from_xml(entry: Any) -> dict[str, Any]:
    """An entry as feedparser has it, in the names that JSON feeds use."""
    contents = [c.get("value") for c in entry.get("content", [])]
    texts = [t for t in (*contents, entry.get("summary")) if isinstance(t, str) and t.strip()]
    plainer = {
        name: value
        for name, value in entry.items()
        if isinstance(value, str) and name not in ("link", "summary", "author") and not name.endswith("_detail")
    }
    return plainer | {
        "url": entry.get("link"),
        "description": max(texts, key=len, default=None),
        "tags": [t.get("label") or t.get("term") for t in entry.get("tags", [])],
    }


def is_offer(said: Mapping[str, Any]) -> bool:
    """Whether an object of an unknown answer can be an offer: it has a title or a text, and something beside it."""
    if said.get("@type") == "JobPosting":
        return True
    has = {what for what in ("title", "description", "url", "id", "company") if _has(said, what)}
    return bool(has & {"title", "description"}) and len(has) > 1


def at(value: Any, path: str) -> Any:
    """What stands at `links.next`; None when there is nothing."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def plain(value: object) -> str | None:
    """Text without markup, entities and needless space; the name of an object that has one."""
    if isinstance(value, Mapping):
        value = next((value[n] for n in _NAMES if isinstance(value.get(n), str)), None)
    said = text(value)
    if not said:
        return None
    bare = said[:_LONGEST_FIELD]
    if "<" in bare or "&" in bare:
        bare = replace_entities(remove_tags(replace_entities(remove_tags(bare))))
    return _sound(" ".join(_mended(bare).split())) or None


def joined(base: str, said: str) -> str | None:
    """The web address that `said` means on the page at `base`; None when it means none."""
    try:
        target = urljoin(base, _sound(said.strip()))
        parts = urlsplit(target)
        is_web = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        return target if is_web else None
    except ValueError:
        return None


def any_date(value: object) -> str | None:
    """The day in ISO 8601, from numbers and text in the spellings of several languages."""
    if isinstance(value, Mapping):
        value = plain(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = int(value)
    if (day := iso_date(value)) or not isinstance(value, str):
        return day
    said = plain(value)
    if not said or len(said) > _LONGEST_DATE or not re.search(r"(?<!\d)\d{4}(?!\d)", said):
        return None
    if day := iso_date(said):
        return day
    return _worded_date(said)


@lru_cache(maxsize=4096)
def _worded_date(said: str) -> str | None:
    import dateparser  # slow to import, and most feeds do without

    rules: Any = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"], "TIMEZONE": "UTC"}
    found = dateparser.parse(said, languages=_LANGUAGES, settings=rules)
    return found.date().isoformat() if found else None


def _has(said: Mapping[str, Any], what: str) -> bool:
    return any(plain(at(said, name)) for name in COMMON[what].split())


def _without_breaks(said: str) -> str:
    """Without the empty lines at its end."""
    while (shorter := said.rstrip().removesuffix("<br/>").removesuffix("<br>").removesuffix("<br />")) != said:
        said = shorter
    return said


def _untracked(address: str) -> str:
    return url_query_cleaner(address, _TRACKING, remove=True, keep_fragments=True)


def _named(value: Any, *, separator: str | None = None) -> list[str]:
    """One text or several, as texts."""
    values = value if isinstance(value, list) else [value]
    if separator:
        values = [part for v in values for part in (v.split(separator) if isinstance(v, str) else [v])]
    return [name for v in values if (name := plain(v))]


def _sound(said: str) -> str:
    """Without lone surrogates, which JSON can hold and UTF-8 cannot."""
    return said.encode("utf-8", "replace").decode()


def _mended(said: str) -> str:
    """Text that was encoded as UTF-8 twice, as its author wrote it: control characters in it give it away."""
    if not _C1.search(said):
        return said

    def once(found: re.Match[str]) -> str:
        try:
            return found[0].encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            return found[0]

    return _TWICE_ENCODED.sub(once, said)
