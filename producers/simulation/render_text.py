"""A layout as plain text."""

from __future__ import annotations

import textwrap

from producers.simulation.layout import Block, Bullets, Layout, Para, Rail, Section, Table

_WIDTH = 78


def render_text(page: Layout) -> str:
    """The text of a layout, in the order in which its sections stand."""
    lines: list[str] = []
    head = [page.title, page.subtitle, *page.contacts]
    lines += [line.center(_WIDTH).rstrip() if page.style.centred else line for line in head if line]
    for section in page.sections:
        lines.append("")
        lines += _section(section, page)
    text = "\n".join(lines).strip("\n") + "\n"
    return text.replace("\n", "\r\n") if page.style.crlf else text


def heading(title: str, style: str) -> str:
    """A heading as its style writes it (the letters only; lines and colours are the renderer's)."""
    if style in ("upper", "banner"):
        return title.upper()
    if style == "spaced":
        return " ".join(title.upper()) if len(title) < 14 and " " not in title else title.upper()
    return title


def _section(section: Section, page: Layout) -> list[str]:
    style = page.style.heading
    lines: list[str] = []
    if section.title:
        title = heading(section.title, style)
        shown = {
            "underlined": [title, "-" * len(title)],
            "ruled": [title, "=" * min(_WIDTH, len(title) + 8)],
            "colon": [f"{title} :" if page.language == "fr" else f"{title}:"],
            "hashes": [f"## {title}"],
            "banner": [f"*** {title} ***"],
            "spaced": [title.upper()],
        }
        lines += shown.get(style, [title])
    for number, block in enumerate(section.blocks):
        if number and _starts_entry(block):
            lines.append("")
        lines += _block(block, page)
    return lines


def _starts_entry(block: Block) -> bool:
    return isinstance(block, Table | Rail) or (isinstance(block, Para) and block.bold)


def _block(block: Block, page: Layout) -> list[str]:
    width = page.style.width
    if isinstance(block, Para):
        if not block.right:
            return _wrapped(block.text, width, "")
        room = _WIDTH - len(block.text) - len(block.right)
        return [block.text + " " * max(3, room) + block.right]
    if isinstance(block, Bullets):
        mark = page.style.bullet + " "
        return [line for item in block.items for line in _wrapped(mark + item, width, " " * len(mark))]
    if isinstance(block, Rail):
        lines = [line for inner in block.blocks for line in _block(inner, page)]
        pad = max(len(block.label) + 2, 18)
        return [f"{block.label:<{pad}}{lines[0]}"] + [" " * pad + line for line in lines[1:]] if lines else [block.label]
    return _table(block)


def _table(table: Table) -> list[str]:
    if len(table.widths) == 2 and not table.borders:
        return [
            f"{row[0]:<28}  {row[1]}".rstrip() if len(row[0]) <= 28 else f"{row[0]}\n{' ' * 30}{row[1]}" for row in table.rows
        ]
    return [" | ".join(row) for row in table.rows]


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    if not width or len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
