"""Kafka to bronze by Structured Streaming leaves what `land` leaves, whatever happens to its checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from spark_jobs import messages
from spark_jobs.bronze import land_available
from talentflow.bronze import land, landed_offsets
from talentflow.errors import BadSettings, TerminalError
from talentflow.eventlog import DOCUMENTS_TOPIC, open_eventlog
from talentflow.home import hold_stream
from talentflow.lakehouse import open_lakehouse
from talentflow.lakehouse.deltalake import DeltaLakehouse
from talentflow.lakehouse.spark import SparkLakehouse
from talentflow.report import StageReport
from talentflow.settings import Settings
from talentflow.tables import CLOSURES, DOCUMENTS, OUTCOMES, QUARANTINE
from tests.spark.histories import FIRST, SECOND, contents, document, forget_checkpoint, put, settings_of, versions

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]


def landed(settings: Settings, run_id: str = "1") -> StageReport:
    lakehouse = open_lakehouse(settings)
    assert isinstance(lakehouse, SparkLakehouse)
    return land_available(settings, lakehouse, run_id=run_id)


def landed_without_spark(settings: Settings, home: Path, run_id: str = "1") -> StageReport:
    """The same messages by `land`, into another home; its report. What is kept as a file is found where it is."""
    eventlog = open_eventlog(settings)
    report = land(eventlog, DeltaLakehouse(home / "lake"), run_id=run_id, batch_rows=1000)
    eventlog.close()
    return report


def told(report: StageReport) -> dict[str, object]:
    return {k: v for k, v in report.as_json().items() if k not in ("seconds", "rows_written")}


def test_it_leaves_what_land_leaves(kafka_bootstrap: str, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "spark", kafka_bootstrap, kafka_max_message_bytes=10_000)
    for run_id, put_now in (("1", FIRST), ("2", SECOND)):
        put(settings, put_now)
        assert told(landed(settings, run_id)) == told(landed_without_spark(settings, tmp_path / "plain", run_id))
        assert contents(tmp_path / "spark") == contents(tmp_path / "plain")
    quarantine = {r["detail"] for r in contents(tmp_path / "spark")[QUARANTINE.id]}
    assert any("00/nothing-is-there, which is not in the folder for objects" in detail for detail in quarantine)
    assert any("outside of the folder" in detail for detail in quarantine)
    assert any(len(r["content"]) == 30_000 for r in contents(tmp_path / "spark")[DOCUMENTS.id])

    before = versions(tmp_path / "spark")
    assert landed(settings, "3").read == 0
    assert versions(tmp_path / "spark") == before

    # and a deleted checkpoint: all is read again, and found known
    rows = contents(tmp_path / "spark")
    forget_checkpoint(tmp_path / "spark")
    landed(settings, "4")
    assert contents(tmp_path / "spark") == rows
    assert {t: v for t, v in versions(tmp_path / "spark").items() if t != OUTCOMES.id} == {
        t: v for t, v in before.items() if t != OUTCOMES.id
    }


def test_many_small_micro_batches_of_several_partitions_leave_what_one_leaves(
    kafka_bootstrap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path / "many", kafka_bootstrap, kafka_partitions=3)
    # of twins the one that came first is taken, and partitions come side by side
    twins = {document(key, b"").key for key in ("twin", "another", "new")}
    put(settings, [m for m in (*FIRST, *SECOND) if m.key not in twins])
    landed(settings.model_copy(update={"home": tmp_path / "one"}))
    monkeypatch.setattr(messages, "MOST_MESSAGES", 12)
    landed(settings)
    many, one = (held(contents(tmp_path / name)) for name in ("many", "one"))
    assert many == one
    eventlog = open_eventlog(settings)
    ends = eventlog.end_offsets(DOCUMENTS_TOPIC)
    assert landed_offsets(eventlog, DeltaLakehouse(tmp_path / "many" / "lake"), ends) == ends
    eventlog.close()


def held(tables: dict[str, list[dict[str, Any]]]) -> list[Any]:
    """Documents and their bytes, closures and quarantine: what is sent again unchanged keeps its first place, or has its last."""
    documents = [(r["source_key"], r["content"]) for r in tables[DOCUMENTS.id]]
    return [documents, tables[CLOSURES.id], tables[QUARANTINE.id]]


def test_messages_that_are_gone_end_it_with_what_to_do_and_are_never_skipped_silently(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, kafka_bootstrap)
    put(settings, [document("a", b"one")])
    landed(settings)
    put(settings, [document("b", b"two"), document("c", b"three")])
    topic = f"{settings.kafka_topic_prefix}{DOCUMENTS_TOPIC}"
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    for deleted in admin.delete_records([TopicPartition(topic, 0, 2)]).values():
        deleted.result(20)
    with pytest.raises(TerminalError, match=r"deleted from Kafka before they landed.* delete "):
        landed(settings)
    forget_checkpoint(tmp_path)
    landed(settings)
    assert {r["source_key"] for r in contents(tmp_path)[DOCUMENTS.id]} == {"a", "c"}


def test_beside_a_stream_that_runs_there_is_nothing_to_do(kafka_bootstrap: str, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, kafka_bootstrap)
    put(settings, [document("a", b"one")])
    with hold_stream(settings):
        report = landed(settings)
    assert (report.read, report.details) == (0, {"landed_by": "the stream that runs on this home"})
    assert landed(settings).ok == 1


def test_a_topic_that_nobody_wrote_to_is_no_error(kafka_bootstrap: str, tmp_path: Path) -> None:
    assert landed(settings_of(tmp_path, kafka_bootstrap)).read == 0


def test_another_log_than_kafka_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="TALENTFLOW_EVENTLOG=kafka"):
        messages.messages(Settings(home=tmp_path, lakehouse="spark"))
