"""What bytes are, told from the bytes: signatures first, then how text begins. Names and senders only break ties."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Literal

from talentflow.errors import CorruptDocument, EncryptedDocument, UnknownFormat

Format = Literal["pdf", "docx", "html", "rtf", "json", "markdown", "text"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_FRAGMENT = re.compile(
    rb"\A\s{0,64}<(?:div|p|h[1-6]|ul|ol|table|section|article|main|script|span|meta|title|header|br)\b", re.IGNORECASE
)
_EXTENSIONS: dict[str, Format] = {
    "pdf": "pdf",
    "docx": "docx",
    "docm": "docx",
    "dotx": "docx",
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "rtf": "rtf",
    "json": "json",
    "jsonld": "json",
    "md": "markdown",
    "markdown": "markdown",
    "txt": "text",
    "text": "text",
}
_MEDIA_TYPES: dict[str, Format] = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/rtf": "rtf",
    "text/rtf": "rtf",
    "application/json": "json",
    "application/ld+json": "json",
    "text/markdown": "markdown",
    "text/plain": "text",
}
NAMES: dict[Format, str] = {
    "pdf": "PDF",
    "docx": "DOCX",
    "html": "HTML",
    "rtf": "RTF",
    "json": "JSON",
    "markdown": "Markdown",
    "text": "plain text",
}


def claimed(media_type: str | None, name: str) -> Format | None:
    """What a document says of itself, by its media type, else by its name's extension."""
    said = _MEDIA_TYPES.get((media_type or "").partition(";")[0].strip().casefold())
    extension = name.rpartition(".")[2].casefold() if "." in name else ""
    by_name = _EXTENSIONS.get(extension.partition("#")[0])
    return by_name if said in (None, "text") and by_name else said


def sniff(content: bytes, said: Format | None, name: str) -> Format:
    """What the bytes are.

    Raises:
        UnknownFormat: no reader for them. EncryptedDocument, CorruptDocument: what the container shows at once.
    """
    head = content[:8192]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(content, name)
    if head.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in content:
            raise EncryptedDocument(f"{name} is password-protected: remove the password and send it again")
        raise UnknownFormat(f"{name} is an old Office file (.doc): save it as DOCX or PDF and send it again")
    if head.lstrip().startswith(b"{\\rtf"):
        return "rtf"
    if not _is_text(head, content):
        raise _unknown(head, said, name)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n\x00\xff\xfe")
    if start[:1] in (b"{", b"[") and (said == "json" or _looks_json(content)):
        return "json"
    if said == "html" or _HTML.search(head) or _FRAGMENT.match(start):
        return "html"
    if start.startswith(b"<?xml"):
        raise UnknownFormat(f"{name} is XML of a kind that is not read: send it as PDF, DOCX, HTML or JSON")
    if said == "json":
        raise CorruptDocument(f"{name} is not valid JSON: correct it and send it again")
    return "markdown" if said == "markdown" else "text"


def _looks_json(content: bytes) -> bool:
    end = content[-64:].rstrip(b" \t\r\n\x00")
    start = content[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    return (start[:1] == b"{" and end[-1:] == b"}" and b'"' in start) or (
        start[:1] == b"[" and end[-1:] == b"]" and b"{" in start
    )


def _zipped(content: bytes, name: str) -> Format:
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        raise CorruptDocument(f"{name} is damaged (a cut or broken ZIP container): save it again as DOCX or PDF") from None
    if "[Content_Types].xml" in names and any(n.startswith("word/") for n in names):
        return "docx"
    if any(n.startswith(("xl/", "ppt/")) for n in names):
        raise UnknownFormat(f"{name} is a spreadsheet or a presentation: save it as PDF and send it again")
    if "mimetype" in names and "content.xml" in names:
        raise UnknownFormat(f"{name} is an OpenDocument file: save it as DOCX or PDF and send it again")
    raise UnknownFormat(f"{name} is an archive: unpack it and send the documents in it")


_NOT_TEXT = bytes(c for c in range(32) if c not in b"\t\n\r\f\v\x1b\x08\x1a\x1c\x1d\x1e\x1f") + b"\x7f"


def _is_text(head: bytes, content: bytes) -> bool:
    """Few control bytes; UTF-16 with or without a mark counts as text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    from talentflow.documents.plain import likely_utf16

    if likely_utf16(content):
        return True
    controls = len(head) - len(head.translate(None, _NOT_TEXT))
    if controls > 0.01 * len(head) + 1:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            high = len(head) - len(head.translate(None, bytes(range(0x80, 0x100))))
            return high < 0.4 * len(head) or _mostly_utf8(head)
    return True


def _mostly_utf8(head: bytes) -> bool:
    text = head.decode("utf-8", "replace")
    return text.count("\ufffd") < 0.05 * len(text)


def _unknown(head: bytes, said: Format | None, name: str) -> UnknownFormat | CorruptDocument:
    if said in ("pdf", "docx"):
        return CorruptDocument(f"{name} is not the {NAMES[said]} that its name says, and no other document: export it again")
    import puremagic

    try:
        kind = puremagic.from_string(head).lstrip(".")
    except (puremagic.PureError, ValueError):
        kind = ""
    what = f"a {kind.upper()} file" if kind and kind.isalnum() else "no document that can be read"
    return UnknownFormat(f"{name} is {what}: send it as PDF, DOCX, HTML or plain text")
