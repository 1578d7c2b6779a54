"""What a service says of how it is started."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Launch:
    """A command that stays in the foreground, where it will answer, and the settings that point to it."""

    command: list[str]
    address: str
    settings: dict[str, str]
    environment: dict[str, str] = field(default_factory=dict[str, str])


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def is_answered(port: int) -> bool:
    """Somebody listens on this port of 127.0.0.1."""
    with socket.socket() as trial:
        trial.settimeout(1)
        return trial.connect_ex(("127.0.0.1", port)) == 0
