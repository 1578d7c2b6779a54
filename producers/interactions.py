"""Interactions from files: what another system says that people did with offers and candidates, a row an event.

A row's ids become ours: an offer is found by its id, its address or what its source knows it by, a candidate by their id or by
name and e-mail or phone, as their CV gives them. Names, addresses and who acted never go on: an actor is a digest, and so is a
candidate whom the tables do not have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from producers.columns import fields
from producers.files import BAD_MAPPING, Sender, existing, from_paths, shape_of, shown
from producers.mapping import LEAVE_OUT, Mapper, load_mapping, mapping_beside, rows_of
from producers.reading import Answer, Reading
from producers.row_files import Row, array_rows, json_row, jsonl_rows
from producers.sources import InteractionsSource
from talentflow.documents.limits import document_limits
from talentflow.documents.values import column, one
from talentflow.errors import BadInput, EmptyDocument, UnknownFormat
from talentflow.eventlog.messages import MOST_ID_CHARACTERS, RejectedDocument, usable, utc_time
from talentflow.ids import content_hash, digest, document_id
from talentflow.lakehouse import Lakehouse, small_lakehouse
from talentflow.records import Identity, Interaction
from talentflow.stages import candidate_id
from talentflow.tables import CANDIDATES, DOCUMENTS

BAD_INTERACTION = "bad_interaction"
_ANSWER_ROWS = 1000
_MOST_ROW_BYTES = 64 * 1024
_OURS = re.compile(r"[0-9a-f]{32}")
_OF_CANDIDATES = ("view", "save", "apply")

_SAID_AS = {
    "view": "viewed seen click clicked opened visit vue vu consulte consultation",
    "save": "saved bookmark bookmarked favorite favourite starred sauvegarde enregistre favori",
    "apply": "applied application submitted candidature postule a_postule",
    "shortlist": "shortlisted preselected interview interviewing interviewed screening screened phone_screen selected "
    "preselection preselectionne entretien retenu",
    "reject": "rejected declined refused disqualified archived not_selected refuse rejete non_retenu",
    "hire": "hired accepted offer_accepted placed onboarded embauche recrute engage",
}
ACTIONS = {said: action for action, words in _SAID_AS.items() for said in (action, *words.split())}
"""What other systems call the actions."""


def read_interactions(source: InteractionsSource, reading: Reading) -> Iterator[Answer]:
    """A configured source of interactions, some rows an answer; a row that cannot be used is a rejection with its line.

    Raises: BadInput for a path that does not exist, or a mapping that is wrong.
    """
    if source.mapping is not None:
        load_mapping(source.mapping)
    sender = Sender(None, document_limits(reading.settings), source.name, source.terms, source.mapping)
    rows = _Rows(source.name, _Records(small_lakehouse(reading.settings)))
    group: list[Interaction] = []
    rejected: list[RejectedDocument] = []
    for found in from_paths(existing(source.paths), sender, rows.read):
        reading.counts.fetched += 1
        if isinstance(found, Interaction):
            group.append(found)
        else:
            rejected.append(found)
        if len(group) + len(rejected) >= _ANSWER_ROWS:
            yield Answer(rejected, interactions=group)
            group, rejected = [], []
    if group or rejected:
        yield Answer(rejected, interactions=group)


@dataclass(frozen=True)
class _Rows:
    """Reads files of rows as interactions of one source."""

    source: str
    records: _Records

    def read(self, path: Path, stream: IO[bytes], _size: int, sender: Sender) -> Iterator[Interaction | RejectedDocument]:
        name = shown(path)
        rows = _rows(path, stream)
        if rows is None:
            detail = f"{name} is no file of rows: send JSON Lines, a JSON list, CSV or Parquet"
            yield sender.rejection(name, name, UnknownFormat.code, detail)
            return
        try:
            mapper = _mapper(path, sender.mapping)
        except BadInput as error:
            yield sender.rejection(name, name, BAD_MAPPING, str(error))
            return
        empty = True
        for row in rows:
            empty = False
            yield self._row(name, row, mapper, sender)
        if empty:
            yield sender.rejection(name, name, EmptyDocument.code, f"{name} has no rows: send a file with interactions in it")

    def _row(self, name: str, row: Row, mapper: Mapper | None, sender: Sender) -> Interaction | RejectedDocument:
        uri = f"{name}#{row.place}"
        if row.error_code is not None:
            return _rejected(uri, name, row, row.error_code, row.detail, sender)
        try:
            said = _named(json.loads(row.content), mapper)
            return usable(self._interaction(said))
        except ValueError as error:
            return _rejected(uri, name, row, BAD_INTERACTION, f"cannot be used ({error}): correct it", sender)

    def _interaction(self, said: Mapping[str, str]) -> Interaction:
        """Raises: ValueError, which says what is wrong."""
        action = ACTIONS.get(column(said.get("action", "")))
        if action is None:
            raise ValueError(f"action: none of {', '.join(_SAID_AS)}, nor another word for one")
        offer, candidate = self.records.offer(said), self.records.candidate(said, self.source)
        told = said.get("event_id") or json.dumps(dict(sorted(said.items())), ensure_ascii=False)
        actor = said.get("actor_id") or (candidate if action in _OF_CANDIDATES and candidate else "")
        return Interaction.model_validate(
            {
                "event_id": self._id("event", told),
                "action": action,
                "actor_id": self._id("actor", actor),
                "offer_id": offer,
                "candidate_id": candidate,
                "session_id": self._id("session", said["session_id"]) if said.get("session_id") else None,
                "occurred_at": _time(said.get("occurred_at", "")),
            }
        )

    def _id(self, what: str, said: str) -> str:
        """What is an id of ours stays; any other becomes one, so that nobody's name goes on."""
        return said if _OURS.fullmatch(said) else digest(what, self.source, said)


@dataclass
class _Records:
    """The offers and candidates of the tables, by what others call them."""

    lakehouse: Lakehouse

    def offer(self, said: Mapping[str, str]) -> str | None:
        """The id of the offer that is meant; what the tables do not know stays as it was said."""
        key, url, source = said.get("offer_id"), said.get("offer_url"), said.get("offer_source")
        if key and _OURS.fullmatch(key):
            return key
        if source and (of_source := document_id(source, key or url or "")) in self._ids:
            return of_source
        found = next((i for name in (url, key) if name and (i := self._documents.get(name))), None)
        return found or (key or url or "")[:MOST_ID_CHARACTERS] or None

    def candidate(self, said: Mapping[str, str], source: str) -> str | None:
        """The id of the candidate who is meant; a digest for one whom the tables do not know."""
        key, name = said.get("candidate_id"), said.get("candidate_name")
        if key and _OURS.fullmatch(key):
            return key
        if key and (document := self._documents.get(key)) in self._candidates:
            return self._candidates[document]
        email, phone = said.get("candidate_email"), said.get("candidate_phone")
        if name and (email or phone):
            return candidate_id(Identity(candidate_id="", document_id="", name=name, email=email, phone=phone), "")
        stated = key or email or phone or name
        return digest("candidate", source, stated) if stated else None

    @cached_property
    def _documents(self) -> dict[str, str | None]:
        """Address, key, and what a key ends with → document id; None where several documents have it."""
        found: dict[str, str | None] = {}
        for row in self._rows:
            key = row["source_key"] or ""
            for name in {row["source_uri"], key, key.rpartition("#")[2], key.rpartition("/")[2]} - {None, ""}:
                found[name] = row["document_id"] if found.get(name, row["document_id"]) == row["document_id"] else None
        return found

    @cached_property
    def _ids(self) -> set[str]:
        return {row["document_id"] for row in self._rows}

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        return self.lakehouse.read(DOCUMENTS, ["document_id", "source_uri", "source_key"]).to_pylist()

    @cached_property
    def _candidates(self) -> dict[str | None, str]:
        rows = self.lakehouse.read(CANDIDATES, ["document_id", "candidate_id"]).to_pylist()
        return {row["document_id"]: row["candidate_id"] for row in rows}


def _rows(path: Path, stream: IO[bytes]) -> Iterable[Row] | None:
    shape = shape_of(path, stream)
    if shape in ("csv", "parquet"):
        return rows_of(path, stream, _MOST_ROW_BYTES)
    if shape == "jsonl":
        return jsonl_rows(stream, _MOST_ROW_BYTES)
    if shape == "array":
        return array_rows(stream, _MOST_ROW_BYTES)
    if shape == "json":
        return [json_row("item=1", stream.read(_MOST_ROW_BYTES))]
    return None


def _mapper(path: Path, given: Path | None) -> Mapper | None:
    """Raises BadInput for a mapping that is wrong, or of another kind."""
    beside = given or mapping_beside(path)
    if beside is None:
        return None
    mapper = load_mapping(beside)
    if mapper.kind != "interactions":
        raise BadInput(f"the mapping {beside} is of {mapper.kind}: write `kind: interactions`, or delete it to go by the names")
    return mapper


def _named(row: Mapping[str, Any], mapper: Mapper | None) -> dict[str, str]:
    """The row's values by field, as text: what its mapping says, else the first column with a known name."""
    said: dict[str, str] = {}
    for name, value in row.items():
        target = mapper.targets.get(name, LEAVE_OUT) if mapper else _FIELD_OF.get(column(name))
        text = one(value)
        if target in _FIELDS and text and target not in said:
            said[target] = text.strip()
    return said


_FIELDS = frozenset(field.target for field in fields("interactions"))
_FIELD_OF = {name: field.target for field in fields("interactions") for name in field.names}


def _time(said: str) -> str:
    """Raises ValueError for what is neither ISO 8601 nor seconds or milliseconds since 1970; without a zone it is UTC."""
    if re.fullmatch(r"\d{9,10}(\.\d+)?|\d{12,13}", said):
        seconds = float(said) / (1000 if len(said.partition(".")[0]) > 10 else 1)
        return utc_time(datetime.fromtimestamp(seconds, UTC).isoformat())
    return utc_time(said, zone=UTC)


def _rejected(uri: str, name: str, row: Row, code: str, detail: str, sender: Sender) -> RejectedDocument:
    return sender.rejection(uri, f"{name}#{content_hash(row.content)}", code, f"{uri} {detail}", row.content)
