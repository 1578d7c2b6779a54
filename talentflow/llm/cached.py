"""A language model that is not asked twice: whole answers are kept in the cache under the model and everything it was sent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from talentflow.cache import Cache
from talentflow.ids import digest
from talentflow.llm import Generated, LanguageModel, Message, Usage

KEPT_FOR = timedelta(hours=6)
PREFIX = "answer:"


class CachedModel:
    """See `LanguageModel`. Only answers that came to their end are kept; one from the cache costs no token."""

    def __init__(self, model: LanguageModel, cache: Cache) -> None:
        self._model = model
        self._cache = cache
        self.capabilities = model.capabilities
        self.model_id = model.model_id
        self.context_tokens = model.context_tokens

    def count(self, text: str) -> int:
        return self._model.count(text)

    def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        max_tokens: int = 1024,
        temperature: float = 0.0,
    ) -> Generated:
        key = self._key(messages, schema, max_tokens, temperature)
        return self._known(key) or self._kept(
            key, self._model.generate(messages, schema=schema, max_tokens=max_tokens, temperature=temperature)
        )

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 1024, temperature: float = 0.0
    ) -> Iterator[str | Generated]:
        key = self._key(messages, None, max_tokens, temperature)
        if known := self._known(key):
            yield known.text
            yield known
            return
        for piece in self._model.stream(messages, max_tokens=max_tokens, temperature=temperature):
            yield self._kept(key, piece) if isinstance(piece, Generated) else piece

    def close(self) -> None:
        self._model.close()

    def _key(self, messages: Sequence[Message], schema: Mapping[str, Any] | None, max_tokens: int, temperature: float) -> str:
        sent = json.dumps([[m.role, m.content] for m in messages])
        return PREFIX + digest(self.model_id, sent, json.dumps(schema, sort_keys=True), str(max_tokens), str(temperature))

    def _known(self, key: str) -> Generated | None:
        started = time.monotonic()
        held = self._cache.get(key)
        return Generated(held.decode(), Usage(seconds=time.monotonic() - started)) if held else None

    def _kept(self, key: str, answer: Generated) -> Generated:
        if answer.finished:
            self._cache.set(key, answer.text.encode("utf-8", "replace"), ttl=KEPT_FOR)
        return answer
