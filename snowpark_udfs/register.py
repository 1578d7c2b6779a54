"""Make the functions known to an engine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snowpark_udfs import package
from snowpark_udfs.functions import FUNCTIONS, Function
from talentflow.ids import digest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from snowflake.connector import SnowflakeConnection
    from snowflake.snowpark import Session

STAGE = "talentflow_functions"


def register_on_duckdb(connection: DuckDBPyConnection) -> None:
    """Make the functions callable in this connection's database, by every cursor of it. Again changes nothing.

    They are no part of the file: a view that calls one fails for a reader who did not register them. The connection must stay
    open as long as they are called: DuckDB ends the process when a function's connection is gone.
    """
    from duckdb.func import FunctionNullHandling, PythonUDFType

    names = ", ".join(f"'{function.name}'" for function in FUNCTIONS)
    answer = connection.execute(f"select distinct function_name from duckdb_functions() where function_name in ({names})")
    known = {name for (name,) in answer.fetchall()}
    for function in FUNCTIONS:
        if function.name not in known:
            types: list[Any] = [sql for _, sql in function.arguments]
            connection.create_function(
                function.name,
                _on_arrow(function),
                types,
                function.returns,
                type=PythonUDFType.ARROW,
                null_handling=FunctionNullHandling.SPECIAL,
            )


def _on_arrow(function: Function) -> Callable[..., Any]:
    """The function over Arrow columns, a chunk of rows a call."""
    import pyarrow as pa

    types = {"VARCHAR": pa.string(), "DOUBLE": pa.float64(), "DATE": pa.date32()}

    @wraps(function.call)  # DuckDB counts the parameters
    def call(*columns: Any) -> Any:
        return pa.array(function.column(*(column.to_pylist() for column in columns)), types[function.returns])

    return call


def register_functions(connection: SnowflakeConnection) -> list[str]:
    """Create the functions in the connection's present schema on Snowflake, for good, vectorised.

    Their code goes to the stage `STAGE` as a zip file named after its hash, and each function carries in its comment the hash of
    all that it was made from: one that is there unchanged is left alone. Stopped half way, the next call finishes it.

    Args:
        connection: of the connector (`Session.connection` of Snowpark), with a database and schema; its role may create stages
            and functions there.

    Returns:
        The names of those created now, in order.

    Raises: the connector's errors.
    """
    with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
        archive = Path(folder) / "functions.zip"
        code = package.build(archive)
        staged = f"@{STAGE}/{code}.zip"
        made_from = {f.name: f"talentflow {digest(create_statement(f, staged))}" for f in FUNCTIONS}
        known = _comments(cursor)
        missing = [function for function in FUNCTIONS if known.get(function.name) != made_from[function.name]]
        if missing:
            archive = archive.rename(archive.with_name(f"{code}.zip"))
            cursor.execute(f"create stage if not exists {STAGE}")
            cursor.execute(f"put 'file://{archive.as_posix()}' @{STAGE} auto_compress = false overwrite = true")
        for function in missing:
            cursor.execute(create_statement(function, staged, made_from[function.name]))
    return [function.name for function in missing]


def create_statement(function: Function, archive: str, comment: str = "") -> str:
    """The statement that creates one of them from a zip file on a stage.

    A statement, and not `Session.udf.register`, which writes the same one: the handler is then code on a stage that can be read,
    not a pickle made by whatever Python registers it, and needs no Snowpark session.
    """
    arguments = ", ".join(f"{name} {sql}" for name, sql in function.arguments)
    packages = ", ".join(f"'{name}'" for name in package.PACKAGES)
    return (
        f"create or replace function {function.name}({arguments}) copy grants returns {function.returns} "
        f"language python called on null input immutable runtime_version = '{package.RUNTIME}' comment = '{comment}' "
        f"imports = ('{archive}') packages = ({packages}) handler = 'snowpark_udfs.handlers.{function.name}'"
    )


def _comments(cursor: Any) -> dict[str, str]:
    """What the functions that are in the present schema say in their comments, by name."""
    rows = cursor.execute("show user functions in schema").fetchall()
    names = [column[0].lower() for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {row["name"].lower(): row["description"] for row in found}


def register_in_session(session: Session, folder: Path) -> None:
    """Make the functions callable in one Snowpark session, as temporary ones: for DataFrames, notebooks and local testing.

    They run a row at a time, since local testing knows no vectorised ones. Again replaces them.

    Args:
        session: a real one, or one of local testing.
        folder: where their zip file is written; local testing reads it again with every call.
    """
    from snowflake.snowpark.types import DataType, DateType, DoubleType, StringType

    types: dict[str, DataType] = {"VARCHAR": StringType(), "DOUBLE": DoubleType(), "DATE": DateType()}
    archive = folder / "talentflow_functions.zip"
    package.build(archive)
    for function in FUNCTIONS:
        session.udf.register(
            _without_hints(function),
            types[function.returns],
            [types[sql] for _, sql in function.arguments],
            function.name,
            imports=[str(archive)],
            packages=list(package.PACKAGES),
            replace=True,
        )


def _without_hints(function: Function) -> Callable[..., Any]:
    """Snowpark reads the hints even where it is told the types, and knows no `str | None`."""
    call = function.call
    return lambda *values: call(*values)
