"""A double of Groq: a real HTTP server on loopback that speaks its chat completions, streamed or whole.

Written from Groq's documentation: API reference (chat completions), rate limits (headers), errors, structured outputs. What it
answers is scripted by the test; limits are counted as Groq counts them, in windows that the test makes short.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "gsk_double0123456789"
MODEL = "llama-3.3-70b-versatile"

Written = Callable[[list[dict[str, str]]], str]
"""The text that the model writes to these messages."""


@dataclass(frozen=True)
class Fault:
    """An answer other than a completion."""

    status: int
    code: str = ""
    message: str = "refused"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """A completion whose connection ends after some characters."""

    text: str
    after: int


@dataclass(frozen=True)
class Slow:
    """A completion that stops being written, with the connection open, after some characters."""

    text: str
    after: int
    seconds: float


@dataclass(frozen=True)
class Length:
    """A completion that reached `max_tokens`."""

    text: str


Step = str | Written | Fault | Cut | Slow | Length


@dataclass
class GroqDouble:
    url: str = ""
    script: deque[Step] = field(default_factory=deque)
    """What the next requests are answered with; the last step answers all that follow."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Bodies as they came."""
    schemas: bool = True
    """The model knows `json_schema`; else it answers 400, as Groq does for most models."""
    requests_a_window: int | None = None
    window: float = 1.0
    _sent: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, *steps: Step) -> None:
        """Script what comes next, in place of what was scripted."""
        self.script = deque(steps)

    def next(self) -> Step:
        with self._lock:
            return self.script.popleft() if len(self.script) > 1 else self.script[0]

    def limits(self) -> tuple[bool, dict[str, str]]:
        """Whether there is room for a request, and the headers that say so."""
        if self.requests_a_window is None:
            return True, {}
        with self._lock:
            now = time.monotonic()
            self._sent = [at for at in self._sent if now - at < self.window]
            reset = self.window - (now - self._sent[0]) if self._sent else self.window
            has_room = len(self._sent) < self.requests_a_window
            if has_room:
                self._sent.append(now)
            remaining = self.requests_a_window - len(self._sent)
        headers = {
            "x-ratelimit-limit-requests": str(self.requests_a_window),
            "x-ratelimit-remaining-requests": str(remaining),
            "x-ratelimit-reset-requests": f"{reset:.3f}s",
        }
        return has_room, headers if has_room else headers | {"retry-after": f"{reset:.3f}"}


@contextmanager
def groq_double() -> Generator[GroqDouble]:
    """A running double."""
    double = GroqDouble(script=deque(["Yes."]))

    class Handler(_Handler):
        groq = double

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    double.url = f"http://127.0.0.1:{server.server_address[1]}/openai/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    groq: GroqDouble
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        if self.path.endswith("/models"):
            self._json(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        else:
            self._error(404, "unknown_url", f"Unknown request URL: GET {self.path}")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self.path.endswith("/chat/completions"):
            return self._error(404, "unknown_url", f"Unknown request URL: POST {self.path}")
        if self.headers.get("authorization") != f"Bearer {KEY}":
            return self._error(401, "invalid_api_key", "Invalid API Key")
        if body["model"] != MODEL:
            return self._error(
                404, "model_not_found", f"The model `{body['model']}` does not exist or you do not have access to it."
            )
        has_room, limits = self.groq.limits()
        if not has_room:
            said = f"Rate limit reached for model `{MODEL}` on requests per minute (RPM). Please try again in a moment."
            return self._error(429, "rate_limit_exceeded", said, limits)
        self.groq.requests.append(body)
        form = body.get("response_format", {}).get("type")
        if form == "json_schema" and not self.groq.schemas:
            said = f"This model does not support response format `json_schema` (model {MODEL})."
            return self._error(400, "", said, limits)
        step = self.groq.next()
        if isinstance(step, Fault):
            return self._error(step.status, step.code, step.message, {**limits, **step.headers})
        text = step if isinstance(step, str) else step.text if isinstance(step, Cut | Slow | Length) else step(body["messages"])
        if body.get("stream"):
            return self._stream(step, text, body, limits)
        if isinstance(step, Cut):
            return self._drop()
        if isinstance(step, Slow):
            time.sleep(step.seconds)
        self._json(200, _completion(text, body["messages"], "length" if isinstance(step, Length) else "stop"), limits)
        return None

    def _stream(self, step: Step, text: str, body: Mapping[str, Any], limits: Mapping[str, str]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        for name, value in limits.items():
            self.send_header(name, value)
        self.end_headers()
        self._event(_chunk({"role": "assistant", "content": ""}))
        ends_at = step.after if isinstance(step, Cut | Slow) else len(text)
        for start in range(0, ends_at, 7):
            self._event(_chunk({"content": text[start : min(start + 7, ends_at)]}))
        if isinstance(step, Cut):
            return self._drop()
        if isinstance(step, Slow):
            time.sleep(step.seconds)
            return self._drop()
        finish = "length" if isinstance(step, Length) else "stop"
        self._event(_chunk({}, finish=finish, x_groq={"id": "req_1", "usage": _usage(text, body["messages"])}))
        if body.get("stream_options", {}).get("include_usage"):
            self._event(_chunk(None, usage=_usage(text, body["messages"])))
        self._write(b"data: [DONE]\n\n")
        self._write(b"")
        return None

    def _event(self, chunk: Mapping[str, Any]) -> None:
        self._write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

    def _write(self, data: bytes) -> None:
        try:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
        except OSError:  # the client went away
            self.close_connection = True

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _error(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        kind = "invalid_request_error" if status < 429 else "requests" if status == 429 else "server_error"
        self._json(status, {"error": {"message": message, "type": kind} | ({"code": code} if code else {})}, headers)

    def _json(self, status: int, value: Any, headers: Mapping[str, str] | None = None) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        for name, content in (headers or {}).items():
            self.send_header(name, content)
        self.end_headers()
        self.wfile.write(data)


def _usage(text: str, messages: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    read, written = sum(len(m["content"]) // 4 + 4 for m in messages), len(text) // 4 + 1
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written, "total_time": 0.01}


def _completion(text: str, messages: Sequence[Mapping[str, str]], finish: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "logprobs": None, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [choice],
        "usage": _usage(text, messages),
        "system_fingerprint": "fp_1",
        "x_groq": {"id": "req_1"},
    }


def _chunk(delta: Mapping[str, str] | None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": finish}]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": choices, **more}
