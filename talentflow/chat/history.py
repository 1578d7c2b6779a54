"""Conversations, kept per user in the home: `conversations/<user>/<conversation>.jsonl`: what was chosen, then a line a turn.

A user is known by a secret (the app's cookie), and their folder by its digest: nobody finds another's conversations, not even
by reading the folder's names. What is kept is redacted text, and it goes when the user deletes it or after `KEPT_DAYS`.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from pydantic import BaseModel, Field, SecretStr, ValidationError

from talentflow.chat import Answer, Conversation, Turn
from talentflow.errors import BadInput
from talentflow.home import alone, full_disk_is_said
from talentflow.ids import digest
from talentflow.settings import Settings

KEPT_DAYS = 90
_ID = re.compile(r"[0-9a-f]{32}")
_TITLE = 80


class _Start(BaseModel):
    candidate_ids: tuple[str, ...] = ()
    names: dict[str, str] = Field(default_factory=dict)


class _Turn(BaseModel):
    question: str
    answer: Answer


@dataclass(frozen=True)
class Kept:
    """A conversation in the list of a user's: its id, first question, turns and last change."""

    conversation_id: str
    title: str
    turns: int
    changed_at: datetime


def app_secret(settings: Settings) -> SecretStr:
    """The secret by which the app seals what it leaves in a browser; made once, readable by its owner alone."""
    path = settings.home / "conversations" / "app.secret"
    with full_disk_is_said(settings), alone(path.with_suffix(".lock"), "the app's secret is being made", seconds=10):
        if not path.exists():
            aside = path.with_suffix(".part")
            aside.touch(mode=0o600)
            aside.write_text(secrets.token_urlsafe(32), encoding="utf-8")
            os.replace(aside, path)
        return SecretStr(path.read_text(encoding="utf-8"))


def begin(settings: Settings, user: SecretStr, conversation: Conversation) -> str:
    """Keep a new conversation, with the turns that it has; returns its id. Raises StorageFull."""
    conversation_id = uuid4().hex
    lines = [_start(conversation), *map(_line, conversation.turns)]
    folder = _folder(settings, user)
    with full_disk_is_said(settings):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = folder / f"{conversation_id}.part"
        aside.write_text("".join(lines), encoding="utf-8")
        os.replace(aside, _path(folder, conversation_id))
    return conversation_id


def add(settings: Settings, user: SecretStr, conversation_id: str, turn: Turn) -> None:
    """Keep one more turn. Raises BadInput when there is no such conversation of this user, StorageFull."""
    path = _there(settings, user, conversation_id)
    with full_disk_is_said(settings), alone(path.with_suffix(".lock"), "this conversation is being written", seconds=10):
        whole = path.read_bytes()
        # a line that a kill cut off would swallow the one written after it
        start = b"" if whole.endswith(b"\n") else b"\n"
        with path.open("ab") as file:
            file.write(start + _line(turn).encode())
            file.flush()
            os.fsync(file.fileno())


def read(settings: Settings, user: SecretStr, conversation_id: str) -> Conversation:
    """A conversation of this user. Raises BadInput when there is none."""
    return _read(_there(settings, user, conversation_id))


def listed(settings: Settings, user: SecretStr) -> list[Kept]:
    """This user's conversations, the latest first; those older than `KEPT_DAYS` are deleted."""
    found: list[Kept] = []
    for path in _folder(settings, user).glob("*.jsonl"):
        changed = path.stat().st_mtime
        if time.time() - changed > KEPT_DAYS * 86_400:
            _delete(path)
            continue
        turns = _read(path).turns
        title = turns[0].question if turns else "Nothing asked yet"
        found.append(Kept(path.stem, title[:_TITLE], len(turns), datetime.fromtimestamp(changed, UTC)))
    return sorted(found, key=lambda kept: (kept.changed_at, kept.conversation_id), reverse=True)


def delete(settings: Settings, user: SecretStr, conversation_id: str) -> None:
    """Delete a conversation of this user. Raises BadInput when there is none."""
    _delete(_there(settings, user, conversation_id))


def delete_all(settings: Settings, user: SecretStr) -> int:
    """Delete all conversations of this user; returns how many."""
    folder = _folder(settings, user)
    kept = len(list(folder.glob("*.jsonl")))
    shutil.rmtree(folder, ignore_errors=True)
    return kept


def _folder(settings: Settings, user: SecretStr) -> Path:
    secret = user.get_secret_value()
    if len(secret) < 16:
        raise BadInput("a user is known by a secret of 16 characters or more: open the app anew")
    return settings.home / "conversations" / digest("user", secret)


def _path(folder: Path, conversation_id: str) -> Path:
    return folder / f"{conversation_id}.jsonl"


def _there(settings: Settings, user: SecretStr, conversation_id: str) -> Path:
    path = _path(_folder(settings, user), conversation_id)
    if not _ID.fullmatch(conversation_id) or not path.exists():
        raise BadInput("there is no such conversation: it may have been deleted; begin a new one")
    return path


def _start(conversation: Conversation) -> str:
    return _Start(candidate_ids=conversation.candidate_ids, names=conversation.names).model_dump_json() + "\n"


def _line(turn: Turn) -> str:
    return _Turn(question=turn.question, answer=turn.answer).model_dump_json() + "\n"


def _read(path: Path) -> Conversation:
    first, *lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    start = _Start.model_validate_json(first)
    turns: list[Turn] = []
    for line in lines:
        # a process that was killed leaves its line short
        with suppress(ValidationError):
            kept = _Turn.model_validate_json(line)
            turns.append(Turn(kept.question, kept.answer))
    return Conversation(start.candidate_ids, tuple(turns), start.names)


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_suffix(".lock").unlink(missing_ok=True)
