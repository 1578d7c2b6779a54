"""JSON documents: JSON Resume, JobPosting, one row of a data set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from talentflow.documents.html import hidden_in, plain_of
from talentflow.documents.jobposting import find_jobposting, jobposting_text
from talentflow.documents.jsonresume import is_jsonresume, jsonresume_text
from talentflow.documents.limits import Limits, Text
from talentflow.documents.plain import decode, finished
from talentflow.documents.rows import row_text
from talentflow.documents.values import column
from talentflow.errors import CorruptDocument, EmptyDocument, UnknownFormat
from talentflow.hostile import hidden_note, unseen_note
from talentflow.records import Kind

JSON = "application/json"
JSON_LD = "application/ld+json"
_DEEPEST = 20
_SHORT = 24
_LISTS = (
    *(
        "jobs",
        "data",
        "items",
        "results",
        "offers",
        "positions",
        "postings",
        "job_postings",
        "content",
        "result",
        "records",
        "documents",
    ),
    *("resumes", "cvs", "candidates", "rows", "hits", "resultats", "offres"),
)
_WRAPPERS = {"data", "job", "offer", "posting", "resume", "cv", "candidate", "result", "position", "job_posting"}


def read_json(content: bytes, *, name: str, limits: Limits) -> Text:
    """Read one JSON document. Raises CorruptDocument, EmptyDocument, UnknownFormat, DocumentTooLarge."""
    raw, notes = decode(content)
    try:
        value = json.loads(raw, strict=False)
    except (ValueError, RecursionError) as error:
        why = f": {error.msg} at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise CorruptDocument(f"{name} is not valid JSON{why}. Correct it and send it again") from None
    text, media_type, kind, more = _told(value, name)
    notes += more + hidden_note(hidden_in(value))
    read = finished(text, media_type, notes, name, limits)
    read.notes.extend(unseen_note(_unread(value, " ".join(read.text.split()))))
    return Text(read.text, media_type, read.pages, read.notes, kind)


def _unread(value: Any, text: str, field: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """(where, words) of texts in fields that are no part of the text."""
    if isinstance(value, str):
        if len(value) > _SHORT and " ".join(plain_of(value).split())[:_SHORT] not in text:
            yield f"in the field {field[:60]}", value
    elif depth < _DEEPEST and isinstance(value, list | dict):
        for key, inner in value.items() if isinstance(value, dict) else ((field, v) for v in value):
            yield from _unread(inner, text, str(key), depth + 1)


def records_in(value: Any) -> list[Any] | None:
    """The records of a list, or of an object made to carry one (`jobs`, `data`, `results`, …); None for one document."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or is_jsonresume(value) or find_jobposting(value) is not None:
        return None
    lists = [v for k, v in value.items() if column(str(k)) in _LISTS and isinstance(v, list) and v and isinstance(v[0], dict)]
    texts = sum(isinstance(v, str) and len(v) > 200 for v in value.values())
    return lists[0] if len(lists) == 1 and not texts else None


def _told(value: Any, name: str, depth: int = 0) -> tuple[str, str, Kind | None, list[str]]:
    posting = find_jobposting(value)
    records = records_in(value)
    if records is not None:
        if not records:
            raise EmptyDocument(f"{name} is an empty list: send one with a document in it")
        if len(records) > 1:
            raise UnknownFormat(f"{name} holds {len(records)} records, not one document: ingest the file, or send one of them")
        return _told(records[0], name, depth + 1)
    if depth > _DEEPEST:
        raise UnknownFormat(f"{name} holds lists within lists: send an object with named fields")
    if posting is not None:
        text, notes = jobposting_text(posting)
        return text, JSON_LD, "job_offer", notes
    if isinstance(value, str):
        return value, JSON, None, []
    if not isinstance(value, dict):
        raise UnknownFormat(
            f"{name} holds neither a CV nor an offer: send a JSON Resume, a JobPosting or an object with named fields"
        )
    if is_jsonresume(value):
        return jsonresume_text(value), JSON, "cv", []
    inner = [v for k, v in value.items() if str(k).casefold() in _WRAPPERS and isinstance(v, dict) and v]
    if len(inner) == 1 and sum(isinstance(v, str) for v in value.values()) <= 2:
        return _told(inner[0], name, depth + 1)
    text, kind, notes = row_text(value)
    return text, JSON, kind, notes
