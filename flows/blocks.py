"""Snowflake's credentials in Prefect's blocks: made from the settings once, and turned into settings for a run.

A block holds account, user, password or key, role, database, warehouse and schema. Where a server of one's own listens is no
secret and stays in the settings. What is secret goes to the processes that a run starts, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from prefect.context import FlowRunContext
from pydantic import SecretBytes, SecretStr, ValidationError

from talentflow.errors import BadSettings
from talentflow.settings import Settings

if TYPE_CHECKING:
    from prefect_snowflake import SnowflakeConnector

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NEEDED = ("account", "user", "warehouse")


def save_block(settings: Settings, name: str) -> str:
    """Make or replace the blocks `snowflake-credentials/NAME` and `snowflake-connector/NAME`, which refers to it; returns the
    latter's name.

    Raises BadSettings when the settings do not say where Snowflake is and who one is there, or the name cannot be used.
    """
    from prefect_snowflake import SnowflakeConnector, SnowflakeCredentials

    if not _NAME.fullmatch(name):
        raise BadSettings(f"{name!r} cannot name a block: take small letters, digits and dashes")
    missing = [f"TALENTFLOW_SNOWFLAKE_{n.upper()}" for n in _NEEDED if not getattr(settings, f"snowflake_{n}")]
    if not settings.snowflake_password and not settings.snowflake_private_key_path:
        missing.append("TALENTFLOW_SNOWFLAKE_PASSWORD (or TALENTFLOW_SNOWFLAKE_PRIVATE_KEY_PATH)")
    if missing:
        raise BadSettings(f"a block cannot be made of these settings: set {', '.join(missing)}")
    said: dict[str, Any] = {"account": settings.snowflake_account, "user": settings.snowflake_user}
    if settings.snowflake_role:
        said["role"] = settings.snowflake_role
    if settings.snowflake_private_key_path:
        said["private_key"] = SecretBytes(_read(settings.snowflake_private_key_path))
        if settings.snowflake_private_key_passphrase:
            said["private_key_passphrase"] = settings.snowflake_private_key_passphrase
    else:
        said["password"] = settings.snowflake_password
    try:
        credentials = SnowflakeCredentials(**said)
        credentials.save(name, overwrite=True)
        connector = SnowflakeConnector(
            credentials=credentials,
            database=settings.snowflake_database,
            warehouse=settings.snowflake_warehouse or "",
            schema_=settings.snowflake_schema,
        )
        connector.save(name, overwrite=True)
    except ValueError as error:
        # what pydantic says quotes what it was given
        why = "Prefect refuses these credentials" if isinstance(error, ValidationError) else str(error)
        raise BadSettings(f"the block {name} cannot be made: {why}") from None
    return f"snowflake-connector/{name}"


@contextmanager
def with_block(settings: Settings) -> Generator[Settings]:
    """The settings of a flow's run: those of the block that `snowflake_block` names, where the warehouse is Snowflake. A key is
    in a file that only this user can read, and only meanwhile.

    Raises BadSettings when there is no such block or it signs in another way.
    """
    name = settings.snowflake_block
    if settings.warehouse != "snowflake" or not name or FlowRunContext.get() is None:
        yield settings
        return
    connector = _load(name)
    credentials = connector.credentials
    chosen: dict[str, Any] = {
        "snowflake_account": credentials.account,
        "snowflake_user": credentials.user,
        "snowflake_role": credentials.role,
        "snowflake_database": connector.database,
        "snowflake_warehouse": connector.warehouse,
        "snowflake_schema": connector.schema_,
        "snowflake_password": None,
        "snowflake_private_key_path": None,
        "snowflake_private_key_passphrase": credentials.private_key_passphrase,
    }
    with TemporaryDirectory(prefix="talentflow-") as folder:
        if credentials.private_key or credentials.private_key_path:
            key = Path(folder) / "key.pem"
            key.touch(mode=0o600)
            held = credentials.private_key
            key.write_bytes(held.get_secret_value() if held else _read(Path(str(credentials.private_key_path))))
            chosen["snowflake_private_key_path"] = key
        elif credentials.password:
            chosen["snowflake_password"] = SecretStr(credentials.password.get_secret_value())
        else:
            raise BadSettings(
                f"the Prefect block snowflake-connector/{name} signs in by {credentials.authenticator}: "
                "give it a password or a private key"
            )
        yield settings.model_copy(update=chosen)


def _load(name: str) -> SnowflakeConnector:
    from prefect_snowflake import SnowflakeConnector

    try:
        return SnowflakeConnector.load(name)  # pyright: ignore[reportReturnType]
    except ValueError:
        raise BadSettings(
            f"there is no Prefect block snowflake-connector/{name} that can be used: make it with  talentflow warehouse block "
            f"{name} , name another in TALENTFLOW_SNOWFLAKE_BLOCK, or unset that and set the credentials themselves"
        ) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSettings(f"the key of Snowflake's user cannot be read: {path}: {error.strerror}; correct the path") from error
