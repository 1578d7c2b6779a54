"""The Postgres that candidates are registered in: one's own by URL, or the embedded one. Its password is shown nowhere."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from types import TracebackType
from typing import Any, LiteralString, Self, TypeVar, cast
from urllib.parse import quote, urlsplit

import psycopg
import structlog
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from producers.cv_database.embedded import embedded_server, is_initialised
from talentflow.errors import BadInput, BadSettings, ServiceUnavailable, TalentflowError
from talentflow.settings import Settings

STATEMENT_SECONDS = 60
CONNECT_SECONDS = 10
LEAST_VERSION = 140000
"""Postgres 14: `CREATE OR REPLACE TRIGGER`; older ones have no support any more."""
ATTEMPTS = 5
_KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Database:
    """Where it is, in words that may be shown, and how to connect, which may not."""

    name: str
    uri: str
    is_embedded: bool
    parameters: dict[str, Any] = field(repr=False)


@contextmanager
def open_database(settings: Settings, url: SecretStr | None = None, *, make: bool = True) -> Generator[Database]:
    """The database that `url` names, else TALENTFLOW_CV_DATABASE_URL, else the home's embedded one, which runs meanwhile.

    Connects to none of one's own yet. Without `make` an embedded one is not made where there is none.

    Raises: BadSettings (no Postgres URL), BadInput (no embedded one), and what `embedded_server` raises.
    """
    given = next(
        (u.get_secret_value().strip() for u in (url, settings.cv_database_url) if u and u.get_secret_value().strip()), ""
    )
    if given:
        yield _database(given)
        return
    if not make and not is_initialised(settings):
        raise BadInput(
            f"{settings.home} has no CV database yet: talentflow database seed makes one with simulated candidates, "
            "or set TALENTFLOW_CV_DATABASE_URL to yours"
        )
    with embedded_server(settings) as parameters:
        yield Database(f"the embedded database of {settings.home}", "postgresql:///embedded", True, dict(parameters))


def _database(url: str) -> Database:
    url = re.sub(r"^postgres(?:ql)?\+\w+://", "postgresql://", url)
    parts = urlsplit(url, allow_fragments=False)
    try:
        parameters: dict[str, Any] = conninfo_to_dict(url)
    except psycopg.Error:
        parameters = {}
    port = str(parameters.get("port") or "")
    # a @ or / left as it is in a password cuts it in two, and its pieces would be shown as host, port or database
    if not parameters or "@" in parts.path or parts.netloc.count("@") > 1 or not re.fullmatch(r"[\d,]*", port):
        # libpq's own sentence would quote the URL, and so the password in it
        raise BadSettings(
            "the URL of the CV database is none that Postgres understands: write it as "
            "postgresql://USER:PASSWORD@HOST:5432/DATABASE, with %40 for @, %2F for / and %3A for : in the password"
        )
    host = parameters.get("host") or parameters.get("hostaddr") or os.environ.get("PGHOST") or "localhost"
    port = port or os.environ.get("PGPORT") or "5432"
    name = parameters.get("dbname") or os.environ.get("PGDATABASE") or parameters.get("user") or "postgres"
    where = f"{host}:{port}"
    return Database(f"the database {name} on {where}", f"postgresql://{quote(where, safe=':,')}/{quote(name)}", False, parameters)


def schema() -> LiteralString:
    """The SQL that makes the tables, and changes nothing where they are."""
    text = resources.files(__package__ or __name__).joinpath("schema.sql").read_text(encoding="utf-8")
    return cast("LiteralString", text)


class Session:
    """One connection at a time to a database, renewed when it is lost. Open with `with`."""

    def __init__(self, database: Database, *, write: bool = False) -> None:
        self.database = database
        self._write = write
        self._connection: psycopg.Connection | None = None
        self._was_connected = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def run(self, work: Callable[[psycopg.Connection], T]) -> T:
        """`work` in one transaction with a time-out for each statement, read-only unless opened to write.

        A connection that is lost is renewed and `work` done again, if it writes nothing: writing is not repeated, since a
        commit may have happened unheard.

        Raises: ServiceUnavailable (no answer, lost for good, too slow, too many clients), BadInput (refused, or the tables
        are not what they should be).
        """
        attempts = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=0.25, max=5, jitter=0.25),
            retry=retry_if_exception(self._may_try_again),
            before_sleep=self._say_lost,
            reraise=True,
        )
        try:
            return attempts(lambda: self._once(work))
        except psycopg.Error as error:
            # without the cause: what libpq knows of the connection stays out of logs
            raise explained(error, self.database) from None

    def _once(self, work: Callable[[psycopg.Connection], T]) -> T:
        try:
            connection = self._connected()
            with connection.transaction():
                connection.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'".encode())
                connection.execute("SET LOCAL TimeZone = 'UTC'")
                connection.execute("SET LOCAL DateStyle = 'ISO, YMD'")
                return work(connection)
        except psycopg.Error:
            self._close()
            raise

    def _connected(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            ours = {"connect_timeout": CONNECT_SECONDS, "application_name": "talentflow", "client_encoding": "utf8"}
            # no prepared statements and no start-up options of ours: a pooler in between would stumble over them
            self._connection = psycopg.connect(
                make_conninfo("", **(_KEEPALIVE | ours | self.database.parameters)), autocommit=True, prepare_threshold=None
            )
            self._connection.read_only = not self._write
            self._was_connected = True
            version = self._connection.info.server_version
            if version < LEAST_VERSION:
                raise BadInput(f"{self.database.name} is Postgres {version // 10000}: upgrade it to 14 or newer")
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _may_try_again(self, error: BaseException) -> bool:
        is_lost = isinstance(error, psycopg.OperationalError) and not isinstance(
            error, errors.QueryCanceled | errors.ProgramLimitExceeded | errors.InsufficientPrivilege
        )
        return is_lost and self._was_connected and not self._write

    def _say_lost(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        log.warning(
            "connection to the CV database lost, trying again",
            database=self.database.name,
            attempt=state.attempt_number,
            cause=_said(error, self.database),
        )


_REFUSALS = (
    (
        r"authentication failed|no password supplied|fe_sendauth|role .* does not exist",
        "check the user and the password in its URL",
    ),
    (
        r"no pg_hba\.conf entry",
        "let this user connect from here in the server's pg_hba.conf, perhaps with sslmode=require in the URL",
    ),
    (r"database .* does not exist", "check the database's name in its URL, or create it"),
    (r"certificate|sslmode|not support SSL", "check sslmode and sslrootcert in its URL"),
    (r"not permitted to log in|permission denied for database", "grant LOGIN and CONNECT to the user in its URL"),
)
"""What a server says when it refuses a connection, which has no SQLSTATE then, and what to do."""
_ADVICE: tuple[tuple[type[psycopg.Error], type[TalentflowError], str], ...] = (
    (errors.InsufficientPrivilege, BadInput, "grant SELECT on the tables of docs/cv-database.md to the user in its URL"),
    (errors.UndefinedTable, BadInput, "make the tables or views of docs/cv-database.md"),
    (errors.UndefinedColumn, BadInput, "make the tables or views as docs/cv-database.md says"),
    (
        errors.QueryCanceled,
        ServiceUnavailable,
        f"a statement took longer than {STATEMENT_SECONDS} s or was cancelled: try again when the server is less busy, "
        "and see that (changed_in, candidate_id) has its index",
    ),
    (errors.TooManyConnections, ServiceUnavailable, "try again when others have left, or raise max_connections"),
    (
        psycopg.OperationalError,
        ServiceUnavailable,
        "see that the server runs and is reached from here, then run again: nothing is lost",
    ),
)


def explained(error: psycopg.Error, database: Database) -> TalentflowError:
    """Our error for a driver's: what happened, in which database, what to do; never with the password."""
    said = _said(error, database)
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        for pattern, advice in _REFUSALS:
            if re.search(pattern, said):
                return BadInput(f"{database.name} refuses the connection ({said}): {advice}")
    for kind, ours, advice in _ADVICE:
        if isinstance(error, kind):
            return ours(f"{database.name} does not answer as asked ({said}): {advice}")
    return BadInput(f"{database.name} cannot be read ({said}): make its tables or views as docs/cv-database.md says")


def _said(error: BaseException | None, database: Database) -> str:
    """The error in one line, without the password in any spelling."""
    lines = str(error).strip().splitlines()
    said = "; ".join(line.strip() for line in lines if line.strip())[:500]
    password = str(database.parameters.get("password") or "")
    for secret in {password, quote(password), quote(password, safe="")} - {""}:
        said = said.replace(secret, "***")
    return said
