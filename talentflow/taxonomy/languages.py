"""Human languages: names in English and French, ISO 639-1 codes."""

from __future__ import annotations

from talentflow.taxonomy.entries import Mention


def language_code(name: str) -> str | None:
    """`Anglais` → `en`, `German` → `de`; None for what is no language."""
    raise NotImplementedError


def find_languages(text: str) -> list[Mention]:
    """Languages named in a text, in order; ids are ISO 639-1 codes."""
    raise NotImplementedError
