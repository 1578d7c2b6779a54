"""Suites: what is expected of each table, as YAML files that people read and change.

`expectations/<layer>/<table>.yaml`, one a table:

```yaml
key: offer_id                     # names failing rows
drift:                            # what is compared between runs, see talentflow/drift.py
  categories: [contract]
expectations:
  title_is_given:                 # the name that quarantine, reports and the app show
    severity: warning             # critical | warning | info
    type: expect_column_values_to_not_be_null
    column: title
```

Everything is checked when it is read, without Great Expectations: whatever is not known is named, with what is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from talentflow.errors import BadSettings
from talentflow.ids import content_hash
from talentflow.settings import PROJECT_DIR

SUITES_DIR = PROJECT_DIR / "expectations"
LAYERS = ("bronze", "silver", "marts")

Severity = Literal["critical", "warning", "info"]
"""`critical` stops the run, `warning` sends the failing rows to quarantine (of marts: is told), `info` is only told."""

_PAIR = ("column_A", "column_B")
_BOUNDS = ("min_value", "max_value", "strict_min", "strict_max")
TYPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "expect_column_values_to_not_be_null": (("column",), ()),
    "expect_column_values_to_be_null": (("column",), ()),
    "expect_column_values_to_be_unique": (("column",), ()),
    "expect_column_values_to_be_in_set": (("column", "value_set"), ()),
    "expect_column_values_to_not_be_in_set": (("column", "value_set"), ()),
    "expect_column_values_to_be_between": (("column",), _BOUNDS),
    "expect_column_value_lengths_to_be_between": (("column",), _BOUNDS),
    "expect_column_values_to_match_regex": (("column", "regex"), ()),
    "expect_column_values_to_not_match_regex": (("column", "regex"), ()),
    "expect_column_values_to_match_regex_list": (("column", "regex_list"), ("match_on",)),
    "expect_column_values_to_not_match_regex_list": (("column", "regex_list"), ()),
    "expect_column_pair_values_a_to_be_greater_than_b": (_PAIR, ("or_equal", "ignore_row_if")),
    "expect_column_pair_values_to_be_equal": (_PAIR, ("ignore_row_if",)),
    "expect_column_pair_values_to_be_in_set": ((*_PAIR, "value_pairs_set"), ("ignore_row_if",)),
    "expect_compound_columns_to_be_unique": (("column_list",), ("ignore_row_if",)),
    "expect_select_column_values_to_be_unique_within_record": (("column_list",), ("ignore_row_if",)),
}
"""Great Expectations' types that judge rows one by one → arguments that they need, and those that they may have. Only these say
which rows fail, and only these mean the same when a table is checked in pieces."""
_OPTIONS = ("severity", "type", "mostly")
_DRIFT = ("categories", "nulls", "means")


@dataclass(frozen=True)
class Expected:
    """One expectation. Rows may fail it up to the share 1 - `mostly`."""

    name: str
    severity: Severity
    type: str
    arguments: dict[str, Any]
    mostly: float = 1.0

    @property
    def columns(self) -> list[str]:
        said = self.arguments
        return [said[a] for a in ("column", *_PAIR) if a in said] + list(said.get("column_list", ()))


@dataclass(frozen=True)
class Suite:
    """What is expected of one table, `layer.name`."""

    table: str
    key: str
    expectations: tuple[Expected, ...]
    categories: tuple[str, ...] = ()
    """Columns whose values' shares are compared between runs."""
    nulls: tuple[str, ...] = ()
    """Columns whose share of nulls is."""
    means: tuple[str, ...] = ()
    """Columns whose mean is: numbers, `<text>_length`, `<list>_count`."""
    shows_values: bool = True
    """Whether reports may show the values that fail; of personal data they show keys alone."""
    path: Path = field(default=Path(), compare=False)

    @property
    def columns(self) -> list[str]:
        """Columns that the suite reads, its key first."""
        read = [c for e in self.expectations for c in e.columns]
        return list(dict.fromkeys([self.key, *read, *self.categories, *self.nulls, *self.means]))

    def require(self, columns: list[str]) -> None:
        """Raises BadSettings when the suite names a column that is not among these."""
        for e in self.expectations:
            for column in e.columns:
                _known(column, columns, f"{_file(self.path)}: {e.name}", "column")
        for column in (self.key, *self.categories, *self.nulls, *self.means):
            _known(column, columns, _file(self.path), "column")


def load_suites(folder: Path = SUITES_DIR) -> dict[str, Suite]:
    """Every suite by its table, `layer.name`. Raises BadSettings: file, expectation and what is allowed."""
    paths = [p for layer in LAYERS for p in sorted((folder / layer).glob("*.yaml"))]
    return {f"{p.parent.name}.{p.stem}": read_suite(p) for p in paths}


def suite_version(suites: dict[str, Suite]) -> str:
    """Changes when what is expected changes (not a comment, not what is watched for drift): then old rows are checked again."""
    said = [[s.table, [[e.name, e.severity, e.type, e.arguments, e.mostly] for e in s.expectations]] for s in suites.values()]
    return content_hash(json.dumps(said, sort_keys=True, default=str).encode())[:12]


class _Strict(yaml.SafeLoader):
    """YAML's own rule, that a name stands once in a mapping, which PyYAML does not hold."""


def _mapping(loader: _Strict, node: yaml.MappingNode) -> dict[Any, Any]:
    names = [loader.construct_object(key) for key, _ in node.value]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise yaml.constructor.ConstructorError(None, None, f"{twice} stands twice", node.start_mark)
    return loader.construct_mapping(node, deep=True)


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_suite(path: Path) -> Suite:
    """One file. Raises BadSettings."""
    try:
        said: Any = yaml.load(path.read_text(encoding="utf-8"), _Strict)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadSettings(f"the suite {path} cannot be read ({error}): correct it, or restore it from the repository") from error
    if not isinstance(said, dict):
        raise BadSettings(f"the suite {path} is not a mapping: give it `key` and `expectations`")
    said = cast(dict[str, Any], said)
    for name in said:
        _known(name, ["key", "drift", "shows_values", "expectations"], _file(path), "entry")
    if not isinstance(said.get("key"), str) or not isinstance(said.get("expectations"), dict):
        raise BadSettings(f"the suite {path} needs `key`, a column, and `expectations`, a mapping of names to expectations")
    if not isinstance(said.get("shows_values", True), bool):
        raise BadSettings(f"{_file(path)}: shows_values is true or false")
    drift = said.get("drift") or {}
    if not isinstance(drift, dict):
        raise BadSettings(f"{_file(path)}: drift is a mapping: {', '.join(_DRIFT)}")
    watched: dict[str, tuple[str, ...]] = {}
    for name, columns in cast(dict[str, Any], drift).items():
        _known(name, list(_DRIFT), f"{_file(path)}: drift", "entry")
        watched[name] = tuple(_names(columns, f"{_file(path)}: drift.{name}"))
    expectations = tuple(_expected(path, str(name), entry) for name, entry in said["expectations"].items())
    suite = Suite(
        f"{path.parent.name}.{path.stem}",
        said["key"],
        expectations,
        **watched,
        shows_values=said.get("shows_values", True),
        path=path,
    )
    if (columns := _columns_of(suite.table)) is not None:
        suite.require(columns)
    return suite


def _file(path: Path) -> str:
    """`expectations/silver/job_offers.yaml`."""
    return "/".join(path.parts[-3:])


def _columns_of(table_id: str) -> list[str] | None:
    """The flat columns of a table of the lakehouse; None for a mart, whose columns dbt declares."""
    from talentflow.flat import flat_columns
    from talentflow.tables import TABLES

    table = TABLES.get(table_id)
    if table is not None:
        return flat_columns(table)
    if table_id.startswith("marts."):
        return None
    allowed = ", ".join(t for t in TABLES if t.startswith(LAYERS))
    raise BadSettings(f"there is no table {table_id} for the suite of that name: rename the file; tables are {allowed}")


def _expected(path: Path, name: str, entry: Any) -> Expected:
    where = f"{_file(path)}: {name}"
    if not isinstance(entry, dict):
        raise BadSettings(f"{where} is not a mapping: give it severity, type and its arguments")
    said = cast(dict[str, Any], entry)
    for needed in ("severity", "type"):
        if needed not in said:
            raise BadSettings(f"{where} has no {needed}: give it one")
    severity, kind = str(said["severity"]), str(said["type"])
    _known(severity, list(get_args(Severity)), where, "severity")
    _known(kind, list(TYPES), where, "type of expectation")
    needed_arguments, others = TYPES[kind]
    arguments = {k: v for k, v in said.items() if k not in _OPTIONS}
    for argument in arguments:
        _known(argument, [*needed_arguments, *others, *_OPTIONS], where, "argument")
    for argument in needed_arguments:
        if argument not in arguments:
            raise BadSettings(f"{where} has no {argument}, which {kind} needs: give it one")
    for argument, value in arguments.items():
        _check_value(argument, value, where)
    mostly = said.get("mostly", 1.0)
    if isinstance(mostly, bool) or not isinstance(mostly, int | float) or not 0 <= mostly <= 1:
        raise BadSettings(f"{where}: mostly is a share from 0 to 1, not {mostly!r}")
    return Expected(name, cast(Severity, severity), kind, arguments, float(mostly))


def _check_value(argument: str, value: Any, where: str) -> None:
    if argument in ("column", *_PAIR) and not isinstance(value, str):
        raise BadSettings(f"{where}: {argument} is the name of a column, not {value!r}")
    if argument.endswith(("_set", "_list")):
        _list(value, f"{where}: {argument}")
    if argument in ("min_value", "max_value") and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise BadSettings(f"{where}: {argument} is a number, not {value!r}")
    expressions = _list(value, where) if argument == "regex_list" else [value] if argument == "regex" else []
    for expression in expressions:
        try:
            if not isinstance(expression, str):
                raise TypeError("it is no text")
            re.compile(expression)
        except (re.error, TypeError) as error:
            raise BadSettings(f"{where}: {expression!r} is not a regular expression ({error}): correct it") from error


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise BadSettings(f"{where} is a list of at least one value, not {value!r}")
    return cast(list[Any], value)


def _names(value: Any, where: str) -> list[str]:
    if not all(isinstance(v, str) for v in _list(value, where)):
        raise BadSettings(f"{where} is a list of columns, not {value!r}")
    return cast(list[str], value)


def _known(name: str, allowed: list[str], where: str, what: str) -> None:
    if name in allowed:
        return
    near = get_close_matches(str(name), allowed, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise BadSettings(f"{where}: there is no {what} {name}.{meant} Allowed: {', '.join(allowed)}")
