"""Every input gives a text or a DocumentError that says what to do; nothing else, whatever the bytes."""

from __future__ import annotations

import contextlib
import json
import re
import time
import zipfile
from io import BytesIO

import docx
import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from talentflow.documents import Limits, read
from talentflow.errors import (
    CorruptDocument,
    DocumentError,
    DocumentTooLarge,
    EmptyDocument,
    EncryptedDocument,
    ScannedDocument,
    UnknownFormat,
)
from tests.documents import sheets

PDF = sheets.pdf(sheets.two_columns, sheets.right_dates)


def docx_bytes(*lines: str) -> bytes:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


DOCX = docx_bytes("Ada Martin", "Data Engineer")


def rezipped(content: bytes, extra: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, extra.pop(entry.filename, None) or old.read(entry))
        for name, data in extra.items():
            new.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("content", [b"", b" \r\n\t ", b"\xef\xbb\xbf", b"\x00" * 50])
def test_nothing_is_an_empty_document(content: bytes) -> None:
    with pytest.raises(EmptyDocument, match=r"cv\.txt is empty: send"):
        read(content, name="cv.txt")


def test_a_pdf_named_docx_is_read_as_pdf_and_says_so() -> None:
    text = read(PDF, name="cv.docx", media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document")
    assert text.media_type == "application/pdf"
    assert "its name or sender says DOCX, its bytes are PDF: read as PDF" in text.notes
    assert "Data Engineer, Northwind Labs" in text.text


def test_text_named_pdf_is_read_as_text() -> None:
    text = read(b"Ada Martin\nData Engineer", name="cv.pdf")
    assert text.media_type == "text/plain"
    assert text.notes


def test_noise_is_no_document() -> None:
    noise = bytes((i * 7919 + i // 3 * 104729) % 251 for i in range(4000))
    with pytest.raises(UnknownFormat, match="send it as PDF, DOCX, HTML or plain text"):
        read(noise, name="cv")
    with pytest.raises(CorruptDocument, match="export it again"):
        read(noise, name="cv.pdf")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "save it as DOCX or PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "PNG"),
        (b"\x7fELF\x02\x01\x01" + b"\x00" * 200, "send it as PDF"),
    ],
)
def test_known_formats_without_a_reader_are_named(content: bytes, what: str) -> None:
    with pytest.raises(UnknownFormat, match=what):
        read(content, name="cv.doc")


def test_a_spreadsheet_and_an_archive_are_no_documents() -> None:
    for inner in ("xl/workbook.xml", "cv.pdf"):
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as package:
            package.writestr(inner, b"x")
        with pytest.raises(UnknownFormat, match="and send"):
            read(out.getvalue(), name="cv.docx")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.99])
def test_a_truncated_pdf_is_corrupt_or_read_with_a_note(share: float) -> None:
    cut = PDF[: int(len(PDF) * share)]
    try:
        text = read(cut, name="cv.pdf")
        told = text.notes
    except CorruptDocument as error:
        told = [str(error)]
    assert any("cut short" in sentence or "damaged" in sentence for sentence in told)


def test_an_encrypted_pdf_asks_for_one_without_password() -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(PDF)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(EncryptedDocument, match="remove the password"):
        read(out.getvalue(), name="cv.pdf")


def test_a_pdf_that_only_restricts_printing_is_read() -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(PDF)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="o", user=""))
    assert "Northwind" in read(out.getvalue(), name="cv.pdf").text


def test_a_scan_is_told_from_an_empty_page() -> None:
    from PIL import Image

    def scan(canvas: Canvas) -> None:
        from reportlab.lib.utils import ImageReader

        canvas.drawImage(ImageReader(Image.new("L", (60, 80), 200)), 0, 0, 595, 842)

    with pytest.raises(ScannedDocument, match="OCR"):
        read(sheets.pdf(scan, scan), name="cv.pdf")
    with pytest.raises(EmptyDocument, match="empty pages"):
        read(sheets.pdf(sheets.blank), name="cv.pdf")
    text = read(sheets.pdf(sheets.two_columns, scan), name="cv.pdf")
    assert text.notes == ["1 of 2 pages are pictures without text and were left out"]


def many_pages(count: int) -> bytes:
    """A PDF of so many blank pages, written by hand since a library takes seconds."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, b" ".join(b"%d 0 R" % (i + 3) for i in range(count))),
    ]
    objects += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"] * count
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % o for o in offsets)
    size = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    return bytes(out) + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


def test_a_pdf_of_ten_thousand_pages_is_refused_at_once() -> None:
    started = time.process_time()
    with pytest.raises(DocumentTooLarge, match="10000 pages, more than 200"):
        read(many_pages(10_000), name="cv.pdf")
    assert time.process_time() - started < 2
    with pytest.raises(EmptyDocument):
        read(many_pages(3), name="cv.pdf")


def test_bytes_and_characters_are_limited() -> None:
    with pytest.raises(DocumentTooLarge, match="more than 1000"):
        read(b"x" * 1001, limits=Limits(bytes=1000))
    for content, name in (
        (b"word " * 500, "cv.txt"),
        (PDF, "cv.pdf"),
        (docx_bytes("word " * 500), "cv.docx"),
        (b"<p>" + b"w " * 900, "a.html"),
    ):
        with pytest.raises(DocumentTooLarge, match="characters"):
            read(content, name=name, limits=Limits(characters=100))


def test_a_zip_bomb_is_refused_before_it_is_opened() -> None:
    bomb = rezipped(DOCX, {"word/media/image1.png": b"\x00" * (30 * 2**20)})
    assert len(bomb) < 100_000
    with pytest.raises(DocumentTooLarge, match="unpacks to more than"):
        read(bomb, name="cv.docx")
    with pytest.raises(DocumentTooLarge, match="unpacks to more than 1 MiB"):
        read(rezipped(DOCX, {"word/media/i.png": bytes(range(256)) * 2**13}), name="cv.docx", limits=Limits(expansion=2**20))


def test_a_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    bomb = bytearray(rezipped(DOCX, {"word/media/a.png": b"\x00" * (8 * 2**20)}))
    size = (8 * 2**20).to_bytes(4, "little")
    lied = bytes(bomb).replace(size, (100).to_bytes(4, "little"))
    with pytest.raises((DocumentTooLarge, CorruptDocument)):
        read(lied, name="cv.docx", limits=Limits(expansion=2**20))


def test_many_entries_are_refused() -> None:
    with pytest.raises(DocumentTooLarge, match="files"):
        read(rezipped(DOCX, {f"word/x{i}": b"" for i in range(6000)}), name="cv.docx")


def test_external_and_nested_entities_are_not_expanded(tmp_path: object) -> None:
    body = (
        '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
        "<w:t>before &b; &f; after</w:t></w:r></w:p></w:body></w:document>"
    )
    try:
        text = read(rezipped(DOCX, {"word/document.xml": body.encode()}), name="cv.docx").text
    except DocumentError:
        return
    assert "root:" not in text
    assert "haha" not in text


def test_a_docx_with_broken_parts_is_corrupt() -> None:
    for part, data in (
        ("word/document.xml", b"<w:document"),
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", b"<Relationships/>"),
        ("word/_rels/document.xml.rels", b"\x00"),
    ):
        with pytest.raises(CorruptDocument, match="save it again"):
            read(rezipped(DOCX, {part: data}), name="cv.docx")
    with pytest.raises(CorruptDocument):
        read(DOCX[: len(DOCX) // 2], name="cv.docx")


def test_invalid_utf8_is_read_with_a_note() -> None:
    windows = read("Élève ingénieur à Orléans, 1 200 €".encode("cp1252"), name="cv.txt")
    assert windows.text == "Élève ingénieur à Orléans, 1 200 €"
    assert windows.notes == ["read as Windows-1252: it is not UTF-8"]
    broken = read("Élève ingénieur à Orléans".encode() + b"\xff\xfe fin", name="cv.txt")
    assert broken.text.startswith("Élève ingénieur à Orléans")
    assert "not UTF-8" in broken.notes[0]
    assert read("Élève".encode("utf-16"), name="cv.txt").text == "Élève"


@pytest.mark.parametrize("content", [b'{"title": "x"', b"[1,", b"{'a': 1}", b"{" * 100_000, b'{"a":' * 50_000])
def test_broken_json_is_corrupt(content: bytes) -> None:
    with pytest.raises(CorruptDocument, match="not valid JSON"):
        read(content, name="offer.json")


def test_many_records_in_one_document_are_refused_with_the_way_out() -> None:
    with pytest.raises(UnknownFormat, match="2 records"):
        read(json.dumps([{"title": "a"}, {"title": "b"}]).encode(), name="offers.json")


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        "\t",
        "- ",
        "E ",
        "<",
        "<p>",
        "<li>",
        "*",
        "**a",
        "[",
        "[a](",
        "&",
        "&lt;",
        "\\",
        "{",
        "{\\rtf1 ",
        "é",
        "\n",
        "a-\n",
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.json", "a.rtf"])
def test_repetition_costs_linear_time(unit: str, name: str) -> None:
    content = (unit * (100_000 // len(unit))).encode()
    started = time.process_time()
    with contextlib.suppress(DocumentError):
        read(b"{\\rtf1 " + content if name.endswith("rtf") else content, name=name)
    assert time.process_time() - started < 3


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=2000) | st.text(max_size=800).map(lambda t: t.encode("utf-8", "surrogatepass")),
    st.sampled_from(["a", "a.pdf", "a.docx", "a.html", "a.json", "a.txt", "a.md", "a.rtf"]),
    st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"{\\rtf1", b"<html>", b"{", b"[{", b"\xff\xfe"]),
)
def test_random_bytes_raise_nothing_but_document_errors(content: bytes, name: str, start: bytes) -> None:
    try:
        told = read(start + content, name=name).text
    except DocumentError as error:
        told = str(error)
        assert re.search(r": |and ", told)
    assert told.strip()
    assert "\x00" not in told
    told.encode()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["JobPosting", "<p>x</p>", "2020", "nan"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=8)
            | st.sampled_from(
                [
                    "@type",
                    "@graph",
                    "basics",
                    "work",
                    "education",
                    "skills",
                    "title",
                    "company",
                    "location",
                    "salary",
                    "baseSalary",
                    "value",
                    "minValue",
                    "description",
                    "remote",
                    "text",
                    "resume",
                    "hiringOrganization",
                    "jobLocation",
                    "address",
                    "data",
                    "jobs",
                    "requirements",
                    "experienceRequirements",
                    "monthsOfExperience",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(json_values)
def test_any_json_gives_a_text_or_a_document_error(value: object) -> None:
    try:
        text = read(json.dumps(value).encode(), name="a.json")
    except DocumentError:
        return
    assert text.text.strip()
    assert not re.search(r"^(?:Title|Company|Location|Salary|Contract): (?:None|nan|null)$", text.text, re.MULTILINE)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(PDF) - 1), st.binary(min_size=1, max_size=6)), min_size=1, max_size=12))
def test_mutated_pdfs_raise_nothing_but_document_errors(edits: list[tuple[int, bytes]]) -> None:
    content = bytearray(PDF)
    for at, data in edits:
        content[at : at + len(data)] = data
    with contextlib.suppress(DocumentError):
        read(bytes(content), name="cv.pdf")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(DOCX) - 1), st.binary(min_size=1, max_size=6)), min_size=1, max_size=12))
def test_mutated_docx_raise_nothing_but_document_errors(edits: list[tuple[int, bytes]]) -> None:
    content = bytearray(DOCX)
    for at, data in edits:
        content[at : at + len(data)] = data
    with contextlib.suppress(DocumentError):
        read(bytes(content), name="cv.docx")
