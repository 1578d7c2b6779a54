"""What an adapter can do, as data, so that no caller asks which adapter it holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Capabilities:
    shared: bool = False
    """Other machines see the same state."""
    survives_restart: bool = True
    concurrent_writers: bool = False
