"""Any server that speaks OpenAI's chat completions: OpenAI, Groq, a llama.cpp server. The only room for OpenAI's client.

Errors by https://console.groq.com/docs/errors and https://platform.openai.com/docs/guides/error-codes; limits by the headers
`x-ratelimit-remaining-*`, `x-ratelimit-reset-*` and `retry-after` (https://console.groq.com/docs/rate-limits).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from pydantic import SecretStr

from talentflow.capabilities import Capabilities
from talentflow.errors import (
    BadSettings,
    ContextOverflow,
    MissingExtra,
    QuotaExhausted,
    RateLimited,
    ServiceUnavailable,
    StreamBroken,
    TalentflowError,
    TerminalError,
    UnusableAnswer,
)
from talentflow.llm import Generated, Message, Usage
from talentflow.settings import Settings

if TYPE_CHECKING:
    from openai import OpenAI

URLS = {"groq": "https://api.groq.com/openai/v1", "openai": "https://api.openai.com/v1"}
MODELS = {"groq": "llama-3.3-70b-versatile", "openai": "gpt-4o-mini"}
"""What is asked where TALENTFLOW_LLM_MODEL names nothing."""
DAILY = 600.0
"""Seconds to wait from which a limit is a day's allowance, not a minute's."""
CHARACTERS_A_TOKEN = 3.0
"""Fewer than tokenizers need for English and French, so that an estimate is not too low."""
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_NO_SCHEMA = re.compile(r"response_format|json_schema|structured output", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context.length|maximum context|context_length_exceeded|too many tokens|reduce the length|exceeds? the available context",
    re.IGNORECASE,
)

T = TypeVar("T")
_log = structlog.get_logger(__name__)


def open_openai(settings: Settings) -> OpenAIModel:
    """The model of these settings. Asks nothing of the server yet. Raises: BadSettings, MissingExtra."""
    if find_spec("openai") is None:
        raise MissingExtra("openai", "llm")
    key = settings.llm_api_key.get_secret_value().strip() if settings.llm_api_key else ""
    if not key and settings.llm_url is None:
        raise BadSettings(
            f"no key for {settings.llm}: set TALENTFLOW_LLM_API_KEY, or TALENTFLOW_LLM_URL for a server that asks for none, or "
            "answer without a model by TALENTFLOW_LLM=none"
        )
    return OpenAIModel(
        settings.llm,
        settings.llm_url or URLS[settings.llm],
        SecretStr(key or "none"),
        settings.llm_model or MODELS[settings.llm],
        context_tokens=settings.llm_context_tokens,
        seconds=settings.llm_seconds,
        patience=settings.llm_patience,
    )


class OpenAIModel:
    """See `LanguageModel`. The key is in no message, repr or log.

    Args:
        seconds: for the connection and between two pieces of an answer.
        patience: seconds that a rate limit or a server that fails is waited for, all attempts together.
    """

    capabilities = Capabilities(shared=True)

    def __init__(
        self, server: str, url: str, key: SecretStr, model: str, *, context_tokens: int, seconds: float, patience: float
    ) -> None:
        self.model_id = f"{server}/{model}"
        self.context_tokens = context_tokens
        self._server = server
        self._url = url
        self._key = key
        self._model = model
        self._seconds = seconds
        self._patience = patience
        self._opening = Lock()
        self._client: OpenAI | None = None
        self._knows_schemas = True
        self._not_before = 0.0
        """Monotonic time before which the server's limits leave no room."""

    def count(self, text: str) -> int:
        return int(len(text) / CHARACTERS_A_TOKEN) + 1

    def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        max_tokens: int = 1024,
        temperature: float = 0.0,
    ) -> Generated:
        self._check_fits(messages, max_tokens)
        started = time.monotonic()
        answer = self._patiently(lambda: self._completion(messages, schema, max_tokens, temperature))
        choice = answer.choices[0] if answer.choices else None
        text = (choice.message.content or "") if choice else ""
        if choice is None or not text.strip():
            raise UnusableAnswer(f"{self.model_id} gave an empty answer: ask again, in other words, or choose another model")
        usage = self._usage(answer.usage, messages, text, time.monotonic() - started)
        return Generated(text, usage, finished=choice.finish_reason != "length")

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 1024, temperature: float = 0.0
    ) -> Iterator[str | Generated]:
        self._check_fits(messages, max_tokens)
        started = time.monotonic()
        chunks = self._patiently(lambda: self._chunks(messages, max_tokens, temperature))
        pieces: list[str] = []
        finish, counted = None, None
        with chunks, self._ours(pieces):
            for chunk in chunks:
                counted = _usage_of(chunk) or counted
                if not chunk.choices:
                    continue
                finish = chunk.choices[0].finish_reason or finish
                if piece := chunk.choices[0].delta.content:
                    pieces.append(piece)
                    yield piece
        text = "".join(pieces)
        if finish is None and pieces:
            raise StreamBroken(f"{self.model_id} ended its answer before it was whole: what came is partial; ask again")
        if not text.strip():
            raise UnusableAnswer(f"{self.model_id} gave an empty answer: ask again, in other words, or choose another model")
        yield Generated(text, self._usage(counted, messages, text, time.monotonic() - started), finished=finish != "length")

    def listed(self) -> list[str]:
        """The models that the server has for this key. Raises: ServiceUnavailable, BadSettings, and what `_as_ours` makes."""
        with self._ours():
            return [model.id for model in self._open().models.list()]

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _completion(
        self, messages: Sequence[Message], schema: Mapping[str, Any] | None, max_tokens: int, temperature: float
    ) -> Any:
        from openai import BadRequestError

        options: dict[str, Any] = {}
        said: list[Any] = _as_sent(messages)
        if schema is not None and self._knows_schemas:
            options["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": dict(schema)}}
        elif schema is not None:
            options["response_format"] = {"type": "json_object"}
            told = f"Answer with one JSON object of this JSON schema and nothing else:\n{json.dumps(schema)}"
            said = [{"role": "system", "content": told}, *said]
        try:
            raw = self._open().chat.completions.with_raw_response.create(
                model=self._model, messages=said, max_tokens=max_tokens, temperature=temperature, **options
            )
        except BadRequestError as error:
            if (
                schema is None
                or not self._knows_schemas
                or _code(error) == "json_validate_failed"
                or not _NO_SCHEMA.search(str(error))
            ):
                raise
            _log.info("no_json_schemas", model=self.model_id)
            self._knows_schemas = False
            return self._completion(messages, schema, max_tokens, temperature)
        self._keep_limits(raw.headers)
        return raw.parse()

    def _chunks(self, messages: Sequence[Message], max_tokens: int, temperature: float) -> Any:
        raw = self._open().chat.completions.with_raw_response.create(
            model=self._model,
            messages=_as_sent(messages),
            max_tokens=max_tokens,
            temperature=temperature,
            stream=True,
            stream_options={"include_usage": True},
        )
        self._keep_limits(raw.headers)
        return raw.parse()

    def _open(self) -> OpenAI:
        with self._opening:
            if self._client is None:
                from openai import OpenAI, Timeout

                # attempts are made here, where the server's own words on when to come back are kept
                self._client = OpenAI(
                    api_key=self._key.get_secret_value(),
                    base_url=self._url,
                    timeout=Timeout(self._seconds, connect=min(10.0, self._seconds)),
                    max_retries=0,
                )
            return self._client

    def _check_fits(self, messages: Sequence[Message], max_tokens: int) -> None:
        needed = sum(self.count(m.content) for m in messages) + max_tokens
        if needed > self.context_tokens:
            raise ContextOverflow(
                f"about {needed} tokens are asked of {self.model_id}, which reads {self.context_tokens} at once: choose fewer "
                "candidates or a shorter question, or set TALENTFLOW_LLM_CONTEXT_TOKENS if the model reads more"
            )

    def _patiently(self, call: Callable[[], T]) -> T:
        """The answer, after waiting for the server's limits and retrying what time may mend, for `patience` seconds at most."""
        from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

        grow = wait_exponential_jitter(multiplier=0.5, max=15.0)

        def pause(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return error.seconds if isinstance(error, RateLimited) else grow(state)

        def give_up(state: RetryCallState) -> bool:
            error = state.outcome.exception() if state.outcome else None
            wait = error.seconds if isinstance(error, RateLimited) else 0.0
            return (state.seconds_since_start or 0.0) + wait >= self._patience

        retrying = Retrying(
            retry=retry_if_exception_type((ServiceUnavailable, RateLimited)), stop=give_up, wait=pause, reraise=True
        )

        def once() -> T:
            self._wait_for_room()
            with self._ours():
                return call()

        return retrying(once)

    def _wait_for_room(self) -> None:
        wait = self._not_before - time.monotonic()
        if wait > self._patience:
            raise RateLimited(f"{self.model_id} has no room for {wait:.0f} s: ask again then", wait)
        if wait > 0:
            _log.info("waiting_for_rate_limit", model=self.model_id, seconds=round(wait, 1))
            time.sleep(wait)

    def _keep_limits(self, headers: Mapping[str, str]) -> None:
        """Nothing is sent before the window that is used up begins anew."""
        resets = [
            seconds_of(headers.get(f"x-ratelimit-reset-{kind}", ""))
            for kind in ("requests", "tokens")
            if headers.get(f"x-ratelimit-remaining-{kind}", "").strip() == "0"
        ]
        if resets:
            self._not_before = max(self._not_before, time.monotonic() + max(resets))

    def _usage(self, counted: Any, messages: Sequence[Message], text: str, seconds: float) -> Usage:
        if counted is None:
            return Usage(sum(self.count(m.content) for m in messages), self.count(text), seconds)
        return Usage(counted.prompt_tokens or 0, counted.completion_tokens or 0, seconds)

    @contextmanager
    def _ours(self, came: Sequence[str] = ()) -> Generator[None]:
        """The client's errors as ours; `came`: the pieces of the answer so far."""
        from httpx2 import HTTPError
        from openai import OpenAIError

        try:
            yield
        except (OpenAIError, HTTPError, json.JSONDecodeError) as error:
            ours = self._as_ours(error)
            if came:
                ours = StreamBroken(
                    f"{self.model_id} broke off in the middle of its answer ({ours}): what came is partial; ask again"
                )
            # a cause that repeats the key would be printed with the traceback
            raise ours from (None if self._key.get_secret_value() in repr(error) + str(error) else error)

    def _as_ours(self, error: Exception) -> TalentflowError:
        import openai

        said = f"{type(error).__name__}: {error}".replace(self._key.get_secret_value(), "***")[:400]
        code = _code(error)
        if isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
            return BadSettings(f"{self._server} refuses the key ({said}): set TALENTFLOW_LLM_API_KEY to one that is valid")
        if isinstance(error, openai.NotFoundError):
            return BadSettings(
                f"{self._server} has no model {self._model} ({said}): set TALENTFLOW_LLM_MODEL to one that it lists"
            )
        if isinstance(error, openai.RateLimitError):
            return self._limited(error, said, code)
        if _TOO_LONG.search(said) or getattr(error, "status_code", None) == 413:
            return ContextOverflow(f"{self.model_id} cannot read so much at once ({said}): choose fewer candidates")
        if code == "json_validate_failed":
            return UnusableAnswer(f"{self.model_id} wrote no JSON of the schema ({said}): ask again")
        if isinstance(error, openai.APIStatusError) and error.status_code < 500 and error.status_code not in (408, 409):
            return TerminalError(f"{self._server} refuses what is asked of {self._model} ({said})")
        return ServiceUnavailable(f"{self._server} cannot be used now ({said}): try again, or set TALENTFLOW_LLM=none")

    def _limited(self, error: Any, said: str, code: str) -> TalentflowError:
        headers = error.response.headers
        wait = seconds_of(headers.get("retry-after", "")) or max(
            seconds_of(headers.get("x-ratelimit-reset-requests", "")),
            seconds_of(headers.get("x-ratelimit-reset-tokens", "")),
            1.0,
        )
        if code == "insufficient_quota":
            return QuotaExhausted(f"the quota at {self._server} is used up ({said}): add credit, or set TALENTFLOW_LLM=none")
        if wait > DAILY:
            return QuotaExhausted(
                f"{self._server} allows no more for {wait / 60:.0f} min ({said}): ask again then, or set TALENTFLOW_LLM=none"
            )
        return RateLimited(f"{self._server} asks to come back in {wait:.0f} s ({said})", wait)


def seconds_of(text: str) -> float:
    """Seconds of `7.66s`, `2m59.56s`, `120` (as in `retry-after`) or ``; 0 where none are named."""
    text = text.strip()
    try:
        return max(0.0, float(text))
    except ValueError:
        return sum(float(number) * _UNITS[unit] for number, unit in _DURATION.findall(text))


def _as_sent(messages: Sequence[Message]) -> list[Any]:
    return [{"role": m.role, "content": m.content} for m in messages]


def _code(error: Exception) -> str:
    return str(getattr(error, "code", None) or "")


def _usage_of(chunk: Any) -> Any:
    """A chunk's count of tokens: OpenAI's last chunk has `usage`, Groq's `x_groq.usage`."""
    if chunk.usage is not None:
        return chunk.usage
    groq = (chunk.model_extra or {}).get("x_groq") or {}
    if not isinstance(groq, dict) or not groq.get("usage"):
        return None
    from openai.types import CompletionUsage

    return CompletionUsage.model_construct(**groq["usage"])
