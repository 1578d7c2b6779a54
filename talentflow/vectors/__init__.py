"""Vectors: the nearest of many, with filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from talentflow.capabilities import Capabilities
from talentflow.settings import Settings


@dataclass(frozen=True)
class Neighbour:
    id: str
    score: float
    """Cosine similarity."""


def checked(
    ids: Sequence[str], vectors: NDArray[np.float32], metadata: Sequence[Mapping[str, object]], dimension: int
) -> NDArray[np.float32]:
    """A copy of the vectors. Raises ValueError when they are of another shape, or not finite."""
    if vectors.shape != (len(ids), dimension) or len(metadata) != len(ids):
        raise ValueError(f"expected {len(ids)} vectors of {dimension} and as many metadata, got {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError("a vector is not finite")
    return np.array(vectors, np.float32)


class Vectors(Protocol):
    """One namespace a kind of record: `offers`, `candidates`."""

    capabilities: Capabilities
    reason: str | None
    """Why nothing was loaded, when something is published; None otherwise."""

    def upsert(
        self, namespace: str, ids: Sequence[str], vectors: NDArray[np.float32], metadata: Sequence[Mapping[str, object]]
    ) -> int: ...

    def delete(self, namespace: str, ids: Sequence[str]) -> int: ...

    def query(
        self, namespace: str, vector: NDArray[np.float32], k: int, filters: Mapping[str, Sequence[str]] | None = None
    ) -> list[Neighbour]:
        """The `k` nearest, best first, ties by id. `filters`: metadata field → accepted values (a list field matches
        when any of its values is accepted; a record without the field does not match)."""
        ...

    def ids(self, namespace: str) -> list[str]:
        """The ids that a namespace holds, in order."""
        ...

    def stats(self) -> dict[str, int]:
        """Namespace → vectors."""
        ...

    def publish(self, beside: Callable[[Path], None] | None = None) -> None:
        """Make what was upserted visible to readers, atomically. `beside` writes further files into the folder that is
        published in the same step."""
        ...


def kept_in(settings: Settings) -> str:
    """The place where vectors are kept: what was published for another one cannot be read from this one."""
    if settings.vectors == "faiss":
        return "faiss"
    return f"pinecone {settings.pinecone_host or ''} {settings.pinecone_index}"


def open_vectors(settings: Settings, *, model_id: str, dimension: int) -> Vectors:
    """Open the vectors that `settings.vectors` names. Vectors stamped with another model are not loaded.

    Raises: BadSettings, MissingExtra.
    """
    if settings.vectors == "pinecone":
        from talentflow.vectors.pinecone import open_pinecone

        return open_pinecone(settings, model_id=model_id, dimension=dimension)
    from talentflow.vectors.faiss import FaissVectors

    return FaissVectors(settings.index_dir, model_id=model_id, dimension=dimension)
