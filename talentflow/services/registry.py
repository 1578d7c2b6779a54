"""A schema registry on this machine: Apicurio Registry, which speaks the API of Confluent's, with its schemas in a file."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from talentflow.services.jars import java, packed
from talentflow.services.launch import Launch

NAME = "registry"
PACKED = "io.apicurio:apicurio-registry-app:2.6.13.Final:tar.gz:all"
START_SECONDS = 90.0
_JAVA = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_API = "/apis/ccompat/v7"


def launch(folder: Path, port: int) -> Launch:
    """How to start a registry on `port` with its schemas in `folder`. Raises: MissingTool, ServiceUnavailable."""
    program = next(packed(PACKED).glob("*-runner.jar"))
    said = {
        "quarkus.http.host": "127.0.0.1",
        "quarkus.http.port": str(port),
        "quarkus.datasource.jdbc.initial-size": "1",
        "quarkus.datasource.jdbc.min-size": "1",
        "quarkus.datasource.jdbc.max-size": "5",
        "quarkus.datasource.jdbc.url": f"jdbc:h2:file:{folder / 'schemas'}",
    }
    options = [f"-D{name}={value}" for name, value in said.items()]
    address = f"http://127.0.0.1:{port}{_API}"
    return Launch(
        [java(), *_JAVA, *options, "-jar", str(program)],
        address,
        {"schema_registry_url": address},
        is_ready=lambda: _answers(f"{address}/subjects"),
    )


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False
