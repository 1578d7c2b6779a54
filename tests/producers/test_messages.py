"""A document survives the event log byte for byte; what is no message is told, never raised."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentflow.eventlog import Received
from talentflow.eventlog.messages import ClosedDocument, RawDocument, RejectedDocument, from_message, message_schema, to_message
from talentflow.tables import DOCUMENTS

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))
DOCUMENT = RawDocument("files", "/in/cv.pdf", "/in/cv.pdf", "application/pdf", "cv", b"%PDF-1.4 \x00\xff")
REJECTED = RejectedDocument("files", "/in/o.jsonl#line=3", "/in/o.jsonl#abc", "malformed_json", "says why", b"{", "abc")
CLOSED = ClosedDocument("acme", "https://x.example/1", "1", NOW, "404")


def received(value: bytes, offset: int = 7) -> Received:
    return Received("documents", 1, offset, 0, "key", value)


@given(st.binary(max_size=300), st.sampled_from([None, "cv", "job_offer"]))
def test_a_document_comes_back_as_a_bronze_row(content: bytes, kind: None) -> None:
    sent = RawDocument("files", "uri", "key", None, kind, content)
    row = from_message(received(to_message(sent, received_at=NOW).value))
    assert isinstance(row, dict)
    assert set(row) == set(DOCUMENTS.schema.names)
    assert (row["content"], row["content_hash"], row["document_id"], row["kind_hint"]) == (
        content,
        sent.content_hash,
        sent.document_id,
        kind,
    )
    assert (row["topic"], row["partition"], row["offset"]) == ("documents", 1, 7)
    assert row["received_at"] == NOW
    assert row["received_at"].tzinfo is UTC


def test_a_rejection_comes_back_with_its_whole_payload() -> None:
    large = RejectedDocument("files", "u", "k", "c", "d", b"x" * 200_000, "h")
    for rejected in (REJECTED, large):
        assert from_message(received(to_message(rejected, received_at=NOW).value)) == rejected


def test_a_closure_comes_back() -> None:
    assert from_message(received(to_message(CLOSED, received_at=NOW).value)) == CLOSED


def test_a_fetched_document_says_when_and_under_which_terms() -> None:
    sent = RawDocument("acme", "https://x.example/1", "1", None, "job_offer", b"x", fetched_at=NOW, terms="link back")
    row = from_message(received(to_message(sent, received_at=NOW).value))
    assert isinstance(row, dict)
    assert (row["fetched_at"], row["terms"]) == (NOW, "link back")


@pytest.mark.parametrize("document", [DOCUMENT, REJECTED, CLOSED])
def test_messages_are_what_the_schema_says(document: RawDocument | RejectedDocument | ClosedDocument) -> None:
    message = to_message(document, received_at=NOW)
    assert message.key == document.document_id
    jsonschema.validate(json.loads(message.value), message_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"document_id": "x"}, message_schema())


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(to_message(DOCUMENT, received_at=NOW).value) | fields).encode()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"", "JSON"),
        (b"\xff\x00", "JSON"),
        (b"{}", "type"),
        (b'{"type": "document"}', "document_id"),
        (b"[" * 50_000, "JSON"),
        (changed(content="***"), "content"),
        (changed(kind_hint="poem"), "kind_hint"),
        (changed(extra=1), "extra"),
        (changed(received_at="yesterday"), "received_at"),
        (changed(source_key="another"), "document_id is not"),
        (changed(content="AAAA"), "content_hash"),
    ],
)
def test_what_is_no_message_is_a_rejection_that_says_why(value: bytes, why: str) -> None:
    back = from_message(received(value))
    assert isinstance(back, RejectedDocument)
    assert back.error_code == "malformed_message"
    assert why in back.detail
    assert back.payload == value[:65536]
    again = from_message(received(value, offset=8))
    assert isinstance(again, RejectedDocument)
    assert again.document_id != back.document_id


@given(st.binary(max_size=500))
def test_no_bytes_raise(value: bytes) -> None:
    assert isinstance(from_message(received(value)), RejectedDocument)
