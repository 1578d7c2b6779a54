"""Chat with candidates' CVs: every statement of an answer points at the text that says it, or is not made.

Read is redacted text only. What the records hold (skills, years, languages, degrees, places, jobs) is answered from all chosen
candidates' records; the rest from passages of their texts. A language model may write the answer; it never decides what is true.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ChatLanguage = Literal["en", "fr"]


class Citation(BaseModel):
    """`text` is the redacted text of the candidate's CV, or of the offer, from `start` to `end`, in characters."""

    model_config = ConfigDict(frozen=True)

    candidate_id: str = ""
    offer_id: str | None = None
    """Of a citation of an offer, which has no candidate."""
    start: int
    end: int
    text: str


class Statement(BaseModel):
    """A sentence, or an item of a list, with what says it."""

    text: str
    citations: list[Citation] = Field(default_factory=list)
    struck: str | None = None
    """Why a model's sentence does not count: no cited span supports it. Such a sentence is shown struck, or left out."""


class Answer(BaseModel):
    """An answer to one question, as `talentflow ask --json` prints it."""

    answer: str
    """All statements that count, as one text."""
    citations: list[Citation] = Field(default_factory=list)
    """Of all statements that count, each once, in order."""
    refused: bool = False
    """The chosen CVs do not say it; no model was asked."""
    partial: bool = False
    """It broke off, or not all that was chosen could be read: `notice` says so."""
    model: str | None = None
    """The model that wrote it; None: made from records and passages alone."""
    language: ChatLanguage = "en"
    statements: list[Statement] = Field(default_factory=list)
    notice: str | None = None
    """A sentence on what happened and what to do, where something did."""


@dataclass(frozen=True)
class Turn:
    """What was asked and answered before."""

    question: str
    answer: Answer


@dataclass(frozen=True)
class Conversation:
    """What a follow-up question is understood by: the candidates that are chosen and the turns so far, oldest first."""

    candidate_ids: tuple[str, ...]
    turns: tuple[Turn, ...] = ()
    names: dict[str, str] = field(default_factory=dict[str, str])
    """candidate_id → what the recruiter calls them in this conversation (`Candidate 1`): names are no part of what is read."""
