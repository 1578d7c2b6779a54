"""What a recruiter is told of a document that speaks to software, or hides text from its readers."""

from __future__ import annotations

from collections.abc import Sequence

from gradio_ui.evidence import Mark
from gradio_ui.markup import escaped
from talentflow.hostile import HIDDEN, instructions

LABEL = "instructions to software, not followed"


def warned(flags: Sequence[str]) -> str:
    """A chip that opens to what was found and where it stands; nothing for a document without.

    Args:
        flags: as `talentflow.hostile.flags` picks them from a document's notes.
    """
    if not flags:
        return ""
    only_hidden = all(flag.startswith(HIDDEN) for flag in flags)
    chip = "hides text from readers" if only_hidden else "contains instructions to software"
    said = "".join(f'<p class="tf-small">{escaped(flag[:1].upper() + flag[1:])}.</p>' for flag in flags)
    return f'<details class="tf-warned"><summary><span class="tf-chip tf-missing">{chip}</span></summary>{said}</details>'


def hostile_marks(text: str) -> list[Mark]:
    """The passages of a text that speak to software, to be marked where it is shown."""
    return [Mark(passage.start, passage.end, "missing", LABEL) for passage in instructions(text)]
