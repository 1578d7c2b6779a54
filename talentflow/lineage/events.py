"""OpenLineage events, and the facets that say more of a run, a job and a dataset.

Nothing of a document or a person is in them: tables, columns and tests by name, counts, versions, and of an error its class
and where in our code it came from, never its message, which may hold names of files or contents of rows.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pyarrow as pa
from openlineage.client import event_v2, set_producer
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    JobFacet,
    OutputDatasetFacet,
    RunFacet,
    data_quality_assertions_dataset,
    dataset_version_dataset,
    documentation_dataset,
    documentation_job,
    error_message_run,
    input_statistics_input_dataset,
    job_type_job,
    output_statistics_output_dataset,
    parent_run,
    processing_engine_run,
    schema_dataset,
    sql_job,
    symlinks_dataset,
    tags_run,
)
from openlineage.client.serde import Serde
from openlineage.client.uuid import generate_new_uuid, generate_static_uuid

from talentflow.errors import TalentflowError
from talentflow.lineage.steps import Dataset, full_name, namespace
from talentflow.settings import PROJECT_DIR, Settings
from talentflow.tables import Table

State = Literal["START", "COMPLETE", "FAIL", "ABORT"]


@cache
def installed(package: str) -> str:
    """A package's version; `unknown` where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


PRODUCER = f"urn:talentflow:{installed('talentflow')}"
"""Who makes these events: in each of them, and in each facet."""
set_producer(PRODUCER)


@dataclass(frozen=True)
class Job:
    """What runs: a flow, a stage, a model."""

    name: str
    integration: str = "TALENTFLOW"
    kind: str = "STAGE"
    description: str | None = None
    sql: tuple[str, str] | None = None
    """A query and its dialect."""


@dataclass(frozen=True)
class Check:
    """A test of a dataset: its name, what kind it is, and whether the rows passed it."""

    name: str
    kind: str
    passed: bool
    column: str | None = None
    severity: str | None = None
    actual: str | None = None


@dataclass
class Said:
    """What is known of a dataset in a run."""

    dataset: Dataset
    version: int | str | None = None
    rows: int | None = None
    """Read of an input, written of an output."""
    schema: pa.Schema | None = None
    columns: Sequence[tuple[str, str | None, str | None]] = ()
    """Name, type and description, where there is no Arrow schema."""
    description: str | None = None
    checks: Sequence[Check] = ()


@dataclass
class Running:
    """A run of a job: its id, when it began, and the runs that it is part of."""

    job: Job
    run_id: str
    started: datetime
    parent: Running | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    engine: tuple[str, str] | None = None


def now() -> datetime:
    """Of events."""
    return datetime.now(UTC)


def new_id() -> str:
    """Of a run: sorts by time."""
    return str(generate_new_uuid())


def id_of(run_id: str, job: str) -> str:
    """The UUID of one of our runs, the same wherever it is asked for."""
    try:
        instant = datetime.strptime(run_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        instant = datetime.fromtimestamp(0, UTC)
    return str(generate_static_uuid(instant, f"{job} {run_id}".encode()))


def is_id(text: str) -> bool:
    """Whether it is a UUID."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def event(
    settings: Settings,
    running: Running,
    state: State,
    at: datetime,
    *,
    inputs: Sequence[Said] = (),
    outputs: Sequence[Said] = (),
    error: BaseException | None = None,
) -> str:
    """One event as a line of JSON. Raises ValueError for what OpenLineage does not allow."""
    job = running.job
    job_facets: dict[str, JobFacet] = {
        "jobType": job_type_job.JobTypeJobFacet(processingType="BATCH", integration=job.integration, jobType=job.kind)
    }
    if job.description and state != "START":  # once a run is enough
        job_facets["documentation"] = documentation_job.DocumentationJobFacet(description=job.description)
    if job.sql and state != "START":
        job_facets["sql"] = sql_job.SQLJobFacet(query=job.sql[0], dialect=job.sql[1])
    said = event_v2.RunEvent(
        eventType=event_v2.RunState[state],
        eventTime=at.isoformat(timespec="microseconds"),
        run=event_v2.Run(runId=running.run_id, facets=_run_facets(settings, running, error)),
        job=event_v2.Job(namespace=settings.lineage_namespace, name=job.name, facets=job_facets),
        inputs=[_input(settings, said) for said in inputs],
        outputs=[_output(settings, said) for said in outputs],
    )
    return Serde.to_json(said, ensure_ascii=False)


def _run_facets(settings: Settings, running: Running, error: BaseException | None) -> dict[str, RunFacet]:
    facets: dict[str, RunFacet] = {}
    if parent := running.parent:
        root = parent
        while root.parent:
            root = root.parent
        facets["parent"] = parent_run.ParentRunFacet(
            run=parent_run.Run(runId=parent.run_id),
            job=parent_run.Job(namespace=settings.lineage_namespace, name=parent.job.name),
            root=parent_run.Root(
                run=parent_run.RootRun(runId=root.run_id),
                job=parent_run.RootJob(namespace=settings.lineage_namespace, name=root.job.name),
            ),
        )
    if running.tags:
        tags = [tags_run.TagsRunFacetFields(key=k, value=v, source="TALENTFLOW") for k, v in running.tags.items()]
        facets["tags"] = tags_run.TagsRunFacet(tags=tags)
    if running.engine:
        name, its_version = running.engine
        facets["processing_engine"] = processing_engine_run.ProcessingEngineRunFacet(
            version=its_version, name=name, openlineageAdapterVersion=installed("openlineage-python")
        )
    if error is not None:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
            message=told(error), programmingLanguage="PYTHON", stackTrace=trace_of(error)
        )
    return facets


def told(error: BaseException) -> str:
    """An error's class and what that means: never its message."""
    kind = type(error)
    if not isinstance(error, TalentflowError):
        return f"{kind.__module__}.{kind.__qualname__}"
    code = getattr(error, "code", None)
    meaning = " ".join((kind.__doc__ or "").split())
    return f"{kind.__name__}{f' ({code})' if code else ''}: {meaning} See the run's summary"


def trace_of(error: BaseException) -> str:
    """Where it came from: files of this project by their names in it, others by their names alone; no values."""
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join(f"{_place(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames)


def _place(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(PROJECT_DIR) and "site-packages" not in path.parts:
        return path.relative_to(PROJECT_DIR).as_posix()
    parts = path.parts
    return "/".join(parts[parts.index("site-packages") + 1 :]) if "site-packages" in parts else path.name


def _input(settings: Settings, said: Said) -> event_v2.InputDataset:
    facets: dict[str, InputDatasetFacet] = {}
    if said.rows is not None:
        facets["inputStatistics"] = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(rowCount=said.rows)
    if said.checks:
        facets["dataQualityAssertions"] = _assertions(said.checks)
    name, place = full_name(settings, said.dataset), namespace(settings, said.dataset.place)
    return event_v2.InputDataset(namespace=place, name=name, facets=_facets(settings, said), inputFacets=facets)


def _output(settings: Settings, said: Said) -> event_v2.OutputDataset:
    facets: dict[str, OutputDatasetFacet] = {}
    if said.rows is not None:
        facets["outputStatistics"] = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=said.rows)
    name, place = full_name(settings, said.dataset), namespace(settings, said.dataset.place)
    return event_v2.OutputDataset(namespace=place, name=name, facets=_facets(settings, said), outputFacets=facets)


def _facets(settings: Settings, said: Said) -> dict[str, DatasetFacet]:
    facets: dict[str, DatasetFacet] = {}
    if said.version is not None:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=str(said.version))
    if said.description:
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(description=said.description)
    if said.schema is not None:
        facets["schema"] = schema_of(said.schema)
    elif said.columns:
        columns = [schema_dataset.SchemaDatasetFacetFields(name=n, type=t, description=d) for n, t, d in said.columns]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=columns)
    table = said.dataset.table
    if said.dataset.place == "lake" and table is not None and settings.lake_uri and "://" in settings.lake_uri:
        facets["symlinks"] = _place_in_lake(settings.lake_uri, table)
    return facets


def _place_in_lake(uri: str, table: Table) -> symlinks_dataset.SymlinksDatasetFacet:
    """The table's address, under which other engines tell of it."""
    scheme, _, rest = uri.rstrip("/").partition("://")
    bucket, _, path = rest.partition("/")
    name = "/".join(part for part in (path, table.layer, table.name) if part)
    there = symlinks_dataset.Identifier(namespace=f"{scheme}://{bucket.rpartition('@')[2]}", name=name, type="TABLE")
    return symlinks_dataset.SymlinksDatasetFacet(identifiers=[there])


def _assertions(checks: Sequence[Check]) -> data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet:
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
        assertions=[
            data_quality_assertions_dataset.Assertion(
                assertion=c.kind, success=c.passed, column=c.column, severity=c.severity, name=c.name, actual=c.actual
            )
            for c in checks
        ]
    )


@cache
def schema_of(schema: pa.Schema) -> schema_dataset.SchemaDatasetFacet:
    """A schema's columns; what is inside lists is called `_element`, as OpenLineage does."""
    return schema_dataset.SchemaDatasetFacet(fields=[_column(f.name, f.type) for f in schema])


def _column(name: str, kind: pa.DataType) -> schema_dataset.SchemaDatasetFacetFields:
    if pa.types.is_list(kind):
        inner: list[Any] = [_column("_element", kind.value_type)]
        return schema_dataset.SchemaDatasetFacetFields(name=name, type="array", fields=inner)
    if pa.types.is_struct(kind):
        fields = [_column(f.name, f.type) for f in kind]
        return schema_dataset.SchemaDatasetFacetFields(name=name, type="struct", fields=fields)
    return schema_dataset.SchemaDatasetFacetFields(name=name, type=str(kind))
