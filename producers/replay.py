"""Handle again what is in quarantine: read kept answers and files again, or have a document go through its stage again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from producers.addresses import masked
from producers.ingest import DEFINITION, Ingested, Intake, append_interactions, hold_source, new_messages
from producers.reading import Counts, Reading, Rereader
from producers.sources import FilesSource, InteractionsSource, MailboxSource, Source, load_sources, parse_source
from producers.state import State, state_of
from producers.targets import FILES, files_at
from talentflow.errors import TalentflowError
from talentflow.eventlog import DOCUMENTS_TOPIC, INTERACTIONS_TOPIC, Message, Received
from talentflow.eventlog.messages import (
    MALFORMED_MESSAGE,
    Found,
    RawDocument,
    RejectedDocument,
    from_interaction,
    from_message,
)
from talentflow.ids import content_hash
from talentflow.incremental import STAGES, ask_again, release
from talentflow.tables import DOCUMENTS, OUTCOMES, QUARANTINE

log = structlog.get_logger(__name__)

_COLUMNS = ["document_id", "error_code", "source", "source_uri", "content_hash"]
Row = dict[str, Any]


@dataclass
class Replayed:
    """Of what was found in quarantine: handled again, still unreadable or unfit, not there any more (and kept in quarantine)."""

    stage: str
    found: int = 0
    replayed: int = 0
    unreadable: int = 0
    gone: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def replay_quarantine(intake: Intake, stage: str, *, source: str | None = None, error_code: str | None = None) -> Replayed:
    """Handle again what stopped in `stage`, optionally only of one source or one cause.

    What stopped in bronze is read again now and goes on the event log; what stopped later is left to the next run. A
    document of which something newer is known is not overwritten by what a kept answer says. Killed at any moment and
    called again it ends the same.

    Raises: Busy while the source is being ingested.
    """
    named = {"stage": [stage], "source": [source], "error_code": [error_code]}
    where: dict[str, Sequence[str]] = {c: [v for v in values if v] for c, values in named.items() if any(values)}
    rows: list[Row] = intake.lakehouse.read(QUARANTINE, _COLUMNS, where=where).to_pylist()
    done = Replayed(stage, found=len(rows))
    if stage == "bronze":
        _Bronze(intake, done).replay(rows)
    elif stage == "interactions":
        _interactions(intake, rows, done)
    elif rows:
        _later_stage(intake, stage, rows, done)
    return done


def _interactions(intake: Intake, rows: list[Row], done: Replayed) -> None:
    """Messages that were none: appended again when they are one by now, and were kept whole."""
    for row, payload in payloads(intake, "interactions", rows):
        said = from_interaction(Received(INTERACTIONS_TOPIC, 0, 0, 0, "", payload))
        is_whole = content_hash(payload) == row["content_hash"]
        usable = is_whole and not isinstance(said, RejectedDocument)
        if not usable or intake.eventlog.append(INTERACTIONS_TOPIC, [Message(row["document_id"], payload)]).rejected:
            done.unreadable += 1
            continue
        release(intake.lakehouse, [(row["document_id"], "interactions")])
        done.replayed += 1


def payloads(intake: Intake, stage: str, rows: list[Row]) -> Iterator[tuple[Row, bytes]]:
    """What quarantine keeps of these rows, one by one, since one may hold an answer of 20 MiB."""
    for row in rows:
        key: dict[str, Sequence[str]] = {"stage": [stage], "document_id": [row["document_id"]]}
        held = intake.lakehouse.read(QUARANTINE, ["payload"], where=key)["payload"].to_pylist()
        yield row, (held[0] if held else None) or b""


def _later_stage(intake: Intake, stage: str, rows: list[Row], done: Replayed) -> None:
    ids = [row["document_id"] for row in rows]
    there = intake.lakehouse.read(DOCUMENTS, ["document_id", "content_hash"], where={"document_id": ids})
    keys = list(zip(there["document_id"].to_pylist(), there["content_hash"].to_pylist(), strict=True))
    # the gate has removed the record: it must be made again before it can be checked again
    first = "extract" if stage == "gate" else stage
    ask_again(intake.lakehouse, STAGES[STAGES.index(first) :], keys, run_id=intake.run_id)
    done.replayed, done.gone = len(keys), len(ids) - len(keys)


@dataclass
class _Bronze:
    """The replay of what never became a document."""

    intake: Intake
    done: Replayed
    sent: Ingested = field(default_factory=lambda: Ingested("replay", Counts()))

    def replay(self, rows: list[Row]) -> None:
        configured = load_sources(self.intake.settings)
        for name, of_source in groupby(sorted(rows, key=lambda r: (r["source"] or "", r["document_id"])), lambda r: r["source"]):
            said = list(of_source)
            source = configured.get(name) or self._remembered(name)
            messages = [r for r in said if r["error_code"] == MALFORMED_MESSAGE]
            others = [r for r in said if r["error_code"] != MALFORMED_MESSAGE]
            self._messages(messages)
            if others:
                self._of_source(name, source, others)

    def _of_source(self, name: str, source: Source | None, rows: list[Row]) -> None:
        from producers.readers import rereader_of

        reread = rereader_of(source) if source else None
        if source and reread:
            with hold_source(self.intake.settings, source):
                self.intake.known.catch_up(self.intake.eventlog)
                self._answers(source, reread, rows)
        elif name == FILES or isinstance(source, FilesSource | MailboxSource | InteractionsSource):
            self._files(name, source, rows)
        else:
            self.done.unreadable += len(rows)

    def _messages(self, rows: list[Row]) -> None:
        """Messages that were none: appended again when they are one by now, and were kept whole."""
        for row, payload in payloads(self.intake, "bronze", rows):
            sent = from_message(Received(DOCUMENTS_TOPIC, 0, 0, 0, "", payload))
            is_malformed = isinstance(sent, RejectedDocument) and sent.error_code == MALFORMED_MESSAGE
            if is_malformed or content_hash(payload) != row["content_hash"]:
                self.done.unreadable += 1
                continue
            document_id = sent["document_id"] if isinstance(sent, dict) else sent.document_id
            if not self._is_overtaken(document_id, row):
                appended = self.intake.eventlog.append(DOCUMENTS_TOPIC, [Message(document_id, payload)])
                self.intake.known.catch_up(self.intake.eventlog)
                if appended.rejected:
                    self.done.unreadable += 1
                    continue
            self._release([row])

    def _answers(self, source: Source, reread: Rereader, rows: list[Row]) -> None:
        for row, payload in payloads(self.intake, "bronze", rows):
            try:
                found = list(reread(source, row["source_uri"], payload)) if payload else None
            except Exception as error:  # noqa: BLE001 - what this reader cannot read stays where it is
                log.warning("a kept answer cannot be read", source=source.name, url=masked(row["source_uri"]), error=repr(error))
                found = None
            if found is None or any(isinstance(f, RejectedDocument) and f.document_id == row["document_id"] for f in found):
                self.done.unreadable += 1
                continue
            newest = (f for f in found if not self._is_overtaken(f.document_id, row, is_offered=isinstance(f, RawDocument)))
            if self._append(newest):
                self._release([row])
            else:
                self.done.unreadable += 1

    def _files(self, name: str, source: Source | None, rows: list[Row]) -> None:
        """Each file is read once, whatever number of its rows was rejected."""
        of_path: dict[Path | None, list[Row]] = {}
        for row in rows:
            of_path.setdefault(_path_of(row["source_uri"]), []).append(row)
        self.done.gone += len(of_path.pop(None, []))
        for path, of_file in of_path.items():
            if path is None:
                continue
            rejected = self._read_file(files_at(path, name, source))
            mended = [r for r in of_file if rejected is not None and r["document_id"] not in rejected]
            self._release(mended)
            self.done.unreadable += len(of_file) - len(mended)

    def _read_file(self, source: Source) -> set[str] | None:
        """Put what the file holds on the event log; ids of what still cannot be taken, None when that is not known."""
        from producers.readers import reader_of

        rejected: set[str] = set()
        all_fit = True
        settings = self.intake.settings
        with (
            hold_source(settings, source),
            tempfile.TemporaryDirectory() as folder,
            State(Path(folder) / "state.sqlite") as state,  # nothing was read before: the whole file counts
        ):
            self.intake.known.catch_up(self.intake.eventlog)
            reading = Reading(settings, state, datetime.now(UTC))
            try:
                for answer in reader_of(source)(source, reading):
                    rejected |= {f.document_id for f in answer.documents if isinstance(f, RejectedDocument)}
                    all_fit &= self._append(answer.documents)
                    all_fit &= not append_interactions(self.intake, answer.interactions, self.sent).rejected
            except TalentflowError as error:
                log.warning("a file cannot be read", source=source.name, error=str(error))
                return None
            finally:
                reading.close()
        return rejected if all_fit else None

    def _append(self, found: Iterable[Found]) -> bool:
        """Whether all fitted: what became a dead letter stays in quarantine too."""
        return not self.intake.eventlog.append(DOCUMENTS_TOPIC, list(new_messages(found, self.intake.known, self.sent))).rejected

    def _release(self, rows: list[Row]) -> None:
        """After their documents: what is on the event log need not be kept here."""
        release(self.intake.lakehouse, [(row["document_id"], "bronze") for row in rows])
        self.done.replayed += len(rows)

    def _is_overtaken(self, document_id: str, row: Row, *, is_offered: bool = True) -> bool:
        """Whether something newer than the kept answer is known of a document: another version, or that it is closed."""
        known = self.intake.known
        if known.is_waiting(document_id) or (is_offered and document_id in known.closed):
            return True
        return self._last_runs.get(document_id, "") > self._last_runs.get(row["document_id"], "")

    @cached_property
    def _last_runs(self) -> dict[str, str]:
        """Document id → the last run that landed or rejected it; run ids sort by time."""
        ledger = self.intake.lakehouse.read(OUTCOMES, ["document_id", "run_id"], where={"stage": ["bronze"]})
        last: dict[str, str] = {}
        for document_id, run_id in zip(ledger["document_id"].to_pylist(), ledger["run_id"].to_pylist(), strict=True):
            last[document_id] = max(run_id, last.get(document_id, ""))
        return last

    def _remembered(self, name: str) -> Source | None:
        """A source that is not configured, as it was when it was last ingested."""
        path = state_of(self.intake.settings, name)
        if not path.exists():
            return None
        with State(path) as state:
            said = state.mark(DEFINITION)
        try:
            return parse_source(said, is_json=True) if said else None
        except ValidationError:
            return None  # of a version that knew other settings


def _path_of(source_uri: str) -> Path | None:
    """The file that a document's address names, if it is there; what follows the last `#` may be a place in it."""
    for name in (source_uri, source_uri.rpartition("#")[0]):
        if name and Path(name).exists():
            return Path(name)
    return None
