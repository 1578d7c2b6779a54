"""Applicant tracking systems: employers' public boards, one file a system (docs/ats.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from urllib.parse import unquote, urlsplit

from producers.ats.adapter import Adapter, Board
from producers.ats.board import read_board
from producers.ats.reader import BoardReader, reread
from producers.reading import Answer, Reading
from producers.sources import AtsSource
from talentflow.errors import BadSettings
from talentflow.eventlog.messages import Found

__all__ = ["SYSTEMS", "adapter_named", "read_ats", "recognise", "reread_ats"]

SYSTEMS = (
    "ashby",
    "bamboohr",
    "eightfold",
    "freehire",
    "greenhouse",
    "hrmdirect",
    "icims",
    "jobvite",
    "lever",
    "neogov",
    "oracle",
    "paylocity",
    "personio",
    "pinpoint",
    "recruitee",
    "rippling",
    "smartrecruiters",
    "teamtailor",
    "workable",
    "workday",
    "phenom",
)
"""Names of the adapters, each a module of this package, in the order in which addresses are tried: Phenom last, whose sites are
on their employers' own domains."""


def read_ats(source: AtsSource, reading: Reading) -> Iterator[Answer]:
    """The offers of a board.

    Raises:
        BadSettings: no adapter of this name.
        NotFound: no such board.
        ServiceUnavailable, UnexpectedAnswer: a page or a detail could not be fetched; what could be was yielded before.
    """
    return read_board(_reader(source), reading)


def reread_ats(source: AtsSource, url: str, payload: bytes) -> Iterator[Found]:
    """The offers of a kept answer of the board: a page of its listing, one entry, or one detail, as `url` says."""
    return reread(_reader(source), url, payload)


def recognise(url: str) -> tuple[str, str] | None:
    """The adapter and the board that an address names; None for any other address."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username:
        return None
    address = f"{host}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    for name in SYSTEMS:
        for pattern in adapter_named(name).hosts:
            if found := re.match(pattern, address, re.IGNORECASE):
                return name, unquote("/".join(part for part in found.groups() if part))
    return None


@cache
def adapter_named(name: str) -> Adapter:
    """Raises BadSettings for a name that is no adapter's."""
    if name not in SYSTEMS:
        known = ", ".join(sorted(SYSTEMS))
        raise BadSettings(f"there is no adapter for the applicant tracking system {name!r}: use one of {known}")
    return import_module(f"producers.ats.{name}").ADAPTER


def _reader(source: AtsSource) -> BoardReader:
    adapter = adapter_named(source.ats)
    base = (source.base_url or adapter.base(source.board)).rstrip("/")
    return BoardReader(adapter, Board(source.board, base, source.company), source)
