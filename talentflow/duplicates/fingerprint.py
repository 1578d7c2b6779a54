"""What a text is compared by: its words in order, hashed, and a MinHash signature of its pairs of words.

Pairs, since single words say what a text is about and longer runs break at the first changed word. Both are stored as
bytes (little-endian, 32 bits each), so that they are read back without a copy.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa
from datasketch import MinHash
from numpy.typing import NDArray

from talentflow.stages import EXTRACT, Stage, each_row
from talentflow.tables import FINGERPRINTS
from talentflow.taxonomy.titles import fold

VERSION = "1"
"""Raise it with every change of what a text's fingerprint is."""

HASHES = 64
"""Of a signature. 64 give Jaccard similarity within 0.06 (one standard deviation)."""

MOST_CHARACTERS = 20_000
"""What is read of a text; no offer says anything new after that."""

Hashes = NDArray[np.uint32]

_WORD = re.compile(r"[^\W_]+")
_FIRST, _SECOND = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77)
_STORED = np.dtype("<u4")


def fingerprint(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Texts of offers to their fingerprints.

    Args:
        batch: rows with `document_id`, `offer_id`, `content_hash` and `redacted_text`.

    Returns:
        Rows with a `fingerprints` column.
    """

    def one(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
        words = hashed_words(row["redacted_text"] or "")
        stored = {"signature": to_bytes(signature(pairs_of(words))), "words": to_bytes(words)}
        return {FINGERPRINTS.name: {"offer_id": row["offer_id"], "document_id": row["document_id"]} | stored}

    return each_row(FINGERPRINT, batch, one)


FINGERPRINT = Stage("link", f"duplicates {VERSION}, {EXTRACT.version}", fingerprint, (FINGERPRINTS,), batch_rows=64)
"""The texts' side of the stage `link`."""


def hashed_words(text: str) -> Hashes:
    """The hash of each word, in order: case, accents and punctuation make no difference."""
    found = _WORD.findall(fold(text[:MOST_CHARACTERS]))
    return np.fromiter(map(_hash, found), np.uint32, len(found))


def pairs_of(words: Hashes) -> Hashes:
    """The hash of each pair of neighbouring words, in order."""
    return words[:-1] * _FIRST ^ words[1:] * _SECOND


def signature(pairs: Hashes) -> Hashes:
    """`HASHES` values; two texts agree in about the share of them that is their pairs' Jaccard similarity."""
    sketch = _blank().copy()
    sketch.update_batch(np.unique(pairs).tolist())
    return sketch.hashvalues


def to_bytes(hashes: Hashes) -> bytes:
    return hashes.astype(_STORED, copy=False).tobytes()


def from_bytes(stored: bytes) -> Hashes:
    return np.frombuffer(stored, _STORED)


@lru_cache(maxsize=1 << 17)
def _hash(word: str) -> int:
    return crc32(word.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1)
def _blank() -> MinHash:
    return MinHash(num_perm=HASHES, seed=1, scheme="affine32", hashfunc=int)
