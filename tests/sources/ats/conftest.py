from __future__ import annotations

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.sources.ats.boards import NAMES, Ingest, Vendor, load


@pytest.fixture(params=NAMES)
def vendor(request: pytest.FixtureRequest, httpserver: HTTPServer) -> Vendor:
    """Each system in turn."""
    return Vendor(httpserver, load(request.param))


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    return Ingest(tmp_path)
