"""Lineage: what every run read and wrote, told as OpenLineage events.

Events go to the home's journal, and from there to a server where `TALENTFLOW_LINEAGE_URL` names one. Nothing that goes wrong with
them reaches the run: it warns once, and goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from talentflow.errors import Busy
from talentflow.lakehouse import Lakehouse, small_lakehouse
from talentflow.lineage.journal import Journal
from talentflow.report import StageReport
from talentflow.settings import Settings
from talentflow.tables import Table

if TYPE_CHECKING:
    from talentflow.lineage.deliver import Sender
    from talentflow.lineage.events import Check, Job, Running, Said, State
    from talentflow.lineage.steps import Dataset

_MOST_COMMITS = 200
"""Of a table in one stage, to count its rows from."""

log = structlog.get_logger(__name__)


@dataclass
class Pace:
    """Of a stream's micro-batches, which all do the same: only those that did something are told, and not more than one in
    `seconds`; what fails is always told."""

    seconds: float = 60.0
    _told_at: float | None = None

    def is_due(self) -> bool:
        return self._told_at is None or time.monotonic() - self._told_at >= self.seconds

    def note(self) -> None:
        """One was told."""
        self._told_at = time.monotonic()


class Lineage:
    """The lineage of one run of a flow, or with a pace of one micro-batch. Threads may share it: stages run side by side."""

    def __init__(self, settings: Settings, lakehouse: Lakehouse, run_id: str, flow: str, pace: Pace | None = None) -> None:
        self._settings = settings
        self._journal = Journal.of(settings) if settings.lineage_enabled else None
        self._pace = pace
        self._is_due = pace is None or pace.is_due()
        self._is_told = self._warned = False
        self._failed: dict[str, BaseException] = {}
        self._sender: Sender | None = None
        self.run_id, self.flow = run_id, flow
        self._run: Running | None = None
        with self._harmless():
            self._lakehouse = small_lakehouse(settings, lakehouse)

    @contextmanager
    def stage(self, name: str) -> Generator[Callable[[StageReport], None]]:
        """Tell of one stage: that it starts, and how it ended. Give its report to what this yields."""
        if self._journal is None:
            yield lambda _: None
            return
        reports: list[StageReport] = []
        before: dict[Dataset, int | None] = {}
        running: Running | None = None
        with self._harmless():
            running, before = self._start(name)
        try:
            yield reports.append
        except BaseException as error:
            self._failed[name] = error
            if running:
                with self._harmless():
                    self._end(running, name, before, reports, error)
            raise
        self._failed.pop(name, None)
        if running:
            with self._harmless():
                self._end(running, name, before, reports, None)

    def ended(self, name: str, report: StageReport) -> None:
        """Tell of a stage that has run already: of its tables' commits nothing is known."""
        if self._journal is not None:
            with self._harmless():
                running, _ = self._start(name)
                self._end(running, name, {}, [report], None)

    def produced(self, reports: Iterable[StageReport | Mapping[str, Any]]) -> None:
        """Tell of what producers of this run put on the event log."""
        for report in reports:
            told = report.as_json() if isinstance(report, StageReport) else report
            self.ingested("files" if told["name"] == "ingest" else "simulation", told)

    def ingested(
        self, kind: str, told: Mapping[str, Any], error: Exception | None = None, *, written: Sequence[Table] = ()
    ) -> None:
        """Tell of documents, or events, that were put on the event log from a source of this kind.

        Args:
            kind: the source's type. Its name and address are not told.
            told: `name`, how many were `in` and `ok`, and `seconds`.
            written: tables that were written to as well.
        """
        if self._journal is None or not self._is_due:
            return
        with self._harmless():
            from talentflow.lineage.events import Job, Running, Said, event, new_id, now
            from talentflow.lineage.steps import lake, source, topic_of

            at, topic = now(), topic_of(str(told["name"]))
            began = at - timedelta(seconds=float(told.get("seconds") or 0))
            parent = self._parent() if self.flow else None
            running = Running(Job(str(told["name"]), kind="INGEST"), new_id(), began, parent, self._tags())
            read, put = Said(source(kind), rows=told.get("in")), Said(topic, rows=told.get("ok"))
            also = [Said(d, self._version(d), schema=d.table.schema if d.table else None) for d in map(lake, written)]
            plain = [Said(s.dataset) for s in (put, *also)]
            self._write(
                event(self._settings, running, "START", began, inputs=[Said(read.dataset)], outputs=plain),
                event(self._settings, running, _state_of(error), at, inputs=[read], outputs=[put, *also], error=error),
            )

    def start(self) -> None:
        """Tell that the run begins."""
        if self._journal is None:
            return
        if self._pace is None and self.flow:
            with self._harmless():
                self._tell_start()

    def end(self, error: BaseException | None) -> None:
        """Tell how the run ended: not well when a stage of it did not."""
        if self._journal is None:
            return
        error = error or next(iter(self._failed.values()), None)
        with self._harmless():
            from talentflow.lineage.events import event, now

            if self._is_told and (run := self._parent()):
                self._write(event(self._settings, run, _state_of(error), now(), error=error))
        if self._sender:
            self._sender.close()

    def _parent(self) -> Running:
        from talentflow.lineage.events import Job, Running, id_of, now

        if self._run is None:
            job = Job(self.flow, kind="FLOW")
            self._run = Running(job, id_of(self.run_id, self.flow), now(), tags=self._tags())
        return self._run

    def _tags(self) -> dict[str, str]:
        return {"run_id": self.run_id, "profile": self._settings.profile}

    def _tell_start(self) -> None:
        from talentflow.lineage.events import event

        run = self._parent()
        self._is_told = True
        self._write(event(self._settings, run, "START", run.started))

    def _start(self, name: str) -> tuple[Running, dict[Dataset, int | None]]:
        from talentflow.lineage.events import Running, Said, event, new_id, now
        from talentflow.lineage.steps import is_shared, reads, writes

        job, engine = self._job(name)
        running = Running(job, new_id(), now(), self._parent(), self._tags(), engine)
        before = {d: self._version(d) for d in writes(name) if self._is_due and not is_shared(d)}
        if self._pace is None:
            inputs, outputs = [Said(d) for d in reads(name)], [Said(d) for d in writes(name)]
            self._write(event(self._settings, running, "START", running.started, inputs=inputs, outputs=outputs))
        return running, before

    def _end(
        self,
        running: Running,
        name: str,
        before: Mapping[Dataset, int | None],
        reports: Sequence[StageReport],
        error: BaseException | None,
    ) -> None:
        from talentflow.lineage.events import Said, event, now
        from talentflow.lineage.steps import reads, writes

        report = reports[0] if reports else None
        at = now()
        if self._pace is not None:
            if error is None and (not self._is_due or report is None or not (report.rows_written or report.read)):
                return
            self._pace.note()
            if not self._is_told:
                self._tell_start()
            inputs, outputs = [Said(d) for d in reads(name)], [Said(d) for d in writes(name)]
            self._write(event(self._settings, running, "START", running.started, inputs=inputs, outputs=outputs))
        inputs = [Said(d, self._version(d)) for d in reads(name)]
        if report and inputs:
            inputs[0].rows = report.read
            if name == "gate":
                for said in inputs:
                    said.checks = _expectations(report, said.dataset)
        outputs = [self._written(d, before, report) for d in writes(name)]
        self._write(event(self._settings, running, _state_of(error), at, inputs=inputs, outputs=outputs, error=error))
        if name == "warehouse":
            for parts in (self._loads, self._models):
                with self._harmless():
                    self._write(*parts(running, report))

    def _written(self, dataset: Dataset, before: Mapping[Dataset, int | None], report: StageReport | None) -> Said:
        from talentflow.lineage.events import Said
        from talentflow.lineage.steps import INDEX

        said = Said(dataset, self._version(dataset), schema=dataset.table.schema if dataset.table else None)
        if dataset == INDEX and report:
            said.version = report.details.get("generation")
            said.rows = sum((report.details.get("vectors") or {}).values())
        elif dataset.table and dataset in before and isinstance(said.version, int):
            old = before[dataset]
            new = said.version - (-1 if old is None else old)
            commits = self._lakehouse.history(dataset.table, new) if 0 < new <= _MOST_COMMITS else []
            counts = [c.rows_written for c in commits if c.rows_written is not None]
            said.rows = sum(counts) if counts or new == 0 else None
        return said

    def _loads(self, running: Running, report: StageReport | None) -> list[str]:
        """Events of the tables that were loaded; none when there was nothing new, or when it is not known whether they were."""
        from talentflow.lineage.events import Job, Running, Said, event, new_id, now
        from talentflow.lineage.steps import LOADS_OF

        if report is None or report.details.get("unchanged"):
            return []
        lines: list[str] = []
        loaded: Mapping[str, Mapping[str, Any]] = report.details.get("loaded", {})
        for origin, target in LOADS_OF:
            told = loaded.get(target.name, {})
            version = told.get("version", self._version(origin))
            if version is None or target.table is None:
                continue
            run = Running(Job(f"load.{target.name}", kind="LOAD"), new_id(), running.started, running, self._tags())
            read = Said(origin, version)
            written = Said(target, version, rows=told.get("written", 0) if told else None, schema=target.table.schema)
            plain = ([Said(origin)], [Said(target)])
            lines.append(event(self._settings, run, "START", running.started, inputs=plain[0], outputs=plain[1]))
            lines.append(event(self._settings, run, "COMPLETE", now(), inputs=[read], outputs=[written]))
        return lines

    def _models(self, running: Running, report: StageReport | None) -> list[str]:
        """Events of the dbt models that this stage built, or failed to."""
        from talentflow.lineage.dbt import model_events

        counts = report.details.get("marts", {}) if report else {}
        return model_events(self._settings, running, self._settings.warehouse_dir / "dbt", counts)

    def _version(self, dataset: Dataset) -> int | None:
        return self._lakehouse.version(dataset.table) if dataset.place == "lake" and dataset.table else None

    def _job(self, name: str) -> tuple[Job, tuple[str, str]]:
        from talentflow.lineage.events import Job, installed

        s = self._settings
        by_spark = s.lakehouse == "spark" and (name == "extract" or (name == "bronze" and s.eventlog == "kafka"))
        if by_spark or (s.engine == "spark" and name in ("parse", "classify", "extract")):
            return Job(name, "SPARK"), ("Spark", installed("pyspark"))
        if s.engine == "ray" and name in ("parse", "classify", "extract", "embed"):
            return Job(name, "RAY"), ("Ray", installed("ray"))
        return Job(name), ("Talentflow", installed("talentflow"))

    def _write(self, *lines: str) -> None:
        if self._journal is None:
            return
        dropped = self._journal.append(lines)
        if dropped and self._settings.lineage_url:
            log.warning("lineage events that were not sent are gone: the journal is full", events=dropped)
        if self._settings.lineage_url and self._sender is None:
            from talentflow.lineage.deliver import Sender

            self._sender = Sender(self._settings)
        if self._sender:
            self._sender.tell()

    @contextmanager
    def _harmless(self) -> Generator[None]:
        """What goes wrong in here must not cost a run."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is
            if not self._warned:
                log.warning("the lineage of this run is not complete", why=f"{type(error).__name__}: {error}")
            self._warned = True
            if isinstance(error, Busy | OSError):
                self._journal = None  # each event would wait, or fail, again


@contextmanager
def follow(settings: Settings, lakehouse: Lakehouse, run_id: str, flow: str, pace: Pace | None = None) -> Generator[Lineage]:
    """The lineage of a run of a flow, which starts and ends with this context; of what is part of none, for no name."""
    lineage = Lineage(settings, lakehouse, run_id, flow, pace)
    lineage.start()
    try:
        yield lineage
    except BaseException as error:
        lineage.end(error)
        raise
    lineage.end(None)


def _state_of(error: BaseException | None) -> State:
    if error is None:
        return "COMPLETE"
    return "FAIL" if isinstance(error, Exception) else "ABORT"


def _expectations(report: StageReport, dataset: Dataset) -> list[Check]:
    """What the gate said of a table: each expectation that rows fail, and how many were met."""
    from talentflow.lineage.events import Check

    told = report.details.get("expectations", {})
    said = told.get(dataset.name) or told.get(dataset.name.rpartition(".")[2])
    if not said:
        return []
    unmet, critical = said["unmet"], said.get("critical", ())
    total = said["met"] + len(unmet)
    checks = [Check("suite", "expectations", not unmet, actual=f"{said['met']} of {total} met by {said['rows']} rows")]
    for name, percent in unmet.items():
        severity = "error" if name in critical else "warn"
        checks.append(Check(name, "expectation", passed=False, severity=severity, actual=f"{percent:g} % of rows fail"))
    return checks


def lineage_file(settings: Settings) -> Path | None:
    """The newest file of events; None before the first."""
    paths = Journal.of(settings).paths()
    return paths[-1] if paths else None
