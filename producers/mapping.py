"""Column mappings: which column of a CSV or Parquet file is which field, in a small YAML beside the file.

```yaml
kind: offer
columns:
  "Intitulé": title
  "Réf interne": leave out
  "Avantages divers": keep
```

A field's name says what a column is, `keep` leaves it as it is (the parser writes it at the end of the text), `leave out`
drops it. A column that is not named is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from producers.candidate_rows import resume
from producers.columns import PERSONAL, RowKind, field_of
from producers.guess import KEEP, LEAVE_OUT, SURE, Guesses, guess
from producers.row_files import Row, csv_header, csv_rows, own_id
from talentflow.documents.values import column
from talentflow.errors import BadInput

SUFFIX = ".mapping.yaml"
NAMES: dict[RowKind, str] = {"cv": "CVs", "offer": "offers", "interactions": "interactions"}
SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
_SAMPLE_ROWS = 200


class MappingFile(BaseModel):
    """What a mapping file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: RowKind = "offer"
    columns: dict[str, str] = Field(min_length=1)


@dataclass(frozen=True)
class Mapper:
    """Turns rows into what the parser reads: offers under canonical columns, candidates as JSON Resume."""

    kind: RowKind
    targets: Mapping[str, str]

    def __call__(self, row: Row) -> Row:
        """The row with its columns named; a row that could not be read stays as it is."""
        if row.error_code is not None:
            return row
        told = self.named(json.loads(row.content))
        key = row.key if row.key is not None else own_id(told)
        return row._replace(content=json.dumps(told, ensure_ascii=False).encode("utf-8", "replace"), key=key)

    def named(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """One row under canonical names; what is not mapped keeps its own."""
        fields = field_of(self.kind)
        known: dict[str, Any] = {}
        rest: dict[str, Any] = {}
        for name, value in row.items():
            target = self.targets.get(name, KEEP)
            if target == KEEP:
                rest[name] = value
            elif target != LEAVE_OUT:
                known[fields[target].canonical] = value
        if self.kind == "offer":
            return known | {_apart(name, known): value for name, value in rest.items()}
        if "text" in known:
            return {"cv_text": known.pop("text"), **({"id": known["id"]} if "id" in known else {}), **_beside(known), **rest}
        identity = {"id": known.pop("id")} if "id" in known else {}
        return identity | resume(known, rest)


def _apart(name: str, known: Mapping[str, Any]) -> str:
    """A kept column does not take the place of one that was mapped to the same name."""
    return f"{name} (column)" if column(name) in known else name


def _beside(known: Mapping[str, Any]) -> dict[str, Any]:
    """Fields beside a CV's text: the text says them, and the parser names what it leaves out."""
    return {name: value for name, value in known.items() if name != "id"}


def mapping_beside(path: Path) -> Path | None:
    """`FILE.mapping.yaml` beside a file, else `STEM.mapping.yaml`; None when there is none."""
    for beside in (path.with_name(path.name + SUFFIX), path.with_name(path.stem + SUFFIX)):
        if beside.is_file():
            return beside
    return None


def load_mapping(path: Path) -> Mapper:
    """Raises BadInput with a sentence: not there, not YAML, an unknown field, two columns for one field."""
    try:
        said: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise BadInput(f"the mapping {path} cannot be read ({why}): correct it, or delete it to guess again") from error
    try:
        mapping = MappingFile.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise BadInput(
            f"the mapping {path} is wrong at {where} ({first['msg']}): write `kind:` and `columns:` with one `name: field` a line"
        ) from error
    return Mapper(mapping.kind, _checked(mapping, path))


def _checked(mapping: MappingFile, path: Path) -> dict[str, str]:
    known = [*field_of(mapping.kind), KEEP, LEAVE_OUT]
    first: dict[str, str] = {}
    for name, target in mapping.columns.items():
        if target not in known:
            near = get_close_matches(target, known, 3, 0.5) or sorted(known)
            raise BadInput(f"the mapping {path} takes {name} for {target}, which is no field: write one of {', '.join(near)}")
        if target not in (KEEP, LEAVE_OUT) and (other := first.setdefault(target, name)) != name:
            raise BadInput(
                f"the mapping {path} takes both {other} and {name} for {target}: keep one of them and write `keep` for the other"
            )
    return dict(mapping.columns)


def mapper_for(path: Path, header: Sequence[str], *, mapping: Path | None = None) -> Mapper | None:
    """How the rows of `path` are read: by the mapping that is given, by the one beside it, or by names alone.

    Without a mapping file, offers stay as they are, since the parser knows the common names of their columns; rows whose
    names say that they are of candidates are read as CVs. Values are not looked at, so that a longer file reads alike.

    Raises: BadInput for a mapping file that is wrong, or that names a column which the file does not have.
    """
    given = mapping or mapping_beside(path)
    if given is None:
        guessed = guess(header, [])
        named = {g.target for g in guessed.columns if g.sure >= SURE}
        if guessed.kind == "offer" or "text" in named or len(named & PERSONAL) < 2:
            return None
        return Mapper("cv", {g.column: g.target if g.sure >= SURE else KEEP for g in guessed.columns})
    mapper = load_mapping(given)
    for name in mapper.targets:
        if name not in header:
            near = get_close_matches(name, header, 1, 0.5)
            meant = f"write {near[0]}" if near else f"write one of {', '.join(header[:12])}"
            raise BadInput(
                f"the mapping {given} names the column {name}, which {path.name} does not have: {meant}, or delete the line"
            )
    return mapper


@dataclass(frozen=True)
class Written:
    """A mapping file that was written, and what is in it."""

    path: Path
    guesses: Guesses


def write_mapping(path: Path, *, out: Path | None = None, kind: RowKind | None = None, limit: int) -> Written:
    """Guess a file's columns and write the mapping for its user to confirm; `out` is `FILE.mapping.yaml` unless given.

    Raises: BadInput for what is no file of rows.
    """
    header, rows = sample(path, limit)
    guesses = guess(header, rows, kind=kind)
    target = out or path.with_name(path.name + SUFFIX)
    try:
        target.write_text(to_yaml(path.name, guesses), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{target} cannot be written ({error.strerror}): choose another place with --out") from error
    return Written(target, guesses)


def sample(path: Path, limit: int) -> tuple[list[str], list[dict[str, Any]]]:
    """The header of a file of rows, and its first rows. Raises BadInput for what is no file of rows."""
    suffix = path.suffix.casefold()
    if suffix in SPREADSHEETS:
        raise BadInput(f"{path} is a spreadsheet: save it as CSV (UTF-8) and give that file")
    if suffix not in _HEADERS:
        raise BadInput(f"{path} is no CSV or Parquet file: give a .csv, .tsv or .parquet file")
    try:
        with path.open("rb") as stream:
            header = header_of(path, stream)
            rows = [json.loads(r.content) for r in _first(rows_of(path, stream, limit)) if r.error_code is None]
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}): check the path and its permissions") from error
    if not header:
        raise BadInput(f"{path} has no columns: give a file with a header and rows")
    return header, rows


def _first(rows: Iterator[Row]) -> Iterable[Row]:
    return (row for _, row in zip(range(_SAMPLE_ROWS), rows, strict=False))


RowFormat = Literal["csv", "parquet"]
_HEADERS: dict[str, RowFormat] = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet"}


def header_of(path: Path, stream: IO[bytes]) -> list[str]:
    """The names of a file's columns, from its beginning; the stream is at its start again. Empty for a damaged file."""
    from producers.parquet_rows import parquet_header

    header = parquet_header(stream) if _HEADERS.get(path.suffix.casefold()) == "parquet" else csv_header(stream)
    stream.seek(0)
    return header


def rows_of(path: Path, stream: IO[bytes], limit: int) -> Iterator[Row]:
    """The rows of a CSV or Parquet file."""
    from producers.parquet_rows import parquet_rows

    return parquet_rows(stream, limit) if _HEADERS.get(path.suffix.casefold()) == "parquet" else csv_rows(stream, limit)


def to_yaml(name: str, guesses: Guesses) -> str:
    """The mapping file, with two values of each column and how sure each guess is beside it."""
    lines = [
        f"# How the columns of {_comment(name)} are read. Correct what is wrong, and ingest the file with this one beside it.",
        f"# Each column is a field, `{KEEP}` (stays as it is) or `{LEAVE_OUT}`. Fields of {NAMES[guesses.kind]}:",
        *_wrapped(sorted(field_of(guesses.kind))),
        f"kind: {guesses.kind}",
        "columns:",
    ]
    for g in guesses.columns:
        said = " | ".join(_comment(s) for s in g.samples) or "(no values)"
        sure = f", {g.sure:.0%} sure" if g.sure else ""
        lines += [f"  # {said}", f"  {_quoted(g.column)}: {g.target}  # {_comment(g.why)}{sure}"]
    return "\n".join(lines) + "\n"


def _quoted(name: str) -> str:
    """A double-quoted scalar; what a YAML file may not hold is escaped."""
    escaped = (c if c.isprintable() or c == " " else f"\\U{ord(c):08x}" for c in json.dumps(name, ensure_ascii=False))
    return "".join(escaped)


def _comment(text: str) -> str:
    """Fit for a comment: one line, printable."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()


def _wrapped(words: Sequence[str]) -> list[str]:
    from textwrap import wrap

    return [f"#   {line}" for line in wrap(", ".join(words), 110)]
