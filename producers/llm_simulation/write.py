"""Ask a model for the documents of a plan, within a budget, and write them as files with their truth beside them."""

from __future__ import annotations

import errno
import json
import os
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, cast

import structlog
from datasketch import MinHash, MinHashLSH

from producers.llm_simulation.documents import rendered, seeded, written
from producers.llm_simulation.facts import Facts, question, shape
from producers.llm_simulation.ledger import Ledger
from producers.llm_simulation.plan import Item, Wishes, plan
from talentflow.classification.language import language_of
from talentflow.errors import StorageFull, TalentflowError, UnusableAnswer
from talentflow.home import alone
from talentflow.llm import LanguageModel, Usage
from talentflow.llm.structured import ask

ATTEMPTS = 3
"""Answers of another shape that an item is allowed, and rounds of answers that are of the shape but too like another document."""
ANSWER_TOKENS = 1_800
TEMPERATURE = 0.9
ALIKE = 0.6
"""Jaccard similarity of three-word shingles from which two documents are one."""
_HASHES = 64
_LANGUAGE_SURE = 0.8

log = structlog.get_logger(__name__)


@dataclass
class Batch:
    """What became of a plan. `stopped` says why not all of it was made, and what to do."""

    asked_for: int
    made: int = 0
    already_there: int = 0
    seeded: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    usage: Usage = field(default_factory=Usage)
    """Of this run."""
    usage_in_all: Usage = field(default_factory=Usage)
    """Of all runs of this output folder."""
    stopped: str = ""


@dataclass(frozen=True)
class _Tried:
    facts: Facts | None
    usage: Usage
    why: str = ""
    error: TalentflowError | None = None


def write_llm_simulation(
    out: Path,
    count: int,
    seed: int,
    model: LanguageModel | None,
    wishes: Wishes,
    *,
    format: str = "mixed",
    most_tokens: int | None = None,
    at_once: int = 4,
    or_seeded: bool = False,
) -> Batch:
    """Write `cvs/`, `offers/` and `truth.jsonl`; run again, it goes on where it ended.

    Args:
        out: the folder; `made.jsonl` in it keeps what the model wrote.
        count: documents in all, those of earlier runs counted.
        seed: of the plan.
        model: is asked; None only with `or_seeded`.
        wishes: what the documents are about.
        format: of the files.
        most_tokens: that all runs together may use; None for no limit.
        at_once: documents that are asked for at a time.
        or_seeded: what the model did not make is made by the seeded generator.

    Returns:
        What was made. An error that every further question would meet ends the asking, is told in `stopped`, and
        loses nothing.

    Raises: BadInput; Busy when another simulation writes to this folder; StorageFull.
    """
    items = plan(count, seed, wishes)
    busy = f"another simulation writes to {out}: wait for it to end, or choose another folder"
    with alone(out / ".lock", busy), _full_disk_is_said(out):
        ledger = Ledger(out)
        batch = Batch(count, already_there=sum(item.id in ledger.made for item in items))
        if model is not None:
            left = [item for item in items if item.id not in ledger.made]
            _ask_all(left, items, ledger, model, batch, most_tokens, at_once)
        batch.usage_in_all = ledger.usage
        _write(out, items, ledger, format, batch, or_seeded=or_seeded)
    return batch


@contextmanager
def _full_disk_is_said(out: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StorageFull(f"the disk of {out} is full: make room and run this again, what was made is kept") from error


def _ask_all(
    left: Sequence[Item],
    items: Sequence[Item],
    ledger: Ledger,
    model: LanguageModel,
    batch: Batch,
    most_tokens: int | None,
    at_once: int,
) -> None:
    known = _Known()
    for item in items:
        if item.id in ledger.made:
            known.is_new(item, _facts(item, ledger))
    waiting = iter(left)
    with ThreadPoolExecutor(at_once) as pool:
        while some := list(islice(waiting, at_once)):
            if most_tokens is not None and _spent(ledger.usage) + _dearest(ledger, len(some)) > most_tokens:
                batch.stopped = (
                    f"the budget of {most_tokens:,} tokens is used up ({_spent(ledger.usage):,} were spent): what was made is "
                    "kept; run this again with a larger --budget to go on"
                )
                return
            for item, tried in zip(some, pool.map(lambda item: _try(item, model), some), strict=True):
                tried = _unlike(item, tried, known, model)
                batch.usage += tried.usage
                if tried.facts is not None:
                    ledger.add(item.id, model.model_id, tried.facts.model_dump(), tried.usage)
                    batch.made += 1
                elif tried.error is None:
                    ledger.add(item.id, model.model_id, None, tried.usage, tried.why)
                    batch.refused[tried.why] += 1
                    log.info("document_refused", item=item.id, why=tried.why)
                else:
                    if _spent(tried.usage):
                        ledger.add(item.id, model.model_id, None, tried.usage, "not finished")
                    batch.stopped = f"{tried.error}. What was made is kept: run this again to go on"
            if batch.stopped:
                return


def _try(item: Item, model: LanguageModel, unlike: str = "") -> _Tried:
    """An item's facts in its language; or why not."""
    usage = Usage()
    for _ in range(ATTEMPTS):
        try:
            facts, spent = ask(
                model,
                question(item, unlike=unlike),
                shape(item),
                attempts=ATTEMPTS,
                max_tokens=min(ANSWER_TOKENS, model.context_tokens // 2),
                temperature=TEMPERATURE,
            )
        except UnusableAnswer as error:
            return _Tried(None, usage + Usage(completion_tokens=error.spent), "no usable JSON")
        except TalentflowError as error:
            return _Tried(None, usage, error=error)
        usage += spent
        language, confidence = language_of(_prose(facts))
        if language == item.language or confidence < _LANGUAGE_SURE:
            return _Tried(facts, usage)
        unlike = f"the last answer was not in the language that was asked for: write in {item.language}"
    return _Tried(None, usage, "another language")


def _unlike(item: Item, tried: _Tried, known: _Known, model: LanguageModel) -> _Tried:
    """The same, asked again while it is too like another document."""
    for _ in range(ATTEMPTS - 1):
        if tried.facts is None or known.is_new(item, tried.facts):
            return tried
        again = _try(item, model, "the last answer was nearly another document: take other employers, years, tasks and words")
        tried = _Tried(again.facts, tried.usage + again.usage, again.why, again.error)
    if tried.facts is None or known.is_new(item, tried.facts):
        return tried
    return _Tried(None, tried.usage, "like another document")


class _Known:
    """The documents so far, by their words."""

    def __init__(self) -> None:
        self._index = MinHashLSH(threshold=ALIKE, num_perm=_HASHES)

    def is_new(self, item: Item, facts: Facts) -> bool:
        """Whether nothing like it is known; it is known from then on."""
        words = _prose(facts).casefold().split()
        sketch = MinHash(num_perm=_HASHES, seed=1)
        sketch.update_batch([" ".join(words[at : at + 3]).encode() for at in range(max(1, len(words) - 2))])
        if self._index.query(sketch):
            return False
        self._index.insert(item.id, sketch)
        return True


def _prose(facts: Facts) -> str:
    """All that the model wrote in words, in order."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for one in cast(dict[str, Any], value).values():
                yield from texts(one)
        elif isinstance(value, list):
            for one in cast(list[Any], value):
                yield from texts(one)

    return "\n".join(texts(facts.model_dump(exclude={"languages", "contract", "workplace", "currency", "unit"})))


def _facts(item: Item, ledger: Ledger) -> Facts:
    return shape(item).model_validate(ledger.made[item.id])


def _write(out: Path, items: Sequence[Item], ledger: Ledger, format: str, batch: Batch, *, or_seeded: bool) -> None:
    """The files of all that was made, in place of those that these documents had before; the truth whole or not at all."""
    earlier = {(t["seed"], t["index"]): out / t["path"] for t in _truths(out / "truth.jsonl")}
    for folder in ("cvs", "offers"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    aside = out / "truth.jsonl.part"
    with aside.open("w", encoding="utf-8", newline="\n") as truths:
        for line in _documents(out, items, ledger, format, batch, or_seeded=or_seeded):
            truths.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
            before = earlier.get((line["seed"], line["index"]))
            if before is not None and before != out / line["path"]:
                before.unlink(missing_ok=True)
    os.replace(aside, out / "truth.jsonl")


def _truths(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _documents(
    out: Path, items: Sequence[Item], ledger: Ledger, format: str, batch: Batch, *, or_seeded: bool
) -> Iterator[dict[str, Any]]:
    for item in items:
        by_model = item.id in ledger.made
        if not by_model and not or_seeded:
            continue
        page, truth = written(item, _facts(item, ledger)) if by_model else seeded(item)
        batch.seeded += not by_model
        name, content, chosen = rendered(item, page, truth, format)
        path = f"{'cvs' if item.kind == 'cv' else 'offers'}/{name}"
        (out / path).write_bytes(content)
        told = {"kind": item.kind, "language": item.language, "expected": "ok", "defect": None, "format": chosen}
        yield {"path": path, "index": item.number, "seed": item.seed, "by": "llm" if by_model else "seeded", **told, **truth}


def _spent(usage: Usage) -> int:
    return usage.prompt_tokens + usage.completion_tokens


def _dearest(ledger: Ledger, documents: int) -> int:
    """What so many documents may cost, by those that were made; a first guess where none were."""
    made = len(ledger.made)
    return documents * (_spent(ledger.usage) // made if made else ANSWER_TOKENS)
