"""Words of a text, and which of them are forms of one word."""

from __future__ import annotations

import re

from talentflow.chat.claim_words import listed
from talentflow.taxonomy.folding import fold

WORD = re.compile(r"[^\W_]+(?:[+#]+|(?:['’.&/-][^\W_]+)*[+#]*)")
_STEM = 4
"""Letters that two forms of a word share at least."""
_ENDINGS = listed(
    "e es s er ers ee ees ed ing ings ation ations ion ions ment ments eur eurs euse euses ant ante ance "
    "ent ents ait ons ez able "
    "al als ally ly y ies ied"
) | {""}
_FORMS = listed("e s es x ne nes r rs se ses eur eurs rice rices fe fes ere eres er ers") | {""}
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


def words(text: str) -> list[str]:
    """Folded words in order; `l'equipe` is two, `node.js` one."""
    return [part for found in WORD.finditer(fold(text)) for part in _parts(found[0])]


def _parts(word: str) -> list[str]:
    """`l'equipe` is two words, `node.js` one."""
    return [part for part in word.split("'") if part]


def tokens(text: str) -> frozenset[str]:
    """Folded words of a text, and the parts of joined ones: `l'equipe`, `node.js`."""
    whole = {fold(found[0]) for found in WORD.finditer(text)}
    return frozenset(whole | {part for word in whole for part in re.split(r"['./&-]", word) if part} | set(words(text)))


def has_word(among: frozenset[str], word: str) -> bool:
    """The word or another form of it: `managed` for `managing`, `équipes` for `équipe`, `built` for `build`."""
    return word in among or any(_same_stem(word, token) for token in among)


def _same_stem(a: str, b: str) -> bool:
    a, b = _IRREGULAR.get(a, a), _IRREGULAR.get(b, b)
    shared = _shared(a, b)
    endings = {a[shared:], b[shared:]}
    return (
        a == b
        or shared >= max(_STEM, 0.6 * max(len(a), len(b)))
        or (shared >= _STEM and endings <= _ENDINGS)
        or (shared >= _STEM - 1 and endings <= {"", "s", "es", "x"})
    )


def same_form(a: str, b: str) -> bool:
    """Singular and plural, or masculine and feminine, of one noun: `pharmacist` is none of `pharmacy`."""
    shared = _shared(a, b)
    return a == b or (shared >= _STEM - 1 and {a[shared:], b[shared:]} <= _FORMS)


def _shared(a: str, b: str) -> int:
    """Letters that two words begin with alike."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
