"""Flat rows: what is checked and measured of a table has scalar columns only, so that memory does not follow the texts."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import pyarrow as pa
from pyarrow.compute import call_function

from talentflow.tables import CANDIDATES, IDENTITIES, JOB_OFFERS, Table

RECORDS = (JOB_OFFERS, CANDIDATES, IDENTITIES)
"""Their rows get the `text_length` of their document, for the evidence."""
_LONG_TEXTS = {"text", "redacted_text", "summary"}
_EVIDENCE = ("evidence", "spans")
_BOUNDS = ("start_min", "end_max", "length_min")


def flat_columns(table: Table) -> list[str]:
    """The columns that `flatten` gives for a table, and `text_length` for records."""
    columns = flatten(table.schema.empty_table()).column_names
    return [*columns, "text_length"] if table in RECORDS else columns


def stored_columns(table: Table, flat: Set[str]) -> list[str]:
    """The columns of a table that these flat ones come from, in the table's order."""
    return [f.name for f in table.schema if flat & set(flatten(pa.schema([f]).empty_table()).column_names)]


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
            if name in _EVIDENCE:
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
    return {
        f"evidence_{column}": pa.array([found.get(i, {}).get(column) for i in range(len(spans))], type=pa.int64())
        for column in _BOUNDS
    }
