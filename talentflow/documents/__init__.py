"""Bytes to text in reading order, with limits: PDF, DOCX, HTML, TXT, JSON Resume, JobPosting JSON-LD, offer rows."""

from __future__ import annotations

from talentflow.documents.limits import Limits, Text

__all__ = ["Limits", "Text", "read"]


def read(content: bytes, *, media_type: str | None = None, name: str = "document", limits: Limits | None = None) -> Text:
    """Read one document.

    Args:
        content: the bytes as sent.
        media_type: what the sender says it is; the bytes decide when they disagree.
        name: for messages, and its extension as a last resort.
        limits: what it may cost.

    Raises:
        DocumentError: the subclass that says why it cannot be used, in a sentence that says what to do.
    """
    from dataclasses import replace

    from talentflow.documents.formats import NAMES, claimed, sniff
    from talentflow.errors import DocumentTooLarge, EmptyDocument

    limits = limits or Limits()
    if len(content) > limits.bytes:
        raise DocumentTooLarge(f"{name} has {len(content)} bytes, more than {limits.bytes}: send a smaller file")
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise EmptyDocument(f"{name} is empty: send a file with text in it")
    said = claimed(media_type, name)
    found = sniff(content, said, name)
    if found == "pdf":
        from talentflow.documents.pdf import read_pdf

        text = read_pdf(content, name=name, limits=limits)
    elif found == "docx":
        from talentflow.documents.docx import read_docx

        text = read_docx(content, name=name, limits=limits)
    elif found == "html":
        from talentflow.documents.html import read_html

        text = read_html(content, name=name, limits=limits)
    elif found == "json":
        from talentflow.documents.structured import read_json

        text = read_json(content, name=name, limits=limits)
    elif found == "rtf":
        from talentflow.documents.rtf import read_rtf

        text = read_rtf(content, name=name, limits=limits)
    else:
        from talentflow.documents.plain import MARKDOWN, TEXT, read_plain

        text = read_plain(content, name=name, limits=limits, media_type=MARKDOWN if found == "markdown" else TEXT)
    if said is not None and said != found:
        return replace(
            text,
            notes=[f"its name or sender says {NAMES[said]}, its bytes are {NAMES[found]}: read as {NAMES[found]}", *text.notes],
        )
    return text
