"""What a target is: the name of a configured source, a file or folder, a Postgres address, or a web address."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr
from rapidfuzz import fuzz, process

from producers.addresses import checked_url, masked
from producers.reading import Reading
from producers.sources import (
    AtsSource,
    DatabaseSource,
    FeedSource,
    FilesSource,
    InteractionsSource,
    MailboxSource,
    SiteSource,
    Source,
    read_sources,
)
from producers.state import State, state_of
from talentflow.errors import BadInput, BadSettings
from talentflow.ids import digest
from talentflow.settings import Settings

FILES = "files"
"""The source of files that are named on the command line, as `talentflow quick` has it: the same file is the same document."""
INTERACTIONS = "interactions"
"""The source of files of interactions that are named on the command line."""
_MAIL = {".mbox", ".mbx", ".eml"}
_DATABASES = ("postgres", "postgresql")
_LONGEST_NAME = 80
_NOT_IN_NAMES = re.compile(r"[^\w.@-]+")
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+([:/?].*)?")


@dataclass(frozen=True)
class _Asked:
    """A target as it was said, and what it may be judged by."""

    said: str
    settings: Settings
    configured: dict[str, Source | BadSettings]
    allow_private_hosts: bool

    @property
    def scheme(self) -> str:
        return self.said.partition("://")[0].casefold() if "://" in self.said else ""


def all_targets(settings: Settings) -> list[str]:
    """The names of what is configured and not switched off. Raises: BadInput when there is none, BadSettings."""
    names = [n for n, source in read_sources(settings).items() if isinstance(source, BadSettings) or source.enabled]
    if not names:
        raise BadInput(
            f"there is nothing to ingest: name a URL, a file or a folder, or configure sources in {settings.sources_file}"
        )
    return names


def source_of(target: str, settings: Settings, *, allow_private_hosts: bool = False) -> Source:
    """The source that a target stands for; the name of one that is not configured comes from its host, board or kind.

    A web address that no applicant tracking system has is looked at once: a feed, or a site.

    Raises:
        BadInput: it is nothing of these; the sentence has what was tried and the nearest configured names.
        BadSettings: a configured source that is wrong.
        What `producers.http.Http` raises when the address is looked at.
    """
    configured = read_sources(settings)
    asked = _Asked(target.strip(), settings, configured, allow_private_hosts or settings.allow_private_hosts)
    for way in _WAYS:
        if (source := way.recognise(asked)) is not None:
            return source
    raise BadInput(_unknown(asked))


def _configured(asked: _Asked) -> Source | None:
    """By its name, or the address that it is configured with."""
    source = asked.configured.get(asked.said)
    if isinstance(source, BadSettings):
        raise source
    if source is not None or not asked.scheme:
        return source
    known = [s for s in asked.configured.values() if isinstance(s, SiteSource | FeedSource)]
    return next((s for s in known if s.url == asked.said), None)


def _path(asked: _Asked) -> Source | None:
    path = Path(asked.said).expanduser()
    try:
        if not asked.said or not (path.exists() or path.is_symlink()):
            return None
    except (OSError, ValueError):  # too long for a path, a null character
        return None
    return files_at(path)


def files_at(path: Path, name: str = FILES, like: Source | None = None) -> FilesSource | MailboxSource | InteractionsSource:
    """A file or folder as a source; of a configured one (`like`) everything but the path stays."""
    if isinstance(like, MailboxSource):
        return like.model_copy(update={"path": path})
    if (isinstance(like, FilesSource) and like.name != FILES) or isinstance(like, InteractionsSource):
        return like.model_copy(update={"paths": [path]})
    if path.suffix.casefold() in _MAIL:
        return MailboxSource(name=name, path=path)
    return FilesSource(name=name, paths=[path])


def interactions_at(source: Source, target: str) -> InteractionsSource:
    """What `target` stands for as a source of interactions. Raises: BadInput for what is neither files nor such a source."""
    if isinstance(source, InteractionsSource):
        return source
    if isinstance(source, FilesSource):
        name = INTERACTIONS if source.name == FILES else source.name
        return InteractionsSource(name=name, terms=source.terms, paths=source.paths, mapping=source.mapping)
    raise BadInput(f"{masked(target)} cannot be read as interactions: name a file of JSON Lines or CSV, or a folder of them")


def _database(asked: _Asked) -> Source | None:
    if asked.scheme.partition("+")[0] not in _DATABASES:
        return None
    try:
        parts = urlsplit(asked.said)
        where = (parts.hostname or "localhost", str(parts.port or ""), parts.path)
    except ValueError:  # its reader says what is wrong with it
        where = ()
    return DatabaseSource(name=_name(asked, "database", *where), url=SecretStr(asked.said))


def _board(asked: _Asked) -> Source | None:
    from producers.ats import recognise

    if (found := recognise(asked.said)) is None:
        return None
    ats, board = found
    return AtsSource(name=_name(asked, "ats", ats, board), ats=ats, board=board)


def _address(asked: _Asked) -> Source | None:
    if asked.scheme not in ("http", "https"):
        return None
    url = checked_url(asked.said)
    host = url.host if url.port is None else f"{url.host}-{url.port}"
    kind = _kind_at(asked, _name(asked, "site", host))
    sources: dict[str, Source] = {
        "feed": FeedSource(name=_name(asked, "feed", host), url=asked.said),
        "site": SiteSource(name=_name(asked, "site", host), url=asked.said),
    }
    return sources[kind]


def _kind_at(asked: _Asked, name: str) -> str:
    """`feed` or `site`: looked at when the address is new, remembered for the next ingest."""
    from producers.feeds import looks_like_feed

    with State(state_of(asked.settings, name)) as state:
        mark = f"looked:{digest(asked.said)}"
        if (kind := state.mark(mark)) is not None:
            return kind
        reading = Reading(asked.settings, state, datetime.now(UTC), allow_private_hosts=asked.allow_private_hosts)
        try:
            page = reading.http.get(asked.said, conditional=False)
        finally:
            reading.close()
        kind = "feed" if page is not None and looks_like_feed(page) else "site"
        state.set_mark(mark, kind)
    return kind


class _Way(NamedTuple):
    what: str
    recognise: Callable[[_Asked], Source | None]


_WAYS: Sequence[_Way] = (
    _Way("the name of a configured source", _configured),
    _Way("a file or folder that is there", _path),
    _Way("a Postgres address", _database),
    _Way("an employer's board on an applicant tracking system", _board),
    _Way("a web address", _address),
)
"""In this order; the first that recognises a target has it."""


def _name(asked: _Asked, otherwise: str, *parts: str) -> str:
    """A name that can be read and is safe as a file's; none that a configured source of other settings has."""
    joined = _NOT_IN_NAMES.sub("-", "-".join(p.strip("/") for p in parts if p.strip("/"))).strip("-.@") or otherwise
    if len(joined) > _LONGEST_NAME:
        joined = f"{joined[:_LONGEST_NAME]}-{digest(joined)[:8]}"
    return f"{joined}-given" if joined in asked.configured else joined


def _unknown(asked: _Asked) -> str:
    tried = ", ".join(way.what for way in _WAYS[:-1])
    near = process.extract(asked.said, list(asked.configured), scorer=fuzz.WRatio, limit=3, score_cutoff=60)
    hints: list[str] = []
    if near:
        hints.append(f"did you mean {' or '.join(name for name, _, _ in near)}?")
    if not asked.scheme and _HOST.fullmatch(asked.said):
        hints.append(f"for a site write https://{asked.said}")
    elif not near:
        hints.append(f"correct it, or configure it in {asked.settings.sources_file}")
    return f"{masked(asked.said)!r} is not {tried} or {_WAYS[-1].what}: {'; '.join(hints)}"
