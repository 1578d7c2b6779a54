"""Bytes to text where the charset may be named wrongly, or not at all."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

_DETECTED_BYTES = 256 * 1024
_USUAL = ["cp1252", "cp1250", "cp1251", "koi8_r", "cp932", "euc_jp", "gb18030", "euc_kr"]
"""Charsets that pages are written in. Detection among all that exist finds DOS code pages in short French texts."""
_ONE_BYTE = ("ascii", "cp125", "cp437", "cp85", "iso8859", "koi8", "latin", "mac")


def decode(content: bytes, content_type: str | None = None) -> tuple[str, str]:
    """The text, and the charset that it was read in.

    A byte order mark decides; then the first that fits of the header's charset, the document's own (`<meta>`,
    `<?xml?>`) and UTF-8; then what the bytes look like. UTF-8 goes before a named one-byte charset, in which any bytes
    are text: what is valid UTF-8 and not plain ASCII is hardly ever anything else.

    Args:
        content_type: the whole header, with its charset.

    Returns:
        Text without a byte order mark; bytes that are none in the charset are U+FFFD.
    """
    marked, mark = read_bom(content)
    if marked and mark:
        bare = content[len(mark) :]
        return bare.decode(marked, "replace"), marked
    named = [http_content_type_encoding(content_type), html_body_declared_encoding(content)]
    labels = [name for label in named if label and (name := _known(label))]
    wide = [name for name in labels if not name.startswith(_ONE_BYTE)]
    for name in (*wide, "utf-8"):
        if (text := _strict(content, name)) is not None:
            return text, name
    mostly = content.decode("utf-8", "replace")
    if sum(c > "\x7f" for c in mostly) > 2 * mostly.count("\ufffd"):
        return mostly, "utf-8"  # damaged here and there: in another charset hardly any sequence would fit
    for name in labels:
        if (text := _strict(content, name)) is not None:
            return text, name
    name = _looks_like(content) or (labels or ["utf-8"])[0]
    return content.decode(name, "replace"), name


def _looks_like(content: bytes) -> str | None:
    """What the bytes look like. Among those that fit alike the web's most common one, as browsers do."""
    found = list(from_bytes(content[:_DETECTED_BYTES], cp_isolation=_USUAL))
    least = min((match.chaos for match in found), default=0.0)
    if any(match.encoding == "cp1252" and match.chaos <= least for match in found):
        return "cp1252"
    return found[0].encoding if found else None


def _strict(content: bytes, name: str) -> str | None:
    if name.startswith(("utf-16", "utf-32")) and b"\0" not in content:
        return None
    try:
        return content.decode(name)
    except UnicodeError:
        return None


def _known(label: str) -> str | None:
    try:
        return codecs.lookup(label).name
    except LookupError:
        return None
