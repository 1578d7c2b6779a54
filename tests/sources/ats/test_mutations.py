"""Answers as they should not be: keys missing, nulls, wrong types, HTML everywhere, text cut anywhere. Nothing raises, and every
entry ends as an offer, a rejection, or one that says itself that it is gone."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.ats import adapter_named
from producers.ats.adapter import Board, Request
from producers.ats.board import read_board
from producers.ats.reader import BoardReader
from producers.http import Page
from producers.reading import Reading
from producers.sources import AtsSource
from producers.state import State
from talentflow.documents import read
from talentflow.errors import UnexpectedAnswer
from talentflow.eventlog.messages import Found, RawDocument, RejectedDocument, to_message
from talentflow.settings import Settings
from tests.sources.ats.boards import NAMES, NOW, Case, line, load

BASE = "https://board.example"
_JUNK: list[Any] = [
    None,
    "",
    " ",
    "<p>HTML <b>here</b></p><script>x()</script>",
    "\ud800 lone",
    "\x00\x0b",
    "x" * 5000,
    "https://[bad",
    "javascript:alert(1)",
    "99/99/9999",
    0,
    -1,
    10**400,
    float("inf"),
    float("nan"),
    1.5,
    True,
    False,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"a": {"b": [1]}},
    [1, "two", None, {"name": "three"}],
]


def _paths(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [prefix, *(path for key, inner in items for path in _paths(inner, (*prefix, key)))]


def _mutated_json(value: Any, dice: random.Random) -> Any:
    """`value` with a few of its parts removed or replaced."""
    value = json.loads(json.dumps(value))
    for _ in range(dice.randint(1, 4)):
        path = dice.choice(_paths(value))
        junk = dice.choice(_JUNK)
        if not path:
            if dice.random() < 0.1:
                value = junk
            continue
        holder = value
        for step in path[:-1]:
            holder = holder[step]
        if dice.random() < 0.5 and isinstance(holder, dict):
            del holder[path[-1]]
        else:
            holder[path[-1]] = json.loads(json.dumps(junk))
    return value


def _mutated_text(text: str, dice: random.Random) -> str:
    """`text` with a few spans cut out, repeated, or replaced by something that does not belong there."""
    for _ in range(dice.randint(1, 4)):
        start = dice.randint(0, len(text))
        end = dice.randint(start, min(len(text), start + 60))
        middle = dice.choice(["", "<b>", "</div>", "&amp;lt;", "<!--", "\x00", "null", '"', "é<script>", text[start:end] * 2])
        text = text[:start] + middle + text[end:]
    return text


class _Answers:
    """In place of Http: a case's answers, changed; an address that the case does not have repeats a first answer."""

    def __init__(self, case: Case, dice: random.Random) -> None:
        self.case = case
        self.listings: list[str] = []
        self._first = line(case.answers[0]).partition("?")[0]
        details = [n for n in range(len(case.answers)) if n not in case.listings]
        self._detail = details[0] if details else 0
        self._bodies = {line(answer): self._changed(n, dice) for n, answer in enumerate(case.answers)}
        self._lists = self._bodies[line(case.answers[0])]

    def _changed(self, number: int, dice: random.Random) -> str:
        if dice.random() < 0.25:
            return self.case.content(number)[0]
        answer = self.case.answers[number]
        if "json" in answer:
            return json.dumps(_mutated_json(answer["json"], dice))
        return _mutated_text(answer["text"], dice)

    def get(self, url: str, **_: Any) -> Page:
        asked = url.removeprefix(BASE)
        listing = asked.partition("?")[0] == self._first
        body = self._bodies.get(asked) or (self._lists if listing else self.case.content(self._detail)[0])
        if listing:
            self.listings.append(body)
        return Page(url, body.encode("utf-8", "surrogatepass"), requested=url)

    def post(self, url: str, *, json: Any) -> Page:
        page = self.get(url)
        assert isinstance(json, dict)
        return page

    def remembering(self, _page: Page) -> Callable[[], None]:
        return lambda: None


@pytest.mark.parametrize("system", NAMES)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_answer_raises_and_every_entry_is_accounted_for(system: str, seed: int) -> None:
    case = load(system)
    answers = _Answers(case, random.Random(seed))
    source = AtsSource(name="board", ats=system, board=case.board, base_url=BASE)
    reader = BoardReader(adapter_named(system), Board(case.board, BASE), source)
    found: list[Found] = []
    with State(Path(":memory:")) as state:
        reading = Reading(Settings(), state, NOW)
        reading.http = answers  # type: ignore[assignment]
        for answer in read_board(reader, reading):
            found += answer.documents
            answer.commit()
        keys, nameless = _entries(reader, answers)
        if keys is None:
            assert any(d.payload for d in found if isinstance(d, RejectedDocument))
            return
        gone = reading.counts.skipped - sum(
            reader.adapter.listing(reader.board, Request(BASE, offset=number), page).left_out
            for number, page in enumerate(answers.listings)
        )
        named = [d for d in found if not d.source_key.startswith(f"{system}/{case.board}#")]
        assert {d.source_key for d in named} <= keys
        assert len(named) + gone == len(keys)
        assert len(found) - len(named) == nameless
    for document in found:
        to_message(document, received_at=NOW)
        if isinstance(document, RawDocument):
            posting = json.loads(document.content)
            assert isinstance(posting["title"], str)
            assert posting["title"]
            assert posting["url"].startswith(("http://", "https://"))
            read(document.content, media_type=document.media_type, name="offer")
        else:
            assert isinstance(document, RejectedDocument)
            assert "in a shape that cannot be read: " in document.detail


def _entries(reader: BoardReader, answers: _Answers) -> tuple[set[str] | None, int]:
    """The offers that the pages name, and how many entries name none; no offers where a page cannot be read."""
    keys: set[str] = set()
    nameless = 0
    for number, page in enumerate(answers.listings):
        try:
            entries = reader.adapter.listing(
                reader.board, Request(BASE, offset=number), Page(BASE, page.encode("utf-8", "surrogatepass")).text
            ).entries
        except UnexpectedAnswer:
            return None, 0
        for entry in entries:
            try:
                keys.add(reader.key(entry))
            except UnexpectedAnswer:
                nameless += 1
    return keys, nameless
