"""A server that speaks chat completions: what it writes, its limits kept, its errors said, nothing of the key told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, Field, SecretStr

from talentflow.errors import (
    BadSettings,
    ContextOverflow,
    QuotaExhausted,
    RateLimited,
    ServiceUnavailable,
    StreamBroken,
    TalentflowError,
    UnusableAnswer,
)
from talentflow.llm import Generated, Message, open_llm
from talentflow.llm.openai import OpenAIModel, seconds_of
from talentflow.llm.structured import ask
from talentflow.settings import Settings
from tests.doubles.groq import KEY, MODEL, Cut, Fault, GroqDouble, Length, Slow, groq_double

ASKED = [Message("system", "Be brief."), Message("user", "Who knows Python?")]


@pytest.fixture
def groq() -> Iterator[GroqDouble]:
    with groq_double() as double:
        yield double


def model_of(groq: GroqDouble, **changed: object) -> OpenAIModel:
    options = {"context_tokens": 4096, "seconds": 5.0, "patience": 0.0} | changed
    return OpenAIModel("groq", groq.url, SecretStr(KEY), MODEL, **options)  # type: ignore[arg-type]


def test_an_answer_comes_with_the_tokens_that_the_server_counted(groq: GroqDouble) -> None:
    groq.answer("Candidate 1 does.")
    answer = model_of(groq).generate(ASKED)
    assert (answer.text, answer.finished) == ("Candidate 1 does.", True)
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (4 * 2 + 2 + 4, 5)
    assert [m["role"] for m in groq.requests[0]["messages"]] == ["system", "user"]


def test_an_answer_that_reached_the_limit_of_tokens_says_that_it_is_not_finished(groq: GroqDouble) -> None:
    groq.answer(Length("Candidate 1 d"))
    assert not model_of(groq).generate(ASKED).finished
    *_, whole = model_of(groq).stream(ASKED)
    assert isinstance(whole, Generated)
    assert not whole.finished


def test_a_stream_gives_pieces_and_then_the_whole_with_its_tokens(groq: GroqDouble) -> None:
    groq.answer("Candidate 1 knows Python – since 2019.")
    *pieces, whole = model_of(groq).stream(ASKED)
    assert len(pieces) > 3
    assert isinstance(whole, Generated)
    assert "".join(str(p) for p in pieces) == whole.text == "Candidate 1 knows Python – since 2019."
    assert whole.usage.completion_tokens == len(whole.text) // 4 + 1


def test_a_stream_that_breaks_off_gives_what_came_and_says_that_it_is_partial(groq: GroqDouble) -> None:
    groq.answer(Cut("Candidate 1 knows Python.", after=14))
    stream = model_of(groq).stream(ASKED)
    came: list[str] = []
    with pytest.raises(StreamBroken, match="partial"):
        came.extend(str(piece) for piece in stream)
    assert "".join(came) == "Candidate 1 kn"


def test_a_stream_that_stands_still_is_given_up_after_the_time_for_a_piece(groq: GroqDouble) -> None:
    groq.answer(Slow("Candidate 1 knows Python.", after=14, seconds=4.0))
    started = time.monotonic()
    with pytest.raises(StreamBroken, match="partial"):
        list(model_of(groq, seconds=0.4).stream(ASKED))
    assert time.monotonic() - started < 3.5


def test_a_server_that_does_not_answer_in_time_is_unavailable(groq: GroqDouble) -> None:
    groq.answer(Slow("late", after=0, seconds=2.0))
    with pytest.raises(ServiceUnavailable, match="TALENTFLOW_LLM=none"):
        model_of(groq, seconds=0.3).generate(ASKED)


def test_a_server_that_fails_once_is_asked_again(groq: GroqDouble) -> None:
    groq.answer(Fault(503, message="over capacity"), "Yes.")
    assert model_of(groq, patience=10.0).generate(ASKED).text == "Yes."


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (Fault(429, "insufficient_quota", "You exceeded your current quota"), QuotaExhausted, "add credit"),
        (Fault(429, "rate_limit_exceeded", "tokens per day", {"retry-after": "5400"}), QuotaExhausted, "90 min"),
        (Fault(400, "context_length_exceeded", "Please reduce the length of the messages"), ContextOverflow, "fewer candidates"),
        (Fault(413, "request_too_large", "Request Entity Too Large"), ContextOverflow, "fewer candidates"),
        (Fault(403, "permission_denied", "not allowed"), BadSettings, "TALENTFLOW_LLM_API_KEY"),
        (Fault(500, "internal", "oops"), ServiceUnavailable, "try again"),
        (" \n", UnusableAnswer, "empty"),
    ],
    ids=["no credit", "daily limit", "context", "too large", "forbidden", "server error", "empty"],
)
def test_what_goes_wrong_is_said_with_what_to_do(
    groq: GroqDouble, fault: Fault | str, error: type[TalentflowError], says: str
) -> None:
    groq.answer(fault)
    with pytest.raises(error, match=says):
        model_of(groq).generate(ASKED)
    with pytest.raises(error, match=says):
        list(model_of(groq).stream(ASKED))


def test_a_wrong_key_is_said_and_no_key_is_told(groq: GroqDouble) -> None:
    model = OpenAIModel("groq", groq.url, SecretStr("gsk_secret"), MODEL, context_tokens=4096, seconds=5.0, patience=0.0)
    with pytest.raises(BadSettings, match="refuses the key") as caught:
        model.generate(ASKED)
    assert "gsk_secret" not in f"{caught.value!r} {caught.value.__cause__!r} {vars(model)!r}"


def test_a_model_that_is_not_there_is_named(groq: GroqDouble) -> None:
    model = OpenAIModel("groq", groq.url, SecretStr(KEY), "llama-9", context_tokens=4096, seconds=5.0, patience=0.0)
    with pytest.raises(BadSettings, match="no model llama-9"):
        model.generate(ASKED)


def test_the_servers_limits_are_kept_before_it_has_to_refuse(groq: GroqDouble) -> None:
    groq.requests_a_window, groq.window = 2, 0.5
    model = model_of(groq, patience=5.0)
    started = time.monotonic()
    for _ in range(5):
        model.generate(ASKED)
    assert time.monotonic() - started > 2 * groq.window * 0.8
    assert len(groq.requests) == 5


def test_a_limit_that_others_used_up_is_waited_for_as_long_as_the_server_says(groq: GroqDouble) -> None:
    groq.answer(Fault(429, "rate_limit_exceeded", "tokens per minute", {"retry-after": "0.4"}), "Yes.")
    started = time.monotonic()
    assert model_of(groq, patience=5.0).generate(ASKED).text == "Yes."
    assert time.monotonic() - started >= 0.4


def test_a_limit_longer_than_ones_patience_is_an_error_that_says_when_to_come_back(groq: GroqDouble) -> None:
    groq.answer(Fault(429, "rate_limit_exceeded", "tokens per minute", {"retry-after": "20"}))
    with pytest.raises(RateLimited, match="20 s") as caught:
        model_of(groq, patience=5.0).generate(ASKED)
    assert caught.value.seconds == 20.0


def test_more_than_the_model_reads_is_refused_before_it_is_sent(groq: GroqDouble) -> None:
    with pytest.raises(ContextOverflow, match="4096"):
        model_of(groq).generate([Message("user", "word " * 4000)])
    assert not groq.requests


class Person(BaseModel):
    name: str
    years: int = Field(ge=0, le=60)


def test_a_record_is_asked_for_again_when_it_does_not_fit_and_the_model_is_told_why(groq: GroqDouble) -> None:
    groq.answer('{"name": "A"', '{"name": "A", "years": 99}', '```json\n{"name": "A\tB", "years": 9}\n```')
    person, usage = ask(model_of(groq), ASKED, Person)
    assert person == Person(name="A\tB", years=9)
    assert "less than or equal to 60" in groq.requests[2]["messages"][-1]["content"]
    assert usage.completion_tokens > 20


def test_a_record_that_never_fits_is_given_up_within_the_budget_with_what_it_cost(groq: GroqDouble) -> None:
    groq.answer("I cannot do that.")
    with pytest.raises(UnusableAnswer, match="2 attempts") as caught:
        ask(model_of(groq), ASKED, Person, attempts=2)
    assert len(groq.requests) == 2
    assert caught.value.spent > 0


def test_json_that_the_server_could_not_make_is_asked_for_again(groq: GroqDouble) -> None:
    groq.answer(Fault(400, "json_validate_failed", "Failed to generate JSON"), '{"name": "A", "years": 9}')
    assert ask(model_of(groq), ASKED, Person)[0].years == 9


def test_a_model_that_knows_no_schemas_gets_the_schema_in_words_from_then_on(groq: GroqDouble) -> None:
    groq.schemas = False
    groq.answer('{"name": "A", "years": 9}')
    model = model_of(groq)
    ask(model, ASKED, Person)
    ask(model, ASKED, Person)
    forms = [r["response_format"]["type"] for r in groq.requests]
    assert forms == ["json_schema", "json_object", "json_object"]
    assert json.dumps(Person.model_json_schema()) in groq.requests[-1]["messages"][0]["content"]


def test_no_key_and_no_server_of_ones_own_is_said_at_once() -> None:
    with pytest.raises(BadSettings, match="TALENTFLOW_LLM_API_KEY"):
        open_llm(Settings(llm="groq"))
    assert open_llm(Settings(llm="none")) is None
    assert open_llm(Settings(llm="openai", llm_url="http://127.0.0.1:1/v1")) is not None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7.66s", 7.66), ("2m59.56s", 179.56), ("120", 120.0), ("350ms", 0.35), ("1h2m", 3720.0), ("", 0.0), ("x", 0.0)],
)
def test_durations_are_read_as_servers_write_them(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)
