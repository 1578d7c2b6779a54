"""What every cache does."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import socketserver
import ssl
import stat
import subprocess
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Thread
from uuid import uuid4

import psutil
import pytest
from cryptography import x509
from pydantic import SecretStr

from talentflow import services
from talentflow.cache import Cache, open_cache, open_cache_if_there
from talentflow.cache.none import NoCache
from talentflow.cache.valkey import server_binary
from talentflow.errors import BadSettings, ServiceUnavailable
from talentflow.services.launch import free_port, is_answered
from talentflow.settings import Settings
from tests.certificates import certificate_of
from tests.conftest import StartPython

ADAPTERS = ["valkey", "redis", "none"]
KEEPS_NOTHING = "it keeps nothing"
HOUR = timedelta(hours=1)
Open = Callable[[], Cache]

OPEN = """
import sys
from datetime import timedelta
from pathlib import Path
from talentflow.cache import open_cache
from talentflow.settings import Settings
cache = open_cache(Settings(home=Path(sys.argv[1]), cache=sys.argv[2]))
"""


def shown(error: BaseException | None) -> str:
    """What a traceback prints of an error and its causes, without the lines of code."""
    if error is None:
        return ""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "".join(traceback.format_exception_only(error)) + shown(before)


def secret(url: str | None) -> SecretStr | None:
    return None if url is None else SecretStr(url)


@dataclass(frozen=True)
class Guarded:
    port: int
    tls_port: int
    socket: Path
    authority: Path

    def fill(self, url: str, password: str) -> str:
        return url.format(port=self.port, tls=self.tls_port, socket=self.socket, authority=self.authority, password=password)


@contextmanager
def tls_before(port: int, folder: Path) -> Generator[tuple[int, Path]]:
    """A TLS port that passes on to `port`, and the certificate to trust. The embedded server speaks no TLS itself."""
    public, secret = certificate_of("localhost", x509.DNSName("localhost"))
    authority, private = folder / "authority.pem", folder / "key.pem"
    authority.write_bytes(public)
    private.write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, private)

    class PassOn(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                contextlib.suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as outer,
                socket.create_connection(("127.0.0.1", port)) as inner,
            ):
                Thread(target=_pump, args=(inner, outer), daemon=True).start()
                _pump(outer, inner)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), PassOn) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_address[1], authority
        server.shutdown()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(65_536):
            sink.sendall(block)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(home=tmp_path_factory.mktemp("redis"))
    (told,) = services.up(settings, ["redis"])
    yield told["address"]
    services.down(settings, ["redis"])


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def open_it(adapter: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    if adapter == "redis":
        monkeypatch.setenv("TALENTFLOW_REDIS_URL", request.getfixturevalue("redis_url"))
        monkeypatch.setenv("TALENTFLOW_REDIS_PREFIX", f"{uuid4().hex}:")
    opened: list[Cache] = []

    def open_() -> Cache:
        opened.append(open_cache(Settings(home=tmp_path, cache=adapter)))  # pyright: ignore[reportArgumentType]
        return opened[-1]

    yield open_
    for cache in opened:
        cache.close()


@pytest.fixture
def cache(open_it: Open) -> Cache:
    return open_it()


def servers(home: Path) -> list[psutil.Process]:
    """The live servers whose socket is under `home`."""
    found = [p for p in psutil.process_iter(["cmdline", "status"]) if str(home) in " ".join(p.info["cmdline"] or ())]
    return [p for p in found if p.info["status"] != psutil.STATUS_ZOMBIE and "valkey" in p.info["cmdline"][0]]


def test_what_was_never_set_is_none(cache: Cache) -> None:
    assert cache.get("nothing") is None
    assert cache.delete_prefix("nothing") == 0


@pytest.mark.gap("none", reason=KEEPS_NOTHING)
@pytest.mark.parametrize("key", ["k", "", "clé ☃", "\udce9", "a b\n", "x" * 10_000])
def test_values_come_back_as_they_were(cache: Cache, key: str) -> None:
    for value in (b"v", b"", bytes(range(256)), b"x" * 1_000_000):
        cache.set(key, value, ttl=HOUR)
        assert cache.get(key) == value


@pytest.mark.gap("none", reason=KEEPS_NOTHING)
def test_a_value_is_gone_after_its_time(cache: Cache) -> None:
    cache.set("short", b"v", ttl=timedelta(milliseconds=60))
    cache.set("long", b"v", ttl=HOUR)
    assert cache.get("short") == b"v"
    deadline = time.monotonic() + 5
    while cache.get("short") is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert cache.get("short") is None
    assert cache.get("long") == b"v"


@pytest.mark.parametrize("ttl", [timedelta(0), timedelta(seconds=-5), timedelta(microseconds=10)])
def test_no_time_to_live_keeps_nothing(cache: Cache, ttl: timedelta) -> None:
    cache.set("k", b"old", ttl=HOUR)
    cache.set("k", b"new", ttl=ttl)
    assert cache.get("k") is None


@pytest.mark.gap("none", reason=KEEPS_NOTHING)
def test_a_prefix_is_taken_literally(cache: Cache) -> None:
    kept = ["match:2", "matc", "amatch:1", "m"]
    for prefix in ("match:1", "m*", "[ab]", "a?", "\\", "-^"):
        for key in [*kept, f"{prefix}", f"{prefix}:x", f"{prefix}y"]:
            cache.set(key, b"v", ttl=HOUR)
        assert cache.delete_prefix(prefix) == 3
        assert cache.get(f"{prefix}:x") is None
        assert all(cache.get(key) == b"v" for key in kept)


@pytest.mark.gap("none", reason=KEEPS_NOTHING)
def test_a_prefix_of_many_keys_goes_whole(cache: Cache) -> None:
    for n in range(2500):
        cache.set(f"many:{n}", b"v", ttl=HOUR)
    cache.set("other", b"v", ttl=HOUR)
    assert cache.delete_prefix("many:") == 2500
    assert cache.delete_prefix("many:") == 0
    assert cache.delete_prefix("") == 1


def test_threads_may_share_a_cache(cache: Cache) -> None:
    def use(n: int) -> bytes | None:
        cache.set(f"k{n}", b"%d" % n, ttl=HOUR)
        return cache.get(f"k{n}")

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(use, range(100))) <= {b"%d" % n for n in range(100)} | {None}


def test_closing_twice_is_harmless(open_it: Open) -> None:
    cache = open_it()
    cache.close()
    cache.close()


@pytest.mark.gap("none", reason=KEEPS_NOTHING)
def test_processes_of_one_home_share_it(adapter: str, cache: Cache, tmp_path: Path, start_python: StartPython) -> None:
    cache.set("from", b"parent", ttl=HOUR)
    child = start_python(
        OPEN + "print(cache.get('from')); cache.set('from', b'child', ttl=timedelta(hours=1)); cache.close()", tmp_path, adapter
    )
    assert child.communicate()[0].strip() == "b'parent'"
    assert cache.get("from") == b"child"


@pytest.mark.gap("none", reason=KEEPS_NOTHING)
@pytest.mark.gap("redis", reason="it is shared by all that have its URL and prefix, whatever their home")
def test_homes_do_not_share(cache: Cache, adapter: str, tmp_path: Path) -> None:
    other = open_cache(Settings(home=tmp_path / "other", cache=adapter))  # pyright: ignore[reportArgumentType]
    cache.set("k", b"v", ttl=HOUR)
    assert other.get("k") is None
    other.close()


@pytest.mark.parametrize("adapter", ["valkey"])
def test_the_server_ends_with_its_last_user(adapter: str, open_it: Open, tmp_path: Path) -> None:
    first, second = open_it(), open_it()
    assert len(servers(tmp_path)) == 1
    first.set("k", b"v", ttl=HOUR)
    first.close()
    assert second.get("k") == b"v"
    second.close()
    assert all_ended(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("adapter", ["valkey"])
def test_a_process_that_forgets_to_close_leaves_no_server(adapter: str, tmp_path: Path, start_python: StartPython) -> None:
    assert start_python(OPEN + "print(len(sys.argv))", tmp_path, adapter).wait() == 0
    assert all_ended(tmp_path)


@pytest.mark.parametrize("adapter", ["valkey"])
def test_the_server_of_a_killed_process_is_taken_over(
    adapter: str, tmp_path: Path, open_it: Open, start_python: StartPython
) -> None:
    user = start_python(
        OPEN + "cache.set('k', b'v', ttl=timedelta(hours=1)); print('ready', flush=True); sys.stdin.read()", tmp_path, adapter
    )
    assert user.stdout is not None
    assert user.stdout.readline() == "ready\n"
    user.kill()
    user.wait()
    cache = open_it()
    assert cache.get("k") == b"v"
    assert len(servers(tmp_path)) == 1
    cache.close()
    assert all_ended(tmp_path)


@pytest.mark.parametrize("adapter", ["valkey"])
def test_a_killed_server_costs_values_and_no_error(
    adapter: str, open_it: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = open_it()
    cache.set("k", b"v", ttl=HOUR)
    (server,) = servers(tmp_path)
    os.kill(server.pid, signal.SIGKILL)
    assert all_ended(tmp_path)
    started = time.monotonic()
    for _ in range(20):
        assert cache.get("k") is None
        cache.set("k", b"v", ttl=HOUR)
    assert cache.delete_prefix("k") == 0
    assert time.monotonic() - started < 1
    assert capsys.readouterr().out.count("cache lost") == 1
    anew = open_it()
    anew.set("k", b"w", ttl=HOUR)
    assert anew.get("k") == b"w"
    assert cache.get("k") == b"w"


@pytest.mark.parametrize("adapter", ["valkey"])
def test_a_deep_home_is_no_obstacle_and_the_socket_is_private(adapter: str, tmp_path: Path) -> None:
    from talentflow.cache.valkey import _socket_path  # pyright: ignore[reportPrivateUsage]

    for home in (tmp_path / "short", tmp_path / ("deep" * 30)):
        cache = open_cache(Settings(home=home, cache="valkey"))
        cache.set("k", b"v", ttl=HOUR)
        assert cache.get("k") == b"v"
        assert stat.S_IMODE(_socket_path(home / "cache").stat().st_mode) == 0o700
        cache.close()


@pytest.mark.slow
@pytest.mark.parametrize("adapter", ["valkey"])
def test_memory_is_bounded(adapter: str, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(300):
        cache.set(f"k{n}", b"x" * 1_000_000, ttl=HOUR)
    assert cache.get("k299") is not None
    assert sum(cache.get(f"k{n}") is not None for n in range(300)) < 270


@pytest.mark.parametrize("adapter", ["valkey"])
def test_a_server_that_cannot_start_is_said(adapter: str, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(ServiceUnavailable, match="TALENTFLOW_CACHE=none"):
        open_cache(Settings(home=tmp_path, cache="valkey"))


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis://:secret@127.0.0.1:1/0"])
def test_a_redis_that_does_not_answer_is_said_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailable, match="TALENTFLOW_REDIS_URL") as raised:
        open_cache(Settings(home=tmp_path, cache="redis", redis_url=secret(url)))
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://x",
        "nonsense",
        "redis://[::1",
        "redis://:sec/ret@h",
        "redis://:secret@h:port/0",
        "redis://:secret@127.0.0.1:1/one",
        "redis://h?secret=1",
    ],
)
def test_no_redis_url_is_said(url: str | None, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="TALENTFLOW_REDIS_URL") as raised:
        open_cache(Settings(home=tmp_path, cache="redis", redis_url=secret(url)))
    assert not any(part in shown(raised.value) for part in ("secret", "'sec'"))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A server with a password, on TCP, on TLS and on a socket."""
    folder = tmp_path_factory.mktemp("guarded")
    port, socket_ = free_port(), Path("/tmp") / f"talentflow-{uuid4().hex[:12]}.sock"
    options = {"port": str(port), "unixsocket": str(socket_), "requirepass": "s@cret/1", "save": "", "databases": "4"}
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    server = subprocess.Popen([server_binary(folder), *arguments], cwd=folder, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 15
    while not (is_answered(port) and socket_.exists()) and time.monotonic() < deadline:
        time.sleep(0.02)
    with tls_before(port, folder) as (tls_port, authority):
        yield Guarded(port, tls_port, socket_, authority)
    server.kill()
    server.wait()
    socket_.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:{password}@127.0.0.1:{port}",
        "redis://:{password}@127.0.0.1:{port}/3",
        "redis://default:{password}@localhost:{port}/0",
        "rediss://:{password}@localhost:{tls}/1?ssl_ca_certs={authority}",
        "unix://:{password}@{socket}?db=2",
    ],
)
def test_a_server_is_reached_by_any_url(url: str, guarded: Guarded, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, cache="redis", redis_url=secret(guarded.fill(url, "s%40cret%2F1")))
    cache = open_cache(settings)
    cache.set("k", b"v", ttl=HOUR)
    assert open_cache(settings).get("k") == b"v"
    assert cache.delete_prefix("") == 1
    cache.close()
    assert "s%40cret" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://:wr0ng@127.0.0.1:{port}", BadSettings),
        ("redis://127.0.0.1:{port}", BadSettings),
        ("redis://nobody:wr0ng@127.0.0.1:{port}", BadSettings),
        ("redis://:{password}@127.0.0.1:{port}/99", BadSettings),
        ("rediss://:{password}@localhost:{tls}", ServiceUnavailable),
        ("rediss://:{password}@127.0.0.1:{port}", ServiceUnavailable),
        ("redis://:{password}@127.0.0.1:{tls}", ServiceUnavailable),
        ("unix://:{password}@{socket}.elsewhere", ServiceUnavailable),
    ],
)
def test_what_a_server_refuses_is_said_without_the_password(
    url: str, expected: type[Exception], guarded: Guarded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(expected, match=r"TALENTFLOW_REDIS_URL.*TALENTFLOW_CACHE=none") as raised:
        open_cache(Settings(home=tmp_path, cache="redis", redis_url=secret(guarded.fill(url, "s%40cret%2F1"))))
    said = shown(raised.value) + "".join(capsys.readouterr())
    assert not any(password in said for password in ("s%40cret", "s@cret", "wr0ng"))


def test_no_cache_keeps_nothing() -> None:
    cache = NoCache()
    cache.set("k", b"v", ttl=HOUR)
    assert cache.get("k") is None


def all_ended(home: Path, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while servers(home):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_what_only_saves_time_goes_on_without_a_server_that_is_not_there() -> None:
    cache = open_cache_if_there(Settings(cache="redis", redis_url=SecretStr("redis://127.0.0.1:1/0")))
    cache.set("a", b"1", ttl=timedelta(minutes=1))
    assert cache.get("a") is None
