"""`talentflow evaluate`: how well it works, against ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table

from talentflow.cli.terminal import out, print_json


def extraction(
    *,
    count: int = 400,
    seed: int = 9001,
    personas: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Precision and recall of each field, on simulated documents of a held-out seed and on PDFs with a written truth.

    Parameters
    ----------
    count
        Simulated documents.
    seed
        Of the simulation; not the seed of `quick`.
    personas
        A folder of PDFs, each with its `.truth.json`.
    json
        Print the rows as JSON.
    """
    from talentflow.evaluation import evaluate_personas, evaluate_simulation

    told = {"simulation": [r.as_json() for r in evaluate_simulation(count, seed)]}
    if personas is not None:
        told["personas"] = [r.as_json() for r in evaluate_personas(personas)]
    if json:
        print_json(told)
        return
    for name, rows in told.items():
        table = Table(title=name, title_justify="left")
        for column in ("field", "precision", "recall", "f1", "support"):
            table.add_column(column, justify="left" if column == "field" else "right")
        for r in rows:
            table.add_row(r["field"], *(f"{r[k]:.3f}" for k in ("precision", "recall", "f1")), str(r["support"]))
        out.print(table)
