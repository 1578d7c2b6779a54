"""What only the log on brokers does: schemas in headers, others' messages, and its faults."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from pydantic import SecretStr

from talentflow.errors import BadSettings, IncompatibleSchema, ServiceUnavailable
from talentflow.eventlog import EventLog, Message, open_eventlog, registry
from talentflow.eventlog.dead_letters import dead_letters
from talentflow.eventlog.messages import topic_schema
from talentflow.eventlog.registry import VALUE_SCHEMA, SchemaRegistry
from talentflow.services.launch import free_port
from talentflow.settings import Settings
from tests.contracts.test_eventlog import document, read_all

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kafka")]


@pytest.fixture
def settings(kafka_bootstrap: str, tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        eventlog="kafka",
        kafka_bootstrap=kafka_bootstrap,
        kafka_topic_prefix=f"{uuid4().hex}.",
        kafka_partitions=1,
        schema_registry_url=SecretStr(f"mock://{uuid4().hex}"),
    )


@pytest.fixture
def log(settings: Settings) -> Iterator[EventLog]:
    log = open_eventlog(settings)
    yield log
    log.close()


def registry_of(settings: Settings) -> SchemaRegistry:
    assert settings.schema_registry_url is not None
    return SchemaRegistry(settings.schema_registry_url.get_secret_value(), settings.kafka_topic_prefix)


def on_the_broker(settings: Settings, topic: str) -> list[Any]:
    """The messages as librdkafka reads them, past our own reader."""
    consumer = Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": "test", "enable.partition.eof": False})
    place = TopicPartition(settings.kafka_topic_prefix + topic, 0, 0)
    _, end = consumer.get_watermark_offsets(place, timeout=10)
    consumer.assign([place])
    found = consumer.consume(end, timeout=20)
    consumer.close()
    return found


def test_a_value_is_plain_json_and_its_schema_is_in_a_header(log: EventLog, settings: Settings) -> None:
    log.append("documents", [document(1), Message("2", document(2).value, {"from": "acme"})])
    known = registry_of(settings).registered("documents")
    first, second = on_the_broker(settings, "documents")
    assert json.loads(first.value())["source_key"] == "1"
    assert first.headers() == [(VALUE_SCHEMA, known.header)]
    assert second.headers() == [(VALUE_SCHEMA, known.header), ("from", b"acme")]


def test_a_dead_letter_names_the_schema_that_it_does_not_fit(log: EventLog, settings: Settings) -> None:
    log.append("documents", [Message("x", b"{}")])
    known = registry_of(settings).registered("documents")
    (letter,) = dead_letters(log, "documents")
    assert letter.schema_id == str(known.schema_id)


def test_with_an_incompatible_schema_nothing_is_produced(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    registry_of(settings).registered("documents")
    schema = copy.deepcopy(topic_schema("documents"))
    assert schema is not None
    del schema["$defs"]["DocumentMessage"]["properties"]["source"]
    monkeypatch.setattr(registry, "topic_schema", lambda _: schema)
    log = open_eventlog(settings)
    for messages in ([document(1)], [Message("x", b"{}")]):
        with pytest.raises(IncompatibleSchema, match=r"DocumentMessage\.source is gone"):
            log.append("documents", messages)
    assert log.end_offsets("documents") == log.end_offsets("documents.dead-letters") == {}
    log.close()


def test_while_the_registry_is_down_nothing_is_produced(settings: Settings) -> None:
    log = open_eventlog(settings.model_copy(update={"schema_registry_url": SecretStr(f"http://127.0.0.1:{free_port()}")}))
    with pytest.raises(ServiceUnavailable, match=r"schema registry .* does not answer"):
        log.append("documents", [document(1)])
    assert log.end_offsets("documents") == {}
    assert log.append("numbers", [Message("k", b"1")]) == 1, "a topic without a schema needs no registry"
    log.close()


def test_others_may_write_any_bytes(log: EventLog, settings: Settings) -> None:
    log.append("documents", [document(1)])
    other = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    topic = settings.kafka_topic_prefix + "documents"
    other.produce(topic, b"\xff", key=b"\xff\xfe", headers=[("odd", b"\xff\x00"), ("none", None)])
    other.produce(topic, None, key=None)
    assert other.flush(20) == 0
    _, odd, empty = read_all(log, "documents")
    assert (odd.key, odd.value, odd.headers) == (r"\xff\xfe", b"\xff", {"odd": "\udcff\x00", "none": ""})
    assert (empty.key, empty.value) == ("", b"")


def test_a_log_that_ends_in_transactions_of_others_is_read_to_its_end(log: EventLog, settings: Settings) -> None:
    log.append("documents", [document(1)])
    other = Producer({"bootstrap.servers": settings.kafka_bootstrap, "transactional.id": uuid4().hex})
    other.init_transactions(20)
    for n, end in ((2, other.commit_transaction), (3, other.abort_transaction)):
        other.begin_transaction()
        other.produce(settings.kafka_topic_prefix + "documents", document(n).value, key="k")
        other.flush(20)
        end(20)
    assert [m.value for m in read_all(log, "documents")] == [document(1).value, document(2).value]


def test_a_message_that_the_brokers_find_too_large_says_which_setting_helps(settings: Settings) -> None:
    log = open_eventlog(settings.model_copy(update={"kafka_max_message_bytes": 10**9}))
    with pytest.raises(BadSettings, match="TALENTFLOW_KAFKA_MAX_MESSAGE_BYTES"):
        log.append("numbers", [Message("k", b"x" * 33 * 2**20)])
    log.close()
