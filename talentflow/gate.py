"""The gate between silver and everything built on it: new rows meet their suites, or go to quarantine."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import structlog

from talentflow.drift import Profile, note_profiles
from talentflow.errors import QualityGateFailed
from talentflow.flat import RECORDS, flatten, stored_columns
from talentflow.incremental import Key, Outcomes, handled
from talentflow.lakehouse import Lakehouse
from talentflow.quality import FRAME_ROWS, Checks, TableQuality
from talentflow.report import StageReport
from talentflow.stages import EXTRACT
from talentflow.suites import Suite, load_suites, suite_version
from talentflow.tables import (
    CANDIDATES,
    CLASSIFICATIONS,
    DOCUMENTS,
    FINGERPRINTS,
    IDENTITIES,
    INTERACTIONS,
    JOB_OFFERS,
    LINKS,
    QUARANTINE,
    TEXTS,
    Table,
)

if TYPE_CHECKING:
    import pandas as pd

log = structlog.get_logger(__name__)

GATED = (DOCUMENTS, TEXTS, CLASSIFICATIONS, JOB_OFFERS, CANDIDATES, IDENTITIES)
"""Checked document by document: the rows of those that the gate has not handled."""
TAKEN_OUT = (*RECORDS, FINGERPRINTS, LINKS)
"""What a document that fails leaves: its records, and what was linked by them."""
_BATCH_ROWS = 1024


def run_gate(lakehouse: Lakehouse, site: Path | None, *, run_id: str) -> StageReport:
    """Check the rows of documents that this version of the suites has not checked, and interactions that came since.

    A document whose row fails a `warning` or `critical` expectation, in bronze or in silver, leaves the record tables and goes to
    quarantine under the expectation's name, and stays there until its record is made again (by another version of extract or of
    the document, or for a replay). `report.details` says how many expectations were met, table by table, and what drifted.

    Args:
        site: folder of the Data Docs; None, as the stream has it: no pages, nothing compared between runs, documents alone.

    Raises:
        QualityGateFailed: a critical expectation failed; the failing rows are in quarantine already.
        BadSettings: a suite cannot be used.
    """
    started = time.perf_counter()
    report = StageReport("gate")
    suites = {table: suite for table, suite in load_suites().items() if not table.startswith("marts.")}
    version = f"suites {suite_version(suites)}, {EXTRACT.version}"
    done = handled(lakehouse, "gate", version)
    texts = lakehouse.read(TEXTS, ["document_id", "content_hash", "source", "source_uri"]).to_pylist()
    new = {(t["document_id"], t["content_hash"]): t for t in texts if (t["document_id"], t["content_hash"]) not in done}
    came = _Came(lakehouse, site, version)
    log.info("stage_progress", stage="gate", done=0, total=len(new))
    if not new and not came.rows.num_rows:
        report.seconds = time.perf_counter() - started
        return report
    checks = Checks(site, run_id=run_id)
    lengths: dict[str, int] = {}
    failing: dict[str, list[tuple[str, str]]] = {}
    said: list[TableQuality] = []
    profiles: list[Profile] = []
    for table in GATED if new else ():
        suite = suites[table.id]
        profiles.append(Profile(table.id))
        said.append(checks.check(suite, _frames(lakehouse, table, suite, new, lengths, profiles[-1])))
        for document_id, names in said[-1].failing.items():
            failing.setdefault(document_id, []).extend((table.id, name) for name in names)
    if came.rows.num_rows:
        suite = suites[INTERACTIONS.id]
        profiles.append(Profile(suite.table))
        said.append(checks.check(suite, _pieces(suite, iter([flatten(came.rows)]), profiles[-1])))
        report.rows_written += _take_out_interactions(lakehouse, came.rows, said[-1], version)
    page = checks.publish()
    report.details = {"expectations": {q.table: q.as_json() for q in said}} | ({"data_docs": str(page)} if page else {})
    for table in TAKEN_OUT if failing else ():
        report.rows_written += lakehouse.delete(table, "document_id", sorted(failing))
    _write_outcomes(lakehouse, Outcomes(run_id, "gate", version, report), new, failing, _still_out(lakehouse, new))
    came.keep()
    if site is not None:
        alerts, written = note_profiles(lakehouse, profiles, run_id=run_id)
        report.rows_written += written
        report.details["alerts"] = [a.as_json() for a in alerts]
    log.info("stage_progress", stage="gate", done=len(new), total=len(new))
    report.seconds = time.perf_counter() - started
    if critical := [f"{q.table}.{name}" for q in said for name in q.critical]:
        raise QualityGateFailed(
            f"critical expectations failed: {', '.join(critical)}; the failing rows are in bronze.quarantine: "
            f"read {report.details.get('data_docs', 'what they say there')}, mend the stage and run again"
        )
    return report


class _Came:
    """Interactions that came since the last gate of these suites; the version of their table that it saw is kept beside the
    Data Docs, and where it is lost all are checked again."""

    def __init__(self, lakehouse: Lakehouse, site: Path | None, version: str) -> None:
        self._file = site / "interactions.json" if site is not None else None
        self._seen: dict[str, Any] = {"suites": version, "version": lakehouse.version(INTERACTIONS)}
        self.rows = INTERACTIONS.schema.empty_table()
        if self._seen["version"] is None or self._file is None:
            return
        try:
            last: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            last = {}
        if last == self._seen:
            return
        is_known = last.get("suites") == version and 0 <= last.get("version", -1) < self._seen["version"]
        changed = lakehouse.changes(INTERACTIONS, last["version"], self._seen["version"]) if is_known else None
        self.rows = (changed.rows if changed else lakehouse.read(INTERACTIONS)).select(INTERACTIONS.schema.names)

    def keep(self) -> None:
        """They are checked."""
        if self._file is not None and self._seen["version"] is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            aside = self._file.with_suffix(".part")
            aside.write_text(json.dumps(self._seen), encoding="utf-8")
            os.replace(aside, self._file)


def _take_out_interactions(lakehouse: Lakehouse, rows: pa.Table, said: TableQuality, version: str) -> int:
    """Failing interactions go to quarantine under their event's id, with what they said; returns the rows written."""
    if not said.failing:
        return 0
    out: list[dict[str, Any]] = []
    for row in rows.to_pylist():
        if names := said.failing.get(str(row["event_id"])):
            detail = f"fails {', '.join(names)} ({said.table}): see the quality report"
            stamp = {"document_id": row["event_id"], "stage": "gate", "error_code": names[0], "detail": detail}
            payload = json.dumps(row, default=str).encode()
            out.append(stamp | {"payload": payload, "source": "interactions", "stage_version": version})
    written = lakehouse.upsert(QUARANTINE, pa.Table.from_pylist(out, schema=QUARANTINE.schema))
    return written + lakehouse.delete(INTERACTIONS, "event_id", [row["document_id"] for row in out])


def _write_outcomes(
    lakehouse: Lakehouse,
    outcomes: Outcomes,
    new: dict[Key, dict[str, Any]],
    failing: dict[str, list[tuple[str, str]]],
    still_out: dict[Key, tuple[str, str]],
) -> None:
    for (document_id, content_hash), text in new.items():
        names = failing.get(document_id)
        if not names:
            code, detail = still_out.get((document_id, content_hash), (None, None))
            status = "quarantined" if code else "ok"
            outcomes.add(document_id, content_hash, status, error_code=code, detail=detail, origin=text)
            continue
        detail = "fails " + ", ".join(f"{name} ({table})" for table, name in names) + ": see the quality report"
        outcomes.add(document_id, content_hash, "quarantined", error_code=names[0][1], detail=detail, origin=text)
    outcomes.write(lakehouse)


def _still_out(lakehouse: Lakehouse, new: dict[Key, dict[str, Any]]) -> dict[Key, tuple[str, str]]:
    """Why documents are out whose record an earlier gate removed and nobody made again: there is nothing to check."""
    rows = lakehouse.read(
        QUARANTINE, ["document_id", "content_hash", "stage_version", "error_code", "detail"], where={"stage": ["gate"]}
    ).to_pylist()
    held = {
        (r["document_id"], r["content_hash"]): (r["error_code"], r["detail"])
        for r in rows
        if r["stage_version"].endswith(EXTRACT.version)
    }
    held = {key: why for key, why in held.items() if key in new}
    ids = [document_id for document_id, _ in held]
    made = {d for t in RECORDS for d in lakehouse.read(t, ["document_id"], where={"document_id": ids})["document_id"].to_pylist()}
    return {key: why for key, why in held.items() if key[0] not in made}


def _frames(
    lakehouse: Lakehouse, table: Table, suite: Suite, new: dict[Key, dict[str, Any]], lengths: dict[str, int], profile: Profile
) -> Iterator[pd.DataFrame]:
    """Pieces of the rows to check; texts leave their lengths for the evidence of the records."""
    wanted = {*suite.columns, "document_id", *(["text_length"] if table is TEXTS else [])}
    stored = stored_columns(table, wanted | {"content_hash"})

    def flat() -> Iterator[pa.Table]:
        for batch in lakehouse.scan(table, stored, batch_rows=_BATCH_ROWS):
            keys = zip(batch["document_id"].to_pylist(), batch["content_hash"].to_pylist(), strict=True)
            rows = flatten(pa.Table.from_batches([batch.filter(pa.array([key in new for key in keys], type=pa.bool_()))]))
            ids = rows["document_id"].to_pylist()
            if table is TEXTS:
                lengths.update(zip(ids, rows["text_length"].to_pylist(), strict=True))
            elif table in RECORDS:
                rows = rows.append_column("text_length", pa.array([lengths.get(i) for i in ids], type=pa.int64()))
            if rows.num_rows:
                yield rows

    yield from _pieces(suite, flat(), profile)


def _pieces(suite: Suite, tables: Iterator[pa.Table], profile: Profile) -> Iterator[pd.DataFrame]:
    """Frames of FRAME_ROWS rows, measured on the way."""
    waiting: list[pa.Table] = []
    for rows in tables:
        profile.add(suite, rows)
        waiting.append(rows.select(suite.columns))
        if sum(t.num_rows for t in waiting) >= FRAME_ROWS:
            yield pa.concat_tables(waiting).to_pandas()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).to_pandas()
