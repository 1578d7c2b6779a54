"""A document's text with what it was judged by: marks where the evidence stands; of a long one only the passages around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from gradio_ui.labels import PART
from gradio_ui.markup import escaped
from talentflow.matching.profile import english_skill
from talentflow.records import Candidate, Evidence, JobOffer, Match, MatchPart

Tone = Literal["met", "missing", "other"]
WHOLE = 6_000
"""Characters up to which a text is shown whole."""
AROUND = 240
"""Characters shown before and after a mark of a longer text."""
_ORDER = {"met": 0, "missing": 1, "other": 2}


@dataclass(frozen=True)
class Mark:
    """`text[start:end]` bears on a part of the score. `met`: both sides have it; `missing`: only the offer asks; else `other`."""

    start: int
    end: int
    tone: Tone
    label: str


def offer_marks(match: Match, offer: JobOffer) -> list[Mark]:
    """What the offer says that the match was judged by."""
    return [
        _mark(evidence, part, _skill(evidence, offer), "missing" if part.score == 0 and part.weight else "other")
        for part in match.parts
        for evidence in part.offer_evidence
    ]


def candidate_marks(match: Match, candidate: Candidate) -> list[Mark]:
    """What the CV says that the match was judged by; its skills are there because the offer asks for them."""
    return [
        Mark(e.start, e.end, "met" if part.name in ("skills", "languages") else "other", _label(part, _skill(e, candidate)))
        for part in match.parts
        for e in part.candidate_evidence
    ]


def _mark(evidence: Evidence, part: MatchPart, skill: str | None, otherwise: Tone) -> Mark:
    tone: Tone = otherwise
    if part.name == "skills" and skill is not None:
        tone = "met" if skill in part.matched else "missing"
    elif part.name in ("languages", "education", "experience") and part.score is not None:
        tone = "missing" if part.missing else "met"
    return Mark(evidence.start, evidence.end, tone, _label(part, skill) + (", missing" if tone == "missing" else ""))


def _label(part: MatchPart, skill: str | None) -> str:
    return PART[part.name] if skill is None else f"{PART[part.name]}: {skill}"


def _skill(evidence: Evidence, record: JobOffer | Candidate) -> str | None:
    """The name of the skill that `skills[n]` points at, as the matching names it."""
    if not evidence.field.startswith("skills["):
        return None
    number = evidence.field[len("skills[") :].partition("]")[0]
    if not number.isdigit() or int(number) >= len(record.skills):
        return None
    skill = record.skills[int(number)]
    return english_skill(skill.skill_id, skill.name)


def marked(text: str, marks: Sequence[Mark], *, whole: int = WHOLE, beginning: bool = True) -> str:
    """The text as HTML with `<mark>`s. Where marks overlap the first counts; what lies outside the text is cut off.

    A text longer than `whole` shows its beginning and the passages around its marks, about `whole` characters in all; where the
    `beginning` is not asked for, any text shows those passages alone.
    """
    apart = list(_apart(len(text), marks))
    out: list[str] = []
    windows = [(0, len(text))] if beginning and len(text) <= whole else _windows(text, apart, whole, beginning=beginning)
    shown = 0
    for start, end in windows:
        if start > shown:
            out.append(_GAP)
        position = start
        for mark in apart:
            if start <= mark.start and mark.end <= end:
                out.append(escaped(text[position : mark.start]))
                words = escaped(text[mark.start : mark.end])
                out.append(f'<mark class="tf-{mark.tone}" title="{escaped(mark.label)}">{words}</mark>')
                position = mark.end
        out.append(escaped(text[position:end]))
        shown = end
    if shown < len(text):
        out.append(_GAP)
    return "".join(out)


_GAP = '<span class="tf-gap" role="note">passage left out</span>'


def _apart(length: int, marks: Sequence[Mark]) -> Iterator[Mark]:
    """Marks within the text, in its order, without overlaps."""
    position = 0
    for mark in sorted(marks, key=lambda m: (m.start, _ORDER[m.tone], -m.end, m.label)):
        start, end = max(mark.start, position), min(mark.end, length)
        if start < end:
            yield Mark(start, end, mark.tone, mark.label)
            position = end


def _windows(text: str, marks: Sequence[Mark], most: int, *, beginning: bool) -> list[tuple[int, int]]:
    """Passages in order of the text: the beginning, then what surrounds each mark until `most` characters are shown."""
    found = [(0, _line_end(text, min(2 * AROUND, most)) if beginning or not marks else 0)]
    shown = found[0][1]
    for mark in marks:
        start, end = _line_start(text, mark.start - AROUND), _line_end(text, mark.end + AROUND)
        last_start, last_end = found[-1]
        start = max(start, last_end)
        if end <= start:
            continue
        if shown + end - start > most:
            break
        shown += end - start
        if start == last_end:
            found[-1] = (last_start, end)
        else:
            found.append((start, end))
    return found


def _line_start(text: str, position: int) -> int:
    """The start of the line, if it is near, else the position."""
    position = max(0, position)
    line = text.rfind("\n", max(0, position - AROUND), position)
    return line + 1 if line >= 0 else position


def _line_end(text: str, position: int) -> int:
    position = min(len(text), position)
    line = text.find("\n", position, position + AROUND)
    return line if line >= 0 else position
