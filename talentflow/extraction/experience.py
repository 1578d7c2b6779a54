"""Years of experience that an offer asks for."""

from __future__ import annotations

import re
from typing import NamedTuple

from talentflow.extraction.phrases import finder, fold, windows

_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
    "fifteen": 15,
}
_NUMBER = r"(\d{1,2}(?:[.,]5)?|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")"
_YEARS = re.compile(
    r"(?<![\d€$£.,/-])"
    + _NUMBER
    + r"\s{0,2}(?:\(\d{1,2}\)\s?)?(\+|plus\b|or more\b)?\s{0,2}(?:(?:-|–|—|to|à|a|ou|or|/|et)\s{0,2}"
    + _NUMBER
    + r"\s{0,2}\+?\s{0,2})?(\+\s?)?(years?|yrs?|ans?|années?|annees?|mois|months?|anos|años)\b['’]?",
    re.IGNORECASE,
)
_WORDS_BEFORE = re.compile(
    r"(?:experience|expérience|experiência|experiencia|minimum|at least|au moins|au minimum|justifi\w+|background|track record)"
    r"[^.\n]{0,60}$",
    re.IGNORECASE,
)
_WORDS_AFTER = re.compile(
    r"^\s{0,3}(?:\((?:senior|mid|junior|staff)[^)\n]{0,20}\)[^.\n]{0,40}?)?[^.\n;]{0,70}?(?:experience|expérience|"
    r"experiência|experiencia|"
    r"exp\b|background|in a similar|sur un poste|dans un poste|in a (?:\w+ ){0,3}(?:role|position)|practice|working "
    r"(?:with|in|as)|"
    r"of (?:hands-on|professional|relevant|commercial|proven|post)|(?:in|of) (?:software|sales|marketing|engineering|management)|"
    r"in an? |in the |in [A-Z]|as an? |de pratique|d'ancienneté|minimum)",
    re.IGNORECASE,
)
_COMPANY_AGE = re.compile(
    r"(?:our|notre|nos|for over|for more than|depuis (?:plus de )?|founded|fondée?|créée?|company with|with over|combined|"
    r"cumul\w+|"
    r"for the (?:past|last)|over the (?:past|last)|au cours des|history of|existe\w*|boasting|celebrat\w+|within|every|after|"
    r"during|next|previous|past|last|âgée?s?|aged|age of|plus de|has|have)\s{0,2}(?:\w+ ){0,2}$",
    re.IGNORECASE,
)
_NOT_EXPERIENCE = re.compile(
    r"^\s{0,3}(?:old|of age|contract|contrat|renewable|renouvelable|warranty|ago|in a row|d'existence|d'histoire|and "
    r"older|minimum age|"
    r"degree|de garantie|de cdd|de contrat|history|in business|programme|program\b|course|(?:de )?formation|d'études|of study|"
    r"after|fixed|temporary|in operation|of history|diploma|vesting)",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\b(?:une |d['’]une )?premi[èe]re exp[ée]rience\b", re.IGNORECASE)
_NONE = re.compile(
    r"newly qualified (?:\w+ )?(?:are )?welcome|(?:recent|new) graduates (?:are )?welcome|jeunes dipl[ôo]m[ée]e?s "
    r"(?:accept|bienvenu)|"
    r"d[ée]butant(?:e|\(e\))?s? bienvenu|"
    r"(?:premi[èe]re|first|previous|prior) exp[ée]rience[^.;\n]{0,40}(?:pas (?:exig|obligatoire|requis|n[ée]cessaire)|not "
    r"(?:required|necessary|essential|needed))|"
    r"\bd[ée]butant(?:e|\(e\))?s? accept|\bno (?:prior |previous )?experience (?:is )?(?:required|necessary|needed)|"
    r"\bsans exp[ée]rience|\baucune exp[ée]rience (?:n['’]est )?(?:requise|exig)",
    re.IGNORECASE,
)
_AT_MOST = 40.0


_ANCHORS = finder({"unit": "year*, yrs*, yr, ans, an, annee*, mois, month*, anos"})
_LONGEST = 60


_EXPERIENCE = re.compile(r"exp[eé]ri", re.IGNORECASE)


class Years(NamedTuple):
    """`text[start:end]` asks for `years` of experience, at least."""

    years: float
    start: int
    end: int


def required_years(text: str, *, labelled: bool = False) -> Years | None:
    """The least experience asked for: `3+ years`, `3 à 5 ans d'expérience`, `at least five years`, `première expérience` (1).

    Args:
        text: an offer, or the value of its `Experience:` label.
        labelled: the text is such a value, so that a number of years needs no word of experience beside it.

    Of several mentions the highest within the first ones that stand in the same sentence group wins when it is the overall
    requirement (`5+ years … including 2 years of Java` is 5); beginners accepted gives 0 when no number is asked for.
    """
    found: list[Years] = []
    spans = windows(_ANCHORS(fold(text)), len(text), before=_LONGEST, after=8)
    for match in (m for start, end in spans for m in _YEARS.finditer(text, start, end)):
        if len(found) >= 12:
            break
        years = _amount(match.group(1))
        if match.group(5).lower().startswith("mo") or match.group(5).lower() == "mois":
            years = round(years / 12, 2)
        before = text[max(0, match.start() - 80) : match.start()]
        after = text[match.end() : match.end() + 110]
        if (
            years > _AT_MOST
            or _NOT_EXPERIENCE.match(after)
            or (_COMPANY_AGE.search(before) and not _AT_LEAST.search(before) and not _ABOUT_YOU.search(before))
        ):
            continue
        months = match.group(5).lower().startswith("mo")
        if months and not labelled and not (_EXPERIENCE.search(before[-40:]) or _EXPERIENCE.search(after[:40])):
            continue
        plus = bool(match.group(2) or match.group(4))
        if labelled or _WORDS_BEFORE.search(before) or _WORDS_AFTER.match(after) or (plus and match.group(5)[0] in "yYaA"):
            found.append(Years(years, match.start(), match.end()))
    if found:
        top = found[0]
        for other in found[1:4]:
            if other.years > top.years and other.start - found[0].start < 700 and not _optional(text, other.start):
                top = other
        return top
    none = _NONE.search(text)
    if none:
        return Years(0.0, none.start(), none.end())
    first_one = _FIRST.search(text)
    if first_one:
        return Years(1.0, first_one.start(), first_one.end())
    return None


_ABOUT_YOU = re.compile(r"\b(?:you|you['’]ve|you have|vous|candidates?|applicants?) (?:\w+ ){0,3}$", re.IGNORECASE)
_AT_LEAST = re.compile(r"(?:at least|minimum(?: of)?|au moins|au minimum|plus de|more than|over|with|of)\s{0,2}$", re.IGNORECASE)
_OPTIONAL = re.compile(
    r"(?:prefer|ideal|idéal|plus\b|bonus|desir|or\s{0,2}$|ou\s{0,2}$|nice to have)[^.\n]{0,40}$", re.IGNORECASE
)


def _optional(text: str, at: int) -> bool:
    return _OPTIONAL.search(text[max(0, at - 60) : at]) is not None


def _amount(number: str) -> float:
    lowered = number.lower()
    return float(_NUMBERS[lowered]) if lowered in _NUMBERS else float(lowered.replace(",", "."))
