"""What the score rewards, what it ignores, and its bounds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentflow.matching import details
from talentflow.matching.explain import explain
from talentflow.matching.score import CandidateSide, OfferSide, overall, part_scores, rarity_of
from talentflow.records import (
    Candidate,
    Education,
    Identity,
    JobOffer,
    LanguageSkill,
    Match,
    MatchPart,
    Place,
    Salary,
    Skill,
    Work,
)
from tests.matching.build import GRENOBLE, LONDON, LYON, PARIS, candidate, evidence, offer, skills

NAMES = ["Python", "SQL", "Spark", "Welding", "Payroll", "Nursing care", "Kubernetes", "Unheard-of skill"]


def score(o: JobOffer, c: Candidate, cosine: float | None = 0.5) -> float:
    return overall(part_scores(OfferSide.of(o), CandidateSide.of(c), cosine, lambda _: 1.0))


def parts(o: JobOffer, c: Candidate, cosine: float | None = 0.5) -> dict[str, MatchPart]:
    match = explain(OfferSide.of(o), CandidateSide.of(c), cosine, lambda _: 1.0)
    return {p.name: p for p in match.parts}


skill_lists = st.lists(st.builds(Skill, name=st.sampled_from(NAMES), required=st.sampled_from([True, False, None])), max_size=6)
years = st.one_of(st.none(), st.floats(0, 50))
offers = st.builds(
    offer,
    skills=skill_lists,
    experience_years=years,
    seniority=st.sampled_from([None, *details.SENIORITIES]),
    education=st.sampled_from([None, *details.LEVELS]),
    occupation_code=st.sampled_from([None, "2511", "2221", "7212"]),
    languages=st.lists(st.builds(LanguageSkill, language=st.sampled_from(["fr", "en", "de"])), max_size=2),
    job_location=st.lists(st.sampled_from([LYON, PARIS, LONDON, Place()]), max_size=2),
    workplace=st.sampled_from([None, "remote", "on_site"]),
    contract=st.sampled_from([None, "permanent", "internship"]),
    base_salary=st.sampled_from([None, Salary(max_value=30_000), Salary(min_value=20, unit="HOUR", currency="EUR")]),
)
candidates = st.builds(
    candidate,
    skills=skill_lists,
    experience_years=years,
    seniority=st.sampled_from([None, *details.SENIORITIES]),
    education_level=st.sampled_from([None, *details.LEVELS]),
    occupation_code=st.sampled_from([None, "2511", "2221", "7212"]),
    languages=st.lists(st.builds(LanguageSkill, language=st.sampled_from(["fr", "en", "de"])), max_size=2),
    location=st.sampled_from([None, LYON, GRENOBLE, LONDON, Place()]),
    wanted_workplace=st.sampled_from([None, "remote", "hybrid"]),
    wanted_contract=st.sampled_from([None, "permanent", "fixed_term"]),
    wanted_salary=st.sampled_from([None, Salary(min_value=2500, unit="MONTH", currency="EUR"), Salary(min_value=40_000)]),
)
cosines = st.one_of(st.none(), st.floats(-1, 1))


@given(offers, candidates, cosines)
@settings(max_examples=200, deadline=None)
def test_every_score_is_within_bounds_and_every_part_has_its_sentence(o: JobOffer, c: Candidate, cosine: float | None) -> None:
    match = explain(OfferSide.of(o), CandidateSide.of(c), cosine, lambda _: 1.0)
    assert 0 <= match.score <= 1
    assert Match.model_validate_json(match.model_dump_json()) == match
    for part in match.parts:
        assert part.score is None or 0 <= part.score <= 1
        assert (part.weight == 0) == (part.score is None)
        assert part.note.endswith(".")
        assert "None" not in part.note


@given(offers, candidates, cosines, st.sampled_from(NAMES))
@settings(max_examples=300, deadline=None)
def test_a_required_skill_that_both_sides_gain_never_lowers_the_score(
    o: JobOffer, c: Candidate, cosine: float | None, name: str
) -> None:
    asked = o.model_copy(update={"skills": [*o.skills, Skill(name=name, required=True)]})
    having = c.model_copy(update={"skills": [*c.skills, Skill(name=name)]})
    assert score(asked, having, cosine) >= score(o, c, cosine) - 1e-9


@given(offers, candidates, cosines, st.sampled_from(NAMES))
@settings(max_examples=200, deadline=None)
def test_a_skill_that_a_candidate_gains_never_lowers_the_score(
    o: JobOffer, c: Candidate, cosine: float | None, name: str
) -> None:
    having = c.model_copy(update={"skills": [*c.skills, Skill(name=name)]})
    assert score(o, having, cosine) >= score(o, c, cosine) - 1e-9


def test_no_part_looks_at_who_the_person_is() -> None:
    personal = set(Identity.model_fields) - {"candidate_id", "document_id", "spans"}
    assert not personal & set(Candidate.model_fields)
    one = candidate("a", skills=skills("Python"))
    other = candidate("b", skills=skills("Python"))
    assert score(offer(skills=skills("Python", "SQL")), one) == score(offer(skills=skills("Python", "SQL")), other)


def test_a_required_skill_counts_more_than_an_optional_one() -> None:
    o = offer(skills=[*skills("Python", required=True), *skills("SQL", required=False)])
    assert score(o, candidate(skills=skills("Python"))) > score(o, candidate(skills=skills("SQL")))


def test_a_rare_skill_counts_more_than_a_common_one() -> None:
    rarity = rarity_of([["~python"]] * 50 + [["~cobol"]])
    assert 0.5 <= rarity("~python") < rarity("~cobol") < rarity("~unseen") <= 1.5
    o = OfferSide.of(offer(skills=skills("Python", "Cobol")))
    rare, common = (CandidateSide.of(candidate(skills=skills(name))) for name in ("Cobol", "Python"))
    assert overall(part_scores(o, rare, None, rarity)) > overall(part_scores(o, common, None, rarity))


def test_skills_unknown_to_the_taxonomy_match_by_name() -> None:
    assert parts(offer(skills=skills("Zurbling-Fröb")), candidate(skills=skills("zurbling  frob")))["skills"].score == 1.0


def test_the_skills_sentence_counts_and_names() -> None:
    o = offer(skills=[*skills("Python", "Zurbling", "Frobbing", required=True), *skills("Quaxing", required=False)])
    part = parts(o, candidate(skills=skills("Python")))["skills"]
    assert part.note == "1 of 3 required skills; missing Zurbling and Frobbing; without the optional Quaxing."
    assert (part.matched, part.missing) == (["Python"], ["Zurbling", "Frobbing", "Quaxing"])


def test_the_skills_sentence_does_not_call_required_what_is_only_mentioned() -> None:
    part = parts(offer(skills=skills("Python", "Zurbling")), candidate(skills=skills("Python")))["skills"]
    assert part.note == "1 of 2 skills asked for; missing Zurbling."


def test_evidence_is_taken_from_both_records_by_field() -> None:
    o = offer(
        skills=skills("SQL", "Python"),
        evidence=[evidence("skills[0]", 1, 4), evidence("skills[1]", 10, 16), evidence("title", 0, 1)],
    )
    c = candidate(skills=skills("Excel", "Python"), evidence=[evidence("skills[0]", 5, 9), evidence("skills[1]", 20, 26)])
    part = parts(o, c)["skills"]
    assert [e.start for e in part.offer_evidence] == [1, 10]
    assert [e.start for e in part.candidate_evidence] == [20]


def test_a_part_that_a_side_does_not_speak_of_has_no_weight() -> None:
    silent = {n for n, p in parts(offer(), candidate(), None).items() if p.score is None}
    assert silent == {
        "skills",
        "occupation",
        "similarity",
        "experience",
        "seniority",
        "education",
        "languages",
        "location",
        "contract",
        "salary",
    }


def test_a_record_that_says_nothing_is_no_good_match() -> None:
    assert score(offer(), candidate(), None) < 0.2


@pytest.mark.parametrize(
    ("asked", "own", "expected"), [(5, 5, 1), (5, 0, 0), (0, 0, 1), (None, 3, None), (3, None, None), (2, 60, 0.7)]
)
def test_experience(asked: float | None, own: float | None, expected: float | None) -> None:
    assert details.experience(asked, own) == expected


def test_too_little_costs_more_than_too_much() -> None:
    lower, higher = details.experience(8, 4), details.experience(4, 8)
    assert lower is not None
    assert higher is not None
    assert lower < higher
    junior, senior = details.seniority("senior", "junior"), details.seniority("junior", "senior")
    assert junior is not None
    assert senior is not None
    assert junior < senior
    assert details.education("master", "bachelor") == 0.6
    assert details.education("bachelor", "master") == 1.0


def test_the_highest_level_counts() -> None:
    c = candidate(education_level="bachelor", education=[Education(level="secondary"), Education(level="master")])
    assert details.highest_level(c) == "master"


@pytest.mark.parametrize(
    ("place", "expected"), [(LYON, 1.0), (GRENOBLE, 0.75), (PARIS, 0.45), (LONDON, 0.1), (None, None), (Place(), None)]
)
def test_nearer_places_count_more(place: Place | None, expected: float | None) -> None:
    assert details.location(offer(job_location=[LYON]), candidate(location=place)) == expected


def test_the_nearest_of_several_places_counts() -> None:
    assert details.location(offer(job_location=[LONDON, LYON]), candidate(location=LYON)) == 1.0


def test_remote_work_makes_the_place_moot() -> None:
    remote = offer(job_location=[LONDON], workplace="remote")
    assert details.location(remote, candidate(location=LYON)) is None
    assert details.location(remote, candidate(location=LYON, wanted_workplace="remote")) == 1.0


def test_languages() -> None:
    o = offer(languages=[LanguageSkill(language="de", fluency="C1", required=True)])
    fluent = candidate(languages=[LanguageSkill(language="de", fluency="native")])
    weak = candidate(languages=[LanguageSkill(language="de", fluency="A2")])
    lacking = candidate(languages=[LanguageSkill(language="en")])
    found = [parts(o, c)["languages"] for c in (fluent, weak, lacking, candidate())]
    assert [p.score for p in found] == [1.0, 0.25, 0.0, None]
    assert [p.missing for p in found] == [[], ["German C1"], ["German C1"], []]
    assert parts(o, candidate(language="de"))["languages"].score == 1.0


def test_contracts() -> None:
    assert details.contract("permanent", "permanent") == 1.0
    assert details.contract("internship", "permanent") == 0.0
    assert 0 < (details.contract("fixed_term", "permanent") or 0) < 1


def test_salaries_are_compared_a_year_and_within_a_currency() -> None:
    monthly = Salary(max_value=3000, unit="MONTH", currency="EUR")
    assert details.salary(monthly, Salary(min_value=36_000, unit="YEAR", currency="EUR")) == 1.0
    assert details.salary(monthly, Salary(min_value=48_000, unit="YEAR", currency="EUR")) == pytest.approx(0.5)
    assert details.salary(monthly, Salary(min_value=36_000, unit="YEAR", currency="USD")) is None
    assert details.salary(Salary(), Salary()) is None


def test_an_earlier_role_counts_less_than_the_present_one() -> None:
    o = OfferSide.of(offer(occupation_code="2511"))
    now = CandidateSide.of(candidate(occupation_code="2511"))
    before = CandidateSide.of(
        candidate(occupation_code="7212", work=[Work(occupation_code="7212"), Work(occupation_code="2511")])
    )
    never = CandidateSide.of(candidate(occupation_code="7212"))
    found: list[Any] = [part_scores(o, side, None, lambda _: 1.0)["occupation"] for side in (now, before, never)]
    assert found[0] == 1.0
    assert found[0] > found[1] > found[2]


def test_a_missing_soft_skill_costs_less_than_a_missing_skill_of_the_trade() -> None:
    has_python = candidate(skills=[Skill(skill_id="python", name="Python")])
    python, teamwork = Skill(skill_id="python", name="Python"), Skill(skill_id="teamwork", name="Teamwork")
    welding = Skill(skill_id="welding", name="Welding")
    assert score(offer(skills=[python, teamwork]), has_python) > score(offer(skills=[python, welding]), has_python)
