"""A document before it is a file: blocks in sections, which every renderer draws in its own way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Columns = Literal["one", "sidebar_left", "sidebar_right", "halves"]


@dataclass
class Para:
    """A paragraph; `right` is set flush right on the same line (a date, a place)."""

    text: str
    right: str = ""
    bold: bool = False
    italic: bool = False


@dataclass
class Bullets:
    items: list[str]


@dataclass
class Table:
    """Rows of cells; `widths` are shares of the width, left to right."""

    rows: list[list[str]]
    widths: list[float]
    header: bool = False
    borders: bool = True


@dataclass
class Rail:
    """A label (mostly dates) in a narrow column, its content beside it."""

    label: str
    blocks: list[Para | Bullets]


Block = Para | Bullets | Table | Rail


@dataclass
class Section:
    """`title` empty: no heading is drawn. `side`: goes to the sidebar where there is one."""

    title: str
    blocks: list[Block]
    side: bool = False


@dataclass
class Style:
    """How a document looks. Each renderer reads what it can show."""

    columns: Columns = "one"
    accent: tuple[int, int, int] = (0, 0, 0)
    font: Literal["sans", "serif"] = "sans"
    size: float = 10.0
    heading: Literal["upper", "plain", "underlined", "ruled", "colon", "hashes", "spaced", "banner"] = "plain"
    bullet: str = "•"
    centred: bool = False
    width: int = 0
    """Characters a line of the text rendering; 0: paragraphs are not wrapped."""
    margin_contacts: bool = False
    """DOCX: contacts stand in the page header instead of the body."""
    footer: str = ""
    crlf: bool = False


@dataclass
class Layout:
    """`title` is the name on a CV or the title of an offer; `subtitle` what stands under it; `contacts` a line each."""

    title: str
    subtitle: str = ""
    contacts: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    style: Style = field(default_factory=Style)
    language: str = "en"
