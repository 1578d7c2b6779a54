"""Whether a candidate meets a condition, by the record where it holds such a thing and by the text else; and what says so."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence

from talentflow.chat import ChatLanguage, Citation
from talentflow.chat.entries import entries
from talentflow.chat.facts import Chosen, Fact, citation, cited, facts, job, skill_name, spoken, studies
from talentflow.chat.passages import MOST, passages
from talentflow.chat.questions import Condition, Kind
from talentflow.chat.verify import NEGATION, has_word, tokens
from talentflow.chat.wording import TRANSLATIONS
from talentflow.matching.details import FLUENCIES, LEVELS
from talentflow.records import Fluency, Place, Work
from talentflow.taxonomy import find_occupation, find_skills, place_nearness
from talentflow.taxonomy.folding import fold

_CLAUSE_END = re.compile(r"[.;!?\n•|]")
_LINE = re.compile(r"(?:[^\n.;!?•]|\.(?=\S))+[.!?]?")
_NAME = re.compile(r"(?<=\w )[A-ZÀ-Þ]\w+")
_QUOTED = 3
"""Lines of one candidate's text that are quoted at most."""


def meets(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    """What the CV says that meets the condition; None when it says nothing of the kind."""
    fact = _MEETS[condition.kind](chosen, condition, language)
    return fact if fact is not None and fact.citations else None


def saying(chosen: Chosen, words: Sequence[str], *, least: float = 1.0) -> tuple[Citation, ...]:
    """The lines of one passage that say these folded words, or the share `least` of them; of several passages the best, the
    earliest of equals. Lines that deny them do not count."""
    if not words or not _may_say(chosen.text, words, least):
        return ()
    best: tuple[float, tuple[Citation, ...]] = (0.0, ())
    for passage in passages(chosen.record.candidate_id, chosen.text):
        lines = [(found.start(), found.end()) for found in _LINE.finditer(chosen.text, passage.start, passage.end)]
        there = [(start, end, tokens(chosen.text[start:end])) for start, end in lines]
        open_lines = [line for line in there if not NEGATION.search(fold(chosen.text[line[0] : line[1]]))]
        quoted, said = _covering(open_lines, words)
        share = len(said) / len(words)
        if share < least or share <= best[0]:
            continue
        citations = tuple(c for start, end in quoted if (c := _trimmed(chosen, start, end)))
        if citations:
            best = (share, citations)
    return best[1]


def says_names(question: str, words: Sequence[str], citations: Sequence[Citation]) -> bool:
    """Names of the question stand in the lines letter for letter: `Grand Hotel` is no `Granit Hôtel`."""
    names = {fold(found) for found in _NAME.findall(question)} & set(words)
    said = fold(" ".join(c.text for c in citations))
    return all(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) for name in names)


def _covering(lines: Sequence[tuple[int, int, frozenset[str]]], words: Sequence[str]) -> tuple[list[tuple[int, int]], set[str]]:
    """As few lines as say as many of the words as all of them do, in their order."""
    said: set[str] = set()
    taken: list[tuple[int, int]] = []
    while len(taken) < _QUOTED:
        new = [({w for w in words if w not in said and has_word(line, w)}, start, end) for start, end, line in lines]
        most = max(new, key=lambda found: len(found[0]), default=None)
        if most is None or not most[0]:
            break
        said |= most[0]
        taken.append((most[1], most[2]))
    return sorted(taken), said


def _may_say(text: str, words: Sequence[str], least: float) -> bool:
    """A cheap look first: 500 texts are asked."""
    folded = fold(text)
    return sum(word[: max(3, int(0.6 * len(word)))] in folded for word in words) >= least * len(words)


def _trimmed(chosen: Chosen, start: int, end: int) -> Citation | None:
    text = chosen.text[start : min(end, start + MOST)]
    lead = len(text) - len(text.lstrip(" \t-–—*·▪●"))
    return citation(chosen, start + lead, start + len(text.rstrip()))


def _is_denied(chosen: Chosen, found: Citation) -> bool:
    """The clause around a span says that it is not so: `No experience with Kubernetes`."""
    start = max((m.end() for m in _CLAUSE_END.finditer(chosen.text, max(0, found.start - 120), found.start)), default=None)
    lead = chosen.text[start if start is not None else max(0, found.start - 120) : found.start]
    return NEGATION.search(fold(lead)) is not None


def _skill(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    for n, skill in enumerate(chosen.record.skills):
        if skill.skill_id == condition.value:
            found = tuple(c for c in cited(chosen, f"skills[{n}]") if not _is_denied(chosen, c))
            return Fact(skill_name(skill.skill_id, skill.name, language), found)
    for n, certificate in enumerate(chosen.record.certificates):
        if any(mention.id == condition.value for mention in find_skills(certificate.name)):
            return Fact(certificate.name, cited(chosen, f"certificates[{n}]", f"certificates[{n}].name"))
    return None


def _language(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    for n, held in enumerate(chosen.record.languages):
        if held.language != condition.value:
            continue
        if condition.level and (held.fluency is None or not _is_level(held.fluency, condition)):
            return None
        return Fact(
            spoken(held, language), cited(chosen, f"languages[{n}]", f"languages[{n}].language", f"languages[{n}].fluency")
        )
    return None


def _is_level(fluency: Fluency, condition: Condition) -> bool:
    held, wanted = FLUENCIES.index(fluency), FLUENCIES.index(condition.level or "A1")
    return {"least": held >= wanted, "most": held <= wanted, "exact": held == wanted}[condition.bound]


def _languages(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    held = len(chosen.record.languages)
    if not held or held < (condition.least or 0) or held > (held if condition.most is None else condition.most):
        return None
    return next(iter(facts(chosen, "languages", language)), None)


def _years(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    years = chosen.record.experience_years
    if years is None:
        return None
    bounds = ((years, condition.least), (condition.most, years))
    if any(b is not None and a is not None and (a < b or (condition.above and a == b)) for a, b in bounds):
        return None
    return next(iter(facts(chosen, "experience_years", language)), None)


def _degree(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    wanted = LEVELS.index(next(d for d in LEVELS if d == condition.value))
    for n, held in enumerate(chosen.record.education):
        if held.level is None:
            continue
        rank = LEVELS.index(held.level)
        if rank == wanted or (condition.above and rank > wanted):
            parts = ("level", "study_type", "area", "institution", "start_date", "end_date")
            return Fact(studies(held, language), cited(chosen, *(f"education[{n}].{part}" for part in parts)))
    return None


def _place(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    held, wanted = chosen.record.location, Place.model_validate_json(condition.value)
    if held is None:
        return None
    same = (
        held.locality == wanted.locality
        if wanted.locality
        else held.region == wanted.region
        if wanted.region
        else held.country == wanted.country
    )
    if not same and not (wanted.locality and place_nearness(held, wanted) >= 1.0):
        return None
    return next(iter(facts(chosen, "location", language)), None)


def _workplace(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    if chosen.record.wanted_workplace == condition.value:
        return next(iter(facts(chosen, "wanted_workplace", language)), None)
    return _quoted(chosen, condition.value.replace("_", " ").split())


def _contract(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    is_wanted = chosen.record.wanted_contract == condition.value
    return next(iter(facts(chosen, "wanted_contract", language)), None) if is_wanted else None


def _text(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    words = condition.value.split()
    for field in ("work", "education", "certificates", "projects"):
        for fact in facts(chosen, field, language):
            there = tokens(fact.text)
            if all(has_word(there, word) for word in words):
                return fact
    return _quoted(chosen, words) or _translated(chosen, words, language)


def _translated(chosen: Chosen, words: Sequence[str], language: ChatLanguage) -> Fact | None:
    """The same words in a CV of the other language."""
    if chosen.record.language == language:
        return None
    said = [TRANSLATIONS.get(word) or TRANSLATIONS.get(word.rstrip("s")) or frozenset[str]() for word in words]
    others = itertools.islice(itertools.product(*map(sorted, said)), 8)
    return next((fact for other in others if (fact := _quoted(chosen, other))), None)


def _occupation(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    """A title that says it; in a CV of another language one of the same occupation. `Worked with nurses` makes no nurse."""
    words = condition.value.split()
    titles = [(work.position or "", job(work, language), f"work[{n}]") for n, work in enumerate(chosen.record.work)]
    wanted = find_occupation(condition.label) if chosen.record.language != language else None
    for title, fact, place in titles:
        held = find_occupation(title) if wanted and title else None
        is_same = held is not None and wanted is not None and held.occupation.code == wanted.occupation.code
        if _all_said(title, words) or is_same:
            return Fact(fact, cited(chosen, f"{place}.position", f"{place}.name", f"{place}.start_date", f"{place}.end_date"))
    headline = chosen.record.headline or ""
    return Fact(headline, cited(chosen, "headline")) if _all_said(headline, words) else None


def _all_said(text: str, words: Sequence[str]) -> bool:
    there = tokens(text)
    return all(has_word(there, word) for word in words)


def _entry(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    return entries(chosen, condition.entry, language) if condition.entry else None


def _organisation(chosen: Chosen, condition: Condition, language: ChatLanguage) -> Fact | None:
    told = [
        fact
        for field, items in (("work", chosen.record.work), ("education", chosen.record.education))
        for fact, item in zip(facts(chosen, field, language), items, strict=False)
        if condition.value in fold(item.name or "" if isinstance(item, Work) else item.institution or "")
    ]
    if told:
        return Fact("; ".join(f.text for f in told), tuple(c for f in told for c in f.citations))
    return _quoted(chosen, condition.value.split())


def _quoted(chosen: Chosen, words: Sequence[str]) -> Fact | None:
    found = saying(chosen, words)
    if any(chosen.text[a.end : b.start].strip(" \n-–—*·•") for a, b in itertools.pairwise(found)):
        return None  # `Blue Group` here and `Horizon Partners` there are no Horizon Group
    return Fact(" … ".join(_quotes(found)), found) if found else None


def _quotes(citations: Sequence[Citation]) -> Iterator[str]:
    for found in citations:
        yield f"“{' '.join(found.text.split())}”"


_MEETS: dict[Kind, Callable[[Chosen, Condition, ChatLanguage], Fact | None]] = {
    "organisation": _organisation,
    "skill": _skill,
    "language": _language,
    "years": _years,
    "degree": _degree,
    "place": _place,
    "workplace": _workplace,
    "contract": _contract,
    "occupation": _occupation,
    "languages": _languages,
    "entry": _entry,
    "text": _text,
}
