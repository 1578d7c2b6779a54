"""A small run that tells its lineage; and what OpenLineage's specification says of an event, by the classes that its client
generates from it."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attr
from openlineage.client import generated
from openlineage.client.generated import base

from talentflow.lakehouse import Lakehouse
from talentflow.lineage import follow
from talentflow.lineage.journal import Journal
from talentflow.report import StageReport
from talentflow.settings import Settings
from talentflow.tables import CLASSIFICATIONS
from tests.rows import classification_row, table_of

RUN = "20261126T120000-0123abcd"
PRIMITIVES = {str: str, int: int, bool: bool, float: (int, float), dict: dict, Any: object}


@cache
def facets() -> dict[str, type[Any]]:
    """Every facet that the specification has, by the address of its schema."""
    found: dict[str, type[Any]] = {}
    for module in pkgutil.iter_modules(generated.__path__):
        for cls in vars(importlib.import_module(f"{generated.__name__}.{module.name}")).values():
            if isinstance(cls, type) and issubclass(cls, base.BaseFacet):
                found[cls._get_schema()] = cls
    return found


def require_valid(event: dict[str, Any]) -> None:
    """Fails unless this is a run event with nothing missing, nothing of another type and nothing that is not specified."""
    assert event["schemaURL"] == base.RunEvent._get_schema()
    _check(event, base.RunEvent, "event")
    assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
    UUID(event["run"]["runId"])
    for dataset in [*event["inputs"], *event["outputs"]]:
        assert dataset["namespace"]
        assert dataset["name"]


def _check(value: Any, expected: Any, where: str) -> None:
    origin, arguments = get_origin(expected), get_args(expected)
    if origin in (Union, UnionType):
        fitting = [a for a in arguments if a is not NoneType]
        assert value is not None, where
        return _check(value, fitting[0], where)
    if origin is list:
        assert isinstance(value, list), where
        for i, item in enumerate(value):
            _check(item, arguments[0], f"{where}[{i}]")
    elif origin is dict:
        assert isinstance(value, dict), where
        for key, item in value.items():
            _check(item, arguments[1], f"{where}.{key}")
    elif attr.has(expected):
        _check_class(value, expected, where)
    else:
        assert isinstance(value, PRIMITIVES.get(expected, expected)) or value in _values(expected), f"{where}: {value!r}"
    return None


def _values(expected: Any) -> set[Any]:
    return {e.value for e in expected} if hasattr(expected, "__members__") else set()


def _check_class(value: Any, expected: type[Any], where: str) -> None:
    assert isinstance(value, dict), where
    if issubclass(expected, base.BaseFacet):
        general, expected = expected, facets()[value["_schemaURL"]]
        assert issubclass(expected, general), f"{where}: no place for {expected.__name__}"
    hints = get_type_hints(expected)
    known = {a.name: a for a in attr.fields(expected)}
    assert value.keys() <= known.keys(), f"{where}: {value.keys() - known.keys()}"
    missing = {n for n, a in known.items() if a.default is attr.NOTHING} - value.keys()
    assert not missing, f"{where}: {missing}"
    for name, item in value.items():
        _check(item, hints[name], f"{where}.{name}")


def report(name: str, documents: int) -> StageReport:
    return StageReport(name, read=documents, ok=documents, rows_written=documents)


def small_run(settings: Settings, lakehouse: Lakehouse, run_id: str = RUN) -> None:
    """Two texts are classified."""
    with follow(settings, lakehouse, run_id, "pipeline") as lineage, lineage.stage("classify") as tell:
        lakehouse.upsert(CLASSIFICATIONS, table_of(CLASSIFICATIONS, classification_row("a"), classification_row("b")))
        tell(report("classify", 2))


def told(settings: Settings) -> list[dict[str, Any]]:
    """Every event of a home, each of them valid."""
    events = list(Journal.of(settings).read())
    for event in events:
        require_valid(event)
    return events


def of(events: list[dict[str, Any]], job: str) -> list[dict[str, Any]]:
    return [e for e in events if e["job"]["name"] == job]


def states(events: list[dict[str, Any]], job: str) -> list[str]:
    return [e["eventType"] for e in of(events, job)]
