"""Candidates from CVs: layouts, fields, odd input."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentflow.errors import NoRecord
from talentflow.extraction import extract_candidate, find_identity, redact
from talentflow.records import Candidate, Classification


def candidate(text: str, language: str = "en", **known: object) -> Candidate:
    said = Classification.model_validate({"document_id": "", "kind": "cv", "language": language} | known)
    return extract_candidate(redact(text, find_identity(text, kind="cv").spans), said)


LAYOUTS = [
    "Nurse | Leeds General Hospital | 03/2019 - 06/2022",
    "Nurse, Leeds General Hospital, March 2019 – June 2022",
    "Nurse at Leeds General Hospital (03/2019 - 06/2022)",
    "Leeds General Hospital – Nurse – 03/2019 - 06/2022",
    "03/2019 - 06/2022\tNurse\tLeeds General Hospital",
    "03/2019 - 06/2022\nNurse\nLeeds General Hospital",
    "Nurse\nLeeds General Hospital\n03/2019 - 06/2022",
    "Leeds General Hospital\nNurse\n03/2019 - 06/2022",
    "Leeds General Hospital\n03/2019 - 06/2022\nNurse",
    "Nurse\n03/2019 - 06/2022\nLeeds General Hospital",
    "Nurse        03/2019 - 06/2022\nLeeds General Hospital",
    "Leeds General Hospital        March 2019 to June 2022\nNurse",
    "March 2019 – June 2022 : Nurse, Leeds General Hospital",
    "• 03/2019 - 06/2022: Nurse, Leeds General Hospital",
    "Nurse · Leeds General Hospital · Full-time · 03/2019 - 06/2022 (3 years 4 months)",
    "Nurse @ Leeds General Hospital\n03/2019 → 06/2022",
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_post_is_read_in_any_layout(layout: str) -> None:
    (work,) = candidate(
        f"Jane Smith\njane@example.com\n\nExperience\n{layout}\n- Ran a ward of thirty beds\n\nSkills\nTriage\n"
    ).work
    assert (work.position, work.name) == ("Nurse", "Leeds General Hospital")
    assert (work.start_date, work.end_date) == ("2019-03", "2022-06")
    if not layout.startswith("•"):
        assert work.highlights == ["Ran a ward of thirty beds"]


@pytest.mark.parametrize(
    "layout",
    [
        "Infirmière – CHU de Lyon – depuis mars 2019",
        "Depuis mars 2019 : Infirmière, CHU de Lyon",
        "Infirmière chez CHU de Lyon, mars 2019 à aujourd'hui",
        "CHU de Lyon\nInfirmière\nMars 2019 - présent",
        "Mars 2019 à ce jour\nInfirmière\nCHU de Lyon",
    ],
)
def test_a_present_post_in_french(layout: str) -> None:
    (work,) = candidate(f"Jane Smith\n\nExpérience professionnelle\n{layout}\n- Soins\n", "fr").work
    assert (work.position, work.name, work.start_date, work.current) == ("Infirmière", "CHU de Lyon", "2019-03", True)


def test_roles_under_one_employer_share_it() -> None:
    work = candidate(
        "A B\nExperience\nNorthern Care Trust\nHR Manager   2021 - 2023\n- a thing\nHR Advisor   2018 - 2021\n- another\nBoots Ltd\nClerk   2016 - 2018\n- more\n"
    ).work
    assert [(w.position, w.name) for w in work] == [
        ("HR Manager", "Northern Care Trust"), ("HR Advisor", "Northern Care Trust"), ("Clerk", "Boots Ltd"),
    ]  # fmt: skip


def test_tasks_without_marks_are_no_posts() -> None:
    work = candidate(
        "A B\nExpériences\nServeuse, Brasserie Lipp, 2019 - 2020\nAccueil des clients\nPrise de commandes\nVendeuse, Zara, 2017 - 2018\nEncaissement\n",
        "fr",
    ).work
    assert [(w.position, w.name) for w in work] == [("Serveuse", "Brasserie Lipp"), ("Vendeuse", "Zara")]
    assert work[0].highlights == ["Accueil des clients", "Prise de commandes"]


def test_wrapped_bullets_are_one_highlight() -> None:
    (work,) = candidate(
        "A B\nExperience\nCook, Bistro Verde, 2019 - 2020\n• Cooked for many people and\nwashed up\n• Sang\n"
    ).work
    assert work.highlights == ["Cooked for many people and washed up", "Sang"]


def test_no_headings_at_all() -> None:
    found = candidate(
        "Jane Smith, plumber\njane@example.com\n\n2018 - 2020 Plumber, Pipes Ltd\n2016 - 2018 NVQ Level 2 Plumbing, Leeds College\n"
    )
    assert [(w.position, w.name) for w in found.work] == [("Plumber", "Pipes Ltd")]
    assert [e.institution for e in found.education] == ["Leeds College"]


def test_years_come_from_posts_merged_or_are_stated() -> None:
    posts = "Experience\nClerk, A Ltd, 2010 - 2014\nClerk, B Ltd, 2012 - 2016\n"
    assert candidate(f"A B\n{posts}").experience_years == 6.0
    assert candidate(f"A B\nProfile\nClerk with 9 years of experience.\n{posts}").experience_years == 9.0
    assert candidate("A B\nProfil\nComptable, 8 ans d'expérience en cabinet.\nCompétences\nSage\n", "fr").experience_years == 8.0


def test_a_present_post_lasts_until_as_of_and_never_until_now() -> None:
    text = "A B\nExperience\nClerk, A Ltd, Jan 2010 - present\n"
    known = Classification(document_id="", kind="cv", language="en")
    assert extract_candidate(text, known, as_of="2019-12").experience_years == 10.0
    assert extract_candidate(text, known) == extract_candidate(text, known)
    assert (extract_candidate(text, known).experience_years or 0) < 1


@pytest.mark.parametrize(
    ("line", "contract", "workplace"),
    [
        ("Recherche un CDI en télétravail", "permanent", "remote"),
        ("Looking for an internship, hybrid", "internship", "hybrid"),
        ("En recherche d'alternance dès septembre", "apprenticeship", None),
        ("Available for freelance work, remote", "freelance", "remote"),
        ("Recherche stage de fin d'études de 6 mois", "internship", None),
        ("Curious and rigorous", None, None),
    ],
)
def test_wishes(line: str, contract: str | None, workplace: str | None) -> None:
    found = candidate(f"Jane Smith\n{line}\nSkills\nPython\n")
    assert (found.wanted_contract, found.wanted_workplace) == (contract, workplace)


def test_a_past_internship_is_no_wish() -> None:
    assert candidate("A B\nExperience\nMarketing Intern, Foo Ltd, 2019 - 2020\n").wanted_contract is None


@pytest.mark.parametrize(
    ("lines", "spoken"),
    [
        ("Anglais : courant\nEspagnol : notions", {"en": "C1", "es": "A1"}),
        ("English (native), French (B2)", {"en": "native", "fr": "B2"}),
        ("Anglais – TOEIC 900", {"en": "B2"}),
        ("Fluent English; basic German", {"en": "C1", "de": "A2"}),
        ("Français, anglais : bilingue", {"fr": "C2", "en": "C2"}),
        ("Anglais\nIntermédiaire\nItalien\nScolaire", {"en": "B1", "it": "A2"}),
    ],
)
def test_languages_with_their_levels(lines: str, spoken: dict[str, str]) -> None:
    found = candidate(f"A B\nSkills\nPython\nLangues\n{lines}\n")
    assert {s.language: s.fluency for s in found.languages} == spoken


def test_unknown_items_of_the_skills_section_are_kept_as_written() -> None:
    found = candidate("A B\nSkills\nPython, Zorgblatt 9000, Frobnication (expert)\n")
    assert any(s.skill_id for s in found.skills)
    assert {"Zorgblatt 9000", "Frobnication"} <= {s.name for s in found.skills if s.skill_id is None}


def test_the_headline_decides_the_occupation_where_the_classifier_is_unsure() -> None:
    unsure = candidate(
        "Jane Smith\nSoftware Engineer\njane@example.com\nSkills\nPython\n", occupation_code="5120", occupation_confidence=0.2
    )
    assert (unsure.occupation_code or "").startswith("25")


def test_a_text_without_anything_of_a_cv_has_no_record() -> None:
    with pytest.raises(NoRecord):
        candidate("zzz qqq\n")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "Experience",
                    "Formation",
                    "Skills",
                    "Langues:",
                    "2019 - 2020",
                    "Engineer, Foo Inc",
                    "• did",
                    "",
                    "-",
                    "B.S. in X",
                    "Anglais B2",
                    "|",
                ]
            ),
            st.text(max_size=30),
        ),
        max_size=25,
    ).map("\n".join)
)
def test_any_text_gives_a_candidate_or_no_record(text: str) -> None:
    try:
        found = candidate(text)
    except NoRecord:
        return
    assert all(0 <= e.start <= e.end <= len(text) for e in found.evidence)
    assert found == candidate(text)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        "2019 - 2020\n",
        "• x\n",
        "a.",
        "(",
        "Langues\nAnglais, ",
        "| ",
        "12 rue ",
        "Jean Dupont\n",
        "Experience\nEngineer, Foo\n2019\n",
    ],
)
def test_time_is_linear(piece: str) -> None:
    text = (piece * (100_000 // len(piece)))[:100_000]
    started = time.perf_counter()
    with contextlib.suppress(NoRecord):
        candidate(text)
    assert time.perf_counter() - started < 5
