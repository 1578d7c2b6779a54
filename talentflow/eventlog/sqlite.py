"""The event log in one SQLite file: one partition a topic, offsets without gaps.

Write-ahead logging lets readers go on while someone appends. `synchronous=FULL` syncs the log at every commit: with
NORMAL a power cut may take back commits that were acknowledged, and a producer would not know. Messages are committed
in groups, so that a group and not a message pays for the sync.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from talentflow.capabilities import Capabilities
from talentflow.errors import BadSettings, ServiceUnavailable, StorageFull, TalentflowError
from talentflow.eventlog import Appended, Message, Received

GROUP_MESSAGES = 2000
GROUP_BYTES = 8 * 2**20
PARTITION = 0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS topics (topic_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS messages (
    topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL,
    timestamp INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, headers TEXT,
    PRIMARY KEY (topic_id, partition, "offset")
);
"""
_INSERT = "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)"
_NEXT = 'SELECT coalesce(max("offset") + 1, 0) FROM messages WHERE topic_id = ? AND partition = ?'
_READ = """
SELECT "offset", timestamp, key, value, headers FROM messages
WHERE topic_id = ? AND partition = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?
"""


class SqliteEventLog:
    """An event log that any number of processes on one machine may open.

    Args:
        path: the file; it and its folder are made when they are not there.
        busy_seconds: how long to wait for another writer.

    Raises: StorageFull, ServiceUnavailable, BadSettings (the file is not an event log).
    """

    capabilities = Capabilities(concurrent_writers=True)
    log_id = "sqlite"

    def __init__(self, path: Path, *, busy_seconds: float = 30.0) -> None:
        self._path = path
        self._lock = threading.Lock()
        with _errors_of(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            # Threads of one process share the connection; the lock keeps their transactions apart.
            self._db = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
                self._db.executescript(_SCHEMA)
            except sqlite3.Error:
                self._db.close()
                raise

    def append(self, topic: str, messages: Iterable[Message]) -> Appended:
        """See `EventLog.append`. A group is at most 2,000 messages or, when that is less, about 8 MB."""
        appended = 0
        for group in _groups(messages):
            with self._lock, _errors_of(self._path), self._transaction():
                appended += self._append_group(topic, group)
        return Appended(appended)

    def _append_group(self, topic: str, group: list[Message]) -> int:
        self._db.execute("INSERT OR IGNORE INTO topics (name) VALUES (?)", (topic,))
        topic_id = self._topic_id(topic)
        (first,) = self._db.execute(_NEXT, (topic_id, PARTITION)).fetchone()
        now = time.time_ns() // 1_000_000
        self._db.executemany(
            _INSERT,
            (
                (topic_id, PARTITION, offset, now, _encode(m.key), m.value, json.dumps(m.headers) if m.headers else None)
                for offset, m in enumerate(group, first)
            ),
        )
        return len(group)

    def read(self, topic: str, offsets: dict[int, int], limit: int) -> list[Received]:
        """See `EventLog.read`. Raises: ServiceUnavailable."""
        with self._lock, _errors_of(self._path):
            topic_id = self._topic_id(topic)
            if topic_id is None or limit <= 0:
                return []
            rows = self._db.execute(_READ, (topic_id, PARTITION, offsets.get(PARTITION, 0), limit)).fetchall()
        return [
            Received(topic, PARTITION, offset, timestamp, _decode(key), value, json.loads(headers) if headers else {})
            for offset, timestamp, key, value, headers in rows
        ]

    def end_offsets(self, topic: str) -> dict[int, int]:
        """See `EventLog.end_offsets`. Raises: ServiceUnavailable."""
        with self._lock, _errors_of(self._path):
            topic_id = self._topic_id(topic)
            if topic_id is None:
                return {}
            (end,) = self._db.execute(_NEXT, (topic_id, PARTITION)).fetchone()
            return {PARTITION: end}

    def close(self) -> None:
        with self._lock, _errors_of(self._path):
            self._db.close()

    def _topic_id(self, topic: str) -> int | None:
        row = self._db.execute("SELECT topic_id FROM topics WHERE name = ?", (topic,)).fetchone()
        return row[0] if row else None

    @contextmanager
    def _transaction(self) -> Generator[None]:
        """All or nothing. IMMEDIATE takes the write lock first: the offsets read inside stay the last ones."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


def _groups(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Bounded lists, gathered while no transaction is open: a slow producer holds up nobody."""
    rest = iter(messages)
    while group := list(_up_to_bytes(islice(rest, GROUP_MESSAGES))):
        yield group


def _up_to_bytes(messages: Iterator[Message]) -> Iterator[Message]:
    size = 0
    for message in messages:
        yield message
        size += len(message.value)
        if size >= GROUP_BYTES:
            return


def _encode(key: str) -> bytes:
    """File names that are no valid UTF-8 reach us with lone surrogates; they must come back as they were."""
    return key.encode("utf-8", "surrogatepass")


def _decode(key: bytes) -> str:
    return key.decode("utf-8", "surrogatepass")


@contextmanager
def _errors_of(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error, path) from error
    except OSError as error:
        raise ServiceUnavailable(
            f"The event log cannot be opened: {path}: {error.strerror}; check the folder's rights"
        ) from error


def _translated(error: sqlite3.Error, path: Path) -> TalentflowError:
    name: str = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_FULL" or name in ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHMSIZE"):
        return StorageFull(f"The event log could not be written: {path}: {error}; free space on this disk, then run again")
    if name in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
        return BadSettings(f"This file is not an event log: {path}: {error}; move it away, then run again")
    return ServiceUnavailable(f"The event log does not answer: {path}: {error}; see who else writes to it, then run again")
