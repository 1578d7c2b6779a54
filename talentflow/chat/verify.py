"""Whether the text that a sentence cites says what the sentence says; one that is not said there is struck.

Strict on purpose: a true sentence that is put too freely is struck as well. What is compared are things that can be checked:
numbers and dates, skills, languages and their levels, proper names, and every other content word, in the same words or in
words known to say the same, also across English and French. They must stand together: in one job or degree, and of what was
done there in one line, but for parts of the sentence that `and` joins. Then what turns a claim: negation, wishes, who stood
above whom, from what to what, since when and until when, `all`, `only`, `because`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from talentflow.chat.claim_words import (
    AT_WORK,
    CLOSED,
    COPULA,
    DENIED,
    GLUE,
    GRADES,
    MARKED,
    NEGATION,
    NOW,
    NUMBERS,
    OBJECT,
    OF_ANOTHER,
    OPEN,
    PAST,
    RELATION,
    SINCE,
    TO_OR_FROM,
    UNDER,
    UNTIL,
    WISH,
    others,
    plain,
)
from talentflow.chat.claims import CLAUSE, Claims, Unit, claims_of, levels_of, placed, unit_of, units_of
from talentflow.chat.word_forms import has_word, same_form, tokens, words
from talentflow.taxonomy import find_occupations, find_skills
from talentflow.taxonomy.folding import fold

__all__ = ["NEGATION", "has_word", "tokens", "unsupported"]

_MARKER = re.compile(r"\s*\[\d+(?:\s*[,;–-]\s*\d+)*\]")
_SUBJECT = re.compile(r"\b(?:the |le |la |ce |cette )?candidate?s?(?:\s+n?°?\d+)?(?:\s*(?:,|and|et|&)\s*\d+)*\b", re.IGNORECASE)
_CHUNK = re.compile(r"[.,](?!\d)|[;:!?\n•·|()“”]|\b(?:but|mais|and|et)\b")
_PHRASE = re.compile(r"[.,](?!\d)|[;:!?\n•·|()]")
_JOINT = re.compile(r"(?:,\s*)?\b(?:and|et|then|puis|ainsi que|as well as|while|but|mais|before)\b|;")
_FROM_TO = re.compile(r"\b(?:from|de|du)\s+(?P<one>[^,;]{1,50}?)\s+(?:to|vers|a|au)\s+(?P<other>[^,;]{1,40})")


def unsupported(sentence: str, sources: Sequence[str], *, same_language: bool = True) -> str | None:
    """Why the sources do not say this sentence; None when they do.

    Args:
        sentence: of an answer; markers such as `[2]` and whom it speaks of (`Candidate 1`) are no part of what is checked.
        sources: the texts that it cites.
        same_language: the sentence is in the sources' language; else a sentence without anything that is the same in both
            (a number, a name, a skill, a language) is not supported.
    """
    if not any(source.strip() for source in sources):
        return "it cites nothing"
    if found := OBJECT.search(fold(_MARKER.sub(" ", sentence))):
        return f"what others do is not checked: {found[0]}"
    said = plain(" ".join(_SUBJECT.sub(" ", _MARKER.sub(" ", sentence)).split()))
    sources = [plain(source) for source in sources]
    whole, claims = unit_of("\n".join(sources)), claims_of(said)
    for missing in (
        claims.numbers - whole.claims.numbers,
        _other_skills(said, whole),
        claims.languages - whole.claims.languages,
        frozenset(name for name in claims.names if not _is_named(whole, name)),
    ):
        if missing:
            return f"the cited text does not name {', '.join(sorted(missing))}"
    if not same_language and not (claims.numbers | claims.skills | claims.languages | claims.names):
        return "nothing in it can be compared with the cited text, which is in another language"
    if uncovered := _uncovered(said, claims, whole):
        return f"the cited text does not say {', '.join(dict.fromkeys(uncovered))}"
    if not levels_of(said) <= frozenset(level for source in sources for level in levels_of(source)):
        return "the cited text does not say this level of this language"
    return _turned(said, sources) or _apart(said, [unit for source in sources for unit in units_of(source)])


def _uncovered(said: str, claims: Claims, unit: Unit) -> list[str]:
    """Content words that the unit does not have, in these words or others that say the same."""
    missing = [word for word in claims.words if not _has(unit, word)]
    if missing and unit.occupations:
        same = [said[m.start : m.end] for m in find_occupations(said) if m.id in unit.occupations]
        named = {word for title in same for word in words(title)} - GRADES
        missing = [word for word in missing if word not in named]
    return missing


def _other_skills(said: str, unit: Unit) -> frozenset[str]:
    """Skills that the unit names neither as such nor in the same words."""
    return frozenset(
        mention.id
        for mention in find_skills(said)
        if mention.id not in unit.claims.skills
        and not (len(named := words(said[mention.start : mention.end])) > 1 and unit.tokens.issuperset(named))
    )


def _has(unit: Unit, word: str) -> bool:
    return has_word(unit.tokens, word) or any(has_word(unit.tokens, other) for other in others(word))


def _is_named(unit: Unit, name: str) -> bool:
    return name in unit.tokens or any(same_form(name, token) for token in unit.tokens) or bool(others(name) & unit.tokens)


def _turned(said: str, sources: Sequence[str]) -> str | None:
    """The sentence says yes where what it cites says no, what is where it says what is wished, or the other way round."""
    clauses = [unit_of(clause) for source in sources for clause in CLAUSE.split(source) if clause.strip()]
    chunks = [unit_of(chunk) for source in sources for chunk in _CHUNK.split(source) if chunk.strip()]
    for part in filter(str.strip, _JOINT.split(said)):
        claims = claims_of(part)
        for pattern, what in ((DENIED, "not so"), (WISH, "wished or planned")):
            is_said = bool(pattern.search(fold(part)))
            there = [bool(pattern.search(unit.folded)) for unit in _nearest(claims, clauses)]
            if is_said and not any(there):
                return f"the cited text does not say that it is {what}"
            if not is_said and there and all(there):
                return f"the cited text says that it is {what}"
        who = _above(fold(part))
        if who and not any(who[0] in _above(unit.folded) for unit in chunks):
            return f"the cited text does not say by or under whom: {who[0]}"
        nearest = _nearest(claims, chunks)
        above = [frozenset(_above(unit.folded)) for unit in nearest]
        if not who and nearest and all(any(has_word(those, word) for word in claims.words[1:]) for those in above):
            return "the cited text says that it was by them or under them"
        if nearest and all(OF_ANOTHER.match(unit.folded) for unit in nearest):
            return "the cited text says it of somebody else"
    folded, whole = fold(said), fold("\n".join(sources))
    for what, pattern in MARKED.items():
        if pattern.search(folded) and not pattern.search(whole):
            return f"the cited text does not say {what}"
    return None


def _above(folded: str) -> list[str]:
    """Content words and numbers behind the word that says by whom, or under whom."""
    found = UNDER.search(folded)
    told = [NUMBERS.get(word, word) for word in words(folded[found.end() :])] if found else []
    return [word for word in told if word not in GLUE]


def _nearest(claims: Claims, among: Sequence[Unit]) -> list[Unit]:
    """The units that have most of what is claimed, skills and languages before all else; none when they have nothing of it."""
    scores = [
        10 * len(claims.skills & unit.claims.skills | claims.languages & unit.claims.languages)
        + sum(_has(unit, word) for word in {*claims.words, *claims.names})
        + len(claims.numbers & unit.claims.numbers)
        for unit in among
    ]
    best = max(scores, default=0)
    return [unit for unit, score in zip(among, scores, strict=True) if score == best and best]


def _apart(said: str, units: Sequence[Unit]) -> str | None:
    """What the sentence joins stands apart in what it cites: every part of it must be said by one unit.

    Parts are cut where the sentence says `and`; as many of them as one unit says are taken together.
    """
    cuts = [0, *(found.start() for found in _JOINT.finditer(said)), len(said)]
    at, last = 0, len(cuts) - 1
    while at < last:
        for end in range(last, at, -1):
            part = _JOINT.sub(" ", said[cuts[at] : cuts[end]], count=1) if at else said[cuts[at] : cuts[end]]
            claims = claims_of(part)
            if any(_says(unit, part, claims) for unit in units):
                at = end
                break
        else:
            return f"the cited text does not say this of one thing: {said[cuts[at] : cuts[at + 1]].strip()}"
    return None


def _says(unit: Unit, part: str, claims: Claims) -> bool:
    there, folded = unit.claims, fold(part)
    return (
        claims.numbers <= there.numbers
        and not _other_skills(part, unit)
        and claims.languages <= there.languages
        and all(_is_named(unit, name) for name in claims.names)
        and not _uncovered(part, claims, unit)
        and _in_time(folded, unit.folded)
        and _in_order(part, unit.text)
        and _graded(folded, unit.text)
        and _is_titled(folded, unit)
    )


def _in_time(said: str, there: str) -> bool:
    """Since when, until when, still and no longer, as the periods have it."""
    goes_on = {found["start"] or found["since"] for found in OPEN.finditer(there)}
    ended = {found["end"] for found in CLOSED.finditer(there)}
    if any(not any(start.startswith(date) for start in goes_on) for date in SINCE.findall(said)):
        return False
    if any(not any(end.startswith(date) for end in ended) for date in UNTIL.findall(said)):
        return False
    if NOW.search(said) and not goes_on and not NOW.search(there):
        return False
    if AT_WORK.search(said) and ended and not goes_on:
        return False
    return not (PAST.search(said) and goes_on and not ended)


def _in_order(said: str, there: str) -> bool:
    """From one thing to another, not the other way round."""
    at = list(placed(there))
    for found in _FROM_TO.finditer(fold(said)):
        one, other = (list(placed(said[found.start(side) : found.end(side)])) for side in ("one", "other"))
        if not one or not other or one[-1][1] != other[0][1]:
            continue
        ones = [start for start, _, thing in at if thing == one[-1][2]]
        after = [start for start, _, thing in at if thing == other[0][2]]
        if ones and after and min(ones) > max(after):
            return False
    sides = [(side, thing) for side, thing in TO_OR_FROM.findall(fold(there)) if thing not in GLUE]
    return all(
        (side, thing) in sides or all(thing != other for _, other in sides) for side, thing in TO_OR_FROM.findall(fold(said))
    )


def _graded(said: str, there: str) -> bool:
    """A grade belongs to what it stands beside: a sales director above a marketing manager makes no marketing director."""
    chunks = [frozenset(words(chunk)) for chunk in _PHRASE.split(there)]
    for phrase in map(words, _PHRASE.split(said)):
        for n, word in enumerate(phrase):
            if word not in GRADES:
                continue
            beside = [
                w for w in phrase[max(0, n - 1) : n + 2] if w != word and w.isalpha() and w not in GLUE and w not in NUMBERS
            ]
            for needed in beside or [word]:
                if not any(all(has_word(among, w) or others(w) & among for w in (word, needed)) for among in chunks):
                    return False
    return True


def _is_titled(said: str, unit: Unit) -> bool:
    """What somebody is said to be is a title, in other forms of its words at most, and nobody else's."""
    chunks = [chunk for chunk in _PHRASE.split(unit.head) if not RELATION.search(fold(chunk))]
    there = frozenset(word for chunk in chunks for word in words(chunk))
    for found in COPULA.finditer(said):
        told = [word for word in claims_of(found["title"]).words if not RELATION.fullmatch(word)]
        if found["bare"] is not None and not GRADES & set(told):
            continue
        missing = [w for w in told if not others(w) & there and not any(same_form(w, other) for other in there)]
        if missing and not {m.id for m in find_occupations(found["title"])} & {m.id for m in find_occupations(unit.head)}:
            return False
    return True
