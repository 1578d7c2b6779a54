"""Lines and sections by headings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from talentflow.extraction.cv_headings import CV_HEADINGS
from talentflow.extraction.sections import fold, heading_name, split_lines, split_sections, unspace


def names(text: str) -> list[str]:
    return [s.name for s in split_sections(text, CV_HEADINGS)]


def test_headings_in_many_dresses() -> None:
    for line in (
        "EXPERIENCE", "Work Experience:", "## Experience ##", "━━━ EXPÉRIENCE ━━━", "E X P E R I E N C E", "1. Professional experience",
        "Expériences professionnelles", "Expérience (5 ans)", "Relevant Experience", "Experience & Projects", "💼 Experience",
    ):  # fmt: skip
        assert heading_name(line, CV_HEADINGS) == "work", line
    assert heading_name("Formation & Langues", CV_HEADINGS) == "education"


def test_sentences_and_entries_are_no_headings() -> None:
    for line in (
        "Experience with Python and SQL",
        "Education officer, Leeds",
        "Expérience réussie en cabinet comptable",
        "Skills Development Manager",
    ):
        assert heading_name(line, CV_HEADINGS) is None


def test_inline_headings_keep_their_content() -> None:
    text = "Jane\nLanguages: French, English\nSkills\nPython"
    sections = split_sections(text, CV_HEADINGS)
    assert [s.name for s in sections] == ["", "languages", "skills"]
    assert text[sections[1].body : sections[1].end].strip() == "French, English"
    assert sections[1].inline


def test_sections_cover_the_text_without_gaps() -> None:
    text = "head\n\nFormation\nBac\nExpérience\nx\n"
    sections = split_sections(text, CV_HEADINGS)
    assert "".join(text[s.start : s.end] for s in sections) == text


def test_letter_spacing_is_closed_and_words_kept() -> None:
    assert unspace("J E A N   D U P O N T") == "JEAN DUPONT"
    assert unspace("a normal line") == "a normal line"


@given(st.text(max_size=300))
def test_any_text_is_covered(text: str) -> None:
    sections = split_sections(text, CV_HEADINGS)
    assert "".join(text[s.start : s.end] for s in sections) == text
    assert all(s.start <= s.body <= s.end for s in sections)
    for line in split_lines(text):
        assert text[line.start : line.end] == line.text
        assert line.text.strip()


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
