"""Fetching over TLS: the certificate is that of the name, though the connection goes to a checked address."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from pytest_httpserver import HTTPServer

from talentflow.errors import AddressRefused, ServiceUnavailable
from tests.certificates import certificate_of
from tests.sources.web import PUBLIC, Fetcher, Names, fetcher_in

HOST = "jobs.example.org"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate and its key for HOST, which nobody trusts by itself."""
    public, secret = certificate_of(HOST, x509.DNSName(HOST))
    path = tmp_path / "server.pem"
    path.write_bytes(secret + public)
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[HTTPServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer(host="127.0.0.1", ssl_context=context) as server:
        server.expect_request("/jobs").respond_with_data("offers")
        server.expect_request("/down").respond_with_data("", 302, {"Location": f"http://{HOST}/jobs"})
        yield server


@pytest.fixture
def fetcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fetcher]:
    names = Names(monkeypatch)
    names.set(HOST, [PUBLIC])
    names.set("other.example.org", [PUBLIC])
    with fetcher_in(tmp_path) as made:
        yield made


def test_a_name_is_verified_though_an_address_is_connected_to(
    fetcher: Fetcher, secure: HTTPServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    page = fetcher.http(allow_private_hosts=False).get(f"https://{HOST}:{secure.port}/jobs")
    assert page is not None
    assert page.text == "offers"


def test_a_certificate_for_another_name_is_not_trusted(
    fetcher: Fetcher, secure: HTTPServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(ServiceUnavailable, match=r"certificate that cannot be trusted .*[Hh]ostname mismatch"):
        fetcher.http(allow_private_hosts=False).get(f"https://other.example.org:{secure.port}/jobs")


def test_an_untrusted_certificate_is_told_at_once(fetcher: Fetcher, secure: HTTPServer) -> None:
    with pytest.raises(ServiceUnavailable, match="certificate that cannot be trusted"):
        fetcher.http(allow_private_hosts=False).get(f"https://{HOST}:{secure.port}/jobs")
    assert fetcher.slept == []


def test_a_redirect_away_from_https_is_refused(
    fetcher: Fetcher, secure: HTTPServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(AddressRefused, match="redirects from https to http:"):
        fetcher.http().get(f"https://{HOST}:{secure.port}/down")
