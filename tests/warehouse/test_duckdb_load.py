"""What the DuckDB warehouse holds after a load is what the lakehouse has, by the shortest way, or it is as it was."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from talentflow.errors import BadInput
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.tables import CANDIDATES, CLASSIFICATIONS, DOCUMENTS, JOB_OFFERS, OUTCOMES, Table
from talentflow.warehouse import LOADED, SKILLS, Loaded
from talentflow.warehouse.duckdb import DuckDBWarehouse
from talentflow.warehouse.duckdb_load import load_table, load_tables
from tests.conftest import StartPython
from tests.rows import candidate_row, offer_row, table_of


class Scanned(DeltaLakehouse):
    """A lakehouse whose files cannot be read as they are."""

    def files(self, table: Table, at: int) -> list[str] | None:  # noqa: ARG002
        return None


@pytest.fixture
def lake(tmp_path: Path) -> DeltaLakehouse:
    return DeltaLakehouse(tmp_path / "lake")


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDBWarehouse:
    return DuckDBWarehouse(tmp_path / "warehouse")


def loaded(warehouse: DuckDBWarehouse, lake: DeltaLakehouse) -> Mapping[str, Loaded]:
    """Load and publish, as a run does around dbt."""
    tables = warehouse.load(lake)
    warehouse.publish("a test")
    return tables


def offers(*ids: str, **more: Any) -> pa.Table:
    return table_of(JOB_OFFERS, *[offer_row(i, **more) for i in ids])


def changed(*ids: str, title: str) -> pa.Table:
    return table_of(JOB_OFFERS, *[offer_row(i, title=title) | {"content_hash": title} for i in ids])


def held(warehouse: DuckDBWarehouse, table: Table) -> list[dict[str, Any]]:
    return warehouse.query(f"select * from {table.id} order by all")


def stored(lake: DeltaLakehouse, table: Table) -> list[dict[str, Any]]:
    rows = lake.read(table)
    return sorted(rows.to_pylist(), key=lambda row: [str(row[name]) for name in table.key])


def titles(warehouse: DuckDBWarehouse) -> dict[str, str]:
    return {r["offer_id"]: r["title"] for r in warehouse.query("select offer_id, title from silver.job_offers")}


def test_every_table_is_loaded_as_declared_and_counted(lake: DeltaLakehouse, warehouse: DuckDBWarehouse) -> None:
    lake.upsert(JOB_OFFERS, offers("a", "b"))
    lake.upsert(CANDIDATES, table_of(CANDIDATES, candidate_row("c")))
    tables = loaded(warehouse, lake)
    assert tables.keys() == {table.id for table in (*LOADED, SKILLS)}
    assert {name: table.rows for name, table in tables.items() if table.rows and name != SKILLS.id} == {
        "silver.job_offers": 2,
        "silver.candidates": 1,
    }
    assert held(warehouse, JOB_OFFERS) == stored(lake, JOB_OFFERS)
    assert held(warehouse, CANDIDATES) == stored(lake, CANDIDATES)
    for table in LOADED:
        described = warehouse.query("select column_name from (describe " + table.id + ")")
        assert [row["column_name"] for row in described] == table.schema.names
    counts = warehouse.query("select table_id, version, row_count from ops.loads where row_count > 0 order by 1")
    assert [tuple(row.values()) for row in counts[1:]] == [("silver.candidates", 0, 1), ("silver.job_offers", 0, 2)]


def test_the_content_of_documents_is_not_loaded(lake: DeltaLakehouse, warehouse: DuckDBWarehouse) -> None:
    row = {"document_id": "d", "content": b"Anna Keller", "source_uri": "/cvs/anna_keller.pdf", "source_key": "anna"}
    lake.upsert(DOCUMENTS, table_of(DOCUMENTS, row))
    assert loaded(warehouse, lake)["bronze.documents"].rows == 1
    assert not [r for r in warehouse.query("from bronze.documents") if "anna" in str(r).lower()]


def test_a_load_with_nothing_new_writes_nothing(lake: DeltaLakehouse, warehouse: DuckDBWarehouse) -> None:
    lake.upsert(JOB_OFFERS, offers("a"))
    loaded(warehouse, lake)
    before = warehouse.query("from ops.loads order by 1")
    again = loaded(warehouse, lake)
    assert not any(table.written or table.deleted or table.whole for table in again.values())
    assert again["silver.job_offers"] == Loaded(1, 0)
    assert warehouse.query("from ops.loads order by 1") == before


def test_what_changed_is_loaded_by_key_deletes_included(lake: DeltaLakehouse, warehouse: DuckDBWarehouse) -> None:
    lake.upsert(JOB_OFFERS, offers(*"abcdefghij"))
    loaded(warehouse, lake)
    lake.upsert(JOB_OFFERS, changed("c", title="Baker"))
    lake.upsert(JOB_OFFERS, offers("new"))
    lake.delete(JOB_OFFERS, "offer_id", ["a", "b"])
    table = loaded(warehouse, lake)["silver.job_offers"]
    assert (table.rows, table.written, table.deleted, table.whole) == (9, 2, 2, False)
    assert table.version == lake.version(JOB_OFFERS)
    assert held(warehouse, JOB_OFFERS) == stored(lake, JOB_OFFERS)
    assert titles(warehouse)["c"] == "Baker"


def test_after_any_sequence_of_writes_the_rows_are_the_lakehouse_s(lake: DeltaLakehouse, warehouse: DuckDBWarehouse) -> None:
    rng = random.Random(6)
    ways: set[bool] = set()
    lake.upsert(JOB_OFFERS, offers(*map(str, range(60))))
    for step in range(12):
        for _ in range(rng.randrange(3)):
            ids = [str(n) for n in rng.sample(range(80), rng.randrange(1, 25))]
            if rng.random() < 0.3:
                lake.delete(JOB_OFFERS, "offer_id", ids)
            else:
                lake.upsert(JOB_OFFERS, changed(*ids, title=f"step {step}"))
        if rng.random() < 0.2:
            lake.maintain(JOB_OFFERS, retention=timedelta(0))
        ways.add(loaded(warehouse, lake)["silver.job_offers"].whole)
        assert held(warehouse, JOB_OFFERS) == stored(lake, JOB_OFFERS), f"after step {step}"
    assert ways == {True, False}


def test_files_that_cannot_be_read_as_they_are_give_the_same_rows(tmp_path: Path, lake: DeltaLakehouse) -> None:
    for ids in ("ab", "cd", "ef"):
        lake.upsert(JOB_OFFERS, offers(*ids))
    lake.delete(JOB_OFFERS, "offer_id", ["c"])
    read, scanned = DuckDBWarehouse(tmp_path / "read"), DuckDBWarehouse(tmp_path / "scanned")
    assert loaded(read, lake) == loaded(scanned, Scanned(tmp_path / "lake"))
    assert held(read, JOB_OFFERS) == held(scanned, JOB_OFFERS) == stored(lake, JOB_OFFERS)


@pytest.mark.parametrize("name", ["a b", "José's 50%", "a#c", "a*b"])
def test_homes_may_have_any_name(tmp_path: Path, name: str) -> None:
    lake = DeltaLakehouse(tmp_path / name / "lake")
    lake.upsert(JOB_OFFERS, offers("a"))
    assert loaded(DuckDBWarehouse(tmp_path / name / "warehouse"), lake)["silver.job_offers"].rows == 1


def test_where_the_lakehouse_cannot_tell_the_changes_all_is_loaded_and_that_is_said(
    lake: DeltaLakehouse, warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    lake.append(JOB_OFFERS, offers(*"abcdefghij"))
    loaded(warehouse, lake)
    lake.append(JOB_OFFERS, offers("k"))
    lake.append(JOB_OFFERS, offers("l"))
    lake.maintain(JOB_OFFERS, retention=timedelta(0))
    table = loaded(warehouse, lake)["silver.job_offers"]
    assert (table.rows, table.whole) == (12, True)
    assert "cannot tell any more" in (table.why or "")
    (tmp_path / "lake" / "silver" / "job_offers").rename(tmp_path / "away")
    lake.upsert(JOB_OFFERS, offers("z"))
    table = loaded(warehouse, lake)["silver.job_offers"]
    assert (table.rows, table.why) == (1, "the table was made anew in the lakehouse")
    assert titles(warehouse).keys() == {"z"}


def test_when_most_rows_changed_all_are_loaded(lake: DeltaLakehouse, warehouse: DuckDBWarehouse) -> None:
    lake.upsert(JOB_OFFERS, offers(*"abcd"))
    loaded(warehouse, lake)
    lake.upsert(JOB_OFFERS, changed(*"abc", title="New"))
    table = loaded(warehouse, lake)["silver.job_offers"]
    assert (table.whole, table.why) == (True, "most rows changed")
    assert titles(warehouse) == {"a": "New", "b": "New", "c": "New", "d": "Data engineer"}


def test_ledgers_keep_rows_whose_key_stands_twice(lake: DeltaLakehouse, warehouse: DuckDBWarehouse) -> None:
    row = {"run_id": "r", "stage": "parse", "document_id": "d", "status": "ok"}
    lake.append(OUTCOMES, table_of(OUTCOMES, *[row] * 8))
    loaded(warehouse, lake)
    lake.append(OUTCOMES, table_of(OUTCOMES, row, row | {"document_id": "e"}))
    table = loaded(warehouse, lake)["ops.outcomes"]
    assert (table.rows, table.written, table.whole) == (10, 2, False)
    lake.delete(OUTCOMES, "document_id", ["e"])
    table = loaded(warehouse, lake)["ops.outcomes"]
    assert (table.rows, table.whole, table.why) == (9, True, "rows of a ledger were changed or deleted")


def test_columns_that_the_file_does_not_have_are_loaded(lake: DeltaLakehouse) -> None:
    lake.upsert(JOB_OFFERS, offers("a"))
    with duckdb.connect() as connection:
        load_tables(connection, lake)
        for schema, why in (
            (pa.schema([f for f in JOB_OFFERS.schema if f.name != "benefits"]), "other columns: benefits"),
            (JOB_OFFERS.schema, "other columns: benefits"),
            (JOB_OFFERS.schema.set(2, pa.field("title", pa.large_binary())), "other columns: title"),
        ):
            table = load_table(connection, lake, replace(JOB_OFFERS, schema=schema))
            assert (table.rows, table.whole, table.why) == (1, True, why)


def raw(tmp_path: Path, table: Table, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    """Rows as somebody else would write them."""
    write_deltalake(tmp_path / "lake" / table.layer / table.name, pa.Table.from_pylist(rows, schema), mode="overwrite")


@pytest.mark.parametrize("lakehouse", [DeltaLakehouse, Scanned], ids=["files", "scan"])
def test_missing_columns_are_null_and_others_stay_out(
    tmp_path: Path, warehouse: DuckDBWarehouse, lakehouse: type[DeltaLakehouse]
) -> None:
    skill = pa.struct([("name", pa.string()), ("level", pa.int64())])
    schema = pa.schema([("offer_id", pa.string()), ("skills", pa.list_(skill)), ("colour", pa.string())])
    raw(tmp_path, JOB_OFFERS, [{"offer_id": "a", "skills": [{"name": "Python", "level": 3}], "colour": "red"}], schema)
    loaded(warehouse, lakehouse(tmp_path / "lake"))
    (row,) = held(warehouse, JOB_OFFERS)
    assert row["skills"] == [{"skill_id": None, "name": "Python", "required": None}]
    assert row["title"] is None
    assert "colour" not in row


@pytest.mark.parametrize("lakehouse", [DeltaLakehouse, Scanned], ids=["files", "scan"])
def test_values_of_another_type_are_taken_where_they_fit_and_else_refused_by_name(
    tmp_path: Path, warehouse: DuckDBWarehouse, lakehouse: type[DeltaLakehouse]
) -> None:
    lake = lakehouse(tmp_path / "lake")
    schema = pa.schema([("document_id", pa.string()), ("kind_confidence", pa.string())])
    raw(tmp_path, CLASSIFICATIONS, [{"document_id": "a", "kind_confidence": "0.5"}], schema)
    loaded(warehouse, lake)
    assert held(warehouse, CLASSIFICATIONS)[0]["kind_confidence"] == 0.5
    raw(tmp_path, CLASSIFICATIONS, [{"document_id": "a", "kind_confidence": "high"}], schema)
    with pytest.raises(BadInput, match=r"silver\.classifications.*high.*stays as it was"):
        warehouse.load(lake)
    assert held(warehouse, CLASSIFICATIONS)[0]["kind_confidence"] == 0.5


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["a", "new", "new"], "offer_id stands more than once: .*new"),
        (["a"], "offer_id stands more than once: a"),
        ([None, "x"], "1 rows have no offer_id"),
    ],
    ids=["twice-in-one-write", "again-in-a-later-write", "null"],
)
@pytest.mark.parametrize("first", [True, False], ids=["first-load", "by-changes"])
def test_keys_that_stand_twice_or_are_null_are_refused_and_the_last_state_stays(
    lake: DeltaLakehouse, warehouse: DuckDBWarehouse, ids: list[str | None], said: str, first: bool
) -> None:
    lake.append(JOB_OFFERS, offers(*"abcdefghij"))
    if not first:
        loaded(warehouse, lake)
    lake.append(JOB_OFFERS, table_of(JOB_OFFERS, *[offer_row("any") | {"offer_id": i} for i in ids]))
    for _ in range(2):
        with pytest.raises(BadInput, match=rf"silver\.job_offers.*{said}"):
            warehouse.load(lake)
    if not first:
        assert len(titles(warehouse)) == 10
    delta = DeltaTable(str(lake._path(JOB_OFFERS)))
    delta.restore(0)
    assert loaded(warehouse, lake)["silver.job_offers"].rows == 10


def test_a_published_file_that_cannot_be_read_is_kept_and_all_is_loaded_anew(
    lake: DeltaLakehouse, warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    lake.upsert(JOB_OFFERS, offers("a"))
    loaded(warehouse, lake)
    file = tmp_path / "warehouse" / "talentflow.duckdb"
    assert warehouse.built_from() == "a test"
    file.write_bytes(b"\0" * 8192 + file.read_bytes()[8192:])
    damaged = file.read_bytes()
    assert warehouse.built_from() is None
    for _ in range(2):  # also where the first attempt was not published
        table = warehouse.load(lake)["silver.job_offers"]
        assert table.whole
        assert "talentflow.unreadable-1.duckdb" in (table.why or "")
    warehouse.publish("anew")
    assert titles(warehouse).keys() == {"a"}
    assert [p.read_bytes() for p in file.parent.glob("*unreadable*")] == [damaged]


def test_who_reads_during_a_publication_sees_the_old_or_the_new(
    lake: DeltaLakehouse, warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    lake.upsert(JOB_OFFERS, offers("a"))
    loaded(warehouse, lake)
    (tmp_path / "warehouse" / "talentflow.duckdb.wal").write_bytes(b"of somebody who wrote to the old file")
    with (tmp_path / "warehouse" / "talentflow.duckdb").open("rb") as old:
        before = old.read()
        lake.upsert(JOB_OFFERS, offers("b"))
        loaded(warehouse, lake)
        old.seek(0)
        assert old.read() == before, "the file that a reader has open was written to"
    assert titles(warehouse).keys() == {"a", "b"}
    assert sorted(p.name for p in (tmp_path / "warehouse").iterdir()) == ["talentflow.duckdb"]


def test_a_full_disk_is_said_and_the_published_file_stays(
    lake: DeltaLakehouse, warehouse: DuckDBWarehouse, tmp_path: Path, start_python: StartPython
) -> None:
    """A limit on the size of files stands in for the full disk: the write fails the same way, with EFBIG for ENOSPC."""
    lake.upsert(JOB_OFFERS, offers("a"))
    loaded(warehouse, lake)
    size = (tmp_path / "warehouse" / "talentflow.duckdb").stat().st_size
    lake.upsert(JOB_OFFERS, table_of(JOB_OFFERS, *[offer_row(f"o{n}", title=str(n) * 20) for n in range(20_000)]))
    writer = start_python(
        """
        import resource, sys
        from pathlib import Path
        from talentflow.errors import StorageFull
        from talentflow.lakehouse.deltalake import DeltaLakehouse
        from talentflow.warehouse.duckdb import DuckDBWarehouse
        lake, warehouse = DeltaLakehouse(Path(sys.argv[1])), DuckDBWarehouse(Path(sys.argv[2]))
        for limit in map(int, sys.argv[3:]):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                warehouse.load(lake)
                warehouse.publish("too big")
            except StorageFull as error:
                print(error)
        """,
        tmp_path / "lake",
        tmp_path / "warehouse",
        size // 2,
        size + 4096,
    )
    lines = writer.communicate()[0].splitlines()
    assert len(lines) == 2, lines
    assert all("the disk is full; free space, then run again" in line for line in lines)
    assert titles(warehouse).keys() == {"a"}
    assert loaded(warehouse, lake)["silver.job_offers"].rows == 20_001
