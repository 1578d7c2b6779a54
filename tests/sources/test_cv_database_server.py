"""The embedded Postgres and its users; thousands of candidates; from the database to records."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from producers.cv_database.embedded import embedded_server
from producers.cv_database.seed import simulated_candidates
from talentflow.direct import document_row, process
from talentflow.engines import open_engine
from talentflow.errors import BadInput
from talentflow.eventlog.messages import RawDocument
from talentflow.settings import Settings
from tests import command
from tests.sources.candidates import SEED, SEEDED, Database, home_of_its_own

StartPython = Callable[..., Any]

USER = """
import sys
from pathlib import Path
from producers.cv_database.embedded import embedded_server
from talentflow.settings import Settings
with embedded_server(Settings(home=Path(sys.argv[1]))):
    print("in", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    with home_of_its_own() as folder:
        yield folder


def is_running(home: Path) -> bool:
    """Whether the home's Postgres is a process that lives."""
    try:
        process = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]))
        return process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
    except (FileNotFoundError, psutil.NoSuchProcess):
        return False


def test_the_server_runs_while_it_is_needed_and_keeps_what_was_committed(home: Path) -> None:
    settings = Settings(home=home)
    with embedded_server(settings) as parameters:
        with psycopg.connect(**parameters) as connection:  # type: ignore[arg-type]
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        with embedded_server(settings):
            pass
        assert is_running(home)
    assert not is_running(home)
    with embedded_server(settings) as parameters, psycopg.connect(**parameters) as connection:  # type: ignore[arg-type]
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


def test_others_on_the_machine_cannot_reach_it(home: Path) -> None:
    home.chmod(0o700)
    with embedded_server(Settings(home=home)) as parameters:
        assert (home / "postgres").stat().st_mode & 0o077 == 0
        assert home.stat().st_mode & 0o007 == 0
        assert (Path(parameters["host"]) / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0
        with psycopg.connect(**parameters) as connection:  # type: ignore[arg-type]
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_home_with_a_long_path_has_its_socket_elsewhere(home: Path) -> None:
    deep = home / ("long" * 20)
    with embedded_server(Settings(home=deep)) as parameters:
        assert not Path(parameters["host"]).is_relative_to(home)
        assert Path(parameters["host"]).stat().st_mode & 0o077 == 0
        psycopg.connect(**parameters).close()  # type: ignore[arg-type]


@pytest.mark.slow
def test_two_processes_share_the_server_and_the_last_one_stops_it(home: Path, start_python: StartPython) -> None:
    first, second = start_python(USER, home), start_python(USER, home)
    assert [p.stdout.readline() for p in (first, second)] == ["in\n", "in\n"]
    first.communicate("leave\n", timeout=60)
    assert is_running(home)
    second.communicate("leave\n", timeout=60)
    assert not is_running(home)


@pytest.mark.slow
def test_a_killed_user_is_not_counted(home: Path, start_python: StartPython) -> None:
    killed = start_python(USER, home)
    assert killed.stdout.readline() == "in\n"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert is_running(home)
    with embedded_server(Settings(home=home)):
        pass
    assert not is_running(home)


def test_a_killed_server_is_started_again(home: Path) -> None:
    settings = Settings(home=home)
    with embedded_server(settings):
        os.kill(int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGKILL)
    with embedded_server(settings) as parameters:
        psycopg.connect(**parameters).close()  # type: ignore[arg-type]


def test_a_pid_that_is_another_process_by_now_is_no_server(home: Path) -> None:
    settings = Settings(home=home)
    with embedded_server(settings):
        left = (home / "postgres" / "postmaster.pid").read_text().split("\n")
    (home / "postgres" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *left[1:]]))
    with embedded_server(settings) as parameters:
        psycopg.connect(**parameters).close()  # type: ignore[arg-type]


def test_a_database_that_was_half_made_is_made_again(home: Path) -> None:
    half = home / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with embedded_server(Settings(home=home)) as parameters:
        psycopg.connect(**parameters).close()  # type: ignore[arg-type]
    assert not half.exists()


def test_no_database_is_made_by_looking_for_one(tmp_path: Path) -> None:
    nothing = Database("", tmp_path)
    with pytest.raises(BadInput, match="talentflow database seed"):
        nothing.read()
    assert not (tmp_path / "postgres").exists()


@pytest.mark.slow
def test_skills_languages_and_work_come_through_to_the_record(simulated: Database) -> None:
    found = [d for d in simulated.read() if isinstance(d, RawDocument)]
    with open_engine(Settings(home=simulated.home, workers=1)) as engine:
        processed = list(process(map(document_row, found), engine))
    jobs = jobs_found = 0
    for candidate, done in zip(simulated_candidates(SEEDED, SEED), processed, strict=True):
        truth = candidate.truth["candidate"]
        assert done.candidate is not None, done.error
        assert done.identity is not None
        assert done.text is not None
        assert done.identity.name == candidate.truth["identity"]["name"]
        assert all(s["name"] in done.text for s in truth["skills"])
        assert done.candidate.skills
        assert {(s.language, s.fluency) for s in done.candidate.languages} == {
            (s["language"], s["fluency"]) for s in truth["languages"]
        }
        there = {(w.position, w.name, w.start_date, w.end_date) for w in done.candidate.work}
        jobs += len(truth["work"])
        jobs_found += sum((w["position"], w["name"], w["start_date"], w["end_date"]) in there for w in truth["work"])
    assert jobs_found / jobs >= 0.9


READ = """
import re, sys, time
from datetime import UTC, datetime
from pathlib import Path
from pydantic import SecretStr
from producers.cv_database.read import read_database
from producers.reading import Reading
from producers.sources import DatabaseSource
from producers.state import State
from talentflow.settings import Settings
def most(): return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
home = Path(sys.argv[2])
with State(home / "hr.sqlite") as state:
    reading = Reading(Settings(home=home), state, datetime.now(UTC))
    read = size = 0
    for answer in read_database(DatabaseSource(name="hr", url=SecretStr(sys.argv[1])), reading):
        before = most() if not read else before
        read += len(answer.documents)
        size += sum(len(d.content) for d in answer.documents)
        answer.commit()
print(read, size // 2**20, most() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_memory_does_not_grow_with_the_database(simulated: Database, start_python: StartPython) -> None:
    simulated.run(
        "INSERT INTO candidates (name, summary) SELECT 'Person ' || i, repeat('lorem ipsum ' || i || ' ', 3000) "
        f"FROM generate_series(1, {5000 - SEEDED}) i"
    )
    reader = start_python(READ, simulated.url, simulated.home)
    read, mebibytes, grown = reader.communicate(timeout=200)[0].split()
    assert int(read) == 5000
    assert int(mebibytes) > 200
    assert float(grown) < 60


@pytest.mark.slow
def test_the_commands_fill_a_database_and_say_what_is_in_it(home: Path) -> None:
    nothing = command.talentflow("database", "status", home=home, check=1)
    assert "talentflow database seed" in nothing.stderr
    assert command.told("database", "seed", "--count", "12", home=home)["added"] == 12
    assert command.told("database", "seed", "--count", "12", home=home)["added"] == 0
    told = command.told("database", "status", home=home)
    assert told["tables"]["candidates"] == 12
    assert told["clock"] == "changed_in"
    assert not is_running(home)
