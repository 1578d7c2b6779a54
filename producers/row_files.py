"""Files of many rows, one row at a time: JSONL, JSON arrays, CSV. Memory is bound by the largest row allowed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

from talentflow.documents.plain import decode
from talentflow.documents.values import column
from talentflow.eventlog.messages import MOST_PAYLOAD_BYTES

MALFORMED_JSON = "malformed_json"
MALFORMED_CSV = "malformed_csv"
TOO_LARGE = "document_too_large"

_CHUNK = 1 << 16
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"
_MOST_FIELD_CHARACTERS = 2**20
_ID_COLUMNS = (
    *(
        "id",
        "_id",
        "uuid",
        "offer_id",
        "job_id",
        "cv_id",
        "resume_id",
        "candidate_id",
        "external_id",
        "reference",
        "ref",
        "ref_number",
    ),
    *("req_id", "shortcode", "slug", "url", "link", "job_url", "absolute_url"),
)


class Row(NamedTuple):
    """One row: where it starts, its bytes as JSON object, its own id if it has one; or why it cannot be used."""

    place: str
    content: bytes
    key: str | None = None
    error_code: str | None = None
    detail: str = ""


def own_id(row: dict[str, Any]) -> str | None:
    """What the row itself says it is known by: its `id`, `job_id`, `reference`, … or its URL."""
    known: dict[str, Any] = {}
    for name, value in row.items():
        known.setdefault("_id" if name == "_id" else column(str(name)), value)
    for name in _ID_COLUMNS:
        value = known.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
            return str(value)
        if isinstance(value, str) and value.strip() and value.strip().casefold() not in ("none", "null", "nan", "n/a"):
            return value.strip()[:2000].encode("utf-8", "backslashreplace").decode()
    return None


def json_row(place: str, content: bytes) -> Row:
    """A row from the bytes of one JSON object."""
    try:
        value = json.loads(content)
    except UnicodeDecodeError:
        return _json_text_row(place, content)
    except json.JSONDecodeError as error:
        return Row(place, content, None, MALFORMED_JSON, f"is not valid JSON ({error.msg} at column {error.colno}): correct it")
    except (ValueError, RecursionError):
        return Row(
            place, content, None, MALFORMED_JSON, "is not JSON that can be read (too deep or a number too long): correct it"
        )
    return _object_row(place, content, value)


def _json_text_row(place: str, content: bytes) -> Row:
    try:
        value = json.loads(decode(content)[0])
    except (ValueError, RecursionError):
        return Row(place, content, None, MALFORMED_JSON, "is neither UTF-8 nor valid JSON: correct it")
    return _object_row(place, content, value)


def _object_row(place: str, content: bytes, value: Any) -> Row:
    if not isinstance(value, dict) or not value:
        return Row(place, content, None, MALFORMED_JSON, "is not an object with named fields: give one object a document")
    return Row(place, content, own_id(value))


class _Line(NamedTuple):
    number: int
    content: bytes
    whole: bool
    """False for a line over the limit, of which only the beginning is kept."""


def _lines(stream: IO[bytes], limit: int) -> Iterator[_Line]:
    """Physical lines without their ends; UTF-16 is recoded to UTF-8, a byte order mark is left out."""
    start = stream.read(3)
    stream.seek(0)
    reader: Any = stream
    if start[:2] in _UTF16:
        reader = _Recoded(io.TextIOWrapper(stream, encoding="utf-16", errors="replace", newline="\n"))
    elif start == _BOM:
        stream.seek(3)
    number = 0
    while line := reader.readline(limit + 2):
        number += 1
        whole = True
        if len(line) > limit and not line.endswith(b"\n"):
            whole = False
            line = line[:MOST_PAYLOAD_BYTES]
            while (more := reader.readline(_CHUNK)) and not more.endswith(b"\n"):
                pass
        yield _Line(number, line.rstrip(b"\r\n"), whole)


class _Recoded:
    """A text stream read as UTF-8 bytes."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = stream

    def readline(self, limit: int) -> bytes:
        return self._stream.readline(limit).encode("utf-8", "replace")


def jsonl_rows(stream: IO[bytes], limit: int) -> Iterator[Row]:
    """One row a line that is not blank."""
    for line in _lines(stream, limit):
        content = line.content.strip()
        if not line.whole:
            yield _too_large(f"line={line.number}", content, limit)
        elif content:
            row = json_row(f"line={line.number}", content)
            yield row._replace(content=line.content) if row.error_code else row


def _too_large(place: str, content: bytes, limit: int) -> Row:
    return Row(place, content, None, TOO_LARGE, f"has more than {limit} bytes: send a smaller one")


_OUTSIDE = re.compile(rb'["\[\]{},]')
_INSIDE = re.compile(rb'["\\]')


def array_rows(stream: IO[bytes], limit: int) -> Iterator[Row]:
    """The elements of a JSON array, cut out by brackets and quotes without parsing the whole."""
    index = 0
    for content, whole, closed in _elements(stream, limit):
        content = content.strip()
        if not whole:
            index += 1
            yield _too_large(f"item={index}", content, limit)
        elif content:
            index += 1
            if closed:
                yield json_row(f"item={index}", content)
            else:
                yield Row(
                    f"item={index}",
                    content,
                    None,
                    MALFORMED_JSON,
                    "stands outside the list, or the list ends too early: correct it",
                )


def _elements(stream: IO[bytes], limit: int) -> Iterator[tuple[bytes, bool, bool]]:
    """(bytes of an element, kept whole, ended by a comma or the array's own bracket)."""
    item = bytearray()
    whole = True
    depth = 0
    inside = escaped = ended = False

    def keep(piece: bytes) -> None:
        nonlocal whole
        if whole:
            item.extend(piece)
            if len(item) > limit:
                whole = False
                del item[MOST_PAYLOAD_BYTES:]

    first = True
    while chunk := stream.read(_CHUNK):
        if first:
            chunk, first = chunk.removeprefix(_BOM), False
        position = 0
        if escaped:
            keep(chunk[:1])
            position, escaped = 1, False
        while position < len(chunk):
            match = (_INSIDE if inside else _OUTSIDE).search(chunk, position)
            if match is None:
                keep(chunk[position:])
                break
            mark, end = match[0], match.end()
            if inside:
                keep(chunk[position:end])
                if mark == b"\\":
                    if end < len(chunk):
                        keep(chunk[end : end + 1])
                        end += 1
                    else:
                        escaped = True
                else:
                    inside = False
            elif mark == b'"':
                keep(chunk[position:end])
                inside = True
            else:
                depth += (mark in b"[{") - (mark in b"]}")
                outer = (mark == b"[" and depth == 1) or (mark == b"," and depth == 1) or (mark == b"]" and depth == 0)
                keep(chunk[position : match.start()] if outer and not ended else chunk[position:end])
                if outer and not ended:
                    if mark != b"[" or item.strip():
                        yield bytes(item), whole, mark != b"["
                    item, whole = bytearray(), True
                    ended = mark == b"]"
            position = end
    if item.strip():
        yield bytes(item), whole, False


def csv_header(stream: IO[bytes], limit: int = _MOST_FIELD_CHARACTERS) -> list[str]:
    """The names that `csv_rows` gives the columns; empty when there is no first record."""
    csv.field_size_limit(_MOST_FIELD_CHARACTERS)
    start = io.BytesIO(stream.read(2 * limit))
    lines = (line for line in _lines(start, limit) if line.whole)
    top = next((line for line in lines if line.content.strip() and not _separator_line(line.content)), None)
    if top is None:
        return []
    delimiter = _delimiter(_text(top.content))
    try:
        cells = next(csv.reader((_text(line.content) + "\n" for line in _chained(top, lines)), delimiter=delimiter), [])
    except csv.Error:
        cells = _text(top.content).split(delimiter)
    return _names(cells)


def csv_rows(stream: IO[bytes], limit: int) -> Iterator[Row]:
    """One row a record, as JSON object by the names of the first record.

    A line that is not UTF-8 is read as Windows-1252. A record that does not fit the header, or whose quote is never
    closed, costs its first line only: the lines that it took in are read again one by one.
    """
    csv.field_size_limit(_MOST_FIELD_CHARACTERS)
    lines = _lines(stream, limit)
    top = next((line for line in lines if line.content.strip() and not _separator_line(line.content)), None)
    if top is None:
        return
    if not top.whole:
        yield _too_large(f"line={top.number}", top.content, limit)
        return
    delimiter = _delimiter(_text(top.content))
    taken: list[_Line] = []
    large: list[_Line] = []

    def feed() -> Iterator[str]:
        for line in _chained(top, lines):
            if line.whole:
                taken.append(line)
                yield _text(line.content) + "\n"
            else:
                large.append(line)

    reader = csv.reader(feed(), delimiter=delimiter)
    header: list[str] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            cells = None
        yield from (_too_large(f"line={line.number}", line.content, limit) for line in large)
        consumed, odd = list(taken), False
        taken.clear()
        large.clear()
        if not consumed:
            continue
        if len(consumed) > 1:
            odd = sum(line.content.count(b'"') for line in consumed) % 2 == 1
        if header is None:
            header = _names(cells or _text(consumed[0].content).split(delimiter))
        elif cells is not None and not odd and _fits(cells, header):
            if any(c.strip() for c in cells):
                yield _csv_row(consumed[0].number, header, cells)
        elif len(consumed) == 1:
            yield _broken(consumed[0], header, cells)
        else:
            yield from _one_by_one(consumed, header, delimiter)
    yield from (_too_large(f"line={line.number}", line.content, limit) for line in large)


def _chained(first: _Line, rest: Iterable[_Line]) -> Iterator[_Line]:
    yield first
    yield from rest


def _separator_line(content: bytes) -> bool:
    """Excel's first line `sep=;`."""
    return re.fullmatch(rb'"?sep=.?"?', content.strip()) is not None


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _delimiter(header: str) -> str:
    bare = re.sub(r'"[^"]*"', "", header)
    return max((",", ";", "\t", "|"), key=lambda d: (bare.count(d), d == ","))


def _names(cells: list[str]) -> list[str]:
    names: list[str] = []
    seen: dict[str, int] = {}
    for index, cell in enumerate(cells):
        name = cell.strip().lstrip("\ufeff") or f"column {index + 1}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _fits(cells: list[str], header: list[str]) -> bool:
    if len(cells) > len(header):
        return not any(c.strip() for c in cells[len(header) :])
    return len(cells) == len(header) or len(cells) == 0 or (len(cells) > 1 and len(cells) >= len(header) / 2)


def _csv_row(number: int, header: list[str], cells: list[str]) -> Row:
    row = {name: cell for name, cell in zip(header, cells, strict=False) if cell.strip()}
    content = json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")
    return Row(f"line={number}", content, own_id(row))


def _broken(line: _Line, header: list[str], cells: list[str] | None) -> Row:
    why = "has a quote that is never closed" if cells is None else f"has {len(cells)} cells where the header has {len(header)}"
    return Row(f"line={line.number}", line.content, None, MALFORMED_CSV, f"{why}: correct the row")


def _one_by_one(lines: list[_Line], header: list[str], delimiter: str) -> Iterator[Row]:
    for line in lines:
        if not line.content.strip():
            continue
        try:
            cells = next(csv.reader([_text(line.content)], delimiter=delimiter), [])
        except csv.Error:
            cells = None
        if cells and line.content.count(b'"') % 2 == 0 and _fits(cells, header):
            yield _csv_row(line.number, header, cells)
        else:
            yield _broken(line, header, None if line.content.count(b'"') % 2 else cells)
