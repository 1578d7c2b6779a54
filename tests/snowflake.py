"""Snowflake for tests: a fresh database on the double, or on a real account.

`pytest -m live` runs the tests that ask for `snowflake_settings` on the account that `TALENTFLOW_TEST_SNOWFLAKE_ACCOUNT`, `_USER`,
`_PASSWORD` (or `_PRIVATE_KEY_PATH`), `_ROLE` and `_WAREHOUSE` name; the role may create databases.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from talentflow.settings import Settings
from tests.doubles.snowflake import SnowflakeDouble

_PREFIX = "TALENTFLOW_TEST_SNOWFLAKE_"


def settings_on(double: SnowflakeDouble, home: Path, **more: Any) -> Settings:
    """A database of its own on the double."""
    said: dict[str, Any] = {
        "home": home,
        "warehouse": "snowflake",
        "snowflake_account": "fakesnow",
        "snowflake_user": "fake",
        "snowflake_password": SecretStr("snow-secret"),
        "snowflake_warehouse": "COMPUTE_WH",
        "snowflake_database": f"T_{uuid.uuid4().hex[:12]}".upper(),
        "snowflake_host": "127.0.0.1",
        "snowflake_port": double.port,
        "snowflake_protocol": "http",
    }
    return Settings(**(said | more))


@contextmanager
def account_settings(home: Path) -> Iterator[Settings]:
    """A database of its own on a real account, dropped at the end; skips where no account is named."""
    said = {name.removeprefix(_PREFIX).lower(): value for name, value in os.environ.items() if name.startswith(_PREFIX)}
    if not said:
        pytest.skip(f"no account is named: set {_PREFIX}ACCOUNT, {_PREFIX}USER and {_PREFIX}PASSWORD")
    chosen: dict[str, Any] = {f"snowflake_{name}": value for name, value in said.items()}
    database = f"TALENTFLOW_TEST_{uuid.uuid4().hex[:12]}".upper()
    settings = Settings(**{"home": home, "warehouse": "snowflake"} | chosen | {"snowflake_database": database})
    yield settings
    from talentflow.warehouse.snowflake_connection import connected

    with connected(settings) as connection:
        connection.cursor().execute(f"drop database if exists {database}")
