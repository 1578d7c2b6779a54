"""What a CV database may be: absent, closed, incomplete, slow; and its password shows nowhere."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from producers.cv_database import postgres
from producers.cv_database.postgres import open_database, schema
from producers.cv_database.read import COLUMNS
from producers.cv_database.seed import seed_database
from producers.sources import DatabaseSource
from talentflow.errors import BadInput, BadSettings, ServiceUnavailable
from talentflow.settings import Settings
from tests.sources.candidates import ADA, PASSWORD, SEED, SEEDED, Database, url_of


def test_no_server_is_said(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = Database(
            f"postgresql://app:{PASSWORD.replace('/', '%2F').replace('@', '%40').replace(':', '%3A')}@127.0.0.1:{free.getsockname()[1]}/cvs",
            tmp_path,
        )
        with pytest.raises(ServiceUnavailable, match="see that the server runs") as raised:
            nobody.read()
    assert "the database cvs on 127.0.0.1" in str(raised.value)
    assert_no_password(str(raised.value), tmp_path)


def assert_no_password(said: str, home: Path) -> None:
    spellings = (PASSWORD, "h%40lf", "h@lf", "full:glass", "full%3Aglass")
    assert not any(s in said for s in spellings)
    kept = b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())
    assert not any(s.encode() in kept for s in spellings)


@pytest.fixture
def guarded(server: dict[str, str], simulated: Database) -> Iterator[Database]:
    """The simulated candidates on a server that asks `guarded` for a password."""
    path = Path(server["host"]) / "pg_hba.conf"
    trusting = path.read_text()
    path.write_text("local all guarded scram-sha-256\n" + trusting)
    simulated.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guarded")
    simulated.run("SELECT pg_reload_conf()")
    name = simulated.url.split("/")[3].split("?")[0]
    yield Database(url_of(server, name, "guarded:PASSWORD"), simulated.home)
    path.write_text(trusting)
    simulated.run("SELECT pg_reload_conf()")


QUOTED = "h%40lf%2Ffull%3Aglass"


def test_a_password_opens_and_shows_nowhere(guarded: Database) -> None:
    right = Database(guarded.url.replace("PASSWORD", QUOTED), guarded.home)
    with capture_logs() as logs:
        assert len(right.read()) == SEEDED
    with open_database(Settings(home=guarded.home), right.source.url) as database:
        said = f"{logs} {database!r} {database.name} {database.uri} {right.source!r} {right.source.model_dump_json()}"
    assert_no_password(said, guarded.home)


def test_a_wrong_password_is_said_without_it(guarded: Database) -> None:
    wrong = Database(guarded.url.replace("PASSWORD", QUOTED + "x"), guarded.home)
    with pytest.raises(BadInput, match="check the user and the password") as raised:
        wrong.read()
    assert_no_password(f"{raised.value!r} {raised.value.__cause__!r}", guarded.home)


def test_the_url_comes_from_the_environment_too(simulated: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALENTFLOW_CV_DATABASE_URL", simulated.url)
    settings = Settings(home=simulated.home)
    simulated.source = DatabaseSource(name="hr")
    assert simulated.url not in repr(settings)
    assert len(simulated.read()) == SEEDED
    assert not (simulated.home / "postgres").exists()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{PASSWORD}@h/db",
        "postgresql://u:secret@1@h/db",
        "postgresql://u:secret/1@h/db",
        "mysql://u:secret@h/db",
    ],
)
def test_a_url_that_is_none_is_said_without_quoting_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="write it as postgresql://") as raised:
        Database(url, tmp_path).read()
    assert_no_password(f"{raised.value!r} {raised.value.__cause__!r}", tmp_path)
    assert "secret" not in str(raised.value)


def test_missing_tables_and_columns_are_named(server: dict[str, str], simulated: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="none of the tables"):
        Database(url_of(server, "postgres"), tmp_path).read()
    simulated.run("ALTER TABLE candidate_skills DROP COLUMN years", "DROP TABLE education")
    with pytest.raises(BadInput, match=r"lacks candidate_skills\.years, education: add them"):
        simulated.read()


def test_candidates_that_would_never_be_read_are_said(simulated: Database) -> None:
    simulated.run(
        "ALTER TABLE candidates DROP COLUMN changed_in, ALTER COLUMN updated_at DROP NOT NULL, DISABLE TRIGGER ALL",
        "UPDATE candidates SET updated_at = NULL WHERE candidate_id = 3",
    )
    with pytest.raises(BadInput, match="updated_at is null"):
        simulated.read()


def test_tables_that_may_not_be_read_are_said(server: dict[str, str], simulated: Database) -> None:
    name = simulated.url.split("/")[3].split("?")[0]
    with pytest.raises(BadInput, match="grant SELECT"):
        Database(url_of(server, name, "stranger"), simulated.home).read()


def test_a_statement_that_takes_too_long_is_cut_off(simulated: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "STATEMENT_SECONDS", 0.1)
    lock = simulated.session()
    lock.execute("LOCK TABLE education IN ACCESS EXCLUSIVE MODE")
    with pytest.raises(ServiceUnavailable, match="took longer than"):
        simulated.read()


def test_reading_can_write_nothing(simulated: Database) -> None:
    with (
        open_database(Settings(home=simulated.home), simulated.source.url) as database,
        postgres.Session(database) as session,
        pytest.raises(BadInput, match="read-only transaction"),
    ):
        session.run(lambda c: c.execute("DELETE FROM candidates"))


def test_seeding_again_adds_only_what_is_not_there(simulated: Database) -> None:
    settings, url = Settings(home=simulated.home), SecretStr(simulated.url)
    simulated.read()
    assert seed_database(settings, SEEDED, seed=SEED, url=url).added == 0
    assert simulated.read() == []
    done = seed_database(settings, SEEDED + 5, seed=SEED, url=url)
    assert (done.added, done.candidates) == (5, SEEDED + 5)
    assert len(simulated.read()) == 5


def test_real_candidates_are_never_mixed_with_simulated_ones(empty: Database) -> None:
    empty.run(ADA)
    with pytest.raises(BadInput, match="not simulated, and none were added"):
        seed_database(Settings(home=empty.home), 5, seed=SEED, url=SecretStr(empty.url))
    assert empty.run("SELECT count(*) FROM candidates") == [(1,)]


def test_the_schema_has_what_is_read_and_can_be_made_twice(empty: Database) -> None:
    empty.run(schema())
    there = empty.run("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
    assert {(t, c) for t, columns in COLUMNS.items() for c in columns} <= set(there)
    unkeyed = empty.run(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint c WHERE contype = 'f' AND NOT EXISTS "
        "(SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])"
    )
    assert unkeyed == [], "foreign keys without an index"


def test_two_transactions_that_change_one_candidate_wait_for_each_other(simulated: Database) -> None:
    first, second = simulated.session(), simulated.session()
    first.execute("UPDATE candidate_skills SET years = 1 WHERE candidate_id IN (1, 2)")
    second.execute("SET lock_timeout = '100ms'")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        second.execute("UPDATE candidate_languages SET fluency = 'B1' WHERE candidate_id IN (2, 1)")
