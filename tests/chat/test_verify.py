"""A sentence stays when what it cites says it, and is struck when a fact in it is added, changed or turned round."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentflow.chat.verify import unsupported

WORK = (
    "Data engineer, Nordlys Energi, Lyon, 2019 – 2024. Built pipelines with Python, Spark and Airflow for a team of six people."
)
FRENCH = "Cheffe de projet chez Aquitaine Énergies, Bordeaux, depuis 2018. Encadrement de 12 personnes. Anglais courant (C1)."

SUPPORTED = [
    ("Candidate 1 worked as a data engineer at Nordlys Energi from 2019 to 2024. [1]", WORK),
    ("She built pipelines with Python and Spark [2].", WORK),
    ("The candidate used Airflow in a team of 6 people.", WORK),
    ("Candidate 2 worked on pipelines in Lyon", WORK),
    ("Elle est cheffe de projet chez Aquitaine Énergies depuis 2018.", FRENCH),
    ("Elle encadre douze personnes.", FRENCH),
    ("Candidat 1 parle anglais, niveau C1.", FRENCH + " Niveau"),
    ("Candidate 1 has no experience with Kubernetes.", "No experience with Kubernetes yet."),
    ("The budget was 1,820,000 euros.", "Managed a budget of 1 820 000 euros"),
    ("Candidate 1 led a team of six engineers.", "“Led a team of six engineers”"),
    ("Yes, she is skilled in Python and SQL.", "Skills\nPython, SQL, Docker"),
    ("She holds a Master's degree in Physics.", "Master of Science, Physics, University of Tartu, 2012 to 2014"),
]
UNSUPPORTED = [
    ("Candidate 1 worked at Nordlys Energi from 2017 to 2024.", WORK, "2017"),
    ("Candidate 1 knows Kubernetes.", WORK, "kubernetes"),
    ("Candidate 1 speaks German.", WORK, "de"),
    ("She led a team of 60 people.", WORK, "60"),
    ("She worked at Google in Lyon.", WORK, "google"),
    ("She does not know Python.", WORK, "not so"),
    ("Candidate 1 knows Kubernetes.", "No experience with Kubernetes yet.", "not so"),
    ("She is an expert certified architect in Lyon", WORK, "architect"),
    ("Elle encadre vingt-quatre personnes dont 24 ingénieurs.", FRENCH, "24"),
    ("She is a strong communicator who is loved by clients.", WORK, "communicator"),
    ("She built pipelines.", "", "nothing"),
]


@pytest.mark.parametrize(("sentence", "source"), SUPPORTED, ids=[s[:40] for s, _ in SUPPORTED])
def test_what_the_cited_text_says_stays(sentence: str, source: str) -> None:
    assert unsupported(sentence, [source]) is None


@pytest.mark.parametrize(
    ("sentence", "source", "because"), UNSUPPORTED, ids=[f"{n} {s[:40]}" for n, (s, _, _) in enumerate(UNSUPPORTED)]
)
def test_what_it_does_not_say_is_struck_with_the_reason(sentence: str, source: str, because: str) -> None:
    assert because in (unsupported(sentence, [source]) or "").lower()


def test_facts_are_compared_across_languages_and_free_prose_is_not_trusted() -> None:
    assert unsupported("Elle a travaillé chez Nordlys Energi avec Python de 2019 à 2024.", [WORK], same_language=False) is None
    assert unsupported("She speaks English at level C1.", [FRENCH], same_language=False) is None
    assert unsupported("Elle connaît Kubernetes.", [WORK], same_language=False) is not None
    assert unsupported("Elle est très appréciée de ses clients.", [WORK], same_language=False) is not None


@settings(max_examples=200, deadline=None)
@given(year=st.integers(1950, 2049), years=st.integers(2, 45))
def test_no_number_that_is_not_cited_gets_through(year: int, years: int) -> None:
    sentence = f"Candidate 1 built pipelines for {years} people in {year}."
    is_there = str(year) in WORK and years in (6,)
    assert (unsupported(sentence, [WORK]) is None) == is_there


@settings(max_examples=100, deadline=None)
@given(sentence=st.text(max_size=200), source=st.text(max_size=200))
def test_any_text_gets_a_verdict(sentence: str, source: str) -> None:
    verdict = unsupported(sentence, [source])
    assert verdict is None or verdict
