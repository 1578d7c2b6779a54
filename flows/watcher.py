"""From files that were dropped to what is recommended for them, in seconds: everything that is slow to open stays open."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from threading import Event
from typing import Any

import pyarrow as pa

from flows import tasks
from flows.tasks import Run, open_run
from producers.files import SOURCE, find_documents, shown
from producers.ingest import Ingested, Intake, new_messages
from producers.reading import Counts
from producers.sources import KINDS, As
from producers.watch import Batch
from talentflow.direct import document_row, process
from talentflow.documents.limits import document_limits
from talentflow.embedder import open_embedder
from talentflow.engines import Engine
from talentflow.eventlog import DOCUMENTS_TOPIC
from talentflow.eventlog.messages import ClosedDocument, RawDocument
from talentflow.gate import run_gate
from talentflow.home import when_free
from talentflow.lineage import Pace
from talentflow.matching.embed import embed_new
from talentflow.matching.rank import Recommender
from talentflow.quality import load_checks
from talentflow.records import Candidate, JobOffer, record_of
from talentflow.tables import CANDIDATES, DOCUMENTS, INGESTS, JOB_OFFERS, OUTCOMES, QUARANTINE, TABLES

FEW = 5
"""Of a batch of no more documents the whole ranking is told; of a larger one each document's best."""
MAINTAIN_AFTER = 50
"""Batches after which the tables' small files are put together."""
_SAMPLE = b"Data engineer\n\nExperience\nData engineer, Acme, Paris, 2019 - 2024\nPython, SQL\n\nLanguages\nEnglish, French"

Told = dict[str, Any]
"""What became of a document or a file: `path`, `seconds`, and `kind`, `title`, `matches`; or an `error`; or a `note`."""


@dataclass
class Watcher:
    """Takes batches of files to the published index.

    Args:
        intake: where documents go; open for as long as the watch lasts.
        engine: where the stages run.
        kind: what is dropped.
        top: recommendations for each document.
        stop: set when the watch is to end.
        say: told in words what goes on.
    """

    intake: Intake
    engine: Engine
    kind: As
    top: int
    stop: Event
    say: Callable[[str], None]

    def __post_init__(self) -> None:
        self._started = time.time()
        self._batches = 0
        self._pace = Pace()
        self._untold: dict[str, float] = {}
        """Files on the event log of which nothing was told yet, and when they came."""
        self._lakehouse = self.intake.lakehouse
        self._recommender = Recommender(self.intake.settings, open_embedder(self.intake.settings))

    def warm_up(self) -> None:
        """Import the checks, load the model and start the engine's processes, so that the first file waits for none."""
        candidate = warm_up(self.engine)
        if candidate is not None:
            self._recommender.offers_for(candidate, top=1)

    def take(self, batch: Batch) -> Iterator[Told]:
        """Ingest a batch, run the stages up to the index, and tell what became of each file.

        Raises: TalentflowError. What is on the event log by then is told of with the next batch.
        """
        came = {path: at for path in batch.files if (at := self._came(path)) is not None}
        closing, notes = self._gone(batch.gone)
        started, done = time.perf_counter(), Ingested(_name([*batch.files, *batch.gone]), Counts(fetched=len(came)))
        found = find_documents(came, kind=KINDS[self.kind], limits=document_limits(self.intake.settings))
        self.intake.known.catch_up(self.intake.eventlog)
        messages = new_messages(chain(closing, found), self.intake.known, done)
        done.add_rejected(self.intake.eventlog.append(DOCUMENTS_TOPIC, messages))
        done.seconds = time.perf_counter() - started
        yield from notes
        if done.error:
            yield {"path": done.target, "error": str(done.error)}
        is_new = done.documents or done.quarantined or done.closed or self._untold
        self._untold |= {shown(path): at for path, at in came.items()}
        if is_new:
            with self._run() as run:
                arrivals(run)
                yield from self._told(run.run_id)
                self._after(run, done)
        self._untold.clear()

    def _came(self, path: Path) -> float | None:
        """When a file came, in seconds since 1970; None for one that is gone again."""
        try:
            return max(path.stat().st_ctime, self._started)
        except OSError:
            return None

    def _run(self) -> AbstractContextManager[Run]:
        """A run on this home, as soon as no other one writes to it. Documents are judged one by one: no threshold."""
        settings = self.intake.settings.model_copy(update={"ok_threshold": 0.0})
        return when_free(
            lambda: open_run(settings, self.engine, flow="watch", pace=self._pace),
            self.stop,
            lambda busy: self.say(f"Waiting: {busy}"),
        )

    def _gone(self, gone: Sequence[Path]) -> tuple[list[ClosedDocument], list[Told]]:
        """Closures of the offers that were read from files that have gone, and what to say of each file."""
        if not gone:
            return [], []
        names = {shown(path) for path in gone}
        rows = self._lakehouse.read(DOCUMENTS, ["document_id", "source", "source_uri", "source_key"]).to_pylist()
        found = [r for r in rows if r["source"] == SOURCE and _file(r["source_uri"]) in names]
        ids = [r["document_id"] for r in found]
        offers = set(self._lakehouse.read(JOB_OFFERS, ["document_id"], where={"document_id": ids})["document_id"].to_pylist())
        now = datetime.now(UTC)
        closing = [
            ClosedDocument(SOURCE, r["source_uri"], r["source_key"], now, "its file was deleted")
            for r in found
            if r["document_id"] in offers
        ]
        known = Counter(_file(r["source_uri"]) for r in found)
        closed = Counter(_file(c.source_uri) for c in closing)
        return closing, [_deleted(name, known[name], closed[name]) for name in sorted(names)]

    def _told(self, run_id: str) -> Iterator[Told]:
        """What this run made of the files that nothing was told of yet."""
        outcomes: dict[str, list[dict[str, Any]]] = {}
        columns = ["document_id", "status", "detail"]
        for row in self._lakehouse.read(OUTCOMES, columns, where={"run_id": [run_id]}).to_pylist():
            outcomes.setdefault(row["document_id"], []).append(row)
        where: dict[str, Sequence[str]] = {"document_id": sorted(outcomes)}
        places: dict[str, str] = {}
        records: dict[str, Candidate | JobOffer] = {}
        for table in (QUARANTINE, DOCUMENTS):
            for row in self._lakehouse.read(table, ["document_id", "source_uri"], where=where).to_pylist():
                places[row["document_id"]] = row["source_uri"]
        for table, model in ((CANDIDATES, Candidate), (JOB_OFFERS, JobOffer)):
            for row in self._lakehouse.read(table, where=where).to_pylist():
                records[row["document_id"]] = record_of(model, row)
        now = time.time()
        ours = sorted((uri, i) for i, uri in places.items() if _file(uri) in self._untold)
        top = self.top if len(ours) <= FEW else 1
        for uri, document_id in ours:
            said = {"path": uri, "document_id": document_id, "seconds": round(now - self._untold[_file(uri)], 2)}
            record = records.get(document_id)
            yield said | (self._ranked(record, top) if record else _why(outcomes[document_id]))

    def _ranked(self, record: Candidate | JobOffer, top: int) -> Told:
        """The best for a record by the index that was just published."""
        if isinstance(record, Candidate):
            found = [(m, m.offer_id) for m in self._recommender.offers_for(record, top=top)]
            offers = [self._recommender.offer(i) for _, i in found]
            named = [(o.title, o.hiring_organization) if o else (None, None) for o in offers]
        else:
            found = [(m, m.candidate_id) for m in self._recommender.candidates_for(record, top=top)]
            candidates = [self._recommender.candidate(i) for _, i in found]
            named = [(c.headline if c else None, None) for c in candidates]
        matches = [
            {"id": i, "score": round(m.score, 4), "title": title, "company": company}
            for (m, i), (title, company) in zip(found, named, strict=True)
        ]
        is_cv = isinstance(record, Candidate)
        return {"kind": "cv" if is_cv else "offer", "title": record.headline if is_cv else record.title, "matches": matches}

    def _after(self, run: Run, done: Ingested) -> None:
        """What nobody waits for: the ingest's entry, and now and then the tables' small files put together."""
        row = done.as_json() | {"run_id": run.run_id, "source": SOURCE, "type": "files"}
        row["status"] = "failed" if done.error else "ok"
        row["started_at"] = datetime.now(UTC)
        self._lakehouse.append(INGESTS, pa.Table.from_pylist([row], schema=INGESTS.schema))
        run.lineage.ingested("files", done.as_counts(), done.error, written=(INGESTS,))
        self._batches += 1
        if self._batches % MAINTAIN_AFTER == 0:
            for table in TABLES.values():
                self._lakehouse.maintain(table)


def warm_up(engine: Engine) -> Candidate | None:
    """Import the checks and start the engine's processes, by taking a sample through the stages; the candidate of it."""
    load_checks()
    sample = RawDocument("watch", "sample.txt", "sample", "text/plain", "cv", _SAMPLE)
    (done,) = process([document_row(sample)], engine)
    return done.candidate


def arrivals(run: Run) -> None:
    """Event log to published index at once, for a few documents that somebody waits for; the marts wait for the next run.

    The tasks' own functions without an orchestrator, whose books cost more than a second a run; what a retry of theirs
    would mend, the next arrivals mend, since every stage takes what is not handled yet. The gate writes no Data Docs.
    """
    tasks.bronze.fn(run)
    onward(run)


def onward(run: Run) -> None:
    """`arrivals` from bronze on. The model embeds in this process, where it stays loaded."""
    for stage in (tasks.parse, tasks.classify, tasks.extract, tasks.link, tasks.interactions):
        stage.fn(run)
    with run.lineage.stage("gate") as tell:
        tell(run_gate(run.lakehouse, None, run_id=run.run_id))
    with run.lineage.stage("embed") as tell:
        tell(embed_new(run.lakehouse, open_embedder(run.settings), run_id=run.run_id, batch_rows=run.settings.batch_rows))
    tasks.index.fn(run)


def _file(uri: str) -> str:
    """The file that a document was read from."""
    return uri.partition("#")[0]


def _name(paths: Sequence[Path]) -> str:
    return shown(paths[0]) if len(paths) == 1 else f"{shown(paths[0].parent)} ({len(paths)} files)"


def _deleted(name: str, known: int, closed: int) -> Told:
    if closed:
        note = "was deleted: its offer is closed" if closed == 1 else f"was deleted: its {closed} offers are closed"
    else:
        note = "was deleted: its document stays" if known else "was deleted: nothing had been taken from it"
    return {"path": name, "note": note, "closed": closed}


def _why(outcomes: list[dict[str, Any]]) -> Told:
    """The sentence of the stage that a document ended in."""
    for status, key in (("quarantined", "error"), ("skipped", "note")):
        for row in outcomes:
            if row["status"] == status and row["detail"]:
                return {key: row["detail"]}
    return {"note": "is neither a CV nor an offer"}
