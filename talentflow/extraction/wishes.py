"""What a candidate looks for: contract, workplace, salary; and how long they say they have worked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talentflow.extraction.salary import find_salary
from talentflow.records import Contract, Evidence, Salary, Workplace

_SEEK = re.compile(
    r"recherch|cherche|sought|searching|souhait|disponib|objectif|projet professionnel|seek|looking for|objective|open to|"
    r"available|interested in|in search of|desired|wanted|"
    r"en qu[êe]te|contrat|type de poste|contract type|pr[ée]tention|expectation|mobilit|preferred|preference|ouvert",
    re.IGNORECASE,
)
_ASKING_LINE = re.compile(r"[^\n]+(?:\n[ \t]*(?=[a-zà-ÿ])[^\n]+){0,6}")
"""A line with those that go on with it, in lower case."""
_CONTRACT_WORDS: tuple[tuple[Contract, str], ...] = (
    (
        "apprenticeship",
        r"alternance|alternante?|apprentissage|apprenti(?:e)?|contrat de professionnalisation|apprenticeship|work[- ]study",
    ),
    ("internship", r"stage(?!s\b)|stagiaire|internship|intern|placement"),
    ("freelance", r"freelance|ind[ée]pendante?|self[- ]employed|contractor|consulting missions|mission(?:s)? freelance"),
    (
        "permanent",
        r"cdi|permanent(?: position| role| contract)?|full[- ]time permanent|contrat [àa] dur[ée]e ind[ée]termin[ée]e",
    ),
    ("fixed_term", r"cdd|fixed[- ]term(?: contract)?|contrat [àa] dur[ée]e d[ée]termin[ée]e"),
    (
        "temporary",
        r"int[ée]rim(?:aire)?|temporary(?: work| job| position)?|temp work|missions d['’]int[ée]rim|"
        r"saisonni(?:er|[èe]re)|seasonal",
    ),
    ("volunteer", r"b[ée]n[ée]volat|volunteer(?:ing)? (?:role|position)"),
)
_CONTRACTS: tuple[tuple[Contract, re.Pattern[str]], ...] = tuple(
    (contract, re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)) for contract, pattern in _CONTRACT_WORDS
)
_WORKPLACES: tuple[tuple[Workplace, re.Pattern[str]], ...] = (
    (
        "hybrid",
        re.compile(
            r"(?<!\w)(?:hybrid|hybride|t[ée]l[ée]travail partiel|partial(?:ly)? remote|\d jours? de t[ée]l[ée]travail)(?!\w)",
            re.IGNORECASE,
        ),
    ),
    (
        "remote",
        re.compile(
            r"(?<!\w)(?:full[- ]remote|remote(?:ly)?|t[ée]l[ée]travail|100 ?% remote|work from home|à distance|"
            r"home office)(?!\w)",
            re.IGNORECASE,
        ),
    ),
    ("on_site", re.compile(r"(?<!\w)(?:on[- ]?site|pr[ée]sentiel|sur site|in[- ]office)(?!\w)", re.IGNORECASE)),
)
_SALARY_CUE = re.compile(
    r"pr[ée]tentions?|salar(?:y|ial|iales|iale)|salaire|r[ée]mun[ée]ration|expect(?:ed|ation)|tjm|daily rate|"
    r"day rate|hourly rate|taux journalier|compensation|package",
    re.IGNORECASE,
)
_YEARS = re.compile(
    r"(?<![\w.,])(?P<years>\d{1,2}(?:[.,]\d)?)\+?[ \u00a0]?(?:\(?\+\)?)?[ \u00a0]?(?:years?|yrs?|ans?|"
    r"ann[ée]es)(?:['’])?[ \u00a0](?:(?:of|d['’]|de|in|as|dans|en|comme|within)[ \u00a0]?)?"
    r"(?P<what>(?:[\w'’/&-]+[ \u00a0]){0,5}?(?:experience|exp[ée]rience|exp\b|career|carri[èe]re|building|working|"
    r"developing|designing|managing|leading|delivering|teaching|nursing|driving|practice|pratique|anciennet[ée]))",
    re.IGNORECASE,
)
_EXPERIENCE_OF = re.compile(
    r"(?:experience|exp[ée]rience)[ \u00a0](?:of|de|:)[ \u00a0]?(?:(?:over|plus de|more than|près de|"
    r"about)[ \u00a0])?(?P<years>\d{1,2}(?:[.,]\d)?)\+?[ \u00a0]?(?:years?|yrs?|ans?|ann[ée]es)",
    re.IGNORECASE,
)


def find_wishes(
    text: str, parts: Sequence[tuple[int, int]], head: Sequence[tuple[int, int]], language: str
) -> tuple[Contract | None, Workplace | None, Salary | None, list[Evidence]]:
    """Contract, workplace and salary that are asked for.

    Args:
        text: the CV.
        parts: spans that speak of the person (head, summary, objective, other): a wish counts on a line that asks.
        head: spans where naming a contract is asking for it (the headline, an objective).
    """
    evidence: list[Evidence] = []
    contract: Contract | None = None
    workplace: Workplace | None = None
    salary: Salary | None = None
    lines = [(s, e, True) for s, e in head]
    for start, end in parts:
        for match in _ASKING_LINE.finditer(text[start:end]):
            lines.append((start + match.start(), start + match.end(), bool(_SEEK.search(match.group()))))
    for start, end, asks in lines:
        line = text[start:end].replace("\n", " ")
        if salary is None and _SALARY_CUE.search(line):
            found = find_salary(line[:400], labelled=True, language=language)
            if found:
                salary = found.salary
                evidence.append(Evidence(field="wanted_salary", start=start + found.start, end=start + found.end))
        if not asks:
            continue
        if contract is None:
            hits: list[tuple[int, int, Contract]] = [(m.start(), m.end(), c) for c, p in _CONTRACTS if (m := p.search(line))]
            if hits:
                s, e, contract = min(hits)
                evidence.append(Evidence(field="wanted_contract", start=start + s, end=start + e))
        if workplace is None:
            for name, pattern in _WORKPLACES:
                match = pattern.search(line)
                if match:
                    workplace = name
                    evidence.append(Evidence(field="wanted_workplace", start=start + match.start(), end=start + match.end()))
                    break
    return contract, workplace, salary, evidence


def stated_years(text: str) -> tuple[float, int, int] | None:
    """`8 years of experience`, `8 ans d'expérience`: the greatest stated, with its span."""
    best: tuple[float, int, int] | None = None
    for pattern in (_YEARS, _EXPERIENCE_OF):
        for match in pattern.finditer(text):
            years = float(match["years"].replace(",", "."))
            if years <= 50 and (best is None or years > best[0]):
                best = (years, match.start(), match.end())
    return best
