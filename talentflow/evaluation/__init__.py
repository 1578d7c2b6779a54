"""How much of what documents say is found: precision and recall per field against ground truth.

A value is compared after normalisation: case, accents and punctuation go, white space is one blank. Then:

- titles, employers, schools, degrees, certificates, names: equal, or rapidfuzz `token_set_ratio` of at least 90 and
  `token_sort_ratio` of at least 60 (so that `Nurse` is not taken for `Clinical Nurse Manager of the Night Team`);
- dates: equal as ISO 8601 text; a first of the month counts for its month (and the other way round);
- amounts: within 1 %; years of experience: within 0.5, or 1.5 where a CV gives years without months; the number that
  a CV states is right, and so is the sum of its dates, with or without internships;
- skills: the same taxonomy entry, or the same normalised name. A found skill that the document names outside its list of
  skills counts neither for nor against, if the simulation knows it as a skill (the truth lists what was listed, sentences
  name more); every other one counts as wrong, so that precision is a lower bound;
- a driving licence that a CV names among its contacts may be found as a certificate or not;
- phones: the last eight digits; e-mail addresses: equal;
- occupations: the first 4, 3, 2 and 1 digits of the ISCO-08 code, one of those that are right for the title (several where ESCO
  and usage differ; none are scored for titles of who leads others); seniority: only where the title says it.

Lists (skills, languages, jobs) are matched one to one, jobs and studies by what they have most in common. Sums run over all
documents (micro-average). A document that could not be used counts with all that it says as missed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from talentflow.errors import BadInput, DocumentError
from talentflow.evaluation.compare import (
    equal,
    holds,
    leaks,
    near,
    normal,
    same_amount,
    same_date,
    same_degree,
    same_person,
    same_phone,
    similar,
)
from talentflow.evaluation.personas import persona
from talentflow.evaluation.tally import EXAMPLES, Evaluation, FieldScore, Miss, Tally
from talentflow.records import Candidate, Classification, Identity, JobOffer, Record

__all__ = ["HELD_OUT_SEED", "Evaluation", "FieldScore", "Miss", "evaluate_extraction", "evaluate_personas"]

Truth = dict[str, Any]
HELD_OUT_SEED = 9001
"""Never looked at while rules are written; the generator was written without looking at the rules."""


@dataclass(frozen=True)
class _Reading:
    """What the domain made of one document."""

    classification: Classification
    text: str = ""
    redacted: str = ""
    offer: JobOffer | None = None
    candidate: Candidate | None = None
    identity: Identity | None = None
    error: str | None = None


ORDER = (
    "outcome",
    "kind",
    "language",
    "seniority",
    *(f"occupation.{n}" for n in (4, 3, 2, 1)),
    *(
        f"offer.{n}"
        for n in (
            "title",
            "hiring_organization",
            "job_location",
            "contract",
            "contract_months",
            "paid",
            "employment_type",
            "workplace",
            "salary.min",
            "salary.max",
            "salary.currency",
            "salary.unit",
            "skills",
            "skills.known",
            "skills.required",
            "languages",
            "languages.fluency",
            "experience_years",
            "education",
            "date_posted",
            "valid_through",
            "benefits",
            "industry",
        )
    ),
    *(
        f"candidate.{n}"
        for n in (
            "headline",
            "location",
            "work.position",
            "work.name",
            "work.start_date",
            "work.end_date",
            "work.current",
            "education.institution",
            "education.study_type",
            "education.level",
            "education.end_date",
            "education_level",
            "skills",
            "skills.known",
            "languages",
            "languages.fluency",
            "certificates",
            "experience_years",
            "wanted_contract",
        )
    ),
    *(f"identity.{n}" for n in ("name", "email", "phone", "address", "birth_date", "nationality")),
    *(f"redacted.{n}" for n in ("name", "email", "phone", "address")),
)


Again = Callable[[JobOffer | Candidate, str, Classification, str | None], JobOffer | Candidate]
"""Reads again what rules have read: (record, redacted text, classification, as_of) → record."""


def evaluate_extraction(
    count: int = 400,
    seed: int = HELD_OUT_SEED,
    *,
    format: str = "mixed",
    progress: Callable[[int], None] | None = None,
    again: Again | None = None,
) -> Evaluation:
    """Score reading, classification, extraction and redaction on simulated documents.

    Args:
        count: how many documents are simulated.
        seed: of the simulation.
        format: `mixed`, or one of the formats of `producers.simulate.simulate`.
        progress: called with the number of documents done.
        again: what comes after the rules.

    Returns:
        Rows by field. `outcome` compares what became of each document (ok, quarantined with which code, other) with what
        should; `redacted.*` has as recall the share of CVs whose redacted text no longer holds the value.
    """
    from producers.simulate import simulate
    from producers.simulation.careers import TODAY

    tally = Tally()
    as_of = f"{TODAY[0]}-{TODAY[1]:02d}"
    done = 0
    for document in simulate(count, seed, format=format):  # type: ignore[arg-type]
        done += 1
        tally.document = document.name
        truth = document.truth
        reading = _read(document.content, document.media_type, document.name, as_of, again)
        expected = "ok" if truth["expected"] == "duplicate" else truth["expected"]
        became = reading.error or ("other" if reading.classification.kind == "other" else "ok")
        tally.scalar("outcome", expected, became)
        if expected.startswith("quarantined"):
            continue
        _classification(tally, truth, reading)
        if "offer" in truth:
            _offer(tally, truth["offer"], reading)
        elif "candidate" in truth:
            _candidate(tally, truth["candidate"], reading)
            _identity(tally, truth["identity"], reading)
        if progress:
            progress(done)
    return tally.result(done, ORDER)


def evaluate_personas(folder: Path, *, again: Again | None = None) -> Evaluation:
    """Score on PDFs that lie beside a `NAME.truth.json` each, with `contact`, `experience`, `education` and `skills`; `again` is
    what comes after the rules.

    Raises:
        BadInput: the folder has no such pair.
    """
    pairs = [(p, p.with_name(p.name.removesuffix(".truth.json") + ".pdf")) for p in sorted(folder.glob("*.truth.json"))]
    pairs = [(truth, pdf) for truth, pdf in pairs if pdf.exists()]
    if not pairs:
        raise BadInput(f"no PDF with a .truth.json beside it in {folder}: name a folder that has such pairs")
    tally = Tally()
    for path, pdf in pairs:
        tally.document = pdf.name
        truth = json.loads(path.read_text(encoding="utf-8"))
        reading = _read(pdf.read_bytes(), "application/pdf", pdf.name, None, again)
        tally.scalar("outcome", "ok", reading.error or ("other" if reading.classification.kind == "other" else "ok"))
        tally.scalar("kind", "cv", reading.classification.kind)
        candidate, identity = persona(truth)
        _candidate(tally, candidate, reading, only=("location", "work", "education", "skills"))
        _identity(tally, identity, reading)
    return tally.result(len(pairs), ORDER)


def _read(content: bytes, media_type: str, name: str, as_of: str | None = None, again: Again | None = None) -> _Reading:
    """The way of a document through the stages, in one process. `as_of`: the day on which it was written."""
    from talentflow.classification import classify, kind_of
    from talentflow.documents import read
    from talentflow.extraction import extract_candidate, extract_offer, find_identity, redact

    try:
        text = read(content, media_type=media_type, name=name)
    except DocumentError as error:
        return _Reading(Classification(document_id=""), error=f"quarantined:{error.code}")
    kind, _ = kind_of(text.text, hint=text.kind_hint)
    identity = find_identity(text.text, kind=kind)
    redacted = redact(text.text, identity.spans)
    said = classify(text.text, hint=text.kind_hint)
    try:
        if said.kind == "job_offer":
            made = _made(extract_offer(redacted, said), redacted, said, as_of, again)
            return _Reading(said, text.text, redacted, offer=made if isinstance(made, JobOffer) else None)
        if said.kind == "cv":
            identity = find_identity(text.text, kind="cv")
            redacted = redact(text.text, identity.spans)
            made = _made(extract_candidate(redacted, said, as_of=as_of), redacted, said, as_of, again)
            found = made if isinstance(made, Candidate) else None
            return _Reading(said, text.text, redacted, candidate=found, identity=identity)
    except DocumentError as error:
        return _Reading(said, text.text, redacted, error=f"quarantined:{error.code}", identity=identity)
    return _Reading(said, text.text, redacted)


def _made(
    record: JobOffer | Candidate, redacted: str, said: Classification, as_of: str | None, again: Again | None
) -> JobOffer | Candidate:
    return again(record, redacted, said, as_of) if again else record


def _classification(tally: Tally, truth: Truth, reading: _Reading) -> None:
    said = reading.classification
    tally.scalar("kind", truth["kind"], None if reading.error and not reading.text else said.kind)
    record = truth.get("offer") or truth.get("candidate")
    if record is None:
        return
    tally.scalar("language", truth["language"], said.language if reading.text else None)
    made: Record | None = reading.offer or reading.candidate
    if record.get("seniority"):
        tally.scalar("seniority", record["seniority"], getattr(made, "seniority", None) or said.seniority)
    code = said.occupation_code
    for digits in (4, 3, 2, 1):
        right = [c[:digits] for c in record["occupation_codes"]]
        if right:
            tally.scalar(f"occupation.{digits}", right, code[:digits] if code else None, lambda e, f: f in e)


def _offer(tally: Tally, truth: Truth, reading: _Reading) -> None:
    found = reading.offer or JobOffer(offer_id="", document_id="")
    tally.scalar("offer.title", truth.get("title"), found.title, similar)
    tally.scalar("offer.hiring_organization", truth.get("hiring_organization"), found.hiring_organization, similar)
    tally.listed(
        "offer.job_location",
        [p["locality"] for p in truth.get("job_location") or []],
        [p.locality for p in found.job_location if p.locality],
        similar,
    )
    for name in ("contract", "paid", "workplace", "education"):
        tally.scalar(f"offer.{name}", truth.get(name), getattr(found, name))
    _employment_type(tally, truth, found.employment_type)
    for name in ("contract_months", "experience_years"):
        tally.scalar(f"offer.{name}", truth.get(name), getattr(found, name), near)
    for name in ("date_posted", "valid_through"):
        tally.scalar(f"offer.{name}", truth.get(name), getattr(found, name), same_date)
    pay, got = truth.get("base_salary") or {}, found.base_salary
    tally.scalar("offer.salary.min", pay.get("min_value"), got.min_value if got else None, same_amount)
    tally.scalar("offer.salary.max", pay.get("max_value"), got.max_value if got else None, same_amount)
    tally.scalar("offer.salary.currency", pay.get("currency"), got.currency if got else None)
    tally.scalar("offer.salary.unit", pay.get("unit"), got.unit if got else None)
    _skills(tally, "offer", truth.get("skills", []), found, truth.get("language", "en"), reading.redacted)
    _languages(tally, "offer", truth.get("languages") or [], found)
    tally.listed("offer.benefits", truth.get("benefits", []), found.benefits, similar)
    if truth.get("industry"):
        tally.scalar("offer.industry", truth["industry"], found.industry, similar)


def _employment_type(tally: Tally, truth: Truth, found: str | None) -> None:
    """A part-time temporary post may be called either, a fixed-term one TEMPORARY too; apprenticeships are not scored, since
    schema.org has no word for them."""
    if truth.get("contract") == "apprenticeship":
        return
    also = [*truth.get("employment_type_also", []), *(["TEMPORARY"] if truth.get("contract") == "fixed_term" else [])]
    if found in also:
        found = truth.get("employment_type")
    tally.scalar("offer.employment_type", truth.get("employment_type"), found)


def _candidate(tally: Tally, truth: Truth, reading: _Reading, only: Iterable[str] = ()) -> None:
    found = reading.candidate or Candidate(candidate_id="", document_id="")
    chosen = set(only)

    def wanted(name: str) -> bool:
        return not chosen or name in chosen

    if wanted("headline"):
        tally.scalar("candidate.headline", truth.get("headline"), found.headline, similar)
    if wanted("location"):
        place = truth.get("location") or {}
        tally.scalar("candidate.location", place.get("locality"), found.location.locality if found.location else None, similar)
    if wanted("work"):
        _entries(
            tally,
            "candidate.work",
            truth["work"],
            [w.model_dump() for w in found.work],
            {"position": similar, "name": similar, "start_date": same_date, "end_date": same_date},
        )
        tally.scalar(
            "candidate.work.current",
            True if any(w["current"] for w in truth["work"]) else None,
            True if any(w.current for w in found.work) else None,
        )
    if wanted("education"):
        kinds: dict[str, Callable[[Any, Any], bool]] = {"institution": similar, "study_type": same_degree}
        if not chosen:
            kinds |= {"level": equal, "end_date": same_date}
        _entries(tally, "candidate.education", truth["education"], [_study(e.model_dump()) for e in found.education], kinds)
    if wanted("skills") and (truth["skills"] or not chosen):
        _skills(tally, "candidate", truth["skills"], found, truth.get("language", "en"), reading.redacted)
    if chosen:
        return
    tally.scalar("candidate.education_level", truth.get("education_level"), found.education_level)
    _languages(tally, "candidate", truth["languages"], found)
    certificates = [c.name for c in found.certificates if not equal(truth.get("licence"), c.name)]
    tally.listed("candidate.certificates", [c["name"] for c in truth["certificates"]], certificates, similar)
    tally.scalar("candidate.wanted_contract", truth.get("wanted_contract"), found.wanted_contract)
    _experience(tally, truth, found)


def _experience(tally: Tally, truth: Truth, found: Candidate) -> None:
    told = [
        truth[k] for k in ("experience_years_stated", "experience_years", "experience_years_with_internships") if truth.get(k)
    ]
    rough = any(w["start_date"] and len(w["start_date"]) == 4 for w in truth["work"])
    tolerance = 1.5 if rough else 0.5
    if told:
        tally.scalar(
            "candidate.experience_years", told, found.experience_years, lambda e, f: any(abs(x - f) <= tolerance for x in e)
        )


def _study(entry: Truth) -> Truth:
    """With the area in the study type, since CVs write both as one (`BSc Physics`)."""
    parts = [entry["study_type"], entry["area"]]
    return entry | {"study_type": " ".join(p for p in parts if p) or None}


def _identity(tally: Tally, truth: Truth, reading: _Reading) -> None:
    found = reading.identity or Identity(candidate_id="", document_id="")
    same: dict[str, Callable[[Any, Any], bool]] = {
        "name": same_person,
        "email": equal,
        "phone": same_phone,
        "address": holds,
        "birth_date": same_date,
    }
    for name in ("name", "email", "phone", "address", "birth_date", "nationality"):
        if name in ("birth_date", "nationality", "address") and truth.get(name) is None and getattr(found, name) is None:
            continue
        tally.scalar(f"identity.{name}", truth.get(name), getattr(found, name), same.get(name, similar))
    if reading.redacted:
        for name in ("name", "email", "phone", "address"):
            value = truth.get(name)
            if value:
                count = tally.counts[f"redacted.{name}"]
                count.support += 1
                if leaks(value, reading.redacted, name):
                    count.misses.append(Miss(f"redacted.{name}", tally.document, value, "still in the text")) if len(
                        count.misses
                    ) < EXAMPLES else None
                else:
                    count.right += 1


def _entries(
    tally: Tally, name: str, expected: list[Truth], found: list[Truth], same: dict[str, Callable[[Any, Any], bool]]
) -> None:
    """Records against records: paired by the most fields in common, then each field by itself."""
    left = list(found)
    pairs: list[tuple[Truth, Truth]] = []
    scored = sorted(
        (
            (-sum(1 for f, s in same.items() if w.get(f) and g.get(f) and s(w[f], g[f])), i, j)
            for i, w in enumerate(expected)
            for j, g in enumerate(found)
        ),
    )
    taken_i: set[int] = set()
    taken_j: set[int] = set()
    for score, i, j in scored:
        if score < 0 and i not in taken_i and j not in taken_j:
            taken_i.add(i)
            taken_j.add(j)
            pairs.append((expected[i], found[j]))
    pairs += [(w, {}) for i, w in enumerate(expected) if i not in taken_i]
    left = [g for j, g in enumerate(found) if j not in taken_j]
    for field_name, compare in same.items():
        for wanted, got in pairs:
            tally.scalar(f"{name}.{field_name}", wanted.get(field_name), got.get(field_name), compare)
        for got in left:
            tally.scalar(f"{name}.{field_name}", None, got.get(field_name), compare)


def _skills(tally: Tally, owner: str, expected: list[Truth], found: JobOffer | Candidate, language: str, text: str) -> None:
    """All listed skills; those of them that the taxonomy knows; and for offers whether required was told from welcome."""
    wanted = [(_skill_keys(s["name"]), s) for s in expected]
    told: set[str] = set().union(*(keys for keys, _ in wanted)) if wanted else set()
    mentioned = _vocabulary(language)
    got: list[set[str]] = []
    required: list[tuple[set[str], bool | None]] = []
    written = {e.field: text[e.start : e.end] for e in found.evidence}
    for number, skill in enumerate(found.skills):
        keys = _skill_keys(written.get(f"skills[{number}]", skill.name)) | {normal(skill.name)}
        keys |= {skill.skill_id} if skill.skill_id else set()
        required.append((keys, skill.required))
        if keys & told or not keys & mentioned:
            got.append(keys)
    labels = [_Named(s["name"], keys) for keys, s in wanted]
    tally.listed(f"{owner}.skills", labels, [_Named(" ".join(sorted(k)), k) for k in got], _share)
    known = [n for n in labels if _known(n.label)]
    tally.listed(f"{owner}.skills.known", known, [_Named("", k) for k in got if any(k & n.keys for n in known)], _share)
    if owner == "offer":
        for keys, skill in wanted:
            match = next((flag for k, flag in required if k & keys), ...)
            if match is not ... and skill.get("required") is not None:
                tally.scalar("offer.skills.required", skill["required"], match)


@dataclass(frozen=True)
class _Named:
    label: str
    keys: set[str]

    def __str__(self) -> str:
        return self.label


def _share(a: _Named, b: _Named) -> bool:
    return bool(a.keys & b.keys)


@cache
def _known(name: str) -> str | None:
    from talentflow.taxonomy import find_skill

    entry = find_skill(name)
    return entry.skill_id if entry else None


def _skill_keys(name: str) -> set[str]:
    known = _known(name)
    return {normal(name)} | ({known} if known else set())


@cache
def _vocabulary(language: str) -> set[str]:
    """Keys of every skill that simulated documents may name outside a list of skills."""
    from producers.simulation.wording import occupations, words

    names: list[str] = [s for o in occupations().values() for s in o[language]["skills"]]
    names += [re.sub(r"^(le |la |l'|les )", "", s) for s in words(language)["phrases"]["soft"]]
    return set().union(*(_skill_keys(n) for n in names))


def _languages(tally: Tally, owner: str, expected: list[Truth], found: JobOffer | Candidate) -> None:
    tally.listed(f"{owner}.languages", [x["language"] for x in expected], [x.language for x in found.languages])
    got = {x.language: x.fluency for x in found.languages}
    for wanted in expected:
        if wanted["language"] in got and wanted.get("fluency"):
            tally.scalar(f"{owner}.languages.fluency", wanted["fluency"], got[wanted["language"]])
