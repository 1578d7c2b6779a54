"""Which function reads which type of source, and reads its kept answers again."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from producers.reading import Reader, Rereader
from producers.sources import Source


class _Names(NamedTuple):
    module: str
    read: str
    reread: str | None


_READERS = {
    "site": _Names("producers.crawl", "read_site", "reread_site"),
    "ats": _Names("producers.ats", "read_ats", "reread_ats"),
    "feed": _Names("producers.feeds", "read_feed", "reread_feed"),
    "jobspy": _Names("producers.jobspy", "read_jobspy", "reread_jobspy"),
    "files": _Names("producers.files", "read_files", None),
    "mailbox": _Names("producers.mailbox", "read_mailbox", None),
    "interactions": _Names("producers.interactions", "read_interactions", None),
    "database": _Names("producers.cv_database", "read_database", None),
}


def reader_of(source: Source) -> Reader:
    """The reader of this type of source; its module is imported now. Raises MissingExtra."""
    names = _READERS[source.type]
    return getattr(import_module(names.module), names.read)


def rereader_of(source: Source) -> Rereader | None:
    """What reads a kept answer of this type of source again; None where only the document itself is kept."""
    names = _READERS[source.type]
    return getattr(import_module(names.module), names.reread) if names.reread else None
