"""The warehouse as one DuckDB file, built aside and published by a rename."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from talentflow.capabilities import Capabilities
from talentflow.errors import QualityGateFailed, ServiceUnavailable, TerminalError
from talentflow.lakehouse import Lakehouse
from talentflow.warehouse import LOADED, Loaded


class DuckDBWarehouse:
    """See `Warehouse`."""

    capabilities = Capabilities()

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._published = folder / "talentflow.duckdb"
        self._aside = folder / "build.duckdb"

    def load(self, lakehouse: Lakehouse) -> Mapping[str, Loaded]:
        import duckdb

        from talentflow.taxonomy import skills

        self._folder.mkdir(parents=True, exist_ok=True)
        for leftover in self._folder.glob("build.duckdb*"):
            leftover.unlink()
        rows: dict[str, Loaded] = {}
        with duckdb.connect(str(self._aside)) as connection:
            for layer in ("silver", "ops", "bronze"):
                connection.execute(f"create schema {layer}")
            for table in LOADED:
                reader = pa.RecordBatchReader.from_batches(table.schema, lakehouse.scan(table))
                connection.register("incoming", reader)
                connection.execute(f"create table {table.id} as select * from incoming")
                connection.unregister("incoming")
                rows[table.id] = Loaded(lakehouse.count(table), lakehouse.version(table))
            known = [
                {"skill_id": s.skill_id, "name_en": s.name_en, "name_fr": s.name_fr, "category": s.category} for s in skills()
            ]
            connection.register("incoming", pa.Table.from_pylist(known))
            connection.execute("create table ops.skills as select * from incoming")
        return rows

    def build(self, project_dir: Path) -> Mapping[str, int]:
        """In a process of its own, because dbt keeps connections and logging of the process it runs in."""
        target = self._folder / "dbt"
        command = [sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli()", "build", "--quiet", "--target", "duckdb"]
        command += ["--project-dir", str(project_dir), "--profiles-dir", str(project_dir)]
        command += ["--target-path", str(target), "--log-path", str(target / "logs")]
        environment = os.environ | {"TALENTFLOW_WAREHOUSE_FILE": str(self._aside), "DO_NOT_TRACK": "1"}
        done = subprocess.run(command, cwd=self._folder, env=environment, capture_output=True, text=True, check=False)
        results = target / "run_results.json"
        if done.returncode not in (0, 1) or not results.exists():
            raise TerminalError(f"dbt could not run: {(done.stdout + done.stderr).strip()[-2000:]}")
        failed = [r["unique_id"] for r in json.loads(results.read_text())["results"] if r["status"] in ("error", "fail")]
        if failed or done.returncode:
            log = (done.stdout + done.stderr).strip()[-1500:]
            raise QualityGateFailed(
                f"{len(failed)} dbt models or tests failed ({', '.join(failed[:5])}): the published warehouse stays as it was; "
                f"mend the model or the data and run again. dbt said: {log}"
            )
        return self._count_marts()

    def _count_marts(self) -> dict[str, int]:
        import duckdb

        with duckdb.connect(str(self._aside), read_only=True) as connection:
            names = connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
            ).fetchall()
            counts = {n: connection.execute(f"select count(*) from marts.{n}").fetchall()[0][0] for (n,) in names}
        return {f"marts.{n}": c for n, c in counts.items()}

    def publish(self) -> None:
        os.replace(self._aside, self._published)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        import duckdb

        if not self._published.exists():
            raise ServiceUnavailable("there is no warehouse yet: run  talentflow quick  first")
        with duckdb.connect(str(self._published), read_only=True) as connection:
            answer = connection.execute(sql, list(parameters))
            names = [column[0] for column in answer.description or []]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
