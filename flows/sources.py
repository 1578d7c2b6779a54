"""Ingest: what sources have and what is new onto the event log, one task a target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows.tasks import stage_task
from producers.addresses import masked
from producers.ingest import Ingested, ingest_target, open_intake
from producers.sources import AsAny
from producers.targets import all_targets
from talentflow.errors import TransientError
from talentflow.incremental import new_run_id
from talentflow.settings import load_settings


@flow(name="ingest", persist_result=False)
def ingest(
    targets: list[str] | None = None, kind: AsAny | None = None, allow_private_hosts: bool = False
) -> list[dict[str, Any]]:
    """Put what is new in these targets on the event log, or in every configured source that is enabled.

    The pipeline takes it from there. A target that fails does not stop the others; it fails the flow at its end.

    Args:
        targets: URLs, files, folders or names of configured sources.
        kind: what the documents are; None leaves it to the source.
        allow_private_hosts: fetch from private, loopback and link-local addresses too.
    """
    return _ingest(targets or all_targets(load_settings()), kind, allow_private_hosts)


@flow(name="ingest-source", flow_run_name="ingest {source}", persist_result=False)
def ingest_source(source: str) -> dict[str, Any]:
    """Put what is new in a configured source on the event log: what its schedule runs."""
    return _ingest([source], None, False)[0]


@stage_task("ingest")
def read(attempt: Callable[[], Ingested]) -> None:
    """One target to its end; tried again when time may mend what ended it."""
    if (error := attempt().error) is not None:
        raise error


def _ingest(targets: list[str], kind: AsAny | None, allow_private_hosts: bool) -> list[dict[str, Any]]:
    done: dict[str, Ingested] = {}
    with open_intake(load_settings()) as intake:

        def attempt_at(target: str) -> Callable[[], Ingested]:
            def attempt() -> Ingested:
                intake.run_id = new_run_id()  # a row of ops.ingests each
                done[target] = ingest_target(intake, target, kind=kind, allow_private_hosts=allow_private_hosts)
                return done[target]

            return attempt

        for target in targets:
            read.with_options(task_run_name=f"ingest {masked(target)}")(attempt_at(target), return_state=True)
    told = [i.as_json() for i in done.values()]
    create_table_artifact(key="ingested", table=told, description="What each target had")
    errors = [i.error for i in done.values() if i.error]
    if errors:
        raise next((e for e in errors if not isinstance(e, TransientError)), errors[0])
    return told
