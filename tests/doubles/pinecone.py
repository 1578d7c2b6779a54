"""A double of Pinecone: a real HTTP server on loopback that speaks its REST protocol, and rejects what Pinecone rejects.

Written from the documentation of the API 2026-07 (control plane `/indexes`, data plane of vectors) and its limits. A write has a
log sequence number and is seen by reads `lag` seconds later, as the real one is eventually consistent.
"""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

REQUEST_BYTES = 2 * 2**20
VECTORS_A_REQUEST = 1000
METADATA_BYTES = 40 * 2**10
ID_CHARACTERS = 512
TOP_K = 10_000
RESULT_BYTES = 4 * 2**20
PAGE = 100
ACCEPTED_VALUES = 10_000

_COMPARISONS = {
    "$gt": lambda one, other: one > other,
    "$gte": lambda one, other: one >= other,
    "$lt": lambda one, other: one < other,
    "$lte": lambda one, other: one <= other,
}


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Fault:
    """What happens to the next requests whose path ends with `path`, instead of or after being handled."""

    path: str
    status: int | None = None
    """The answer; None cuts the connection."""
    times: int = 1
    retry_after: float | None = None
    handled: bool = False
    """The request takes effect before its answer is lost."""
    echo_key: bool = False
    """The answer repeats the API key, as careless proxies do."""


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    body: dict[str, Any]
    query: dict[str, list[str]]
    status: int = 0


@dataclass
class _Namespace:
    rows: dict[str, tuple[np.ndarray, dict[str, Any]]] = field(default_factory=dict)
    waiting: list[tuple[float, int, dict[str, Any]]] = field(default_factory=list)
    written: int = 0
    indexed: int = 0


@dataclass
class _Index:
    name: str
    dimension: int
    metric: str
    fields: dict[str, Any]
    unready: int
    namespaces: dict[str, _Namespace] = field(default_factory=dict)


class PineconeDouble:
    """The server. `log` has every request; `faults` are used up in order; `lag` is how long a write stays unseen."""

    def __init__(self, key: str = "pc-test-key") -> None:
        self.key = key
        self.lag = 0.0
        self.says_lsn = True
        self.unready = 0
        """How often a new index is described before it is ready."""
        self.faults: list[Fault] = []
        self.log: list[Asked] = []
        self.indexes: dict[str, _Index] = {}
        self.pause_before: threading.Event | None = None
        """When set, upserts wait for it."""
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Generator[PineconeDouble]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def asked(self, path: str) -> list[Asked]:
        """The requests whose path ends so."""
        return [asked for asked in self.log if asked.path.endswith(path)]

    def upserted(self) -> list[str]:
        """The record ids that were sent, in order."""
        return [row["id"] for asked in self.asked("/vectors/upsert") for row in asked.body.get("vectors", [])]

    def held(self, index: str = "talentflow") -> dict[str, set[str]]:
        """Namespace → the record ids in it, written ones that are not seen yet included."""
        with self._lock:
            found: dict[str, set[str]] = {}
            for name, space in self.indexes[index].namespaces.items():
                ids = set(space.rows)
                for _, _, change in space.waiting:
                    ids |= {row["id"] for row in change.get("upsert", [])}
                    ids -= set(change.get("delete", []))
                found[name] = ids
            return {name: ids for name, ids in found.items() if ids}

    def answer(self, asked: Asked, size: int) -> tuple[dict[str, Any], dict[str, str], int]:
        """Handle one request: the answer's body, headers and status. Raises Refused."""
        with self._lock:
            if asked.path == "/indexes" or asked.path.startswith("/indexes/"):
                return self._control(asked)
            _, _, name, path = asked.path.split("/", 3) if asked.path.count("/") >= 3 else ("", "", "", "")
            index = self.indexes.get(name)
            if index is None:
                raise Refused(404, "no such index")
            operations = {
                "vectors/upsert": ("POST", _upsert),
                "query": ("POST", _query),
                "vectors/delete": ("POST", _delete),
                "vectors/list": ("GET", _list),
                "vectors/fetch": ("GET", _fetch),
                "describe_index_stats": ("POST", _stats),
            }
            if path not in operations:
                raise Refused(404, f"no such path: {asked.path}")
            method, operation = operations[path]
            if asked.method != method:
                raise Refused(405, "method not allowed")
            if size > REQUEST_BYTES:
                raise Refused(400, f"Request size {size} bytes exceeds the limit of {REQUEST_BYTES} bytes")
            for space in index.namespaces.values():
                _settle(space)
            body, headers = operation(self, index, asked)
            return body, headers if self.says_lsn else {}, 200

    def _control(self, asked: Asked) -> tuple[dict[str, Any], dict[str, str], int]:
        if asked.method == "POST" and asked.path == "/indexes":
            index = _new_index(asked.body, self.unready)
            if index.name in self.indexes:
                raise Refused(409, "Resource already exists")
            self.indexes[index.name] = index
            return self._described(index), {}, 201
        if asked.method == "GET" and asked.path == "/indexes":
            return {"indexes": [self._described(index) for index in self.indexes.values()]}, {}, 200
        name = unquote(asked.path.removeprefix("/indexes/"))
        if name not in self.indexes:
            raise Refused(404, f"Resource {name} not found")
        if asked.method == "DELETE":
            del self.indexes[name]
            return {}, {}, 202
        index = self.indexes[name]
        described = self._described(index)
        index.unready = max(0, index.unready - 1)
        return described, {}, 200

    def _described(self, index: _Index) -> dict[str, Any]:
        ready = index.unready == 0
        return {
            "name": index.name,
            "host": f"{self.url}/data/{index.name}" if ready else None,
            "status": {"ready": ready, "state": "Ready" if ready else "Initializing"},
            "schema": {"version": "v1", "fields": index.fields},
            "deployment": {"deployment_type": "managed", "cloud": "aws", "region": "us-east-1"},
            "deletion_protection": "disabled",
            "tags": None,
        }

    def take_fault(self, path: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if path.endswith(fault.path):
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                    return fault
        return None


def _new_index(body: dict[str, Any], unready: int) -> _Index:
    _only(body, {"name", "schema", "deployment", "read_capacity", "deletion_protection", "tags", "cmek_id"})
    name = body.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?", name):
        raise Refused(400, "Invalid value for name: lowercase letters, digits and hyphens, at most 45")
    fields = body.get("schema", {}).get("fields")
    if not isinstance(fields, dict) or not fields:
        raise Refused(422, "schema.fields is required")
    (kind,) = fields.values() if len(fields) == 1 else ({},)
    if kind.get("type") != "dense_vector" or kind.get("metric") not in ("cosine", "euclidean", "dotproduct"):
        raise Refused(400, "this double only has indexes of one dense vector field")
    dimension = kind.get("dimension")
    if not isinstance(dimension, int) or not 1 <= dimension <= 20_000:
        raise Refused(400, "dimension must be between 1 and 20000")
    return _Index(name, dimension, kind["metric"], fields, unready)


def _settle(space: _Namespace) -> None:
    """Let reads see the writes whose time has come."""
    now = time.monotonic()
    while space.waiting and space.waiting[0][0] <= now:
        _, number, change = space.waiting.pop(0)
        for row in change.get("upsert", []):
            vector = np.array(row["values"], np.float32)
            space.rows[row["id"]] = (vector / np.linalg.norm(vector), row.get("metadata", {}))
        for id_ in change.get("delete", []):
            space.rows.pop(id_, None)
        space.indexed = number


def _write(double: PineconeDouble, index: _Index, namespace: str, change: dict[str, Any]) -> dict[str, str]:
    space = index.namespaces.setdefault(namespace, _Namespace())
    space.written += 1
    space.waiting.append((time.monotonic() + double.lag, space.written, change))
    _settle(space)
    return {"x-pinecone-request-lsn": str(space.written)}


def _upsert(double: PineconeDouble, index: _Index, asked: Asked) -> tuple[dict[str, Any], dict[str, str]]:
    _only(asked.body, {"vectors", "namespace"})
    rows = asked.body.get("vectors")
    if not isinstance(rows, list) or not 1 <= len(rows) <= VECTORS_A_REQUEST:
        raise Refused(400, f"vectors must be 1 to {VECTORS_A_REQUEST}")
    for row in rows:
        _only(row, {"id", "values", "metadata"})
        _check_id(row.get("id"))
        _check_values(row.get("values"), index)
        if not any(row["values"]):
            raise Refused(400, "Dense vectors must contain at least one non-zero value")
        _check_metadata(row.get("metadata", {}))
    headers = _write(double, index, _namespace(asked.body.get("namespace", "")), {"upsert": rows})
    return {"upsertedCount": len(rows)}, headers


def _delete(double: PineconeDouble, index: _Index, asked: Asked) -> tuple[dict[str, Any], dict[str, str]]:
    _only(asked.body, {"ids", "namespace"})
    ids = asked.body.get("ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= VECTORS_A_REQUEST:
        raise Refused(400, f"ids must be 1 to {VECTORS_A_REQUEST}")
    for id_ in ids:
        _check_id(id_)
    namespace = _namespace(asked.body.get("namespace", ""))
    if namespace not in index.namespaces:
        raise Refused(404, "Namespace not found")
    return {}, _write(double, index, namespace, {"delete": ids})


def _query(_: PineconeDouble, index: _Index, asked: Asked) -> tuple[dict[str, Any], dict[str, str]]:
    body = asked.body
    _only(body, {"namespace", "topK", "filter", "includeValues", "includeMetadata", "vector"})
    top = body.get("topK")
    if not isinstance(top, int) or not 1 <= top <= TOP_K:
        raise Refused(400, f"Invalid topK: must be between 1 and {TOP_K}")
    _check_values(body.get("vector"), index)
    passes = _filter(body["filter"]) if "filter" in body else None
    namespace = _namespace(body.get("namespace", ""))
    space = index.namespaces.get(namespace, _Namespace())
    ids = [id_ for id_, (_, metadata) in space.rows.items() if passes is None or passes(metadata)]
    matches: list[dict[str, Any]] = []
    if ids:
        query = np.array(body["vector"], np.float32)
        norm = float(np.linalg.norm(query)) or 1.0
        scores = np.stack([space.rows[id_][0] for id_ in ids]) @ (query / norm)
        # rows of one score come in no order that a client could rely on
        order = np.lexsort((np.random.default_rng(len(ids)).permutation(len(ids)), -scores))[:top]
        matches = [{"id": ids[i], "score": float(scores[i]), "values": []} for i in order]
    if body.get("includeMetadata"):
        matches = [match | {"metadata": space.rows[match["id"]][1]} for match in matches]
    answer = {"results": [], "matches": matches, "namespace": namespace, "usage": {"readUnits": 1}}
    if len(json.dumps(answer)) > RESULT_BYTES:
        raise Refused(400, "the result is larger than 4 MB")
    return answer, {"x-pinecone-max-indexed-lsn": str(space.indexed)}


def _list(_: PineconeDouble, index: _Index, asked: Asked) -> tuple[dict[str, Any], dict[str, str]]:
    _only(asked.query, {"namespace", "prefix", "limit", "paginationToken"})
    limit = int(asked.query.get("limit", [str(PAGE)])[0])
    if not 1 <= limit <= PAGE:
        raise Refused(400, f"limit must be between 1 and {PAGE}")
    prefix = asked.query.get("prefix", [""])[0]
    if " " in prefix or not prefix.isascii():
        raise Refused(400, "prefix must be ASCII without spaces")
    namespace = _namespace(asked.query.get("namespace", [""])[0])
    after = asked.query.get("paginationToken", [""])[0]
    rows = index.namespaces.get(namespace, _Namespace()).rows
    ids = sorted(id_ for id_ in rows if id_.startswith(prefix) and id_ > after)
    page = ids[:limit]
    answer: dict[str, Any] = {"vectors": [{"id": id_} for id_ in page], "namespace": namespace, "usage": {"readUnits": 1}}
    if len(ids) > limit:
        answer["pagination"] = {"next": page[-1]}
    return answer, {}


def _fetch(_: PineconeDouble, index: _Index, asked: Asked) -> tuple[dict[str, Any], dict[str, str]]:
    _only(asked.query, {"namespace", "ids"})
    ids = asked.query.get("ids", [])
    if not 1 <= len(ids) <= VECTORS_A_REQUEST:
        raise Refused(400, f"ids must be 1 to {VECTORS_A_REQUEST}")
    namespace = _namespace(asked.query.get("namespace", [""])[0])
    rows = index.namespaces.get(namespace, _Namespace()).rows
    found = {i: {"id": i, "values": rows[i][0].tolist(), "metadata": rows[i][1]} for i in ids if i in rows}
    return {"vectors": found, "namespace": namespace, "usage": {"readUnits": 1}}, {}


def _stats(_: PineconeDouble, index: _Index, asked: Asked) -> tuple[dict[str, Any], dict[str, str]]:
    if asked.body.get("filter"):
        raise Refused(400, "Serverless indexes do not support describing index stats with metadata filtering")
    counts = {name or "__default__": {"vectorCount": len(space.rows)} for name, space in index.namespaces.items()}
    total = sum(count["vectorCount"] for count in counts.values())
    answer = {"namespaces": counts, "dimension": index.dimension, "indexFullness": 0, "totalVectorCount": total}
    return answer | {"metric": index.metric, "vectorType": "dense"}, {}


def _only(said: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(said) - known)
    if unknown:
        raise Refused(400, f"unknown field {unknown[0]}")


def _namespace(name: object) -> str:
    if not isinstance(name, str) or not name.isascii() or "\0" in name or len(name) > ID_CHARACTERS:
        raise Refused(400, "namespace must be ASCII, at most 512 characters")
    return name


def _check_id(id_: object) -> None:
    if not isinstance(id_, str) or not 1 <= len(id_) <= ID_CHARACTERS:
        raise Refused(400, f"Vector ID must be a string of 1 to {ID_CHARACTERS} characters")
    if not id_.isascii() or "\0" in id_:
        raise Refused(400, f"Vector ID must be ASCII, but got '{id_}'")


def _check_values(values: object, index: _Index) -> None:
    if not isinstance(values, list) or not all(isinstance(v, (int, float)) and math.isfinite(v) for v in values):
        raise Refused(400, "values must be finite numbers")
    if len(values) != index.dimension:
        raise Refused(400, f"Vector dimension {len(values)} does not match the dimension of the index {index.dimension}")


def _check_metadata(metadata: object) -> None:
    if not isinstance(metadata, dict):
        raise Refused(400, "metadata must be an object")
    size = len(json.dumps(metadata, ensure_ascii=False, separators=(",", ":")).encode())
    if size > METADATA_BYTES:
        raise Refused(400, f"Metadata size is {size} bytes, which exceeds the limit of {METADATA_BYTES} bytes per vector")
    for name, value in metadata.items():
        strings = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if name.startswith("$") or not (strings or isinstance(value, (str, int, float, bool))):
            raise Refused(400, f"Metadata value must be a string, number, boolean or list of strings, got '{value}' for '{name}'")


def _filter(said: Any) -> Any:
    """Filter → whether some metadata passes it."""
    if not isinstance(said, dict) or not said:
        raise Refused(400, "a filter must be an object with one condition at least")
    checks = [_condition(name, wanted) for name, wanted in said.items()]
    return lambda metadata: all(check(metadata) for check in checks)


def _condition(name: str, wanted: Any) -> Any:
    if name in ("$and", "$or"):
        if not isinstance(wanted, list) or not wanted:
            raise Refused(400, f"{name} needs a list of filters")
        parts = [_filter(one) for one in wanted]
        combine = all if name == "$and" else any
        return lambda metadata: combine(part(metadata) for part in parts)
    if name.startswith("$"):
        raise Refused(400, f"unknown operator {name}")
    if not isinstance(wanted, dict):
        wanted = {"$eq": wanted}
    if len(wanted) != 1:
        raise Refused(400, f"one operator for {name}")
    ((operator, value),) = wanted.items()
    if operator in ("$in", "$nin"):
        if not isinstance(value, list) or not value or len(value) > ACCEPTED_VALUES:
            raise Refused(400, f"{operator} needs a list of 1 to {ACCEPTED_VALUES} values")
        if not all(isinstance(one, (str, int, float)) for one in value):
            raise Refused(400, f"{operator} takes strings and numbers")
        accepted = set(value)
        within = lambda metadata: bool(accepted & set(_values(metadata, name)))  # noqa: E731
        return within if operator == "$in" else lambda metadata: not within(metadata)
    if operator == "$exists":
        return lambda metadata: (name in metadata) == value
    if operator in ("$eq", "$ne"):
        return lambda metadata: (value in _values(metadata, name)) == (operator == "$eq")
    if operator in _COMPARISONS:
        return lambda metadata: any(_COMPARISONS[operator](one, value) for one in _values(metadata, name))
    raise Refused(400, f"unknown operator {operator}")


def _values(metadata: dict[str, Any], name: str) -> list[Any]:
    value = metadata.get(name, [])
    return value if isinstance(value, list) else [value]


def _handler(double: PineconeDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # without it, the answer's second packet waits for the client's delayed acknowledgement
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._handle()

        def do_POST(self) -> None:
            self._handle()

        def do_DELETE(self) -> None:
            self._handle()

        def _handle(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            sent = self.rfile.read(size)
            if len(sent) < size:
                self.close_connection = True
                return
            parts = urlsplit(self.path)
            asked = Asked(self.command, parts.path, {}, parse_qs(parts.query, keep_blank_values=True))
            fault = double.take_fault(asked.path)
            try:
                if fault is not None and not fault.handled:
                    double.log.append(asked)
                    self._fail(fault, asked)
                    return
                self._check_headers()
                body: Any = json.loads(sent) if sent else {}
                if not isinstance(body, dict):
                    raise Refused(400, "the body must be an object")
                asked.body = body
                double.log.append(asked)
                if double.pause_before is not None and asked.path.endswith("/vectors/upsert"):
                    double.pause_before.wait(30)
                answer, headers, asked.status = double.answer(asked, size)
                if fault is not None:
                    self._fail(fault, asked)
                    return
                self._say(asked.status, answer, headers)
            except Refused as refused:
                asked.status = refused.status
                self._say(refused.status, _error(refused, data=asked.path.startswith("/data/")), {})
            except (json.JSONDecodeError, UnicodeDecodeError):
                self._say(400, _error(Refused(400, "malformed JSON"), data=True), {})

        def _check_headers(self) -> None:
            if self.headers.get("Api-Key") != double.key:
                raise Refused(401, "Invalid API Key")
            if not re.fullmatch(r"20\d\d-\d\d", self.headers.get("X-Pinecone-Api-Version", "")):
                raise Refused(400, "X-Pinecone-Api-Version is required")

        def _fail(self, fault: Fault, asked: Asked) -> None:
            if fault.status is None:
                self.close_connection = True
                self.connection.close()
                return
            asked.status = fault.status
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            said = f"told to fail; your key is {self.headers.get('Api-Key')}" if fault.echo_key else "told to fail"
            self._say(fault.status, {"code": 8, "message": said, "details": []}, headers)

        def _say(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(content))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Requests are in `log`."""

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                self.close_connection = True

    return Handler


def _error(refused: Refused, *, data: bool) -> dict[str, Any]:
    if data:
        return {"code": 3, "message": str(refused), "details": []}
    return {"error": {"code": "INVALID_ARGUMENT", "message": str(refused)}, "status": refused.status}
