"""Extraction scored on CVs of many trades and layouts, and on the PDF personas where they are at hand."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from talentflow.extraction import find_identity, redact
from tests.extraction.cv_scores import Scores, plain, read, same, skills_recalled

CVS = Path(__file__).parent / "cvs"
PERSONAS = Path(__file__).parents[2].parent / "shared/data/cv_pdf_personas"
NAMES = sorted(p.stem for p in CVS.glob("*.txt"))


def load(name: str) -> tuple[str, dict[str, Any], str]:
    truth = json.loads((CVS / f"{name}.json").read_text("utf-8"))
    return (CVS / f"{name}.txt").read_text("utf-8"), truth, name.rsplit("_", 1)[1]


def score(name: str, scores: Scores) -> None:
    text, truth, language = load(name)
    identity, candidate = read(text, language)
    scores.add(name, "name", [identity.name] if identity.name else [], [truth["name"]])
    scores.add(name, "email", [identity.email] if identity.email else [], [truth["email"]] if truth["email"] else [])
    scores.add(name, "phone", [identity.phone] if identity.phone else [], [truth["phone"]] if truth.get("phone") else [])
    if "headline" in truth:
        scores.add(name, "headline", [candidate.headline] if candidate.headline else [], [truth["headline"]])
    city = candidate.location.locality if candidate.location else None
    if "city" in truth:
        scores.add(name, "location", [city] if city else [], [truth["city"]])
    true_work = truth["work"]
    scores.add(name, "work.position", [w.position for w in candidate.work if w.position], [w[0] for w in true_work])
    scores.add(name, "work.name", [w.name for w in candidate.work if w.name], [w[1] for w in true_work])
    for position, _, start, end in true_work:
        alike = [w for w in candidate.work if same(w.position, position)]
        found = next((w for w in alike if plain(w.position) == plain(position)), alike[0] if alike else None)
        scores.add_exact(name, "work.dates", (found.start_date, found.end_date) if found else None, (start, end))
    degrees = [" ".join(filter(None, (e.study_type, e.area))) for e in candidate.education]
    scores.add(name, "education.degree", [d for d in degrees if d], [e[0] for e in truth["education"]])
    schools = [e.institution for e in candidate.education if e.institution]
    scores.add(name, "education.institution", schools, [e[1] for e in truth["education"] if e[1]])
    hit, missed = skills_recalled(candidate, truth["skills"])
    scores.right["skills (recall)"] += len(hit)
    scores.found["skills (recall)"] += len(truth["skills"])
    scores.true["skills (recall)"] += len(truth["skills"])
    scores.misses += [f"{name} skills: missed {s!r}" for s in missed]
    spoken = {s.language: s.fluency for s in candidate.languages}
    scores.add(name, "languages", [f"{k} {v}" for k, v in spoken.items()], [f"{k} {v}" for k, v in truth["languages"].items()])
    scores.add_exact(name, "education_level", candidate.education_level, truth["education_level"])
    scores.add_exact(name, "wanted_contract", candidate.wanted_contract, truth.get("contract"))
    scores.add_exact(name, "wanted_workplace", candidate.wanted_workplace, truth.get("workplace"))
    if "years" in truth:
        scores.add_exact(name, "experience_years", candidate.experience_years, truth["years"])
    if "certificates" in truth:
        scores.add(name, "certificates", [c.name for c in candidate.certificates], truth["certificates"])


def test_fields_of_cvs_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    scores = Scores()
    for name in NAMES:
        score(name, scores)
    report = f"\n{len(NAMES)} CVs\n{scores.report()}\n" + "\n".join(scores.misses)
    with capsys.disabled():
        sys.stdout.write(report + "\n")
    weak = {field: round(scores.f1(field), 2) for field in scores.true if scores.f1(field) < 0.9}
    assert not weak


@pytest.mark.parametrize("name", NAMES)
def test_redacted_text_says_nothing_private(name: str) -> None:
    text, truth, _ = load(name)
    redacted = redact(text, find_identity(text, kind="cv").spans)
    assert len(redacted) == len(text)
    for private in [truth["name"], truth["email"], truth.get("phone"), *truth["private"]]:
        if private and private in text:
            assert private not in redacted
    parts = [w for w in plain(truth["name"]).split() if len(w) >= 3]
    left = [w for w in plain(redacted).split() if w in parts]
    assert left == []


@pytest.mark.parametrize("name", NAMES)
def test_evidence_points_at_its_value(name: str) -> None:
    text, _, language = load(name)
    identity = find_identity(text, kind="cv")
    _, candidate = read(text, language)
    redacted = redact(text, identity.spans)
    fields = {e.field: plain(redacted[e.start : e.end]) for e in candidate.evidence}
    for number, work in enumerate(candidate.work):
        for field in ("position", "name", "location", "summary"):
            value = getattr(work, field)
            if value:
                assert plain(value) in fields[f"work[{number}].{field}"]
    for number, item in enumerate(candidate.education):
        for field in ("institution", "area", "study_type"):
            if getattr(item, field):
                assert plain(getattr(item, field)) in fields[f"education[{number}].{field}"]
    for group in ("skills", "languages", "certificates"):
        for number in range(len(getattr(candidate, group))):
            path = f"{group}[{number}]" + (".name" if group == "certificates" else "")
            assert fields[path]
    assert all(0 <= e.start < e.end <= len(text) for e in candidate.evidence)


@pytest.mark.skipif(not PERSONAS.is_dir(), reason="the shared data is not here")
def test_fields_of_the_pdf_personas_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    from talentflow.documents import read as read_document

    scores = Scores()
    for path in sorted(PERSONAS.glob("*.pdf")):
        truth = json.loads(path.with_suffix(".truth.json").read_text("utf-8"))
        text = read_document(path.read_bytes(), media_type="application/pdf", name=path.name).text
        identity, candidate = read(text, "en")
        name = path.stem
        contact = truth["contact"]
        scores.add(name, "name", [identity.name or ""], [contact["full_name"]])
        scores.add(name, "email", [identity.email or ""], [contact["email"]])
        scores.add(name, "phone", [identity.phone or ""], [contact["phone"]])
        scores.add(name, "title", [w.position for w in candidate.work if w.position], [w["title"] for w in truth["experience"]])
        scores.add(name, "company", [w.name for w in candidate.work if w.name], [w["company"] for w in truth["experience"]])
        for said in truth["experience"]:
            found = next((w for w in candidate.work if same(w.name, said["company"])), None)
            years = [w for w in said.get("dates", "").replace("–", " ").split() if w.isdigit()] if found else []
            scores.add_exact(name, "dates", found is not None and all(
                y in f"{found.start_date} {found.end_date}" for y in years
            ), True)  # fmt: skip
        degrees = [" ".join(filter(None, (e.study_type, e.area))) for e in candidate.education]
        scores.add(name, "degree", degrees, [e["degree"] for e in truth["education"]])
        scores.add(
            name, "institution", [e.institution for e in candidate.education if e.institution],
            [e["institution"] for e in truth["education"]],
        )  # fmt: skip
        if truth["skills"]:
            hit, _ = skills_recalled(candidate, truth["skills"])
            scores.right["skills (recall)"] += len(hit)
            scores.found["skills (recall)"] += len(truth["skills"])
            scores.true["skills (recall)"] += len(truth["skills"])
    with capsys.disabled():
        sys.stdout.write(f"\n{scores.report()}\n" + "\n".join(scores.misses) + "\n")
    assert all(scores.f1(field) >= 0.9 for field in scores.true)
