"""DOCX comes out in document order: lists, tables, columns, text boxes, margins, changes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import docx
from docx.oxml import parse_xml

from talentflow.documents import read
from tests.documents.test_bad_documents import rezipped

NS = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wps="urn:wps" xmlns:v="urn:v"'
)


def built(fill: Callable[[Any], None]) -> bytes:
    document = docx.Document()
    fill(document)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def text_of(fill: Callable[[Any], None]) -> str:
    return read(built(fill), name="cv.docx").text


def table(document: Any, rows: list[list[str]]) -> Any:
    made = document.add_table(len(rows), len(rows[0]))
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            made.cell(i, j).text = cell
    return made


def test_lists_are_dashes_and_a_tab_keeps_the_date_with_its_title() -> None:
    def fill(document: Any) -> None:
        document.add_heading("Experience", 1)
        document.add_paragraph("Data Engineer\tJan 2020 – Mar 2021")
        document.add_paragraph("Built pipelines", style="List Bullet")
        document.add_paragraph("Led people", style="List Number")

    assert text_of(fill) == "Experience\nData Engineer\tJan 2020 – Mar 2021\n- Built pipelines\n- Led people"


def test_a_table_stands_between_its_paragraphs_a_row_a_line() -> None:
    def fill(document: Any) -> None:
        document.add_paragraph("Before")
        table(document, [["Language", "Level"], ["French", "C2"]])
        document.add_paragraph("After")

    assert text_of(fill) == "Before\n\nLanguage | Level\nFrench | C2\n\nAfter"


def test_a_layout_table_is_read_a_column_after_the_other() -> None:
    def fill(document: Any) -> None:
        table(document, [["SKILLS\nPython\nSQL\nKafka", "EXPERIENCE\nEngineer\nBuilt A\nBuilt B"]])

    assert text_of(fill).replace("\n\n", "\n").split("\n") == [
        *("SKILLS", "Python", "SQL", "Kafka"),
        *("EXPERIENCE", "Engineer", "Built A", "Built B"),
    ]


def test_dates_in_a_left_column_stay_with_their_rows() -> None:
    def fill(document: Any) -> None:
        table(document, [["2020 – 2022", "Engineer\nBuilt the thing"], ["2018 – 2020", "Analyst\nWrote SQL"]])

    assert text_of(fill) == "2020 – 2022\tEngineer\nBuilt the thing\n2018 – 2020\tAnalyst\nWrote SQL"


def test_a_merged_cell_is_read_once() -> None:
    def fill(document: Any) -> None:
        made = table(document, [["Head", ""], ["a", "b"]])
        made.cell(0, 0).merge(made.cell(0, 1))

    assert text_of(fill) == "Head\na | b"


def test_a_table_in_a_cell_is_read_where_it_stands() -> None:
    def fill(document: Any) -> None:
        outer = table(document, [["Left", ""]])
        inner = outer.cell(0, 1).add_table(1, 2)
        inner.cell(0, 0).text, inner.cell(0, 1).text = "x", "y"

    assert text_of(fill) == "Left | x | y"


def test_header_first_footer_last_each_once() -> None:
    def fill(document: Any) -> None:
        document.sections[0].header.paragraphs[0].text = "Ada Martin"
        document.sections[0].footer.paragraphs[0].text = "ada@example.org"
        document.add_paragraph("Body")
        document.add_section()

    assert text_of(fill) == "Ada Martin\nBody\n\nada@example.org" or text_of(fill) == "Ada Martin\nBody\nada@example.org"


def test_a_text_box_is_read_once_though_it_is_stored_twice() -> None:
    def fill(document: Any) -> None:
        box = "<w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent>"
        document.add_paragraph("Anchor")._p.append(
            parse_xml(
                f'<w:r {NS}><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
                f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
            )
        )

    assert text_of(fill) == "Anchor\nBoxed"


def test_links_and_insertions_count_deletions_do_not() -> None:
    def fill(document: Any) -> None:
        paragraph = document.add_paragraph("See ")._p
        paragraph.append(parse_xml(f"<w:hyperlink {NS}><w:r><w:t>github.com/ada</w:t></w:r></w:hyperlink>"))
        paragraph.append(parse_xml(f"<w:del {NS}><w:r><w:delText>gone</w:delText></w:r></w:del>"))
        paragraph.append(parse_xml(f"<w:ins {NS}><w:r><w:t> new</w:t></w:r></w:ins>"))

    assert text_of(fill) == "See github.com/ada new"


def test_macros_are_ignored_and_noted() -> None:
    plain = built(lambda d: d.add_paragraph("Ada Martin"))
    kind = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    import zipfile

    types = zipfile.ZipFile(BytesIO(plain)).read("[Content_Types].xml")
    macro = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    text = read(
        rezipped(plain, {"[Content_Types].xml": types.replace(kind, macro), "word/vbaProject.bin": b"\x00"}), name="cv.docm"
    )
    assert text.text == "Ada Martin"
    assert text.notes == ["macros were ignored"]
