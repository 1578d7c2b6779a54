"""Plain text, Markdown and RTF; and how bytes without a declared encoding become characters."""

from __future__ import annotations

import codecs
import re

from talentflow.documents.characters import joined, paragraphs
from talentflow.documents.limits import Limits, Text
from talentflow.errors import DocumentTooLarge, EmptyDocument

TEXT = "text/plain"
MARKDOWN = "text/markdown"
RTF = "application/rtf"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CP1252_UNDEFINED = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])


def decode(content: bytes, declared: str | None = None) -> tuple[str, list[str]]:
    """Characters of `content`, and notes on what had to be guessed or replaced.

    A byte order mark decides, then the declared encoding, then UTF-8. UTF-8 with a few wrong bytes stays UTF-8 with
    those replaced; otherwise it is Windows-1252, as most of what is not UTF-8 in western Europe.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            text = content[len(mark) :].decode(encoding, "replace")
            return text, _replaced(text, encoding)
    if declared:
        try:
            if codecs.lookup(declared).name not in ("utf-8", "ascii", "iso8859-1"):
                text = content.decode(declared, "replace")
                return text, _replaced(text, declared)
        except (LookupError, UnicodeError, ValueError):
            pass
    try:
        return content.decode(), []
    except UnicodeDecodeError:
        pass
    if encoding := likely_utf16(content):
        text = content.decode(encoding, "replace")
        return text, [f"read as {encoding}: it has no byte order mark"]
    forgiving = content.decode("utf-8", "replace")
    wrong = forgiving.count("\ufffd")
    several_bytes = sum(c > "\x7f" for c in forgiving) - wrong
    if several_bytes > wrong or (any(b in content for b in _CP1252_UNDEFINED) and wrong < 0.02 * len(forgiving)):
        return forgiving, [f"{wrong} bytes that are not UTF-8 were replaced"]
    return content.decode("cp1252", "replace"), ["read as Windows-1252: it is not UTF-8"]


def _replaced(text: str, encoding: str) -> list[str]:
    wrong = text.count("\ufffd")
    return [f"{wrong} characters that are not {encoding} were replaced"] if wrong else []


def likely_utf16(content: bytes) -> str | None:
    """`utf-16-le` or `utf-16-be` for bytes whose every other one is zero, as of text in Latin letters; else None."""
    sample = content[:4096]
    if len(sample) < 8 or len(content) % 2:
        return None
    half = len(sample) // 2
    if sample[1::2].count(0) > 0.7 * half and sample[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def read_plain(content: bytes, *, name: str, limits: Limits, media_type: str = TEXT) -> Text:
    """Read plain text or Markdown. Raises EmptyDocument, DocumentTooLarge."""
    raw, notes = decode(content)
    return finished(_unmarked(raw) if media_type == MARKDOWN else raw, media_type, notes, name, limits)


def finished(raw: str, media_type: str, notes: list[str], name: str, limits: Limits) -> Text:
    """Raw characters cleaned, measured and made a Text. Raises EmptyDocument, DocumentTooLarge."""
    if len(raw) > 4 * limits.characters + 1024:
        raise _too_long(name, limits)
    text = "\n".join(joined(paragraphs(raw).split("\n")))
    if not text:
        raise EmptyDocument(f"{name} has no text in it: send one with text")
    if len(text) > limits.characters:
        raise _too_long(name, limits)
    return Text(text, media_type, [0], notes)


def _too_long(name: str, limits: Limits) -> DocumentTooLarge:
    return DocumentTooLarge(f"{name} holds more than {limits.characters} characters of text: send the part that matters")


_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)([^*_\n]{1,300})(?<=\S)\1")
_LINK = re.compile(r"!?\[([^\[\]\n]{1,300})\]\((https?://|mailto:)([^()\s]{1,500})\)")
_RULE = re.compile(r"^ {0,3}(?:-[ \t]*){3,}$|^ {0,3}(?:\*[ \t]*){3,}$|^ {0,3}(?:_[ \t]*){3,}$", re.MULTILINE)


def _unmarked(text: str) -> str:
    """Markdown without its marks: headings, emphasis, rules; `[label](url)` as `label (url)`."""
    text = _RULE.sub("", text)
    text = _HEADING.sub("", text)
    text = _EMPHASIS.sub(r"\2", text)
    return _LINK.sub(lambda m: f"{m[1]} ({'' if m[2] == 'mailto:' else m[2]}{m[3]})", text)


_RTF_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_RTF_BREAKS = {
    "par": "\n",
    "line": "\n",
    "sect": "\n",
    "page": "\n",
    "row": "\n",
    "cell": "\t",
    "tab": "\t",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
_RTF_HIDDEN = {
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "themedata",
    "datastore",
    "generator",
    "listtable",
    "fldinst",
} | {
    "listoverridetable",
    "rsidtbl",
    "xmlnstbl",
    "latentstyles",
    "colorschememapping",
}


def read_rtf(content: bytes, *, name: str, limits: Limits) -> Text:
    """Read RTF: its text, without styles, pictures and embedded objects. Raises EmptyDocument, DocumentTooLarge."""
    codepage = "cp1252"
    out: list[str] = []
    pending = bytearray()
    hidden = 0
    stack: list[tuple[int, int]] = []
    fallback, skip = 1, 0
    star = False
    for match in _RTF_TOKEN.finditer(content):
        word, number, hexed, symbol, brace, plain = match.groups()
        if pending and hexed is None:
            out.append(bytes(pending).decode(codepage, "replace"))
            pending.clear()
        if brace == b"{":
            stack.append((hidden, fallback))
            skip, star = 0, False
        elif brace == b"}":
            hidden, fallback = stack.pop() if stack else (0, 1)
            skip = 0
        elif word is not None:
            key = word.decode("ascii")
            if key in _RTF_HIDDEN or (star and key not in ("shppict", "shptxt")):
                hidden = 1
            star = False
            if key == "ansicpg" and number:
                codepage = _codepage(number.decode("ascii"))
            elif key == "uc" and number:
                fallback = max(0, min(8, int(number)))
            elif hidden:
                continue
            elif key == "u" and number:
                code = int(number) & 0xFFFF
                out.append(chr(code))
                skip = fallback
            elif key in _RTF_BREAKS:
                out.append(_RTF_BREAKS[key])
        elif hexed is not None:
            if skip:
                skip -= 1
            elif not hidden:
                pending.append(int(hexed, 16))
        elif symbol is not None:
            star = symbol == b"*"
            if not hidden and symbol in b"\\{}~_-":
                out.append({b"~": " ", b"_": "-", b"-": ""}.get(symbol, symbol.decode("ascii")))
        elif plain is not None and not hidden:
            out.append(plain[skip:].decode(codepage, "replace"))
            skip = 0
    if pending:
        out.append(bytes(pending).decode(codepage, "replace"))
    raw = "".join(out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return finished(raw, RTF, [], name, limits)


def _codepage(number: str) -> str:
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return "cp1252"
