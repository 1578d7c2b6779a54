"""Mistyped names of skills and languages in a question (`Pyhton`): corrected only to what a chosen CV has, and said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from talentflow.chat import ChatLanguage
from talentflow.chat.facts import Chosen, language_name, skill_name
from talentflow.taxonomy.folding import fold

_SHORTEST = 5
_LONG = 9
"""From this length two slips are forgiven, below it one."""


def corrected(words: Iterable[str], chosen: Sequence[Chosen], language: ChatLanguage) -> dict[str, str]:
    """Folded word of a question → the name that it is a slip of. A word that a chosen CV says is none, nor is one near two."""
    from rapidfuzz.distance import OSA

    found: dict[str, str] = {}
    names: dict[str, str] = {}
    for word in words:
        if len(word) < _SHORTEST or not word.isalpha():
            continue
        names = names or _names(chosen, language)
        slips = 2 if len(word) >= _LONG else 1
        near = [name for name in names if name[0] == word[0] and OSA.distance(word, name, score_cutoff=slips) <= slips]
        is_said = re.compile(rf"\b{re.escape(word)}")
        if len(near) == 1 and near[0] != word and not any(is_said.search(fold(c.text)) for c in chosen):
            found[word] = names[near[0]]
    return found


def _names(chosen: Sequence[Chosen], language: ChatLanguage) -> dict[str, str]:
    """Folded names of one word → as they are written."""
    held = {(s.skill_id, s.name) for c in chosen for s in c.record.skills}
    codes = {spoken.language for c in chosen for spoken in c.record.languages}
    written = {skill_name(i, name, language) for i, name in held} | {language_name(code, language) for code in codes}
    return {fold(name): name for name in sorted(written) if len(name) >= _SHORTEST and fold(name).isalpha()}
