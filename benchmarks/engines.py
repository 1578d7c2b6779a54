"""Measure the engines against each other: the same stages on the same simulated documents, in one run.

    python -m benchmarks.engines [--documents 1500] [--rounds 3] [--engines local,ray,spark] [--embed 0]

Engines are opened at once and take turns, each round in another order, so that what else the machine does meets all alike.
Start-up is the time from nothing to the first result of every stage on a few documents, and is no part of a round. A stage's
rate is documents over the seconds of its fastest round; ratios are to the local pool. Results must be equal, or nothing is
told. `--embed N` embeds N texts with the settings' embedder, by its threads and by Ray's actors. Writes one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from producers.simulate import simulated_documents
from talentflow.engines import Engine
from talentflow.engines.local import LocalEngine
from talentflow.eventlog.messages import RawDocument
from talentflow.settings import Settings
from talentflow.stages import CLASSIFY, EXTRACT, PARSE
from talentflow.tables import CLASSIFICATIONS, DOCUMENTS, TEXTS

STAGES = (PARSE, CLASSIFY, EXTRACT)
_RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)
_WARM = 64
"""Documents an engine starts with, for each of its workers."""


def open_local(settings: Settings) -> Engine:
    return LocalEngine(settings.workers, settings.worker_memory_bytes)


def open_ray(settings: Settings) -> Engine:
    from talentflow.engines.ray import RayEngine

    return RayEngine(settings.workers, settings.worker_memory_bytes, address=settings.ray_address)


def open_spark(settings: Settings) -> Engine:
    from talentflow import spark
    from talentflow.engines.spark import SparkEngine

    # the others take their turns meanwhile
    return SparkEngine(lambda: spark.open_spark(settings), settings.workers, settings.worker_memory_bytes, idle_seconds=3600)


OPEN: dict[str, Callable[[Settings], Engine]] = {"local": open_local, "ray": open_ray, "spark": open_spark}


def documents(count: int, seed: int) -> pa.Table:
    """Simulated documents as rows of bronze.documents."""
    found = (d for d in simulated_documents(count, seed) if isinstance(d, RawDocument))
    rows = [{name: getattr(d, name, None) for name in DOCUMENTS.schema.names} | {"received_at": _RECEIVED} for d in found]
    return pa.Table.from_pylist(rows, schema=DOCUMENTS.schema)


def inputs(engine: Engine, bronze: pa.Table) -> list[pa.Table]:
    """What parse, classify and extract read of these documents."""
    texts = _rows(_run(engine, 0, bronze), TEXTS.name)
    said = _rows(_run(engine, 1, texts), CLASSIFICATIONS.name)
    joined = texts.append_column("classification", said.to_struct_array())
    return [bronze, texts, joined]


def _run(engine: Engine, stage: int, table: pa.Table) -> pa.Table:
    return pa.Table.from_batches(engine.run(STAGES[stage], table.to_batches(512)), STAGES[stage].schema)


def _rows(results: pa.Table, name: str) -> pa.Table:
    """A stage's rows, in the order of their documents."""
    rows = results[name].combine_chunks()
    return pa.Table.from_struct_array(rows.filter(rows.is_valid()))


def _lasting(results: pa.Table) -> list[dict[str, Any]]:
    rows = results.to_pylist()
    for row in rows:
        del row["outcome"]["milliseconds"]
    return rows


def measure(names: list[str], bronze: pa.Table, rounds: int, settings: Settings) -> dict[str, Any]:
    """Start-up and the seconds of every round, by engine."""
    with ExitStack() as stack:
        engines, told = dict[str, Engine](), dict[str, dict[str, Any]]()
        few = bronze.slice(0, _WARM * settings.workers)
        for name in names:
            started = time.perf_counter()
            engines[name] = stack.enter_context(OPEN[name](settings))
            # once more: a worker that came late to the first stage meets the others now
            inputs(engines[name], few)
            _run(engines[name], 2, inputs(engines[name], few)[2])
            told[name] = {"start_seconds": time.perf_counter() - started, "seconds": {s.name: [] for s in STAGES}}
        read = inputs(engines[names[0]], bronze)
        expected = [_lasting(_run(engines[names[0]], n, table)) for n, table in enumerate(read)]
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                for n, table in enumerate(read):
                    started = time.perf_counter()
                    results = _run(engines[name], n, table)
                    told[name]["seconds"][STAGES[n].name].append(time.perf_counter() - started)
                    if _lasting(results) != expected[n]:
                        raise SystemExit(f"{name} and {names[0]} differ in {STAGES[n].name}")
                sys.stderr.write(f"round {turn + 1}, {name}\n")
    return told | {"documents": {s.name: t.num_rows for s, t in zip(STAGES, read, strict=True)}}


def embedding(count: int, bronze: pa.Table, rounds: int, settings: Settings) -> dict[str, Any]:
    """Texts a second by the embedder's own threads and by Ray's actors."""
    from ray_jobs.embed import RayEmbedder
    from talentflow.embedder import open_embedder

    with LocalEngine(settings.workers, settings.worker_memory_bytes) as engine:
        few = inputs(engine, bronze.slice(0, count))[1]
    texts = [f"{n} {text[:1200]}" for n, text in enumerate(few["text"].to_pylist())]
    own = open_embedder(settings)
    with RayEmbedder(settings) as by_ray:
        found: dict[str, dict[str, Any]] = {}
        for name, embedder in (("threads", own), ("ray", by_ray)):
            started = time.perf_counter()
            embedder.embed(texts[: 32 * settings.workers])
            found[name] = {"start_seconds": time.perf_counter() - started, "seconds": []}
        for turn in range(rounds):
            for name, embedder in (("threads", own), ("ray", by_ray))[:: 1 if turn % 2 else -1]:
                started = time.perf_counter()
                embedder.embed([f"{turn} {text}" for text in texts])
                found[name]["seconds"].append(time.perf_counter() - started)
    return {name: f | {"per_second": len(texts) / min(f["seconds"])} for name, f in found.items()} | {"texts": len(texts)}


def rates(told: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Documents a second of every stage, and the ratios to the first engine."""
    found: dict[str, Any] = {}
    for stage in STAGES:
        each = {name: told["documents"][stage.name] / min(told[name]["seconds"][stage.name]) for name in names}
        found[stage.name] = {
            "documents_per_second": {name: round(rate, 1) for name, rate in each.items()},
            f"ratio_to_{names[0]}": {name: round(rate / each[names[0]], 2) for name, rate in each.items()},
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--engines", default="local,ray,spark", help="the first is what the others are compared with")
    parser.add_argument("--embed", type=int, default=0, help="texts to embed; 0 leaves it out")
    parser.add_argument("--out", type=Path, help="where to write the JSON too")
    options = parser.parse_args()
    names = options.engines.split(",")
    bronze = documents(options.documents, options.seed)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(home=Path(scratch))
        told = measure(names, bronze, options.rounds, settings)
        result: dict[str, Any] = {
            "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f} before",
            "stages": rates(told, names),
            "start_seconds": {name: round(told[name]["start_seconds"], 1) for name in names},
            "rounds": {name: told[name]["seconds"] for name in names},
        }
        if options.embed:
            result["embed"] = embedding(options.embed, bronze, options.rounds, settings)
    text = json.dumps(result, indent=1)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
