"""Find offers, find candidates: one page, two sides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from gradio_ui import actions, cards
from gradio_ui.cards import Question
from gradio_ui.choices import FIELDS, Choice, choices
from gradio_ui.markup import empty, notice
from gradio_ui.recorder import Action, Visit
from gradio_ui.samples import CV, OFFER
from gradio_ui.services import NO_INDEX, PASTED, Services, filters_of
from gradio_ui.understood import understood
from talentflow.errors import TalentflowError
from talentflow.ids import content_hash
from talentflow.records import Candidate, Kind

FILE_TYPES = [".pdf", ".docx", ".html", ".htm", ".txt", ".json"]
TOPS = [5, 10, 20, 50]
SESSION_SECONDS = 3600
"""How long an idle session keeps what its user asked with."""
_JUDGED_CHARACTERS = 20_000
_FILTER_LABELS = dict(zip(FIELDS, ("Location", "Workplace", "Contract", "Language", "Seniority"), strict=True))

_TOGGLE = """() => {
  const filters = document.getElementById("NAME-filters");
  const shown = filters.classList.toggle("tf-shown");
  document.getElementById("NAME-toggle").setAttribute("aria-expanded", shown);
}"""
_SHOW = """() => {
  if (window.innerWidth < 1000) document.getElementById("NAME-understood").scrollIntoView({ behavior: "smooth" });
}"""
"""On a narrow screen what was understood, and the results after it, are below the fold."""


@dataclass(frozen=True)
class Side:
    """What differs between the two pages."""

    kind: Kind
    namespace: str
    """Of the index that is asked."""
    title: str
    lead: str
    document: str
    noun: str
    sample: str
    empty: str
    actions: tuple[Action, ...]


OFFERS = Side(
    kind="cv",
    namespace="offers",
    title="Find offers",
    lead="Give a CV and read the offers that fit it best, why they fit, and what is missing.",
    document="CV",
    noun="offer",
    sample=CV,
    empty="Upload a CV or paste its text. The best offers appear here, each with its reasons and the evidence in both texts.",
    actions=actions.ON_OFFERS,
)
CANDIDATES = Side(
    kind="job_offer",
    namespace="candidates",
    title="Find candidates",
    lead="Give a job offer and read the candidates who fit it best, why they fit, and what they lack.",
    document="job offer",
    noun="candidate",
    sample=OFFER,
    empty="Upload an offer or paste its text. The best candidates appear here, without names or contacts, each with its reasons.",
    actions=actions.ON_CANDIDATES,
)


def match_page(services: Services, side: Side, page: gr.Blocks) -> tuple[gr.State, list[gr.Dropdown]]:
    """Lay the page out inside the open tab and connect it.

    Returns: what holds the last `Question`, and the filters with the number of results.
    """
    question = gr.State(None, time_to_live=SESSION_SECONDS)
    name = side.namespace
    gr.HTML(f'<div class="tf-lead"><h2>{side.title}</h2><p>{side.lead}</p></div>')
    with gr.Row(elem_classes="tf-columns"):
        with gr.Column(elem_classes="tf-side", min_width=300):
            upload = gr.File(
                label=f"{side.document[0].upper()}{side.document[1:]}: PDF, DOCX, HTML, TXT or JSON",
                file_types=FILE_TYPES,
                height=150,
                elem_id=f"{name}-file",
                elem_classes="tf-upload",
            )
            pasted = gr.Textbox(
                label=f"Or the text of a {side.document}",
                placeholder="Paste it here",
                lines=5,
                max_lines=12,
                max_length=services.settings.max_characters,
                elem_id=f"{name}-text",
            )
            with gr.Row(elem_classes="tf-buttons"):
                ask = gr.Button(side.title, variant="primary", elem_id=f"{name}-ask")
                sample = gr.Button("Try an example", variant="secondary", elem_id=f"{name}-sample")
            said = gr.HTML(elem_id=f"{name}-understood")
        with gr.Column(elem_classes="tf-main", min_width=320):
            toggle = gr.Button("Filters", size="sm", elem_id=f"{name}-toggle", elem_classes="tf-toggle")
            with gr.Row(elem_id=f"{name}-filters", elem_classes="tf-filters"):
                chosen = [
                    gr.Dropdown(
                        [],
                        value=[],
                        multiselect=True,
                        label=_FILTER_LABELS[f],
                        elem_id=f"{name}-{f}",
                        elem_classes="tf-filter",
                        min_width=90,
                    )
                    for f in FIELDS
                ]
                top = gr.Dropdown(
                    TOPS, value=10, label="Results", elem_id=f"{name}-top", elem_classes="tf-filter tf-top-n", min_width=70
                )
                clear = gr.Button("Clear", size="sm", elem_id=f"{name}-clear", elem_classes="tf-clear", min_width=60)
            results = gr.HTML(
                empty("Nothing asked yet", side.empty),
                js_on_load=actions.PRESS,
                elem_id=f"{name}-results",
                elem_classes="tf-results",
            )
            pressed = gr.JSON(visible="hidden")

    def answer(request: gr.Request, content: bytes, called: str, *filters: Any) -> tuple[Any, str, str]:
        try:
            document = services.read(called, content, side.kind)
        except TalentflowError as error:
            return None, "", notice(str(error), "error", "This document cannot be used:")
        record = document.candidate or document.offer
        if record is None:
            return None, "", ""
        asked = Question(record, document.redacted_text or "", content_hash(content))
        shown = _ranked(services, side, asked, _visit(request), *filters)
        return asked, understood(called, document, _judged(asked.text)), shown

    def ranked(request: gr.Request, asked: Question | None, *filters: Any) -> Any:
        return _ranked(services, side, asked, _visit(request), *filters) if asked is not None else gr.skip()

    def noted(request: gr.Request, event: gr.EventData, asked: Question | None) -> dict[str, Any]:
        return _noted(services, side, asked, _visit(request), getattr(event, "_data", None))

    def from_file(request: gr.Request, path: str | None, *filters: Any) -> tuple[Any, str, str]:
        if path is None:
            raise gr.Error("Choose a file first.", duration=5, print_exception=False)
        try:
            content = Path(path).read_bytes()
        except FileNotFoundError:
            return None, "", notice("The upload waited too long and was deleted: send it again.", "warning")
        return answer(request, content, Path(path).name, *filters)

    def from_text(request: gr.Request, text: str | None, *filters: Any) -> tuple[Any, str, str]:
        if not (text or "").strip():
            return None, "", notice(f"There is no text yet: paste that of a {side.document}, or upload a file.", "warning")
        return answer(request, (text or "").encode("utf-8", "replace"), PASTED, *filters)

    filters = [*chosen, top]
    shown: list[Any] = [question, said, results]
    quietly: dict[str, Any] = {"show_progress": "minimal", "show_progress_on": [results]}
    show: dict[str, Any] = {"js": _SHOW.replace("NAME", name), "api_visibility": "private", "show_progress": "hidden"}
    upload.upload(from_file, [upload, *filters], shown, api_name=f"{name}_for_file", **quietly).then(
        lambda: None, None, upload, **show
    )
    ask.click(from_text, [pasted, *filters], shown, api_name=f"{name}_for_text", **quietly).then(None, **show)
    sample.click(lambda: side.sample, None, pasted, api_visibility="private", show_progress="hidden").then(
        from_text, [pasted, *filters], shown, api_visibility="private", **quietly
    ).then(None, **show)
    for one in filters:
        one.change(
            ranked,
            [question, *filters],
            results,
            trigger_mode="always_last",
            api_visibility="private",
            **quietly,
        )
    results.select(noted, question, pressed, trigger_mode="multiple", api_visibility="private", show_progress="hidden").then(
        None, pressed, None, js=actions.SHOW.replace("NAME", name), api_visibility="private", show_progress="hidden"
    )
    toggle.click(None, js=_TOGGLE.replace("NAME", name), api_visibility="private", show_progress="hidden")
    clear.click(lambda: [[] for _ in chosen], None, chosen, api_visibility="private", show_progress="hidden")
    page.load(lambda: _opened(services, side), None, [*chosen, results], api_visibility="private", show_progress="hidden")
    return question, filters


def _visit(request: gr.Request | None) -> Visit | None:
    """None for a caller without a page."""
    name = request.session_hash if request is not None else None
    return Visit(name) if name else None


def _noted(services: Services, side: Side, asked: Question | None, visit: Visit | None, said: Any) -> dict[str, Any]:
    """What becomes of a press on a card; what no button of this page says is nothing."""
    told: dict[str, Any] = said if isinstance(said, dict) else {}
    found_id = str(told.get("id") or "")
    by_name: dict[str, Action] = {action: action for action in side.actions}
    action = by_name.get(str(told.get("action")))
    found = services.recommender.offer if side.namespace == "offers" else services.recommender.candidate
    if visit is None or action is None:
        return {}
    if asked is None:
        return actions.said(action, found_id, "expired")
    if found(found_id) is None:
        return actions.said(action, found_id, "gone")
    return actions.said(action, found_id, services.recorder.pressed(visit, action, asked, found_id))


def _ranked(services: Services, side: Side, asked: Question, visit: Visit | None, *values: Any) -> str:
    def acts(found_id: str, title: str) -> str:
        done = services.recorder.done(visit, side.actions, asked, found_id) if visit else set[Action]()
        return actions.buttons(side.actions, found_id, title, done)

    *chosen, top = values
    filters = filters_of(*(list(c or []) for c in chosen))
    try:
        if isinstance(asked.record, Candidate):
            found = services.offers_for(asked.record, filters, int(top))
            shown = cards.offer_cards(
                asked, found.matches, found.offers, found.texts, found.also_posted, found.origins, acts, found.flags
            )
        else:
            found = services.candidates_for(asked.record, filters, int(top))
            shown = cards.candidate_cards(asked, found.matches, found.candidates, found.texts, acts, found.flags)
    except TalentflowError as error:
        return notice(str(error), "warning")
    if visit:
        services.recorder.viewed(visit, asked, [*found.offers, *found.candidates])
    return shown or cards.none_left(side.noun, filtered=any(chosen))


def _judged(text: str) -> Kind:
    from talentflow.classification import kind_of

    kind, confidence = kind_of(text[:_JUDGED_CHARACTERS], hint=None)
    return kind if confidence >= 0.7 else "other"


def _opened(services: Services, side: Side) -> list[Any]:
    """Fresh choices for a page that opens, and what to do when nothing is published; an empty filter cannot be used."""
    found: dict[str, list[Choice]] = choices(services.choices(side.namespace))
    filters = [gr.Dropdown(choices=found[f], interactive=bool(found[f])) for f in FIELDS]
    return [*filters, gr.skip() if any(found.values()) else empty("Nothing to search yet", NO_INDEX)]
