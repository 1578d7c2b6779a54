"""Runs every stage in one process and kills itself, as kill -9 does, at a chosen write to a chosen table.

    python -m tests.faults.stages_until INPUTS TABLE before|after NTH

`TABLE` `-` lets it live. Prints nothing; what it left in `TALENTFLOW_HOME` is what the test looks at.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flows import tasks
from producers.ingest import produce
from talentflow.settings import load_settings
from talentflow.tables import Table


class Dying:
    """A lakehouse that passes everything on, and kills its process at the nth write to `table`."""

    def __init__(self, inner: Any, table: str, moment: str, nth: int) -> None:
        self._inner, self._table, self._moment, self._left = inner, table, moment, nth

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        return self._watched(method) if name in ("upsert", "append", "delete") else method

    def _watched(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def write(table: Table, *arguments: Any, **more: Any) -> Any:
            here = table.id == self._table
            self._left -= here
            if here and self._left == 0 and self._moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = method(table, *arguments, **more)
            if here and self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return write


def main(inputs: str, table: str, moment: str, nth: str) -> None:
    settings = load_settings()
    with tasks.open_run(settings) as run:
        dying = replace(run, lakehouse=Dying(run.lakehouse, table, moment, int(nth)))
        produce(run.eventlog, dying.lakehouse, cvs=[f"{inputs}/cvs"], offers=[f"{inputs}/offers"], simulate=0, seed=1)
        for stage in (tasks.bronze, tasks.parse, tasks.classify, tasks.extract, tasks.link, tasks.gate, tasks.embed, tasks.index):
            stage.fn(dying)


if __name__ == "__main__":
    main(*sys.argv[1:])
