"""Job pages from a real site on the loopback: what is fetched, what comes of it, what closes, what survives."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from talentflow.errors import AddressRefused, BadInput, NotFound, ServiceUnavailable
from tests.sources.crawls import NOW, Crawler
from tests.sources.site import Asked, Reply, json_ld, link, page, posting, serving, unless_known

pytestmark = pytest.mark.slow

MICRODATA = """
<div itemscope itemtype="https://schema.org/JobPosting"><h1 itemprop="title">Baker</h1>
<div itemprop="hiringOrganization" itemscope itemtype="https://schema.org/Organization"><b itemprop="name">Moulin</b></div>
<div itemprop="description"><p>Bread and rolls from four in the morning.</p></div></div>
"""


@pytest.fixture
def crawler(tmp_path: Path) -> Iterator[Crawler]:
    with serving() as site:
        yield Crawler(site, tmp_path)


def offers(crawler: Crawler, *numbers: int, **fields: str) -> None:
    """A page with a posting for each number, and a start page that links to them."""
    crawler.site.html("/", *(link(f"/jobs/{n}") for n in numbers))
    for n in numbers:
        crawler.site.html(f"/jobs/{n}", json_ld(posting(f"Nurse {n}", **fields)))


def test_postings_are_found_through_listings_and_their_further_pages(crawler):
    site = crawler.site
    site.html("/", link("/jobs"), link("/brochure.pdf"), link("https://elsewhere.example/jobs/9"), link("/logo.png"))
    site.html("/jobs", link("/jobs/1?utm_source=home"), link("jobs/1#apply"), link("/jobs?page=2"))
    site.html("/jobs?page=2", link("/jobs/2"), link("/jobs"), link("/jobs?page=3"))
    site.html("/jobs?page=3", link("/jobs/3"))
    site.html("/jobs/1", json_ld(posting("Nurse", validThrough="2026-12-31")))
    site.html("/jobs/2", MICRODATA)
    site.html("/jobs/3", json_ld({"@graph": [{"@type": "WebPage"}, posting("Cook")]}))
    read = crawler.read(depth=2)
    assert read.keys == ["/jobs/1", "/jobs/2", "/jobs/3"]
    assert site.count() == dict.fromkeys(["/", "/jobs", "/jobs?page=2", "/jobs?page=3", "/jobs/1", "/jobs/2", "/jobs/3"], 1)
    found = read.postings()
    assert found["/jobs/1"]["title"] == "Nurse"
    assert found["/jobs/1"]["url"] == f"{site.url}/jobs/1"
    assert found["/jobs/2"]["hiringOrganization"]["name"] == "Moulin"
    assert found["/jobs/3"]["title"] == "Cook"
    document = read.documents[0]
    assert (document.source, document.media_type, document.kind_hint) == ("site", "application/ld+json", "job_offer")
    assert document.fetched_at is not None
    assert document.terms
    assert read.counts.fetched == 7


def test_sitemaps_are_read_where_they_are_named(crawler):
    site = crawler.site
    urls = [f"<url><loc>{site.url}/jobs/{n}</loc></url>" for n in range(1, 5)]
    site.pages["/robots.txt"] = Reply(f"User-agent: *\nSitemap: {site.url}/maps.xml\n", headers={"Content-Type": "text/plain"})
    site.pages["/maps.xml"] = Reply(
        f'<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{site.url}/a.xml.gz</loc>'
        f"</sitemap><sitemap><loc>{site.url}/b.xml</loc></sitemap></sitemapindex>",
        headers={"Content-Type": "application/xml"},
    )
    a = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(urls[:3])}</urlset>'
    site.pages["/a.xml.gz"] = Reply(gzip.compress(a.encode()), headers={"Content-Type": "application/x-gzip"})
    site.pages["/b.xml"] = Reply(f"<urlset>{urls[3]}<url><loc>{site.url}/jobs/5</urlset>", headers={"Content-Type": "text/xml"})
    site.html("/")
    for n in range(1, 5):
        site.html(f"/jobs/{n}", json_ld(posting(f"Nurse {n}")))
    assert crawler.read(depth=1).keys == [f"/jobs/{n}" for n in range(1, 5)]
    assert set(site.count().values()) == {1}


def test_a_crawl_may_start_at_a_sitemap(crawler):
    crawler.site.pages["/sitemap.xml"] = Reply(
        f"<urlset><url><loc>{crawler.site.url}/jobs/1</loc></url></urlset>", headers={"Content-Type": "application/xml"}
    )
    crawler.site.html("/jobs/1", json_ld(posting()))
    assert crawler.read("/sitemap.xml").keys == ["/jobs/1"]


def test_what_robots_txt_forbids_is_left_alone(crawler):
    offers(crawler, 1, 2)
    crawler.site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /jobs/2\n", headers={"Content-Type": "text/plain"})
    assert crawler.read().keys == ["/jobs/1"]
    assert "/jobs/2" not in crawler.site.count()
    assert crawler.read(respect_robots=False).keys == ["/jobs/1", "/jobs/2"]


def test_a_site_that_robots_txt_forbids_is_told_apart_from_an_empty_one(crawler):
    offers(crawler, 1)
    crawler.site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /\n", headers={"Content-Type": "text/plain"})
    read = crawler.read()
    assert isinstance(read.error, BadInput)
    assert not crawler.site.count()


def test_nothing_is_fetched_while_robots_txt_cannot_be_read(crawler):
    offers(crawler, 1)
    crawler.site.pages["/robots.txt"] = Reply("down", 503)
    assert isinstance(crawler.read().error, ServiceUnavailable)
    assert not crawler.site.count()
    del crawler.site.pages["/robots.txt"]
    assert crawler.read().keys == ["/jobs/1"]


def test_requests_are_as_far_apart_as_robots_txt_asks(crawler):
    offers(crawler, 1, 2, 3)
    crawler.site.pages["/robots.txt"] = Reply("User-agent: *\nCrawl-delay: 0.4\n", headers={"Content-Type": "text/plain"})
    times: list[float] = []
    for path, reply in list(crawler.site.pages.items()):
        if path != "/robots.txt":
            crawler.site.pages[path] = lambda _, reply=reply: (times.append(time.monotonic()), reply)[1]
    assert len(crawler.read(delay=0.1).documents) == 3
    assert min(b - a for a, b in pairwise(times)) > 0.35


def test_a_new_round_asks_only_for_what_has_changed(crawler):
    site = crawler.site
    site.pages["/"] = unless_known(Reply(page(link("/jobs"), link("/new"))), '"home"')
    site.pages["/jobs"] = unless_known(Reply(page(link("/jobs/1"), link("/jobs/2"))), '"jobs"')
    site.pages["/jobs/1"] = unless_known(Reply(page(json_ld(posting("Nurse")))), '"1"')
    site.html("/jobs/2", json_ld(posting("Cook")), Last_Modified="Tue, 17 Nov 2026 10:00:00 GMT")
    assert crawler.read().keys == ["/jobs/1", "/jobs/2"]
    site.forget()
    site.html("/jobs/2", json_ld(posting("Head cook")))
    site.html("/new", json_ld(posting("Baker")))
    read = crawler.read()
    assert (read.keys, read.closed) == (["/jobs/2", "/new"], [])
    assert (read.counts.not_modified, read.counts.fetched) == (3, 2)
    assert site.count() == dict.fromkeys(["/", "/jobs", "/jobs/1", "/jobs/2", "/new"], 1)
    since = next(a for a in site.asked if a.path == "/jobs/2").headers["if-modified-since"]
    assert since == "Tue, 17 Nov 2026 10:00:00 GMT"


def test_offers_close_when_their_page_says_so(crawler):
    site = crawler.site
    offers(crawler, *range(1, 10))
    site.html("/jobs/6", json_ld(posting("Nurse 6", validThrough="2026-11-25")))
    site.pages["/jobs/7"] = unless_known(Reply(page(json_ld(posting("Nurse 7", validThrough="2026-11-25")))), '"7"')
    assert len(crawler.read().documents) == 9
    site.html("/")  # links to none of them any more
    site.pages["/jobs/1"] = Reply("gone", 404)
    site.pages["/jobs/2"] = Reply("gone", 410)
    site.html("/jobs/3", "This position is filled.")
    site.pages["/jobs/4"] = Reply("oh no", 500)
    site.html("/jobs/5", '<script type="application/ld+json">{"@type": "JobPosting", "title": </script>')
    read = crawler.read(now=NOW + timedelta(days=6))
    assert read.closed_keys == {
        "/jobs/1": "its page answers 404",
        "/jobs/2": "its page answers 410",
        "/jobs/3": "its page no longer has it",
        "/jobs/6": "its validThrough (2026-11-26) has passed",
        "/jobs/7": "its validThrough (2026-11-26) has passed",
    }
    assert [r.error_code for r in read.rejected] == ["unexpected_answer"]
    assert read.error is None
    assert crawler.read(now=NOW + timedelta(days=7)).closed == []


def test_an_offer_that_comes_back_is_sent_again(crawler):
    offers(crawler, 1)
    reply = crawler.site.pages["/jobs/1"]
    crawler.read()
    crawler.site.pages["/jobs/1"] = Reply("gone", 404)
    assert list(crawler.read().closed_keys) == ["/jobs/1"]
    crawler.site.pages["/jobs/1"] = reply
    assert crawler.read().keys == ["/jobs/1"]


def test_a_source_that_names_another_site_begins_anew(crawler):
    offers(crawler, 1, 2)
    crawler.read(pages=2)
    crawler.site.html("/other", link("/jobs/3"))
    crawler.site.html("/jobs/3", json_ld(posting("Baker")))
    assert "/jobs/3" in crawler.read("/other").keys


@pytest.mark.parametrize("failure", [Reply("down", 503), Reply("nothing", 404), Reply(page("Maintenance. Back soon."))])
def test_a_site_that_fails_as_a_whole_closes_nothing(crawler, failure):
    offers(crawler, *range(12))
    crawler.read()
    pages, crawler.site.pages = crawler.site.pages, {}
    crawler.site.fallback = failure
    read = crawler.read()
    assert read.closed == []
    if failure.status != 200:
        assert isinstance(read.error, ServiceUnavailable if failure.status == 503 else NotFound)
    crawler.site.pages = pages
    assert crawler.read().closed == []


def test_many_offers_that_are_missing_twice_are_closed(crawler):
    offers(crawler, *range(12))
    crawler.read()
    crawler.site.html("/", "No openings at the moment.")
    for n in range(12):
        del crawler.site.pages[f"/jobs/{n}"]
    assert crawler.read().closed == []
    assert len(crawler.read().closed) == 12


def test_a_server_that_asks_for_time_gets_it(crawler):
    offers(crawler, 1)
    times: list[float] = []
    final = crawler.site.pages["/jobs/1"]

    def busy(_: Asked) -> Reply:
        times.append(time.monotonic())
        return Reply("slow down", 429, {"Retry-After": "1"}) if len(times) == 1 else final

    crawler.site.pages["/jobs/1"] = busy
    assert crawler.read().keys == ["/jobs/1"]
    assert times[1] - times[0] >= 1


def test_a_server_that_asks_for_an_hour_is_left_to_the_next_ingest(crawler):
    offers(crawler, 1)
    final = crawler.site.pages["/jobs/1"]
    crawler.site.pages["/jobs/1"] = Reply("slow down", 503, {"Retry-After": "3600"})
    read = crawler.read()
    assert isinstance(read.error, ServiceUnavailable)
    assert "3600 s" in str(read.error)
    crawler.site.pages["/jobs/1"] = final
    assert crawler.read().keys == ["/jobs/1"]
    assert crawler.site.count() == {"/": 1, "/jobs/1": 2}


def test_what_the_budget_leaves_is_read_by_the_next_ingests(crawler):
    offers(crawler, *range(8))
    reads = [crawler.read(pages=3) for _ in range(3)]
    assert [len(r.documents) for r in reads] == [2, 3, 3]
    assert set(crawler.site.count().values()) == {1}
    assert sum(crawler.site.count().values()) == 9


def test_depth_include_and_exclude_bound_the_crawl(crawler):
    site = crawler.site
    site.html("/", link("/a"), link("/jobs/1"), link("/jobs/old/2"))
    site.html("/a", link("/a/jobs/3"))
    for path in ("/jobs/1", "/jobs/old/2", "/a/jobs/3"):
        site.html(path, json_ld(posting()))
    assert crawler.read(depth=1, include=[r"/jobs/", r"/a$"], exclude=["/old/"]).keys == ["/jobs/1"]
    assert set(site.count()) == {"/", "/a", "/jobs/1"}


def test_traps_end(crawler):
    site = crawler.site
    counted = iter(range(10**6))

    def trap(asked: Asked) -> Reply:
        number = next(counted)
        if asked.path.startswith("/calendar"):
            return Reply(page(link(f"/calendar/2027/{number}"), link(f"/calendar/2028/{number}")))
        if asked.path.startswith("/deep"):
            return Reply(page(link(f"{asked.path}/again/")))
        if asked.path.startswith("/loop"):
            return Reply(status=302, headers={"Location": f"/loop/{1 - int(asked.path[-1])}"})
        if asked.path.startswith("/hop"):
            return Reply(status=301, headers={"Location": f"/hop/{number}"})
        return Reply("no", 404)

    site.fallback = trap
    site.html(
        "/", link("/calendar/2026/1"), link("/deep"), link("/loop/0"), link("/hop/0"), link("/list?sid=1a"), link("/jobs/1")
    )
    for sid in ("1a", "2b"):
        site.html(f"/list?sid={sid}", link("/list?sid=2b"))
    site.html("/list", link("/list?sid=9z"), link("/list?view=1"))
    site.html("/list?view=1", '<link rel="canonical" href="/list">', *(link(f"/list?view=1&x={n}") for n in range(5)))
    site.html("/jobs/1", json_ld(posting()))
    assert crawler.read(depth=1000, pages=5000).keys == ["/jobs/1"]
    kinds = [path.strip("/").split("/")[0].split("?")[0] for path in site.count().elements()]
    assert {k: kinds.count(k) for k in ("loop", "list")} == {"loop": 2, "list": 2}
    assert kinds.count("calendar") < 100
    assert kinds.count("hop") < 100
    assert kinds.count("deep") < 10


def test_an_offer_with_several_addresses_is_one_offer(crawler):
    site = crawler.site
    site.html("/", link("/jobs/1?ref=home"), link("/jobs/1"), link("/print/1"))
    canonical = '<link rel="canonical" href="/jobs/1">'
    for path in ("/jobs/1", "/jobs/1?ref=home", "/print/1"):
        site.html(path, canonical, json_ld(posting(identifier="77")))
    first = crawler.read()
    assert set(first.keys) == {"/jobs/1"}
    assert len({d.content_hash for d in first.documents}) == 1
    site.html("/", link("/jobs/1"))
    del site.pages["/print/1"]
    del site.pages["/jobs/1?ref=home"]
    assert crawler.read().closed == []


def test_a_canonical_address_that_is_the_same_everywhere_does_not_merge_offers(crawler):
    site = crawler.site
    site.html("/", link("/jobs/1"), link("/jobs/2"), link("/jobs/3"))
    for n, wrong in ((1, "/"), (2, "/careers"), (3, "/careers")):
        site.html(f"/jobs/{n}", f'<link rel="canonical" href="{wrong}">', json_ld(posting(f"Nurse {n}", identifier=str(n))))
    assert len(set(crawler.read().keys)) == 3


def test_several_postings_on_one_page_are_several_offers(crawler):
    here = [posting("Nurse", identifier={"@type": "PropertyValue", "value": "a1"}), posting("Cook", identifier="b2")]
    other = posting("Baker", url="/jobs/9")
    crawler.site.html("/", json_ld([*here, other]))
    crawler.site.html("/jobs/9", json_ld(posting("Baker")), json_ld(posting("Nurse", url=f"{crawler.site.url}/")))
    assert crawler.read().keys == ["/#a1", "/#b2", "/jobs/9"]


def test_bad_pages_cost_only_themselves(crawler):
    site = crawler.site
    paths = ["/latin", "/lies", "/unclosed", "/binary", "/picture", "/huge", "/bomb", "/empty", "/cut", "/ok"]
    site.html("/", *(link(p) for p in paths))
    french = posting("Infirmière", description="Été à l'hôpital")
    plain = page(f'<script type="application/ld+json">{json.dumps(french, ensure_ascii=False)}</script>')
    site.pages["/latin"] = Reply(plain.encode("latin-1"), headers={"Content-Type": "text/html; charset=iso-8859-1"})
    site.pages["/lies"] = Reply(plain.encode("latin-1"), headers={"Content-Type": "text/html; charset=utf-8"})
    site.pages["/unclosed"] = Reply("<div><p><a href=/found>x<table><tr><b>" + json_ld(posting("Cook")))
    site.html("/found", json_ld(posting("Baker")))
    site.pages["/binary"] = Reply(bytes(range(256)) * 50)
    site.pages["/picture"] = Reply(b"\x89PNG" * 1000, headers={"Content-Type": "image/png"})
    site.pages["/huge"] = Reply(b"<p>" + b"x" * (9 * 2**20))
    site.pages["/bomb"] = Reply(gzip.compress(b"<p>" + b"x" * (40 * 2**20)), headers={"Content-Encoding": "gzip"})
    site.pages["/empty"] = Reply(b"")
    site.pages["/cut"] = Reply(b"<p>half", headers={"Content-Length": "100", "Connection": "close"})
    site.html("/ok", json_ld(posting("Driver")))
    read = crawler.read()
    assert read.keys == ["/found", "/latin", "/lies", "/ok", "/unclosed"]
    assert read.postings()["/latin"]["title"] == read.postings()["/lies"]["title"] == "Infirmière"
    assert read.error is None


def test_private_addresses_are_refused_unless_allowed(crawler):
    offers(crawler, 1)
    read = crawler.read(allow_private_hosts=False)
    assert isinstance(read.error, AddressRefused)
    assert "loopback" in str(read.error)
    assert crawler.site.asked == []


def test_a_start_page_that_moved_takes_the_crawl_along(crawler):
    port = crawler.site.url.rsplit(":", 1)[1]
    crawler.site.pages["/"] = Reply(status=301, headers={"Location": f"http://localhost:{port}/careers"})
    crawler.site.html("/careers", link("/jobs/1"))
    crawler.site.html("/jobs/1", json_ld(posting()))
    assert [d.source_key for d in crawler.read(pages=2).documents] == []
    assert [d.source_key for d in crawler.read().documents] == [f"http://localhost:{port}/jobs/1"]


def test_pages_that_fail_together_while_the_site_is_there_are_only_left_out(crawler):
    offers(crawler, *range(14))
    for n in range(12):
        crawler.site.pages[f"/jobs/{n}"] = Reply("broken", 500)
    read = crawler.read(concurrency=1)
    assert read.keys == ["/jobs/12", "/jobs/13"]
    assert read.error is None
