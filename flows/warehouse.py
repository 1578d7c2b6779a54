"""dbt as Prefect tasks, one a node, by prefect-dbt: a node's task ends as the node and its tests did.

dbt itself runs in one process of its own (`flows/dbt_process.py`), as starting it for each node would take seconds a node: the
tasks wait for their nodes in it. When Prefect tries a task again, its node is run again alone, with what was not built for it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect.task_runners import ThreadPoolTaskRunner

from flows.dbt_process import DbtNodes, is_done
from talentflow.warehouse.dbt import DbtCall, NodeResult

if TYPE_CHECKING:
    from prefect_dbt.core._executor import ExecutionResult
    from prefect_dbt.core._manifest import DbtNode

RETRIES = 2
RETRY_SECONDS = {"duckdb": 1, "snowflake": 10}


def run_dbt_by_nodes(call: DbtCall) -> list[NodeResult]:
    """What `talentflow.warehouse.dbt.run_dbt` does, with a task for each model, seed and snapshot in the flow that runs.

    A node is tried again where that may help: where dbt was killed, and on a server that gave an error. Tests are judged with the
    node that they are of; one that fails would fail again.

    Raises: TerminalError when dbt could not run its nodes.
    """
    nodes = DbtNodes(call, may_help=lambda result: call.target != "duckdb" and result.status == "error")
    try:
        # imported while dbt starts: both take seconds
        from dbt_common.events.base_types import EventLevel
        from prefect_dbt.core import PrefectDbtSettings
        from prefect_dbt.core._orchestrator import ExecutionMode, PrefectDbtOrchestrator, TestStrategy

        plan = call.target_path / "plan.json"
        plan.write_text(json.dumps(nodes.plan()), encoding="utf-8")
        project = PrefectDbtSettings(project_dir=call.project_dir, profiles_dir=call.project_dir, log_level=EventLevel.WARN)
        PrefectDbtOrchestrator(
            settings=project,
            manifest_path=plan,
            executor=_Waiting(nodes, plan),
            execution_mode=ExecutionMode.PER_NODE,
            task_runner_type=ThreadPoolTaskRunner,
            test_strategy=TestStrategy.SKIP,
            retries=RETRIES,
            retry_delay_seconds=RETRY_SECONDS[call.target],
            # they would carry the names of the build aside
            disable_assets=True,
            raise_on_failure=False,
        ).run_build()
        return nodes.finish()
    finally:
        nodes.stop()


class _Waiting:
    """How prefect-dbt has a node run (its protocol DbtExecutor): here it runs anyway, and is waited for."""

    def __init__(self, nodes: DbtNodes, plan: Path) -> None:
        self._nodes = nodes
        self._plan = plan

    def resolve_manifest_path(self) -> Path:
        return self._plan

    def execute_node(self, node: DbtNode, *_: Any, **__: Any) -> ExecutionResult:
        from prefect_dbt.core._executor import ExecutionResult

        results = self._nodes.wait_for(node.unique_id)
        bad = "; ".join(f"{r.unique_id} {r.status}: {r.message or 'no reason given'}" for r in results if not is_done(r))
        told = {r.unique_id: {"status": r.status, "message": r.message, "execution_time": r.seconds} for r in results}
        return ExecutionResult(not bad, [node.unique_id], RuntimeError(bad) if bad else None, told)

    def execute_wave(self, nodes: list[DbtNode], *_: Any, **__: Any) -> ExecutionResult:
        raise NotImplementedError("nodes are waited for one by one")
