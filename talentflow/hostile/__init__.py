"""Text that speaks to software instead of to a reader: found, told to the recruiter, and kept from rules and models.

`instructions` finds the passages, `muted` is the text that ranking, extraction and answers are made from, `notes_on` and `flags`
carry what was found to the recruiter. Nothing here decides about a candidate. What is found and what is not:
`docs/hostile-text.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

VERSION = "1"
"""Changes with what is found: records are then made anew."""

FOUND = "contains instructions to software, which were not followed"
HIDDEN = "hidden text was left out"
UNSEEN = "instructions to software stand where no reader sees them"
"""How notes of these kinds begin. They name kinds and places; visible passages are quoted, with personal data blanked."""
UNDISPLAYED = "not displayed"
"""How a page hides menus and panels too: a note, and no warning unless instructions are in it."""
QUOTED = 160
MOST_NAMED = 5


@dataclass(frozen=True)
class Passage:
    """`text[start:end]` speaks to software; `kind` says what it wants."""

    start: int
    end: int
    kind: str


def instructions(text: str) -> tuple[Passage, ...]:
    """The passages of a text that are instructions to software, in order, apart. Whole sentences, or lines of them."""
    from talentflow.hostile.extent import passages

    return _kept(text) if len(text) <= _CACHED else passages(text)


_CACHED = 20_000


@lru_cache(maxsize=128)
def _kept(text: str) -> tuple[Passage, ...]:
    from talentflow.hostile.extent import passages

    return passages(text)


def muted(text: str) -> str:
    """The text without its instructions to software: white space in their place, so that every offset stays what it is.

    A line that was nothing else joins the line before: an empty one would part a section in two.
    """
    found = instructions(text)
    if not found:
        return text
    pieces: list[str] = []
    at = 0
    for passage in found:
        start, end = passage.start, passage.end
        whole = (not text[:start].rpartition("\n")[2].strip(" \t-•*")) and (not text[end:].partition("\n")[0].strip())
        if whole:
            start = max(at, text.rfind("\n", 0, start))
            end = len(text) if (line_end := text.find("\n", end)) < 0 else line_end
        pieces += [text[at:start], _BLANKS.sub(" ", text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])


_BLANKS = re.compile(r".", re.DOTALL)


def notes_on(redacted_text: str) -> list[str]:
    """What a recruiter must know of a text: a note that quotes each passage and says where it stands; none for a text without."""
    found = instructions(redacted_text)
    if not found:
        return []
    quoted = [
        f"“{' '.join(redacted_text[p.start : p.end].split())[:QUOTED]}” (characters {p.start} to {p.end}: {p.kind})"
        for p in found[:MOST_NAMED]
    ]
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return [f"{FOUND}: {'; '.join(quoted)}{more}"]


def hidden_note(passages: Iterable[tuple[str, str]]) -> list[str]:
    """Notes on text that no reader sees.

    Args:
        passages: (how it is hidden, its words) of each passage that was left out.
    """
    kinds: dict[str, int] = {}
    speaking: dict[str, None] = {}
    words: dict[str, list[str]] = {}
    for kind, said in passages:
        if said.strip():
            kinds[kind] = kinds.get(kind, 0) + 1
            words.setdefault(kind, []).append(said)
    for kind, said in words.items():
        if instructions("\n".join(said)) or instructions(" ".join(said)):
            speaking[kind] = None
    if not kinds:
        return []
    aside = kinds.pop(UNDISPLAYED, 0)
    notes = [f"text that the page does not display was left out: {_passages(aside)}"] if aside else []
    if kinds:
        notes.append(f"{HIDDEN}: {', '.join(f'{_passages(count)} {kind}' for kind, count in kinds.items())}")
    if speaking:
        notes.append(f"{UNSEEN}: {', '.join(speaking)}; left out")
    return notes


def _passages(count: int) -> str:
    return f"{count} {'passage' if count == 1 else 'passages'}"


def unseen_note(places: Iterable[tuple[str, str]]) -> list[str]:
    """A note on instructions in what is never read as text: properties, comments, alternative texts.

    Args:
        places: (where, words).
    """
    named = dict.fromkeys(where for where, said in places if said and instructions(said))
    return [f"{UNSEEN}: {', '.join(list(named)[:MOST_NAMED])}; not read"] if named else []


def flags(notes: Sequence[str] | None) -> list[str]:
    """Of a document's notes those that warn of hostile text."""
    return [note for note in notes or () if note.startswith((FOUND, HIDDEN, UNSEEN))]
