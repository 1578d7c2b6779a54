"""Servers on this machine: started once, found by the settings, ended by their own process."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from talentflow import services
from talentflow.errors import BadInput, MissingTool
from talentflow.eventlog.registry import SchemaRegistry
from talentflow.services import jars
from talentflow.settings import Settings
from tests.command import told
from tests.conftest import started


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings(home=tmp_path)
    yield settings
    services.down(settings)


def test_what_is_up_is_found_by_the_settings_and_left_alone_by_another_start(settings: Settings) -> None:
    (first,) = services.up(settings, ["redis"])
    assert Settings(home=settings.home).redis_url == SecretStr(first["address"])
    (again,) = services.up(settings, ["redis"])
    assert again["pid"] == first["pid"]


def test_the_environment_goes_before_what_is_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    services.up(settings, ["redis"])
    monkeypatch.setenv("TALENTFLOW_REDIS_URL", "redis://elsewhere:6379/0")
    assert Settings(home=settings.home).redis_url == SecretStr("redis://elsewhere:6379/0")


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


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def cv_database(settings: Settings) -> str:
    url = Settings(home=settings.home).cv_database_url
    assert url is not None
    return url.get_secret_value()


@pytest.mark.slow
def test_postgres_keeps_what_was_committed_when_it_is_killed(settings: Settings) -> None:
    (first,) = services.up(settings, ["postgres"])
    url = cv_database(settings)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    kill(first["pid"])
    (again,) = services.up(settings, ["postgres"])
    assert again["address"] == first["address"]
    with psycopg.connect(cv_database(settings)) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


@pytest.mark.slow
def test_postgres_lets_in_who_has_the_password_and_tells_it_only_in_a_private_file(settings: Settings) -> None:
    (told,) = services.up(settings, ["postgres"])
    url = cv_database(settings)
    password = urlsplit(url).password
    assert password
    assert password not in json.dumps(told)
    assert told["settings"]["cv_database_url"].startswith("postgresql://postgres:***@127.0.0.1:")
    readable = [
        path for path in (settings.home / "services").rglob("*.json") if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    assert readable == []
    assert stat.S_IMODE((settings.home / "services" / "postgres" / "password").stat().st_mode) == 0o600
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(password, "guess"))
    with psycopg.connect(url):  # someone who stays connected does not hold up the end
        services.down(settings, ["postgres"])
    services.up(settings, ["postgres"])
    psycopg.connect(cv_database(settings)).close()


@pytest.mark.slow
def test_the_registry_keeps_its_schemas_when_it_is_killed(settings: Settings) -> None:
    (first,) = started(settings, "registry")
    url = first["address"]
    assert Settings(home=settings.home).schema_registry_url == SecretStr(url)
    before = SchemaRegistry(url).registered("documents")
    kill(first["pid"])
    (again,) = services.up(settings, ["registry"])
    assert again["address"] == first["address"]
    assert SchemaRegistry(url).registered("documents") == before


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


def test_all_of_them_are_meant_when_none_is_named(tmp_path: Path) -> None:
    told = services.status(Settings(home=tmp_path))
    assert {service["name"] for service in told} == {"kafka", "registry", "redis", "postgres", "prefect"}
    assert not any(service["up"] for service in told)


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
