"""Watched folders: what is complete is taken at once, bursts together, and what goes is noticed."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import watcher
from producers import ingest
from producers.watch import EMPTY_SECONDS, PATIENCE_SECONDS, SETTLED_SECONDS, Arrivals, Batch, batches
from talentflow.engines import open_engine
from talentflow.errors import BadInput
from talentflow.eventlog import Message
from talentflow.settings import Settings
from talentflow.tables import INGESTS
from tests.command import ROOT, environment, talentflow

CV = """Jane Doe
Data engineer
jane.doe@example.org

Experience
Data engineer, Acme, Paris, 2019 - 2024
Built pipelines in Python, SQL and Spark.

Skills
Python, SQL, Spark, Airflow

Languages
English, French
"""
OFFER = """{"@context": "https://schema.org", "@type": "JobPosting", "title": "Data engineer", "datePosted": "2026-11-02",
 "hiringOrganization": {"@type": "Organization", "name": "Acme"}, "description": "Build pipelines in Python, SQL and Spark.",
 "skills": "Python, SQL, Spark", "jobLocation": {"@type": "Place", "address": {"addressLocality": "Paris"}}}"""


class Clock:
    """Time that tests set: of the folder's files and of the watcher alike."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def arrivals(tmp_path: Path, clock: Clock) -> Arrivals:
    return Arrivals([tmp_path], clock=clock, now=clock)


def write(path: Path, content: str, at: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    os.utime(path, (at, at))
    return path


def names(batch: Batch | None) -> list[str] | None:
    return None if batch is None else [p.name for p in batch.files]


def test_a_file_is_taken_when_it_has_stayed_the_same(tmp_path: Path, arrivals: Arrivals, clock: Clock) -> None:
    path = write(tmp_path / "cv.txt", "half", clock())
    arrivals.notice([path])
    assert arrivals.ready() is None
    clock.seconds += SETTLED_SECONDS * 0.9
    write(path, "half and more", clock())
    arrivals.notice([path])
    clock.seconds += SETTLED_SECONDS * 0.9
    assert arrivals.ready() is None
    clock.seconds += SETTLED_SECONDS * 0.2
    assert names(arrivals.ready()) == ["cv.txt"]
    assert arrivals.ready() is None


def test_a_change_that_no_event_told_of_is_seen_before_the_file_is_taken(
    tmp_path: Path, arrivals: Arrivals, clock: Clock
) -> None:
    path = write(tmp_path / "cv.txt", "half", clock())
    arrivals.notice([path])
    clock.seconds += SETTLED_SECONDS + 0.1
    write(path, "half and more", clock())
    assert arrivals.ready() is None
    clock.seconds += SETTLED_SECONDS
    assert names(arrivals.ready()) == ["cv.txt"]


def test_a_file_that_was_moved_in_is_taken_at_once(tmp_path: Path, arrivals: Arrivals, clock: Clock) -> None:
    arrivals.notice([write(tmp_path / "cv.txt", "whole", clock() - 3600)])
    assert names(arrivals.ready()) == ["cv.txt"]


def test_a_folder_that_was_moved_in_is_taken_with_all_in_it(tmp_path: Path, arrivals: Arrivals, clock: Clock) -> None:
    write(tmp_path / "new/deep/cv.txt", "whole", clock() - 3600)
    arrivals.notice([tmp_path / "new"])
    assert names(arrivals.ready()) == ["cv.txt"]


def test_an_empty_file_waits_for_its_writer(tmp_path: Path, arrivals: Arrivals, clock: Clock) -> None:
    path = write(tmp_path / "cv.txt", "", clock() - 3600)
    arrivals.notice([path])
    clock.seconds += EMPTY_SECONDS - 0.1
    assert arrivals.ready() is None
    clock.seconds += 0.2
    assert names(arrivals.ready()) == ["cv.txt"]


@pytest.mark.parametrize(
    "name", ["cv.pdf.part", "cv.pdf.crdownload", ".cv.pdf.Xa31", "~$cv.docx", "cv.txt~", "cv.TMP", ".hidden/cv.txt"]
)
def test_temporary_names_are_left_alone_until_they_are_renamed(
    tmp_path: Path, arrivals: Arrivals, clock: Clock, name: str
) -> None:
    path = write(tmp_path / name, "text", clock() - 3600)
    arrivals.notice([path])
    arrivals.rescan()
    assert arrivals.ready() is None
    path.rename(tmp_path / "cv.pdf")
    arrivals.notice([path, tmp_path / "cv.pdf"])
    batch = arrivals.ready()
    assert names(batch) == ["cv.pdf"]
    assert batch is not None
    assert batch.gone == []


def test_a_burst_is_one_batch(tmp_path: Path, arrivals: Arrivals, clock: Clock) -> None:
    for n in range(200):
        arrivals.notice([write(tmp_path / f"{n:03}.txt", "text", clock())])
        clock.seconds += 0.005
        assert arrivals.ready() is None
    clock.seconds += SETTLED_SECONDS
    batch = arrivals.ready()
    assert batch is not None
    assert len(batch.files) == 200


def test_a_file_that_is_written_for_long_does_not_hold_up_the_others(tmp_path: Path, arrivals: Arrivals, clock: Clock) -> None:
    slow = tmp_path / "big.pdf"
    arrivals.notice([write(tmp_path / "cv.txt", "text", clock() - 60)])
    taken: list[str] = []
    start = clock()
    while clock() - start < PATIENCE_SECONDS + 1:
        arrivals.notice([write(slow, "x" * int(1 + clock() - start), clock())])
        taken += names(arrivals.ready()) or []
        clock.seconds += 0.3
    assert taken == ["cv.txt"]


def test_a_file_that_goes_is_told_once_and_one_that_is_replaced_is_not_gone(
    tmp_path: Path, arrivals: Arrivals, clock: Clock
) -> None:
    path = write(tmp_path / "cv.txt", "text", clock() - 60)
    arrivals.rescan()
    arrivals.ready()
    path.unlink()
    arrivals.notice([path])
    write(path, "other", clock() - 30)
    arrivals.notice([path])
    batch = arrivals.ready()
    assert batch is not None
    assert (names(batch), batch.gone) == (["cv.txt"], [])
    path.unlink()
    arrivals.notice([path])
    batch = arrivals.ready()
    assert batch is not None
    assert (batch.files, batch.gone) == ([], [path])
    assert arrivals.ready() is None


def test_a_folder_that_goes_takes_its_files_with_it(tmp_path: Path, arrivals: Arrivals, clock: Clock) -> None:
    path = write(tmp_path / "in/cv.txt", "text", clock() - 60)
    arrivals.rescan()
    arrivals.ready()
    path.unlink()
    path.parent.rmdir()
    arrivals.notice([path.parent])
    batch = arrivals.ready()
    assert batch is not None
    assert batch.gone == [path]


def test_a_share_that_is_not_mounted_loses_nothing(tmp_path: Path, clock: Clock) -> None:
    share = tmp_path / "share"
    path = write(share / "cv.txt", "text", clock() - 60)
    arrivals = Arrivals([share], clock=clock, now=clock)
    arrivals.rescan()
    arrivals.ready()
    share.rename(tmp_path / "away")
    arrivals.notice([path, share])
    arrivals.rescan()
    assert arrivals.ready() is None
    (tmp_path / "away").rename(share)
    arrivals.rescan()
    assert arrivals.ready() is None


def test_what_was_lost_between_two_looks_is_found_at_the_next(tmp_path: Path, arrivals: Arrivals, clock: Clock) -> None:
    old = write(tmp_path / "old.txt", "text", clock() - 60)
    arrivals.rescan()
    arrivals.ready()
    old.unlink()
    write(tmp_path / "new.txt", "text", clock() - 60)
    arrivals.rescan()
    batch = arrivals.ready()
    assert batch is not None
    assert (names(batch), [p.name for p in batch.gone]) == (["new.txt"], ["old.txt"])


def test_what_is_no_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no folder: give a folder that exists"):
        next(batches([tmp_path / "nothing"], poll=False, stop=threading.Event(), ready=lambda: None))


@pytest.mark.parametrize("poll", [False, True], ids=["told", "polling"])
def test_real_files_are_seen_as_they_come_and_go(tmp_path: Path, poll: bool) -> None:
    write(tmp_path / "before.txt", "there already", time.time() - 60)
    stop, ready = threading.Event(), threading.Event()
    seen: queue.Queue[Batch] = queue.Queue()

    def follow() -> None:
        for batch in batches([tmp_path], poll=poll, stop=stop, ready=ready.set):
            seen.put(batch)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        assert ready.wait(30)
        assert names(seen.get(timeout=30)) == ["before.txt"]
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub/cv.txt").write_text("a CV")
        assert names(seen.get(timeout=30)) == ["cv.txt"]
        (tmp_path / "before.txt").unlink()
        assert seen.get(timeout=30).gone == [tmp_path / "before.txt"]
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


class Watch:
    """A `talentflow watch` in a process of its own."""

    def __init__(self, home: Path, *arguments: str | Path) -> None:
        command = [sys.executable, "-m", "talentflow", "watch", *map(str, arguments), "--json"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.said: queue.Queue[str] = queue.Queue()
        self.told: queue.Queue[str] = queue.Queue()
        self.threads = [
            threading.Thread(target=self._follow, args=pair, daemon=True)
            for pair in ((self.process.stderr, self.said), (self.process.stdout, self.told))
        ]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _follow(stream: Any, lines: queue.Queue[str]) -> None:
        for line in stream:
            lines.put(line)

    def until(self, lines: queue.Queue[str], is_it: Callable[[str], bool], seconds: float = 600) -> str:
        end = time.monotonic() + seconds
        heard: list[str] = []
        while time.monotonic() < end:
            try:
                heard.append(lines.get(timeout=0.5))
            except queue.Empty:
                assert self.process.poll() is None, f"it ended: {heard}"
                continue
            if is_it(heard[-1]):
                return heard[-1]
        raise AssertionError(f"not said in {seconds} s: {heard[-5:]}")

    def tells(self, name: str) -> dict[str, Any]:
        return json.loads(self.until(self.told, lambda line: name in json.loads(line)["path"]))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture
def watches(tmp_path: Path) -> Iterator[Callable[..., Watch]]:
    started: list[Watch] = []

    def start(*arguments: str | Path) -> Watch:
        started.append(Watch(tmp_path / "home", *arguments))
        return started[-1]

    yield start
    for watch in started:
        watch.close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_is_dropped_is_recommended_for_and_nothing_stops_the_watch(tmp_path: Path, watches: Callable[..., Watch]) -> None:
    folder = tmp_path / "inbox"
    write(folder / "offer.jsonld", OFFER, time.time() - 60)
    watch = watches(folder)
    watch.until(watch.said, lambda line: line.startswith("Watching"))
    assert watch.tells("offer.jsonld")["kind"] == "offer"

    second = talentflow("watch", folder, home=tmp_path / "home", check=75)
    assert "another watch keeps" in second.stderr

    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 not a PDF at all")
    assert watch.tells("broken.pdf")["error"]

    (folder / "cv.txt").write_text(CV)
    told = watch.tells("cv.txt")
    assert told["kind"] == "cv"
    assert [(m["title"], m["company"]) for m in told["matches"]] == [("Data engineer", "Acme")]
    assert told["matches"][0]["score"] > 0.5

    (folder / "offer.jsonld").unlink()
    assert watch.tells("offer.jsonld")["note"] == "was deleted: its offer is closed"
    (folder / "cv.txt").unlink()
    assert watch.tells("cv.txt")["note"] == "was deleted: its document stays"

    for n in range(30):
        (folder / f"{n:02}.txt").write_text(CV.replace("Jane Doe", f"Jane Doe{'abcdefghijklmnopqrstuvwxyzABCD'[n]}"))
    assert watch.tells("29.txt")["kind"] == "cv"

    watch.process.send_signal(signal.SIGINT)
    assert watch.process.wait(60) == 130
    for thread in watch.threads:
        thread.join(10)
    rest = "".join(list(watch.said.queue))
    assert "Traceback" not in rest
    assert "stopped; what was committed is kept" in rest


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_service_manager_ends_it_cleanly(tmp_path: Path, watches: Callable[..., Watch]) -> None:
    (tmp_path / "inbox").mkdir()
    watch = watches(tmp_path / "inbox", "--poll")
    watch.until(watch.said, lambda line: line.startswith("Watching"))
    watch.process.send_signal(signal.SIGTERM)
    assert watch.process.wait(60) == 0


def test_a_file_whose_message_does_not_fit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("open_embedder", "Recommender", "arrivals"):
        monkeypatch.setattr(watcher, name, lambda *_: None)
    monkeypatch.setattr(ingest, "to_message", lambda document, **_: Message(document.document_id, b"{}"))
    path = tmp_path / "cv.txt"
    path.write_text(CV)
    settings = Settings(home=tmp_path / "home")
    with ingest.open_intake(settings) as intake, open_engine(settings) as engine:
        taker = watcher.Watcher(intake, engine, "cv", 3, threading.Event(), lambda _: None)
        (told,) = taker.take(Batch([path], []))
        (row,) = intake.lakehouse.read(INGESTS).to_pylist()
    assert told["path"].endswith("cv.txt")
    assert "talentflow dead-letters" in told["error"]
    assert (row["documents"], row["quarantined"], row["status"], row["error"]) == (0, 1, "failed", told["error"])
