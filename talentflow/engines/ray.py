"""The Ray engine: a pool of actors, on this machine or on a cluster.

An actor keeps what the stage loads (models, patterns, taxonomy) between pieces. One that dies or hangs is replaced; its
piece is run again row by row, so that one document is blamed and not its neighbours.
"""

from __future__ import annotations

import logging
import os
import pickle
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from talentflow.capabilities import Capabilities
from talentflow.engines.local import PRELOAD
from talentflow.engines.pool import Failure, Pool
from talentflow.errors import MissingExtra, ServiceUnavailable
from talentflow.stages import Stage

_ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "RAY_DEDUP_LOGS": "0"}
_START_SECONDS = 120.0
_OBJECT_STORE_BYTES = 200 * 2**20


def join(address: str | None, cores: int) -> bool:
    """Join the Ray of `address`, or start one with `cores` on this machine; one a process.

    Returns:
        Whether it was joined now, and so is the caller's to leave (`ray.shutdown()`).

    Raises: MissingExtra, ServiceUnavailable.
    """
    os.environ.update({name: value for name, value in _ENVIRONMENT.items() if name not in os.environ})
    try:
        import ray
    except ImportError as error:
        raise MissingExtra("ray", "ray") from error
    options: dict[str, Any] = {"address": address} if address else {"num_cpus": cores}
    if not address:
        options |= {"include_dashboard": False, "object_store_memory": _OBJECT_STORE_BYTES}
    try:
        if ray.is_initialized():
            return False
        ray.init(logging_level=logging.ERROR, log_to_driver=False, **options)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        where = address or "this machine"
        raise ServiceUnavailable(f"Ray at {where} does not start: {error}; see TALENTFLOW_RAY_ADDRESS") from error
    return True


class RayEngine:
    """Runs stages in `workers` actors, started at the first piece and kept for all stages.

    Args:
        workers: actors, one piece at a time and one core each.
        memory_bytes: address space of an actor beyond its start (Linux).
        address: of a cluster (`ray://host:10001`, `auto`); None starts Ray on this machine, and ends it with the engine.
        grace_seconds: added to the limit of an actor's first piece of a stage, for what it has to import and load.
        preload: modules that an actor imports first; after a colon a function of one that is called.
    """

    capabilities = Capabilities(survives_restart=False)

    def __init__(
        self,
        workers: int,
        memory_bytes: int,
        *,
        address: str | None = None,
        grace_seconds: float = 60.0,
        preload: Sequence[str] = PRELOAD,
    ) -> None:
        self._cluster = _Cluster(address, workers, memory_bytes, tuple(preload))
        places = [_Worker(self._cluster) for _ in range(workers)]
        self._pool = Pool(places, memory_bytes=memory_bytes, grace_seconds=grace_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.close()
        self._cluster.leave()

    def run(self, stage: Stage, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """See `Engine.run` and `Pool.run`."""
        return self._pool.run(stage, batches)


class _Actor:
    """What runs on a node. Its methods are called by name through Ray."""

    def __init__(self, memory_bytes: int, preload: tuple[str, ...], path: list[str]) -> None:
        from talentflow.engines.worker import preload as load

        sys.path[:] = list(dict.fromkeys([*sys.path, *path]))
        for name in preload:
            load(name)
        if sys.platform == "linux":
            used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + memory_bytes, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def pid(self) -> int:
        return os.getpid()

    def run(self, function: bytes, piece: pa.RecordBatch) -> pa.RecordBatch | tuple[str, str]:
        """The result, or why there is none: a cause and a detail."""
        try:
            return pickle.loads(function)(piece)
        except MemoryError:
            return "memory", ""
        except BaseException as error:  # noqa: BLE001 - whatever a stage raises is the caller's to judge
            return "fault", f"{type(error).__name__}: {error}"


class _Cluster:
    """Joined when the first actor is needed."""

    def __init__(self, address: str | None, workers: int, memory_bytes: int, preload: tuple[str, ...]) -> None:
        self._address = address
        self._workers = workers
        self._memory_bytes = memory_bytes
        self._preload = preload
        self._lock = Lock()
        self._is_joined = False
        self._is_ours = False

    def actor(self) -> Any:
        """A new actor. Raises: MissingExtra, ServiceUnavailable."""
        with self._lock:
            if not self._is_joined:
                self._is_ours = join(self._address, self._workers)
                self._is_joined = True
        import ray

        # on this machine the pool's size is the limit: another engine of this process must not wait for this one's cores
        cores = 1 if self._address else 0
        remote = ray.remote(num_cpus=cores, max_restarts=0, max_task_retries=0)(_Actor)
        return remote.remote(self._memory_bytes, self._preload, [p for p in sys.path if p])

    def leave(self) -> None:
        """End what this engine started; Ray itself is left to whoever else of this process uses it."""
        if self._is_ours:
            import ray

            ray.shutdown()


class _Worker:
    """A place for an actor; a dead one is replaced at the next call."""

    def __init__(self, cluster: _Cluster) -> None:
        self._cluster = cluster
        self._lock = Lock()
        self._actor: Any = None
        self._seen: set[bytes] = set()

    def call(
        self, function: bytes, piece: pa.RecordBatch, seconds: float, grace: float, stopped: Callable[[], bool]
    ) -> pa.RecordBatch:
        """See `Worker.call`."""
        actor = self._started(stopped)
        import ray
        from ray.exceptions import GetTimeoutError, OutOfMemoryError, RayError

        limit = seconds if function in self._seen else seconds + grace
        try:
            answer = ray.get(actor.run.remote(function, piece), timeout=limit)
        except GetTimeoutError as error:
            self.kill()
            raise Failure("time") from error
        except OutOfMemoryError as error:
            self.kill()
            raise Failure("memory") from error
        except RayError as error:
            self.kill()
            raise Failure("death") from error
        self._seen.add(function)
        if isinstance(answer, tuple):
            cause, detail = answer
            if cause == "memory":
                self.kill()
            raise Failure(cause, detail)
        return answer

    def _started(self, stopped: Callable[[], bool]) -> Any:
        with self._lock:
            if stopped():
                raise Failure("stopped")
            if self._actor is None:
                import ray
                from ray.exceptions import RayError

                actor = self._cluster.actor()
                try:
                    ray.get(actor.pid.remote(), timeout=_START_SECONDS)
                except RayError as error:
                    raise ServiceUnavailable(f"Ray starts no actor: {error}; see its logs and its nodes' free cores") from error
                self._actor = actor
                self._seen = set()
            return self._actor

    def kill(self) -> None:
        """End the actor at once. The thread that waits for it learns of it from Ray."""
        with self._lock:
            actor, self._actor = self._actor, None
        if actor is None:
            return
        import ray

        ray.kill(actor, no_restart=True)
