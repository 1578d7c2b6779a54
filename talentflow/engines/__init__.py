"""Engines: run a batch function over batches. They move batches and know nothing of documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self

import pyarrow as pa

from talentflow.capabilities import Capabilities
from talentflow.settings import Settings
from talentflow.stages import Stage


class Engine(Protocol):
    """A context manager: leaving it ends its workers."""

    capabilities: Capabilities

    def run(self, stage: Stage, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Results of `stage.run`, a row for each input row, in input order, read lazily.

        A batch whose worker dies, or that takes too long, is split until the one document that does it is found; that
        one gets a `document_crash` or `document_timeout` outcome.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


def open_engine(settings: Settings) -> Engine:
    """Open the engine that `settings.engine` names. Raises: MissingExtra, ServiceUnavailable (at its first piece)."""
    if settings.engine == "ray":
        from talentflow.engines.ray import RayEngine

        return RayEngine(settings.workers, settings.worker_memory_bytes, address=settings.ray_address)
    if settings.engine == "spark":
        from talentflow.engines.spark import SparkEngine
        from talentflow.spark import open_spark

        return SparkEngine(lambda: open_spark(settings), settings.workers, settings.worker_memory_bytes)
    from talentflow.engines.local import LocalEngine

    return LocalEngine(workers=settings.workers, memory_bytes=settings.worker_memory_bytes)
