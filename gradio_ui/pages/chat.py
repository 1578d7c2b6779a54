"""Talk with CVs: choose candidates, ask in English or French, open the places that say it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import gradio as gr
from pydantic import SecretStr

from gradio_ui.cards import Question
from gradio_ui.conversation import conversation, label, statements, who_is_who
from gradio_ui.markup import empty, notice
from gradio_ui.services import NO_INDEX, Services, filters_of
from talentflow.chat import Answer, Conversation, Statement, Turn, history, letters
from talentflow.chat.ask import MOST_CHARACTERS, MOST_CHOSEN, answer, choose
from talentflow.chat.facts import Chosen
from talentflow.chat.letters import Opening
from talentflow.errors import BadInput, TalentflowError
from talentflow.records import JobOffer

LISTED = 2_000
"""Candidates that can be chosen by hand; any number is found for an offer first."""
EXAMPLES = (
    "Who speaks German?",
    "Compare candidate 1 and candidate 2",
    "Who has the most experience?",
    "Qui a un master ?",
)
_KEY = "talentflow-conversations"
"""In the browser's local storage: the secret by which this browser finds its conversations again."""
_NOTHING = empty(
    "Nothing asked yet",
    "Choose candidates, then ask. Every sentence of an answer opens the place in the CV that says it; what the CVs do not say is "
    "not answered.",
)


def browser_secret(services: Services) -> gr.BrowserState:
    """What a browser finds its conversations again by. Made outside the tabs: what is in a closed one is not there yet."""
    return gr.BrowserState("", storage_key=_KEY, secret=history.app_secret(services.settings).get_secret_value())


def chat_page(
    services: Services,
    page: gr.Blocks,
    tab: gr.Tab,
    user: gr.BrowserState,
    found_for: gr.State,
    filters: Sequence[gr.Component],
) -> None:
    """Lay the page out inside the open tab and connect it.

    Args:
        user: see `browser_secret`.
        found_for: the `Question` of the page that finds candidates.
        filters: its filters, and how many it shows.
    """
    settings = services.settings
    held = gr.State(None, time_to_live=3600)
    """(conversation id or None, Conversation), of this session."""
    gr.HTML(
        '<div class="tf-lead"><h2>Talk with CVs</h2><p>Ask about candidates, in English or French. '
        "Every answer shows where the CVs say it.</p></div>"
    )
    with gr.Row(elem_classes="tf-columns"):
        with gr.Column(elem_classes="tf-side", min_width=300):
            chosen = gr.Dropdown(
                [], value=[], multiselect=True, label="Candidates", elem_id="chat-candidates", max_choices=MOST_CHOSEN
            )
            take = gr.Button("Take those found for my offer", size="sm", elem_id="chat-take")
            who = gr.HTML(elem_id="chat-who")
            earlier = gr.Dropdown([], value=None, label="Earlier conversations", elem_id="chat-earlier")
            with gr.Row(elem_classes="tf-buttons"):
                new = gr.Button("New", size="sm", elem_id="chat-new")
                delete = gr.Button("Delete", size="sm", elem_id="chat-delete")
                delete_all = gr.Button("Delete all", size="sm", elem_id="chat-delete-all")
        with gr.Column(elem_classes="tf-main", min_width=320):
            talk = gr.HTML(_NOTHING, elem_id="chat-talk")
            question = gr.Textbox(
                label="Your question", lines=1, max_length=MOST_CHARACTERS, elem_id="chat-question", placeholder=EXAMPLES[0]
            )
            with gr.Row(elem_classes="tf-buttons"):
                ask = gr.Button("Ask", variant="primary", elem_id="chat-ask")
                stop = gr.Button("Stop", elem_id="chat-stop")
            with gr.Row(elem_classes="tf-buttons"):
                number = gr.Number(1, label="Candidate", precision=0, minimum=1, maximum=MOST_CHOSEN, elem_id="chat-number")
                questions = gr.Button("Interview questions for my offer", size="sm", elem_id="chat-interview")
                letter = gr.Button("Cover letter for my offer", size="sm", elem_id="chat-letter")
            gr.Examples([[e] for e in EXAMPLES], question, elem_id="chat-examples", label="For example")

    def opened(secret: str) -> list[Any]:
        """A page that opens: who can be chosen, and what this browser has talked about."""
        secret = secret or secrets.token_urlsafe(32)
        choices = _choices(services)
        nobody = [] if choices else [empty("Nobody to ask about yet", NO_INDEX)]
        return [secret, gr.Dropdown(choices=choices), _earlier(services, secret), *(nobody or [gr.skip()])]

    def picked(ids: list[str] | None) -> tuple[Any, str, str, Any]:
        """Other candidates are another conversation."""
        if not ids:
            return None, "", _NOTHING, None
        try:
            people = choose(services.lakehouse, ids)
        except TalentflowError as error:
            return None, "", notice(str(error), "warning"), None
        names = {c.record.candidate_id: c.name for c in people}
        return (None, Conversation(tuple(names), names=names)), who_is_who(people), _NOTHING, None

    def taken(asked: Question | None, *values: Any) -> Any:
        if asked is None or not isinstance(asked.record, JobOffer):
            raise gr.Error("Find candidates for an offer first, on the page before.", duration=6, print_exception=False)
        *chosen_filters, top = values
        by = filters_of(*(list(v or []) for v in chosen_filters))
        ids = [m.candidate_id for m in services.candidates_for(asked.record, by, int(top)).matches]
        return gr.Dropdown(value=ids)

    def asked(text: str | None, now: Any, secret: str, ids: list[str] | None) -> Iterator[tuple[Any, ...]]:
        """(talk, question, held, earlier), again and again as the answer is written."""
        text = (text or "").strip()
        if not ids or now is None:
            yield notice("No candidate is chosen: choose some on the left first.", "warning"), gr.skip(), gr.skip(), gr.skip()
            return
        conversation_id, before = now
        try:
            people = choose(services.lakehouse, before.candidate_ids)
            by_id = {c.record.candidate_id: c for c in people}
            told: list[Statement] = []
            yield conversation(before.turns, by_id, text), "", gr.skip(), gr.skip()
            for piece in answer(before, text, people, services.tools):
                if isinstance(piece, Answer):
                    after = Conversation(before.candidate_ids, (*before.turns, Turn(text, piece)), before.names)
                    kept = _kept(services, secret, conversation_id, after)
                    yield conversation(after.turns, by_id), "", (kept, after), _earlier(services, secret, kept)
                else:
                    told.append(piece)
                    yield conversation(before.turns, by_id, text, statements(told, by_id, "en")), "", gr.skip(), gr.skip()
        except TalentflowError as error:
            shown = conversation(before.turns, {}) if before.turns else ""
            yield shown + notice(str(error), "warning"), text, gr.skip(), gr.skip()

    def written(kind: str, which: float | None, now: Any, secret: str, offered: Question | None) -> tuple[Any, ...]:
        """A letter or interview questions for the offer of the page before, as a turn of the conversation."""
        if now is None:
            return notice("No candidate is chosen: choose some on the left first.", "warning"), gr.skip(), gr.skip()
        if offered is None or not isinstance(offered.record, JobOffer):
            raise gr.Error("Find candidates for an offer first, on the page before.", duration=6, print_exception=False)
        conversation_id, before = now
        try:
            people = choose(services.lakehouse, before.candidate_ids)
            n = int(which or 1)
            if not 1 <= n <= len(people):
                raise BadInput(f"there is no candidate {n}: {len(people)} are chosen")
            opening = Opening(offered.record, offered.text)
            language = "fr" if offered.record.language == "fr" else "en"
            write = letters.letter if kind == "letter" else letters.interview
            made = write(people[n - 1], opening, language, services.model)
        except TalentflowError as error:
            return notice(str(error), "warning"), gr.skip(), gr.skip()
        asked_for = (
            f"{'Cover letter' if kind == 'letter' else 'Interview questions'}: candidate {n}, {opening.offer.title or 'my offer'}"
        )
        after = Conversation(before.candidate_ids, (*before.turns, Turn(asked_for, made)), before.names)
        kept = _kept(services, secret, conversation_id, after)
        shown: dict[str, Chosen | Opening] = {c.record.candidate_id: c for c in people}
        shown[opening.offer.offer_id] = opening
        return conversation(after.turns, shown), (kept, after), _earlier(services, secret, kept)

    def reopened(conversation_id: str | None, secret: str, now: Any) -> tuple[Any, ...]:
        if not conversation_id or (now and now[0] == conversation_id):
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        try:
            kept = history.read(settings, SecretStr(secret), conversation_id)
            people = choose(services.lakehouse, kept.candidate_ids)
        except TalentflowError as error:
            return None, [], "", notice(str(error), "warning")
        by_id = {c.record.candidate_id: c for c in people}
        return (conversation_id, kept), list(kept.candidate_ids), who_is_who(people), conversation(kept.turns, by_id)

    def deleted(secret: str, now: Any) -> tuple[Any, ...]:
        if now and now[0]:
            try:
                history.delete(settings, SecretStr(secret), now[0])
            except BadInput as error:
                gr.Info(str(error))
        return None, [], "", _NOTHING, _earlier(services, secret)

    def all_deleted(secret: str) -> tuple[Any, ...]:
        if secret:
            history.delete_all(settings, SecretStr(secret))
        return None, [], "", _NOTHING, _earlier(services, secret)

    quietly: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    on_open = [user, chosen, earlier, talk]
    page.load(opened, user, on_open, **quietly)
    tab.select(lambda: gr.Dropdown(choices=_choices(services)), None, chosen, **quietly)
    chosen.input(picked, chosen, [held, who, talk, earlier], **quietly)
    take.click(taken, [found_for, *filters], chosen, **quietly).then(picked, chosen, [held, who, talk, earlier], **quietly)
    writing: dict[str, Any] = {"api_visibility": "private", "show_progress": "minimal", "show_progress_on": [ask]}
    parts = ([question, held, user, chosen], [talk, question, held, earlier])
    runs: list[Any] = [ask.click(asked, *parts, **writing), question.submit(asked, *parts, **writing)]
    stop.click(None, cancels=runs, **quietly)
    for button, kind in ((questions, "interview"), (letter, "letter")):
        button.click(partial(written, kind), [number, held, user, found_for], [talk, held, earlier], **writing)
    earlier.input(reopened, [earlier, user, held], [held, chosen, who, talk], **quietly)
    new.click(lambda: (None, [], "", _NOTHING, None), None, [held, chosen, who, talk, earlier], **quietly)
    delete.click(deleted, [user, held], [held, chosen, who, talk, earlier], **quietly)
    delete_all.click(all_deleted, user, [held, chosen, who, talk, earlier], **quietly)


def _choices(services: Services) -> list[tuple[str, str]]:
    """Label and id of the candidates that are published."""
    people = services.people(LISTED)
    return sorted(((label(c), c.record.candidate_id) for c in people), key=lambda choice: choice[0].casefold())


def _kept(services: Services, secret: str, conversation_id: str | None, now: Conversation) -> str | None:
    """Keep the last turn; a full disk costs the history, not the answer."""
    if not secret:
        return None
    try:
        if conversation_id is None:
            return history.begin(services.settings, SecretStr(secret), now)
        history.add(services.settings, SecretStr(secret), conversation_id, now.turns[-1])
    except TalentflowError as error:
        gr.Warning(f"This conversation is not kept: {error}")
    return conversation_id


def _earlier(services: Services, secret: str, value: str | None = None) -> Any:
    kept = history.listed(services.settings, SecretStr(secret)) if secret else []
    choices = [(f"{k.title} ({k.changed_at:%d %b %H:%M})", k.conversation_id) for k in kept]
    info = f"{len(choices)} kept for this browser, {history.KEPT_DAYS} days each"
    return gr.Dropdown(choices=choices, value=value if any(value == i for _, i in choices) else None, info=info)
