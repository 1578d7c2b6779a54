"""What a user can do with a card: buttons, and what they say when they were pressed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from gradio_ui.markup import escaped
from gradio_ui.recorder import Action, Noted

ON_OFFERS: tuple[Action, ...] = ("save", "apply")
ON_CANDIDATES: tuple[Action, ...] = ("shortlist", "reject", "hire")

_LABELS: Mapping[Action, tuple[str, str]] = {
    "save": ("Save", "Saved"),
    "apply": ("I applied", "Applied"),
    "shortlist": ("Shortlist", "Shortlisted"),
    "reject": ("Reject", "Rejected"),
    "hire": ("Mark as hired", "Hired"),
}
"""Before and after. An application is noted, not sent: its button says so."""
Answer = Noted | Literal["expired", "gone"]
"""What becomes of a press: `expired` when it is too long ago that something was asked, `gone` when the index has it no more."""
_SENTENCES: Mapping[Answer, str] = {
    "noted": "{}: noted.",
    "known": "{}: noted before.",
    "late": "This takes longer than usual: press again in a minute if the button has not changed.",
    "failed": "This could not be noted, the event log does not answer: press again later.",
    "expired": "This page has waited too long: ask again, then press.",
    "gone": "This is not in the index any more: ask again.",
}

PRESS = """element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (button && button.getAttribute("aria-disabled") !== "true")
    trigger("select", { action: button.dataset.action, id: button.dataset.id });
});"""
"""Of the list of cards: a press on any button in it, by mouse or key, is told to the server."""
SHOW = """(said) => {
  if (!said || !said.id) return;
  for (const button of document.querySelectorAll("#NAME-results button[data-action]")) {
    if (button.dataset.id !== said.id || button.dataset.action !== said.action) continue;
    button.parentElement.querySelector(".tf-said").textContent = said.text;
    if (!said.done) continue;
    button.textContent = said.label;
    button.setAttribute("aria-pressed", "true");
    button.setAttribute("aria-disabled", "true");
  }
}"""
"""What the server says of a press, on the card that it is of."""


def buttons(actions: Collection[Action], found_id: str, title: str, done: Collection[Action]) -> str:
    """A card's buttons; those in `done` were pressed in this visit."""
    shown = "".join(_button(action, found_id, is_done=action in done) for action in actions)
    return (
        f'<div class="tf-acts" role="group" aria-label="{escaped(f"Note about {title}")}">{shown}'
        '<span class="tf-said tf-small" role="status"></span></div>'
    )


def _button(action: Action, found_id: str, *, is_done: bool) -> str:
    before, after = _LABELS[action]
    state = ' aria-pressed="true" aria-disabled="true"' if is_done else ' aria-pressed="false"'
    return (
        f'<button type="button" class="tf-act" data-action="{action}" data-id="{escaped(found_id)}"{state}>'
        f"{after if is_done else before}</button>"
    )


def said(action: Action, found_id: str, noted: Answer) -> dict[str, Any]:
    """What `SHOW` is given."""
    after = _LABELS[action][1]
    is_done = noted in ("noted", "known")
    return {"action": action, "id": found_id, "done": is_done, "label": after, "text": _SENTENCES[noted].format(after)}
