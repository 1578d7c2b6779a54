"""Snowflake that fails: what is said, what is tried again, and that the last state stays."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from snowpark_udfs import loader
from snowpark_udfs.loader import load_tables
from talentflow.cli.checks import Check, checks
from talentflow.errors import BadSettings, ServiceUnavailable, TalentflowError, TerminalError
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.settings import Settings
from talentflow.warehouse import Loaded
from talentflow.warehouse.snowflake_connection import QUERY_TAG, connected, connection_options, run
from tests.conftest import StartPython
from tests.doubles.snowflake import Fault, SnowflakeDouble
from tests.snowflake import settings_on
from tests.warehouse.things import THINGS, held, leftovers, put, thing

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("warehouse")]

LOAD = """
    import sys
    from snowpark_udfs.loader import load_tables
    from talentflow.lakehouse.deltalake import DeltaLakehouse
    from talentflow.settings import Settings
    from tests.warehouse.things import THINGS
    settings = Settings.model_validate_json(sys.argv[1])
    settings = settings.model_copy(update={"snowflake_password": __import__("pydantic").SecretStr("snow-secret")})
    load_tables(settings, DeltaLakehouse(settings.lake_dir), [THINGS])
"""


@pytest.fixture
def settings(snowflake_double: SnowflakeDouble, tmp_path: Path) -> Iterator[Settings]:
    """A database that was loaded once, with one row, and a lakehouse with another row since."""
    settings = settings_on(snowflake_double, tmp_path)
    lakehouse = DeltaLakehouse(settings.lake_dir)
    put(lakehouse, thing("one"))
    load_tables(settings, lakehouse, [THINGS])
    put(lakehouse, thing("two"))
    yield settings
    snowflake_double.mend()


def load(settings: Settings) -> Loaded:
    return load_tables(settings, DeltaLakehouse(settings.lake_dir), [THINGS])["silver.things"]


def until(double: SnowflakeDouble, settings: Settings, sign: str) -> None:
    """Wait until a statement of this database's is asked that has `sign` in it."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if any(sign in said["sql"].lower() and said["database"] == settings.snowflake_database for said in double.statements()):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody asked for {sign}")


@pytest.mark.parametrize("step", ["put", "copy into", 'merge into "silver"', "commit"])
def test_a_load_killed_at_any_step_is_made_good_by_the_next(
    settings: Settings, snowflake_double: SnowflakeDouble, start_python: StartPython, step: str
) -> None:
    before = len(snowflake_double.statements())
    snowflake_double.fault(Fault(rf"^\s*{step}", None, seconds=2))
    process = start_python(LOAD, settings.model_dump_json(exclude={"snowflake_password"}))
    deadline = time.monotonic() + 120
    while not any(said["sql"].lower().startswith(step) for said in snowflake_double.statements()[before:]):
        assert time.monotonic() < deadline, f"the load does not come to {step}"
        assert process.poll() is None, f"the load ended before {step}"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert load(settings).rows == 2
    assert held(settings) == [("one", 1.5), ("two", 1.5)]
    assert leftovers(settings) == []
    assert not (settings.warehouse_dir / "snowflake").exists()


def test_two_loads_at_once_from_one_home_and_from_two_both_end_right(
    settings: Settings, snowflake_double: SnowflakeDouble, tmp_path: Path
) -> None:
    elsewhere = settings.model_copy(update={"home": tmp_path / "elsewhere"})
    lakehouse = DeltaLakehouse(settings.lake_dir)
    snowflake_double.fault(Fault(r'merge into "SILVER"', None, seconds=1, times=3))
    with ThreadPoolExecutor(3) as pool:
        loads = [pool.submit(load_tables, of, lakehouse, [THINGS]) for of in (settings, settings, elsewhere)]
        loaded = [future.result()["silver.things"] for future in loads]
    assert [one.rows for one in loaded] == [2, 2, 2]
    assert sum(one.written for one in loaded) == 1
    assert held(settings) == [("one", 1.5), ("two", 1.5)]


class Cable:
    """A way to the double that can be cut."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._ends: list[socket.socket] = []
        self._is_cut = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        self._is_cut.set()
        for end in self._ends:
            _shut(end)

    def mend(self) -> None:
        self._is_cut.clear()

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut.is_set():
                here.close()
                continue
            there = socket.create_connection(self._to)
            self._ends += [here, there]
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(65536):
            other.sendall(data)
    except OSError:
        pass
    _shut(other)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def cable(snowflake_double: SnowflakeDouble) -> Iterator[Cable]:
    cable = Cable(snowflake_double.port)
    yield cable
    cable.close()


def test_a_network_that_is_lost_in_a_merge_for_a_moment_is_waited_for(
    settings: Settings, snowflake_double: SnowflakeDouble, cable: Cable
) -> None:
    snowflake_double.fault(Fault(r'merge into "SILVER"', None, seconds=1))
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(load, settings.model_copy(update={"snowflake_port": cable.port}))
        until(snowflake_double, settings, 'merge into "silver"."things" as t using (select "thing_id", "part", "size"')
        cable.cut()
        cable.mend()
        assert future.result() == Loaded(2, 1, written=1)
    assert held(settings) == [("one", 1.5), ("two", 1.5)]


def test_a_network_that_stays_lost_in_a_merge_is_said_and_the_last_state_stays(
    settings: Settings, snowflake_double: SnowflakeDouble, cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "ATTEMPTS", 1)
    monkeypatch.setattr("talentflow.warehouse.snowflake_connection.LOGIN_SECONDS", 3)
    hasty = settings.model_copy(update={"snowflake_port": cable.port, "snowflake_statement_seconds": 4})
    snowflake_double.fault(Fault(r'merge into "SILVER"', None, seconds=1))
    before = len(snowflake_double.statements())
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(load, hasty)
        while not any('merge into "SILVER"' in said["sql"] for said in snowflake_double.statements()[before:]):
            assert not future.done(), future.exception()
            time.sleep(0.02)
        cable.cut()
        with pytest.raises(ServiceUnavailable, match="tried again, nothing is lost"):
            future.result()
    assert held(settings) == [("one", 1.5)]
    assert load(settings).rows == 2
    assert held(settings) == [("one", 1.5), ("two", 1.5)]
    assert leftovers(settings) == []


@pytest.mark.parametrize(
    ("said", "kind", "what"),
    [
        ("Incorrect username or password was specified.", BadSettings, "correct TALENTFLOW_SNOWFLAKE_USER and"),
        (
            "Specified password has expired.  Password must be changed using the Snowflake web console.",
            BadSettings,
            "then set TALENTFLOW_SNOWFLAKE_PASSWORD; or use a key pair",
        ),
        ("JWT token is invalid. [0ce9eb56-821d-4ca9-a774-04ae89a0cf5a]", BadSettings, "RSA_PUBLIC_KEY"),
        ("Your user account has been temporarily locked due to too many failed attempts.", BadSettings, "wait 15 minutes"),
        ("Role 'X' specified in the connect string does not exist or not authorized.", BadSettings, "TALENTFLOW_SNOWFLAKE_ROLE"),
        ("Incoming request with IP/Token 1.2.3.4 is not allowed to access Snowflake.", BadSettings, "network policy"),
        ("The account is suspended due to lack of payment method.", TerminalError, "see TALENTFLOW_SNOWFLAKE_"),
    ],
)
def test_a_login_that_is_refused_says_what_to_do_and_is_not_tried_again(
    snowflake_double: SnowflakeDouble, tmp_path: Path, said: str, kind: type[TalentflowError], what: str
) -> None:
    settings = settings_on(snowflake_double, tmp_path)
    snowflake_double.fault(Fault("^login$", 390100, said, "08001", times=1))
    with pytest.raises(kind, match=what) as caught:
        load(settings)
    assert said.rstrip(".")[:20] in str(caught.value)
    assert "snow-secret" not in str(caught.value)
    assert load(settings) == Loaded(0)


def test_a_suspended_warehouse_is_resumed(settings: Settings, snowflake_double: SnowflakeDouble) -> None:
    said = "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command."
    snowflake_double.fault(Fault(r'merge into "SILVER"', 606, said, "57P03"))
    assert load(settings).rows == 2
    asked = [one["sql"] for one in snowflake_double.statements() if one["database"] == settings.snowflake_database]
    assert 'alter warehouse "COMPUTE_WH" resume if suspended' in asked


def test_a_warehouse_that_must_not_be_resumed_is_said(settings: Settings, snowflake_double: SnowflakeDouble) -> None:
    said = "Warehouse 'COMPUTE_WH' is suspended. Use 'alter warehouse COMPUTE_WH resume;' command if you need to use it again."
    snowflake_double.fault(Fault(r'merge into "SILVER"', 606, said, "57P03"))
    snowflake_double.fault(
        Fault("^alter warehouse", 3001, "Insufficient privileges to operate on warehouse 'COMPUTE_WH'", "42501")
    )
    with pytest.raises(BadSettings, match=r"could not be resumed.*AUTO_RESUME = TRUE, and grant OPERATE"):
        load(settings)
    assert held(settings) == [("one", 1.5)]
    assert load(settings).rows == 2


def test_a_right_that_is_missing_and_a_quota_that_is_used_up_are_said(
    settings: Settings, snowflake_double: SnowflakeDouble
) -> None:
    snowflake_double.fault(Fault("^copy into", 3001, "Insufficient privileges to operate on stage 'LOADS'", "42501"))
    with pytest.raises(TerminalError, match="grant this to the role"):
        load(settings)
    quota = "Warehouse 'COMPUTE_WH' cannot be resumed because resource monitor 'M' has exceeded its quota."
    snowflake_double.fault(Fault("^copy into", 90, quota, "22000"))
    with pytest.raises(TerminalError, match="raise its resource monitor's quota"):
        load(settings)
    assert held(settings) == [("one", 1.5)]


def test_a_lock_that_is_not_given_up_is_waited_for_and_tried_again(settings: Settings, snowflake_double: SnowflakeDouble) -> None:
    said = "Statement '01b6' has locked table 'LOADS' in transaction 17 and this lock has not yet been released."
    snowflake_double.fault(Fault(r'^update "OPS"."LOADS"', 625, said, "57014"))
    assert load(settings) == Loaded(2, 1, written=1)


def test_every_statement_is_tagged_and_no_secret_is_told(
    settings: Settings, snowflake_double: SnowflakeDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    load(settings)
    of_ours = [said for said in snowflake_double.statements() if said["database"] == settings.snowflake_database]
    assert {said["tag"] for said in of_ours} == {QUERY_TAG}
    assert "snow-secret" not in caplog.text
    assert "snow-secret" not in repr(settings)
    with connected(settings) as connection:
        assert "snow-secret" not in repr(connection)
        run(connection, "select 1")


def test_what_is_not_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        BadSettings, match="TALENTFLOW_SNOWFLAKE_ACCOUNT and TALENTFLOW_SNOWFLAKE_USER and TALENTFLOW_SNOWFLAKE_PASSWORD"
    ):
        connection_options(Settings(home=tmp_path))


def test_a_key_pair_takes_the_place_of_a_password(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_der_private_key,
    )

    key = rsa.generate_private_key(65537, 2048)
    path = tmp_path / "key.p8"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"phrase")))

    def options(phrase: str | None) -> dict[str, object]:
        secret = SecretStr(phrase) if phrase else None
        return connection_options(
            Settings(
                home=tmp_path,
                snowflake_account="a",
                snowflake_user="u",
                snowflake_private_key_path=path,
                snowflake_private_key_passphrase=secret,
            )
        )

    der = options("phrase")["private_key"]
    assert isinstance(der, bytes)
    assert load_der_private_key(der, None).private_numbers() == key.private_numbers()  # type: ignore[union-attr]
    for phrase in (None, "wrong"):
        with pytest.raises(BadSettings, match="TALENTFLOW_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"):
            options(phrase)
    path.unlink()
    with pytest.raises(BadSettings, match="correct TALENTFLOW_SNOWFLAKE_PRIVATE_KEY_PATH"):
        options("phrase")


def test_doctor_says_whether_snowflake_can_be_used(snowflake_double: SnowflakeDouble, tmp_path: Path) -> None:
    def said(settings: Settings) -> Check:
        return next(check for check in checks(settings) if check.name == "Snowflake")

    settings = settings_on(snowflake_double, tmp_path)
    assert said(settings).ok
    assert "the login is taken" in said(settings).detail
    absent = said(settings.model_copy(update={"snowflake_database": "ABSENT_ONE"}))
    assert not absent.ok
    assert "GRANT CREATE DATABASE" in absent.detail
    snowflake_double.fault(Fault("^login$", 390100, "Incorrect username or password was specified.", "08001"))
    refused = said(settings)
    assert not refused.ok
    assert "correct TALENTFLOW_SNOWFLAKE_USER" in refused.detail


def test_a_database_that_is_not_there_is_made(snowflake_double: SnowflakeDouble, tmp_path: Path) -> None:
    settings = settings_on(snowflake_double, tmp_path, snowflake_database=f"ABSENT_{tmp_path.name}".upper().replace("-", "_"))
    put(DeltaLakehouse(settings.lake_dir), thing("one"))
    assert load(settings).rows == 1
