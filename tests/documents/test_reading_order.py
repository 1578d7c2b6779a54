"""A PDF's text comes in the order in which a person reads the page."""

from __future__ import annotations

import pytest
from reportlab.pdfgen.canvas import Canvas

from talentflow.documents import read
from talentflow.documents.layout import Word, lines_of
from tests.documents import sheets


def text_of(*pages: object) -> str:
    return read(sheets.pdf(*pages)).text  # type: ignore[arg-type]


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def test_two_columns_are_read_one_after_the_other() -> None:
    assert lines(text_of(sheets.two_columns)) == ["Ada Martin", *sheets.LEFT, *sheets.RIGHT]


def test_a_sidebar_with_its_own_leading_is_not_mixed_into_the_main_text() -> None:
    got = lines(text_of(sheets.sidebar))
    assert got[0] == "Ada Martin, Senior Data Engineer, Lyon and remote"
    assert got[1 : 1 + len(sheets.RIGHT)] == sheets.RIGHT
    assert got[1 + len(sheets.RIGHT) :][: len(sheets.LEFT)] == sheets.LEFT


def test_three_columns_stand_between_the_lines_that_span_them() -> None:
    got = lines(text_of(sheets.three_columns_and_header))
    assert got[0].startswith("A long line")
    assert got[-1].startswith("Another long line")
    assert [line[:2] for line in got[1:-1]] == [f"{c}{i}" for c in "abc" for i in range(6)]


def test_a_right_aligned_date_stays_on_the_line_of_its_title() -> None:
    got = lines(text_of(sheets.right_dates))
    assert "Software Engineer\tJan 2020 – Mar 2021" in got
    assert "Intern\t2017 – 2018" in got
    assert got.index("Software Engineer\tJan 2020 – Mar 2021") < got.index("Backend Developer\tFeb 2018 – Dec 2019")


def test_a_rail_of_dates_stays_with_what_it_dates() -> None:
    got = lines(text_of(sheets.date_rail))
    assert got[1:3] == ["2020 – 2023\tSoftware Engineer, Northwind Labs", "Kept the payment service within its limits"]
    assert "2018 – 2020\tBackend Developer, Contoso" in got, "a date on two lines is one"


def test_a_rail_of_headings_gives_each_section_its_heading() -> None:
    got = lines(text_of(sheets.heading_rail))
    assert got.index("Experience") + 1 == got.index("Northwind Labs, Senior Engineer since 2019")
    assert got.index("Education") + 1 == got.index("Master of Statistics, University of Lyon")


def test_a_table_of_short_cells_is_read_row_by_row() -> None:
    assert lines(text_of(sheets.language_table)) == [
        "Language\tLevel\tSince",
        "French\tC2\tbirth",
        "English\tC1\t2008",
        "German\tB1\t2015",
    ]


def test_tables_and_rails_under_headings_are_read_row_by_row() -> None:
    assert lines(text_of(sheets.tables_and_headings)) == [
        "EXPERIENCE",
        "Statistician\tContoso Data\t12/2024 - 08/2026",
        "Engineer, studies and development\tFabrikam\t12/2019 - 12/2024",
        "Junior engineer\tNorthwind\t11/2016 - 11/2019",
        "EDUCATION",
        "2016\tMaster of Statistics",
        "University of Toulouse",
        "2014\tBachelor of Data Science",
        "University of Rennes",
        "LANGUAGES",
        "French\tmother tongue",
        "English\tadvanced",
        "Spanish\tbasic",
    ]


def test_a_table_with_cells_of_several_lines_is_read_cell_by_cell() -> None:
    got = lines(text_of(sheets.grid))
    assert got[1:3] == [
        "2025 - present\tLead consultant\tContoso",
        "Ran workshops of twenty-four people and followed the plan to its end",
    ]
    assert "2015 - 2022\tConsultant in management\tNorthwind" in got
    assert got[-1] == "2012 - 2015\tConsultant\tAdventure\tTrained five apprentices"


def test_lists_side_by_side_under_headings_are_no_table() -> None:
    def page(canvas: Canvas) -> None:
        for x, heading, items in ((50, "SKILLS", "Python"), (220, "LANGUAGES", "French"), (400, "INTERESTS", "Chess")):
            sheets.column(canvas, x, 780, [heading, items, f"More {items}", f"Even more {items}"])

    got = lines(text_of(page))
    assert got[:2] == ["SKILLS", "Python"]
    assert got.index("LANGUAGES") == 4


def test_names_of_fields_stay_with_their_values() -> None:
    got = lines(text_of(sheets.europass))
    assert got[:2] == ["Dates\tMay 2023 - present", "Position held\tSoftware engineer"]
    assert got[2].startswith("Main activities and responsibilities\tWrote the tests")
    assert "Name of employer\tFabrikam, Le Havre" in got


def test_dates_beside_titles_in_the_main_column_of_a_page_with_a_sidebar() -> None:
    def page(canvas: Canvas) -> None:
        sheets.column(
            canvas, 40, 740, ["SKILLS", "Python", "SQL", "Kafka", "Airflow", "LANGUAGES", "French", "English"], size=9, leading=13
        )
        y = 740.0
        for title, when in (
            ("Senior Data Engineer", "03/2021 – present"),
            ("Data Engineer", "01/2018 – 02/2021"),
            ("Analyst", "2016 – 2017"),
        ):
            canvas.setFont("Helvetica-Bold", 10)
            canvas.drawString(210, y, title)
            canvas.drawRightString(560, y, when)
            y = sheets.column(
                canvas,
                210,
                y - 13,
                ["Owned the ingestion of forty sources and its on-call", "Introduced contracts"],
                size=9,
                leading=12,
            )

    got = lines(text_of(page))
    assert got[:8] == ["SKILLS", "Python", "SQL", "Kafka", "Airflow", "LANGUAGES", "French", "English"]
    assert got[8] == "Senior Data Engineer\t03/2021 – present"
    assert "Analyst\t2016 – 2017" in got


def test_a_turned_page_reads_like_an_upright_one() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.translate(595, 0)
        canvas.rotate(90)
        canvas.setFont("Helvetica", 10)
        for i, line in enumerate(sheets.LEFT):
            canvas.drawString(50, 500 - 14 * i, line)

    assert lines(text_of(page)) == sheets.LEFT


def test_letter_spaced_headings_and_bold_by_double_printing_are_read_once() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 12)
        for i, letter in enumerate("EXPERIENCE"):
            canvas.drawString(50 + 16 * i, 780, letter)
        canvas.drawString(50, 740, "P R O F I L E")
        canvas.drawString(50, 700, "Bold twice")
        canvas.drawString(50.4, 700, "Bold twice")

    assert lines(text_of(page)) == ["EXPERIENCE", "PROFILE", "Bold twice"]


def test_words_broken_at_a_line_end_are_whole_and_compounds_keep_their_hyphen() -> None:
    def page(canvas: Canvas) -> None:
        sheets.column(canvas, 50, 780, ["We care for develop-", "ment of full-", "stack tools"])

    assert text_of(page).strip() == "We care for development of full-stack tools"


def test_bullets_are_dashes_on_the_line_of_their_text() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for i, line in enumerate(("Led a team", "Wrote the tools", "Kept them running")):
            canvas.drawString(50, 780 - 14 * i, "•")
            canvas.drawString(72, 780 - 14 * i, line)

    assert lines(text_of(page)) == ["- Led a team", "- Wrote the tools", "- Kept them running"]


def test_pages_say_where_they_start_and_page_numbers_are_left_out() -> None:
    def page(canvas: Canvas) -> None:
        sheets.column(canvas, 50, 780, ["First line of a page", "Second line"])
        sheets.column(canvas, 280, 30, ["Page 1 of 2"])

    text = read(sheets.pdf(page, page))
    assert "Page 1" not in text.text
    assert [text.text[p:].split("\n")[0] for p in text.pages] == ["First line of a page"] * 2


@pytest.mark.parametrize("words", [0, 1, 20_000])
def test_layout_takes_any_number_of_words(words: int) -> None:
    """20,000 words on one page in the worst places end within the test's time limit."""
    page = [Word(float(7 * i % 500), float(7 * i % 500 + 5), float(i % 701), 9.0, f"w{i}") for i in range(words)]
    assert sum(len(line.text.split()) for line in lines_of(page)) == words
