"""What the tests of the CV database share: a database of one's own, one candidate with everything, what was read."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr

from producers.cv_database.read import read_database
from producers.reading import Answer, Reading
from producers.sources import DatabaseSource
from producers.state import State
from talentflow.eventlog.messages import Found, RawDocument
from talentflow.settings import Settings

SEED, SEEDED = 7, 60
PASSWORD = "h@lf/full:glass"


@dataclass
class Database:
    """One test's own database on the shared server, and how its source is read."""

    url: str
    home: Path
    source: DatabaseSource = field(init=False)
    open_sessions: list[psycopg.Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.source = DatabaseSource(name="hr", url=SecretStr(self.url), terms="consent of the candidates")

    def session(self) -> psycopg.Connection:
        connection = psycopg.connect(self.url)
        self.open_sessions.append(connection)
        return connection

    def run(self, *statements: str, **values: Any) -> list[tuple[Any, ...]]:
        """Run in one transaction and commit; the rows of the last one."""
        with psycopg.connect(self.url) as connection:
            for statement in statements[:-1]:
                connection.execute(statement.encode(), values or None)
            cursor = connection.execute(statements[-1].encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def answers(self, **settings: Any) -> Iterator[Answer]:
        with State(self.home / "hr.sqlite") as state:
            reading = Reading(Settings(home=self.home, **settings), state, datetime.now(UTC))
            yield from read_database(self.source, reading)

    def read(self, **settings: Any) -> list[Found]:
        """One pass, committed answer by answer."""
        found: list[Found] = []
        for answer in self.answers(**settings):
            found += answer.documents
            answer.commit()
        return found


@contextmanager
def home_of_its_own() -> Iterator[Path]:
    """A private folder outside pytest's, which another pytest of root closes to the user that Postgres runs as."""
    with tempfile.TemporaryDirectory(prefix="cvs-") as folder:
        yield Path(folder)


def url_of(parameters: dict[str, str], database: str, user: str = "postgres") -> str:
    return f"postgresql://{user}@/{database}?host={parameters['host']}"


@contextmanager
def copied(server: dict[str, str], template: str, home: Path) -> Iterator[Database]:
    name = f"test_{os.urandom(6).hex()}"
    with psycopg.connect(**server, autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        database = Database(url_of(server, name), home)
        try:
            yield database
        finally:
            for session in database.open_sessions:
                session.close()
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def resume(document: Found) -> dict[str, Any]:
    assert isinstance(document, RawDocument), document
    return json.loads(document.content)


def keys(found: list[Found]) -> list[str]:
    return [d.source_key for d in found]


ADA = """
INSERT INTO candidates (candidate_id, name, email, phone, url, summary, address, postal_code, city, region, country_code)
VALUES (1, 'Ada Niño', 'ada@example.com', '+44 20 7946 0001', 'https://ada.example', 'Builds engines.', '1 Mill Lane', 'LS1 4AB',
        'Leeds', 'West Yorkshire', 'GB');
INSERT INTO titles VALUES (1, 'Data engineer'), (2, 'Ingénieure');
INSERT INTO candidate_titles VALUES (1, 1, 1);
INSERT INTO skills VALUES (1, 'Python'), (2, 'SQL');
INSERT INTO candidate_skills VALUES (1, 2, 'basic', NULL, 2), (1, 1, 'expert', 7.5, 1);
INSERT INTO languages VALUES (1, 'English'), (2, 'French');
INSERT INTO candidate_languages VALUES (1, 1, 'native', 1), (1, 2, 'B2', 2);
INSERT INTO certifications VALUES (1, 'CKA', 'CNCF');
INSERT INTO candidate_certifications VALUES (1, 1, '2024-05', 1);
INSERT INTO experience (candidate_id, title_id, name, location, start_date, end_date, summary, highlights, rank) VALUES
    (1, 2, 'Usine', 'Lyon', '2017', '2020-12', '', '{}', 2),
    (1, 1, 'Mill Ltd', NULL, '2021-01', NULL, 'Pipelines.', '{"Cut costs by 10 %", ""}', 1);
INSERT INTO education (candidate_id, institution, area, study_type, start_date, end_date, score, courses)
VALUES (1, 'Leeds', 'Computing', 'BSc', '2013', '2016', '2:1', '{Graphs}');
"""
