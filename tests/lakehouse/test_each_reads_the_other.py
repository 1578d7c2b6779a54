"""Spark and delta-rs on the same tables: each reads, changes and maintains what the other wrote."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from talentflow.lakehouse import Lakehouse
from talentflow.lakehouse.commits import Maintained
from talentflow.tables import CANDIDATES, DOCUMENTS, EMBEDDINGS, JOB_OFFERS, TABLES, TEXTS, Table

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]
OF_ALL_TYPES = (DOCUMENTS, JOB_OFFERS, CANDIDATES, EMBEDDINGS)
BOTH_WAYS = pytest.mark.parametrize(("writer", "reader"), [("spark", "deltalake"), ("deltalake", "spark")])


def some_value(type_: pa.DataType, dice: random.Random) -> Any:
    """Some value of a type, now and then none."""
    if dice.random() < 0.15:
        return None
    if pa.types.is_list(type_):
        return [some_value(type_.value_type, dice) for _ in range(dice.randrange(3))]
    if pa.types.is_struct(type_):
        return {field.name: some_value(field.type, dice) for field in type_}
    if pa.types.is_timestamp(type_):
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=dice.randrange(10**13))
    if pa.types.is_binary(type_):
        return dice.randbytes(dice.randrange(50))
    if pa.types.is_floating(type_):
        return dice.choice([0.0, -1.5, dice.random() * 1e9])
    if pa.types.is_boolean(type_):
        return dice.random() < 0.5
    if pa.types.is_integer(type_):
        return dice.randrange(-(2**31), 2**31)
    return "".join(dice.choices("aé☃𝄞 '\"\\\n%", k=dice.randrange(8)))


def some_rows(table: Table, numbers: range, seed: int) -> list[dict[str, Any]]:
    dice = random.Random(seed)
    return [
        {f.name: f"k'{n}" if f.name in table.key else some_value(f.type, dice) for f in table.schema}
        | {name: f"{seed} {n}" for name in table.guard if pa.types.is_string(table.schema.field(name).type)}
        for n in numbers
    ]


def arrow(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=table.schema)


def in_key_order(table: Table, rows: pa.Table) -> list[dict[str, Any]]:
    return rows.sort_by([(name, "ascending") for name in table.key]).to_pylist()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_is_written_by_turns_and_read_alike(lakes: dict[str, Lakehouse], table: Table) -> None:
    # Spark takes seconds for each step: tables whose types the others have too are made by Spark alone
    for first, second in (("spark", "deltalake"), ("deltalake", "spark"))[: 2 if table in OF_ALL_TYPES else 1]:
        # a table of each kind's own making, side by side
        made = dataclasses.replace(table, name=f"{table.name}_{first}")
        old, new = some_rows(made, range(8), 1), some_rows(made, range(4, 12), 2)
        assert lakes[first].upsert(made, arrow(made, old)) == 8
        assert lakes[second].upsert(made, arrow(made, [*old[:4], *new])) == 8
        assert lakes[first].delete(made, made.key[0], ["k'1", "k'11"]) == 2
        expected = in_key_order(made, arrow(made, [row for row in [*old[:4], *new] if row[made.key[0]] not in ("k'1", "k'11")]))
        for lake in lakes.values():
            read = lake.read(made)
            assert read.schema.equals(made.schema, check_metadata=True)
            assert in_key_order(made, read) == expected


@BOTH_WAYS
def test_changes_transactions_and_history_are_told_by_the_other(lakes: dict[str, Lakehouse], writer: str, reader: str) -> None:
    writes, reads = lakes[writer], lakes[reader]
    assert writes.upsert(TEXTS, arrow(TEXTS, some_rows(TEXTS, range(6), 1)), transaction=("app", 3)) == 6
    since = reads.version(TEXTS)
    assert since is not None
    assert since == writes.version(TEXTS)
    changed = some_rows(TEXTS, range(4, 8), 2)
    writes.upsert(TEXTS, arrow(TEXTS, changed))
    writes.delete(TEXTS, "document_id", ["k'7", "k'0"])
    changes = reads.changes(TEXTS, since)
    assert changes is not None
    assert in_key_order(TEXTS, changes.rows) == in_key_order(TEXTS, arrow(TEXTS, changed[:3]))
    assert sorted(changes.deleted.column("document_id").to_pylist()) == ["k'0", "k'7"]
    assert reads.transaction_version(TEXTS, "app") == 3
    more = arrow(TEXTS, some_rows(TEXTS, range(20, 22), 3))
    assert reads.upsert(TEXTS, more, transaction=("app", 3)) == 0
    assert reads.upsert(TEXTS, more, transaction=("app", 4)) == 2
    assert writes.transaction_version(TEXTS, "app") == 4
    assert writes.append(TEXTS, more, transaction=("app", 4)) == 0
    assert [dataclasses.replace(c, files_removed=()) for c in reads.history(TEXTS)] == [
        dataclasses.replace(c, files_removed=()) for c in writes.history(TEXTS)
    ]
    assert in_key_order(TEXTS, reads.read(TEXTS, at=since)) == in_key_order(TEXTS, writes.read(TEXTS, at=since))


@BOTH_WAYS
def test_either_maintains_the_tables_of_the_other(lakes: dict[str, Lakehouse], writer: str, reader: str) -> None:
    writes, maintains = lakes[writer], lakes[reader]
    for n in range(3):
        writes.append(TEXTS, arrow(TEXTS, some_rows(TEXTS, range(n * 3, n * 3 + 3), n)))
    before = in_key_order(TEXTS, writes.read(TEXTS))
    done = maintains.maintain(TEXTS, retention=timedelta(0))
    assert (done.files_before, done.files_after) == (3, 1)
    assert done.removed >= 3
    assert in_key_order(TEXTS, writes.read(TEXTS)) == before
    assert writes.maintain(TEXTS) == Maintained(1, 1, done.bytes_after, done.bytes_after, 0)
    assert writes.upsert(TEXTS, arrow(TEXTS, some_rows(TEXTS, range(2), 9))) == 2
    assert len(maintains.read(TEXTS)) == 9


@BOTH_WAYS
def test_a_column_declared_later_comes_in_by_either(lakes: dict[str, Lakehouse], writer: str, reader: str) -> None:
    writes, other = lakes[writer], lakes[reader]
    place = pa.list_(pa.struct([pa.field("city", pa.string())]))
    wide_place = pa.list_(pa.struct([pa.field("city", pa.string()), pa.field("country", pa.string())]))
    old = dataclasses.replace(TEXTS, schema=TEXTS.schema.append(pa.field("places", place)))
    new = dataclasses.replace(
        TEXTS, schema=TEXTS.schema.append(pa.field("places", wide_place)).append(pa.field("score", pa.float64()))
    )

    def row(n: int, content_hash: str = "h", **more: Any) -> dict[str, Any]:
        return {"document_id": str(n), "content_hash": content_hash, **more}

    other.upsert(old, arrow(old, [row(1, places=[{"city": "Lyon"}]), row(2, places=None)]))
    assert writes.read(new, ["score"]).to_pylist() == [{"score": None}] * 2
    nice = [{"city": "Nice", "country": "FR"}]
    assert writes.upsert(new, arrow(new, [row(2, "g", places=nice, score=0.5), row(3, places=nice, score=1.5)])) == 2
    assert other.upsert(new, arrow(new, [row(4, places=[], score=2.5)])) == 1
    expected = [
        {"document_id": "1", "places": [{"city": "Lyon", "country": None}], "score": None},
        {"document_id": "2", "places": nice, "score": 0.5},
        {"document_id": "3", "places": nice, "score": 1.5},
        {"document_id": "4", "places": [], "score": 2.5},
    ]
    for lake in lakes.values():
        assert in_key_order(new, lake.read(new, ["document_id", "places", "score"])) == expected
