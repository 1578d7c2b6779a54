"""What is remembered of a source between ingests: how far it was read, and what it offered.

One SQLite file a source. Nothing in it is needed to keep documents: losing it costs reading the source again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from talentflow.errors import BadSettings, ServiceUnavailable
from talentflow.settings import Settings

_SCHEMA = """
CREATE TABLE IF NOT EXISTS validators (url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS open_offers (source_key TEXT PRIMARY KEY, source_uri TEXT NOT NULL) WITHOUT ROWID;
"""
_WAIT_SECONDS = 30


@dataclass(frozen=True)
class Validators:
    """What a server gave to ask for changes by (RFC 9110, conditional requests)."""

    etag: str | None = None
    last_modified: str | None = None


def state_of(settings: Settings, name: str) -> Path:
    """Where what is remembered of the source of this name is kept."""
    return settings.home / "sources" / f"{name}.sqlite"


class State:
    """Open with `with`. Every write is durable when it returns.

    Raises: BadSettings when the file is none of these, ServiceUnavailable when it cannot be opened now.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self.connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            """For readers that keep tables of their own beside these."""
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("PRAGMA synchronous=NORMAL")
            self.connection.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            raise ServiceUnavailable(f"what is remembered of a source cannot be opened: {path}: {error}: try again") from error
        except sqlite3.DatabaseError as error:
            raise BadSettings(
                f"{path} is damaged ({error}): move it away, its source is then read again from the beginning"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.connection.close()

    def validators(self, url: str) -> Validators | None:
        """What the last committed answer for this URL carried."""
        row = self.connection.execute("SELECT etag, last_modified FROM validators WHERE url = ?", (url,)).fetchone()
        return Validators(*row) if row else None

    def remember(self, url: str, validators: Validators) -> None:
        """Call when the answer's documents are safe; validators without a value forget the URL."""
        if validators == Validators():
            self.connection.execute("DELETE FROM validators WHERE url = ?", (url,))
            return
        self.connection.execute(
            "INSERT OR REPLACE INTO validators VALUES (?, ?, ?)", (url, validators.etag, validators.last_modified)
        )

    def mark(self, key: str) -> str | None:
        """A position or fingerprint kept under `key`."""
        row = self.connection.execute("SELECT value FROM marks WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_mark(self, key: str, value: str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (key, value))

    def open_offers(self) -> dict[str, str]:
        """source_key → source_uri of what the source offered when it was last read."""
        return dict(self.connection.execute("SELECT source_key, source_uri FROM open_offers").fetchall())

    def set_open(self, offers: Mapping[str, str]) -> None:
        """Add or update offers that are open."""
        self.connection.executemany("INSERT OR REPLACE INTO open_offers VALUES (?, ?)", list(offers.items()))

    def set_closed(self, keys: Iterable[str]) -> None:
        """Forget offers that are closed."""
        self.connection.executemany("DELETE FROM open_offers WHERE source_key = ?", [(k,) for k in keys])
