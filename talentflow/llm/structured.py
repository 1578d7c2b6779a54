"""Records from a language model: JSON by a schema, checked, asked for again when it does not fit, within a budget."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from talentflow.errors import UnusableAnswer
from talentflow.llm import LanguageModel, Message, Usage

T = TypeVar("T", bound=BaseModel)

_log = structlog.get_logger(__name__)
_SHOWN = 600
"""Characters of a refused answer's faults that the model is shown."""


def ask(
    model: LanguageModel,
    messages: Sequence[Message],
    shape: type[T],
    *,
    attempts: int = 3,
    max_tokens: int = 2048,
    temperature: float = 0.0,
) -> tuple[T, Usage]:
    """An answer of this shape, and the tokens of all attempts. Grammars do not hold bounds: the shape is checked always.

    Raises:
        UnusableAnswer: no attempt fitted; `spent` are the tokens of all of them.
    """
    asked, usage, fault = list(messages), Usage(), ""
    for attempt in range(1, attempts + 1):
        try:
            answer = model.generate(asked, schema=shape.model_json_schema(), max_tokens=max_tokens, temperature=temperature)
        except UnusableAnswer as error:
            fault = str(error)
            continue
        usage += answer.usage
        try:
            return read(answer.text, shape), usage
        except ValueError as error:
            cut = " (it was cut off at the limit of tokens: be shorter)" if not answer.finished else ""
            fault = _said(error) + cut
        _log.info("answer_refused", model=model.model_id, shape=shape.__name__, attempt=attempt, fault=fault)
        correction = f"That answer cannot be used: {fault}. Answer again with JSON of the schema alone."
        asked = [*messages, Message("assistant", answer.text[:_SHOWN] or "{}"), Message("user", correction)]
    refused = UnusableAnswer(
        f"{model.model_id} gave no usable {shape.__name__} in {attempts} attempts ({fault}): try again, or choose a better model"
    )
    refused.spent = usage.prompt_tokens + usage.completion_tokens
    raise refused


def read(text: str, shape: type[T]) -> T:
    """The record in a model's answer: its JSON, also between fences or words. Raises ValueError."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0:
        raise ValueError("there is no JSON object in it")
    # grammars let raw control characters into strings
    value = json.loads(text[start : end + 1] if end > start else text[start:], strict=False)
    return shape.model_validate(value)


def _said(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        faults = (
            f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in error.errors(include_url=False, include_input=False)
        )
        return "; ".join(faults)[:_SHOWN]
    return f"it is not JSON ({error})"[:_SHOWN]
