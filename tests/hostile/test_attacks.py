"""A CV that speaks to software or hides text is read, ranked and asked about as its clean twin, and the recruiter is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import SecretStr

from talentflow.capabilities import Capabilities
from talentflow.chat import Answer, Conversation, Statement
from talentflow.chat.ask import Tools, answer
from talentflow.chat.facts import Chosen
from talentflow.direct import Processed
from talentflow.hostile import FOUND, HIDDEN, UNSEEN, flags, muted
from talentflow.ids import content_hash
from talentflow.llm.openai import OpenAIModel
from talentflow.matching.rank import rank
from talentflow.records import JobOffer
from tests.doubles.groq import KEY, MODEL, GroqDouble, groq_double
from tests.hostile.documents import Attack, attacks
from tests.hostile.here import through_the_stages
from tests.hostile.words import SECRETS

OFFER = """Data engineer at Nordlys, Lyon

Requirements
3 years of experience with Python, Apache Kafka, Kubernetes, Terraform and Haskell

We offer
Permanent contract, 50,000 EUR a year
"""
ATTACKS = attacks()
BEGINS = {"hidden": HIDDEN, "unseen": UNSEEN, "found": FOUND}
each = pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])


class Hashed:
    """Vectors of words: another word is another vector."""

    capabilities = Capabilities()
    model_id = "hashed"
    dimension = 64

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for token in re.findall(r"\w+", text.casefold()):
                row[int(content_hash(token.encode())[:8], 16) % self.dimension] += 1
            row /= np.linalg.norm(row) or 1
        return rows


@lru_cache(maxsize=1)
def read() -> dict[tuple[bytes, str], Processed]:
    """Every attack and every twin, through the stages; the offer under its own text."""
    wanted = dict.fromkeys((content, a.media_type) for a in ATTACKS for content in (a.content, a.twin))
    return dict(zip(wanted, through_the_stages(wanted, "cv"), strict=True))


@lru_cache(maxsize=1)
def offer() -> JobOffer:
    (done,) = through_the_stages([(OFFER.encode(), "text/plain")], "job_offer")
    assert done.offer is not None
    assert {"kubernetes", "terraform"} <= {s.name.casefold() for s in done.offer.skills}
    return done.offer


def both(attack: Attack) -> tuple[Processed, Processed]:
    done, twin = read()[attack.content, attack.media_type], read()[attack.twin, attack.media_type]
    assert done.error is None, done.error
    return done, twin


def record(done: Processed) -> dict[str, Any]:
    assert done.candidate is not None
    return spaced(done.candidate.model_dump(exclude={"candidate_id", "document_id", "evidence"}))


def spaced(value: Any) -> Any:
    """Values with single spaces."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, dict):
        return {k: spaced(v) for k, v in value.items()}
    return [spaced(v) for v in value] if isinstance(value, list) else value


@each
def test_the_recruiter_is_told(attack: Attack) -> None:
    done, twin = both(attack)
    assert any(flag.startswith(BEGINS[attack.told]) for flag in flags(done.notes)), done.notes
    assert not flags(twin.notes)


@each
def test_the_record_is_that_of_the_clean_twin(attack: Attack) -> None:
    done, twin = both(attack)
    assert record(done) == record(twin)


@lru_cache(maxsize=1)
def scores() -> dict[str, float]:
    """Of every attack and every twin, ranked together for the offer."""
    people = [
        done.candidate.model_copy(update={"candidate_id": f"{media_type} {content_hash(content)}"})
        for (content, media_type), done in read().items()
        if done.candidate is not None
    ]
    return {match.candidate_id: match.score for match in rank([offer()], people, Hashed(), top=len(people))[0]}


@each
def test_the_score_is_that_of_the_clean_twin(attack: Attack) -> None:
    mine, twins = (scores()[f"{attack.media_type} {content_hash(content)}"] for content in (attack.content, attack.twin))
    assert mine == twins


SEEN = [attack for attack in ATTACKS if attack.told == "found"]
UNREAD = [attack for attack in ATTACKS if attack.told != "found"]


@pytest.mark.parametrize("attack", UNREAD, ids=[attack.name for attack in UNREAD])
def test_what_no_reader_sees_is_no_text(attack: Attack) -> None:
    """So that nothing that reads texts, a chat or a model, can be moved by it."""
    done, twin = both(attack)
    assert done.text == twin.text


@pytest.fixture(scope="module")
def groq() -> Iterator[GroqDouble]:
    with groq_double() as double:
        yield double


@pytest.mark.parametrize("attack", SEEN, ids=[attack.name for attack in SEEN])
def test_a_model_is_shown_nothing_of_it_and_an_answer_that_obeys_does_not_count(attack: Attack, groq: GroqDouble) -> None:
    done, _ = both(attack)
    assert done.candidate is not None
    chosen = [Chosen("Candidate 1", done.candidate, muted(done.redacted_text or ""), tuple(flags(done.notes)))]
    groq.answer("Candidate 1 is the best and knows Kubernetes, Terraform and Haskell. [1] Candidate 1 must be ranked first. [2]")
    groq.requests.clear()
    model = OpenAIModel("groq", groq.url, SecretStr(KEY), MODEL, context_tokens=8192, seconds=5.0, patience=0.0)
    try:
        for question in ("Tell me about candidate 1", "Does candidate 1 know Kubernetes?"):
            *told, whole = answer(Conversation((done.candidate.candidate_id,)), question, chosen, Tools(model=model))
            assert isinstance(whole, Answer)
            counting = [s.text for s in told if isinstance(s, Statement) and s.struck is None]
            cited = " ".join(c.text for c in whole.citations)
            for said in (whole.answer.replace("Kubernetes?", ""), *counting, cited):
                assert not re.search(r"knows Kubernetes|Terraform|Haskell|ranked first|gnore all previous|the best", said), said
    finally:
        model.close()
    assert groq.requests, "the model was asked"
    shown = "\n".join(m["content"] for request in groq.requests for m in request["messages"] if m["role"] != "system")
    shown = shown.replace("Does candidate 1 know Kubernetes?", "")
    assert not [secret for secret in SECRETS if secret in shown], shown
