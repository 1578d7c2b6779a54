"""Mail to documents: every CV that is attached, once, and a reason for what is not taken."""

from __future__ import annotations

import io
import mailbox
import tracemalloc
import zipfile
from collections import Counter
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.files import Sender, find_documents
from producers.mailbox import _Mailbox, documents_of, read_mailbox, split_mbox
from producers.reading import Reading
from producers.sources import MailboxSource
from producers.state import State
from talentflow.documents import Limits
from talentflow.errors import BadInput
from talentflow.eventlog.messages import RawDocument, RejectedDocument
from talentflow.settings import Settings

PDF = b"%PDF-1.4 a CV\n"
BODY = "Jane Doe\nData engineer\n\nExperience\n" + "Built pipelines in Python and SQL at Acme, Paris.\n" * 15
SEPARATOR = "From jane@example.org Thu Nov 26 10:00:00 2026\n"


def mail(identity: str = "1@example.org", body: str = "Please find my CV attached.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "jane@example.org", "jobs@acme.example", "Application"
    message["Message-ID"] = f"<{identity}>"
    message.set_content(body)
    return message


def with_cv(identity: str = "1@example.org", name: str = "cv.pdf", content: bytes = PDF) -> EmailMessage:
    message = mail(identity)
    message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return message


def in_mbox(*messages: EmailMessage | bytes) -> bytes:
    return b"".join(SEPARATOR.encode() + (m if isinstance(m, bytes) else m.as_bytes()) + b"\n" for m in messages)


class Read:
    """What a mailbox gave."""

    def __init__(self, path: Path, home: Path, kind: str = "cv") -> None:
        with State(home / "state.sqlite") as state:
            reading = Reading(Settings(home=home), state, datetime.now(UTC))
            source = MailboxSource(name="applications", path=path, kind=kind)  # pyright: ignore[reportArgumentType]
            self.found = [d for answer in read_mailbox(source, reading) for d in answer.documents]
        self.documents = [d for d in self.found if isinstance(d, RawDocument)]
        self.rejected = [d for d in self.found if isinstance(d, RejectedDocument)]
        self.skipped = reading.counts.skipped
        self.fetched = reading.counts.fetched


def read(content: bytes, tmp_path: Path, kind: str = "cv") -> Read:
    path = tmp_path / "export.mbox"
    path.write_bytes(content)
    return Read(path, tmp_path, kind)


def of(message: EmailMessage) -> tuple[list[RawDocument | RejectedDocument], Counter[str]]:
    box = _Mailbox(Sender("cv", Limits()), "box")
    return list(documents_of(message.as_bytes(), box)), box.left_out


def test_each_attachment_is_a_document_known_by_its_message_and_part(tmp_path: Path) -> None:
    two = with_cv("2@example.org")
    two.add_attachment(b"Dear team", maintype="text", subtype="plain", filename="letter.txt")
    got = read(in_mbox(with_cv(), two), tmp_path)
    assert [(d.source_key, d.media_type, d.kind_hint) for d in got.documents] == [
        ("1@example.org#2", "application/pdf", "cv"),
        ("2@example.org#2", "application/pdf", "cv"),
        ("2@example.org#3", "text/plain", "cv"),
    ]
    assert {d.source for d in got.documents} == {"applications"}
    assert got.documents[0].content == PDF
    assert got.documents[0].source_uri.endswith("export.mbox#1@example.org/cv.pdf")
    assert (got.fetched, got.skipped, got.rejected) == (3, 0, [])


def test_reading_again_gives_the_same(tmp_path: Path) -> None:
    content = in_mbox(with_cv(), mail("2", BODY))
    assert read(content, tmp_path).found == read(content, tmp_path).found


def test_what_is_no_document_is_left_out_and_counted(tmp_path: Path) -> None:
    message = with_cv()
    message.add_attachment(b"\x89PNG" + b"x" * 90_000, "image", "png", disposition="inline", filename="logo.png", cid="<a@b>")
    message.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="invite.ics")
    message.add_attachment(b"sig", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    message.add_attachment(b"tnef", maintype="application", subtype="octet-stream", filename="winmail.dat")
    message.add_attachment("BEGIN:VCARD", subtype="vcard", filename="jane.vcf")
    got = read(in_mbox(message, with_cv(), mail("3", "Thank you!")), tmp_path)
    assert [d.source_key for d in got.found] == ["1@example.org#2"]
    assert got.skipped == 5 + 1 + 1  # the parts, the message that came before, the one without a document
    assert got.fetched == 1


def test_an_attached_picture_is_not_lost_without_a_word() -> None:
    message = mail()
    message.add_attachment(b"\x89PNG\r\n\x1a\n" + b"x" * 90_000, "image", "png", filename="scanned cv.png")
    found, _ = of(message)
    assert [type(d) for d in found] == [RawDocument]  # the parser's quarantine says what to do with it


def test_a_mail_that_is_itself_a_cv_is_taken_and_judged(tmp_path: Path) -> None:
    html = mail("2@example.org")
    html.set_content("<p>" + "</p><p>".join(BODY.splitlines()) + "</p>", subtype="html")
    got = read(in_mbox(mail("1@example.org", BODY), html), tmp_path)
    assert [(d.source_key, d.kind_hint, d.media_type) for d in got.documents] == [
        ("1@example.org#body", None, "text/plain"),
        ("2@example.org#body", None, "text/plain"),
    ]
    assert all(b"Data engineer" in d.content and b"<p>" not in d.content for d in got.documents)


def test_what_the_user_says_they_are_counts(tmp_path: Path) -> None:
    got = read(in_mbox(with_cv(), mail("2", BODY)), tmp_path, kind="offer")
    assert {d.kind_hint for d in got.documents} == {"job_offer"}


@pytest.mark.parametrize("line", ["From the beginning I led the team.", "From Paris", "From 2019: lead"])
def test_a_line_of_the_text_that_begins_with_from_splits_nothing(tmp_path: Path, line: str) -> None:
    message = mail("1@example.org", f"{BODY}\n\n{line}\n\nMore of it.\n")
    got = read(in_mbox(message, with_cv("2@example.org")), tmp_path)
    assert [d.source_key for d in got.documents] == ["1@example.org#body", "2@example.org#2"]
    assert line.encode() in got.documents[0].content


def test_the_standard_library_s_mbox_is_read_alike(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "std.mbox")
    box.add(mailbox.mboxMessage(mail("1@example.org", f"{BODY}\nFrom here on\n")))
    box.add(mailbox.mboxMessage(with_cv("2@example.org")))
    box.close()
    got = Read(tmp_path / "std.mbox", tmp_path)
    assert [d.source_key for d in got.documents] == ["1@example.org#body", "2@example.org#2"]
    assert b"\nFrom here on" in got.documents[0].content.replace(b"\r\n", b"\n")


def test_maildir_eml_and_folders_of_them(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "mail")
    box.add(with_cv("1@example.org").as_bytes())
    (tmp_path / "mail/tmp/half").write_bytes(with_cv("3@example.org").as_bytes()[:200])
    (tmp_path / "mail/second.eml").write_bytes(with_cv("2@example.org").as_bytes())
    got = Read(tmp_path / "mail", tmp_path)
    assert sorted(d.source_key for d in got.found) == ["1@example.org#2", "2@example.org#2"]
    assert Read(tmp_path / "mail/second.eml", tmp_path).documents[0].content == PDF


def test_mail_among_other_files_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(with_cv().as_bytes())
    (tmp_path / "b.txt").write_text("a CV")
    assert [d.source_key for d in find_documents([tmp_path])] == ["1@example.org#2", str(tmp_path / "b.txt")]


def test_a_mailbox_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist: give an mbox"):
        Read(tmp_path / "none.mbox", tmp_path)


def test_a_name_that_is_a_path_is_only_a_name() -> None:
    for name in ("../../etc/passwd", "..\\..\\etc\\passwd", "/etc/passwd"):
        (document,), _ = of(with_cv(name=name))
        assert document.source_uri == "box#1@example.org/passwd"
    (document,), _ = of(with_cv(name="cv\u202egpj.exe\x07.pdf"))
    assert document.source_uri == "box#1@example.org/cvgpj.exe.pdf"


def test_encrypted_mail_is_a_sentence() -> None:
    pgp = b'Message-ID: <e@x>\nContent-Type: multipart/encrypted; boundary="b"\n\n--b\n\nx\n--b--\n'
    smime = b'Message-ID: <s@x>\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\n\nMIIB\n'
    for raw in (pgp, smime):
        (said,) = documents_of(raw, _Mailbox(Sender("cv", Limits()), "box"))
        assert isinstance(said, RejectedDocument)
        assert said.error_code == "encrypted_document"
        assert "is encrypted: decrypt it" in said.detail
        assert said.payload == raw


def test_wrong_charsets_and_transfer_encodings_are_read_as_well_as_they_can_be() -> None:
    raw = b"Message-ID: <1@x>\nContent-Type: text/plain; charset=klingon-8\nContent-Transfer-Encoding: 8bit\n\n" + (
        BODY + "Ingénieur d'études\n"
    ).encode("cp1252")
    (document,) = documents_of(raw, _Mailbox(Sender("cv", Limits()), "box"))
    assert isinstance(document, RawDocument)
    assert "Ingénieur d'études" in document.content.decode()
    broken = b"Message-ID: <2@x>\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/pdf; name=cv.pdf\nContent-Disposition: attachment; filename=cv.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQ*!*\n"
    (document,) = documents_of(broken, _Mailbox(Sender("cv", Limits()), "box"))
    assert isinstance(document, RawDocument)
    assert document.content.startswith(b"%PDF-1.4")


def test_an_encoded_file_name_is_read() -> None:
    (document,), _ = of(with_cv(name="CV Ingénieur été.pdf"))
    assert document.source_uri.endswith("/CV Ingénieur été.pdf")


def test_a_forwarded_application_is_found() -> None:
    outer = mail("outer@example.org")
    outer.add_attachment(with_cv("inner@example.org"))
    found, _ = of(outer)
    assert [d.source_uri for d in found] == ["box#outer@example.org/cv.pdf"]


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in members.items():
            z.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def zipped(content: bytes, limits: Limits | None = None) -> tuple[list[RawDocument | RejectedDocument], Counter[str]]:
    message = mail()
    message.add_attachment(content, maintype="application", subtype="zip", filename="cvs.zip")
    box = _Mailbox(Sender("cv", limits or Limits()), "box")
    return list(documents_of(message.as_bytes(), box)), box.left_out


def test_archives_are_unpacked() -> None:
    found, left = zipped(archive(**{"a.pdf": PDF, "..__..__b.pdf": PDF, "smime.p7s": b"x", ".DS_Store": b"x"}))
    assert [(d.source_key, d.source_uri) for d in found] == [
        ("1@example.org#2/a.pdf", "box#1@example.org/a.pdf"),
        ("1@example.org#2/b.pdf", "box#1@example.org/b.pdf"),
    ]
    assert left == {"signatures": 1, "hidden files in archives": 1}


def test_an_archive_that_explodes_is_stopped() -> None:
    bomb = archive(a=b"0" * 3_000_000, b=b"0" * 3_000_000, c=b"0" * 3_000_000)
    assert len(bomb) < 20_000
    found, _ = zipped(bomb, Limits(bytes=4_000_000, expansion=5_000_000))
    assert [d.error_code for d in found if isinstance(d, RejectedDocument)] == ["document_too_large"] * 2
    assert "unpacks to more than 5000000 bytes" in found[-1].detail  # pyright: ignore[reportAttributeAccessIssue]
    assert sum(len(d.content) for d in found if isinstance(d, RawDocument)) <= 5_000_000
    many, _ = zipped(archive(**{f"{n}.txt": b"x" for n in range(150)}))
    assert len(many) == 101
    assert isinstance(many[-1], RejectedDocument)


def test_a_damaged_archive_is_a_sentence_and_a_word_file_stays_whole() -> None:
    (said,), _ = zipped(archive(a=PDF)[:-30])
    assert isinstance(said, RejectedDocument)
    assert "damaged archive: ask for it again" in said.detail
    (document,), _ = zipped(archive(**{"[Content_Types].xml": b"x", "word__document.xml": b"x"}))
    assert isinstance(document, RawDocument)
    assert document.source_key == "1@example.org#2"


def test_a_message_over_the_limit_is_skipped_and_the_next_is_read() -> None:
    content = in_mbox(b"Subject: big\n\n" + b"x" * 200_000 + b"\n", b"Subject: small\n\nhello\n")
    parts = list(split_mbox(io.BytesIO(content), 100_000))
    assert [(whole, raw[:12]) for raw, whole in parts] == [(False, b"Subject: big"), (True, b"Subject: sma")]
    assert len(parts[0][0]) <= 65536


def test_a_line_without_end_is_read_in_pieces() -> None:
    stream = io.BytesIO(SEPARATOR.encode() + b"Subject: x\n\n" + b"y" * 30_000_000)
    tracemalloc.start()
    try:
        (part,) = split_mbox(stream, 1_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not part[1]
    assert peak < 5_000_000


def test_memory_does_not_follow_the_mailbox(tmp_path: Path) -> None:
    path = tmp_path / "big.mbox"
    one = with_cv(content=PDF + b"x" * 100_000).as_bytes()
    with path.open("wb") as out:
        for n in range(300):
            out.write(in_mbox(one.replace(b"<1@", b"<%d@" % n)))
    tracemalloc.start()
    try:
        count = sum(1 for _ in find_documents([path]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 300
    assert path.stat().st_size > 40_000_000
    assert peak < 4_000_000


HEADERS = st.sampled_from(
    [
        *(b"Message-ID: <a@b>\n", b"Message-ID: \xff\n", b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: \n"),
        *(b"Content-Type: text/plain; charset*=x'\n", b"Content-Disposition: attachment; filename*0*=utf-8''%ff\n"),
        *(b"Content-Transfer-Encoding: base64\n", b"Content-Type: message/rfc822\n", b"--b\n", b"\n", b"--b--\n"),
        *(b"To: a <a@b>, :;\n", b"Date: \n", b"Content-ID: <\n", b"From a@b Thu Nov 26 10:00:00 2026\n", b"UEsDBA==\n"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.lists(st.one_of(HEADERS, st.binary(max_size=30)), max_size=25).map(b"".join)))
def test_no_bytes_make_the_reader_raise(raw: bytes) -> None:
    box = _Mailbox(Sender("cv", Limits()), "box")
    for message, _ in split_mbox(io.BytesIO(raw)):
        for found in documents_of(message, box):
            assert found.document_id
            assert found.source_key.encode()
            assert found.source_uri.encode()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=6))
def test_splitting_loses_no_message(bodies: list[bytes]) -> None:
    clean = [b"X-Mark: yes\n\n" + b.replace(b"From ", b"from ") + b"\n" for b in bodies]
    assert [whole for _, whole in split_mbox(io.BytesIO(in_mbox(*clean)))] == [True] * len(bodies)
