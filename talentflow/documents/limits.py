"""What one document may cost, and what reading gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from talentflow.records import Kind
from talentflow.settings import Settings


@dataclass(frozen=True)
class Limits:
    """What one document may cost. Defaults are those of `Settings`."""

    bytes: int = 20 * 2**20
    pages: int = 200
    characters: int = 400_000
    expansion: int = 100 * 2**20


def document_limits(settings: Settings) -> Limits:
    """The limits that the settings name."""
    return Limits(settings.max_document_bytes, settings.max_pages, settings.max_characters, settings.max_expansion)


@dataclass(frozen=True)
class Text:
    """A document's text. `pages[i]` is the offset where page i starts; `notes` say what was left out or guessed."""

    text: str
    media_type: str
    pages: list[int] = field(default_factory=lambda: [0])
    notes: list[str] = field(default_factory=list)
    kind_hint: Kind | None = None
    """Known from the format alone: JSON Resume is a cv, JobPosting an offer."""
