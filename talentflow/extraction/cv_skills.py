"""Skills in a CV: those the taxonomy knows, wherever they stand, and the other items of the skills section."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talentflow.extraction.sections import Section, fold, split_lines
from talentflow.extraction.spans import Span, split_span
from talentflow.records import Evidence, Skill

_WEIGHTS = {"skills": 5, "work": 3, "projects": 3, "certificates": 3, "summary": 2, "objective": 2, "education": 2, "": 1}
_UNREAD = frozenset(("interests", "references", "personal", "languages"))
"""Sections whose words are not skills: hobbies, other people, languages (which have a field of their own)."""
_ITEM = re.compile(r"\s*[,;•|·▪●■/\t]\s*|\s{3,}|\s+[–—-]\s+|\.\s+(?=[A-ZÀ-Þ])|\.$")
_LABEL = re.compile(r"^[^:,;|]{2,40}:\s*")
_LEVEL = re.compile(
    r"\s*[(\[–-]?\s*(?:beginner|intermediate|advanced|expert|proficient|basic|basics|d[ée]butant|interm[ée]diaire|"
    r"avanc[ée]|confirm[ée]|ma[îi]trise|notions|"
    r"bon niveau|tr[èe]s bon niveau|\d{1,3} ?%|\d{1,2}\+? (?:years?|ans?)|[★☆●○⬤◯■□▮▯]{2,}|\d/\d{1,2})\s*[)\]]?$",
    re.IGNORECASE,
)
_NOT_ITEMS = frozenset(
    fold(
        "and et or ou etc other autres tools outils skills compétences "
        "good bon bonne expert advanced intermediate languages langues years ans"
    ).split()
)
LONGEST_ITEM, MOST_WORDS, MOST_ITEMS = 48, 6, 60


def find_candidate_skills(
    text: str, sections: Sequence[Section], language: str, *, names: Sequence[tuple[int, int]] = ()
) -> tuple[list[Skill], list[Evidence]]:
    """Skills, the best attested first: the skills section counts most, then posts and projects, then the rest.

    Names come in the CV's language. A skill's evidence points at where it counts most.

    Args:
        text: the CV.
        sections: of it.
        language: for the skills' names.
        names: spans of employers, schools and places: who worked at `Falcon Catering` need not cater.
    """
    from talentflow import taxonomy

    best: dict[str, tuple[int, int, int]] = {}
    weight_of: dict[str, int] = {}
    covered: list[tuple[int, int]] = []
    for section in sections:
        if section.name in _UNREAD:
            continue
        weight = _WEIGHTS.get(section.name, 1)
        for mention in taxonomy.find_skills(text[section.body : section.end]):
            start, end = section.body + mention.start, section.body + mention.end
            if any(s <= start and end <= e for s, e in names):
                continue
            if section.name == "skills":
                covered.append((start, end))
            weight_of[mention.id] = weight_of.get(mention.id, 0) + weight
            if mention.id not in best or weight > best[mention.id][0]:
                best[mention.id] = (weight, start, end)
    ranked = sorted(best, key=lambda s: (-best[s][0], -weight_of[s], best[s][1], s))
    skills = [Skill(skill_id=s, name=_name(s, language)) for s in ranked]
    spans = [best[s][1:] for s in ranked]
    known = {fold(text[s:e]) for s, e in spans} | {fold(s.name) for s in skills}
    for item in _unknown_items(text, sections, covered):
        key = fold(item.text)
        if key not in known:
            known.add(key)
            skills.append(Skill(skill_id=None, name=item.text))
            spans.append((item.start, item.end))
    return skills, [Evidence(field=f"skills[{n}]", start=s, end=e) for n, (s, e) in enumerate(spans)]


def _name(skill_id: str, language: str) -> str:
    from talentflow import taxonomy

    entry = taxonomy.skill(skill_id)
    return (entry.name_fr if language == "fr" else entry.name_en) or entry.name_en


def _unknown_items(text: str, sections: Sequence[Section], covered: Sequence[tuple[int, int]]) -> list[Span]:
    """Short items of the skills sections that no known skill stands in."""
    inside = iter(sorted(covered))
    spans = list(inside)
    items: list[Span] = []
    at = 0
    for section in sections:
        if section.name != "skills":
            continue
        for line in split_lines(text[section.body : section.end]):
            start = section.body + line.start
            whole = Span(line.text, start, start + len(line.text)).cut(0, len(line.text))
            label = _LABEL.match(whole.text)
            if label and fold(label.group()) in ("interests", "hobbies", "centres d interet", "loisirs"):
                continue
            if label:
                whole = whole.cut(label.end(), len(whole.text))
            split = split_span(whole, _ITEM)
            if whole.text.count(" ") > 12 and len(split) < 3:
                continue
            for item in split:
                level = _LEVEL.search(item.text)
                if level and level.start() > 0:
                    item = item.cut(0, level.start())
                while at < len(spans) and spans[at][1] <= item.start:
                    at += 1
                inside = sum(e - s for s, e in spans[at : at + 8] if s >= item.start and e <= item.end)
                if at < len(spans) and spans[at][0] < item.end and inside >= 0.6 * len(item.text):
                    continue
                if _is_item(item.text):
                    items.append(item)
                    if len(items) >= MOST_ITEMS:
                        return items
    return items


def _is_item(text: str) -> bool:
    words = fold(text).split()
    if not words or len(text) > LONGEST_ITEM or len(words) > MOST_WORDS or "█" in text:
        return False
    if not any(c.isalpha() for c in text) or text[-1] in ":?" or "@" in text:
        return False
    return not all(w in _NOT_ITEMS or w.isdigit() for w in words)
