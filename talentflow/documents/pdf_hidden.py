"""What a reader of a PDF's page cannot see: drawn invisibly, in the colour of its background, covered, tiny, off the page.

Colours alone do not tell: white text on a dark column is text as any other. Where a word may be unseen, the page is drawn and the
word's place on it looked at.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from talentflow.documents.hidden import COVERED, INVISIBLE, NEAR, OFF_PAGE, SAME_COLOUR, TINY, TRANSPARENT, Colour, near

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2
    from numpy.typing import NDArray

    from talentflow.documents.layout import Word

RECOGNISED = "its text was laid under a picture by text recognition and was not compared with the picture"
_LEAST_SIZE = 3.0
_LIGHT = 190
_LEAST_ALPHA = 26
_LEAST_AREA = 300.0
"""Square points of a shape that text may stand on or under."""
_MOST_OBJECTS = 20_000
_MOST_PIXELS = 4_000_000
_SCALE = 2.0
_UNIFORM = 0.6
"""Share of a word's place that is one colour, where the word is not seen on it."""
_MOST_TAGS = 5_000


class Ink(NamedTuple):
    """How a word is drawn: its box on the page, its colour and opacity, how its text is rendered (PDF 32000-1, 9.3.6)."""

    box: tuple[float, float, float, float]
    colour: Colour
    alpha: int
    mode: int


def ink(handle: Any, index: int, box: tuple[float, float, float, float]) -> Ink:
    """How the character at `index` of a text page is drawn."""
    import pypdfium2.raw as raw

    red, green, blue, alpha = (ctypes.c_uint(0) for _ in range(4))
    drawn = raw.FPDFText_GetTextObject(handle, index)
    mode = int(raw.FPDFTextObj_GetTextRenderMode(drawn)) if drawn else 0
    read = raw.FPDFText_GetStrokeColor if mode in (1, 5) else raw.FPDFText_GetFillColor
    if not read(handle, index, ctypes.byref(red), ctypes.byref(green), ctypes.byref(blue), ctypes.byref(alpha)):
        return Ink(box, (0, 0, 0), 255, mode)
    return Ink(box, (red.value, green.value, blue.value), alpha.value, mode)


def unseen(page: pypdfium2.PdfPage, words: list[Word], inks: list[Ink], *, layered: bool) -> tuple[list[str | None], bool]:
    """How each word is kept from being seen, None for those that are seen; and whether the page is a scan with recognised text.

    Args:
        layered: the document has layers, which may be switched off.
    """
    if not words:
        return [], False
    sizes = sorted(word.size for word in words)
    usual = sizes[len(sizes) // 2]
    bounds = _bounds(page)
    shapes = list(_shapes(page))
    written = sum(i.mode in (3, 7) for i in inks)
    scanned = written > 0.5 * len(inks) and any(
        is_picture and _area(box) > 0.4 * _area(bounds) and (box[2] - box[0]) > 0.6 * (bounds[2] - bounds[0])
        for box, is_picture in shapes
    )
    grounds = [box for box, _ in shapes]
    found: list[str | None] = []
    looks: _Looks | None = None
    for word, how in zip(words, inks, strict=True):
        x, y = (how.box[0] + how.box[2]) / 2, (how.box[1] + how.box[3]) / 2
        if not _inside(bounds, x, y):
            found.append(OFF_PAGE)
        elif how.mode in (3, 7):
            found.append(None if scanned else INVISIBLE)
        elif how.alpha < _LEAST_ALPHA:
            found.append(TRANSPARENT)
        elif word.size < _LEAST_SIZE and word.size < 0.4 * max(usual, 6.0):
            found.append(TINY)
        elif layered or min(how.colour) >= _LIGHT or any(_inside(ground, x, y) for ground in grounds):
            looks = looks or _Looks(page)
            found.append(looks.judge(how))
        else:
            found.append(None)
    return found, scanned


class _Looks:
    """A page as it is drawn."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        width, height = page.get_size()
        self._page = page
        self._scale = min(_SCALE, (_MOST_PIXELS / max(1.0, width * height)) ** 0.5)
        drawn: Any = page  # a scale may be a fraction, whatever the annotation says
        self._pixels: NDArray[np.uint8] = drawn.render(scale=self._scale, rev_byteorder=True).to_numpy()[:, :, :3]

    def judge(self, word: Ink) -> str | None:
        """Whether one colour fills a word's place, and what that says of the word."""
        import numpy as np

        x0, y0 = self._at(word.box[0], word.box[1])
        x1, y1 = self._at(word.box[2], word.box[3])
        left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        place = self._pixels[max(0, top) : bottom + 1, max(0, left) : right + 1].reshape(-1, 3)
        if place.size == 0:
            return OFF_PAGE
        if int((place.max(axis=0) - place.min(axis=0)).max()) < NEAR:
            middle = place.mean(axis=0)
            return SAME_COLOUR if near((int(middle[0]), int(middle[1]), int(middle[2])), word.colour) else COVERED
        coarse = (place >> 4).astype(np.int32)
        codes, counts = np.unique(coarse[:, 0] * 256 + coarse[:, 1] * 16 + coarse[:, 2], return_counts=True)
        code = int(codes[counts.argmax()])
        if counts.max() < _UNIFORM * len(place):
            return None
        ground: Colour = (code // 256 * 17, code // 16 % 16 * 17, code % 16 * 17)
        return SAME_COLOUR if near(ground, word.colour) and self._drowned(place, word.colour) else None

    @staticmethod
    def _drowned(place: NDArray[np.uint8], colour: Colour) -> bool:
        """Whether what is not the word's colour is some other ink in its place, and little of it."""
        import numpy as np

        far = np.abs(place.astype(np.int16) - np.array(colour, np.int16)).max(axis=1) >= NEAR
        return bool(far.mean() < 1 - _UNIFORM)

    def _at(self, x: float, y: float) -> tuple[int, int]:
        import pypdfium2.raw as raw

        height, width = self._pixels.shape[:2]
        device_x, device_y = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(self._page.raw, 0, 0, width, height, 0, x, y, ctypes.byref(device_x), ctypes.byref(device_y))
        return device_x.value, device_y.value


def beside(document: pypdfium2.PdfDocument) -> Iterator[tuple[str, str]]:
    """(where, words) of a document's properties."""
    yield "in the document's properties", "\n\n".join(document.get_metadata_dict(skip_empty=True).values())


def beside_page(page: pypdfium2.PdfPage) -> Iterator[tuple[str, str]]:
    """(where, words) of a page's annotations and alternative texts."""
    import pypdfium2.raw as raw

    said: list[str] = []
    for index in range(min(raw.FPDFPage_GetAnnotCount(page.raw), 500)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        if annotation:
            said.append(_string(lambda buffer, size, a=annotation: raw.FPDFAnnot_GetStringValue(a, b"Contents", buffer, size)))
            raw.FPDFPage_CloseAnnot(annotation)
    yield "in an annotation", "\n\n".join(s for s in said if s)
    tree = raw.FPDF_StructTree_GetForPage(page.raw)
    if tree:
        try:
            yield "in an alternative text", "\n\n".join(_alternatives(tree))
        finally:
            raw.FPDF_StructTree_Close(tree)


def _alternatives(tree: Any) -> Iterator[str]:
    import pypdfium2.raw as raw

    stack = [
        raw.FPDF_StructTree_GetChildAtIndex(tree, i)
        for i in range(min(_MOST_TAGS, max(0, raw.FPDF_StructTree_CountChildren(tree))))
    ]
    seen = 0
    while stack and seen < _MOST_TAGS:
        element = stack.pop()
        if not element:
            continue
        seen += 1
        for read in (raw.FPDF_StructElement_GetAltText, raw.FPDF_StructElement_GetActualText):
            text = _string(
                lambda buffer, size, r=read, e=element: r(e, ctypes.cast(buffer, ctypes.c_void_p) if buffer else None, size)
            )
            if text:
                yield text
        stack += [
            raw.FPDF_StructElement_GetChildAtIndex(element, i)
            for i in range(min(_MOST_TAGS, max(0, raw.FPDF_StructElement_CountChildren(element))))
        ]


def _string(read: Any) -> str:
    """What PDFium writes into a buffer, as UTF-16."""
    import pypdfium2.raw as raw

    size = read(None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _bounds(page: pypdfium2.PdfPage) -> tuple[float, float, float, float]:
    import pypdfium2.raw as raw

    rect = raw.FS_RECTF()
    if raw.FPDF_GetPageBoundingBox(page.raw, ctypes.byref(rect)):
        return rect.left, rect.bottom, rect.right, rect.top
    width, height = page.get_size()
    return 0.0, 0.0, width, height


def _shapes(page: pypdfium2.PdfPage) -> Iterator[tuple[tuple[float, float, float, float], bool]]:
    """Boxes of what text may stand on or under, and whether it is a picture."""
    import pypdfium2.raw as raw

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    for index in range(min(raw.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)):
        drawn = raw.FPDFPage_GetObject(page.raw, index)
        kind = raw.FPDFPageObj_GetType(drawn)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            continue
        if (
            kind == raw.FPDF_PAGEOBJ_PATH
            and raw.FPDFPath_GetDrawMode(drawn, ctypes.byref(fill), ctypes.byref(stroke))
            and not fill.value
        ):
            continue
        if raw.FPDFPageObj_GetBounds(drawn, ctypes.byref(left), ctypes.byref(bottom), ctypes.byref(right), ctypes.byref(top)):
            box = (left.value, bottom.value, right.value, top.value)
            if _area(box) >= _LEAST_AREA:
                yield box, kind == raw.FPDF_PAGEOBJ_IMAGE


def _area(box: tuple[float, float, float, float]) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _inside(box: tuple[float, float, float, float], x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
