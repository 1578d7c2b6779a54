"""What all tests share: gaps of adapters, and processes of their own for what kills or limits a process."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from talentflow import services
from talentflow.errors import MissingTool, ServiceUnavailable
from talentflow.settings import Settings
from tests.doubles.snowflake import SnowflakeDouble, running
from tests.snowflake import account_settings, settings_on

ROOT = Path(__file__).parents[1]
StartPython = Callable[..., "subprocess.Popen[str]"]


# A shell starts what it runs in the background deaf to Ctrl-C, and children inherit that: tests that send it need ears.
with contextlib.suppress(ValueError):  # only a main thread may, and it does before others start
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`@pytest.mark.gap("adapter", reason="…")` skips a test for the one adapter that it names, and
    `@pytest.mark.live` one that needs the internet, unless it is asked for."""
    asked_for_live = "live" in str(config.getoption("markexpr"))
    for item in items:
        if not asked_for_live and item.get_closest_marker("live"):
            item.add_marker(pytest.mark.skip(reason="asks a server of somebody else's: run `pytest -m live`"))
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        for gap in item.iter_markers("gap"):
            if gap.args[0] in parameters.values():
                item.add_marker(pytest.mark.skip(reason=f"{gap.args[0]}: {gap.kwargs['reason']}"))


@pytest.fixture
def start_python() -> Iterator[StartPython]:
    """Starts another Python on a piece of code, with arguments in `sys.argv[1:]` and its output as a pipe of text."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def started(settings: Settings, *names: str) -> list[dict[str, Any]]:
    """Start services. Where their jars cannot be had the test skips on a laptop and fails in CI."""
    try:
        return services.up(settings, names)
    except (MissingTool, ServiceUnavailable) as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


def _address_of(name: str, folder: Path) -> Iterator[str]:
    """Of a service that runs meanwhile."""
    settings = Settings(home=folder)
    (told,) = started(settings, name)
    yield told["address"]
    services.down(settings, [name])


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real broker of this test session."""
    yield from _address_of("kafka", tmp_path_factory.mktemp("kafka"))


@pytest.fixture(scope="session")
def registry_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real schema registry of this test session."""
    yield from _address_of("registry", tmp_path_factory.mktemp("registry"))


@pytest.fixture(scope="session")
def snowflake_double() -> Iterator[SnowflakeDouble]:
    """A double of Snowflake in a process of its own; see `tests/doubles/snowflake.py`."""
    with running() as double:
        yield double


@pytest.fixture(params=["double", pytest.param("account", marks=pytest.mark.live)])
def snowflake_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings for a fresh Snowflake database: on the double, and with `-m live` on a real account."""
    if request.param == "double":
        yield settings_on(request.getfixturevalue("snowflake_double"), tmp_path)
    else:
        with account_settings(tmp_path) as settings:
            yield settings


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one a process: Playwright's loop cannot be started twice."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for found in map(shutil.which, names) if found), None)
    if path is None:
        reason = f"none of {', '.join(names)} is installed: install your system's package `chromium`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()
