"""The stage `complete`: a language model reads again what rules have extracted, where `TALENTFLOW_EXTRACTION` says so.

It runs in the process of the flow, after `extract`, with a bounded number of questions at once; engines' workers reach no model.
A record's row says by its `stage_version` who read it last: what this mode, prompt and model have read is left alone, so that a
second run asks nothing. What cannot be asked about now keeps the record of the rules, and its outcome is `skipped` with the
reason, under no version: the next run asks. Rows are written before the ledger, a few documents at a time, as in `incremental`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pyarrow as pa
import structlog

from talentflow.cache import Cache
from talentflow.errors import (
    BadSettings,
    ContextOverflow,
    DocumentError,
    QuotaExhausted,
    RateLimited,
    ServiceUnavailable,
    StreamBroken,
    TalentflowError,
    TransientError,
    UnusableAnswer,
)
from talentflow.extraction import extract_candidate, extract_offer, find_identity, redact
from talentflow.extraction.llm import PROMPT_VERSION, Mode, Reading, read_by_model
from talentflow.incremental import Key, Outcomes, ask_again, handled
from talentflow.lakehouse import Lakehouse
from talentflow.llm import LanguageModel, Usage
from talentflow.records import Candidate, Classification, JobOffer, record_of
from talentflow.report import StageReport
from talentflow.silver import with_classification
from talentflow.stages import EXTRACT
from talentflow.tables import CANDIDATES, JOB_OFFERS, TEXTS, Table

STAGE = "complete"
COMMITTED = 32
"""Documents whose rows are written at a time: what a kill costs is asked again, from the cache."""
PATIENCE = 2
"""Questions in a row that a server may fail, each after its own retries, before no more are asked in this run."""
LATER = ("gate", "embed")
"""Stages that go by a document's content: they are told when its record changes without it."""
CODES: Mapping[type[TalentflowError], str] = {
    QuotaExhausted: "quota_exhausted",
    RateLimited: "rate_limited",
    StreamBroken: "model_unavailable",
    ServiceUnavailable: "model_unavailable",
    BadSettings: "bad_settings",
    UnusableAnswer: "unusable_answer",
    ContextOverflow: "context_overflow",
}
_NOT_ASKED = ""
"""The version of an outcome that leaves the document to the next run."""
_KEPT = frozenset({"offer_id", "candidate_id", "document_id", "duplicate_of", "closed_at"})
_COLUMNS = ["document_id", "content_hash", "text", "redacted_text", "received_at"]

log = structlog.get_logger(__name__)


def version_of(mode: Mode, model: LanguageModel) -> str:
    """What a record read so depends on; it begins with the version of the rules whose record it completes."""
    return f"{EXTRACT.version}, {mode} {PROMPT_VERSION} by {model.model_id}"


@dataclass
class _Stop:
    """Whether the model is still asked: not after an error that every question meets."""

    why: TalentflowError | None = None
    _failures: int = 0
    _lock: Lock = field(default_factory=Lock)

    def answered(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self, error: TalentflowError) -> None:
        with self._lock:
            self._failures += 1
            if isinstance(error, (QuotaExhausted, BadSettings)) or self._failures >= PATIENCE:
                self.why = self.why or error


@dataclass(frozen=True)
class _End:
    """Where a document ended: what was read, or why not."""

    reading: Reading | None
    error: TalentflowError | None
    milliseconds: float

    @property
    def is_final(self) -> bool:
        """Whether asking again would say the same."""
        return self.error is None or not (isinstance(self.error, (TransientError, QuotaExhausted, BadSettings)))


def complete_new(
    lakehouse: Lakehouse,
    model: LanguageModel,
    cache: Cache | None,
    mode: Mode,
    *,
    run_id: str,
    at_once: int = 4,
) -> StageReport:
    """silver.job_offers and silver.candidates, read again by the model where it has not read them yet.

    Args:
        lakehouse: is read and written.
        model: threads share it.
        cache: keeps answers.
        mode: `llm` or `rules+llm`.
        run_id: of the run.
        at_once: documents that are asked about at a time.

    Returns:
        Its `details` count tokens, requests, answers from the cache, values that were taken and why others were refused.
    """
    started = time.perf_counter()
    report = StageReport(STAGE)
    version = version_of(mode, model)
    outcomes, left = Outcomes(run_id, STAGE, version, report), Outcomes(run_id, STAGE, _NOT_ASKED, report)
    done, waits = handled(lakehouse, STAGE, version), handled(lakehouse, STAGE, _NOT_ASKED)
    later = {stage: handled(lakehouse, stage, None) for stage in LATER}
    counted, refused, usage, stop = Counter[str](), Counter[str](), Usage(), _Stop()
    with ThreadPoolExecutor(at_once, thread_name_prefix=STAGE) as pool:
        for table, stored, texts in _pending(lakehouse, version, done):
            written = [row for row in stored if row["stage_version"] == version]
            for row in written:  # a run ended between the row and the ledger
                outcomes.add(row["document_id"], row["content_hash"], "ok")
            rows = [row for row in stored if row["stage_version"] != version and row["document_id"] in texts]
            read = lambda row, texts=texts: _read(texts[row["document_id"]], model, cache, mode, stop)  # noqa: E731
            changed: list[dict[str, Any]] = []
            for row, end in zip(rows, pool.map(read, rows), strict=True):
                key: Key = (row["document_id"], row["content_hash"])
                if end.is_final:
                    changed.append(_row(row, end.reading) | {"stage_version": version})
                    _tell(outcomes, key, end)
                elif key in waits:
                    report.count("skipped")
                else:
                    _tell(left, key, end)
                if end.reading:
                    usage += end.reading.usage
                    refused.update(end.reading.refused)
                    counted.update(
                        requests=end.reading.requests,
                        cached=end.reading.cached,
                        accepted=end.reading.accepted,
                        documents_asked=bool(end.reading.asked),
                    )
                usage += Usage(prompt_tokens=getattr(end.error, "spent", 0))  # nearly all of them: texts are longer than answers
            if changed:
                report.rows_written += lakehouse.upsert(table, pa.Table.from_pylist(changed, schema=table.schema))
                for stage, keys in later.items():
                    known = {(r["document_id"], r["content_hash"]) for r in changed} & keys
                    report.rows_written += ask_again(lakehouse, [stage], known, run_id=run_id) if known else 0
            outcomes.write(lakehouse)
            left.write(lakehouse)
            log.info("stage_progress", stage=STAGE, done=report.read)
    report.details = {
        "mode": mode,
        "model": model.model_id,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        **{name: counted[name] for name in ("documents_asked", "requests", "cached", "accepted")},
        "refused": dict(sorted(refused.items())),
    }
    if stop.why is not None:
        report.details["stopped"] = f"the records of the rules stand where the model was not asked: {stop.why}"
        log.warning("model_not_asked", why=str(stop.why))
    report.seconds = time.perf_counter() - started
    return report


def _pending(
    lakehouse: Lakehouse, version: str, done: set[Key]
) -> Iterator[tuple[Table, list[dict[str, Any]], dict[str, dict[str, Any]]]]:
    """Rows that this version has not read, or not told of, a few at a time, with their texts and classifications."""
    join = with_classification(lakehouse)
    for table in (JOB_OFFERS, CANDIDATES):
        key = table.key[0]
        facts = lakehouse.read(table, [key, "document_id", "content_hash", "stage_version"]).to_pylist()
        new = sorted(r[key] for r in facts if r["stage_version"] != version or (r["document_id"], r["content_hash"]) not in done)
        for at in range(0, len(new), COMMITTED):
            stored = lakehouse.read(table, where={key: new[at : at + COMMITTED]}).to_pylist()
            found = lakehouse.read(TEXTS, _COLUMNS, where={"document_id": sorted(r["document_id"] for r in stored)})
            texts = [row for batch in found.to_batches() for row in join(batch).to_pylist()]
            by_key = {(t["document_id"], t["content_hash"]): t for t in texts}
            present = {k[0]: by_key[k] for r in stored if (k := (r["document_id"], r["content_hash"])) in by_key}
            yield table, stored, present


def _read(
    text: Mapping[str, Any],
    model: LanguageModel,
    cache: Cache | None,
    mode: Mode,
    stop: _Stop,
) -> _End:
    started = time.perf_counter()
    reading, error = None, stop.why
    if error is None:
        try:
            record, redacted, as_of = by_rules(text)
            classification = record_of(Classification, text["classification"])
            reading = read_by_model(record, redacted, classification, model, cache, mode, as_of=as_of)
            if reading.requests:
                stop.answered()
        except TalentflowError as failure:
            error = failure
            if not isinstance(error, (UnusableAnswer, ContextOverflow, DocumentError)):
                stop.failed(error)
    return _End(reading, error, round((time.perf_counter() - started) * 1000, 3))


def by_rules(text: Mapping[str, Any]) -> tuple[Candidate | JobOffer, str, str | None]:
    """The record that the stage `extract` makes of a text, the redacted text that it reads for it, and when a present post ends.

    Raises: NoRecord.
    """
    from talentflow.hostile import muted

    classification = record_of(Classification, text["classification"])
    if classification.kind == "job_offer":
        redacted = muted(text["redacted_text"])
        return extract_offer(redacted, classification), redacted, None
    redacted = muted(redact(text["text"], find_identity(text["text"], kind="cv").spans))
    as_of = f"{text['received_at']:%Y-%m}" if text["received_at"] else None
    return extract_candidate(redacted, classification, as_of=as_of), redacted, as_of


def _row(stored: Mapping[str, Any], reading: Reading | None) -> dict[str, Any]:
    """The row as it is, with what was read in it."""
    if reading is None or not reading.accepted:
        return dict(stored)
    return dict(stored) | {k: v for k, v in reading.record.model_dump(mode="python").items() if k not in _KEPT}


def _tell(outcomes: Outcomes, key: Key, end: _End) -> None:
    if end.error is not None:
        code = next((c for kind, c in CODES.items() if isinstance(end.error, kind)), getattr(end.error, "code", "refused"))
        outcomes.add(*key, "skipped", error_code=code, detail=str(end.error), milliseconds=end.milliseconds)
        return
    reading = end.reading
    detail = "nothing was open"
    if reading is not None and reading.asked:
        detail = f"{len(reading.asked)} fields asked: {reading.accepted} values taken, {reading.refused.total()} refused"
    outcomes.add(*key, "ok", detail=detail, milliseconds=end.milliseconds)
