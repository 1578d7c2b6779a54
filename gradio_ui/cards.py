"""Ranked offers and candidates as cards: the score, its parts with their sentences, what is missing, and both texts marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from gradio_ui import evidence, labels
from gradio_ui.markup import bar, chips, empty, escaped, link, notice, plural
from gradio_ui.warned import hostile_marks, warned
from talentflow.matching.index import Posted
from talentflow.matching.profile import english_title
from talentflow.records import Candidate, JobOffer, Match, MatchPart


class Origin(NamedTuple):
    """Where a document comes from."""

    source: str
    uri: str
    read_at: datetime | None


_NOWHERE: Mapping[str, Sequence[Posted]] = {}
_NO_ORIGINS: Mapping[str, Origin] = {}
_NO_FLAGS: Mapping[str, Sequence[str]] = {}

Actions = Callable[[str, str], str]
"""From the id and the title of what was found to its buttons, as HTML."""


def _no_actions(_found_id: str, _title: str) -> str:
    return ""


@dataclass(frozen=True)
class Question:
    """What a user asks with: the record read from their document, and its redacted text. Kept in the session only."""

    record: JobOffer | Candidate
    text: str
    content_hash: str = ""
    """Of the document as it was given: the tables may have it too."""


def offer_cards(
    question: Question,
    matches: Sequence[Match],
    offers: Mapping[str, JobOffer],
    texts: Mapping[str, str],
    also_posted: Mapping[str, Sequence[Posted]] = _NOWHERE,
    origins: Mapping[str, Origin] = _NO_ORIGINS,
    actions: Actions = _no_actions,
    flags: Mapping[str, Sequence[str]] = _NO_FLAGS,
) -> str:
    """Offers ranked for a CV.

    Args:
        question: the CV.
        matches: best first.
        offers: offer id → offer.
        texts: document id → redacted text.
        also_posted: offer id → where else the same offer is posted.
        origins: document id → where it comes from.
        actions: the buttons of an offer, from its id and title.
        flags: document id → what warns of it.
    """
    cards: list[str] = []
    for rank, match in enumerate((m for m in matches if m.offer_id in offers), 1):
        offer = offers[match.offer_id]
        pair = _pair(match, offer, texts, question)
        posted = _from(origins.get(offer.document_id)) + _also(also_posted.get(match.offer_id, ()))
        posted += warned(flags.get(offer.document_id, ()))
        title = offer.title or "Untitled offer"
        cards.append(_card(rank, match, title, offer_facts(offer), pair, posted, actions(offer.offer_id, title)))
    return _list(cards, "offer")


def candidate_cards(
    question: Question,
    matches: Sequence[Match],
    candidates: Mapping[str, Candidate],
    texts: Mapping[str, str],
    actions: Actions = _no_actions,
    flags: Mapping[str, Sequence[str]] = _NO_FLAGS,
) -> str:
    """Candidates ranked for an offer. Shows no personal data: a candidate is a headline and an id."""
    cards: list[str] = []
    for rank, match in enumerate((m for m in matches if m.candidate_id in candidates), 1):
        candidate = candidates[match.candidate_id]
        facts, title = candidate_facts(candidate), headline(candidate)
        pair = _pair(match, candidate, texts, question)
        warning = warned(flags.get(candidate.document_id, ()))
        cards.append(_card(rank, match, title, facts, pair, warning, actions(candidate.candidate_id, title)))
    return _list(cards, "candidate")


def headline(candidate: Candidate) -> str:
    """What a candidate calls themself, else their latest role, else their occupation."""
    role = next((w.position for w in candidate.work if w.position), None)
    return candidate.headline or role or occupation(candidate) or "Candidate without a stated role"


def occupation(record: Candidate | JobOffer) -> str:
    """The occupation's English title, as the sentences of the parts name it; empty when it is not known."""
    return english_title(record.occupation_code, record.occupation_title) or ""


def offer_facts(offer: JobOffer) -> list[str]:
    """Employer, place, workplace, contract, salary, dates: what is known of them."""
    contract = labels.CONTRACT[offer.contract] if offer.contract else ""
    if contract and offer.contract_months:
        contract = f"{contract}, {offer.contract_months:g} months"
    said = [
        offer.hiring_organization or "",
        labels.places(offer.job_location),
        labels.WORKPLACE[offer.workplace] if offer.workplace else "",
        contract,
        labels.salary(offer.base_salary),
        f"posted {labels.date(offer.date_posted)}" if offer.date_posted else "",
        f"closed {labels.date(offer.closed_at[:10])}" if offer.closed_at else "",
    ]
    return [s for s in said if s]


def candidate_facts(candidate: Candidate) -> list[str]:
    """Occupation, seniority, years, place, what is wanted, and the id that stands for the person."""
    said = [
        occupation(candidate),
        labels.SENIORITY[candidate.seniority] if candidate.seniority else "",
        f"{labels.years(candidate.experience_years)} of experience" if candidate.experience_years else "",
        labels.place(candidate.location) if candidate.location else "",
        f"wants {labels.WORKPLACE[candidate.wanted_workplace].lower()}" if candidate.wanted_workplace else "",
        f"wants {labels.CONTRACT[candidate.wanted_contract].lower()}" if candidate.wanted_contract else "",
    ]
    return [*[s for s in said if s], f"id {candidate.candidate_id[:8]}"]


def none_left(noun: str, *, filtered: bool) -> str:
    """What stands in place of the cards when nothing is left."""
    if filtered:
        return empty(f"No {noun} meets these filters", "Widen or clear a filter: the ranking is made anew at once.")
    return empty(
        f"No {noun} found", f"The published index holds no {noun} yet: run `talentflow quick` with some, then ask again."
    )


def _list(cards: Sequence[str], noun: str) -> str:
    if not cards:
        return ""
    count = f'<p class="tf-count" role="status">{plural(len(cards), noun)}, best first</p>'
    return f'{count}<ol class="tf-cards">{"".join(cards)}</ol>'


def _from(origin: Origin | None) -> str:
    """The source's name, with a link where the document is a page, and its age; a file's path is nobody's business."""
    if origin is None:
        return ""
    age = f", read {labels.ago(origin.read_at, datetime.now(UTC))}" if origin.read_at else ""
    return f'<p class="tf-small tf-from">From {link(origin.uri, origin.source)}{age}</p>'


def _also(postings: Sequence[Posted]) -> str:
    """Where else the offer is posted: the source's name, and a link where there is a page."""
    if not postings:
        return ""
    named = [
        f'<a href="{escaped(p.uri)}" target="_blank" rel="noopener noreferrer">{escaped(p.source)}</a>'
        if p.uri.startswith(("https://", "http://"))
        else escaped(p.source)
        for p in dict.fromkeys(postings)
    ]
    return f'<p class="tf-small tf-also">Also posted on {", ".join(named)}</p>'


def _card(rank: int, match: Match, title: str, facts: Sequence[str], pair: str, also: str = "", acts: str = "") -> str:
    skills = next((p for p in match.parts if p.name == "skills"), None)
    shown = "".join(f"<li>{escaped(fact)}</li>" for fact in facts)
    opened = " open" if rank == 1 else ""
    return (
        f'<li class="tf-card"><article aria-label="{escaped(title)}">'
        f'<header><div class="tf-head"><h3>{escaped(title)}</h3><ul class="tf-facts">{shown}</ul>{also}</div>'
        f"{score(match.score)}</header>"
        f"{_skills(skills) if skills else ''}{acts}"
        f'<details class="tf-why"{opened}><summary>Why this score</summary>{parts(match.parts)}</details>'
        f'<details class="tf-texts"><summary>Read both texts, evidence marked</summary>{pair}</details>'
        "</article></li>"
    )


def score(value: float) -> str:
    """The score out of a hundred, as a number and a bar."""
    points = round(value * 100)
    number = f'<span class="tf-points">{points}<small>/100</small></span>'
    return f'<div class="tf-score">{number}{bar(value, f"Score {points} of 100")}</div>'


def _skills(part: MatchPart) -> str:
    groups = [
        f'<div class="tf-skills"><span class="tf-key">{name}</span>{chips(names, tone, most)}</div>'
        for name, names, tone, most in (("Matched", part.matched, "met", 10), ("Missing", part.missing, "missing", 8))
        if names
    ]
    return "".join(groups)


def parts(found: Sequence[MatchPart]) -> str:
    """Each part that counts with its bar and its sentence; then those that one side does not say."""
    counted, unsaid = [p for p in found if p.score is not None], [p for p in found if p.score is None]
    rows = "".join(f"<li>{_key(p)}{_part_bar(p)}{_note(p)}</li>" for p in counted)
    rest = "".join(f"<li>{_key(p)}{_note(p)}</li>" for p in unsaid)
    apart = f'<p class="tf-small">Not counted in the score:</p><ul class="tf-unsaid">{rest}</ul>' if rest else ""
    return f'<ul class="tf-parts">{rows}</ul>{apart}'


def _key(part: MatchPart) -> str:
    return f'<span class="tf-key">{labels.PART[part.name]}</span>'


def _note(part: MatchPart) -> str:
    return f'<span class="tf-note">{escaped(part.note)}</span>'


def _part_bar(part: MatchPart) -> str:
    value = part.score or 0.0
    points = round(value * 100)
    return f"{bar(value, f'{labels.PART[part.name]}: {points} of 100')}<span class='tf-number'>{points}</span>"


_LEGEND = (
    '<p class="tf-legend"><mark class="tf-met">on both sides</mark><mark class="tf-missing">asked for, missing</mark>'
    '<mark class="tf-other">also considered</mark></p>'
)


def _pair(match: Match, found: JobOffer | Candidate, texts: Mapping[str, str], question: Question) -> str:
    """The offer's text and the CV's, side by side where there is room."""
    offer, candidate = (found, question.record) if isinstance(found, JobOffer) else (question.record, found)
    if not isinstance(offer, JobOffer) or not isinstance(candidate, Candidate):
        raise TypeError("a match is of an offer and a candidate")
    kept = texts.get(found.document_id)
    offer_text, cv_text = (kept, question.text) if isinstance(found, JobOffer) else (question.text, kept)
    left = _text("The offer", offer_text, evidence.offer_marks(match, offer))
    right = _text("The CV", cv_text, evidence.candidate_marks(match, candidate))
    return f'{_LEGEND}<div class="tf-pair">{left}{right}</div>'


def _text(name: str, text: str | None, marks: Sequence[evidence.Mark]) -> str:
    if text is None:
        return (
            f"<section><h4>{name}</h4>{notice('Its text is not in the tables any more: a newer run has removed it.')}</section>"
        )
    return (
        f'<section><h4>{name}</h4><div class="tf-text" dir="auto" tabindex="0" role="region" aria-label="{name}, marked">'
        f"{evidence.marked(text, [*hostile_marks(text), *marks])}</div></section>"
    )
