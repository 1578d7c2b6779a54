"""HTML, Markdown and RTF: structure to lines, marks left out, characters as meant."""

from __future__ import annotations

import json

import pytest

from talentflow.documents import read
from talentflow.documents.characters import clean, joined, paragraphs, tidy
from talentflow.errors import CorruptDocument


def html(body: str) -> str:
    return read(body.encode(), name="a.html").text


def test_blocks_lists_and_tables_become_lines() -> None:
    got = html(
        "<html><head><title>t</title><style>p{}</style></head><body><nav>Home</nav><h1>Data  Engineer</h1><p>First<br>second</p>"
        "<ul><li>Built <b>pipe</b>lines</li><li><p>Led people</p></li></ul><table><tr><td>French</td><td>C2</td></tr></table>"
        "<script>var x = 'no';</script><div>One<div>Two</div></div><p hidden>secret</p></body></html>"
    )
    assert got == "Data Engineer\n\nFirst\nsecond\n\n- Built pipelines\n- Led people\n\nFrench\tC2\n\nOne\nTwo"


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        ('<meta charset="windows-1252"><p>Élève à Orléans – 5 €</p>'.encode("cp1252"), 1),
        ('<meta charset="iso-8859-15"><p>Élève à Orléans – 5 €</p>'.replace("–", "-").encode("iso-8859-15"), 0),
        ("<p>Élève à Orléans – 5 €</p>".encode(), 0),
        ("<p>Élève à Orléans – 5 €</p>".encode("utf-16"), 0),
        ("<p>Élève à Orléans – 5 €</p>".encode("cp1252"), 1),
    ],
)
def test_the_charset_comes_from_meta_mark_or_bytes(content: bytes, notes: int) -> None:
    text = read(content, name="a.html")
    assert text.text.replace("–", "-") == "Élève à Orléans - 5 €"
    assert len(text.notes) <= notes


def test_deep_nesting_is_read_and_absurd_nesting_refused_at_once() -> None:
    assert html("<div>" * 1_500 + "deep") == "deep"
    assert html("<p>x" * 30_000).count("x") == 30_000
    with pytest.raises(CorruptDocument, match="nests more than"):
        html("<div>" * 400_000 + "deep")


def test_a_jobposting_in_a_page_is_the_offer() -> None:
    posting = {
        "@context": "https://schema.org",
        "@graph": [{"@type": "WebPage"}, {"@type": "JobPosting", "title": "Cook", "description": "<p>Cooks.</p>"}],
    }
    page = f'<h1>Menu of the site</h1><script type="application/ld+json">{json.dumps(posting)}</script>'
    text = read(page.encode(), name="a.html")
    assert text.text == "Title: Cook\n\nCooks."
    assert text.kind_hint == "job_offer"
    broken = read(b'<h1>Cook</h1><script type="application/ld+json">{"@type": "JobPosting",</script>', name="a.html")
    assert broken.text == "Cook"


def test_markdown_loses_its_marks() -> None:
    text = read(b"# Ada\n\n**Engineer** at [Northwind](https://n.example)\n\n---\n* one\n* two\n", name="a.md").text
    assert text == "Ada\n\nEngineer at Northwind (https://n.example)\n\n- one\n- two"


def test_rtf_gives_its_text() -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator X;}\f0 \'c9l\'e8ve \u8211? Lyon\par "
        rb"{\b Bold}\tab 2020\par \u55357\'3f\u56832\'3f}"
    )
    assert read(rtf, name="cv.rtf").text == "Élève – Lyon\nBold\t2020\n😀"


def test_characters_as_a_reader_means_them() -> None:
    assert clean("e\u0301 ﬁn\u00a0m² so\u00adft\u200b\x07") == "é fin m² soft"
    assert clean("a\r\nb\rc\u2028d") == "a\nb\nc\nd"
    assert clean("\ud800x") == "?x"
    assert tidy("  ●  one   two ") == "- one two"
    assert tidy("E X P E R I E N C E") == "EXPERIENCE"
    assert tidy("a b c") == "a b c", "three letters are no heading"
    assert tidy("\uf0b7 item".translate({0xF0B7: "•"})) == "- item"
    assert joined(["manage-", "ment", "Anglo-", "Saxon", "self-", "taught"]) == ["management", "Anglo-", "Saxon", "self-taught"]
    assert paragraphs("\n\na\n\n\n\nb\n \n") == "a\n\nb"
