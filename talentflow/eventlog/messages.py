"""What stands on the `documents` topic: JSON in UTF-8, bytes in base64.

A producer never drops what it cannot send: it sends the reason in `error_code` and `detail`, with what it has of the
bytes, and the consumer quarantines it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from talentflow.eventlog import Message, Received
from talentflow.ids import content_hash, digest, document_id
from talentflow.records import Kind


class DocumentMessage(BaseModel):
    """A document as its source sent it, or why it could not be sent (`error_code` and `detail` are set)."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    document_id: str
    source: str
    source_uri: str
    source_key: str
    content: bytes
    content_hash: str
    media_type: str | None = None
    kind_hint: Kind | None = None
    received_at: datetime
    error_code: str | None = None
    detail: str | None = None


def document_message(
    content: bytes,
    *,
    source: str,
    source_uri: str,
    source_key: str,
    received_at: datetime,
    media_type: str | None = None,
    kind_hint: Kind | None = None,
    error_code: str | None = None,
    detail: str | None = None,
) -> DocumentMessage:
    """A message with its ids. A rejection's hash covers its reason, since its bytes may be missing."""
    reason = f"{error_code}\x1f{detail}".encode() if error_code else b""
    return DocumentMessage(
        document_id=document_id(source, source_key),
        source=source,
        source_uri=source_uri,
        source_key=source_key,
        content=content,
        content_hash=content_hash(content + reason),
        media_type=media_type,
        kind_hint=kind_hint,
        received_at=received_at,
        error_code=error_code,
        detail=detail,
    )


def to_message(document: DocumentMessage) -> Message:
    """As appended to the log, keyed by the document."""
    headers = {"content_hash": document.content_hash, "source": document.source}
    return Message(key=document.document_id, value=document.model_dump_json().encode(), headers=headers)


def from_message(received: Received) -> DocumentMessage:
    """As read from the log. One that cannot be read becomes a rejection `malformed_message`, its bytes kept."""
    try:
        return DocumentMessage.model_validate_json(received.value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = f"{received.topic}/{received.partition}/{received.offset}"
        where = ".".join(str(p) for p in first["loc"]) or "the message"
        return DocumentMessage(
            document_id=digest("malformed_message", place),
            source=received.headers.get("source", "unknown"),
            source_uri=f"eventlog://{place}",
            source_key=place,
            content=received.value,
            content_hash=content_hash(received.value),
            received_at=datetime.fromtimestamp(received.timestamp / 1000).astimezone(),
            error_code="malformed_message",
            detail=f"message {place} is not a document ({where}: {first['msg']}): mend its producer and send it again",
        )


def json_schema() -> dict[str, Any]:
    """JSON Schema of the topic's values, for a schema registry."""
    return DocumentMessage.model_json_schema()
