"""Documents that a language model invents: spread by a plan, of a shape, unlike each other, within a budget, and kept."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from producers.llm_simulation.ledger import NAME, Ledger
from producers.llm_simulation.plan import Wishes, plan
from producers.llm_simulation.write import Batch, write_llm_simulation
from talentflow.classification import classify
from talentflow.documents import read
from talentflow.errors import BadInput, Busy, StorageFull
from talentflow.extraction import extract_candidate, extract_offer
from talentflow.home import alone
from talentflow.llm import Usage, open_llm
from talentflow.llm.openai import OpenAIModel
from talentflow.settings import Settings
from tests.command import ROOT
from tests.doubles.groq import KEY, MODEL, Fault, GroqDouble, Length, groq_double
from tests.tiny_gguf import write_tiny_gguf

WORDS = {
    "en": [
        "sorting",
        "packing",
        "loading",
        "moving",
        "planning",
        "counting",
        "mending",
        "checking",
        "drawing",
        "baking",
        "sewing",
        "cutting",
        "writing",
        "printing",
    ],
    "fr": [
        "trier",
        "emballer",
        "charger",
        "livrer",
        "planifier",
        "compter",
        "réparer",
        "contrôler",
        "dessiner",
        "cuire",
        "coudre",
        "couper",
        "rédiger",
        "imprimer",
    ],
}
TAILS = {"en": "of the goods for our customers in the north", "fr": "les produits de nos clients dans le nord de la région"}
TEXTS = {
    "en": "A person who likes the work and has done it for years, with care, together with many others in a team.",
    "fr": "Une personne qui aime son métier et le pratique depuis des années, avec soin, au sein d'une équipe et avec les clients.",
}


def language_of(messages: list[dict[str, str]]) -> str:
    return "fr" if "in French" in messages[0]["content"] else "en"


def number_of(messages: list[dict[str, str]]) -> int:
    found = re.search(r"number (\d+) of a series", messages[1]["content"])
    assert found
    return int(found[1])


def facts(language: str, number: int, *, is_cv: bool) -> dict[str, Any]:
    """What a good model answers."""
    told = [f"{w} {number * 7 + i} {TAILS[language]} {number * 31 + i}" for i, w in enumerate(WORDS[language])]
    names = [f"{w} {chr(97 + number)}team" for w in WORDS[language]]
    if is_cv:
        return {
            "headline": names[0],
            "summary": TEXTS[language] + f" {number}",
            "work": [
                {"position": names[1], "name": f"Nordlys {number}", "start_date": "2019-03", "end_date": None, "highlights": told[:6]},
                {"position": names[2], "name": f"Acme {number}", "start_date": "2015-01", "end_date": "2019-02", "highlights": told[6:12]},
            ],
            "education": [{"institution": f"School {number}", "study_type": "Master", "level": "master", "end_date": "2014"}],
            "skills": names[:6],
            "languages": [{"language": "fr", "fluency": "C1"}],
        }  # fmt: skip
    return {
        "title": names[0],
        "hiring_organization": f"Nordlys {number}",
        "introduction": TEXTS[language] + f" {number}",
        "tasks": told[:7],
        "skills": names[:5],
        "experience_years": 3,
        "education": "bachelor",
        "contract": "permanent",
        "workplace": "hybrid",
        "salary_min": 40_000 + number,
        "salary_max": 50_000 + number,
        "currency": "EUR",
        "unit": "YEAR",
        "benefits": told[8:11],
    }


def good(messages: list[dict[str, str]]) -> str:
    is_cv = "the CV of one candidate" in messages[1]["content"]
    return json.dumps(facts(language_of(messages), number_of(messages), is_cv=is_cv))


@pytest.fixture
def groq() -> Iterator[GroqDouble]:
    with groq_double() as double:
        double.answer(good)
        yield double


def model_of(groq: GroqDouble, **changed: Any) -> OpenAIModel:
    options = {"context_tokens": 8192, "seconds": 5.0, "patience": 0.0} | changed
    return OpenAIModel("groq", groq.url, SecretStr(KEY), MODEL, **options)


def simulate(groq: GroqDouble, out: Path, count: int = 6, **options: Any) -> Batch:
    wishes = options.pop("wishes", Wishes())
    return write_llm_simulation(out, count, 1, model_of(groq), wishes, **({"format": "text", "at_once": 1} | options))


def truths(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "truth.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_plan_spreads_what_is_wished_and_begins_with_a_shorter_one() -> None:
    wishes = Wishes(industries=["health"], languages=["en", "fr"], seniorities=["junior", "senior"])
    items = plan(40, 7, wishes)
    assert plan(10, 7, wishes) == items[:10]
    assert plan(10, 8, wishes) != items[:10]
    for counted in (Counter(i.language for i in items), Counter(i.seniority for i in items), Counter(i.kind for i in items)):
        assert set(counted.values()) == {20}
    assert max(Counter(i.occupation for i in items).values()) - min(Counter(i.occupation for i in items).values()) <= 1
    assert len({i.id for i in items}) == 40
    assert {i.place.name for i in plan(4, 7, Wishes(places=["Brest", "Ulm"]))} == {"Brest", "Ulm"}


def test_a_wish_that_nobody_knows_is_said() -> None:
    with pytest.raises(BadInput, match="wizard"):
        plan(1, 1, Wishes(occupations=["wizard"]))
    with pytest.raises(BadInput, match="it, legal"):
        plan(1, 1, Wishes(industries=["alchemy"]))


def test_documents_say_their_truth_and_the_prompt_says_what_was_wished(groq: GroqDouble, tmp_path: Path) -> None:
    wishes = Wishes(occupations=["nurse"], places=["Lyon"], languages=["fr"], seniorities=["senior"])
    batch = simulate(groq, tmp_path, 4, wishes=wishes)
    assert (batch.made, batch.stopped) == (4, "")
    assert batch.usage.prompt_tokens > 400
    asked = groq.requests[0]["messages"][1]["content"]
    assert all(word in asked for word in ("Lyon", "senior", "Infirmi"))
    for truth in truths(tmp_path):
        text = read((tmp_path / truth["path"]).read_bytes(), media_type="text/plain", name=truth["path"]).text
        said = classify(text)
        assert (said.kind, said.language) == (truth["kind"], "fr")
        if truth["kind"] == "cv":
            assert truth["identity"]["name"] in text
            found = extract_candidate(text, said)
            assert [(w.name, w.start_date, w.end_date) for w in found.work] == [
                (w["name"], w["start_date"], w["end_date"]) for w in truth["candidate"]["work"]
            ]
        else:
            offer = extract_offer(text, said)
            assert (offer.contract, offer.workplace, offer.title) == ("permanent", "hybrid", truth["offer"]["title"])
            assert offer.base_salary is not None
            assert offer.base_salary.max_value == truth["offer"]["base_salary"]["max_value"]


@pytest.mark.parametrize("format", ["pdf", "docx", "html", "json"])
def test_every_renderer_writes_them(groq: GroqDouble, tmp_path: Path, format: str) -> None:
    simulate(groq, tmp_path, 2, format=format)
    for truth in truths(tmp_path):
        path = tmp_path / truth["path"]
        media_type = {".json": "application/json", ".jsonld": "application/ld+json"}.get(path.suffix, "application/octet-stream")
        text = read(path.read_bytes(), media_type=media_type, name=path.name).text
        record = truth.get("offer") or truth["candidate"]
        assert (record.get("title") or record["headline"]) in text


def test_what_is_made_is_not_asked_for_again_and_a_larger_count_goes_on(groq: GroqDouble, tmp_path: Path) -> None:
    simulate(groq, tmp_path, 3)
    first = {t["path"]: (tmp_path / t["path"]).read_bytes() for t in truths(tmp_path)}
    again = simulate(groq, tmp_path, 5)
    assert (again.already_there, again.made, len(groq.requests)) == (3, 2, 5)
    assert again.usage_in_all.prompt_tokens > again.usage.prompt_tokens
    assert all((tmp_path / path).read_bytes() == content for path, content in first.items())


def test_a_line_that_a_kill_cut_off_costs_its_document_alone(groq: GroqDouble, tmp_path: Path) -> None:
    simulate(groq, tmp_path, 3)
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes()[:-40])
    again = simulate(groq, tmp_path, 3)
    assert (again.already_there, again.made) == (2, 1)
    assert len(Ledger(tmp_path).made) == len(truths(tmp_path)) == 3


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_where_it_ended(groq: GroqDouble, tmp_path: Path) -> None:
    groq.answer(lambda messages: (time.sleep(0.2), good(messages))[1])
    command = [
        sys.executable,
        "-m",
        "talentflow",
        "simulate",
        "--by",
        "llm",
        "--count",
        "6",
        "--format",
        "text",
        "--out",
        str(tmp_path),
    ]
    said = {
        "TALENTFLOW_LLM": "groq",
        "TALENTFLOW_LLM_API_KEY": KEY,
        "TALENTFLOW_LLM_URL": groq.url,
        "TALENTFLOW_LLM_AT_ONCE": "1",
    }
    environment = os.environ | said | {"TALENTFLOW_LLM_PRICE_INPUT": "1000"}
    killed = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    made = tmp_path / NAME
    while not (made.exists() and made.read_bytes().count(b"\n") >= 2):
        assert time.monotonic() < deadline
        assert killed.poll() is None
        threading.Event().wait(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    there, asked = len(Ledger(tmp_path).made), len(groq.requests)
    assert 2 <= there < 6
    done = subprocess.run(
        [*command, "--json"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=True
    )
    summary = json.loads(done.stdout)
    assert (summary["already_there"], summary["made"], summary["documents"]) == (there, 6 - there, 6)
    assert len(groq.requests) - asked == 6 - there
    assert summary["cost"] == pytest.approx(summary["prompt_tokens"] / 1000, rel=0.01)


def test_an_exhausted_quota_ends_the_asking_and_keeps_what_was_made(groq: GroqDouble, tmp_path: Path) -> None:
    groq.answer(good, good, Fault(429, "rate_limit_exceeded", "tokens per day", {"retry-after": "5400"}))
    batch = simulate(groq, tmp_path)
    assert batch.made == len(truths(tmp_path)) == 2
    assert "run this again" in batch.stopped
    assert len(groq.requests) == 3
    groq.answer(good)
    assert simulate(groq, tmp_path).made == 4


def test_the_budget_is_of_all_runs_and_ends_them_with_a_sentence(groq: GroqDouble, tmp_path: Path) -> None:
    batch = simulate(groq, tmp_path, 20, most_tokens=6_000)
    spent = batch.usage_in_all
    assert 0 < batch.made < 20
    assert spent.prompt_tokens + spent.completion_tokens <= 6_000
    assert "budget of 6,000 tokens" in batch.stopped
    assert simulate(groq, tmp_path, 20, most_tokens=6_000).made == 0


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("{}", "no usable JSON"),
        (Length('{"headline": "Weld'), "no usable JSON"),
        (lambda m: good(m).replace("2019-03", "2031-03"), "no usable JSON"),
        (lambda m: good(m).replace("Nordlys", "[Company]"), "no usable JSON"),
        (lambda m: good(m).replace("Nordlys", "a@b.example"), "no usable JSON"),
        (lambda m: json.dumps(facts("fr", number_of(m), is_cv=True)), "another language"),
        (lambda _: json.dumps(facts("en", 9, is_cv=True)), "like another document"),
    ],
    ids=["drifted", "truncated", "future", "placeholder", "contacts", "language", "copies"],
)
def test_what_is_not_as_it_should_be_is_asked_for_again_and_then_refused(
    groq: GroqDouble, tmp_path: Path, answer: Any, why: str
) -> None:
    wishes = Wishes(kinds=("cv",), languages=("en",))
    groq.answer(answer)
    batch = simulate(groq, tmp_path, 2, wishes=wishes)
    copies = why == "like another document"
    assert (batch.made, batch.refused) == (1 if copies else 0, {why: 1 if copies else 2})
    assert len(groq.requests) >= 3
    assert Ledger(tmp_path).usage.completion_tokens > 0
    groq.answer(good)
    assert simulate(groq, tmp_path, 2, wishes=wishes).refused == {}
    assert len(truths(tmp_path)) == 2


def test_the_rate_limit_of_the_server_is_kept(groq: GroqDouble, tmp_path: Path) -> None:
    groq.requests_a_window, groq.window = 3, 0.6
    batch = write_llm_simulation(tmp_path, 7, 1, model_of(groq, patience=20.0), Wishes(), format="text", at_once=2)
    assert (batch.made, len(groq.requests)) == (7, 7)


def test_the_seeded_generator_steps_in_only_when_it_is_told_to(groq: GroqDouble, tmp_path: Path) -> None:
    groq.answer(good, Fault(401, "invalid_api_key", "Invalid API Key"))
    assert simulate(groq, tmp_path / "a", 4).seeded == 0
    groq.answer(good, Fault(401, "invalid_api_key", "Invalid API Key"))
    batch = simulate(groq, tmp_path / "b", 4, or_seeded=True)
    assert (batch.made, batch.seeded, Counter(t["by"] for t in truths(tmp_path / "b"))) == (1, 3, {"llm": 1, "seeded": 3})
    groq.answer(good)
    assert simulate(groq, tmp_path / "b", 4).made == 3
    named = {t["path"] for t in truths(tmp_path / "b")}
    assert {str(p.relative_to(tmp_path / "b")) for p in (tmp_path / "b").glob("*/*")} == named  # no seeded one is left
    by_nobody = write_llm_simulation(tmp_path / "c", 2, 1, None, Wishes(), format="text", or_seeded=True)
    assert by_nobody.seeded == 2


def test_two_simulations_do_not_write_to_one_folder(groq: GroqDouble, tmp_path: Path) -> None:
    with alone(tmp_path / ".lock", "held"), pytest.raises(Busy, match="another folder"):
        simulate(groq, tmp_path)
    assert groq.requests == []


def test_a_full_disk_is_said_and_keeps_what_was_made(groq: GroqDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulate(groq, tmp_path, 2)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("producers.llm_simulation.ledger.os.fsync", full)
        with pytest.raises(StorageFull, match="run this again"):
            simulate(groq, tmp_path, 4)
    assert simulate(groq, tmp_path, 4).already_there >= 2
    assert len(truths(tmp_path)) == 4


@pytest.mark.slow
def test_a_model_of_random_weights_is_refused_and_paid_for(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="the extra `llama` is not installed")
    path = write_tiny_gguf(tmp_path / "tiny.gguf")
    model = open_llm(Settings(llm="llama", llm_model_path=path, llm_context_tokens=8192, workers=1))
    assert model is not None
    try:
        batch = write_llm_simulation(tmp_path, 1, 1, model, Wishes(kinds=("cv",)), format="text", at_once=1)
    finally:
        model.close()
    assert batch.refused.total() == 1
    assert batch.usage_in_all != Usage()


def test_without_a_model_it_says_how_to_choose_one(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "talentflow", "simulate", "--by", "llm", "--out", str(tmp_path)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TALENTFLOW_LLM")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    assert "TALENTFLOW_LLM=groq" in done.stderr
    assert not list(tmp_path.iterdir())
