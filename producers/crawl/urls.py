"""Web addresses of a crawl: one spelling for one page, what belongs to the site, and which look like a trap."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from talentflow.errors import BadSettings

LONGEST_URL = 2000
JOB_RANK = 1
"""Of addresses that speak of jobs: new ones come before what is known."""
KNOWN_RANK = 2
"""Of pages that had an offer when they were read last."""
_OTHER_RANK = 3
_MOST_SEGMENTS = 16
_MOST_PARAMETERS = 10
_MOST_REPEATS = 2
"""Of one segment in a path: relative links on pages that answer to any path go on for ever (`/a/b/a/b/a/b/`)."""
_BARREN_PAGES = 30
"""Pages of one pattern that gave nothing new before the rest of it is left out."""

_TRACKING = re.compile(
    r"utm_.*|ga_.*|mtm_.*|pk_.*|hsa_.*|_hs.*|mc_[ce]id|[fgm]clid|dclid|msclkid|yclid|igshid|_ga|_gl|trk|trkinfo|trackingid"
    r"|(?:php|asp)?\.?sess(?:ion)?_?id|jsessionid|phpsessid|aspsessionid.*|cfid|cftoken|sid|s_cid",
    re.IGNORECASE,
)
"""Parameters that name a visitor or the way that he came, not a page."""
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#]*", re.IGNORECASE)
_PAGE_PARAMETERS = frozenset(
    (
        "page",
        "p",
        "pg",
        "pageno",
        "pagenumber",
        "page_number",
        "currentpage",
        "start",
        "offset",
        "from",
        "first",
        "startrow",
        "seite",
    )
)
_PAGE_SEGMENT = re.compile(r"/(?:page|seite|pagina|p)[/-]?\d{1,6}/?$", re.IGNORECASE)
_JOB_WORDS = re.compile(
    r"job|career|vacanc|position|opening|opportunit|recruit|hiring|emploi|offre|carriere|recrutement|stelle|karriere|empleo|vaga|lavor"
    r"|werken-bij|vacature",
    re.IGNORECASE,
)
_OTHER_FILES = re.compile(
    r"7z|avi|bmp|bz2|css|csv|dmg|docx?|eot|exe|gif|ico|ics|iso|jpe?g|js|json|m4[av]|mkv|mov|mp[34]|mpe?g|msi|od[pst]|og[gv]|otf|pdf|pkg"
    r"|png|pptx?|ps|rar|rss|rtf|svg|tar|tgz|tiff?|ttf|vcf|wav|web[mp]|wmv|woff2?|xlsx?|zip",
    re.IGNORECASE,
)
_SAFE_IN_PATH = "/:@!$&'()*+,;=~%-._[]"
_SAFE_IN_QUERY = "/:@!$'()*+,;=~%-._[]&?|"


def resolved(base: str, href: str) -> str | None:
    """The page that a link on `base` leads to, in the spelling that the crawl knows it by; None when it leads to none."""
    href = href.strip()
    if not href or href[0] == "#" or len(href) > LONGEST_URL:
        return None
    if href[0] == "/" and href[1:2] != "/" and "/." not in href:
        scheme, _, rest = base.partition("://")
        return normalised(f"{scheme}://{rest.partition('/')[0].partition('?')[0]}{href}")
    try:
        return normalised(urljoin(base, href))
    except ValueError:
        return None


@lru_cache(maxsize=65_536)
def normalised(url: str) -> str | None:
    """One spelling for the addresses of one page: no fragment, default port, session or tracking; None for what is no page."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").rstrip(".").encode("idna" if not parts.netloc.isascii() else "ascii").decode()
    except ValueError:  # UnicodeError is one: names that cannot be a host's
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != {"http": 80, "https": 443}[parts.scheme]:
        netloc = f"{netloc}:{port}"
    path = quote(_PATH_SESSION.sub("", parts.path) or "/", safe=_SAFE_IN_PATH, errors="replace")
    kept = [p for p in parts.query.split("&") if p and not _TRACKING.fullmatch(p.partition("=")[0])]
    found = urlunsplit((parts.scheme, netloc, path, quote("&".join(kept), safe=_SAFE_IN_QUERY, errors="replace"), ""))
    return found if len(found) <= LONGEST_URL else None


@lru_cache(maxsize=65_536)
def site_of(url: str) -> str:
    """The host and port that a page belongs to; `www.` makes no other site."""
    return urlsplit(url).netloc.removeprefix("www.")


@lru_cache(maxsize=65_536)
def pattern(url: str) -> str:
    """What addresses of one kind share: `/job/#?page` for `/job/nurse-17?page=3`."""
    parts = urlsplit(url)
    path = "/".join("#" if any(c.isdigit() for c in segment) else segment for segment in parts.path.split("/"))
    return f"{parts.netloc}{path}?{'&'.join(sorted(_parameters(parts)))}"


@lru_cache(maxsize=65_536)
def rank(url: str) -> int:
    """The order in which pages are taken; the start page and sitemaps come before all of these."""
    path = url.split("/", 3)[3] if url.count("/") > 2 else ""
    return JOB_RANK if _JOB_WORDS.search(path) else _OTHER_RANK


def is_next_page(url: str, of: str) -> bool:
    """Whether `url` is another page of the listing at `of`: the same address but for a page's number."""
    one, other = urlsplit(url), urlsplit(of)
    if one.netloc != other.netloc or url == of:
        return False
    if _PAGE_SEGMENT.sub("", one.path).rstrip("/") != _PAGE_SEGMENT.sub("", other.path).rstrip("/"):
        return False
    return _differing(one, other) <= _PAGE_PARAMETERS


def is_same_page(url: str, canonical: str) -> bool:
    """Whether `canonical` is `url` without parameters that choose nothing; a listing's second page is a page of its own."""
    one, other = urlsplit(url), urlsplit(canonical)
    if (one.netloc, one.path) != (other.netloc, other.path) or not set(other.query.split("&")) <= {"", *one.query.split("&")}:
        return False
    return not _differing(one, other) & _PAGE_PARAMETERS


def _differing(one: SplitResult, other: SplitResult) -> set[str]:
    pairs = set(one.query.split("&")) ^ set(other.query.split("&"))
    return {p.partition("=")[0].casefold() for p in pairs if p}


def _parameters(parts: SplitResult) -> set[str]:
    return {p.partition("=")[0] for p in parts.query.split("&") if p}


class Site:
    """What the crawl may fetch.

    Args:
        start: the page that it starts from.
        include, exclude: regular expressions, searched in the whole address. They bind links, not the start page,
            sitemaps or further pages of a listing (these only `exclude`).

    Raises: BadSettings for an expression that is none.
    """

    def __init__(self, start: str, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> None:
        self.sites = {site_of(start)}
        self._https = start.startswith("https:")
        self._include = [_compiled(p) for p in include]
        self._exclude = [_compiled(p) for p in exclude]
        self._barren: Counter[str] = Counter()
        self._fruitful: Counter[str] = Counter()

    def holds(self, url: str) -> bool:
        return site_of(url) in self.sites

    def preferred(self, url: str) -> str:
        """A site that is read over https stays there."""
        return f"https{url[4:]}" if self._https and url.startswith("http:") and self.holds(url) else url

    def admits(self, url: str, *, is_listing: bool = False) -> bool:
        """Whether a link is followed."""
        if not self.holds(url) or _is_suspicious(url) or any(p.search(url) for p in self._exclude):
            return False
        return is_listing or not self._include or any(p.search(url) for p in self._include)

    def tell(self, url: str, *, fruitful: bool) -> None:
        """Learn from a page that was read: fruitful is one that holds an offer or leads to new pages of another pattern."""
        (self._fruitful if fruitful else self._barren)[pattern(url)] += 1

    def is_trap(self, url: str, of: str) -> bool:
        """Whether a link on the page `of` leads on in a trap: calendars, filters and made-up paths, where page after page of one
        pattern leads only to more of them. Pages that are linked from elsewhere are never in one."""
        shared = pattern(of)
        barren = self._barren[shared]
        return barren >= _BARREN_PAGES and self._fruitful[shared] * 10 < barren and pattern(url) == shared


@lru_cache(maxsize=65_536)
def _is_suspicious(url: str) -> bool:
    parts = urlsplit(url)
    segments = [s for s in parts.path.split("/") if s]
    if len(segments) > _MOST_SEGMENTS or parts.query.count("&") >= _MOST_PARAMETERS:
        return True
    if segments and max(Counter(segments).values()) > _MOST_REPEATS:
        return True
    name, dot, extension = (segments[-1] if segments else "").rpartition(".")
    return bool(dot and name) and _OTHER_FILES.fullmatch(extension) is not None


def _compiled(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        raise BadSettings(f"include or exclude: {expression!r} is no regular expression ({error}): correct it") from error
