"""Candidates of the database as JSON Resume documents: only those that changed since the last read, a page at a time.

A pass asks for what changed at or after a position, ordered by position and id, in short read-only transactions: a long
one would hold back the vacuum of an operational database. The next pass begins where everything was settled when this
one began: transactions that were still open then stamp later positions, so that a late commit is read by the next pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, LiteralString

import psycopg
import structlog
from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier

from producers.cv_database.postgres import Database, Session, open_database
from producers.reading import Answer, Reading
from producers.sources import KINDS, DatabaseSource
from talentflow import ids
from talentflow.errors import BadInput, DocumentTooLarge, EmptyDocument, UnexpectedAnswer
from talentflow.eventlog.messages import ClosedDocument, Found, RawDocument, RejectedDocument
from talentflow.settings import Settings

log = structlog.get_logger(__name__)

PAGE_ROWS = 500
PAGE_BYTES = 16 * 2**20
MARK = "cv_database"
_VERSION = "1"
"""Raise it when `_RESUME` gives other documents: every candidate is then read again."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "candidates": (
        *("candidate_id", "name", "email", "phone", "url", "summary", "address", "postal_code", "city", "region"),
        *("country_code", "updated_at", "deleted_at"),
    ),
    "deleted_candidates": ("candidate_id", "reason", "deleted_at", "updated_at"),
    "titles": ("title_id", "name"),
    "skills": ("skill_id", "name"),
    "languages": ("language_id", "name"),
    "certifications": ("certification_id", "name", "issuer"),
    "candidate_titles": ("candidate_id", "title_id", "rank"),
    "candidate_skills": ("candidate_id", "skill_id", "level", "years", "rank"),
    "candidate_languages": ("candidate_id", "language_id", "fluency", "rank"),
    "candidate_certifications": ("candidate_id", "certification_id", "date", "rank"),
    "experience": (
        *("experience_id", "candidate_id", "title_id", "name", "location", "start_date", "end_date", "summary", "highlights"),
        "rank",
    ),
    "education": (
        *("education_id", "candidate_id", "institution", "area", "study_type", "start_date", "end_date", "score", "courses"),
        "rank",
    ),
}
"""What is read: tables or views. `changed_in` on the first two is used where both have it."""

_TABLES: LiteralString = """
SELECT wanted.name, coalesce(array_agg(a.attname::text) FILTER (WHERE a.attname IS NOT NULL), '{}')
FROM unnest(%s::text[]) AS wanted (name)
LEFT JOIN pg_attribute a ON a.attrelid = to_regclass(wanted.name) AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY wanted.name
"""
_PLACE: LiteralString = """
SELECT oid::text || '/' || to_regclass('candidates')::oid FROM pg_database WHERE datname = current_database()
"""
_CLUSTER: LiteralString = """
SELECT system_identifier::text || '/' || timeline_id
FROM pg_control_system(), (SELECT timeline_id FROM pg_control_checkpoint()) AS checkpoint
"""


@dataclass(frozen=True)
class _Clock:
    """What orders changes: its column, its type, where it begins, and up to where everything is settled now."""

    column: LiteralString
    type: LiteralString
    start: str
    settled: LiteralString


_CLOCKS = (
    _Clock("changed_in", "xid8", "0", "pg_snapshot_xmin(pg_current_snapshot())"),
    # A transaction stamps the time when it began. Those of others can be seen only by a member of pg_read_all_stats; for
    # all others ten minutes are allowed for.
    _Clock(
        "updated_at",
        "timestamptz",
        "-infinity",
        "least(now() - interval '10 minutes', (SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database()))",
    ),
)

_RESUME: LiteralString = """json_build_object(
    'basics', json_build_object(
        'name', c.name,
        'label', (SELECT string_agg(t.name, ' / ' ORDER BY l.rank, t.name COLLATE "C")
                  FROM candidate_titles l JOIN titles t USING (title_id) WHERE l.candidate_id = c.candidate_id),
        'email', c.email, 'phone', c.phone, 'url', c.url, 'summary', c.summary,
        'location', json_build_object('address', c.address, 'postalCode', c.postal_code, 'city', c.city, 'region', c.region,
                                      'countryCode', c.country_code)),
    'work', (SELECT json_agg(json_build_object(
                 'position', t.name, 'name', e.name, 'location', e.location, 'startDate', e.start_date, 'endDate', e.end_date,
                 'summary', e.summary, 'highlights', e.highlights) ORDER BY e.rank, e.experience_id)
             FROM experience e LEFT JOIN titles t USING (title_id) WHERE e.candidate_id = c.candidate_id),
    'education', (SELECT json_agg(json_build_object(
                      'institution', e.institution, 'area', e.area, 'studyType', e.study_type, 'startDate', e.start_date,
                      'endDate', e.end_date, 'score', e.score, 'courses', e.courses) ORDER BY e.rank, e.education_id)
                  FROM education e WHERE e.candidate_id = c.candidate_id),
    'skills', (SELECT json_agg(json_build_object('name', s.name, 'level', l.level, 'years', l.years)
                               ORDER BY l.rank, s.name COLLATE "C")
               FROM candidate_skills l JOIN skills s USING (skill_id) WHERE l.candidate_id = c.candidate_id),
    'languages', (SELECT json_agg(json_build_object('language', s.name, 'fluency', l.fluency) ORDER BY l.rank, s.name COLLATE "C")
                  FROM candidate_languages l JOIN languages s USING (language_id) WHERE l.candidate_id = c.candidate_id),
    'certificates', (SELECT json_agg(json_build_object('name', s.name, 'issuer', s.issuer, 'date', l.date)
                                     ORDER BY l.rank, s.name COLLATE "C", s.issuer COLLATE "C")
                     FROM candidate_certifications l JOIN certifications s USING (certification_id)
                     WHERE l.candidate_id = c.candidate_id))"""

# Both halves are cut before they are joined, so that each is one walk along an index. A candidate is looked up by id and not
# joined: a join may look at the others too, and stumble over a row that a view fails on. Client memory is bound by bytes too:
# rows beyond them come with the next page, and a single document over the limit is not sent at all.
_PAGE: LiteralString = """
WITH page AS (
    SELECT * FROM (
        (SELECT {clock} AS position, candidate_id, deleted_at IS NOT NULL AS is_gone, deleted_at::timestamptz, 'deleted' AS reason
         FROM candidates WHERE {onwards} ORDER BY {clock}, candidate_id LIMIT %(rows)s)
        UNION ALL
        (SELECT {clock}, candidate_id, true, deleted_at::timestamptz, reason
         FROM deleted_candidates WHERE {onwards} ORDER BY {clock}, candidate_id LIMIT %(rows)s)
    ) AS changed ORDER BY position, candidate_id LIMIT %(rows)s
), documents AS MATERIALIZED (
    SELECT page.*, CASE WHEN NOT page.is_gone THEN
               (SELECT {resume}::text FROM candidates c WHERE c.candidate_id = page.candidate_id) END AS document
    FROM page
), sized AS (
    SELECT *, coalesce(octet_length(document), 0) AS size, row_number() OVER pages AS n,
           sum(coalesce(octet_length(document), 0)) OVER pages AS so_far
    FROM documents WINDOW pages AS (ORDER BY position, candidate_id)
)
SELECT position::text, candidate_id::text, is_gone, coalesce(deleted_at, now()), reason, size,
       CASE WHEN size <= %(most)s THEN document END
FROM sized WHERE n = 1 OR so_far <= %(bytes)s ORDER BY position, sized.candidate_id
"""
_BAD_ROW = (psycopg.DataError, psycopg.InternalError, errors.ProgramLimitExceeded, UnicodeDecodeError)
"""One row's own fault: a view that fails on it, text that is not in the database's encoding, a document over a gigabyte."""


@dataclass(frozen=True)
class _Position:
    """How far the database was read. `after`: the last row of a pass that is not finished."""

    database: str
    clock: str
    since: str
    settled: str
    after: tuple[str, str] | None = None

    def onwards(self) -> tuple[Composed, dict[str, Any]]:
        """The condition on a row, and its parameters."""
        clock = _clock(self.clock)
        names = {"clock": SQL(clock.column), "type": SQL(clock.type)}
        if self.after is None:
            return SQL("{clock} >= %(since)s::{type}").format(**names), {"since": self.since}
        onwards = SQL("({clock}, candidate_id) > (%(position)s::{type}, %(id)s)").format(**names)
        return onwards, {"position": self.after[0], "id": self.after[1]}


@dataclass(frozen=True)
class _Row:
    position: str
    id: str
    is_gone: bool
    gone_at: datetime
    reason: str
    size: int
    document: str | None
    error: str = ""


def read_database(source: DatabaseSource, reading: Reading) -> Iterator[Answer]:
    """Candidates that were added, changed, withdrawn or deleted since the last committed answer, oldest change first.

    A candidate is a JSON Resume with the same bytes as long as nothing in it changes; a withdrawn or deleted one is a
    closure; one that makes no CV is a rejection. After a kill the pass goes on behind the last committed page.

    Raises: BadSettings, BadInput (refused, no tables, missing columns), ServiceUnavailable (no server, lost for good).
    """
    settings = reading.settings
    with open_database(settings, source.url, make=False) as database, Session(database) as session:
        position = session.run(lambda c: _begin(c, database, _remembered(reading)))
        while rows := session.run(partial(_page, position=position, most=settings.max_document_bytes)):
            position = replace(position, after=(rows[-1].position, rows[-1].id))
            reading.counts.fetched += len(rows)
            found = [_found(row, source, reading, database) for row in rows]
            yield Answer(found, partial(_remember, reading, position))
        yield Answer((), partial(_remember, reading, replace(position, since=position.settled, after=None)))


def database_status(settings: Settings) -> dict[str, Any]:
    """`database` (its name), `version`, `clock` (the column that tells changes), `updated_at` (the last one), `tables` (rows
    by name). Raises what `read_database` raises."""

    def look(connection: psycopg.Connection) -> dict[str, Any]:
        clock = _checked(connection, database)
        counts = {t: int(_value(connection, SQL("SELECT count(*) FROM {}").format(Identifier(t)))) for t in COLUMNS}
        last = connection.execute("SELECT max(updated_at) FROM candidates").fetchone()
        return {
            "database": database.name,
            "version": connection.info.parameter_status("server_version"),
            "clock": clock.column,
            "updated_at": last[0].isoformat(timespec="seconds") if last and last[0] else None,
            "tables": counts,
        }

    with open_database(settings, make=False) as database, Session(database) as session:
        return session.run(look)


def _remembered(reading: Reading) -> _Position | None:
    said = reading.state.mark(MARK)
    if said is None:
        return None
    kept = json.loads(said)
    return _Position(**kept | {"after": tuple(kept["after"]) if kept["after"] else None})


def _remember(reading: Reading, position: _Position) -> None:
    reading.state.set_mark(MARK, json.dumps(asdict(position)))


def _clock(column: str) -> _Clock:
    return next(c for c in _CLOCKS if c.column == column)


def _begin(connection: psycopg.Connection, database: Database, kept: _Position | None) -> _Position:
    """Where this pass starts: behind the last page, or where the last pass was settled, or at the beginning.

    Another server, a restored copy, other tables or another shape of documents start at the beginning: their positions
    mean nothing there.
    """
    clock = _checked(connection, database)
    where = f"{_VERSION} {_cluster(connection)} {_value(connection, SQL(_PLACE))}"
    settled = _value(connection, SQL("SELECT ({})::text").format(SQL(clock.settled)))
    if kept is None or (kept.database, kept.clock) != (where, clock.column):
        return _Position(where, clock.column, clock.start, settled)
    ahead = SQL("SELECT (%s::{type} > %s::{type})::text").format(type=SQL(clock.type))
    if _value(connection, ahead, kept.settled, settled) == "true":
        return _Position(where, clock.column, clock.start, settled)
    return kept if kept.after else _Position(where, clock.column, kept.since, settled)


def _value(connection: psycopg.Connection, query: SQL | Composed, *parameters: str) -> str:
    row = connection.execute(query, parameters).fetchone()
    return str(row[0]) if row else ""


def _cluster(connection: psycopg.Connection) -> str:
    """Which server this is, and which of its pasts; empty where the user may not know."""
    try:
        with connection.transaction():
            return _value(connection, SQL(_CLUSTER))
    except errors.InsufficientPrivilege:
        return ""


def _checked(connection: psycopg.Connection, database: Database) -> _Clock:
    """The clock that the tables have. Raises BadInput with what is missing of them."""
    there: dict[str, list[str]] = dict(connection.execute(_TABLES, [list(COLUMNS)]).fetchall())
    missing = [t if not there[t] else f"{t}.{c}" for t, columns in COLUMNS.items() for c in columns if c not in there[t]]
    missing = list(dict.fromkeys(missing))
    if missing == list(COLUMNS):
        raise BadInput(
            f"{database.name} has none of the tables of candidates: make them with talentflow database seed or as "
            "docs/cv-database.md says, and if they are in a schema of their own add ?options=-csearch_path%3DNAME to the URL"
        )
    if missing:
        raise BadInput(
            f"{database.name} lacks {', '.join(missing)}: add them, or a view of the table's name that has them "
            "(docs/cv-database.md lists all)"
        )
    clock = next(c for c in _CLOCKS if all(c.column in there[t] for t in ("candidates", "deleted_candidates")))
    never = SQL("SELECT EXISTS (SELECT FROM candidates WHERE {} IS NULL)::text").format(SQL(clock.column))
    if _value(connection, never) == "true":
        raise BadInput(
            f"{database.name} has candidates whose {clock.column} is null, and they would never be read: fill it, "
            "or give it a value in the view"
        )
    return clock


def _page(connection: psycopg.Connection, position: _Position, most: int) -> list[_Row]:
    """The next rows; none at the end. Where one row makes the page fail, the rows come one by one and that one says why."""
    try:
        with connection.transaction():
            return _rows(connection, position, most, PAGE_ROWS, SQL(_RESUME))
    except _BAD_ROW as error:
        log.warning("a page of candidates fails, reading them one by one", cause=_cause(error))
    rows: list[_Row] = []
    while len(rows) < PAGE_ROWS // 10:
        try:
            with connection.transaction():
                one = _rows(connection, position, most, 1, SQL(_RESUME))
        except _BAD_ROW as error:
            one = [replace(r, error=_cause(error)) for r in _rows(connection, position, most, 1, SQL("NULL"))]
        if not one:
            break
        rows += one
        position = replace(position, after=(one[0].position, one[0].id))
    return rows


def _cause(error: Exception) -> str:
    """What the database says, without the values that it quotes: they are somebody's."""
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return re.sub(r'"[^"]*"', '"…"', said) if said else type(error).__name__


def _rows(connection: psycopg.Connection, position: _Position, most: int, rows: int, resume: SQL) -> list[_Row]:
    onwards, parameters = position.onwards()
    query = SQL(_PAGE).format(clock=SQL(_clock(position.clock).column), onwards=onwards, resume=resume)
    limits = {"rows": rows, "most": most, "bytes": PAGE_BYTES}
    return [_Row(*row) for row in connection.execute(query, parameters | limits).fetchall()]


def _found(row: _Row, source: DatabaseSource, reading: Reading, database: Database) -> Found:
    uri = f"{database.uri}#candidate={row.id}"
    if row.is_gone:
        return ClosedDocument(source.name, uri, row.id, row.gone_at.astimezone(UTC), row.reason)
    who = f"candidate {row.id} of {database.name}"
    if row.error:
        return _rejected(
            source, uri, row, UnexpectedAnswer.code, f"{who} cannot be read ({row.error}): correct the row or the view"
        )
    if row.document is None:
        advice = "shorten its texts, or raise TALENTFLOW_MAX_DOCUMENT_BYTES"
        return _rejected(source, uri, row, DocumentTooLarge.code, f"{who} has {row.size:,} bytes: {advice}")
    resume: dict[str, Any] = _filled(json.loads(row.document)) or {}
    content = json.dumps(resume, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    if not resume.keys() - {"basics"} and not resume.get("basics", {}).keys() & {"label", "summary"}:
        detail = f"{who} has no title, summary, experience, education or skill: add some"
        return _rejected(source, uri, row, EmptyDocument.code, detail, content)
    return RawDocument(
        source=source.name,
        source_uri=uri,
        source_key=row.id,
        media_type="application/json",
        kind_hint=KINDS[source.kind],
        content=content,
        fetched_at=reading.now,
        terms=source.terms,
    )


def _rejected(source: DatabaseSource, uri: str, row: _Row, code: str, detail: str, content: bytes = b"") -> RejectedDocument:
    known = ids.content_hash(content or detail.encode())
    return RejectedDocument(source.name, uri, row.id, code, detail, content, known)


def _filled(value: Any) -> Any:
    """Without nulls, blanks, empty lists and empty objects; None when nothing is left."""
    if isinstance(value, dict):
        return {k: f for k, v in value.items() if (f := _filled(v)) is not None} or None
    if isinstance(value, list):
        return [f for v in value if (f := _filled(v)) is not None] or None
    if isinstance(value, str):
        return value.strip() or None
    return value
