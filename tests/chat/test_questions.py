"""A question set with known answers and known absences, and what a question is understood to ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from talentflow.chat import Answer, Conversation, Statement, Turn
from talentflow.chat.ask import Tools, answer
from talentflow.chat.facts import Chosen
from talentflow.errors import BadInput
from talentflow.taxonomy.folding import fold
from tests.chat.people import people

QUESTIONS: dict[str, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text("utf-8"))
ALL = [(kind, question) for kind, asked in QUESTIONS.items() for question in asked]


def ask(question: str, *before: str, chosen: tuple[Chosen, ...] | None = None) -> Answer:
    chosen = people() if chosen is None else chosen
    conversation = Conversation(tuple(c.record.candidate_id for c in chosen))
    for asked in (*before, question):
        *_, whole = answer(conversation, asked, chosen, Tools())
        assert isinstance(whole, Answer)
        conversation = Conversation(conversation.candidate_ids, (*conversation.turns, Turn(asked, whole)))
    return conversation.turns[-1].answer


@pytest.mark.parametrize(("kind", "asked"), ALL, ids=[f"{n} {a['q'][:50]}" for n, (_, a) in enumerate(ALL)])
def test_a_question_has_its_answer_or_its_refusal(kind: str, asked: dict[str, Any]) -> None:
    found = ask(asked["q"], *([asked["after"]] if "after" in asked else []))
    if kind == "unanswerable" and not asked.get("partly"):
        assert found.refused, found.answer
        assert not found.citations
        return
    assert not found.refused, found.answer
    numbers = {c.record.candidate_id: n for n, c in enumerate(people(), 1)}
    if "of" in asked:
        assert {numbers[c.candidate_id] for c in found.citations} == set(asked["of"]), found.answer
    for words in asked.get("says", []):
        assert fold(words) in fold(found.answer)


def test_the_set_is_large_in_both_languages_and_a_third_has_no_answer() -> None:
    assert len(ALL) >= 120
    assert len(QUESTIONS["unanswerable"]) >= len(ALL) / 3
    languages = [ask(asked["q"]).language for _, asked in ALL]
    assert min(languages.count("en"), languages.count("fr")) >= 40


def test_every_citation_is_the_text_at_its_place_and_nothing_personal() -> None:
    texts = {c.record.candidate_id: c.text for c in people()}
    for _, asked in ALL:
        for found in ask(asked["q"]).citations:
            assert found.text == texts[found.candidate_id][found.start : found.end]
            assert found.text.strip()
            assert "@" not in found.text.replace("███", "")


def test_nothing_is_said_without_a_citation_but_that_it_is_not_there() -> None:
    for kind, asked in ALL:
        found = ask(asked["q"])
        if kind != "unanswerable" and not found.refused:
            uncited = [s.text for s in found.statements if not s.citations]
            assert not uncited, (asked["q"], uncited)


def test_answers_speak_the_language_of_the_question() -> None:
    assert "langue maternelle" in ask("Quelles langues parle le candidat 1 ?").answer
    assert "native" in ask("What languages does candidate 2 speak?").answer


def test_names_of_people_are_read_nowhere() -> None:
    said = " ".join(ask(f"Summarize candidate {n}").answer for n in range(1, 7)).lower()
    for name in ("ilves", "ferrand", "raman", "weber", "duarte", "benali", "@", "5550"):
        assert name not in said


def test_an_empty_and_an_endless_question_are_refused_with_what_to_do() -> None:
    with pytest.raises(BadInput, match="Ask something"):
        ask("  ")
    with pytest.raises(BadInput, match="fewer words"):
        ask("who knows Python " * 200)


def test_five_hundred_candidates_are_counted_and_few_are_listed() -> None:
    some = people()
    many = tuple(
        Chosen(f"Candidate {n}", some[n % 6].record.model_copy(update={"candidate_id": f"{n:032x}"}), some[n % 6].text)
        for n in range(500)
    )
    found = ask("Who speaks German?", chosen=many)
    assert "168 of 500" in found.answer or "167 of 500" in found.answer
    assert len(found.statements) <= 21
    assert found.notice is not None


@settings(max_examples=150, deadline=None)
@given(question=st.text(min_size=1, max_size=120))
def test_whatever_is_asked_gets_an_answer_that_holds(question: str) -> None:
    try:
        found = ask(question)
    except BadInput:
        return
    assert found.refused or found.citations or found.statements
    assert all(isinstance(s, Statement) and s.struck is None for s in found.statements)
