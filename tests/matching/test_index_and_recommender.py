"""Embed, publish, recommend: on real tables, a real model and real files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pydantic import SecretStr

from talentflow.embedder import Embedder, open_embedder
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.matching import Filters
from talentflow.matching.embed import embed_new
from talentflow.matching.index import MANIFEST, open_index, publish_index
from talentflow.matching.rank import Recommender
from talentflow.records import Candidate, JobOffer
from talentflow.settings import Settings
from talentflow.tables import CANDIDATES, EMBEDDINGS, JOB_OFFERS, OUTCOMES, Table
from talentflow.vectors import generations
from tests.doubles.pinecone import PineconeDouble
from tests.matching.build import LONDON, LYON, PARIS, candidate, offer, skills

OFFERS = [
    offer("data", title="Data engineer", skills=skills("Python", "Spark", "SQL"), job_location=[PARIS], workplace="hybrid"),
    offer(
        "nurse", title="Registered nurse", skills=skills("Patient care", "First aid"), job_location=[LYON], contract="permanent"
    ),
    offer("cook", title="Head chef", skills=skills("Cooking", "HACCP"), job_location=[LONDON], contract="fixed_term"),
    offer("data-2", title="Senior data engineer", skills=skills("Python", "Airflow"), job_location=[LONDON], workplace="remote"),
]
PEOPLE = [
    candidate("ada", headline="Data engineer", skills=skills("Python", "SQL"), location=PARIS),
    candidate("ben", headline="Nurse", skills=skills("Patient care"), location=LYON),
    candidate("cleo", headline="Chef de cuisine", skills=skills("HACCP"), location=LONDON, language="fr"),
]


wherever_vectors_are = pytest.mark.parametrize("settings", ["faiss"], indirect=True)
"""For what comes before the index: once is enough."""


def write(lakehouse: Lakehouse, table: Table, records: list[JobOffer] | list[Candidate], content: str = "1") -> None:
    stamp = {"content_hash": content, "stage_version": "1"}
    rows = [record.model_dump() | stamp for record in records]
    lakehouse.upsert(table, pa.Table.from_pylist(rows, schema=table.schema))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def double() -> Iterator[PineconeDouble]:
    with PineconeDouble().running() as double:
        yield double


@pytest.fixture(params=["faiss", "pinecone"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    return Settings(home=home, cache="none", workers=2) if request.param == "faiss" else at_pinecone(home, request)


def at_pinecone(home: Path, request: pytest.FixtureRequest) -> Settings:
    double: PineconeDouble = request.getfixturevalue("double")
    key = SecretStr(double.key)
    return Settings(home=home, cache="none", workers=2, vectors="pinecone", pinecone_host=double.url, pinecone_api_key=key)


@pytest.fixture
def embedder(settings: Settings, models: Path) -> Embedder:
    settings.home.mkdir(parents=True)
    settings.models_dir.symlink_to(models)
    return open_embedder(settings)


@pytest.fixture
def lakehouse(settings: Settings) -> Lakehouse:
    opened = open_lakehouse(settings)
    write(opened, JOB_OFFERS, OFFERS)
    write(opened, CANDIDATES, PEOPLE)
    return opened


@pytest.fixture
def recommender(settings: Settings, embedder: Embedder, lakehouse: Lakehouse) -> Recommender:
    embed_new(lakehouse, embedder, run_id="r1")
    publish_index(lakehouse, settings, embedder)
    return Recommender(settings, embedder)


@wherever_vectors_are
def test_every_record_is_embedded_once(embedder: Embedder, lakehouse: Lakehouse) -> None:
    first = embed_new(lakehouse, embedder, run_id="r1", batch_rows=2)
    assert (first.ok, first.details["texts_embedded"]) == (7, 7)
    again = embed_new(lakehouse, embedder, run_id="r2", batch_rows=2)
    assert (again.read, again.rows_written, again.details["texts_embedded"]) == (0, 0, 0)


@wherever_vectors_are
def test_a_new_version_of_a_document_is_embedded_only_when_its_key_text_changed(embedder: Embedder, lakehouse: Lakehouse) -> None:
    embed_new(lakehouse, embedder, run_id="r1")
    renamed = OFFERS[0].model_copy(update={"title": "Data architect"})
    write(lakehouse, JOB_OFFERS, [renamed, OFFERS[1]], content="2")
    report = embed_new(lakehouse, embedder, run_id="r2")
    assert (report.ok, report.skipped, report.details["texts_embedded"]) == (1, 1, 1)
    assert lakehouse.count(EMBEDDINGS) == 7


@wherever_vectors_are
def test_a_lost_embedding_is_made_again(embedder: Embedder, lakehouse: Lakehouse) -> None:
    embed_new(lakehouse, embedder, run_id="r1")
    lakehouse.delete(EMBEDDINGS, "document_id", ["doc-data"])
    assert embed_new(lakehouse, embedder, run_id="r2").details["texts_embedded"] == 1


@wherever_vectors_are
def test_each_embedded_document_has_an_outcome(embedder: Embedder, lakehouse: Lakehouse) -> None:
    embed_new(lakehouse, embedder, run_id="r1")
    outcomes = lakehouse.read(OUTCOMES, where={"stage": ["embed"]}).to_pylist()
    assert {o["document_id"] for o in outcomes} == {r.document_id for r in (*OFFERS, *PEOPLE)}
    assert {o["status"] for o in outcomes} == {"ok"}


@wherever_vectors_are
def test_embeddings_do_not_depend_on_how_records_are_batched(embedder: Embedder, lakehouse: Lakehouse) -> None:
    embed_new(lakehouse, embedder, run_id="r1", batch_rows=1)
    one = {r["document_id"]: r["vector"] for r in lakehouse.read(EMBEDDINGS).to_pylist()}
    lakehouse.delete(EMBEDDINGS, "document_id", list(one))
    embed_new(lakehouse, embedder, run_id="r2", batch_rows=100)
    other = {r["document_id"]: r["vector"] for r in lakehouse.read(EMBEDDINGS).to_pylist()}
    assert one == other


def test_publishing_is_skipped_when_nothing_changed(settings: Settings, embedder: Embedder, lakehouse: Lakehouse) -> None:
    embed_new(lakehouse, embedder, run_id="r1")
    first = publish_index(lakehouse, settings, embedder)
    assert first["vectors"] == {"offers": 4, "candidates": 3}
    assert first["published"]
    again = publish_index(lakehouse, settings, embedder)
    assert again == first | {"published": False}


def test_a_record_whose_document_is_gone_leaves_the_index(settings: Settings, embedder: Embedder, lakehouse: Lakehouse) -> None:
    embed_new(lakehouse, embedder, run_id="r1")
    publish_index(lakehouse, settings, embedder)
    lakehouse.delete(JOB_OFFERS, "offer_id", ["cook"])
    assert publish_index(lakehouse, settings, embedder)["vectors"]["offers"] == 3


def test_a_crash_while_publishing_leaves_the_old_index(
    settings: Settings, embedder: Embedder, lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed_new(lakehouse, embedder, run_id="r1")
    before = publish_index(lakehouse, settings, embedder)
    lakehouse.delete(JOB_OFFERS, "offer_id", ["cook"])

    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("talentflow.matching.retrieve.Lexical.save", fail)
        with pytest.raises(KeyboardInterrupt):
            publish_index(lakehouse, settings, embedder)
    opened = open_index(settings)
    assert opened is not None
    assert opened.generation == before["generation"]
    assert len(opened.offers.ids) == 4


def test_nothing_is_recommended_before_an_index_is_published(settings: Settings, embedder: Embedder) -> None:
    recommender = Recommender(settings, embedder)
    assert recommender.index is None
    assert recommender.offers_for(PEOPLE[0]) == []
    assert recommender.candidates_for(OFFERS[0]) == []
    assert recommender.offer("data") is None


def test_the_right_records_come_first_both_ways(recommender: Recommender) -> None:
    assert [m.offer_id for m in recommender.offers_for(PEOPLE[0], top=2)] == ["data", "data-2"]
    assert recommender.offers_for(PEOPLE[1], top=1)[0].offer_id == "nurse"
    assert recommender.candidates_for(OFFERS[2], top=1)[0].candidate_id == "cleo"


def test_matches_are_sorted_and_within_bounds(recommender: Recommender) -> None:
    scores = [m.score for m in recommender.offers_for(PEOPLE[0], top=10)]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 4
    assert all(0 <= s <= 1 for s in scores)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(locations=("lyon",)), {"nurse"}),
        (Filters(locations=("United Kingdom",)), {"cook", "data-2"}),
        (Filters(locations=("FR",), workplaces=("hybrid",)), {"data"}),
        (Filters(contracts=("fixed_term", "permanent")), {"nurse", "cook"}),
        (Filters(contracts=("freelance",)), set()),
    ],
)
def test_filters_restrict_what_is_retrieved(recommender: Recommender, filters: Filters, expected: set[str]) -> None:
    assert {m.offer_id for m in recommender.offers_for(PEOPLE[0], filters=filters, top=10)} == expected


def test_duplicates_are_not_shown(settings: Settings, embedder: Embedder, lakehouse: Lakehouse) -> None:
    write(lakehouse, JOB_OFFERS, [offer("copy", duplicate_of="data", skills=skills("Python", "Spark", "SQL"))])
    embed_new(lakehouse, embedder, run_id="r1")
    publish_index(lakehouse, settings, embedder)
    assert "copy" not in [m.offer_id for m in Recommender(settings, embedder).offers_for(PEOPLE[0], top=10)]


def test_a_new_index_is_picked_up_without_restart(
    settings: Settings, embedder: Embedder, lakehouse: Lakehouse, recommender: Recommender
) -> None:
    assert len(recommender.offers_for(PEOPLE[0], top=10)) == 4
    write(lakehouse, JOB_OFFERS, [offer("new", title="Data engineer", skills=skills("Python", "SQL"))])
    embed_new(lakehouse, embedder, run_id="r2")
    publish_index(lakehouse, settings, embedder)
    assert recommender.offers_for(PEOPLE[0], top=1)[0].offer_id == "new"
    folders = [p for p in settings.index_dir.iterdir() if p.is_dir()]
    assert folders == [generations.current(settings.index_dir)]


def test_an_index_of_another_model_is_not_used(settings: Settings, recommender: Recommender) -> None:
    class Other:
        capabilities = recommender._embedder.capabilities  # pyright: ignore[reportPrivateUsage]
        model_id = "another"
        dimension = 384

        def embed(self, texts: object) -> np.ndarray:
            raise AssertionError(texts)

    assert Recommender(settings, Other()).offers_for(PEOPLE[0]) == []


def test_an_index_in_another_format_is_published_again(
    settings: Settings, embedder: Embedder, lakehouse: Lakehouse, recommender: Recommender
) -> None:
    folder = generations.current(settings.index_dir)
    assert folder is not None
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["made_from"]["format"] = 0
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert open_index(settings) is None
    assert publish_index(lakehouse, settings, embedder)["published"]
    assert open_index(settings) is not None


def test_threads_get_the_same_answers(recommender: Recommender) -> None:
    questions = PEOPLE * 8
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(recommender.offers_for, questions))
    assert answers[:3] == [recommender.offers_for(p) for p in PEOPLE]
    assert all(answers[i] == answers[i % 3] for i in range(len(answers)))


def test_records_are_read_back_from_the_index(recommender: Recommender) -> None:
    assert recommender.offer("data") == OFFERS[0]
    assert recommender.candidate("ada") == PEOPLE[0]
    assert recommender.candidate("nobody") is None


def test_answers_come_from_the_cache_until_a_new_index(
    settings: Settings, embedder: Embedder, lakehouse: Lakehouse, recommender: Recommender
) -> None:
    class Kept(dict[str, bytes]):
        capabilities = embedder.capabilities

        def set(self, key: str, value: bytes, *, ttl: object) -> None:
            assert ttl
            self[key] = value

        def delete_prefix(self, prefix: str) -> int:
            return len(prefix)

        def close(self) -> None: ...

    cache = Kept()
    cached = Recommender(settings, embedder, cache)  # pyright: ignore[reportArgumentType]
    first = cached.offers_for(PEOPLE[0])
    assert len(cache) == 1
    assert cached.offers_for(PEOPLE[0]) == first == recommender.offers_for(PEOPLE[0])
    assert len(cache) == 1
    cached.offers_for(PEOPLE[0], filters=Filters(locations=("paris",)))
    cached.offers_for(PEOPLE[0], top=2)
    assert len(cache) == 3
    write(lakehouse, JOB_OFFERS, [offer("new", skills=skills("Python", "SQL"))])
    embed_new(lakehouse, embedder, run_id="r2")
    publish_index(lakehouse, settings, embedder)
    assert cached.offers_for(PEOPLE[0])[0].offer_id in {"new", "data"}
    assert len(cache) == 4


MANY = [
    offer(
        f"many-{i:02}",
        title=f"{grade} {title}",
        skills=skills(*wanted[i % 2 :]),
        job_location=[(PARIS, LYON, LONDON)[i % 3]],
        workplace=("hybrid", "remote", None)[i % 3],
    )
    for i, (grade, (title, wanted)) in enumerate(
        product(
            ("Junior", "Senior", "Lead", "Freelance", "Assistant"),
            {
                "data engineer": ("Python", "SQL", "Spark"),
                "registered nurse": ("Patient care", "First aid", "Triage"),
                "head chef": ("Cooking", "HACCP", "Menu planning"),
                "accountant": ("Excel", "SAP", "Tax"),
                "welder": ("MIG welding", "Blueprint reading", "Safety"),
            }.items(),
        )
    )
]


@wherever_vectors_are
def test_both_places_recommend_the_same(
    settings: Settings, embedder: Embedder, lakehouse: Lakehouse, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    write(lakehouse, JOB_OFFERS, MANY)
    embed_new(lakehouse, embedder, run_id="r1")
    everywhere = [settings, at_pinecone(tmp_path / "there", request)]
    for one in everywhere:
        assert publish_index(lakehouse, one, embedder)["vectors"] == {"offers": 29, "candidates": 3}
    files, there = (Recommender(one, embedder) for one in everywhere)
    for filters in (None, Filters(locations=("paris",)), Filters(locations=("london", "lyon"), workplaces=("remote",))):
        for person in PEOPLE:
            assert files.offers_for(person, filters=filters, top=20) == there.offers_for(person, filters=filters, top=20)
        for job in MANY[:5]:
            assert files.candidates_for(job, filters=filters) == there.candidates_for(job, filters=filters)


@pytest.mark.parametrize("settings", ["pinecone"], indirect=True)
def test_only_what_changed_is_sent(
    settings: Settings, embedder: Embedder, lakehouse: Lakehouse, double: PineconeDouble, recommender: Recommender
) -> None:
    double.log.clear()
    write(lakehouse, JOB_OFFERS, [OFFERS[2].model_copy(update={"title": "Pastry cook"})], content="2")
    write(lakehouse, CANDIDATES, [PEOPLE[0].model_copy(update={"location": LONDON})], content="2")
    embed_new(lakehouse, embedder, run_id="r2")
    assert publish_index(lakehouse, settings, embedder)["published"]
    assert sorted(record.split("#")[0] for record in double.upserted()) == ["ada", "cook"]
    assert recommender.candidates_for(OFFERS[3], filters=Filters(locations=("london",)), top=1)[0].candidate_id == "ada"


def test_an_index_of_another_place_is_not_used_and_is_published_anew(
    settings: Settings, embedder: Embedder, lakehouse: Lakehouse, recommender: Recommender, request: pytest.FixtureRequest
) -> None:
    before = recommender.offers_for(PEOPLE[0])
    other = at_pinecone(settings.home, request) if settings.vectors == "faiss" else Settings(home=settings.home, cache="none")
    assert open_index(other) is None
    assert publish_index(lakehouse, other, embedder)["published"]
    assert Recommender(other, embedder).offers_for(PEOPLE[0]) == before
