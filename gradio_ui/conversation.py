"""A conversation as HTML: questions, answers, and behind each statement the places of the CVs that say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradio_ui.cards import candidate_facts, headline
from gradio_ui.evidence import Mark, marked
from gradio_ui.markup import escaped, notice
from gradio_ui.warned import warned
from talentflow.chat import Answer, Statement, Turn
from talentflow.chat.facts import Chosen
from talentflow.chat.letters import Opening

SHOWN = 1_600
"""Characters of a CV that a citation opens."""
_LABEL = {"en": "cited", "fr": "cité"}
_STRUCK = {"en": "struck: {}", "fr": "barré : {}"}
_READING = {"en": "Reading the CVs …", "fr": "Lecture des CV …"}
_PARTIAL = {"en": "partial", "fr": "partielle"}


def label(chosen: Chosen) -> str:
    """`Data engineer · Paris · id 1a2b3c4d`, for the list of candidates to choose from."""
    place = chosen.record.location.locality if chosen.record.location else None
    return " · ".join(part for part in (headline(chosen.record), place, f"id {chosen.record.candidate_id[:8]}") if part)


def who_is_who(chosen: Sequence[Chosen]) -> str:
    """The chosen candidates by the numbers that the conversation calls them by."""
    rows = "".join(
        f"<li><strong>{escaped(c.name)}</strong> {escaped(headline(c.record))}"
        f'<span class="tf-under">{escaped(" · ".join(candidate_facts(c.record)))}</span>{warned(c.flags)}</li>'
        for c in chosen
    )
    return f'<ol class="tf-who">{rows}</ol>' if rows else ""


def conversation(
    turns: Sequence[Turn], chosen: Mapping[str, Chosen | Opening], asking: str | None = None, so_far: str = ""
) -> str:
    """The turns, oldest first, and the question that is being answered now with what there is of its answer."""
    said = "".join(_turn(turn.question, answered(turn.answer, chosen)) for turn in turns)
    if asking is not None:
        said += _turn(asking, so_far or f'<p class="tf-calm">{_READING["en"]}</p>')
    return f'<div class="tf-talk" role="log" aria-live="polite">{said}</div>'


def _turn(question: str, answer: str) -> str:
    return (
        f'<section class="tf-turn"><p class="tf-asked"><span class="tf-over">You asked</span>{escaped(question)}</p>'
        f'<div class="tf-answer">{answer}</div></section>'
    )


def answered(answer: Answer, chosen: Mapping[str, Chosen | Opening]) -> str:
    """A whole answer."""
    told = statements(answer.statements, chosen, answer.language)
    if answer.refused:
        told = f'<div class="tf-refused">{told}</div>'
    by = f'<p class="tf-small">Written by {escaped(answer.model)}, checked against the CVs.</p>' if answer.model else ""
    said = (
        notice(answer.notice, "warning", f"{_PARTIAL[answer.language].capitalize()}:" if answer.partial else None)
        if answer.notice
        else ""
    )
    return told + by + said


def statements(told: Sequence[Statement], chosen: Mapping[str, Chosen | Opening], language: str) -> str:
    """Statements, each with its citations to open; struck ones are marked as such and say why."""
    return "".join(_statement(statement, chosen, language) for statement in told)


def _statement(statement: Statement, chosen: Mapping[str, Chosen | Opening], language: str) -> str:
    if statement.struck is not None:
        why = escaped(_STRUCK[language].format(statement.struck))
        return f'<p class="tf-statement tf-struck"><del>{escaped(statement.text)}</del> <span class="tf-small">{why}</span></p>'
    by: dict[str, list[Mark]] = {}
    for found in statement.citations:
        by.setdefault(found.offer_id or found.candidate_id, []).append(Mark(found.start, found.end, "met", _LABEL[language]))
    cites = "".join(_cited(chosen[i], marks) for i, marks in by.items() if i in chosen)
    return f'<div class="tf-statement"><p>{escaped(statement.text)}</p>{cites}</div>'


def _cited(chosen: Chosen | Opening, marks: Sequence[Mark]) -> str:
    name, where = (chosen.name, "CV") if isinstance(chosen, Chosen) else ("The offer", "offer")
    places = f"{len(marks)} place{'' if len(marks) == 1 else 's'}"
    text = marked(chosen.text, marks, whole=SHOWN, beginning=False)
    return (
        f'<details class="tf-cite"><summary>{escaped(name)}<span class="tf-small"> {places} in the {where}</span></summary>'
        f'<div class="tf-text">{text}</div></details>'
    )
