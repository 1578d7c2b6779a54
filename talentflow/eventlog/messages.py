"""What stands on the topics: documents as sent, reports of those that could not be taken, closures; and interactions.

Every producer writes these messages and nothing else; the JSON Schema of a topic derives from the models here, and what
is appended is held to it (`talentflow/eventlog/checked.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from talentflow import ids
from talentflow.eventlog import DOCUMENTS_TOPIC, INTERACTIONS_TOPIC, Message, Received
from talentflow.eventlog.claims import UNREDEEMED
from talentflow.records import Interaction, Kind

MOST_PAYLOAD_BYTES = 64 * 1024
"""What is kept of a file or a message that could not be used."""
MOST_ANSWER_BYTES = 20 * 2**20
"""What is kept of a source's answer that could not be read: whole, so that it can be read again later."""

MOST_ID_CHARACTERS = 128

MALFORMED_MESSAGE = "malformed_message"
BRONZE_VERSION = "1"


@dataclass(frozen=True)
class RawDocument:
    """A document as its source sends it. `source_key` is what the source knows it by; the id comes from both."""

    source: str
    source_uri: str
    source_key: str
    media_type: str | None
    kind_hint: Kind | None
    content: bytes
    fetched_at: datetime | None = None
    """When it was read from another's server; None for what was given."""
    terms: str | None = None
    """Licence or terms under which it may be used."""

    @property
    def document_id(self) -> str:
        return ids.document_id(self.source, self.source_key)

    @property
    def content_hash(self) -> str:
        return ids.content_hash(self.content)


@dataclass(frozen=True)
class RejectedDocument:
    """Something that a source has and that cannot be taken: why, and what was read of it."""

    source: str
    source_uri: str
    source_key: str
    error_code: str
    detail: str
    payload: bytes = b""
    content_hash: str = ""
    """Of the whole, where it was read; of what is known of it otherwise."""
    received_at: datetime | None = field(default=None, compare=False)
    """When its message was made; None before that, and for a message that cannot be used."""

    @property
    def document_id(self) -> str:
        return ids.document_id(self.source, self.source_key)


@dataclass(frozen=True)
class ClosedDocument:
    """A document that its source does not offer any more: an offer that is filled or expired, a CV that was withdrawn."""

    source: str
    source_uri: str
    source_key: str
    closed_at: datetime
    reason: str
    received_at: datetime | None = field(default=None, compare=False)
    """When its message was made; None before that."""

    @property
    def document_id(self) -> str:
        return ids.document_id(self.source, self.source_key)


Found = RawDocument | RejectedDocument | ClosedDocument
"""What a source yields."""


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    document_id: str = Field(min_length=1, max_length=128)
    source: str
    source_uri: str
    source_key: str
    received_at: AwareDatetime


class DocumentMessage(_Envelope):
    """A document: its bytes in base64 (URL-safe alphabet)."""

    type: Literal["document"]
    content_hash: str
    fetched_at: AwareDatetime | None = None
    terms: str | None = None
    media_type: str | None = None
    kind_hint: Kind | None = None
    content: bytes


class RejectionMessage(_Envelope):
    """A document that its source could not take, for the quarantine."""

    type: Literal["rejection"]
    content_hash: str
    error_code: str
    detail: str
    payload: bytes = b""


class ClosureMessage(_Envelope):
    """A document that its source does not offer any more."""

    type: Literal["closure"]
    closed_at: AwareDatetime
    reason: str


_Sent = Annotated[DocumentMessage | RejectionMessage | ClosureMessage, Field(discriminator="type")]
_MESSAGE: TypeAdapter[DocumentMessage | RejectionMessage | ClosureMessage] = TypeAdapter(_Sent)
_INTERACTION = TypeAdapter(Interaction)
_INTERACTION_IDS = ("event_id", "actor_id", "offer_id", "candidate_id", "session_id")
_TOPICS: dict[str, TypeAdapter[Any]] = {DOCUMENTS_TOPIC: _MESSAGE, INTERACTIONS_TOPIC: _INTERACTION}

TOPICS = tuple(_TOPICS)
"""The topics whose messages have a schema."""


def topic_schema(topic: str) -> dict[str, Any] | None:
    """The JSON Schema (draft 7, which every registry reads) of a topic's messages; None for a topic that takes anything."""
    adapter = _TOPICS.get(topic)
    return {"$schema": "http://json-schema.org/draft-07/schema#"} | adapter.json_schema() if adapter else None


def message_schema() -> dict[str, Any]:
    """The JSON Schema of a message on the documents topic."""
    return _MESSAGE.json_schema()


def checker(topic: str) -> Callable[[bytes], str | None] | None:
    """What says why a value does not fit the schema of its topic, and None for one that does; None where all fit.

    The models that the schema is made of check it, strictly, without the detour over Python's own JSON objects.
    """
    adapter = _TOPICS.get(topic)
    if adapter is None:
        return None
    validate = adapter.validator.validate_json

    def why_not(value: bytes) -> str | None:
        try:
            validate(value, strict=True)
        except ValidationError as error:
            return first_reason(error)
        return None

    return why_not


def to_message(document: Found, *, received_at: datetime) -> Message:
    """The message for what a source yields; its key is the document's id, so that versions keep their order."""
    common: dict[str, Any] = {
        "document_id": document.document_id,
        "source": document.source,
        "source_uri": document.source_uri,
        "source_key": document.source_key,
        "received_at": received_at.astimezone(UTC),
    }
    if isinstance(document, RawDocument):
        message: _Envelope = DocumentMessage(
            **common,
            type="document",
            content_hash=document.content_hash,
            fetched_at=document.fetched_at,
            terms=document.terms,
            media_type=document.media_type,
            kind_hint=document.kind_hint,
            content=document.content,
        )
    elif isinstance(document, RejectedDocument):
        message = RejectionMessage(
            **common,
            type="rejection",
            content_hash=document.content_hash,
            error_code=document.error_code,
            detail=document.detail,
            payload=document.payload[:MOST_ANSWER_BYTES],
        )
    else:
        message = ClosureMessage(**common, type="closure", closed_at=document.closed_at, reason=document.reason)
    return Message(key=message.document_id, value=message.model_dump_json().encode())


def from_message(received: Received) -> dict[str, Any] | RejectedDocument | ClosedDocument:
    """A row of `bronze.documents`, a closure, or a rejection: one that was sent, or that of a message that is none.

    Never raises: what cannot be understood becomes a rejection with code `malformed_message`.
    """
    if (why := received.headers.get(UNREDEEMED)) is not None:
        return _malformed(received, why)
    try:
        message = _MESSAGE.validate_json(received.value)
    except ValidationError as error:
        return _malformed(received, first_reason(error))
    if isinstance(message, ClosureMessage):
        return ClosedDocument(
            message.source, message.source_uri, message.source_key, message.closed_at, message.reason, message.received_at
        )
    if isinstance(message, RejectionMessage):
        return RejectedDocument(
            message.source,
            message.source_uri,
            message.source_key,
            message.error_code,
            message.detail,
            message.payload[:MOST_ANSWER_BYTES],
            message.content_hash,
            message.received_at,
        )
    if message.document_id != ids.document_id(message.source, message.source_key):
        return _malformed(received, "its document_id is not that of its source and source_key")
    if message.content_hash != ids.content_hash(message.content):
        return _malformed(received, "its content is not what its content_hash says")
    return {
        "document_id": message.document_id,
        "content": message.content,
        "media_type": message.media_type,
        "kind_hint": message.kind_hint,
        "source": message.source,
        "source_uri": message.source_uri,
        "source_key": message.source_key,
        "received_at": message.received_at.astimezone(UTC),
        "fetched_at": message.fetched_at.astimezone(UTC) if message.fetched_at else None,
        "terms": message.terms,
        "topic": received.topic,
        "partition": received.partition,
        "offset": received.offset,
        "content_hash": message.content_hash,
    }


def interaction_message(interaction: Interaction) -> Message:
    """The message for an interaction; its key is the event's id, so that twins meet in one partition."""
    return Message(key=interaction.event_id, value=interaction.model_dump_json().encode())


def from_interaction(received: Received) -> Interaction | RejectedDocument:
    """An interaction with its time in UTC, or the rejection of a message that is none.

    Never raises: what cannot be understood becomes a rejection with code `malformed_message`.
    """
    if (why := received.headers.get(UNREDEEMED)) is not None:
        return _malformed(received, why)
    try:
        return usable(_INTERACTION.validate_json(received.value))
    except ValidationError as error:
        return _malformed(received, first_reason(error))
    except ValueError as error:
        return _malformed(received, str(error))


def usable(interaction: Interaction) -> Interaction:
    """The interaction as the table keeps it: ids without white space around them, an empty one null, the time in UTC.

    Raises: ValueError, which says why it cannot be used: an id that is none, nothing that it is about, a time that is none.
    """
    ids_said = {name: (getattr(interaction, name) or "").strip() for name in _INTERACTION_IDS}
    for name, said in ids_said.items():
        if len(said) > MOST_ID_CHARACTERS or not said.isprintable():
            raise ValueError(f"{name}: not an id of at most {MOST_ID_CHARACTERS} printable characters")
    if not (ids_said["event_id"] and ids_said["actor_id"]):
        raise ValueError("event_id and actor_id: neither may be empty")
    if not (ids_said["offer_id"] or ids_said["candidate_id"]):
        raise ValueError("offer_id and candidate_id: one of them has to be given")
    told = {name: said or None for name, said in ids_said.items()}
    return interaction.model_copy(update=told | {"occurred_at": utc_time(interaction.occurred_at)})


def utc_time(said: str, *, zone: tzinfo | None = None) -> str:
    """`2026-11-26T18:31:02.000Z` for a time in ISO 8601; without a zone it is one of `zone`.

    Raises: ValueError, which says why it is none.
    """
    try:
        at = datetime.fromisoformat(said.strip())
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        utc = at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError) as error:
        raise ValueError("occurred_at: not a time in ISO 8601") from error
    if utc is None:
        raise ValueError("occurred_at: a time without its zone")
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _malformed(received: Received, why: str) -> RejectedDocument:
    place = f"{received.topic}/{received.partition}/{received.offset}"
    return RejectedDocument(
        "eventlog",
        place,
        place,
        MALFORMED_MESSAGE,
        f"message {place} cannot be used: {why}. Have its producer send it again as the topic's schema says",
        received.value[:MOST_PAYLOAD_BYTES],
        ids.content_hash(received.value),
    )


def first_reason(error: ValidationError) -> str:
    """What is wrong in one line: the field and why, never the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(p) for p in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
