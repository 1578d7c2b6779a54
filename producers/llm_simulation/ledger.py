"""What was made so far, in a JSON Lines file beside the output: what is in it is not asked for again, whatever ended the run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from talentflow.llm import Usage

NAME = "made.jsonl"


class Ledger:
    """Lines of `id`, `model`, `facts` (none for an item whose answers could not be used), `prompt_tokens`, `completion_tokens`.

    A line that a kill cut off is left out, and the next one begins on a line of its own.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / NAME
        self.made: dict[str, Mapping[str, Any]] = {}
        self.usage = Usage()
        """Of all runs."""
        raw = self._path.read_bytes() if self._path.exists() else b""
        for line in raw.split(b"\n"):
            try:
                said = json.loads(line)
                spent = Usage(int(said["prompt_tokens"]), int(said["completion_tokens"]), float(said.get("seconds", 0)))
                if said["facts"] is not None:
                    self.made[str(said["id"])] = said["facts"]
            except (ValueError, KeyError, TypeError):
                continue
            self.usage += spent
        self._begin = "" if not raw or raw.endswith(b"\n") else "\n"

    def add(self, item_id: str, model: str, facts: Mapping[str, Any] | None, usage: Usage, why: str = "") -> None:
        """Keep what an item became; on the disk when this returns."""
        line = {
            "id": item_id,
            "model": model,
            "facts": facts,
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "seconds": round(usage.seconds, 3),
        } | ({"why": why} if why else {})
        with self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(self._begin + json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._begin = ""
        self.usage += usage
        if facts is not None:
            self.made[item_id] = facts
