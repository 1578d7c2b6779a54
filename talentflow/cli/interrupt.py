"""Ctrl-C, remembered: an interrupt that is raised inside a library's callback can be lost there."""

from __future__ import annotations

import signal
from threading import Event
from types import FrameType

_stopped = Event()


def listen() -> None:
    """Remember Ctrl-C beside raising it; a process that was started deaf to it stays so."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)


def _stop(signum: int, frame: FrameType | None) -> None:
    _stopped.set()
    signal.default_int_handler(signum, frame)


def stopped() -> bool:
    """Whether Ctrl-C was pressed."""
    return _stopped.is_set()


def raise_if_stopped() -> None:
    """Raise KeyboardInterrupt again for one that was lost."""
    if stopped():
        raise KeyboardInterrupt
