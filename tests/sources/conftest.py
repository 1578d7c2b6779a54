"""A real Postgres with candidates for the tests of the CV database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from producers.cv_database.embedded import embedded_server
from producers.cv_database.postgres import schema
from producers.cv_database.seed import seed_database
from talentflow.settings import Settings
from tests.sources.candidates import PASSWORD, SEED, SEEDED, Database, copied, home_of_its_own, url_of


@pytest.fixture(scope="session")
def server() -> Iterator[dict[str, str]]:
    """A real Postgres with two templates: the empty tables, and simulated candidates in them."""
    with home_of_its_own() as home, embedded_server(Settings(home=home)) as parameters:
        with psycopg.connect(**parameters, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute("CREATE DATABASE empty_tables")
            connection.execute("CREATE DATABASE simulated")
            connection.execute(f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'".encode())
            connection.execute("CREATE ROLE stranger LOGIN")
        with psycopg.connect(**parameters | {"dbname": "empty_tables"}) as connection:  # type: ignore[arg-type]
            connection.execute(schema())
        seed_database(Settings(home=home), SEEDED, seed=SEED, url=SecretStr(url_of(parameters, "simulated")))
        yield parameters


@pytest.fixture
def simulated(server: dict[str, str], tmp_path: Path) -> Iterator[Database]:
    with copied(server, "simulated", tmp_path) as database:
        yield database


@pytest.fixture
def empty(server: dict[str, str], tmp_path: Path) -> Iterator[Database]:
    with copied(server, "empty_tables", tmp_path) as database:
        yield database
