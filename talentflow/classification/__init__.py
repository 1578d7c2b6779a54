"""What a document is: kind, occupation, seniority, language."""

from __future__ import annotations

from talentflow.records import Classification, Kind


def kind_of(text: str, *, hint: str | None = None) -> tuple[Kind, float]:
    """cv, job_offer or other, with a confidence. A hint (from the format or the sender) counts, contrary text wins."""
    raise NotImplementedError


def classify(text: str, *, hint: str | None = None) -> Classification:
    """All of it, `document_id` left empty. Never raises for a text: what cannot be judged has confidence 0."""
    raise NotImplementedError
