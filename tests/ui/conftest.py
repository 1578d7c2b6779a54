"""The app as people meet it: a real server on what a real run published, and a real browser."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from tests.command import ROOT, environment, told
from tests.ui.documents import write_documents

LAPTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
NewPage = Callable[..., Page]
expect.set_options(timeout=30_000)  # a busy machine may take its time; what never comes still fails


@pytest.fixture(scope="session")
def ui_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ui")
    cvs, offers = write_documents(folder)
    told("quick", "--cvs", cvs, "--offers", offers, "--no-serve", home=folder / "home")
    return folder / "home"


@pytest.fixture(scope="session")
def app(ui_home: Path) -> Iterator[str]:
    with serving(ui_home) as (address, _):
        yield address


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`talentflow ui` in a process of its own; its address, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home.parent / f"ui-{port}.log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "talentflow", "ui", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(home), stdout=out, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        _answers(address)
        yield address, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            finally:
                process.kill()


@retry(retry=retry_if_exception_type(OSError), stop=stop_after_delay(90), wait=wait_fixed(0.2), reraise=True)
def _answers(address: str) -> None:
    with urllib.request.urlopen(address, timeout=30):
        return


def descendants(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.fixture
def new_page(browser: Browser, app: str) -> Iterator[NewPage]:
    """Opens the app for another user. Fails when anything is asked of another host, or a script fails."""
    contexts: list[Any] = []
    elsewhere: list[str] = []
    faults: list[str] = []

    def seen(request: Any) -> None:
        if request.url.startswith(("http", "ws")) and not request.url.startswith((app, app.replace("http", "ws", 1))):
            elsewhere.append(request.url)

    def opened(
        viewport: dict[str, int] | None = None, *, prepare: Callable[[BrowserContext], None] | None = None, **more: Any
    ) -> Page:
        context = browser.new_context(viewport=viewport or LAPTOP, **more)
        contexts.append(context)
        if prepare:
            prepare(context)
        context.on("request", seen)
        page: Page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(app)
        expect(page.locator("#offers-results")).to_contain_text("Nothing asked yet")
        expect(page.locator("#offers-seniorities input")).to_be_enabled()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert elsewhere == []
    assert faults == []


def is_gone(process: psutil.Process) -> bool:
    """Ended, or ended and not yet buried by a parent that is not ours."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def status_of(url: str) -> int:
    """The HTTP status that a plain request gets."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
