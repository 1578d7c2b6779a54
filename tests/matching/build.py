"""Records made by hand for the tests of matching."""

from __future__ import annotations

from typing import Any

from talentflow.records import Candidate, Evidence, JobOffer, Place, Skill


def skills(*names: str, required: bool | None = None) -> list[Skill]:
    """Skills that the taxonomy need not know."""
    return [Skill(name=name, required=required) for name in names]


def offer(offer_id: str = "o1", **fields: Any) -> JobOffer:
    values: dict[str, Any] = {"title": "Data engineer", "language": "en"}
    return JobOffer(offer_id=offer_id, document_id=f"doc-{offer_id}", **(values | fields))


def candidate(candidate_id: str = "c1", **fields: Any) -> Candidate:
    values: dict[str, Any] = {"headline": "Data engineer", "language": "en"}
    return Candidate(candidate_id=candidate_id, document_id=f"doc-{candidate_id}", **(values | fields))


def evidence(field: str, start: int, end: int) -> Evidence:
    return Evidence(field=field, start=start, end=end)


LYON = Place(locality="Lyon", region="Auvergne-Rhône-Alpes", country="FR")
GRENOBLE = Place(locality="Grenoble", region="Auvergne-Rhône-Alpes", country="FR")
PARIS = Place(locality="Paris", region="Île-de-France", country="FR")
LONDON = Place(locality="London", region="England", country="GB")
