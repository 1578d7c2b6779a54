"""Names of the people that an offer says to contact. A job title, a team or a place is none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talentflow.extraction.names import email_support, names_something_else
from talentflow.extraction.sections import fold
from talentflow.extraction.words import FIRST_NAMES, NOT_NAMES, employer_score, role_score, school_score
from talentflow.records import Evidence

_NAME = r"(?-i:[A-ZÀ-Þ](?:[\w'’-]{1,24}|\.)(?:[ \t](?:[A-ZÀ-Þ](?:[\w'’-]{1,24}|\.)|de|van|von|el|le)){1,3})"
_WORD = r"(?-i:[A-ZÀ-Þ][\w'’-]{1,24})"
_LABELLED = re.compile(
    r"(?<!\w)(?:(?P<person>contact[ \t](?:person|name|personne)|hiring[ \t]manager|interlocut(?:eur|rice)|r[ée]f[ée]rente?|"
    r"à[ \t]l['’]attention[ \t]de|attn)|recruteu(?:r|se)|recruiter|posted[ \t]by|votre[ \t]contact|your[ \t]contact|"
    r"contact(?:er|ez)?)"
    rf"(?:[ \t]{{0,2}}(?P<mark>[:–-])[ \t]{{0,3}}|[ \t]{{1,3}})"
    rf"(?:(?P<title>(?:mr|mrs|ms|mme|mlle|m|dr|monsieur|madame)\.?[ \t])(?P<titled>{_NAME}|{_WORD})|(?P<name>{_NAME}))",
    re.IGNORECASE,
)
"""`person`: what is only ever said of one; a recruiter may be an agency."""
_BEFORE_EMAIL = re.compile(rf"(?P<name>{_NAME})[ \t]{{0,2}}(?:[(<,:–|-][ \t]{{0,2}}|at[ \t]|à[ \t]|on[ \t])$")


def find_contacts(
    text: str, emails: Sequence[tuple[str, Evidence]], phones: Sequence[tuple[str, Evidence]]
) -> list[tuple[int, int]]:
    """Spans of the names: behind a word that announces a person, where a title, a first name or an address or number beside them
    says that they are one; or in front of an address that holds them.

    Args:
        text: an offer.
        emails: addresses found in it, with their spans.
        phones: numbers, likewise.
    """
    spans: set[tuple[int, int]] = set()
    for match in _LABELLED.finditer(text):
        name = match["titled"] or match["name"]
        sure = bool(match["title"]) or any(w in FIRST_NAMES for w in fold(name).split())
        reached = any(0 <= at.start - match.end() < 16 for _, at in [*emails, *phones])
        sure = sure or bool(match["person"] and match["mark"]) or (reached and len(name.split()) == 2)
        if sure and not _is_something_else(name):
            spans.add(match.span("titled" if match["titled"] else "name"))
    for address, at in emails:
        before = text[max(0, at.start - 90) : at.start]
        match = _BEFORE_EMAIL.search(before)
        if match and _speaks_for(address.split("@")[0], match["name"]) and not _is_something_else(match["name"]):
            start = at.start - len(before) + match.start("name")
            spans.add((start, start + len(match["name"])))
    return sorted(spans)


def _speaks_for(local: str, name: str) -> bool:
    return email_support([fold(w) for w in name.split()], fold(local).replace(" ", "")) == 2


def _is_something_else(name: str) -> bool:
    words = fold(name).split()
    if employer_score(name) or school_score(name):
        return True
    if words[0] in FIRST_NAMES and len(words) <= 3 and not any(w in NOT_NAMES for w in words[1:]):
        # `Jane Smith`, `Luc Boulanger`, `June Rogers`: surnames that were trades, first names that are months.
        return False
    if any(w in NOT_NAMES for w in words):
        return True
    return role_score(name) > 0 or names_something_else(name)
