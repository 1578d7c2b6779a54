"""The embedder's contract, and MiniLM against the same weights in float64."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from talentflow.embedder import Embedder, minilm, open_embedder
from talentflow.embedder.minilm import MiniLMEmbedder
from talentflow.errors import StorageFull
from talentflow.settings import Settings

TEXTS = [
    "Data engineer",
    "Senior data engineer. Python, Spark, SQL, Airflow, Kafka. " * 4,
    "Infirmière diplômée d'État, chirurgie, Brest",
    "护士",
    "a",
    "Head chef. Cooking, HACCP, allergens, menus " * 60,
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(params=["minilm-int8", "minilm-fp32"])
def embedder(request: pytest.FixtureRequest, models: Path) -> Embedder:
    return MiniLMEmbedder(models, threads=2, variant=request.param.removeprefix("minilm-"))


def test_vectors_are_unit_rows_of_the_stated_dimension(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("empty", ["", "   \n\t", "\u200b\x00\x01"])
def test_an_empty_text_is_a_zero_row(embedder: Embedder, empty: str) -> None:
    vectors = embedder.embed(["Nurse", empty])
    assert not vectors[1].any()
    assert vectors[0].any()


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_a_vector_does_not_depend_on_the_texts_beside_it(embedder: Embedder) -> None:
    together = embedder.embed(TEXTS)
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    backwards = embedder.embed(TEXTS[::-1])[::-1]
    assert np.abs(together - alone).max() <= 1e-5
    assert np.abs(together - backwards).max() <= 1e-5


def test_equal_texts_get_equal_vectors(embedder: Embedder) -> None:
    vectors = embedder.embed(["Nurse", "Cook", "Nurse"])
    assert (vectors[0] == vectors[2]).all()


@pytest.mark.parametrize(
    "hostile", ["\ud800 lone surrogate", "x" * 400_000, "word " * 100_000, "\x00" * 10 + "nurse", "🏥" * 5000]
)
def test_any_text_gives_a_finite_vector(embedder: Embedder, hostile: str) -> None:
    assert np.isfinite(embedder.embed([hostile])).all()


def test_meaning_counts(embedder: Embedder) -> None:
    nurse, ward, driver = embedder.embed(["Registered nurse", "Hospital ward nurse", "Lorry driver"])
    assert nurse @ ward > nurse @ driver + 0.2


def test_variants_have_their_own_model_id(models: Path) -> None:
    ids = {MiniLMEmbedder(models, variant=v).model_id for v in ("int8", "fp32")}
    assert len(ids) == 2


def test_fp32_agrees_with_the_weights_in_float64(models: Path) -> None:
    embedder = MiniLMEmbedder(models, variant="fp32")
    reference = _reference(TEXTS[:5])
    assert (embedder.embed(TEXTS[:5]) * reference).sum(axis=1).min() >= 0.9999


def test_int8_stays_near_fp32(models: Path) -> None:
    cosines = (MiniLMEmbedder(models).embed(TEXTS) * MiniLMEmbedder(models, variant="fp32").embed(TEXTS)).sum(axis=1)
    assert cosines.min() >= 0.97


def test_the_settings_open_it(tmp_path: Path) -> None:
    assert open_embedder(Settings(home=tmp_path)).model_id.startswith("all-MiniLM-L6-v2-int8-")


def test_opening_neither_builds_nor_loads(tmp_path: Path) -> None:
    open_embedder(Settings(home=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_model_file_is_built_again(tmp_path: Path) -> None:
    embedder = MiniLMEmbedder(tmp_path)
    (tmp_path / f"{embedder.model_id}.onnx").write_bytes(b"not a model")
    assert embedder.embed(["Nurse"]).any()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(minilm.os, "fsync", full)
    with pytest.raises(StorageFull):
        minilm.write_whole(tmp_path / "model.onnx", b"content")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_processes_may_build_at_the_same_time(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        sums = pool.map(_embed_in, [str(tmp_path)] * 2)
    assert sums[0] == sums[1]
    assert len(list(tmp_path.iterdir())) == 1


def _embed_in(folder: str) -> bytes:
    return MiniLMEmbedder(Path(folder)).embed(["Nurse"]).tobytes()


def _reference(texts: list[str]) -> NDArray[np.float64]:
    """BERT as in Devlin et al. 2019, mean pooling and unit length, with numpy in float64."""
    from safetensors.numpy import load_file
    from scipy.special import erf
    from tokenizers import Tokenizer

    weights_file, tokenizer_file, _ = minilm._packaged()  # pyright: ignore[reportPrivateUsage]
    w: dict[str, Any] = {name: value.astype(np.float64) for name, value in load_file(str(weights_file)).items()}
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)

    def gelu(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return 0.5 * x * (1 + erf(x / 2**0.5))

    def norm(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def dense(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    rows: list[NDArray[np.float64]] = []
    for text in texts:
        ids = tokenizer.encode(text).ids
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
        x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(6):
            at = f"encoder.layer.{layer}"
            q, k, v = (
                dense(x, f"{at}.attention.self.{p}").reshape(len(ids), 12, 32).transpose(1, 0, 2)
                for p in ("query", "key", "value")
            )
            scores = q @ k.transpose(0, 2, 1) / 32**0.5
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            seen = (shares / shares.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), 384)
            x = norm(x + dense(seen, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm")
            x = norm(x + dense(gelu(dense(x, f"{at}.intermediate.dense")), f"{at}.output.dense"), f"{at}.output.LayerNorm")
        mean = x.mean(0)
        rows.append(mean / np.linalg.norm(mean))
    return np.stack(rows)
