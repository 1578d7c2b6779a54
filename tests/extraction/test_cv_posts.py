"""Posts that a CV tells in sentences, names field by field or sets in a table; how long they lasted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentflow.extraction import extract_candidate
from talentflow.extraction.dates import find_date_ranges, month_span
from talentflow.records import Candidate, Classification


def read(text: str) -> Candidate:
    return extract_candidate(text, Classification(document_id="", kind="cv", language="en"), as_of="2026-11")


def posts(text: str) -> list[tuple[str | None, str | None, str | None, str | None]]:
    return [(w.position, w.name, w.start_date, w.end_date) for w in read(text).work]


@pytest.mark.parametrize(
    ("sentence", "post"),
    [
        (
            "From 2019 to 2021 I worked as a staff nurse at Leeds General in Leeds. I ran the ward.",
            ("staff nurse", "Leeds General", "2019", "2021"),
        ),
        (
            "Since 06/2025 I have been a site manager at Granite Build in Minneapolis. I plan.",
            ("site manager", "Granite Build", "2025-06", None),
        ),
        (
            "I joined Cobalt Haulage (Leeds) as a truck driver in Jul 2015 and stayed\nuntil Jul 2022. I drove.",
            ("truck driver", "Cobalt Haulage", "2015-07", "2022-07"),
        ),
        (
            "Crawford Cleaning, Tampa: office cleaner since Oct. 2024. I clean 10 rooms.",
            ("office cleaner", "Crawford Cleaning", "2024-10", None),
        ),
        (
            "De 2015 à 2018, j'ai travaillé chez Renault à Flins comme technicien de maintenance.",
            ("technicien de maintenance", "Renault", "2015", "2018"),
        ),
        (
            "Depuis 03/2021, je suis comptable chez Olivier et Associés à Poitiers. Je tiens les comptes.",
            ("comptable", "Olivier et Associés", "2021-03", None),
        ),
    ],
)
def test_sentences_tell_posts(sentence: str, post: tuple[str, ...]) -> None:
    assert posts(f"Experience\n{sentence}\n") == [post]


def test_a_cv_in_prose_without_headings_tells_its_posts() -> None:
    text = (
        "Jo Park\njo@example.com\n\nI am a pharmacist. Since 2018 I have worked at Boots as a pharmacy manager in Leicester.\n"
        "Before that, from 2014 to 2018, I was a community pharmacist at Lloyds Pharmacy in Derby. I trained four people.\n"
    )
    assert posts(text) == [
        ("pharmacy manager", "Boots", "2018", None),
        ("community pharmacist", "Lloyds Pharmacy", "2014", "2018"),
    ]


def test_a_date_in_a_task_tells_no_post() -> None:
    found = posts(
        "Experience\nNurse, Leeds General, 2019 - 2021\n- Worked as a liaison for the ward in 2020 and trained staff.\n"
    )
    assert found == [("Nurse", "Leeds General", "2019", "2021")]


def test_labels_are_no_employers() -> None:
    text = "Expérience\nPoste : Peintre\n\nSociété : Fabre SARL\n\nDates : mars 2024 - mai 2025\n\nPoste : Maçon\nSociété : Bâti Plus\nDates : 2021 - 2023\n"
    assert posts(text) == [("Peintre", "Fabre SARL", "2024-03", "2025-05"), ("Maçon", "Bâti Plus", "2021", "2023")]


def test_a_table_names_its_columns_once() -> None:
    text = "Work history\nPosition | Employer | Period | Duties\nBaker | Mill Street Bakery | 2021 - 2023 | Bread; cakes; orders; cleaning of ovens and of the shop every evening before closing time\nCashier | Tidal Stores | 2019 - 2021 | Till\n"
    assert posts(text) == [("Baker", "Mill Street Bakery", "2021", "2023"), ("Cashier", "Tidal Stores", "2019", "2021")]


def test_topics_are_no_posts() -> None:
    text = "Work Experience\nMeal preparation\n- Cooked for 40\nHousekeeping\n- Cleaned rooms\nPositions held\n2019 - 2021, Care assistant, Oak Lodge\n"
    assert posts(text) == [("Care assistant", "Oak Lodge", "2019", "2021")]


def test_blank_lines_everywhere_part_nothing() -> None:
    text = "Career\n\n2022 - 2025\n\nMIG Welder\n\nGriffiths & Vaughan\n\n- Cutting\n\n2015 - 2022\n\nWelder\n\nHull Steel Works\n\n- Welding\n"
    assert posts(text) == [("MIG Welder", "Griffiths & Vaughan", "2022", "2025"), ("Welder", "Hull Steel Works", "2015", "2022")]


def test_a_contract_specialist_has_a_title() -> None:
    assert posts("Experience\nContract Specialist, Defense Supply Office, 2019 - 2021\n")[0][0] == "Contract Specialist"


def test_an_employers_name_is_no_skill() -> None:
    found = read(
        "Curriculum Vitae\nExperience\nDriver, Falcon Catering, 2019 - 2021\n- Deliveries in Python Street\nSkills\nExcel\n"
    )
    assert not {"Catering", "Curriculum development"} & {s.name for s in found.skills}


def test_a_column_may_break_a_range() -> None:
    found = find_date_ranges("juin 2023-décembre\tStagiaire\n2024\tFoyer Saint-Joseph")
    assert (found[0].start_date, found[0].end_date) == ("2023-06", "2024-12")


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2023", "2024", 12),
        ("2019", "2021", 24),
        ("2020", "2020", 12),
        ("2020", None, 12),
        ("2021-03", "2022-02", 12),
        ("2015-01-01", "2018-01-01", 36),
        ("2021-03-20", "2021-06-30", 3),
    ],
)
def test_months_of_a_post(start: str, end: str | None, months: int) -> None:
    span = month_span(start, end)
    assert span is not None
    assert span[1] - span[0] == months


def test_an_internship_of_one_year_alone_is_half_of_it() -> None:
    assert read("Experience\nMarketing Intern, Acme Ltd, 2020\n").experience_years == 0.5
    assert read("Experience\nMarketing Manager, Acme Ltd, 2020\n").experience_years == 1.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "Poste :",
                "Nurse",
                "Acme Ltd",
                "2019 - 2021",
                "Dates",
                ": ",
                "\n",
                "\t",
                "I worked as a ",
                "at ",
                "since 2020. ",
                "█ ",
                "- ",
            ]
        ),
        max_size=40,
    )
)
def test_any_mixture_gives_a_record_or_none(parts: list[str]) -> None:
    text = "Skills\nPython\nExperience\n" + " ".join(parts)
    evidence = read(text).evidence
    assert all(0 <= e.start <= e.end <= len(text) for e in evidence)
