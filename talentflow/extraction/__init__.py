"""Text to records with evidence, by rules, in English and French."""

from __future__ import annotations

from collections.abc import Sequence

from talentflow.records import Candidate, Classification, Evidence, Identity, JobOffer, Kind


def find_identity(text: str, *, kind: Kind) -> Identity:
    """Personal data in a text, with the spans to blank. Ids are left empty. For kind other than `cv` only e-mail
    addresses, phone numbers and names in contact lines are looked for."""
    from talentflow.extraction import identity

    return identity.find_identity(text, kind=kind)


def redact(text: str, spans: Sequence[Evidence]) -> str:
    """The same text with the letters and digits of `spans` replaced by `█`; same length, line breaks kept."""
    from talentflow.extraction import redaction

    return redaction.redact(text, spans)


def extract_candidate(text: str, classification: Classification, *, as_of: str | None = None) -> Candidate:
    """A candidate from a redacted CV. Ids are left empty.

    Args:
        text: the redacted text.
        classification: what is known of the document.
        as_of: ISO date until which a present post has lasted; left out, the latest date in the text.

    Raises: NoRecord when nothing of a CV is in it.
    """
    from talentflow.extraction import candidates

    return candidates.extract_candidate(text, classification, as_of=as_of)


def extract_offer(text: str, classification: Classification) -> JobOffer:
    """An offer from its text. Ids are left empty. Raises NoRecord when no title and no task can be found."""
    from talentflow.extraction import offers

    return offers.extract_offer(text, classification)
