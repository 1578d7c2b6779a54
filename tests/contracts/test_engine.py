"""What every engine does."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pyarrow as pa
import pytest

from producers.simulate import simulated_documents
from talentflow.engines import Engine, open_engine
from talentflow.engines.local import LocalEngine
from talentflow.engines.ray import RayEngine
from talentflow.engines.spark import SparkEngine
from talentflow.engines.worker import to_bytes
from talentflow.errors import BadSettings
from talentflow.eventlog.messages import RawDocument
from talentflow.settings import Settings
from talentflow.spark import open_spark
from talentflow.stages import CLASSIFY, EXTRACT, PARSE, Stage
from talentflow.tables import DOCUMENTS
from tests.conftest import StartPython
from tests.contracts.odd_stages import SHORTEN, SHOUT, WHOAMI

ADAPTERS = [
    pytest.param("local"),
    pytest.param("ray", marks=[pytest.mark.slow, pytest.mark.xdist_group("ray")]),
    pytest.param("spark", marks=[pytest.mark.slow, pytest.mark.xdist_group("spark")]),
]
MEMORY = 2**30
LINGER = {"spark": 15.0}
"""Seconds that an engine's idle workers may outlive it, where nobody can reach them."""
SPARE = {"spark": 2}
"""Workers beyond the two: Spark keeps Python workers of earlier runs for a minute, and gives work to all in turn."""


def open_for_tests(adapter: str) -> Engine:
    """With less patience for a first piece than people need, and a piece a job, so that results come one by one."""
    if adapter == "spark":
        settings = Settings(spark_master="local[2]")
        return SparkEngine(
            lambda: open_spark(settings),
            2,
            MEMORY,
            grace_seconds=5.0,
            preload=("talentflow.stages", "pandas"),
            idle_seconds=LINGER[adapter],
            pieces_per_job=1,
        )
    if adapter == "ray":
        return RayEngine(2, MEMORY, grace_seconds=5.0, preload=("talentflow.stages", "pandas"))
    return LocalEngine(2, MEMORY, grace_seconds=3.0, preload=("talentflow.stages", "pandas"))


@pytest.fixture(scope="module", params=ADAPTERS)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with open_for_tests(request.param) as engine:
        yield engine


def documents(texts: list[str], first: int = 0) -> pa.RecordBatch:
    rows = [{"document_id": f"d{n}", "text": text, "content_hash": "h"} for n, text in enumerate(texts, first)]
    return pa.RecordBatch.from_pylist(rows)


def outcomes(results: list[pa.RecordBatch]) -> list[tuple[str, str, str | None]]:
    rows = pa.Table.from_batches(results).to_pylist()
    return [(r["document_id"], r["outcome"]["status"], r["outcome"]["error_code"]) for r in rows]


def without_time(batch: pa.RecordBatch) -> list[dict[str, object]]:
    rows = batch.to_pylist()
    for row in rows:
        del row["outcome"]["milliseconds"]
    return rows


def test_results_are_those_of_the_stage_in_input_order(engine: Engine) -> None:
    texts = [f"é☃ {n}" if n % 7 else "damaged" if n % 2 else "empty" for n in range(100)]
    batches = [documents(texts[:45]), documents([]), documents(texts[45:], 45)]
    results = list(engine.run(SHOUT, batches))
    assert all(r.schema.equals(SHOUT.schema) for r in results)
    assert all(r.num_rows <= SHOUT.batch_rows for r in results)
    assert [row for r in results for row in without_time(r)] == without_time(SHOUT.run(documents(texts)))


def test_no_input_gives_no_result(engine: Engine) -> None:
    assert list(engine.run(SHOUT, [])) == []


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("segfault", "document_crash", "damaged"),
        ("exit", "document_crash", "damaged"),
        ("hoard", "document_crash", "memory"),
        ("raise", "document_crash", "ValueError: odd"),
        ("hang", "document_timeout", "longer than 0.5 s"),
    ],
)
def test_a_document_that_kills_its_process_is_found_and_the_others_go_on(engine: Engine, text: str, code: str, says: str) -> None:
    texts = ["a"] * 30
    texts[11] = text
    stage = dataclasses.replace(SHOUT, seconds_per_row=0.5) if text == "hang" else SHOUT
    results = list(engine.run(stage, [documents(texts)]))
    assert outcomes(results) == [(f"d{n}", "quarantined" if n == 11 else "ok", code if n == 11 else None) for n in range(30)]
    detail = pa.Table.from_batches(results).to_pylist()[11]["outcome"]["detail"]
    assert says in detail
    assert "d11" in detail
    assert all(r.schema.equals(SHOUT.schema) for r in results)


def test_every_bad_document_of_a_piece_is_found(engine: Engine) -> None:
    texts = ["exit", "a", "segfault", "raise", "b", "exit", "damaged"]
    codes = [code for _, _, code in outcomes(list(engine.run(SHOUT, [documents(texts)])))]
    crash = "document_crash"
    assert codes == [crash, None, crash, crash, None, crash, "corrupt_document"]


def test_a_single_document_is_judged_too(engine: Engine) -> None:
    assert outcomes(list(engine.run(SHOUT, [documents(["exit"])]))) == [("d0", "quarantined", "document_crash")]


def test_a_stage_that_loses_rows_is_a_fault_not_a_loss(engine: Engine) -> None:
    results = list(engine.run(SHORTEN, [documents(["a", "b"])]))
    assert outcomes(results) == [("d0", "quarantined", "document_crash"), ("d1", "quarantined", "document_crash")]
    assert "0 rows" in pa.Table.from_batches(results).to_pylist()[0]["outcome"]["detail"]


def test_an_endless_input_is_read_no_further_than_needed(engine: Engine) -> None:
    read = 0

    def endless() -> Iterator[pa.RecordBatch]:
        nonlocal read
        while True:
            read += 1
            yield documents(["a"] * SHOUT.batch_rows)

    results = engine.run(SHOUT, endless())
    assert read == 0
    for n in range(1, 30):
        next(results)
        assert read <= n + 6
    results.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert len(list(engine.run(SHOUT, [documents(["a"])]))) == 1


def test_a_source_that_fails_fails_the_run_and_not_the_engine(engine: Engine) -> None:
    def source() -> Iterator[pa.RecordBatch]:
        yield documents(["a"])
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        list(engine.run(SHOUT, source()))
    assert len(list(engine.run(SHOUT, [documents(["a"])]))) == 1


def test_leaving_a_run_early_ends_what_hangs(engine: Engine) -> None:
    patient = dataclasses.replace(SHOUT, batch_rows=1, seconds_per_row=600)
    results = engine.run(patient, [documents(["a", "hang", "hang", "hang"])] * 3)
    assert outcomes([next(results)]) == [("d0", "ok", None)]
    started = time.monotonic()
    results.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert outcomes(list(engine.run(SHOUT, [documents(["b"])]))) == [("d0", "ok", None)]
    assert time.monotonic() - started < 60


def test_stages_can_be_chained_lazily(engine: Engine) -> None:
    def again(results: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for result in results:
            rows = [r["notes"] | {"text": r["notes"]["text"] + "b"} for r in result.to_pylist()]
            yield pa.RecordBatch.from_pylist(rows)

    results = engine.run(SHOUT, again(engine.run(SHOUT, [documents(["a"] * 20)])))
    assert [r["notes"]["text"] for batch in results for r in batch.to_pylist()] == ["AB"] * 20


def test_a_function_of_the_started_script_is_refused(engine: Engine) -> None:
    def run(batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch

    run.__module__ = "__main__"
    with pytest.raises(BadSettings, match="move it to a module"):
        list(engine.run(Stage("own", "1", run, ()), [documents(["a"])]))


def pids(engine: Engine, pieces: int = 40) -> set[int]:
    results = pa.Table.from_batches(engine.run(WHOAMI, [documents(["a"] * WHOAMI.batch_rows * pieces)]))
    return {int(r["notes"]["text"]) for r in results.to_pylist()}


@pytest.mark.slow
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_workers_are_kept_for_all_stages_and_end_with_the_engine(adapter: str) -> None:
    with open_for_tests(adapter) as engine:
        workers = pids(engine)
        assert os.getpid() not in workers
        most = 2 + SPARE.get(adapter, 0)
        assert 1 <= len(workers) <= most
        list(engine.run(SHOUT, [documents(["a"] * 50)]))
        assert len(pids(engine) | workers) <= most
    assert all_end(workers, 10 + LINGER.get(adapter, 0))


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_leaving_the_engine_ends_a_stuck_worker_at_once(adapter: str) -> None:
    patient = dataclasses.replace(SHOUT, batch_rows=1, seconds_per_row=600)
    with open_for_tests(adapter) as engine:
        workers = pids(engine)
        results = engine.run(patient, [documents(["a", "hang", "hang", "hang"])])
        next(results)
        started = time.monotonic()
    assert time.monotonic() - started < 30
    assert all_end(workers, 10 + LINGER.get(adapter, 0))


@pytest.mark.slow
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_worker_killed_from_outside_costs_no_document(adapter: str) -> None:
    with open_for_tests(adapter) as engine:
        for pid in pids(engine):
            os.kill(pid, signal.SIGKILL)
        assert {status for _, status, _ in outcomes(list(engine.run(SHOUT, [documents(["a"] * 40)])))} == {"ok"}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_engine_that_ran_nothing_started_nothing(adapter: str) -> None:
    before = set(psutil.Process().children())
    with open_for_tests(adapter):
        assert set(psutil.Process().children()) <= before


@pytest.mark.slow
def test_the_settings_open_an_engine_that_works(tmp_path: Path) -> None:
    with open_engine(Settings(home=tmp_path, workers=1)) as engine:
        assert outcomes(list(engine.run(SHOUT, [documents(["a", "exit", "b"])]))) == [
            ("d0", "ok", None),
            ("d1", "quarantined", "document_crash"),
            ("d2", "ok", None),
        ]


def lasting(results: Iterator[pa.RecordBatch]) -> pa.Table:
    """Results without the milliseconds that they took."""
    rows = pa.Table.from_batches(results).combine_chunks()
    outcome = rows["outcome"].combine_chunks()
    kept = [field for field in outcome.type if field.name != "milliseconds"]
    struct = pa.StructArray.from_arrays([outcome.field(f.name) for f in kept], fields=kept)
    return rows.set_column(1, "outcome", struct)


def rows_of(results: pa.Table, name: str) -> pa.Table:
    rows = results[name].combine_chunks()
    return pa.Table.from_struct_array(rows.filter(rows.is_valid()))


def as_bytes(table: pa.Table) -> bytes:
    (batch,) = table.combine_chunks().to_batches()
    return to_bytes(batch)


@pytest.mark.slow
@pytest.mark.xdist_group("spark")
@pytest.mark.timeout(600)
def test_results_never_depend_on_the_engine(tmp_path: Path) -> None:
    found = [d for d in simulated_documents(40, 12) if isinstance(d, RawDocument)]
    found.append(RawDocument("files", "broken.pdf", "broken.pdf", "application/pdf", None, b"%PDF-1.7 and then noise"))
    received = {"received_at": datetime(2026, 1, 1, tzinfo=UTC)}
    rows = [{name: getattr(d, name, None) for name in DOCUMENTS.schema.names} | received for d in found]
    sent = pa.Table.from_pylist(rows, schema=DOCUMENTS.schema)
    results: dict[str, list[bytes]] = {}
    for name in ("local", "ray", "spark"):
        settings = Settings(home=tmp_path, engine=name, workers=2, spark_master="local[2]")  # pyright: ignore[reportArgumentType]
        with open_engine(settings) as engine:
            parsed = lasting(engine.run(PARSE, sent.to_batches(30)))
            texts = rows_of(parsed, "texts")
            classified = lasting(engine.run(CLASSIFY, texts.to_batches(30)))
            said = rows_of(classified, "classifications").to_struct_array()
            extracted = lasting(engine.run(EXTRACT, texts.append_column("classification", said).to_batches(30)))
            results[name] = [as_bytes(table) for table in (parsed, classified, extracted)]
    assert results["ray"] == results["local"]
    assert results["spark"] == results["local"]


SCRIPT = """
print("main", flush=True)
import pyarrow as pa
from talentflow.engines.local import LocalEngine
from tests.contracts.odd_stages import SHOUT, WHOAMI
def documents(texts):
    return pa.RecordBatch.from_pylist([{"document_id": str(n), "text": t, "content_hash": "h"} for n, t in enumerate(texts)])
with LocalEngine(2, 2**30, preload=("pandas",)) as engine:
    for batch in engine.run(WHOAMI, [documents(["a"] * 40)]):
        for row in batch.to_pylist():
            print(row["notes"]["text"], flush=True)
    print("ready", flush=True)
    list(engine.run(SHOUT, [documents(["hang", "hang"])]))
"""


def until_stuck(process: subprocess.Popen[str]) -> tuple[int, set[int]]:
    """How often the script printed `main`, and its workers' ids, once it is stuck in the last line."""
    mains, workers = 0, set[int]()
    assert process.stdout is not None
    for line in process.stdout:
        match line.strip():
            case "main":
                mains += 1
            case "ready":
                break
            case pid:
                workers.add(int(pid))
    return mains, workers


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 1), (signal.SIGTERM, -15)])
def test_workers_end_with_a_script_that_is_killed_or_interrupted(
    start_python: StartPython, sent: signal.Signals, code: int
) -> None:
    process = start_python(SCRIPT)
    mains, workers = until_stuck(process)
    assert mains == 1, "the script's main module was run again by a worker"
    process.send_signal(sent)
    assert process.wait(20) in (code, -int(sent))
    assert all_end(workers)


def all_end(pids: set[int], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while any(is_alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
