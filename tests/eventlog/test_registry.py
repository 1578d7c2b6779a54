"""Schemas in a registry: the client's own in memory, and a real one that speaks the same API."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka.schema_registry import dual_schema_id_deserializer
from confluent_kafka.schema_registry.serde import SchemaId
from confluent_kafka.serialization import MessageField, SerializationContext
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from talentflow.errors import BadSettings, IncompatibleSchema, ServiceUnavailable
from talentflow.eventlog import messages, open_eventlog, registry
from talentflow.eventlog.registry import VALUE_SCHEMA, SchemaRegistry, open_registry
from talentflow.services.launch import free_port
from talentflow.settings import Settings
from tests.eventlog.test_schemas import BREAKING

Schema = dict[str, Any]
Change = Callable[[Schema], object]
Open = Callable[[], SchemaRegistry]


@pytest.fixture(params=["mock", pytest.param("real", marks=[pytest.mark.slow, pytest.mark.xdist_group("kafka")])])
def open_(request: pytest.FixtureRequest) -> Open:
    """Opens a registry that remembers nothing; all of one test look at the same subjects."""
    url = f"mock://{uuid4().hex}" if request.param == "mock" else request.getfixturevalue("registry_url")
    prefix = f"{uuid4().hex}."
    return lambda: SchemaRegistry(url, prefix)


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> Callable[[Change], None]:
    """Changes the schema of a document for what is opened afterwards."""

    def do(how: Change) -> None:
        schema = copy.deepcopy(messages.topic_schema("documents"))
        assert schema is not None
        how(schema["$defs"]["DocumentMessage"])
        monkeypatch.setattr(registry, "topic_schema", lambda _: schema)

    return do


def add_optional(document: Schema) -> None:
    document["properties"]["more"] = {"type": "string", "default": ""}


def test_a_schema_is_registered_once_under_the_name_of_its_topic(open_: Open) -> None:
    first = open_().registered("documents")
    assert first.subject.endswith(".documents-value")
    assert open_().registered("documents") == first
    assert open_().registered("interactions").schema_id != first.schema_id


def test_clients_of_others_find_the_schema_by_the_header(open_: Open) -> None:
    found = open_().registered("documents")
    identity = SchemaId("JSON")
    context = SerializationContext("documents", MessageField.VALUE, headers=[(VALUE_SCHEMA, found.header)])
    assert dual_schema_id_deserializer(b"{}", context, identity).read() == b"{}"
    assert identity.guid is not None or identity.id == found.schema_id


def test_an_optional_property_is_a_new_version(open_: Open, change: Callable[[Change], None]) -> None:
    first = open_().registered("documents")
    change(add_optional)
    second = open_().registered("documents")
    assert second.schema_id != first.schema_id
    assert open_().registered("documents") == second


@pytest.mark.parametrize(("how", "why"), [b for b in BREAKING if b.id in ("removed", "renamed", "required", "type")])
def test_a_breaking_change_is_refused_and_named(open_: Open, change: Callable[[Change], None], how: Change, why: str) -> None:
    first = open_().registered("documents")
    change(how)
    with pytest.raises(IncompatibleSchema, match=r"nothing was produced.*optional property") as refused:
        open_().registered("documents")
    assert why in str(refused.value)
    change(lambda _: None)
    assert open_().registered("documents") == first, "nothing was registered"


def test_a_registry_is_asked_once_a_topic(open_: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    one = open_()
    asked: list[str] = []
    ask = one._client.lookup_schema
    monkeypatch.setattr(one._client, "lookup_schema", lambda subject, schema: asked.append(subject) or ask(subject, schema))
    barrier = threading.Barrier(4)

    def look(_: int) -> object:
        barrier.wait()
        return one.registered("documents")

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(look, range(4)))
    assert len(set(found)) == 1
    assert len(asked) == 1


def test_a_registry_that_is_down_may_be_up_later() -> None:
    url = f"http://user:secret@127.0.0.1:{free_port()}"
    with pytest.raises(ServiceUnavailable, match=r"does not answer.*try again") as down:
        SchemaRegistry(url).registered("documents")
    assert "secret" not in str(down.value)


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [(401, BadSettings, "user and password"), (500, ServiceUnavailable, "try again"), (405, BadSettings, "with its path")],
)
def test_what_a_registry_answers_says_who_can_help(
    httpserver: HTTPServer, status: int, error: type[Exception], said: str
) -> None:
    httpserver.expect_request("/subjects/documents-value", method="POST").respond_with_data(
        json.dumps({"error_code": status, "message": "no"}), status=status
    )
    url = httpserver.url_for("").replace("http://", "http://user:secret@")
    with pytest.raises(error, match=said) as refused:
        SchemaRegistry(url).registered("documents")
    assert "secret" not in str(refused.value)


def test_credentials_in_the_address_are_sent(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/subjects/documents-value", headers={"Authorization": "Basic dXNlcjpzZWNyZXQ="}).respond_with_json(
        {"subject": "documents-value", "id": 7, "version": 1, "schema": "{}", "schemaType": "JSON"}
    )
    url = httpserver.url_for("").replace("http://", "http://user:secret@")
    assert SchemaRegistry(url).registered("documents").schema_id == 7


@pytest.mark.parametrize(("level", "set_"), [("BACKWARD", []), ("FULL_TRANSITIVE", []), ("NONE", ["BACKWARD"])])
def test_a_new_subject_is_guarded_where_the_registry_guards_nothing(httpserver: HTTPServer, level: str, set_: list[str]) -> None:
    """As Confluent's and Redpanda's answer, which know no level of a subject that was not given one."""
    said: list[str] = []

    def put(request: Request) -> Response:
        said.append(request.get_json(force=True)["compatibility"])
        return Response("{}", content_type="application/json")

    missing = {"error_code": 40408, "message": "not found"}
    httpserver.expect_request("/subjects/documents-value", method="POST").respond_with_json(missing, status=404)
    httpserver.expect_request("/subjects/documents-value/versions/latest").respond_with_json(missing, status=404)
    httpserver.expect_request("/subjects/documents-value/versions", method="POST").respond_with_json({"id": 7})
    httpserver.expect_request("/config/documents-value", method="GET").respond_with_json(missing, status=404)
    httpserver.expect_request("/config", method="GET").respond_with_json({"compatibilityLevel": level})
    httpserver.expect_request("/config/documents-value", method="PUT").respond_with_handler(put)
    assert SchemaRegistry(httpserver.url_for("")).registered("documents").schema_id == 7
    assert said == set_


def test_who_may_register_but_set_no_level_can_produce(httpserver: HTTPServer) -> None:
    missing = {"error_code": 40408, "message": "not found"}
    httpserver.expect_request("/subjects/documents-value", method="POST").respond_with_json(missing, status=404)
    httpserver.expect_request("/subjects/documents-value/versions/latest").respond_with_json(missing, status=404)
    httpserver.expect_request("/subjects/documents-value/versions", method="POST").respond_with_json({"id": 7})
    httpserver.expect_request("/config/documents-value").respond_with_json({"error_code": 403, "message": "no"}, status=403)
    assert SchemaRegistry(httpserver.url_for("")).registered("documents").schema_id == 7


def test_all_logs_of_a_process_ask_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, schema_registry_url=SecretStr(f"mock://{uuid4().hex}"), kafka_topic_prefix="a.")
    assert open_registry(settings) is open_registry(settings)
    assert open_registry(settings) is not open_registry(settings.model_copy(update={"kafka_topic_prefix": "b."}))


@pytest.mark.parametrize(
    "url",
    [
        "registry.example:8081",
        "u:hidden@registry.example:8081",
        "https://u:hidden@[::1",
        "https://u:hid/den@h",
        "https://u:hid#den@h",
    ],
)
def test_what_is_no_address_is_said_without_showing_a_password(url: str) -> None:
    with pytest.raises(BadSettings, match="TALENTFLOW_SCHEMA_REGISTRY_URL") as told:
        SchemaRegistry(url)
    assert "hid" not in str(told.value)


def test_a_log_on_this_machine_asks_no_registry(tmp_path: Path) -> None:
    log = open_eventlog(Settings(home=tmp_path, schema_registry_url=SecretStr(f"http://127.0.0.1:{free_port()}")))
    assert log.append("documents", []) == 0
    log.close()


def test_producers_that_start_at_once_agree_on_the_schema(open_: Open) -> None:
    producers = [open_() for _ in range(6)]
    barrier = threading.Barrier(len(producers))

    def start(one: SchemaRegistry) -> object:
        barrier.wait()
        return one.registered("documents")

    with ThreadPoolExecutor(len(producers)) as threads:
        found = set(threads.map(start, producers))
    assert found == {open_().registered("documents")}
