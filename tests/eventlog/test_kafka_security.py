"""Brokers that ask who one is and encrypt: on one that does, by librdkafka and by Spark, and what is said when they refuse."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from pydantic import SecretStr

from talentflow.errors import BadSettings, MissingTool, ServiceUnavailable
from talentflow.eventlog import DOCUMENTS_TOPIC, kafka, open_eventlog
from talentflow.eventlog.security import librdkafka_options, spark_options
from talentflow.services import kafka as service
from talentflow.services.jars import jars, java
from talentflow.services.launch import free_port, is_answered
from talentflow.settings import Settings
from tests.certificates import certificate_of
from tests.contracts.test_eventlog import document, read_all

PASSWORD = r'a "secret"\n, = ; and \\ more'
"""Of the user `odd`: with all that needs quoting somewhere."""
SIMPLE = "plainly-secret"
"""Of the user `simple`."""
_MODULE = "org.apache.kafka.common.security"


@dataclass
class Broker:
    plain: str
    """host:port that asks for a user."""
    secure: str
    """host:port that does too, and encrypts."""
    authority: Path


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("secure")
    try:
        start = [java(), *service._JAVA, "-cp", ":".join(map(str, jars(service.COORDINATES, transitive=True)))]
    except (MissingTool, ServiceUnavailable) as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    plain, secure = free_port(), free_port()
    made = Broker(f"127.0.0.1:{plain}", f"127.0.0.1:{secure}", certificate(folder))
    config = folder / "server.properties"
    config.write_text(properties(folder, plain, secure))
    users = [f"{mechanism}=[name=simple,password={SIMPLE}]" for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")]
    identifier = service._tool([*start, "kafka.tools.StorageTool", "random-uuid"]).split()[-1]
    added = [argument for user in users for argument in ("--add-scram", user)]
    service._tool([*start, "kafka.tools.StorageTool", "format", "-t", identifier, "-c", str(config), *added])
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*start, "kafka.Kafka", str(config)], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 120
        while not (is_answered(plain) and is_answered(secure)):
            has_failed = process.poll() is not None or time.monotonic() > deadline
            assert not has_failed, (folder / "log").read_text()[-2000:]
            time.sleep(0.1)
        yield made
    finally:
        process.kill()
        process.wait()


def properties(folder: Path, plain: int, secure: int) -> str:
    inner = free_port()
    said = dict(line.split("=", 1) for line in service._properties(folder, inner, free_port()).splitlines())
    both = f",PLAIN://127.0.0.1:{plain},SECURE://127.0.0.1:{secure}"
    said["listeners"] += both
    said["advertised.listeners"] += both
    said |= {
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PLAIN:SASL_PLAINTEXT,SECURE:SASL_SSL",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "server.pem"),
    }
    quoted = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
    users = f'{_MODULE}.plain.PlainLoginModule required user_simple="{SIMPLE}" user_odd="{quoted}";'
    for listener in ("plain", "secure"):
        said[f"listener.name.{listener}.plain.sasl.jaas.config"] = users.replace("\\", "\\\\")
        for mechanism in ("scram-sha-256", "scram-sha-512"):
            said[f"listener.name.{listener}.{mechanism}.sasl.jaas.config"] = f"{_MODULE}.scram.ScramLoginModule required;"
    return "".join(f"{name}={value}\n" for name, value in said.items())


def certificate(folder: Path) -> Path:
    """Of 127.0.0.1, which nobody trusts by itself; the key is beside it in `server.pem`."""
    public, secret = certificate_of("127.0.0.1", x509.IPAddress(ip_address("127.0.0.1")))
    (folder / "server.pem").write_bytes(secret + public)
    (folder / "authority.pem").write_bytes(public)
    return folder / "authority.pem"


def settings_of(home: Path, bootstrap: str, **more: Any) -> Settings:
    return Settings(
        home=home, eventlog="kafka", kafka_bootstrap=bootstrap, kafka_topic_prefix=f"{uuid4().hex}.", kafka_partitions=1, **more
    )


def user(name: str, password: str, mechanism: str) -> dict[str, Any]:
    return {"kafka_username": name, "kafka_password": SecretStr(password), "kafka_sasl_mechanism": mechanism}


def with_tls(broker: Broker) -> dict[str, Any]:
    return {"kafka_tls": True, "kafka_ca_file": broker.authority}


SLOW = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("spark")]
slow = [pytest.param(*values, marks=SLOW) for values in (("PLAIN", False), ("SCRAM-SHA-256", True), ("SCRAM-SHA-512", False))]


@pytest.mark.parametrize(("mechanism", "is_secure"), slow)
def test_a_user_with_a_password_writes_and_reads(broker: Broker, tmp_path: Path, mechanism: str, is_secure: bool) -> None:
    where, more = (broker.secure, with_tls(broker)) if is_secure else (broker.plain, {})
    log = open_eventlog(settings_of(tmp_path, where, **user("simple", SIMPLE, mechanism), **more))
    assert log.append("documents", [document(1), document(2)]) == 2
    assert [m.value for m in read_all(log, "documents")] == [document(1).value, document(2).value]
    log.close()


@pytest.mark.parametrize(
    ("name", "password", "mechanism"),
    [
        pytest.param("simple", "guessed-secret", "SCRAM-SHA-256", marks=SLOW),
        pytest.param("simple", "guessed-secret", "PLAIN", marks=SLOW),
        pytest.param("nobody", "guessed-secret", "SCRAM-SHA-512", marks=SLOW),
        pytest.param("odd", PASSWORD, "SCRAM-SHA-256", marks=SLOW, id="not-this-mechanism"),
    ],
)
def test_who_is_refused_is_told_so_at_once_and_what_to_correct(
    broker: Broker, tmp_path: Path, name: str, password: str, mechanism: str
) -> None:
    began = time.monotonic()
    with pytest.raises(BadSettings, match=r"authentication failed .* Correct TALENTFLOW_KAFKA_USERNAME") as told:
        open_eventlog(settings_of(tmp_path, broker.plain, **user(name, password, mechanism)))
    assert time.monotonic() - began < kafka._ANSWER_SECONDS
    assert password not in str(told.value)


@pytest.mark.parametrize(
    "chosen",
    [pytest.param({}, marks=SLOW, id="no user"), pytest.param(user("simple", SIMPLE, "PLAIN"), marks=SLOW, id="no TLS")],
)
def test_who_brings_too_little_is_told_what_brokers_may_ask_for(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, Any]
) -> None:
    monkeypatch.setattr(kafka, "_ANSWER_SECONDS", 3.0)
    with pytest.raises(ServiceUnavailable, match="TALENTFLOW_KAFKA_TLS, TALENTFLOW_KAFKA_USERNAME"):
        open_eventlog(settings_of(tmp_path, broker.secure if chosen else broker.plain, **chosen))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("spark")
def test_a_certificate_of_who_is_not_trusted_is_refused(broker: Broker, tmp_path: Path) -> None:
    other = certificate(tmp_path)
    chosen = user("simple", SIMPLE, "PLAIN") | {"kafka_tls": True, "kafka_ca_file": other}
    with pytest.raises(BadSettings, match=r"no encrypted connection .* TALENTFLOW_KAFKA_CA_FILE"):
        open_eventlog(settings_of(tmp_path, broker.secure, **chosen))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("spark")
def test_spark_reads_with_the_same_settings_and_does_not_show_the_password(broker: Broker, tmp_path: Path) -> None:
    from spark_jobs.messages import messages
    from spark_jobs.stream import Stream

    settings = settings_of(tmp_path, broker.secure, **user("odd", PASSWORD, "PLAIN"), **with_tls(broker))
    log = open_eventlog(settings)
    log.append(DOCUMENTS_TOPIC, [document(1)])
    log.close()
    found: list[bytes] = []
    plans: list[str] = []

    def take(frame: Any, batch_id: int, query_id: str) -> None:
        plans.append(frame._jdf.queryExecution().toString())
        found.extend(bytes(row.value) for row in frame.collect())

    frame = messages(settings)
    plans.append(frame._jdf.queryExecution().toString())
    Stream(frame, take, str(tmp_path / "checkpoint"), continuous=False).wait(Event())
    assert found == [document(1).value]
    assert "kafka.sasl.jaas.config=***" in plans[0]
    assert "secret" not in "".join(plans)


def test_both_dialects_say_the_same(tmp_path: Path) -> None:
    authority = certificate(tmp_path)
    chosen = user("u", r'p"\ä', "SCRAM-SHA-512") | {"kafka_tls": True, "kafka_ca_file": authority}
    settings = settings_of(tmp_path, "h:1", **chosen)
    assert librdkafka_options(settings) == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "u",
        "sasl.password": r'p"\ä',
        "ssl.ca.location": str(authority),
    }
    assert spark_options(settings) == {
        "kafka.security.protocol": "SASL_SSL",
        "kafka.sasl.mechanism": "SCRAM-SHA-512",
        "kafka.sasl.jaas.config": f'{_MODULE}.scram.ScramLoginModule required username="u" password="p\\"\\\\ä";',
        "kafka.ssl.truststore.type": "PEM",
        "kafka.ssl.truststore.certificates": authority.read_text(),
    }
    only_tls = settings_of(tmp_path, "h:1", kafka_tls=True)
    assert librdkafka_options(only_tls) == {"security.protocol": "SSL"}
    assert spark_options(only_tls) == {"kafka.security.protocol": "SSL"}
    nothing = settings_of(tmp_path, "h:1")
    assert librdkafka_options(nothing) == spark_options(nothing) == {}


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"kafka_username": "u"}, "TALENTFLOW_KAFKA_PASSWORD"),
        ({"kafka_password": "secret"}, "TALENTFLOW_KAFKA_USERNAME"),
        ({"kafka_ca_file": "ca.pem"}, "TALENTFLOW_KAFKA_TLS"),
        ({"kafka_ca_file": "not-there.pem", "kafka_tls": True}, "TALENTFLOW_KAFKA_CA_FILE"),
        ({"kafka_ca_file": __file__.replace(".py", ""), "kafka_tls": True}, "TALENTFLOW_KAFKA_CA_FILE"),
    ],
    ids=["no password", "no user", "no TLS", "no file", "no certificate"],
)
def test_settings_that_need_each_other_are_said(tmp_path: Path, chosen: dict[str, Any], said: str) -> None:
    settings = settings_of(tmp_path, "h:1", **chosen)
    for options in (librdkafka_options, spark_options):
        with pytest.raises(BadSettings, match=said):
            options(settings)
    with pytest.raises(BadSettings, match=said):
        open_eventlog(settings)


def test_a_certificate_that_is_damaged_is_said(tmp_path: Path) -> None:
    damaged = tmp_path / "ca.pem"
    damaged.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(BadSettings, match=r"ssl\.ca\.location.*TALENTFLOW_KAFKA_"):
        open_eventlog(settings_of(tmp_path, "h:1", kafka_tls=True, kafka_ca_file=damaged))


def test_no_repr_shows_a_secret(tmp_path: Path) -> None:
    url = SecretStr("https://u:hidden@registry")
    settings = settings_of(tmp_path, "h:1", **user("u", "hidden", "PLAIN"), schema_registry_url=url)
    assert "hidden" not in f"{settings!r} {settings} {settings.model_dump_json()}"
