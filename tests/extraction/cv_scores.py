"""Precision and recall of extracted CV fields against hand-written truth."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Any

from talentflow import taxonomy
from talentflow.extraction import extract_candidate, find_identity, redact
from talentflow.records import Candidate, Classification, Identity


def plain(value: str | None) -> str:
    """Letters and digits alone, without case, accents and the small words a degree may be written with."""
    folded = unicodedata.normalize("NFKD", value or "").casefold()
    words = re.findall(r"\w+", "".join(c for c in folded if not unicodedata.combining(c)))
    return " ".join(w for w in words if w not in ("in", "of", "en", "de", "d", "the", "des", "et", "and", "hons"))


def same(found: str | None, true: str | None) -> bool:
    """Equal as `plain`, or one within the other with two thirds of its length."""
    a, b = plain(found), plain(true)
    if a == b:
        return True
    short, long = sorted((a, b), key=len)
    return bool(short) and short in long and len(short) >= 0.6 * len(long)


def read(text: str, language: str) -> tuple[Identity, Candidate]:
    identity = find_identity(text, kind="cv")
    known = Classification(document_id="", kind="cv", language=language)
    return identity, extract_candidate(redact(text, identity.spans), known)


class Scores:
    """Counts of right, found and true values a field."""

    def __init__(self) -> None:
        self.right: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.true: Counter[str] = Counter()
        self.misses: list[str] = []

    def add(self, where: str, field: str, found: list[str], true: list[str]) -> None:
        left = list(true)
        for value in found:
            match = next((t for t in left if same(value, t)), None)
            if match is not None:
                left.remove(match)
                self.right[field] += 1
            else:
                self.misses.append(f"{where} {field}: found {value!r}, true {true}")
        self.misses += [f"{where} {field}: missed {value!r}, found {found}" for value in left]
        self.found[field] += len(found)
        self.true[field] += len(true)

    def add_exact(self, where: str, field: str, found: Any, true: Any) -> None:
        self.right[field] += found == true
        self.found[field] += 1
        self.true[field] += 1
        if found != true:
            self.misses.append(f"{where} {field}: found {found!r}, true {true!r}")

    def f1(self, field: str) -> float:
        total = self.found[field] + self.true[field]
        return 2 * self.right[field] / total if total else 1.0

    def report(self) -> str:
        rows = [f"{'field':<24}{'P':>7}{'R':>7}{'F1':>7}{'n':>6}"]
        for field in self.true:
            p = self.right[field] / self.found[field] if self.found[field] else 1.0
            r = self.right[field] / self.true[field] if self.true[field] else 1.0
            rows.append(f"{field:<24}{p:>7.2f}{r:>7.2f}{self.f1(field):>7.2f}{self.true[field]:>6}")
        return "\n".join(rows)


def skills_recalled(candidate: Candidate, true: list[str]) -> tuple[list[str], list[str]]:
    """(true skills found, true skills missed), by the taxonomy's id where it knows them."""
    ids = {s.skill_id for s in candidate.skills if s.skill_id}
    names = [plain(s.name) for s in candidate.skills]
    hit: list[str] = []
    missed: list[str] = []
    for name in true:
        entry = taxonomy.find_skill(name)
        known = entry is not None and entry.skill_id in ids
        said = any(plain(name) in n or n in plain(name) for n in names if n)
        inside = any(m.id in ids for m in taxonomy.find_skills(name))
        (hit if known or said or inside else missed).append(name)
    return hit, missed
