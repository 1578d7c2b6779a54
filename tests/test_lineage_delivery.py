"""Where lineage goes: the journal, which has many writers and an end, and a server, which may not be there."""

from __future__ import annotations

import json
import resource
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs
from werkzeug import Request, Response

from talentflow.errors import BadSettings, Busy, ServiceUnavailable
from talentflow.lakehouse import Lakehouse, open_lakehouse
from talentflow.lineage.deliver import CLOSING_SECONDS, deliver
from talentflow.lineage.journal import Journal
from talentflow.settings import Settings
from talentflow.tables import CLASSIFICATIONS
from tests.command import talentflow
from tests.conftest import StartPython
from tests.lineage_spec import RUN, small_run, told


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def lakehouse(settings: Settings) -> Lakehouse:
    return open_lakehouse(settings)


# The journal


def test_two_processes_append_whole_lines_and_lose_none(settings: Settings, start_python: StartPython) -> None:
    code = """
        import json, sys
        from pathlib import Path
        from talentflow.lineage.journal import Journal
        journal = Journal(Path(sys.argv[1]), 20_000, 1000)
        for n in range(60):
            journal.append([json.dumps({"writer": sys.argv[2], "n": n, "more": "x" * 200})])
    """
    writers = [start_python(code, settings.lineage_dir, name) for name in "ab"]
    assert [w.wait() for w in writers] == [0, 0]
    journal = Journal(settings.lineage_dir, 20_000, 1000)
    assert len(journal.paths()) > 1
    for writer in "ab":
        assert [e["n"] for e in journal.read() if e["writer"] == writer] == list(range(60))
    assert all(p.stat().st_size <= 20_000 for p in journal.paths())


def test_the_journal_has_an_end_and_says_what_was_dropped_unsent(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "lineage", 100, 3)
    dropped = [journal.append([json.dumps({"n": n, "more": "x" * 60})]) for n in range(5)]
    assert dropped == [0, 0, 0, 1, 1]
    assert [e["n"] for e in journal.read()] == [2, 3, 4]
    journal.move_mark(next(journal.waiting()))
    assert [line.event["n"] for line in journal.waiting()] == [3, 4]
    assert journal.append([json.dumps({"n": 5, "more": "x" * 60})]) == 0


def test_a_line_that_a_kill_cut_short_costs_itself_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "lineage", 10_000, 3)
    journal.append(['{"n": 1}'])
    with journal.paths()[0].open("a") as stream:
        stream.write('{"n": 2, "cu')
    assert [e["n"] for e in journal.read()] == [1]
    journal.append(['{"n": 3}'])
    assert [e["n"] for e in journal.read()] == [1, 3]
    assert [line.event["n"] for line in journal.waiting()] == [1, 3]


def test_a_full_disk_leaves_the_journal_whole_and_the_run_unhurt(settings: Settings, start_python: StartPython) -> None:
    code = f"""
        import resource, sys
        from pathlib import Path
        from talentflow.lakehouse import open_lakehouse
        from talentflow.settings import Settings
        from tests.lineage_spec import small_run
        settings = Settings(home=Path(sys.argv[1]))
        lakehouse = open_lakehouse(settings)
        small_run(settings, lakehouse)
        size = next(settings.lineage_dir.glob("events-*")).stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1000, {resource.RLIM_INFINITY}))
        small_run(settings, lakehouse, "20261126T130000-0123abcd")
        print("done")
    """
    process = start_python(code, settings.home)
    assert "done" in process.communicate()[0]
    assert process.returncode == 0
    events = told(settings)
    assert len(events) in (4, 5)
    assert next(settings.lineage_dir.glob("events-*")).read_bytes().endswith(b"\n")


def test_a_journal_that_somebody_holds_delays_a_run_once(
    settings: Settings, lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def busy(*_: object, seconds: float) -> None:
        waited.append(seconds)
        raise Busy("lineage events are being written")

    monkeypatch.setattr("talentflow.lineage.journal.alone", busy)
    with capture_logs() as logs:
        small_run(settings, lakehouse)
    assert len(waited) == 1
    assert [entry["event"] for entry in logs] == ["the lineage of this run is not complete"]
    assert lakehouse.count(CLASSIFICATIONS) == 2


# The server


@pytest.fixture
def server(httpserver: HTTPServer, settings: Settings) -> Settings:
    """Settings with a server that takes events."""
    httpserver.expect_request("/api/v1/lineage", method="POST").respond_with_data("", status=201)
    return settings.model_copy(update={"lineage_url": httpserver.url_for("/")})


def received(httpserver: HTTPServer) -> list[dict[str, Any]]:
    return [json.loads(request.data) for request, _ in httpserver.log]


def test_a_server_receives_every_event_in_its_order_with_the_key(
    httpserver: HTTPServer, server: Settings, lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENTFLOW_LINEAGE_API_KEY", "s3cret")
    keyed = Settings(home=server.home, lineage_url=server.lineage_url)
    small_run(keyed, lakehouse)
    deadline = time.monotonic() + 20
    while len(httpserver.log) < 4 and time.monotonic() < deadline:
        deliver(keyed)  # what a busy machine did not send within the run's end
    assert received(httpserver) == told(keyed)
    assert {r.headers["Authorization"] for r, _ in httpserver.log} == {"Bearer s3cret"}
    assert deliver(keyed).sent == 0


def test_an_address_where_nothing_answers_costs_a_run_nothing_and_what_waits_is_sent_later(
    httpserver: HTTPServer, settings: Settings, lakehouse: Lakehouse
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    nowhere = settings.model_copy(update={"lineage_url": url})
    for run_id in (RUN, "20261126T130000-0123abcd"):
        with capture_logs() as logs:
            small_run(nowhere, lakehouse, run_id)
        (warning,) = logs
        assert warning["event"].startswith("lineage is kept and not sent")
        assert f"No lineage can be sent: {url} does not answer" in warning["why"]
    assert len(told(settings)) == 8
    httpserver.expect_request("/api/v1/lineage", method="POST").respond_with_data("")
    done = talentflow("lineage", "send", home=settings.home, TALENTFLOW_LINEAGE_URL=httpserver.url_for("/"))
    assert "8 events sent" in done.stdout
    assert received(httpserver) == told(settings)


def test_a_server_that_never_answers_delays_a_run_by_no_more_than_a_moment(settings: Settings, lakehouse: Lakehouse) -> None:
    import openlineage.client.transport.http  # noqa: F401 - loading it is not what is measured

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        slow = settings.model_copy(update={"lineage_url": f"http://127.0.0.1:{deaf.getsockname()[1]}"})
        started = time.monotonic()
        small_run(slow, lakehouse)
        assert time.monotonic() - started < CLOSING_SECONDS + 5
    assert len(list(Journal.of(settings).waiting())) == 4


def test_what_a_server_refuses_as_malformed_does_not_hold_up_the_rest(
    httpserver: HTTPServer, settings: Settings, lakehouse: Lakehouse
) -> None:
    small_run(settings, lakehouse)

    def answer(request: Request) -> Response:
        return Response(status=422 if json.loads(request.data)["job"]["name"] == "pipeline" else 200)

    httpserver.expect_request("/api/v1/lineage").respond_with_handler(answer)
    done = deliver(settings.model_copy(update={"lineage_url": httpserver.url_for("/")}))
    assert (done.sent, done.refused) == (2, 2)
    assert list(Journal.of(settings).waiting()) == []


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (503, ServiceUnavailable, "answers 503"),
        (302, ServiceUnavailable, "answers 302"),
        (401, BadSettings, "correct TALENTFLOW_LINEAGE_API_KEY"),
    ],
)
def test_what_a_server_does_not_take_now_waits(
    httpserver: HTTPServer, settings: Settings, lakehouse: Lakehouse, status: int, error: type[Exception], sentence: str
) -> None:
    small_run(settings, lakehouse)
    headers = {"Location": httpserver.url_for("/elsewhere")} if status == 302 else None
    httpserver.expect_request("/api/v1/lineage").respond_with_data("", status=status, headers=headers)
    url = httpserver.url_for("/").replace("http://", "http://user:hidden@")
    with pytest.raises(error, match=sentence) as raised:
        deliver(settings.model_copy(update={"lineage_url": url}))
    assert "hidden" not in str(raised.value)
    assert len(list(Journal.of(settings).waiting())) == 4
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("url", [None, "marquez:5000", "file:///etc", "http://", "http://host:port"])
def test_an_address_that_is_none_is_said(settings: Settings, url: str | None) -> None:
    with pytest.raises(BadSettings, match="TALENTFLOW_LINEAGE_URL"):
        deliver(settings.model_copy(update={"lineage_url": url}))


def test_of_two_that_send_one_sends(httpserver: HTTPServer, server: Settings, lakehouse: Lakehouse) -> None:
    small_run(server.model_copy(update={"lineage_url": None}), lakehouse)
    entered, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with Journal.of(server).sending():
            entered.set()
            go_on.wait(30)

    other = threading.Thread(target=hold)
    other.start()
    entered.wait(30)
    assert deliver(server).busy
    go_on.set()
    other.join()
    assert deliver(server).sent == len(httpserver.log) == 4
