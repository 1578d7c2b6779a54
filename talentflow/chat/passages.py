"""Passages of the chosen candidates' redacted texts, and those that bear on a question.

All passages are asked by BM25, whatever their number. The best of them, or all where they are few, are asked by their vectors
too (FAISS), and both rankings are fused. A passage is embedded when it is first needed and its vector kept in the cache under
the hash of its text and the model: 500 CVs have thousands of passages, of which a question needs dozens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from talentflow.cache import Cache
from talentflow.embedder import Embedder
from talentflow.ids import content_hash
from talentflow.matching.profile import folded
from talentflow.matching.retrieve import Lexical, fuse
from talentflow.taxonomy import find_skills
from talentflow.vectors import Neighbour
from talentflow.vectors.faiss import nearest_rows

TARGET, MOST = 350, 700
"""Characters that a passage has, where lines and sentences allow, and at most."""
EMBEDDED = 96
"""Passages asked by their vectors for one question: about three seconds when none of them is in the cache."""
KEPT_FOR = timedelta(days=7)
PREFIX = "passage:"
_BLOCK = re.compile(r"\n[ \t]*\n\s*")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by for from has have how in is it of on or that the this to was what when where which who with "
        "au aux avec ce ces dans de des du elle en est et il la le les leur lui ou par pas pour qu que qui quel quelle quels "
        "quelles sa se ses son sont sur un une candidate candidates candidat candidats",
    )
)


@dataclass(frozen=True)
class Passage:
    """`text` is the candidate's redacted text from `start` to `end`."""

    candidate_id: str
    start: int
    end: int
    text: str


def passages(candidate_id: str, text: str) -> list[Passage]:
    """A text cut between its blocks, lines and sentences; every character but white space is in one passage."""
    cut: list[Passage] = []
    for start, end in _packed(list(_pieces(text))):
        cut.append(Passage(candidate_id, start, end, text[start:end]))
    return cut


def bearing_on(
    question: str, texts: Mapping[str, str], embedder: Embedder | None, cache: Cache | None = None, *, top: int = 8
) -> list[Passage]:
    """The passages that bear most on a question, best first.

    Args:
        question: in the texts' language, or with words of both.
        texts: candidate_id → redacted text.
        embedder: None: by words alone.
    """
    held = [passage for candidate_id in sorted(texts) for passage in passages(candidate_id, texts[candidate_id])]
    if not held:
        return []
    names = [str(row) for row in range(len(held))]
    lexical = Lexical.build(names, [terms(passage.text) for passage in held])
    by_words = lexical.query(terms(question), EMBEDDED)
    if embedder is None:
        return [held[int(found.id)] for found in by_words[:top]]
    rows = list(range(len(held))) if len(held) <= EMBEDDED else [int(found.id) for found in by_words]
    matrix = _vectors([held[row].text for row in rows], embedder, cache)
    near = nearest_rows(matrix, embedder.embed([question])[0], len(rows))
    by_vectors = [Neighbour(str(rows[row]), score) for row, score in near]
    return [held[int(row)] for row in fuse(by_words, by_vectors, k=top)]


def terms(text: str) -> list[str]:
    """What BM25 compares: folded words without the commonest, and the ids of skills, which are one in English and French."""
    words = [word for word in folded(text).split() if word not in _STOP]
    return words + [f"skill:{mention.id}" for mention in find_skills(text)]


def _vectors(texts: Sequence[str], embedder: Embedder, cache: Cache | None) -> NDArray[np.float32]:
    """Unit vectors of texts, from the cache where they are there."""
    keys = [f"{PREFIX}{embedder.model_id}:{content_hash(text.encode('utf-8', 'replace'))}" for text in texts]
    known = [cache.get(key) if cache else None for key in keys]
    new = [row for row, vector in enumerate(known) if vector is None or len(vector) != 4 * embedder.dimension]
    made = embedder.embed([texts[row] for row in new])
    matrix = np.zeros((len(texts), embedder.dimension), np.float32)
    for row, vector in enumerate(known):
        if vector is not None and len(vector) == 4 * embedder.dimension:
            matrix[row] = np.frombuffer(vector, np.float32)
    for row, vector in zip(new, made, strict=True):
        matrix[row] = vector
        if cache:
            cache.set(keys[row], vector.astype(np.float32).tobytes(), ttl=KEPT_FOR)
    return matrix


def _pieces(text: str) -> Iterator[tuple[int, int, bool]]:
    """Spans of lines or sentences, none longer than `MOST`, and whether a block begins with it."""
    for start, end in _between(_BLOCK, text, 0, len(text)):
        begins = True
        for first, last in _between(_SENTENCE, text, start, end):
            for cut in range(first, last, MOST):
                yield cut, min(cut + MOST, last), begins
                begins = False


def _between(separator: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What stands between separators, trimmed of white space, where anything does."""
    edges = [start, *(edge for found in separator.finditer(text, start, end) for edge in found.span()), end]
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        inside = text[first:last]
        kept = inside.strip()
        if kept:
            lead = len(inside) - len(inside.lstrip())
            yield first + lead, first + lead + len(kept)


def _packed(pieces: Iterable[tuple[int, int, bool]]) -> Iterator[tuple[int, int]]:
    """Neighbouring pieces together: blocks up to `TARGET`, a block's own lines up to `MOST`."""
    start: int | None = None
    end = 0
    for first, last, begins in pieces:
        limit = TARGET if begins else MOST
        if start is not None and last - start > limit:
            yield start, end
            start = None
        if start is None:
            start = first
        end = last
    if start is not None:
        yield start, end
