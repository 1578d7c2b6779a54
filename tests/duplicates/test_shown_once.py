"""What is one offer is shown once, with where else it is posted; what is closed is not shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradio_ui import cards
from gradio_ui.cards import Question
from talentflow.duplicates.closing import closed_documents, shown
from talentflow.embedder import Embedder, open_embedder
from talentflow.engines import Engine, open_engine
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.matching.embed import embed_new
from talentflow.matching.index import Posted as Place
from talentflow.matching.index import publish_index
from talentflow.matching.rank import Recommender
from talentflow.records import Match
from talentflow.settings import Settings
from talentflow.tables import CANDIDATES, CLOSURES, JOB_OFFERS
from tests.command import ROOT
from tests.duplicates.build import OTHER_TEXT, Posted, close, link, put
from tests.matching.build import candidate
from tests.rows import candidate_row, table_of

A, B, OTHER = Posted("a"), Posted("b", minute=1), Posted("z", text=OTHER_TEXT, minute=2, fields={"title": "Pump mechanic"})


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(Settings(home=ROOT, workers=1)) as engine:
        yield engine


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", cache="none", workers=1)


@pytest.fixture
def embedder(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    models = tmp_path_factory.getbasetemp() / "models-of-duplicates"
    models.mkdir(exist_ok=True)
    settings.home.mkdir(parents=True)
    settings.models_dir.symlink_to(models)
    return open_embedder(settings)


@pytest.fixture
def lakehouse(settings: Settings) -> Lakehouse:
    return open_lakehouse(settings)


def test_the_index_holds_heads_that_are_open_and_follows_what_closes(
    settings: Settings, embedder: Embedder, lakehouse: Lakehouse, engine: Engine
) -> None:
    put(lakehouse, [A, B, OTHER])
    lakehouse.upsert(CANDIDATES, table_of(CANDIDATES, candidate_row("ada"), candidate_row("ben")))

    def run(run_id: str) -> tuple[int, list[str]]:
        link(lakehouse, engine, run_id=run_id)
        embedded = embed_new(lakehouse, embedder, run_id=run_id).details["texts_embedded"]
        publish_index(lakehouse, settings, embedder)
        index = Recommender(settings, embedder).index
        assert index is not None
        return embedded, [*index.offers.ids, *index.candidates.ids]

    assert run("r1") == (4, ["a", "z", "ada", "ben"])
    assert Recommender(settings, embedder).also_posted("a") == [Place("board", "https://board.example/b")]
    close(lakehouse, "a")
    close(lakehouse, "ben")
    assert run("r2") == (1, ["b", "z", "ada"])
    assert Recommender(settings, embedder).also_posted("b") == []
    lakehouse.delete(CLOSURES, "document_id", ["a", "ben"])
    assert run("r3") == (0, ["a", "z", "ada", "ben"])


def test_only_open_heads_and_open_documents_are_shown(lakehouse: Lakehouse) -> None:
    put(lakehouse, [A, B.but("b", duplicate_of="a"), A.but("c", closed_at="2026-01-01"), OTHER])
    close(lakehouse, "z")
    batch = table_of(JOB_OFFERS, *lakehouse.read(JOB_OFFERS).sort_by("offer_id").to_pylist()).to_batches()[0]
    assert shown(batch, closed_documents(lakehouse)) == [True, False, False, False]


def test_a_card_names_the_other_postings_and_links_to_pages_only() -> None:
    match = Match(offer_id="a", candidate_id="c1", score=0.5, parts=[])
    also = {"a": [Place("board <one>", "https://board.example/?a=1&b=2"), Place("files", "/data/offers.csv#3")]}
    page = cards.offer_cards(Question(candidate(), ""), [match], {"a": A.record}, {"a": "text"}, also)
    (said,) = re.findall(r"Also posted on .*?</p>", page)
    assert "https://board.example/?a=1&amp;b=2" in said
    assert "board &lt;one&gt;" in said
    assert said.count("<a ") == 1
    assert "Also posted" not in cards.offer_cards(Question(candidate(), ""), [match], {"a": A.record}, {"a": "text"})


def test_a_card_says_when_an_offer_was_closed() -> None:
    record = A.record.model_copy(update={"closed_at": "2026-03-10T00:00:00+00:00"})
    assert "closed 10 March 2026" in cards.offer_facts(record)
