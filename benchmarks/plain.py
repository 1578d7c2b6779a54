"""The baseline: a plain script that does the domain work and nothing else.

    python -m benchmarks.plain FOLDER

The same readers, rules and model on the same files, in a pool of as many processes; pandas frames in place of tables, FAISS
in memory. No event log, no tables, no ledger, no checks, no warehouse, no orchestration, no isolation: a document that
fails is dropped. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from talentflow.records import Candidate, JobOffer

Found = tuple[str, str, dict[str, Any]]


def read_one(job: tuple[str, str]) -> Found | None:
    """(kind, path, record) of one file; None for one that cannot be used."""
    from talentflow.classification import classify
    from talentflow.documents import read
    from talentflow.errors import DocumentError
    from talentflow.extraction import extract_candidate, extract_offer, find_identity, redact

    kind, path = job
    try:
        text = read(Path(path).read_bytes(), name=path).text
        said = classify(text, hint=kind)
        if said.kind == "job_offer":
            return "job_offer", path, extract_offer(text, said).model_dump()
        if said.kind == "cv":
            redacted = redact(text, find_identity(text, kind="cv").spans)
            return "cv", path, extract_candidate(redacted, said).model_dump()
    except DocumentError:
        return None
    return None


def files(folder: Path) -> Iterator[tuple[str, str]]:
    for kind, name in (("cv", "cvs"), ("job_offer", "offers")):
        for path in sorted((folder / name).rglob("*")):
            if path.is_file():
                yield kind, str(path)


def main(folder: str) -> None:
    import faiss
    import pandas as pd

    from talentflow.embedder.minilm import MiniLMEmbedder
    from talentflow.matching.profile import candidate_text, offer_text

    started = time.perf_counter()
    workers = len(os.sched_getaffinity(0))
    with get_context("spawn").Pool(workers) as pool:
        found = [f for f in pool.imap(read_one, files(Path(folder)), chunksize=16) if f is not None]
    read_seconds = time.perf_counter() - started
    frame = pd.DataFrame(found, columns=["kind", "path", "record"])
    texts = [
        offer_text(JobOffer(**r)) if k == "job_offer" else candidate_text(Candidate(**r))
        for k, r in zip(frame["kind"], frame["record"], strict=True)
    ]
    embedder = MiniLMEmbedder(Path(os.environ["TALENTFLOW_MODELS"]), threads=workers)
    vectors = embedder.embed(texts)
    for kind in ("cv", "job_offer"):
        index = faiss.IndexFlatIP(embedder.dimension)
        index.add(vectors[(frame["kind"] == kind).to_numpy()])
        faiss.serialize_index(index)
    report = {
        "documents": len(frame),
        "seconds": time.perf_counter() - started,
        "read_seconds": read_seconds,
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
