"""Skills: names, aliases and which are near which, in English and French.

The entries are in `data/skills_*.csv`, one row a skill. Two columns say which labels are also everyday words:

- `exact`: labels that count only as they are written there (`Excel`, `REST`), and not where a capital only opens a sentence
  ("Excel in your role");
- `guarded`: labels so short or common (`Go`, `R`, `C`, `Express`) that they need company besides: an item of a list that holds
  another technical skill, or a neighbouring word such as `developer` or `langage`.

`data/skills_blocked.csv` lists phrases in which a label means something else ("react to", "word of mouth").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

from talentflow.automaton import Automaton, automaton
from talentflow.taxonomy import data_files
from talentflow.taxonomy.entries import Mention, SkillEntry
from talentflow.taxonomy.folding import fold

FILES = (
    "skills_it.csv",
    "skills_engineering.csv",
    "skills_business.csv",
    "skills_care.csv",
    "skills_services.csv",
    "skills_trades.csv",
    "skills_transversal.csv",
)

Rule = Literal["free", "exact", "guarded", "blocked"]

COMPANY_CHARS = 70
"""How far from a guarded label another technical skill may stand."""

_NOT_TECHNICAL = frozenset({"transversal"})
_LIST_BEFORE = re.compile(r"(?:^|[,;/|•·●▪◦■*+(\[:&\n\r\t█]|[-–—]\s|\b(?:and|or|et|ou|y|und)\s)\s*\Z")
_LIST_AFTER = re.compile(r"\s*(?:\Z|[,;/|•·●▪◦■*+()\]:&\n\r\t█]|\s[-–—]|[.!?](?:\s|\Z)|(?:and|or|et|ou|y|und|as\swell)\b)")
_PUNCTUATED_BEFORE = re.compile(r"(?:^|[,;/|•·●▪◦■(\[:\n\r])[ \t]*\Z")
_PUNCTUATED_AFTER = re.compile(r"[ \t]*(?:\Z|[,;/|•·●▪◦■)\]\n\r]|[.](?:\s|\Z))")
_CUE_BEFORE = re.compile(
    r"(?:\b(?:developers?|developpeu(?:rs?|ses?)|programming|programmation|languages?(?: such as| like)?:?|"
    r"langages?(?: comme)?:?|coding|code[sd]?|written|ecrite?s?|developpe[rs]?|develop(?:ed|ing|ment)?|microsoft|ms|apache|"
    r"frameworks?:?|proficien(?:t|cy)|fluent|expertise|competences?|maitrise(?:r| de)?|knowledge|connaissances?|using|stack:?)"
    r"(?: (?:in|of|with|en|avec|sur|le|la|de|du|language|langage|logiciel))?|"
    r"\b(?:experience|skills) (?:in|with|of|en|avec)|\b(?:maitrise|connaissance) d)[ (:'\"]+\Z"
)
_CUE_AFTER = re.compile(
    r"[ (]*(?:(?:programming|scripting) )?(?:developers?|developpeu(?:r|se)s?|engineers?|programmers?|programming|programmation|"
    r"language|langage|scripts?|scripting|frameworks?|packages?|libraries|library|microservices?|backends?|codebase|modules?|"
    r"studio|shiny)\b"
)
_JOINT = re.compile(r"(?:,? (?:and|or|et|ou|&) |, ?| ?/ ?| )")
_OPENS_SENTENCE = re.compile(r"(?:^|[.!?:;•·●▪◦■*\n\r>]|\s[-–—])\s*[\"'“«(]?\s*\Z")
_PROSE_AFTER = re.compile(
    r" (?!and\b|or\b|et\b|ou\b|skills?\b|expert|avance|niveau|ou\b|developer|engineer|certifi|"
    r"formulas?|macros?|functions?|spreadsheets?|dashboards?|reports?\b|reporting|models?\b|modell?ing|sheets?|files?|vba|users?\b|"
    r"proficien|knowledge|experience|basics?|intermediate|advanced)[a-zà-ÿ]"
)
_VERSION = re.compile(r"\d{1,2}(?:\.\d{1,2}|\.x)?(?![\w.])|\d{1,2}(?:\.\d{1,2})?(?=\.(?:\s|\Z))")


@dataclass(frozen=True)
class _Label:
    """`folded` is what is searched, `written` how it must stand where `rule` is exact or guarded."""

    folded: str
    written: str
    skill_id: str
    rule: Rule


@dataclass(frozen=True)
class _Index:
    entries: dict[str, SkillEntry]
    by_name: dict[str, str]
    labels: list[_Label]

    @cached_property
    def automaton(self) -> Automaton:
        """Built when a text is first searched: a name alone is looked up without it."""
        return automaton([label.folded for label in self.labels], compact=True)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


def _variants(written: str) -> list[str]:
    """The ways a label is also written: `&` for a conjunction, an apostrophe left out."""
    found = [written]
    for word in (" and ", " et ", " & "):
        if word in written:
            found += [written.replace(word, other) for other in (" and ", " et ", " & ") if other != word]
    if "'" in written:
        found.append(written.replace("'", " "))
    return found


@cache
def _index() -> _Index:
    entries: dict[str, SkillEntry] = {}
    by_name: dict[str, str] = {}
    labels: dict[str, _Label] = {}
    for file in FILES:
        for row in data_files.rows(file):
            skill_id, aliases = row["skill_id"], _split(row["aliases"])
            rules: dict[str, Rule] = dict.fromkeys(_split(row["exact"]), "exact")
            rules |= dict.fromkeys(_split(row["guarded"]), "guarded")
            entries[skill_id] = SkillEntry(
                skill_id,
                row["name_en"],
                row["name_fr"],
                aliases,
                row["category"],
                _split(row["near"]),
                _split(row["codes"]),
            )
            for written in (row["name_en"], row["name_fr"], *aliases):
                rule = rules.get(written, "free")
                for variant in _variants(written):
                    folded = fold(variant)
                    by_name.setdefault(folded, skill_id)
                    labels.setdefault(folded, _Label(folded, variant, skill_id, rule))
    for skill_id in entries:
        by_name.setdefault(fold(skill_id), skill_id)
    for row in data_files.rows("skills_blocked.csv"):
        folded = fold(row["phrase"])
        labels.setdefault(folded, _Label(folded, folded, "", "blocked"))
    return _Index(dict(sorted(entries.items())), by_name, list(labels.values()))


def skills() -> list[SkillEntry]:
    """All of them, by id."""
    return list(_index().entries.values())


def skill(skill_id: str) -> SkillEntry:
    """Raises KeyError for an id that the taxonomy does not have."""
    return _index().entries[skill_id]


def find_skill(name: str) -> SkillEntry | None:
    """The skill that this very name means (any label or alias, any case, accents or not).

    Punctuation around it, a plural s and a version number after it are overlooked: `Python 3`, `APIs`.
    """
    if len(name) > 200:
        return None
    index = _index()
    plain = fold(name)
    bare = " ".join(plain.strip(" ,;:•·*()[]'\"").split())
    for key in (plain, bare, bare.rstrip("."), bare.removesuffix("s"), re.sub(r" ?v?\d[\d.x]*\+?$", "", bare)):
        found = index.by_name.get(key)
        if found:
            return index.entries[found]
    return None


def _whole(text: str, start: int, end: int) -> int | None:
    """Where the word ends if `text[start:end]` is whole words (a plural s or a version may follow), else None."""
    if start > 0 and text[start].isalnum():
        before = text[start - 1]
        if (
            before.isalnum()
            or before in "@#"
            or (before == "." and start > 1 and text[start - 2].isalnum() and text[start].islower())
        ):
            return None
    if end == len(text):
        return end
    after = text[end]
    if text.startswith(("://", "s://"), end):
        return None
    if after.isalnum():
        if not text[end - 1].isalpha():
            return None
        if after in "sS" and end - start > 2 and not text[end + 1 : end + 2].isalnum():
            return end + 1
        if after.isdigit() and end - start > 3 and _VERSION.match(text, end):
            return end
        return None
    if after in "+#" and text[end - 1].isalnum() and not (after == "+" and end - start > 3):
        return None
    if after in ".@" and text[end + 1 : end + 2].isalnum() and not text[end + 1].isupper():
        return None
    return end


def _as_written(text: str, start: int, label: _Label) -> bool:
    """Whether letters and digits stand in the label's own case; spaces and hyphens may differ."""
    found = text[start : start + len(label.written)]
    return found == label.written or all(a == b or not b.isalnum() for a, b in zip(found, label.written, strict=False))


def _is_proper(text: str, start: int, end: int, label: _Label) -> bool:
    """Whether an `exact` label stands as written and its capital does not merely open a sentence of prose."""
    if not _as_written(text, start, label):
        return False
    if not label.written.istitle():
        return True
    return not (_PROSE_AFTER.match(text, end) and _OPENS_SENTENCE.search(text[max(0, start - 12) : start]))


@dataclass(frozen=True)
class _Technical:
    """Where the technical skills stand that were found without doubt."""

    starts: list[int]
    ends: frozenset[int]

    def starts_at(self, start: int) -> bool:
        place = bisect_left(self.starts, start)
        return place < len(self.starts) and self.starts[place] == start

    def is_within(self, start: int, end: int) -> bool:
        place = bisect_left(self.starts, start - COMPANY_CHARS)
        return place < len(self.starts) and self.starts[place] <= end + COMPANY_CHARS


def _has_company(text: str, folded: str, start: int, end: int, label: _Label, technical: _Technical) -> bool:
    """Whether the words around say that this everyday word is the skill.

    A capitalised `exact` name may stand in small letters there ("typescript and react"), a `guarded` one may not.
    """
    as_written = _as_written(text, start, label) or (label.rule == "exact" and label.written.istitle())
    before, after = text[max(0, start - 24) : start], text[end : end + 24]
    if as_written and (_CUE_AFTER.match(folded, end) or _CUE_BEFORE.search(folded[max(0, start - 40) : start])):
        return not after.startswith(("-", "'", "’", "&"))
    if after.startswith("&") or not technical.is_within(start, end):
        return False
    if not as_written:
        return bool(_PUNCTUATED_BEFORE.search(before) and _PUNCTUATED_AFTER.match(after))
    listed_before, listed_after = bool(_LIST_BEFORE.search(before)), bool(_LIST_AFTER.match(after))
    if listed_before and listed_after:
        return True
    joint = _JOINT.match(text, end)
    listed_on = joint is not None and technical.starts_at(joint.end())
    led_to = before.endswith(" ") and start - 1 in technical.ends
    if listed_on and joint is not None and len(joint.group()) > 1:
        return True
    return (listed_on and (led_to or listed_before)) or (led_to and listed_after)


def find_skills(text: str) -> list[Mention]:
    """Every skill mentioned, longest match first, whole words only, in order; linear in the text's length."""
    index = _index()
    folded = fold(text)
    sure: list[tuple[int, int, _Label]] = []
    doubtful: list[tuple[int, int, _Label]] = []
    for number, start, end in index.automaton.find_matches_as_indexes(folded, overlapping=True):
        whole = _whole(text, start, end)
        if whole is None:
            continue
        label = index.labels[number]
        if whole == end + 1 and label.rule in {"exact", "guarded"} and label.written.istitle():
            continue
        if label.rule in {"free", "blocked"} or (label.rule == "exact" and _is_proper(text, start, end, label)):
            sure.append((start, whole, label))
        else:
            doubtful.append((start, whole, label))
    taken = _leftmost_longest(sure)
    if doubtful:
        sure_spans = [(start, end) for start, end, label in taken if label.skill_id and _is_technical(index, label)]
        technical = _Technical([start for start, _ in sure_spans], frozenset(end for _, end in sure_spans))
        kept = [hit for hit in doubtful if _has_company(text, folded, *hit, technical)]
        taken = _leftmost_longest(taken + kept)
    return [Mention(label.skill_id, start, end) for start, end, label in taken if label.skill_id]


def _is_technical(index: _Index, label: _Label) -> bool:
    return index.entries[label.skill_id].category not in _NOT_TECHNICAL


def _leftmost_longest(hits: list[tuple[int, int, _Label]]) -> list[tuple[int, int, _Label]]:
    hits.sort(key=lambda hit: (hit[0], -hit[1]))
    chosen: list[tuple[int, int, _Label]] = []
    reached = 0
    for hit in hits:
        if hit[0] >= reached:
            chosen.append(hit)
            reached = hit[1]
    return chosen


def skill_nearness(skill_a: str, skill_b: str) -> float:
    """In [0, 1]: 1 for the same id, 0.5 for skills listed as near, 0.25 for those with a near skill in common, else 0."""
    if skill_a == skill_b:
        return 1.0
    entries = _index().entries
    a, b = entries.get(skill_a), entries.get(skill_b)
    if a is None or b is None:
        return 0.0
    if skill_b in a.near or skill_a in b.near:
        return 0.5
    return 0.25 if a.category == b.category and not set(a.near).isdisjoint(b.near) else 0.0
