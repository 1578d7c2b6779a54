"""Make the functions known to an engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from snowpark_udfs.functions import FUNCTIONS, Function

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def register_on_duckdb(connection: DuckDBPyConnection) -> None:
    """Make the functions callable in this connection's database, by every cursor of it, until it is closed.

    They are no part of the file: a view that calls one fails for a reader who did not register them. Again changes nothing.
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
