"""Language model: text or JSON from messages, whole or as it is written. With none chosen, callers answer from records alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from talentflow.capabilities import Capabilities
from talentflow.settings import Settings


@dataclass(frozen=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Usage:
    """Tokens that were read and written; what was waited for them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True)
class Generated:
    text: str
    usage: Usage
    finished: bool = True
    """False where the limit on tokens cut the answer off."""


class LanguageModel(Protocol):
    """Threads may share a model. Every method that asks it raises: ServiceUnavailable, RateLimited (after the adapter's own
    patience), QuotaExhausted, BadSettings (key, model or address), ContextOverflow, UnusableAnswer (an empty answer).
    """

    capabilities: Capabilities
    model_id: str
    """Names adapter and model; answers are cached and stamped with it."""
    context_tokens: int
    """Of prompt and answer together."""

    def count(self, text: str) -> int:
        """Tokens of a text; an upper estimate where only the server has the tokenizer."""
        ...

    def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        max_tokens: int = 1024,
        temperature: float = 0.0,
    ) -> Generated:
        """The answer. With a JSON schema it is meant to be JSON of that schema: check it (`structured.ask` does)."""
        ...

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 1024, temperature: float = 0.0
    ) -> Iterator[str | Generated]:
        """Pieces of the answer as they are written, and last of all the whole. Closing the iterator stops the model.

        Raises: StreamBroken after the first piece, and what `generate` raises before it.
        """
        ...

    def close(self) -> None: ...


def open_llm(settings: Settings) -> LanguageModel | None:
    """Open the model that `settings.llm` names; None for `none`. Raises: BadSettings, MissingExtra. Asks no server yet."""
    if settings.llm == "none":
        return None
    if settings.llm == "llama":
        from talentflow.llm.llama import open_llama

        return open_llama(settings)
    from talentflow.llm.openai import open_openai

    return open_openai(settings)
