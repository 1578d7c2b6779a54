"""How clients of Kafka prove who they are, and how their connections are kept private: the same settings in two dialects."""

from __future__ import annotations

import builtins
import time
from pathlib import Path
from typing import Protocol

from talentflow.errors import BadSettings, ServiceUnavailable
from talentflow.settings import Settings

_REFUSED = ("_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED", "_SSL")
_SILENT = ("_TRANSPORT", "_TIMED_OUT", "_MSG_TIMED_OUT", "_ALL_BROKERS_DOWN")
"""Errors that do not say why."""
_REMEMBERED_SECONDS = 120.0
"""What is longer ago is not why something fails now; a call that was refused fails after a minute."""
_MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


def librdkafka_options(settings: Settings) -> dict[str, str]:
    """Options of librdkafka's clients: {} for brokers that ask for nothing.

    They hold the password. Raises: BadSettings (settings that need each other, a file that is not there).
    """
    user, authority = _user(settings), _authority(settings)
    options = _protocol(settings, "security.protocol")
    if user is not None:
        name, password = user
        options |= {"sasl.mechanism": settings.kafka_sasl_mechanism, "sasl.username": name, "sasl.password": password}
    if authority is not None:
        options["ssl.ca.location"] = str(authority)
    return options


def spark_options(settings: Settings) -> dict[str, str]:
    """The same for Spark's Kafka source, which hands what begins with `kafka.` to the Java client.

    They hold the password, where Spark's logs and plans redact it. The authority's certificates are given themselves, since
    executors on other machines do not have the file. Raises: as `librdkafka_options`.
    """
    user, authority = _user(settings), _authority(settings)
    options = _protocol(settings, "kafka.security.protocol")
    if user is not None:
        name, password = map(_quoted, user)
        options["kafka.sasl.mechanism"] = settings.kafka_sasl_mechanism
        options["kafka.sasl.jaas.config"] = (
            f"{_MODULES[settings.kafka_sasl_mechanism]} required username={name} password={password};"
        )
    if authority is not None:
        options["kafka.ssl.truststore.type"] = "PEM"
        options["kafka.ssl.truststore.certificates"] = authority.read_text(encoding="utf-8", errors="replace")
    return options


class ClientError(Protocol):
    """An error of librdkafka."""

    def name(self) -> str: ...
    def str(self) -> builtins.str: ...


class Refusals:
    """Why brokers do not let a client in: librdkafka tells it beside its calls, which go on trying and end with a timeout."""

    def __init__(self) -> None:
        self._last: tuple[float, ClientError] | None = None
        self._said = ""

    def note(self, error: ClientError) -> None:
        """A client's `error_cb`: called in whichever thread polls."""
        if error.name() in _REFUSED:
            self._last = time.monotonic(), error
        elif error.name() == "_TRANSPORT":
            self._said = error.str()

    def why(self, error: ClientError) -> str | None:
        """What to correct when a call ended with `error`; None where that has another cause."""
        cause = error if error.name() in _REFUSED else self._recent() if error.name() in _SILENT else None
        if cause is None:
            return None
        if cause.name() == "_SSL":
            return (
                f"no encrypted connection can be had ({cause.str()}). See whether TALENTFLOW_KAFKA_CA_FILE holds the certificate "
                "of who signed theirs, TALENTFLOW_KAFKA_BOOTSTRAP the names in it, and whether they speak TLS at that port"
            )
        return (
            f"authentication failed ({cause.str()}). Correct TALENTFLOW_KAFKA_USERNAME, TALENTFLOW_KAFKA_PASSWORD or "
            "TALENTFLOW_KAFKA_SASL_MECHANISM"
        )

    def no_answer(self, settings: Settings, error: ClientError) -> ServiceUnavailable:
        """Of brokers that say nothing: they may be down, or expect another protocol."""
        return ServiceUnavailable(
            f"Kafka at {settings.kafka_bootstrap} does not answer ({self._said or error.str()}): see whether its brokers run, "
            "and whether they ask for TLS or a password (TALENTFLOW_KAFKA_TLS, TALENTFLOW_KAFKA_USERNAME), then try again"
        )

    def _recent(self) -> ClientError | None:
        at, error = self._last or (0.0, None)
        return error if time.monotonic() - at < _REMEMBERED_SECONDS else None


def _protocol(settings: Settings, name: str) -> dict[str, str]:
    parts = ("SASL" if settings.kafka_username else "", ("SSL" if settings.kafka_tls else "PLAINTEXT"))
    protocol = "_".join(filter(None, parts))
    return {} if protocol == "PLAINTEXT" else {name: protocol}


def _user(settings: Settings) -> tuple[str, str] | None:
    name = settings.kafka_username or None
    password = settings.kafka_password.get_secret_value() if settings.kafka_password else None
    if name and not password:
        raise BadSettings("TALENTFLOW_KAFKA_USERNAME is set without a password: set TALENTFLOW_KAFKA_PASSWORD, or unset it")
    if password and not name:
        raise BadSettings("TALENTFLOW_KAFKA_PASSWORD is set without a user: set TALENTFLOW_KAFKA_USERNAME, or unset it")
    return (name, password) if name and password else None


def _authority(settings: Settings) -> Path | None:
    """The file of the certificates that are trusted; None for those that the system trusts."""
    path = settings.kafka_ca_file
    if path is None:
        return None
    if not settings.kafka_tls:
        raise BadSettings("TALENTFLOW_KAFKA_CA_FILE is set, and connections are not encrypted: set TALENTFLOW_KAFKA_TLS=true")
    try:
        is_pem = b"-----BEGIN CERTIFICATE-----" in path.read_bytes()
    except OSError as error:
        raise BadSettings(f"{path} cannot be read ({error.strerror}): correct TALENTFLOW_KAFKA_CA_FILE") from None
    if not is_pem:
        raise BadSettings(f"{path} holds no certificate in PEM: correct TALENTFLOW_KAFKA_CA_FILE")
    return path


def _quoted(value: str) -> str:
    """As a value of a JAAS configuration, whose backslashes are read as Java's are."""
    return f'"{value.translate(_ESCAPED)}"'
