"""Explain a match: a sentence a recruiter reads for each part, with the evidence on both sides and what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from talentflow.matching import details
from talentflow.matching.profile import english_skill, english_title, skill_key
from talentflow.matching.score import WEIGHTS, CandidateSide, OfferSide, is_transversal, nearest_skill, overall, part_scores
from talentflow.records import Evidence, Match, MatchPart, Place, Salary

SHOWN = 4
"""Names listed in a sentence before `and n more`."""

_WORKPLACE = {"on_site": "on site", "hybrid": "hybrid", "remote": "remote"}
_LEVEL = {
    "secondary": "secondary school",
    "vocational": "a vocational diploma",
    "associate": "two years of higher education",
    "bachelor": "a bachelor's degree",
    "master": "a master's degree",
    "doctorate": "a doctorate",
}
_INDEX = re.compile(r"^(\w+)\[(\d+)\]")


def explain(offer: OfferSide, candidate: CandidateSide, cosine: float | None, rarity: Callable[[str], float]) -> Match:
    """The whole match of one pair: its score and every part, those that could not be judged included."""
    scores = part_scores(offer, candidate, cosine, rarity)
    parts = [_PARTS[name](offer, candidate, score) for name, score in scores.items()]
    return Match(offer_id=offer.offer.offer_id, candidate_id=candidate.candidate.candidate_id, score=overall(scores), parts=parts)


def _part(
    name: details.PartName,
    score: float | None,
    note: str,
    offer: OfferSide,
    candidate: CandidateSide,
    fields: Sequence[str] = (),
    own: Sequence[str] = (),
    matched: Iterable[str] = (),
    missing: Iterable[str] = (),
) -> MatchPart:
    return MatchPart(
        name=name,
        score=None if score is None else round(details.clip(score), 6),
        weight=WEIGHTS[name] if score is not None else 0.0,
        note=note,
        offer_evidence=evidence_of(offer.offer.evidence, fields),
        candidate_evidence=evidence_of(candidate.candidate.evidence, own),
        matched=list(matched),
        missing=list(missing),
    )


def evidence_of(evidence: Sequence[Evidence], fields: Sequence[str]) -> list[Evidence]:
    """The evidence of some field paths and of what lies below them (`work[0]` has `work[0].position`), in text order."""
    exact = frozenset(fields)
    below = tuple(f"{name}{mark}" for name in exact for mark in ".[")
    found = [e for e in evidence if e.field in exact or (below and e.field.startswith(below))]
    return sorted(found, key=lambda e: (e.start, e.end, e.field))


def _listed(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, C, D and 3 more`."""
    if len(names) <= 1:
        return "".join(names)
    if len(names) <= SHOWN:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more"


def _skills(offer: OfferSide, candidate: CandidateSide, score: float | None) -> MatchPart:
    asked: dict[str, tuple[str, bool, list[str]]] = {}
    for i, skill in enumerate(offer.offer.skills):
        key = skill_key(skill)
        name, required, fields = asked.get(key, (english_skill(skill.skill_id, skill.name), False, []))
        asked[key] = (name, required or skill.required is not False, [*fields, f"skills[{i}]"])
    own: dict[str, list[str]] = {}
    for i, skill in enumerate(candidate.candidate.skills):
        own.setdefault(skill_key(skill), []).append(f"skills[{i}]")

    matched: list[str] = []
    near: list[str] = []
    lacking: dict[bool, list[str]] = {True: [], False: []}
    own_fields: list[str] = []
    for key, (name, required, _) in sorted(asked.items(), key=lambda item: is_transversal(item[0])):
        share, by = nearest_skill(key, candidate)
        own_fields += own.get(by or "", [])
        if share == 1.0:
            matched.append(name)
            continue
        lacking[required].append(name)
        if by is not None:
            skill = candidate.candidate.skills[_position(own[by][0])]
            near.append(f"{english_skill(skill.skill_id, skill.name)} is near {name}")
    missing = lacking[True] + lacking[False]
    musts = sum(required for _, required, _ in asked.values())
    stated = all(skill.required is not None for skill in offer.offer.skills)
    name = "required skills" if stated else "skills asked for"
    note = "The offer names no skills." if score is None else _skills_note(name, musts, len(asked), lacking, near)
    fields = [f for _, _, found in asked.values() for f in found]
    return _part("skills", score, note, offer, candidate, fields, own_fields, matched, missing)


def _skills_note(name: str, musts: int, asked: int, lacking: dict[bool, list[str]], near: list[str]) -> str:
    """`6 of 8 required skills; missing Kubernetes and Terraform; without the optional Helm (Docker is near Kubernetes).`"""
    optional = asked - musts
    said = [f"{musts - len(lacking[True])} of {musts} {name}"] if musts else []
    if lacking[True]:
        said.append(f"missing {_listed(lacking[True])}")
    if optional and not musts:
        said.append(f"{optional - len(lacking[False])} of {optional} optional skills")
    if lacking[False]:
        said.append(f"without the optional {_listed(lacking[False])}")
    elif optional and musts:
        said.append("all the optional ones")
    return "; ".join(said) + (f" ({_listed(near)})." if near else ".")


def _position(path: str) -> int:
    found = _INDEX.match(path)
    return int(found.group(2)) if found else 0


def _occupation(offer: OfferSide, candidate: CandidateSide, score: float | None) -> MatchPart:
    o, c = offer.offer, candidate.candidate
    asked = english_title(o.occupation_code, o.occupation_title) or o.title
    own = (
        english_title(c.occupation_code, c.occupation_title)
        or c.headline
        or next((w.position for w in c.work if w.position), None)
    )
    if score is None:
        note = f"The {'offer' if not o.occupation_code else 'CV'} names no occupation that is known."
    elif score >= 0.95:
        note = f"Same occupation: {asked}."
    elif score >= 0.5:
        note = f"Near occupations: the offer is for {asked}, the CV says {own}."
    else:
        note = f"Different occupations: the offer is for {asked}, the CV says {own}."
    roles = [f"work[{i}].position" for i, w in enumerate(c.work) if w.occupation_code in {code for code, _ in candidate.codes}]
    own_fields = ["headline", "occupation_title", "occupation_code", *roles]
    return _part("occupation", score, note, offer, candidate, ["title", "occupation_title", "occupation_code"], own_fields)


def _similarity(offer: OfferSide, candidate: CandidateSide, score: float | None) -> MatchPart:
    if score is None:
        note = "One side names no job title."
    else:
        degree = "much" if score >= 0.7 else "partly" if score >= 0.4 else "hardly"
        note = f"The job titles read {degree} alike."
    return _part("similarity", score, note, offer, candidate, ["title"], ["headline", "work[0].position"])


def _experience(offer: OfferSide, candidate: CandidateSide, score: float | None) -> MatchPart:
    asked, own = offer.offer.experience_years, candidate.candidate.experience_years
    if asked is None:
        note = "The offer asks for no number of years."
    elif own is None:
        note = f"The offer asks for {_years(asked)}; the CV's years could not be counted."
    elif own < asked:
        note = f"{_years(own)} of experience of the {_years(asked)} asked for."
    else:
        note = f"{_years(own)} of experience, {_years(asked)} asked for."
        note = note[:-1] + ": perhaps overqualified." if score is not None and score < 0.9 else note
    short = score is not None and asked is not None and own is not None and own < asked
    missing = [f"{_years((asked or 0) - (own or 0))} of experience"] if short else []
    return _part("experience", score, note, offer, candidate, ["experience_years"], ["experience_years"], missing=missing)


def _years(years: float) -> str:
    number = f"{years:.0f}" if abs(years - round(years)) < 0.05 else f"{years:.1f}"
    return f"{number} year{'' if number == '1' else 's'}"


def _seniority(offer: OfferSide, candidate: CandidateSide, score: float | None) -> MatchPart:
    asked, own = offer.offer.seniority, candidate.candidate.seniority
    if score is None:
        note = f"The {'offer' if asked is None else 'CV'} does not say how senior."
    elif asked == own:
        note = f"Both {asked}."
    else:
        note = f"The offer is {asked}, the candidate {own}."
    fields = ["seniority", "title"]
    return _part("seniority", score, note, offer, candidate, fields, ["seniority", "headline"])


def _education(offer: OfferSide, candidate: CandidateSide, score: float | None) -> MatchPart:
    asked, own = offer.offer.education, details.highest_level(candidate.candidate)
    if asked is None:
        note = "The offer asks for no degree."
    elif own is None:
        note = f"The offer asks for {_LEVEL[asked]}; the CV states no level."
    else:
        note = f"The offer asks for {_LEVEL[asked]}, the candidate has {_LEVEL[own]}."
    missing = [_LEVEL[asked]] if asked and score is not None and score < 1 else []
    own_fields = ["education_level", *(f"education[{i}]" for i, e in enumerate(candidate.candidate.education) if e.level == own)]
    return _part("education", score, note, offer, candidate, ["education"], own_fields, missing=missing)


def _languages(offer: OfferSide, candidate: CandidateSide, score: float | None) -> MatchPart:
    matched: list[str] = []
    missing: list[str] = []
    for asked in offer.offer.languages:
        spoken = details.language_score(asked, candidate.candidate)
        if spoken is not None:
            (matched if spoken >= 0.8 else missing).append(
                _language(asked.language) + (f" {asked.fluency}" if asked.fluency else "")
            )
    if not offer.offer.languages:
        note = "The offer asks for no language."
    elif score is None:
        note = f"The offer asks for {_listed([_language(a.language) for a in offer.offer.languages])}; the CV lists no languages."
    elif missing:
        note = f"Short of {_listed(missing)}" + (f"; speaks {_listed(matched)}." if matched else ".")
    else:
        note = f"Speaks {_listed(matched)}."
    named = {asked.language for asked in offer.offer.languages}
    fields = [f"languages[{i}]" for i in range(len(offer.offer.languages))]
    own_fields = [f"languages[{i}]" for i, s in enumerate(candidate.candidate.languages) if s.language in named]
    return _part("languages", score, note, offer, candidate, fields, own_fields, matched, missing)


def _language(code: str) -> str:
    import pycountry

    found = pycountry.languages.get(alpha_2=code)
    return str(found.name) if found else code


def _location(offer: OfferSide, candidate: CandidateSide, score: float | None) -> MatchPart:
    o, c = offer.offer, candidate.candidate
    near, place = details.nearest_place(o, c)
    said: list[str] = []
    if o.workplace == "remote":
        said.append("the work is remote, so the place does not matter")
    elif near is not None and c.location is not None:
        said.append(f"the work is in {_place(o.job_location[place])}, the candidate in {_place(c.location)}")
    if o.workplace and c.wanted_workplace:
        agree = o.workplace == c.wanted_workplace
        said.append(
            f"both {_WORKPLACE[o.workplace]}"
            if agree
            else f"{_WORKPLACE[o.workplace]} offered, {_WORKPLACE[c.wanted_workplace]} wanted"
        )
    note = "; ".join(said) or ("the offer names no place" if not o.job_location else "the CV names no place to compare")
    fields = ["workplace", *([f"job_location[{place}]", "job_location"] if place >= 0 else [])]
    return _part("location", score, note[0].upper() + note[1:] + ".", offer, candidate, fields, ["location", "wanted_workplace"])


def _place(place: Place) -> str:
    return ", ".join(v for v in (place.locality or place.region, place.country) if v) or "an unnamed place"


def _contract(offer: OfferSide, candidate: CandidateSide, score: float | None) -> MatchPart:
    asked, own = offer.offer.contract, candidate.candidate.wanted_contract
    if score is None:
        note = f"The {'offer' if asked is None else 'CV'} names no contract."
    else:
        offered, wanted = ((v or "").replace("_", " ") for v in (asked, own))
        note = f"Both {offered}." if asked == own else f"{offered.capitalize()} offered, {wanted} wanted."
    return _part("contract", score, note, offer, candidate, ["contract"], ["wanted_contract"])


def _salary(offer: OfferSide, candidate: CandidateSide, score: float | None) -> MatchPart:
    asked, own = offer.offer.base_salary, candidate.candidate.wanted_salary
    if asked is None or own is None:
        note = f"The {'offer' if asked is None else 'CV'} names no salary."
    elif score is None:
        note = "The salaries cannot be compared."
    else:
        note = f"{_money(asked)} offered, {_money(own)} wanted."
    return _part("salary", score, note, offer, candidate, ["base_salary"], ["wanted_salary"])


def _money(salary: Salary) -> str:
    amounts = [f"{v:,.0f}" for v in dict.fromkeys((salary.min_value, salary.max_value)) if v is not None]
    unit = f" a {salary.unit.lower()}" if salary.unit else ""
    return " to ".join(amounts) + (f" {salary.currency}" if salary.currency else "") + unit


_PARTS: Mapping[details.PartName, Callable[[OfferSide, CandidateSide, float | None], MatchPart]] = {
    "skills": _skills,
    "occupation": _occupation,
    "similarity": _similarity,
    "experience": _experience,
    "seniority": _seniority,
    "education": _education,
    "languages": _languages,
    "location": _location,
    "contract": _contract,
    "salary": _salary,
}
