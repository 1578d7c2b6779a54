"""How fast recommendations answer on a published index: `python -m benchmarks.latency` in its `TALENTFLOW_HOME`.

Queries are candidates and offers of the index itself, as they come from an upload: their key text is embedded, and the
other side is retrieved, scored and explained. Uncached means with the cache off, once the records are read (the app does
that at its start); cached is the same question asked again.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np

from talentflow.cache import open_cache
from talentflow.embedder import open_embedder
from talentflow.lakehouse import open_lakehouse
from talentflow.matching import Filters
from talentflow.matching.rank import Recommender
from talentflow.records import Candidate, JobOffer, record_of
from talentflow.settings import load_settings
from talentflow.tables import CANDIDATES, JOB_OFFERS

QUERIES = 100


def main() -> None:
    settings = load_settings()
    lakehouse = open_lakehouse(settings)
    candidates = [record_of(Candidate, r) for r in lakehouse.read(CANDIDATES).to_pylist()[:QUERIES]]
    offers = [record_of(JobOffer, r) for r in lakehouse.read(JOB_OFFERS).to_pylist()[:QUERIES]]
    embedder = open_embedder(settings)
    started = time.perf_counter()
    uncached = Recommender(settings, embedder, open_cache(settings.model_copy(update={"cache": "none"})))
    uncached.offers_for(candidates[0], filters=Filters(), top=10)
    first = (time.perf_counter() - started) * 1000
    if uncached.index is not None:
        uncached.index.make_ready()
    cold = _times(uncached, candidates, offers)
    cache = open_cache(settings)
    cached = Recommender(settings, embedder, cache)
    _times(cached, candidates, offers)
    warm = _times(cached, candidates, offers)
    cache.close()
    told = {"first_answer_ms": first, "queries": len(cold)}
    for name, values in (("cold", cold), ("cached", warm)):
        told |= {f"{name}_p{p}": float(np.percentile(np.array(values), p)) for p in (50, 95)}
    sys.stdout.write(json.dumps(told) + "\n")


def _times(recommender: Any, candidates: list[Candidate], offers: list[JobOffer]) -> list[float]:
    times: list[float] = []
    for candidate in candidates:
        started = time.perf_counter()
        recommender.offers_for(candidate, filters=Filters(), top=10)
        times.append((time.perf_counter() - started) * 1000)
    for offer in offers:
        started = time.perf_counter()
        recommender.candidates_for(offer, filters=Filters(), top=10)
        times.append((time.perf_counter() - started) * 1000)
    return times


if __name__ == "__main__":
    main()
