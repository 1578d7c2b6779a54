"""What events say of datasets together: which there are, who wrote them last, and what they were made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from talentflow.errors import BadInput
from talentflow.lineage.steps import SHARED

LAYERS = ("sources", "eventlog", "bronze", "silver", "ops", "vectors", "staging", "intermediate", "marts", "snapshots")
"""From where documents come from to what people read."""
_SHARED = frozenset(table.id for table in SHARED)
_ENDED = ("COMPLETE", "FAIL", "ABORT")
_UNNAMED = ("dbt.", "load.", "warehouse")


@dataclass
class Node:
    """A dataset, `layer.name`. A table and its copy in the warehouse are one."""

    name: str
    rows: int | None = None
    """Written when it was last written."""
    version: str | None = None
    columns: int | None = None
    jobs: list[str] = field(default_factory=list[str])
    """That write it."""
    maker: str | None = None
    """Who brings it what it holds: a stage, `every stage`; None for dbt and for what is loaded."""

    @property
    def layer(self) -> str:
        return self.name.partition(".")[0]


@dataclass
class Graph:
    """Datasets by name, what flows from which to which (with the job that does it), and how each job last ended."""

    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    edges: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def as_json(self) -> dict[str, Any]:
        nodes = sorted(self.nodes.values(), key=_order)
        return {
            "datasets": [
                {"name": n.name, "layer": n.layer, "rows": n.rows, "version": n.version, "written_by": n.jobs} for n in nodes
            ],
            "edges": [{"from": a, "to": b, "job": job} for (a, b), job in sorted(self.edges.items())],
            "jobs": [{"name": name, **said} for name, said in sorted(self.jobs.items())],
        }


def graph_of(events: Iterable[Mapping[str, Any]], run: str | None = None) -> Graph:
    """The graph of one run, or of each job's last run.

    Args:
        run: a run's id, ours or OpenLineage's; its parts count with it.

    Raises: BadInput when there is no such run, or nothing at all.
    """
    usable = [e for e in events if _is_usable(e)]
    chosen = [e for e in usable if run is None or run in _ids(e)]
    if not chosen:
        what = f"no run {run}" if run and usable else "no event yet"
        raise BadInput(f"There is no lineage to show: {what}; run the pipeline first, or name a run of  talentflow status")
    graph = Graph()
    last = _last_of_each_job(chosen)
    for event in last:
        _add(graph, event)
    for event in last:
        _connect(graph, event)
    return graph


def _is_usable(event: Mapping[str, Any]) -> bool:
    try:
        return bool(event["job"]["name"] and event["run"]["runId"] and event["eventType"] and event["eventTime"])
    except (KeyError, TypeError):
        return False


def _ids(event: Mapping[str, Any]) -> set[str]:
    """Under which a run can be asked for: its own id and those of the runs that it is part of."""
    facets = event["run"].get("facets", {})
    parent = facets.get("parent", {})
    tags = {t["key"]: t["value"] for t in facets.get("tags", {}).get("tags", [])}
    named = (event["run"], parent.get("run", {}), parent.get("root", {}).get("run", {}))
    return {i for i in (tags.get("run_id"), *(n.get("runId") for n in named)) if i}


def _last_of_each_job(events: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The event that says most of each job's last run that ended; of dbt's nodes only those of its last invocation."""
    found: dict[str, Mapping[str, Any]] = {}
    for event in sorted(events, key=lambda e: str(e["eventTime"])):
        name = event["job"]["name"]
        if event["eventType"] in _ENDED or name not in found or found[name]["eventType"] not in _ENDED:
            found[name] = event
    nodes = [e for e in found.values() if e["job"]["name"].startswith("dbt.")]
    newest = max((str(e["eventTime"]), _parent(e)) for e in nodes)[1] if nodes else None
    return [e for e in found.values() if e not in nodes or _parent(e) == newest]


def _parent(event: Mapping[str, Any]) -> str:
    return str(event["run"].get("facets", {}).get("parent", {}).get("run", {}).get("runId", ""))


def _add(graph: Graph, event: Mapping[str, Any]) -> None:
    job = event["job"]["name"]
    graph.jobs[job] = {"state": event["eventType"], "at": event["eventTime"], "run": event["run"]["runId"]}
    for dataset in event.get("inputs") or ():
        graph.nodes.setdefault(_name(dataset), Node(_name(dataset)))
    for dataset in event.get("outputs") or ():
        node = graph.nodes.setdefault(_name(dataset), Node(_name(dataset)))
        facets = dataset.get("facets", {})
        rows = dataset.get("outputFacets", {}).get("outputStatistics", {}).get("rowCount")
        node.rows = max(node.rows or 0, rows) if rows is not None else node.rows  # of several writers, the one that brought most
        node.version = facets.get("version", {}).get("datasetVersion", node.version)
        node.columns = len(facets["schema"]["fields"]) if "schema" in facets else node.columns
        node.jobs.append(job)


def _connect(graph: Graph, event: Mapping[str, Any]) -> None:
    """Into what is only changed in place nothing flows, and into every stage's bookkeeping everything would."""
    job = event["job"]["name"]
    read = {_name(d) for d in event.get("inputs") or ()}
    for target in {_name(d) for d in event.get("outputs") or ()} - read:
        if target in _SHARED:
            graph.nodes[target].maker = "every stage"
            continue
        if not job.startswith(_UNNAMED):
            graph.nodes[target].maker = job
        for origin in read:
            graph.edges.setdefault((origin, target), job)


def _name(dataset: Mapping[str, Any]) -> str:
    """`layer.name`, wherever it is kept."""
    place, name = str(dataset.get("namespace", "")), str(dataset.get("name", ""))
    if place.startswith("kafka://"):
        return f"eventlog.{name}"
    if place.startswith("snowflake://"):
        return ".".join(name.lower().split(".")[-2:])
    return name


def _order(node: Node) -> tuple[int, str]:
    return (LAYERS.index(node.layer) if node.layer in LAYERS else len(LAYERS), node.name)


def by_layer(graph: Graph) -> dict[str, list[Node]]:
    """Datasets of each layer, in the order in which documents come to them."""
    found: dict[str, list[Node]] = {}
    for node in sorted(graph.nodes.values(), key=_order):
        found.setdefault(node.layer, []).append(node)
    return found


def mermaid(graph: Graph) -> str:
    """The graph as Mermaid text, a box a layer."""
    ids = {name: f"d{i}" for i, name in enumerate(n.name for nodes in by_layer(graph).values() for n in nodes)}
    lines = ["flowchart LR"]
    for layer, nodes in by_layer(graph).items():
        lines.append(f'  subgraph {layer}["{layer}"]')
        for node in nodes:
            rows = "" if node.rows is None else f"<br/>{node.rows:,} rows"
            lines.append(f'    {ids[node.name]}["{_quoted(node.name.partition(".")[2])}{rows}"]')
        lines.append("  end")
    lines += [f"  {ids[a]} --> {ids[b]}" for a, b in sorted(graph.edges, key=lambda e: (ids[e[0]], ids[e[1]]))]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;")
