"""Mail to documents: mbox exports, Maildir folders and `.eml` files, each attachment that may be a CV or an offer.

An mbox is read a message at a time, so that memory is bound by the largest message that is allowed. The standard library's
`mailbox.mbox` splits at any line that begins with `From `; here a separator has an empty line before it and a date.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, TypeVar

import structlog

from producers.attachments import Attachment, Left, judged, unpacked
from producers.files import Sender, Unreadable, in_answers, shown, walk
from producers.reading import Answer, Reading
from producers.sources import KINDS, MailboxSource
from talentflow.documents.html import plain_of
from talentflow.documents.limits import document_limits
from talentflow.documents.plain import decode
from talentflow.errors import BadInput, CorruptDocument, DocumentError, DocumentTooLarge, EncryptedDocument, UnreadableSource
from talentflow.eventlog.messages import MOST_PAYLOAD_BYTES, RawDocument, RejectedDocument
from talentflow.ids import content_hash

log = structlog.get_logger(__name__)

BODY_CHARACTERS = 600
"""A mail without an attachment is a document itself when its text has this many; a letter that announces one has fewer."""
_MOST_MESSAGE_BYTES = 64 * 2**20
_MOST_PARTS = 500
_OTHER_FILES = (".msf", ".dat", ".msg", ".pst", ".ost", ".pdf", ".docx", ".zip", ".json", ".csv")
_DEEPEST = 4
_LINE = 1 << 16
_SEPARATOR = re.compile(rb"From \S+.{0,80}\d{1,2}:\d{2}.{0,80}\d{4}|From (?:\S+@\S+|MAILER-DAEMON) *\r?\n")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, NotImplementedError, MessageError)
"""What the standard library raises, beside its own errors, for headers and parts that break the rules."""
Found = RawDocument | RejectedDocument
T = TypeVar("T")


@dataclass
class _Mailbox:
    """What the messages of one mailbox have in common."""

    sender: Sender
    name: str
    left_out: Counter[str] = field(default_factory=Counter[str])
    """Reason → parts and messages that were left out."""
    seen: set[bytes] = field(default_factory=set[bytes])


def read_mailbox(source: MailboxSource, reading: Reading) -> Iterator[Answer]:
    """A configured mailbox: an mbox file, a Maildir, an `.eml` file or a folder of these.

    What is left out (signatures, invitations, inline images, messages that came before) is counted as skipped.

    Raises: BadInput for a path that does not exist.
    """
    if not source.path.exists():
        raise BadInput(f"{source.path} does not exist: give an mbox file, a Maildir or a folder of .eml files")
    sender = Sender(KINDS[source.kind], document_limits(reading.settings), source.name, source.terms)
    box = _Mailbox(sender, shown(source.path.absolute()))
    for answer in in_answers(_messages_in(source.path.absolute(), box), reading.counts):
        reading.counts.skipped = box.left_out.total()
        yield answer
    reading.counts.skipped = box.left_out.total()
    if box.left_out:
        log.info("parts of mail were left out", mailbox=box.name, **{k.replace(" ", "_"): n for k, n in box.left_out.items()})


def mails_in(path: Path, stream: IO[bytes], sender: Sender) -> Iterator[Found]:
    """The documents of one mail file: an mbox, or one message."""
    box = _Mailbox(sender, shown(path))
    yield from _from_stream(stream, box)
    if box.left_out:
        log.info("parts of mail were left out", mailbox=box.name, **{k.replace(" ", "_"): n for k, n in box.left_out.items()})


def _messages_in(root: Path, box: _Mailbox) -> Iterator[Found]:
    for item in walk(root):
        if isinstance(item, Unreadable):
            name = shown(item.path)
            yield box.sender.rejection(name, name, UnreadableSource.code, f"{name} cannot be read: {item.why}")
            continue
        if item != root and _is_no_mail(item):
            box.left_out["files that are no mail"] += 1
            continue
        try:
            with item.open("rb") as stream:
                yield from _from_stream(stream, box)
        except OSError as error:
            name = shown(item)
            why = (error.strerror or "the system refused").lower()
            yield box.sender.rejection(name, name, UnreadableSource.code, f"{name} cannot be read: {why}. Grant access to it")


def _is_no_mail(path: Path) -> bool:
    """Mail programs' own files, and mail that is being delivered to a Maildir."""
    return path.suffix.casefold() in _OTHER_FILES or (path.parent.name == "tmp" and (path.parent.parent / "cur").is_dir())


def _from_stream(stream: IO[bytes], box: _Mailbox) -> Iterator[Found]:
    for number, (raw, whole) in enumerate(split_mbox(stream), 1):
        if whole:
            yield from documents_of(raw, box)
        else:
            uri = f"{box.name}#message={number}"
            detail = f"{uri} has more than {_MOST_MESSAGE_BYTES} bytes: save its attachments and ingest those"
            yield box.sender.rejection(uri, uri, DocumentTooLarge.code, detail, raw)


def split_mbox(stream: IO[bytes], limit: int = _MOST_MESSAGE_BYTES) -> Iterator[tuple[bytes, bool]]:
    """Each message without its separator line, and whether it is whole; a file without separators is one message."""
    held = bytearray()
    whole = after_empty = True
    line_start = True
    is_mbox = False
    while line := stream.readline(_LINE):
        if line_start and after_empty and line.startswith(b"From ") and _SEPARATOR.match(line):
            if held.strip():
                yield _unescaped(held, is_mbox), whole
            held, whole, is_mbox = bytearray(), True, True
        elif whole:
            held += line
            if len(held) > limit:
                whole = False
                del held[MOST_PAYLOAD_BYTES:]
        after_empty = line_start and line in (b"\n", b"\r\n")
        line_start = line.endswith(b"\n")
    if held.strip():
        yield _unescaped(held, is_mbox), whole


def _unescaped(held: bytearray, is_mbox: bool) -> bytes:
    return _ESCAPED.sub(rb"\1", held) if is_mbox and b"\n>" in held else bytes(held)


def documents_of(raw: bytes, box: _Mailbox) -> Iterator[Found]:
    """The documents of one message. Never raises: what cannot be read is a rejection."""
    fallback = content_hash(raw)
    try:
        message = message_from_bytes(raw, policy=policy.default)
        identity = _identity(message) or fallback
    except _BROKEN as error:
        yield _rejected(box, fallback, CorruptDocument(f"cannot be read as mail ({type(error).__name__}): save it again"), raw)
        return
    mark = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    if mark in box.seen:
        box.left_out["messages that came before"] += 1
        return
    box.seen.add(mark)
    try:
        yield from list(_documents(message, identity, box))
    except DocumentError as error:
        yield _rejected(box, identity, error, raw)
    except _BROKEN as error:
        detail = f"has parts that cannot be read ({type(error).__name__}): save its attachments and ingest those"
        yield _rejected(box, identity, CorruptDocument(detail), raw)


def _rejected(box: _Mailbox, identity: str, error: DocumentError, raw: bytes) -> RejectedDocument:
    uri = f"{box.name}#{identity}"
    return box.sender.rejection(uri, identity, error.code, f"the message {uri} {error}", raw)


def _identity(message: Message[Any, Any]) -> str | None:
    """Its Message-ID, on one line."""
    said = _safely(lambda: str(message.get("Message-ID", "")), "")
    return re.sub(r"[\s<>\x00-\x1f\x7f]+", "", said).encode("utf-8", "backslashreplace").decode()[:500] or None


def _safely(read: Callable[[], T], otherwise: T) -> T:
    try:
        return read()
    except _BROKEN:
        return otherwise


def _documents(message: EmailMessage, identity: str, box: _Mailbox) -> Iterator[Found]:
    if _is_encrypted(message):
        raise EncryptedDocument("is encrypted: decrypt it in the mail program, save the attachments and ingest those")
    body = _safely(lambda: message.get_body(("plain", "html")), None)
    taken = 0
    for place, part in enumerate(_leaves(message), 1):
        if part is body:
            continue
        attachment = _attachment(part)
        left = judged(attachment)
        if left is not None:
            box.left_out[left.reason] += 1
            continue
        taken += 1
        yield from _taken(attachment, f"{identity}#{place}", identity, box)
    text = _body_text(body) if body is not None and not taken else ""
    if len(text) >= BODY_CHARACTERS:
        uri = f"{box.name}#{identity}/body.txt"
        document = box.sender.document(uri, f"{identity}#body", text.encode("utf-8", "replace"), "text/plain")
        # CVs come attached: a long text may as well be a newsletter, so that it remains to be judged
        yield replace(document, kind_hint=None if document.kind_hint == "cv" else document.kind_hint)
    elif not taken:
        box.left_out["messages without a document"] += 1


def _leaves(message: EmailMessage) -> Iterator[Message[Any, Any]]:
    """Parts that hold something, those of forwarded messages too, without recursion."""
    stack: list[tuple[Message[Any, Any], int]] = [(message, 0)]
    found = 0
    while stack and found < _MOST_PARTS:
        part, depth = stack.pop()
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list):
            if depth < _DEEPEST * 4:
                stack.extend((p, depth + 1) for p in reversed(inner) if isinstance(p, Message))
            continue
        found += 1
        yield part


def _is_encrypted(message: Message[Any, Any]) -> bool:
    kind = _safely(message.get_content_type, "text/plain")
    if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return _safely(lambda: str(message.get_param("smime-type", "")), "") != "signed-data"
    return kind == "multipart/encrypted"


def _attachment(part: Message[Any, Any]) -> Attachment:
    name = _safely(lambda: part.get_filename() or "", "")
    content = _safely(lambda: part.get_payload(decode=True), None)
    return Attachment(
        name=safe_name(name),
        media_type=_safely(part.get_content_type, "application/octet-stream"),
        disposition=_safely(lambda: part.get_content_disposition() or "", ""),
        inline_id=bool(_safely(lambda: part.get("Content-ID"), None)),
        content=content if isinstance(content, bytes) else b"",
    )


def safe_name(name: str) -> str:
    """The last part of a name that may be a path, without control and direction marks."""
    last = re.split(r"[/\\]", name)[-1]
    bare = "".join(c for c in last if c.isprintable() and c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    kept = bare.strip(" .")
    return kept if len(kept) <= 150 else kept[:100] + kept[-50:]


def _taken(attachment: Attachment, key: str, identity: str, box: _Mailbox) -> Iterator[Found]:
    """The document of an attachment; those in it, when it is an archive."""
    for inner, said in unpacked(attachment, box.sender.limits):
        name = inner.name or "attachment"
        uri = f"{box.name}#{identity}/{name}"
        own_key = key if inner is attachment else f"{key}/{inner.name}"
        if isinstance(said, Left):
            box.left_out[said.reason] += 1
        elif said is not None:
            yield box.sender.rejection(uri, own_key, said.code, f"{uri} {said}", inner.content)
        elif not inner.content:
            yield box.sender.rejection(uri, own_key, CorruptDocument.code, f"{uri} is empty or cut off: ask for it again")
        elif len(inner.content) > box.sender.limits.bytes:
            detail = f"{uri} has {len(inner.content)} bytes, more than {box.sender.limits.bytes}: send a smaller file"
            yield box.sender.rejection(uri, own_key, DocumentTooLarge.code, detail, inner.content)
        else:
            yield box.sender.document(uri, own_key, inner.content, inner.document_type)


def _body_text(body: Message[Any, Any]) -> str:
    """The text of a mail as people read it, whatever its charset says."""
    content = _safely(lambda: body.get_payload(decode=True), None)
    if not isinstance(content, bytes):
        return ""
    charset = _safely(lambda: body.get_content_charset(), None)
    text = decode(content, charset)[0].replace("\x00", "")
    if _safely(body.get_content_subtype, "plain") == "html":
        try:
            text = plain_of(text)
        except DocumentError:
            return ""
    return text.strip()
