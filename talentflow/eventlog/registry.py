"""The schemas of topics in a schema registry: Redpanda's, Confluent's, Apicurio's, by the API that they share.

A message names its schema in a header, as Confluent's clients do it (`HeaderSchemaIdSerializer`), so that its value stays
plain JSON. Before the first message to a topic its schema is registered; one that readers of earlier messages could not
use is refused, and then nothing is produced.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from talentflow.errors import BadSettings, IncompatibleSchema, MissingExtra, ServiceUnavailable, TalentflowError
from talentflow.eventlog.compatibility import incompatibilities
from talentflow.eventlog.messages import topic_schema
from talentflow.settings import Settings

if TYPE_CHECKING:
    from confluent_kafka.schema_registry import RegisteredSchema, Schema, SchemaRegistryClient
    from confluent_kafka.schema_registry.error import SchemaRegistryError

VALUE_SCHEMA = "__value_schema_id"
"""The header: a magic byte, then the schema's GUID (1) or, of a registry that knows none, its id (0)."""

_ANSWER_SECONDS = 10
_NOT_FOUND, _CONFLICT, _TOO_MANY = 404, 409, 429
_DENIED = (401, 403)
_MOCK_LOCK = threading.Lock()
"""The registry in memory is not made for several threads at once."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Registered:
    """A topic's schema as the registry knows it; `header` is the value of `VALUE_SCHEMA`."""

    subject: str
    schema_id: int
    header: bytes


def open_registry(settings: Settings) -> SchemaRegistry | None:
    """The registry of `settings.schema_registry_url`; None when there is none. Connects to nothing yet.

    It is one a process, so that a topic's schema is looked up once. Raises: MissingExtra, BadSettings.
    """
    url = settings.schema_registry_url.get_secret_value() if settings.schema_registry_url else None
    return _opened(url, settings.kafka_topic_prefix) if url else None


@cache
def _opened(url: str, prefix: str) -> SchemaRegistry:
    return SchemaRegistry(url, prefix)


class SchemaRegistry:
    """What is asked of a registry: once a topic, and then remembered. Safe to use from several threads.

    Args:
        url: `http(s)://user:password@host:port/path`, or `mock://name`, which is kept in this process.
        prefix: before the topic's name in a subject, as it is before the topic.

    Raises: MissingExtra, BadSettings.
    """

    def __init__(self, url: str, prefix: str = "") -> None:
        self._prefix = prefix
        self._is_mock = url.startswith("mock://")
        try:
            self._shown = _without_password(url)
            self._client = _mock(url) if self._is_mock else _client(url)
        except ValueError:  # its text, and what cannot be read as an address, may hold a password
            raise BadSettings(
                "what TALENTFLOW_SCHEMA_REGISTRY_URL says is no address of a schema registry: make it "
                "https://user:password@host:port/path (in a password write / as %2F, # as %23, @ as %40)"
            ) from None
        self._lock = _MOCK_LOCK if self._is_mock else threading.Lock()
        self._known: dict[str, Registered] = {}

    def registered(self, topic: str) -> Registered:
        """The schema of a topic that has one; registered now where it is new.

        Raises: IncompatibleSchema, ServiceUnavailable (the registry does not answer), BadSettings (it refuses).
        """
        with self._lock:
            if topic not in self._known:
                self._known[topic] = self._look_up(topic)
            return self._known[topic]

    def _look_up(self, topic: str) -> Registered:
        from confluent_kafka.schema_registry import Schema
        from confluent_kafka.schema_registry.serde import SchemaId

        said = topic_schema(topic)
        assert said is not None, f"{topic} has no schema"
        subject = f"{self._prefix}{topic}-value"
        with self._errors(subject):
            found = self._registered(subject, Schema(json.dumps(said, sort_keys=True), "JSON"), said)
        identity = SchemaId("JSON", found.schema_id, found.guid)
        return Registered(subject, int(found.schema_id or 0), identity.guid_to_bytes() if found.guid else identity.id_to_bytes())

    def _registered(self, subject: str, schema: Schema, said: dict[str, Any]) -> RegisteredSchema:
        from confluent_kafka.schema_registry.error import SchemaRegistryError

        if (found := self._found(subject, schema)) is not None:
            return found
        latest = self._latest(subject)
        if latest is not None and not self._is_compatible(subject, schema, said, latest):
            raise self._incompatible(subject, said, latest)
        try:
            found = self._client.register_schema_full_response(subject, schema)
        except SchemaRegistryError as error:
            if error.http_status_code != _CONFLICT:
                raise
            if (found := self._found(subject, schema)) is not None:
                return found  # another producer was faster
            raise self._incompatible(subject, said, latest, str(error.error_message)) from error
        _log.info("schema registered", subject=subject, schema_id=found.schema_id, registry=self._shown)
        if latest is None:
            self._guard(subject)
        return found

    def _found(self, subject: str, schema: Schema) -> RegisteredSchema | None:
        from confluent_kafka.schema_registry.error import SchemaRegistryError

        try:
            return self._client.lookup_schema(subject, schema)
        except SchemaRegistryError as error:
            if error.http_status_code != _NOT_FOUND:
                raise
            return None

    def _latest(self, subject: str) -> RegisteredSchema | None:
        from confluent_kafka.schema_registry.error import SchemaRegistryError

        try:
            return self._client.get_latest_version(subject)
        except SchemaRegistryError as error:
            if error.http_status_code != _NOT_FOUND:
                raise
            return None

    def _is_compatible(self, subject: str, schema: Schema, said: dict[str, Any], latest: RegisteredSchema) -> bool:
        if self._is_mock:  # which takes everything
            return not incompatibilities(_of(latest), said)
        return self._client.test_compatibility(subject, schema)

    def _guard(self, subject: str) -> None:
        """A registry may check nothing by itself (Apicurio's does not): a subject that is new is then given a level."""
        from confluent_kafka.schema_registry.error import SchemaRegistryError

        if self._is_mock:
            return
        try:
            if self._level(subject) == "NONE":
                self._client.set_compatibility(subject, "BACKWARD")
        except SchemaRegistryError as error:  # the schema is there; who may register may not do this everywhere
            _log.warning("the compatibility level of a new subject cannot be set", subject=subject, error=str(error))

    def _level(self, subject: str) -> str:
        """The subject's own level, or that of all."""
        from confluent_kafka.schema_registry.error import SchemaRegistryError

        try:
            return self._client.get_compatibility(subject)
        except SchemaRegistryError as error:
            if error.http_status_code != _NOT_FOUND:
                raise
            return self._client.get_compatibility()

    def _incompatible(
        self, subject: str, said: dict[str, Any], latest: RegisteredSchema | None, reason: str = ""
    ) -> IncompatibleSchema:
        changes = "; ".join(incompatibilities(_of(latest), said)) if latest else ""
        version = f"version {latest.version}" if latest else "what is registered"
        return IncompatibleSchema(
            f"the schema of {subject} is not compatible with {version} in the registry at {self._shown} "
            f"({changes or reason or 'the registry does not say why'}), and nothing was produced: make it a change that readers "
            "of earlier messages survive (a new optional property does), or lower the subject's compatibility level there"
        )

    @contextmanager
    def _errors(self, subject: str) -> Generator[None]:
        from confluent_kafka.schema_registry.error import SchemaRegistryError

        try:
            yield
        except SchemaRegistryError as error:
            raise self._translated(subject, error) from error
        except Exception as error:
            # the client uses httpx or its successor, whichever is installed
            if not any(kind.__name__ == "TransportError" for kind in type(error).__mro__):
                raise
            raise ServiceUnavailable(
                f"the schema registry at {self._shown} does not answer ({type(error).__name__}): "
                "see whether it runs (talentflow services up registry), then try again"
            ) from error

    def _translated(self, subject: str, error: SchemaRegistryError) -> TalentflowError:
        if error.http_status_code >= 500 or error.http_status_code == _TOO_MANY:
            return ServiceUnavailable(f"the schema registry at {self._shown} fails ({error}): try again")
        if error.http_status_code in _DENIED:
            return BadSettings(
                f"the schema registry at {self._shown} lets nobody in with these credentials ({error}): put user and password "
                "into TALENTFLOW_SCHEMA_REGISTRY_URL (https://user:password@host)"
            )
        return BadSettings(
            f"the schema registry at {self._shown} refuses {subject} ({error}): see whether TALENTFLOW_SCHEMA_REGISTRY_URL "
            "names its API with its path, and what it allows"
        )


def _client(url: str) -> SchemaRegistryClient:
    try:
        from confluent_kafka.schema_registry import SchemaRegistryClient
    except ImportError as error:
        raise MissingExtra("confluent-kafka[json,schemaregistry]", "kafka") from error
    return SchemaRegistryClient({"url": url, "timeout": _ANSWER_SECONDS, "max.retries": 2, "retries.wait.ms": 200})


@cache
def _mock(url: str) -> SchemaRegistryClient:
    """One registry a name and process."""
    try:
        from confluent_kafka.schema_registry import SchemaRegistryClient
    except ImportError as error:
        raise MissingExtra("confluent-kafka[json,schemaregistry]", "kafka") from error
    return SchemaRegistryClient.new_client({"url": url})


def _of(registered: RegisteredSchema) -> dict[str, Any]:
    return json.loads(registered.schema.schema_str or "{}")


def _without_password(url: str) -> str:
    """Raises ValueError for what is no address: a `/` or `#` in a password that is not written as `%2F` or `%23` too."""
    parts = urlsplit(url)
    if not parts.hostname or parts.port == 0:
        raise ValueError
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
