"""`talentflow history` and `talentflow maintain`, and maintenance as a flow."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from talentflow.errors import BadInput, TerminalError, WriteConflict
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.lakehouse.commits import Maintained
from talentflow.lakehouse.maintenance import failure, maintain_all, retention_of, tables_named
from talentflow.settings import Settings
from talentflow.tables import OUTCOMES, QUARANTINE, TABLES, TEXTS, Table
from tests.command import ROOT, environment, talentflow, told


def texts(ids: list[str] | range, content_hash: str = "h") -> pa.Table:
    return pa.Table.from_pylist([{"document_id": str(i), "content_hash": content_hash} for i in ids], schema=TEXTS.schema)


@pytest.fixture
def lake(tmp_path: Path) -> Lakehouse:
    lake = open_lakehouse(Settings(home=tmp_path))
    for n in range(3):
        lake.append(TEXTS, texts(range(n * 10, n * 10 + 10)), transaction=("ingest", n))
    lake.delete(TEXTS, "document_id", ["0", "1"])
    return lake


def test_history_shows_the_commits_newest_first(lake: Lakehouse, tmp_path: Path) -> None:
    commits = told("history", "silver.texts", "--limit", "2", home=tmp_path)
    assert [(c["version"], c["operation"], c["rows_written"], c["rows_removed"]) for c in commits] == [
        (3, "DELETE", None, 2),
        (2, "WRITE", 10, None),
    ]
    assert [c["transaction"] for c in commits] == [None, {"app": "ingest", "version": 2}]
    shown = talentflow("history", "texts", home=tmp_path).stdout
    assert [line.split()[0] for line in shown.splitlines() if "delta-rs" in line] == ["3", "2", "1", "0"]


def test_history_at_a_version_shows_the_rows_it_had(lake: Lakehouse, tmp_path: Path) -> None:
    then = told("history", "texts", "--at", "1", "--limit", "2", home=tmp_path)
    assert then == {"table": "silver.texts", "at": 1, "rows": 20, "first": [{"document_id": "0"}, {"document_id": "1"}]}
    at = lake.history(TEXTS)[-1].at.isoformat()
    assert told("history", "texts", "--at", at, home=tmp_path)["rows"] == 10
    assert "silver.texts at 3: 28 rows" in talentflow("history", "texts", "--at", "3", home=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("history", "nowhere"), "No such table: nowhere; the tables are bronze.documents, "),
        (("history", "texts", "--at", "12"), "No such version: silver.texts at 12; there are versions 0 ("),
        (("history", "texts", "--at", "yesterday"), "neither a version nor a time: write 12, or 2026-11-24T12:00"),
        (("history", "quarantine", "--at", "0"), "nobody wrote to it yet"),
        (("maintain", "nowhere"), "No such table: nowhere"),
        (("maintain", "--retention", "0"), "give an hour at least"),
    ],
    ids=["table", "version", "time", "empty", "maintain", "retention"],
)
@pytest.mark.usefixtures("lake")
def test_what_cannot_be_is_a_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = talentflow(*arguments, home=tmp_path, check=1)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_maintain_tells_files_before_and_after(lake: Lakehouse, tmp_path: Path) -> None:
    (done,) = told("maintain", "texts", home=tmp_path)
    assert (done["table"], done["files_before"], done["files_after"], done["error"]) == ("silver.texts", 3, 1, None)
    assert done["bytes_after"] < done["bytes_before"]
    assert [d["table"] for d in told("maintain", home=tmp_path)] == list(TABLES)
    assert lake.count(TEXTS) == 28


def test_one_table_s_trouble_does_not_stop_the_others() -> None:
    def maintain(table: Table) -> Maintained:
        if table is TEXTS:
            raise WriteConflict("Other writers kept getting ahead: silver.texts; run again when they are done")
        return Maintained(3, 1, 300, 100, 0)

    cared = maintain_all(maintain, [QUARANTINE, TEXTS, OUTCOMES])
    assert [(c.table, c.done is not None) for c in cared] == [
        ("bronze.quarantine", True),
        ("silver.texts", False),
        ("ops.outcomes", True),
    ]
    error = failure(cared)
    assert isinstance(error, WriteConflict)
    assert str(error).startswith("Maintenance failed for 1 of 3 tables, the others are done: silver.texts: Other writers")
    assert str(error).endswith("talentflow maintain silver.texts")
    assert failure(maintain_all(lambda _: Maintained(), [TEXTS])) is None

    def broken(_: Table) -> Maintained:
        raise TerminalError("damaged")

    assert isinstance(failure([*cared, *maintain_all(broken, [OUTCOMES])]), TerminalError)


def test_tables_are_named_by_id_or_by_name() -> None:
    assert tables_named(["texts", "ops.outcomes"]) == [TEXTS, OUTCOMES]
    assert tables_named([]) == list(TABLES.values())
    with pytest.raises(BadInput, match=r"ops\.outcomes"):
        tables_named(["texts", "bronze.texts"])
    assert retention_of(1) == timedelta(days=1)


MAINTENANCE = """
import json, sys
from flows.maintenance import maintain, maintenance
from talentflow.errors import TalentflowError
maintain.retry_delay_seconds = 0
try:
    print("done", json.dumps(maintenance()))
except TalentflowError as error:
    print("failed", str(error).replace(chr(10), " "))
"""


@pytest.mark.slow
def test_maintenance_goes_on_beside_a_writer_and_says_which_table_it_could_not_do(lake: Lakehouse, tmp_path: Path) -> None:
    """A writer of the same table, in a process of its own, until maintenance is done; then a damaged table among the others."""
    writer = """
import sys
from pathlib import Path
import pyarrow as pa
from talentflow.home import hold
from talentflow.lakehouse import open_lakehouse
from talentflow.settings import Settings
from talentflow.tables import TEXTS
settings = Settings(home=Path(sys.argv[1]))
with hold(settings):
    lake, n = open_lakehouse(settings), 0
    print("begun", flush=True)
    while not (Path(sys.argv[1]) / "ended").exists():
        rows = [{"document_id": f"w{k}", "content_hash": str(n)} for k in range(n, n + 20)]
        lake.upsert(TEXTS, pa.Table.from_pylist(rows, schema=TEXTS.schema))
        n += 1
    print(n)
"""
    env = environment(tmp_path, PREFECT_LOGGING_LEVEL="ERROR", PREFECT_HOME=str(tmp_path / "prefect")) | {
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180"
    }

    def python(code: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)

    def maintained() -> tuple[str, str]:
        with python(MAINTENANCE) as process:
            word, _, rest = process.communicate(timeout=280)[0].strip().partition(" ")
        return word, rest

    with python(writer, tmp_path) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "begun\n"
        try:
            word, rest = maintained()
        finally:
            (tmp_path / "ended").touch()
        rounds = int(other.stdout.read())
        assert other.wait() == 0
    assert word == "done", rest
    done: list[dict[str, Any]] = json.loads(rest)
    assert [d["table"] for d in done] == list(TABLES)
    keys = lake.read(TEXTS, ["document_id"]).column(0).to_pylist()
    assert sorted(keys) == sorted([*(str(n) for n in range(2, 30)), *(f"w{n}" for n in range(rounds + 19))])

    lake.append(OUTCOMES, pa.Table.from_pylist([{"run_id": "r", "stage": "s", "document_id": "1"}], schema=OUTCOMES.schema))
    lake.append(OUTCOMES, pa.Table.from_pylist([{"run_id": "r", "stage": "s", "document_id": "2"}], schema=OUTCOMES.schema))
    lake.append(TEXTS, texts(["more"]))
    for file in (tmp_path / "lake/ops/outcomes").glob("*.parquet"):
        file.write_bytes(b"noise")
    word, rest = maintained()
    assert word == "failed"
    assert f"failed for 1 of {len(TABLES)} tables, the others are done: ops.outcomes: " in rest
    assert lake.maintain(TEXTS).files_before == 1
