"""Files and folders to documents: each once, in order, and nothing lost without a word."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.files import find_documents
from producers.row_files import array_rows
from talentflow.documents import Limits, read
from talentflow.errors import BadInput, DocumentError
from talentflow.eventlog.messages import RawDocument, RejectedDocument

DATA = Path(__file__).parents[2].parent / "shared/data"
Found = RawDocument | RejectedDocument


def found(*paths: Path, **options: Any) -> list[Found]:
    return list(find_documents(paths, **options))


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def documents(items: list[Found]) -> list[RawDocument]:
    return [d for d in items if isinstance(d, RawDocument)]


def rejected(items: list[Found]) -> list[RejectedDocument]:
    return [d for d in items if isinstance(d, RejectedDocument)]


def test_a_folder_is_walked_in_order_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.pdf", "a/y.docx", ".hidden.txt", ".git/x.txt", "~$y.docx", "c.truth.json", "README.md", "d.htm"):
        written(tmp_path, name, "text")
    items = found(tmp_path, kind="cv")
    assert [Path(d.source_uri).relative_to(tmp_path).as_posix() for d in items] == ["a/y.docx", "a/z.pdf", "b.txt", "d.htm"]
    assert [d.media_type for d in documents(items)][1:] == ["application/pdf", "text/plain", "text/html"]
    assert {d.kind_hint for d in documents(items)} == {"cv"}
    assert {d.source for d in items} == {"files"}
    assert items[0].source_key == str(tmp_path / "a/y.docx")


def test_the_same_input_gives_the_same_documents(tmp_path: Path) -> None:
    written(tmp_path, "a.txt", "x")
    written(tmp_path, "o.jsonl", '{"id": 1, "title": "a"}\n{"title": "b"}\nbroken')
    assert found(tmp_path) == found(tmp_path)
    assert found(tmp_path) == found(Path(os.path.relpath(tmp_path)))


def test_a_path_that_does_not_exist_is_bad_input_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist: check"):
        find_documents([tmp_path, tmp_path / "nothing"])


def test_link_loops_end_and_linked_folders_are_read_once(tmp_path: Path) -> None:
    written(tmp_path, "a/cv.txt", "x")
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    items = found(tmp_path)
    assert [d.source_key for d in documents(items)] == [str(tmp_path / "a/cv.txt")]
    assert [(d.source_key, d.error_code) for d in rejected(items)] == [(str(tmp_path / "self"), "unreadable_source")]


def test_a_dangling_link_is_unreadable_not_fatal(tmp_path: Path) -> None:
    (tmp_path / "gone.pdf").symlink_to(tmp_path / "nowhere")
    written(tmp_path, "cv.txt", "x")
    assert [type(d) for d in found(tmp_path)] == [RawDocument, RejectedDocument]


def test_pipes_sockets_and_devices_do_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("b.txt")
        (tmp_path / "zero.csv").symlink_to("/dev/zero")
        items: list[Found] = []
        thread = threading.Thread(target=lambda: items.extend(find_documents([tmp_path])), daemon=True)
        thread.start()
        thread.join(10)
    assert not thread.is_alive()
    assert [(Path(d.source_key).name, d.error_code) for d in rejected(items)] == [
        *(("a.jsonl", "unreadable_source"), ("b.txt", "unreadable_source"), ("zero.csv", "unreadable_source"))
    ]
    assert all("or leave it out" in d.detail or "Give a file" in d.detail for d in rejected(items))


@pytest.fixture
def readable_folder() -> Iterator[Path]:
    """A folder that any user can reach; while the test runs, root is nobody, since root may read everything."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        for path in folder.rglob("*"):
            path.chmod(0o700)


def test_what_permission_closes_is_unreadable_and_the_rest_goes_on(readable_folder: Path) -> None:
    written(readable_folder, "closed/cv.txt", "x").parent.chmod(0)
    written(readable_folder, "open.txt", "x").chmod(0o644)
    written(readable_folder, "secret.txt", "x").chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        items = found(readable_folder)
    finally:
        if root:
            os.seteuid(0)
    assert [Path(d.source_uri).name for d in documents(items)] == ["open.txt"]
    assert [(Path(d.source_uri).name, d.error_code) for d in rejected(items)] == [
        ("closed", "unreadable_source"),
        ("secret.txt", "unreadable_source"),
    ]
    assert "permission denied. Grant access" in rejected(items)[0].detail


def test_a_name_too_long_to_open_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "cv.txt").symlink_to("x" * 300)
    (item,) = rejected(found(tmp_path))
    assert item.error_code == "unreadable_source"
    assert "cv.txt cannot be read" in item.detail


def test_an_empty_file_and_a_file_without_rows_are_empty(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.jsonl"):
        written(tmp_path, name, "")
    written(tmp_path, "c.csv", "title,company\n")
    written(tmp_path, "d.json", "[]")
    written(tmp_path, "e.jsonl", "\n \n")
    assert [d.error_code for d in rejected(found(tmp_path))] == ["empty_document"] * 5


def test_a_file_over_the_limit_is_rejected_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.pdf"
    with path.open("wb") as stream:
        stream.truncate(200 * 2**20)
    tracemalloc.start()
    (item,) = found(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(item, RejectedDocument)
    assert item.error_code == "document_too_large"
    assert "209715200 bytes" in item.detail
    assert peak < 2**20


def test_jsonl_with_broken_lines_loses_nothing(tmp_path: Path) -> None:
    lines = [
        '\ufeff{"id": "a", "title": "Cook"}',
        "",
        '{"id": "b", "title": ',
        '{"title": "Baker"}',
        "42",
        '"x"',
        '{"id": 3, "title": "É"}',
    ]
    path = written(tmp_path, "offers.jsonl", "\n".join(lines).encode() + b'\n{"title": "\xc9l\xe8ve"}\r\n' + b"[" * 30_000)
    items = found(path, kind="job_offer")
    assert [d.source_uri.rpartition("#")[2] for d in items] == [f"line={n}" for n in (1, 3, 4, 5, 6, 7, 8, 9)]
    assert [d.error_code for d in rejected(items)] == ["malformed_json"] * 4
    assert rejected(items)[0].payload == lines[2].encode()
    assert "#line=3 is not valid JSON" in rejected(items)[0].detail
    assert [d.source_key for d in documents(items)][:2] == [f"{path}#a", f"{path}#{documents(items)[1].content_hash}"]
    assert "Élève" in read(documents(items)[-1].content, media_type="application/json").text
    assert len({d.document_id for d in items}) == len(items)


def test_a_line_over_the_limit_costs_only_itself(tmp_path: Path) -> None:
    path = written(tmp_path, "o.jsonl", '{"id":1}\n{"id":2,"t":"' + "x" * 300_000 + '"}\n{"id":3}')
    items = found(path, limits=Limits(bytes=1000))
    assert [type(d) for d in items] == [RawDocument, RejectedDocument, RawDocument]
    assert items[2].source_uri.endswith("#line=3")
    assert rejected(items)[0].error_code == "document_too_large"


def test_two_rows_that_claim_one_id_are_both_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "o.jsonl", '{"id":1,"t":"a"}\n{"id":1,"t":"b"}\n{"id":1,"t":"a"}\n')
    ids = [d.document_id for d in found(path)]
    assert ids[0] == ids[2] != ids[1]


def test_json_lists_and_objects_that_carry_one(tmp_path: Path) -> None:
    rows = [{"id": i, "title": f't{i} [x] \\"y\\" {{', "n": {"a": [1, 2]}} for i in range(3)]
    for name, value in (
        ("a.json", rows),
        ("b.json", {"jobs": rows, "meta": {"total": 3}}),
        ("c.json", {"title": "one", "description": "d"}),
    ):
        written(tmp_path, name, json.dumps(value, indent=2))
    items = documents(found(tmp_path))
    assert [json.loads(d.content) for d in items] == [*rows, *rows, {"title": "one", "description": "d"}]
    assert [d.source_key.rpartition("#")[2] for d in items[:3]] == ["0", "1", "2"]


def test_a_json_list_that_ends_too_early_keeps_its_whole_elements(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", '[{"id": 1}, {"id": }, {"id": 2}, {"id": 3, "ti')
    items = found(path)
    assert [type(d) for d in items] == [RawDocument, RejectedDocument, RawDocument, RejectedDocument]
    assert rejected(items)[1].payload == b'{"id": 3, "ti'


def test_broken_json_is_rejected_with_its_bytes(tmp_path: Path) -> None:
    (item,) = found(written(tmp_path, "a.json", '{"title": "x"'))
    assert isinstance(item, RejectedDocument)
    assert (item.error_code, item.payload) == ("malformed_json", b'{"title": "x"')


def test_jsonl_named_json_and_a_pdf_named_jsonl(tmp_path: Path) -> None:
    assert len(documents(found(written(tmp_path, "a.json", '{"id":1}\n{"id":2}\n')))) == 2
    (item,) = found(written(tmp_path, "b.jsonl", b"%PDF-1.4 ..."))
    assert isinstance(item, RawDocument)
    assert item.content.startswith(b"%PDF")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_of_any_dialect_and_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["Intitulé", "Entreprise", "couleur"], ['"Chef, de ""projet"""', "Société É", "rouge"], ['"Deux\nlignes"', "B", ""]]
    if delimiter != ",":
        rows[1][0] = f'"Chef{delimiter} de ""projet"""'
    path = written(tmp_path, "o.csv", "\r\n".join(delimiter.join(r) for r in rows).encode(encoding))
    items = found(path)
    assert [json.loads(d.content) for d in documents(items)] == [
        {"Intitulé": f'Chef{delimiter} de "projet"', "Entreprise": "Société É", "couleur": "rouge"},
        {"Intitulé": "Deux\nlignes", "Entreprise": "B"},
    ]
    assert [d.source_uri.rpartition("=")[2] for d in items] == ["2", "3"]
    assert "couleur: rouge" in read(documents(items)[0].content, media_type="application/json").text


def test_csv_rows_that_do_not_fit_cost_only_themselves(tmp_path: Path) -> None:
    lines = [
        "id,title,company",
        "1,Cook,A",
        "2,Baker,B,extra,more",
        "lonely",
        "3,Smith,C,,",
        '4,"open quote,D',
        "5,Tailor,E",
        "6,Miller,F",
    ]
    items = found(written(tmp_path, "o.csv", "\n".join(lines)))
    assert [json.loads(d.content)["title"] for d in documents(items)] == ["Cook", "Smith", "Tailor", "Miller"]
    assert [(d.source_uri.rpartition("=")[2], d.error_code, d.payload.decode()) for d in rejected(items)] == [
        ("3", "malformed_csv", lines[2]),
        ("4", "malformed_csv", lines[3]),
        ("6", "malformed_csv", lines[5]),
    ]


def test_memory_stays_flat_as_rows_grow(tmp_path: Path) -> None:
    def peak(count: int, name: str) -> int:
        path = tmp_path / name
        with path.open("w") as stream:
            stream.write("[" if name.endswith("json") else "title,description\n" if name.endswith("csv") else "")
            for i in range(count):
                row = {"title": f"t{i}", "description": "d" * 500}
                stream.write(
                    f"{i},{'d' * 500}\n" if name.endswith("csv") else json.dumps(row) + ("," if name.endswith("json") else "\n")
                )
            stream.write('{"title": "last"}]' if name.endswith("json") else "")
        tracemalloc.start()
        assert sum(1 for _ in find_documents([path])) >= count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    for name in ("a.jsonl", "a.json", "a.csv"):
        assert peak(4000, name) < peak(500, name) + 100_000


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=1500) | st.text(alphabet='{}[],":;|\t\n\r\\ab1é', max_size=300).map(str.encode),
    st.sampled_from(["jsonl", "json", "csv", "tsv", "txt"]),
)
def test_any_bytes_give_documents_or_rejections(tmp_path: Path, content: bytes, extension: str) -> None:
    path = written(tmp_path, f"f.{extension}", content)
    items = found(path, limits=Limits(bytes=200))
    assert items
    for item in documents(items):
        with contextlib.suppress(DocumentError):
            read(item.content, media_type=item.media_type, name=item.source_uri)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.text() | st.integers() | st.lists(st.text(max_size=5), max_size=3), min_size=1),
        max_size=6,
    ),
    st.booleans(),
)
def test_the_elements_of_any_list_are_cut_where_json_says(rows: list[dict[str, Any]], ascii_only: bool) -> None:
    import io

    class Dripping(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            return super().read(3)

    stream = Dripping(json.dumps(rows, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))
    got: Iterator[Any] = (json.loads(r.content) for r in array_rows(stream, 10**6))
    assert list(got) == rows


@pytest.mark.skipif(not DATA.exists(), reason="the shared data is not here")
def test_the_real_ads_and_personas_are_found() -> None:
    ads = found(DATA / "job_ads/job_ads.jsonl", kind="job_offer")
    assert len(documents(ads)) == len(ads) == len({d.document_id for d in ads}) == 121
    assert [Path(d.source_uri).suffix for d in found(DATA / "cv_pdf_personas", kind="cv")] == [".pdf"] * 8
