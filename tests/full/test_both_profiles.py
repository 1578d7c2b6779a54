"""One pipeline, two profiles: the same messages give the same silver, byte for byte, and the same recommendations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from pydantic import SecretStr

from producers.simulate import simulate, simulated_documents
from talentflow import services
from talentflow.embedder import open_embedder
from talentflow.eventlog import DOCUMENTS_TOPIC, INTERACTIONS_TOPIC, Message, open_eventlog
from talentflow.eventlog.messages import ClosedDocument, RawDocument, interaction_message, to_message
from talentflow.lakehouse import open_lakehouse
from talentflow.matching.rank import Recommender
from talentflow.records import Candidate, Interaction, record_of
from talentflow.settings import Settings
from talentflow.tables import (
    CANDIDATES,
    CLASSIFICATIONS,
    CLOSURES,
    EMBEDDINGS,
    IDENTITIES,
    INTERACTIONS,
    JOB_OFFERS,
    OUTCOMES,
    QUARANTINE,
    TABLES,
    TEXTS,
    Table,
)
from tests.command import talentflow, told
from tests.doubles.pinecone import PineconeDouble
from tests.interactions.events import event

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark"), pytest.mark.timeout(900)]

COUNT = 240
SILVER = (TEXTS, CLASSIFICATIONS, JOB_OFFERS, CANDIDATES, IDENTITIES, EMBEDDINGS, INTERACTIONS)
START = datetime(2026, 11, 26, 9, tzinfo=UTC)


def messages() -> list[Message]:
    """Simulated documents with their defects, one again with other bytes, one twice, a twin, a closure."""
    documents: list[Any] = list(simulated_documents(COUNT, 10))
    taken = [d for d in documents if isinstance(d, RawDocument)]
    first, second, third = taken[:3]
    offer = documents[next(d.index for d in simulate(COUNT, 10) if d.truth["expected"] == "ok" and d.kind == "job_offer")]
    documents += [
        RawDocument(
            first.source, first.source_uri, first.source_key, "text/plain", "cv", b"Nurse\n\nExperience\nNurse, 2019-2024"
        ),
        second,
        RawDocument("simulation", "twin", "twin", third.media_type, third.kind_hint, third.content),
        ClosedDocument(offer.source, offer.source_uri, offer.source_key, START, "filled"),
    ]
    return [to_message(d, received_at=START + timedelta(milliseconds=n)) for n, d in enumerate(documents)]


def interactions() -> list[Interaction]:
    """Some, one of them twice, and one that a message with its id and a later time contradicts."""
    events = [event(f"e{n}", action=action) for n, action in enumerate(("view", "save", "apply", "shortlist", "hire"))]
    return [*events, events[1], event("e2", action="reject", occurred_at="2026-11-27T09:00:00Z")]


def append(settings: Settings, sent: list[Message]) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    log = open_eventlog(settings)
    try:
        assert log.append(DOCUMENTS_TOPIC, sent) == len(sent)
        log.append(INTERACTIONS_TOPIC, map(interaction_message, interactions()))
    finally:
        log.close()


@pytest.fixture(scope="module")
def pinecone() -> Iterator[PineconeDouble]:
    with PineconeDouble().running() as double:
        yield double


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, Any]]:
    settings = Settings(home=tmp_path_factory.mktemp("quick") / "home")
    append(settings, messages())
    return settings, told("run", home=settings.home)


@pytest.fixture(scope="module")
def environment(pinecone: PineconeDouble) -> dict[str, str]:
    return {
        "TALENTFLOW_PROFILE": "full",
        "TALENTFLOW_WAREHOUSE": "duckdb",
        "TALENTFLOW_KAFKA_PARTITIONS": "3",
        "TALENTFLOW_PINECONE_API_KEY": pinecone.key,
        "TALENTFLOW_PINECONE_HOST": pinecone.url,
    }


@pytest.fixture(scope="module")
def full(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str], kafka_bootstrap: str
) -> Iterator[tuple[Settings, dict[str, Any]]]:
    """The same command on the same messages, with the broker, Spark, Ray, Redis and Pinecone of the full profile."""
    home = tmp_path_factory.mktemp("full") / "home"
    del kafka_bootstrap  # says whether a broker can be had here
    services.up(Settings(home=home), ["kafka", "redis"])
    try:
        settings = Settings(home=home, profile="full", warehouse="duckdb", kafka_partitions=3)
        append(settings, messages())
        yield settings, told("run", home=home, seconds=600, **environment)
    finally:
        services.down(Settings(home=home), ["kafka", "redis"])


def in_bytes(settings: Settings, table: Table) -> bytes:
    """The rows of a table in order of key, as Arrow writes them."""
    rows = open_lakehouse(settings.model_copy(update={"lakehouse": "deltalake"})).read(table)
    rows = rows.sort_by([(name, "ascending") for name in table.key]).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("table", [pytest.param(t, id=t.name) for t in (*SILVER, CLOSURES)])
def test_a_table_is_the_same_byte_for_byte(
    table: Table, quick: tuple[Settings, dict[str, Any]], full: tuple[Settings, dict[str, Any]]
) -> None:
    assert quick[1]["tables"][table.id] > 0
    assert in_bytes(full[0], table) == in_bytes(quick[0], table)


def test_every_document_ends_in_every_stage_as_in_quick(
    quick: tuple[Settings, dict[str, Any]], full: tuple[Settings, dict[str, Any]]
) -> None:
    ends: list[list[tuple[str, ...]]] = []
    for settings, _ in (quick, full):
        lakehouse = open_lakehouse(settings.model_copy(update={"lakehouse": "deltalake"}))
        said = lakehouse.read(OUTCOMES).to_pylist() + lakehouse.read(QUARANTINE).to_pylist()
        columns = ("document_id", "stage", "content_hash", "stage_version", "status", "error_code", "detail")
        ends.append(sorted(tuple(str(row.get(c)) for c in columns) for row in said))
    assert ends[1] == ends[0]


def test_the_run_is_that_of_the_full_profile_and_tells_the_same(
    quick: tuple[Settings, dict[str, Any]], full: tuple[Settings, dict[str, Any]], pinecone: PineconeDouble
) -> None:
    summaries = [quick[1], full[1]]
    assert [s["profile"] for s in summaries] == ["quick", "full"]
    assert [s["status"] for s in summaries] == ["ok", "ok"]
    counts = [{s["name"]: (s["in"], s["ok"], s["quarantined"], s["skipped"]) for s in run["stages"]} for run in summaries]
    assert counts[1] == counts[0]
    assert summaries[1]["tables"] == summaries[0]["tables"]
    assert summaries[1]["index"]["kinds"] == summaries[0]["index"]["kinds"]
    assert sum(len(ids) for ids in pinecone.held().values()) == summaries[0]["index"]["vectors"] > 0


def test_recommendations_are_the_same(
    quick: tuple[Settings, dict[str, Any]], full: tuple[Settings, dict[str, Any]], pinecone: PineconeDouble
) -> None:
    at_pinecone = full[0].model_copy(update={"pinecone_api_key": SecretStr(pinecone.key), "pinecone_host": pinecone.url})
    candidates = [record_of(Candidate, row) for row in open_lakehouse(quick[0]).read(CANDIDATES).slice(0, 20).to_pylist()]
    found = [
        [Recommender(settings, open_embedder(settings)).offers_for(candidate, top=10) for candidate in candidates]
        for settings in (quick[0], at_pinecone)
    ]
    assert found[1] == found[0]
    assert all(found[0])


def test_a_second_run_with_nothing_new_writes_nothing(
    full: tuple[Settings, dict[str, Any]], environment: dict[str, str], pinecone: PineconeDouble
) -> None:
    before = {t.id: open_lakehouse(Settings(home=full[0].home)).version(t) for t in TABLES.values()}
    upserted = len(pinecone.upserted())
    again = told("run", home=full[0].home, seconds=400, **environment)
    assert (again["status"], again["rows_written"], again["texts_embedded"]) == ("ok", 0, 0)
    assert {t.id: open_lakehouse(Settings(home=full[0].home)).version(t) for t in TABLES.values()} == before
    assert len(pinecone.upserted()) == upserted


def test_status_and_doctor_answer_in_the_full_profile(full: tuple[Settings, dict[str, Any]], environment: dict[str, str]) -> None:
    assert told("status", home=full[0].home, **environment)
    assert talentflow("doctor", home=full[0].home, **environment).returncode == 0
