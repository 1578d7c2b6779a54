"""Places: cities, regions and countries that offers and CVs name."""

from __future__ import annotations

from talentflow.records import Place
from talentflow.taxonomy.entries import Mention


def find_place(text: str) -> Place | None:
    """The place that a short text (a location line) names: `Lyon (69)`, `Austin, TX`, `Remote - Brazil`, `Paris, France`."""
    raise NotImplementedError


def find_places(text: str) -> list[tuple[Place, Mention]]:
    """Places named in a longer text, in order, each with its span."""
    raise NotImplementedError
