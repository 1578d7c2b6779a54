"""Extraction by Spark: the rows of `run_stage`, whatever stops it."""

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spark_jobs import extract
from talentflow.engines import Engine, open_engine
from talentflow.incremental import ask_again
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.settings import Settings
from talentflow.tables import CANDIDATES, IDENTITIES, JOB_OFFERS, OUTCOMES, QUARANTINE, TEXTS
from tests.command import ROOT, environment
from tests.conftest import StartPython
from tests.spark_extract import homes
from tests.spark_extract.homes import DANGEROUS, Dying, Killed, contents, extract_by_spark, extract_by_stage, land, told, versions

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def engine(spark: object) -> Iterator[Engine]:
    with open_engine(Settings(workers=2)) as engine:
        yield engine


@pytest.fixture(scope="module")
def first(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose first documents are classified."""
    home = tmp_path_factory.mktemp("first")
    land(home, homes.first_documents(), engine, "1")
    return home


@pytest.fixture(scope="module")
def staged(first: Path, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The same home, extracted by `run_stage`, and the report."""
    home = copied(first, tmp_path_factory.mktemp("staged"))
    return home, extract_by_stage(home, engine, "1")


@pytest.fixture(scope="module")
def sparked(first: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The same home, extracted by Spark in several chunks, and the report."""
    home = copied(first, tmp_path_factory.mktemp("sparked"))
    return home, extract_by_spark(home, "1")


@pytest.fixture(scope="module")
def second(sparked: tuple[Path, Any], engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that Spark extracted, where documents came and changed since, and two are asked again."""
    home = copied(sparked[0], tmp_path_factory.mktemp("second"))
    change(home, engine)
    return home


@pytest.fixture(scope="module")
def undisturbed(second: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, list[int]]:
    """That home, extracted by Spark, the report, and how many documents were looked at (-1: all)."""
    home = copied(second, tmp_path_factory.mktemp("undisturbed"))
    looked: list[int] = []
    pending = extract._pending

    def watched(lakehouse: Any, stage: Any, changed: Any) -> Any:
        looked.append(-1 if changed is None else changed.count())
        return pending(lakehouse, stage, changed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extract, "_pending", watched)
        return home, extract_by_spark(home, "3", chunk_rows=None), looked


def copied(home: Path, into: Path) -> Path:
    shutil.copytree(home, into, dirs_exist_ok=True)
    return into


def change(home: Path, engine: Engine) -> None:
    land(home, homes.second_documents(), engine, "2")
    lakehouse = DeltaLakehouse(homes.settings_of(home).lake_dir)
    rows = lakehouse.read(TEXTS, ["document_id", "content_hash", "source_uri"]).to_pylist()
    keys = [
        (r["document_id"], r["content_hash"]) for r in sorted(rows, key=lambda r: r["source_uri"]) if r["source_uri"] != "/new"
    ]
    assert ask_again(lakehouse, ["extract"], keys[-2:], run_id="2") == 2


def test_the_rows_are_those_of_run_stage(staged: tuple[Path, Any], sparked: tuple[Path, Any]) -> None:
    expected, rows = contents(staged[0]), contents(sparked[0])
    for name, table in expected.items():
        assert rows[name].equals(table), name
    assert told(sparked[1]) == told(staged[1])
    assert expected[QUARANTINE.id].filter(pc.equal(expected[QUARANTINE.id]["stage"], "extract")).num_rows == 1
    assert all(expected[table.id].num_rows for table in (JOB_OFFERS, CANDIDATES, IDENTITIES, OUTCOMES))


def test_of_one_persons_cvs_the_newest_counts(sparked: tuple[Path, Any]) -> None:
    rows = contents(sparked[0])
    names = dict(zip(rows[IDENTITIES.id]["name"].to_pylist(), rows[IDENTITIES.id]["candidate_id"].to_pylist(), strict=True))
    (headline,) = (r["headline"] for r in rows[CANDIDATES.id].to_pylist() if r["candidate_id"] == names["Anna Keller"])
    assert "architect" in headline


def test_a_run_with_nothing_new_writes_nothing(sparked: tuple[Path, Any], tmp_path: Path) -> None:
    home = copied(sparked[0], tmp_path)
    before = versions(home)
    report = extract_by_spark(home, "9")
    assert (report.read, report.rows_written) == (0, 0)
    assert versions(home) == before


def test_changed_documents_end_as_by_run_stage(
    staged: tuple[Path, Any], undisturbed: tuple[Path, Any, list[int]], engine: Engine, tmp_path: Path
) -> None:
    home = copied(staged[0], tmp_path)
    change(home, engine)
    report = extract_by_stage(home, engine, "3")
    expected, rows = contents(home), contents(undisturbed[0])
    for name, table in expected.items():
        assert rows[name].equals(table), name
    assert told(undisturbed[1]) == told(report)
    assert undisturbed[1].rows_written == report.rows_written
    assert report.read == 7, "five of the second documents are texts, and two are asked again"


def test_only_what_changed_is_looked_at(undisturbed: tuple[Path, Any, list[int]]) -> None:
    assert undisturbed[2] == [8], "and one whose text is gone"


def test_all_is_looked_at_when_the_change_feed_is_gone(
    second: Path, undisturbed: tuple[Path, Any, list[int]], tmp_path: Path
) -> None:
    home = copied(second, tmp_path)
    DeltaLakehouse(homes.settings_of(home).lake_dir).maintain(TEXTS, retention=timedelta(0))
    assert extract_by_spark(home, "3").read == 7
    assert contents(home)[CANDIDATES.id].equals(contents(undisturbed[0])[CANDIDATES.id])


def test_another_stage_version_takes_all_again(sparked: tuple[Path, Any], tmp_path: Path) -> None:
    home = copied(sparked[0], tmp_path)
    again = extract_by_spark(home, "9", dataclasses.replace(DANGEROUS, version="another"), chunk_rows=None)
    assert again.read == sparked[1].read
    assert set(contents(home)[OUTCOMES.id]["stage_version"].to_pylist()) >= {"another", DANGEROUS.version}


KILLS = [("merge", QUARANTINE.id, "after")]


@pytest.mark.parametrize(("write", "table", "moment"), KILLS)
def test_a_run_that_ends_between_two_writes_is_finished_by_the_next(
    second: Path, undisturbed: tuple[Path, Any, list[int]], tmp_path: Path, write: str, table: str, moment: str
) -> None:
    def end() -> None:
        raise Killed

    home = copied(second, tmp_path)
    with pytest.raises(Killed):
        extract_by_spark(home, "3", chunk_rows=None, around=lambda lake: Dying(lake, write, table, moment, end))
    extract_by_spark(home, "4", chunk_rows=None)
    expected, rows = (contents(h, without=("milliseconds", "run_id")) for h in (undisturbed[0], home))
    for name in expected:
        assert rows[name].equals(expected[name]), name


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.spark_extract.homes import Dying, extract_by_spark
def end():
    os.kill(os.getpid(), signal.SIGKILL)
extract_by_spark(Path(sys.argv[1]), "3", around=lambda lake: Dying(lake, "append_frame", "ops.outcomes", "before", end))
"""


def test_a_killed_process_is_finished_by_the_job_run_alone(
    second: Path, undisturbed: tuple[Path, Any, list[int]], tmp_path: Path, start_python: StartPython
) -> None:
    home = copied(second, tmp_path)
    assert start_python(KILLED, home).wait(280) == -signal.SIGKILL
    env = environment(home, TALENTFLOW_SPARK_MASTER="local[2]")
    command = [sys.executable, "-m", "spark_jobs.extract"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=280, check=True)
    report = json.loads(done.stdout.strip().splitlines()[-1])
    assert (report["event"], report["name"], report["in"]) == ("stage done", "extract", 7)
    expected, rows = contents(undisturbed[0]), contents(home)
    assert rows[JOB_OFFERS.id].equals(expected[JOB_OFFERS.id])
    # the job's own stage does not die of what the tests' stage dies of
    survivor = pc.is_in(rows[CANDIDATES.id]["document_id"], expected[CANDIDATES.id]["document_id"])
    assert rows[CANDIDATES.id].filter(survivor).equals(expected[CANDIDATES.id])
    assert rows[CANDIDATES.id].num_rows == expected[CANDIDATES.id].num_rows + 1


def test_tables_get_columns_that_were_declared_since(first: Path, sparked: tuple[Path, Any], tmp_path: Path) -> None:
    home = copied(first, tmp_path)
    lakehouse = DeltaLakehouse(homes.settings_of(home).lake_dir)
    texts = lakehouse.read(TEXTS)
    shutil.rmtree(homes.settings_of(home).lake_dir / "silver" / "texts")
    older = dataclasses.replace(TEXTS, schema=pa.schema([f for f in TEXTS.schema if f.name not in ("notes", "pages")]))
    lakehouse.upsert(older, texts.select(older.schema.names))
    before = dataclasses.replace(
        JOB_OFFERS, schema=pa.schema([f for f in JOB_OFFERS.schema if f.name not in ("benefits", "language")])
    )
    old = {"offer_id": "old", "document_id": "old", "title": "Baker", "content_hash": "h", "stage_version": "0"}
    lakehouse.upsert(before, pa.Table.from_pylist([old], schema=before.schema))
    extract_by_spark(home, "1", chunk_rows=None)
    offers = lakehouse.read(JOB_OFFERS)
    (kept,) = (row for row in offers.to_pylist() if row["offer_id"] == "old")
    assert (kept["title"], kept["benefits"], kept["language"]) == ("Baker", None, None)
    new = offers.filter(pc.not_equal(offers["offer_id"], "old")).sort_by("offer_id").combine_chunks()
    assert new.equals(contents(sparked[0])[JOB_OFFERS.id])


def test_tables_that_are_not_there_are_no_work(tmp_path: Path, spark: object) -> None:
    assert extract_by_spark(tmp_path, "1").read == 0
