"""dbt in a process of its own that tells each node as it ends, so that tasks can wait for theirs."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from threading import Condition, Thread
from typing import Any

from talentflow.errors import TerminalError
from talentflow.warehouse.dbt import (
    END_WITH_CALLER,
    FAILED,
    DbtCall,
    NodeResult,
    command_of,
    could_not_run,
    environment_of,
    read_results,
)

_MAIN = (
    END_WITH_CALLER
    + """
import json
to = os.fdopen(int(sys.argv.pop(1)), "w", buffering=1)
from dbt.cli.main import dbtRunner
turn, said = threading.Lock(), []

def tell(event):
    if event.info.name == "MainEncounteredError":
        said.append(event)
    if event.info.name not in ("ConcurrencyLine", "NodeFinished"):
        return
    row = {}
    if event.info.name == "NodeFinished":
        result = event.data.run_result
        row = {"unique_id": event.data.node_info.unique_id, "status": result.status, "execution_time": result.execution_time}
        row |= {"message": result.message or None, "failures": result.num_failures or None}
    with turn:
        to.write(json.dumps(row) + "\\n")

done = dbtRunner(callbacks=[tell]).invoke(sys.argv[1:])
if isinstance(done.exception, KeyboardInterrupt):
    sys.exit(130)
if done.exception is not None and not said:
    print(done.exception, file=sys.stderr)
sys.exit(0 if done.success else 2 if done.exception is not None else 1)
"""
)
"""Tells by a pipe of its own: what dbt and its adapters print may be anything."""
_KINDS = ("model", "seed", "snapshot")
_SKIPPED = "skipped"
_UNKNOWN = {"timing": [], "thread_id": "", "adapter_response": {}, "compiled": None, "compiled_code": None, "relation_name": None}
_DONE = frozenset({"success", "pass", "warn", "no-op"})


def is_done(result: NodeResult) -> bool:
    """Whether nothing is left to do for it."""
    return result.status in _DONE


@dataclass(frozen=True)
class Node:
    """What a task stands for: a model, seed or snapshot of the manifest, with the tests that judge it."""

    unique_id: str
    selector: str
    tests: frozenset[str]
    """Tests run with the one of their parents that is built last."""


def read_nodes(manifest: Mapping[str, Any]) -> dict[str, Node]:
    """The nodes of a `manifest.json`, each after those it depends on, with their tests."""
    built = {uid: n for uid, n in manifest["nodes"].items() if _is_built(n)}
    order = {uid: place for place, uid in enumerate(_sorted(manifest, built))}
    tests: dict[str, set[str]] = {uid: set() for uid in built}
    judged = {uid: n for uid, n in manifest["nodes"].items() if n["resource_type"] == "test"} | manifest.get("unit_tests", {})
    for uid, test in judged.items():
        parents = [p for p in _built_parents(manifest, built, test) if p in order]
        if parents:
            tests[max(parents, key=order.__getitem__)].add(uid)
    return {uid: Node(uid, "fqn:" + ".".join(built[uid]["fqn"]), frozenset(tests[uid])) for uid in order}


def _is_built(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] in _KINDS and node["config"].get("materialized") != "ephemeral"


def _built_parents(manifest: Mapping[str, Any], built: Mapping[str, Any], node: Mapping[str, Any]) -> set[str]:
    """The nearest built nodes that a node reads, through ephemeral ones."""
    found: set[str] = set()
    for uid in node.get("depends_on", {}).get("nodes", []):
        if uid in built:
            found.add(uid)
        elif uid in manifest["nodes"]:
            found |= _built_parents(manifest, built, manifest["nodes"][uid])
    return found


def _sorted(manifest: Mapping[str, Any], built: Mapping[str, Any]) -> list[str]:
    return list(TopologicalSorter({uid: _built_parents(manifest, built, n) for uid, n in built.items()}).static_order())


class DbtProcess:
    """One dbt invocation that runs; `results` grows meanwhile, and `changed` is notified."""

    def __init__(self, call: DbtCall, changed: Condition, select: Sequence[str] = ()) -> None:
        """Start it. `select` chooses nodes of a build; all of them when it is empty."""
        self._call = call
        self._changed = changed
        self._results_path = call.target_path / "run_results.json"
        self.rows: dict[str, dict[str, Any]] = {}
        """As in `run_results.json`; while it runs, and after it was killed, with what is known of a node then."""
        self.results: dict[str, NodeResult] = {}
        self.is_planned = False
        """Its manifest is written and its nodes begin."""
        self.has_ended = False
        self.was_stopped = False
        """By Ctrl-C, which whoever started it has had too."""
        self.error: TerminalError | None = None
        """What dbt said when it could not run its nodes to their end."""
        call.target_path.mkdir(parents=True, exist_ok=True)
        self._before = self._results_path.read_bytes() if self._results_path.exists() else b""
        self._log = (call.target_path / "dbt-output.txt").open("w+b")
        readable, writable = os.pipe()
        try:
            self.process = subprocess.Popen(
                command_of(call, _MAIN, str(writable)) + (["--select", *select] if select else []),
                cwd=call.target_path,
                env=environment_of(call),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                pass_fds=(writable,),
            )
        finally:
            os.close(writable)
        Thread(target=self._follow, args=(readable,), daemon=True).start()

    def stop(self) -> None:
        """End it, if it still runs, and wait for that."""
        self.process.kill()
        self.process.wait()

    def _follow(self, readable: int) -> None:
        with os.fdopen(readable) as lines:
            for line in lines:
                row = json.loads(line)
                with self._changed:
                    self.is_planned = True
                    if row:
                        self._take(_UNKNOWN | row)
                    self._changed.notify_all()
        code = self.process.wait()
        with self._changed, self._log:
            self.error = self._conclude(code)
            self.was_stopped = code == 130
            self.is_planned = self.has_ended = True
            self._changed.notify_all()

    def _take(self, row: dict[str, Any]) -> None:
        uid = row["unique_id"]
        self.rows[uid] = row
        self.results[uid] = NodeResult(uid, row["status"], float(row["execution_time"]), row["message"] or None, row["failures"])

    def _conclude(self, code: int) -> TerminalError | None:
        """Take what dbt wrote about all nodes, the skipped among them."""
        wrote = self._results_path.exists() and self._results_path.read_bytes() != self._before
        if wrote:
            for row in json.loads(self._results_path.read_text(encoding="utf-8"))["results"]:
                self._take(row)
        if code in (0, 1) and wrote:
            return None
        self._log.seek(0)
        return could_not_run(self._call, code, self._log.read().decode("utf-8", "replace"))


class DbtNodes:
    """The nodes of one `DbtCall`: all run in one dbt process; those that it leaves undone run in a further one, when they are
    asked for again. One process at a time, as DuckDB's file has one writer."""

    def __init__(self, call: DbtCall, may_help: Callable[[NodeResult], bool]) -> None:
        """Start dbt.

        Args:
            may_help: whether running a node that failed like this once more may help; otherwise it fails as before, at once.
        """
        self._call = call
        self._may_help = may_help
        self._changed = Condition()
        self._left: frozenset[str] | None = None
        """What a retry goes on with."""
        if call.command == "retry":
            before = read_results(call.target_path / "run_results.json")
            self._left = frozenset(r.unique_id for r in before if not is_done(r))
        else:
            (call.target_path / "run_results.json").unlink(missing_ok=True)
        self._nodes: dict[str, Node] = {}
        self._answered: dict[str, int] = {}
        """Of each node that was asked for, how many processes there were when it was answered."""
        self.processes = [DbtProcess(call, self._changed)]

    def plan(self) -> dict[str, Any]:
        """The manifest, as soon as dbt has written it, with only the nodes that are to run. Raises TerminalError when dbt cannot
        run."""
        (process,) = self.processes
        with self._changed:
            self._changed.wait_for(lambda: process.is_planned)
        if process.error and not process.results:
            raise process.error
        manifest: dict[str, Any] = json.loads((self._call.target_path / "manifest.json").read_text(encoding="utf-8"))
        left = self._left
        self._nodes = {uid: n for uid, n in read_nodes(manifest).items() if left is None or left & {uid, *n.tests}}
        return {"metadata": manifest["metadata"], "nodes": {uid: manifest["nodes"][uid] for uid in self._nodes}}

    def wait_for(self, unique_id: str) -> list[NodeResult]:
        """What became of a node and of its tests. A node that is asked for again is run again, where that may help."""
        node = self._nodes[unique_id]
        with self._changed:
            while True:
                number, answer = self._answer(node)
                is_new = number > self._answered.get(unique_id, 0)
                if answer and (is_new or not any(map(self._may_help, answer))):
                    self._answered[unique_id] = number
                    return answer
                process = self.processes[-1]
                if not process.has_ended:
                    self._changed.wait()
                elif process.was_stopped or self._answered.get(unique_id, 0) < len(self.processes):
                    self._answered[unique_id] = len(self.processes)
                    return [NodeResult(unique_id, "error", message=str(process.error or "dbt did not come to it"))]
                else:
                    left = [n.selector for n in self._nodes.values() if not self._is_done(n)]
                    self.processes.append(DbtProcess(replace(self._call, command="build"), self._changed, left))

    def _answer(self, node: Node) -> tuple[int, list[NodeResult]]:
        """The results of the last process that is through with a node, and which process that is; none before."""
        for number in range(len(self.processes), 0, -1):
            process = self.processes[number - 1]
            parts = {node.unique_id, *node.tests}
            if number == 1 and self._left is not None:
                parts &= self._left
            found = [process.results[uid] for uid in sorted(parts) if uid in process.results]
            is_whole = len(found) == len(parts) or (process.has_ended and not process.error)
            has_failed = any(r.status in FAILED for r in found)
            was_skipped = all(r.status == _SKIPPED for r in found)
            if found and (has_failed or is_whole) and not (was_skipped and number < len(self.processes)):
                return number, found
        return 0, []

    def _is_done(self, node: Node) -> bool:
        _, answer = self._answer(node)
        return bool(answer) and all(map(is_done, answer))

    def finish(self) -> list[NodeResult]:
        """Wait for dbt's end. The last result of each node and test is returned, and in `run_results.json`.

        Raises TerminalError when dbt could not run its nodes, for another reason than that some failed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.processes[-1].has_ended)
        results: dict[str, NodeResult] = {}
        rows: dict[str, Any] = {}
        for process in self.processes:
            results |= process.results
            rows |= process.rows
        error = self.processes[-1].error
        if error and not any(r.status in FAILED for r in results.values()):
            raise error
        if len(self.processes) > 1 and not error:
            path = self._call.target_path / "run_results.json"
            told = json.loads(path.read_text(encoding="utf-8")) | {"results": [rows[uid] for uid in results if uid in rows]}
            path.write_text(json.dumps(told), encoding="utf-8")
        return list(results.values())

    def stop(self) -> None:
        """End what still runs."""
        for process in self.processes:
            process.stop()
