"""What is attached to mail: which parts are documents, and what archives hold."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple

from talentflow.documents import Limits
from talentflow.errors import CorruptDocument, DocumentError, DocumentTooLarge, EncryptedDocument

_SMALL_IMAGE = 30_000
"""Bytes: a smaller image is a logo, also when it is attached."""
_MOST_MEMBERS = 100
_ZIP = b"PK\x03\x04"
_PIECE = 1 << 16
_SIGNATURES = (".p7s", ".asc", ".sig")
_LEFT_OUT = {
    "text/calendar": "calendar invitations",
    "application/ics": "calendar invitations",
    "application/pkcs7-signature": "signatures",
    "application/x-pkcs7-signature": "signatures",
    "application/pgp-signature": "signatures",
    "application/pgp-keys": "signatures",
    "application/ms-tnef": "winmail.dat",
    "application/vnd.ms-tnef": "winmail.dat",
    "text/vcard": "contact cards",
    "text/x-vcard": "contact cards",
    "text/directory": "contact cards",
    "text/x-amp-html": "other forms of the text",
    "message/delivery-status": "delivery reports",
    "text/rfc822-headers": "delivery reports",
    "message/disposition-notification": "delivery reports",
}
_LEFT_OUT_NAMES = {
    ".ics": "calendar invitations",
    ".p7s": "signatures",
    ".asc": "signatures",
    ".sig": "signatures",
    ".vcf": "contact cards",
}
_TYPES = frozenset({"application/pdf", "text/html", "text/plain", "application/rtf", "text/rtf", "application/json"})


@dataclass(frozen=True)
class Attachment:
    """One part of a message, or one file of an archive in it. `name` is safe to show and has no folders."""

    name: str
    media_type: str
    disposition: str
    inline_id: bool
    content: bytes

    @property
    def document_type(self) -> str | None:
        """The media type, where it says something of a document."""
        return self.media_type if self.media_type in _TYPES or "officedocument" in self.media_type else None


class Left(NamedTuple):
    """Why a part is no document."""

    reason: str


def judged(part: Attachment) -> Left | None:
    """Why a part is left out; None for one that may be a document."""
    name = part.name.casefold()
    extension = name[name.rfind(".") :] if "." in name else ""
    reason = _LEFT_OUT.get(part.media_type) or _LEFT_OUT_NAMES.get(extension)
    if name == "winmail.dat":
        reason = "winmail.dat"
    main = part.media_type.partition("/")[0]
    if reason is None and main == "image":
        shown = part.disposition != "attachment" or part.inline_id
        reason = "inline images" if shown or len(part.content) < _SMALL_IMAGE else None
    if reason is None and main in ("audio", "video"):
        reason = "sound and film"
    if reason is None and main == "text" and not part.name and part.disposition != "attachment":
        reason = "other forms of the text"
    if reason is None and not part.name and not part.content:
        reason = "empty parts"
    return Left(reason) if reason else None


def unpacked(part: Attachment, limits: Limits) -> Iterator[tuple[Attachment, DocumentError | Left | None]]:
    """A part as it is, or the files in it when it is an archive; with each, what is wrong with it or why it is left out."""
    if not part.content.startswith(_ZIP):
        yield part, None
        return
    try:
        archive = zipfile.ZipFile(BytesIO(part.content))
        members = [m for m in archive.infolist() if not m.is_dir()]
    except _BROKEN:
        yield part, CorruptDocument("is a damaged archive: ask for it again")
        return
    names = {m.filename for m in members}
    if "[Content_Types].xml" in names or "mimetype" in names:
        yield part, None
        return
    left = limits.expansion
    for number, member in enumerate(members):
        if number >= _MOST_MEMBERS:
            yield part, DocumentTooLarge(f"holds more than {_MOST_MEMBERS} files: unpack it and ingest the folder")
            return
        most = min(limits.bytes, left)
        inner, said = _member(archive, member, most)
        left -= most if isinstance(said, DocumentTooLarge) else len(inner.content)
        yield inner, said
        if left <= 0:
            yield part, DocumentTooLarge(f"unpacks to more than {limits.expansion} bytes: unpack it and ingest the folder")
            return


_BROKEN = (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError, KeyError, zlib.error)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> tuple[Attachment, DocumentError | Left | None]:
    from producers.mailbox import safe_name

    name = safe_name(member.filename)
    empty = Attachment(name, "application/octet-stream", "attachment", False, b"")
    if member.filename.rpartition("/")[2].startswith((".", "~$")) or member.filename.startswith("__MACOSX"):
        return empty, Left("hidden files in archives")
    if member.flag_bits & 1:
        return empty, EncryptedDocument("is in an archive with a password: unpack it and ingest the files")
    content = bytearray()
    try:
        with archive.open(member) as stream:
            while len(content) <= most and (piece := stream.read(_PIECE)):
                content += piece
    except _BROKEN:
        return empty, CorruptDocument("is damaged inside its archive: ask for it again")
    if len(content) > most:
        return empty, DocumentTooLarge("is too large when unpacked: unpack it and ingest the files")
    inner = Attachment(name, "application/octet-stream", "attachment", False, bytes(content))
    return inner, judged(inner)
