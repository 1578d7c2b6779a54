"""The head of a CV: the lines above its first section, and the headline, the profile and the place in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talentflow.extraction.dates import DateRange, ranges_between
from talentflow.extraction.sections import Line, Section, fold, lines_between, split_lines
from talentflow.extraction.spans import Span
from talentflow.extraction.words import role_score, school_score
from talentflow.records import Evidence, Place

_CONTACT = re.compile(
    r"█{2,}|@|(?<!\w)(?:tel|tél|phone|mobile|e-?mail|courriel|adresse|address|domicile|habite|lives at|"
    r"linkedin|github|website|site web|portfolio)(?!\w)",
    re.IGNORECASE,
)
_PLACE_LABEL = re.compile(
    r"^(?:location|based in|home address|lives (?:at|in)|living in|habite(?: à)?|domicili[ée]e?(?: à)?|lieu|"
    r"localisation|ville|city|adresse(?: postale| personnelle)?|address|mobilit[ée]|résidence|residence|domicile)\s*:?\s*",
    re.IGNORECASE,
)
_PLACE_ALONE = re.compile(r"^(?:[^\n]{0,60}█[█\s,.'’-]*)?(?:\d{2,5}[ ,]+)?(?P<place>[A-ZÀ-Þ][\w'’.-]*(?:[ ][\w'’.-]+){0,3})$")
"""A line that is a place and nothing else, behind a street that is blanked."""
_HEAD_SPLIT = re.compile(r"\s*[|│┃¦‖•·●▪⋅∙⌂✉☎\t]\s*|\s+[–—/-]\s+|\s{3,}")
_TITLE = re.compile(r"^(?:curriculum\s+vit(?:ae|æ)|r[ée]sum[ée]|cv)\W*$", re.IGNORECASE)
_YEARS_AFTER = re.compile(
    r"[,(–—-]\s*(?:(?:plus de|over|more than) )?\d{1,2}\+? (?:ans?|years?|yrs?)\b.*$|\s+(?:avec|with|"
    r"ayant) .{0,12}\d{1,2}\+? (?:ans?|years?)\b.*$",
    re.IGNORECASE,
)
HEAD_LINES = 12


def head_lines(lines: Sequence[Line], sections: Sequence[Section]) -> list[Line]:
    """The first lines up to the first heading of substance: name, title, contacts."""
    late = next((s for s in sections[1:] if s.name == ""), None)
    if late is not None:
        lines, sections = lines_between(lines, late.start, late.end), []
    end = next((s.start for s in sections[1:] if not s.inline and s.name not in ("personal", "objective")), None)
    head: list[Line] = []
    for line in lines:
        if (end is not None and line.start >= end) or len(head) >= HEAD_LINES:
            break
        head.append(line)
    return head


def find_headline(head: Sequence[Line], ranges: Sequence[DateRange]) -> Span | None:
    """The title under the name: a piece of the head that reads like a job and holds no personal data."""
    from talentflow import taxonomy

    best: tuple[int, int, Span] | None = None
    for number, line in enumerate(head[:8]):
        whole = Span(line.text, line.start, line.end)
        if len(line.text) > 140 or _TITLE.match(line.text):
            continue
        if any(not r.single for r in ranges_between(ranges, line.start, line.end)):
            break
        pieces = [whole] if not _CONTACT.search(line.text) else _split(whole)
        for piece in pieces:
            trimmed = _without_blanks(piece)
            years = _YEARS_AFTER.search(trimmed.text) if trimmed else None
            if trimmed is not None and years:
                trimmed = trimmed.cut(0, years.start())
            if trimmed is None or _CONTACT.search(trimmed.text) or len(trimmed.text) < 3 or len(trimmed.text) > 120:
                continue
            score = role_score(trimmed.text)
            if score < 2:
                match = taxonomy.find_occupation(trimmed.text) if len(trimmed.text) < 60 and number < 5 else None
                # Right under the name a title is expected.
                least = 0.55 if number and "█" in head[number - 1].text and len(trimmed.text.split()) <= 4 else 0.75
                score = 2 if match is not None and match.confidence >= least and not _is_place(trimmed.text) else score
            if score < 2 or trimmed.text.count(" ") > 14 or trimmed.text.endswith("."):
                continue
            key = (score, -number)
            if best is None or key > best[:2]:
                best = (score, -number, trimmed)
    return best[2] if best else None


def _is_place(text: str) -> bool:
    from talentflow import taxonomy

    place = taxonomy.find_place(text)
    return place is not None and fold(place.locality or place.country or "") in fold(text)


def _split(whole: Span) -> list[Span]:
    pieces: list[Span] = []
    at = 0
    for match in _HEAD_SPLIT.finditer(whole.text):
        pieces.append(whole.cut(at, match.start()))
        at = match.end()
    pieces.append(whole.cut(at, len(whole.text)))
    return [p for p in pieces if p.text]


def _without_blanks(piece: Span) -> Span | None:
    """A piece without redacted words at its ends; None when one stands in its middle or nothing is left."""
    match = re.match(r"^(?:[\s,.:()\[\]'’-]*█[█\s,.'’-]*)*", piece.text)
    start = match.end() if match else 0
    rest = piece.cut(start, len(piece.text))
    tail = rest.text.find("█")
    if tail >= 0:
        rest = rest.cut(0, tail)
    return rest if any(c.isalpha() for c in rest.text) else None


def find_summary(lines: Sequence[Line], sections: Sequence[Section], head: Sequence[Line], headline: Span | None) -> Span | None:
    """The profile's text; without such a section, sentences in the head."""
    for section in sections:
        if section.name == "summary":
            mine = [line for line in lines_between(lines, section.body, section.end)[:60] if "█" * 4 not in line.text]
            if section.inline:
                mine = [
                    _inline_rest(section, line) if line.start < section.body < line.end else line
                    for line in lines_between(lines, section.start, section.end)[:60]
                ]
            mine = [
                line for line in mine if not (headline and line.start <= headline.start < line.end and line.text == headline.text)
            ]
            if mine:
                return Span(" ".join(line.text for line in mine[:40]), mine[0].start, mine[min(len(mine), 40) - 1].end)
    sentences = [
        line
        for line in head
        if len(line.text) > 60
        and "█" not in line.text
        and not (headline and line.start <= headline.start < line.end)
        and not _CONTACT.search(line.text)
    ]
    return Span(" ".join(s.text for s in sentences), sentences[0].start, sentences[-1].end) if sentences else None


def _inline_rest(section: Section, line: Line) -> Line:
    rest = line.text[section.body - line.start :]
    kept = rest.strip()
    start = section.body + (rest.find(kept) if kept else 0)
    return Line(kept, start, start + len(kept))


def find_location(head: Sequence[Line], sections: Sequence[Section], text: str, evidence: list[Evidence]) -> Place | None:
    """Where the candidate lives: a place among the contacts."""
    from talentflow import taxonomy

    candidates: list[Span] = []
    for line in head[:HEAD_LINES]:
        candidates += _split(Span(line.text, line.start, line.end))
    for section in sections:
        if section.name == "personal":
            for line in split_lines(text[section.body : min(section.end, section.body + 1500)]):
                candidates += _split(Span(line.text, section.body + line.start, section.body + line.end))
    for piece in candidates:
        label = _PLACE_LABEL.match(piece.text)
        if len(piece.text) > 90 or (role_score(piece.text) >= 2 and not label) or school_score(piece.text):
            continue
        found = [(p, m) for p, m in taxonomy.find_places(piece.text) if fold(piece.text[m.start : m.end]) != "mobile"]
        if not found:
            alone = _PLACE_ALONE.search(piece.text)
            kept = piece.cut(alone.start("place"), alone.end("place")) if alone else None
            if kept is None or fold(kept.text) == "mobile" or len(kept.text.split()) > 4:
                continue
            place = taxonomy.find_place(kept.text)
            if place is None or place.locality is None or fold(place.locality) not in fold(kept.text):
                continue
            evidence.append(Evidence(field="location", start=kept.start, end=kept.end))
            return place
        covered = sum(m.end - m.start for _, m in found)
        letters = sum(c.isalpha() and c != "█" for c in piece.text[label.end() if label else 0 :])
        if covered < 0.6 * letters:
            continue
        place = taxonomy.find_place(piece.text[found[0][1].start :]) or found[0][0]
        start, end = piece.start + found[0][1].start, piece.start + found[-1][1].end
        evidence.append(Evidence(field="location", start=start, end=end))
        return place
    return None


def after_contacts(head: Sequence[Line], headline: Span | None) -> int:
    start = 0
    for line in head:
        if "█" in line.text or (headline and line.start <= headline.start < line.end) or _CONTACT.search(line.text):
            start = line.end
    return start
