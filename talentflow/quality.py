"""Checks: a suite of `expectations/` run by Great Expectations over frames of one table's rows, and the pages that show it.

Frames are validated (Great Expectations' SQL fails on DuckDB), one piece of a table after the other, so that memory does not
follow the table: what an expectation says of the whole is the sum of what it says of the pieces. Uniqueness is judged within a
piece; across pieces it is what the tables' keys (upserts) and dbt's own tests hold.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talentflow import data_docs
from talentflow.errors import BadSettings
from talentflow.suites import Expected, Suite

if TYPE_CHECKING:
    import pandas as pd

FRAME_ROWS = 20_000
"""Rows of a piece."""
PAGES = 5
"""Pieces of one table that a run leaves pages of: those with failing rows first."""
SHOWN = 200
"""Failing rows of an expectation that the pages are made of."""
_SITE = "local_site"


@dataclass
class TableQuality:
    """What the suite of one table said of the rows it was given."""

    table: str
    rows: int = 0
    met: int = 0
    unmet: dict[str, float] = field(default_factory=dict[str, float])
    """Name of an expectation that failed → percentage of the rows it judges that fail it."""
    critical: list[str] = field(default_factory=list[str])
    failing: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Key of a row → names of the `critical` and `warning` expectations that it fails."""

    def as_json(self) -> dict[str, Any]:
        """Without the keys."""
        out: dict[str, Any] = {"rows": self.rows, "met": self.met, "unmet": self.unmet}
        return out | ({"critical": self.critical} if self.critical else {})


def load_checks() -> None:
    """Import Great Expectations, which takes seconds, while there is something to wait for anyway."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with _main_module_with_a_file():
        import_module("great_expectations")


@contextmanager
def _main_module_with_a_file() -> Generator[None]:
    """Great Expectations imports PySpark where it is installed, whose Connect client takes a main module without a file
    (`python -c`, pytest's workers) for its doctests, and ends the process with exit code 0."""
    main: Any = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        yield
        return
    main.__file__ = sys.executable
    try:
        yield
    finally:
        del main.__file__


class Checks:
    """Suites run by Great Expectations in one run.

    Args:
        site: the folder of the Data Docs; None: no pages.
        run_id: whose checks these are.
    """

    def __init__(self, site: Path | None, *, run_id: str) -> None:
        load_checks()
        import great_expectations as gx
        from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults, ProgressBarsConfig

        # its default configuration makes a folder of docs for every context
        config = DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False))
        if site is not None:
            site.mkdir(parents=True, exist_ok=True)
            store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)}
            view = {"module_name": "talentflow.quality_pages", "class_name": "EscapedPageView"}
            made: dict[str, Any] = {"class_name": "SiteBuilder", "show_how_to_buttons": False, "store_backend": store}
            made["site_index_builder"] = {"class_name": "DefaultSiteIndexBuilder"}
            made["site_section_builders"] = {section: {"view": view} for section in ("expectations", "validations")}
            config.data_docs_sites = {_SITE: made}
        self._context: Any = gx.get_context(mode="ephemeral", project_config=config)
        self._context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        self._site, self._run_id = site, run_id
        self._checked: list[tuple[TableQuality, list[Any]]] = []

    def check(self, suite: Suite, frames: Iterable[pd.DataFrame]) -> TableQuality:
        """Run a suite over pieces of its table; each has the columns that the suite reads.

        Raises BadSettings when an expectation cannot be judged: its arguments do not fit its column.
        """
        quality = TableQuality(suite.table)
        checkpoint = self._checkpoint(suite)
        said: dict[str, _Said] = {e.name: _Said(e) for e in suite.expectations}
        pages: list[tuple[bool, Any]] = []
        for frame in frames:
            suite.require(list(frame.columns))
            quality.rows += len(frame)
            results = checkpoint.run(batch_parameters={"dataframe": frame}, run_id=self._named_run()).run_results
            ((identifier, result),) = results.items()
            pages = sorted([*pages, (bool(result.success), identifier)], key=lambda page: page[0])
            if len(pages) > PAGES:
                self._context.validation_results_store.remove_key(pages.pop()[1])
            for one in result.results:
                said[one.expectation_config.meta["name"]].add(one, suite)
                for name in ("unexpected_list", "unexpected_index_list"):
                    one.result[name] = (one.result.get(name) or [])[:SHOWN]
            # what pages are made of is kept short: they show few of many failing rows
            self._context.validation_results_store.set(identifier, result)
        for one in said.values():
            if one.is_met:
                quality.met += 1
                continue
            quality.unmet[one.expected.name] = round(100 * one.share, 3)
            if one.expected.severity == "critical":
                quality.critical.append(one.expected.name)
        quality.failing = _failing(list(said.values()))
        self._checked.append((quality, [identifier for _, identifier in pages]))
        return quality

    def publish(self) -> Path | None:
        """Write the pages of what was checked, and the index; returns the index, None where there are no pages."""
        if self._site is None:
            return None
        from great_expectations.data_context.types.resource_identifiers import ExpectationSuiteIdentifier

        identifiers = [i for _, pages in self._checked for i in pages]
        suites = [ExpectationSuiteIdentifier(name=quality.table) for quality, _ in self._checked]
        self._context.build_data_docs(resource_identifiers=[*identifiers, *suites], build_index=False)
        notes = [data_docs.Note(self._run_id, quality.as_json() | {"table": quality.table}) for quality, _ in self._checked]
        self._checked = []
        return data_docs.publish(self._site, notes)

    def _checkpoint(self, suite: Suite) -> Any:
        import great_expectations as gx

        name = suite.table
        try:
            declared = gx.ExpectationSuite(name=name, expectations=[_as_declared(e) for e in suite.expectations])
        except Exception as error:  # its errors of validation have no common class
            raise BadSettings(f"the suite {suite.path} cannot be used: {error}. Correct its arguments") from error
        kept = self._context.suites.add_or_update(declared)
        source = self._context.data_sources.add_or_update_pandas(name)
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("rows")
        definition = gx.ValidationDefinition(name=name, data=batch, suite=kept)
        definition = self._context.validation_definitions.add_or_update(definition)
        keyed = {
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [suite.key],
            "return_unexpected_index_query": False,
        }
        checkpoint = gx.Checkpoint(
            name=name,
            validation_definitions=[definition],
            result_format={"result_format": "COMPLETE", "exclude_unexpected_values": not suite.shows_values} | keyed,
        )
        return self._context.checkpoints.add_or_update(checkpoint)

    def _named_run(self) -> Any:
        from great_expectations.core.run_identifier import RunIdentifier

        return RunIdentifier(run_name=self._run_id)


def _as_declared(expected: Expected) -> dict[str, Any]:
    mostly = {"mostly": expected.mostly} if expected.mostly < 1 else {}
    said = {"type": expected.type, "kwargs": expected.arguments | mostly, "severity": expected.severity}
    return said | {"meta": {"name": expected.name}, "description": _sentence(expected)}


def _sentence(expected: Expected) -> str:
    """What the pages say in place of Great Expectations' own words, which do not name the expectation; as markup."""
    words = expected.type.removeprefix("expect_").replace("_", " ")
    said = expected.arguments | ({"mostly": expected.mostly} if expected.mostly < 1 else {})
    arguments = ", ".join(f"{name} <code>{escape(str(value))}</code>" for name, value in said.items())
    return f"<b>{escape(expected.name)}</b> ({expected.severity})<br>{words}: {arguments}"


class _Said:
    """What one expectation said of the pieces so far."""

    def __init__(self, expected: Expected) -> None:
        self.expected = expected
        self.judged = 0
        self.unexpected = 0
        self.keys: list[Any] = []

    def add(self, result: Any, suite: Suite) -> None:
        if why := _exception(result.exception_info or {}):
            raise BadSettings(f"{suite.path}: {self.expected.name} cannot be judged ({why}): correct its type or its arguments")
        found = result.result
        self.judged += int(found.get("element_count", 0)) - int(found.get("missing_count", 0))
        self.unexpected += int(found.get("unexpected_count", 0))
        for row in found.get("unexpected_index_list") or []:
            keys = row[suite.key]
            self.keys += keys if isinstance(keys, list) else [keys]

    @property
    def share(self) -> float:
        return self.unexpected / self.judged if self.judged else 0.0

    @property
    def is_met(self) -> bool:
        return self.share <= 1 - self.expected.mostly + 1e-12


def _exception(said: dict[str, Any]) -> str | None:
    """The message of what was raised: Great Expectations tells it flat, or by metric."""
    for one in (said, *(v for v in said.values() if isinstance(v, dict))):
        if one.get("raised_exception"):
            return " ".join(str(one.get("exception_message")).split())[:300]
    return None


def _failing(said: list[_Said]) -> dict[str, list[str]]:
    failing: defaultdict[str, set[str]] = defaultdict(set)
    for one in said:
        if not one.is_met and one.expected.severity != "info":
            for key in one.keys:
                failing[str(key)].add(one.expected.name)
    return {key: sorted(names) for key, names in sorted(failing.items())}
