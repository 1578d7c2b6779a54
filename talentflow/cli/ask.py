"""`talentflow ask`: a question about candidates, answered from their CVs with the places that say it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.text import Text

from talentflow.cli.terminal import err, out, print_json
from talentflow.settings import load_settings

if TYPE_CHECKING:
    from talentflow.cache import Cache

_QUOTE = 100
"""Characters of a cited span that are shown."""


def ask(
    question: str,
    /,
    *,
    candidate: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    json: Annotated[bool, Parameter(negative=())] = False,
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
    from talentflow.cache import open_cache
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
            kept = open_cache(settings)
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
    if json:
        print_json(whole.model_dump(mode="json"))
        return
    names = {c.record.candidate_id: c.name for c in chosen}
    for found in whole.citations:
        text = " ".join(found.text.split())
        shown = text if len(text) <= _QUOTE else text[: _QUOTE - 1] + "…"
        where = f"  {names[found.candidate_id]} ({found.candidate_id[:8]}), {found.start}–{found.end}: “{shown}”"
        out.print(where, style="dim", markup=False, highlight=False)
    if whole.notice:
        err.print(whole.notice, markup=False, highlight=False)
