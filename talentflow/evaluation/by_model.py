"""Extraction by rules, by a language model and by both, on the same documents: what each finds, and what it costs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from talentflow.errors import ContextOverflow, UnusableAnswer
from talentflow.evaluation import Again, Evaluation
from talentflow.extraction.llm import Mode, read_by_model
from talentflow.hostile import muted
from talentflow.llm import LanguageModel, Usage
from talentflow.records import Candidate, Classification, JobOffer
from talentflow.stages import warm_up


@dataclass
class Measured:
    """One mode on one set of documents. Tokens are of all attempts; answers come from no cache."""

    of: str
    mode: Mode
    evaluation: Evaluation
    seconds: float
    usage: Usage = field(default_factory=Usage)
    asked: int = 0
    """Documents that the model was asked about."""
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    unusable: int = 0
    """Documents whose answer could not be used: the record of the rules stands."""

    def a_document(self) -> dict[str, float]:
        """Seconds and tokens a document."""
        number = max(1, self.evaluation.documents)
        return {
            "seconds": round(self.seconds / number, 4),
            "prompt_tokens": round(self.usage.prompt_tokens / number, 1),
            "completion_tokens": round(self.usage.completion_tokens / number, 1),
        }

    def as_json(self) -> dict[str, Any]:
        """All but the evaluation."""
        return {
            "mode": self.mode,
            "a_document": self.a_document(),
            "documents_asked": self.asked,
            "accepted": self.accepted,
            "refused": dict(sorted(self.refused.items())),
            "unusable": self.unusable,
        }


def measure(
    name: str, evaluate: Callable[[Again | None], Evaluation], modes: tuple[Mode, ...], model: LanguageModel | None
) -> Iterator[Measured]:
    """Each mode on what `evaluate` reads.

    Raises: what the model raises, but for answers that cannot be used, which are counted.
    """
    warm_up()
    for mode in modes:
        started = time.perf_counter()
        measured = Measured(name, mode, Evaluation([], 0), 0.0)
        measured.evaluation = evaluate(_reader(measured, model) if model and mode != "rules" else None)
        measured.seconds = time.perf_counter() - started
        yield measured


def _reader(measured: Measured, model: LanguageModel) -> Again:
    def again(record: JobOffer | Candidate, redacted: str, said: Classification, as_of: str | None) -> JobOffer | Candidate:
        try:
            reading = read_by_model(record, muted(redacted), said, model, None, measured.mode, as_of=as_of)
        except (UnusableAnswer, ContextOverflow) as error:
            measured.unusable += 1
            measured.asked += 1
            measured.usage += Usage(prompt_tokens=getattr(error, "spent", 0))
            return record
        measured.usage += reading.usage
        measured.asked += bool(reading.asked)
        measured.accepted += reading.accepted
        measured.refused.update(reading.refused)
        return reading.record

    return again
