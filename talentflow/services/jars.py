"""Java archives, and what is packed of them, from Maven Central, resolved once into a cache that all homes share.

`mvn` does it where it is installed; else Ivy, which comes with Spark and needs only Java.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import structlog
from filelock import FileLock
from platformdirs import user_cache_path

from talentflow.errors import MissingTool, ServiceUnavailable

_SECONDS = 600
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>talentflow</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>{dependencies}</dependencies></project>
"""
_DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>{}</dependency>"
_PACKED = '<artifact name="{}" type="{}" ext="{}" m:classifier="{}"/>'
_IVY = """<ivy-module version="2.0" xmlns:m="http://ant.apache.org/ivy/maven"><info organisation="talentflow" module="archive"/>
<dependencies><dependency org="{}" name="{}" rev="{}" transitive="false">{}</dependency></dependencies></ivy-module>
"""
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_ALONE = "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"

_log = structlog.get_logger(__name__)


def java() -> str:
    """The `java` to run. Raises MissingTool."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None) or shutil.which("java")
    if found is None:
        raise MissingTool("Java is not installed: install your system's package for OpenJDK 17 (openjdk-17-jre-headless)")
    return found


def jars(coordinates: Sequence[str], *, transitive: bool) -> list[Path]:
    """The archives of these Maven coordinates (`group:artifact:version`), with what they need when `transitive`.

    Raises: MissingTool (no Java), ServiceUnavailable (they cannot be had now).
    """
    folder = _cached(*sorted(coordinates), str(transitive))

    def commands(aside: Path, into: Path) -> list[list[str]]:
        maven = shutil.which("mvn")
        return [_maven(maven, coordinates, transitive, aside, into)] if maven else _ivy(coordinates, transitive, into)

    _once(folder, coordinates, commands)
    return sorted(folder.glob("*.jar"))


def packed(coordinates: str) -> Path:
    """The folder that a packed program unpacks to: `group:artifact:version:tar.gz:classifier`. Raises as `jars` does."""
    folder = _cached(coordinates)

    def commands(aside: Path, into: Path) -> list[list[str]]:
        maven = shutil.which("mvn")
        if maven:
            return [[maven, "-q", "-B", _COPY, f"-Dartifact={coordinates}", f"-DoutputDirectory={into}"]]
        group, artifact, version, kind, classifier = coordinates.split(":")
        said = _IVY.format(group, artifact, version, _PACKED.format(artifact, kind, kind, classifier))
        (aside / "ivy.xml").write_text(said, encoding="utf-8")
        return [[*_ivy_start(), "-ivy", str(aside / "ivy.xml"), "-confs", "default", "-retrieve", f"{into}/[artifact].[ext]"]]

    _once(folder, [coordinates], commands, unpack=True)
    return folder


def is_cached(coordinates: Sequence[str], *, transitive: bool) -> bool:
    """Whether `jars` of these has them without asking anybody."""
    return _cached(*sorted(coordinates), str(transitive)).is_dir()


def is_packed_cached(coordinates: str) -> bool:
    """Whether `packed` of these has it without asking anybody."""
    return _cached(coordinates).is_dir()


def can_resolve() -> bool:
    """Whether Maven or Ivy is here, which fetch what is not cached."""
    return shutil.which("mvn") is not None or _ivy_jar() is not None


def _cached(*parts: str) -> Path:
    return user_cache_path("talentflow") / "jars" / hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _once(
    folder: Path, coordinates: Sequence[str], commands: Callable[[Path, Path], list[list[str]]], *, unpack: bool = False
) -> None:
    if folder.is_dir():
        return
    java()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock"), timeout=_SECONDS):
        if not folder.is_dir():
            _resolve(coordinates, commands, folder, unpack=unpack)


def _resolve(
    coordinates: Sequence[str], commands: Callable[[Path, Path], list[list[str]]], folder: Path, *, unpack: bool
) -> None:
    """Into a folder aside, published by a rename: a kill leaves nothing half resolved."""
    _log.info("resolving jars", coordinates=list(coordinates))
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        into = Path(aside) / "jars"
        into.mkdir()
        for command in commands(Path(aside), into):
            try:
                done = subprocess.run(
                    command, cwd=aside, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
                )
            except subprocess.TimeoutExpired as error:
                raise ServiceUnavailable(f"resolving {', '.join(coordinates)} took over {_SECONDS} s: try again") from error
            if done.returncode != 0:
                why = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no reason given"]
                raise ServiceUnavailable(
                    f"the Java archives {', '.join(coordinates)} cannot be had ({why[0]}): check the network, or fill {folder}"
                )
        if unpack:
            _unpack(into)
        os.replace(into, folder)


def _unpack(into: Path) -> None:
    for archive in list(into.iterdir()):
        with tarfile.open(archive) as tar:
            tar.extractall(into, filter="data")
        archive.unlink()


def _maven(mvn: str, coordinates: Sequence[str], transitive: bool, aside: Path, into: Path) -> list[str]:
    alone = "" if transitive else _ALONE
    dependencies = "".join(_DEPENDENCY.format(*c.split(":"), alone) for c in coordinates)
    (aside / "pom.xml").write_text(_POM.format(dependencies=dependencies), encoding="utf-8")
    return [mvn, "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={into}", "-DincludeScope=runtime"]


def _ivy(coordinates: Sequence[str], transitive: bool, into: Path) -> list[list[str]]:
    extra = [] if transitive else ["-notransitive"]
    pattern = f"{into}/[artifact]-[revision](-[classifier]).[ext]"
    start = [*_ivy_start(), "-confs", "default", "-types", "jar", "bundle", "-retrieve", pattern, *extra]
    return [[*start, "-dependency", *c.split(":")] for c in coordinates]


def _ivy_jar() -> Path | None:
    spark = find_spec("pyspark")
    locations = list(spark.submodule_search_locations or ()) if spark else []
    return next((jar for where in locations for jar in Path(where).glob("jars/ivy-*.jar")), None)


def _ivy_start() -> list[str]:
    ivy = _ivy_jar()
    if ivy is None:
        raise MissingTool("Maven is not installed: install your system's package `maven`, or  uv pip install 'talentflow[full]'")
    return [java(), "-jar", str(ivy)]
