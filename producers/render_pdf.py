"""A layout as a PDF, drawn with reportlab: one column or a sidebar, dates flush right or in a rail, tables, colours.

The built-in fonts (Helvetica, Times) draw WinAnsi letters, which is enough for English and French. Other letters are
drawn without their accents, and those with none of these as `?`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

from producers.simulation.layout import Block, Bullets, Layout, Para, Rail, Section, Table
from producers.simulation.render_text import heading

_WIDTH, _HEIGHT = 595.28, 841.89
_MARGIN = 48.0
_FONTS = {"sans": ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"), "serif": ("Times-Roman", "Times-Bold", "Times-Italic")}


@dataclass
class _Pen:
    """Where the next line goes: a column from `left`, `width` wide, at height `y`."""

    canvas: Any
    page: Layout
    left: float
    width: float
    y: float
    page_number: int = 1

    @property
    def size(self) -> float:
        return self.page.style.size

    @property
    def leading(self) -> float:
        return self.size * 1.28

    def font(self, bold: bool = False, italic: bool = False) -> str:
        return _FONTS[self.page.style.font][1 if bold else 2 if italic else 0]

    def need(self, height: float) -> None:
        if self.y - height < _MARGIN:
            _foot(self.canvas, self.page, self.page_number)
            self.canvas.showPage()
            self.page_number += 1
            self.y = _HEIGHT - _MARGIN


def render_pdf(page: Layout, *, picture_of: bool = False, password: str | None = None) -> bytes:
    """The bytes of the file; the same for the same layout.

    Args:
        page: what to draw.
        picture_of: draw the text as outlines-free grey bars, as a scan without text has them.
        password: encrypts the file with this user password.
    """
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    encrypt = StandardEncryption(password, canPrint=1) if password else None
    canvas = Canvas(out, pagesize=(_WIDTH, _HEIGHT), invariant=1, pageCompression=1, encrypt=encrypt)
    if picture_of:
        _scan(canvas, page)
    else:
        _draw(canvas, page)
    canvas.save()
    return out.getvalue()


def _draw(canvas: Any, page: Layout) -> None:
    style = page.style
    top = _header(canvas, page)
    two = style.columns != "one" and any(s.side for s in page.sections)
    full = _WIDTH - 2 * _MARGIN
    if not two:
        pen = _Pen(canvas, page, _MARGIN, full, top)
        for section in page.sections:
            _section(pen, section)
        _foot(canvas, page, pen.page_number)
        return
    narrow = full * (0.48 if style.columns == "halves" else 0.3)
    gap = 18.0
    wide = full - narrow - gap
    side_left = style.columns == "sidebar_left"
    side = _Pen(canvas, page, _MARGIN if side_left else _MARGIN + wide + gap, narrow, top)
    main = _Pen(canvas, page, _MARGIN + narrow + gap if side_left else _MARGIN, wide, top)
    sides = [s for s in page.sections if s.side]
    mains = [s for s in page.sections if not s.side]
    if side_left:
        for section in sides:
            _section(side, section)
    else:
        held = [s for s in sides if _fits(side, s)]
        for section in held:
            _section(side, section)
        mains += [s for s in sides if s not in held]
    for section in mains:
        _section(main, section)
    _foot(canvas, page, main.page_number)


def _fits(pen: _Pen, section: Section) -> bool:
    rough = sum(len(b.items) if isinstance(b, Bullets) else len(b.rows) if isinstance(b, Table) else 2 for b in section.blocks)
    return pen.y - (rough + 4) * pen.leading * 2 > _MARGIN


def _header(canvas: Any, page: Layout) -> float:
    style = page.style
    y = _HEIGHT - _MARGIN
    regular, bold, _ = _FONTS[style.font]
    red, green, blue = (c / 255 for c in style.accent)

    def put(text: str, font: str, size: float) -> None:
        nonlocal y
        for line in _lines(_plain(text), font, size, _WIDTH - 2 * _MARGIN):
            y -= size * 1.2
            canvas.setFont(font, size)
            if style.centred:
                canvas.drawCentredString(_WIDTH / 2, y, line)
            else:
                canvas.drawString(_MARGIN, y, line)

    canvas.setFillColorRGB(red, green, blue)
    put(page.title, bold, style.size * 1.9 if len(page.title) < 40 else style.size * 1.4)
    canvas.setFillColorRGB(0, 0, 0)
    if page.subtitle:
        put(page.subtitle, regular, style.size * 1.2)
    for contact in page.contacts:
        put(contact, regular, style.size)
    y -= 6
    if style.heading in ("ruled", "underlined"):
        canvas.setStrokeColorRGB(red, green, blue)
        canvas.line(_MARGIN, y, _WIDTH - _MARGIN, y)
    return y - 4


def _foot(canvas: Any, page: Layout, number: int) -> None:
    text = {"name": page.title, "page": f"Page {number}"}.get(page.style.footer)
    if text:
        canvas.setFont(_FONTS[page.style.font][0], 7.5)
        canvas.drawCentredString(_WIDTH / 2, _MARGIN / 2, _plain(text))


def _section(pen: _Pen, section: Section) -> None:
    style = pen.page.style
    if section.title:
        size = style.size * 1.2
        pen.need(size * 4)
        pen.y -= size * 1.9
        red, green, blue = (c / 255 for c in style.accent)
        canvas = pen.canvas
        title = heading(section.title, style.heading)
        if style.heading == "colon":
            title = f"{title} :" if pen.page.language == "fr" else f"{title}:"
        lines = _lines(_plain(title), pen.font(bold=True), size, pen.width)
        below = size * 1.2 * (len(lines) - 1)
        if style.heading == "banner":
            canvas.setFillColorRGB(red, green, blue)
            canvas.rect(pen.left - 3, pen.y - below - 4, pen.width + 6, size * 1.45 + below, stroke=0, fill=1)
            canvas.setFillColorRGB(1, 1, 1)
        else:
            canvas.setFillColorRGB(red, green, blue)
        for number, line in enumerate(lines):
            canvas.setFont(pen.font(bold=True), size)
            canvas.drawString(pen.left, pen.y - number * size * 1.2, line)
        pen.y -= below
        canvas.setFillColorRGB(0, 0, 0)
        if style.heading in ("ruled", "underlined"):
            canvas.setStrokeColorRGB(red, green, blue)
            canvas.line(pen.left, pen.y - 3, pen.left + (pen.width if style.heading == "ruled" else 60), pen.y - 3)
        pen.y -= 5
    else:
        pen.y -= 6
    for number, block in enumerate(section.blocks):
        if number and (isinstance(block, Table | Rail) or (isinstance(block, Para) and block.bold)):
            pen.y -= 4
        _block(pen, block)


def _block(pen: _Pen, block: Block) -> None:
    if isinstance(block, Para):
        _para(pen, block)
    elif isinstance(block, Bullets):
        mark = _plain(pen.page.style.bullet) if pen.page.style.bullet in "•-–*·o" else "-"
        for item in block.items:
            _text(pen, item, pen.font(), mark=mark)
    elif isinstance(block, Rail):
        _rail(pen, block)
    else:
        _table(pen, block)


def _para(pen: _Pen, para: Para) -> None:
    font = pen.font(para.bold, para.italic)
    if para.right and pen.width > 300:
        right = _plain(para.right)
        room = pen.width - _measure(right, pen.font(), pen.size) - 10
        lines = _lines(_plain(para.text), font, pen.size, room)
        pen.need(pen.leading * 2)
        for number, line in enumerate(lines):
            pen.y -= pen.leading
            pen.canvas.setFont(font, pen.size)
            pen.canvas.drawString(pen.left, pen.y, line)
            if number == 0:
                pen.canvas.setFont(pen.font(), pen.size)
                pen.canvas.drawRightString(pen.left + pen.width, pen.y, right)
        return
    _text(pen, para.text, font)
    if para.right:
        _text(pen, para.right, pen.font())


def _text(pen: _Pen, text: str, font: str, mark: str = "") -> None:
    indent = 11.0 if mark else 0.0
    for number, line in enumerate(_lines(_plain(text), font, pen.size, pen.width - indent)):
        pen.need(pen.leading)
        pen.y -= pen.leading
        pen.canvas.setFont(font, pen.size)
        if mark and number == 0:
            pen.canvas.drawString(pen.left + 2, pen.y, mark)
        pen.canvas.drawString(pen.left + indent, pen.y, line)


def _rail(pen: _Pen, rail: Rail) -> None:
    share = pen.width * 0.24
    label = _lines(_plain(rail.label), pen.font(), pen.size, share - 8)
    pen.need(pen.leading * max(3, len(label)))
    start, number = pen.y, pen.page_number
    for line in label:
        pen.y -= pen.leading
        pen.canvas.setFont(pen.font(), pen.size)
        pen.canvas.drawString(pen.left, pen.y, line)
    after_label = pen.y
    pen.y, pen.left, pen.width = start, pen.left + share, pen.width - share
    for block in rail.blocks:
        _block(pen, block)
    pen.left, pen.width = pen.left - share, pen.width + share
    if pen.page_number == number:
        pen.y = min(pen.y, after_label)


def _table(pen: _Pen, table: Table) -> None:
    for number, row in enumerate(table.rows):
        font = pen.font(bold=table.header and number == 0)
        widths = [w * pen.width for w in table.widths]
        cells = [_lines(_plain(cell), font, pen.size, width - 8) for cell, width in zip(row, widths, strict=False)]
        height = max(len(c) for c in cells) * pen.leading + 5
        pen.need(height)
        left = pen.left
        for lines, width in zip(cells, widths, strict=False):
            for step, line in enumerate(lines):
                pen.canvas.setFont(font, pen.size)
                pen.canvas.drawString(left + 4, pen.y - pen.leading * (step + 1) + 1, line)
            if table.borders:
                pen.canvas.setStrokeColorRGB(0.6, 0.6, 0.6)
                pen.canvas.rect(left, pen.y - height, width, height)
            left += width
        pen.y -= height


def _scan(canvas: Any, page: Layout) -> None:
    """A picture of a page and no text: lines of dark bars, one a word, as a low-resolution scan shows them."""
    from PIL import Image, ImageDraw
    from reportlab.lib.utils import ImageReader

    picture = Image.new("L", (620, 877), 250)
    pencil = ImageDraw.Draw(picture)
    y = 50
    for text in [page.title, page.subtitle, *page.contacts, *(s.title for s in page.sections)] * 3:
        x = 50
        for word in text.split():
            pencil.rectangle((x, y, x + 5 * len(word), y + 6), fill=90)
            x += 5 * len(word) + 6
        y += 14
    canvas.drawImage(ImageReader(picture), 0, 0, _WIDTH, _HEIGHT)


@cache
def _measurer(font: str) -> list[float]:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return [stringWidth(bytes([code]).decode("cp1252", "replace"), font, 1000) / 1000 for code in range(256)]


def _measure(text: str, font: str, size: float) -> float:
    widths = _measurer(font)
    return size * sum(widths[code] for code in text.encode("cp1252", "replace"))


def _lines(text: str, font: str, size: float, width: float) -> list[str]:
    """Words in lines no wider than `width`; a longer word has a line of its own."""
    space = _measure(" ", font, size)
    found: list[str] = []
    line: list[str] = []
    used = 0.0
    for word in text.split():
        length = _measure(word, font, size)
        if line and used + space + length > width:
            found.append(" ".join(line))
            line, used = [], 0.0
        used += length + (space if line else 0)
        line.append(word)
    return [*found, " ".join(line)] if line or not found else found


def _plain(text: str) -> str:
    """The same with letters that WinAnsi has."""
    try:
        text.encode("cp1252")
        return text
    except UnicodeEncodeError:
        return "".join(c if _drawable(c) else _bare(c) for c in text)


def _drawable(character: str) -> bool:
    try:
        character.encode("cp1252")
        return True
    except UnicodeEncodeError:
        return False


def _bare(character: str) -> str:
    base = unicodedata.normalize("NFKD", character)[0]
    return base if _drawable(base) else {"✓": "-", "\u202f": "\xa0"}.get(character, "?")
