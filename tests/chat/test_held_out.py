"""Questions as recruiters type them, and the measure that makes its own from the truth of simulated CVs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from talentflow.evaluation.chat import score
from talentflow.evaluation.chat_questions import Question, of_truth
from talentflow.taxonomy.folding import fold
from tests.chat.people import people
from tests.chat.test_questions import ask

QUESTIONS: dict[str, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("held_out.yaml").read_text("utf-8"))
ALL = [asked for those in QUESTIONS.values() for asked in those]


@pytest.mark.parametrize("asked", ALL, ids=[a["q"][:60] for a in ALL])
def test_a_question_as_it_is_typed_has_its_answer_or_its_refusal(asked: dict[str, Any]) -> None:
    found = ask(asked["q"], *([asked["after"]] if "after" in asked else []))
    assert found.refused == (asked.get("refused", False) or asked.get("missed", False)), found.answer
    if found.refused:
        return
    head = found.statements[0]
    if "lack" in asked:
        assert {int(n) for n in re.findall(r"[Cc]andidate? (\d+)", head.text)} == set(asked["lack"])
    else:
        numbers = {c.record.candidate_id: n for n, c in enumerate(people(), 1)}
        cited = head.citations if asked.get("first") else found.citations
        assert {numbers[c.candidate_id] for c in cited} == set(asked["of"]), found.answer
    for words in asked.get("says", []):
        assert fold(words) in fold(found.answer)


def test_a_mistyped_name_is_read_as_what_a_cv_has_and_it_is_said() -> None:
    assert ask("Who knows Pyhton?").notice == "Read as Python."


def test_a_job_that_was_elsewhere_at_that_time_is_no_answer() -> None:
    assert ask("Did candidate 4 work at Havel Bau in 2005?").refused
    assert ask("Did candidate 4 work at Havel Bau in 2012?").answer.startswith("Yes. Candidate 4: Project Manager")


def test_the_measure_tells_right_wrong_and_unsupported_apart() -> None:
    first, second = people()[:2]
    asked = [
        Question("who skill", "en", "Who knows Python?", frozenset({1}), frozenset({1})),
        Question("who skill", "en", "Who knows Docker?", frozenset({2}), frozenset({2})),
        Question("absent skill", "en", "Who knows COBOL?", refused=True),
        Question("absent skill", "en", "Who knows SQL?", refused=True),
    ]
    measured = score([first, second], asked)
    assert [o.outcome for o in measured.outcomes] == ["right", "wrong", "right", "wrong"]
    assert [(k.kind, k.right, k.wrong) for k in measured.kinds] == [("who skill", 1, 1), ("absent skill", 1, 1)]
    assert all("do not say it" in line for line in measured.unsupported)
    assert {line.split(" | ")[0] for line in measured.unsupported} == {"Who knows Docker?"}
    assert set(measured.seconds) >= {"cold", "whole p50", "first statement p95"}


def test_an_error_of_the_record_is_not_put_down_to_the_chat() -> None:
    (chosen,) = people()[:1]
    of_text = Question(
        "languages of", "en", "Which languages does candidate 1 speak?", frozenset({1}), frozenset({1}), (("Danish",),)
    )
    by_record = Question("languages of", "en", of_text.text, frozenset({1}), frozenset({1}), (("German",),))
    blamed = [score([chosen], [Question(**{**vars(of_text), "by_record": r})]).outcomes[0].blame for r in (by_record, of_text)]
    assert blamed == ["extraction", "chat"]


def test_the_truth_of_a_simulated_cv_is_what_questions_are_asked_from() -> None:
    truth: dict[str, Any] = json.loads(
        '{"languages": [{"language": "fr", "fluency": "B2"}], "skills": [{"name": "python"}], "education": [{"level": "master"}],'
        ' "location": {"locality": "Nîmes"}, "work": []}'
    )
    view = of_truth(truth, "")
    assert (view.languages, view.skills, view.place, view.levels) == ({"fr": "B2"}, {"python"}, "nimes", {"master"})
