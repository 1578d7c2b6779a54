"""Is a text a CV, a job offer, or something else: weighted cues, English and French."""

from __future__ import annotations

import math
import re

from talentflow.classification.cues import CUES, CV_HEADINGS
from talentflow.extraction.phrases import finder, fold
from talentflow.records import Kind

_HEAD = 6_000
_TAIL = 1_500
_HINT_WEIGHT = 2.0
_MOST_OF_ONE_CUE = 2
"""A phrase said ten times proves no more than one said twice."""

_FIND = finder({f"{kind}|{weight}|{phrase}": phrase for kind, weight, group in CUES for phrase in group.split(",")})
_DATE_RANGE = re.compile(
    r"\b(?:19|20)\d\d\s{0,3}(?:-|–|—|à|to|au|until)\s{0,3}(?:[^\W\d_]{3,9}\.?\s|\d\d?/)?(?:(?:19|20)\d\d|present|now|"
    r"current|today|"
    r"ongoing|aujourd|ce jour|maintenant)",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.|\+\d[\d ().-]{7,18}\d|\b0\d(?:[ .-]?\d\d){4}\b|█{5}")
_ACTION_LINE = re.compile(
    r"^\W{0,4}(?:led|managed|developed|built|designed|implemented|created|achieved|improved|launched|supervised|trained|"
    r"coordinated|increased|reduced|delivered|handled|gestion|réalisation|mise en place|encadrement|développement|animation|"
    r"participation|conception)\b",
    re.IGNORECASE | re.MULTILINE,
)
_AMOUNT_LINE = re.compile(r"\d+[.,]\d\d ?(?:€|\$|£|eur|usd)?[ \t]*$", re.IGNORECASE | re.MULTILINE)
_HEADER_LABELS = re.compile(r"^(?:Title|Company|Employment type|Date posted|Valid through|Workplace|Contract): \S", re.MULTILINE)


def kind_of(text: str, *, hint: str | None = None) -> tuple[Kind, float]:
    """cv, job_offer or other, with a confidence. A hint (from the format or the sender) counts, contrary text wins.

    The confidence is the share of this kind when the weights of its cues are put through a softmax; a text without any
    cue is `other` with a low one.
    """
    scores = _scores(text)
    if hint in ("cv", "job_offer", "other"):
        scores[hint] += _HINT_WEIGHT
    # Dividing keeps a handful of cues from claiming certainty: two clear ones of weight 2 give about 0.8.
    exponents = {kind: math.exp(min(score, 24.0) / 2.0) for kind, score in scores.items()}
    kind = max(scores, key=lambda k: (scores[k], k))
    confidence = exponents[kind] / sum(exponents.values())
    if not text.strip():
        return "other", 0.0
    return kind, round(confidence, 3)


def _scores(text: str) -> dict[Kind, float]:
    sample = text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    folded = fold(sample)
    scores: dict[Kind, float] = {"cv": 0.0, "job_offer": 0.0, "other": 1.0}
    seen: dict[str, int] = {}
    for hit in _FIND(folded):
        count = seen.get(hit.value, 0)
        seen[hit.value] = count + 1
        if count < _MOST_OF_ONE_CUE:
            kind, weight, _ = hit.value.split("|")
            scores[_KINDS[kind]] += float(weight) / (1 + count)
    headings = {fold(line).strip(" :-•*#") for line in sample.split("\n") if 3 < len(line) < 45}
    scores["cv"] += 1.8 * min(6, len(headings & CV_HEADINGS))
    ranges = sum(1 for _, _ in zip(_DATE_RANGE.finditer(sample), range(5), strict=False))
    scores["cv"] += 1.2 * ranges
    if _CONTACT.search(sample, 0, 500):
        scores["cv"] += 2.0
    scores["cv"] += 0.6 * min(6, sum(1 for _ in _ACTION_LINE.finditer(sample)))
    scores["job_offer"] += 2.0 * min(5, sum(1 for _ in _HEADER_LABELS.finditer(sample[:1_000])))
    scores["other"] += 0.8 * min(4, sum(1 for _ in _AMOUNT_LINE.finditer(sample)))
    return scores


_KINDS: dict[str, Kind] = {"cv": "cv", "job_offer": "job_offer", "other": "other"}
