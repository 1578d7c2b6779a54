"""An adapter and the board that it reads, and what its answers become: offers, and what cannot be read. Nothing here fetches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from producers.ats.adapter import Adapter, Board, Listing, Request
from producers.ats.values import Entry, dig, objects, read_json
from producers.charsets import decode
from producers.jobposting import MEDIA_TYPE, encode
from producers.sources import KINDS, AtsSource
from talentflow.errors import UnexpectedAnswer
from talentflow.eventlog.messages import Found, RawDocument, RejectedDocument
from talentflow.ids import content_hash, digest

VERSION = "1"
"""Raise it when an adapter's results change: details are then fetched again."""
ENTRY, DETAIL = "entry", "detail"
"""What a kept answer is, in the fragment of its URL; without a fragment it is a page of the listing."""


@dataclass(frozen=True)
class BoardReader:
    """An adapter and the board that it reads for a source."""

    adapter: Adapter
    board: Board
    source: AtsSource

    def offer(self, entries: Sequence[Entry]) -> dict[str, Any]:
        """One JobPosting of the entries with one key. Raises UnexpectedAnswer."""
        return _merged([self.adapter.read(self.board, entry) for entry in entries])

    def detailed(self, entries: Sequence[Entry], said: str) -> dict[str, Any] | None:
        """The JobPosting that the first entry and its detail say, in the places of all. Raises UnexpectedAnswer."""
        posting = self.adapter.read_detail(self.board, entries[0], said)
        if posting is None or len(entries) == 1:
            return posting
        return _merged([posting, *(self.adapter.read(self.board, entry) for entry in entries[1:])])

    def key(self, entry: Any) -> str:
        if not isinstance(entry, dict):
            raise UnexpectedAnswer("it is not an object")
        return f"{self.adapter.name}/{self.board.name}/{self.adapter.key(entry)}"

    def document(self, key: str, posting: dict[str, Any], fetched_at: datetime | None) -> RawDocument:
        terms = self.source.terms or self.adapter.terms
        uri = posting.get("url") or self.board.base
        return RawDocument(
            self.source.name, uri, key, MEDIA_TYPE, KINDS[self.source.kind], encode(posting), fetched_at=fetched_at, terms=terms
        )

    def rejection(self, url: str, key: str, payload: bytes, error: UnexpectedAnswer) -> RejectedDocument:
        """What cannot be read, kept whole. Its key is the offer's where that is known."""
        address, _, part = url.partition("#")
        what = "an offer" if part else "the list of offers"
        detail = (
            f"{address} gave {what} of the {self.adapter.name} board {self.board.name} in a shape that cannot be read: {error}. "
            "Read it again with `talentflow replay` once the adapter knows this shape"
        )
        return RejectedDocument(self.source.name, url, key, UnexpectedAnswer.code, detail, payload, content_hash(payload))

    def nameless(self, part: str) -> str:
        """A key for what does not say which offer it is."""
        return f"{self.adapter.name}/{self.board.name}#{digest(part)}"

    @property
    def settings(self) -> str:
        """What a JobPosting depends on beside the answer."""
        return digest(VERSION, self.adapter.name, self.board.name, self.board.base, self.board.company or "")

    def fingerprint(self, entries: Iterable[Entry]) -> str:
        """Of what the listing says of an offer, without what changes every day."""
        kept = [{k: v for k, v in e.items() if k not in self.adapter.volatile} for e in entries]
        return digest(self.settings, *(json.dumps(e, sort_keys=True) for e in kept))


def grouped(reader: BoardReader, url: str, entries: Iterable[Any]) -> tuple[dict[str, list[Entry]], list[RejectedDocument]]:
    """Entries by offer, and those that do not say which offer they are."""
    groups: dict[str, list[Entry]] = {}
    rejected: list[RejectedDocument] = []
    for entry in entries:
        try:
            groups.setdefault(reader.key(entry), []).append(entry)
        except UnexpectedAnswer as error:
            payload = json.dumps(entry, sort_keys=True)
            rejected.append(reader.rejection(f"{url}#{ENTRY}", reader.nameless(payload), payload.encode(), error))
    return groups, rejected


def read_entries(
    reader: BoardReader, url: str, key: str, entries: list[Entry], fetched_at: datetime | None
) -> tuple[RawDocument | RejectedDocument, Request | None]:
    """What the listing says of an offer, and where the rest of it is."""
    try:
        return reader.document(key, reader.offer(entries), fetched_at), reader.adapter.detail(reader.board, entries[0])
    except UnexpectedAnswer as error:
        return reader.rejection(f"{url}#{ENTRY}", key, json.dumps(entries[0], sort_keys=True).encode(), error), None


def reread(reader: BoardReader, url: str, payload: bytes) -> Iterator[Found]:
    """The documents of a kept answer. A page of a listing gives no offer whose detail has yet to be fetched: the next ingest
    does that."""
    address, _, kind = url.partition("#")
    said = decode(payload)[0]
    named = reader.nameless(address)
    try:
        if kind == DETAIL:
            kept = read_json(said)
            entries, answer = objects(dig(kept, "entries")), dig(kept, "answer")
            if not entries or not isinstance(answer, str):
                raise UnexpectedAnswer("it is no detail as it is kept")
            named = reader.key(entries[0])
            posting = reader.detailed(entries, answer)
            if posting is not None:
                yield reader.document(named, posting, None)
            return
        listed = Listing([read_json(said)]) if kind == ENTRY else reader.adapter.listing(reader.board, Request(address), said)
    except UnexpectedAnswer as error:
        yield reader.rejection(url, named, payload, error)
        return
    groups, rejected = grouped(reader, address, listed.entries)
    yield from rejected
    for key, entries in groups.items():
        document, detail = read_entries(reader, address, key, entries, None)
        if detail is None:
            yield document


def _merged(postings: list[dict[str, Any]]) -> dict[str, Any]:
    """The first posting in the places of all."""
    places: dict[str, Any] = {}
    for posting in postings:
        said = posting.get("jobLocation") or []
        for where in said if isinstance(said, list) else [said]:
            places[json.dumps(where, sort_keys=True)] = where
    if len(postings) == 1 or not places:
        return postings[0]
    located = list(places.values())
    return postings[0] | {"jobLocation": located[0] if len(located) == 1 else located}
