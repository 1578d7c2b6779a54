"""The continuous deployment: a message is in bronze, through the stages and in the published index in seconds, without end."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import structlog
from prefect import flow

from flows.tasks import Run
from flows.watcher import arrivals, onward, warm_up
from talentflow.bronze import landed_offsets
from talentflow.embedder import Embedder, open_embedder
from talentflow.engines import Engine, open_engine
from talentflow.errors import TransientError
from talentflow.eventlog import DOCUMENTS_TOPIC, EventLog, open_eventlog
from talentflow.freshness import note_freshness, percentile
from talentflow.home import full_disk_is_said, hold_stream, hold_when_free
from talentflow.incremental import new_run_id
from talentflow.lakehouse import Lakehouse, open_lakehouse, small_lakehouse
from talentflow.lakehouse.spark import SparkLakehouse
from talentflow.lineage import Pace, follow
from talentflow.settings import Settings, load_settings
from talentflow.tables import TABLES

log = structlog.get_logger(__name__)

MAINTAIN_AFTER = 50
"""Batches after which the tables' small files are put together."""
DELAYS = (1.0, 5.0, 20.0, 60.0)
"""Seconds before it is tried again after a fault that time may mend, and the next in a row; the last for all others."""
_LOOK_SECONDS = 0.2

Told = dict[str, Any]
"""What a batch did: `run_id`, `documents` that can be recommended now, `seconds` it took, `p50` and `p95` of their freshness."""


@flow(name="stream", flow_run_name="stream", persist_result=False)
def stream() -> None:
    """Event log to published index without end; a signal to end lets the micro-batch at hand end."""
    stop = Event()
    with ends_on_signals(stop):
        run_stream(load_settings(), stop, lambda told: log.info("batch", **told))


@contextmanager
def ends_on_signals(stop: Event) -> Generator[None]:
    """SIGTERM and Ctrl-C set `stop`; a second Ctrl-C does not wait for the micro-batch. Not in a thread, which has no signals."""

    def interrupt(signum: int, frame: Any) -> None:
        if stop.is_set():
            signal.default_int_handler(signum, frame)
        stop.set()

    before: dict[int, Any] = {}
    with suppress(ValueError):
        before[signal.SIGTERM] = signal.signal(signal.SIGTERM, lambda *_: stop.set())
        before[signal.SIGINT] = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_stream(settings: Settings, stop: Event, say: Callable[[Told], None], ready: Callable[[], None] = lambda: None) -> None:
    """Land messages and take them through the stages to the index, batch by batch, until `stop`.

    What time may mend is tried again, after longer and longer waits; nothing is lost meanwhile, since a batch that did not come
    to its end is taken again.

    Args:
        settings: Spark lands from Kafka where the tables are its own; else this process does.
        stop: set to end after the batch at hand.
        say: told of each batch.
        ready: called when it listens.

    Raises: Busy (this home has a stream already), TerminalError.
    """
    # documents are judged one by one: a share of few says nothing
    settings = settings.model_copy(update={"ok_threshold": 0.0})
    with hold_stream(settings), full_disk_is_said(settings), open_engine(settings) as engine:
        warm_up(engine)
        chain = Chain(settings, engine, open_embedder(settings), stop, say)
        chain.embedder.embed(["ready"])
        faults = 0
        while not stop.is_set():
            batches = chain.batches
            try:
                _listen(chain, ready)
            except TransientError as error:
                faults = 0 if chain.batches > batches else faults
                seconds = DELAYS[min(faults, len(DELAYS) - 1)]
                faults += 1
                if not stop.is_set():
                    log.warning("the stream is interrupted and tries again", error=str(error), seconds=seconds)
                stop.wait(seconds)


@dataclass
class Chain:
    """Takes what has landed through the stages; everything that is slow to open stays open."""

    settings: Settings
    engine: Engine
    embedder: Embedder
    stop: Event
    say: Callable[[Told], None]
    batches: int = field(default=0, init=False)
    pace: Pace = field(default_factory=Pace, init=False)

    def run(self, eventlog: EventLog, lakehouse: Lakehouse, run_id: str, stages: Callable[[Run], None] = onward) -> None:
        """Run `stages` on this home, which the caller holds; tell what became recommendable."""
        started = time.perf_counter()
        with follow(self.settings, lakehouse, run_id, "stream", self.pace) as lineage:
            stages(Run(run_id, self.settings, eventlog, lakehouse, self.engine, lineage))
        fresh = note_freshness(self.settings, lakehouse, run_id)
        told: Told = {"run_id": run_id, "documents": len(fresh), "seconds": round(time.perf_counter() - started, 3)}
        if fresh:
            told |= {"p50": percentile(fresh, 0.5), "p95": percentile(fresh, 0.95)}
        self.say(told)
        self.batches += 1
        if self.batches % MAINTAIN_AFTER == 0:
            for table in TABLES.values():
                lakehouse.maintain(table)


def _listen(chain: Chain, ready: Callable[[], None]) -> None:
    """Until `chain.stop`, or a fault. What an earlier stream or run left in the middle comes first."""
    eventlog = open_eventlog(chain.settings)
    try:
        lakehouse = open_lakehouse(chain.settings)
        if isinstance(lakehouse, SparkLakehouse) and chain.settings.eventlog == "kafka":
            _listen_by_spark(chain, eventlog, lakehouse, ready)
        else:
            _listen_here(chain, eventlog, lakehouse, ready)
    finally:
        eventlog.close()


def _listen_here(chain: Chain, eventlog: EventLog, lakehouse: Lakehouse, ready: Callable[[], None]) -> None:
    is_first = True
    while not chain.stop.is_set():
        ends = eventlog.end_offsets(DOCUMENTS_TOPIC)
        if is_first or ends != landed_offsets(eventlog, lakehouse, ends):
            with hold_when_free(chain.settings, chain.stop):
                chain.run(eventlog, lakehouse, new_run_id(), arrivals)
        if is_first:
            ready()
        is_first = False
        chain.stop.wait(_LOOK_SECONDS)


def _listen_by_spark(chain: Chain, eventlog: EventLog, lakehouse: SparkLakehouse, ready: Callable[[], None]) -> None:
    from spark_jobs.bronze import BatchResult, open_stream
    from spark_jobs.messages import prepare

    small = small_lakehouse(chain.settings, lakehouse)
    prepare(chain.settings)
    with hold_when_free(chain.settings, chain.stop):
        chain.run(eventlog, small, new_run_id())
    ready()
    while not eventlog.end_offsets(DOCUMENTS_TOPIC):
        if chain.stop.wait(_LOOK_SECONDS):
            return

    def after_batch(done: BatchResult) -> None:
        def landed_and_onward(run: Run) -> None:
            run.lineage.ended("bronze", done.report)
            onward(run)

        if done.changed:
            chain.run(eventlog, small, done.run_id, landed_and_onward)

    open_stream(chain.settings, lakehouse, eventlog, after_batch=after_batch, stop=chain.stop).wait(chain.stop)
