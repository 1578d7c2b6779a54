"""silver.job_offers and silver.candidates → silver.embeddings, by actors that load the model once.

python -m ray_jobs.embed
ray job submit --address ray://… -- python -m ray_jobs.embed
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
import structlog
from numpy.typing import NDArray

from talentflow.capabilities import Capabilities
from talentflow.embedder import Embedder, open_embedder
from talentflow.engines.ray import join
from talentflow.errors import ServiceUnavailable
from talentflow.lakehouse import Lakehouse, small_lakehouse
from talentflow.matching.embed import embed_new
from talentflow.report import StageReport
from talentflow.settings import Settings, load_settings

PIECE = 16
"""Texts an actor is handed at a time."""
RETRIES = 3
"""Times that a piece is tried again after its actor, or its node, died."""

_log = structlog.get_logger(__name__)


class RayEmbedder:
    """An `Embedder` that hands texts to `settings.workers` actors; the vectors are those of the settings' own embedder.

    A context manager: leaving it ends the actors, and Ray where it was started for them. A dead actor is started again and
    its piece with it. Raises at the first text: MissingExtra, ServiceUnavailable.
    """

    capabilities = Capabilities(survives_restart=False)

    def __init__(self, settings: Settings) -> None:
        here = open_embedder(settings)  # loads nothing before its first text
        self.model_id, self.dimension = here.model_id, here.dimension
        self._settings = settings
        self._actors: list[Any] = []
        self._pool: Any = None
        self._is_ours = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not self._actors:
            return
        import ray

        for actor in self._actors:
            ray.kill(actor)
        if self._is_ours:
            ray.shutdown()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.embed`. Equal texts are embedded once. Raises ServiceUnavailable when actors keep dying."""
        distinct = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        if not distinct:
            return np.zeros((0, self.dimension), np.float32)
        self._start()
        from ray.exceptions import RayError

        each = list(distinct)
        pieces = [each[start : start + PIECE] for start in range(0, len(each), PIECE)]
        try:
            vectors = np.concatenate(list(self._pool.map(_embed, pieces)))
        except RayError as error:
            raise ServiceUnavailable(
                f"Ray could not embed {len(each)} texts, its actors keep dying: {error}; see its nodes' memory, run again"
            ) from error
        return vectors[[distinct[text] for text in texts]]

    def _start(self) -> None:
        if self._pool is not None:
            return
        self._is_ours = join(self._settings.ray_address, self._settings.workers)
        import ray
        from ray.util.actor_pool import ActorPool

        # on this machine the number of actors is the limit: they must not wait for the cores of an engine's
        cores = 1 if self._settings.ray_address else 0
        remote: Any = ray.remote(num_cpus=cores, max_restarts=-1, max_task_retries=RETRIES)(_Model)
        self._actors = [remote.remote(self._settings) for _ in range(self._settings.workers)]
        self._pool = ActorPool(self._actors)


class _Model:
    """What runs on a node: the embedder, with its model loaded at the first text."""

    def __init__(self, settings: Settings) -> None:
        self._embedder: Embedder = open_embedder(settings.model_copy(update={"workers": 1}))

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        return self._embedder.embed(texts)


def _embed(actor: Any, texts: list[str]) -> Any:
    return actor.embed.remote(texts)


def embed_by_ray(settings: Settings, lakehouse: Lakehouse, *, run_id: str) -> StageReport:
    """`embed_new` with the model on Ray; resumable as that is: what is embedded is not embedded again."""
    with RayEmbedder(settings) as embedder:
        return embed_new(lakehouse, embedder, run_id=run_id, batch_rows=settings.batch_rows)


def main() -> None:
    """Embed what is new in the home of the environment's settings. Raises Busy while another run writes to it."""
    from talentflow.home import hold
    from talentflow.incremental import new_run_id
    from talentflow.lineage import follow
    from talentflow.matching.embed import STAGE

    settings = load_settings()
    lakehouse, run_id = small_lakehouse(settings), new_run_id()
    with hold(settings), follow(settings, lakehouse, run_id, "ray_jobs.embed") as lineage, lineage.stage(STAGE) as tell:
        report = embed_by_ray(settings, lakehouse, run_id=run_id)
        tell(report)
    _log.info("stage done", **report.as_json())


if __name__ == "__main__":
    main()
