"""An index of job titles: exact, by words, by the words' weights, and in running text."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from talentflow.automaton import Automaton, automaton
from talentflow.taxonomy.entries import Mention, Occupation, OccupationMatch
from talentflow.taxonomy.title_words import (
    ACTIVITIES,
    AMBIGUOUS,
    ENGLISH_LINKS,
    FRENCH_LINKS,
    GENERIC,
    LEADING_HEADS,
    SENIORITY,
    STOP,
    VAGUE,
)
from talentflow.taxonomy.titles import Word, forms_of, words

_LONGEST_TITLE = 300
_MOST_WORDS = 24


_TAIL = re.compile(r"\s(?:at|chez|@)\s.*$", re.IGNORECASE | re.DOTALL)
_BRACKETS = re.compile(r"\([^()]{0,80}\)|\[[^\[\]]{0,80}\]|\{[^{}]{0,80}\}")
_GENDER = re.compile(
    r"(?<![^\W_])(?:[hfmwdxn]\s?[/|\-]\s?[hfmwdx](?:\s?[/|\-]\s?(?:[dxi*]|nb|gn|div))?"
    r"|all genders?|tous genres|mf|hf|fh)(?![^\W_])",
    re.IGNORECASE,
)
_SEGMENT = re.compile(r"[-–—:]\s|[|•;,/–—:\n]|\s{3,}")
_GROUP_NAME = re.compile(r",|related|elsewhere|assimilé|ailleurs|\bnon\b")


@dataclass(frozen=True)
class TitleWeights:
    """What scoring by words needs, one row a title: its occupation, words, head word and total weight; `postings`: word →
    rows; `spellings`: (first letter, length) → known words of about that length."""

    occupation: tuple[int, ...]
    words: tuple[frozenset[str], ...]
    head: tuple[str, ...]
    weight: tuple[float, ...]
    postings: dict[str, list[int]]
    idf: dict[str, float]
    unknown_idf: float
    heads: frozenset[str]
    spellings: dict[tuple[str, int], list[str]]


@dataclass(frozen=True)
class Patterns:
    """The automaton for running text; `acronyms`: patterns that count only when written in capitals."""

    automaton: Automaton
    occupation: tuple[int, ...]
    acronyms: frozenset[int]


@dataclass(frozen=True)
class OccupationIndex:
    """`exact`: canonical words joined by spaces → position in `occupations`; `bags`: the same without order or stop words;
    `contested`: keys that occupations of different unit groups claim. What only some lookups need is built when first asked."""

    occupations: tuple[Occupation, ...]
    by_id: dict[str, Occupation]
    exact: dict[str, int]
    bags: dict[str, int]
    contested: frozenset[str]
    acronyms: frozenset[str]
    group_names: frozenset[str]

    @cached_property
    def weights(self) -> TitleWeights:
        return _weigh(self)

    @cached_property
    def patterns(self) -> Patterns:
        keys = [(key, at) for key, at in self.exact.items() if _is_mentionable(key)]
        return Patterns(
            automaton(["<" + key.replace(" ", "><") + ">" for key, _ in keys], longest=True, compact=True),
            tuple(at for _, at in keys),
            frozenset(number for number, (key, _) in enumerate(keys) if key in self.acronyms),
        )


def _bag(forms: Iterable[str]) -> str:
    return " ".join(sorted(set(forms) - STOP))


def build_index(entries: Sequence[Occupation]) -> OccupationIndex:
    """Index every title. Where two occupations claim one title, a preferred title wins; else, of one unit group the later
    entry (the more special one), of different groups the earlier."""
    exact: dict[str, int] = {}
    bags: dict[str, int] = {}
    contested: set[str] = set()
    capitals: set[str] = set()
    plain: set[str] = set()
    group_names: set[str] = set()
    preferred = [(at, title) for at, entry in enumerate(entries) for title in entry.titles[:2]]
    others = [(at, title) for at, entry in enumerate(entries) for title in entry.titles[2:]]
    settled: set[str] = set()
    for number, (at, title) in enumerate(preferred + others):
        forms = forms_of(title)
        if not forms:
            continue
        key = " ".join(forms)
        (capitals if len(title) <= 6 and title.isupper() else plain).add(key)
        first = exact.setdefault(key, at)
        if number < len(preferred):
            settled.add(key)
            if _GROUP_NAME.search(title):
                group_names.add(key)
        elif first != at and key not in settled:
            if entries[first].code == entries[at].code:
                exact[key] = at
            else:
                contested.add(key)
        if len(forms) > 1:
            bags.setdefault(_bag(forms), exact[key])
    return OccupationIndex(
        occupations=tuple(entries),
        by_id={o.occupation_id: o for o in reversed(entries)},
        exact=exact,
        bags=bags,
        contested=frozenset(contested),
        acronyms=frozenset(capitals - plain),
        group_names=frozenset(group_names),
    )


def _weigh(index: OccupationIndex) -> TitleWeights:
    rows: dict[tuple[int, frozenset[str]], str] = {}
    counts: Counter[str] = Counter()
    heads: Counter[str] = Counter()
    for key, at in index.exact.items():
        if key in index.group_names:
            continue
        forms = key.split(" ")
        content = frozenset(forms) - STOP
        if content and (at, content) not in rows:
            head = head_of(forms)
            rows[at, content] = head
            counts.update(content)
            heads[head] += 1
    total = len(rows)
    idf = {word: math.log(1 + total / n) for word, n in counts.items()}
    postings: dict[str, list[int]] = {}
    for number, (_, content) in enumerate(rows):
        for word in content:
            postings.setdefault(word, []).append(number)
    spellings: dict[tuple[str, int], list[str]] = {}
    for word in sorted(idf):
        if len(word) >= 5:
            for size in (len(word) - 1, len(word), len(word) + 1):
                spellings.setdefault((word[0], size), []).append(word)
    return TitleWeights(
        occupation=tuple(at for at, _ in rows),
        words=tuple(content for _, content in rows),
        head=tuple(rows.values()),
        weight=tuple(sum(idf[word] for word in sorted(content)) for _, content in rows),
        postings=postings,
        idf=idf,
        unknown_idf=math.log(1 + total) * 0.5,
        heads=frozenset(head for head, n in heads.items() if n >= 3),
        spellings=spellings,
    )


def _is_mentionable(key: str) -> bool:
    # Two letters mean too much in a sentence: "5 PM", "BA in History".
    return key not in AMBIGUOUS and key not in ACTIVITIES and len(key) > 2 and not key.isdigit()


def head_of(forms: Sequence[str]) -> str:
    """The word that says what a person is: the last one in English (before `of`), the first one in French."""
    for at, form in enumerate(forms):
        if form in FRENCH_LINKS and at:
            return forms[0]
        if form in ENGLISH_LINKS and at:
            return forms[at - 1]
    if forms[0] in LEADING_HEADS and forms[-1] not in LEADING_HEADS:
        return forms[0]
    return forms[-1]


def lookup(index: OccupationIndex, title: str) -> OccupationMatch | None:
    """See `talentflow.taxonomy.occupations.find_occupation`."""
    found = _lookup(index, title[:_LONGEST_TITLE])
    if found is None:
        return None
    at, confidence = found
    return OccupationMatch(index.occupations[at], round(confidence, 3))


def _lookup(index: OccupationIndex, title: str) -> tuple[int, float] | None:
    whole = forms_of(title)[:_MOST_WORDS]
    if not whole:
        return None
    best = _exact_in(index, whole, 0.93, seniority=False)
    if best:
        return best
    bare = _TAIL.sub("", _GENDER.sub(" ", _BRACKETS.sub(" ", title)))
    forms = forms_of(bare)[:_MOST_WORDS] or whole
    best = _exact_in(index, forms, 0.9)
    if best and best[1] > _GUESS:
        return best
    candidates = [best] if best else []
    if forms != whole:
        best = _exact_in(index, whole, 0.85)
        if best and best[1] > _GUESS:
            return best
    parts = [part for part in (forms_of(p)[:_MOST_WORDS] for p in _SEGMENT.split(bare)) if part]
    if len(parts) > 1:
        for rank, part in enumerate(parts[:6]):
            found = _exact_in(index, part, 0.86 - 0.04 * rank)
            if found and found[1] > _GUESS:
                candidates.append(found)
                break
    within = _named_within(index, forms)
    if within:
        candidates.append(within)
    scored = _by_words(index, forms)
    if scored:
        candidates.append(scored)
    if len(parts) > 1:
        for rank, part in enumerate(parts[:3]):
            scored = _by_words(index, part)
            if scored:
                candidates.append((scored[0], scored[1] * (0.95 - 0.08 * rank)))
    return max(candidates, key=lambda c: c[1]) if candidates else None


_GUESS = 0.35


def _exact_in(index: OccupationIndex, forms: list[str], confidence: float, *, seniority: bool = True) -> tuple[int, float] | None:
    """The title that these words are, in any order, as written or without the words of seniority."""
    plain = [f for f in forms if f not in SENIORITY] if seniority else []
    for tried, loss in ((forms, 0.0), (plain, 0.02)):
        while tried and tried[-1] in STOP:
            tried = tried[:-1]
        if not tried:
            continue
        key = " ".join(tried)
        at = index.exact.get(key)
        if at is None and len(tried) > 1 and seniority:
            at = index.bags.get(_bag(tried))
            loss += 0.06
        if at is not None:
            if len(tried) == 1 and key in VAGUE:
                return at, 0.3 - loss
            return at, confidence - loss - (0.2 if key in index.contested else 0.0)
    return None


def _named_within(index: OccupationIndex, forms: list[str]) -> tuple[int, float] | None:
    """The longest known title of two words or more inside a longer one, unless the words around it name another role:
    `Join our DevOps engineer talent pool` is one, `software engineer recruiter` is none."""
    plain = [f for f in forms if f not in SENIORITY]
    idf, heads, unknown = index.weights.idf, index.weights.heads, index.weights.unknown_idf
    total = sum(idf.get(f, unknown) for f in plain if f not in STOP)
    for size in range(min(len(plain) - 1, 6), 1, -1):
        for start in range(len(plain) - size + 1):
            part = plain[start : start + size]
            at = index.exact.get(" ".join(part))
            if at is None or part[0] in STOP or part[-1] in STOP:
                continue
            if any(f in heads for f in plain[:start] + plain[start + size :]):
                continue
            covered = sum(idf.get(f, unknown) for f in part if f not in STOP) / total
            return at, 0.42 + 0.3 * min(1.0, covered)
    return None


def _by_words(index: OccupationIndex, forms: list[str]) -> tuple[int, float] | None:
    """The title that shares most of the weight of these words (Dice coefficient over inverse document frequencies), those
    with the same head word first."""
    weights = index.weights
    plain = [f for f in forms if f not in SENIORITY]
    content = list(dict.fromkeys(f for f in plain if f not in STOP and not f.isdigit()))
    if not content:
        return None
    known = {f: f if f in weights.idf else (_corrected(weights, f) or f) for f in content}
    if any(f != as_known for f, as_known in known.items()):
        spelt = _exact_in(index, [known.get(f, f) for f in plain], 0.8)
        if spelt:
            return spelt
    query = {f: weights.idf.get(f, weights.unknown_idf) for f in known.values()}
    total = sum(query.values())
    shared: dict[int, float] = {}
    for word, weight in query.items():
        for number in weights.postings.get(word, ()):
            shared[number] = shared.get(number, 0.0) + weight
    first = head_of(plain)
    first = known.get(first, first)
    ends = {known.get(plain[0], ""), known.get(plain[-1], ""), first}
    best, best_score = -1, 0.0
    title_weight, title_head = weights.weight, weights.head
    for number, weight in shared.items():
        score = 2.3 * weight / (total + title_weight[number])
        if score < best_score:
            continue
        head = title_head[number]
        if head != first:
            score *= 0.87 if head in ends else 0.74 if head in query else 0.56
        if score > best_score or (score == best_score and number < best):
            best, best_score = number, score
    if best < 0 or best_score < 0.3:
        return None
    if weights.words[best] & query.keys() <= GENERIC:
        # Only words of any field are shared: the title of that word alone, never that of a field chosen by chance.
        # `chef` alone is a cook, `chef de` anything but.
        at = index.exact.get(first) if first in GENERIC and first != "chef" else None
        return None if at is None else (at, 0.2)
    return weights.occupation[best], min(0.8, 0.78 * best_score)


def _corrected(weights: TitleWeights, form: str) -> str | None:
    """The known word that a misspelt one stands for: same first letter, one slip, two in a long word; the commonest such."""
    if not 5 <= len(form) <= 30:
        return None
    near = weights.spellings.get((form[0], len(form)))
    if not near:
        return None
    found = process.extract(form, near, scorer=OSA.distance, score_cutoff=1 if len(form) < 9 else 2, limit=5)
    return min(found, key=lambda f: (f[1], weights.idf[f[0]], f[0]))[0] if found else None


def mentions(index: OccupationIndex, text: str) -> list[Mention]:
    """See `talentflow.taxonomy.occupations.find_occupations`."""
    found = words(text)
    if not found:
        return []
    pieces: list[str] = []
    word_at: dict[int, int] = {}
    word_end: dict[int, int] = {}
    length = 0
    for number, word in enumerate(found):
        if word.breaks and number:
            pieces.append("\n")
            length += 1
        word_at[length] = number
        pieces.append(f"<{word.form}>")
        length += len(word.form) + 2
        word_end[length] = number
    result: list[Mention] = []
    patterns = index.patterns
    for pattern, start, end in patterns.automaton.find_matches_as_indexes("".join(pieces)):
        first, last = found[word_at[start]], found[word_end[end]]
        if pattern in patterns.acronyms and not _written_as_acronym(text, first, last):
            continue
        result.append(Mention(index.occupations[patterns.occupation[pattern]].occupation_id, first.start, last.end))
    return result


def _written_as_acronym(text: str, first: Word, last: Word) -> bool:
    return text[first.start : last.end].isupper()
