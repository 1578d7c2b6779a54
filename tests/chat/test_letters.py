"""Letters and interview questions rest on the offer and the CV; what the CV lacks is asked, never claimed."""

from __future__ import annotations

from functools import lru_cache

import pytest
from pydantic import SecretStr

from talentflow.chat import Answer, ChatLanguage
from talentflow.chat.letters import Opening, interview, letter
from talentflow.direct import document_row, process
from talentflow.engines import open_engine
from talentflow.eventlog.messages import RawDocument
from talentflow.ids import content_hash
from talentflow.llm.openai import OpenAIModel
from talentflow.settings import Settings
from tests.chat.people import people
from tests.doubles.groq import KEY, MODEL, groq_double

OFFER = """Data Platform Engineer

Company: Fjordkraft Analytics
Location: Oslo, Norway

Requirements
Python, SQL, Apache Spark, Terraform and Kafka
English C1, German B1

Permanent contract
"""


@lru_cache(maxsize=1)
def opening() -> Opening:
    raw = RawDocument("test", "offer", content_hash(OFFER.encode()), "text/plain", "job_offer", OFFER.encode())
    with open_engine(Settings(workers=1)) as engine:
        (document,) = process([document_row(raw)], engine, kind="job_offer")
    assert document.offer is not None
    return Opening(document.offer, document.redacted_text or "")


def assert_holds(made: Answer) -> None:
    chosen = people()[0]
    assert made.statements
    for statement in made.statements:
        assert statement.citations, statement.text
        for found in statement.citations:
            text = opening().text if found.offer_id else chosen.text
            assert text[found.start : found.end] == found.text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_letter_says_what_both_texts_say_and_nothing_that_the_cv_lacks(language: ChatLanguage) -> None:
    made = letter(people()[0], opening(), language)
    assert_holds(made)
    for words in ("Data Platform Engineer", "Python", "Spark", "Nordlys Energi"):
        assert words in made.answer
    for lacking in ("Terraform", "Kafka", "Ilves", "@"):
        assert lacking not in made.answer


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_interview_asks_after_what_is_there_and_what_is_missing(language: ChatLanguage) -> None:
    made = interview(people()[0], opening(), language)
    assert_holds(made)
    assert "Python" in made.answer
    assert "Terraform" in made.answer
    assert all(s.text.rstrip().endswith("?") for s in made.statements)


def test_a_model_that_embellishes_is_struck() -> None:
    with groq_double() as groq:
        model = OpenAIModel("groq", groq.url, SecretStr(KEY), MODEL, context_tokens=8192, seconds=5.0, patience=0.0)
        letter(people()[0], opening(), "en", model)
        sources = [line for line in groq.requests[-1]["messages"][-1]["content"].splitlines() if line.startswith("[")]
        job = 1 + next(n for n, line in enumerate(sources) if "Nordlys Energi" in line)
        groq.answer(f"I was a Senior Data Engineer at Nordlys Energi. [{job}] I am an award-winning expert in Terraform. [{job}]")
        made = letter(people()[0], opening(), "en", model)
    assert made.answer == "I was a Senior Data Engineer at Nordlys Energi."
    assert [s.struck is None for s in made.statements] == [True, False]


def test_nothing_to_rest_on_is_said() -> None:
    blank = Opening(opening().offer.model_copy(update={"evidence": []}), "")
    nobody = people()[0]
    empty = type(nobody)(nobody.name, nobody.record.model_copy(update={"evidence": []}), "")
    assert letter(empty, blank, "en").refused
