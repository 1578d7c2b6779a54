"""`talentflow doctor`: what the chosen ports need, what is missing of it and how to get it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from talentflow.cli import checks
from talentflow.cli.checks import Check
from talentflow.services.launch import free_port
from talentflow.settings import Settings
from tests.command import talentflow

Java = Callable[[str], Path]


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Java:
    """Makes a JAVA_HOME with a `java` that says a version; on the PATH is none."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    def make(version: str) -> Path:
        home = tmp_path / f"jdk-{version}"
        (home / "bin").mkdir(parents=True)
        program = home / "bin" / "java"
        program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
        program.chmod(0o755)
        monkeypatch.setenv("JAVA_HOME", str(home))
        return home

    return make


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def found(home: Path, **settings: Any) -> dict[str, Check]:
    return {check.name: check for check in checks.checks(Settings(home=home, **settings))}


def test_quick_asks_for_nothing_more_than_it_needs(tmp_path: Path, java: Java) -> None:
    quick = found(tmp_path)
    assert all(check.ok for check in quick.values())
    assert not quick.keys() & {"Java", "Kafka", "Redis", "Pinecone", "schema registry"}
    assert not any(name.startswith("extra") for name in quick)


@pytest.mark.parametrize(
    ("version", "ok"), [("1.8.0_392", False), ("11.0.21", False), ("17.0.15", True), ("21", True), ("25-ea", True)]
)
def test_java_must_be_new_enough(tmp_path: Path, java: Java, version: str, ok: bool) -> None:
    java(version)
    check = found(tmp_path, engine="spark")["Java"]
    assert check.ok is ok
    assert ok or ("17 or newer" in check.detail and "openjdk-17" in check.detail)


def test_without_java_the_package_is_named(tmp_path: Path, java: Java) -> None:
    assert "openjdk-17" in found(tmp_path, lakehouse="spark")["Java"].detail
    assert not found(tmp_path, eventlog="kafka")["Java"].ok, "a broker of one's own needs it"


def test_java_is_not_asked_for_where_others_run_it(tmp_path: Path, java: Java, listener: int) -> None:
    told = found(
        tmp_path,
        engine="spark",
        spark_master=f"sc://127.0.0.1:{listener}",
        eventlog="kafka",
        kafka_bootstrap=f"127.0.0.1:{listener}",
    )
    assert "Java" not in told
    assert told["Spark"].ok
    assert told["Kafka"].ok


def test_jars_that_cannot_be_had_are_said(tmp_path: Path, java: Java, monkeypatch: pytest.MonkeyPatch) -> None:
    java("17.0.1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert found(tmp_path, engine="spark")["Spark's jars"].ok, "Ivy comes with Spark"
    monkeypatch.setattr("talentflow.services.jars.find_spec", lambda _: None)
    assert "maven" in found(tmp_path, engine="spark")["Spark's jars"].detail


@pytest.mark.parametrize(
    ("extra", "chosen"), [("kafka", {"eventlog": "kafka"}), ("ray", {"engine": "ray"}), ("pinecone", {"vectors": "pinecone"})]
)
def test_an_extra_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: str, chosen: dict[str, str]
) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda _: None)
    check = found(tmp_path, **chosen)[f"extra {extra}"]
    assert not check.ok
    assert f"uv pip install 'talentflow[{extra}]'" in check.detail


@pytest.mark.parametrize(
    ("name", "chosen", "command"),
    [
        ("Kafka", {"eventlog": "kafka", "kafka_bootstrap": "127.0.0.1:{port}"}, "services up kafka"),
        (
            "schema registry",
            {"eventlog": "kafka", "schema_registry_url": "http://u:secret@127.0.0.1:{port}"},
            "services up registry",
        ),
        ("Redis", {"cache": "redis", "redis_url": "redis://:secret@127.0.0.1:{port}/0"}, "services up redis"),
        ("CV database", {"cv_database_url": "postgresql://u:secret@127.0.0.1:{port}/x"}, "services up postgres"),
        ("Ray", {"engine": "ray", "ray_address": "127.0.0.1:{port}"}, "see whether it runs"),
        ("Pinecone", {"vectors": "pinecone", "pinecone_host": "http://127.0.0.1:{port}"}, "see whether it runs"),
    ],
)
def test_a_chosen_server_answers_or_the_way_to_it_is_said(
    tmp_path: Path, listener: int, name: str, chosen: dict[str, str], command: str
) -> None:
    assert found(tmp_path, **{k: v.format(port=listener) for k, v in chosen.items()})[name].ok
    down = found(tmp_path, **{k: v.format(port=free_port()) for k, v in chosen.items()})[name]
    assert not down.ok
    assert command in down.detail
    assert "secret" not in down.detail


def test_credentials_that_cannot_be_used_are_said(tmp_path: Path, listener: int) -> None:
    check = found(tmp_path, eventlog="kafka", kafka_bootstrap=f"127.0.0.1:{listener}", kafka_username="u")["Kafka"]
    assert not check.ok
    assert "TALENTFLOW_KAFKA_PASSWORD" in check.detail


def test_one_broker_of_several_is_enough(tmp_path: Path, listener: int) -> None:
    assert found(tmp_path, eventlog="kafka", kafka_bootstrap=f"127.0.0.1:{free_port()}, 127.0.0.1:{listener}")["Kafka"].ok


def test_a_server_that_is_silent_does_not_hold_it_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as clients:
        for _ in range(3):  # nobody accepts them, and there is no room for more
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        started = time.monotonic()
        check = found(tmp_path, cache="redis", redis_url=f"redis://127.0.0.1:{full.getsockname()[1]}")["Redis"]
    assert not check.ok
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("address", ["redis://", "redis://host:port", "nonsense"])
def test_an_address_that_is_none_is_said(tmp_path: Path, address: str) -> None:
    check = found(tmp_path, cache="redis", redis_url=address)["Redis"]
    assert not check.ok
    assert "correct the setting" in check.detail


def test_nothing_heavy_is_imported_to_look(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from talentflow.cli.checks import checks; from talentflow.settings import Settings;"
        f"checks(Settings(home=Path({str(tmp_path)!r}), profile='full'));"
        "print([m for m in ('pyspark', 'ray', 'pinecone', 'confluent_kafka', 'prefect', 'gradio') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_what_is_missing_ends_the_command_with_1(tmp_path: Path) -> None:
    done = talentflow("doctor", "--json", home=tmp_path, check=1, TALENTFLOW_EVENTLOG="kafka")
    missing = [check for check in json.loads(done.stdout) if not check["ok"]]
    assert [check["check"] for check in missing] == ["Kafka"]
    assert "services up kafka" in missing[0]["detail"]


def test_snowflake_says_what_is_not_set_and_asks_nobody(tmp_path: Path) -> None:
    check = found(tmp_path, warehouse="snowflake", snowflake_account="a-b")["Snowflake"]
    assert not check.ok
    assert "set TALENTFLOW_SNOWFLAKE_USER and TALENTFLOW_SNOWFLAKE_PASSWORD" in check.detail


def test_a_snowflake_that_does_not_answer_is_said(tmp_path: Path) -> None:
    there = {"snowflake_host": "127.0.0.1", "snowflake_port": free_port(), "snowflake_protocol": "http"}
    who = {"snowflake_account": "a-b", "snowflake_user": "u", "snowflake_password": "snow-secret"}
    check = found(tmp_path, warehouse="snowflake", **there, **who)["Snowflake"]
    assert not check.ok
    assert "does not answer" in check.detail
    assert "correct TALENTFLOW_SNOWFLAKE_ACCOUNT" in check.detail


def test_the_language_model_is_looked_for_where_one_is_chosen(tmp_path: Path) -> None:
    from tests.doubles.groq import KEY, groq_double
    from tests.tiny_gguf import write_tiny_gguf

    assert "language model" not in found(tmp_path)
    asked = found(tmp_path, extraction="rules+llm")["language model"]
    assert (asked.ok, "TALENTFLOW_LLM=groq" in asked.detail) == (False, True)
    with groq_double() as groq:
        chosen: dict[str, Any] = {"llm": "groq", "llm_url": groq.url, "llm_api_key": KEY}
        assert found(tmp_path, **chosen)["language model"].ok
        other = found(tmp_path, **chosen, llm_model="llama-9")["language model"]
        assert (other.ok, "llama-3.3-70b-versatile" in other.detail) == (False, True)
        assert groq.requests == []  # nothing is generated, so nothing is paid
    gone = found(tmp_path, **chosen)["language model"]
    assert (gone.ok, "groq cannot be used now" in gone.detail) == (False, True)
    no_key = found(tmp_path, llm="groq")["language model"]
    assert (no_key.ok, "TALENTFLOW_LLM_API_KEY" in no_key.detail) == (False, True)
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"<html>")
    bad = found(tmp_path, llm="llama", llm_model_path=path)
    assert not bad["language model"].ok
    if bad["extra llama"].ok:
        assert "no GGUF file" in bad["language model"].detail
        assert found(tmp_path, llm="llama", llm_model_path=write_tiny_gguf(path))["language model"].ok
