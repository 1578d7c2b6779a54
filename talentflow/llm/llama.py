"""A GGUF file read by llama.cpp in this process. The only room for llama-cpp-python."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

from talentflow.capabilities import Capabilities
from talentflow.errors import BadSettings, ContextOverflow, MissingExtra, UnusableAnswer
from talentflow.llm import Generated, Message, Usage
from talentflow.settings import Settings

_MAGIC = b"GGUF"
_ENDS = 2**20
"""Bytes of a file's start and end that stand for it: whole files have gigabytes."""
_ROLE_TOKENS = 8
"""Of a chat template, for each message."""


def open_llama(settings: Settings) -> LlamaModel:
    """The model of these settings; its weights are read when it is first asked. Raises: BadSettings, MissingExtra."""
    if find_spec("llama_cpp") is None:
        raise MissingExtra("llama-cpp-python", "llama")
    if settings.llm_model_path is None:
        raise BadSettings("no model file: set TALENTFLOW_LLM_MODEL_PATH to a GGUF file (docs/language-models.md names good ones)")
    return LlamaModel(settings.llm_model_path, context_tokens=settings.llm_context_tokens, threads=settings.workers)


class LlamaModel:
    """See `LanguageModel`. One question at a time: others wait for their turn. Raises BadSettings when the file is no GGUF."""

    capabilities = Capabilities(shared=False)

    def __init__(self, path: Path, *, context_tokens: int, threads: int) -> None:
        self._path = path
        self._threads = threads
        self._turn, self._opening = Lock(), Lock()
        self._loaded: Any = None
        self.context_tokens = context_tokens
        self.model_id = f"llama/{path.stem}@{_stamp(path)}"

    def count(self, text: str) -> int:
        return len(self._model().tokenize(text.encode("utf-8", "replace"), add_bos=False, special=False))

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
        form: Any = {"type": "json_object", "schema": dict(schema)} if schema is not None else None
        with self._turn:
            answer: Any = self._model().create_chat_completion(
                _as_sent(messages), response_format=form, max_tokens=max_tokens, temperature=temperature, seed=0
            )
        choice, counted = answer["choices"][0], answer["usage"]
        text = choice["message"]["content"] or ""
        if not text.strip():
            raise UnusableAnswer(f"{self.model_id} gave an empty answer: ask again, in other words, or choose another model")
        usage = Usage(counted["prompt_tokens"], counted["completion_tokens"], time.monotonic() - started)
        return Generated(text, usage, finished=choice["finish_reason"] != "length")

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 1024, temperature: float = 0.0
    ) -> Iterator[str | Generated]:
        read = self._check_fits(messages, max_tokens)
        started = time.monotonic()
        pieces: list[str] = []
        finish: str | None = None
        with self._turn:
            chunks: Any = self._model().create_chat_completion(
                _as_sent(messages), max_tokens=max_tokens, temperature=temperature, seed=0, stream=True
            )
            for chunk in chunks:
                choice = chunk["choices"][0]
                finish = choice["finish_reason"] or finish
                if piece := choice["delta"].get("content"):
                    pieces.append(piece)
                    yield piece
        text = "".join(pieces)
        if not text.strip():
            raise UnusableAnswer(f"{self.model_id} gave an empty answer: ask again, in other words, or choose another model")
        yield Generated(text, Usage(read, self.count(text), time.monotonic() - started), finished=finish != "length")

    def close(self) -> None:
        if self._loaded is not None:
            self._loaded.close()
            self._loaded = None

    def _check_fits(self, messages: Sequence[Message], max_tokens: int) -> int:
        read = sum(self.count(m.content) + _ROLE_TOKENS for m in messages)
        if read + max_tokens > self.context_tokens:
            raise ContextOverflow(
                f"{read + max_tokens} tokens are asked of {self.model_id}, which reads {self.context_tokens} at once: choose "
                "fewer candidates or a shorter question, or set TALENTFLOW_LLM_CONTEXT_TOKENS if the model reads more"
            )
        return read

    def _model(self) -> Any:
        with self._opening:
            if self._loaded is None:
                llama = import_module("llama_cpp")  # imported by name: the types must hold where the extra is not installed
                try:
                    self._loaded = llama.Llama(
                        str(self._path), n_ctx=self.context_tokens, n_threads=self._threads, seed=0, verbose=False
                    )
                except (ValueError, OSError) as error:
                    raise BadSettings(
                        f"{self._path.name} cannot be loaded by llama.cpp ({error}): fetch it again, choose a smaller "
                        "quantisation if memory is short, or set TALENTFLOW_LLM_MODEL_PATH to another GGUF file"
                    ) from error
            return self._loaded


def _stamp(path: Path) -> str:
    """12 hex characters that stand for a model file: its size, start and end. Raises BadSettings."""
    try:
        with path.open("rb") as file:
            start = file.read(_ENDS)
            size = file.seek(0, 2)
            file.seek(max(0, size - _ENDS))
            end = file.read(_ENDS)
    except OSError as error:
        raise BadSettings(
            f"the model file {path} cannot be read ({error.strerror}): correct TALENTFLOW_LLM_MODEL_PATH"
        ) from error
    if not start.startswith(_MAGIC):
        raise BadSettings(f"{path.name} is no GGUF file: set TALENTFLOW_LLM_MODEL_PATH to one")
    return sha256(start + end + str(size).encode()).hexdigest()[:12]


def _as_sent(messages: Sequence[Message]) -> list[Any]:
    return [{"role": m.role, "content": m.content} for m in messages]
