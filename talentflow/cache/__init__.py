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
    """Open the cache that `settings.cache` names. Raises: ServiceUnavailable."""
    if settings.cache == "none":
        from talentflow.cache.none import NoCache

        return NoCache()
    from talentflow.cache.valkey import ValkeyCache

    return ValkeyCache(settings.home / "cache")
