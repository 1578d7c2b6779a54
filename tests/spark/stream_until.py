"""Lands what is on the log with Spark and kills itself, as kill -9 does, at a chosen write to a chosen table.

    python -m tests.spark.stream_until TABLE before|after NTH here|spark

`TABLE` `-` lets it live; `spark` has Spark write the documents however few they are. Prints nothing; what it left in
`TALENTFLOW_HOME` is what the test looks at.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from spark_jobs import bronze
from talentflow.incremental import new_run_id
from talentflow.lakehouse import open_lakehouse
from talentflow.settings import load_settings
from talentflow.tables import Table

WRITES = ("upsert", "append", "delete", "merge", "append_frame")


class Dying:
    """A lakehouse that passes everything on, and kills its process at the nth write to a table, whoever makes it."""

    def __init__(self, inner: Any, before: Callable[[Table], None], after: Callable[[Table], None]) -> None:
        self._inner, self._before, self._after = inner, before, after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in WRITES:
            return method

        def write(table: Table, *arguments: Any, **more: Any) -> Any:
            self._before(table)
            result = method(table, *arguments, **more)
            self._after(table)
            return result

        return write


def main(table: str, moment: str, nth: str, writer: str) -> None:
    left = int(nth)

    def before(written: Table) -> None:
        nonlocal left
        left -= written.id == table
        if left == 0 and moment == "before" and written.id == table:
            os.kill(os.getpid(), signal.SIGKILL)

    def after(written: Table) -> None:
        if left == 0 and written.id == table:
            os.kill(os.getpid(), signal.SIGKILL)

    small_lakehouse = bronze.small_lakehouse
    bronze.small_lakehouse = lambda s, lake: Dying(small_lakehouse(s, lake), before, after)  # pyright: ignore[reportAttributeAccessIssue]
    if writer == "spark":
        bronze._NEAR_BYTES = 0  # pyright: ignore[reportPrivateUsage]
    settings = load_settings()
    lakehouse: Any = Dying(open_lakehouse(settings), before, after)
    bronze.land_available(settings, lakehouse, run_id=new_run_id())


if __name__ == "__main__":
    main(*sys.argv[1:])
