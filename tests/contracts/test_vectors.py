"""The vectors' contract, on every adapter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import SecretStr

from talentflow.errors import Busy
from talentflow.settings import Settings
from talentflow.vectors import Vectors, generations, open_vectors
from talentflow.vectors.faiss import FaissVectors
from talentflow.vectors.pinecone import PineconeIndex
from talentflow.vectors.records import Books
from tests.doubles.pinecone import PineconeDouble

DIMENSION = 16


def unit(rows: int, seed: int) -> NDArray[np.float32]:
    matrix = np.random.default_rng(seed).normal(size=(rows, DIMENSION)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


Open = Callable[..., Vectors]
"""(root, model_id) → the adapter's vectors on this root."""


@pytest.fixture(params=["faiss", "pinecone", pytest.param("pinecone-live", marks=pytest.mark.live)])
def adapter(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def open_at(adapter: str, request: pytest.FixtureRequest) -> Open:
    return request.getfixturevalue(f"open_{adapter.replace('-', '_')}")


@pytest.fixture
def open_faiss() -> Open:
    return lambda root, model_id="m1": FaissVectors(root / "index", model_id=model_id, dimension=DIMENSION)


@pytest.fixture
def open_pinecone() -> Iterator[Open]:
    with PineconeDouble().running() as double:
        key = SecretStr(double.key)

        def open_(root: Path, model_id: str = "m1") -> Vectors:
            settings_ = Settings(home=root, vectors="pinecone", pinecone_host=double.url, pinecone_api_key=key)
            return open_vectors(settings_, model_id=model_id, dimension=DIMENSION)

        yield open_


@pytest.fixture
def open_pinecone_live() -> Iterator[Open]:
    """A real index: of the account of TALENTFLOW_PINECONE_API_KEY, in namespaces that are emptied at the end."""
    if not os.environ.get("TALENTFLOW_PINECONE_API_KEY"):
        pytest.skip("needs a key of Pinecone in TALENTFLOW_PINECONE_API_KEY")
    roots: set[Path] = set()

    def settings_of(root: Path) -> Settings:
        return Settings(home=root, vectors="pinecone", pinecone_index=f"talentflow-contract-{DIMENSION}")

    def open_(root: Path, model_id: str = "m1") -> Vectors:
        roots.add(root)
        return open_vectors(settings_of(root), model_id=model_id, dimension=DIMENSION)

    yield open_
    for root in roots:
        key = settings_of(root).pinecone_api_key
        assert key is not None
        remote = PineconeIndex(key, settings_of(root).pinecone_index, host=None, dimension=DIMENSION)
        owners = [books.owner for path in root.glob("index-*.json") if (books := Books.read(path))]
        for namespace in [name for name in remote.counts() if any(owner in name for owner in owners)]:
            remote.delete(namespace, sorted(remote.ids(namespace)))


@pytest.fixture
def vectors(open_at: Open, tmp_path: Path) -> Vectors:
    return open_at(tmp_path)


def fill(vectors: Vectors, rows: int = 200, seed: int = 1) -> tuple[list[str], NDArray[np.float32]]:
    ids = [f"id{i:04}" for i in range(rows)]
    matrix = unit(rows, seed)
    metadata = [{"languages": ["fr"] if i % 3 else ["en", "fr"], "contracts": f"c{i % 5}"} for i in range(rows)]
    vectors.upsert("offers", ids, matrix, metadata)
    vectors.publish()
    return ids, matrix


@pytest.mark.parametrize("kind", ["faiss", "pinecone"])
def test_the_settings_open_them_and_ask_nobody_yet(kind: Literal["faiss", "pinecone"], tmp_path: Path) -> None:
    settings_ = Settings(home=tmp_path, vectors=kind, pinecone_api_key=SecretStr("k"), pinecone_host="http://127.0.0.1:1")
    assert open_vectors(settings_, model_id="m", dimension=4).stats() == {}


def test_the_nearest_are_those_of_brute_force(vectors: Vectors) -> None:
    ids, matrix = fill(vectors)
    for query in unit(20, seed=2):
        exact = matrix @ query
        best = np.argsort(-exact, kind="stable")[:10]
        found = vectors.query("offers", query, 10)
        assert [n.id for n in found] == [ids[i] for i in best]
        assert np.allclose([n.score for n in found], exact[best], atol=1e-5)


def test_the_nearest_among_those_that_pass_a_filter_are_those_of_brute_force(vectors: Vectors) -> None:
    ids, matrix = fill(vectors)
    passing = [i for i in range(len(ids)) if i % 3 == 0 and i % 5 in (1, 2)]
    for query in unit(10, seed=3):
        best = sorted(passing, key=lambda i: (-float(matrix[i] @ query), i))[:7]
        found = vectors.query("offers", query, 7, {"languages": ["en"], "contracts": ["c1", "c2"]})
        assert [n.id for n in found] == [ids[i] for i in best]


def test_k_is_filled_under_a_filter(vectors: Vectors) -> None:
    fill(vectors)
    assert len(vectors.query("offers", unit(1, 4)[0], 40, {"contracts": ["c0"]})) == 40


def test_a_filter_that_none_passes_gives_none(vectors: Vectors) -> None:
    fill(vectors)
    query = unit(1, 4)[0]
    assert vectors.query("offers", query, 5, {"contracts": ["none"]}) == []
    assert vectors.query("offers", query, 5, {"unknown field": ["c1"]}) == []


@given(copies=st.integers(2, 30), k=st.integers(1, 30))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ties_go_by_id(open_at: Open, tmp_path: Path, copies: int, k: int) -> None:
    vectors = open_at(tmp_path / uuid4().hex)
    ids = [f"{i:02}" for i in range(copies)]
    vectors.upsert("offers", ids[::-1], np.repeat(unit(1, 5), copies, axis=0), [{}] * copies)
    vectors.publish()
    assert [n.id for n in vectors.query("offers", unit(1, 5)[0], k)] == ids[:k]


def test_of_many_that_tie_the_first_by_id_are_found(vectors: Vectors) -> None:
    copies = 300
    ids = [f"{i:03}" for i in range(copies)]
    matrix = np.concatenate([np.repeat(unit(1, 5), copies, axis=0), unit(50, 6)])
    vectors.upsert("offers", ids[::-1] + [f"other{i}" for i in range(50)], matrix, [{}] * (copies + 50))
    vectors.publish()
    assert [n.id for n in vectors.query("offers", unit(1, 5)[0], 10)] == ids[:10]


def test_nothing_is_seen_before_it_is_published(vectors: Vectors) -> None:
    vectors.upsert("offers", ["a"], unit(1, 1), [{}])
    assert vectors.query("offers", unit(1, 1)[0], 1) == []
    vectors.publish()
    assert [n.id for n in vectors.query("offers", unit(1, 1)[0], 1)] == ["a"]


def test_an_upsert_replaces_and_a_delete_removes(vectors: Vectors) -> None:
    first, second = unit(2, 6)
    vectors.upsert("offers", ["a", "b"], np.stack([first, second]), [{}, {}])
    vectors.publish()
    vectors.upsert("offers", ["a"], second[None], [{"contracts": "c"}])
    assert vectors.delete("offers", ["b", "b", "unknown"]) == 1
    vectors.publish()
    assert vectors.stats() == {"offers": 1}
    (found,) = vectors.query("offers", second, 5)
    assert found.id == "a"
    assert found.score == pytest.approx(1.0, abs=1e-5)


def test_namespaces_are_apart(vectors: Vectors) -> None:
    vectors.upsert("offers", ["a"], unit(1, 1), [{}])
    vectors.upsert("candidates", ["b", "c"], unit(2, 2), [{}, {}])
    vectors.publish()
    assert vectors.stats() == {"candidates": 2, "offers": 1}
    assert [n.id for n in vectors.query("offers", unit(1, 1)[0], 9)] == ["a"]
    assert vectors.query("unknown", unit(1, 1)[0], 9) == []


def test_a_zero_query_is_answered(vectors: Vectors) -> None:
    fill(vectors)
    assert [n.id for n in vectors.query("offers", np.zeros(DIMENSION, np.float32), 2)] == ["id0000", "id0001"]


@pytest.mark.parametrize("bad", [np.zeros((1, 3), np.float32), np.full((1, DIMENSION), np.nan, np.float32)])
def test_vectors_that_cannot_be_compared_are_refused(vectors: Vectors, bad: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="vector"):
        vectors.upsert("offers", ["a"], bad, [{}])


def test_another_process_reads_what_was_published(open_at: Open, tmp_path: Path) -> None:
    ids, matrix = fill(open_at(tmp_path))
    assert open_at(tmp_path).query("offers", matrix[7], 1)[0].id == ids[7]


def test_vectors_of_another_model_are_not_loaded_and_the_reason_is_given(open_at: Open, tmp_path: Path) -> None:
    fill(open_at(tmp_path))
    other = open_at(tmp_path, "m2")
    assert other.stats() == {}
    assert "m1" in (other.reason or "")
    other.upsert("offers", ["new"], unit(1, 1), [{}])
    other.publish()
    assert open_at(tmp_path, "m2").stats() == {"offers": 1}


def test_a_reader_keeps_the_generation_it_opened(open_at: Open, tmp_path: Path) -> None:
    writer = open_at(tmp_path)
    ids, matrix = fill(writer)
    reader = open_at(tmp_path)
    writer.delete("offers", ids)
    writer.publish()
    assert reader.query("offers", matrix[3], 1)[0].id == ids[3]
    assert open_at(tmp_path).stats() == {"offers": 0}
    assert len([p for p in (tmp_path / "index").iterdir() if p.is_dir()]) == 1


def test_a_crash_while_publishing_leaves_the_old_generation(open_at: Open, tmp_path: Path) -> None:
    writer = open_at(tmp_path)
    ids, _ = fill(writer)

    def crash(_: Path) -> None:
        raise KeyboardInterrupt

    writer.delete("offers", ids)
    with pytest.raises(KeyboardInterrupt):
        writer.publish(crash)
    assert open_at(tmp_path).stats() == {"offers": 200}
    writer.publish()
    assert open_at(tmp_path).stats() == {"offers": 0}


def test_what_a_killed_publisher_left_behind_is_cleared(open_at: Open, tmp_path: Path) -> None:
    root = tmp_path / "index"
    fill(open_at(tmp_path))
    (root / ".building-dead").mkdir()
    (root / "0123456789abcdef").mkdir()
    writer = open_at(tmp_path)
    writer.upsert("offers", ["x"], unit(1, 9), [{}])
    writer.publish()
    assert {p.name for p in root.iterdir() if p.is_dir()} == {(root / "CURRENT").read_text()}


@pytest.mark.gap("pinecone", reason="a generation names the namespaces of its home")
@pytest.mark.gap("pinecone-live", reason="a generation names the namespaces of its home")
def test_the_same_content_is_the_same_generation(open_at: Open, tmp_path: Path) -> None:
    fill(open_at(tmp_path / "a"))
    fill(open_at(tmp_path / "b"))
    one, other = (generations.current(tmp_path / name / "index") for name in "ab")
    assert one is not None
    assert other is not None
    assert one.name == other.name


def test_publishing_the_same_again_changes_nothing(open_at: Open, tmp_path: Path) -> None:
    writer = open_at(tmp_path)
    fill(writer)
    before = generations.current(tmp_path / "index")
    fill(writer)
    assert generations.current(tmp_path / "index") == before
    assert writer.stats() == {"offers": 200}


def test_files_beside_are_published_in_the_same_step(open_at: Open, tmp_path: Path) -> None:
    def beside(folder: Path) -> None:
        (folder / "beside.txt").write_text("here")

    writer = open_at(tmp_path)
    writer.publish(beside)
    folder = generations.current(tmp_path / "index")
    assert folder is not None
    assert (folder / "beside.txt").read_text() == "here"


def test_only_one_publishes_at_a_time(open_at: Open, tmp_path: Path) -> None:
    from filelock import FileLock

    writer = open_at(tmp_path)
    (tmp_path / "index").mkdir()
    with FileLock(tmp_path / "index" / ".lock"), pytest.raises(Busy):
        writer.publish()


def test_beyond_the_exact_size_most_of_the_nearest_are_found(tmp_path: Path) -> None:
    vectors = FaissVectors(tmp_path / "index", model_id="m", dimension=DIMENSION, exact_rows=500)
    ids, matrix = fill(vectors, rows=3000)
    hits = 0
    for query in unit(20, seed=8):
        best = {ids[i] for i in np.argsort(-(matrix @ query))[:10]}
        hits += len(best & {n.id for n in vectors.query("offers", query, 10)})
    assert hits >= 160
    passing = vectors.query("offers", unit(1, 9)[0], 50, {"contracts": ["c3"]})
    assert len(passing) == 50
    assert all(int(n.id[2:]) % 5 == 3 for n in passing)


def test_a_generation_that_goes_while_it_is_read_is_followed_by_the_next(tmp_path: Path) -> None:
    def publish(text: str) -> None:
        generations.publish(tmp_path, lambda folder: (folder / "a.txt").write_text(text) and None)

    def opened(folder: Path | None) -> str:
        seen.append(folder)
        if len(seen) == 1:
            publish("new")  # and the old one is deleted
        assert folder is not None
        return (folder / "a.txt").read_text()

    seen: list[Path | None] = []
    publish("old")
    assert generations.read(tmp_path, opened) == "new"
    assert len(seen) == 2


def test_a_published_generation_that_lacks_its_files_is_an_error(tmp_path: Path) -> None:
    generations.publish(tmp_path, lambda folder: (folder / "a.txt").write_text("a") and None)
    folder = generations.current(tmp_path)
    assert folder is not None
    (folder / "a.txt").unlink()
    with pytest.raises(FileNotFoundError):
        generations.read(tmp_path, lambda at: (at or tmp_path).joinpath("a.txt").read_text())
