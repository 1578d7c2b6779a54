"""dbt-duckdb's plug-in: models on DuckDB call the functions as those on Snowflake do.

profiles.yml: `plugins: [{module: snowpark_udfs.dbt_duckdb}]`.
"""

from __future__ import annotations

from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from snowpark_udfs.register import register_on_duckdb


class Plugin(BasePlugin):
    """Registers the functions on dbt's connection before the first model runs."""

    def configure_connection(self, conn: Any) -> None:
        register_on_duckdb(conn)
