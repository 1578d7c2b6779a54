"""What can be checked of a text, and which of its lines belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from talentflow.chat.claim_words import CLOSED, GLUE, MARKED, NEGATION, NUMBERS, OPEN, UNITS
from talentflow.chat.levels import LEVEL
from talentflow.chat.word_forms import WORD, tokens, words
from talentflow.chat.wording import LEVELS
from talentflow.taxonomy import find_languages, find_occupations, find_skills
from talentflow.taxonomy.folding import fold

CLAUSE = re.compile(r"\.(?!\d)|[;!?\n•·|]|\bbut\b|\bmais\b")
_NUMBER = re.compile(r"(?<![^\W\d_])\d+(?:[.,\u202f\u00a0' ]\d+)*(?:\s?k\b)?", re.IGNORECASE)
_DATE = re.compile(r"\b((?:19|20)\d\d)m\d\d\b")
_BULLET = re.compile(r"\s*[-–—*•·▪“«]\s*\D")
_PERIOD = re.compile(rf"{OPEN.pattern}|{CLOSED.pattern.replace('(?P<start>', '(?:')}")


@dataclass(frozen=True)
class Claims:
    """What can be checked of a text."""

    numbers: frozenset[str]
    skills: frozenset[str]
    languages: frozenset[str]
    names: frozenset[str]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Unit:
    """What belongs together: the head of a job and one of its lines, or a text that is no job."""

    text: str
    head: str
    """What says whose or which it is: the title, the employer, the period."""
    folded: str
    claims: Claims
    tokens: frozenset[str]
    occupations: frozenset[str]


def units_of(source: str) -> Iterator[Unit]:
    """Each line of what was done under the head of its job; a text without jobs or points is one."""
    for entry in _entries([line for line in source.splitlines() if line.strip()]):
        points = next((n for n, line in enumerate(entry) if _BULLET.match(line)), None)
        head, rest = entry[:points], entry[len(entry) if points is None else points :]
        clauses = [clause for clause in CLAUSE.split("\n".join(rest)) if clause.strip()]
        if points is None:
            told = [clause for clause in re.split(r"[.;!?](?=\s)|\n", "\n".join(entry)) if clause.strip()]
            dated_at = next((n for n, clause in enumerate(told) if _PERIOD.search(fold(clause))), None)
            if dated_at is None:
                yield unit_of("\n".join(entry))
                continue
            head, clauses = told[: dated_at + 1], told[dated_at + 1 :]
        if head:
            yield unit_of("\n".join(head))
        for clause in clauses:
            yield unit_of("\n".join((*head, clause)), "\n".join(head))


def _entries(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """Lines of one job or degree each, cut where its head begins: at its period, or at the line that is its title above it."""
    start = 0
    for n, line in enumerate(lines):
        if not _PERIOD.search(fold(line)) or _BULLET.match(line):
            continue
        is_bare = not any(word not in GLUE and word[0].isalpha() for word in words(_PERIOD.sub(" ", fold(line))))
        cut = n - 1 if is_bare and n and not _BULLET.match(lines[n - 1]) else n
        if cut > start:
            yield lines[start:cut]
            start = cut
    yield lines[start:]


def levels_of(text: str) -> frozenset[tuple[str, str]]:
    """Languages and the levels that are said of them, in one part of a list or in the next."""
    told: set[tuple[str, str]] = set()
    last: str | None = None
    for part in re.split(r"[,;\n|•.]|\band\b|\bet\b", text):
        named = find_languages(part)
        last = named[-1].id if named else last
        if last:
            told |= {(last, LEVELS.get(found[0], found[0].upper())) for found in LEVEL.finditer(fold(part))}
    return frozenset(told)


def unit_of(text: str, head: str | None = None) -> Unit:
    occupations = frozenset(mention.id for mention in find_occupations(text))
    return Unit(text, text if head is None else head, fold(text), claims_of(text), tokens(text), occupations)


def claims_of(text: str) -> Claims:
    languages = frozenset(mention.id for mention in find_languages(text))
    levels = {word for found in LEVEL.finditer(fold(text)) for word in words(found[0]) if languages}
    named = frozenset(w for m in (*find_skills(text), *find_languages(text)) for w in words(text[m.start : m.end]))
    return Claims(
        frozenset(_numbers(text)),
        frozenset(mention.id for mention in find_skills(text)),
        languages,
        frozenset(_names(text)),
        tuple(
            word
            for word in words(text)
            if word not in GLUE
            and word not in levels
            and word not in named
            and not word[0].isdigit()
            and word not in NUMBERS
            and not any(pattern.fullmatch(word) for pattern in (NEGATION, *MARKED.values()))
        ),
    )


def placed(text: str) -> Iterator[tuple[int, str, str]]:
    """Where numbers, dates, skills and other words stand, in order."""
    skills = find_skills(text)
    yield from sorted(
        [(m.start, "skill", m.id) for m in skills]
        + [
            (found.start(), "number" if found[0][0].isdigit() else "word", fold(_whole_number(found[0])))
            for pattern in (_NUMBER, _DATE, WORD)
            for found in pattern.finditer(text)
            if not any(m.start <= found.start() < m.end for m in skills)
            and (pattern is not WORD or (found[0][0].isalpha() and fold(found[0]) not in GLUE | UNITS))
        ]
    )


def _numbers(text: str) -> Iterator[str]:
    """Numbers as digits: `1 820`, `1,820` and `1820` are one, `6.0` and `6` too; so are `six` and `6`; dates, and their years."""
    for found in _DATE.finditer(text):
        yield from (found[0], found[1])
    for found in _NUMBER.finditer(_DATE.sub(" ", text)):
        digits = _whole_number(found[0])
        if not re.fullmatch(r"\d+(?:[.,]\d+)?", digits):
            yield from re.findall(r"\d+", digits)
            continue
        number = digits.replace(",", ".")
        yield number.rstrip("0").rstrip(".") if "." in number else number.lstrip("0") or "0"
    yield from (NUMBERS[word] for word in words(text) if word in NUMBERS)


def _whole_number(digits: str) -> str:
    whole = re.sub(r"(?<=\d)[\u202f\u00a0' ,.](?=\d{3}(?!\d))", "", digits)
    return re.sub(r"(?i)^(\d+)\s?k$", r"\g<1>000", whole)


def _names(text: str) -> Iterator[str]:
    """Words with a capital inside a sentence: names of employers, schools, places, products."""
    covered = [(m.start, m.end) for m in (*find_skills(text), *find_languages(text))]
    opens = True
    for found in WORD.finditer(text):
        word, start = found[0], found.start()
        if word[0].isupper() and not opens and not any(s <= start < e for s, e in covered):
            folded = fold(word)
            if folded not in GLUE and folded not in NUMBERS and not NEGATION.fullmatch(folded):
                yield folded
        opens = bool(re.match(r"\s*(?:[.!?:•]|\n)", text[found.end() :]))
