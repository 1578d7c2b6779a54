"""How long documents take from their producer to where they can be recommended: the last ones, kept in the home."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from talentflow.lakehouse import Lakehouse
from talentflow.settings import Settings
from talentflow.tables import DOCUMENTS, OUTCOMES

LAST = 1000
"""Documents that the figures are of."""
_FILE = "freshness.json"


def note_freshness(settings: Settings, lakehouse: Lakehouse, run_id: str) -> list[float]:
    """Add the documents that this run embedded, whose index was published just now; returns their seconds since they came."""
    now = datetime.now(UTC)
    said = lakehouse.read(OUTCOMES, ["document_id"], where={"run_id": [run_id], "stage": ["embed"], "status": ["ok"]})
    ids: list[str] = said["document_id"].to_pylist()
    if not ids:
        return []
    received = lakehouse.read(DOCUMENTS, ["received_at"], where={"document_id": ids})["received_at"].to_pylist()
    seconds = [round((now - at).total_seconds(), 3) for at in received if at is not None]
    kept = [*_load(settings).get("seconds", []), *seconds][-LAST:]
    path = settings.reports_dir / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps({"at": now.isoformat(timespec="seconds"), "seconds": kept}), encoding="utf-8")
    os.replace(aside, path)
    return seconds


def load_freshness(settings: Settings) -> dict[str, Any] | None:
    """`documents`, `p50` and `p95` in seconds, and `at`, when the last of them came; None before the first."""
    said = _load(settings)
    if not said.get("seconds"):
        return None
    seconds: list[float] = said["seconds"]
    return {"documents": len(seconds), "p50": percentile(seconds, 0.5), "p95": percentile(seconds, 0.95), "at": said["at"]}


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that at least this share of the values does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _load(settings: Settings) -> dict[str, Any]:
    try:
        return json.loads((settings.reports_dir / _FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
