"""The schemas of the topics: seen when they change, and held to what readers of earlier messages can use.

After a change that is meant:  python -m tests.eventlog.test_schemas
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentflow.eventlog.compatibility import incompatibilities
from talentflow.eventlog.messages import TOPICS, ClosedDocument, RawDocument, RejectedDocument, checker, to_message, topic_schema

Schema = dict[str, Any]
NOW = datetime(2026, 1, 2, tzinfo=UTC)
SENT = [
    RawDocument("files", "/cv.pdf", "cv.pdf", "application/pdf", "cv", b"%PDF \xff", fetched_at=NOW, terms="any"),
    RejectedDocument("files", "/cv.pdf", "cv.pdf", "corrupt", "it is damaged", b"%PD"),
    ClosedDocument("acme", "https://x.example/1", "1", NOW, "404"),
]


def kept(topic: str) -> Path:
    return Path(__file__).parent / f"{topic}.schema.json"


def schema(topic: str = "documents") -> Schema:
    said = topic_schema(topic)
    assert said is not None
    return copy.deepcopy(said)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_schema_is_the_one_that_was_reviewed(topic: str) -> None:
    reviewed = json.loads(kept(topic).read_text(encoding="utf-8"))
    breaks = incompatibilities(reviewed, schema(topic))
    assert not breaks, f"readers of earlier messages break: {breaks}"
    assert schema(topic) == reviewed, "write it down with  python -m tests.eventlog.test_schemas  and have it reviewed"


def changed(change: Callable[[Schema], object]) -> Schema:
    new = schema()
    change(new["$defs"]["DocumentMessage"])
    return new


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: None, id="nothing"),
        pytest.param(lambda d: d["properties"].update(more={"type": "string", "default": ""}), id="an optional property"),
        pytest.param(lambda d: d["required"].remove("source_uri"), id="what was required is optional"),
        pytest.param(lambda d: d["properties"]["document_id"].update(maxLength=256), id="longer"),
        pytest.param(lambda d: d["properties"]["source"].update(type=["string", "null"]), id="null too"),
        pytest.param(lambda d: d["properties"]["kind_hint"]["anyOf"][0]["enum"].append("letter"), id="one more value"),
        pytest.param(lambda d: d.update(additionalProperties=True), id="others are taken"),
    ],
)
def test_what_readers_of_earlier_messages_survive(change: Callable[[Schema], object]) -> None:
    assert incompatibilities(schema(), changed(change)) == []


def rename(document: Schema) -> None:
    document["properties"]["uri"] = document["properties"].pop("source_uri")
    document["required"] = [{"source_uri": "uri"}.get(name, name) for name in document["required"]]


BREAKING: list[Any] = [
    pytest.param(lambda d: d["properties"].pop("terms"), "DocumentMessage.terms is gone", id="removed"),
    pytest.param(rename, "DocumentMessage.source_uri is gone", id="renamed"),
    pytest.param(lambda d: d["required"].append("terms"), "DocumentMessage.terms is required, and was not", id="required"),
    pytest.param(lambda d: d["properties"]["source"].update(type="integer"), "source was string and is integer", id="type"),
    pytest.param(lambda d: d["properties"]["document_id"].update(maxLength=8), "a maxLength of 8, and had 128", id="shorter"),
    pytest.param(lambda d: d["properties"]["source"].update(minLength=1), "a minLength of 1, and had none", id="not empty"),
    pytest.param(lambda d: d["properties"]["type"].update(const="cv"), "type cannot be document any more", id="another word"),
    pytest.param(lambda d: d["properties"]["kind_hint"]["anyOf"][0]["enum"].remove("cv"), "cannot be cv any more", id="one less"),
    pytest.param(lambda d: d["properties"]["source"].update(format="uri"), "the format uri, and had none", id="a format"),
]


@pytest.mark.parametrize(("change", "why"), BREAKING)
def test_what_readers_of_earlier_messages_break_on_is_named(change: Callable[[Schema], object], why: str) -> None:
    found = incompatibilities(schema(), changed(change))
    assert any(why in said for said in found), found


def test_a_kind_of_message_that_is_gone_is_named() -> None:
    new = schema()
    new["oneOf"] = new["oneOf"][:2]
    assert incompatibilities(schema(), new) != []


def test_a_model_that_contains_itself_ends() -> None:
    tree = {"$ref": "#/$defs/T", "$defs": {"T": {"type": "object", "properties": {"of": {"items": {"$ref": "#/$defs/T"}}}}}}
    assert incompatibilities(tree, tree) == []


def is_taken(value: bytes) -> bool:
    why_not = checker("documents")
    assert why_not is not None
    return why_not(value) is None


@pytest.mark.parametrize("sent", SENT, ids=lambda s: type(s).__name__)
def test_what_our_producers_write_fits(sent: Any) -> None:
    value = to_message(sent, received_at=NOW).value
    assert is_taken(value)
    jsonschema.validate(json.loads(value), schema(), format_checker=jsonschema.FormatChecker())


VALUES = st.sampled_from([None, True, 0, 7, 1.5, "", "a", "é", "cv", "YQ==", "2026-01-01T00:00:00Z", "document", [], [1], {}])


@given(st.sampled_from(SENT), st.data())
def test_the_check_takes_what_the_schema_takes(sent: Any, data: st.DataObject) -> None:
    """The models check what is appended; the schema is what others are told. They must not disagree."""
    message = json.loads(to_message(sent, received_at=NOW).value)
    names = st.sampled_from([*message, "more"])
    for name in data.draw(st.lists(names, max_size=2)):
        if data.draw(st.booleans()):
            message.pop(name, None)
        else:
            message[name] = data.draw(VALUES)
    validator = jsonschema.Draft7Validator(schema(), format_checker=jsonschema.FormatChecker())
    is_valid = validator.is_valid(message)
    if isinstance(message.get("content", message.get("payload")), str) and not is_base64(message):
        is_valid = False  # a format that JSON Schema names and its validators do not check
    assert is_taken(json.dumps(message).encode()) == is_valid


def is_base64(message: Schema) -> bool:
    import base64
    import binascii
    import re

    text = message.get("content", message.get("payload"))
    if not re.fullmatch("[A-Za-z0-9_-]*=*", text):
        return False
    try:
        base64.urlsafe_b64decode(text)
    except binascii.Error:
        return False
    return True


if __name__ == "__main__":
    for each in TOPICS:
        kept(each).write_text(json.dumps(schema(each), indent=2, sort_keys=True) + "\n", encoding="utf-8")
