"""What a run did: a row a stage, and the summary that programs and people read."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from talentflow.settings import Settings


@dataclass
class StageReport:
    """One stage of one run. `read = ok + quarantined + skipped`; `errors` counts the quarantined by code."""

    name: str
    read: int = 0
    ok: int = 0
    quarantined: int = 0
    skipped: int = 0
    seconds: float = 0.0
    rows_written: int = 0
    errors: Counter[str] = field(default_factory=Counter[str])
    examples: dict[str, str] = field(default_factory=dict[str, str])
    """Error code → the sentence of one document that has it."""
    details: dict[str, Any] = field(default_factory=dict[str, Any])
    """What only this stage counts (texts embedded, expectations met, …)."""

    def count(self, status: str, error_code: str | None = None, detail: str | None = None) -> None:
        """Count one document."""
        self.read += 1
        if status == "ok":
            self.ok += 1
        elif status == "skipped":
            self.skipped += 1
        else:
            self.quarantined += 1
            code = error_code or "unknown"
            self.errors[code] += 1
            self.examples.setdefault(code, detail or "")

    @property
    def ok_share(self) -> float:
        """Share of `ok` among the documents that were not skipped; 1 when there were none."""
        handled = self.ok + self.quarantined
        return self.ok / handled if handled else 1.0

    def as_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "name": self.name,
            "in": self.read,
            "ok": self.ok,
            "quarantined": self.quarantined,
            "skipped": self.skipped,
            "seconds": round(self.seconds, 3),
            "rows_written": self.rows_written,
        }
        if self.errors:
            out["errors"] = {
                code: {"documents": n, "example": self.examples[code]}
                for code, n in sorted(self.errors.items(), key=lambda e: (-e[1], e[0]))
            }
        if self.details:
            out["details"] = self.details
        return out


def save_summary(settings: Settings, summary: Mapping[str, Any]) -> Path:
    """Keep a run's summary for the runs page and `talentflow status`; whole or not at all."""
    folder = settings.reports_dir / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{summary['run_id']}.json"
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(summary, indent=2, ensure_ascii=False), encoding="utf-8")
    os.replace(aside, path)
    return path


def load_summaries(settings: Settings, last: int = 20) -> list[dict[str, Any]]:
    """The last runs' summaries, newest first. Run ids begin with the time, so that names sort by age."""
    paths = sorted((settings.reports_dir / "runs").glob("*.json"), reverse=True)[:last]
    return [json.loads(p.read_text(encoding="utf-8")) for p in paths]


def last_warehouse(summaries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the last run that loaded the warehouse says of it, newest summary first; empty where none did."""
    for summary in summaries:
        for stage in summary.get("stages", []):
            if stage["name"] == "warehouse" and "loaded" in stage.get("details", {}):
                return {"run_id": summary["run_id"], "loaded": stage["details"]["loaded"]}
    return {}


def warehouse_sentence(told: Mapping[str, Any]) -> str:
    """`last_warehouse` for people: how many tables were loaded how, and why one was loaded whole again."""
    loaded: Mapping[str, Mapping[str, Any]] = told["loaded"]
    rows = sum(table["rows"] for table in loaded.values())
    how = Counter(table["how"] for table in loaded.values())
    counts = ", ".join(f"{n} {way}" for way, n in sorted(how.items()))
    whole = "".join(f"; {name}: {table['why']}" for name, table in loaded.items() if table.get("why"))
    return f"Warehouse as of run {told['run_id']}: {rows:,} rows, counted against the lakehouse (tables: {counts}){whole}"
