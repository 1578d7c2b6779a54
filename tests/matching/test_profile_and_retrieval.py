"""Key texts, BM25 and fusion; and that a CV finds its offer in the other language."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.crosslingual.measure import scored, spread
from benchmarks.crosslingual.pairs import read_pairs
from talentflow import taxonomy
from talentflow.classification import classify
from talentflow.embedder.minilm import MiniLMEmbedder
from talentflow.extraction import extract_candidate, find_identity, redact
from talentflow.matching.profile import candidate_profile, candidate_text, offer_profile, offer_text
from talentflow.matching.rank import rank
from talentflow.matching.retrieve import Lexical, fuse
from talentflow.records import Skill, Work
from talentflow.vectors import Neighbour
from tests.matching.build import candidate, offer, skills


def test_a_key_text_reads_the_same_in_both_languages() -> None:
    found = taxonomy.find_skill("comptabilité")
    assert found is not None
    named = [Skill(skill_id=found.skill_id, name=name) for name in (found.name_fr, found.name_en)]
    french = candidate(headline="Infirmière", language="fr", occupation_code="2221", skills=named[:1])
    english = candidate(headline=None, language="en", occupation_code="2221", skills=named[1:])
    assert candidate_text(french) == candidate_text(english)


def test_a_title_in_english_is_kept_as_written() -> None:
    assert "Wrangler of widgets" in offer_text(offer(title="Wrangler of widgets"))


def test_a_role_counts_where_there_is_no_headline() -> None:
    assert candidate_profile(candidate(headline=None, work=[Work(position="Welder")])).title.startswith("Welder")


def test_an_empty_record_has_an_empty_profile() -> None:
    profile = candidate_profile(candidate(headline=None))
    assert (profile.text, profile.title, profile.terms) == ("", "", ())


@given(st.text(max_size=200), st.text(max_size=50))
@settings(max_examples=200, deadline=None)
def test_any_title_and_skill_give_a_profile(title: str, name: str) -> None:
    profile = offer_profile(offer(title=title, skills=skills(name)))
    assert len(profile.text_hash) == 32
    assert profile == offer_profile(offer(title=title, skills=skills(name)))


def test_a_huge_title_is_read_in_part() -> None:
    assert len(offer_text(offer(title="a b " * 50_000))) < 1000


def test_the_hash_changes_with_the_skills() -> None:
    assert offer_profile(offer(skills=skills("A1"))).text_hash != offer_profile(offer(skills=skills("A2"))).text_hash


def test_bm25_prefers_the_rare_term_and_breaks_ties_by_row() -> None:
    lexical = Lexical.build(["a", "b", "c", "d"], [["x"], ["x", "rare"], ["x"], []])
    assert [n.id for n in lexical.query(["x", "rare"], 4)] == ["b", "a", "c"]
    assert [n.id for n in lexical.query(["x"], 2, np.array([0, 2]))] == ["a", "c"]
    assert lexical.query(["unknown"], 4) == []
    assert lexical.query([], 4) == []


@pytest.mark.parametrize("terms", [[], [[]], [[], []]])
def test_bm25_of_nothing_finds_nothing(terms: list[list[str]]) -> None:
    assert Lexical.build([str(i) for i in range(len(terms))], terms).query(["x"], 3) == []


def test_saved_bm25_answers_alike(tmp_path: Path) -> None:
    ids, terms = ["a", "b"], [["x", "é"], ["y"]]
    built = Lexical.build(ids, terms)
    built.save(tmp_path, "offers")
    assert Lexical.open(tmp_path, "offers", ids).query(["é", "y"], 2) == built.query(["é", "y"], 2)


def test_fusion_rewards_what_both_find() -> None:
    one = [Neighbour("a", 0.9), Neighbour("b", 0.8)]
    other = [Neighbour("b", 9.0), Neighbour("c", 8.0)]
    assert fuse(one, other) == ["b", "a", "c"]
    assert fuse(one, other, k=1) == ["b"]
    assert fuse([Neighbour("z", 1)], [Neighbour("a", 1)]) == ["a", "z"]


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> MiniLMEmbedder:
    return MiniLMEmbedder(tmp_path_factory.mktemp("models"), threads=2)


def test_each_cv_finds_its_offer_in_the_other_language_and_back(embedder: MiniLMEmbedder) -> None:
    pairs = read_pairs()
    assert len(pairs) >= 40
    scores = scored(pairs, embedder)
    for side in (scores, scores.T):
        ranks = (side > np.diag(side)[:, None]).sum(axis=1)
        assert (ranks == 0).mean() >= 0.85
        assert (ranks < 5).mean() >= 0.95
    own, others = spread(scores)
    assert np.median(own) >= 0.75
    assert np.median(others) <= 0.3


HEADS = (
    "Marie-Claire Dubois\nmarie.dubois@example.org\n+33 6 12 34 56 78",
    "Mohamed Benali\nBorn 4 May 1961\nNationality: Moroccan\nSex: male\nm.benali@example.com",
)


def test_who_the_person_is_changes_nothing(embedder: MiniLMEmbedder) -> None:
    for pair in read_pairs():
        told: list[tuple[float, list[tuple[str, float | None, str]]]] = []
        for head in HEADS:
            text = "\n".join([head, *pair.cv.split("\n")[1:]])
            redacted = redact(text, find_identity(text, kind="cv").spans)
            person = extract_candidate(redacted, classify(text, hint="cv"))
            ((match,),) = rank([person], [pair.job_offer], embedder)
            told.append((match.score, [(p.name, p.score, p.note) for p in match.parts]))
        assert told[0] == told[1], pair.name


def test_ranking_many_agrees_with_ranking_few(embedder: MiniLMEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = read_pairs()[:12]
    queries, documents = [p.candidate for p in pairs], [p.job_offer for p in pairs]
    every = rank(queries, documents, embedder, top=3)
    monkeypatch.setattr("talentflow.matching.rank.SCORE_ALL", 0)
    assert rank(queries, documents, embedder, top=3) == every


def test_ranking_nothing(embedder: MiniLMEmbedder) -> None:
    assert rank([], [offer()], embedder) == []
    assert rank([candidate()], [], embedder) == [[]]
    assert rank([candidate()], [offer()], embedder, top=0) == [[]]
