"""What a question asks, in English or French: of whom, about what, under which conditions; a follow-up by what came before it.

Rules, not a model: what they do not consume is kept as words that a text must say, so that nothing of a question is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from talentflow.chat import ChatLanguage
from talentflow.chat.entries import Entry, entry_of
from talentflow.chat.levels import LEVEL, Bound, languages_counted, level_near
from talentflow.chat.wording import (
    ENGLISH,
    FIELDS,
    FRENCH,
    GLUE,
    INTENTS,
    JUDGEMENT,
    LEAST,
    LEVELS,
    MOST,
    NOT,
    NOT_ENDS,
    NUMBERS,
    ORDINALS,
    PERSONAL,
    SAME_AGAIN,
    SHORT,
    WISHES,
)
from talentflow.extraction.degrees import find_degree
from talentflow.records import Place
from talentflow.taxonomy import find_languages, find_occupations, find_places, find_skills
from talentflow.taxonomy.folding import fold

Intent = Literal["who", "count", "yes_no", "compare", "most", "summary", "fact", "average", "personal", "judgement", "free"]
_OfRecords = Literal["organisation", "skill", "language", "languages", "years", "degree", "place", "workplace", "contract"]
Kind = Literal[_OfRecords, "occupation", "entry", "text"]


@dataclass(frozen=True)
class Condition:
    """What a candidate must have. `value`: a taxonomy id, a language's or level's code, or folded words; `least`, `most`: bounds
    in years; `level`: of a language, at least; `above`: a degree or a higher one, more or less years than the bound."""

    kind: Kind
    value: str
    label: str
    least: float | None = None
    most: float | None = None
    level: str | None = None
    above: bool = False
    bound: Bound = "least"
    """Of a level: at least it, at most it, or it alone."""
    denied: bool = False
    """What the candidate must not have: `but not Polish`."""
    entry: Entry | None = None


@dataclass(frozen=True)
class Asked:
    """A question understood. `subjects`: numbers of candidates as the conversation calls them, from 1; empty: all chosen."""

    intent: Intent
    language: ChatLanguage
    text: str
    subjects: tuple[int, ...] = ()
    fields: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    any_of: bool = False
    negated: bool = False
    least: bool = False
    """`most` asks for the least."""
    is_open: bool = False
    """It asks for a value (`what`, `when`), so that `yes` is no answer."""
    denied_words: frozenset[str] = frozenset()
    """Those of the words that a negation is about, where something else is not."""
    read_as: tuple[str, ...] = ()
    """Names that mistyped words were taken for."""
    words: tuple[str, ...] = field(default=())
    """Folded content words that nothing else consumed: `fact` and `free` look for them."""


_LAST = re.compile(
    r"\b(?:he|she|they|him|her|them|his|hers|their|il|elle|ils|elles|lui|eux|leurs?|sa|son|ses|this candidate|that candidate|"
    r"the candidate|this person|ce candidat|cette candidate|cette personne|la candidate|le candidat|"
    r"these candidates|those candidates|"
    r"ces candidats|ces candidates|of those|among those|lesquels|lesquelles|which ones)\b"
)
_SUBJECTS = re.compile(
    r"\b(?:candidate?s?|profils?|profiles?|cvs?|no|n°|number|numero)[ #]*(\d{1,3}(?:\s*(?:,|and|et|&|or|"
    r"ou|with|to|a|avec|vs\.?)\s*"
    r"(?:(?:candidate?s?|profils?|cv)\s*)?\d{1,3})*)\b"
)
_YEARS = re.compile(
    r"\b(?P<bound>at least|more than|over|minimum(?: of| de)?|no less than|au moins|plus de|less than|"
    r"under|at most|up to|fewer than|"
    r"moins de|au plus|maximum)?\s*\b(?P<number>\d{1,2}(?:[.,]\d)?|" + "|".join(NUMBERS) + r")\s*(?P<plus>\+|or more|ou plus)?\s*"
    r"(?:years?|yrs?|ans?|annees?)\b(?: or more| ou plus)?(?: (?:of|d')? ?(?:professional |total |"
    r"work )?experience(?: professionnelle)?)?"
)
_FROM = re.compile(r"\b(?:between|entre|from|de)? ?(?<!\w)(\d{1,2}(?:[.,]\d)?|" + "|".join(NUMBERS) + r") ?(?:and|et|to|a|-) ?$")
_STRICT = ("more than", "over", "plus de", "less than", "under", "fewer than", "moins de")
_UPPER = ("less than", "under", "at most", "up to", "fewer than", "moins de", "au plus", "maximum")
_AT_LEAST = re.compile(r"\b(?:at least|or higher|or above|minimum|au moins|ou plus|minimum)\b")
_OPEN = re.compile(r"^(?:\w+ )?(?:what|which|where|when|how|since|until|ou|quand|depuis|quel|quelle|quels|quelles|combien)\b")
_VERB = re.compile(r"(?<!\bune )(?<!\bla )(?<!\bsa )(?<!\bde )\bmaitrise\b")
"""`Il maîtrise Java`; `une maîtrise de droit` is a degree."""
_SPEAKS = re.compile(r"\b(?:speak\w*|languages?|native|fluent\w*|parl\w+|langues?)\b")
_OR = re.compile(r"\b(?:or|ou|nor|ni)\b|/")
_WORD = re.compile(r"[^\W_]+(?:[+#.][^\W_]*)*[+#]*")


def understand(
    question: str,
    chosen: int,
    before: Asked | None = None,
    spoken_of: Sequence[int] = (),
    organisations: Collection[str] = (),
) -> Asked:
    """Read a question.

    Args:
        question: as it was typed.
        chosen: how many candidates are; they are called 1 to `chosen`.
        before: the question before it, as it was understood.
        spoken_of: the candidates that the last answer named.
        organisations: names of employers and schools, as the records have them.
    """
    folded = fold(question).strip()
    language = language_of(folded, before.language if before else "en")
    taken: list[tuple[int, int]] = []
    subjects = tuple(n for n in _subjects(folded, taken) if 1 <= n <= chosen)
    asks_all = re.search(r"\b(?:all|every|each|tous|toutes|chaque|chacun|everyone)\b", folded) is not None
    if not subjects and spoken_of and not asks_all and (found := list(_LAST.finditer(folded))):
        subjects = tuple(spoken_of)
        taken += [f.span() for f in found]
    conditions = tuple(_with_entry(folded, taken, _scoped(folded, taken, _conditions(question, folded, taken, organisations))))
    intent, is_asked = _intent(folded, taken, conditions)
    fields = tuple(dict.fromkeys(_fields(folded, taken)))
    taken += [f.span() for f in _AT_LEAST.finditer(folded)]
    left = list(_left(folded, taken))
    words = tuple(dict.fromkeys(word for word, _ in left))
    denied_words = frozenset(word for word, at in left if _is_denied(folded, at))
    if not conditions and len(denied_words) == len(words):
        denied_words = frozenset()
    asked = Asked(
        intent,
        language,
        question,
        subjects,
        fields,
        conditions,
        any_of=len(conditions) > 1 and _OR.search(folded) is not None,
        negated=NOT.search(folded) is not None and not denied_words and not any(c.denied for c in conditions),
        least=LEAST.search(folded) is not None,
        is_open=_OPEN.search(folded) is not None,
        words=words,
        denied_words=denied_words,
    )
    if before is not None and _goes_on(folded, asked, is_asked=is_asked):
        return _continued(asked, before)
    return _settled(asked, is_asked=is_asked)


def language_of(folded: str, otherwise: ChatLanguage = "en") -> ChatLanguage:
    """The language that most of a question's small words belong to."""
    words = re.findall(r"\w+", folded)
    french, english = sum(w in FRENCH for w in words), sum(w in ENGLISH for w in words)
    return otherwise if french == english else "fr" if french > english else "en"


def _subjects(folded: str, taken: list[tuple[int, int]]) -> Iterator[int]:
    for found in _SUBJECTS.finditer(folded):
        taken.append(found.span())
        yield from map(int, re.findall(r"\d+", found[1]))
    for number, pattern in ORDINALS.items():
        if found := pattern.search(folded):
            taken.append(found.span())
            yield number


def _conditions(question: str, folded: str, taken: list[tuple[int, int]], organisations: Collection[str]) -> Iterator[Condition]:
    for name in sorted(organisations, key=len, reverse=True):
        start = folded.find(fold(name)) if len(name) > 2 else -1
        end = start + len(name)
        is_whole = start >= 0 and not folded[start - 1 : start].isalnum() and not folded[end : end + 1].isalnum()
        if is_whole and not _is_taken(start, end, taken):
            taken.append((start, end))
            yield Condition("organisation", fold(name), question[start:end])
    for found in _YEARS.finditer(folded):
        if _is_taken(*found.span(), taken):
            continue
        if not found["bound"] and (least := _FROM.search(folded, 0, found.start())):
            low, high = (float(NUMBERS.get(n, 0)) or float(n.replace(",", ".")) for n in (least[1], found["number"]))
            taken += [least.span(), found.span()]
            yield Condition("years", "", folded[least.start() : found.end()].strip(), least=low, most=high)
            continue
        written = found["number"]
        number = float(NUMBERS[written]) if written in NUMBERS else float(written.replace(",", "."))
        taken.append(found.span())
        label = folded[found.start() : found.end()].strip()
        if found["bound"] in _UPPER:
            yield Condition("years", "", label, most=number, above=found["bound"] in _STRICT)
        else:
            yield Condition("years", "", label, least=number, above=found["bound"] in _STRICT)
    # lower-case `polish` is a verb, but not of who speaks it
    written = question.title() if _SPEAKS.search(folded) and len(question.title()) == len(question) else question
    for mention in find_languages(written):
        level = level_near(folded, mention.start, mention.end, taken)
        taken.append((mention.start, mention.end))
        yield Condition("language", mention.id, question[mention.start : mention.end], level=level.level, bound=level.bound)
    if counted := languages_counted(folded):
        least, most, span = counted
        taken.append(span)
        yield Condition("languages", "", folded[span[0] : span[1]].strip(), least=least, most=most)
    for mention in find_skills(question):
        if not _is_taken(mention.start, mention.end, taken):
            taken.append((mention.start, mention.end))
            yield Condition("skill", mention.id, question[mention.start : mention.end])
    if degree := find_degree(question):
        level, start, end = degree
        if not _is_taken(start, end, taken) and not _VERB.search(folded, start, end):
            taken.append((start, end))
            yield Condition("degree", level, question[start:end].strip(), above=_AT_LEAST.search(folded) is not None)
    for kind, values in WISHES.items():
        for value, pattern in values.items():
            if found := pattern.search(folded):
                taken.append(found.span())
                yield Condition("workplace" if kind == "workplace" else "contract", value, found[0])
    # places are told by their capital, which people leave out when they type
    for text in (question, question.title()):
        places = [(p, m) for p, m in find_places(text) if not _is_taken(m.start, m.end, taken)]
        for place, mention in places:
            taken.append((mention.start, mention.end))
            yield Condition("place", place.model_dump_json(exclude_none=True), question[mention.start : mention.end])
        if places:
            return


def _scoped(folded: str, taken: list[tuple[int, int]], conditions: Iterator[Condition]) -> Iterator[Condition]:
    """Those that a negation is about are denied, where others are not: `German but not Polish`."""
    told = [(c, taken[-1][0]) for c in conditions]  # the span of a condition is the last that was taken for it
    denied = [_is_denied(folded, at) for _, at in told]
    is_mixed = any(denied) and not all(denied)
    yield from (replace(c, denied=is_mixed and is_denied) for (c, _), is_denied in zip(told, denied, strict=True))


def _is_denied(folded: str, at: int) -> bool:
    ends = [found.end() for found in NOT.finditer(folded)]
    return any(end <= at and not NOT_ENDS.search(folded, end, at) for end in ends)


def _with_entry(folded: str, taken: list[tuple[int, int]], conditions: Iterator[Condition]) -> Iterator[Condition]:
    """Years, place and employer of one job or one degree are one condition."""
    told = list(conditions)
    place = next((c for c in told if c.kind == "place" and not c.denied), None)
    at = next((c for c in told if c.kind == "organisation" and not c.denied), None)
    found = entry_of(folded, Place.model_validate_json(place.value) if place else None, at.value if at else None)
    if found is None or any(c.kind == "skill" for c in told):
        yield from told
        return
    entry, spans = found
    yield from (c for c in told if c is not place and c is not at)
    taken += spans
    years = " ".join(re.findall(r"(?:19|20)\d\d", folded))
    label = " ".join(filter(None, (at and at.label, place and place.label, years)))
    yield Condition("entry", ",".join(entry.fields), label, entry=entry)


def _intent(folded: str, taken: list[tuple[int, int]], conditions: Sequence[Condition]) -> tuple[Intent, bool]:
    """The intent, and whether the question's own words say it."""
    # `health` of an employer's or a skill's longer name is nobody's health
    if any(
        not any(low <= f.start() and f.end() <= high and high - low > len(f[0]) for low, high in taken)
        for f in PERSONAL.finditer(folded)
    ):
        return "personal", True
    if found := JUDGEMENT.search(folded):
        taken.append(found.span())
        return "judgement", True
    found_in: Iterator[tuple[Intent, re.Match[str]]] = ((i, f) for i, pattern in INTENTS.items() if (f := pattern.search(folded)))
    first = next(found_in, None)
    extreme = MOST.search(folded) or LEAST.search(folded)
    if extreme and (first is None or first[0] in ("who", "yes_no")):
        taken += [extreme.span(), *([first[1].span()] if first else [])]
        return "most", True
    if first:
        taken.append(first[1].span())
        return first[0], True
    return ("yes_no" if conditions else "free"), False


def _fields(folded: str, taken: list[tuple[int, int]]) -> Iterator[str]:
    for name, pattern in FIELDS.items():
        for found in pattern.finditer(folded):
            taken.append(found.span())
            yield name


def _left(folded: str, taken: Sequence[tuple[int, int]]) -> Iterator[tuple[str, int]]:
    for found in _WORD.finditer(folded):
        word = found[0].rstrip(".")
        if not _is_taken(found.start(), found.end(), taken) and word not in GLUE and len(word) > 1:
            yield SHORT.get(word, word), found.start()


def _is_taken(start: int, end: int, taken: Sequence[tuple[int, int]]) -> bool:
    return any(low < end and start < high for low, high in taken)


def _goes_on(folded: str, asked: Asked, *, is_asked: bool) -> bool:
    """`And French?`, `what about candidate 2?`: words that make a question only with the one before."""
    if SAME_AGAIN.search(folded):
        return True
    return not is_asked and not asked.fields and len(folded.split()) <= 6


def _continued(asked: Asked, before: Asked) -> Asked:
    """The question before, with what this one puts in its place."""
    conditions = asked.conditions or (() if asked.words or asked.fields else before.conditions)
    intent = before.intent if asked.intent in ("free", "yes_no") else asked.intent
    fields = asked.fields or (before.fields if not asked.conditions else ())
    subjects = asked.subjects or before.subjects
    if asked.subjects and before.intent in ("who", "count"):
        intent = "yes_no" if conditions else "fact"
    if intent == "fact" and asked.conditions and not asked.fields:
        intent = "yes_no"
    level = LEVEL.search(fold(asked.text))
    if level and not any(c.kind == "language" for c in asked.conditions) and any(c.kind == "language" for c in before.conditions):
        named = LEVELS.get(level[0], level[0].upper())
        conditions = tuple(replace(c, level=named) if c.kind == "language" else c for c in before.conditions)
        asked = replace(asked, words=tuple(w for w in asked.words if w not in level[0].split()))
    joined = replace(asked, intent=intent, subjects=subjects, fields=fields, conditions=conditions)
    return _settled(joined, is_asked=True)


def _settled(asked: Asked, *, is_asked: bool) -> Asked:
    """What is asked of records must be something that they hold; words that are left are looked for in the texts."""
    intent, conditions = asked.intent, asked.conditions
    if any(c.kind == "entry" for c in conditions) and intent in ("fact", "free", "yes_no"):
        return replace(asked, intent="yes_no", conditions=_and_words(asked))
    if intent == "yes_no" and asked.fields and not is_asked:
        intent = "fact"
    if intent in ("who", "count", "yes_no"):
        conditions = _and_words(asked)
    if intent in ("who", "yes_no") and not conditions:
        intent = "fact" if asked.fields else "free"
    if intent == "free" and asked.fields:
        intent = "fact"
    if intent == "fact" and not asked.fields:
        intent = "yes_no" if conditions else "free"
    return replace(asked, intent=intent, conditions=conditions)


def _and_words(asked: Asked) -> tuple[Condition, ...]:
    """The conditions, and what is left: an occupation, or words that the text must say."""
    if not asked.words:
        return asked.conditions
    if any(c.entry for c in asked.conditions):  # the job that was then must be the one that the words name
        label = " ".join(_written(asked))
        return tuple(
            replace(c, entry=replace(c.entry, words=asked.words), label=f"{label} {c.label}") if c.entry else c
            for c in asked.conditions
        )
    said = dict(zip(asked.words, _written(asked), strict=True))
    kept = [word for word in asked.words if word not in asked.denied_words]
    denied = [word for word in asked.words if word in asked.denied_words]
    return (*asked.conditions, *_of_words(kept, said, denied=False), *_of_words(denied, said, denied=True))


def _of_words(words: Sequence[str], said: dict[str, str], *, denied: bool) -> Iterator[Condition]:
    if words:
        written = " ".join(said[word] for word in words)
        named = find_occupations(written)
        is_one = len(named) == 1 and written[named[0].start : named[0].end] == written
        yield Condition("occupation" if is_one else "text", " ".join(words), written, denied=denied)


def _written(asked: Asked) -> list[str]:
    """The words that are left, as they were typed."""
    written = {fold(found[0]).rstrip("."): found[0].rstrip(".") for found in _WORD.finditer(asked.text)}
    return [written.get(word, word) for word in asked.words]
