"""CVs of word processors as attackers write them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import docx
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

from tests.hostile.words import LINES, ORDER, STUFFED, Told


def word(extra: Callable[[Any], None] | None = None) -> bytes:
    document = docx.Document()
    for line in LINES:
        document.add_paragraph(line)
    if extra:
        extra(document)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _run(change: Callable[[Any], None]) -> bytes:
    def fill(document: Any) -> None:
        change(document.add_paragraph().add_run(STUFFED))

    return word(fill)


def _vanish(run: Any) -> None:
    run.font.hidden = True


def _white(run: Any) -> None:
    run.font.color.rgb = RGBColor(255, 255, 255)


def _theme_white(run: Any) -> None:
    run._r.get_or_add_rPr().append(parse_xml(f'<w:color {nsdecls("w")} w:themeColor="background1"/>'))


def _tiny(run: Any) -> None:
    run.font.size = Pt(1)


def _shaded(run: Any) -> None:
    run.font.color.rgb = RGBColor(0x1F, 0x3A, 0x5F)
    run._r.get_or_add_rPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="1F3A5F"/>'))


def _by_style(document: Any) -> None:
    style = document.styles.add_style("Quiet", 2)
    style.font.hidden = True
    document.add_paragraph().add_run(STUFFED, style="Quiet")


def _far_left(document: Any) -> None:
    paragraph = document.add_paragraph(STUFFED)
    indent = OxmlElement("w:ind")
    indent.set(qn("w:left"), "-20000")
    paragraph._p.get_or_add_pPr().append(indent)


def _flat(document: Any) -> None:
    document.add_paragraph(STUFFED)._p.get_or_add_pPr().append(
        parse_xml(f'<w:spacing {nsdecls("w")} w:line="2" w:lineRule="exact"/>')
    )


def _in_header(document: Any) -> None:
    run = document.sections[0].header.paragraphs[0].add_run(STUFFED)
    _white(run)


def _property(name: str) -> bytes:
    return word(lambda document: setattr(document.core_properties, name, ORDER))


def _alternative(document: Any) -> None:
    drawing = (
        f'<w:r {nsdecls("w", "wp")}><w:drawing><wp:inline><wp:extent cx="1" cy="1"/>'
        f'<wp:docPr id="9" name="p" descr="{ORDER}"/></wp:inline></w:drawing></w:r>'
    )
    document.paragraphs[0]._p.append(parse_xml(drawing))


def _deleted(document: Any) -> None:
    gone = f'<w:del {nsdecls("w")} w:id="7" w:author="x"><w:r><w:delText>{ORDER}</w:delText></w:r></w:del>'
    document.paragraphs[0]._p.append(parse_xml(gone))


DOCX: dict[str, tuple[bytes, Told]] = {
    "vanish": (_run(_vanish), "hidden"),
    "white": (_run(_white), "hidden"),
    "white of the theme": (_run(_theme_white), "hidden"),
    "one point": (_run(_tiny), "hidden"),
    "colour of its shading": (_run(_shaded), "hidden"),
    "hidden by a style": (word(_by_style), "hidden"),
    "far left of the page": (word(_far_left), "hidden"),
    "a line without height": (word(_flat), "hidden"),
    "white header": (word(_in_header), "hidden"),
    "subject": (_property("subject"), "unseen"),
    "keywords": (_property("keywords"), "unseen"),
    "comments": (_property("comments"), "unseen"),
    "alternative text": (word(_alternative), "unseen"),
    "deleted text": (word(_deleted), "unseen"),
}
RTF_HEAD = r"{\rtf1\ansi{\colortbl;\red255\green255\blue255;\red0\green0\blue0;}\f0\fs20 "
RTF_LINES = r"\par ".join(LINES)


def rtf(extra: str = "") -> bytes:
    return (RTF_HEAD + RTF_LINES + r"\par " + extra + "}").encode()


RTF: dict[str, tuple[bytes, Told]] = {
    "hidden": (rtf(r"{\v " + STUFFED + "}"), "hidden"),
    "white": (rtf(r"{\cf1 " + STUFFED + "}"), "hidden"),
    "one point": (rtf(r"{\fs2 " + STUFFED + "}"), "hidden"),
}
