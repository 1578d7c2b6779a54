"""Text to records with evidence, by rules, in English and French."""

from __future__ import annotations

from collections.abc import Sequence

from talentflow.records import Candidate, Classification, Evidence, Identity, JobOffer, Kind


def find_identity(text: str, *, kind: Kind) -> Identity:
    """Personal data in a text, with the spans to blank. Ids are left empty. For kind other than `cv` only e-mail
    addresses, phone numbers and the like are looked for."""
    raise NotImplementedError


def redact(text: str, spans: Sequence[Evidence]) -> str:
    """The same text with the letters and digits of `spans` replaced by `█`; same length, line breaks kept."""
    raise NotImplementedError


def extract_candidate(text: str, classification: Classification) -> Candidate:
    """A candidate from a redacted CV. Ids are left empty. Raises NoRecord when nothing of a CV is in it."""
    raise NotImplementedError


def extract_offer(text: str, classification: Classification) -> JobOffer:
    """An offer from its text. Ids are left empty. Raises NoRecord when no title and no task can be found."""
    raise NotImplementedError
