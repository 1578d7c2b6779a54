"""What a document is: kind, occupation, seniority, language."""

from __future__ import annotations

from talentflow.classification.career import headlines, years_of_work
from talentflow.classification.kind import kind_of
from talentflow.classification.language import language_of
from talentflow.classification.occupation import occupation_of
from talentflow.classification.seniority import says_beginner, seniority_of_title, seniority_of_years
from talentflow.extraction.experience import required_years
from talentflow.extraction.labels import first, read_labels
from talentflow.extraction.titles import find_title
from talentflow.records import Classification, Kind, Seniority
from talentflow.taxonomy import find_occupation

MODEL_ID = "rules-1"
_READ = 20_000
_BARE_TITLE = 120
_POSITION = 0.75
"""How sure a line must be of its occupation to count as a position."""

__all__ = ["MODEL_ID", "classify", "kind_of"]


def classify(text: str, *, hint: str | None = None) -> Classification:
    """All of it, `document_id` left empty. Never raises for a text: what cannot be judged has confidence 0.

    Args:
        text: a document's text, or a bare job title.
        hint: the kind that the format or the sender claims.

    Returns:
        Confidences are in [0, 1]: of kind, a softmax over weighted cues; of occupation, the lookup's own, at most 0.5 when only
        mentions speak for it; of seniority, 0.9 for a word of the title, about 0.5 when worked out from years; of language,
        how far it leads, at most 0.6 for a few words.
    """
    head = text[:_READ]
    kind, kind_confidence = kind_of(text, hint=hint)
    language, language_confidence = language_of(head)
    titles = _titles(head, kind)
    occupation = occupation_of(head, kind, titles)
    seniority, seniority_confidence = _seniority(head, kind, titles) or (None, 0.0)
    return Classification(
        document_id="",
        kind=kind,
        kind_confidence=kind_confidence,
        occupation_code=occupation.occupation.code if occupation else None,
        occupation_title=occupation.occupation.title_en if occupation else None,
        occupation_confidence=round(occupation.confidence, 3) if occupation else 0.0,
        seniority=seniority,
        seniority_confidence=seniority_confidence,
        language=language,
        language_confidence=language_confidence,
        model_id=MODEL_ID,
    )


def _is_bare_title(text: str) -> bool:
    stripped = text.strip()
    return 0 < len(stripped) <= _BARE_TITLE and "\n" not in stripped


def _titles(text: str, kind: Kind) -> list[str]:
    if _is_bare_title(text):
        return [text.strip().removeprefix("Title:").strip()]
    if kind == "job_offer":
        title = find_title(text, read_labels(text))
        return [title.value] if title else []
    return headlines(text) if kind == "cv" else []


def _intern(text: str, title: str) -> tuple[Seniority, float] | None:
    """`Stage – Assistant marketing`: the word that makes it an internship stands before what is the title proper."""
    at = text.find(title)
    said = seniority_of_title(text[text.rfind("\n", 0, at) + 1 : at][-60:]) if at > 0 else None
    return said if said and said[0] == "intern" else None


def _of_first_position(titles: list[str]) -> tuple[Seniority, float] | None:
    """What the headline, else the latest position says; the lines between them name people, places and employers."""
    for title in titles:
        match = find_occupation(title)
        if match is not None and match.confidence >= _POSITION:
            return seniority_of_title(title)
    return next((found for title in titles[:10] if (found := seniority_of_title(title))), None)


def _seniority(text: str, kind: Kind, titles: list[str]) -> tuple[Seniority, float] | None:
    if kind == "job_offer" or _is_bare_title(text):
        label = first(read_labels(text[:2_000]), "seniority")
        if label is not None and (labelled := seniority_of_title(label.value)):
            return labelled
        said = seniority_of_title(titles[0]) or _intern(text, titles[0]) if titles else None
        if said or _is_bare_title(text):
            return said
        if says_beginner(text):
            return "junior", 0.6
        asked = required_years(text)
        return seniority_of_years(asked.years) if asked else None
    if kind == "cv":
        said = _of_first_position(titles)
        years = years_of_work(text)
        if said and (said[0] != "intern" or years is None or years < 2):
            return said[0], round(said[1] - 0.1, 3)
        return seniority_of_years(years) if years is not None else None
    return None
