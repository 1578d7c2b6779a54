"""`talentflow evaluate`: how well it works, against ground truth."""

from __future__ import annotations

from dataclasses import asdict
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
    from talentflow.evaluation import evaluate_extraction, evaluate_personas

    measured = {f"simulation, seed {seed}": evaluate_extraction(count, seed)}
    if personas is not None:
        measured[str(personas)] = evaluate_personas(personas)
    if json:
        print_json({name: {"documents": m.documents, "fields": [asdict(r) for r in m.rows]} for name, m in measured.items()})
        return
    for name, m in measured.items():
        table = Table(title=f"{name}: {m.documents} documents", title_justify="left")
        for column in ("field", "precision", "recall", "f1", "support"):
            table.add_column(column, justify="left" if column == "field" else "right")
        for r in m.rows:
            shares = ("" if s is None else f"{s:.3f}" for s in (r.precision, r.recall, r.f1))
            table.add_row(r.field, *shares, str(r.support))
        out.print(table)


def duplicates(
    *,
    count: int = 150,
    seed: Annotated[tuple[int, ...], Parameter(negative=())] = (),
    ads: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Precision and recall of the links between offers that are one, by kind of variation.

    Parameters
    ----------
    count
        Simulated offers that are varied.
    seed
        Of the offers and the variations; several may be given. Without one: the seed on which thresholds were chosen, and one
        that was held out.
    ads
        Vary these offers instead: JSON Lines with title, company, location and description.
    json
        Print the rows as JSON.
    """
    from talentflow.evaluation.duplicates import HELD_OUT_SEED, TUNING_SEED, evaluate_duplicates

    measured = {s: evaluate_duplicates(count, s, ads_file=ads) for s in seed or (TUNING_SEED, HELD_OUT_SEED)}
    if json:
        shares = {s: [asdict(r) | {"precision": r.precision, "recall": r.recall} for r in rows] for s, rows in measured.items()}
        print_json({f"seed {s}": rows for s, rows in shares.items()})
        return
    for s, rows in measured.items():
        held = " (held out)" if s == HELD_OUT_SEED else ""
        table = Table(title=f"seed {s}{held}: links of offers", title_justify="left")
        for column in ("variation", "one offer", "documents", "linked", "precision", "recall"):
            table.add_column(column, justify="left" if column == "variation" else "right")
        for r in rows:
            shares = ("" if share is None else f"{share:.3f}" for share in (r.precision, r.recall))
            table.add_row(r.kind, "yes" if r.same else "no", str(r.documents), str(r.linked), *shares)
        out.print(table)
