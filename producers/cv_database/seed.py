"""Fill the CV database with simulated candidates, half in French and half in English, by COPY.

Candidate i depends on the seed and on i alone and is known by its `reference`: seeding again adds only those that are not
there, and a longer seeding begins with a shorter one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr

from producers.cv_database.postgres import Database, Session, open_database, schema
from producers.cv_database.read import COLUMNS
from producers.simulation.cvs import cv
from producers.simulation.structured import json_resume, language_name
from talentflow.errors import BadInput
from talentflow.settings import Settings

BATCH = 1000
_PREFIX = "simulation/"
_LEVELS = ((1.0, "basic"), (3.0, "intermediate"), (8.0, "advanced"))
_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('talentflow cv database'))"
_FOREIGN: LiteralString = "SELECT count(*) FROM candidates WHERE reference IS NULL OR NOT starts_with(reference, %s)"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class SimulatedCandidate:
    """A candidate as JSON Resume, and the truth in the fields of `talentflow.records`: what the resume says, no more."""

    reference: str
    language: str
    resume: dict[str, Any]
    truth: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Seeded:
    """`candidates`: how many there are now; `added`: by this seeding; `rows`: written in all tables."""

    database: str
    candidates: int
    added: int
    rows: int
    seconds: float


def simulated_candidates(count: int, seed: int, *, start: int = 0) -> Iterator[SimulatedCandidate]:
    """Candidates `start` to `count` - 1 of a seed."""
    for index in range(start, count):
        rng = Random(f"talentflow cv database {seed} {index}")
        language = "fr" if rng.random() < 0.5 else "en"
        page, truth = cv(rng, language, wide=True)
        resume = json.loads(json_resume(rng, page, truth))
        candidate = {k: v for k, v in truth["candidate"].items() if k not in ("soft_skills", "licence")}
        identity = {k: v for k, v in truth["identity"].items() if k not in ("birth_date", "nationality")}
        years = candidate.get("experience_years_with_internships", 0.0)
        candidate["skills"] = [_graded(rng, s["name"], years) for s in candidate["skills"]]
        resume["skills"] = candidate["skills"]
        resume["languages"] = [
            {"language": language_name("en", s["language"]), "fluency": s["fluency"]} for s in candidate["languages"]
        ]
        truth = {"kind": "cv", "language": language, "candidate": candidate, "identity": identity}
        yield SimulatedCandidate(f"{_PREFIX}{seed}/{index}", language, resume, truth)


def _graded(rng: Random, name: str, most: float) -> dict[str, Any]:
    years = round(rng.uniform(0, most), 1)
    return {"name": name, "level": next((level for below, level in _LEVELS if years < below), "expert"), "years": years}


def seed_database(settings: Settings, count: int, *, seed: int, url: SecretStr | None = None) -> Seeded:
    """Make the tables where they are missing, and add the simulated candidates that are not there.

    Raises: BadInput (the database has candidates that are not simulated, or refuses), ServiceUnavailable.
    """
    started = time.perf_counter()
    added = rows = 0
    with open_database(settings, url) as database, Session(database, write=True) as session:
        session.run(lambda c: _prepare(c, database))
        for start in range(0, count, BATCH):
            batch = list(simulated_candidates(min(count, start + BATCH), seed, start=start))
            new, written = session.run(lambda c, batch=batch: _add(c, batch))
            added, rows = added + new, rows + written
        total = session.run(lambda c: _one(c, SQL("SELECT count(*) FROM candidates")))
        if added:
            session.run(lambda c: c.execute(SQL("ANALYZE {}").format(SQL(", ").join(map(Identifier, COLUMNS)))))
    return Seeded(database.name, total, added, rows, time.perf_counter() - started)


def _prepare(connection: psycopg.Connection, database: Database) -> None:
    """The tables; refuses a database of real people, among whom simulated ones have no place."""
    connection.execute(_LOCK)
    is_there = _one(connection, SQL("SELECT to_regclass('candidates') IS NOT NULL"))
    is_table = _one(
        connection, SQL("SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('candidates') AND relkind = 'r')")
    )
    if is_there and (not is_table or _one(connection, SQL(_FOREIGN), _PREFIX)):
        raise BadInput(
            f"{database.name} has candidates that are not simulated, and none were added: seed an empty database, "
            "or unset TALENTFLOW_CV_DATABASE_URL for the embedded one"
        )
    connection.execute(schema())


def _one(connection: psycopg.Connection, query: SQL, *parameters: Any) -> Any:
    row = connection.execute(query, parameters).fetchone()
    return row[0] if row else None


def _add(connection: psycopg.Connection, batch: list[SimulatedCandidate]) -> tuple[int, int]:
    """Add those of the batch that are not there; returns how many, and the rows written."""
    connection.execute(_LOCK)
    references = [c.reference for c in batch]
    there = {r for (r,) in connection.execute("SELECT reference FROM candidates WHERE reference = ANY (%s)", [references])}
    new = [c for c in batch if c.reference not in there]
    if not new:
        return 0, 0
    take = "SELECT nextval(pg_get_serial_sequence('candidates', 'candidate_id')) FROM generate_series(1, %s)"
    candidates = list(zip([i for (i,) in connection.execute(take, [len(new)])], new, strict=True))
    titles = _words(connection, "titles", "title_id", (t for _, c in candidates for t in _titles(c)))
    skills = _words(connection, "skills", "skill_id", (s["name"] for _, c in candidates for s in c.resume["skills"]))
    spoken = _words(connection, "languages", "language_id", (s["language"] for _, c in candidates for s in c.resume["languages"]))
    certificates = _certifications(connection, {s["name"] for _, c in candidates for s in c.resume.get("certificates", [])})
    written = 0
    for table, columns, rows in (
        ("candidates", _CANDIDATE, [_candidate(i, c) for i, c in candidates]),
        ("candidate_titles", ("candidate_id", "title_id", "rank"), [
            (i, titles[label], 1) for i, c in candidates if (label := c.resume["basics"].get("label"))
        ]),
        ("candidate_skills", ("candidate_id", "skill_id", "level", "years", "rank"), [
            (i, skills[s["name"]], s["level"], s["years"], n) for i, c in candidates for n, s in enumerate(c.resume["skills"], 1)
        ]),
        ("candidate_languages", ("candidate_id", "language_id", "fluency", "rank"), [
            (i, spoken[s["language"]], s["fluency"], n) for i, c in candidates for n, s in enumerate(c.resume["languages"], 1)
        ]),
        ("candidate_certifications", ("candidate_id", "certification_id", "date", "rank"), [
            (i, certificates[s["name"]], s.get("date"), n)
            for i, c in candidates
            for n, s in enumerate(c.resume.get("certificates", []), 1)
        ]),
        ("experience", ("candidate_id", "title_id", "name", "start_date", "end_date", "highlights", "rank"), [
            (i, titles[w["position"]], w["name"], w.get("startDate"), w.get("endDate"), w.get("highlights", []), n)
            for i, c in candidates
            for n, w in enumerate(c.resume["work"], 1)
        ]),
        ("education", ("candidate_id", "institution", "study_type", "area", "start_date", "end_date", "score", "rank"), [
            (i, e["institution"], e["studyType"], e.get("area"), e.get("startDate"), e.get("endDate"), e.get("score"), n)
            for i, c in candidates
            for n, e in enumerate(c.resume["education"], 1)
        ]),
    ):  # fmt: skip
        _copy(connection, table, columns, rows)
        written += len(rows)
    return len(new), written


_CANDIDATE = ("candidate_id", "reference", "name", "email", "phone", "summary", "address", "city", "country_code")


def _candidate(number: int, candidate: SimulatedCandidate) -> Row:
    basics = candidate.resume["basics"]
    place = basics.get("location", {})
    said = (basics["name"], *(basics.get(k) for k in ("email", "phone", "summary")))
    return (number, candidate.reference, *said, *(place.get(k) for k in ("address", "city", "countryCode")))


def _titles(candidate: SimulatedCandidate) -> Iterator[str]:
    if label := candidate.resume["basics"].get("label"):
        yield label
    yield from (w["position"] for w in candidate.resume["work"])


def _words(connection: psycopg.Connection, table: LiteralString, key: LiteralString, names: Iterable[str]) -> dict[str, int]:
    """The ids of shared words, which are added where they are new."""
    wanted = sorted(set(names))
    names_of = {"table": Identifier(table), "key": Identifier(key)}
    add = SQL("INSERT INTO {table} (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING").format(**names_of)
    connection.execute(add, [wanted])
    return dict(
        connection.execute(SQL("SELECT name, {key} FROM {table} WHERE name = ANY (%s)").format(**names_of), [wanted]).fetchall()
    )


def _certifications(connection: psycopg.Connection, names: set[str]) -> dict[str, int]:
    connection.execute("INSERT INTO certifications (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [sorted(names)])
    found = connection.execute(
        "SELECT name, certification_id FROM certifications WHERE name = ANY (%s) AND issuer = ''", [list(names)]
    )
    return dict(found.fetchall())


def _copy(connection: psycopg.Connection, table: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    names = SQL(", ").join(map(Identifier, columns))
    with connection.cursor() as cursor, cursor.copy(SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), names)) as copy:
        for row in rows:
            copy.write_row(row)
