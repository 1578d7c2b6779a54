"""What is Pinecone's own: what goes over the wire, what is left there after a fault, and what its limits and errors become."""

from __future__ import annotations

import logging
import shutil
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import SecretStr

from talentflow.errors import BadSettings, MissingExtra, ServiceUnavailable, TerminalError, WriteConflict
from talentflow.settings import Settings
from talentflow.vectors import Vectors, generations, open_vectors
from talentflow.vectors.faiss import FaissVectors
from talentflow.vectors.pinecone import PineconeIndex
from talentflow.vectors.records import METADATA_BYTES, batches, metadata_bytes, read_rows, row_of
from talentflow.vectors.remote import RemoteVectors
from tests.conftest import StartPython
from tests.doubles.pinecone import Fault, PineconeDouble

DIMENSION = 16
Open = Callable[..., RemoteVectors]


def unit(rows: int, seed: int, dimension: int = DIMENSION) -> NDArray[np.float32]:
    matrix = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@pytest.fixture
def double() -> Iterator[PineconeDouble]:
    with PineconeDouble().running() as double:
        yield double


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def open_at(double: PineconeDouble) -> Open:
    def open_(root: Path, *, key: str | None = None, dimension: int = DIMENSION, patience: float = 20.0) -> RemoteVectors:
        secret = SecretStr(key or double.key)
        there = PineconeIndex(secret, "talentflow", host=double.url, dimension=dimension, patience=patience, seconds=15.0)
        return RemoteVectors(root, there, place="pinecone test", model_id="m1")

    return open_


def ids_of(rows: int) -> list[str]:
    return [f"id{i:04}" for i in range(rows)]


def fill(vectors: Vectors, rows: int = 200, seed: int = 1) -> NDArray[np.float32]:
    """Stage rows and publish them."""
    matrix = unit(rows, seed)
    vectors.upsert("offers", ids_of(rows), matrix, [{"languages": ["fr", "en"][: 1 + i % 2]} for i in range(rows)])
    vectors.publish()
    return matrix


def records(root: Path) -> set[str]:
    """The records of the published generation's offers."""
    folder = generations.current(root)
    assert folder is not None
    return {row.record for row in read_rows(folder, "offers").values() if row.record}


def held(double: PineconeDouble) -> set[str]:
    return {record for ids in double.held().values() for record in ids}


def test_only_what_changed_goes_over_the_wire(double: PineconeDouble, open_at: Open, root: Path) -> None:
    matrix = fill(open_at(root))
    assert len(double.upserted()) == 200
    double.log.clear()
    matrix[[3, 7]] = unit(2, seed=9)
    metadata: list[dict[str, object]] = [{"languages": ["fr", "en"][: 1 + i % 2]} for i in range(200)]
    metadata[11] = {"languages": ["de"]}
    again = open_at(root)
    again.upsert("offers", ids_of(200), matrix, metadata)
    again.delete("offers", ["id0100"])
    again.publish()
    assert sorted(record.split("#")[0] for record in double.upserted()) == ["id0003", "id0007", "id0011"]
    assert [n.id for n in again.query("offers", unit(2, seed=9)[1], 1)] == ["id0007"]
    assert [n.id for n in again.query("offers", matrix[0], 5, {"languages": ["de"]})] == ["id0011"]
    double.log.clear()
    again.publish()
    assert double.upserted() == []


def test_the_generation_before_is_kept_and_older_ones_are_deleted(double: PineconeDouble, open_at: Open, root: Path) -> None:
    fill(open_at(root), seed=1)
    first, reader = records(root), open_at(root)
    fill(open_at(root), seed=2)
    second = records(root)
    assert held(double) == first | second
    assert reader.query("offers", unit(200, 1)[5], 1)[0].id == "id0005"
    fill(open_at(root), seed=3)
    assert held(double) == second | records(root)
    assert not double.asked("/vectors/list"), "an ordinary publication need not look at all that is there"


def test_k_is_filled_though_the_nearest_are_of_another_generation(double: PineconeDouble, open_at: Open, root: Path) -> None:
    query = unit(1, 4)[0]
    vectors = open_at(root)
    vectors.upsert("offers", [f"old{i}" for i in range(600)], np.repeat(query[None], 600, 0), [{}] * 600)
    vectors.publish()
    vectors.delete("offers", vectors.ids("offers"))
    matrix = fill(vectors)
    assert len(held(double)) == 800
    best = np.argsort(-(matrix @ query), kind="stable")[:10]
    assert [n.id for n in vectors.query("offers", query, 10)] == [ids_of(200)[i] for i in best]


def test_faiss_and_pinecone_give_the_same_top_ten(double: PineconeDouble, open_at: Open, root: Path, tmp_path: Path) -> None:
    rows, dimension = 3000, 64
    files = FaissVectors(tmp_path / "files", model_id="m1", dimension=dimension)
    there = open_at(root, dimension=dimension)
    matrix = unit(rows, 1, dimension)
    matrix[100:110] = matrix[100]  # copies
    matrix[200:203] = 0  # of texts without words
    metadata = [
        {"languages": ["fr", "en", "de"][i % 3 :], "contract": f"c{i % 7}", "n": i % 2, "none": None} for i in range(rows)
    ]
    filters: list[Any] = [None, {}, {"languages": ["en"]}, {"contract": ["c1", "c2"], "languages": ["fr"]}, {"n": ["1"]}]
    filters += [{"none": ["None"]}, {"contract": []}, {"contract": ["c1"], "unknown": ["x"]}]
    for vectors in (files, there):
        vectors.upsert("offers", ids_of(rows), matrix, metadata)
        vectors.publish()
    for query in [*unit(15, 2, dimension), matrix[100], np.zeros(dimension, np.float32)]:
        for accepted in filters:
            one, other = (v.query("offers", query, 10, accepted) for v in (files, there))
            assert [n.id for n in one] == [n.id for n in other]
            assert np.allclose([n.score for n in one], [n.score for n in other], atol=1e-5)


def test_rows_of_zero_vectors_come_after_all_that_are_similar(open_at: Open, root: Path) -> None:
    vectors = open_at(root)
    direction = unit(1, 1)[0]
    rows = np.stack([direction, np.zeros(DIMENSION, np.float32), -direction])
    vectors.upsert("offers", ["like", "zero", "unlike"], rows, [{"a": "1"}, {"a": "1"}, {"a": "2"}])
    vectors.publish()
    reader = open_at(root)
    assert [n.id for n in reader.query("offers", direction, 3)] == ["like", "zero", "unlike"]
    assert [n.id for n in reader.query("offers", direction, 3, {"a": ["1"]})] == ["like", "zero"]
    assert reader.stats() == {"offers": 3}


@pytest.mark.parametrize("id_", ["", "é", "a b", "x" * 600, "~", "#", "a#b", "a\0b", "日本"])
def test_any_id_comes_back(open_at: Open, root: Path, id_: str) -> None:
    vectors = open_at(root)
    vectors.upsert("offers", [id_, "other"], unit(2, 1), [{}, {}])
    vectors.publish()
    assert open_at(root).query("offers", unit(2, 1)[0], 1)[0].id == id_


def test_metadata_beyond_the_limit_gives_up_values_of_its_largest_field(open_at: Open, root: Path) -> None:
    places = [f"place {i} \udce9" for i in range(5000)]
    row = row_of("a", unit(1, 1)[0], {"locations": places, "languages": ["fr"], "one": "x" * 50_000})
    assert row.metadata is not None
    assert metadata_bytes(row.metadata) <= METADATA_BYTES
    assert row.metadata["languages"] == ["fr"]
    assert row.metadata["locations"][0] == "place 0 ?"
    vectors = open_at(root)
    vectors.upsert("offers", ["a"], unit(1, 1), [{"locations": places, "languages": ["fr"]}])
    vectors.publish()
    assert [n.id for n in vectors.query("offers", unit(1, 1)[0], 5, {"locations": ["place 3 \udce9"]})] == ["a"]


def test_requests_stay_within_the_limits(double: PineconeDouble, open_at: Open, root: Path) -> None:
    vectors = open_at(root)
    large = [{"places": [f"{i}-{j} " + "x" * 90 for j in range(300)]} for i in range(150)]
    vectors.upsert("offers", [f"large{i}" for i in range(150)], unit(150, 1), large)
    vectors.upsert("candidates", [f"small{i}" for i in range(2500)], unit(2500, 2), [{}] * 2500)
    vectors.publish()
    sizes = [len(asked.body["vectors"]) for asked in double.asked("/vectors/upsert")]
    assert {asked.status for asked in double.log} == {200, 201, 404}, "404: the index that was not there yet"
    assert max(sizes) == 1000
    assert len(sizes) == 3 + 3


def test_batches_are_as_large_as_the_limit_allows() -> None:
    rows = [row_of(f"i{n}", unit(1, n)[0], {}) for n in range(25)]
    assert [len(b) for b in batches(rows, dimension=DIMENSION, most_rows=10, most_bytes=10**9)] == [10, 10, 5]
    assert [len(b) for b in batches(rows, dimension=DIMENSION, most_rows=99, most_bytes=1)] == [1] * 25


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/vectors/upsert", 429, times=2, retry_after=0.01),
        Fault("/vectors/upsert", 503, times=2),
        Fault("/vectors/upsert", None, times=2),
        Fault("/vectors/upsert", None, times=1, handled=True),
        Fault("/indexes", 503, times=1, handled=True),
        Fault("/describe_index_stats", 500, times=1),
    ],
    ids=["429", "503", "cut", "cut after it took effect", "made but not said", "stats"],
)
def test_a_passing_fault_passes(double: PineconeDouble, open_at: Open, root: Path, fault: Fault) -> None:
    double.faults.append(fault)
    matrix = fill(open_at(root))
    assert not double.faults
    assert open_at(root).query("offers", matrix[9], 1)[0].id == "id0009"
    assert held(double) == records(root)


@pytest.mark.parametrize("status", [503, 429, None])
def test_a_fault_that_stays_is_said_and_leaves_the_old_index(
    double: PineconeDouble, open_at: Open, root: Path, status: int | None
) -> None:
    matrix = fill(open_at(root), seed=1)
    double.faults.append(Fault("/vectors/upsert", status, times=10_000, retry_after=0.01))
    with pytest.raises(ServiceUnavailable, match="Pinecone cannot be used now"):
        fill(open_at(root, patience=0.1), seed=2)
    double.faults.clear()
    assert open_at(root).query("offers", matrix[9], 1)[0].score == pytest.approx(1, abs=1e-5)
    fill(open_at(root), seed=2)
    assert open_at(root).query("offers", unit(200, 2)[9], 1)[0].score == pytest.approx(1, abs=1e-5)


def test_a_question_does_not_wait_as_long_as_it_is_told_to(double: PineconeDouble, root: Path) -> None:
    there = PineconeIndex(SecretStr(double.key), "talentflow", host=double.url, dimension=DIMENSION, seconds=0.5)
    vectors = RemoteVectors(root, there, place="pinecone test", model_id="m1")
    matrix = fill(vectors)
    double.faults.append(Fault("/query", 429, retry_after=40.0))
    started = time.monotonic()
    with pytest.raises(ServiceUnavailable, match="did not answer within"):
        vectors.query("offers", matrix[0], 3)
    assert time.monotonic() - started < 10
    assert vectors.query("offers", matrix[0], 1)[0].id == "id0000"


def test_what_cannot_be_deleted_is_deleted_by_the_next_publication(double: PineconeDouble, open_at: Open, root: Path) -> None:
    for seed in (1, 2):
        fill(open_at(root), seed=seed)
    double.faults.append(Fault("/vectors/delete", 503, times=10_000))
    fill(open_at(root, patience=0.1), seed=3)
    assert len(held(double)) == 600
    double.faults.clear()
    fill(open_at(root), seed=3)
    assert len(held(double)) == 400


@pytest.mark.parametrize("says_lsn", [True, False])
def test_publication_waits_until_what_it_sent_is_seen(
    double: PineconeDouble, open_at: Open, root: Path, *, says_lsn: bool
) -> None:
    double.lag, double.says_lsn = 0.4, says_lsn
    matrix = fill(open_at(root))
    assert [n.id for n in open_at(root).query("offers", matrix[9], 1)] == ["id0009"]


def test_what_is_never_seen_is_not_published_and_sent_only_once(double: PineconeDouble, open_at: Open, root: Path) -> None:
    matrix = fill(open_at(root), seed=1)
    old = records(root)
    double.lag = 1e9
    with pytest.raises(ServiceUnavailable, match="does not show them"):
        fill(open_at(root, patience=0.2), seed=2)
    assert open_at(root).query("offers", matrix[9], 1)[0].score == pytest.approx(1, abs=1e-5)
    with pytest.raises(ServiceUnavailable, match="does not show them"):
        fill(open_at(root, patience=0.2), seed=2)
    double.lag = 0
    for index in double.indexes.values():
        for space in index.namespaces.values():
            space.waiting = [(0.0, number, change) for _, number, change in space.waiting]
    double.log.clear()
    fill(open_at(root), seed=2)
    assert len(double.upserted()) == 1
    assert held(double) == records(root) | old
    assert open_at(root).query("offers", unit(200, 2)[9], 1)[0].score == pytest.approx(1, abs=1e-5)


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from pydantic import SecretStr
from talentflow.vectors import records, remote
from talentflow.vectors.pinecone import PineconeIndex
root, url, key, moment = sys.argv[1:]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def at_call(owner, name, number):
    real, calls = getattr(owner, name), []
    def call(*args, **kwargs):
        calls.append(1)
        return die() if len(calls) == number else real(*args, **kwargs)
    setattr(owner, name, call)

remote.UPSERT_ROWS, remote.PARALLEL = 30, 1
at = {
    "nothing sent": (PineconeIndex, "upsert", 1),
    "some sent": (PineconeIndex, "upsert", 3),
    "all sent": (PineconeIndex, "wait_until_seen", 1),
    "swapped": (remote.RemoteVectors, "_clear", 1),
    "deleted": (records.Books, "write", 2),
}.get(moment)
if at:
    at_call(*at)
there = PineconeIndex(SecretStr(key), "talentflow", host=url, dimension=16)
vectors = remote.RemoteVectors(Path(root), there, place="pinecone test", model_id="m1")
matrix = np.random.default_rng(3).normal(size=(200, 16)).astype(np.float32)
vectors.delete("offers", vectors.ids("offers")[:50])
vectors.upsert("offers", [f"id{i:04}" for i in range(100, 200)], matrix[100:], [{}] * 100)
vectors.publish(die if moment == "written" else None)
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["nothing sent", "some sent", "all sent", "written", "swapped", "deleted"])
def test_a_kill_leaves_the_old_index_or_the_new_one_and_the_next_publication_clears_up(
    double: PineconeDouble, open_at: Open, root: Path, start_python: StartPython, moment: str
) -> None:
    for seed in (1, 2):
        matrix = fill(open_at(root), seed=seed)
    old = records(root)
    assert start_python(KILLED, root, double.url, double.key, moment).wait(60) == -9
    reader = open_at(root)
    new = moment in ("swapped", "deleted")
    assert reader.stats() == {"offers": 150 if new else 200}
    changed = np.random.default_rng(3).normal(size=(200, DIMENSION)).astype(np.float32)
    probe = changed[120] if new else matrix[120]
    (found,) = reader.query("offers", probe, 1)
    assert (found.id, found.score) == ("id0120", pytest.approx(1, abs=1e-5))

    double.log.clear()
    writer = open_at(root)
    writer.delete("offers", ids_of(50))
    writer.upsert("offers", ids_of(200)[100:], changed[100:], [{}] * 100)
    writer.publish()
    assert len(double.upserted()) == {"nothing sent": 100, "some sent": 41, "all sent": 1, "written": 1}.get(moment, 0)
    assert writer.stats() == {"offers": 150}
    assert held(double) - records(root) <= old
    writer.upsert("offers", ["id0199"], unit(1, 8), [{}])
    before = records(root)
    writer.publish()
    assert held(double) == before | records(root)
    for i in (60, 120):
        assert writer.query("offers", matrix[i] if i < 100 else changed[i], 1)[0].id == f"id{i:04}"


def test_records_that_somebody_deleted_are_sent_again(double: PineconeDouble, open_at: Open, root: Path) -> None:
    fill(open_at(root))
    (namespace,) = double.held()
    space = double.indexes["talentflow"].namespaces[namespace]
    for record in sorted(space.rows)[:5]:
        del space.rows[record]
    partial = open_at(root)
    partial.delete("offers", ["id0199"])
    with pytest.raises(WriteConflict, match="publish the index again"):
        partial.publish()
    double.log.clear()
    fill(open_at(root))
    assert len(double.upserted()) == 5
    assert held(double) == records(root)


def test_an_index_that_was_deleted_is_made_and_filled_again(double: PineconeDouble, open_at: Open, root: Path) -> None:
    matrix = fill(open_at(root))
    double.indexes.clear()
    with pytest.raises(BadSettings, match="has no index talentflow"):
        open_at(root).query("offers", matrix[1], 1)
    fill(open_at(root))
    assert open_at(root).query("offers", matrix[1], 1)[0].id == "id0001"


def test_records_that_nobody_knows_are_deleted(double: PineconeDouble, open_at: Open, root: Path) -> None:
    fill(open_at(root))
    (namespace,) = double.held()
    rows = double.indexes["talentflow"].namespaces[namespace].rows
    rows["unknown#1"] = (unit(1, 1)[0], {})
    fill(open_at(root))
    assert held(double) == records(root)


def test_a_home_that_starts_afresh_deletes_what_it_had_there(double: PineconeDouble, open_at: Open, root: Path) -> None:
    for seed in (1, 2):
        fill(open_at(root), seed=seed)
    shutil.rmtree(root)
    assert open_at(root).stats() == {}
    matrix = fill(open_at(root), rows=20, seed=3)
    assert held(double) == records(root)
    assert open_at(root).query("offers", matrix[2], 1)[0].id == "id0002"


def test_homes_that_share_an_index_do_not_touch_each_other(double: PineconeDouble, open_at: Open, tmp_path: Path) -> None:
    one, other = open_at(tmp_path / "one"), open_at(tmp_path / "other")
    matrix = fill(one)
    fill(other)
    other.delete("offers", ids_of(200))
    other.publish()
    other.upsert("offers", ["x"], unit(1, 1), [{}])
    other.publish()
    assert one.query("offers", matrix[3], 1)[0].id == "id0003"
    assert len(double.held()) == 2


def test_an_index_is_made_once_and_waited_for(double: PineconeDouble, open_at: Open, root: Path) -> None:
    double.unready = 2
    fill(open_at(root))
    fill(open_at(root), seed=2)
    (made,) = [asked for asked in double.log if asked.method == "POST" and asked.path == "/indexes"]
    assert made.body["schema"]["fields"] == {"_values": {"type": "dense_vector", "dimension": DIMENSION, "metric": "cosine"}}


def test_an_index_for_other_vectors_is_refused(double: PineconeDouble, open_at: Open, root: Path) -> None:
    fill(open_at(root))
    with pytest.raises(BadSettings, match=r"vectors of 16 compared by cosine, and 8 .* TALENTFLOW_PINECONE_INDEX"):
        open_at(root.parent / "other", dimension=8).publish()
    double.indexes["talentflow"].fields = {"text": {"type": "string", "full_text_search": {"language": "en"}}}
    with pytest.raises(BadSettings, match="documents, not bare vectors"):
        open_at(root).publish()


def test_no_key_is_said(tmp_path: Path) -> None:
    for key in (None, SecretStr(""), SecretStr(" \n")):
        with pytest.raises(BadSettings, match=r"TALENTFLOW_PINECONE_API_KEY.*TALENTFLOW_VECTORS=faiss"):
            open_vectors(Settings(home=tmp_path, vectors="pinecone", pinecone_api_key=key), model_id="m", dimension=4)


def test_a_missing_client_is_said_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("talentflow.vectors.pinecone.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"talentflow\[pinecone\]"):
        open_vectors(Settings(home=tmp_path, vectors="pinecone", pinecone_api_key=SecretStr("k")), model_id="m", dimension=4)


def test_a_wrong_key_is_said_and_never_shown(
    double: PineconeDouble, open_at: Open, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vectors = open_at(root, key="pc-secret-key")
    assert "pc-secret-key" not in repr(vectors) + repr(vars(vectors)) + repr(vars(vectors._remote))  # pyright: ignore[reportPrivateUsage]
    double.faults.append(Fault("/indexes", 400, times=1, echo_key=True))
    shown = ""
    for expected in (BadSettings, TerminalError):
        with pytest.raises(expected) as raised:
            fill(vectors)
        shown += "".join(traceback.format_exception(raised.value))
        double.key = "pc-secret-key"
    assert "TALENTFLOW_PINECONE_API_KEY" in shown
    assert "your key is ***" in shown
    assert "pc-secret-key" not in shown + caplog.text


@pytest.mark.parametrize(
    ("key", "index", "host"),
    [("pc-secret\nkey", "talentflow", None), ("k", "No Such_Name", None), ("k", "", None), ("k", "talentflow", "nonsense")],
)
def test_settings_that_cannot_be_used_are_said(
    double: PineconeDouble, root: Path, key: str, index: str, host: str | None
) -> None:
    double.key = "k"
    there = PineconeIndex(SecretStr(key), index, host=host or double.url, dimension=DIMENSION, patience=0.1)
    with pytest.raises((BadSettings, ServiceUnavailable)) as raised:
        fill(RemoteVectors(root, there, place="p", model_id="m"))
    assert "TALENTFLOW_" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_host_that_does_not_answer_is_said(root: Path) -> None:
    there = PineconeIndex(SecretStr("k"), "talentflow", host="http://127.0.0.1:1", dimension=DIMENSION, patience=0.1)
    vectors = RemoteVectors(root, there, place="p", model_id="m")
    with pytest.raises(ServiceUnavailable, match="Pinecone cannot be used now"):
        fill(vectors)


def test_a_home_can_change_to_another_place_and_back(double: PineconeDouble, open_at: Open, root: Path) -> None:
    matrix = fill(open_at(root))
    files = FaissVectors(root, model_id="m1", dimension=DIMENSION)
    assert files.stats() == {}
    assert "publish the index again" in (files.reason or "")
    fill(files, seed=2)
    back = open_at(root)
    assert back.stats() == {}
    assert "publish the index again" in (back.reason or "")
    double.log.clear()
    fill(back)
    assert back.query("offers", matrix[4], 1)[0].id == "id0004"
    assert held(double) == records(root)


def test_a_question_is_answered_while_another_publishes(double: PineconeDouble, open_at: Open, root: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    matrix = fill(open_at(root))
    reader = open_at(root)
    double.pause_before = Event()
    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(fill, open_at(root), 200, 2)
        assert reader.query("offers", matrix[4], 1)[0].id == "id0004"
        assert not publishing.done()
        double.pause_before.set()
        publishing.result(30)
    assert open_at(root).query("offers", unit(200, 2)[4], 1)[0].id == "id0004"
