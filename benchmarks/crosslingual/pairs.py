"""The written pairs of a CV and an offer, each in another language than its partner."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from talentflow.classification import classify
from talentflow.extraction import extract_candidate, extract_offer, find_identity, redact
from talentflow.records import Candidate, JobOffer

FOLDER = Path(__file__).parent
_ENTRY = re.compile(r"^=== (\S+) (cv|offer) (en|fr)\n(.*?)(?=^===|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Pair:
    """`name` is the occupation; the CV is in one language, the offer in the other."""

    name: str
    cv: str
    offer: str
    candidate: Candidate
    job_offer: JobOffer


def read_pairs() -> list[Pair]:
    """All pairs, in the order of their files, with the records that the pipeline's functions extract."""
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("pairs-*.txt")):
        for name, kind, _, text in _ENTRY.findall(path.read_text("utf-8")):
            texts.setdefault(name, {})[kind] = text.strip()
    return [_pair(name, text["cv"], text["offer"]) for name, text in texts.items()]


def _pair(name: str, cv: str, offer: str) -> Pair:
    redacted = redact(cv, find_identity(cv, kind="cv").spans)
    candidate = extract_candidate(redacted, classify(cv, hint="cv"))
    job_offer = extract_offer(offer, classify(offer, hint="job_offer"))
    ids = {"document_id": name}
    return Pair(
        name,
        redacted,
        offer,
        candidate.model_copy(update=ids | {"candidate_id": name}),
        job_offer.model_copy(update=ids | {"offer_id": name}),
    )
