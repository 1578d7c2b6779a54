"""Answers without a language model: from the records of all chosen candidates, and quotes of their texts.

Every statement is made of what a record says with its evidence, or is a quote; a question that neither answers is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from talentflow.chat import ChatLanguage, Citation, Statement
from talentflow.chat.conditions import meets, saying, says_names
from talentflow.chat.facts import Chosen, Fact, citation, done, facts
from talentflow.chat.passages import Passage
from talentflow.chat.questions import Asked, Condition
from talentflow.chat.sentences import FIELD_NAMES, joined, number, said
from talentflow.chat.verify import has_word, tokens
from talentflow.chat.wording import FIELDS
from talentflow.matching.details import LEVELS
from talentflow.records import Work

SHOWN = 20
"""Candidates that an answer lists; all of them are counted."""
COMPARED = 5
LEAST_SAID = 0.6
"""Share of a free question's words that one passage must say."""
_QUOTES = 3
_COMPARED_FIELDS = ("current_job", "experience_years", "education_level", "languages", "location", "skills")
_SUMMARY_FIELDS = ("occupation", "current_job", "experience_years", "education", "languages", "location", "skills")

Bearing = Callable[[str, Sequence[Chosen]], Sequence[Passage]]
"""The passages of these candidates that bear on a question, best first."""


@dataclass(frozen=True)
class Found:
    """Statements that answer a question, or, where `refused`, the sentence that says that it cannot be answered."""

    statements: list[Statement]
    refused: bool = False
    notice: str | None = None
    spoken_of: list[str] = field(default_factory=list[str])
    """Ids of the candidates that the answer is about."""


def extract(asked: Asked, chosen: Sequence[Chosen], bearing: Bearing) -> Found:
    """Answer a question from what the chosen candidates' records and texts say.

    Args:
        asked: the question; its `subjects` are numbers of `chosen`, from 1.
        chosen: all candidates of the conversation, in its order.
        bearing: finds passages, for a question that records do not answer.
    """
    language = asked.language
    if not chosen:
        return _refused(said(language, "nobody"))
    of = [chosen[n - 1] for n in asked.subjects] or list(chosen)
    if asked.intent in ("personal", "judgement"):
        return _refused(said(language, asked.intent))
    if asked.intent == "free" and not asked.words and not asked.conditions:
        return _refused(said(language, "empty"))
    found = _ANSWERS[asked.intent](asked, of, bearing)
    skills_too = any(c.kind == "skill" for c in asked.conditions) and any(c.kind == "years" for c in asked.conditions)
    if skills_too and not found.refused:
        found = replace(found, notice=said(language, "years_in_total"))
    return found


def _refused(sentence: str) -> Found:
    return Found([Statement(text=sentence)], refused=True)


def _not_in(asked: Asked, of: Sequence[Chosen]) -> Found:
    what = _what(asked)
    if len(of) == 1:
        key = "none_one" if what else "not_in_one"
        return _refused(said(asked.language, key, name=of[0].name, what=what))
    return _refused(said(asked.language, "none" if what else "not_in", all=len(of), what=what))


def _what(asked: Asked) -> str:
    labels = [c.label + (f" ({c.level})" if c.level else "") for c in asked.conditions if not c.denied] or list(asked.words)
    return joined(labels, asked.language) if labels else ""


@dataclass(frozen=True)
class _Meeting:
    who: Chosen
    facts: list[Fact]


def _meeting(asked: Asked, of: Sequence[Chosen]) -> list[_Meeting]:
    met: list[_Meeting] = []
    for candidate in of:
        found = [meets(candidate, condition, asked.language) for condition in asked.conditions]
        kept = [fact for fact, c in zip(found, asked.conditions, strict=True) if fact is not None and not c.denied]
        told = [(fact is None) == c.denied for fact, c in zip(found, asked.conditions, strict=True)]
        if kept and (any(told) if asked.any_of else all(told)):
            met.append(_Meeting(candidate, kept))
    return met


def _who(asked: Asked, of: Sequence[Chosen], _bearing: Bearing) -> Found:
    language = asked.language
    met = _meeting(asked, of)
    if asked.negated:
        return _who_not(asked, of, met)
    if not met:
        return _partly(asked, of) or _not_in(asked, of)
    names = joined([m.who.name for m in met[:SHOWN]], language)
    if len(met) > SHOWN:
        names += said(language, "more", count=len(met) - SHOWN)
    cites = _each_once(c for m in met[:SHOWN] for f in m.facts for c in f.citations[:1])
    text = said(language, "who_one" if len(met) == 1 else "who", met=len(met), all=len(of), names=names)
    if denied := [c.label for c in asked.conditions if c.denied]:
        text += said(language, "denied", what=joined(denied, language))
    head = Statement(text=text, citations=cites)
    listed = [_of(m.who, m.facts, language) for m in met[:SHOWN]]
    notice = said(language, "listed", shown=SHOWN, count=len(met)) if len(met) > SHOWN else None
    return Found([head, *listed], notice=notice, spoken_of=[m.who.record.candidate_id for m in met])


def _who_not(asked: Asked, of: Sequence[Chosen], met: Sequence[_Meeting]) -> Found:
    """Those whose CV does not say it, by what the CVs of the others say."""
    if not met:
        return _not_in(asked, of)
    have = {m.who.record.candidate_id for m in met}
    lack = [c for c in of if c.record.candidate_id not in have]
    names = joined([c.name for c in lack[:SHOWN]], asked.language) if lack else "0"
    text = said(asked.language, "who_not", count=len(lack), all=len(of), what=_what(asked), names=names)
    cites = _each_once(c for m in met[:SHOWN] for f in m.facts for c in f.citations[:1])
    head = Statement(text=text, citations=cites)
    listed = [_of(m.who, m.facts, asked.language) for m in met[:SHOWN]]
    return Found([head, *listed], spoken_of=[c.record.candidate_id for c in lack])


def _partly(asked: Asked, of: Sequence[Chosen]) -> Found | None:
    """No candidate meets all conditions: those who meet some, where the conditions are things that records hold."""
    if len(asked.conditions) < 2 or any(c.kind == "text" or c.denied for c in asked.conditions):
        return None
    met = _meeting(replace(asked, any_of=True), of)
    if not met:
        return None
    best = max(len(m.facts) for m in met)
    closest = [m for m in met if len(m.facts) == best][:SHOWN]
    head = Statement(text=said(asked.language, "partly", what=_what(asked)))
    head.citations = _each_once(c for m in closest for f in m.facts for c in f.citations[:1])
    listed = [_of(m.who, m.facts, asked.language) for m in closest]
    return Found([head, *listed], spoken_of=[m.who.record.candidate_id for m in closest])


def _yes_no(asked: Asked, of: Sequence[Chosen], bearing: Bearing) -> Found:
    if (not asked.subjects and len(of) > 1) or any(c.denied for c in asked.conditions):
        return _who(asked, of, bearing)
    statements: list[Statement] = []
    has_any = False
    for candidate in of[:SHOWN]:
        found = [(c, meets(candidate, c, asked.language)) for c in asked.conditions]
        kept = [fact for _, fact in found if fact is not None]
        if kept and (asked.any_of or len(kept) == len(found)):
            has_any = True
            text = said(
                asked.language, "of" if asked.is_open else "yes", name=candidate.name, fact="; ".join(f.text for f in kept)
            )
            statements.append(Statement(text=text, citations=_each_once(c for f in kept for c in f.citations)))
            continue
        lacking = joined([c.label for c, fact in found if fact is None], asked.language)
        statements.append(Statement(text=said(asked.language, "no", name=candidate.name, what=lacking)))
        # records that meet one condition are told; words that no text says leave the question as a whole unanswered
        if kept and all(c.kind != "text" for c in asked.conditions):
            has_any = True
            statements.append(_of(candidate, kept, asked.language))
    return Found(statements, refused=not has_any, spoken_of=[c.record.candidate_id for c in of])


def _count(asked: Asked, of: Sequence[Chosen], bearing: Bearing) -> Found:
    if asked.conditions:
        return _who(asked, of, bearing)
    fields = [f for f in asked.fields if f in ("languages", "skills", "certificates", "projects", "work", "education")]
    if not fields:
        return Found([Statement(text=said(asked.language, "count_all", count=len(of)))])
    statements: list[Statement] = []
    for candidate in of[:SHOWN]:
        held = facts(candidate, fields[0], asked.language)
        if held:
            count = _size(candidate, fields[0])
            name = FIELD_NAMES[asked.language][fields[0]].lower()
            text = "; ".join(f.text for f in held)
            sentence = said(asked.language, "count_of", name=candidate.name, count=count, field=name, fact=text)
            statements.append(Statement(text=sentence, citations=_each_once(c for f in held for c in f.citations)))
    return Found(statements, spoken_of=[c.record.candidate_id for c in of]) if statements else _not_in(asked, of)


def _size(candidate: Chosen, name: str) -> int:
    """Items of a list that the text attests."""
    items: Sequence[object] = getattr(candidate.record, name)
    attested = {e.field.removeprefix(name).split("]")[0] for e in candidate.record.evidence if e.field.startswith(f"{name}[")}
    return min(len(items), len(attested))


def _fact(asked: Asked, of: Sequence[Chosen], bearing: Bearing) -> Found:
    wanted = _fields_of(asked)
    words = [*asked.words, *(word for c in asked.conditions for word in tokens(c.label) if c.kind != "years")]
    statements: list[Statement] = []
    spoken_of: list[str] = []
    for candidate in of:
        held = [fact for name in wanted for fact in facts(candidate, name, asked.language)]
        if words:
            held = [fact for fact in held if _is_about(candidate, fact, words)]
            if "work" in wanted and "dates" not in asked.fields:
                held += [h for n, w in enumerate(candidate.record.work) for h in done(candidate, n) if _names(w, words)]
        if held:
            spoken_of.append(candidate.record.candidate_id)
            if len(spoken_of) <= SHOWN:
                statements.append(_of(candidate, held, asked.language))
    if not statements:
        return _quoted(asked, of, bearing, words) if words else _not_in_field(asked, of, wanted)
    notice = said(asked.language, "listed", shown=SHOWN, count=len(spoken_of)) if len(spoken_of) > SHOWN else None
    return Found(statements, notice=notice, spoken_of=spoken_of)


def _not_in_field(asked: Asked, of: Sequence[Chosen], fields: Sequence[str]) -> Found:
    what = joined([FIELD_NAMES[asked.language][name].lower() for name in fields], asked.language)
    if len(of) == 1:
        return _refused(said(asked.language, "none_one", name=of[0].name, what=what))
    return _refused(said(asked.language, "none", all=len(of), what=what))


def _fields_of(asked: Asked) -> list[str]:
    """What is meant where several words name a field: `when did she study` is about education, not jobs."""
    fields = [name for name in FIELDS if name in asked.fields]
    if "dates" in fields:
        return [name for name in fields if name in ("education", "certificates", "projects")] or ["work"]
    precise = [name for name in fields if name not in ("work", "education")]
    return precise[:2] or fields[:2]


def _is_about(candidate: Chosen, fact: Fact, words: Sequence[str]) -> bool:
    there = tokens(" ".join([fact.text, *(_around(candidate, c) for c in fact.citations)]))
    return all(has_word(there, word) for word in words)


def _names(work: Work, words: Sequence[str]) -> bool:
    there = tokens(f"{work.position or ''} {work.name or ''}")
    return all(has_word(there, word) for word in words)


def _around(candidate: Chosen, found: Citation) -> str:
    """The line of a span."""
    start = candidate.text.rfind("\n", 0, found.start) + 1
    end = candidate.text.find("\n", found.end)
    return candidate.text[start : end if end >= 0 else len(candidate.text)]


def _compare(asked: Asked, of: Sequence[Chosen], _bearing: Bearing) -> Found:
    language = asked.language
    few = list(of[:COMPARED])
    notice = said(language, "compare_few", shown=COMPARED, count=len(of)) if len(of) > COMPARED else None
    statements: list[Statement] = []
    for condition in asked.conditions:
        held = [(c, meets(c, condition, language)) for c in few]
        sides = "; ".join(f"{c.name}: {fact.text if fact else said(language, 'not_said')}" for c, fact in held)
        text = said(language, "compared", field=condition.label, sides=sides)
        statements.append(Statement(text=text, citations=_each_once(c for _, f in held if f for c in f.citations)))
    fields = _fields_of(asked) if asked.fields else () if asked.conditions else _COMPARED_FIELDS
    for name in fields:
        if name == "skills" and len(few) > 1:
            statements += _skills_apart(few, language)
            continue
        sides = [(c, facts(c, name, language)) for c in few]
        if any(held for _, held in sides):
            told = "; ".join(f"{c.name}: {' · '.join(f.text for f in held) or said(language, 'not_said')}" for c, held in sides)
            text = said(language, "compared", field=FIELD_NAMES[language][name], sides=told)
            statements.append(Statement(text=text, citations=_each_once(c for _, fs in sides for f in fs for c in f.citations)))
    has_any = any(s.citations for s in statements)
    return Found(statements, notice=notice, spoken_of=[c.record.candidate_id for c in few]) if has_any else _not_in(asked, few)


def _skills_apart(few: Sequence[Chosen], language: ChatLanguage) -> Iterator[Statement]:
    """What all name, then what one alone does."""
    ids = [{s.skill_id for s in c.record.skills if s.skill_id} for c in few]
    shared = set[str].intersection(*ids)
    held = {(n, i): meets(c, Condition("skill", i, i), language) for n, c in enumerate(few) for i in sorted(ids[n])}
    common = [i for i in sorted(shared) if all(held[n, i] for n in range(len(few)))]
    if common:
        texts = [f.text for i in common if (f := held[0, i])]
        cites = _each_once(c for i in common for n in range(len(few)) if (f := held[n, i]) for c in f.citations)
        yield Statement(text=said(language, "shared", skills=", ".join(texts)), citations=cites)
    for n, candidate in enumerate(few):
        others = set[str]().union(*(ids[m] for m in range(len(few)) if m != n))
        own = [f for i in sorted(ids[n] - others) if (f := held[n, i])]
        if own:
            text = said(language, "only", name=candidate.name, skills=", ".join(f.text for f in own))
            yield Statement(text=text, citations=_each_once(c for f in own for c in f.citations))


def _most(asked: Asked, of: Sequence[Chosen], bearing: Bearing) -> Found:
    countable = ("experience_years", "education_level", "education", "languages", "skills", "certificates", "projects", "work")
    name = next((f for f in asked.fields if f in countable), None)
    if name is None:
        return _who(asked, of, bearing) if asked.conditions else _quoted(asked, of, bearing, list(asked.words))
    name = "education_level" if name == "education" else name
    if len(of) == 1:
        return _fact(replace(asked, fields=(name,), words=()), of, bearing)
    pool = [m.who for m in _meeting(asked, of)] if asked.conditions else of
    ranked = [(value, c, held) for c in pool if (value := _value(c, name)) and (held := facts(c, name, asked.language))]
    if not ranked:
        return _not_in(asked, of)
    edge = (min if asked.least else max)(value for value, _, _ in ranked)
    best = [(c, held) for value, c, held in ranked if value == edge]
    key = ("least" if asked.least else "most") + ("_tie" if len(best) > 1 else "")
    names = joined([c.name for c, _ in best[:SHOWN]], asked.language)
    fact = "; ".join(f.text for f in best[0][1])
    text = said(asked.language, key, name=names, names=names, fact=fact)
    cites = _each_once(c for _, held in best[:SHOWN] for f in held for c in f.citations)
    others = sorted((r for r in ranked if r[0] != edge), key=lambda r: r[0], reverse=not asked.least)[:2]
    listed = [_of(c, held, asked.language) for _, c, held in others]
    return Found([Statement(text=text, citations=cites), *listed], spoken_of=[c.record.candidate_id for c, _ in best])


def _value(candidate: Chosen, name: str) -> float:
    if name == "experience_years":
        return candidate.record.experience_years or 0
    if name == "education_level":
        level = candidate.record.education_level
        return 1 + LEVELS.index(level) if level else 0
    return _size(candidate, name)


def _average(asked: Asked, of: Sequence[Chosen], _bearing: Bearing) -> Found:
    told = [(c.record.experience_years, f) for c in of if c.record.experience_years for f in facts(c, "experience_years", "en")]
    if not told or (asked.fields and "experience_years" not in asked.fields):
        return _not_in(asked, of)
    years = [value for value, _ in told]
    low, high = number(min(years), asked.language), number(max(years), asked.language)
    mean = number(round(sum(years) / len(years), 1), asked.language)
    text = said(asked.language, "average", average=mean, count=len(years), low=low, high=high)
    return Found([Statement(text=text, citations=_each_once(f.citations[0] for _, f in told[:SHOWN]))])


def _summary(asked: Asked, of: Sequence[Chosen], _bearing: Bearing) -> Found:
    few = of[:3]
    statements = [
        Statement(
            text=said(asked.language, "of", name=f"{c.name}, {FIELD_NAMES[asked.language][name].lower()}", fact=fact),
            citations=_each_once(c for f in held for c in f.citations),
        )
        for c in few
        for name in _SUMMARY_FIELDS
        if (held := facts(c, name, asked.language)) and (fact := "; ".join(f.text for f in held))
    ]
    notice = said(asked.language, "summary_few", shown=len(few), count=len(of)) if len(of) > len(few) else None
    return Found(statements, notice=notice, spoken_of=[c.record.candidate_id for c in few]) if statements else _not_in(asked, few)


def _free(asked: Asked, of: Sequence[Chosen], bearing: Bearing) -> Found:
    return _quoted(asked, of, bearing, list(asked.words))


def _quoted(asked: Asked, of: Sequence[Chosen], bearing: Bearing, words: Sequence[str]) -> Found:
    """Lines of the passages that bear on the question and say its words; nothing where none says enough of them."""
    named = {c.record.candidate_id: c for c in of}
    statements: list[Statement] = []
    for passage in bearing(asked.text, of):
        candidate = named[passage.candidate_id]
        inside = replace(candidate, text=candidate.text[: passage.end])
        lines = [c for c in saying(inside, words, least=LEAST_SAID) if passage.start <= c.start < passage.end]
        statements += [
            Statement(text=said(asked.language, "quote", name=candidate.name, text=" ".join(c.text.split())), citations=[c])
            for c in lines
            if citation(candidate, c.start, c.end) and says_names(asked.text, words, lines)
        ]
        if len(statements) >= _QUOTES:
            break
    once = list({s.text: s for s in statements}.values())[:_QUOTES]
    if not once:
        return _not_in(asked, of)
    return Found(once, spoken_of=list(dict.fromkeys(s.citations[0].candidate_id for s in once)))


def _of(candidate: Chosen, held: Sequence[Fact], language: ChatLanguage) -> Statement:
    text = said(language, "of", name=candidate.name, fact="; ".join(f.text for f in held))
    return Statement(text=text, citations=_each_once(c for f in held for c in f.citations))


def _each_once(citations: Iterator[Citation]) -> list[Citation]:
    return list(dict.fromkeys(citations))


_ANSWERS: dict[str, Callable[[Asked, Sequence[Chosen], Bearing], Found]] = {
    "who": _who,
    "count": _count,
    "yes_no": _yes_no,
    "compare": _compare,
    "most": _most,
    "summary": _summary,
    "fact": _fact,
    "average": _average,
    "free": _free,
}
