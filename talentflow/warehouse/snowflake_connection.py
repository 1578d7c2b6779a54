"""A session on Snowflake, and what its errors mean.

The connector repeats a request whose answer was lost, and Snowflake knows a repeated one. What takes longer than
`snowflake_statement_seconds`, the network's absence included, is given up.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from talentflow.errors import BadInput, BadSettings, Busy, MissingExtra, ServiceUnavailable, TalentflowError, TerminalError
from talentflow.settings import Settings

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection
    from snowflake.snowpark import Session

LOGIN_SECONDS = 60
LOCK_SECONDS = 60
"""How long a statement waits for a table that another load writes to."""
QUERY_TAG = "talentflow"
SCHEMAS = ("SILVER", "OPS", "BRONZE")
"""Of what is loaded."""

_REFUSED: tuple[tuple[str, str], ...] = (
    ("password has expired", "change it in Snowflake's web page, then set TALENTFLOW_SNOWFLAKE_PASSWORD; or use a key pair"),
    (
        "incorrect username or password",
        "correct TALENTFLOW_SNOWFLAKE_USER and TALENTFLOW_SNOWFLAKE_PASSWORD (or TALENTFLOW_SNOWFLAKE_PRIVATE_KEY_PATH)",
    ),
    (
        "jwt token is invalid",
        "give the user the public key of TALENTFLOW_SNOWFLAKE_PRIVATE_KEY_PATH (ALTER USER … SET RSA_PUBLIC_KEY), and see that "
        "this machine's clock is right",
    ),
    ("temporarily locked", "wait 15 minutes, or have an administrator unlock the user; then correct the password"),
    ("user access disabled", "have an administrator enable TALENTFLOW_SNOWFLAKE_USER"),
    ("multi-factor", "give a user of a service (TYPE = SERVICE) a key pair and set TALENTFLOW_SNOWFLAKE_PRIVATE_KEY_PATH"),
    ("is not allowed to access snowflake", "have the network policy admit this machine's address"),
    ("specified in the connect string", "correct TALENTFLOW_SNOWFLAKE_ROLE, or have it granted to the user"),
)
"""What a login that Snowflake refuses says, and what to do about it."""

_BAD_NAME, _NO_WAREHOUSE, _QUOTA, _NO_PRIVILEGE = 2003, 606, 90, 3001
_LOCKED = frozenset({625, 628})
"""A lock that another transaction holds: waited for in vain, or given up."""
_ENDED = frozenset({390111, 390112, 390114, 250002})
"""The session is gone."""
_NETWORK = frozenset({250001, 250003, 250005, 251011, 251012, 253003})
_TOO_LONG = 604


def connection_options(settings: Settings) -> dict[str, Any]:
    """What the connector is told. Raises BadSettings, which names the variables that are missing."""
    missing = [name for name in ("account", "user") if not getattr(settings, f"snowflake_{name}")]
    if not settings.snowflake_password and not settings.snowflake_private_key_path:
        missing.append("password")
    if missing:
        variables = " and ".join(f"TALENTFLOW_SNOWFLAKE_{name.upper()}" for name in missing)
        raise BadSettings(f"Snowflake cannot be reached: set {variables} (or a key pair: TALENTFLOW_SNOWFLAKE_PRIVATE_KEY_PATH)")
    options: dict[str, Any] = {
        "account": settings.snowflake_account,
        "user": settings.snowflake_user,
        "database": settings.snowflake_database,
        "schema": settings.snowflake_schema,
        "role": settings.snowflake_role,
        "warehouse": settings.snowflake_warehouse,
        "host": settings.snowflake_host,
        "port": settings.snowflake_port,
        "protocol": settings.snowflake_protocol,
    }
    options = {name: value for name, value in options.items() if value is not None}
    if settings.snowflake_private_key_path:
        options["private_key"] = _private_key(settings)
    elif settings.snowflake_password:
        options["password"] = settings.snowflake_password.get_secret_value()
    return options | {
        "application": "talentflow",
        "login_timeout": LOGIN_SECONDS,
        "network_timeout": settings.snowflake_statement_seconds,
        "paramstyle": "qmark",
        "client_session_keep_alive": False,
        "platform_detection_timeout_seconds": 0.0,  # or it asks clouds' metadata services at every login
        "session_parameters": {
            "QUERY_TAG": QUERY_TAG,
            "LOCK_TIMEOUT": LOCK_SECONDS,
            "TIMEZONE": "UTC",
            "CLIENT_TELEMETRY_ENABLED": False,
        },
    }


def _private_key(settings: Settings) -> bytes:
    """The user's key as the connector takes it (DER). Raises BadSettings."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

    path, phrase = settings.snowflake_private_key_path, settings.snowflake_private_key_passphrase
    assert path is not None
    try:
        key = load_pem_private_key(path.read_bytes(), phrase.get_secret_value().encode() if phrase else None)
    except OSError as error:
        raise BadSettings(
            f"the key {path} cannot be read ({error.strerror}): correct TALENTFLOW_SNOWFLAKE_PRIVATE_KEY_PATH"
        ) from error
    except (TypeError, ValueError) as error:
        raise BadSettings(
            f"the key {path} cannot be used: it must be the PEM of a private key, and where it has a passphrase "
            "TALENTFLOW_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE must be that"
        ) from error
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def address(settings: Settings) -> str:
    """Where the connector connects to, as a URL."""
    host = settings.snowflake_host or f"{settings.snowflake_account}.snowflakecomputing.com"
    port = f":{settings.snowflake_port}" if settings.snowflake_port else ""
    return f"{settings.snowflake_protocol}://{host}{port}"


def login(settings: Settings) -> list[str]:
    """Log in and compute something; what is missing, in sentences. Raises as `connected` does."""
    with connected(settings) as connection:
        said = run(connection, "select current_warehouse() as w, current_role() as r, current_database() as d")[0]
        missing: list[str] = []
        if said["w"] is None:
            missing.append("no warehouse computes: set TALENTFLOW_SNOWFLAKE_WAREHOUSE to one that the role may use")
        if not _is_in(said["d"], settings):
            role = said["r"] or "the user's role"
            missing.append(
                f"the database {settings.snowflake_database} is not there, and is made by the first run if {role} may "
                "(GRANT CREATE DATABASE ON ACCOUNT); else have it made"
            )
        return missing


def _is_in(database: str | None, settings: Settings) -> bool:
    return (database or "").upper() == settings.snowflake_database.upper()


def ensure_database(connection: SnowflakeConnection, settings: Settings) -> None:
    """The database and its schemas, made where they are not, and chosen: only what is missing asks for the right to make it."""
    database, schema = quoted(settings.snowflake_database), settings.snowflake_schema
    if not _is_in(run(connection, "select current_database() as d")[0]["d"], settings):
        run(connection, f"create database if not exists {database}")
    run(connection, f"use database {database}")
    there = {row["schema_name"].upper() for row in run(connection, "select schema_name from information_schema.schemata")}
    for missing in sorted({schema.upper(), *SCHEMAS} - there):
        run(connection, f"create schema if not exists {database}.{quoted(missing)}")
    run(connection, f"use schema {database}.{quoted(schema)}")


def quoted(name: str) -> str:
    """A name as Snowflake keeps it: upper-case, quoted, so that no word is reserved."""
    return '"' + name.upper().replace('"', '""') + '"'


@contextmanager
def connected(settings: Settings) -> Generator[SnowflakeConnection]:
    """An open connection, closed at the end; its errors are ours.

    Raises: MissingExtra, BadSettings, TerminalError (Snowflake refuses the login), ServiceUnavailable (it cannot be reached).
    """
    with errors_of(settings):
        connection = _connect(settings)
        try:
            yield connection
        finally:
            _close(connection)


def _connect(settings: Settings) -> SnowflakeConnection:
    try:
        import snowflake.connector
    except ImportError as error:
        raise MissingExtra("snowflake-snowpark-python", "snowflake") from error
    from snowflake.connector.errors import Error, OperationalError

    where = settings.snowflake_host or settings.snowflake_account
    try:
        return snowflake.connector.connect(**connection_options(settings))
    except Error as error:
        said = _said(error)
        refused = next((what for sign, what in _REFUSED if sign in said.lower()), None)
        if refused:
            raise BadSettings(f"Snowflake at {where} refuses the login: {said}: {refused}") from error
        if isinstance(error, OperationalError) or "HTTP" in said:
            how = "see whether it runs, and TALENTFLOW_SNOWFLAKE_ACCOUNT"
            raise ServiceUnavailable(f"Snowflake at {where} cannot be reached: {said}; {how}") from error
        raise TerminalError(f"Snowflake at {where} refuses the login: {said}; see TALENTFLOW_SNOWFLAKE_*") from error


def _close(connection: SnowflakeConnection) -> None:
    """Snowflake rolls back what is open. Nothing to do about one that cannot be told."""
    from snowflake.connector.errors import Error

    with suppress(Error, OSError):
        connection.close(retry=False)


@contextmanager
def session_of(settings: Settings) -> Generator[Session]:
    """A Snowpark session over a connection of its own, closed at the end. Raises as `connected` does."""
    with ExitStack() as stack:
        connection = stack.enter_context(connected(settings))
        from snowflake.snowpark import Session

        builder: Any = Session.builder
        session = builder.config("connection", connection).create()
        # or it is closed when the process ends, which asks Snowflake once more
        stack.callback(_remove_session, session)
        stack.callback(_close, connection)
        yield session


def _remove_session(session: Session) -> None:
    """Of a connection that is closed: only Snowpark's own account of it."""
    with suppress(Exception):
        session.close()


def run(connection: SnowflakeConnection, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """The rows of a statement, by lower-case names. A warehouse that is suspended is resumed once."""
    try:
        return _run(connection, sql, parameters)
    except Exception as error:
        if not _is_suspended(error):
            raise
        _resume(connection, error)
        return _run(connection, sql, parameters)


def _run(connection: SnowflakeConnection, sql: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
    cursor = connection.cursor()
    try:
        cursor.execute(sql, list(parameters) or None)
        names = [column.name.lower() for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]  # pyright: ignore[reportArgumentType]
    finally:
        cursor.close()


def _is_suspended(error: Exception) -> bool:
    return getattr(error, "errno", None) == _NO_WAREHOUSE or "is suspended" in str(error)


def _resume(connection: SnowflakeConnection, error: Exception) -> None:
    """Raises BadSettings where that is not for this role to do."""
    from snowflake.connector.errors import Error

    name = connection.warehouse
    if not name:
        raise BadSettings(
            "Snowflake has no warehouse to compute with in this session: set TALENTFLOW_SNOWFLAKE_WAREHOUSE, or give the user a "
            "default one (ALTER USER … SET DEFAULT_WAREHOUSE)"
        ) from error
    one = '"' + name.strip('"').replace('"', '""') + '"'
    try:
        _run(connection, f"alter warehouse {one} resume if suspended", ())
        _run(connection, f"use warehouse {one}", ())
    except Error as refused:
        raise BadSettings(
            f"Snowflake's warehouse {name} is suspended and could not be resumed ({_said(refused)}): have it resumed "
            f"(ALTER WAREHOUSE {name} RESUME) or set AUTO_RESUME = TRUE, and grant OPERATE on it to the role; or name another by "
            "TALENTFLOW_SNOWFLAKE_WAREHOUSE"
        ) from refused


_THEIRS = ("snowflake.snowpark.", "snowflake.connector.vendored.")


@contextmanager
def errors_of(settings: Settings) -> Generator[None]:
    """The connector's and Snowpark's errors become ours."""
    try:
        from snowflake.connector.errors import Error
    except ImportError as error:
        raise MissingExtra("snowflake-snowpark-python", "snowflake") from error
    try:
        yield
    except Exception as error:
        # Snowpark's are known by where they come from: to import them takes seconds, and who only asks uses none; those of the
        # connector's own copy of requests come through it where an answer ends in the middle
        if isinstance(error, Error) or type(error).__module__.startswith(_THEIRS):
            raise translated(error, settings) from error
        raise


def translated(error: Exception, settings: Settings) -> TalentflowError:
    """What an error of Snowflake's means for us."""
    from snowflake.connector.errors import DatabaseError, OperationalError

    number, said = _number(error), _said(error)
    where = f"{settings.snowflake_host or settings.snowflake_account}, database {settings.snowflake_database}"
    if number in _LOCKED:
        return Busy(f"another load writes to Snowflake ({where}): {said}; run again when it is done")
    if _is_suspended(error):
        return BadSettings(f"Snowflake's warehouse does not compute ({where}): {said}; resume it, or set AUTO_RESUME = TRUE")
    if number == _QUOTA and "resource monitor" in said.lower():
        return TerminalError(
            f"Snowflake's warehouse may not compute any more ({where}): {said}; raise its resource monitor's quota"
        )
    if number == _NO_PRIVILEGE or "insufficient privileges" in said.lower():
        return TerminalError(
            f"Snowflake refuses ({where}): {said}; grant this to the role {settings.snowflake_role or 'of the user'}"
        )
    if number == _TOO_LONG:
        return ServiceUnavailable(
            f"a statement was cancelled ({where}): {said}; raise TALENTFLOW_SNOWFLAKE_STATEMENT_SECONDS where it needs longer"
        )
    if number in _ENDED or number in _NETWORK or isinstance(error, OperationalError) or not isinstance(error, DatabaseError):
        return ServiceUnavailable(f"Snowflake does not answer ({where}): {said}; it is tried again, nothing is lost")
    if number == _BAD_NAME:
        return BadInput(f"Snowflake does not know what is named ({where}): {said}; correct the name, or grant the role access")
    return TerminalError(f"Snowflake refuses a statement ({where}): {said}; see the query history, tag {QUERY_TAG}")


def _number(error: Exception) -> int | None:
    number = getattr(error, "errno", None) or getattr(error, "sql_error_code", None)
    return int(number) if number is not None and str(number).lstrip("-").isdigit() else None


def _said(error: Exception) -> str:
    said = getattr(error, "raw_msg", None) or getattr(error, "msg", None) or getattr(error, "message", None) or str(error)
    return " ".join(str(said).split()).removesuffix(".")[:500]
