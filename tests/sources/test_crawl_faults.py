"""A crawl that is killed, or whose downloader is, at any moment: nothing lost, nothing fetched again that was committed."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from producers.crawl import read_site
from producers.reading import Reading
from producers.sources import SiteSource
from producers.state import State
from talentflow.errors import ServiceUnavailable
from talentflow.eventlog import DOCUMENTS_TOPIC
from talentflow.eventlog.sqlite import SqliteEventLog
from talentflow.settings import Settings
from tests.command import ROOT
from tests.sources.crawl_until import crawl
from tests.sources.crawls import path_of
from tests.sources.site import Asked, Reply, Site, json_ld, link, page, posting, serving

pytestmark = pytest.mark.slow

OFFERS = [f"/jobs/{n}" for n in range(20)]


@pytest.fixture
def site() -> Iterator[Site]:
    """Each offer leads to the next two: what is lost of the frontier is lost for good."""
    with serving() as made:
        made.html("/", link("/jobs/0"))
        for n, path in enumerate(OFFERS):
            further = [link(f"/jobs/{i}") for i in (n + 1, n + 2) if i < len(OFFERS)]
            made.html(path, *further, json_ld(posting(f"Nurse {n}")))
        yield made


def kept(home: Path) -> Counter[str]:
    """How often each offer is on the event log."""
    log = SqliteEventLog(home / "eventlog.sqlite")
    messages = log.read(DOCUMENTS_TOPIC, {0: 0}, 1000)
    log.close()
    return Counter(path_of(json.loads(m.value)["source_key"]) for m in messages)


def committed(home: Path) -> set[str]:
    with sqlite3.connect(home / "site.sqlite") as db:
        return {path_of(url) for (url,) in db.execute("SELECT url FROM crawl_pages WHERE NOT waits")}


@pytest.mark.parametrize(
    ("moment", "nth"), [("taken", 1), ("appended", 1), ("committed", 1), ("taken", 4), ("appended", 4), ("committed", 4)]
)
def test_a_killed_crawl_is_finished_by_the_next(site: Site, tmp_path: Path, moment: str, nth: int) -> None:
    command = [sys.executable, "-m", "tests.sources.crawl_until", site.url, str(tmp_path), moment, str(nth)]
    assert subprocess.run(command, cwd=ROOT, timeout=200, check=False).returncode == -signal.SIGKILL
    done = committed(tmp_path)
    site.forget()
    crawl(site.url, tmp_path)
    assert set(kept(tmp_path)) == set(OFFERS)
    assert not done & set(site.count())
    assert set(site.count().values()) == {1}
    assert committed(tmp_path) == {"/", *OFFERS}
    repeated = [path for path, times in kept(tmp_path).items() if times > 1]
    assert not set(repeated) & done
    assert bool(repeated) == (moment == "appended")


def test_the_downloader_ends_with_the_one_who_started_it(site: Site, tmp_path: Path) -> None:
    held, release = threading.Event(), threading.Event()

    def slow(_: Asked) -> Reply:
        held.set()
        release.wait(60)
        return Reply(page())

    site.pages["/jobs/3"] = slow
    command = [sys.executable, "-m", "tests.sources.crawl_until", site.url, str(tmp_path), "-", "0"]
    with subprocess.Popen(command, cwd=ROOT) as process:
        assert held.wait(120)
        (downloader,) = psutil.Process(process.pid).children()
        process.kill()
    gone, alive = psutil.wait_procs([downloader], timeout=30)
    release.set()
    assert (len(gone), len(alive)) == (1, 0)


def reading(home: Path, state: State) -> Reading:
    return Reading(Settings(home=home), state, datetime.now(UTC), allow_private_hosts=True)


def test_a_downloader_that_dies_is_a_sentence_and_the_next_crawl_goes_on(site: Site, tmp_path: Path) -> None:
    source = SiteSource(name="acme", url=site.url, delay=0, concurrency=1, depth=50)
    found: list[Any] = []
    with State(tmp_path / "site.sqlite") as state:
        with pytest.raises(ServiceUnavailable, match=r"the crawler of acme stopped \(exit -9\): ingest it again"):  # noqa: PT012
            for answer in read_site(source, reading(tmp_path, state)):
                found += answer.documents
                answer.commit()
                if found:
                    for process in downloaders():
                        process.kill()
        assert not downloaders()
        site.forget()
        for answer in read_site(source, reading(tmp_path, state)):
            found += answer.documents
            answer.commit()
    assert Counter(path_of(d.source_key) for d in found) == dict.fromkeys(OFFERS, 1)


def test_a_crawl_that_nobody_reads_to_the_end_leaves_no_process(site: Site, tmp_path: Path) -> None:
    with State(tmp_path / "site.sqlite") as state:
        answers = read_site(SiteSource(name="acme", url=site.url, delay=0), reading(tmp_path, state))
        next(answers)
        answers.close()  # type: ignore[attr-defined]
    assert not downloaders()


def downloaders() -> list[psutil.Process]:
    """The crawlers among this process's children; the servers of other tests are there too."""
    found = psutil.Process().children()
    return [p for p in found if p.status() != psutil.STATUS_ZOMBIE and "producers.crawl.spider" in " ".join(p.cmdline())]


def test_a_crawl_runs_in_any_thread_and_as_often_as_one_likes(site: Site, tmp_path: Path) -> None:
    counts: list[int] = []

    def run() -> None:
        with State(tmp_path / "site.sqlite") as state:
            counts.append(
                sum(
                    len(a.documents)
                    for a in read_site(SiteSource(name="s", url=site.url, delay=0, depth=50), reading(tmp_path, state))
                )
            )

    for _ in range(2):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert counts == [20, 20]
