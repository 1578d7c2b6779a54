"""What a service says of how it is started."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pwd


@dataclass(frozen=True)
class Launch:
    """A command that stays in the foreground, where it will answer, and the settings that point to it.

    `user` is whom it runs as, when not as this process's own; `stop` the signal that ends it in order; `is_ready` says
    whether it answers, where an open port does not say so yet.
    """

    command: list[str]
    address: str
    settings: dict[str, str]
    environment: dict[str, str] = field(default_factory=dict[str, str])
    user: pwd.struct_passwd | None = None
    stop: int = signal.SIGTERM
    is_ready: Callable[[], bool] = lambda: True


def write_private(path: Path, text: str) -> None:
    """A file that nobody but its owner can read, whole or not at all."""
    aside = path.with_name(f"{path.name}.part")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(aside, path)


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
