"""Text to records with evidence, by a language model: what it says counts as far as it quotes the text for it.

The model sees redacted text alone, in windows that it can read at once. Its answers are kept by (text hash, prompt version,
model id), so that none is paid for twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from talentflow.cache import Cache
from talentflow.errors import ContextOverflow
from talentflow.extraction.candidates import LONGEST_CV
from talentflow.extraction.llm.fields import FIELDS, PROMPT_VERSION, RecordKind, question, shape
from talentflow.extraction.llm.reading import Checker, Found
from talentflow.llm import LanguageModel, Usage
from talentflow.llm.structured import ask
from talentflow.records import Candidate, Classification, Evidence, JobOffer

__all__ = ["PROMPT_VERSION", "Mode", "Reading", "open_fields", "read_by_model"]

Mode = Literal["rules", "llm", "rules+llm"]
PREFIX = "extraction:"
KEPT_FOR = timedelta(days=365)
ANSWER_TOKENS = 2_048
"""Of an answer at most; a quarter of the model's context where that is less."""
LEAST_WINDOW = 200
"""Characters: a model that cannot read as many beside the question is of no use here."""
_CORRECTION_TOKENS = 450
"""Of an answer that was refused and what is said of it, when the model is asked again."""
_OVERLAP = 300
"""Characters that two windows share: what stands at an edge is whole in one of them."""


@dataclass(frozen=True)
class Reading:
    """What a model added to a document's record, at which cost."""

    record: Candidate | JobOffer
    asked: tuple[str, ...] = ()
    """Fields that were asked for; none where nothing was open."""
    accepted: int = 0
    """Values with evidence that the model gave."""
    refused: Counter[str] = field(default_factory=Counter[str])
    """Why values were not taken → how often."""
    usage: Usage = field(default_factory=Usage)
    requests: int = 0
    cached: int = 0
    """Windows whose answer was in the cache."""


def open_fields(record: Candidate | JobOffer) -> tuple[str, ...]:
    """What rules left open in a record: nothing, unless a field is among them that such a document is expected to have."""
    kind: RecordKind = "cv" if isinstance(record, Candidate) else "job_offer"
    left = [asked for asked in FIELDS[kind] if getattr(record, asked.name) in (None, [])]
    return tuple(asked.name for asked in left) if any(asked.expected for asked in left) else ()


def read_by_model(
    record: Candidate | JobOffer,
    text: str,
    classification: Classification,
    model: LanguageModel,
    cache: Cache | None,
    mode: Mode,
    *,
    as_of: str | None = None,
) -> Reading:
    """The record of rules, completed by a model (`rules+llm`) or read anew by it (`llm`).

    Args:
        record: what rules made of this text.
        text: redacted, and muted: passages that speak to software are blanks, so that nothing can be quoted from them.
        classification: of the document.
        model: is asked nothing when nothing is open.
        cache: keeps answers; None for none.
        mode: see above.
        as_of: see `extract_candidate`.

    Raises: what the model raises; UnusableAnswer; ContextOverflow. `record` is as it was.
    """
    kind: RecordKind = "cv" if isinstance(record, Candidate) else "job_offer"
    names = tuple(a.name for a in FIELDS[kind]) if mode == "llm" else open_fields(record) if mode == "rules+llm" else ()
    if not names:
        return Reading(record)
    text = text[:LONGEST_CV]
    answers: list[BaseModel] = []
    usage, cached = Usage(), 0
    for piece in windows(text, kind, names, model):
        answer, spent = _answer(kind, names, piece, model, cache)
        answers.append(answer)
        usage += spent or Usage()
        cached += spent is None
    found = Checker(text, classification.language).read(kind, answers)
    made = _put(record, names, found, text, as_of) if found.values else record
    return Reading(made, names, found.accepted, found.refused, usage, len(answers) - cached, cached)


def windows(text: str, kind: RecordKind, names: Sequence[str], model: LanguageModel) -> Iterator[str]:
    """Pieces of a text that the model reads at once, parted between lines where that is possible.

    Raises: ContextOverflow where the question alone fills the model's context.
    """
    question_tokens = sum(model.count(m.content) + 8 for m in question(kind, names, ""))
    room = model.context_tokens - answer_tokens(model) - question_tokens - min(_CORRECTION_TOKENS, model.context_tokens // 8)
    at = 0
    while True:
        rest = text[at:]
        size = len(rest)
        while size > LEAST_WINDOW and model.count(rest[:size]) > room:
            size = max(LEAST_WINDOW, min(int(size * room / model.count(rest[:size])), size * 9 // 10) if room > 0 else 0)
        if model.count(rest[:size]) > room:
            raise ContextOverflow(
                f"{model.model_id} reads {model.context_tokens} tokens at once, too few for the question and a piece of a "
                "document: choose another model, or set TALENTFLOW_LLM_CONTEXT_TOKENS if it reads more"
            )
        if size >= len(rest):
            yield rest
            return
        line = rest.rfind("\n", size // 2, size)
        end = line + 1 if line > 0 else size
        yield rest[:end]
        at += max(end - _OVERLAP, end // 2, 1)


def answer_tokens(model: LanguageModel) -> int:
    """How long an answer of this model may be."""
    return min(ANSWER_TOKENS, model.context_tokens // 4)


def _answer(
    kind: RecordKind, names: tuple[str, ...], text: str, model: LanguageModel, cache: Cache | None
) -> tuple[BaseModel, Usage | None]:
    """The model's answer about a window; with no usage where it was asked before."""
    wanted = shape(kind, names)
    hashed = sha256("\n".join([kind, *names, text]).encode("utf-8", "replace")).hexdigest()
    key = f"{PREFIX}{PROMPT_VERSION}:{model.model_id}:{hashed}"
    held = cache.get(key) if cache else None
    if held is not None:
        try:
            return wanted.model_validate_json(held), None
        except ValidationError:
            pass  # of another shape, or damaged: asked again
    answer, usage = ask(model, question(kind, names, text), wanted, max_tokens=answer_tokens(model))
    if cache:
        cache.set(key, answer.model_dump_json(exclude_defaults=True).encode(), ttl=KEPT_FOR)
    return answer, usage


def _put(record: Candidate | JobOffer, names: Sequence[str], found: Found, text: str, as_of: str | None) -> Candidate | JobOffer:
    """The record with what was found in place of what it had in these fields; what follows from them is reckoned again."""
    kept: list[Evidence] = [e for e in record.evidence if e.field.partition("[")[0].partition(".")[0] not in names]
    # what a model did not find and rules did not ask of themselves stays empty, never a word
    empty: dict[str, Any] = {n: [] if isinstance(getattr(record, n), list) else None for n in names}
    made = record.model_copy(update=empty | found.values | {"evidence": [*kept, *found.evidence]}, deep=True)
    return _reckoned(made, names, text, as_of) if isinstance(made, Candidate) else made


def _reckoned(candidate: Candidate, names: Sequence[str], text: str, as_of: str | None) -> Candidate:
    """Years of experience, level of education and the posts' occupations, by the rules, from posts and studies that a model
    found."""
    from talentflow import taxonomy
    from talentflow.extraction.cv_levels import education_level, experience_years
    from talentflow.extraction.cv_sections import split_cv
    from talentflow.extraction.dates import find_date_ranges, latest_of
    from talentflow.extraction.sections import split_lines

    sections = split_cv(text, split_lines(text))
    evidence = candidate.evidence
    if "work" in names and candidate.work:
        evidence[:] = [e for e in evidence if e.field != "experience_years"]
        as_of = as_of or latest_of(find_date_ranges(text))
        candidate.experience_years = experience_years(text, candidate.work, sections, as_of, evidence)
        for post in candidate.work:
            match = taxonomy.find_occupation(post.position) if post.position else None
            post.occupation_code = match.occupation.code if match and match.confidence >= 0.4 else None
    if "education" in names and candidate.education:
        evidence[:] = [e for e in evidence if e.field != "education_level"]
        candidate.education_level = education_level(candidate.education, text, sections, evidence)
    return candidate
