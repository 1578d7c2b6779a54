"""Commands that read CVs: ask, letter, interview. What they say stands in the texts, and they show where."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from rich.text import Text

from talentflow.cli.terminal import err, out, print_json
from talentflow.settings import load_settings

if TYPE_CHECKING:
    from talentflow.cache import Cache
    from talentflow.chat import Answer

Flag = Annotated[bool, Parameter(negative=())]
_QUOTE = 100
"""Characters of a cited span that are shown."""


def ask(
    question: str,
    /,
    *,
    candidate: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    json: Flag = False,
) -> None:
    """Ask about candidates, in English or French: who speaks German, compare candidate 1 and 2, what did candidate 3 do at Acme.

    Every statement points at the CV that says it. What the CVs do not say is not answered.

    Parameters
    ----------
    question
        What to ask.
    candidate
        Ids of the candidates to ask about, or their beginnings; they are called Candidate 1 and on, in this order. All of the
        candidates unless given.
    json
        Print `answer`, `citations` (candidate_id, start, end, text), `refused`, `partial`, `model` and more as JSON.
    """
    from talentflow.cache import open_cache_if_there
    from talentflow.chat import Answer, Conversation
    from talentflow.chat.ask import Tools, answer, choose, everyone
    from talentflow.embedder import open_embedder
    from talentflow.lakehouse import small_lakehouse
    from talentflow.llm import open_llm

    settings = load_settings()
    with ExitStack() as opened:
        model = open_llm(settings)
        if model is not None:
            opened.callback(model.close)
        lakehouse = small_lakehouse(settings)
        chosen = choose(lakehouse, everyone(lakehouse, candidate))

        def cache() -> Cache:
            kept = open_cache_if_there(settings)
            opened.callback(kept.close)
            return kept

        tools = Tools(lambda: open_embedder(settings), cache, model)
        conversation = Conversation(tuple(c.record.candidate_id for c in chosen))
        whole = Answer(answer="")
        for piece in answer(conversation, question, chosen, tools):
            if isinstance(piece, Answer):
                whole = piece
            elif not json:
                shown = Text(piece.text, style="strike") + Text(f" ({piece.struck})") if piece.struck else Text(piece.text)
                out.print(shown)
    names = {c.record.candidate_id: c.name for c in chosen}
    _show(whole, names, json=json)


def letter(*, candidate: str, offer: str, language: Literal["en", "fr"] = "en", json: Flag = False) -> None:
    """A cover letter for an offer: what the offer asks and the candidate's CV says, with the places in both texts.

    Parameters
    ----------
    candidate
        Id of the candidate, or its beginning.
    offer
        Id of the offer, or its beginning.
    language
        Of the letter.
    json
        Print it as JSON.
    """
    _written("letter", candidate, offer, language, json=json)


def interview(*, candidate: str, offer: str, language: Literal["en", "fr"] = "en", json: Flag = False) -> None:
    """Questions for an interview: on what the offer asks and the CV says, on what the CV does not say, and on what was done.

    Parameters
    ----------
    candidate
        Id of the candidate, or its beginning.
    offer
        Id of the offer, or its beginning.
    language
        Of the questions.
    json
        Print them as JSON.
    """
    _written("interview", candidate, offer, language, json=json)


def _written(
    kind: Literal["letter", "interview"], candidate: str, offer: str, language: Literal["en", "fr"], *, json: bool
) -> None:
    from talentflow.chat import letters
    from talentflow.chat.ask import choose, everyone, opening
    from talentflow.lakehouse import small_lakehouse
    from talentflow.llm import open_llm

    settings = load_settings()
    lakehouse = small_lakehouse(settings)
    (chosen,) = choose(lakehouse, everyone(lakehouse, [candidate]))
    opened = opening(lakehouse, offer)
    model = open_llm(settings)
    write = letters.letter if kind == "letter" else letters.interview
    made = write(chosen, opened, language, model)
    if model is not None:
        model.close()
    if not json:
        for statement in made.statements or []:
            if statement.struck is None:
                out.print(Text(statement.text))
    _show(made, {chosen.record.candidate_id: chosen.name, "": "The offer"}, json=json)


def _show(whole: Answer, names: Mapping[str, str], *, json: bool) -> None:
    """The answer as JSON; else, after its sentences, the places that it cites."""
    if json:
        print_json(whole.model_dump(mode="json"))
        return
    for found in whole.citations:
        text = " ".join(found.text.split())
        shown = text if len(text) <= _QUOTE else text[: _QUOTE - 1] + "…"
        identity = (found.candidate_id or found.offer_id or "")[:8]
        where = f"  {names[found.candidate_id]} ({identity}), {found.start}–{found.end}: “{shown}”"
        out.print(where, style="dim", markup=False, highlight=False)
    if whole.notice:
        err.print(whole.notice, markup=False, highlight=False)
