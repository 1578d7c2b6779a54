"""Measure loading and modelling on DuckDB against the least that could do it, and write the table of `README.md`.

    python -m benchmarks.warehouse [--rows 10000 100000 1000000] [--rounds 3] [--write]

Offers, a tenth as many candidates, as many classifications and interactions, distributed as the simulation's, in Delta tables. In
turn, round by round:

- load: the first load of all tables, checked and counted; against a bare `COPY` of the same Parquet files into a new DuckDB file.
- build: dbt's whole build with its tests, in a process as runs do it; against its compiled SQL (models, snapshots, tests) by hand
  in one connection, in dbt's order. dbt's own start is the time its process takes beyond the time its nodes take.

Then 1 % of the offers change, and the load and the build of that are measured once. Prints JSON; compare ratios.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from benchmarks import warehouse_rows
from snowpark_udfs.register import register_on_duckdb
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.settings import PROJECT_DIR
from talentflow.tables import CANDIDATES, CLASSIFICATIONS, INTERACTIONS, JOB_OFFERS, Table
from talentflow.warehouse.dbt import FAILED
from talentflow.warehouse.duckdb import DuckDBWarehouse

HERE = Path(__file__).parent
README = HERE / "README.md"
TABLE = ("<!-- warehouse: begin -->", "<!-- warehouse: end -->")
LOADED = (JOB_OFFERS, CANDIDATES, CLASSIFICATIONS, INTERACTIONS)
CHANGED = 0.01
DATABASE = "talentflow"
"""As profiles.yml attaches the file: compiled SQL names it."""
_HISTORY = (
    "md5(cast(offer_id as varchar)) as dbt_scd_id, now() as dbt_updated_at, now() as dbt_valid_from, "
    "cast(null as timestamptz) as dbt_valid_to, 'False' as dbt_is_deleted"
)
"""What dbt's snapshot adds to each row the first time."""
ROWS = (
    ("load", "load, s", "{:.2f}"),
    ("copy", "bare COPY of the same Parquet, s", "{:.2f}"),
    ("load_share", "load / COPY speed (aim 0.7)", "{:.2f}"),
    ("load_rate", "rows loaded a second", "{:,.0f}"),
    ("build", "dbt's whole build, s", "{:.1f}"),
    ("start", "… of which its own start, s", "{:.1f}"),
    ("hand", "its SQL by hand, s", "{:.2f}"),
    ("build_share", "build / (2 × by hand + start) (aim 1)", "{:.2f}"),
    ("nodes", "nodes: models, snapshots and tests", "{:,.0f}"),
    ("changed_load", "1 % of offers changed: load, s", "{:.2f}"),
    ("changed_build", "… build, s", "{:.1f}"),
    ("megabytes", "file, MB", "{:,.0f}"),
)


def lake_of(folder: Path, pool: warehouse_rows.Pool, rows: int) -> DeltaLakehouse:
    """Tables with so many offers."""
    lake = DeltaLakehouse(folder)
    candidates = max(1, int(rows * warehouse_rows.CANDIDATES_AN_OFFER))
    events = int(rows * warehouse_rows.INTERACTIONS_AN_OFFER)
    for table, parts in (
        (JOB_OFFERS, warehouse_rows.offers(pool, rows)),
        (CANDIDATES, warehouse_rows.candidates(pool, candidates)),
        (CLASSIFICATIONS, warehouse_rows.classifications(pool, rows)),
        (INTERACTIONS, warehouse_rows.interactions(pool, events, rows, candidates)),
    ):
        for part in parts:
            lake.append(table, part)
    return lake


def load(lake: DeltaLakehouse, folder: Path) -> tuple[float, DuckDBWarehouse]:
    """Seconds of a first load, and the warehouse with it."""
    warehouse = DuckDBWarehouse(folder)
    started = time.perf_counter()
    warehouse.load(lake)
    return time.perf_counter() - started, warehouse


def copy(lake: DeltaLakehouse, file: Path) -> float:
    """Seconds of a bare COPY of the same files, closing the file included."""
    file.unlink(missing_ok=True)
    started = time.perf_counter()
    with duckdb.connect(str(file)) as connection:
        for table in LOADED:
            files = _files(lake, table)
            connection.execute(f"create table {table.name} as select * from read_parquet('{files}') limit 0")
            connection.execute(f"copy {table.name} from '{files}' (format parquet)")
    return time.perf_counter() - started


def by_hand(file: Path, target: Path) -> tuple[float, int]:
    """Seconds of the SQL that dbt compiled, in its order, on a loaded file; and how many statements that were."""
    statements = list(_statements(target))
    started = time.perf_counter()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as {DATABASE}")
        connection.execute(f"use {DATABASE}")
        connection.execute("set threads = 2; set timezone = 'UTC'")
        register_on_duckdb(connection)
        for statement in statements:
            connection.execute(statement).fetchall()
    return time.perf_counter() - started, len(statements)


def _statements(target: Path) -> Any:
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    nodes = [(manifest[r["unique_id"]], r) for r in results if r["unique_id"] in manifest]
    for schema in sorted({node["schema"] for node, _ in nodes if node["resource_type"] in ("model", "snapshot")}):
        yield f"create schema if not exists {schema}"
    # in dbt's order of starting, which begins no node before those that it reads are done
    for node, result in sorted(nodes, key=lambda pair: _started(pair[1])):
        sql = result.get("compiled_code") or node.get("compiled_code")
        if not sql:
            continue
        if node["resource_type"] == "test":
            yield f"select count(*) from ({sql}) as found"
        else:
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            if node["resource_type"] == "snapshot":
                sql = f"select *, {_HISTORY} from ({sql})"
            yield f"create or replace {kind} {node['relation_name']} as {sql}"


def _started(result: dict[str, Any]) -> str:
    return next((t["started_at"] for t in result["timing"] if t["name"] == "execute"), "9")


def build(warehouse: DuckDBWarehouse, folder: Path) -> dict[str, float]:
    """Seconds of dbt's build, and of its own start: beyond its nodes."""
    started = time.perf_counter()
    built = warehouse.build(PROJECT_DIR / "dbt")
    seconds = time.perf_counter() - started
    assert not [node for node in built.nodes if node.status in FAILED]
    ran = json.loads((folder / "dbt" / "run_results.json").read_text(encoding="utf-8"))
    return {"build": seconds, "start": seconds - ran["elapsed_time"], "nodes": len(built.nodes)}


def change(lake: DeltaLakehouse, rows: int) -> None:
    """Every hundredth offer gets another title."""
    ids = [f"o{n}" for n in range(0, rows, int(1 / CHANGED))]
    found = lake.read(JOB_OFFERS, where={"offer_id": ids})
    titles = pa.array([f"{title or 'Work'} (changed)" for title in found.column("title").to_pylist()], pa.string())
    found = found.set_column(found.schema.get_field_index("title"), "title", titles)
    hashes = pa.array(["changed"] * found.num_rows, pa.string())
    lake.upsert(JOB_OFFERS, found.set_column(found.schema.get_field_index("content_hash"), "content_hash", hashes))


def measure(scratch: Path, pool: warehouse_rows.Pool, rows: int, rounds: int) -> dict[str, float]:
    """Medians of rounds, in turn."""
    lake = lake_of(scratch / "lake", pool, rows)
    folder = scratch / "warehouse"
    told: dict[str, list[float]] = {}

    def note(**values: float) -> None:
        for name, value in values.items():
            told.setdefault(name, []).append(value)

    for number in range(rounds):
        seconds, warehouse = load(lake, folder)
        bare = copy(lake, scratch / "bare.duckdb")
        note(load=seconds, copy=bare, load_share=bare / seconds)
        shutil.copyfile(folder / "build.duckdb", scratch / "by_hand.duckdb")
        dbt = build(warehouse, folder)
        hand, _ = by_hand(scratch / "by_hand.duckdb", folder / "dbt")
        note(hand=hand, build_share=dbt["build"] / (2 * hand + dbt["start"]), **dbt)
        sys.stderr.write(f"{rows} rows, round {number + 1}: {json.dumps({name: round(v[-1], 3) for name, v in told.items()})}\n")
    warehouse.publish("a benchmark")
    note(megabytes=(folder / "talentflow.duckdb").stat().st_size / 1e6)
    change(lake, rows)
    note(changed_load=load(lake, folder)[0])
    note(changed_build=build(warehouse, folder)["build"])
    medians = {name: statistics.median(values) for name, values in told.items()}
    total = sum(lake.count(table) for table in LOADED)
    return {name: round(value, 3) for name, value in medians.items()} | {"load_rate": round(total / medians["load"])}


def table(results: dict[int, dict[str, float]]) -> str:
    """The table of the README."""
    lines = ["| offers | " + " | ".join(f"{rows:,}" for rows in results) + " |", "|---|" + "---:|" * len(results)]
    for name, label, form in ROWS:
        lines.append(f"| {label} | " + " | ".join(form.format(found[name]) for found in results.values()) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args(arguments)
    pool = warehouse_rows.pool()
    results: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as scratch:  # imports, and the taxonomy's first reading
        load(lake_of(Path(scratch) / "lake", pool, 10), Path(scratch) / "warehouse")
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as scratch:
            results[rows] = measure(Path(scratch), pool, rows, options.rounds)
    print(json.dumps(results, indent=1))
    if options.write:
        before, _, rest = README.read_text(encoding="utf-8").partition(TABLE[0])
        after = rest.partition(TABLE[1])[2]
        said = f"Two cores, medians of {options.rounds} rounds in turn, {date.today().isoformat()}."
        README.write_text(f"{before}{TABLE[0]}\n\n{said}\n\n{table(results)}\n\n{TABLE[1]}{after}", encoding="utf-8")


def _files(lake: DeltaLakehouse, table: Table) -> str:
    """All of a table's files: in one that was only appended to, those in its folder."""
    version = lake.version(table)
    assert version is not None
    (folder,) = {name.rpartition("/")[0] for name in lake.files(table, version) or []}
    return f"{folder}/*.parquet"


if __name__ == "__main__":
    main()
