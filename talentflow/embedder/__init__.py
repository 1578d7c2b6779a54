"""Embedder: texts to unit vectors. Vectors are stamped with `model_id` and never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from talentflow.capabilities import Capabilities
from talentflow.settings import Settings


class Embedder(Protocol):
    capabilities: Capabilities
    model_id: str
    dimension: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimension), rows of length 1, the same whatever the batching. An empty text is a zero row."""
        ...


def open_embedder(settings: Settings) -> Embedder:
    """Open the embedder that `settings.embedder` names; its model is built once into `settings.models_dir`."""
    from talentflow.embedder.minilm import MiniLMEmbedder

    return MiniLMEmbedder(settings.models_dir, threads=settings.workers)
