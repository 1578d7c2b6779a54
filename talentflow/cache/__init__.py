"""Cache: recent answers, kept for a while. Losing it costs time, never truth."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from talentflow.capabilities import Capabilities
from talentflow.settings import Settings


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
