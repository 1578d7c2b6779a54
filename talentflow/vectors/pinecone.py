"""A Pinecone index as the place of vectors (see `remote` for how it is published). The only room for Pinecone's client."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from importlib.util import find_spec
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from talentflow.errors import BadSettings, MissingExtra, ServiceUnavailable, TalentflowError, TerminalError, TransientError
from talentflow.settings import Settings
from talentflow.vectors import kept_in
from talentflow.vectors.records import Row, chunks
from talentflow.vectors.remote import RemoteVectors

if TYPE_CHECKING:
    from pinecone import Index, Pinecone

DELETE_ROWS, FETCH_ROWS, LIST_ROWS = 1000, 100, 100
SECONDS = 30.0
"""For one attempt of a request, of which the client makes up to four, and for the whole of a query."""
PATIENCE = 120.0
"""Seconds that a publication goes on trying, and waits for what it sent to be seen."""
_FIELD = "_values"
"""The one field of an index that holds bare vectors; an index with named fields speaks another API."""

T = TypeVar("T")


def open_pinecone(settings: Settings, *, model_id: str, dimension: int) -> RemoteVectors:
    """The vectors of these settings. Asks nothing of Pinecone yet. Raises: BadSettings (no key), MissingExtra."""
    if find_spec("pinecone") is None:
        raise MissingExtra("pinecone", "pinecone")
    key = settings.pinecone_api_key.get_secret_value().strip() if settings.pinecone_api_key else ""
    if not key:
        raise BadSettings(
            "no key for Pinecone: set TALENTFLOW_PINECONE_API_KEY, or keep vectors in files by TALENTFLOW_VECTORS=faiss"
        )
    remote = PineconeIndex(SecretStr(key), settings.pinecone_index, host=settings.pinecone_host, dimension=dimension)
    return RemoteVectors(settings.index_dir, remote, place=kept_in(settings), model_id=model_id)


class PineconeIndex:
    """The index at Pinecone: what is asked of it, with its errors as ours. The key is in none of them. Threads may share it."""

    def __init__(
        self, key: SecretStr, name: str, *, host: str | None, dimension: int, patience: float = PATIENCE, seconds: float = SECONDS
    ) -> None:
        self.dimension = dimension
        self._key = key
        self._name = name
        self._host = host
        self._patience = patience
        self._seconds = seconds
        self._opening = Lock()
        self._opened: Index | None = None

    def make(self) -> None:
        """Make the index when it is not there. Raises: ServiceUnavailable, BadSettings (it is made for other vectors)."""
        self._patiently(lambda: self._index(make=True))

    def counts(self) -> dict[str, int]:
        """Namespace → records."""
        said = self._patiently(lambda: self._index().describe_index_stats())
        return {name: summary.vector_count for name, summary in said.namespaces.items()}

    def ids(self, namespace: str) -> set[str]:
        def listed() -> set[str]:
            pages = self._index().list(namespace=namespace, limit=LIST_ROWS)
            return {item.id for page in pages for item in page.vectors if item.id}

        return self._patiently(listed)

    def upsert(self, namespace: str, rows: Sequence[Row]) -> int | None:
        """Send rows of one request. Returns the number of this write in the namespace's log, where Pinecone says it."""
        vectors: list[dict[str, Any]] = [
            {"id": row.record, "values": _numbers(row.vector)} | ({"metadata": dict(row.metadata)} if row.metadata else {})
            for row in rows
        ]
        said = self._patiently(lambda: self._index().upsert(vectors=vectors, namespace=namespace)).response_info
        return said.lsn_committed if said else None

    def delete(self, namespace: str, records: Sequence[str]) -> None:
        from pinecone.errors import NotFoundError

        def gone(some: Sequence[str]) -> None:
            try:
                self._index().delete(ids=list(some), namespace=namespace)
            except NotFoundError:
                return  # no such namespace: nothing of it is left

        for some in chunks(records, DELETE_ROWS):
            self._patiently(lambda some=some: gone(some))

    def query(
        self, namespace: str, vector: NDArray[np.float32], top: int, condition: Mapping[str, Any] | None
    ) -> list[tuple[str, float]]:
        """Records and cosines, best first.

        Raises: ServiceUnavailable, also when the answer takes longer than `seconds`, the client's own tries included.
        """
        numbers = _numbers(vector / max(float(np.linalg.norm(vector)), 1e-30))
        said = self._soon(lambda: self._index().query(top_k=top, vector=numbers, namespace=namespace, filter=condition))
        return [(match.id, float(match.score)) for match in said.matches]

    def wait_until_seen(self, namespace: str, numbers: Sequence[int | None], sample: Sequence[str]) -> None:
        """Wait until queries see the writes of these numbers; where Pinecone says none, until the sample can be fetched.

        Raises: ServiceUnavailable after `patience` seconds.
        """
        last = max((number for number in numbers if number is not None), default=None)
        deadline, pause = time.monotonic() + self._patience, 0.05
        while not self._sees(namespace, last, sample[-FETCH_ROWS:]):
            if time.monotonic() > deadline:
                raise ServiceUnavailable(
                    f"Pinecone accepted the vectors of {namespace} but does not show them after {self._patience:.0f} s: the old "
                    "index stays published; run again later"
                )
            time.sleep(pause)
            pause = min(2.0, 2 * pause)

    def _sees(self, namespace: str, last: int | None, sample: Sequence[str]) -> bool:
        numbers = _numbers(np.eye(1, self.dimension)[0])
        said = self._patiently(lambda: self._index().query(top_k=1, vector=numbers, namespace=namespace)).response_info
        if last is not None and said is not None and said.lsn_reconciled is not None:
            return said.is_reconciled(last)
        found = self._patiently(lambda: self._index().fetch(ids=list(sample), namespace=namespace)).vectors
        return found.keys() >= set(sample)

    def _soon(self, call: Callable[[], T]) -> T:
        """The answer, if it comes in time: the client waits for minutes where it is told to come back later."""
        answer: Future[T] = Future()

        def ask() -> None:
            try:
                answer.set_result(self._ask(call))
            except Exception as error:  # noqa: BLE001  it is raised where the answer is waited for
                answer.set_exception(error)

        Thread(target=ask, daemon=True).start()
        try:
            return answer.result(self._seconds)
        except TimeoutError:
            raise ServiceUnavailable(
                f"Pinecone did not answer within {self._seconds:.0f} s: try again, or set TALENTFLOW_VECTORS=faiss"
            ) from None

    def _patiently(self, call: Callable[[], T]) -> T:
        from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential_jitter

        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_delay(self._patience),
            wait=wait_exponential_jitter(multiplier=0.5, max=15.0),
            reraise=True,
        )
        return retrying(lambda: self._ask(call))

    def _ask(self, call: Callable[[], T]) -> T:
        """Raises: ServiceUnavailable, BadSettings, TerminalError."""
        from pinecone.errors import PineconeError

        try:
            return call()
        except PineconeError as error:
            # a cause that repeats the key would be printed with the traceback
            raise self._ours(error) from (None if self._key.get_secret_value() in repr(error) + str(error) else error)

    def _ours(self, error: Exception) -> TalentflowError:
        from pinecone import errors

        said = f"{type(error).__name__}: {error}".replace(self._key.get_secret_value(), "***")[:500]
        if isinstance(error, (errors.UnauthorizedError, errors.ForbiddenError, errors.PaymentRequiredError)):
            return BadSettings(
                f"Pinecone refuses this key for the index {self._name} ({said}): see to the account or set "
                "TALENTFLOW_PINECONE_API_KEY to another one, or keep vectors in files by TALENTFLOW_VECTORS=faiss"
            )
        if isinstance(error, errors.PineconeValueError):
            return BadSettings(
                f"Pinecone's client refuses the settings ({said}): see TALENTFLOW_PINECONE_API_KEY, TALENTFLOW_PINECONE_INDEX "
                "and TALENTFLOW_PINECONE_HOST"
            )
        if isinstance(error, errors.NotFoundError):
            return BadSettings(
                f"Pinecone has no index {self._name} ({said}): see TALENTFLOW_PINECONE_INDEX, or publish the index again"
            )
        passing = (errors.RateLimitError, errors.ServiceError, errors.PineconeTimeoutError, errors.PineconeConnectionError)
        if isinstance(error, passing) or getattr(error, "status_code", None) == 408:
            return ServiceUnavailable(f"Pinecone cannot be used now ({said}): try again, or set TALENTFLOW_VECTORS=faiss")
        return TerminalError(f"Pinecone refuses what is asked of the index {self._name} ({said})")

    def _index(self, *, make: bool = False) -> Index:
        with self._opening:
            if self._opened is None:
                self._opened = self._open(make=make)
            return self._opened

    def _open(self, *, make: bool) -> Index:
        from pinecone import Pinecone
        from pinecone.errors import ConflictError, NotFoundError

        client = Pinecone(api_key=self._key.get_secret_value(), host=self._host, timeout=self._seconds)
        try:
            described = client.indexes.describe(self._name)
        except NotFoundError:
            if not make:
                raise
            schema = {"fields": {_FIELD: {"type": "dense_vector", "dimension": self.dimension, "metric": "cosine"}}}
            try:
                described = client.indexes.create(name=self._name, schema=schema, timeout=-1)
            except ConflictError:  # somebody else made it just now
                described = client.indexes.describe(self._name)
        self._fits(described.schema.fields)
        return client.index(host=self._host_of(client))

    def _fits(self, fields: Mapping[str, Any]) -> None:
        kind = fields.get(_FIELD)
        dimension, metric = getattr(kind, "dimension", None), getattr(kind, "metric", None)
        if (dimension, metric) != (self.dimension, "cosine"):
            what = f"vectors of {dimension} compared by {metric}" if kind else "documents, not bare vectors"
            raise BadSettings(
                f"Pinecone's index {self._name} is made for {what}, and {self.dimension} compared by cosine are needed: "
                "set TALENTFLOW_PINECONE_INDEX to another name, and it is made"
            )

    def _host_of(self, client: Pinecone) -> str:
        """Where the index is served, once it is ready."""
        deadline, pause = time.monotonic() + self._patience, 0.1
        while True:
            described = client.indexes.describe(self._name)
            if described.status.ready and described.host:
                return described.host
            if described.status.state in ("InitializationFailed", "Terminating", "Disabled"):
                raise TerminalError(f"Pinecone's index {self._name} is {described.status.state}: see to it in its console")
            if time.monotonic() > deadline:
                raise ServiceUnavailable(
                    f"Pinecone's index {self._name} is not ready after {self._patience:.0f} s: try again later"
                )
            time.sleep(pause)
            pause = min(3.0, 2 * pause)


def _numbers(vector: NDArray[np.float32] | None) -> list[float]:
    """Components of a vector of length 1, short in JSON: the eighth decimal is what a 32-bit float still tells apart."""
    return np.round(np.asarray(vector, np.float64), 8).tolist()
