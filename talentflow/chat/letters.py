"""A cover letter and interview questions for one candidate and one offer: each sentence rests on what the two texts say.

Made from the records by default; a language model may write them, and its sentences are held against what they cite. Nothing that
the CV lacks is claimed: it becomes a question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from talentflow.chat import Answer, ChatLanguage, Citation, Statement
from talentflow.chat.facts import Chosen, Fact, cited, done, facts, job, language_name, skill_name
from talentflow.chat.generate import Source, Written, notice_of, whole, write
from talentflow.chat.sentences import joined, said
from talentflow.chat.verify import has_word, tokens
from talentflow.errors import TalentflowError
from talentflow.llm import LanguageModel
from talentflow.matching.profile import skill_key
from talentflow.records import JobOffer, Skill

Kind = Literal["letter", "interview"]
MOST_SKILLS = 6
_HIGHLIGHTS = 3


@dataclass(frozen=True)
class Opening:
    """An offer and its redacted text."""

    offer: JobOffer
    text: str


def letter(chosen: Chosen, opening: Opening, language: ChatLanguage, model: LanguageModel | None = None) -> Answer:
    """A cover letter in the candidate's name: what the offer asks and the CV says, nothing else."""
    return _made("letter", list(_letter(chosen, opening, language)), chosen, opening, language, model)


def interview(chosen: Chosen, opening: Opening, language: ChatLanguage, model: LanguageModel | None = None) -> Answer:
    """Questions for an interview: on what the offer asks and the CV says, on what it does not say, and on what was done."""
    return _made("interview", list(_interview(chosen, opening, language)), chosen, opening, language, model)


def _made(
    kind: Kind, own: list[Statement], chosen: Chosen, opening: Opening, language: ChatLanguage, model: LanguageModel | None
) -> Answer:
    if not own:
        return Answer(answer=said(language, "no_ground"), refused=True, language=language)
    if model is None:
        return whole(language, own)
    told: list[Statement] = []
    ended = Written(None)
    try:
        for piece in write(said(language, f"write_{kind}"), language, list(_sources(chosen, opening, language)), model):
            if isinstance(piece, Written):
                ended = piece
            else:
                told.append(piece)
    except TalentflowError as error:
        return whole(language, own, notice=said(language, "without_model", why=str(error)))
    counting = [s for s in told if s.struck is None]
    notice = notice_of(ended, told, language)
    if not counting:
        return whole(language, [*told, *own], notice=said(language, "nothing_left", notice=notice or "").strip())
    return whole(language, told, notice=notice, partial=ended.broke_off is not None, model=model.model_id)


def _letter(chosen: Chosen, opening: Opening, language: ChatLanguage) -> Iterator[Statement]:
    offer = opening.offer
    titled = _asked(opening, "title", "hiring_organization")
    if offer.title and titled:
        at = said(language, "at", place=offer.hiring_organization) if offer.hiring_organization else ""
        text = said(language, "letter_for", title=f"{offer.title}{at}")
        yield Statement(text=text, citations=titled)
    for fact in facts(chosen, "current_job", language)[:1]:
        yield _of("letter_now", fact, language)
    for fact in facts(chosen, "experience_years", language):
        yield _of("letter_years", fact, language)
    shared = _shared(chosen, opening)
    if shared:
        names = joined([skill_name(own.skill_id, own.name, language) for own, _, _ in shared], language)
        cites = [c for _, mine, theirs in shared for c in (*theirs, *mine)]
        yield Statement(text=said(language, "letter_skills", skills=names), citations=list(dict.fromkeys(cites)))
    for fact in _telling(chosen, opening):
        yield _of("letter_done", fact, language)
    for name, cites in _languages(chosen, opening, language):
        yield Statement(text=said(language, "letter_language", language=name), citations=cites)
    for fact in facts(chosen, "education_level", language):
        yield _of("letter_degree", fact, language)


def _interview(chosen: Chosen, opening: Opening, language: ChatLanguage) -> Iterator[Statement]:
    shared = _shared(chosen, opening)
    for own, mine, theirs in shared[: MOST_SKILLS // 2]:
        name = skill_name(own.skill_id, own.name, language)
        yield Statement(text=said(language, "ask_shared", skill=name), citations=[*theirs, *mine])
    held = {skill_key(s) for s in chosen.record.skills}
    missing = [(n, s) for n, s in enumerate(opening.offer.skills) if skill_key(s) not in held]
    for n, skill in sorted(missing, key=lambda found: found[1].required is False)[: MOST_SKILLS // 2]:
        if cites := _asked(opening, f"skills[{n}]"):
            name = skill_name(skill.skill_id, skill.name, language)
            yield Statement(text=said(language, "ask_missing", skill=name), citations=cites)
    for n, work in enumerate(chosen.record.work[:2]):
        for fact in done(chosen, n)[:1]:
            text = said(language, "ask_done", job=job(work, language), done=fact.text)
            where = cited(chosen, f"work[{n}].position", f"work[{n}].name")
            yield Statement(text=text, citations=[*where, *fact.citations])
    for name, cites in _languages(chosen, opening, language)[:1]:
        yield Statement(text=said(language, "ask_language", language=name), citations=cites)


def _shared(chosen: Chosen, opening: Opening) -> list[tuple[Skill, tuple[Citation, ...], list[Citation]]]:
    """Skills that the offer asks and the CV has, those that are musts first, with the places in both."""
    own = {skill_key(s): (n, s) for n, s in enumerate(chosen.record.skills)}
    found: list[tuple[Skill, tuple[Citation, ...], list[Citation]]] = []
    for n, skill in sorted(enumerate(opening.offer.skills), key=lambda item: item[1].required is False):
        if held := own.get(skill_key(skill)):
            mine, theirs = cited(chosen, f"skills[{held[0]}]"), _asked(opening, f"skills[{n}]")
            if mine and theirs and all(held[1] is not f[0] for f in found):
                found.append((held[1], mine, theirs))
    return found[:MOST_SKILLS]


def _telling(chosen: Chosen, opening: Opening) -> list[Fact]:
    """What was done, those first that share words with what the offer asks."""
    wanted = tokens(" ".join([opening.offer.title or "", *(s.name for s in opening.offer.skills)]))
    told = [fact for n in range(len(chosen.record.work)) for fact in done(chosen, n)]
    return sorted(told, key=lambda fact: -sum(has_word(wanted, word) for word in tokens(fact.text)))[:_HIGHLIGHTS]


def _languages(chosen: Chosen, opening: Opening, language: ChatLanguage) -> list[tuple[str, list[Citation]]]:
    """Languages that the offer asks and the candidate speaks, with the places in both."""
    spoken = {s.language: n for n, s in enumerate(chosen.record.languages)}
    found: list[tuple[str, list[Citation]]] = []
    for n, asked in enumerate(opening.offer.languages):
        if asked.language in spoken:
            mine = cited(chosen, f"languages[{spoken[asked.language]}]")
            theirs = _asked(opening, f"languages[{n}]")
            if mine and theirs:
                found.append((language_name(asked.language, language), [*theirs, *mine]))
    return found


def _of(sentence: str, fact: Fact, language: ChatLanguage) -> Statement:
    return Statement(text=said(language, sentence, fact=fact.text), citations=list(fact.citations))


def _asked(opening: Opening, *fields: str) -> list[Citation]:
    """The places of the offer that these fields came from, in order of its text."""
    spans = {(e.start, e.end) for e in opening.offer.evidence if e.field in fields}
    return [
        Citation(offer_id=opening.offer.offer_id, start=start, end=end, text=opening.text[start:end])
        for start, end in sorted(spans)
        if opening.text[start:end].strip("█ \n")
    ]


def _sources(chosen: Chosen, opening: Opening, language: ChatLanguage) -> Iterator[Source]:
    offer = opening.offer
    wanted: Sequence[tuple[str, Callable[[], list[Citation]]]] = [
        (offer.title or "", lambda: _asked(opening, "title")),
        (offer.hiring_organization or "", lambda: _asked(opening, "hiring_organization")),
    ]
    for text, cites in wanted:
        if text and (found := cites()):
            yield Source(said(language, "the_offer"), text, tuple(found))
    for n, skill in enumerate(offer.skills):
        if found := _asked(opening, f"skills[{n}]"):
            yield Source(said(language, "the_offer"), skill_name(skill.skill_id, skill.name, language), tuple(found))
    fields = ("occupation", "current_job", "work", "experience_years", "education", "languages", "skills")
    for name in fields:
        for fact in facts(chosen, name, language):
            yield Source(chosen.name, fact.text, fact.citations)
    for n, work in enumerate(chosen.record.work[:3]):
        where = cited(chosen, *(f"work[{n}].{part}" for part in ("position", "name", "start_date", "end_date")))
        for fact in done(chosen, n):
            # a job's head and one of its lines are read as one
            yield Source(chosen.name, f"{job(work, language)}\n- {fact.text.strip('“”')}", (*where, *fact.citations))
