"""The head of a work or study entry: what it says, and its place taken out of the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from talentflow.extraction.sections import fold
from talentflow.extraction.spans import Span
from talentflow.extraction.words import role_score, school_score

_PARENTHESIS = re.compile(r"\(([^()]{2,60})\)")
NOISE = re.compile(
    r"^(?:\(?(?:cdi|cdd|int[ée]rim|freelance|full[ -]?time|part[ -]?time|temps (?:plein|partiel)|permanent|"
    r"contract|temporary|temp|fixed[ -]term|self[ -]employed"
    r"|remote|hybrid|hybride|on[ -]?site|t[ée]l[ée]travail|seasonal|saisonnier|casual|current(?:ly)?|present|contrat)\b[^|]{0,24}"
    r"|(?:environ |about |approx\.? )?\d{1,2}(?:[.,]\d)? ?(?:ans?|mois|months?|years?|yrs?|semaines?|"
    r"weeks?)(?: (?:et )?\d{1,2} ?(?:mois|months?|mos?))?"
    r"|(?:stage|alternance|internship|apprentissage|contrat [\w' ]{3,20}|dur[ée]e|"
    r"stage de)[ :]{0,2}(?:de )?\d{1,2} ?(?:mois|months?|semaines?|weeks?|ans?)"
    r"|\d{1,3} ?%|\d{1,2} ?h(?:/semaine|/week)?)\)?$",
    re.IGNORECASE,
)
_US_PLACE = re.compile(
    r"(?:^|[ ,])(?P<city>(?:(?:New|San|Santa|Los|Las|Saint|St\.?|Fort|El|La|Salt Lake|North|South|East|West|Palo|"
    r"Baton|Grand|Mount|Mt\.?|Long|Little|Des|Cedar|Kansas|Oklahoma|Jersey)[ ])?"
    r"[A-Z][a-zA-Z'’.-]+),[ ](?P<state>A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|"
    r"O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]|ON|QC|BC|AB)(?:,[ ](?:USA?|United States|Canada))?$"
)


@dataclass
class Head:
    """What an entry's head says, each with its place in the text."""

    position: Span | None = None
    employer: Span | None = None
    location: Span | None = None
    rest: list[Span] = field(default_factory=list)


def without_place(piece: Span, head: Head, *, trailing: bool = True) -> list[Span]:
    """A piece without the place at its end or in parentheses; the place goes to `head.location`. Without `trailing` a city
    set off by nothing but a blank stays: it is part of many a school's name."""
    from talentflow import taxonomy

    text = piece.text
    match = _PARENTHESIS.search(text)
    if match:
        inner = piece.cut(match.start(1), match.end(1))
        outer = piece.cut(0, match.start()) if match.end() >= len(text) - 1 else piece
        if NOISE.match(inner.text):
            return without_place(outer, head, trailing=trailing) if outer is not piece else [piece]
        if outer is not piece and (re.fullmatch(r"\d{2,3}|2[AB]", inner.text) or _is_place(inner.text)):
            rest = without_place(outer, head, trailing=trailing)
            if head.location is None:
                head.location = inner
            return rest
    if _is_place(text):
        if head.location is None:
            head.location = piece
            return []
        return [] if len(text) < 40 else [piece]
    us = _US_PLACE.search(text)
    if us and us.start("city") > 0:
        rest = piece.cut(0, us.start("city"))
        if rest.text and not _ends_open(rest.text):
            if head.location is None:
                head.location = piece.cut(us.start("city"), len(text))
            return [rest]
    city = _trailing_place(text) if trailing else None
    if city is not None:
        if head.location is None:
            head.location = piece.cut(city, len(text))
        return [piece.cut(0, city)]
    comma = text.rfind(",")
    if comma > 0:
        mentions = [m for _, m in taxonomy.find_places(text)]
        for mention in mentions:
            # `Meridian Labs, Chicago, IL`: from the first place after a comma all the rest is a place.
            before = text[: mention.start].rstrip()
            if before.endswith(",") and _is_place(text[mention.start :]):
                if head.location is None:
                    head.location = piece.cut(mention.start, len(text))
                return [piece.cut(0, mention.start)]
    return [piece]


@lru_cache(maxsize=4096)
def _trailing_place(text: str) -> int | None:
    """Where a city begins that follows an employer's name with a blank alone, as flush-right places come out of a PDF."""
    from talentflow import taxonomy

    if role_score(text) >= 2 or school_score(text) or len(text) > 80:
        return None
    for place, mention in taxonomy.find_places(text):
        before = text[: mention.start]
        if place.locality is None or not before.endswith(" ") or before.rstrip().endswith((",", "-", "–", "(")):
            continue
        if mention.end < len(text) and not (text[mention.end] == "," and _is_place(text[mention.start :])):
            continue
        if not _ends_open(before) and fold(before) and not fold(before).endswith(("saint", "st", "new", "le", "les", "port")):
            return mention.start
    return None


def _ends_open(text: str) -> bool:
    return fold(text).split()[-1] in ("of", "de", "du", "at", "in", "the", "la", "le", "and", "et", "d") if fold(text) else True


@lru_cache(maxsize=4096)
def _is_place(text: str) -> bool:
    """Whether a whole piece is a place: what is left of it beside places, postcodes and commas is nothing."""
    from talentflow import taxonomy

    if len(text) > 60 or role_score(text) >= 3:
        return False
    if _US_PLACE.fullmatch(text):
        return True
    rest = text
    for _, mention in reversed(taxonomy.find_places(text)):
        rest = rest[: mention.start] + rest[mention.end :]
    if rest == text:
        return False
    rest = re.sub(
        r"\b\d{2,5}\b|\b[A-Z]{2}\b|█+|remote|hybrid|télétravail|cedex|area|région|greater|france|usa|uk",
        " ",
        rest,
        flags=re.IGNORECASE,
    )
    return not re.search(r"[^\W\d_]{2}", rest)
