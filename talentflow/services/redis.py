"""A Valkey server on this machine, reached over TCP as a Redis is."""

from __future__ import annotations

from pathlib import Path

from talentflow.cache.valkey import server_binary
from talentflow.services.launch import Launch

NAME = "redis"
START_SECONDS = 15.0


def launch(folder: Path, port: int) -> Launch:
    """How to start a server on `port`; it keeps nothing on disk. Raises ServiceUnavailable."""
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        "maxmemory": "256mb",
        "maxmemory-policy": "allkeys-lru",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    address = f"redis://127.0.0.1:{port}/0"
    return Launch([server_binary(folder), *arguments], address, {"redis_url": address})
