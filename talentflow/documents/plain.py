"""Plain text and Markdown; and how bytes without a declared encoding become characters."""

from __future__ import annotations

import codecs
import re

from talentflow.documents.characters import joined, paragraphs, shapeless
from talentflow.documents.limits import Limits, Text
from talentflow.errors import DocumentTooLarge, EmptyDocument
from talentflow.hostile import UNDISPLAYED, hidden_note

TEXT = "text/plain"
MARKDOWN = "text/markdown"
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
    if media_type == MARKDOWN:
        notes += hidden_note((UNDISPLAYED, found[1] or found[2]) for found in _MARKDOWN_COMMENT.finditer(raw))
        raw = _unmarked(_MARKDOWN_COMMENT.sub("", raw))
    return finished(raw, media_type, notes, name, limits)


def finished(raw: str, media_type: str, notes: list[str], name: str, limits: Limits) -> Text:
    """Raw characters cleaned, measured and made a Text. Raises EmptyDocument, DocumentTooLarge."""
    if len(raw) > 4 * limits.characters + 1024:
        raise _too_long(name, limits)
    text = "\n".join(joined(paragraphs(raw).split("\n")))
    if not text:
        raise EmptyDocument(f"{name} has no text in it: send one with text")
    if len(text) > limits.characters:
        raise _too_long(name, limits)
    return Text(text, media_type, [0], notes + hidden_note(shapeless(raw)))


def _too_long(name: str, limits: Limits) -> DocumentTooLarge:
    return DocumentTooLarge(f"{name} holds more than {limits.characters} characters of text: send the part that matters")


_MARKDOWN_COMMENT = re.compile(
    r"<!--(.{0,20000}?)-->|^ {0,3}\[(?://|comment|#|_)\]:[ \t]*(?:#|<>)[ \t]*[(\"'](.{0,2000}?)[)\"'][ \t]*$",
    re.DOTALL | re.MULTILINE,
)
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
