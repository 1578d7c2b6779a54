"""`talentflow mapping`: what the columns of a file were taken for, for its user to confirm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.markup import escape
from rich.table import Table

from talentflow.cli.terminal import out, print_json
from talentflow.settings import load_settings


def mapping(
    file: Path,
    /,
    *,
    write_to: Annotated[Path | None, Parameter(name="--out")] = None,
    kind: Annotated[Literal["cv", "offer", "interactions", "auto"], Parameter(name="--as")] = "auto",
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Guess the columns of a CSV or Parquet file and write them to FILE.mapping.yaml, to confirm or correct.

    Parameters
    ----------
    file
        A CSV, TSV or Parquet file of offers, candidates or interactions.
    write_to
        Where to write the mapping; FILE.mapping.yaml unless set. An ingest uses the one beside the file.
    kind
        What the rows are; `auto` judges by the columns between offers and candidates.
    json
        Print the guesses as JSON.
    """
    from producers.mapping import NAMES, write_mapping

    limit = load_settings().max_document_bytes
    written = write_mapping(file, out=write_to, kind=None if kind == "auto" else kind, limit=limit)
    guesses = written.guesses
    if json:
        columns = [
            {"column": g.column, "target": g.target, "sure": g.sure, "why": g.why, "samples": list(g.samples)}
            for g in guesses.columns
        ]
        print_json({"file": str(file), "mapping": str(written.path), "kind": guesses.kind, "columns": columns})
        return
    table = Table(title=f"{file.name}: {NAMES[guesses.kind]}", title_justify="left")
    for name in ("column", "taken for", "sure", "why", "for example"):
        table.add_column(name, overflow="fold")
    for g in guesses.columns:
        table.add_row(escape(g.column), g.target, f"{g.sure:.0%}" if g.sure else "", g.why, escape(" | ".join(g.samples)))
    out.print(table)
    then = f"talentflow ingest {file}" + (" --as interactions" if guesses.kind == "interactions" else "")
    out.print(f"Written to {written.path}: correct what is wrong, then  {then}", highlight=False, soft_wrap=True)
