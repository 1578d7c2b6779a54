"""Loading into Snowflake: what changed, whole and once, whatever the rows are."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from snowpark_udfs.loader import load_tables
from snowpark_udfs.staged import LARGEST_VALUE
from talentflow.errors import BadInput
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.settings import Settings
from talentflow.tables import OUTCOMES, Table
from talentflow.warehouse import SKILLS, Loaded
from tests.doubles.snowflake import SnowflakeDouble
from tests.rows import table_of
from tests.snowflake import settings_on
from tests.warehouse.things import NOON, THINGS, ask, held, leftovers, put, thing, with_column

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("warehouse")]


@pytest.fixture
def lakehouse(snowflake_settings: Settings) -> DeltaLakehouse:
    return DeltaLakehouse(snowflake_settings.lake_dir)


def load(settings: Settings, lakehouse: DeltaLakehouse, table: Table = THINGS) -> Loaded:
    return load_tables(settings, lakehouse, [table])[table.id]


def test_only_what_changed_is_brought_in_and_what_is_gone_goes(snowflake_settings: Settings, lakehouse: DeltaLakehouse) -> None:
    put(lakehouse, thing("one"), thing("two"), thing("three"))
    assert load(snowflake_settings, lakehouse) == Loaded(3, 0, written=3, whole=True)
    put(lakehouse, thing("one", size=2.0), thing("four"), thing("two"))
    lakehouse.delete(THINGS, "thing_id", ["three"])
    assert load(snowflake_settings, lakehouse) == Loaded(3, lakehouse.version(THINGS), written=2, deleted=1)
    assert held(snowflake_settings) == [("four", 1.5), ("one", 2.0), ("two", 1.5)]
    assert load(snowflake_settings, lakehouse) == Loaded(3, lakehouse.version(THINGS))
    assert ask(snowflake_settings, "select table_id, version, row_count from ops.loads") == [
        ("silver.things", lakehouse.version(THINGS), 3)
    ]
    assert leftovers(snowflake_settings) == []


def test_values_arrive_as_they_are(snowflake_settings: Settings, lakehouse: DeltaLakehouse) -> None:
    put(
        lakehouse,
        thing("one"),
        thing("two", size=None, pieces=None, is_new=None, seen_at=None, tags=None),
        thing("three", tags=[]),
    )
    load(snowflake_settings, lakehouse)
    assert held(snowflake_settings, "thing_id, size, pieces, is_new, seen_at") == [
        ("one", 1.5, 3, True, NOON),
        ("three", 1.5, 3, True, NOON),
        ("two", None, None, None, None),
    ]
    asked = "thing_id, tags[0]:name::varchar, tags[1]:name::varchar, tags[1]:rank::int, array_size(tags)"
    assert held(snowflake_settings, asked) == [
        ("one", "Zoé's", 'a "quote" \\ and more', None, 2),
        ("three", None, None, None, 0),
        ("two", None, None, None, None),
    ]


def test_a_home_may_have_spaces_quotes_and_accents_in_its_name(snowflake_double: SnowflakeDouble, tmp_path: Path) -> None:
    settings = settings_on(snowflake_double, tmp_path / "a home's é *")
    lakehouse = DeltaLakehouse(settings.lake_dir)
    put(lakehouse, thing("one"))
    assert load(settings, lakehouse).rows == 1


def test_the_taxonomy_and_a_table_that_nobody_wrote_to_are_there(snowflake_settings: Settings, lakehouse: DeltaLakehouse) -> None:
    loaded = load_tables(snowflake_settings, lakehouse, [THINGS, SKILLS])
    assert loaded["silver.things"] == Loaded(0)
    assert held(snowflake_settings) == []
    assert ask(snowflake_settings, "select name_en from ops.skills where skill_id = 'python'") == [("Python",)]
    assert load(snowflake_settings, lakehouse, SKILLS) == Loaded(loaded["ops.skills"].rows, 0)


def test_a_ledger_keeps_rows_that_are_equal(snowflake_settings: Settings, lakehouse: DeltaLakehouse) -> None:
    row = {"run_id": "r1", "stage": "bronze", "document_id": "d1", "status": "skipped", "milliseconds": 0.0}
    lakehouse.append(OUTCOMES, table_of(OUTCOMES, row, row))
    assert load(snowflake_settings, lakehouse, OUTCOMES).rows == 2
    lakehouse.append(OUTCOMES, table_of(OUTCOMES, row, row | {"run_id": "r2"}))
    assert load(snowflake_settings, lakehouse, OUTCOMES) == Loaded(4, 1, written=2)
    lakehouse.delete(OUTCOMES, "run_id", ["r2"])
    assert load(snowflake_settings, lakehouse, OUTCOMES) == Loaded(3, 2, 3, 4, whole=True, why="rows were taken out")


def test_a_new_column_is_added_with_what_the_old_rows_have_in_it(snowflake_settings: Settings, lakehouse: DeltaLakehouse) -> None:
    put(lakehouse, thing("one"), thing("two"))
    load(snowflake_settings, lakehouse)
    wider = with_column("colour", pa.string())
    put(lakehouse, thing("one", colour="red"), table=wider)
    assert load(snowflake_settings, lakehouse, wider) == Loaded(2, 1, written=1, whole=True, why="it has new columns")
    assert held(snowflake_settings, "thing_id, colour") == [("one", "red"), ("two", None)]


def test_a_column_that_is_no_more_is_null_from_then_on(snowflake_settings: Settings, lakehouse: DeltaLakehouse) -> None:
    put(lakehouse, thing("one"))
    load(snowflake_settings, lakehouse)
    narrower = replace(THINGS, schema=pa.schema([field for field in THINGS.schema if field.name != "size"]))
    put(lakehouse, thing("two"))
    assert load(snowflake_settings, lakehouse, narrower).rows == 2
    assert held(snowflake_settings) == [("one", 1.5), ("two", None)]


def test_a_type_that_changed_is_refused_with_both_types(snowflake_settings: Settings, lakehouse: DeltaLakehouse) -> None:
    put(lakehouse, thing("one"))
    load(snowflake_settings, lakehouse)
    put(lakehouse, thing("two"))
    with pytest.raises(BadInput, match=r"silver\.things\.size changed: Snowflake keeps FLOAT, the lakehouse has string.*drop"):
        load(snowflake_settings, lakehouse, with_column("size", pa.string()))
    assert held(snowflake_settings) == [("one", 1.5)]


@pytest.mark.parametrize(("again", "said"), [("two", r"two\|a \(2 rows\)"), (None, "1 rows of silver.things have no key")])
def test_keys_that_stand_twice_or_are_null_are_refused_by_name(
    snowflake_settings: Settings, lakehouse: DeltaLakehouse, again: str | None, said: str
) -> None:
    put(lakehouse, thing("one"))
    load(snowflake_settings, lakehouse)
    nullable = pa.schema([field.with_nullable(True) for field in THINGS.schema])
    table = replace(THINGS, schema=nullable)
    _append_unchecked(lakehouse, pa.Table.from_pylist([thing("two"), thing("three") | {"thing_id": again}], schema=nullable))
    with pytest.raises(BadInput, match=said):
        load(snowflake_settings, lakehouse, table)
    assert held(snowflake_settings) == [("one", 1.5)]
    assert leftovers(snowflake_settings) == []


def _append_unchecked(lakehouse: DeltaLakehouse, rows: pa.Table) -> None:
    """As another writer may, that does not look at keys."""
    from deltalake import write_deltalake

    path = lakehouse._root / "silver" / "things"
    write_deltalake(path, rows, mode="overwrite", schema_mode="overwrite")


def test_a_row_with_a_value_above_the_limit_stays_out_and_is_told_until_it_fits(
    snowflake_settings: Settings, lakehouse: DeltaLakehouse
) -> None:
    put(lakehouse, thing("one"), thing("two"))
    load(snowflake_settings, lakehouse)
    put(lakehouse, thing("two", tags=[{"name": "x" * LARGEST_VALUE, "rank": 1}]), thing("three"))
    loaded = load(snowflake_settings, lakehouse)
    assert (loaded.rows, len(loaded.skipped)) == (2, 1)
    assert loaded.skipped[0].startswith("two|a: tags has 16,777,")
    assert held(snowflake_settings) == [("one", 1.5), ("three", 1.5)]
    put(lakehouse, thing("one", size=9.0))
    assert load(snowflake_settings, lakehouse) == Loaded(2, 2, written=1)
    put(lakehouse, thing("two", size=2.0))
    assert load(snowflake_settings, lakehouse) == Loaded(3, 3, written=1)
    assert ask(snowflake_settings, "select * from ops.unloaded") == []


def test_a_table_made_anew_is_compared_row_by_row(
    snowflake_settings: Settings, lakehouse: DeltaLakehouse, tmp_path: Path
) -> None:
    put(lakehouse, thing("one"), thing("two"))
    load(snowflake_settings, lakehouse)
    anew = DeltaLakehouse(tmp_path / "anew")
    put(anew, thing("two"), thing("one", size=2.0), thing("three"))
    anew.delete(THINGS, "thing_id", ["three"])
    put(anew, thing("four"))
    assert load(snowflake_settings, anew) == Loaded(3, 2, written=2, whole=True, why="it was made anew in the lakehouse")
    assert held(snowflake_settings) == [("four", 1.5), ("one", 2.0), ("two", 1.5)]


def test_changes_that_nobody_can_tell_any_more_are_found_by_comparing(
    snowflake_settings: Settings, lakehouse: DeltaLakehouse
) -> None:
    put(lakehouse, thing("one"), thing("two"))
    load(snowflake_settings, lakehouse)
    put(lakehouse, thing("one", size=2.0))
    shutil.rmtree(snowflake_settings.lake_dir / "silver" / "things" / "_change_data")
    why = "nobody can tell any more what changed since version 0"
    assert load(snowflake_settings, lakehouse) == Loaded(2, 1, written=1, whole=True, why=why)
    assert held(snowflake_settings) == [("one", 2.0), ("two", 1.5)]


def test_rows_that_somebody_else_changed_in_the_warehouse_are_mended(
    snowflake_settings: Settings, lakehouse: DeltaLakehouse
) -> None:
    put(lakehouse, thing("one"), thing("two"))
    load(snowflake_settings, lakehouse)
    ask(snowflake_settings, "delete from silver.things where thing_id = 'two'")
    put(lakehouse, thing("three"))
    loaded = load(snowflake_settings, lakehouse)
    assert (loaded.rows, loaded.whole, loaded.why) == (3, True, "the warehouse had other rows than it was loaded with")
    assert [row[0] for row in held(snowflake_settings)] == ["one", "three", "two"]
