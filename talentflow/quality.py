"""The gate: a Great Expectations suite per silver table, run as one checkpoint over the new rows.

Suites are JSON files in `expectations/`, one a table. An expectation's `severity` says what follows when it fails:
`critical` stops the run, `warning` sends the failing rows to quarantine, `info` is only reported. Frames are validated
(Great Expectations' SQL fails on DuckDB) and they are flat and small: a list becomes its length, a text its
length, an evidence list its bounds, so that memory does not follow the texts.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow.compute import call_function

from talentflow.errors import BadSettings
from talentflow.ids import content_hash
from talentflow.settings import PROJECT_DIR

if TYPE_CHECKING:
    import pandas as pd

SUITES_DIR = PROJECT_DIR / "expectations"
_LONG_TEXTS = {"text", "redacted_text", "summary"}


@dataclass
class TableQuality:
    """What the suite of one table said of the rows it was given."""

    table: str
    rows: int
    met: int = 0
    unmet: dict[str, float] = field(default_factory=dict[str, float])
    """Name of an expectation that failed → percentage of rows that fail it."""
    critical: list[str] = field(default_factory=list[str])
    failing: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """document_id → names of the `critical` and `warning` expectations that its row fails."""


def suite_version() -> str:
    """Changes when any suite changes: then old rows are checked again."""
    return content_hash(b"".join(p.read_bytes() for p in sorted(SUITES_DIR.glob("*.json"))))[:12]


def flatten(rows: pa.Table) -> pa.Table:
    """Scalar columns only: `<list>_count`, `<struct>_<field>`, `<text>_length`, `evidence_start_min`, `evidence_end_max`."""
    columns: dict[str, Any] = {}
    for name in rows.column_names:
        column = rows[name].combine_chunks()
        if name in _LONG_TEXTS:
            columns[f"{name}_length"] = call_function("utf8_length", [column])
        elif pa.types.is_list(column.type):
            columns[f"{name}_count"] = call_function(
                "coalesce", [call_function("list_value_length", [column]), pa.scalar(0, pa.int32())]
            )
            if name in ("evidence", "spans"):
                columns |= _bounds(column)
        elif pa.types.is_struct(column.type):
            columns |= {f"{name}_{f.name}": values for f, values in zip(column.type, column.flatten(), strict=True)}
        else:
            columns[name] = column
    return pa.table(columns)


def _bounds(spans: pa.ListArray) -> dict[str, Any]:
    flat = pa.RecordBatch.from_struct_array(spans.flatten())
    length = call_function("subtract", [flat["end"], flat["start"]])
    pairs = pa.table(
        {"row": call_function("list_parent_indices", [spans]), "start": flat["start"], "end": flat["end"], "length": length}
    )
    aggregates = [("start", "min"), ("end", "max"), ("length", "min")]
    found = {r["row"]: r for r in pairs.group_by("row").aggregate(aggregates).to_pylist()}
    out: dict[str, Any] = {}
    for column in ("start_min", "end_max", "length_min"):
        out[f"evidence_{column}"] = pa.array([found.get(i, {}).get(column) for i in range(len(spans))], type=pa.int64())
    return out


def load_checks() -> None:
    """Import Great Expectations, which takes seconds, while there is something to wait for anyway."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with _main_module_with_a_file():
        import_module("great_expectations")


@contextmanager
def _main_module_with_a_file() -> Generator[None]:
    """Great Expectations imports PySpark where it is installed, whose Connect client takes a main module without a file
    (`python -c`, pytest's workers) for its doctests, and ends the process with exit code 0."""
    main: Any = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        yield
        return
    main.__file__ = sys.executable
    try:
        yield
    finally:
        del main.__file__


def open_checks(folder: Path | None) -> Any:
    """The Great Expectations context kept in `folder`: validation results and Data Docs. None: in memory, without docs."""
    load_checks()
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults, ProgressBarsConfig

    if folder is None:
        # its default configuration makes a folder of docs for every context
        stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
        context = gx.get_context(mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=stores))
    else:
        folder.mkdir(parents=True, exist_ok=True)
        context = gx.get_context(mode="file", project_root_dir=str(folder))
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context


def check(context: Any, name: str, frames: Iterable[pd.DataFrame], *, docs: bool = True) -> TableQuality:
    """Run the suite `expectations/<name>.json` over frames of one table's flattened rows; `docs` adds them to the Data Docs.

    Every frame has a `document_id`. Raises BadSettings when the suite cannot be read.
    """
    import great_expectations as gx

    path = SUITES_DIR / f"{name}.json"
    try:
        declared = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise BadSettings(f"the suite {path.name} cannot be read ({error}): restore it from the repository") from error
    explain = {e["meta"]["name"]: e.get("severity", "warning") for e in declared["expectations"]}
    suite = context.suites.add_or_update(gx.ExpectationSuite(name=name, expectations=declared["expectations"]))
    source = context.data_sources.add_or_update_pandas(name)
    batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("new rows")
    definition = context.validation_definitions.add_or_update(gx.ValidationDefinition(name=name, data=batch, suite=suite))
    checkpoint = context.checkpoints.add_or_update(
        gx.Checkpoint(
            name=name,
            validation_definitions=[definition],
            actions=[gx.checkpoint.UpdateDataDocsAction(name="data docs")] if docs else [],
            result_format={
                "result_format": "COMPLETE",
                "unexpected_index_column_names": ["document_id"],
                "return_unexpected_index_query": False,
            },
        )
    )
    quality = TableQuality(name, 0)
    failing: defaultdict[str, list[str]] = defaultdict(list)
    for frame in frames:
        quality.rows += len(frame)
        (result,) = checkpoint.run(batch_parameters={"dataframe": frame}).run_results.values()
        for expectation in result.results:
            label = expectation.expectation_config.meta["name"]
            severity = explain[label]
            if expectation.success:
                quality.met += 1
                continue
            quality.unmet[label] = round(float(expectation.result.get("unexpected_percent") or 100.0), 3)
            if severity == "critical":
                quality.critical.append(label)
            if severity in ("critical", "warning"):
                for row in expectation.result.get("unexpected_index_list") or []:
                    failing[row["document_id"]].append(label)
    quality.failing = {document_id: sorted(set(labels)) for document_id, labels in sorted(failing.items())}
    return quality
