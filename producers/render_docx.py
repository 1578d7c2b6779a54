"""A layout as a Word file (Office Open XML, ECMA-376), with styles, tables, lists, page header and footer.

The parts are written directly: python-docx takes 70 ms for a page and carries 800 kB of unused styles in each file.
"""

from __future__ import annotations

import zipfile
from functools import cache
from io import BytesIO
from xml.sax.saxutils import escape

from producers.simulation.layout import Block, Bullets, Layout, Para, Rail, Section, Table
from producers.simulation.render_text import heading

_EPOCH = (2026, 1, 5, 8, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT = "application/vnd.openxmlformats-"
_W = f'xmlns:w="{_MAIN}" xmlns:r="{_RELATION}"'
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TEXT_WIDTH = 9600
"""Twentieths of a point between the margins of an A4 page."""


def render_docx(page: Layout) -> bytes:
    """The bytes of the file; the same for the same layout."""
    two = page.style.columns != "one"
    main = "".join(_section(s, page) for s in page.sections if not (two and s.side))
    side = "".join(_section(s, page) for s in page.sections if two and s.side)
    margin_contacts = page.style.margin_contacts and bool(page.contacts)
    top = _paragraph(page.title, "Title") + (_paragraph(page.subtitle, "Subtitle") if page.subtitle else "")
    if not margin_contacts:
        top += "".join(_paragraph(c, "Contact") for c in page.contacts)
    if side:
        wide, narrow = int(_TEXT_WIDTH * 0.66), int(_TEXT_WIDTH * 0.34)
        left_first = page.style.columns == "sidebar_left"
        cells = [(narrow, side), (wide, main)] if left_first else [(wide, main), (narrow, side)]
        body = top + _grid([cells], borders=False)
    else:
        body = top + main
    references = (
        '<w:headerReference w:type="default" r:id="rId3"/>' if margin_contacts else ""
    ) + '<w:footerReference w:type="default" r:id="rId4"/>'
    document = (
        f'{_XML}<w:document {_W}><w:body>{body}<w:sectPr>{references}<w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" '
        'w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>'
    )
    footer = {"name": page.title, "page": "1"}.get(page.style.footer, "")
    lines = "".join(_paragraph(c, "Contact") for c in page.contacts) if margin_contacts else _paragraph("", "")
    parts = {
        **_fixed_parts(),
        "word/document.xml": document,
        "word/styles.xml": _styles(
            "{:02X}{:02X}{:02X}".format(*page.style.accent), page.style.font, page.style.size, page.style.centred
        ),
        "word/header1.xml": f"{_XML}<w:hdr {_W}>{lines}</w:hdr>",
        "word/footer1.xml": f"{_XML}<w:ftr {_W}>{_paragraph(footer, '')}</w:ftr>",
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            archive.writestr(info, content)
    return out.getvalue()


def _run(text: str, bold: bool = False, italic: bool = False) -> str:
    shape = ("<w:b/>" if bold else "") + ("<w:i/>" if italic else "")
    return f'<w:r>{f"<w:rPr>{shape}</w:rPr>" if shape else ""}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _paragraph(text: str, style: str, *, bold: bool = False, italic: bool = False, right: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    tab = f'<w:tabs><w:tab w:val="right" w:pos="{_TEXT_WIDTH}"/></w:tabs>' if right else ""
    end = f"<w:r><w:tab/></w:r>{_run(right)}" if right else ""
    return f"<w:p><w:pPr>{named}{tab}</w:pPr>{_run(text, bold, italic)}{end}</w:p>"


def _section(section: Section, page: Layout) -> str:
    title = _paragraph(heading(section.title, page.style.heading), "Heading1") if section.title else ""
    return title + "".join(_block(b) for b in section.blocks)


def _block(block: Block) -> str:
    if isinstance(block, Para):
        return _paragraph(block.text, "", bold=block.bold, italic=block.italic, right=block.right)
    if isinstance(block, Bullets):
        return "".join(_paragraph(item, "ListBullet") for item in block.items)
    if isinstance(block, Rail):
        left = int(_TEXT_WIDTH * 0.22)
        return _grid(
            [[(left, _paragraph(block.label, "")), (_TEXT_WIDTH - left, "".join(_block(b) for b in block.blocks))]], borders=False
        )
    return _table(block)


def _table(table: Table) -> str:
    rows = [
        [
            (int(_TEXT_WIDTH * width), _paragraph(cell, "", bold=table.header and number == 0))
            for cell, width in zip(row, table.widths, strict=False)
        ]
        for number, row in enumerate(table.rows)
    ]
    return _grid(rows, borders=table.borders)


def _grid(rows: list[list[tuple[int, str]]], *, borders: bool) -> str:
    """A table; a paragraph follows it, as Word wants between two tables."""
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width, _ in rows[0])
    lines = "".join(
        "<w:tr>"
        + "".join(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{cell}</w:tc>' for width, cell in row)
        + "</w:tr>"
        for row in rows
    )
    style = '<w:tblStyle w:val="TableGrid"/>' if borders else ""
    head = f'<w:tblPr>{style}<w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
    return f"<w:tbl>{head}{lines}</w:tbl><w:p><w:pPr/></w:p>"


@cache
def _styles(accent: str, font: str, size: float, centred: bool) -> str:
    face = "Georgia" if font == "serif" else "Calibri"
    align = '<w:jc w:val="center"/>' if centred else ""

    def paragraph_style(key: str, name: str, paragraph: str, run: str) -> str:
        return (
            f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/>'
            f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
        )

    edges = "".join(
        f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return (
        f'{_XML}<w:styles {_W}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="{face}" w:hAnsi="{face}" w:cs="{face}"/>'
        f'<w:sz w:val="{int(size * 2)}"/></w:rPr></w:rPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        + paragraph_style("Title", "Title", align, f'<w:b/><w:color w:val="{accent}"/><w:sz w:val="40"/>')
        + paragraph_style("Subtitle", "Subtitle", align, '<w:sz w:val="26"/>')
        + paragraph_style("Contact", "Contact", align, "")
        + paragraph_style(
            "Heading1",
            "heading 1",
            '<w:spacing w:before="240"/><w:outlineLvl w:val="0"/>',
            f'<w:b/><w:color w:val="{accent}"/><w:sz w:val="26"/>',
        )
        + paragraph_style("ListBullet", "List Bullet", '<w:numPr><w:numId w:val="1"/></w:numPr>', "")
        + '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/>'
        + f"<w:tblPr><w:tblBorders>{edges}</w:tblBorders></w:tblPr></w:style></w:styles>"
    )


@cache
def _fixed_parts() -> dict[str, str]:
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{_CONTENT}officedocument.wordprocessingml.{kind}+xml"/>'
        for part, kind in (
            ("document", "document.main"),
            ("styles", "styles"),
            ("numbering", "numbering"),
            ("header1", "header"),
            ("footer1", "footer"),
        )
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATION}/{kind}" Target="{target}.xml"/>'
        for number, (kind, target) in enumerate(
            (("styles", "styles"), ("numbering", "numbering"), ("header", "header1"), ("footer", "footer1")), 1
        )
    )
    return {
        "[Content_Types].xml": (
            f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
            f'<Default Extension="rels" ContentType="{_CONTENT}package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{overrides}'
            f'<Override PartName="/docProps/core.xml" ContentType="{_CONTENT}package.core-properties+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_RELATION}/officeDocument" Target="word/document.xml"/>'
            f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" '
            f'Target="docProps/core.xml"/></Relationships>'
        ),
        "docProps/core.xml": (
            f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
            'xmlns:dcterms="http://purl.org/dc/terms/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dcterms:created xsi:type="dcterms:W3CDTF">'
            "2026-01-05T08:00:00Z</dcterms:created></cp:coreProperties>"
        ),
        "word/_rels/document.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "word/numbering.xml": (
            f'{_XML}<w:numbering {_W}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
            '<w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/>'
            '<w:pPr><w:ind w:left="360" w:hanging="360"/></w:pPr></w:lvl></w:abstractNum>'
            '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
        ),
    }
