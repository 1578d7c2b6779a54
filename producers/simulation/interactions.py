"""Simulated interactions: what candidates and recruiters of a simulation do with each other, from a view to a hire.

What happens between a candidate and an offer depends on these two and the seed alone, never on a clock or on who else is
there: a longer simulation adds events and changes none; it ends where the simulated careers do (`UNTIL`). With `fit` the matching score of the pair without its texts' similarity,
in [0, 1], the chances are:

| step | who | chance | after |
|---|---|---|---|
| `view` | candidate | 1 for the same occupation group (ISCO-08, 3 digits), 0.3 for the same major group, else none; of documents at most `REACH` places apart | up to 3 weeks after the offer was posted |
| `save` | candidate | 0.1 + 0.4 fit | minutes |
| `apply` | candidate | 0.6 fit², half as much again when saved | up to 4 days |
| `view` | recruiter | 0.95 of applications | up to 3 days |
| `shortlist` | recruiter | 0.1 + 0.6 fit of what was viewed | up to 2 days |
| `hire` | recruiter | 0.05 + 0.3 fit of the shortlisted | 1 to 4 weeks |
| `reject` | recruiter | 0.8 of the viewed that are not shortlisted, 0.9 of the shortlisted that are not hired | up to 2 weeks |
"""  # noqa: E501 - a table row is a line

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from random import Random

from producers.simulation.careers import TODAY
from talentflow.ids import digest
from talentflow.records import Candidate, Interaction, JobOffer

REACH = 300
"""Documents between a candidate's and an offer's, in the order of the simulation: so a long one costs no more a document."""
SAME_GROUP, SAME_MAJOR_GROUP = 1.0, 0.3
_START = datetime(2026, 1, 5, tzinfo=UTC)
"""Of offers that do not say when they were posted, give or take eight months."""
_START_DAYS = 240
UNTIL = datetime(*TODAY, 1, tzinfo=UTC)
"""What would come later has not happened yet."""


def simulated_interactions(
    offers: Sequence[JobOffer], candidates: Sequence[Candidate], places: Mapping[str, int], seed: int
) -> Iterator[Interaction]:
    """Events in order of candidate and offer, those of a pair in order of time.

    Args:
        offers, candidates: of one simulation.
        places: document id → its index in the simulation; records of other documents are left out.
        seed: another seed gives other events.
    """
    from talentflow.matching.score import CandidateSide, OfferSide, Rarity, overall, part_scores

    rarity, latest = Rarity(), _written(UNTIL)
    by_major: dict[str, list[tuple[int, JobOffer]]] = {}
    for offer in offers:
        if offer.document_id in places and offer.occupation_code:
            by_major.setdefault(offer.occupation_code[0], []).append((places[offer.document_id], offer))
    for shelf in by_major.values():
        shelf.sort(key=lambda found: found[0])
    for candidate in sorted(candidates, key=lambda c: c.candidate_id):
        place = places.get(candidate.document_id)
        if place is None or not candidate.occupation_code:
            continue
        side = CandidateSide.of(candidate)
        for index, offer in by_major.get(candidate.occupation_code[0], ()):
            if abs(index - place) <= REACH and _views(offer, candidate, seed):
                fit = overall(part_scores(OfferSide.of(offer), side, None, rarity))
                yield from takewhile(lambda event: event.occurred_at < latest, _Pair(offer, candidate, seed).events(fit))


def _views(offer: JobOffer, candidate: Candidate, seed: int) -> bool:
    same = (offer.occupation_code or "")[:3] == (candidate.occupation_code or "")[:3]
    drawn = int(digest("view", str(seed), offer.offer_id, candidate.candidate_id)[:8], 16) / 2**32
    return drawn < (SAME_GROUP if same else SAME_MAJOR_GROUP)


class _Pair:
    """What happens between one candidate and one offer."""

    def __init__(self, offer: JobOffer, candidate: Candidate, seed: int) -> None:
        self._offer, self._candidate, self._seed = offer, candidate, seed
        self._random = Random(f"talentflow interactions {seed} {offer.offer_id} {candidate.candidate_id}")
        self._now = _posted(offer, seed)

    def events(self, fit: float) -> Iterator[Interaction]:
        draw = self._random.random
        yield self._does("view", hours=21 * 24)
        saved = draw() < 0.1 + 0.4 * fit
        if saved:
            yield self._does("save", hours=0.2)
        if draw() >= 0.6 * fit**2 * (1.5 if saved else 1.0):
            return
        yield self._does("apply", hours=96)
        if draw() >= 0.95:
            return
        yield self._does("view", hours=72, recruiter=True)
        if draw() >= 0.1 + 0.6 * fit:
            if draw() < 0.8:
                yield self._does("reject", hours=14 * 24, recruiter=True)
            return
        yield self._does("shortlist", hours=48, recruiter=True)
        if draw() < 0.05 + 0.3 * fit:
            self._now += timedelta(weeks=1)
            yield self._does("hire", hours=21 * 24, recruiter=True)
        elif draw() < 0.9:
            yield self._does("reject", hours=14 * 24, recruiter=True)

    def _does(self, action: str, *, hours: float, recruiter: bool = False) -> Interaction:
        """The next event, at most `hours` after the one before."""
        self._now += timedelta(seconds=1 + round(self._random.random() * hours * 3600))
        offer, candidate = self._offer, self._candidate
        who = ("recruiter", offer.hiring_organization or offer.offer_id) if recruiter else ("candidate", candidate.candidate_id)
        actor = digest("simulation", *who)
        return Interaction.model_validate(
            {
                "event_id": digest("simulation", str(self._seed), who[0], action, offer.offer_id, candidate.candidate_id),
                "action": action,
                "actor_id": actor,
                "offer_id": offer.offer_id,
                "candidate_id": candidate.candidate_id,
                "session_id": digest("session", actor, f"{self._now:%Y-%m-%d}"),
                "occurred_at": _written(self._now),
            }
        )


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _posted(offer: JobOffer, seed: int) -> datetime:
    try:
        return datetime.fromisoformat(offer.date_posted or "").replace(tzinfo=UTC)
    except ValueError:
        return _START + timedelta(days=int(digest("posted", str(seed), offer.offer_id)[:8], 16) % _START_DAYS)
