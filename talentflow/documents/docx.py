"""DOCX to text by python-docx, in document order: paragraphs, lists, tables, text boxes, headers and footers."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from talentflow.documents.characters import paragraphs, shapeless
from talentflow.documents.docx_hidden import Look, beside
from talentflow.documents.limits import Limits, Text
from talentflow.errors import CorruptDocument, DocumentTooLarge, EmptyDocument, EncryptedDocument, ScannedDocument
from talentflow.hostile import hidden_note, unseen_note

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MAIN_PART = "word/document.xml"
_MACRO_TYPES = (
    b"application/vnd.ms-word.document.macroEnabled.main+xml",
    b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
)
_PLAIN_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MOST_ENTRIES = 5_000
_MOST_RATIO = 400
_DEEPEST_TABLE = 8
_SKIPPED = {
    f"{_W}{tag}"
    for tag in ("del", "moveFrom", "instrText", "delText", "delInstrText", "rPr", "pPr", "sectPr", "tblPr", "tblGrid")
} | {f"{_MC}Fallback"}


@dataclass
class _Page:
    """How runs look, and what was left out because nobody sees it, as (how, words)."""

    look: Look
    hidden: list[tuple[str, str]]

    def hide(self, how: str, words: str) -> None:
        """Runs that follow each other are one passage."""
        if self.hidden and self.hidden[-1][0] == how:
            self.hidden[-1] = (how, self.hidden[-1][1] + words)
        else:
            self.hidden.append((how, words))


def read_docx(content: bytes, *, name: str, limits: Limits) -> Text:
    """Read a DOCX. The package is measured by unpacking it piece by piece before any of it is parsed.

    Raises:
        DocumentTooLarge, EncryptedDocument, CorruptDocument, EmptyDocument, ScannedDocument.
    """
    import docx
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError
    from docx.oxml.exceptions import XmlchemyError
    from lxml.etree import LxmlError

    content, notes = _measured(content, name, limits)
    damaged = f"{name} is damaged and cannot be opened as DOCX: save it again as DOCX or PDF"
    try:
        document = docx.Document(BytesIO(content))
        page = _Page(Look(document), [])
        body = "\n".join(_blocks(document.element.body, 0, page))
        tops, bottoms = _margins(document, page)
        raw = "\n".join([*tops, body, *bottoms])
        text = paragraphs(raw)
        notes += hidden_note([*page.hidden, *shapeless(raw)]) + unseen_note(beside(content, document))
        pictures = bool(document.inline_shapes) if not text else False
    except (
        PythonDocxError,
        OpcError,
        XmlchemyError,
        AssertionError,
        LxmlError,
        ValueError,
        AttributeError,
        TypeError,
        LookupError,
        RecursionError,
        zipfile.BadZipFile,
        OSError,
    ):
        # python-docx and lxml let all of these out for a package whose parts or relationships are wrong
        raise CorruptDocument(damaged) from None
    if pictures:
        raise ScannedDocument(f"{name} holds pictures only: run text recognition (OCR) on it and send it again")
    if not text:
        raise EmptyDocument(f"{name} has no text in it: send one with text")
    if len(text) > limits.characters:
        raise DocumentTooLarge(f"{name} holds more than {limits.characters} characters of text: send the pages that matter")
    return Text(text, MEDIA_TYPE, [0], notes)


def _measured(content: bytes, name: str, limits: Limits) -> tuple[bytes, list[str]]:
    """The package, once its declared and its real sizes are known to be within limits; a macro type is made plain."""
    bomb = f"{name} unpacks to more than {limits.expansion // 2**20} MiB: remove its pictures, or save it as PDF"
    notes: list[str] = []
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            entries = package.infolist()
            if len(entries) > _MOST_ENTRIES:
                raise DocumentTooLarge(
                    f"{name} holds {len(entries)} files, more than {_MOST_ENTRIES}: save it again as DOCX or PDF"
                )
            if sum(e.file_size for e in entries) > limits.expansion:
                raise DocumentTooLarge(bomb)
            if any(e.flag_bits & 1 for e in entries):
                raise EncryptedDocument(f"{name} is password-protected: remove the password and send it again")
            unpacked = 0
            for entry in entries:
                size = 0
                with package.open(entry) as stream:
                    while piece := stream.read(1 << 16):
                        size += len(piece)
                        if unpacked + size > limits.expansion:
                            raise DocumentTooLarge(bomb)
                unpacked += size
                if size > 2**22 and size > _MOST_RATIO * max(1, entry.compress_size):
                    raise DocumentTooLarge(bomb)
            if any(e.filename.endswith("vbaProject.bin") for e in entries):
                notes.append("macros were ignored")
            types = package.read("[Content_Types].xml")
            if any(m in types for m in _MACRO_TYPES):
                content = _without_macro_type(package, types)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        KeyError,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        zlib.error,
    ):
        raise CorruptDocument(f"{name} is damaged and cannot be opened as DOCX: save it again as DOCX or PDF") from None
    return content, notes


def _without_macro_type(package: zipfile.ZipFile, types: bytes) -> bytes:
    for macro in _MACRO_TYPES:
        types = types.replace(macro, _PLAIN_TYPE)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as plain:
        for entry in package.infolist():
            if not entry.filename.endswith("vbaProject.bin"):
                plain.writestr(entry.filename, types if entry.filename == "[Content_Types].xml" else package.read(entry))
    return out.getvalue()


def _margins(document: Any, page: _Page) -> tuple[list[str], list[str]]:
    """Lines of the headers and of the footers, each once."""
    tops: dict[str, None] = {}
    bottoms: dict[str, None] = {}
    for section in document.sections:
        for part, into in (
            (section.first_page_header, tops),
            (section.header, tops),
            (section.first_page_footer, bottoms),
            (section.footer, bottoms),
        ):
            if not part.is_linked_to_previous:
                into |= dict.fromkeys(_blocks(part._element, 0, page))
    return list(tops), list(bottoms)


def _blocks(container: Any, depth: int, page: _Page) -> Iterator[str]:
    for element in container:
        tag = element.tag
        if tag == f"{_W}p":
            yield from _paragraph(element, depth, page)
        elif tag == f"{_W}tbl":
            yield from _table(element, depth, page)
        elif tag == f"{_W}sdt":
            content = element.find(f"{_W}sdtContent")
            if content is not None:
                yield from _blocks(content, depth, page)
        elif tag in (f"{_W}ins", f"{_W}moveTo", f"{_W}customXml", f"{_W}smartTag"):
            yield from _blocks(element, depth, page)


def _paragraph(paragraph: Any, depth: int, page: _Page) -> Iterator[str]:
    """The paragraph's lines, then those of the text boxes that hang on it."""
    parts: list[str] = []
    boxes: list[Any] = []
    _collect(paragraph, parts, boxes, page)
    text = "".join(parts)
    properties = paragraph.find(f"{_W}pPr")
    style = ""
    if properties is not None:
        named = properties.find(f"{_W}pStyle")
        style = (named.get(f"{_W}val") or "") if named is not None else ""
        listed = properties.find(f"{_W}numPr") is not None or "list" in style.casefold()
        if listed and text.strip() and "heading" not in style.casefold():
            text = "- " + text.lstrip()
    if style.casefold().startswith(("heading", "titre")):
        yield ""
    yield text
    if depth < _DEEPEST_TABLE:
        for box in boxes:
            yield from _blocks(box, depth + 1, page)


def _collect(element: Any, parts: list[str], boxes: list[Any], page: _Page) -> None:
    stack = list(reversed(element))
    while stack:
        node = stack.pop()
        tag = node.tag
        if tag == f"{_W}t":
            parts.append(node.text or "")
        elif tag in (f"{_W}tab", f"{_W}ptab"):
            parts.append("\t")
        elif tag in (f"{_W}br", f"{_W}cr"):
            parts.append("\n")
        elif tag == f"{_W}noBreakHyphen":
            parts.append("-")
        elif tag == f"{_W}txbxContent":
            boxes.append(node)
        elif tag == f"{_W}r" and (how := page.look.hides(node)):
            page.hide(how, "".join(t.text or "" for t in node.iter(f"{_W}t")))
        elif tag not in _SKIPPED:
            stack.extend(reversed(node))


def _table(table: Any, depth: int, page: _Page) -> Iterator[str]:
    """A data table row by row, its cells joined by ` | ` (by tabs where some hold
    several lines); a layout table cell by cell, a column after the other."""
    if depth >= _DEEPEST_TABLE:
        return
    rows: list[list[list[str]]] = []
    for row in table.iter(f"{_W}tr"):
        if _owner(row) is table:
            rows.append([_cell(cell, depth, page) for cell in row.iter(f"{_W}tc") if _owner_row(cell) is row])
    yield ""
    if _is_layout(rows):
        for column in range(max((len(r) for r in rows), default=0)):
            for row in rows:
                if column < len(row):
                    yield from row[column]
            yield ""
    else:
        between = " | " if all(len(cell) <= 1 for row in rows for cell in row) else "\t"
        for row in rows:
            yield from _row(row, between)
    yield ""


def _row(row: list[list[str]], between: str) -> Iterator[str]:
    """One line; a cell with several lines keeps the first beside the others and the rest under it."""
    cells = [c for c in row if any(c)]
    if len(cells) == 2 and len(cells[1]) > 1 and len(cells[0]) <= 2:
        yield " ".join(cells[0]) + between + cells[1][0]
        yield from cells[1][1:]
    elif all(len(c) == 1 for c in cells):
        yield between.join(c[0] for c in cells)
    else:
        for cell in cells:
            yield from cell


def _is_layout(rows: list[list[list[str]]]) -> bool:
    """Columns of a page rather than data: few rows, and at least two columns with cells of many lines."""
    long = {i for row in rows for i, cell in enumerate(row) if len(cell) >= 4}
    return len(rows) <= 4 and len(long) >= 2


def _cell(cell: Any, depth: int, page: _Page) -> list[str]:
    lines = (" ".join(part.split()) for line in _blocks(cell, depth + 1, page) for part in line.split("\n"))
    return [line for line in lines if line]


def _owner(row: Any) -> Any:
    parent = row.getparent()
    while parent is not None and parent.tag != f"{_W}tbl":
        parent = parent.getparent()
    return parent


def _owner_row(cell: Any) -> Any:
    parent = cell.getparent()
    while parent is not None and parent.tag != f"{_W}tr":
        parent = parent.getparent()
    return parent
