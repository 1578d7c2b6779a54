"""What the app holds open: one engine pool, one embedder, the published index. Nothing of a user is kept here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Lock
from typing import Self

from gradio_ui.cards import Origin, Question
from gradio_ui.recorder import Recorder
from talentflow.cache import Cache
from talentflow.chat.ask import Tools
from talentflow.chat.facts import Chosen
from talentflow.direct import Processed, document_row, process
from talentflow.embedder import Embedder
from talentflow.engines import Engine, open_engine
from talentflow.errors import BadInput, DocumentError, DocumentTooLarge, EmptyDocument, NoRecord
from talentflow.eventlog.messages import RawDocument
from talentflow.hostile import flags
from talentflow.ids import content_hash
from talentflow.lakehouse import Lakehouse, small_lakehouse
from talentflow.llm import LanguageModel
from talentflow.matching import Filters
from talentflow.matching.index import Posted
from talentflow.matching.rank import Recommender
from talentflow.records import Candidate, JobOffer, Kind, Match
from talentflow.settings import Settings
from talentflow.tables import DOCUMENTS, TEXTS
from talentflow.vectors import generations

NO_INDEX = "No index is published yet: run talentflow quick in a terminal, then ask again."
OTHER_MODEL = "The published index was made with another model: run talentflow run in a terminal, then ask again."
PASTED = "pasted text"
_SAMPLE = b"Data engineer\n\nExperience\nData engineer, Acme, Paris, 2019 - 2024\nPython, SQL\n\nLanguages\nEnglish, French"


@dataclass(frozen=True)
class Found:
    """A ranking with what is needed to show it: records and other postings by id, and texts by document id."""

    matches: list[Match]
    offers: dict[str, JobOffer]
    candidates: dict[str, Candidate]
    texts: dict[str, str]
    also_posted: dict[str, list[Posted]] = field(default_factory=dict[str, list[Posted]])
    origins: dict[str, Origin] = field(default_factory=dict[str, Origin])
    """By document id."""
    flags: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """By document id: what warns of it."""


class Services:
    """A context manager: leaving it ends the engine's workers. Everything is opened when first needed, by any thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lakehouse: Lakehouse = small_lakehouse(settings)
        self._opening = Lock()
        self._open = ExitStack()
        self._engine: Engine | None = None
        self._recommender: Recommender | None = None
        self._cache: Cache | None = None
        self._embedder: Embedder | None = None
        self._model: LanguageModel | None = None
        self.recorder = Recorder(settings, self.known_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.recorder.close()
        self._open.close()

    @property
    def engine(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = self._open.enter_context(open_engine(self.settings))
            return self._engine

    @property
    def recommender(self) -> Recommender:
        """Ranks without a cache: an answer says something of the document that was asked with."""
        embedder = self.embedder
        with self._opening:
            if self._recommender is None:
                self._recommender = Recommender(self.settings, embedder)
            return self._recommender

    @property
    def embedder(self) -> Embedder:
        from talentflow.embedder import open_embedder

        with self._opening:
            if self._embedder is None:
                self._embedder = open_embedder(self.settings)
            return self._embedder

    def warm_up(self) -> None:
        """Take a small CV through everything, so that the first upload waits for nothing."""
        document = self.read("sample", _SAMPLE, "cv")
        if self.recommender.index is not None and document.candidate is not None:
            self.offers_for(document.candidate, Filters(), 1)

    def read(self, name: str, content: bytes, kind: Kind) -> Processed:
        """A document's record and text, made in memory.

        Raises: DocumentError with the sentence for the user, whatever the reason.
        """
        if len(content) > self.settings.max_document_bytes:
            most = self.settings.max_document_bytes / 2**20
            raise DocumentTooLarge(f"{name} is larger than {most:.0f} MB: send a smaller file")
        if not content.strip():
            raise EmptyDocument(f"{name} is empty: choose another file, or paste the text")
        media_type = "text/plain" if name == PASTED else None
        raw = RawDocument("upload", name, content_hash(content), media_type, kind, content)
        (document,) = process([document_row(raw)], self.engine, kind=kind)
        if document.error is not None:
            raise DocumentError(document.error)
        if document.candidate is None and document.offer is None:
            raise NoRecord(f"{name} holds nothing that a record can be made of: choose another file")
        return document

    def offers_for(self, candidate: Candidate, filters: Filters, top: int) -> Found:
        """Raises BadInput when there is no index to ask."""
        self._check_index()
        matches = self.recommender.offers_for(candidate, filters=filters, top=top)
        offers = {m.offer_id: o for m in matches if (o := self.recommender.offer(m.offer_id)) is not None}
        also = {offer_id: self.recommender.also_posted(offer_id) for offer_id in offers}
        documents = sorted({o.document_id for o in offers.values()})
        texts, flagged = self._texts_and_flags(documents)
        return Found(matches, offers, {}, texts, also, self.origins(documents), flagged)

    def candidates_for(self, offer: JobOffer, filters: Filters, top: int) -> Found:
        """Raises BadInput when there is no index to ask."""
        self._check_index()
        matches = self.recommender.candidates_for(offer, filters=filters, top=top)
        held = {m.candidate_id: c for m in matches if (c := self.recommender.candidate(m.candidate_id)) is not None}
        texts, flagged = self._texts_and_flags(c.document_id for c in held.values())
        return Found(matches, {}, held, texts, flags=flagged)

    def known_id(self, question: Question) -> str | None:
        """The id under which the index has what a user asks with; None for what is theirs alone."""
        record = question.record
        if isinstance(record, Candidate):
            return record.candidate_id if self.recommender.candidate(record.candidate_id) else None
        rows = self.lakehouse.read(DOCUMENTS, ["document_id"], where={"content_hash": [question.content_hash]})
        return next((i for i in sorted(rows["document_id"].to_pylist()) if self.recommender.offer(i)), None)

    @property
    def tools(self) -> Tools:
        """What an answer about candidates is made with."""
        return Tools(lambda: self.embedder, lambda: self.cache, self.model)

    @property
    def cache(self) -> Cache:
        """Of passages' vectors and a model's answers about CVs; opened when the first question needs it."""
        from talentflow.cache import open_cache_if_there

        with self._opening:
            if self._cache is None:
                self._cache = open_cache_if_there(self.settings)
                self._open.callback(self._cache.close)
            return self._cache

    @property
    def model(self) -> LanguageModel | None:
        """The language model that the settings choose; None without one. Raises: BadSettings, MissingExtra."""
        from talentflow.llm import open_llm

        with self._opening:
            if self._model is None and self.settings.llm != "none":
                self._model = open_llm(self.settings)
                if self._model is not None:
                    self._open.callback(self._model.close)
            return self._model

    def people(self, most: int) -> list[Chosen]:
        """The published candidates, `most` of them, without their texts."""
        index = self.recommender.index
        ids = index.candidates.ids[:most] if index is not None else []
        held = [c for i in ids if (c := self.recommender.candidate(i)) is not None]
        return [Chosen("", candidate, "") for candidate in held]

    def texts(self, document_ids: Iterable[str]) -> dict[str, str]:
        """Redacted texts of documents."""
        return self._texts_and_flags(document_ids)[0]

    def _texts_and_flags(self, document_ids: Iterable[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
        """Redacted texts of documents, and what warns of those that speak to software or hide text."""
        ids = sorted(set(document_ids))
        if not ids:
            return {}, {}
        rows = self.lakehouse.read(TEXTS, ["document_id", "redacted_text", "notes"], where={"document_id": ids}).to_pylist()
        texts = {row["document_id"]: row["redacted_text"] or "" for row in rows}
        return texts, {row["document_id"]: told for row in rows if (told := flags(row["notes"]))}

    def origins(self, document_ids: Sequence[str]) -> dict[str, Origin]:
        """Where documents come from."""
        if not document_ids:
            return {}
        columns = ["document_id", "source", "source_uri", "fetched_at", "received_at"]
        rows = self.lakehouse.read(DOCUMENTS, columns, where={"document_id": document_ids}).to_pylist()
        return {
            row["document_id"]: Origin(row["source"] or "", row["source_uri"] or "", row["fetched_at"] or row["received_at"])
            for row in rows
        }

    def choices(self, namespace: str) -> dict[str, dict[str, int]]:
        """Field of `Filters` → values of the published index and how many records have each."""
        return self.recommender.choices(namespace)

    def _check_index(self) -> None:
        if self.recommender.index is None:
            published = generations.current(self.settings.index_dir)
            raise BadInput(NO_INDEX if published is None else OTHER_MODEL)


def filters_of(
    locations: Sequence[str],
    workplaces: Sequence[str],
    contracts: Sequence[str],
    languages: Sequence[str],
    seniorities: Sequence[str],
) -> Filters:
    """`Filters` from what the page's five choices hold."""
    return Filters(tuple(locations), tuple(workplaces), tuple(contracts), tuple(languages), tuple(seniorities))
