"""Places: cities, regions and countries that offers and CVs name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from talentflow.records import Place
from talentflow.taxonomy.entries import Mention
from talentflow.taxonomy.folding import fold
from talentflow.taxonomy.place_index import Meaning, PlaceIndex, place_index

MAX_LINE = 4000
"""A location line is read up to here."""

_CODE = re.compile(r"(?:(?<=,)|(?<=, )|(?<=\()|^)([A-Z]{2,3})(?![A-Za-z0-9])")
_DEPARTMENT = re.compile(r"\((\d{2,3}|2[AB])\)|(?:^|(?<=\s))(2[AB]|\d{2,3})(?=\s?[-–]\s)")
_POSTCODE = re.compile(r"(?<![\w.,])(?<![Rr]ef\. )(?<![Rr]éf\. )(?<![Rr]ef )(?<![Rr]éf )(?:F-|FR-)?(\d{2})\s?\d{3}(?!\w|[.,]\d)")
_PARTS = re.compile(r"[^,;|/\n()•·]+")
_WORKPLACE = re.compile(
    r"\b(?:remote(?:ly)?|hybrid|hybride|full(?:y)?|teletravail|distanciel|presentiel|on ?site|sur site|office|based|home|"
    r"work(?:ing)?|from|partial|partiel|partially|possible|only|cdi|cdd|stage|alternance|greater|metropolitan|metropole|area|region|cedex|and|et|or|"
    r"ou|in|at|a|de|multiple|various|locations?|lieu|ville|pays|country|city|full time|part time|temps plein)\b"
)
_JOINED = re.compile(r"\s*(?:,|\(|-|–|—|/)?\s*\(?\s*\Z")
_NATIONS = frozenset({"England"})
"""Wider than the regions that its cities are given."""

_UNKNOWN_REGION = re.compile(r",[^,;|/()\n]+,\s*\Z")
_LOCATING = re.compile(
    r"(?:\b(?:based|located|living|live|lives|offices?|headquartered|residing|relocate|relocation|born|job|jobs|position|role|team|"
    r"teams|sites?|store|hospital|school|clinic|hotel|restaurant) (?:in|to|at|near) |"
    r"\b(?:base|basee|bases|situe|situee|poste|agence|bureaux|site|habite|residant|domiciliee?|ville|mairie|communes?|equipe|"
    r"hospitalier|hopital|chu|clinique|musee|universite|lycee|prefecture|communaute|agglomeration|metropole) "
    r"(?:a|de|sur) |(?<!\w)a |\b\d{5} |\b(?:location|lieu|localisation|ville|city|where|place of work) ?: ?)\Z"
)
_INSIDE = re.compile(r"\b(?:in|near) \Z")
_PHRASE_ENDS = re.compile(r"\s*(?:[.,;:!?)\n]|\Z|(?:is|are|and|with|to|for|or|as|on|since|area|office)\b)")
_FIELDS_TOO = frozenset(
    {"Mobile", "Reading", "Rugby", "Split", "Gap", "LA", "Phoenix", "Orange", "Tours", "Nice", "Nord", "Jersey", "Natal", "Faro"}
    | {"Sens", "Croix", "Plaisir", "Bath", "Vienne", "Corte", "Essen", "Aurora", "Oriental", "Safi", "Landes", "Lot", "Chili"}
)
"""Doubtful names that stand behind `in` as an everyday word or a field of work besides (`experience in Mobile`)."""
_ORDINAL = re.compile(r"\s+(?:\d{1,2}\s?(?:er|e|eme|nd|ème|è)?\b(?:\s+arrondissement)?|cedex(?:\s+\d{1,2})?)")


@dataclass
class _Named:
    """`text[start:end]` and what it may mean; `sure` when no everyday word is written so."""

    start: int
    end: int
    meanings: list[Meaning]
    sure: bool = True
    code: bool = False


@dataclass
class _Found:
    """A place being put together from neighbouring names."""

    start: int
    end: int
    meanings: list[Meaning]
    has_country: bool
    sure: bool
    parts: int = 1

    def place(self) -> Place:
        best = self.meanings[0]
        return Place(locality=best.locality, region=best.region, country=best.country)


def _names(text: str, folded: str, index: PlaceIndex, *, line: bool) -> list[_Named]:
    """Names in the text, longest first at each place, in order. In running text (`line` false) a name needs its capital."""
    hits: list[_Named] = []
    for number, start, end in index.automaton.find_matches_as_indexes(folded, overlapping=True):
        if (start and text[start - 1].isalnum()) or (end < len(text) and text[end].isalnum()):
            continue
        if start and text[start - 1] in "@." and start > 1 and text[start - 2].isalnum():
            continue
        name = index.names[number]
        upper = index.upper.get(name)
        if upper is not None and text[start:end] != upper:
            continue
        if not line and not text[start].isupper():
            continue
        meanings = index.meanings[name]
        hits.append(_Named(start, end, meanings, sure=not meanings[0].doubtful))
    hits.extend(_coded(text, index, line=line))
    hits.sort(key=lambda hit: (hit.start, -hit.end, hit.code))
    chosen: list[_Named] = []
    reached = 0
    for hit in hits:
        if hit.start >= reached:
            chosen.append(hit)
            reached = hit.end
    return chosen


def _coded(text: str, index: PlaceIndex, *, line: bool) -> list[_Named]:
    """State codes after a comma, French département numbers in brackets."""
    hits: list[_Named] = []
    for match in _CODE.finditer(text):
        meanings = index.codes.get(match.group(1))
        if meanings and (match.start() > 0 or (line and len(text.strip()) <= 3)):
            lone = [m for m in meanings if m.kind == "country"] if match.start() == 0 else meanings
            if lone:
                hits.append(_Named(match.start(), match.end(), lone, sure=match.start() == 0, code=True))
    for match in _DEPARTMENT.finditer(text):
        meaning = index.departments.get(match.group(1) or match.group(2))
        if meaning and (line or match.group(1)):
            hits.append(_Named(match.start(), match.end(), [meaning], sure=False, code=True))
    return hits


def _fits(a: Meaning, b: Meaning) -> bool:
    """Whether a wider `b` (region, country) can hold `a`."""
    if b.kind == "country":
        return a.country == b.country
    same_region = a.region == b.region or (b.country == "GB" and b.region in _NATIONS)
    return b.kind == "region" and a.kind == "city" and a.country == b.country and same_region


def _merge(found: _Found, named: _Named, *, line: bool) -> bool:
    """Take a neighbouring name into the place if both can be one; says whether it did."""
    wider = [m for m in named.meanings if m.kind in {"region", "country"}]
    kept = [a for a in found.meanings if any(_fits(a, b) for b in wider)]
    if kept and not (found.has_country and not named.code):
        kinds = {b.kind for b in wider if any(_fits(a, b) for a in kept)}
        if not (found.meanings[0].kind == "country" and kinds == {"country"}):
            found.meanings = kept
            found.has_country |= "country" in kinds and "region" not in kinds
            found.end, found.sure, found.parts = named.end, True, found.parts + 1
            return True
    if found.meanings[0].kind == "city" and found.parts == 1:
        region = next((b for b in wider if b.kind == "region" and b.country in {"US", "CA", "AU", "GB"}), None)
        if region is not None and (named.code or line) and named.meanings[0].kind != "city":
            found.meanings = [Meaning("city", found.meanings[0].locality, region.region, region.country)]
            found.end, found.sure, found.parts = named.end, True, found.parts + 1
            return True
    if line and found.meanings[0].kind in {"country", "region"} and found.parts == 1:
        inside = [m for m in named.meanings if m.kind != "area" and any(_fits(m, b) for b in found.meanings)]
        if inside and inside[0].kind in {"city", "region"}:
            found.has_country = True
            found.meanings, found.end, found.parts = inside, named.end, 2
            return True
    return False


def _grouped(text: str, names: list[_Named], *, line: bool) -> list[_Found]:
    groups: list[_Found] = []
    for named in names:
        if groups:
            gap = text[groups[-1].end : named.start]
            near = len(gap) <= 6 and _JOINED.match(gap)
            if line and not near and named.meanings[0].kind == "country" and groups[-1].meanings[0].kind == "city":
                near = len(gap) <= 40 and _UNKNOWN_REGION.match(gap)
            if near and _merge(groups[-1], named, line=line):
                continue
        if named.code and not named.sure:
            if line:
                groups.append(_Found(named.start, named.end, named.meanings, False, False))
            continue
        first = named.meanings[0]
        groups.append(_Found(named.start, named.end, named.meanings, first.kind == "country", named.sure))
    return groups


def _locality(text: str) -> str | None:
    """A name that the taxonomy does not know but that stands where a town stands: `Foo` in `Foo, France`."""
    name = re.sub(r"\d[\d\s]*", " ", text).strip(" \t-–—:.'\"█")
    if (
        not 2 <= len(name) <= 40
        or len(name.split()) > 5
        or not name[0].isupper()
        or any(char in "@█" for char in name)
        or not name.isprintable()
    ):
        return None
    if not _WORKPLACE.sub("", fold(name)).strip(" .:"):
        return None
    name = re.split(r"\s[-–—]\s", name)[-1]
    return None if _WORKPLACE.search(fold(name)) else name


def _town_before(text: str) -> str | None:
    """`Foo` where `text` is what stands between the place before and the region or country: `Foo, `, `Foo (`."""
    if not re.search(r"[,(]\s*\Z|\n\s*\Z", text):
        return None
    parts = [part for part in _PARTS.findall(text) if part.strip()]
    return _locality(parts[-1]) if parts else None


def find_place_list(text: str) -> list[Place]:
    """Every place of a location line, in order, each once: `Argentina, Brazil, Poland`, `Remote - Argentina; Remote - Brazil`.

    A town that the taxonomy does not have is kept where the line says its country, region or French postcode: `Foo, France`.
    """
    text = text[:MAX_LINE]
    folded = fold(text)
    index = place_index()
    groups = _grouped(text, _names(text, folded, index, line=True), line=True)
    postcode = _POSTCODE.search(text)
    department = index.departments.get(postcode.group(1)) if postcode else None
    found: list[tuple[int, Place]] = []
    previous_end = 0
    for group in groups:
        place = group.place()
        if place.locality is None and group.meanings[0].kind != "area":
            gap = text[previous_end : group.start] + ("(" if text[group.start] == "(" else "")
            town = _town_before(gap)
            if town:
                place = place.model_copy(update={"locality": town})
        found.append((group.start, place))
        previous_end = group.end
    if department is not None:
        country = department.country
        if not found:
            town = next((t for p in _PARTS.findall(text) if (t := _locality(p))), None)
            found = [(0, Place(locality=town, region=department.region, country=country))]
        elif len(found) == 1 and found[0][1].country == country and found[0][1].locality is None and found[0][1].region is None:
            towns = [t for p in _PARTS.findall(text[: groups[0].start]) if (t := _locality(p))]
            found = [(0, Place(locality=towns[-1] if towns else None, region=department.region, country=country))]
    unique: list[Place] = []
    for _, place in found:
        if place not in unique:
            unique.append(place)
    return unique


def find_place(text: str) -> Place | None:
    """The place that a short text (a location line) names: `Lyon (69)`, `Austin, TX`, `Remote - Brazil`, `Paris, France`.

    Of several the first. A world region (`Europe`, `LATAM`, `Worldwide`) has no country.
    """
    places = find_place_list(text)
    return places[0] if places else None


def find_places(text: str) -> list[tuple[Place, Mention]]:
    """Places named in a longer text, in order, each with its span. Linear in the text's length.

    Names need their capital; those that are everyday words besides (Nice, Reading) count only next to their region or
    country, or after words that locate ("based in", "à"). The mention's id is the place in words.
    """
    folded = fold(text)
    found: list[tuple[Place, Mention]] = []
    for group in _grouped(text, _names(text, folded, place_index(), line=False), line=False):
        if not group.sure and not _located(text, folded, group):
            continue
        end = group.end
        if group.meanings[0].country == "FR" and (more := _ORDINAL.match(folded, end, min(len(folded), end + 24))):
            end = more.end()
        if text[end : end + 1] == ")" and "(" in text[group.start : end]:
            end += 1
        place = group.place()
        words = [word for word in (place.locality, place.region, place.country) if word]
        found.append((place, Mention(", ".join(words), group.start, end)))
    return found


def _located(text: str, folded: str, group: _Found) -> bool:
    """Whether the words around a doubtful name say that it is a place: `based in Reading`, `in Charlotte.`"""
    before = folded[max(0, group.start - 36) : group.start]
    if _LOCATING.search(before):
        return True
    if text[group.start : group.end] in _FIELDS_TOO or not _INSIDE.search(before):
        return False
    return _PHRASE_ENDS.match(text, group.end) is not None


def place_nearness(a: Place, b: Place) -> float:
    """In [0, 1]: 1 for the same locality, 0.7 for the same region, 0.4 for the same country, else 0.

    Where one side names only the wider place that holds the other, that wider place counts. A world region is near what says
    the same (0.7), and, at 0.3, a country that lies in it (`Europe` and France).
    """
    if a.country is None or b.country is None:
        if a.country == b.country:
            return 0.7 if a.region is not None and a.region == b.region else 0.0
        area, country = (a.region, b.country) if a.country is None else (b.region, a.country)
        holds = place_index().holds.get(area or "", frozenset())
        return 0.3 if country in holds or "*" in holds else 0.0
    if a.country != b.country:
        return 0.0
    if (
        a.locality
        and b.locality
        and fold(a.locality) == fold(b.locality)
        and (not a.region or not b.region or a.region == b.region)
    ):
        return 1.0
    if a.region and b.region and fold(a.region) == fold(b.region):
        return 0.7
    return 0.4
