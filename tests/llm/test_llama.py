"""llama.cpp in this process, on a tiny model that the test writes: the real path, grammar included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel

from talentflow.errors import BadSettings, ContextOverflow
from talentflow.llm import Generated, LanguageModel, Message, open_llm
from talentflow.llm.structured import ask
from talentflow.settings import Settings
from tests.tiny_gguf import write_tiny_gguf

pytest.importorskip("llama_cpp", reason="the extra `llama` is not installed")

ASKED = [Message("system", "Be brief."), Message("user", "Who knows Python?")]


class Verdict(BaseModel):
    fits: bool
    seniority: Literal["junior", "senior"]


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture(scope="module")
def model(gguf: Path) -> Iterator[LanguageModel]:
    model = open_llm(Settings(llm="llama", llm_model_path=gguf, llm_context_tokens=512, workers=1))
    assert model is not None
    yield model
    model.close()


def test_the_same_question_has_the_same_answer_whole_or_in_pieces(model: LanguageModel) -> None:
    whole = model.generate(ASKED, max_tokens=24)
    *pieces, last = model.stream(ASKED, max_tokens=24)
    assert isinstance(last, Generated)
    assert "".join(str(p) for p in pieces) == last.text == whole.text
    assert whole.usage.prompt_tokens > 20
    assert (whole.usage.completion_tokens, whole.finished) == (24, False)


def test_a_grammar_holds_even_a_model_that_knows_nothing_to_the_schema(model: LanguageModel) -> None:
    answer = model.generate(ASKED, schema=Verdict.model_json_schema(), max_tokens=200)
    assert set(json.loads(answer.text, strict=False)) == {"fits", "seniority"}
    verdict, usage = ask(model, ASKED, Verdict, max_tokens=200)
    assert verdict.seniority in ("junior", "senior")
    assert usage.completion_tokens > 0


def test_two_who_ask_at_once_wait_for_each_other(model: LanguageModel) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: model.generate(ASKED, max_tokens=8).text, range(2))
    assert first == second


def test_a_stream_that_is_left_lets_the_next_one_ask(model: LanguageModel) -> None:
    stream = model.stream(ASKED, max_tokens=200)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert model.generate(ASKED, max_tokens=4).usage.completion_tokens == 4


def test_more_than_it_reads_is_refused_with_what_to_do(model: LanguageModel) -> None:
    with pytest.raises(ContextOverflow, match="512 at once"):
        model.generate([Message("user", "word " * 200)], max_tokens=100)


def test_another_file_is_another_model(gguf: Path, model: LanguageModel, tmp_path: Path) -> None:
    other = open_llm(Settings(llm="llama", llm_model_path=write_tiny_gguf(tmp_path / "tiny.gguf", seed=1)))
    assert other is not None
    assert other.model_id != model.model_id


@pytest.mark.parametrize("damage", ["missing", "no gguf", "cut"])
def test_a_file_that_is_no_whole_model_is_said(damage: str, gguf: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    if damage == "no gguf":
        path.write_bytes(b"<html>not found</html>")
    if damage == "cut":
        path.write_bytes(gguf.read_bytes()[:9_000])
    with pytest.raises(BadSettings, match="TALENTFLOW_LLM_MODEL_PATH"):
        _open_and_ask(path)


def test_no_file_named_is_said() -> None:
    with pytest.raises(BadSettings, match="TALENTFLOW_LLM_MODEL_PATH"):
        open_llm(Settings(llm="llama"))


def _open_and_ask(path: Path) -> None:
    model = open_llm(Settings(llm="llama", llm_model_path=path))
    assert model is not None
    model.generate(ASKED)
