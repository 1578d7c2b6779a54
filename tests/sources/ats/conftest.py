from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path

import httpx
import pytest
from pytest_httpserver import HTTPServer

from tests.sources.ats.boards import NAMES, Ingest, Vendor, load


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


@pytest.fixture(autouse=True)
def _one_ssl_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading certificates for every client, none of which speaks TLS here, would take half of the time."""
    monkeypatch.setattr(httpx, "create_ssl_context", _context)


@pytest.fixture(params=NAMES)
def vendor(request: pytest.FixtureRequest, httpserver: HTTPServer) -> Vendor:
    """Each system in turn."""
    return Vendor(httpserver, load(request.param))


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    return Ingest(tmp_path)
