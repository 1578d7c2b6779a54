"""Human languages: names, codes, spans."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentflow.taxonomy.languages import find_languages, language_code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Anglais", "en"),
        ("ANGLAIS :", "en"),
        ("German", "de"),
        ("Deutsch", "de"),
        ("espanol", "es"),
        ("néerlandais", "nl"),
        ("Mandarin", "zh"),
        ("中文", "zh"),
        ("fr", "fr"),
        ("fr-FR", "fr"),
        ("IT", None),
        ("Java", None),
        ("", None),
    ],
)
def test_a_name_or_code_is_read(name: str, code: str | None) -> None:
    assert language_code(name) == code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Langues : anglais courant, Español (B2), Deutsch", ["en", "es", "de"]),
        ("l'anglais et l'espagnol", ["en", "es"]),
        ("Fluent in English and Brazilian Portuguese", ["en", "pt"]),
        ("polish your pitch", []),
        ("Polish (native)", ["pl"]),
        ("Latin America", []),
        ("日本語能力試験", ["ja"]),
        ("Englishman", []),
        ("LANGUAGES: POLISH, FRENCH", ["pl", "fr"]),
    ],
)
def test_languages_are_found_in_order(text: str, expected: list[str]) -> None:
    assert [mention.id for mention in find_languages(text)] == expected


def test_spans_point_at_the_name() -> None:
    text = "█É Brazilian Portuguese"
    assert [text[m.start : m.end] for m in find_languages(text)] == ["Brazilian Portuguese"]


@given(st.text(st.characters(), max_size=200))
def test_any_text_gives_spans_inside_it(text: str) -> None:
    for mention in find_languages(text):
        assert 0 <= mention.start < mention.end <= len(text)
    language_code(text)


def test_long_repetitions_take_linear_time() -> None:
    find_languages("warm up")
    started = time.perf_counter()
    find_languages("polish english " * 7000)
    assert time.perf_counter() - started < 2
