"""PDF to text by PDFium: words with boxes, put in reading order by `layout`."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from talentflow.documents.characters import clean, joined, shapeless, tidy
from talentflow.documents.layout import Word, lines_of
from talentflow.documents.limits import Limits, Text
from talentflow.documents.pdf_hidden import RECOGNISED, Ink, beside, beside_page, ink, unseen
from talentflow.errors import CorruptDocument, DocumentError, DocumentTooLarge, EmptyDocument, EncryptedDocument, ScannedDocument
from talentflow.hostile import hidden_note, unseen_note

if TYPE_CHECKING:
    import pypdfium2

MEDIA_TYPE = "application/pdf"
_WORD = re.compile(r"[^\s\x02\ufffe]+[\x02\ufffe]?")
_BROKEN_HERE = str.maketrans({"\x02": "-", "\ufffe": "-"})
"""PDFium's marks for a hyphen at a line's end, after which it goes on with the next line's word."""
_PAGE_NUMBER = re.compile(r"(?:page|p\.|seite|pág(?:ina)?\.?)?\s?\d{1,3}(?:\s?(?:/|of|sur|de|von)\s?\d{1,3})?", re.IGNORECASE)
_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
_SECURITY_ERROR = 5  # FPDF_ERR_SECURITY


@dataclass
class _Found:
    """What was met on the way that is no text of the document."""

    layered: bool
    beside: list[tuple[str, str]]
    hidden: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    shapeless: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    recognised: int = 0


def read_pdf(content: bytes, *, name: str, limits: Limits) -> Text:
    """Read a PDF page by page, columns one after the other.

    Raises:
        EncryptedDocument, CorruptDocument, ScannedDocument, EmptyDocument, DocumentTooLarge.
    """
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(content)
        page_count = len(document)
    except pdfium.PdfiumError as error:
        raise _cannot_open(error, name) from None
    try:
        if page_count > limits.pages:
            raise DocumentTooLarge(f"{name} has {page_count} pages, more than {limits.pages}: send the pages that matter")
        return _read_pages(document, page_count, name, limits, content)
    finally:
        document.close()


def _cannot_open(error: Any, name: str) -> DocumentError:
    code = getattr(error, "err_code", None)
    if code == _PASSWORD_ERROR:
        return EncryptedDocument(f"{name} is password-protected: remove the password and send it again")
    if code == _SECURITY_ERROR:
        return EncryptedDocument(
            f"{name} is protected in a way that cannot be opened: save it without protection and send it again"
        )
    return CorruptDocument(f"{name} is damaged and cannot be opened as PDF: export it again from where it was made")


def _read_pages(document: pypdfium2.PdfDocument, page_count: int, name: str, limits: Limits, content: bytes) -> Text:
    import pypdfium2 as pdfium

    lines: list[str] = []
    pages: list[int] = []
    notes: list[str] = []
    length = 0
    pictures = 0
    unread = 0
    empty: list[int] = []
    found = _Found(layered=b"/OCProperties" in content, beside=list(beside(document)))
    for index in range(page_count):
        pages.append(length)
        try:
            page = document[index]
            try:
                page_lines = _page_lines(page, found)
                if not page_lines:
                    empty.append(index + 1)
                    pictures += _has_picture(page)
            finally:
                page.close()
        except pdfium.PdfiumError:
            unread += 1
            notes.append(f"page {index + 1} is damaged and was left out")
            continue
        for line in page_lines:
            length += len(line) + 1
            lines.append(line)
        if length > limits.characters:
            raise DocumentTooLarge(f"{name} holds more than {limits.characters} characters of text: send the pages that matter")
    text = "\n".join(lines)
    if not text.strip():
        if pictures:
            raise ScannedDocument(f"{name} is a scan without text: run text recognition (OCR) on it and send it again")
        if unread or page_count == 0:
            raise CorruptDocument(f"{name} is damaged, no page of it can be read: export it again from where it was made")
        raise EmptyDocument(f"{name} has {page_count} empty pages: send one with text")
    if unread and unread == page_count:
        raise CorruptDocument(f"{name} is damaged, no page of it can be read: export it again from where it was made")
    if pictures:
        notes.append(f"{pictures} of {page_count} pages are pictures without text and were left out")
    if b"%%EOF" not in content[-2048:]:
        notes.append("the file ends before its end mark: it may have been cut short")
    if sum(c == "\ufffd" for c in text) > 0.3 * len(text):
        raise ScannedDocument(
            f"{name} has text in fonts that do not say their letters: run text recognition (OCR) on it and send it again"
        )
    if found.recognised:
        notes.append(f"{_pages(found.recognised)}: {RECOGNISED}")
    notes += hidden_note([*found.hidden, *found.shapeless]) + unseen_note(found.beside)
    return Text(text, MEDIA_TYPE, [min(p, len(text)) for p in pages] or [0], notes)


def _pages(count: int) -> str:
    return f"{count} {'page' if count == 1 else 'pages'}"


def _page_lines(page: pypdfium2.PdfPage, found: _Found) -> list[str]:
    """The lines of a page that are seen; what is not goes to `found`."""
    drawn, inks, turned = _words(page)
    everything = drawn + [word for word, _ in turned]
    hidden, scanned = unseen(page, everything, inks + [how for _, how in turned], layered=found.layered)
    words = [word for word, how in zip(drawn, hidden, strict=False) if how is None]
    upright = [word.text for (word, _), how in zip(turned, hidden[len(drawn) :], strict=True) if how is None]
    found.recognised += scanned
    found.beside += beside_page(page)
    found.shapeless += [said for word in everything if not word.text.isascii() for said in shapeless(word.text)]
    for how, run in groupby(zip(hidden, everything, strict=True), key=lambda pair: pair[0]):
        if how is not None:
            found.hidden.append((how, " ".join(word.text for _, word in run)))
    out: list[str] = []
    for line in lines_of(words):
        text = tidy(clean(line.text))
        if not text:
            continue
        if line.gap and out and out[-1]:
            out.append("")
        out.append(text)
    if upright and (text := tidy(clean(" ".join(upright)))):
        out += ["", text] if out else [text]
    for end in (0, -1):
        if len(out) > 2 and _PAGE_NUMBER.fullmatch(out[end]):
            del out[end]
    while out and not out[-1]:
        out.pop()
    out = joined(out)
    return [*out, ""] if out else []


def _words(page: pypdfium2.PdfPage) -> tuple[list[Word], list[Ink], list[tuple[Word, Ink]]]:
    """Words with boxes from the page's top left corner, as seen when turned, and how they are drawn; apart, those that run
    up or down."""
    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        text = textpage.get_text_range() if count > 0 else ""
        handle: Any = textpage.raw
        if len(text) != count:
            text = "".join(_character(raw.FPDFText_GetUnicode(handle, i)) for i in range(count))
        turn = _turn(page)
        rect = raw.FS_RECTF()
        reference = ctypes.byref(rect)
        box = raw.FPDFText_GetLooseCharBox
        origin_x, origin_y = ctypes.c_double(), ctypes.c_double()
        origin = raw.FPDFText_GetCharOrigin
        at_x, at_y = ctypes.byref(origin_x), ctypes.byref(origin_y)
        words: list[Word] = []
        upright: list[tuple[Word, Ink]] = []
        inks: list[Ink] = []
        for match in _WORD.finditer(text):
            start, end = match.span()
            if not box(handle, start, reference):
                continue
            x0, y0, x1, y1 = rect.left, rect.bottom, rect.right, rect.top
            height = y1 - y0
            if end - start > 1 and box(handle, end - 1, reference):
                last_y0, last_y1 = rect.bottom, rect.top
                if turn == 0 and abs(last_y0 - y0) > 0.5 * max(height, last_y1 - last_y0) and abs(rect.left - x0) < height:
                    box_here = (x0, min(y0, last_y0), max(x1, rect.right), max(y1, last_y1))
                    upright.append((Word(x0, x1, -y0, height, match[0]), ink(handle, start, box_here)))
                    continue
                x0, x1 = min(x0, rect.left), max(x1, rect.right)
                y0, y1 = min(y0, last_y0), max(y1, last_y1)
            base_x, base_y = (origin_x.value, origin_y.value) if origin(handle, start, at_x, at_y) else (x0, y0)
            word = match[0].translate(_BROKEN_HERE)
            inks.append(ink(handle, start, (x0, y0, x1, y1)))
            if turn == 0:
                words.append(Word(x0, x1, -base_y, y1 - y0, word))
            elif turn == 90:
                words.append(Word(y0, y1, base_x, x1 - x0, word))
            elif turn == 180:
                words.append(Word(-x1, -x0, base_y, y1 - y0, word))
            else:
                words.append(Word(-y1, -y0, -base_x, x1 - x0, word))
        return words, inks, upright
    finally:
        textpage.close()


def _character(code: int) -> str:
    return chr(code) if 0x20 < code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else " "


def _turn(page: pypdfium2.PdfPage) -> int:
    return page.get_rotation() % 360


def _has_picture(page: pypdfium2.PdfPage) -> bool:
    import pypdfium2.raw as raw

    return next(iter(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)), None) is not None
