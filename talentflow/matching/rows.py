"""Records from the rows of their tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from talentflow.records import Candidate, JobOffer

R = TypeVar("R", JobOffer, Candidate)


def record_of(model: type[R], row: Mapping[str, Any]) -> R:
    """A record from a row: stamps are no part of it, and a list that is null is empty."""
    return model.model_validate({k: v for k, v in row.items() if k in model.model_fields and v is not None})
