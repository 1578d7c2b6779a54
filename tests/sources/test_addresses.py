"""Private addresses are refused: however they are written, wherever a redirect or a name service leads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from producers.addresses import checked, checked_url
from talentflow.errors import AddressRefused, ServiceUnavailable
from tests.sources.web import OTHER_PUBLIC, PUBLIC, Fetcher, Names, fetcher_in

PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "no address",
]
PUBLIC_ADDRESSES = [PUBLIC, "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "64:ff9b::101:101", "2002:101:101::"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_off_the_public_internet_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused, match=r"jobs\.example\.org leads to .* --allow-private-hosts"):
        checked("jobs.example.org", [address], allow_private=False)


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    assert checked("jobs.example.org", [address], allow_private=False) == [address]


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(AddressRefused):
        checked("jobs.example.org", [PUBLIC, "10.0.0.1"], allow_private=False)


def test_the_setting_allows_private_addresses() -> None:
    assert checked("jobs.local", ["10.0.0.1", "::1"], allow_private=True) == ["10.0.0.1", "::1"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "example.org/jobs",
        "//example.org/jobs",
        "http://",
        "http://./",
        "http:///jobs",
        "http://user:secret@example.org/",
        "http://user@example.org/",
        "http://example.org:99999/",
        "http://exa mple.org\x00/",
        "",
    ],
)
def test_what_is_not_a_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        checked_url(url)
    assert "secret" not in str(refused.value)


def test_a_refusal_shows_the_address_on_one_short_line() -> None:
    with pytest.raises(AddressRefused) as refused:
        checked_url("nowhere://x/\n" + "a" * 10_000)
    assert len(str(refused.value)) < 400
    assert "\n" not in str(refused.value)


@pytest.fixture
def fetcher(tmp_path: Path) -> Iterator[Fetcher]:
    with fetcher_in(tmp_path) as made:
        yield made


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:0:0:1]",
        "１２７.0.0.1",
        "127。0。0。1",
    ],
)
def test_loopback_in_any_spelling_is_never_connected_to(
    host: str, fetcher: Fetcher, names: Names, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/").respond_with_data("secret")
    with pytest.raises((AddressRefused, ServiceUnavailable)):
        fetcher.http(allow_private_hosts=False).get(f"http://{host}:{httpserver.port}/")
    assert names.connected == []
    assert httpserver.log == []


def test_a_refused_address_is_not_tried_again(fetcher: Fetcher) -> None:
    with pytest.raises(AddressRefused):
        fetcher.http(allow_private_hosts=False).get("http://127.0.0.1:9/")
    assert fetcher.slept == []


def test_a_redirect_to_a_private_address_is_refused(fetcher: Fetcher, names: Names, httpserver: HTTPServer) -> None:
    names.set("jobs.example.org", [PUBLIC])
    httpserver.expect_request("/jobs").respond_with_data("", 302, {"Location": f"http://127.0.0.1:{httpserver.port}/secret"})
    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1"):
        fetcher.http(allow_private_hosts=False).get(f"http://jobs.example.org:{httpserver.port}/jobs")
    assert [request.path for request, _ in httpserver.log] == ["/jobs"]


def test_a_redirect_to_another_scheme_is_refused(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/jobs").respond_with_data("", 302, {"Location": "file:///etc/passwd"})
    with pytest.raises(AddressRefused, match="not an http or https address"):
        fetcher.http().get(httpserver.url_for("/jobs"))


def test_the_connection_goes_to_the_address_that_was_checked(fetcher: Fetcher, names: Names, httpserver: HTTPServer) -> None:
    names.set("jobs.example.org", [PUBLIC], ["127.0.0.1"])
    httpserver.expect_request("/jobs").respond_with_data("offers")
    page = fetcher.http(allow_private_hosts=False).get(f"http://jobs.example.org:{httpserver.port}/jobs")
    assert page is not None
    assert page.text == "offers"
    assert names.connected == [PUBLIC]


def test_a_name_that_turns_private_later_is_refused_then(fetcher: Fetcher, names: Names, httpserver: HTTPServer) -> None:
    names.set("jobs.example.org", [PUBLIC], ["127.0.0.1"])
    httpserver.expect_request("/jobs").respond_with_data("offers", headers={"Connection": "close"})
    http = fetcher.http(allow_private_hosts=False)
    url = f"http://jobs.example.org:{httpserver.port}/jobs"
    assert http.get(url) is not None
    http.close()
    with pytest.raises(AddressRefused):
        fetcher.http(allow_private_hosts=False).get(url)
    assert names.connected == [PUBLIC]


def test_the_next_address_is_tried_when_one_does_not_answer(
    fetcher: Fetcher, names: Names, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names.set("jobs.example.org", ["127.0.0.2", "127.0.0.1"])
    httpserver.expect_request("/jobs").respond_with_data("offers")
    page = fetcher.http().get(f"http://jobs.example.org:{httpserver.port}/jobs")
    assert page is not None
    assert names.connected == ["127.0.0.2", "127.0.0.1"]


def test_the_proxy_of_the_environment_is_not_used_unless_private_hosts_are_allowed(
    fetcher: Fetcher, names: Names, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names.set("jobs.example.org", [PUBLIC])
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{httpserver.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    httpserver.expect_request("/jobs").respond_with_data("offers")
    url = f"http://jobs.example.org:{httpserver.port}/jobs"
    assert fetcher.http(allow_private_hosts=False).get(url) is not None
    assert names.connected == [PUBLIC]
    assert fetcher.http(allow_private_hosts=True).get(url) is not None
    assert names.connected == [PUBLIC, "127.0.0.1"]


def test_a_name_that_does_not_resolve_is_told(fetcher: Fetcher, names: Names) -> None:
    names.set(OTHER_PUBLIC, [])
    with pytest.raises(ServiceUnavailable, match="has no address"):
        fetcher.http().get(f"http://{OTHER_PUBLIC}/jobs")
