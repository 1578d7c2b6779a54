"""What the Snowflake double adds to fakesnow's server: see `tests/doubles/snowflake.py`."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import fakesnow.arrow
import fakesnow.cursor
import fakesnow.info_schema
import fakesnow.server
import snowflake.connector.errors
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.instance import FakeSnow
from fakesnow.transforms import stage
from sqlglot import exp
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from snowpark_udfs.functions import FUNCTIONS
from snowpark_udfs.register import register_on_duckdb

_execute = FakeSnowflakeCursor.execute
_fakesnow_timestamps = fakesnow.arrow.timestamp_to_sf_struct
_fakesnow_merge = fakesnow.cursor.transforms.merge
_fakesnow_comment = fakesnow.cursor.transforms.extract_comment_on_table
_parse_one = fakesnow.server.parse_one
_connect_to = FakeSnow.connect
_PART = r'(?:[\w$]+|"[^"]+")'
_NAME = r'[\w$".]+'


def app() -> Starlette:
    """fakesnow's routes, with faults before them, and what a test asks of the double."""
    fakesnow.arrow.timestamp_to_sf_struct = _timestamps
    fakesnow.cursor.transforms.merge = _merge
    fakesnow.cursor.transforms.extract_comment_on_table = _comment_on_table
    FakeSnowflakeCursor.execute = _with_what_is_missing  # type: ignore[method-assign]
    fakesnow.server.parse_one = _parsed
    FakeSnow.connect = _connect  # type: ignore[method-assign]
    notes = fakesnow.info_schema
    notes.insert_text_lengths_sql = _not_of_merge(notes.insert_text_lengths_sql)
    notes.insert_table_comment_sql = _not_of_merge(notes.insert_table_comment_sql)
    routes: list[Any] = []
    for route in fakesnow.server.routes:
        if route.path in ("/session/v1/login-request", "/queries/v1/query-request"):
            route = Route(route.path, _faulty(route.endpoint), methods=["POST"])
        if route.path == "/session":
            route = Route(route.path, _ending(route.endpoint), methods=["POST"])
        routes.append(route)
    routes += [
        Route("/telemetry/send", _take_telemetry, methods=["POST"]),
        Route("/double/faults", _add_fault, methods=["POST"]),
        Route("/double/mend", _mend, methods=["POST"]),
        Route("/double/statements", _say_statements, methods=["POST"]),
    ]
    return Starlette(routes=routes)


# Faults

_faults: list[dict[str, Any]] = []
_statements: list[dict[str, Any]] = []
_answers: dict[str, asyncio.Future[Response]] = {}
"""Of the last requests, by their ids: a client that lost an answer asks again with the same id."""
_KEPT_ANSWERS = 50


async def _add_fault(request: Request) -> Response:
    _faults.append(await request.json())
    return JSONResponse(None)


async def _take_telemetry(request: Request) -> Response:
    """A connector that cannot send it does not end its session."""
    return JSONResponse({"data": None, "code": None, "message": None, "success": True})


async def _mend(request: Request) -> Response:
    await request.body()
    _faults.clear()
    return JSONResponse(None)


async def _say_statements(request: Request) -> Response:
    await request.body()
    return JSONResponse(_statements)


def _faulty(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    async def handled(request: Request) -> Response:
        body = await request.body()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        said = json.loads(body)
        is_login = request.url.path.endswith("login-request")
        statement = "login" if is_login else said["sqlText"]
        if not is_login:
            session = fakesnow.server.sessions.get(fakesnow.server.to_token(request))
            _statements.append(
                {"sql": statement, "tag": getattr(session, "query_tag", None), "database": getattr(session, "database", None)}
            )
        request_id = request.query_params.get("requestId")
        if not is_login and request_id in _answers:  # asked again, because the answer was lost: carried out once
            answer = await asyncio.shield(_answers[request_id])
            return Response(answer.body, answer.status_code, media_type="application/json")
        fault = next((f for f in _faults if re.search(f["statement"], statement, re.IGNORECASE | re.DOTALL)), None)
        if fault is None:
            return await _answer(endpoint, request, said, is_login=is_login)
        fault["times"] -= 1
        if not fault["times"]:
            _faults.remove(fault)
        await asyncio.sleep(fault["seconds"])
        if fault["handled"]:
            _answers[str(request_id)] = asyncio.ensure_future(endpoint(request))
            await asyncio.shield(_answers[str(request_id)])
        if fault["code"] is None:
            return await _answer(endpoint, request, said, is_login=is_login)
        if not fault["code"]:
            return Response(status_code=503)
        code = f"{fault['code']:06d}"
        told = {"data": {"errorCode": code, "sqlState": fault["sqlstate"]}, "code": code, "message": fault["message"]}
        return JSONResponse(told | {"success": False})

    return handled


async def _answer(endpoint: Callable[..., Any], request: Request, said: dict[str, Any], *, is_login: bool) -> Response:
    answering = asyncio.ensure_future(endpoint(request))
    if not is_login:
        _answers[str(request.query_params.get("requestId"))] = answering
        if len(_answers) > _KEPT_ANSWERS:
            _answers.pop(next(iter(_answers)))
    response = await asyncio.shield(answering)
    if is_login:
        token = json.loads(response.body)["data"]["token"]
        session = fakesnow.server.sessions[token]
        parameters = said["data"].get("SESSION_PARAMETERS", {})
        session.query_tag = parameters.get("QUERY_TAG")
        session.lock_timeout = float(parameters.get("LOCK_TIMEOUT", 43_200))
        told = json.loads(response.body)
        told["data"]["sessionInfo"] |= {
            "warehouseName": request.query_params.get("warehouse"),
            "roleName": request.query_params.get("roleName"),
        }
        # without it the connector thinks that there is no session to end
        told["data"] |= {"masterToken": token, "validityInSeconds": 3600, "masterValidityInSeconds": 14_400}
        return JSONResponse(told)
    return response


def _ending(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """A session that ends rolls back, and gives up what it holds."""

    async def handled(request: Request) -> Response:
        session = fakesnow.server.sessions.get(fakesnow.server.to_token(request))
        if request.query_params.get("delete") and session and id(session) in _transactions:
            await run_in_threadpool(session._duck_conn.execute, "rollback")
            _end(id(session))
        return await endpoint(request)

    return handled


# Statements that fakesnow does not know

_ADDED: list[tuple[re.Pattern[str], Callable[[FakeSnowflakeCursor, re.Match[str]], str]]] = []


def _statement(pattern: str) -> Callable[..., Any]:
    """The function that carries out statements of this form; it returns the SQL whose rows are the answer."""

    def added(function: Callable[[FakeSnowflakeCursor, re.Match[str]], str]) -> Any:
        _ADDED.append((re.compile(rf"\A\s*{pattern}", re.IGNORECASE | re.DOTALL), function))
        return function

    return added


def _added(sql: str) -> tuple[Callable[..., str], re.Match[str]] | None:
    sql = re.sub(r"\A(\s*/\*.*?\*/)+", "", sql, flags=re.DOTALL)  # dbt's comment
    return next(((function, found) for pattern, function in _ADDED if (found := pattern.match(sql))), None)


def _not_of_merge(told: Callable[..., str]) -> Callable[..., str]:
    """No note on the table that fakesnow makes of a MERGE: one transaction of DuckDB's may not write to two databases."""

    def noted(catalog: str, schema: str, table: str, *what: Any) -> str:
        return "select 1" if table.upper() == "MERGE_CANDIDATES" else told(catalog, schema, table, *what)

    return noted


def _connect(self: FakeSnow, database: str | None = None, *arguments: Any, **named: Any) -> Any:
    """fakesnow makes a database that is connected to; Snowflake does not: neither does this one where its name says so."""
    is_there = f"select 1 from duckdb_databases() where upper(database_name) = '{str(database).upper()}'"
    is_absent = str(database).upper().startswith("ABSENT_") and not self.duck_conn.cursor().execute(is_there).fetchall()
    return _connect_to(self, None if is_absent else database, *arguments, **named)


def _parsed(sql: str) -> exp.Expression:
    return exp.Command(this="ADDED", expression=sql) if _added(sql) else _parse_one(sql)


def _merge(statement: exp.Expression) -> list[exp.Expression]:
    """fakesnow's, told that what `WHEN NOT MATCHED` inserts is the source's: dbt does not say so, and the target has these names too."""
    for when in statement.args["whens"].expressions if isinstance(statement, exp.Merge) else []:
        then = when.args["then"]
        if isinstance(then, exp.Insert) and then.expression:
            source = statement.args["using"].alias_or_name
            for column in then.expression.find_all(exp.Column):
                column.set("table", column.args.get("table") or exp.to_identifier(source))
    return _fakesnow_merge(statement)


def _timestamps(column: Any) -> Any:
    """fakesnow's, whose nulls are 1970 where a column of answers has moments too."""
    import pyarrow as pa

    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    told = _fakesnow_timestamps(column)
    return pa.StructArray.from_arrays(told.flatten(), fields=list(told.type), mask=column.is_null())


def _comment_on_table(statement: exp.Expression) -> exp.Expression:
    """fakesnow's, which keeps that a table has no comment in a database of its own: a MERGE in a transaction may write to one only."""
    told = _fakesnow_comment(statement)
    if told.args.get("table_comment", ("", ""))[1] is None:
        del told.args["table_comment"]
    return told


def _with_what_is_missing(self: FakeSnowflakeCursor, command: str, *arguments: Any, **named: Any) -> FakeSnowflakeCursor:
    if re.match(r"\s*put\b", command, re.IGNORECASE):
        command = re.sub(r"'(@[^']+)'", r"\1", command)  # Snowpark quotes the stage
    command = re.sub(r"\bcurrent_warehouse\(\)", "'COMPUTE_WH'", command, flags=re.IGNORECASE)
    command = _TEMPORARY.sub(r"\1\2", _OURS.sub(r"\1(", command))
    added = _added(command)
    with _turn(self, command):
        try:
            if added is None:
                return _execute(self, command, *arguments, **named)
            function, found = added
            return _execute(self, function(self, found), server=True)
        except duckdb.Error as error:  # a 500 would be asked again and again
            import traceback

            traceback.print_exc()
            raise _error(1, "XX000", f"the double cannot do this: {error}") from error


_OURS = re.compile(rf"(?:{_PART}\.)+({'|'.join(function.name for function in FUNCTIONS)})\s*\(", re.IGNORECASE)
"""A function of ours with database and schema: DuckDB has it in neither."""
_TEMPORARY = re.compile(
    rf"(\A(?:\s*/\*.*?\*/)*\s*create\s+(?:or\s+replace\s+)?)temp(?:orary)?\s+((?:table|view)\s+(?:{_PART}\.)+)",
    re.IGNORECASE | re.DOTALL,
)
"""A temporary table or view in a schema: DuckDB has them in a database of their own. It stays until it is dropped or replaced."""
_functions: dict[str, dict[str, str]] = {}
"""Schema → function → comment."""


@_statement(
    r"create\s+(or\s+replace\s+)?(temporary\s+|temp\s+)?function\s+(?P<name>\w+)\b.*\blanguage\s+python\b.*"
    r"comment\s*=\s*'(?P<comment>[^']*)'.*imports\s*=\s*\('@(?P<file>[^')]+)'\)"
)
def _create_function(cursor: FakeSnowflakeCursor, found: re.Match[str]) -> str:
    connection = cursor._conn
    name, path = found["file"].split("/", 1)
    folder = stage.internal_dir(".".join(stage.parts_from_var(name, connection.database, connection.schema)))
    if not Path(folder, path).is_file():
        raise _error(391528, "42601", f"Specified file '@{found['file']}' does not exist.")
    _functions.setdefault(_schema(cursor, str(connection.schema)), {})[found["name"].upper()] = found["comment"]
    with _guard:  # on the connection that is never closed: DuckDB crashes on a function whose connection is gone
        register_on_duckdb(fakesnow.server.shared_fs.duck_conn)
    return "select 'Function successfully created.' as \"status\""


@_statement(r"show\s+user\s+functions\s+in\s+schema\s*\Z")
def _show_functions(cursor: FakeSnowflakeCursor, found: re.Match[str]) -> str:
    there = _functions.get(_schema(cursor, str(cursor._conn.schema)), {})
    rows = ", ".join(f"('{name}', '{comment}')" for name, comment in there.items()) or "(null, null)"
    return f'select * from (values {rows}) as t("name", "description") where "name" is not null'


@_statement(
    rf"create\s+(or\s+replace\s+)?(?:transient\s+)?schema\s+(if\s+not\s+exists\s+)?(?P<new>{_NAME})\s+clone\s+(?P<old>{_NAME})"
)
def _clone_schema(cursor: FakeSnowflakeCursor, found: re.Match[str]) -> str:
    new, old = _schema(cursor, found["new"]), _schema(cursor, found["old"])
    run = cursor._duck_conn.execute
    if found[1]:
        run(f"drop schema if exists {new} cascade")
    run(f"create schema {new}")
    for table in _tables(cursor, old):
        run(f'create table {new}."{table}" as select * from {old}."{table}"')
    return "select 'Schema successfully created.' as \"status\""


@_statement(rf"alter\s+schema\s+(if\s+exists\s+)?(?P<one>{_NAME})\s+swap\s+with\s+(?P<other>{_NAME})")
def _swap_schemas(cursor: FakeSnowflakeCursor, found: re.Match[str]) -> str:
    one, other = _schema(cursor, found["one"]), _schema(cursor, found["other"])
    run = cursor._duck_conn.execute
    run("begin")
    try:
        aside = f'{one[:-1]}__SWAP"'
        for source, target in ((one, aside), (other, one), (aside, other)):
            run(f"create schema if not exists {target}")
            for table in _tables(cursor, source):
                run(f'create table {target}."{table}" as select * from {source}."{table}"')
                run(f'drop table {source}."{table}"')
        run(f"drop schema {aside} cascade")
        run("commit")
    except BaseException:
        run("rollback")
        raise
    return "select 'Statement executed successfully.' as \"status\""


@_statement(rf"alter\s+table\s+(if\s+exists\s+)?(?P<one>{_NAME})\s+swap\s+with\s+(?P<other>{_NAME})")
def _swap_tables(cursor: FakeSnowflakeCursor, found: re.Match[str]) -> str:
    (one_schema, one), (other_schema, other) = (_table(cursor, found[name]) for name in ("one", "other"))
    run = cursor._duck_conn.execute
    run("begin")
    try:
        run(f'create table {one_schema}."{one}__SWAP" as select * from {one_schema}."{one}"')
        run(f'drop table {one_schema}."{one}"')
        run(f'create table {one_schema}."{one}" as select * from {other_schema}."{other}"')
        run(f'drop table {other_schema}."{other}"')
        run(f'create table {other_schema}."{other}" as select * from {one_schema}."{one}__SWAP"')
        run(f'drop table {one_schema}."{one}__SWAP"')
        run("commit")
    except BaseException:
        run("rollback")
        raise
    return "select 'Statement executed successfully.' as \"status\""


@_statement(rf"(?:remove|rm)\s+'?@(?P<stage>{_NAME})(?P<path>/[^\s']*)?'?")
def _remove(cursor: FakeSnowflakeCursor, found: re.Match[str]) -> str:
    connection = cursor._conn
    database, schema, name = stage.parts_from_var(found["stage"], connection.database, connection.schema)
    folder = stage.internal_dir(f"{database}.{schema}.{name}")
    shutil.rmtree(f"{folder.rstrip('/')}{found['path'] or ''}".rstrip("/"), ignore_errors=True)
    return "select 'removed' as \"result\""


@_statement(rf"(?:list|ls)\s+'?@(?P<stage>{_NAME})/(?P<path>[^\s']*)'?")
def _list(cursor: FakeSnowflakeCursor, found: re.Match[str]) -> str:
    connection = cursor._conn
    database, schema, name = stage.parts_from_var(found["stage"], connection.database, connection.schema)
    rows = cursor._duck_conn.execute(stage.list_stage_files_sql(f"{database}.{schema}.{name}")).fetchall()
    said = [row for row in rows if row[0].split("/", 1)[1].startswith(found["path"])]
    texts = [
        f'select \'{n}\' as "name", {size} as "size", \'{md5}\' as "md5", \'{at}\' as "last_modified"'
        for n, size, md5, at in said
    ]
    return " union all ".join(texts) or 'select \'\' as "name", 0 as "size", \'\' as "md5", \'\' as "last_modified" limit 0'


def _schema(cursor: FakeSnowflakeCursor, name: str) -> str:
    parts = [part.strip('"') if part.startswith('"') else part.upper() for part in name.split(".")]
    database = parts[0] if len(parts) == 2 else cursor._conn.database
    return f'"{database}"."{parts[-1]}"'


def _table(cursor: FakeSnowflakeCursor, name: str) -> tuple[str, str]:
    *schema, table = name.split(".")
    of = _schema(cursor, ".".join(schema) if schema else str(cursor._conn.schema))
    return of, table.strip('"') if table.startswith('"') else table.upper()


def _tables(cursor: FakeSnowflakeCursor, schema: str) -> list[str]:
    database, name = (part.strip('"') for part in schema.split("."))
    rows = cursor._duck_conn.execute(
        "select table_name from duckdb_tables() where upper(database_name) = ? and upper(schema_name) = ?",
        [database.upper(), name.upper()],
    ).fetchall()
    return [table for (table,) in rows]


# One writer at a time

_WRITES = re.compile(r"\s*(insert|update|delete|merge|copy|truncate)\b", re.IGNORECASE)
_BEGINS = re.compile(r"\s*(begin|start\s+transaction)\b(?:\s+(?:work|transaction))?(?:\s+name\s+(\w+))?", re.IGNORECASE)
_ENDS = re.compile(r"\s*(commit|rollback)\b", re.IGNORECASE)


class _Transaction:
    def __init__(self, session: Any, name: str) -> None:
        self.session, self.name, self.holds, self.id, self.aborted = session, name, False, time.monotonic_ns(), False


_transactions: dict[int, _Transaction] = {}
_writers: dict[str, threading.Lock] = {}
_guard = threading.Lock()


class _turn:
    """A statement's turn to write."""

    def __init__(self, cursor: FakeSnowflakeCursor, sql: str) -> None:
        self._session = cursor._conn
        self._sql = re.sub(r"\A(\s*/\*.*?\*/)+", "", sql, flags=re.DOTALL)
        self._taken: threading.Lock | None = None

    def __enter__(self) -> None:
        key = id(self._session)
        if begins := _BEGINS.match(self._sql):
            _transactions[key] = _Transaction(self._session, begins[2] or "")
        open_one = _transactions.get(key)
        if open_one and open_one.aborted and not _ENDS.match(self._sql):
            _transactions.pop(key)
            raise _error(604, "57014", "SQL execution canceled: the transaction was aborted")
        if _WRITES.match(self._sql) and not (open_one and open_one.holds):
            with _guard:
                lock = _writers.setdefault(str(self._session.database), threading.Lock())
            if not lock.acquire(timeout=getattr(self._session, "lock_timeout", 43_200.0)):
                raise _error(625, "57014", "Statement has waited for a lock longer than LOCK_TIMEOUT")
            if open_one:
                open_one.holds = True
                # Snowflake's statements see what others committed before them, DuckDB's what was before the transaction
                self._session._duck_conn.execute("rollback")
                self._session._duck_conn.execute("begin")
            else:
                self._taken = lock

    def __exit__(self, *_: object) -> None:
        if self._taken:
            self._taken.release()
        if _ENDS.match(self._sql):
            _end(id(self._session))


def _end(key: int) -> None:
    done = _transactions.pop(key, None)
    if done and done.holds:
        _writers[str(done.session.database)].release()


@_statement(r"alter\s+warehouse\b.*")
def _alter_warehouse(cursor: FakeSnowflakeCursor, found: re.Match[str]) -> str:
    return "select 'Statement executed successfully.' as \"status\""


@_statement(r"begin\b.*")
def _begin(cursor: FakeSnowflakeCursor, found: re.Match[str]) -> str:
    cursor._duck_conn.execute("begin")
    return "select 'Statement executed successfully.' as \"status\""


@_statement(r"show\s+transactions")
def _show_transactions(cursor: FakeSnowflakeCursor, found: re.Match[str]) -> str:
    rows = [f'select {t.id} as "id", \'{t.name}\' as "name", \'running\' as "state"' for t in _transactions.values()]
    return " union all ".join(rows) or 'select 0 as "id", \'\' as "name", \'\' as "state" limit 0'


@_statement(r"select\s+system\$abort_transaction\((?P<id>\d+)\)")
def _abort(cursor: FakeSnowflakeCursor, found: re.Match[str]) -> str:
    for key, one in list(_transactions.items()):
        if one.id == int(found["id"]):
            one.session._duck_conn.execute("rollback")
            _end(key)
    return "select 'Aborted transaction id: ' as \"status\""


def _error(number: int, sqlstate: str, message: str) -> Exception:
    return snowflake.connector.errors.ProgrammingError(msg=message, errno=number, sqlstate=sqlstate)
