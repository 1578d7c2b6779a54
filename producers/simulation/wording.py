"""Sentences from templates, and the data files they come from.

A template holds `{a|b|c}` (one of these), `{name}` (a slot), `{#3-12}` (a number in a range) and `[ …]` (there or
not). In task sentences `~` marks a verb in its base form (English) or infinitive (French), to be put into the form that
a CV or an offer uses.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent
_BRACES = re.compile(r"\{([^{}]*)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_HAS_ARTICLE = re.compile(r"(?:les? |la |l'|des |du |d'|une? |\d)")
_LOOSE = re.compile(r" +([.,](?:\s|$)| )")
"""Blanks that a part left out leaves before a mark or another blank."""
_VERB = re.compile(r"~([^\W\d_]+(?:-[^\W\d_]+)?)")


def say(rng: Random, template: str, /, **slots: str) -> str:
    """Expand a template. Raises KeyError for a slot that is not given."""

    def one(found: re.Match[str]) -> str:
        inner = found[1]
        if inner.startswith("#"):
            low, high = inner[1:].split("-")
            return str(rng.randint(int(low), int(high)))
        if "|" in inner:
            return rng.choice(inner.split("|"))
        return slots[inner]

    while "{" in template:
        template, count = _BRACES.subn(one, template)
        if not count:
            break
    while "[" in template:
        template, count = _OPTIONAL.subn(lambda m: m[1] if rng.random() < 0.6 else "", template)
        if not count:
            break
    return _LOOSE.sub(r"\1", template)


def pick(rng: Random, options: list[str], /, **slots: str) -> str:
    """One of the templates, expanded."""
    return say(rng, rng.choice(options), **slots)


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def elided(text: str) -> str:
    """French: `de Angers` as `d'Angers`, `du Horizon` as `de l'Horizon`."""
    text = re.sub(r"\bde (?=[AEIOUYÉÈÊÎÂaeiouyéèêîâœ])", "d'", text)
    return re.sub(r"\bdu (?=[AEIOUÉÈÊÎÂ]|Horizon)", "de l'", text)


def base(sentence: str) -> str:
    """The sentence with its verbs as the data file has them."""
    return sentence.replace("~", "")


def past(sentence: str) -> str:
    """English: verbs in the past tense (`~build and ~run` gives `built and ran`)."""
    return _VERB.sub(lambda m: _past(m[1]), sentence)


def gerund(sentence: str) -> str:
    """English: verbs as `building`, `running`."""
    return _VERB.sub(lambda m: _gerund(m[1]), sentence)


def noun(sentence: str) -> str | None:
    """French: the first verb as a noun (`~gérer les stocks` gives `gestion des stocks`); None when there is no noun for
    it, no article after it, or a second verb, which the noun would leave hanging."""
    found = _VERB.match(sentence)
    if not found or sentence.count("~") > 1:
        return None
    name, rest = words("fr")["nouns"].get(found[1]), sentence[found.end() :].lstrip()
    return _with_de(name, rest) if name and _HAS_ARTICLE.match(rest) else None


def _with_de(name: str, rest: str) -> str:
    for article, joined in (
        ("les ", "des "),
        ("le ", "du "),
        ("des ", "de "),
        ("du ", "de "),
        ("de la ", "de "),
        ("de l'", "d'"),
    ):
        if rest.startswith(article):
            rest = rest[len(article) :]
            if joined == "de " and rest[:1].lower() in "aeiouyéèêâîh":
                joined = "d'"
            return f"{name} {joined}{rest}"
    return f"{name} d'{rest}" if rest[:1].lower() in "aeiouyéèêâîh" else f"{name} de {rest}"


def _doubles(verb: str) -> bool:
    return verb in words("en")["doubling_verbs"]


def _past(verb: str) -> str:
    irregular: dict[str, str] = words("en")["irregular_past"]
    if verb in irregular:
        return irregular[verb]
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return f"{verb}{verb[-1]}ed" if _doubles(verb) else f"{verb}ed"


def _gerund(verb: str) -> str:
    if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")):
        return verb[:-1] + "ing"
    return f"{verb}{verb[-1]}ing" if _doubles(verb) else f"{verb}ing"


@cache
def words(language: str) -> dict[str, Any]:
    """Headings, phrases, places, employers' patterns and the like in one language."""
    return tomllib.loads((HERE / f"words_{language}.toml").read_text(encoding="utf-8"))


@cache
def occupations() -> dict[str, dict[str, Any]]:
    """Every occupation by its key, in the order of the files' names and then of the files."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((HERE / "occupations").glob("*.toml")):
        for key, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found[key] = entry | {"key": key, "field": path.stem}
    return found


@cache
def occupation_keys() -> tuple[str, ...]:
    return tuple(occupations())
