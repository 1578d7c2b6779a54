"""Passages cover the text and keep their place in it; those that bear on a question come first."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from talentflow.cache.none import NoCache
from talentflow.capabilities import Capabilities
from talentflow.chat.passages import EMBEDDED, MOST, bearing_on, passages

TEXTS = {
    "c1": "Data engineer\n\nNordlys Energi, Lyon, 2019 – 2024\nBuilt pipelines with Python and Airflow.\n\nHobbies: sailing",
    "c2": "Infirmière\n\nCHU de Nantes, depuis 2015\nSoins intensifs, gestion de la douleur.\n\nApprentissage automatique: notions",
}


class Words:
    """An embedder of words: texts that share words are near. It counts what it is asked."""

    capabilities = Capabilities()
    model_id, dimension = "words", 64

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        self.asked += texts
        matrix = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                matrix[row, sum(map(ord, word)) % self.dimension] += 1
        return matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)


class Kept(NoCache):
    """A cache that forgets nothing."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    def set(self, key: str, value: bytes, *, ttl: timedelta) -> None:  # noqa: ARG002
        self.values[key] = value


@given(st.text(alphabet=st.sampled_from("ab .\n\t!é漢"), max_size=3000))
def test_every_character_is_in_one_passage_at_its_place(text: str) -> None:
    cut = passages("c", text)
    assert all(p.text == text[p.start : p.end] and p.text.strip() == p.text != "" and len(p.text) <= 2 * MOST for p in cut)
    assert all(a.end <= b.start for a, b in pairwise(cut))
    covered = "".join(p.text for p in cut)
    assert covered.translate(_NO_SPACE) == text.translate(_NO_SPACE)


_NO_SPACE = {ord(c): None for c in " \n\t"}


def test_the_passage_that_says_it_comes_first() -> None:
    found = bearing_on("Who built pipelines with Airflow?", TEXTS, Words())
    assert "Airflow" in found[0].text
    assert found[0].candidate_id == "c1"
    assert bearing_on("soins intensifs à Nantes", TEXTS, None)[0].candidate_id == "c2"


def test_a_skill_is_found_in_the_other_language() -> None:
    assert "automatique" in bearing_on("Who knows machine learning?", TEXTS, None)[0].text


def test_a_vector_is_made_once_and_only_for_the_passages_that_a_question_needs() -> None:
    embedder, cache = Words(), Kept()
    texts = {
        f"c{n}": f"Engineer number {n}.\n\n" + "\n\n".join(f"Task {n} {k} " + "x " * 170 for k in range(4)) for n in range(60)
    }
    bearing_on("engineer", texts, embedder, cache)
    first = len(embedder.asked)
    assert 1 < first <= EMBEDDED + 1
    bearing_on("engineer", texts, embedder, cache)
    assert embedder.asked[first:] == ["engineer"]


def test_nothing_chosen_and_nothing_said_find_nothing() -> None:
    assert bearing_on("Python", {}, Words()) == []
    assert bearing_on("Python", {"c": " \n "}, Words()) == []
