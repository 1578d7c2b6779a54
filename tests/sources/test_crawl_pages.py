"""What the crawl makes of addresses, pages and postings: no network here."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from twisted.internet.address import IPv4Address

from producers.crawl import guard, reread_site
from producers.crawl.guard import GuardedResolver
from producers.crawl.pages import read_page
from producers.crawl.politeness import retry_after
from producers.crawl.postings import json_value, normal_form, valid_until
from producers.crawl.urls import Site, is_next_page, is_same_page, normalised, pattern, resolved
from producers.sources import SiteSource
from talentflow.errors import BadSettings
from talentflow.eventlog.messages import ClosedDocument, RawDocument, RejectedDocument
from tests.command import DATA
from tests.sources.site import json_ld, page, posting

URL = "https://example.org/jobs/1"
EXAMPLES = DATA / "schemaorg_jobposting_examples" / "jobposting_examples.txt"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Example.org:443/jobs/1#apply", URL),
        ("https://example.org/jobs/1?utm_source=x&gclid=2&PHPSESSID=3", URL),
        ("https://example.org/jobs/1;jsessionid=A1B2?sid=9", URL),
        ("https://example.org/jobs?b=2&a=1", "https://example.org/jobs?b=2&a=1"),
        ("https://example.org", "https://example.org/"),
        ("https://münchen.example/stellen für alle", "https://xn--mnchen-3ya.example/stellen%20f%C3%BCr%20alle"),
        ("https://example.org/a%20b?q=%C3%A9", "https://example.org/a%20b?q=%C3%A9"),
        ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("mailto:jobs@example.org", None),
        ("javascript:void(0)", None),
        ("https://user:secret@example.org/", None),
        ("https://example.org:99999/", None),
        ("https://[broken/", None),
        ("https://example.org/" + "x" * 3000, None),
    ],
)
def test_one_page_has_one_spelling(url, expected):
    assert normalised(url) == expected


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/a", "https://example.org/a"),
        ("b", "https://example.org/jobs/b"),
        ("../c?d", "https://example.org/c?d"),
        ("/x/../y", "https://example.org/y"),
        ("//other.example/z", "https://other.example/z"),
        ("?page=2", "https://example.org/jobs/1?page=2"),
        ("#top", None),
        ("", None),
        ("tel:123", None),
        ("http://[", None),
    ],
)
def test_links_lead_where_a_browser_would_go(href, expected):
    assert resolved(URL, href) == expected


def test_pages_of_a_listing_are_known_by_their_number():
    assert is_next_page("https://e.org/jobs?page=2", "https://e.org/jobs")
    assert is_next_page("https://e.org/jobs?q=nurse&start=20", "https://e.org/jobs?q=nurse&start=10")
    assert is_next_page("https://e.org/jobs/page/3/", "https://e.org/jobs/page/2/")
    assert not is_next_page("https://e.org/jobs?city=Lyon", "https://e.org/jobs")
    assert not is_next_page("https://e.org/jobs/2", "https://e.org/jobs")
    assert is_same_page("https://e.org/jobs?ref=a&page=2", "https://e.org/jobs?page=2")
    assert not is_same_page("https://e.org/jobs?page=2", "https://e.org/jobs")
    assert not is_same_page("https://e.org/jobs", "https://e.org/careers")


def test_a_site_is_a_host_and_what_leads_nowhere_is_not_followed():
    site = Site("https://www.example.org/jobs", exclude=["/login"])
    assert site.admits("https://example.org/jobs/1")
    assert site.preferred("http://example.org/a") == "https://example.org/a"
    refused = [
        "https://sub.example.org/",
        "https://example.org/login",
        "https://example.org/a.pdf",
        "https://example.org/a/b/a/b/a/b",
    ]
    assert not any(site.admits(url) for url in [*refused, "https://example.org/?" + "&".join(f"f{n}=1" for n in range(12))])
    with pytest.raises(BadSettings, match="regular expression"):
        Site("https://example.org/", include=["("])


def test_a_trap_is_a_pattern_that_leads_only_to_itself():
    site = Site("https://example.org/")
    months = [f"https://example.org/calendar/2027/{n}" for n in range(60)]
    for month in months[:40]:
        site.tell(month, fruitful=False)
    assert site.is_trap(months[50], months[40])
    assert not site.is_trap(months[50], "https://example.org/")
    assert not site.is_trap("https://example.org/jobs/1", months[40])
    assert pattern("https://example.org/job/nurse-17?page=3&b=1") == "example.org/job/#?b&page"


def test_links_of_broken_html_are_found_with_base_and_refresh():
    html = """<base href="/de/"><meta http-equiv="Refresh" content="0; url='/neu'"><a href=eins>1<a href='zwei?a=1&amp;b=2'>
    <area href="/drei"><!-- <a href="/kommentar"> --><script>"<a href='/skript'>"</script><link rel="next" href="/jobs?cursor=x">"""
    links = {link.url.removeprefix("https://example.org"): link for link in read_page(URL, html.encode()).links}
    assert set(links) == {"/de/eins", "/de/zwei?a=1&b=2", "/drei", "/neu", "/jobs?cursor=x"}
    assert links["/jobs?cursor=x"].is_listing


def test_sitemaps_in_any_dress():
    entries = (
        f"<url><loc> {URL} </loc><image:image xmlns:image='i'><image:loc>https://example.org/i</image:loc></image:image></url>"
    )
    sitemap = f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entries}"
    for content in (sitemap.encode(), gzip.compress(sitemap.encode()), gzip.compress(sitemap.encode())[:-4]):
        assert [link.url for link in read_page("https://example.org/s", content).links] == [URL]
    evil = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>http://e.org/&x;</loc></url></urlset>'
    assert all("root" not in link.url for link in read_page("https://example.org/s", evil).links)
    text = read_page("https://example.org/s", f"{URL}\nhttps://example.org/2".encode(), "text/plain; charset=utf-8")
    assert len(text.links) == 2


@pytest.mark.parametrize(
    "block",
    [
        '{"@type": "JobPosting", "title": "Nurse",}',
        '{"@type": "JobPosting", /* the title */ "title": "Nurse"}',
        '<!--\n{"@type": "JobPosting", "title": "Nurse"}\n-->',
        '//<![CDATA[\n{"@type": "JobPosting", "title": "Nurse"}\n//]]>',
        '/*<![CDATA[*/{"@type": "JobPosting", "title": "Nurse"}/*]]>*/',
        "{&quot;@type&quot;: &quot;JobPosting&quot;, &quot;title&quot;: &quot;Nurse&quot;}",
        '{"@type": "JobPosting", "title": "Nurse"};',
        '[{"@type": "JobPosting", "title": "Nurse"}]',
    ],
)
def test_json_ld_is_read_with_the_mistakes_that_sites_make(block):
    value = json_value(block)
    assert (value[0] if isinstance(value, list) else value) == {"@type": "JobPosting", "title": "Nurse"}


def test_json_ld_that_is_none_says_where():
    with pytest.raises(ValueError, match="column"):
        json_value('{"@type": "JobPosting", "title": ')


def test_references_inside_json_ld_are_followed():
    graph = {"@graph": [{"@id": "#org", "@type": "Organization", "name": "Moulin"}, posting(hiringOrganization={"@id": "#org"})]}
    (found,) = read_page(URL, page(json_ld(graph)).encode()).postings
    assert found["hiringOrganization"]["name"] == "Moulin"


def test_hostile_postings_cost_only_themselves():
    deep: Any = "x"
    for _ in range(800):
        deep = [deep]
    source = SiteSource(name="site", url="https://example.org/")
    for hostile in (
        posting(jobLocation=deep),
        posting("\ud800", identifier="\udfff", url="/\ud800", validThrough="\ud800"),
        posting(description={"@id": "#me"}) | {"@id": "#me"},
        posting(["a", 1, None], identifier=[{"value": {}}], url=7, validThrough={"a": 1}),
    ):
        (found,) = reread_site(source, URL, page(json_ld([hostile])).encode())
        assert isinstance(found, RawDocument)
        assert found.document_id
        assert json.loads(found.content)["@type"] == "JobPosting"
    slow = "<p>JobPosting " + "itemtype=" * 200_000 + " " * 1_000_000
    assert read_page(URL, slow.encode()).postings == []


def test_an_unchanged_offer_has_the_same_form():
    one = posting(interactionStatistic={"userInteractionCount": 17}, dateModified="2026-11-01")
    other = dict(reversed(posting(dateModified="2026-11-02").items()))
    assert normal_form(one, URL) == normal_form(other, URL)
    assert normal_form(one, URL)["url"] == URL


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the public examples are not beside the repository")
@pytest.mark.parametrize(
    ("syntax", "employer"), [("MICRODATA", "ABC Company Inc."), ("RDFA", "ABC Company Inc."), ("JSON", None)]
)
def test_schema_orgs_own_example_reads_alike_in_every_syntax(syntax, employer):
    example = EXAMPLES.read_text(encoding="utf-8").split("eg-0028", 1)[1]
    markup = example.split(f"\n{syntax}:", 1)[1].split("\nRDFA:")[0].split("\nJSON:")[0].split("=====")[0]
    (found,) = read_page(URL, page(markup).encode()).postings
    assert (found["title"], found["salaryCurrency"]) == ("Software Engineer", "USD")
    assert found["jobLocation"]["address"]["addressLocality"] == "Kirkland"
    assert found.get("hiringOrganization", {}).get("name") == employer
    assert "Java/J2EE" in json.dumps(found["skills"])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-11-25", datetime(2026, 11, 26, tzinfo=UTC)),
        ("2026-11-25T10:00:00Z", datetime(2026, 11, 25, 10, tzinfo=UTC)),
        ("2026-11-25T10:00", datetime(2026, 11, 25, 10, tzinfo=UTC)),
        ("2026-11-25T10:00:00+02:00", datetime(2026, 11, 25, 8, tzinfo=UTC)),
        ("25.11.2026", datetime(2026, 11, 26, tzinfo=UTC)),
        ("9999-12-31", None),
        ("soon", None),
        (None, None),
        (["2026-11-25"], None),
    ],
)
def test_an_offer_is_valid_to_the_end_of_its_last_day(said, expected):
    assert valid_until({"validThrough": said}) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"120", 120.0),
        (b"Fri, 20 Nov 2026 12:01:00 GMT", 60.0),
        (b"Fri, 20 Nov 2020 12:00:00 GMT", 0.0),
        (b"soon", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(said, expected):
    assert retry_after(said, datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()) == expected


def test_a_kept_page_is_read_again():
    source = SiteSource(name="site", url="https://example.org/")
    cases = [posting(), posting(validThrough="2020-01-01"), {"@type": "JobPosting", "employmentType": "FULL_TIME"}]
    (document,) = reread_site(source, URL, page(json_ld(cases[0])).encode())
    assert isinstance(document, RawDocument)
    assert (document.source, document.source_key) == ("site", URL)
    (closed,) = reread_site(source, URL, page(json_ld(cases[1])).encode())
    assert isinstance(closed, ClosedDocument)
    broken = page(json_ld(cases[2])).encode()
    (rejected,) = reread_site(source, URL, broken)
    assert isinstance(rejected, RejectedDocument)
    assert (rejected.error_code, rejected.payload) == ("unexpected_answer", broken)


class _System:
    """A name service whose answers the test chooses, one a question."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def resolveHostName(self, receiver: Any, *_: Any) -> None:
        receiver.resolutionBegan(None)
        receiver.addressResolved(IPv4Address("TCP", self.answers.pop(0), 80))
        receiver.resolutionComplete()


class _Receiver:
    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.complete = False

    def resolutionBegan(self, _: Any) -> None:
        return

    def addressResolved(self, address: IPv4Address) -> None:
        self.addresses.append(address.host)

    def resolutionComplete(self) -> None:
        self.complete = True


class _Reactor:
    def __init__(self, resolver: _System) -> None:
        self.nameResolver = resolver


def test_every_resolution_is_checked_so_that_a_changed_name_is_refused():
    resolver = GuardedResolver(_Reactor(_System("93.184.216.34", "127.0.0.1")), allow_private=False)  # type: ignore[arg-type]
    first, second = _Receiver(), _Receiver()
    for receiver in (first, second):
        resolver.resolveHostName(receiver, "jobs.example")  # type: ignore[arg-type]
    assert (first.addresses, first.complete) == (["93.184.216.34"], True)
    assert (second.addresses, second.complete) == ([], True)
    assert "loopback" in guard.refused.pop("jobs.example")
