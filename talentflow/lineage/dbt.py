"""dbt's artifacts as events: a run for each model and snapshot that was built, with its inputs, columns, query and tests.

`manifest.json` says what there is, `run_results.json` what became of it. What dbt says of a failure is left out: it may quote
rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from talentflow.lineage.events import Check, Job, Running, Said, State, event, new_id
from talentflow.lineage.steps import Dataset
from talentflow.settings import Settings

_BUILT = ("model", "snapshot", "seed")
_STATES: Mapping[str, State] = {
    "success": "COMPLETE",
    "error": "FAIL",
    "fail": "FAIL",
    "runtime error": "FAIL",
    "partial success": "FAIL",
}
_NEXT = "_next"
"""The end of a schema's name in which Snowflake's tables are built before they are swapped in."""


@dataclass(frozen=True)
class Artifacts:
    """One invocation of dbt."""

    nodes: Mapping[str, Mapping[str, Any]]
    """Models, snapshots, seeds, sources, tests and unit tests by their ids."""
    results: Mapping[str, Mapping[str, Any]]
    dbt_version: str


def read_artifacts(folder: Path, since: datetime) -> Artifacts | None:
    """The artifacts in a target folder; None where dbt has not run since then."""
    try:
        told = json.loads((folder / "run_results.json").read_text(encoding="utf-8"))
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if _time(told["metadata"]["generated_at"]) < since:
        return None
    nodes = manifest["nodes"] | manifest["sources"] | manifest.get("unit_tests", {})
    return Artifacts(nodes, {r["unique_id"]: r for r in told["results"]}, told["metadata"]["dbt_version"])


def model_events(settings: Settings, parent: Running, folder: Path, rows: Mapping[str, int]) -> list[str]:
    """Events of what dbt built since `parent` began; none when it built nothing.

    Args:
        folder: dbt's target folder.
        rows: of tables, `schema.name`, as far as they are known.
    """
    found = read_artifacts(folder, parent.started)
    if found is None:
        return []
    dialect = settings.warehouse
    tests = _tests(found)
    lines: list[str] = []
    for unique_id, result in found.results.items():
        node = found.nodes.get(unique_id, {})
        state = _STATES.get(result["status"])
        if node.get("resource_type") not in _BUILT or state is None:
            continue
        job = Job(
            f"dbt.{unique_id.partition('.')[2]}",
            "DBT",
            str(node["resource_type"]).upper(),
            _words(node.get("description")),
            (query, dialect) if (query := node.get("compiled_code") or result.get("compiled_code")) else None,
        )
        running = Running(job, new_id(), parent.started, parent, parent.tags, ("dbt", found.dbt_version))
        started, ended = _span(result, parent.started)
        inputs = [Said(dataset_of(i), checks=tests.get(i["unique_id"], ())) for i in _inputs(found, node)]
        dataset = dataset_of(node)
        columns = [(c["name"], c.get("data_type"), _words(c.get("description"))) for c in node.get("columns", {}).values()]
        written = result.get("adapter_response", {}).get("rows_affected")
        count = rows.get(dataset.name, written if isinstance(written, int) and written >= 0 else None)
        output = Said(
            dataset, rows=count if state == "COMPLETE" else None, columns=columns, description=_words(node.get("description"))
        )
        plain = [Said(said.dataset) for said in inputs]
        lines.append(event(settings, running, "START", started, inputs=plain, outputs=[Said(dataset)]))
        error = DbtNodeFailed() if state == "FAIL" else None
        lines.append(event(settings, running, state, ended, inputs=inputs, outputs=[output], error=error))
    return lines + _tested(settings, parent, found, tests)


class DbtNodeFailed(Exception):
    """A model that dbt could not build; dbt's log says why."""


def _tested(settings: Settings, parent: Running, found: Artifacts, tests: Mapping[str, Sequence[Check]]) -> list[str]:
    """One run for dbt's tests: they judge what was built, and what no model reads is judged here alone."""
    judged = [Said(dataset_of(found.nodes[i]), checks=checks) for i, checks in sorted(tests.items())]
    if not judged:
        return []
    running = Running(Job("dbt.tests", "DBT", "TEST"), new_id(), parent.started, parent, parent.tags, ("dbt", found.dbt_version))
    spans = [_span(r, parent.started) for i, r in found.results.items() if i.partition(".")[0] in ("test", "unit_test")]
    start, end = min(s for s, _ in spans), max(e for _, e in spans)
    plain = [Said(said.dataset) for said in judged]
    return [
        event(settings, running, "START", start, inputs=plain),
        event(settings, running, "COMPLETE", end, inputs=judged),
    ]


def dataset_of(node: Mapping[str, Any]) -> Dataset:
    """The table of a model, snapshot, seed or source, under the name by which it is published."""
    schema = str(node["schema"]).lower().removesuffix(_NEXT)
    name = str(node.get("alias") or node.get("identifier") or node["name"]).lower()
    return Dataset("warehouse", f"{schema}.{name}")


def _inputs(found: Artifacts, node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a node reads, through models that are no tables of their own."""
    for unique_id in node.get("depends_on", {}).get("nodes", []):
        read = found.nodes.get(unique_id, {})
        if read.get("config", {}).get("materialized") == "ephemeral":
            yield from _inputs(found, read)
        elif read.get("resource_type") in (*_BUILT, "source"):
            yield read


def _tests(found: Artifacts) -> dict[str, list[Check]]:
    """What tests said, by the node that they judge."""
    said: dict[str, list[Check]] = {}
    for unique_id, result in found.results.items():
        node = found.nodes.get(unique_id, {})
        if node.get("resource_type") not in ("test", "unit_test") or result["status"] == "skipped":
            continue
        read = [
            i
            for i in node.get("depends_on", {}).get("nodes", [])
            if found.nodes.get(i, {}).get("resource_type") in (*_BUILT, "source")
        ]
        judged: str | None = node.get("attached_node") or (read[0] if read else None)
        if judged is None or judged not in found.nodes:
            continue
        generic = (node.get("test_metadata") or {}).get("name")
        failures = result.get("failures")
        check = Check(
            name=node["name"],
            kind=generic or node["resource_type"],
            passed=result["status"] in ("pass", "success"),
            column=node.get("column_name"),
            severity=str(node.get("config", {}).get("severity", "error")).lower(),
            actual=None if failures is None else f"{failures} failing rows",
        )
        said.setdefault(judged, []).append(check)
    return said


def _span(result: Mapping[str, Any], otherwise: datetime) -> tuple[datetime, datetime]:
    """When a node was begun and ended."""
    times = [t for t in result.get("timing", []) if t.get("started_at") and t.get("completed_at")]
    if not times:
        return otherwise, otherwise
    return _time(times[0]["started_at"]), _time(times[-1]["completed_at"])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _words(text: str | None) -> str | None:
    return " ".join(text.split()) if text else None
