"""What a reader of a DOCX cannot see: hidden, tiny and far runs, those in the colour of the page; what stands beside the text."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from talentflow.documents.hidden import OFF_PAGE, SAME_COLOUR, TINY, TRANSPARENT, WHITE, Colour, colour, near
from talentflow.hostile import UNDISPLAYED

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_WPS = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
_V = "{urn:schemas-microsoft-com:vml}"
HIDDEN_RUN = "marked as hidden"
_LEAST_HALF_POINTS = 4
_LEAST_LINE = 40
"""Twentieths of a point: a line of exactly this height shows nothing of its text."""
_FAR = 12_000
"""Twentieths of a point: an indent wider than a page."""
_FAR_ANCHOR = 15_000_000
_UNTOLD: Colour = (128, 128, 129)
"""For a colour of the theme that is not written out: none that text has."""
_LARGE_SHAPE = 2e12
"""Square EMU, three hundredths of a page: what may be a coloured column behind text."""
_BESIDE = re.compile(r"docProps/[^/]+\.xml|customXml/item\d*\.xml|word/(?:comments\w*|settings)\.xml")
_PLACES = {"docProps": "in the document's properties", "customXml": "in data of the file", "word": "in a comment"}
_MARKUP = re.compile(r"<[^<>]{0,2000}>")
_ATTRIBUTE = re.compile(r'\b(?:descr|title|w:val)="([^"]{12,4000})"')
_PART = 400_000


class Look:
    """How runs look, by their own properties, their styles' and what they stand in."""

    def __init__(self, document: Any) -> None:
        styles = document.styles.element
        self._styles = {style.get(f"{_W}styleId"): style for style in styles.iter(f"{_W}style")}
        self._defaults = next(iter(styles.iter(f"{_W}rPrDefault")), None)
        root = document.element
        page = root.find(f"{_W}background")
        self._page: Colour | None = WHITE if page is None else _hex(page.get(f"{_W}color"))
        if any(self._is_ground(anchor) for anchor in root.iter(f"{_WP}anchor")):
            self._page = None

    @staticmethod
    def _is_ground(anchor: Any) -> bool:
        """Whether white text may stand on it: a large shape or picture behind the text."""
        extent = anchor.find(f"{_WP}extent")
        try:
            area = int(extent.get("cx")) * int(extent.get("cy")) if extent is not None else 0
        except (TypeError, ValueError):
            return False
        return area >= _LARGE_SHAPE

    def hides(self, run: Any) -> str | None:
        """How a run is kept from being seen; None when it is not."""
        chain = list(self._properties(run))
        if _on(_first(chain, "vanish")) or _on(_first(chain, "specVanish")):
            return HIDDEN_RUN
        size, wide = _number(_first(chain, "sz")), _number(_first(chain, "w"))
        if (size is not None and size <= _LEAST_HALF_POINTS) or (wide is not None and wide <= 5):
            return TINY
        fill = next((f for p in chain if (f := p.find(f"{_W14}textFill")) is not None), None)
        if fill is not None and (
            fill.find(f"{_W14}noFill") is not None or any(a.get(f"{_W14}val") == "100000" for a in fill.iter(f"{_W14}alpha"))
        ):
            return TRANSPARENT
        front = _colour(_first(chain, "color"))
        if front is not None:
            back = self._background(run, chain)
            if back is not None and near(front, back):
                return SAME_COLOUR
        return self._placed(run)

    def _properties(self, run: Any) -> Iterator[Any]:
        """Run properties, the nearest first."""
        own = run.find(f"{_W}rPr")
        paragraph = _above(run, f"{_W}p")
        named: list[str | None] = []
        if own is not None:
            yield own
            named.append(_named(own, "rStyle"))
        properties = paragraph.find(f"{_W}pPr") if paragraph is not None else None
        named.append(_named(properties, "pStyle") if properties is not None else None)
        for name in named:
            for style in self._chain(name):
                if (found := style.find(f"{_W}rPr")) is not None:
                    yield found
        if self._defaults is not None and (found := self._defaults.find(f"{_W}rPr")) is not None:
            yield found

    def _chain(self, name: str | None) -> Iterator[Any]:
        for _ in range(12):
            style = self._styles.get(name) if name else None
            if style is None:
                return
            yield style
            name = _named(style, "basedOn")

    def _background(self, run: Any, chain: list[Any]) -> Colour | None:
        """What the run stands on; None when it cannot be told."""
        marker = _first(chain, "highlight")
        if marker is not None and marker.get(f"{_W}val") not in (None, "none"):
            return WHITE if marker.get(f"{_W}val") == "white" else None
        if (shade := _shade(_first(chain, "shd"))) is not None:
            return shade
        node = run
        while node is not None:
            tag = node.tag
            if tag == f"{_W}p" and (properties := node.find(f"{_W}pPr")) is not None:
                shades = [properties, *(s.find(f"{_W}pPr") for s in self._chain(_named(properties, "pStyle")))]
                for p in shades:
                    if p is not None and (shade := _shade(p.find(f"{_W}shd"))) is not None:
                        return shade
            elif tag in (f"{_W}tc", f"{_W}tbl"):
                properties = node.find(f"{_W}tcPr" if tag == f"{_W}tc" else f"{_W}tblPr")
                if properties is not None:
                    if (shade := _shade(properties.find(f"{_W}shd"))) is not None:
                        return shade
                    styles = self._chain(_named(properties, "tblStyle"))
                    if any(_shade(s) not in (None, WHITE) for style in styles for s in style.iter(f"{_W}shd")):
                        return None
            elif tag in (f"{_WPS}wsp", f"{_V}shape", f"{_V}rect", f"{_V}roundrect"):
                return _shape_fill(node)
            node = node.getparent()
        return self._page

    @staticmethod
    def _placed(run: Any) -> str | None:
        node = run
        while node is not None:
            if node.tag == f"{_W}p" and (properties := node.find(f"{_W}pPr")) is not None:
                for name, attributes in (("ind", ("left", "start", "firstLine", "right", "end")), ("framePr", ("x", "y"))):
                    found = properties.find(f"{_W}{name}")
                    if found is not None and any(abs(_int(found.get(f"{_W}{a}"))) >= _FAR for a in attributes):
                        return OFF_PAGE
                spacing = properties.find(f"{_W}spacing")
                line = _int(spacing.get(f"{_W}line")) if spacing is not None else 0
                if spacing is not None and spacing.get(f"{_W}lineRule") == "exact" and 0 < line <= _LEAST_LINE:
                    return TINY
            elif node.tag == f"{_WP}anchor":
                shown = node.find(f"{_WP}docPr")
                if node.get("hidden") in ("1", "true") or (shown is not None and shown.get("hidden") in ("1", "true")):
                    return UNDISPLAYED
                if any(abs(_int(o.text)) >= _FAR_ANCHOR for o in node.iter(f"{_WP}posOffset")):
                    return OFF_PAGE
            node = node.getparent()
        return None


def beside(content: bytes, document: Any) -> Iterator[tuple[str, str]]:
    """(where, words) of what a file carries beside its text: properties, comments, alternative texts, what was deleted."""
    with zipfile.ZipFile(BytesIO(content)) as package:
        for entry in package.infolist():
            if _BESIDE.fullmatch(entry.filename):
                with package.open(entry) as part:
                    markup = part.read(_PART).decode("utf-8", "replace")
                said = [*_MARKUP.sub("\n", markup).split("\n"), *_ATTRIBUTE.findall(markup)]
                yield _PLACES[entry.filename.partition("/")[0]], "\n\n".join(s for s in said if s.strip())
    drawn = (node.get(name) or "" for node in document.element.iter(f"{_WP}docPr") for name in ("descr", "title"))
    yield "in an alternative text", "\n\n".join(text for text in drawn if text)
    gone = (node.text or "" for tag in ("delText", "instrText") for node in document.element.iter(f"{_W}{tag}"))
    yield "in deleted text or a field", "\n\n".join(text for text in gone if text)


def _above(node: Any, tag: str) -> Any:
    while node is not None and node.tag != tag:
        node = node.getparent()
    return node


def _first(chain: list[Any], name: str) -> Any:
    return next((found for p in chain if (found := p.find(f"{_W}{name}")) is not None), None)


def _named(element: Any, name: str) -> str | None:
    found = element.find(f"{_W}{name}")
    return found.get(f"{_W}val") if found is not None else None


def _on(element: Any) -> bool:
    return element is not None and (element.get(f"{_W}val") or "true") not in ("0", "false", "off")


def _number(element: Any) -> float | None:
    value = element.get(f"{_W}val") if element is not None else None
    try:
        return float(value) if value else None
    except ValueError:
        return None


def _int(value: str | None) -> int:
    try:
        return int(float(value or 0))
    except ValueError:
        return 0


def _hex(value: str | None) -> Colour | None:
    found = colour(f"#{value}") if value and re.fullmatch("[0-9A-Fa-f]{6}", value) else None
    return found[0] if found else None


def _colour(element: Any) -> Colour | None:
    if element is None:
        return None
    return _hex(element.get(f"{_W}val")) or (WHITE if element.get(f"{_W}themeColor") in ("background1", "light1") else None)


def _shade(element: Any) -> Colour | None:
    """The colour of a shading; None for one that says none."""
    if element is None:
        return None
    if element.get(f"{_W}themeFill") not in (None, "background1", "light1"):
        return _hex(element.get(f"{_W}fill")) or _UNTOLD
    return _hex(element.get(f"{_W}fill"))


def _shape_fill(shape: Any) -> Colour | None:
    """The colour of a text box; white when it has none of its own, None when it cannot be told."""
    if shape.tag.startswith(_V):
        said = shape.get("fillcolor")
        found = colour(said.split(" ")[0]) if said else None
        return (found[0] if found else None) if said else WHITE
    properties = shape.find(f"{_WPS}spPr")
    if properties is not None:
        for child in properties:
            if child.tag == f"{_A}solidFill":
                plain = child.find(f"{_A}srgbClr")
                return _hex(plain.get("val")) if plain is not None else None
            if child.tag == f"{_A}noFill":
                return WHITE
            if child.tag in (f"{_A}gradFill", f"{_A}blipFill", f"{_A}pattFill"):
                return None
    style = shape.find(f"{_WPS}style")
    reference = style.find(f"{_A}fillRef") if style is not None else None
    return None if reference is not None and reference.get("idx") != "0" else WHITE
