"""Ids from content and source: the same input always has the same id, on any machine, in any run."""

from __future__ import annotations

from hashlib import sha256


def digest(*parts: str) -> str:
    """32 hex characters that stand for these parts in this order."""
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def content_hash(content: bytes) -> str:
    """32 hex characters that stand for these bytes."""
    return sha256(content).hexdigest()[:32]


def document_id(source: str, source_key: str) -> str:
    """The id of what `source` knows as `source_key` (a path, a URL, a row's own id)."""
    return digest(source, source_key)
