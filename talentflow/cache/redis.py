"""The cache in a Redis or Valkey server. One that is lost meanwhile costs time, never truth: `get` answers None, `set` keeps
nothing, and one warning says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr

from talentflow.capabilities import Capabilities
from talentflow.errors import BadSettings, ServiceUnavailable

if TYPE_CHECKING:
    from redis import Redis

_GLOB = re.compile(r"([\\*?\[\]^-])")
_SECONDS = 2.0

_log = structlog.get_logger(__name__)


class RedisCache:
    """A cache on an open client, under keys that start with `prefix`; `leave` is called by `close`. Threads may share it."""

    capabilities = Capabilities(survives_restart=False, concurrent_writers=True)

    def __init__(self, client: Redis, leave: Callable[[], object], *, prefix: str = "") -> None:
        self._client = client
        self._prefix = prefix
        self._is_lost = False
        self._leave = leave

    def get(self, key: str) -> bytes | None:
        """The value, or None when it was never set, is past its time or was evicted."""
        from redis import RedisError

        try:
            return self._client.get(self._key(key))  # pyright: ignore[reportReturnType]
        except RedisError as error:
            self._lost(error)
            return None

    def set(self, key: str, value: bytes, *, ttl: timedelta) -> None:
        """Keep a value for a while. When memory is full the least recently used values go."""
        from redis import RedisError

        try:
            milliseconds = int(ttl.total_seconds() * 1000)
            if milliseconds > 0:
                self._client.set(self._key(key), value, px=milliseconds)
            else:
                self._client.unlink(self._key(key))
        except RedisError as error:
            self._lost(error)

    def delete_prefix(self, prefix: str) -> int:
        """Delete the keys that start with `prefix`; returns how many."""
        from redis import RedisError

        deleted = 0
        pattern = _encode(_GLOB.sub(r"\\\1", self._prefix + prefix)) + b"*"
        try:
            found: list[bytes] = []
            for key in self._client.scan_iter(match=pattern, count=1000):
                found.append(key)
                if len(found) == 1000:
                    deleted += int(self._client.unlink(*found))  # pyright: ignore[reportArgumentType]
                    found = []
            if found:
                deleted += int(self._client.unlink(*found))  # pyright: ignore[reportArgumentType]
        except RedisError as error:
            self._lost(error)
        return deleted

    def close(self) -> None:
        self._leave()

    def _key(self, key: str) -> bytes:
        return _encode(self._prefix + key)

    def _lost(self, error: Exception) -> None:
        if not self._is_lost:
            self._is_lost = True
            _log.warning("cache lost, going on without it", cause=str(error))


def _encode(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")


def open_redis(url: SecretStr | None, *, prefix: str) -> RedisCache:
    """The cache of a running server: `redis://[[user]:password@]host[:port][/database]`, `rediss://…` or `unix://[…]/path`.

    Raises: BadSettings (no URL, none that can be used, a password that is refused), ServiceUnavailable. None shows the password.
    """
    from redis import AuthenticationError, RedisError, ResponseError
    from redis.exceptions import BusyLoadingError

    if url is None or not url.get_secret_value():
        raise BadSettings("no Redis is named: set TALENTFLOW_REDIS_URL, or start one with  talentflow services up redis")
    client = _client(url.get_secret_value())
    try:
        client.ping()
    except (AuthenticationError, ResponseError) as error:
        if isinstance(error, BusyLoadingError):
            raise _unavailable(error) from error
        raise BadSettings(
            f"the cache server refuses us ({error}): correct the user, password or database number in TALENTFLOW_REDIS_URL, or "
            "go on without by TALENTFLOW_CACHE=none"
        ) from error
    except RedisError as error:
        raise _unavailable(error) from error
    return RedisCache(client, client.close, prefix=prefix)


def _client(url: str) -> Redis:
    """A client of this URL; connects to nothing yet. Raises BadSettings."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        # redis-py takes what is no number for database 0
        database = urlsplit(url).path.strip("/")
        if not url.startswith("unix:") and not ((database.isascii() and database.isdecimal()) or not database):
            raise ValueError("the database is no number")
        # from_url raises TypeError for an option that there is not, when the first connection is made
        client = Redis.from_url(url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS, retry=Retry(NoBackoff(), 1))
        client.connection_pool.make_connection()
    except (ValueError, TypeError):
        # the cause is left out: it can quote a part of the password
        raise BadSettings(
            "TALENTFLOW_REDIS_URL is no Redis URL: write redis://host:port/0, rediss://… or unix:///path, with a password as "
            "redis://:password@host and its special characters as %40 and the like"
        ) from None
    return client


def _unavailable(error: Exception) -> ServiceUnavailable:
    return ServiceUnavailable(
        f"the cache server does not answer ({type(error).__name__}): see whether it runs and TALENTFLOW_REDIS_URL names it, "
        "or go on without by TALENTFLOW_CACHE=none"
    )
