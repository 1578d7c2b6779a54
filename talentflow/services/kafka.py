"""A real Apache Kafka broker on this machine, in KRaft mode: one node that is broker and controller."""

from __future__ import annotations

import subprocess
from pathlib import Path

from talentflow.errors import ServiceUnavailable
from talentflow.services.jars import jars, java
from talentflow.services.launch import Launch, free_port

NAME = "kafka"
COORDINATES = ("org.apache.kafka:kafka_2.13:4.4.0",)
START_SECONDS = 60.0
_JAVA = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def launch(folder: Path, port: int) -> Launch:
    """How to start a broker on `port` with its data in `folder`; the storage is formatted at the first start.

    Raises: MissingTool, ServiceUnavailable.
    """
    archives = jars(COORDINATES, transitive=True)
    start = [java(), *_JAVA, "-cp", ":".join(map(str, archives))]
    address = f"127.0.0.1:{port}"
    config = folder / "server.properties"
    config.write_text(_properties(folder, port, free_port()), encoding="utf-8")
    if not (folder / "data" / "meta.properties").exists():
        identifier = _tool([*start, "kafka.tools.StorageTool", "random-uuid"]).split()[-1]
        _tool([*start, "kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", identifier, "-c", str(config)])
    return Launch([*start, "kafka.Kafka", str(config)], address, {"kafka_bootstrap": address})


def _properties(folder: Path, port: int, controller: int) -> str:
    said = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(folder / "data"),
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "auto.create.topics.enable": "false",
        # a document in base64 may be larger than the default of 1 MB
        "message.max.bytes": str(32 * 2**20),
        "replica.fetch.max.bytes": str(32 * 2**20),
        "log.cleaner.dedupe.buffer.size": str(16 * 2**20),
    }
    return "".join(f"{name}={value}\n" for name, value in said.items())


def _tool(command: list[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=START_SECONDS, check=False)
    if done.returncode != 0:
        raise ServiceUnavailable(f"Kafka's storage cannot be prepared: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout
