"""Fetching: what servers do wrong ends as a sentence, in bounded time and memory; what they ask for is done."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from producers.charsets import decode
from producers.http import USER_AGENT, Page
from producers.state import Validators
from talentflow.errors import AddressRefused, DocumentTooLarge, NotFound, ServiceUnavailable, UnexpectedAnswer
from tests.sources.web import Fetcher, fetcher_in, raw_server

MIB = 2**20


@pytest.fixture
def fetcher(tmp_path: Path) -> Iterator[Fetcher]:
    with fetcher_in(tmp_path) as made:
        yield made


def answers(server: HTTPServer, path: str, *responses: Response) -> list[Request]:
    """Serve these one after the other, the last one again and again; the list fills with the requests."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return responses[min(len(seen), len(responses)) - 1]

    server.expect_request(path).respond_with_handler(answer)
    return seen


# what an answer is


def test_a_page_says_where_it_came_from_and_what_it_is(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    headers = {"ETag": '"1"', "Last-Modified": "Wed, 04 Nov 2026 10:00:00 GMT"}
    httpserver.expect_request("/jobs").respond_with_data("é", content_type="text/plain; charset=utf-8", headers=headers)
    page = fetcher.http().get(httpserver.url_for("/jobs"))
    assert page is not None
    assert (page.url, page.status, page.content) == (httpserver.url_for("/jobs"), 200, "é".encode())
    assert (page.media_type, page.charset, page.text) == ("text/plain", "utf-8", "é")
    assert page.validators == Validators('"1"', "Wed, 04 Nov 2026 10:00:00 GMT")
    assert page.fetched_at.tzinfo is not None
    assert (fetcher.counts.fetched, fetcher.counts.not_modified) == (1, 0)


def test_requests_name_the_program(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    seen = answers(httpserver, "/jobs", Response("[]"))
    fetcher.http().get(httpserver.url_for("/jobs"))
    assert seen[0].headers["User-Agent"] == USER_AGENT
    assert USER_AGENT.startswith("Talentflow/")


def test_parameters_are_added_to_those_of_the_address(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    seen = answers(httpserver, "/jobs", Response("[]"))
    page = fetcher.http().get(httpserver.url_for("/jobs?team=a b"), params={"page": 2})
    assert seen[0].args.to_dict() == {"team": "a b", "page": "2"}
    assert page is not None
    assert page.url.endswith("page=2")


def test_a_search_is_posted_as_json(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    seen = answers(httpserver, "/search", Response('{"total": 0}', content_type="application/json"))
    page = fetcher.http().post(httpserver.url_for("/search"), json={"text": "Ingénieur"})
    assert page.json() == {"total": 0}
    assert seen[0].json == {"text": "Ingénieur"}


# conditional requests


def test_a_page_is_fetched_again_only_after_a_change(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    def answer(request: Request) -> Response:
        known = request.headers.get("If-None-Match") == '"1"'
        return Response(status=304) if known else Response("offers", headers={"ETag": '"1"'})

    httpserver.expect_request("/jobs").respond_with_handler(answer)
    url = httpserver.url_for("/jobs")
    http = fetcher.http()
    page = http.get(url)
    assert page is not None
    assert http.get(url) is not None, "not remembered before its documents are safe"
    http.remembering(page)()
    assert http.get(url) is None
    assert http.get(url, conditional=False) is not None
    assert (fetcher.counts.fetched, fetcher.counts.not_modified) == (3, 1)


def test_validators_belong_to_the_address_that_was_asked_for(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/old").respond_with_data("", 302, {"Location": "/new"})
    httpserver.expect_request("/new").respond_with_data("offers", headers={"ETag": '"1"'})
    http = fetcher.http()
    page = http.get(httpserver.url_for("/old"))
    assert page is not None
    http.remembering(page)()
    assert fetcher.state.validators(httpserver.url_for("/old")) == Validators('"1"')


def test_a_304_that_nobody_asked_for_is_unexpected(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/jobs").respond_with_data("", 304)
    with pytest.raises(UnexpectedAnswer, match="304"):
        fetcher.http().get(httpserver.url_for("/jobs"))


def test_a_validator_that_cannot_be_sent_back_is_left_out(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    url = httpserver.url_for("/jobs")
    seen = answers(httpserver, "/jobs", Response("offers"))
    fetcher.state.remember(url, Validators('"é"', "Wed, 04 Nov 2026 10:00:00 GMT"))
    assert fetcher.http().get(url) is not None
    assert "If-None-Match" not in seen[0].headers
    assert seen[0].headers["If-Modified-Since"] == "Wed, 04 Nov 2026 10:00:00 GMT"


# redirects


def test_redirects_are_followed_to_the_page(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a").respond_with_data("", 301, {"Location": "/b?x=1#part"})
    httpserver.expect_request("/b").respond_with_data("", 307, {"Location": httpserver.url_for("/c")})
    httpserver.expect_request("/c").respond_with_data("offers")
    page = fetcher.http().get(httpserver.url_for("/a"))
    assert page is not None
    assert (page.url, page.requested, page.text) == (httpserver.url_for("/c"), httpserver.url_for("/a"), "offers")


def test_a_redirect_loop_ends(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a").respond_with_data("", 302, {"Location": "/b"})
    httpserver.expect_request("/b").respond_with_data("", 302, {"Location": "/a"})
    with pytest.raises(UnexpectedAnswer, match="in a circle"):
        fetcher.http().get(httpserver.url_for("/a"))
    assert len(httpserver.log) == 2


def test_endless_redirects_end(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    def further(request: Request) -> Response:
        return Response(status=302, headers={"Location": f"/n?{int(request.query_string or b'0') + 1}"})

    httpserver.expect_request("/n").respond_with_handler(further)
    with pytest.raises(UnexpectedAnswer, match="more than 5 times"):
        fetcher.http().get(httpserver.url_for("/n"))
    assert len(httpserver.log) == 6


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("", UnexpectedAnswer),
        ("http://x:port/", UnexpectedAnswer),
        ("ftp://x/", AddressRefused),
        ("http://u:p@x/", AddressRefused),
    ],
)
def test_a_redirect_to_nowhere_is_told(fetcher: Fetcher, location: str, error: type[Exception]) -> None:
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    with raw_server(lambda connection, _over: connection.sendall(answer)) as url, pytest.raises(error):
        fetcher.http().get(url)


def test_secrets_stay_with_their_host(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    seen = answers(httpserver, "/b", Response("offers"))
    elsewhere = httpserver.url_for("/b").replace("localhost", "127.0.0.1")
    httpserver.expect_request("/a").respond_with_data("", 302, {"Location": elsewhere})
    fetcher.http().get(httpserver.url_for("/a"), headers={"Authorization": "Bearer secret", "X-Board": "1"})
    assert "Authorization" not in seen[0].headers
    assert seen[0].headers["X-Board"] == "1"


# what time may mend


def test_a_failure_is_tried_again_with_growing_patience(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    seen = answers(httpserver, "/jobs", Response(status=503), Response(status=500), Response("offers"))
    page = fetcher.http().get(httpserver.url_for("/jobs"))
    assert page is not None
    assert len(seen) == 3
    assert 0.75 <= fetcher.slept[0] <= 1.25
    assert 1.5 <= fetcher.slept[1] <= 2.5


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_server_that_goes_on_failing_is_left_for_later(fetcher: Fetcher, httpserver: HTTPServer, status: int) -> None:
    seen = answers(httpserver, "/jobs", Response(status=status))
    with pytest.raises(ServiceUnavailable, match=rf"/jobs answered {status}.*4 times: try again later"):
        fetcher.http().get(httpserver.url_for("/jobs"))
    assert len(seen) == 4
    assert fetcher.counts.fetched == 0


def test_retry_after_in_seconds_is_obeyed(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    answers(httpserver, "/jobs", Response(status=429, headers={"Retry-After": "17"}), Response("offers"))
    assert fetcher.http().get(httpserver.url_for("/jobs")) is not None
    assert fetcher.slept == [17]


def test_retry_after_as_a_date_is_obeyed(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    answers(httpserver, "/jobs", Response(status=503, headers={"Retry-After": when}), Response("offers"))
    assert fetcher.http().get(httpserver.url_for("/jobs")) is not None
    assert 35 < fetcher.slept[0] <= 40


@pytest.mark.parametrize("said", ["soon", "-5", "9" * 5000, "Wed, 99 Foo 2026 10:00:00 GMT", "1.5", "²"])
def test_a_retry_after_that_says_nothing_is_patience_of_our_own(fetcher: Fetcher, httpserver: HTTPServer, said: str) -> None:
    answers(
        httpserver, "/jobs", Response(status=429, headers={"Retry-After": said.encode().decode("latin-1")}), Response("offers")
    )
    assert fetcher.http().get(httpserver.url_for("/jobs")) is not None
    assert 0.75 <= fetcher.slept[0] <= 1.25


@pytest.mark.parametrize("said", ["3600", "Fri, 31 Dec 2099 23:59:59 GMT", "9999999999"])
def test_a_wait_that_is_too_long_is_told_at_once(fetcher: Fetcher, httpserver: HTTPServer, said: str) -> None:
    seen = answers(httpserver, "/jobs", Response(status=429, headers={"Retry-After": said}))
    with pytest.raises(ServiceUnavailable, match=r"429.*try again after \d{4}-\d\d-\d\d \d\d:\d\d UTC"):
        fetcher.http().get(httpserver.url_for("/jobs"))
    assert len(seen) == 1
    assert fetcher.slept == []


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_not_asked_for_again(fetcher: Fetcher, httpserver: HTTPServer, status: int) -> None:
    seen = answers(httpserver, "/jobs", Response(status=status))
    with pytest.raises(NotFound, match=rf"/jobs answered {status}"):
        fetcher.http().get(httpserver.url_for("/jobs"))
    assert len(seen) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 418, 422, 451])
def test_a_refusal_is_not_argued_with(fetcher: Fetcher, httpserver: HTTPServer, status: int) -> None:
    seen = answers(httpserver, "/jobs", Response(status=status))
    with pytest.raises(UnexpectedAnswer, match=f"{status}"):
        fetcher.http().get(httpserver.url_for("/jobs"))
    assert len(seen) == 1


def test_a_server_that_is_down_is_told(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceUnavailable, match=rf"127\.0\.0\.1:{port}/ could not be read .*refused.* 4 times"):
        fetcher.http().get(f"http://127.0.0.1:{port}/")
    assert len(fetcher.slept) == 3


# slow


def test_a_server_that_never_answers_is_given_up(fetcher: Fetcher) -> None:
    with raw_server(lambda _connection, over: over.wait(20)) as url, pytest.raises(ServiceUnavailable, match="in time"):
        fetcher.http(read=0.05, attempts=2).get(url)


def _drip(connection: socket.socket, over: threading.Event, start: bytes) -> None:
    connection.sendall(start)
    while not over.wait(0.01):
        connection.sendall(b"x")


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", id="content"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Long: ", id="headers"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x")[:10], id="gzip"
        ),
    ],
)
def test_a_server_that_drips_is_given_up_at_the_deadline(fetcher: Fetcher, start: bytes) -> None:
    started = time.monotonic()
    with raw_server(lambda connection, over: _drip(connection, over, start)) as url:
        with pytest.raises(ServiceUnavailable, match=r"in 0\.3 seconds|could not be read"):
            fetcher.http(read=5, total=0.3, attempts=1).get(url)
        assert time.monotonic() - started < 3


def test_an_answer_that_is_cut_off_is_not_taken_for_whole(fetcher: Fetcher) -> None:
    def cut(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")

    with raw_server(cut) as url, pytest.raises(ServiceUnavailable, match="could not be read"):
        fetcher.http(attempts=2).get(url)


@pytest.mark.parametrize("garbage", [b"\x00\x01\x02 no http\r\n\r\n", b"", b"SSH-2.0-OpenSSH_9\r\n"])
def test_a_server_that_speaks_no_http_is_told(fetcher: Fetcher, garbage: bytes) -> None:
    with raw_server(lambda connection, _over: connection.sendall(garbage)) as url, pytest.raises(ServiceUnavailable):
        fetcher.http(attempts=2).get(url)


def test_requests_to_one_host_keep_their_distance(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/jobs").respond_with_data("offers")
    http = fetcher.http(delay=30)
    for _ in range(3):
        http.get(httpserver.url_for("/jobs"))
    first, second = fetcher.slept  # recorded, not slept: each request waits for its own place in the row
    assert 20 < first <= 30
    assert 50 < second <= 60


def test_redirects_that_take_their_time_have_one_deadline(fetcher: Fetcher) -> None:
    def slow_redirect(connection: socket.socket, over: threading.Event) -> None:
        over.wait(0.2)
        connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: /{time.monotonic()}\r\nContent-Length: 0\r\n\r\n".encode())

    with raw_server(slow_redirect) as url, pytest.raises(ServiceUnavailable, match=r"in 0\.5 seconds"):
        fetcher.http(total=0.5, attempts=1).get(url)


# huge


def test_an_answer_that_announces_too_much_is_not_read(fetcher: Fetcher) -> None:
    def huge(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        over.wait(20)

    with raw_server(huge) as url, pytest.raises(DocumentTooLarge, match="announces 99999999999 bytes"):
        fetcher.http().get(url)


def test_an_answer_without_end_is_cut_at_the_limit(fetcher: Fetcher) -> None:
    def endless(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not over.is_set():
            connection.sendall(b"x" * 65536)

    with raw_server(endless) as url, pytest.raises(DocumentTooLarge, match="sent more than 1048576 bytes"):
        fetcher.http(sent_bytes=MIB).get(url)


def packed(content: bytes, coding: str) -> Response:
    return Response(content, headers={"Content-Encoding": coding})


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_not_unpacked(fetcher: Fetcher, httpserver: HTTPServer, coding: str) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | (16 if coding == "gzip" else 0))
    bomb = b"".join(packer.compress(bytes(MIB)) for _ in range(40)) + packer.flush()
    assert len(bomb) < MIB
    answers(httpserver, "/bomb", packed(bomb, coding))
    tracemalloc.start()
    with pytest.raises(DocumentTooLarge, match="unpacks to more than 2097152 bytes"):
        fetcher.http(unpacked_bytes=2 * MIB).get(httpserver.url_for("/bomb"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 12 * MIB


def test_a_bomb_in_a_bomb_is_refused_unread(fetcher: Fetcher, httpserver: HTTPServer) -> None:
    answers(httpserver, "/bomb", packed(gzip.compress(gzip.compress(bytes(MIB))), "gzip, gzip"))
    with pytest.raises(UnexpectedAnswer, match="gzip, gzip"):
        fetcher.http().get(httpserver.url_for("/bomb"))


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "nonsense"])
def test_an_encoding_that_was_not_asked_for_is_told(fetcher: Fetcher, httpserver: HTTPServer, coding: str) -> None:
    answers(httpserver, "/jobs", packed(b"?", coding))
    with pytest.raises(UnexpectedAnswer, match=coding):
        fetcher.http().get(httpserver.url_for("/jobs"))


RAW_DEFLATE = zlib.compressobj(wbits=-zlib.MAX_WBITS)


@pytest.mark.parametrize(
    ("content", "coding"),
    [
        pytest.param(gzip.compress(b"offers"), "gzip", id="gzip"),
        pytest.param(gzip.compress(b"offers"), "x-gzip", id="x-gzip"),
        pytest.param(zlib.compress(b"offers"), "deflate", id="deflate"),
        pytest.param(RAW_DEFLATE.compress(b"offers") + RAW_DEFLATE.flush(), "deflate", id="deflate without a header"),
        pytest.param(gzip.compress(b"off") + gzip.compress(b"ers"), "gzip", id="two members"),
        pytest.param(gzip.compress(b"offers") + bytes(100), "gzip", id="padded"),
        pytest.param(b"offers", "identity", id="identity"),
        pytest.param(b"offers", "", id="empty header"),
    ],
)
def test_packed_content_is_unpacked(fetcher: Fetcher, httpserver: HTTPServer, content: bytes, coding: str) -> None:
    answers(httpserver, "/jobs", packed(content, coding))
    page = fetcher.http().get(httpserver.url_for("/jobs"))
    assert page is not None
    assert page.content == b"offers"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(b"offers" * 1000)[:-9], id="cut off"),
        pytest.param(b"no gzip at all", id="no gzip at all"),
        pytest.param(gzip.compress(b"x" * 99)[:12] + b"\xff" * 20, id="overwritten"),
    ],
)
def test_damaged_packing_is_not_taken_for_content(fetcher: Fetcher, httpserver: HTTPServer, content: bytes) -> None:
    answers(httpserver, "/jobs", packed(content, "gzip"))
    with pytest.raises(ServiceUnavailable, match="could not be read"):
        fetcher.http().get(httpserver.url_for("/jobs"))


# text


FRENCH = "Développeur confirmé à Besançon, 45 000 €, l’équipe vous attend"
META = '<html><head><meta charset="{}"></head><body>{}</body></html>'
XML = '<?xml version="1.0" encoding="{}"?><jobs>{}</jobs>'


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(FRENCH.encode(), "text/html; charset=utf-8", id="as the header says"),
        pytest.param(FRENCH.encode("cp1252"), "text/html; charset=windows-1252", id="another charset in the header"),
        pytest.param(FRENCH.encode("cp1252"), "text/html; charset=iso-8859-1", id="latin-1 means windows-1252"),
        pytest.param(FRENCH.encode(), "text/html; charset=iso-8859-1", id="utf-8 called latin-1"),
        pytest.param(FRENCH.encode("cp1252"), "text/html; charset=utf-8", id="windows-1252 called utf-8"),
        pytest.param(FRENCH.encode("cp1252"), "text/html; charset=nonsense", id="no such charset"),
        pytest.param(FRENCH.encode(), "", id="nothing named"),
        pytest.param(FRENCH.encode(), "text/plain; charset=us-ascii", id="utf-8 called ascii"),
        pytest.param(META.format("windows-1252", FRENCH).encode("cp1252"), "text/html", id="meta"),
        pytest.param(XML.format("windows-1252", FRENCH).encode("cp1252"), "application/xml", id="xml declaration"),
        pytest.param(FRENCH.encode("utf-8-sig"), "text/html; charset=iso-8859-1", id="utf-8 with a mark"),
        pytest.param(FRENCH.encode("utf-16"), "text/html", id="utf-16 with a mark"),
        pytest.param(FRENCH.encode("utf-16-le"), "text/html; charset=utf-16le", id="utf-16 in the header"),
        pytest.param(FRENCH.encode() + b" \xff\xfe", "text/html; charset=utf-8", id="damaged at one place"),
        pytest.param(FRENCH.encode(), "text/html; charset=utf-16", id="utf-8 called utf-16"),
    ],
)
def test_text_is_read_whatever_charset_is_named(content: bytes, content_type: str) -> None:
    assert FRENCH in decode(content, content_type)[0]


@pytest.mark.parametrize(
    ("words", "charset"), [("求人情報 エンジニア", "shift_jis"), ("招聘软件工程师", "gb18030"), ("Требуется инженер", "koi8-r")]
)
def test_other_scripts_are_read_as_named(words: str, charset: str) -> None:
    assert decode(words.encode(charset), f"text/html; charset={charset}")[0] == words


@pytest.mark.parametrize(
    ("words", "charset"),
    [
        ("Développeur confirmé à Besançon", "cp1252"),
        ("Técnico de mantenimiento en España, ¿te interesa?", "cp1252"),
        ("Pflegefachkräfte für Köln", "cp1252"),
        ("Specjalista ds. sprzedaży we Wrocławiu, żywność", "cp1250"),
        ("Требуется инженер-программист в Москве", "cp1251"),
        ("求人情報 エンジニアを募集しています", "shift_jis"),
    ],
)
def test_text_in_an_unnamed_charset_is_read_as_it_looks(words: str, charset: str) -> None:
    assert words in decode(f"<p>{words}</p>".encode(charset))[0]
    assert words in decode(f"<p>{words}</p>".encode(charset), "text/html; charset=utf-8")[0]


def test_binary_garbage_becomes_some_text() -> None:
    text, charset = decode(bytes(range(256)) * 64)
    assert text
    assert charset


def test_a_page_that_is_no_json_says_what_it_is() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"http://h/jobs should answer in JSON and sent an HTML page"):
        Page("http://h/jobs", b"<html><body>Sorry</body></html>").json()


@pytest.mark.parametrize("content", [b"", b"{", b"nonsense", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}", b"\x00\xff\xfe\x01"])
def test_broken_json_is_an_unexpected_answer(content: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match="should answer in JSON"):
        Page("http://h/jobs", content).json()


def test_json_with_a_mark_or_in_utf_16_is_read() -> None:
    assert Page("u", b'\xef\xbb\xbf{"a": "\xc3\xa9"}').json() == {"a": "é"}
    assert Page("u", '{"a": "é"}'.encode("utf-16")).json() == {"a": "é"}
