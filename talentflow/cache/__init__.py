"""Cache: recent answers, kept for a while. Losing it costs time, never truth."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

import structlog

from talentflow.capabilities import Capabilities
from talentflow.errors import ServiceUnavailable
from talentflow.settings import Settings

_log = structlog.get_logger(__name__)


class Cache(Protocol):
    capabilities: Capabilities

    def get(self, key: str) -> bytes | None: ...

    def set(self, key: str, value: bytes, *, ttl: timedelta) -> None: ...

    def delete_prefix(self, prefix: str) -> int: ...

    def close(self) -> None: ...


def open_cache(settings: Settings) -> Cache:
    """Open the cache that `settings.cache` names. Raises: BadSettings, ServiceUnavailable."""
    if settings.cache == "none":
        from talentflow.cache.none import NoCache

        return NoCache()
    if settings.cache == "redis":
        from talentflow.cache.redis import open_redis

        return open_redis(settings.redis_url, prefix=settings.redis_prefix)
    from talentflow.cache.valkey import open_valkey

    return open_valkey(settings.home / "cache")


def open_cache_if_there(settings: Settings) -> Cache:
    """The cache, or one that keeps nothing where its server does not answer now. Raises: BadSettings."""
    try:
        return open_cache(settings)
    except ServiceUnavailable as error:
        from talentflow.cache.none import NoCache

        _log.warning("no_cache", error=str(error))
        return NoCache()
