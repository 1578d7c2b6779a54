"""Human languages: names in English and French, ISO 639-1 codes.

`data/languages.csv` holds for each its English, French and own name, other names, and (`exact`) the names that are also other
words and count only with their capital: `Polish` is a language, "polish your pitch" is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from talentflow.automaton import Automaton, automaton
from talentflow.taxonomy import data_files
from talentflow.taxonomy.entries import Mention
from talentflow.taxonomy.folding import fold

_OTHER_SENSE = re.compile(
    r" (?:america|american|americas|quarter|fries|guiana|polynesia|kiss|press|republic|open|riviera|alps|"
    r"language family|shepherd|dance|music|cuisine|restaurant|food)\b"
)


@dataclass(frozen=True)
class _Index:
    codes: frozenset[str]
    by_name: dict[str, str]
    names: list[str]
    exact: dict[str, str]
    automaton: Automaton


@cache
def _index() -> _Index:
    by_name: dict[str, str] = {}
    exact: dict[str, str] = {}
    codes: set[str] = set()
    for row in data_files.rows("languages.csv"):
        codes.add(row["code"])
        for name in (row["name_en"], row["name_fr"], row["own_name"], *row["aliases"].split("|")):
            if name:
                by_name.setdefault(fold(name), row["code"])
        exact |= {fold(name): name for name in row["exact"].split("|") if name}
    names = list(by_name)
    return _Index(frozenset(codes), by_name, names, exact, automaton(names))


def language_code(name: str) -> str | None:
    """`Anglais` → `en`, `German` → `de`, `fr` or `fr-FR` → `fr`; None for what is no language (`IT` is none, `it` is)."""
    if len(name) > 100:
        return None
    index = _index()
    folded = " ".join(fold(name).strip(" ,;:.•·*()[]'\"").split())
    found = index.by_name.get(folded)
    if found is None and (code := re.fullmatch(r"([a-z]{2})(?:[-_][A-Za-z]{2})?", name.strip())) and code.group(1) in index.codes:
        return code.group(1)
    return found


@cache
def _names() -> dict[str, tuple[str, str]]:
    return {row["code"]: (row["name_en"], row["name_fr"]) for row in data_files.rows("languages.csv")}


def language_names(code: str) -> tuple[str, str]:
    """The English and the French name: `de` → (`German`, `Allemand`); the code itself when it is unknown."""
    return _names().get(code, (code, code))


def find_languages(text: str) -> list[Mention]:
    """Languages named in a text, in order; ids are ISO 639-1 codes.

    A nationality reads like its language ("a French company"): whoever needs the difference looks at what stands around.
    Names that are other words besides count with their capital only, and not where they open a longer name ("Latin America").
    """
    index = _index()
    folded = fold(text)
    hits: list[tuple[int, int, str]] = []
    # Scripts without capitals (中文, 한국어) put no space around a word.
    for number, start, end in index.automaton.find_matches_as_indexes(folded, overlapping=True):
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        name = index.names[number]
        spaced = name[0].upper() != name[0]
        if spaced and (before.isalnum() or after.isalnum()):
            continue
        written = index.exact.get(name)
        if written is not None and text[start:end] != written and not text[start:end].isupper():
            continue
        if _OTHER_SENSE.match(folded, end):
            continue
        hits.append((start, end, index.by_name[name]))
    hits.sort(key=lambda hit: (hit[0], -hit[1]))
    found: list[Mention] = []
    reached = 0
    for start, end, code in hits:
        if start >= reached:
            found.append(Mention(code, start, end))
            reached = end
    return found
