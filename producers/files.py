"""Documents from files and folders: PDF, DOCX, HTML, text, JSON; and from files of rows: JSONL, JSON lists, CSV."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

from producers.row_files import MALFORMED_JSON, Row, array_rows, csv_rows, json_row, jsonl_rows
from talentflow.documents import Limits
from talentflow.documents.structured import records_in
from talentflow.errors import BadInput, DocumentTooLarge, EmptyDocument, UnreadableSource
from talentflow.eventlog.messages import MOST_PAYLOAD_BYTES, RawDocument, RejectedDocument
from talentflow.ids import content_hash, digest
from talentflow.records import Kind

SOURCE = "files"

_MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".htm": "text/html",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".rtf": "application/rtf",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".doc": "application/msword",
}
_ROW_FILES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jsonlines": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonld": "json",
}
_BINARY_STARTS = (b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"{\\rtf")
_NOT_DOCUMENTS = {"license", "licence", "notice", "readme", "copying", "changelog", "source"}
"""Names (without extension) of files that tell about a folder; skipped in a folder, taken when named themselves."""
_TRUTH = (".truth.json", ".truth.jsonl")
_LARGEST_DIRECTORY_DEPTH = 64

Found = RawDocument | RejectedDocument


@dataclass(frozen=True)
class _Sender:
    """What all messages of one search have in common."""

    kind: Kind | None
    limits: Limits

    def document(self, uri: str, key: str, content: bytes, media_type: str | None) -> RawDocument:
        return RawDocument(SOURCE, uri, key, media_type, self.kind, content)


def _rejection(uri: str, key: str, code: str, detail: str, content: bytes = b"") -> RejectedDocument:
    """A rejection whose hash covers its reason, since its bytes may be unknown."""
    hashed = digest(code, detail, content_hash(content))
    return RejectedDocument(SOURCE, uri, key, code, detail, content[:MOST_PAYLOAD_BYTES], hashed)


def find_documents(paths: Iterable[str | Path], *, kind: Kind | None = None, limits: Limits | None = None) -> Iterator[Found]:
    """Everything in `paths` that is or holds documents, one at a time, in sorted order.

    Args:
        paths: files and folders. A folder is walked whole, each folder in it once however it is linked; hidden files,
            `*.truth.json` and files about the folder (README, LICENSE, …) are left out.
        kind: what the user says the documents are; kept as `kind_hint`.
        limits: `bytes` bounds one document or row. A file of rows may be of any size.

    Returns:
        Documents, and rejections for what cannot be taken, with the first 64 KiB of it. Beyond the
        document at hand only two digests for each row id of the current file are held.

    Raises:
        BadInput: a path that does not exist.
    """
    chosen = [Path(p) for p in paths]
    for path in chosen:
        if not os.path.lexists(path):
            raise BadInput(f"{path} does not exist: check the path")
    return _from_paths(chosen, _Sender(kind, limits or Limits()))


def _from_paths(paths: list[Path], sender: _Sender) -> Iterator[Found]:
    for path in paths:
        for item in _walk(Path(os.path.abspath(path))):
            if isinstance(item, RejectedDocument):
                yield item
            else:
                yield from _from_file(item, sender)


def _shown(path: Path | str) -> str:
    """A path as text, whatever its bytes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _unreadable(path: Path | str, why: str) -> RejectedDocument:
    name = _shown(path)
    return _rejection(name, name, UnreadableSource.code, f"{name} cannot be read: {why}")


def _reason(error: OSError) -> str:
    said = (error.strerror or "the system refused").lower()
    return f"{said}. Grant access to it, or leave it out"


def _walk(root: Path) -> Iterator[Path | RejectedDocument]:
    """Files under `root`, or `root` itself; folders depth first by name, without recursion."""
    seen: set[tuple[int, int]] = set()
    stack: list[tuple[Path, int]] = [(root, 0)]
    while stack:
        path, depth = stack.pop()
        try:
            status = os.stat(path)
        except OSError as error:
            yield _unreadable(path, _reason(error))
            continue
        if not stat.S_ISDIR(status.st_mode):
            yield path
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        if depth > _LARGEST_DIRECTORY_DEPTH:
            yield _unreadable(path, "folders are nested too deep. Give the folder that holds the documents")
            continue
        try:
            with os.scandir(path) as entries:
                names = sorted(e.name for e in entries if not _left_out(e.name))
        except OSError as error:
            yield _unreadable(path, _reason(error))
            continue
        stack.extend((path / name, depth + 1) for name in reversed(names))


def _left_out(name: str) -> bool:
    folded = name.casefold()
    hidden = folded.startswith((".", "~$")) or folded in ("thumbs.db", "desktop.ini", "__macosx")
    return hidden or folded.endswith(_TRUTH) or folded.partition(".")[0] in _NOT_DOCUMENTS


def _from_file(path: Path, sender: _Sender) -> Iterator[Found]:
    try:
        # a pipe opened to read would wait for a writer without O_NONBLOCK
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        yield _unreadable(path, _reason(error))
        return
    with open(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            yield _unreadable(path, "it is a pipe, a socket or a device. Give a file or a folder")
            return
        try:
            yield from _from_stream(path, stream, status.st_size, sender)
        except OSError as error:
            yield _unreadable(path, _reason(error))


def _from_stream(path: Path, stream: IO[bytes], size: int, sender: _Sender) -> Iterator[Found]:
    name = _shown(path)
    if size == 0:
        yield _rejection(name, name, EmptyDocument.code, f"{name} is empty: send a file with text in it")
        return
    shape = _shape(path, stream)
    if shape == "jsonl":
        yield from _rows(name, jsonl_rows(stream, sender.limits.bytes), sender)
    elif shape == "csv":
        yield from _rows(name, csv_rows(stream, sender.limits.bytes), sender)
    elif shape == "array":
        yield from _rows(name, array_rows(stream, sender.limits.bytes), sender)
    elif size > sender.limits.bytes:
        detail = f"{name} has {size} bytes, more than {sender.limits.bytes}: send a smaller file"
        yield _rejection(name, name, DocumentTooLarge.code, detail)
    else:
        content = stream.read(sender.limits.bytes + 1)
        if shape == "json":
            yield from _from_json(name, path, content, sender)
        else:
            yield sender.document(name, name, content, _MEDIA_TYPES.get(path.suffix.casefold()))


def _shape(path: Path, stream: IO[bytes]) -> str:
    """`jsonl`, `csv`, `array`, `json` or `document`, by extension and the first bytes."""
    named = _ROW_FILES.get(path.suffix.casefold(), "document")
    if named == "document":
        return named
    head = stream.read(1 << 16)
    stream.seek(0)
    if head.startswith(_BINARY_STARTS):
        return "document"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if named == "csv":
        return named
    if start.startswith(b"["):
        return "array" if not _is_row_line(start.split(b"\n", 1)[0]) else "jsonl"
    if named == "jsonl":
        return "jsonl" if not _is_one_object(start, stream) else "json"
    first, _, rest = start.partition(b"\n")
    return "jsonl" if rest.lstrip().startswith(b"{") and _is_row_line(first) else "json"


def _is_row_line(line: bytes) -> bool:
    return line.lstrip().startswith(b"{") and json_row("", line.strip()).error_code is None


def _is_one_object(start: bytes, stream: IO[bytes]) -> bool:
    """A pretty-printed object in a `.jsonl`: its first line is only a bracket."""
    stream.seek(0)
    return start.split(b"\n", 1)[0].strip() == b"{"


def _from_json(name: str, path: Path, content: bytes, sender: _Sender) -> Iterator[Found]:
    """One document, or the records that an object carries in a list."""
    media_type = _MEDIA_TYPES.get(path.suffix.casefold(), "application/json")
    try:
        value: Any = json.loads(content)
    except UnicodeDecodeError:
        yield sender.document(name, name, content, media_type)
        return
    except (ValueError, RecursionError) as error:
        why = f" ({error.msg} at line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        detail = f"{name} is not valid JSON{why}: correct it and send it again"
        yield _rejection(name, name, MALFORMED_JSON, detail, content)
        return
    records = records_in(value)
    if records is None or len(records) < 2:
        yield sender.document(name, name, content, media_type)
        return
    rows = (json_row(f"item={i}", json.dumps(r, ensure_ascii=False).encode("utf-8", "replace")) for i, r in enumerate(records, 1))
    yield from _rows(name, rows, sender)


def _rows(name: str, rows: Iterable[Row], sender: _Sender) -> Iterator[Found]:
    """Rows as documents. The first row with an id keeps it; a later, different one is known by its content too."""
    seen: dict[bytes, bytes] = {}
    empty = True
    for row in rows:
        empty = False
        uri = f"{name}#{row.place}"
        hashed = content_hash(row.content)
        if row.error_code:
            yield _rejection(uri, f"{name}#{hashed}", row.error_code, f"{uri} {row.detail}", row.content)
            continue
        key = f"{name}#{row.key or hashed}"
        if row.key is not None:
            short = blake2b(row.key.encode(), digest_size=8).digest()
            mark = bytes.fromhex(hashed[:16])
            if seen.setdefault(short, mark) != mark:
                key = f"{key}#{hashed}"
        yield sender.document(uri, key, row.content, "application/json")
    if empty:
        detail = f"{name} has no rows: send a file with documents in it"
        yield _rejection(name, name, EmptyDocument.code, detail)
