"""The gate of the marts: their suites on the build that is about to be published, and what drifted since the last one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from talentflow.drift import Profile, note_profiles
from talentflow.errors import QualityGateFailed
from talentflow.lakehouse import Lakehouse
from talentflow.quality import FRAME_ROWS, Checks, TableQuality
from talentflow.suites import Suite, load_suites

if TYPE_CHECKING:
    import pandas as pd

NAMED = 20
"""Keys of failing rows that a report names, for each mart."""

Query = Callable[[str], Iterable[pa.RecordBatch]]
"""Rows of the build aside, in pieces of any size."""


def check_marts(query: Query, lakehouse: Lakehouse, site: Path | None, *, run_id: str) -> dict[str, Any]:
    """Check the marts that have a suite, and compare them with the last build's.

    Only the columns that a suite reads are read, in pieces of FRAME_ROWS rows: memory does not follow the marts.

    Args:
        site: folder of the Data Docs; None: no pages.

    Returns:
        `expectations` (mart → rows, met, unmet), `failing` (mart → keys of failing rows, `NAMED` at most, and their
        number), `alerts`, `rows_written` (of the profiles) and `data_docs`.

    Raises:
        QualityGateFailed: a critical expectation failed; nothing may be published.
        BadSettings: a suite cannot be used, or names a mart or a column that is not there.
    """
    checks = Checks(site, run_id=run_id)
    said: list[TableQuality] = []
    profiles: list[Profile] = []
    for suite in load_suites().values():
        if suite.table.startswith("marts."):
            profiles.append(Profile(suite.table))
            said.append(checks.check(suite, _frames(query, suite, profiles[-1])))
    page = checks.publish()
    failing = {q.table: {"rows": len(q.failing), "keys": sorted(q.failing)[:NAMED]} for q in said if q.failing}
    if critical := [(q, name) for q in said for name in q.critical]:
        told = "; ".join(f"{q.table}.{name} ({_keys(q, name)})" for q, name in critical)
        raise QualityGateFailed(
            f"critical expectations of the marts failed: {told}: the published warehouse stays as it was; "
            f"{f'read {page}, ' if page else ''}mend the model or the data and run again"
        )
    alerts, written = note_profiles(lakehouse, profiles, run_id=run_id)
    told = {"expectations": {q.table: q.as_json() for q in said}, "failing": failing, "rows_written": written}
    return told | {"alerts": [a.as_json() for a in alerts]} | ({"data_docs": str(page)} if page else {})


def _keys(quality: TableQuality, name: str) -> str:
    keys = [key for key, names in quality.failing.items() if name in names]
    named = ", ".join(keys[:5])
    return f"{len(keys):,} rows: {named}{', …' if len(keys) > 5 else ''}"


def _frames(query: Query, suite: Suite, profile: Profile) -> Iterator[pd.DataFrame]:
    # what is there is asked for first, so that a column that is not is said with the suite's name
    for batch in query(f"select * from {suite.table} limit 1"):
        suite.require([name.lower() for name in batch.schema.names])
    waiting: list[pa.Table] = []
    for batch in query(f"select {', '.join(suite.columns)} from {suite.table}"):
        rows = pa.Table.from_batches([batch]).rename_columns(suite.columns)
        profile.add(suite, rows)
        waiting.append(rows)
        if sum(t.num_rows for t in waiting) >= FRAME_ROWS:
            yield pa.concat_tables(waiting).to_pandas()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).to_pandas()
