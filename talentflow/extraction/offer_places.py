"""Where an offer's job is: its location lines, its title, the lines at the top, and sentences that say where it is based."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talentflow.extraction.labels import Labelled
from talentflow.extraction.phrases import finder, fold
from talentflow.extraction.titles import Span
from talentflow.extraction.workplace import workplace_of_label
from talentflow.records import Place
from talentflow.taxonomy import find_place, find_places

_BASED = finder(
    {
        "cue": (
            "based in, located in, located at, position in, role in, job in, candidates in, candidates located in, "
            "candidates based in, office in, "
            "offices in, resident of, residents of, base a, basee a, base en, basee en, base au, basee au, basee sur, "
            "base sur, bases a, basees a, "
            "situe a, situee a, situe en, situee en, situe au, situe dans, situee dans, poste a, pourvoir a, pourvoir sur,"
            " pourvoir en, localise a, "
            "localisee a, lieu de travail, lieu :, lieu, location:, location :, agence de, bureaux de, "
            "bureau de, home in, bureaux a, magasin "
            "de, site de, secteur de, "
            "implante a, implantee a, remote in, remote from, remote within, work from, must be based in, must reside in, "
            "must live in, "
            "open to candidates in, poste est a, store in, near, proximite de, pres de, ville de, mairie de, centre de, "
            "in the heart of, "
            "au coeur de, restaurant a, equipe de, equipe d', etablissement de, team in, applicants from, "
            "living in, hospital in, school in, hotel in, "
            "restaurant in, warehouse in, "
            "clinic in, hotel a, hopital de, clinique de, lycee de, college de, cabinet de, boutique de, entrepot de, "
            "usine de, sur le site de, "
            "notre agence de, recrute a, headquarters in, headquartered in, come and join us in, our new, in our, at our"
        )
    }
)
_SEEKING = finder(
    {
        "seek": "recrut*, recherch*, cherch*, hiring, recruiting, looking for, seeking, join us as, opening for, rejoign*, "
        "embauch*, need, seeks, renforce*, s'agrandit"
    }
)
_PLACE_NAME = re.compile(r"[A-ZÀ-Þ][^\W\d_]+(?:[ '’-][^\W\d_]+){0,3}(?=\s*(?:$|[,(/–-]))")
_PARTS = re.compile(r"(?:[^-–—|•·,;()]|(?<=\w)-(?=\w))+")
_EARLY = 1_000
_REACH = 70
_TOP_LINES = 6
_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_MOST = 40
_ANNOUNCED = re.compile(r"[ \xa0](?:à|au|a|in|en|sur)[ \xa0\n](?=[A-ZÀ-Þ])")


def find_job_places(text: str, labels: Sequence[Labelled], title: Span | None) -> list[tuple[Place, int, int]]:
    """Places with their spans, in order, none twice. A label's value is read as a list; without one, the title, the lines at the
    top and phrases such as `based in`, `poste basé à` are read, in that order, the first that names a place deciding."""
    labelled = [label for label in labels if label.field == "location"]
    for label in labelled:
        found = _in_span(text, label.start, min(label.end, label.start + 4_000))
        if found:
            return found
    for label in labelled:
        unknown = _as_written(label)
        if unknown is not None:
            return [unknown]
    if title is not None and (found := _in_parts_of_title(text, title)):
        return found
    return _at_top(text, title) or _based(text) or _sought(text) or _announced(text)


def _in_span(text: str, start: int, end: int) -> list[tuple[Place, int, int]]:
    value = text[start:end]
    places = [(place, start + mention.start, start + mention.end) for place, mention in find_places(value)]
    if len(places) <= 1:
        whole = find_place(value)
        if whole is not None:
            return [(whole, start, end)]
    return _distinct(places)


def _as_written(label: Labelled) -> tuple[Place, int, int] | None:
    """A place that no gazetteer knows, when a label says it is one: `Daventry, Northamptonshire`."""
    match = _PLACE_NAME.match(label.value)
    if match is None or workplace_of_label(match.group()) is not None:
        return None
    return Place(locality=match.group().strip()), label.start, label.start + match.end()


def _distinct(places: Sequence[tuple[Place, int, int]]) -> list[tuple[Place, int, int]]:
    seen: set[tuple[str | None, str | None, str | None]] = set()
    kept: list[tuple[Place, int, int]] = []
    for place, start, end in places:
        key = (place.locality, place.region, place.country)
        if key not in seen and any(key):
            seen.add(key)
            kept.append((place, start, end))
    return kept[:_MOST]


def _in_parts_of_title(text: str, title: Span) -> list[tuple[Place, int, int]]:
    """`Quality Engineer (São Paulo)`, `Comptable - Lyon`: what stands behind a bracket, a dash, a bar or a comma."""
    line_end = text.find("\n", title.start)
    line_end = min(line_end if line_end >= 0 else len(text), title.start + 160)
    for match in re.finditer(r"[(\[|,–—@]|\s-\s|-\s|\s-", text[title.start : line_end]):
        start = title.start + match.end()
        part = re.match(r"[^()\[\]|–—\n]{2,60}", text[start:line_end])
        name = part.group().strip(" -") if part else ""
        # Two letters behind a dash are a field (AI, HR, QA) far more often than the country whose code they are.
        if part and (len(name) > 2 or name in ("US", "UK")) and (place := find_place(name)) is not None:
            return [(place, start, start + part.end())]
    for match in _ANNOUNCED.finditer(text, title.start, title.end):
        place = find_place(text[match.end() : title.end])
        if place is not None:
            return [(place, match.end(), title.end)]
    return []


def _at_top(text: str, title: Span | None) -> list[tuple[Place, int, int]]:
    for count, match in enumerate(_LINE.finditer(text, 0, 1_500)):
        if count >= _TOP_LINES:
            break
        line = match.group()
        if len(line) > 110 or (title is not None and match.start() <= title.start < match.end()):
            continue
        found = find_places(line)
        letters = sum(c.isalpha() for c in line)
        named = sum(mention.end - mention.start for _, mention in found)
        ends_it = bool(found) and len(line) <= 90 and found[-1][1].end >= len(line.rstrip(" .)"))
        if not found and (part := _whole_part(line)):
            return [(part[0], match.start() + part[1], match.start() + part[2])]
        if found and (ends_it or named * 2.5 >= letters or re.search(r"\(\d{2,5}\)|\d{5}|[|•·]|\s[-–—]\s", line)):
            return _distinct([(place, match.start() + m.start, match.start() + m.end) for place, m in found])
    return []


def _whole_part(line: str) -> tuple[Place, int, int] | None:
    """A part of a short line that is a town's name and nothing else, even one that means something else in a sentence."""
    for part in _PARTS.finditer(line[:90]):
        name = part.group().strip(" \xa0•*·")
        place = find_place(name) if 2 < len(name) < 40 and name[0].isupper() else None
        if place is not None and place.locality and fold(place.locality) == fold(name):
            start = part.start() + part.group().index(name)
            return place, start, start + len(name)
    return None


def _based(text: str) -> list[tuple[Place, int, int]]:
    for hit in _BASED(fold(text[:30_000])):
        reach = text[hit.end : hit.end + _REACH]
        stop = re.search(r"[.;\n](?!\w)|\s(?:who|and we|with|qui|avec|pour|to|for)\s", reach)
        reach = reach[: stop.start()] if stop else reach
        found = find_places(reach)
        if found and found[0][1].start <= 28:
            return _distinct([(place, hit.end + m.start, hit.end + m.end) for place, m in found])
    return []


def _sought(text: str) -> list[tuple[Place, int, int]]:
    """`recrute un cuisinier (H/F) à Toulouse`, `is hiring a nurse in Leeds`: the place behind what is looked for."""
    for hit in _SEEKING(fold(text[:8_000])):
        reach = text[hit.end : hit.end + 130]
        stop = re.search(r"[.!?](?:\s|$)|\n\n", reach)
        reach = reach[: stop.start()] if stop else reach
        for match in _ANNOUNCED.finditer(reach):
            found = find_places(reach[match.start() :])
            if found and found[0][1].start == match.end() - match.start():
                at = hit.end + match.start()
                return _distinct([(place, at + m.start, at + m.end) for place, m in found])
    return []


def _announced(text: str) -> list[tuple[Place, int, int]]:
    """The first place near the top that `à` or `in` stands before."""
    for match in _ANNOUNCED.finditer(text, 0, _EARLY):
        found = find_places(text[match.start() : match.end() + 40])
        if found and found[0][1].start == match.end() - match.start():
            return [(found[0][0], match.end(), match.start() + found[0][1].end)]
    return []
