"""Vectors kept at a place that publishes nothing at once, published as atomically as files are.

The local generation (see `generations`) says which of the records there are its own: they are sent first, the generation is
swapped, and records that neither it nor the one before uses are deleted (see `records.Books`). Readers ask for a few more
neighbours than they want and keep those of their generation. Records never change, so unchanged rows are not sent again. Each
home has namespaces of its own, `<namespace>.<home>.<model>`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import numpy as np
import structlog
from numpy.typing import NDArray

from talentflow.capabilities import Capabilities
from talentflow.errors import StorageFull, TalentflowError, WriteConflict
from talentflow.ids import digest
from talentflow.vectors import Neighbour, checked, generations
from talentflow.vectors.filtering import Postings
from talentflow.vectors.records import Books, Row, batches, clean, read_rows, row_of, write_rows

STAMP = "vectors.json"
MOST = 10_000
"""Neighbours that are asked for at most."""
SPARE = 50
"""Neighbours asked for beyond those wanted: records of other generations are among them, and ties are seen whole."""
UPSERT_ROWS, UPSERT_BYTES = 1000, 1_900_000
PARALLEL = 4

_log = structlog.get_logger(__name__)


class Remote(Protocol):
    """What a place can do; threads may share it. All of it raises ServiceUnavailable, and BadSettings where somebody must act."""

    dimension: int

    def make(self) -> None:
        """Make the place when it is not there."""
        ...

    def counts(self) -> dict[str, int]:
        """Namespace → records."""
        ...

    def ids(self, namespace: str) -> set[str]: ...

    def upsert(self, namespace: str, rows: Sequence[Row]) -> int | None:
        """Send rows of one request; returns the number of this write, where there is one."""
        ...

    def wait_until_seen(self, namespace: str, numbers: Sequence[int | None], sample: Sequence[str]) -> None:
        """Wait until queries see the writes of these numbers; `sample` are some of their records."""
        ...

    def delete(self, namespace: str, records: Sequence[str]) -> None: ...

    def query(
        self, namespace: str, vector: NDArray[np.float32], top: int, condition: Mapping[str, Any] | None
    ) -> list[tuple[str, float]]:
        """Records and cosines, best first."""
        ...


@dataclass(frozen=True)
class _Namespace:
    there: str
    """Its name at the place."""
    rows: dict[str, Row]
    """In order of id."""

    @cached_property
    def id_of(self) -> dict[str, str]:
        """Record → id."""
        return {row.record: id_ for id_, row in self.rows.items() if row.record}

    @cached_property
    def zeros(self) -> list[str]:
        return [id_ for id_, row in self.rows.items() if not row.record]

    @cached_property
    def zero_postings(self) -> Postings:
        return Postings(self.rows[id_].metadata or {} for id_ in self.zeros)


class RemoteVectors:
    """See `Vectors`. Writes are kept in memory until `publish`; readers see what was published when they opened, and the
    generation that they opened stays whole until the second publication after it.

    Args:
        root: folder of the generations.
        place: stands for the index; what was published for another place is not loaded.
    """

    capabilities = Capabilities(shared=False)

    def __init__(self, root: Path, remote: Remote, *, place: str, model_id: str) -> None:
        self._root = root
        self._remote = remote
        self._place = place
        self._model_id = model_id
        self._dimension = remote.dimension
        self._staged: dict[str, dict[str, Row]] | None = None
        self.reason: str | None = None
        """Why nothing was loaded, when something is published; None otherwise."""
        self._namespaces: dict[str, _Namespace] = {}
        self._load()

    def upsert(
        self, namespace: str, ids: Sequence[str], vectors: NDArray[np.float32], metadata: Sequence[Mapping[str, object]]
    ) -> int:
        """Stage rows; with several of one id the last counts. Returns the distinct ids.

        Raises: ValueError for vectors of another shape, or that are not finite.
        """
        own = checked(ids, vectors, metadata, self._dimension)
        rows = self._stage().setdefault(namespace, {})
        rows.update({id_: row_of(id_, own[i], metadata[i]) for i, id_ in enumerate(ids)})
        return len(set(ids))

    def delete(self, namespace: str, ids: Sequence[str]) -> int:
        rows = self._stage().get(namespace, {})
        return sum(rows.pop(id_, None) is not None for id_ in dict.fromkeys(ids))

    def query(
        self, namespace: str, vector: NDArray[np.float32], k: int, filters: Mapping[str, Sequence[str]] | None = None
    ) -> list[Neighbour]:
        """See `Vectors.query`; at most `MOST`. Raises: ServiceUnavailable, BadSettings."""
        held = self._namespaces.get(namespace)
        if held is None or k <= 0 or not held.rows:
            return []
        query = np.ascontiguousarray(vector, np.float32).reshape(-1)
        if len(query) != self._dimension:
            raise ValueError(f"expected a vector of {self._dimension}, got {vector.shape}")
        if not query.any() and not filters:
            return [Neighbour(id_, 0.0) for id_ in list(held.rows)[:k]]
        allowed = held.zero_postings.allowed(filters)
        zeros = held.zeros if allowed is None else [held.zeros[row] for row in allowed]
        found = self._nearest(held, query, k, filters) + [Neighbour(id_, 0.0) for id_ in zeros]
        return sorted(found, key=_order)[:k]

    def ids(self, namespace: str) -> list[str]:
        held = self._namespaces.get(namespace)
        return list(held.rows) if held else []

    def stats(self) -> dict[str, int]:
        return {name: len(held.rows) for name, held in sorted(self._namespaces.items())}

    def publish(self, beside: Callable[[Path], None] | None = None) -> None:
        """Make what was staged the published generation and see it; sends what is new, deletes what nobody uses any more.

        Args:
            beside: writes more files of the same generation into the folder it is given.

        Raises: Busy, StorageFull, ServiceUnavailable, BadSettings, WriteConflict (the old generation stays).
        """
        staged = self._stage()
        done: list[Books] = []

        def write(folder: Path) -> None:
            books = self._send(staged)
            stamp = {"kept_in": self._place, "model_id": self._model_id, "dimension": self._dimension}
            namespaces = {name: self._there(name, books.owner) for name in sorted(staged)}
            (folder / STAMP).write_text(json.dumps(stamp | {"owner": books.owner, "namespaces": namespaces}), "utf-8")
            for name, rows in staged.items():
                write_rows(folder, name, rows)
            if beside is not None:
                beside(folder)
            done.append(books)

        generations.publish(self._root, write, lambda: self._clear(done[0]))
        self._staged = None
        self._load()

    def _nearest(
        self, held: _Namespace, query: NDArray[np.float32], k: int, filters: Mapping[str, Sequence[str]] | None
    ) -> list[Neighbour]:
        """The `k` nearest of this generation and those that tie with the last of them, zero vectors apart."""
        accepted = {name: [clean(value) for value in dict.fromkeys(values)] for name, values in (filters or {}).items()}
        if not all(accepted.values()) or not held.id_of:
            return []
        condition = {name: {"$in": values} for name, values in accepted.items()} or None
        # every row is equally far from a zero vector: all that pass are asked for, by some other vector
        direction, top = (query, min(MOST, k + SPARE)) if query.any() else (_some_vector(self._dimension), MOST)
        while True:
            matches = self._remote.query(held.there, direction, top, condition)
            own = [Neighbour(held.id_of[id_], score) for id_, score in matches if id_ in held.id_of]
            if not query.any():
                own = [Neighbour(one.id, 0.0) for one in own]
            own.sort(key=_order)
            if len(matches) < top or top == MOST or (len(own) > k and own[k].score < own[k - 1].score):
                return own
            top = min(MOST, 4 * top)

    def _send(self, staged: Mapping[str, Mapping[str, Row]]) -> Books:
        """Send the records that are not there yet and wait until they are seen. Returns the books after the swap."""
        published = self._published()
        books = Books.read(self._books_file) or Books(uuid4().hex[:12])
        wanted: dict[str, dict[str, Row]] = {}
        for name, rows in staged.items():
            wanted[self._there(name, books.owner)] = {row.record: row for row in rows.values() if row.record}
        self._remote.make()
        counts = self._remote.counts()
        changed = published != {there: rows.keys() for there, rows in wanted.items()}
        after = Books(books.owner)
        for there in sorted({*wanted, *published, *books.previous, *books.sending, *books.strays}):
            want, held = wanted.get(there, {}).keys(), published.get(there, set[str]())
            previous, sending = set(books.previous.get(there, ())), set(books.sending.get(there, ()))
            strays = set(books.strays.get(there, ()))
            present = set(held)
            if sending or strays or counts.get(there, 0) != len(held | previous):
                # a publication was cut off, or somebody else wrote or deleted: what is there counts, not what should be
                listed = self._remote.ids(there)
                present = listed & (held | sending)
                strays |= (listed | sending) - held - previous
                # what was sent may not be seen yet: the number that one more write gets tells
                present -= set(sorted((sending - held) & want)[:1])
            keep = set(held) - want if changed else previous - want
            strays = (strays | previous) - want - keep
            for register, ids in ((after.previous, keep), (after.sending, want - present), (after.strays, strays)):
                if ids:
                    register[there] = sorted(ids)
        self._write_books(after)
        for there, records in after.sending.items():
            self._send_to(there, [wanted[there][record] for record in records])
        return after

    def _send_to(self, there: str, rows: Sequence[Row]) -> None:
        lost = sum(row.vector is None for row in rows)
        if lost:
            raise WriteConflict(
                f"{lost} of the vectors published in {self._root} are not there any more: another run replaced them, or "
                "somebody deleted them; publish the index again"
            )
        groups = list(batches(rows, dimension=self._dimension, most_rows=UPSERT_ROWS, most_bytes=UPSERT_BYTES))
        with ThreadPoolExecutor(PARALLEL) as threads:
            asked = [threads.submit(self._remote.upsert, there, group) for group in groups]
            try:
                numbers = [one.result() for one in asked]
            finally:
                threads.shutdown(cancel_futures=True)
        self._remote.wait_until_seen(there, numbers, [group[-1].record for group in groups])
        _log.info("sent vectors", namespace=there, records=len(rows), requests=len(groups))

    def _clear(self, books: Books) -> None:
        """Delete what nobody uses. A failure costs room there, not the publication: the next one tries again."""
        try:
            for there, records in books.strays.items():
                self._remote.delete(there, records)
            self._write_books(Books(books.owner, books.previous))
        except TalentflowError as error:
            _log.warning("old vectors are still there; the next publication deletes them", cause=str(error))

    def _write_books(self, books: Books) -> None:
        try:
            books.write(self._books_file)
        except OSError as error:
            raise StorageFull(f"no room for the books of an index in {self._root} ({error.strerror}): free some space") from error

    @property
    def _books_file(self) -> Path:
        """Beside the folder of generations: a home whose state is deleted still knows what to delete at the place."""
        return self._root.with_name(f"{self._root.name}-{digest(self._place)[:8]}.json")

    def _there(self, namespace: str, owner: str) -> str:
        return f"{namespace}.{owner}.{digest(self._model_id)[:8]}"

    def _published(self) -> dict[str, set[str]]:
        """Namespace at this place → the records of the published generation, of whatever model."""
        folder = generations.current(self._root)
        stamp = _stamp(folder)
        if folder is None or stamp is None or stamp.get("kept_in") != self._place:
            return {}
        return {
            there: {row.record for row in read_rows(folder, name).values() if row.record}
            for name, there in stamp["namespaces"].items()
        }

    def _stage(self) -> dict[str, dict[str, Row]]:
        if self._staged is None:
            self._staged = {name: dict(held.rows) for name, held in self._namespaces.items()}
        return self._staged

    def _load(self) -> None:
        self.reason, self._namespaces = generations.read(self._root, self._read)

    def _read(self, folder: Path | None) -> tuple[str | None, dict[str, _Namespace]]:
        stamp = _stamp(folder)
        if folder is None or stamp is None:
            return None, {}
        if stamp.get("kept_in") != self._place:
            return "the published vectors are kept in another place than the settings say: publish the index again", {}
        if stamp["model_id"] != self._model_id:
            return f"the published vectors are of {stamp['model_id']}, not of {self._model_id}: publish the index again", {}
        return None, {name: _Namespace(there, read_rows(folder, name)) for name, there in stamp["namespaces"].items()}


def _stamp(folder: Path | None) -> dict[str, Any] | None:
    return json.loads((folder / STAMP).read_text("utf-8")) if folder else None


def _order(neighbour: Neighbour) -> tuple[float, str]:
    return -neighbour.score, neighbour.id


def _some_vector(dimension: int) -> NDArray[np.float32]:
    return np.eye(1, dimension, dtype=np.float32)[0]
