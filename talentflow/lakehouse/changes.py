"""What became of a table's rows after one version: from Delta's change data feed, whichever engine read it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from talentflow.lakehouse.rows import last_of_each, projected
from talentflow.tables import Table

CHANGE_TYPE, COMMIT_VERSION = "_change_type", "_commit_version"
_PREIMAGE, _DELETE = "update_preimage", "delete"


@dataclass(frozen=True)
class Changes:
    """How the rows at one version become those at `version`: `deleted` go, `rows` are inserted or replace those of their keys."""

    version: int
    rows: pa.Table
    """Inserted or updated and still there, as they are at `version`."""
    deleted: pa.Table
    """The keys of rows that are gone."""
    only_inserts: bool = True
    """Nothing was updated or deleted: `rows` are then all that was inserted, where a key stands twice too."""


def feed_schema(table: Table) -> pa.Schema:
    """The table's columns, and what the feed says of each row."""
    return table.schema.append(pa.field(CHANGE_TYPE, pa.string())).append(pa.field(COMMIT_VERSION, pa.int64()))


def net_changes(table: Table, feed: pa.Table, version: int) -> Changes:
    """What a feed comes to in the end.

    Args:
        feed: rows of `feed_schema`, in any order, up to `version`.
    """
    feed = feed.filter(_differs(feed.column(CHANGE_TYPE), _PREIMAGE))
    if set(feed.column(CHANGE_TYPE).unique().to_pylist()) <= {"insert"}:
        return Changes(version, feed.select(table.schema.names), projected(table, table.key).empty_table())
    # a commit that deletes and inserts a key leaves what it inserted
    is_write = _differs(feed.column(CHANGE_TYPE), _DELETE)
    ordered = feed.append_column("is_write", is_write.cast(pa.int8()))
    ordered = ordered.sort_by([(COMMIT_VERSION, "ascending"), ("is_write", "ascending")])
    last = last_of_each(table, ordered)
    rows = last.filter(pc.field("is_write") == 1).select(table.schema.names)
    deleted = last.filter(pc.field("is_write") == 0).select(list(table.key))
    return Changes(version, rows, deleted, only_inserts=False)


def _differs(column: pa.Array | pa.ChunkedArray, value: str) -> pa.BooleanArray:
    return pc.call_function("not_equal", [column, value])
