"""The stages of a run in their order, and what each begins with: for runs of some of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from talentflow.errors import BadInput
from talentflow.lakehouse import Lakehouse
from talentflow.tables import (
    CANDIDATES,
    CLASSIFICATIONS,
    DOCUMENTS,
    EMBEDDINGS,
    INTERACTIONS,
    JOB_OFFERS,
    OUTCOMES,
    TEXTS,
    Table,
)

_RECORDS = (JOB_OFFERS, CANDIDATES)
READS: Mapping[str, tuple[Table, ...]] = {
    "bronze": (),
    "parse": (DOCUMENTS,),
    "classify": (TEXTS,),
    "extract": (CLASSIFICATIONS,),
    "complete": _RECORDS,
    "link": _RECORDS,
    "interactions": (),
    "gate": (TEXTS, *_RECORDS, INTERACTIONS),
    "embed": _RECORDS,
    "warehouse": (*_RECORDS, INTERACTIONS, OUTCOMES),
    "index": (EMBEDDINGS,),
}
"""The stages in order, each with tables of which at least one must be there; those without read the event log."""


def choose(names: Iterable[str]) -> tuple[str, ...]:
    """The named stages in the order of a run, each once. Raises BadInput for a name that is none."""
    asked = set(names)
    if unknown := sorted(asked - READS.keys()):
        raise BadInput(f"there is no stage {', '.join(unknown)}: name one or several of {', '.join(READS)}")
    return tuple(stage for stage in READS if stage in asked)


def require_inputs(stage: str, lakehouse: Lakehouse) -> None:
    """Raises BadInput when nothing that a stage reads is there yet."""
    tables = READS[stage]
    if tables and all(lakehouse.version(table) is None for table in tables):
        raise BadInput(
            f"{stage} reads {' or '.join(t.id for t in tables)}, and there is none yet in this home: "
            "run  talentflow run  (or  talentflow quick) first, or another TALENTFLOW_HOME"
        )
