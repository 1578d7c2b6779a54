"""No cache: everything is computed anew."""

from __future__ import annotations

from datetime import timedelta

from talentflow.capabilities import Capabilities


class NoCache:
    """Keeps nothing."""

    capabilities = Capabilities(survives_restart=False)

    def get(self, key: str) -> bytes | None:  # noqa: ARG002 - the port's signature
        return None

    def set(self, key: str, value: bytes, *, ttl: timedelta) -> None: ...

    def delete_prefix(self, prefix: str) -> int:  # noqa: ARG002 - the port's signature
        return 0

    def close(self) -> None: ...
