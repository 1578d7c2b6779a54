"""Servers on this machine: started once, found by the settings, ended by their own process."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from talentflow import services
from talentflow.errors import BadInput, MissingTool
from talentflow.services import jars
from talentflow.settings import Settings
from tests.command import told


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings(home=tmp_path)
    yield settings
    services.down(settings)


def test_what_is_up_is_found_by_the_settings_and_left_alone_by_another_start(settings: Settings) -> None:
    (first,) = services.up(settings, ["redis"])
    assert Settings(home=settings.home).redis_url == first["address"]
    (again,) = services.up(settings, ["redis"])
    assert again["pid"] == first["pid"]


def test_the_environment_goes_before_what_is_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    services.up(settings, ["redis"])
    monkeypatch.setenv("TALENTFLOW_REDIS_URL", "redis://elsewhere:6379/0")
    assert Settings(home=settings.home).redis_url == "redis://elsewhere:6379/0"


def test_what_is_down_is_not_found_any_more(settings: Settings) -> None:
    services.up(settings, ["redis"])
    (after,) = services.down(settings, ["redis"])
    assert after["up"] is False
    assert Settings(home=settings.home).redis_url is None


def test_a_killed_server_is_started_again_at_its_address(settings: Settings) -> None:
    (first,) = services.up(settings, ["redis"])
    os.kill(first["pid"], signal.SIGKILL)
    os.waitpid(first["pid"], 0)
    assert services.status(settings, ["redis"])[0]["up"] is False
    (again,) = services.up(settings, ["redis"])
    assert again["up"]
    assert again["address"] == first["address"]


def test_a_process_that_only_has_the_number_of_ours_is_left_alone(settings: Settings) -> None:
    services.up(settings, ["redis"])
    path = settings.home / "services" / "redis.json"
    described = json.loads(path.read_text())
    real = described["pid"]
    path.write_text(json.dumps(described | {"pid": os.getpid()}))
    services.down(settings, ["redis"])
    os.kill(real, signal.SIGKILL)
    os.waitpid(real, 0)


def test_a_run_uses_the_prefect_server_that_is_up(
    settings: Settings, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.server import start_server

    httpserver.expect_request("/api/health").respond_with_data("true")
    url = httpserver.url_for("/api")
    monkeypatch.setattr(os, "environ", {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")})
    server = start_server(Settings(home=settings.home, prefect_api_url=url))
    assert (server.url, server.process, os.environ["PREFECT_API_URL"]) == (url, None, url)


def test_an_unknown_service_is_said() -> None:
    with pytest.raises(BadInput, match="choose among kafka"):
        services.up(Settings(home=Path("/nowhere")), ["oracle"])


def test_without_java_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(MissingTool, match="openjdk-17"):
        jars.java()


def test_the_command_says_what_runs(tmp_path: Path) -> None:
    (redis,) = told("services", "up", "redis", home=tmp_path)["services"]
    try:
        assert redis["address"].startswith("redis://127.0.0.1:")
        assert told("services", "status", "redis", home=tmp_path)["services"][0]["up"] is True
    finally:
        assert told("services", "down", home=tmp_path)["services"][0]["up"] is False
