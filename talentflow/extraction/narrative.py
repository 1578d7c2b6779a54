"""Posts told in sentences: `From 2019 to 2021 I worked as a nurse at Leeds General.`, `Lac SA, Pau : ouvrier depuis 2020.`"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from talentflow.extraction.dates import DateRange, ranges_between
from talentflow.extraction.sections import Line
from talentflow.extraction.spans import Span
from talentflow.extraction.words import role_score

_NAME = r"[A-ZÀ-Þ0-9][^.;:()\n]{1,70}?"
_ROLE = r"[^.,;:()]{3,80}?"
_PLACE = r"(?:[ ]\((?P<place_p>[^()]{2,40})\)|[ ](?:in|à|based in)[ ](?P<place>[A-ZÀ-Þ][\w'’ -]{1,40}?))?"
_ROLE_TILL = r"[^.;:()]{3,80}?(?:,[ ](?:currently[ ])?(?:working|employed))?"
_ROLE_STOP = (
    r"(?=[ ]*(?:[.,;:(]|$|[ ](?:from|since|until|between|depuis|jusqu|where|où|in[ ](?=[A-ZÀ-Þ])"
    r"|(?:en|in|de|du)[ ](?:[\w.]+[ ])?\d)))"
)
_STOP = r"(?=[ ]*(?:[.,;:(]|$|[ ](?:from|since|until|between|de|du|depuis|en|jusqu|where|où|with|as|for)\b))"
_PATTERNS = (
    re.compile(
        r"\b(?:[Ww]ork(?:ed|ing)?|[Ss]erved|[Ww]as|[Aa]m|[Bb]een|[Ee]mployed|[Aa]cted|[Ss]tarted|[Bb]egan)[ ](?:\w+[ ])?"
        rf"(?:as[ ])?(?:an?|the)[ ](?P<position>{_ROLE_TILL})[ ](?:at|for|with)[ ](?P<employer>{_NAME}){_PLACE}{_STOP}"
    ),
    re.compile(
        rf"\b(?:[Jj]oined|[Ww]ork(?:ed|ing)?[ ](?:at|for|with))[ ](?P<employer>{_NAME}){_PLACE}[ ]as[ ](?:an?[ ]|the[ ])?"
        rf"(?P<position>{_ROLE}){_ROLE_STOP}"
    ),
    re.compile(
        r"\b(?:comme|en tant que|en qualité de|(?:je )?suis|j['’]étais|j['’]ai été|était|devenue?)[ ](?:une?[ ]|d['’])?"
        rf"(?P<position>{_ROLE_TILL})[ ](?:chez|pour|au sein d(?:e la |u |es |e l['’]|e |['’])|à la |à l['’]|au )[ ]?"
        rf"(?P<employer>{_NAME}){_PLACE}{_STOP}"
    ),
    re.compile(
        rf"\b(?:rejoint|intégrée?|travaill(?:é|e|ais)[ ](?:chez|pour))[ ](?P<employer>{_NAME}){_PLACE},?[ ]"
        r"(?:en tant que|comme|en qualité de)[ ]"
        rf"(?:une?[ ])?(?P<position>{_ROLE}){_ROLE_STOP}"
    ),
)
_LED = re.compile(
    rf"(?P<employer>[A-ZÀ-Þ0-9][^.;:()\n,]{{1,70}})(?:,[ ](?P<place>[^:.,;]{{2,40}})|[ ]\((?P<place_p>[^()]{{2,40}})\))?"
    rf"[ ]?:[ ](?P<position>{_ROLE}),?[ ]*(?:since|from|depuis|de|d['’]|en|in)?[ ]*$"
)
"""`Employer, Place: position since`, at the beginning of a line and up to a date."""
_UNTIL = re.compile(r"\b(?:until|till|to|jusqu)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?](?=\s+[A-ZÀ-Þ])|\Z")
_ASIDE = re.compile(r",[ ](?:currently[ ])?(?:working|employed)$")
LONGEST_SENTENCE = 400


@dataclass(frozen=True)
class Told:
    """A post that a sentence tells: `text[start:end]` is the sentence."""

    position: Span
    employer: Span
    location: Span | None
    dates: DateRange
    start: int
    end: int


def find_told(text: str, lines: Sequence[Line], ranges: Sequence[DateRange]) -> list[Told]:
    """Sentences that say who worked where as what and when.

    Args:
        text: the CV.
        lines: of the part to read, in order.
        ranges: dates of the whole text, in order.
    """
    found: list[Told] = []
    reached = -1
    for line in lines:
        if line.start < reached or not (line.text[0].isupper() or line.text[0].isdigit()):
            continue
        whole = text[line.start : min(line.start + LONGEST_SENTENCE, lines[-1].end)]
        # Wrapped lines are one sentence; a blank line ends it.
        whole = re.split(r"\n[ \t\r]*\n|\n(?=[ \t]*[•▪◦●*-])", whole, maxsplit=1)[0]
        joined = re.sub(r"[\n\r\t]", " ", whole)
        at = 0
        for end in _SENTENCE.finditer(joined):
            told = _told(joined[at : end.start()], line.start + at, ranges)
            if told is not None:
                found.append(told)
                reached = told.end
            at = end.end() + len(joined[end.end() :]) - len(joined[end.end() :].lstrip())
    return found


def _told(sentence: str, start: int, ranges: Sequence[DateRange]) -> Told | None:
    mine = ranges_between(ranges, start, start + len(sentence))
    dates = next((r for r in mine if not r.single), mine[0] if mine else None)
    if dates is None or len(sentence.split()) < 6:
        return None
    if dates.single and len(mine) > 1 and _UNTIL.search(sentence, dates.end - start, mine[1].start - start):
        dates = replace(dates, end_date=mine[1].end_date, end=mine[1].end, single=False)
    matches = [m for pattern in _PATTERNS if (m := pattern.search(sentence))]
    led = _LED.match(sentence[: max(0, dates.start - start)])
    matches += [led] if led else []
    whole = Span(sentence, start, start + len(sentence))
    for match in matches:
        position, employer = whole.cut(*match.span("position")), whole.cut(*match.span("employer"))
        aside = _ASIDE.search(position.text)
        position = position.cut(0, aside.start()) if aside else position
        if (match is led and not _is_title(position.text)) or role_score(employer.text) >= 3:
            continue
        if any(r.start < s.end and s.start < r.end for r in mine for s in (position, employer)):
            continue
        group = "place_p" if match["place_p"] else "place"
        location = whole.cut(*match.span(group)) if match[group] else None
        return Told(position, employer, location, dates, start, start + len(sentence))
    return None


def _is_title(text: str) -> bool:
    from talentflow import taxonomy

    if role_score(text) >= 2:
        return True
    match = taxonomy.find_occupation(text)
    return match is not None and match.confidence >= 0.6
