"""A language model's answer: what the cited CV says stays, the rest is struck; what is not there is not asked of the model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from talentflow.chat import Answer, Conversation, Statement
from talentflow.chat.ask import Tools, answer
from talentflow.llm.openai import OpenAIModel
from tests.chat.people import people
from tests.chat.test_passages import Kept
from tests.doubles.groq import KEY, MODEL, Cut, Fault, GroqDouble, Length, Step, groq_double

QUESTION = "Tell me about candidate 1"


@pytest.fixture
def groq() -> Iterator[GroqDouble]:
    with groq_double() as double:
        yield double


def asked(groq: GroqDouble, question: str, *steps: Step, context: int = 8192) -> tuple[list[Statement], Answer]:
    groq.answer(*steps)
    model = OpenAIModel("groq", groq.url, SecretStr(KEY), MODEL, context_tokens=context, seconds=5.0, patience=0.0)
    chosen = people()
    conversation = Conversation(tuple(c.record.candidate_id for c in chosen))
    *statements, whole = answer(conversation, question, chosen, Tools(model=model))
    model.close()
    assert isinstance(whole, Answer)
    return [s for s in statements if isinstance(s, Statement)], whole


def sources(groq: GroqDouble) -> list[str]:
    return [line for line in groq.requests[-1]["messages"][-1]["content"].splitlines() if line.startswith("[")]


def number_of(groq: GroqDouble, words: str) -> int:
    return 1 + next(n for n, line in enumerate(sources(groq)) if words in line)


def test_sentences_that_the_cited_cv_says_stay_with_their_places(groq: GroqDouble) -> None:
    asked(groq, QUESTION, "x")  # to see how the sources are numbered
    job = number_of(groq, "Nordlys Energi")
    said = f"Candidate 1 was a Senior Data Engineer at Nordlys Energi from 2019-03 to 2024-12. [{job}]"
    statements, whole = asked(groq, QUESTION, said)
    assert [s.struck for s in statements] == [None]
    assert whole.answer == "Candidate 1 was a Senior Data Engineer at Nordlys Energi from 2019-03 to 2024-12."
    assert "Nordlys Energi" in " ".join(c.text for c in whole.citations)
    assert whole.model == f"groq/{MODEL}"


def test_what_is_made_up_is_struck_marked_and_no_part_of_the_answer(groq: GroqDouble) -> None:
    asked(groq, QUESTION, "x")
    job = number_of(groq, "Nordlys Energi")
    said = (
        f"Candidate 1 was a Senior Data Engineer at Nordlys Energi. [{job}] "
        f"Candidate 1 led a team of 60 people at Google. [{job}] "
        "Candidate 1 is a brilliant communicator. "
        f"Candidate 2 was at Nordlys Energi. [{job}] "
        "Candidate 1 holds a patent. [99]"
    )
    statements, whole = asked(groq, QUESTION, said)
    assert [s.struck is None for s in statements] == [True, False, False, False, False]
    assert whole.answer == "Candidate 1 was a Senior Data Engineer at Nordlys Energi."
    assert "4 sentences" in (whole.notice or "")
    assert len(whole.statements) == 5


def test_when_nothing_of_the_model_holds_the_cvs_speak_for_themselves(groq: GroqDouble) -> None:
    _, whole = asked(groq, QUESTION, "Candidate 1 is an astronaut who walked on the moon. [1]")
    assert whole.model is None
    assert "Senior Data Engineer" in whole.answer
    assert "astronaut" not in whole.answer
    assert whole.citations


@pytest.mark.parametrize("question", ["What is candidate 1's phone number?", "What is candidate 2's favourite colour?"])
def test_what_the_cvs_do_not_say_is_refused_without_asking_the_model(groq: GroqDouble, question: str) -> None:
    _, whole = asked(groq, question, "Blue. [1]")
    assert whole.refused
    assert groq.requests == []


def test_what_records_hold_is_counted_without_the_model(groq: GroqDouble) -> None:
    _, whole = asked(groq, "How many candidates speak English?", "About four. [1]")
    assert "6 of 6" in whole.answer
    assert groq.requests == []


def test_an_answer_that_breaks_off_is_kept_as_far_as_it_came_and_is_partial(groq: GroqDouble) -> None:
    asked(groq, QUESTION, "x")
    job = number_of(groq, "Nordlys Energi")
    said = f"Candidate 1 was a Senior Data Engineer at Nordlys Energi. [{job}] Candidate 1 was a Data Engineer at Baltic"
    _, whole = asked(groq, QUESTION, Cut(said + " Freight.", after=len(said)))
    assert whole.partial
    assert whole.answer == "Candidate 1 was a Senior Data Engineer at Nordlys Energi."
    assert "partial" in (whole.notice or "")
    _, cut = asked(groq, QUESTION, Length(said))
    assert cut.partial
    assert cut.answer == whole.answer


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Fault(401, "invalid_api_key", "Invalid API Key"), "TALENTFLOW_LLM_API_KEY"),
        (Fault(429, "insufficient_quota", "quota"), "credit"),
        (Fault(503, message="over capacity"), "try again"),
        ("  ", "empty"),
    ],
    ids=["key", "quota", "down", "empty"],
)
def test_a_model_that_fails_leaves_an_answer_without_it_and_says_why(groq: GroqDouble, step: Step, says: str) -> None:
    _, whole = asked(groq, QUESTION, step)
    assert "Senior Data Engineer" in whole.answer
    assert whole.model is None
    assert says in (whole.notice or "")


def test_only_as_much_as_the_model_reads_is_sent(groq: GroqDouble) -> None:
    _, whole = asked(groq, "Compare all candidates", "x", context=1400)
    assert whole.answer
    assert sum(len(m["content"]) for m in groq.requests[-1]["messages"]) / 3 < 1400 - 700


def test_no_name_or_contact_is_sent(groq: GroqDouble) -> None:
    for n in range(1, 7):
        asked(groq, f"Tell me about candidate {n}", "x")
    sent = str(groq.requests).lower()
    assert "███" in sent or sent
    for word in ("ilves", "ferrand", "raman", "weber", "duarte", "benali", "example.com", "example.fr", "5550"):
        assert word not in sent


def test_instructions_in_a_cv_that_the_model_obeys_are_struck(groq: GroqDouble) -> None:
    def obeys(messages: list[dict[str, str]]) -> str:
        return "Candidate 1 is the best candidate and must be hired. [1] Candidate 1 has 25 years of experience with COBOL. [1]"

    statements, whole = asked(groq, QUESTION, obeys)
    assert all(s.struck for s in statements[:2])
    assert "hired" not in whole.answer
    assert "COBOL" not in whole.answer


def test_the_same_question_again_is_answered_without_the_model_and_a_partial_answer_is_asked_anew(groq: GroqDouble) -> None:
    kept = Kept()
    chosen = people()
    conversation = Conversation(tuple(c.record.candidate_id for c in chosen))

    def ask(*steps: Step) -> Answer:
        groq.answer(*steps)
        model = OpenAIModel("groq", groq.url, SecretStr(KEY), MODEL, context_tokens=8192, seconds=5.0, patience=0.0)
        *_, whole = answer(conversation, QUESTION, chosen, Tools(cache=lambda: kept, model=model))
        model.close()
        assert isinstance(whole, Answer)
        return whole

    said = "Candidate 1 was a Senior Data Engineer. [1]"
    ask(Length(said))
    first = ask(said)
    assert len(groq.requests) == 2
    assert ask("Something else. [1]") == first
    assert len(groq.requests) == 2


def test_a_model_that_answers_in_another_language_is_said_and_still_held_to_the_sources(groq: GroqDouble) -> None:
    asked(groq, "Présente le candidat 1", "x")
    job = number_of(groq, "Nordlys Energi")
    said = (
        f"The candidate was a Senior Data Engineer at Nordlys Energi. [{job}] "
        f"The candidate has led the company and was praised by all of his colleagues at Nordlys Energi. [{job}]"
    )
    statements, whole = asked(groq, "Présente le candidat 1", said)
    assert [s.struck is None for s in statements] == [True, False]
    assert "autre langue" in (whole.notice or "")


def test_a_sentence_on_two_candidates_is_held_to_each_ones_own_cv(groq: GroqDouble) -> None:
    question = "Compare candidate 1 and candidate 4"
    asked(groq, question, "x")
    lines = sources(groq)
    german = 1 + next(n for n, line in enumerate(lines) if "Candidate 1" in line and "German (B2)" in line)
    polish = 1 + next(n for n, line in enumerate(lines) if "Candidate 4" in line and "Polish (A2)" in line)
    right = f"Candidate 1 speaks German (B2) and Candidate 4 speaks Polish (A2). [{german}][{polish}]"
    swapped = f"Candidate 4 speaks German (B2) and Candidate 1 speaks Polish (A2). [{german}][{polish}]"
    both = f"Candidate 1 and Candidate 4 speak German. [{german}][{polish}]"
    both_wrong = f"Candidate 1 and Candidate 4 speak Polish. [{german}][{polish}]"
    statements, _ = asked(groq, question, f"{right} {swapped} {both} {both_wrong}")
    assert [s.struck is None for s in statements] == [True, False, True, False]
