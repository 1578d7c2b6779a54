"""How well offers that are one are found: seeded variations of offers, and offers that only look alike.

An offer and each of its variations go through reading, classification, extraction and fingerprinting as in the pipeline. One kind
of variation at a time is grouped with all originals, so that the originals stand for what else is there. Recall: the share
of variations that are one with their original and were linked to it. Precision: the share of links that are right, by kind
over the links of its variations. For kinds that are another offer, `linked` is the share that was linked: all wrong.

Not covered: an offer and its translation, which are never linked (their texts have no words in common).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from talentflow.duplicates.facts import facts_of
from talentflow.duplicates.fingerprint import Hashes, hashed_words, pairs_of, signature
from talentflow.duplicates.groups import Offer, heads
from talentflow.evaluation.variations import KINDS, Ad, Document, as_text

TUNING_SEED = 4001
"""Thresholds were chosen on this one."""

HELD_OUT_SEED = 9001
"""Measured once they were chosen, never looked into."""

_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Score:
    """One kind of variation. `same`: it is one with its original."""

    kind: str
    same: bool
    documents: int
    linked: int
    right: int

    @property
    def precision(self) -> float | None:
        return round(self.right / self.linked, 4) if self.linked else None

    @property
    def recall(self) -> float | None:
        return round(self.right / self.documents, 4) if self.same and self.documents else None


def evaluate_duplicates(count: int = 150, seed: int = HELD_OUT_SEED, *, ads_file: Path | None = None) -> list[Score]:
    """Score every kind of variation, and all of them together (the last row).

    Args:
        count: how many simulated offers are varied.
        seed: of the offers and the variations.
        ads_file: vary these offers instead: JSON Lines with `title`, `company`, `location` and `description`.
    """
    ads = _simulated(count, seed) if ads_file is None else _read_ads(ads_file)
    originals = [_read(as_text(ad), f"original-{n}", n) for n, ad in enumerate(ads)]
    scores: list[Score] = []
    for kind, (same, vary) in KINDS.items():
        offers, texts, truth = _world(originals)
        made = 0
        for n, ad in enumerate(ads):
            document = vary(Random(f"{seed} {kind} {n}"), ad, ads)
            varied = document and _read(document, f"{kind}-{n}", len(ads) + n)
            if varied is None or originals[n] is None:
                continue
            made += 1
            offers.append(varied[0])
            texts[varied[0].offer_id] = varied[1]
            if same:
                truth[varied[0].offer_id] = f"original-{n}"
        found = heads(offers, lambda ids, texts=texts: {i: texts[i] for i in ids})
        links = {offer_id: head for offer_id, head in found.items() if offer_id.startswith(f"{kind}-")}
        if not same:  # two lookalikes may be one with each other: the same other job under the same employer
            links = {offer_id: head for offer_id, head in links.items() if head.startswith("original-")}
        right = sum(offer_id in truth and found.get(truth[offer_id], truth[offer_id]) == head for offer_id, head in links.items())
        scores.append(Score(kind, same, made, len(links), right))
    return [*scores, _together(scores)]


def _together(scores: Sequence[Score]) -> Score:
    same = [s for s in scores if s.same]
    return Score("all", True, sum(s.documents for s in same), sum(s.linked for s in scores), sum(s.right for s in scores))


def _world(originals: Sequence[tuple[Offer, Hashes] | None]) -> tuple[list[Offer], dict[str, Hashes], dict[str, str]]:
    held = [o for o in originals if o is not None]
    return [o for o, _ in held], {o.offer_id: words for o, words in held}, {}


def _read(document: Document, offer_id: str, minute: int) -> tuple[Offer, Hashes] | None:
    """The way of a document to its group; None when it is not taken for an offer."""
    from talentflow.classification import classify
    from talentflow.documents import read
    from talentflow.extraction import extract_offer, find_identity, redact

    text = read(document.content, media_type=document.media_type, name=offer_id)
    said = classify(text.text, hint=text.kind_hint)
    if said.kind != "job_offer":
        return None
    redacted = redact(text.text, find_identity(text.text, kind="job_offer").spans)
    words = hashed_words(redacted)
    facts = facts_of(extract_offer(redacted, said).model_dump())
    return Offer(offer_id, _START + timedelta(minutes=minute), True, facts, signature(pairs_of(words))), words


def _simulated(count: int, seed: int) -> list[Ad]:
    from producers.simulation.offers import offer
    from producers.simulation.render_text import render_text

    ads: list[Ad] = []
    for n in range(count):
        rng = Random(f"{seed} {n}")
        language = rng.choice(["en", "fr"])
        page, truth = offer(rng, language)
        page.style.width, page.style.crlf = 0, False
        said = truth["offer"]
        place = said["job_location"][0]["locality"] if said.get("job_location") else None
        lines = [line.strip() for line in render_text(page).splitlines()]
        body = tuple(line for line in lines[1:] if line.strip("=-─_ "))
        first = lines[0] if said["title"].casefold() in lines[0].casefold() else said["title"]
        ads.append(Ad(first, said["title"], said.get("hiring_organization"), place, body, language))
    return ads


def _read_ads(path: Path) -> list[Ad]:
    ads: list[Ad] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        sentences = [s.strip() for s in (row["description"] or "").replace(". ", ".\n").splitlines()]
        ads.append(
            Ad(row["title"], row["title"], row["company"], row.get("location"), tuple(s for s in sentences if s), "en", True)
        )
    return ads
