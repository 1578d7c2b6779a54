"""Whether the text that a sentence cites says what the sentence says; one that is not said there is struck.

Strict on purpose: a true sentence that is put too freely is struck as well. What is compared are things that can be checked:
numbers and years, skills and languages (by their taxonomy ids, so across English and French), proper names, negation, and
in sentences of the sources' own language every other content word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from talentflow.taxonomy import find_languages, find_skills
from talentflow.taxonomy.folding import fold

LEAST_COVERED = 0.75
"""Share of a sentence's content words that one source must have."""
_STEM = 4
"""Letters that two forms of a word share at least."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MARKER = re.compile(r"\s*\[\d+(?:\s*[,;–-]\s*\d+)*\]")
_SUBJECT = re.compile(r"\b(?:the |le |la |ce |cette )?candidate?s?(?:\s+n?°?\d+)?(?:\s*(?:,|and|et|&)\s*\d+)*\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[+#]+|(?:['’.&/-][^\W_]+)*[+#]*)")
_NUMBER = re.compile(r"\d+(?:[.,\u202f\u00a0' ]\d+)*")
_CLAUSE = re.compile(r"[.;!?\n•·|]|\bbut\b|\bmais\b")
NEGATION = re.compile(
    r"\b(?:not|no|never|without|lacks?|lacking|none|neither|nor|cannot|isn't|doesn't|don't|didn't|hasn't|haven't|wasn't|"
    r"pas|jamais|aucune?|sans|ni|nullement|point de|manque)\b"
)
_WORDS_OF_NUMBERS = {
    word: str(number)
    for number, words in enumerate(
        (
            "zero",
            "one un une",
            "two deux",
            "three trois",
            "four quatre",
            "five cinq",
            "six",
            "seven sept",
            "eight huit",
            "nine neuf",
            "ten dix",
            "eleven onze",
            "twelve douze",
            "thirteen treize",
            "fourteen quatorze",
            "fifteen quinze",
        )
    )
    for word in words.split()
    if word not in ("one", "un", "une")  # they are articles more often than numbers
}
_GLUE = _listed(
    """
    a an the this that these those his her their its he she they it him them who which whose and or as at by for from in into
    of on onto over to with within through under up is are was were be been being has have had having do does did can could
    will would may also both more most than then there here since until during between about after before while where when
    such so very well too some any all each other own same only just still already currently now experience experienced
    experiences year years month months skill skills knowledge know knows known knew work works worked working speak speaks
    spoken use uses used using include includes including mention mentions mentioned list lists listed say says said state
    states stated show shows hold holds held obtained job jobs role roles position positions cv resume profile according un
    une le la les l d de du des ce cet cette ces son sa ses leur leurs il elle ils elles lui eux qui que qu dont ou et au aux
    en dans par pour sur sous avec entre chez vers depuis pendant jusqu jusque apres avant comme plus tres aussi encore deja
    est sont etait etaient ete etre ont avait avaient avoir fait faire peut peuvent y se s c n ne j ans annee annees mois
    competence competences connaissance connaissances connait maitrise maitrisent travaille travaillent travaillait travailler
    parle parlent utilise utilisent utilisait mentionne mentionnent indique indiquent dit disent poste postes emploi emplois
    selon notamment actuellement
    """
)
"""Words that claim nothing by themselves."""


_ENDINGS = _listed(
    "e es s er ers ee ees ed ing ings ation ations ion ions ment ments eur eurs euse euses ant ante ance "
    "ent ents ait ons ez able "
    "al als ally ly y ies ied"
) | {""}
_IRREGULAR = {
    past: present
    for present, pasts in {
        "build": "built",
        "lead": "led",
        "make": "made",
        "teach": "taught",
        "write": "wrote written",
        "run": "ran",
        "sell": "sold",
        "buy": "bought",
        "drive": "drove driven",
        "win": "won",
        "grow": "grew grown",
        "speak": "spoke spoken",
        "hold": "held",
        "fly": "flew flown",
    }.items()
    for past in pasts.split()
}


@dataclass(frozen=True)
class _Claims:
    """What can be checked of a text."""

    numbers: frozenset[str]
    skills: frozenset[str]
    languages: frozenset[str]
    names: frozenset[str]
    words: tuple[str, ...]


def unsupported(sentence: str, sources: Sequence[str], *, same_language: bool = True) -> str | None:
    """Why the sources do not say this sentence; None when they do.

    Args:
        sentence: of an answer; markers such as `[2]` and whom it speaks of (`Candidate 1`) are no part of what is checked.
        sources: the texts that it cites.
        same_language: the sentence is in the sources' language; else only what can be compared across languages is, and a
            sentence without any of it is not supported.
    """
    said = _SUBJECT.sub(" ", _MARKER.sub(" ", sentence)).strip()
    if not any(source.strip() for source in sources):
        return "it cites nothing"
    claims = _claims(said)
    clauses = [clause for source in sources for clause in _CLAUSE.split(source) if clause.strip()]
    whole = _claims("\n".join(sources))
    for kind, missing in (
        ("", claims.numbers - whole.numbers),
        ("", claims.skills - whole.skills),
        ("", claims.languages - whole.languages),
        ("", claims.names - tokens("\n".join(sources))),
    ):
        if missing:
            return f"the cited text does not name {kind}{', '.join(sorted(missing))}"
    hard = claims.numbers | claims.skills | claims.languages | claims.names
    if not same_language and not hard:
        return "nothing in it can be compared with the cited text, which is in another language"
    if same_language and claims.words:
        there = tokens("\n".join(sources))
        uncovered = [word for word in claims.words if not has_word(there, word)]
        if len(uncovered) > (1 - LEAST_COVERED) * len(claims.words):
            return f"the cited text does not say {', '.join(dict.fromkeys(uncovered))}"
    return _against(said, claims, clauses)


def _against(said: str, claims: _Claims, clauses: Sequence[str]) -> str | None:
    """The sentence says yes where what it cites says no, or the other way."""
    is_negated = bool(NEGATION.search(fold(said)))
    about = [clause for clause in clauses if _is_about(clause, claims)]
    denied = [bool(NEGATION.search(fold(clause))) for clause in about]
    if is_negated and not any(denied):
        return "the cited text does not say that it is not so"
    if not is_negated and about and all(denied):
        return "the cited text says that it is not so"
    return None


def _is_about(clause: str, claims: _Claims) -> bool:
    there = _claims(clause)
    if claims.skills & there.skills or claims.languages & there.languages:
        return True
    if claims.skills or claims.languages:
        return False
    there_words = tokens(clause)
    return any(has_word(there_words, word) for word in (*claims.words, *claims.names)) or bool(claims.numbers & there.numbers)


def _claims(text: str) -> _Claims:
    return _Claims(
        frozenset(_numbers(text)),
        frozenset(mention.id for mention in find_skills(text)),
        frozenset(mention.id for mention in find_languages(text)),
        frozenset(_names(text)),
        tuple(w for w in _words(text) if w not in _GLUE and not w[0].isdigit() and w not in _WORDS_OF_NUMBERS and not _denies(w)),
    )


def _denies(word: str) -> bool:
    return NEGATION.fullmatch(word) is not None


def _numbers(text: str) -> Iterator[str]:
    """Numbers as digits: `1 820`, `1,820` and `1820` are one, `6.0` and `6` too; so are `six` and `6`."""
    for found in _NUMBER.finditer(text):
        digits = re.sub(r"(?<=\d)[\u202f\u00a0' ,.](?=\d{3}\b)", "", found[0])
        if not re.fullmatch(r"\d+(?:[.,]\d+)?", digits):
            yield from re.findall(r"\d+", digits)
            continue
        number = digits.replace(",", ".")
        yield number.rstrip("0").rstrip(".") if "." in number else number.lstrip("0") or "0"
    yield from (_WORDS_OF_NUMBERS[word] for word in _words(text) if word in _WORDS_OF_NUMBERS)


def _names(text: str) -> Iterator[str]:
    """Words with a capital inside a sentence: names of employers, schools, places, products."""
    covered = [(m.start, m.end) for m in (*find_skills(text), *find_languages(text))]
    opens = True
    for found in _WORD.finditer(text):
        word, start = found[0], found.start()
        if word[0].isupper() and not opens and not any(s <= start < e for s, e in covered):
            folded = fold(word)
            if folded not in _GLUE and folded not in _WORDS_OF_NUMBERS and not _denies(folded):
                yield folded
        opens = bool(re.match(r"\s*(?:[.!?:•]|\n)", text[found.end() :]))


def _words(text: str) -> list[str]:
    return [part for found in _WORD.finditer(fold(text)) for part in _parts(found[0])]


def _parts(word: str) -> list[str]:
    """`l'equipe` is two words, `node.js` one."""
    return [part for part in word.split("'") if part]


def tokens(text: str) -> frozenset[str]:
    """Folded words of a text, and the parts of joined ones: `l'equipe`, `node.js`."""
    whole = {fold(found[0]) for found in _WORD.finditer(text)}
    return frozenset(whole | {part for word in whole for part in re.split(r"['./&-]", word) if part} | set(_words(text)))


def has_word(among: frozenset[str], word: str) -> bool:
    """The word or another form of it: `managed` for `managing`, `équipes` for `équipe`, `built` for `build`."""
    return word in among or any(_same_stem(word, token) for token in among)


def _same_stem(a: str, b: str) -> bool:
    a, b = _IRREGULAR.get(a, a), _IRREGULAR.get(b, b)
    shared = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        shared += 1
    endings = {a[shared:], b[shared:]}
    return (
        a == b
        or shared >= max(_STEM, 0.6 * max(len(a), len(b)))
        or (shared >= _STEM and endings <= _ENDINGS)
        or (shared >= _STEM - 1 and endings <= {"", "s", "es", "x"})
    )
