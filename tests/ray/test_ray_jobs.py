"""The Ray jobs: the same rows as without Ray, whatever dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from producers.ingest import produce
from ray_jobs.embed import RayEmbedder, embed_by_ray
from talentflow.bronze import land
from talentflow.embedder import open_embedder
from talentflow.engines import open_engine
from talentflow.eventlog import open_eventlog
from talentflow.incremental import new_run_id
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.matching.embed import embed_new
from talentflow.settings import Settings
from talentflow.silver import classify_new, extract_new, parse_new
from talentflow.tables import CLASSIFICATIONS, DOCUMENTS, EMBEDDINGS, OUTCOMES, TEXTS, Table
from tests.command import ROOT, environment
from tests.faults.runs import PASSING

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]

COUNT = 240


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ray")


@pytest.fixture(scope="module")
def embedder(models: Path) -> Iterator[RayEmbedder]:
    with RayEmbedder(Settings(home=models, workers=2)) as embedder:
        yield embedder


def landed(home: Path) -> tuple[Settings, Lakehouse]:
    """A home with simulated documents in bronze."""
    settings = Settings(home=home, workers=2, batch_rows=16)
    lakehouse, eventlog = open_lakehouse(settings), open_eventlog(settings)
    produce(eventlog, lakehouse, cvs=[], offers=[], simulate=COUNT, seed=5)
    land(eventlog, lakehouse, run_id=new_run_id(), batch_rows=512)
    eventlog.close()
    return settings, lakehouse


def rows(lakehouse: Lakehouse, table: Table) -> list[str]:
    return sorted(repr({k: v for k, v in r.items() if k not in PASSING}) for r in lakehouse.read(table).to_pylist())


def test_vectors_are_those_of_the_embedder_here_in_the_order_of_the_texts(embedder: RayEmbedder, models: Path) -> None:
    texts = [f"data engineer {n}, Python and Spark" for n in range(70)] + ["", "data engineer 3, Python and Spark"]
    here = open_embedder(Settings(home=models))
    assert embedder.model_id == here.model_id
    assert np.array_equal(embedder.embed(texts), here.embed(texts))
    assert embedder.embed([]).shape == (0, here.dimension)


def test_a_dead_actor_is_replaced_and_its_texts_are_embedded(embedder: RayEmbedder, models: Path) -> None:
    texts = [f"nurse {n}, night shifts" for n in range(40)]
    embedder.embed(texts[:1])
    for process in psutil.Process().children(recursive=True):
        if "_Model" in " ".join(process.cmdline()):
            process.send_signal(signal.SIGKILL)
    assert np.array_equal(embedder.embed(texts), open_embedder(Settings(home=models)).embed(texts))


def test_the_classify_job_goes_on_after_a_kill_and_gives_the_rows_of_the_local_engine(tmp_path: Path) -> None:
    settings, lakehouse = landed(tmp_path / "ray")
    command = [sys.executable, "-m", "ray_jobs.classify"]
    env = environment(settings.home, TALENTFLOW_BATCH_ROWS="16", TALENTFLOW_WORKERS="2")
    first = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 200
    while lakehouse.count(TEXTS) < 16:
        assert first.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert 0 < lakehouse.count(TEXTS) < lakehouse.count(DOCUMENTS)
    subprocess.run(command, cwd=ROOT, env=env, timeout=200, check=True)

    _, undisturbed = landed(tmp_path / "local")
    with open_engine(settings) as engine:
        parse_new(undisturbed, engine, run_id="r", batch_rows=512)
        classify_new(undisturbed, engine, run_id="r", batch_rows=512)
    assert rows(lakehouse, CLASSIFICATIONS) == rows(undisturbed, CLASSIFICATIONS)
    assert {r["kind"] for r in lakehouse.read(CLASSIFICATIONS, ["kind"]).to_pylist()} >= {"cv", "job_offer"}
    handled = lakehouse.read(OUTCOMES, ["document_id", "stage"], where={"stage": ["classify"]}).to_pylist()
    assert {r["document_id"] for r in handled} == set(lakehouse.read(TEXTS, ["document_id"])["document_id"].to_pylist())


def test_embeddings_by_ray_are_those_made_here_and_are_made_once(tmp_path: Path) -> None:
    found: dict[str, list[str]] = {}
    for name in ("ray", "local"):
        settings, lakehouse = landed(tmp_path / name)
        with open_engine(settings) as engine:
            for stage in (parse_new, classify_new, extract_new):
                stage(lakehouse, engine, run_id="r", batch_rows=512)
        if name == "ray":
            report = embed_by_ray(settings, lakehouse, run_id="r")
            assert report.details["texts_embedded"] > 0
            again = embed_by_ray(settings, lakehouse, run_id="s")
            assert (again.details["texts_embedded"], again.rows_written) == (0, 0)
        else:
            embed_new(lakehouse, open_embedder(settings), run_id="r")
        found[name] = rows(lakehouse, EMBEDDINGS)
    assert found["ray"] == found["local"]
