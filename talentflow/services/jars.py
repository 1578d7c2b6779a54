"""Java archives from Maven Central, resolved once into a cache that all homes share.

`mvn` does it where it is installed; else Ivy, which comes with Spark and needs only Java.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
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
    named = hashlib.sha256("\n".join([*sorted(coordinates), str(transitive)]).encode()).hexdigest()[:16]
    root = user_cache_path("talentflow") / "jars"
    folder = root / named
    if not folder.is_dir():
        java()
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f"{named}.lock", timeout=_SECONDS):
            if not folder.is_dir():
                _resolve(coordinates, transitive, folder)
    return sorted(folder.glob("*.jar"))


def _resolve(coordinates: Sequence[str], transitive: bool, folder: Path) -> None:
    """Into a folder aside, published by a rename: a kill leaves nothing half resolved."""
    _log.info("resolving jars", coordinates=list(coordinates))
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        into = Path(aside) / "jars"
        into.mkdir()
        maven = shutil.which("mvn")
        commands = [_maven(maven, coordinates, transitive, Path(aside), into)] if maven else _ivy(coordinates, transitive, into)
        for command in commands:
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
        os.replace(into, folder)


def _maven(mvn: str, coordinates: Sequence[str], transitive: bool, aside: Path, into: Path) -> list[str]:
    alone = "" if transitive else _ALONE
    dependencies = "".join(_DEPENDENCY.format(*c.split(":"), alone) for c in coordinates)
    (aside / "pom.xml").write_text(_POM.format(dependencies=dependencies), encoding="utf-8")
    return [mvn, "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={into}", "-DincludeScope=runtime"]


def _ivy(coordinates: Sequence[str], transitive: bool, into: Path) -> list[list[str]]:
    spark = find_spec("pyspark")
    locations = list(spark.submodule_search_locations or ()) if spark else []
    ivy = next((jar for where in locations for jar in Path(where).glob("jars/ivy-*.jar")), None)
    if ivy is None:
        raise MissingTool("Maven is not installed: install your system's package `maven`, or  uv pip install 'talentflow[full]'")
    extra = [] if transitive else ["-notransitive"]
    pattern = f"{into}/[artifact]-[revision](-[classifier]).[ext]"
    start = [java(), "-jar", str(ivy), "-confs", "default", "-types", "jar", "bundle", "-retrieve", pattern, *extra]
    return [[*start, "-dependency", *c.split(":")] for c in coordinates]
