"""What an offer asks of a person: skills and languages, each a must, a wish or neither, as its section and sentence say."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from typing import NamedTuple, cast

from talentflow.extraction.offer_sections import Section, around
from talentflow.extraction.phrases import Hit, finder
from talentflow.records import Fluency, LanguageSkill, Skill
from talentflow.taxonomy import find_languages, find_skills, skill

_CUES = finder(
    {
        "wish": "nice to have, nice-to-have, is a plus, a plus, would be a plus, plus mais, bonus, preferred, preferably, "
        "preferred but, desirable, ideally, "
        "advantageous, an advantage, an asset, a bonus, beneficial, not required, not mandatory, optional, good to have, "
        "is a bonus, would be nice, "
        "un plus, serait un plus, est un plus, un atout, serait un atout, apprecie*, souhaite, souhaitee, souhaitees, "
        "souhaites, idealement, bienvenu*, "
        "facultatif*, de preference, si possible, sera apprecie*, would be great, is an advantage, big plus, huge plus, "
        "also welcome, diferencial, "
        "desejavel, valorise*, plus-value, non obligatoire, pluses, would be an advantage, we love it if, helpful, or "
        "willingness to learn, "
        "familiarity with is a plus, pas obligatoire, even better",
        "must": "must, must have, must-have, required, requirement, mandatory, essential, need to have, you need, you "
        "have, strong experience, "
        "proven experience, minimum, at least, imperatif*, imperativement, obligatoire*, exige, exigee, exiges, exigees, "
        "requis, requise, requises, "
        "indispensable*, necessaire*, vous maitrisez, maitrise, maitrise de, vous justifiez, vous avez, connaissance "
        "approfondie, strong knowledge, "
        "proficiency in, proficient in, solid experience, deep knowledge, expertise in, extensive experience, solide "
        "experience, bonne maitrise, "
        "hands-on experience, excellent knowledge, you know, you master, bonnes connaissances, parfaite maitrise, years "
        "of experience, obrigatorio",
    }
)
_OUTSIDE = frozenset({"benefits", "other", "about"})

_NEAR_LANGUAGE = re.compile(
    r"fluen|speak|spoken|written|proficien|native|bilingu|langu|idioma|cefr|toeic|toefl|ielts|\b[abc][12]\b|courant|"
    r"couramment|ma[îi]tris|niveau|"
    r"level|lu,|parl[ée]|[ée]crit|notions|scolaire|conversation|command of|knowledge of|skills|professional|professionnel|"
    r"oral|verbal|"
    r"communicat|mother tongue|maternelle|advanced|avanc[ée]|intermedi|interm[ée]di|technique|technical|required|exig|"
    r"requis|obligatoire|plus\b|"
    r"excellent|good|bon\b|bonne|basic|working|business|pratique|comfortable|ability to|understand|preferred|ideal|"
    r"indispensable|atout|advantage|welcome|appr[ée]ci|souhait|desirable|asset|or\b|et\b|and\b",
    re.IGNORECASE,
)
_LANGUAGE_NOISE = re.compile(
    r"^\s?(?:market|team|companies|company|language arts|literature|teacher|version|government|clients?|customers?|law|"
    r"tax|office|startup|"
    r"entreprise|client[eè]le|press|channel|food|cuisine|bank|citizen|passport|holiday|national|subsidiary|labou?r|"
    r"employment|department|channel|"
    r"class|lesson|course|as a (?:second|foreign)|content|copy|articles?|curriculum|and math|school)",
    re.IGNORECASE,
)
_FLUENCY: tuple[tuple[Fluency, re.Pattern[str]], ...] = tuple(
    (cast(Fluency, level), re.compile(pattern, re.IGNORECASE))
    for level, pattern in (
        ("C2", r"\bC2\b|bilingu|near[- ]native|perfect|parfait"),
        ("C1", r"\bC1\b|fluent|fluency|fluently|courant|couramment|advanced|avanc[ée]|excellent|full professional|strong|"
            r"proficien|exceptional|"
         r"outstanding|fluente|avançado|tr[èe]s bon|high level|strong command|high-level|impeccable|superior"),
        ("B2", r"\bB2\b|upper[- ]intermediate|professional|professionnel|\bgood\b|\bbon\b|bonne|business|working|"
            r"op[ée]rationnel|solid|comfortable|"
         r"lu,? (?:parl[ée],? )?[ée]crit|confirm[ée]|ma[îi]tris"),
        ("B1", r"\bB1\b|intermediate|interm[ée]diaire|conversation|technique|technical|moderate|moyen"),
        ("A2", r"\bA2\b|basic|basique|notions|scolaire|elementary|base\b|bases\b"),
        ("A1", r"\bA1\b|beginner|d[ée]butant"),
    )
)  # fmt: skip
_NATIVE = re.compile(r"\bnative\b|mother tongue|langue maternelle|maternelle|first language", re.IGNORECASE)
_CODE = re.compile(r"\b([ABC][12])\b")


class FoundSkill(NamedTuple):
    """A skill with the span that says so."""

    value: Skill
    start: int
    end: int


class FoundLanguage(NamedTuple):
    """A language with the span that says so."""

    value: LanguageSkill
    start: int
    end: int


class Context:
    """Sections, sentences and cue words of one offer, for asking what is said around an offset."""

    def __init__(self, text: str, folded: str, sections: Sequence[Section], starts: Sequence[int]) -> None:
        self.size = len(text)
        self.sections = sections
        self._section_starts = [section.start for section in sections]
        self._sentences = starts
        self._cues = _CUES(folded)
        self._cue_starts = [hit.start for hit in self._cues]
        self.structured = any(section.kind in ("must", "nice", "tasks") for section in sections)

    def section(self, at: int) -> str:
        """The kind of section that an offset stands in; empty before any heading."""
        return self.sections[bisect.bisect_right(self._section_starts, at) - 1].kind

    def sentence(self, at: int) -> tuple[int, int]:
        return around(self._sentences, at, self.size)

    def required(self, at: int) -> bool | None:
        """True for a must, False for a wish, None when nothing says. The sentence counts before the section, a wish before a must
        unless the must stands nearer."""
        start, end = self.sentence(at)
        section = self.section(at)
        start = max(start, self.sections[bisect.bisect_right(self._section_starts, at) - 1].body)
        start, end = max(start, at - 240), min(end, at + 240)
        near = self._cues_between(start, end)
        wishes = [abs(hit.start - at) for hit in near if hit.value == "wish"]
        musts = [abs(hit.start - at) for hit in near if hit.value == "must"]
        if wishes and (not musts or min(wishes) <= min(musts) + 60):
            return False
        if section == "nice":
            return False
        if musts or section == "must":
            return True
        return None

    def _cues_between(self, start: int, end: int) -> list[Hit]:
        return self._cues[bisect.bisect_left(self._cue_starts, start) : bisect.bisect_left(self._cue_starts, end)]


def required_skills(
    text: str, context: Context, *, skip: Sequence[tuple[int, int]] = (), title: tuple[int, int] = (0, 0)
) -> list[FoundSkill]:
    """The taxonomy's skills that the text names, in order, each once; a must anywhere makes it a must.

    Args:
        text: the offer.
        context: of that text.
        skip: spans that name something else (the company, the industry).
        title: the title's span: what it names is a must.

    What stands in the sections on benefits, the company and how to apply is no requirement, when the offer has others.
    """
    found: dict[str, FoundSkill] = {}
    left_out = sorted(skip)
    for mention in find_skills(text):
        if context.structured and context.section(mention.start) in _OUTSIDE:
            continue
        if _within(left_out, mention.start):
            continue
        needed = title[0] <= mention.start < title[1] or context.required(mention.start)
        known = found.get(mention.id)
        if known is None:
            value = Skill(skill_id=mention.id, name=skill(mention.id).name_en, required=needed)
            found[mention.id] = FoundSkill(value, mention.start, mention.end)
        elif needed is not None and (known.value.required is None or (needed and known.value.required is False)):
            value = Skill(skill_id=mention.id, name=known.value.name, required=needed)
            found[mention.id] = FoundSkill(value, mention.start, mention.end)
    return list(found.values())


def _within(spans: Sequence[tuple[int, int]], at: int) -> bool:
    place = bisect.bisect_right(spans, (at, 1 << 60)) - 1
    return place >= 0 and at < spans[place][1]


def required_languages(text: str, context: Context, *, labelled: Sequence[tuple[int, int]] = ()) -> list[FoundLanguage]:
    """Languages asked for, with fluency, in order, each once.

    Args:
        text: the offer.
        context: of that text.
        labelled: spans of `Languages:` values, where a language needs no other word to count.
    """
    found: dict[str, FoundLanguage] = {}
    mentions = find_languages(text)
    for place, mention in enumerate(mentions):
        inside = any(start <= mention.start < end for start, end in labelled)
        if mention.end - mention.start < 4 and not inside:
            continue
        start, end = context.sentence(mention.start)
        start, end = max(start, mention.start - 90), min(end, mention.end + 70)
        if not inside:
            around_it = f"{text[start : mention.start]} {text[mention.end : end]}"
            if _LANGUAGE_NOISE.match(text[mention.end : mention.end + 30]) or not _NEAR_LANGUAGE.search(around_it):
                continue
            if context.structured and context.section(mention.start) in ("benefits", "about"):
                continue
        before_limit = mentions[place - 1].end if place else start
        after_limit = mentions[place + 1].start if place + 1 < len(mentions) else end
        fluency = _fluency(text, max(start, before_limit), mention.start, mention.end, min(end, after_limit))
        if fluency is None:
            fluency = _shared_fluency(text, start, mention.start, end)
        needed = context.required(mention.start)
        if inside and needed is None:
            needed = True
        known = found.get(mention.id)
        if known is None or (known.value.required is None and needed is not None):
            value = LanguageSkill(language=mention.id, fluency=fluency, required=needed)
            found[mention.id] = FoundLanguage(value, mention.start, mention.end)
    return list(found.values())


def _fluency(text: str, left: int, start: int, end: int, right: int) -> Fluency | None:
    """The level said nearest to a language: `anglais courant`, `English (C1)`, `fluent English`."""
    after, before = text[end : min(right, end + 45)], text[max(left, start - 45) : start]
    for part in (after, before):
        code = _CODE.search(part)
        if code:
            return cast(Fluency, code.group(1).upper())
    if _NATIVE.search(after[:25]) or _NATIVE.search(before[-25:]):
        return "native"
    best: tuple[int, int, Fluency] | None = None
    for rank, (level, pattern) in enumerate(_FLUENCY):
        for match in pattern.finditer(after):
            best = _nearer(best, (match.start(), rank, level))
        for match in pattern.finditer(before):
            best = _nearer(best, (len(before) - match.end() + 1, rank, level))
    return best[2] if best else None


def _nearer(best: tuple[int, int, Fluency] | None, other: tuple[int, int, Fluency]) -> tuple[int, int, Fluency]:
    return other if best is None or other < best else best


def _shared_fluency(text: str, left: int, start: int, right: int) -> Fluency | None:
    """`Fluent in English and French` says it once for both."""
    joined = re.search(r"(?:and|et|or|ou|,|/|&)\s{0,2}$", text[max(left, start - 8) : start])
    return _fluency(text, left, start, start, right) if joined else None
