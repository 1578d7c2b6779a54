"""What every stage reads and writes. What a stage owns is in `tables.py`; what it changes beside that is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from talentflow.eventlog import DOCUMENTS_TOPIC, INTERACTIONS_TOPIC
from talentflow.gate import GATED, RECORDS
from talentflow.settings import Settings
from talentflow.tables import (
    CANDIDATES,
    CLASSIFICATIONS,
    CLOSURES,
    DOCUMENTS,
    EMBEDDINGS,
    JOB_OFFERS,
    OUTCOMES,
    QUARANTINE,
    TABLES,
    TEXTS,
    Table,
)
from talentflow.warehouse import LOADED, LOADS, SKILLS

Place = Literal["lake", "warehouse", "eventlog", "vectors", "source"]

SHARED = tuple(table for table in TABLES.values() if table.owner == "every stage")
"""Bookkeeping of every stage: where each document ended."""


@dataclass(frozen=True)
class Dataset:
    """A table, a topic, an index or a kind of source: what lineage goes from and to."""

    place: Place
    name: str
    table: Table | None = None


def lake(table: Table) -> Dataset:
    """A Delta table."""
    return Dataset("lake", table.id, table)


def loaded(table: Table) -> Dataset:
    """A table of the warehouse, with the columns that are loaded."""
    return Dataset("warehouse", table.id, table)


def source(kind: str) -> Dataset:
    """Where documents come from: the type of a source, never its name or address."""
    return Dataset("source", f"sources.{kind}")


DOCUMENTS_ON_LOG = Dataset("eventlog", DOCUMENTS_TOPIC)
INTERACTIONS_ON_LOG = Dataset("eventlog", INTERACTIONS_TOPIC)
INDEX = Dataset("vectors", "vectors.index")

_READS: Mapping[str, Sequence[Dataset]] = {
    "bronze": (DOCUMENTS_ON_LOG,),
    "interactions": (INTERACTIONS_ON_LOG,),
    "parse": (lake(DOCUMENTS),),
    "classify": (lake(TEXTS),),
    "extract": (lake(TEXTS), lake(CLASSIFICATIONS)),
    "complete": (lake(JOB_OFFERS), lake(CANDIDATES), lake(TEXTS), lake(CLASSIFICATIONS)),
    "link": (lake(JOB_OFFERS), lake(TEXTS), lake(CLOSURES)),
    "gate": tuple(map(lake, GATED)),
    "embed": (lake(JOB_OFFERS), lake(CANDIDATES)),
    "index": (lake(EMBEDDINGS), lake(JOB_OFFERS), lake(CANDIDATES), lake(CLOSURES)),
}
"""The stage's main input first: what `StageReport.read` counts."""
_ALSO_WRITES: Mapping[str, Sequence[Dataset]] = {
    # what the gate removes from the other tables brings no data there
    "gate": tuple(map(lake, RECORDS)),
    "link": (lake(JOB_OFFERS),),
    "complete": (lake(JOB_OFFERS), lake(CANDIDATES)),
    "index": (INDEX,),
    "warehouse": (loaded(SKILLS), loaded(LOADS)),
}
_WITHOUT_OUTCOMES = ("index", "warehouse")
LOADS_OF: Sequence[tuple[Dataset, Dataset]] = [(lake(TABLES[table.id]), loaded(table)) for table in LOADED]
"""What the warehouse loads, and as what: each a job of its own, as nothing of one comes to another."""


def reads(stage: str) -> Sequence[Dataset]:
    """What a stage reads, its main input first; nothing for a stage that this does not know."""
    return _READS.get(stage, ())


def writes(stage: str) -> Sequence[Dataset]:
    """What a stage writes."""
    owned = [lake(table) for table in TABLES.values() if table.owner == stage]
    shared = [lake(table) for table in SHARED] if stage in _READS and stage not in _WITHOUT_OUTCOMES else []
    return [*owned, *_ALSO_WRITES.get(stage, ()), *shared]


def topic_of(producer: str) -> Dataset:
    """Where a producer puts what it has."""
    return INTERACTIONS_ON_LOG if "interactions" in producer else DOCUMENTS_ON_LOG


def is_shared(dataset: Dataset) -> bool:
    """Whether other stages write to it meanwhile, so that its commits are not one stage's."""
    return dataset.name in (QUARANTINE.id, OUTCOMES.id)


def namespace(settings: Settings, place: Place) -> str:
    """As OpenLineage names it, where it is a server's; without the paths of this machine where it is not."""
    if place == "warehouse":
        return f"snowflake://{settings.snowflake_account}" if settings.warehouse == "snowflake" else "duckdb://talentflow.duckdb"
    if place == "eventlog" and settings.eventlog == "kafka" and settings.kafka_bootstrap:
        return f"kafka://{settings.kafka_bootstrap.partition(',')[0]}"
    if place == "vectors" and settings.vectors == "pinecone":
        return f"pinecone://{settings.pinecone_index}"
    return settings.lineage_namespace


def full_name(settings: Settings, dataset: Dataset) -> str:
    """The dataset's name in its namespace."""
    if dataset.place == "warehouse" and settings.warehouse == "snowflake":
        return f"{settings.snowflake_database}.{dataset.name}".upper()
    if dataset.place == "eventlog":
        return f"{settings.kafka_topic_prefix}{dataset.name}" if settings.eventlog == "kafka" else f"eventlog.{dataset.name}"
    return dataset.name
