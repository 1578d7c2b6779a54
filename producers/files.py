"""Documents from files and folders: PDF, DOCX, HTML, text, JSON; mail; and files of rows: JSONL, JSON lists, CSV, Parquet."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

import structlog

from producers.mapping import SPREADSHEETS, SUFFIX, header_of, load_mapping, mapper_for, rows_of
from producers.reading import Answer, Counts, Reading
from producers.row_files import MALFORMED_JSON, Row, array_rows, json_row, jsonl_rows
from producers.sources import KINDS, FilesSource
from talentflow.documents import Limits
from talentflow.documents.limits import document_limits
from talentflow.documents.structured import records_in
from talentflow.errors import BadInput, DocumentTooLarge, EmptyDocument, UnknownFormat, UnreadableSource
from talentflow.eventlog.messages import MOST_PAYLOAD_BYTES, RawDocument, RejectedDocument
from talentflow.ids import content_hash, digest
from talentflow.records import Kind

log = structlog.get_logger(__name__)

SOURCE = "files"
BAD_MAPPING = "bad_mapping"

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
    ".parquet": "parquet",
    ".pq": "parquet",
    ".eml": "mail",
    ".mbox": "mail",
    ".mbx": "mail",
    ".json": "json",
    ".jsonld": "json",
}
_BINARY_STARTS = (b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"{\\rtf")
_NOT_DOCUMENTS = {"license", "licence", "notice", "readme", "copying", "changelog", "source"}
"""Names (without extension) of files that tell about a folder; skipped in a folder, taken when named themselves."""
_ABOUT_FILES = (".truth.json", ".truth.jsonl", SUFFIX)
_LARGEST_DIRECTORY_DEPTH = 64
_ANSWER_DOCUMENTS = 256
_ANSWER_BYTES = 16 * 2**20

Found = RawDocument | RejectedDocument
T = TypeVar("T")


@dataclass(frozen=True)
class Sender:
    """What all messages of one search have in common."""

    kind: Kind | None
    limits: Limits
    source: str = SOURCE
    terms: str | None = None
    mapping: Path | None = None

    def document(self, uri: str, key: str, content: bytes, media_type: str | None, kind: Kind | None = None) -> RawDocument:
        """A document; `kind` is what its place tells, where the user has not said."""
        return RawDocument(self.source, uri, key, media_type, self.kind or kind, content, terms=self.terms)

    def rejection(self, uri: str, key: str, code: str, detail: str, content: bytes = b"") -> RejectedDocument:
        """A rejection whose hash covers its reason, since its bytes may be unknown."""
        hashed = digest(code, detail, content_hash(content))
        return RejectedDocument(self.source, uri, key, code, detail, content[:MOST_PAYLOAD_BYTES], hashed)


def read_files(source: FilesSource, reading: Reading) -> Iterator[Answer]:
    """A configured source of files, some documents an answer.

    Raises: BadInput for a path that does not exist, or a mapping that is wrong.
    """
    if source.mapping is not None:
        load_mapping(source.mapping)
    limits = document_limits(reading.settings)
    sender = Sender(KINDS[source.kind], limits, source.name, source.terms, source.mapping)
    yield from in_answers(from_paths(existing(source.paths), sender, _from_stream), reading.counts)


def in_answers(found: Iterable[Found], counts: Counts) -> Iterator[Answer]:
    """Documents in groups that are worth a commit and small enough to hold; counts them as fetched."""
    group: list[Found] = []
    size = 0
    for item in found:
        counts.fetched += 1
        group.append(item)
        size += len(item.content) if isinstance(item, RawDocument) else len(item.payload)
        if len(group) >= _ANSWER_DOCUMENTS or size >= _ANSWER_BYTES:
            yield Answer(group)
            group, size = [], 0
    if group:
        yield Answer(group)


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
    return from_paths(existing(paths), Sender(kind, limits or Limits()), _from_stream)


def existing(paths: Iterable[str | Path]) -> list[Path]:
    """Raises BadInput for a path that does not exist."""
    chosen = [Path(p) for p in paths]
    for path in chosen:
        if not os.path.lexists(path):
            raise BadInput(f"{path} does not exist: check the path")
    return chosen


Read = Callable[[Path, IO[bytes], int, Sender], Iterator[T | RejectedDocument]]
"""From a file that is not empty, its size and what rejections have in common, to what it holds."""


def from_paths(paths: Iterable[Path], sender: Sender, read: Read[T]) -> Iterator[T | RejectedDocument]:
    """What `read` finds in each file of these paths, file by file in sorted order, and rejections of what cannot be read."""
    for path in paths:
        for item in walk(Path(os.path.abspath(path))):
            if isinstance(item, Path):
                yield from _from_file(item, sender, read)
            else:
                yield _unreadable(item.path, item.why, sender)


class Unreadable(NamedTuple):
    """A file or folder that cannot be read, and why."""

    path: Path
    why: str


def shown(path: Path | str) -> str:
    """A path as text, whatever its bytes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _unreadable(path: Path | str, why: str, sender: Sender) -> RejectedDocument:
    name = shown(path)
    return sender.rejection(name, name, UnreadableSource.code, f"{name} cannot be read: {why}")


def _reason(error: OSError) -> str:
    said = (error.strerror or "the system refused").lower()
    return f"{said}. Grant access to it, or leave it out"


def walk(root: Path) -> Iterator[Path | Unreadable]:
    """Files under `root`, or `root` itself; folders depth first by name, without recursion."""
    seen: set[tuple[int, int]] = set()
    stack: list[tuple[Path, int]] = [(root, 0)]
    while stack:
        path, depth = stack.pop()
        try:
            status = os.stat(path)
        except OSError as error:
            yield Unreadable(path, _reason(error))
            continue
        if not stat.S_ISDIR(status.st_mode):
            yield path
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        if depth > _LARGEST_DIRECTORY_DEPTH:
            yield Unreadable(path, "folders are nested too deep. Give the folder that holds the documents")
            continue
        try:
            with os.scandir(path) as entries:
                names = sorted(e.name for e in entries if not left_out(e.name))
        except OSError as error:
            yield Unreadable(path, _reason(error))
            continue
        stack.extend((path / name, depth + 1) for name in reversed(names))


def left_out(name: str) -> bool:
    folded = name.casefold()
    hidden = folded.startswith((".", "~$")) or folded in ("thumbs.db", "desktop.ini", "__macosx")
    return hidden or folded.endswith(_ABOUT_FILES) or folded.partition(".")[0] in _NOT_DOCUMENTS


def _from_file(path: Path, sender: Sender, read: Read[T]) -> Iterator[T | RejectedDocument]:
    try:
        # a pipe opened to read would wait for a writer without O_NONBLOCK
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        yield _unreadable(path, _reason(error), sender)
        return
    with open(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            yield _unreadable(path, "it is a pipe, a socket or a device. Give a file or a folder", sender)
            return
        try:
            if status.st_size == 0:
                name = shown(path)
                yield sender.rejection(name, name, EmptyDocument.code, f"{name} is empty: send a file with text in it")
            else:
                yield from read(path, stream, status.st_size, sender)
        except OSError as error:
            yield _unreadable(path, _reason(error), sender)


def _from_stream(path: Path, stream: IO[bytes], size: int, sender: Sender) -> Iterator[Found]:
    name = shown(path)
    shape = shape_of(path, stream)
    if shape == "jsonl":
        yield from _rows(name, jsonl_rows(stream, sender.limits.bytes), sender)
    elif shape in ("csv", "parquet"):
        yield from _from_columns(name, path, stream, sender)
    elif shape == "mail":
        from producers.mailbox import mails_in

        yield from mails_in(path, stream, sender)
    elif shape == "array":
        yield from _rows(name, array_rows(stream, sender.limits.bytes), sender)
    elif shape == "spreadsheet":
        detail = f"{name} is a spreadsheet: save it as CSV (UTF-8) and send that"
        yield sender.rejection(name, name, UnknownFormat.code, detail)
    elif size > sender.limits.bytes:
        detail = f"{name} has {size} bytes, more than {sender.limits.bytes}: send a smaller file"
        yield sender.rejection(name, name, DocumentTooLarge.code, detail)
    else:
        content = stream.read(sender.limits.bytes + 1)
        if shape == "json":
            yield from _from_json(name, path, content, sender)
        else:
            yield sender.document(name, name, content, _MEDIA_TYPES.get(path.suffix.casefold()))


def shape_of(path: Path, stream: IO[bytes]) -> str:
    """`jsonl`, `csv`, `parquet`, `array`, `json`, `mail`, `spreadsheet` or `document`, by extension and the first bytes."""
    named = _ROW_FILES.get(path.suffix.casefold(), "document")
    if named == "document":
        return "spreadsheet" if path.suffix.casefold() in SPREADSHEETS else named
    head = stream.read(1 << 16)
    stream.seek(0)
    if named == "parquet":
        return named
    if head.startswith(_BINARY_STARTS):
        return "document"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if named in ("csv", "mail"):
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


def _from_json(name: str, path: Path, content: bytes, sender: Sender) -> Iterator[Found]:
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
        yield sender.rejection(name, name, MALFORMED_JSON, detail, content)
        return
    records = records_in(value)
    if records is None or len(records) < 2:
        yield sender.document(name, name, content, media_type)
        return
    rows = (json_row(f"item={i}", json.dumps(r, ensure_ascii=False).encode("utf-8", "replace")) for i, r in enumerate(records, 1))
    yield from _rows(name, rows, sender)


def _from_columns(name: str, path: Path, stream: IO[bytes], sender: Sender) -> Iterator[Found]:
    """Rows of a CSV or Parquet file, with their columns named by its mapping."""
    try:
        mapper = mapper_for(path, header_of(path, stream), mapping=sender.mapping)
    except BadInput as error:
        log.warning("a column mapping cannot be used", file=name, error=str(error))
        yield sender.rejection(name, name, BAD_MAPPING, str(error))
        return
    rows = rows_of(path, stream, sender.limits.bytes)
    if mapper is not None and mapper.kind == "interactions":
        detail = f"the mapping of {name} says that its rows are interactions: ingest it with --as interactions"
        yield sender.rejection(name, name, BAD_MAPPING, detail)
    elif mapper is None:
        yield from _rows(name, rows, sender)
    else:
        yield from _rows(name, map(mapper, rows), sender, kind="cv" if mapper.kind == "cv" else "job_offer")


def _rows(name: str, rows: Iterable[Row], sender: Sender, *, kind: Kind | None = None) -> Iterator[Found]:
    """Rows as documents. The first row with an id keeps it; a later, different one is known by its content too."""
    seen: dict[bytes, bytes] = {}
    empty = True
    for row in rows:
        empty = False
        uri = f"{name}#{row.place}"
        hashed = content_hash(row.content)
        if row.error_code:
            yield sender.rejection(uri, f"{name}#{hashed}", row.error_code, f"{uri} {row.detail}", row.content)
            continue
        key = f"{name}#{row.key or hashed}"
        if row.key is not None:
            short = blake2b(row.key.encode(), digest_size=8).digest()
            mark = bytes.fromhex(hashed[:16])
            if seen.setdefault(short, mark) != mark:
                key = f"{key}#{hashed}"
        yield sender.document(uri, key, row.content, "application/json", kind)
    if empty:
        detail = f"{name} has no rows: send a file with documents in it"
        yield sender.rejection(name, name, EmptyDocument.code, detail)
